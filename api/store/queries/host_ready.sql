UPDATE source_hosts SET ready_at = $3 WHERE source_id = $1 AND host = $2
