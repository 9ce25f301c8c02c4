-- {rows} stands for the rows' parameters, of which no two have the same id; sightings as with observations.
INSERT INTO rejections (
    id, reason, detail, source_id, place, page_hash, first_seen_at, last_seen_at, sightings
)
VALUES {rows}
ON CONFLICT (id) DO UPDATE SET
    first_seen_at = CASE
        WHEN excluded.first_seen_at < rejections.first_seen_at THEN excluded.first_seen_at
        ELSE rejections.first_seen_at
    END,
    last_seen_at = CASE
        WHEN excluded.last_seen_at > rejections.last_seen_at THEN excluded.last_seen_at
        ELSE rejections.last_seen_at
    END,
    sightings = rejections.sightings + excluded.sightings
RETURNING id, sightings
