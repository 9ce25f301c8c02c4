-- Rows are [source, url, the address it leads to or NULL, due_at]: there is no page under these addresses
-- after all. The pages that gave way to them (only the one they lead to, where they lead on) are due again.
UPDATE urls
SET state = 'due', due_at = r.value ->> 3, attempts = 0
FROM json_each($1) AS r
WHERE urls.source_id = r.value ->> 0
  AND urls.gave_way_to = r.value ->> 1
  AND urls.state = 'redirected'
  AND (r.value ->> 2 IS NULL OR urls.url = r.value ->> 2)
RETURNING urls.source_id, urls.host, urls.gave_way_to
