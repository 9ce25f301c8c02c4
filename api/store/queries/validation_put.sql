-- The id is the hash of what was measured on what: the same again is the same row.
INSERT INTO validations (
    id, validated_at, program, snapshot, parameters, input_hash, lines, compared, flagged, report
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET validated_at = excluded.validated_at
