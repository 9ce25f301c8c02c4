INSERT INTO visits (
    crawl_id, source_id, url_id, visited_at, outcome, status, payload_hash,
    archive_file, archive_offset, detail, observations_new, observations_known, rejections_new
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING id
