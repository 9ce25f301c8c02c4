-- One portion in the order of archive files, after the last row of the portion before.
SELECT *
FROM observations
WHERE archive_file IS NOT NULL
  AND (archive_file, archive_offset, id) > ($1, $2, $3)
  AND ($4 IS NULL OR source_id = $4)
ORDER BY archive_file, archive_offset, id
LIMIT $5
