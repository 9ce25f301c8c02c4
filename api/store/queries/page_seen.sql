UPDATE pages SET seen_at = $2 WHERE url_id = $1 AND seen_at < $2
