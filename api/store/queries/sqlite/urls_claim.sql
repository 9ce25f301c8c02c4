-- Writers take turns in SQLite (BEGIN IMMEDIATE), so nothing can be claimed between the SELECT and
-- the UPDATE. PostgreSQL's counterpart will need FOR UPDATE SKIP LOCKED.
UPDATE urls
SET lease_worker = $2, lease_until = $4, lease_epoch = lease_epoch + 1
WHERE id IN (
    SELECT id FROM urls
    WHERE source_id = $1
      AND state = 'due'
      AND due_at <= $3
      AND (lease_until IS NULL OR lease_until <= $3)
    ORDER BY priority DESC, due_at, id
    LIMIT $5
)
RETURNING
    id, url, host, depth, attempts, priority, due_at, lease_epoch,
    (SELECT p.etag FROM pages p WHERE p.url_id = urls.id) AS etag,
    (SELECT p.last_modified FROM pages p WHERE p.url_id = urls.id) AS last_modified,
    (SELECT p.payload_hash FROM pages p WHERE p.url_id = urls.id) AS payload_hash
