SELECT
    (SELECT count(*) FROM sources) AS sources,
    (SELECT count(*) FROM urls) AS urls,
    (SELECT count(*) FROM pages) AS pages,
    (SELECT count(*) FROM visits) AS visits,
    (SELECT count(*) FROM observations) AS observations,
    (SELECT count(*) FROM rejections) AS rejections,
    (SELECT count(*) FROM rates) AS rates,
    (SELECT count(*) FROM snapshots) AS snapshots
