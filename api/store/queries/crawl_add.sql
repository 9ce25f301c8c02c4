UPDATE crawls
SET active_at = CASE WHEN active_at < $2 THEN $2 ELSE active_at END,
    visits = visits + $3,
    bytes = bytes + $4,
    pages_read = pages_read + $5,
    offers_read = offers_read + $6,
    fetched = fetched + $7,
    unchanged = unchanged + $8,
    gone = gone + $9,
    failed = failed + $10,
    disallowed = disallowed + $11,
    refused = refused + $12,
    redirected = redirected + $13,
    observations_new = observations_new + $14,
    observations_known = observations_known + $15,
    rejections_new = rejections_new + $16
WHERE id = $1
