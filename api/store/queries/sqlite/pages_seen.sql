-- Rows are [url_id, seen_at].
UPDATE pages SET seen_at = r.value ->> 1
FROM json_each($1) AS r
WHERE pages.url_id = r.value ->> 0 AND pages.seen_at < r.value ->> 1
