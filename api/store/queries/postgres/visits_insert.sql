-- Rows are the columns in their order.
INSERT INTO visits (
    crawl_id, source_id, url_id, visited_at, outcome, status, payload_hash, archive_file,
    archive_offset, detail, observations_new, observations_known, rejections_new, requests, bytes,
    offers
)
SELECT
    (v ->> 0)::bigint, v ->> 1, (v ->> 2)::bigint, (v ->> 3)::timestamptz, v ->> 4, (v ->> 5)::bigint,
    v ->> 6, v ->> 7, (v ->> 8)::bigint, v ->> 9, (v ->> 10)::bigint, (v ->> 11)::bigint,
    (v ->> 12)::bigint, (v ->> 13)::bigint, (v ->> 14)::bigint, (v ->> 15)::bigint
FROM jsonb_array_elements($1::jsonb) AS r (v)
RETURNING id, url_id
