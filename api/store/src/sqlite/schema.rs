//! The schema in SQLite: telling foreign, older and newer files apart before anything is written, and
//! migrating.

use super::applied::applied;
use super::error::failure;
use super::read::Reading;
use super::{SqliteStore, connection};
use crate::versions::{self, List};
use crate::{Schema, SchemaStatus, StoreError};
use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::Path;
use std::time::Duration;

const MIGRATIONS: List = &[
    (1, "initial", include_str!("../../../../migrations/sqlite/0001_initial.sql")),
    (2, "host_leases", include_str!("../../../../migrations/sqlite/0002_host_leases.sql")),
    (3, "evidence", include_str!("../../../../migrations/sqlite/0003_evidence.sql")),
    (4, "rate_periods", include_str!("../../../../migrations/sqlite/0004_rate_periods.sql")),
    (5, "spellings", include_str!("../../../../migrations/sqlite/0005_spellings.sql")),
    (6, "confidence", include_str!("../../../../migrations/sqlite/0006_confidence.sql")),
    (7, "tariffs", include_str!("../../../../migrations/sqlite/0007_tariffs.sql")),
    (8, "validations", include_str!("../../../../migrations/sqlite/0008_validations.sql")),
];

/// `PRAGMA application_id` of a Touchstone database, 'TCHS', as the first migration sets it.
const APPLICATION_ID: i64 = 0x5443_4853;
/// Pages kept while a file is only looked at, in KiB.
const LOOK_CACHE_KIB: u32 = 1024;

/// Looks at an existing file without writing to it.
pub(super) async fn look(file: &Path, path: &str, wait: Duration) -> Result<SchemaStatus, StoreError> {
    let mut database = connection(file, wait, LOOK_CACHE_KIB)
        .read_only(true)
        .connect()
        .await
        .map_err(|e| failure(path, e))?;
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
    let mut known = Vec::new();
    if what.int("migrated")? > 0 {
        known = applied(database, path).await?;
    }
    versions::compare(MIGRATIONS, path, &known)
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
        versions::migrator(MIGRATIONS)
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(|error| versions::failed(MIGRATIONS, &self.path, error, |e| self.fail(e)))?;
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
    #[test]
    fn every_migration_file_is_embedded_under_its_number() {
        crate::versions::tests::every_file_is_embedded_under_its_number("sqlite", super::MIGRATIONS);
    }
}
