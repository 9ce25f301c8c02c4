-- Flag rates measured on an administration's own cleared lines: counts with their method, and nothing of
-- the lines themselves.
CREATE TABLE validations (
    id TEXT PRIMARY KEY,
    validated_at TEXT NOT NULL,
    program TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    parameters TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    lines INTEGER NOT NULL,
    compared INTEGER NOT NULL,
    flagged INTEGER NOT NULL,
    report TEXT NOT NULL
) STRICT;
