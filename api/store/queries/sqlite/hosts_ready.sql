-- Rows are [host, from when]: hosts that are free again may be had from then on, by every source that
-- has something due there.
UPDATE source_hosts
SET ready_at = CASE
    WHEN EXISTS (
        SELECT 1 FROM urls u
        WHERE u.source_id = source_hosts.source_id AND u.host = source_hosts.host AND u.state = 'due'
    )
    THEN r.value ->> 1
END
FROM json_each($1) AS r
WHERE source_hosts.host = r.value ->> 0
