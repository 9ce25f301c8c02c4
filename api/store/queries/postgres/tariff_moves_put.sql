-- Rows are [from_edition, from_code, to_edition, to_code, note].
INSERT INTO tariff_moves (from_edition, from_code, to_edition, to_code, note)
SELECT v ->> 0, v ->> 1, v ->> 2, v ->> 3, v ->> 4
FROM jsonb_array_elements($1::jsonb) AS r (v)
