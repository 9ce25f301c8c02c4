-- A host that is free again: it may be had from $2 on, by every source that has something due there.
UPDATE source_hosts
SET ready_at = CASE
    WHEN EXISTS (
        SELECT 1 FROM urls u
        WHERE u.source_id = source_hosts.source_id AND u.host = source_hosts.host AND u.state = 'due'
    )
    THEN $2
END
WHERE host = $1
