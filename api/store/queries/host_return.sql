-- The lease ends; the epoch stays, and grows with the next.
UPDATE hosts
SET next_at = $3,
    delay_ms = $4,
    failures = $5,
    latency_ms = $6,
    lease_worker = NULL,
    lease_until = NULL,
    lease_source = NULL,
    lease_crawl = NULL,
    lease_given = 0,
    lease_requests = 0
WHERE name = $1 AND lease_epoch = $2
