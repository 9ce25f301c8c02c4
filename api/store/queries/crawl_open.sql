-- The interrupted crawl of a source, if its last visit is recent enough to be taken up again.
SELECT id FROM crawls WHERE source_id = $1 AND finished_at IS NULL AND active_at > $2
