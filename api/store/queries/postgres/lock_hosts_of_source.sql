SELECT 1 FROM source_hosts WHERE source_id = $1 ORDER BY host FOR NO KEY UPDATE
