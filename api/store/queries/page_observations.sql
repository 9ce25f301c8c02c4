-- What the content of a visit was read as.
SELECT o.*
FROM visit_observations v
JOIN observations o ON o.id = v.observation_id
WHERE v.visit_id = $1
ORDER BY o.id
