SELECT
    (SELECT count(*) FROM urls WHERE source_id = $1 AND state = 'due') AS waiting,
    (SELECT count(*)
     FROM hosts h
     JOIN source_hosts s ON s.host = h.name AND s.source_id = $1
     WHERE h.lease_worker IS NOT NULL
       AND EXISTS (
           SELECT 1 FROM urls u WHERE u.source_id = $1 AND u.host = h.name AND u.state = 'due'
       )) AS leased
