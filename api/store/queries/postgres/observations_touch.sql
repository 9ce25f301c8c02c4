-- Rows are [id, seen_at, how often].
UPDATE observations o
SET last_seen_at = greatest((r.v ->> 1)::timestamptz, o.last_seen_at),
    sightings = o.sightings + (r.v ->> 2)::bigint
FROM jsonb_array_elements($1::jsonb) AS r (v)
WHERE o.id = r.v ->> 0
