-- Observations without an archived page: those of price lists.
SELECT count(*) AS n
FROM observations
WHERE archive_file IS NULL AND ($1 IS NULL OR source_id = $1)
