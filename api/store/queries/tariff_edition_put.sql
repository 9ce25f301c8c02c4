INSERT INTO tariff_editions (edition, language, format, content_hash, imported_at, lines)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (edition, language) DO UPDATE SET format = excluded.format, content_hash = excluded.content_hash,
    imported_at = excluded.imported_at, lines = excluded.lines
