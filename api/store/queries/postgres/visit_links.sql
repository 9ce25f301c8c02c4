-- Rows are [visit_id, observation_id]. A page may state one offer twice.
INSERT INTO visit_observations (visit_id, observation_id)
SELECT (v ->> 0)::bigint, v ->> 1 FROM jsonb_array_elements($1::jsonb) AS r (v)
ON CONFLICT (visit_id, observation_id) DO NOTHING
