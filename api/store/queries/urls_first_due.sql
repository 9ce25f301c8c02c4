SELECT min(due_at) AS at FROM urls WHERE source_id = $1 AND host = $2 AND state = 'due'
