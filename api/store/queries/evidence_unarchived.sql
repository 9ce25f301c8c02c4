-- Observations without an archived page: those of price lists.
SELECT count(*) AS n
FROM observations
WHERE archive_file IS NULL AND (CAST($1 AS text) IS NULL OR source_id = $1)
