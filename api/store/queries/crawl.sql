-- Columns are named one by one in all statements: one that was prepared before a migration must not
-- find others than it was prepared for.
SELECT
    id, source_id, started_at, active_at, finished_at, ended, bytes, pages_read, offers_read, fetched,
    unchanged, gone, failed, disallowed, refused, redirected, observations_new, observations_known,
    rejections_new
FROM crawls
WHERE id = $1
