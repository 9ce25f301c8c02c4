SELECT p.url_id, p.payload_hash, p.content_visit
FROM pages p
JOIN urls u ON u.id = p.url_id
WHERE u.source_id = $1 AND u.url = $2
