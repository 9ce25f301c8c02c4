SELECT
    h.name, h.next_at, h.delay_ms, h.failures, h.latency_ms, h.lease_worker, h.lease_until,
    (SELECT count(*) FROM urls u
     WHERE u.source_id = s.source_id AND u.host = s.host AND u.state = 'due') AS waiting
FROM source_hosts s
JOIN hosts h ON h.name = s.host
WHERE s.source_id = $1
ORDER BY h.name
