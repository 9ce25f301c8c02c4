-- Rows are [source, url, the address it leads to or NULL, due_at]: there is no page under these addresses
-- after all. The pages that gave way to them (only the one they lead to, where they lead on) are due again.
UPDATE urls u
SET state = 'due', due_at = (r.v ->> 3)::timestamptz, attempts = 0
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE u.source_id = r.v ->> 0
  AND u.gave_way_to IS NOT NULL
  AND md5(u.gave_way_to)::uuid = md5(r.v ->> 1)::uuid AND u.gave_way_to = r.v ->> 1
  AND u.state = 'redirected'
  AND (r.v ->> 2 IS NULL OR u.url = r.v ->> 2)
RETURNING u.source_id, u.host, u.gave_way_to
