-- Rows are [source, day, requests, bytes].
INSERT INTO source_days (source_id, day, requests, bytes)
SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3
FROM json_each($1) AS r
WHERE true
ON CONFLICT (source_id, day) DO UPDATE SET
    requests = source_days.requests + excluded.requests,
    bytes = source_days.bytes + excluded.bytes
