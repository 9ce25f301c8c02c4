-- One row a source with its health. Sums are read through the indexes by source.
WITH last_success AS (
    SELECT source_id, max(visited_at) AS at
    FROM visits
    WHERE outcome IN ('fetched', 'unchanged')
    GROUP BY source_id
)
SELECT
    s.id, s.name, s.market, s.text_hash, s.permission, s.contact, s.read_at,
    (SELECT count(*) FROM observations o WHERE o.source_id = s.id) AS observations,
    (SELECT count(*) FROM rejections r WHERE r.source_id = s.id) AS rejections,
    (SELECT count(*) FROM pages p JOIN urls u ON u.id = p.url_id WHERE u.source_id = s.id) AS pages,
    (SELECT max(v.visited_at) FROM visits v WHERE v.source_id = s.id) AS last_visit,
    l.at AS last_success,
    (SELECT count(*) FROM visits v
     WHERE v.source_id = s.id AND v.outcome = 'failed'
       AND (l.at IS NULL OR v.visited_at > l.at)) AS failures_since
FROM sources s
LEFT JOIN last_success l ON l.source_id = s.id
ORDER BY s.id
