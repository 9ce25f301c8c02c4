-- A known URL stays as it is. One that was gone before the present crawl began is due again, since
-- a page (or the list of start pages) still leads to it.
INSERT INTO urls (source_id, url, host, depth, priority, state, due_at)
VALUES ($1, $2, $3, $4, $5, 'due', $6)
ON CONFLICT (source_id, url) DO UPDATE SET state = 'due', due_at = excluded.due_at, attempts = 0
WHERE urls.state = 'gone'
  AND urls.last_visit_at < (
    SELECT c.started_at FROM crawls c
    WHERE c.source_id = excluded.source_id AND c.finished_at IS NULL
  )
