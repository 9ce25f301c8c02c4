-- The one fetched last stands.
INSERT INTO robots (origin, host, fetched_at, body, unreachable) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (origin) DO UPDATE SET
    host = excluded.host,
    fetched_at = excluded.fetched_at,
    body = excluded.body,
    unreachable = excluded.unreachable
WHERE robots.fetched_at <= excluded.fetched_at
