SELECT u.url, v.visited_at, v.outcome, v.status, v.detail
FROM visits v
JOIN urls u ON u.id = v.url_id
WHERE v.source_id = $1
ORDER BY v.visited_at DESC, v.id DESC
LIMIT $2
