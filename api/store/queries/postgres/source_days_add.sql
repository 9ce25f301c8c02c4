-- Rows are [source, day, requests, bytes].
INSERT INTO source_days (source_id, day, requests, bytes)
SELECT r.v ->> 0, (r.v ->> 1)::date, (r.v ->> 2)::bigint, (r.v ->> 3)::bigint
FROM jsonb_array_elements($1::jsonb) AS r (v)
ORDER BY 1, 2
ON CONFLICT (source_id, day) DO UPDATE SET
    requests = source_days.requests + excluded.requests,
    bytes = source_days.bytes + excluded.bytes
