SELECT count(*) AS waiting, count(lease_worker) AS leased
FROM urls
WHERE state = 'due' AND source_id = (SELECT source_id FROM crawls WHERE id = $1)
