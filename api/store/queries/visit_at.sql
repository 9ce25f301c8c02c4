-- Whether a page was captured at this very moment.
SELECT count(*) AS n
FROM visits v
JOIN urls u ON u.id = v.url_id
WHERE v.source_id = $1 AND v.visited_at = $2 AND u.url = $3
