-- Hosts with due URLs may be had since they have rested; those without wait for a link.
UPDATE source_hosts
SET ready_at = CASE
    WHEN EXISTS (
        SELECT 1 FROM urls u
        WHERE u.source_id = source_hosts.source_id AND u.host = source_hosts.host AND u.state = 'due'
    )
    THEN coalesce((SELECT h.next_at FROM hosts h WHERE h.name = source_hosts.host), $2)
END
WHERE source_id = $1
