SELECT requests FROM source_days WHERE source_id = $1 AND day = $2
