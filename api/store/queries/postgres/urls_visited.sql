-- Rows are [id, state, due_at, failures to add, visited_at, interval_s, whether it replaces the one
-- known, the address it gave way to or NULL]. Attempts count the failures of this crawl; beginning a crawl sets them to zero.
UPDATE urls u
SET state = r.v ->> 1,
    due_at = (r.v ->> 2)::timestamptz,
    attempts = u.attempts + (r.v ->> 3)::bigint,
    last_visit_at = (r.v ->> 4)::timestamptz,
    interval_s = CASE
        WHEN (r.v ->> 6)::boolean THEN (r.v ->> 5)::bigint
        ELSE coalesce((r.v ->> 5)::bigint, u.interval_s)
    END,
    gave_way_to = r.v ->> 7
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE u.id = (r.v ->> 0)::bigint
