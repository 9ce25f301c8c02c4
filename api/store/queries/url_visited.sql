-- Ends the lease. Attempts count failures since the last success.
UPDATE urls
SET state = $2,
    due_at = $3,
    attempts = CASE WHEN $4 THEN attempts + 1 ELSE 0 END,
    lease_worker = NULL,
    lease_until = NULL,
    last_visit_at = $5
WHERE id = $1
