INSERT INTO hosts (name) SELECT value FROM json_each($1) WHERE true ON CONFLICT (name) DO NOTHING
