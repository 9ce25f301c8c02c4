//! Versioned migrations, embedded. Applying them, remembering their checksums and refusing changed
//! ones is sqlx's; telling foreign, older and newer files apart before anything is written is here.

use super::error::failure;
use super::read::Reading;
use super::{SqliteStore, connection};
use crate::{Schema, SchemaStatus, StoreError};
use async_trait::async_trait;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{ConnectOptions, Connection, Row, SqlSafeStr, SqliteConnection};
use std::path::Path;
use std::time::Duration;

/// The migrations, in order: number, name, text.
const MIGRATIONS: &[(u32, &str, &str)] = &[
    (1, "initial", include_str!("../../../../migrations/sqlite/0001_initial.sql")),
    (3, "evidence", include_str!("../../../../migrations/sqlite/0003_evidence.sql")),
];

/// `PRAGMA application_id` of a Touchstone database, 'TCHS', as the first migration sets it.
const APPLICATION_ID: i64 = 0x5443_4853;

fn migrations() -> Vec<Migration> {
    MIGRATIONS
        .iter()
        .map(|&(number, name, text)| {
            Migration::new(number.into(), name.into(), MigrationType::Simple, text.into_sql_str(), false)
        })
        .collect()
}

fn title(number: u32) -> String {
    let name = MIGRATIONS.iter().find(|(known, _, _)| *known == number).map_or("", |(_, name, _)| name);
    format!("{number:04} {name}")
}

/// Looks at an existing file without writing to it.
pub(super) async fn look(file: &Path, path: &str, wait: Duration) -> Result<SchemaStatus, StoreError> {
    let mut database =
        connection(file, wait).read_only(true).connect().await.map_err(|e| failure(path, e))?;
    let status = status(&mut database, path).await;
    database.close().await.map_err(|e| failure(path, e))?;
    status
}

/// The schema found against the one known, or why the database cannot be used at all.
async fn status(database: &mut SqliteConnection, path: &str) -> Result<SchemaStatus, StoreError> {
    let fail = |error| failure(path, error);
    let row = sqlx::query(include_str!("../../queries/sqlite/what_is_it.sql"))
        .fetch_one(&mut *database)
        .await
        .map_err(fail)?;
    let what = Reading::new(&row, "sqlite_schema", "application_id");
    if what.int("objects")? > 0 && what.int("application_id")? != APPLICATION_ID {
        return Err(StoreError::NotADatabase {
            path: path.to_owned(),
            detail: "a SQLite database of another program".to_owned(),
        });
    }
    let known = migrations();
    let latest = MIGRATIONS.last().map_or(0, |(number, _, _)| *number);
    let mut current = 0;
    if what.int("migrated")? > 0 {
        let rows = sqlx::query(include_str!("../../queries/applied_migrations.sql"))
            .fetch_all(&mut *database)
            .await
            .map_err(fail)?;
        for row in &rows {
            let applied = Reading::new(row, "schema_migrations", "version");
            let number: u32 = applied.count("version")?;
            let checksum: Vec<u8> = row.try_get("checksum").map_err(fail)?;
            let same = known.iter().find(|m| m.version == i64::from(number));
            if same.is_some_and(|known| *known.checksum != *checksum) {
                return Err(StoreError::ChangedMigration {
                    path: path.to_owned(),
                    name: format!("{number:04} {}", applied.text("description")?),
                });
            }
            current = current.max(number);
        }
    }
    if current > latest {
        return Err(StoreError::Newer { path: path.to_owned(), found: current, known: latest });
    }
    Ok(SchemaStatus {
        current,
        latest,
        pending: MIGRATIONS
            .iter()
            .filter(|(number, _, _)| *number > current)
            .map(|(number, _, _)| title(*number))
            .collect(),
        database: path.to_owned(),
    })
}

#[async_trait]
impl Schema for SqliteStore {
    async fn schema_status(&self) -> Result<SchemaStatus, StoreError> {
        let mut database = self.reader.acquire().await.map_err(|e| self.fail(e))?;
        status(&mut database, &self.path).await
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        // Within one transaction, so that a second program waits here and then finds nothing to do,
        // and so that several migrations come all or none.
        let mut transaction = self.begin().await?;
        let before = status(&mut transaction, &self.path).await?;
        if before.pending.is_empty() {
            return Ok(Vec::new());
        }
        let mut migrator = Migrator::with_migrations(migrations());
        migrator.dangerous_set_table_name("schema_migrations");
        migrator.run_direct(None, &mut *transaction, false).await.map_err(|error| match error {
            MigrateError::Execute(error) => self.fail(error),
            MigrateError::ExecuteMigration(error, number) => match self.fail(error) {
                StoreError::Other { path, detail } => StoreError::MigrationFailed {
                    path,
                    name: title(u32::try_from(number).unwrap_or(0)),
                    detail,
                },
                known => known,
            },
            other => StoreError::Other { path: self.path.to_string(), detail: other.to_string() },
        })?;
        self.commit(transaction).await?;
        Ok(before.pending)
    }

    async fn close(&self) {
        // Readers first: the last connection to close folds the WAL into the file, and a reader
        // may not.
        self.reader.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that lies in the folder but is not in the list would never be applied.
    #[test]
    fn every_migration_file_is_embedded_under_its_number() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        files.sort();
        let listed: Vec<String> =
            MIGRATIONS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, listed);
    }
}
