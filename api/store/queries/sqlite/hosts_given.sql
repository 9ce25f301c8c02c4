-- Rows are [host, epoch, visits]: what was visited is counted by the crawl from now on.
UPDATE hosts
SET lease_given = CASE WHEN lease_given > (r.value ->> 2) THEN lease_given - (r.value ->> 2) ELSE 0 END,
    lease_requests = CASE WHEN lease_requests > (r.value ->> 2) THEN lease_requests - (r.value ->> 2) ELSE 0 END
FROM json_each($1) AS r
WHERE hosts.name = r.value ->> 0 AND hosts.lease_epoch = r.value ->> 1
