-- The content known of a URL, when it came and where it lies.
SELECT p.url_id, p.payload_hash, p.fetched_at, p.archive_file, p.archive_offset
FROM pages p
JOIN urls u ON u.id = p.url_id
WHERE u.source_id = $1 AND u.url = $2
