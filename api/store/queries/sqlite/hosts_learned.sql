-- Rows are [host, epoch, next_at, delay_ms, failures, latency_ms, requests]: what was learned under a lease
-- that goes on, and the requests sent meanwhile that are counted by the day from now on.
UPDATE hosts
SET next_at = r.value ->> 2,
    -- The next lease may find a quicker pace; whoever finds this one not given back may not.
    delay_ms = max(delay_ms, r.value ->> 3),
    failures = r.value ->> 4,
    latency_ms = r.value ->> 5,
    lease_requests = max(0, lease_requests - (r.value ->> 6))
FROM json_each($1) AS r
WHERE hosts.name = r.value ->> 0 AND hosts.lease_epoch = r.value ->> 1
