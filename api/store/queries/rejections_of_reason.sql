SELECT id, reason, detail, source_id, place, page_hash, last_seen_at
FROM rejections
WHERE reason = $1
ORDER BY last_seen_at DESC, id
LIMIT $2
