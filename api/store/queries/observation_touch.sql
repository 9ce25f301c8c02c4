UPDATE observations
SET last_seen_at = CASE WHEN $2 > last_seen_at THEN $2 ELSE last_seen_at END,
    sightings = sightings + 1
WHERE id = $1
