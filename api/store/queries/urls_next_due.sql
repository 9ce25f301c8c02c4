SELECT min(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS at
FROM urls
WHERE source_id = $1 AND state = 'due'
