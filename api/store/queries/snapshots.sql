SELECT id, built_at, currency, file, listings, "groups", exclusions, note, parameters
FROM snapshots
ORDER BY built_at DESC, id
LIMIT $1
