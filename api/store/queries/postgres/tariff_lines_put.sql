-- Rows are [edition, language, code, place, parent, headlines, description, units].
INSERT INTO tariff_lines (edition, language, code, place, parent, headlines, description, units)
SELECT v ->> 0, v ->> 1, v ->> 2, (v ->> 3)::bigint, v ->> 4, v ->> 5, v ->> 6, v ->> 7
FROM jsonb_array_elements($1::jsonb) AS r (v)
