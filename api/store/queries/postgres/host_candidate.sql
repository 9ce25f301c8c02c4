-- The host that could have been had longest. One that another transaction is writing about is passed
-- over; one that is returned stays locked, with the row that a new URL of it has to change: what is
-- found of it now is true until this transaction ends.
SELECT
    h.name, h.next_at, h.delay_ms, h.failures, h.latency_ms, h.lease_worker, h.lease_until
FROM source_hosts s
JOIN hosts h ON h.name = s.host
WHERE s.source_id = $1 AND s.ready_at <= $2
ORDER BY s.ready_at, s.host
LIMIT 1
FOR NO KEY UPDATE OF s, h SKIP LOCKED
