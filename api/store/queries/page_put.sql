INSERT INTO pages (
    url_id, payload_hash, content_type, etag, last_modified,
    archive_file, archive_offset, fetched_at, seen_at, content_visit
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
ON CONFLICT (url_id) DO UPDATE SET
    payload_hash = excluded.payload_hash,
    content_type = excluded.content_type,
    etag = excluded.etag,
    last_modified = excluded.last_modified,
    archive_file = excluded.archive_file,
    archive_offset = excluded.archive_offset,
    fetched_at = excluded.fetched_at,
    seen_at = excluded.seen_at,
    content_visit = excluded.content_visit
-- An older capture that comes in later (from somebody's archive) is not what the page says now.
WHERE excluded.fetched_at >= pages.fetched_at
