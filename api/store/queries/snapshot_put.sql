-- The id is the hash of the content: the same again changes only when and where it was built.
INSERT INTO snapshots (
    id, built_at, currency, file, listings, "groups", exclusions, note, parameters
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET
    built_at = excluded.built_at,
    file = excluded.file,
    note = excluded.note,
    sightings = snapshots.sightings + 1
RETURNING sightings
