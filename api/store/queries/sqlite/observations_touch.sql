-- Rows are [id, seen_at, how often].
UPDATE observations
SET last_seen_at = CASE WHEN r.value ->> 1 > last_seen_at THEN r.value ->> 1 ELSE last_seen_at END,
    sightings = sightings + (r.value ->> 2)
FROM json_each($1) AS r
WHERE observations.id = r.value ->> 0
