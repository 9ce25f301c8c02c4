INSERT INTO hosts (name) SELECT name FROM unnest($1) AS given (name) ON CONFLICT (name) DO NOTHING
