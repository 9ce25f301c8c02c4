-- Where the content known of a URL lies, if it is this content.
SELECT p.url_id, p.archive_file, p.archive_offset
FROM pages p
JOIN urls u ON u.id = p.url_id
WHERE u.source_id = $1 AND u.url = $2 AND p.payload_hash = $3 AND p.archive_file IS NOT NULL
