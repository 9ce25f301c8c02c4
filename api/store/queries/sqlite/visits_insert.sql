-- Rows are the columns in their order.
INSERT INTO visits (
    crawl_id, source_id, url_id, visited_at, outcome, status, payload_hash, archive_file,
    archive_offset, detail, observations_new, observations_known, rejections_new, requests, bytes,
    offers
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13,
    value ->> 14, value ->> 15
FROM json_each($1)
RETURNING id, url_id
