-- Ends the lease. Attempts count the failures of this crawl; beginning a crawl sets them to zero.
UPDATE urls
SET state = $2,
    due_at = $3,
    attempts = attempts + CASE WHEN $4 THEN 1 ELSE 0 END,
    lease_worker = NULL,
    lease_until = NULL,
    last_visit_at = $5
WHERE id = $1
