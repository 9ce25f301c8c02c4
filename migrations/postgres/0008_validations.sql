-- Flag rates measured on an administration's own cleared lines: counts with their method, and nothing of
-- the lines themselves.
CREATE TABLE validations (
    id text COLLATE "C" PRIMARY KEY,
    validated_at timestamptz NOT NULL,
    program text NOT NULL,
    snapshot text NOT NULL,
    parameters text NOT NULL,
    input_hash text NOT NULL,
    lines bigint NOT NULL,
    compared bigint NOT NULL,
    flagged bigint NOT NULL,
    report text NOT NULL
);
