//! The schema's version and its migrations, as seen from outside.

use crate::StoreError;
use async_trait::async_trait;
use serde::Serialize;

/// How far the database's schema is from the program's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaStatus {
    /// Number of the last migration applied; 0 for an empty database.
    pub current: u32,
    /// Number of the last migration this program has.
    pub latest: u32,
    /// Names of the migrations not applied yet, in order: "0001 initial".
    pub pending: Vec<String>,
    /// The database, as a person would name it: its path.
    pub database: String,
}

/// Versioned migrations. The same number means the same on every database.
#[async_trait]
pub trait Schema: Send + Sync {
    /// The database's schema against the program's. Writes nothing.
    async fn schema_status(&self) -> Result<SchemaStatus, StoreError>;
    /// Applies what is pending, all or nothing, and names what was applied. Two programs doing so
    /// at once take turns; the second finds nothing to do.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::ChangedMigration`], [`StoreError::MigrationFailed`].
    async fn migrate(&self) -> Result<Vec<String>, StoreError>;
    /// Finishes writing and gives the files back. Later calls fail.
    async fn close(&self);
}
