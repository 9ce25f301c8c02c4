-- Rows are [from_edition, from_code, to_edition, to_code, note].
INSERT INTO tariff_moves (from_edition, from_code, to_edition, to_code, note)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
FROM json_each($1)
