//! The schema in PostgreSQL: telling an empty one, ours and somebody else's apart, and migrating under
//! an advisory lock.

use super::PostgresStore;
use super::applied::applied;
use super::error::failure;
use super::read::Reading;
use crate::versions::{self, List};
use crate::{Schema, SchemaStatus, StoreError};
use async_trait::async_trait;
use sqlx::PgConnection;

const MIGRATIONS: List = &[
    (1, "initial", include_str!("../../../../migrations/postgres/0001_initial.sql")),
    (2, "host_leases", include_str!("../../../../migrations/postgres/0002_host_leases.sql")),
    (3, "evidence", include_str!("../../../../migrations/postgres/0003_evidence.sql")),
    (4, "rate_periods", include_str!("../../../../migrations/postgres/0004_rate_periods.sql")),
    (5, "spellings", include_str!("../../../../migrations/postgres/0005_spellings.sql")),
    (6, "confidence", include_str!("../../../../migrations/postgres/0006_confidence.sql")),
    (7, "tariffs", include_str!("../../../../migrations/postgres/0007_tariffs.sql")),
    (8, "validations", include_str!("../../../../migrations/postgres/0008_validations.sql")),
];

/// The schema found against the one known, or why the database cannot be used at all.
pub(super) async fn status(database: &mut PgConnection, path: &str) -> Result<SchemaStatus, StoreError> {
    let fail = |error| failure(path, error);
    let row = sqlx::query(include_str!("../../queries/postgres/what_is_it.sql"))
        .fetch_one(&mut *database)
        .await
        .map_err(fail)?;
    let what = Reading::new(&row, "pg_class", "schema");
    let foreign =
        |detail: &str| StoreError::NotADatabase { path: path.to_owned(), detail: detail.to_owned() };
    if what.opt_text("schema")?.is_none() {
        return Err(foreign("its search_path names no schema that exists"));
    }
    let mut known = Vec::new();
    if what.int("migrated")? > 0 {
        known = applied(database, path).await?;
    } else if what.int("objects")? > 0 {
        return Err(foreign(
            "it holds another program's tables; make a database for touchstone alone with createdb",
        ));
    }
    versions::compare(MIGRATIONS, path, &known)
}

#[async_trait]
impl Schema for PostgresStore {
    async fn schema_status(&self) -> Result<SchemaStatus, StoreError> {
        let mut database = self.pool.acquire().await.map_err(|e| self.fail(e))?;
        status(&mut database, &self.path).await
    }

    async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        // All within one transaction: several migrations come all or none, and a second program waits
        // for the lock and then finds nothing to do.
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../../queries/postgres/lock_migrations.sql"))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
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
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_migration_file_is_embedded_under_its_number() {
        crate::versions::tests::every_file_is_embedded_under_its_number("postgres", super::MIGRATIONS);
    }
}
