-- Rows are [url, host, kind, depth, redirects, priority, due_at]. A known URL stays as it is. One
-- that was gone before the present crawl began is due again, since a page (or the list of start
-- pages) still leads to it.
INSERT INTO urls (source_id, url, host, kind, depth, redirects, priority, state, due_at)
SELECT
    $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, 'due', value ->> 6
FROM json_each($2)
WHERE true
ON CONFLICT (source_id, url) DO UPDATE SET state = 'due', due_at = excluded.due_at, attempts = 0
WHERE urls.state = 'gone'
  AND urls.last_visit_at < (
    SELECT c.started_at FROM crawls c
    WHERE c.source_id = excluded.source_id AND c.finished_at IS NULL
  )
RETURNING url, host, due_at
