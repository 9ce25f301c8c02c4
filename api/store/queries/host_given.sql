-- What was visited is counted by the crawl from now on.
UPDATE hosts
SET lease_given = CASE WHEN lease_given > $3 THEN lease_given - $3 ELSE 0 END,
    lease_requests = CASE WHEN lease_requests > $3 THEN lease_requests - $3 ELSE 0 END
WHERE name = $1 AND lease_epoch = $2
