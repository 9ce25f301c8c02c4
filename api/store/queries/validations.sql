SELECT id, validated_at, program, snapshot, parameters, input_hash, lines, compared, flagged, report
FROM validations
ORDER BY validated_at DESC, id
