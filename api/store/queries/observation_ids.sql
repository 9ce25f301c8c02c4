-- One portion of the ids in their order, after the last one of the portion before: read from the index
-- alone.
SELECT id
FROM observations
WHERE id > $1
ORDER BY id
LIMIT $2
