SELECT count(*) AS waiting
FROM urls
WHERE state = 'due' AND source_id = (SELECT source_id FROM crawls WHERE id = $1)
