-- Rows are [host, epoch, next_at, delay_ms, failures, latency_ms]. The leases end; the epochs stay, and
-- grow with the next.
UPDATE hosts
SET next_at = (r.v ->> 2)::timestamptz,
    delay_ms = (r.v ->> 3)::bigint,
    failures = (r.v ->> 4)::bigint,
    latency_ms = (r.v ->> 5)::bigint,
    lease_worker = NULL,
    lease_until = NULL,
    lease_source = NULL,
    lease_crawl = NULL,
    lease_given = 0,
    lease_requests = 0
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE hosts.name = r.v ->> 0 AND hosts.lease_epoch = (r.v ->> 1)::bigint
