-- Rows are [source, host, at]: something is due on a host of the source then, no sooner than its lease
-- ends or it has rested.
INSERT INTO source_hosts (source_id, host, ready_at)
SELECT r.v ->> 0, h.name, CASE
    WHEN h.lease_until > (r.v ->> 2)::timestamptz THEN h.lease_until
    WHEN h.next_at > (r.v ->> 2)::timestamptz THEN h.next_at
    ELSE (r.v ->> 2)::timestamptz
END
FROM jsonb_array_elements($1::jsonb) AS r (v)
JOIN hosts h ON h.name = r.v ->> 1
ORDER BY 1, 2
ON CONFLICT (source_id, host) DO UPDATE SET ready_at = excluded.ready_at
WHERE source_hosts.ready_at IS NULL OR source_hosts.ready_at > excluded.ready_at
