-- Rows are [id, seen_at].
UPDATE observations
SET last_seen_at = CASE WHEN r.value ->> 1 > last_seen_at THEN r.value ->> 1 ELSE last_seen_at END,
    sightings = sightings + 1
FROM json_each($1) AS r
WHERE observations.id = r.value ->> 0
