-- A list that is imported has no source file: its row is only the name that rows refer to.
INSERT INTO sources (id) VALUES ($1) ON CONFLICT (id) DO NOTHING
