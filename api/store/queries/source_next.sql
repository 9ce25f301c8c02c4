-- The first moment at which a host of the source is worth looking at, and whether anything waits.
SELECT
    (SELECT min(ready_at) FROM source_hosts WHERE source_id = $1 AND ready_at IS NOT NULL) AS at,
    (SELECT count(*) FROM (
        SELECT 1 AS one FROM urls WHERE source_id = $1 AND state = 'due' LIMIT 1
    ) AS due) AS waiting
