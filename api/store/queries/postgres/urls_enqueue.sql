-- Rows are [url, host, kind, depth, redirects, priority, due_at]. A known URL stays as it is, and is
-- not locked. One that was gone before the present crawl began is due again, since a page (or the list
-- of start pages) still leads to it.
WITH given AS (
    SELECT
        v ->> 0 AS url,
        v ->> 1 AS host,
        v ->> 2 AS kind,
        (v ->> 3)::bigint AS depth,
        (v ->> 4)::bigint AS redirects,
        (v ->> 5)::bigint AS priority,
        (v ->> 6)::timestamptz AS due_at
    FROM jsonb_array_elements($2::jsonb) AS r (v)
),
revived AS (
    UPDATE urls u
    SET state = 'due', due_at = g.due_at, attempts = 0
    FROM given g
    WHERE u.source_id = $1 AND md5(u.url)::uuid = md5(g.url)::uuid AND u.url = g.url
      AND u.state = 'gone'
      AND u.last_visit_at < (
          SELECT c.started_at FROM crawls c WHERE c.source_id = $1 AND c.finished_at IS NULL
      )
    RETURNING u.url, u.host
),
added AS (
    INSERT INTO urls (source_id, url, host, kind, depth, redirects, priority, state, due_at)
    SELECT $1, url, host, kind, depth, redirects, priority, 'due', due_at FROM given
    ON CONFLICT (source_id, (md5(url)::uuid)) DO NOTHING
    RETURNING url, host
)
SELECT url, host FROM revived UNION ALL SELECT url, host FROM added
