-- Rows are [id, active_at, what is added to each counter in its order].
UPDATE crawls
SET active_at = CASE WHEN crawls.active_at < (r.v ->> 1)::timestamptz THEN (r.v ->> 1)::timestamptz ELSE crawls.active_at END,
    visits = crawls.visits + (r.v ->> 2)::bigint,
    bytes = crawls.bytes + (r.v ->> 3)::bigint,
    pages_read = crawls.pages_read + (r.v ->> 4)::bigint,
    offers_read = crawls.offers_read + (r.v ->> 5)::bigint,
    fetched = crawls.fetched + (r.v ->> 6)::bigint,
    unchanged = crawls.unchanged + (r.v ->> 7)::bigint,
    gone = crawls.gone + (r.v ->> 8)::bigint,
    failed = crawls.failed + (r.v ->> 9)::bigint,
    disallowed = crawls.disallowed + (r.v ->> 10)::bigint,
    refused = crawls.refused + (r.v ->> 11)::bigint,
    redirected = crawls.redirected + (r.v ->> 12)::bigint,
    observations_new = crawls.observations_new + (r.v ->> 13)::bigint,
    observations_known = crawls.observations_known + (r.v ->> 14)::bigint,
    rejections_new = crawls.rejections_new + (r.v ->> 15)::bigint
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE crawls.id = (r.v ->> 0)::bigint
