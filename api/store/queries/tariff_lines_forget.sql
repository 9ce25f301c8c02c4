DELETE FROM tariff_lines WHERE edition = $1 AND language = $2
