-- Tells an empty schema, Touchstone's and somebody else's apart, without writing. Tables that belong to
-- extensions are nobody's.
SELECT
    current_schema()::text AS schema,
    (SELECT count(*) FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')) AS objects,
    (SELECT count(*) FROM pg_attribute a
     WHERE a.attrelid = to_regclass(quote_ident(current_schema()) || '.schema_migrations')
       AND a.attname = 'checksum') AS migrated
