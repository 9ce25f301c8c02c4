INSERT INTO crawls (source_id, started_at, active_at) VALUES ($1, $2, $2) RETURNING id
