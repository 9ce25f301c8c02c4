-- Rows are [host, epoch, visits]: what was visited is counted by the crawl from now on.
UPDATE hosts
SET lease_given = CASE WHEN lease_given > (r.v ->> 2)::bigint THEN lease_given - (r.v ->> 2)::bigint ELSE 0 END,
    lease_requests = CASE WHEN lease_requests > (r.v ->> 2)::bigint THEN lease_requests - (r.v ->> 2)::bigint ELSE 0 END
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE hosts.name = r.v ->> 0 AND hosts.lease_epoch = (r.v ->> 1)::bigint
