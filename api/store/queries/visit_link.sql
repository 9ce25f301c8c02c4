-- A page may state one offer twice.
INSERT INTO visit_observations (visit_id, observation_id) VALUES ($1, $2)
ON CONFLICT (visit_id, observation_id) DO NOTHING
