-- Rows are [url, changed_at, due_at]: known pages that changed after their last visit are due again, also
-- those that led to another address then.
UPDATE urls
SET state = 'due', due_at = g.value ->> 2, attempts = 0
FROM json_each($2) AS g
WHERE urls.source_id = $1
  AND urls.url = g.value ->> 0
  AND urls.state IN ('done', 'redirected')
  AND urls.last_visit_at < g.value ->> 1
RETURNING urls.url, urls.host
