UPDATE hosts
SET lease_worker = $2,
    lease_until = $3,
    lease_epoch = lease_epoch + 1,
    lease_source = $4,
    lease_crawl = $5,
    lease_given = $6,
    lease_requests = $7,
    -- For whoever finds this lease not given back: so long it rests at least.
    delay_ms = CASE WHEN delay_ms < $8 THEN $8 ELSE delay_ms END
WHERE name = $1
RETURNING lease_epoch
