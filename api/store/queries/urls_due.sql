SELECT
    u.id, u.url, u.kind, u.depth, u.redirects, u.attempts, u.interval_s,
    p.etag, p.last_modified, p.payload_hash
FROM urls u
LEFT JOIN pages p ON p.url_id = u.id
WHERE u.source_id = $1 AND u.host = $2 AND u.state = 'due' AND u.due_at <= $3
ORDER BY u.priority DESC, u.due_at, u.id
LIMIT $4
