SELECT origin, fetched_at, body, unreachable FROM robots WHERE host = $1 ORDER BY origin
