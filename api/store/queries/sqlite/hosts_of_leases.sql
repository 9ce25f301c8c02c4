-- The hosts whose names are given as a JSON array.
SELECT name, next_at, lease_epoch FROM hosts WHERE name IN (SELECT value FROM json_each($1)) ORDER BY name
