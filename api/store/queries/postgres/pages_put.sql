-- Rows are [url_id, payload_hash, content_type, etag, last_modified, archive_file, archive_offset,
-- fetched_at, content_visit].
INSERT INTO pages (
    url_id, payload_hash, content_type, etag, last_modified,
    archive_file, archive_offset, fetched_at, seen_at, content_visit
)
SELECT
    (v ->> 0)::bigint, v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, (v ->> 6)::bigint,
    (v ->> 7)::timestamptz, (v ->> 7)::timestamptz, (v ->> 8)::bigint
FROM jsonb_array_elements($1::jsonb) AS r (v)
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
