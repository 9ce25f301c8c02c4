-- Something is due on a host of the source at $3: no sooner than its lease ends or it has rested.
INSERT INTO source_hosts (source_id, host, ready_at)
SELECT $1, h.name, CASE
    WHEN h.lease_until > $3 THEN h.lease_until
    WHEN h.next_at > $3 THEN h.next_at
    ELSE $3
END
FROM hosts h
WHERE h.name = $2
ON CONFLICT (source_id, host) DO UPDATE SET ready_at = excluded.ready_at
WHERE source_hosts.ready_at IS NULL OR source_hosts.ready_at > excluded.ready_at
