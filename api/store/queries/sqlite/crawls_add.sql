-- Rows are [id, active_at, what is added to each counter in its order].
UPDATE crawls
SET active_at = CASE WHEN crawls.active_at < (r.value ->> 1) THEN (r.value ->> 1) ELSE crawls.active_at END,
    visits = crawls.visits + (r.value ->> 2),
    bytes = crawls.bytes + (r.value ->> 3),
    pages_read = crawls.pages_read + (r.value ->> 4),
    offers_read = crawls.offers_read + (r.value ->> 5),
    fetched = crawls.fetched + (r.value ->> 6),
    unchanged = crawls.unchanged + (r.value ->> 7),
    gone = crawls.gone + (r.value ->> 8),
    failed = crawls.failed + (r.value ->> 9),
    disallowed = crawls.disallowed + (r.value ->> 10),
    refused = crawls.refused + (r.value ->> 11),
    redirected = crawls.redirected + (r.value ->> 12),
    observations_new = crawls.observations_new + (r.value ->> 13),
    observations_known = crawls.observations_known + (r.value ->> 14),
    rejections_new = crawls.rejections_new + (r.value ->> 15)
FROM json_each($1) AS r
WHERE crawls.id = r.value ->> 0
