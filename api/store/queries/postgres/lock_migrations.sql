-- Held until the transaction ends: 'TCHS', and the schema in which the tables lie.
SELECT pg_advisory_xact_lock(1413695571, hashtext(current_schema()::text))
