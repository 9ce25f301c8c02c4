SELECT id, reason, detail, source_id, place, page_hash, last_seen_at
FROM rejections
ORDER BY last_seen_at DESC, id
LIMIT $1
