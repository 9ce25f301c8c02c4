-- Rows are [id, state, due_at, failures to add, visited_at, interval_s, whether it replaces the one
-- known, the address it gave way to or NULL]. Attempts count the failures of this crawl; beginning a crawl sets them to zero.
UPDATE urls
SET state = r.value ->> 1,
    due_at = r.value ->> 2,
    attempts = attempts + (r.value ->> 3),
    last_visit_at = r.value ->> 4,
    interval_s = CASE WHEN r.value ->> 6 THEN r.value ->> 5 ELSE coalesce(r.value ->> 5, interval_s) END,
    gave_way_to = r.value ->> 7
FROM json_each($1) AS r
WHERE urls.id = r.value ->> 0
