-- Rows are [host, epoch, next_at, delay_ms, failures, latency_ms]. The leases end; the epochs stay, and
-- grow with the next.
UPDATE hosts
SET next_at = r.value ->> 2,
    delay_ms = r.value ->> 3,
    failures = r.value ->> 4,
    latency_ms = r.value ->> 5,
    lease_worker = NULL,
    lease_until = NULL,
    lease_source = NULL,
    lease_crawl = NULL,
    lease_given = 0,
    lease_requests = 0
FROM json_each($1) AS r
WHERE hosts.name = r.value ->> 0 AND hosts.lease_epoch = r.value ->> 1
