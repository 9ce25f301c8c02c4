UPDATE crawls SET finished_at = $2, ended = $3 WHERE id = $1 AND finished_at IS NULL
