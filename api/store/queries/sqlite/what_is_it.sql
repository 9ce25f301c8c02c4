-- Tells an empty file, a Touchstone database and somebody else's apart, without writing.
SELECT
    (SELECT application_id FROM pragma_application_id) AS application_id,
    (SELECT count(*) FROM sqlite_schema) AS objects,
    (SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations') AS migrated
