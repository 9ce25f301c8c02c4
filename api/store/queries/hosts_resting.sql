-- Hosts of a source that nobody holds, and whether one of their robots.txt could not be had.
SELECT
    h.name, h.next_at, h.delay_ms, h.failures, h.latency_ms, h.lease_epoch,
    (SELECT count(*) FROM robots r WHERE r.host = h.name AND r.unreachable IS NOT NULL) AS unreachable
FROM source_hosts s
JOIN hosts h ON h.name = s.host
WHERE s.source_id = $1 AND h.lease_worker IS NULL
ORDER BY h.name
