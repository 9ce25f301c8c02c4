SELECT
    id, source_id, started_at, active_at, finished_at, ended, bytes, pages_read, offers_read, fetched,
    unchanged, gone, failed, disallowed, refused, redirected, observations_new, observations_known,
    rejections_new,
    (SELECT count(*) FROM visits v WHERE v.crawl_id = crawls.id AND v.offers = 0) AS pages_empty
FROM crawls
WHERE source_id = $1
ORDER BY id DESC
LIMIT $2
