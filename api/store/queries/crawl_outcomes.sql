-- CAST because a database may widen the type of a sum.
SELECT
    outcome,
    count(*) AS visits,
    CAST(sum(observations_new) AS bigint) AS observations_new,
    CAST(sum(observations_known) AS bigint) AS observations_known,
    CAST(sum(rejections_new) AS bigint) AS rejections_new
FROM visits
WHERE crawl_id = $1
GROUP BY outcome
