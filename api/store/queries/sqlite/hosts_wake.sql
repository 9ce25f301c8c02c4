-- Rows are [source, host, at]: something is due on a host of the source then, no sooner than its lease
-- ends or it has rested.
INSERT INTO source_hosts (source_id, host, ready_at)
SELECT r.value ->> 0, h.name, CASE
    WHEN h.lease_until > r.value ->> 2 THEN h.lease_until
    WHEN h.next_at > r.value ->> 2 THEN h.next_at
    ELSE r.value ->> 2
END
FROM json_each($1) AS r
CROSS JOIN hosts h ON h.name = r.value ->> 1
WHERE true
ON CONFLICT (source_id, host) DO UPDATE SET ready_at = excluded.ready_at
WHERE source_hosts.ready_at IS NULL OR source_hosts.ready_at > excluded.ready_at
