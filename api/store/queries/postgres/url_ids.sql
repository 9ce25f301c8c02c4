SELECT u.id, u.url
FROM unnest($2) AS given (url)
JOIN urls u ON u.source_id = $1 AND md5(u.url)::uuid = md5(given.url)::uuid AND u.url = given.url
