-- Which observations the content known of URLs, given as a JSON array of ids, was read as; one row without any
-- for a URL where it gave none.
SELECT p.url_id, p.payload_hash, o.id, o.captured_at
FROM json_each($1) AS given
CROSS JOIN pages p ON p.url_id = given.value
LEFT JOIN visit_observations v ON v.visit_id = p.content_visit
LEFT JOIN observations o ON o.id = v.observation_id
ORDER BY p.url_id, o.id
