SELECT version, description, checksum FROM schema_migrations ORDER BY version
