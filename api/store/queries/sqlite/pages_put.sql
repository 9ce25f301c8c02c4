-- Rows are [url_id, payload_hash, content_type, etag, last_modified, archive_file, archive_offset,
-- fetched_at, content_visit].
INSERT INTO pages (
    url_id, payload_hash, content_type, etag, last_modified,
    archive_file, archive_offset, fetched_at, seen_at, content_visit
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 7, value ->> 8
FROM json_each($1)
WHERE true
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
