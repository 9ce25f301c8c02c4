SELECT edition, language, format, content_hash, imported_at, lines FROM tariff_editions
ORDER BY edition, language
