-- A crawl nobody ended ended with its last visit.
UPDATE crawls SET finished_at = active_at WHERE source_id = $1 AND finished_at IS NULL
