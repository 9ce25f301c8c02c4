SELECT u.url, u.state
FROM json_each($2) AS r
CROSS JOIN urls u ON u.source_id = $1 AND u.url = r.value
