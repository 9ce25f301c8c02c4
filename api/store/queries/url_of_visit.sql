-- The row of a visited URL, added where the frontier does not know it (a saved page).
INSERT INTO urls (source_id, url, host, depth, priority, state, due_at)
VALUES ($1, $2, $3, 0, 0, 'due', $4)
ON CONFLICT (source_id, url) DO UPDATE SET host = urls.host
RETURNING id, lease_epoch
