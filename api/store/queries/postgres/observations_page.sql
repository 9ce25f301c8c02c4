-- One portion in the order of ids, after the last id of the portion before.
SELECT *
FROM observations
WHERE id > $1
  AND ($2 IS NULL OR captured_day >= $2)
  AND ($3 IS NULL OR captured_day <= $3)
  AND ($4 IS NULL OR source_id = ANY ($4))
ORDER BY id
LIMIT $5
