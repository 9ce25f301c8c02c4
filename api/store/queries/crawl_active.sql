UPDATE crawls SET active_at = $2 WHERE id = $1 AND active_at < $2
