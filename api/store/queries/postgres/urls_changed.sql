-- Rows are [url, changed_at, due_at]: known pages that changed after their last visit are due again, also
-- those that led to another address then.
UPDATE urls u
SET state = 'due', due_at = (g.v ->> 2)::timestamptz, attempts = 0
FROM jsonb_array_elements($2::jsonb) AS g (v)
WHERE u.source_id = $1
  AND md5(u.url)::uuid = md5(g.v ->> 0)::uuid AND u.url = g.v ->> 0
  AND u.state IN ('done', 'redirected')
  AND u.last_visit_at < (g.v ->> 1)::timestamptz
RETURNING u.url, u.host
