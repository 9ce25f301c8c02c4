-- Rows are [edition, language, code, place, parent, headlines, description, units].
INSERT INTO tariff_lines (edition, language, code, place, parent, headlines, description, units)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM json_each($1)
