DELETE FROM robots WHERE host = $1 AND unreachable IS NOT NULL
