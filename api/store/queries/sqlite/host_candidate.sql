-- The host that could have been had longest. Writers take turns in SQLite (BEGIN IMMEDIATE).
SELECT
    h.name, h.next_at, h.delay_ms, h.failures, h.latency_ms, h.lease_worker, h.lease_until
FROM source_hosts s
JOIN hosts h ON h.name = s.host
WHERE s.source_id = $1 AND s.ready_at <= $2
ORDER BY s.ready_at, s.host
LIMIT 1
