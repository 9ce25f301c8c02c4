-- Which observations the content known of a URL was read as; one row without any where it gave none.
SELECT p.url_id, p.payload_hash, o.id, o.captured_at
FROM pages p
LEFT JOIN visit_observations v ON v.visit_id = p.content_visit
LEFT JOIN observations o ON o.id = v.observation_id
WHERE p.url_id = $1
ORDER BY o.id
