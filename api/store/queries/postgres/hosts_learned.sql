-- Rows are [host, epoch, next_at, delay_ms, failures, latency_ms, requests]: what was learned under a lease
-- that goes on, and the requests sent meanwhile that are counted by the day from now on.
UPDATE hosts
SET next_at = (r.v ->> 2)::timestamptz,
    -- The next lease may find a quicker pace; whoever finds this one not given back may not.
    delay_ms = greatest(delay_ms, (r.v ->> 3)::bigint),
    failures = (r.v ->> 4)::bigint,
    latency_ms = (r.v ->> 5)::bigint,
    lease_requests = greatest(0, lease_requests - (r.v ->> 6)::bigint)
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE hosts.name = r.v ->> 0 AND hosts.lease_epoch = (r.v ->> 1)::bigint
