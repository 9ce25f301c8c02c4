-- The rows by which any source finds these hosts. In one order, so that nobody blocks anybody.
SELECT 1 FROM source_hosts WHERE host = ANY ($1) ORDER BY source_id, host FOR NO KEY UPDATE
