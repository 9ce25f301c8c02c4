INSERT INTO source_days (source_id, day, requests, bytes) VALUES ($1, $2, $3, $4)
ON CONFLICT (source_id, day) DO UPDATE SET
    requests = source_days.requests + excluded.requests,
    bytes = source_days.bytes + excluded.bytes
