-- Rows are [visit_id, observation_id]. A page may state one offer twice.
INSERT INTO visit_observations (visit_id, observation_id)
SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE true
ON CONFLICT (visit_id, observation_id) DO NOTHING
