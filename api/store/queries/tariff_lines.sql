-- The lines from $2 up to before $3, in every language of the edition. Digits sort before ':'.
SELECT edition, language, code, place, parent, headlines, description, units FROM tariff_lines
WHERE edition = $1 AND code >= $2 AND code < $3
ORDER BY language, place
