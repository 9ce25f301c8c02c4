-- What became of the codes from $1 up to before $2. Digits sort before ':'.
SELECT from_edition, from_code, to_edition, to_code, note FROM tariff_moves
WHERE from_code >= $1 AND from_code < $2
ORDER BY from_code, from_edition, to_edition, to_code
