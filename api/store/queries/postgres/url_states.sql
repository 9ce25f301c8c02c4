-- Locked until the transaction ends: of two pages that name each other at the same moment, one gives way.
SELECT u.url, u.state
FROM unnest($2) AS given (url)
JOIN urls u ON u.source_id = $1 AND md5(u.url)::uuid = md5(given.url)::uuid AND u.url = given.url
ORDER BY u.id
FOR NO KEY UPDATE OF u
