-- Observations whose id or page hash lies between two texts. What was read from content comes before
-- what was only seen again.
SELECT *
FROM observations
WHERE id IN (
    SELECT id FROM observations WHERE id >= $1 AND id < $2
    UNION
    SELECT id FROM observations WHERE page_hash IS NOT NULL AND page_hash >= $1 AND page_hash < $2
)
ORDER BY CASE WHEN original_id IS NULL THEN 0 ELSE 1 END, captured_at, id
LIMIT $3
