-- Rows are [url_id, seen_at].
UPDATE pages p SET seen_at = (r.v ->> 1)::timestamptz
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE p.url_id = (r.v ->> 0)::bigint AND p.seen_at < (r.v ->> 1)::timestamptz
