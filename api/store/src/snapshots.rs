//! Which snapshots were built. Their content lies in files beside the database; a row says which.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{ContentHash, Currency};
use serde::{Deserialize, Serialize};

/// A snapshot that was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// SHA-256 of its canonical text.
    pub id: ContentHash,
    /// When it was built, last where the same content was built again.
    pub built_at: DateTime<Utc>,
    /// Currency of its unit prices.
    pub currency: Currency,
    /// Its file, relative to the data folder.
    pub file: String,
    /// Comparables in it.
    pub listings: u64,
    /// Groups in it.
    pub groups: u64,
    /// Observations left out of it, with reasons in the file.
    pub exclusions: u64,
    /// A remark of whoever built it; empty for none.
    pub note: String,
    /// The parameters it was built with, as JSON text.
    pub parameters: String,
}

/// The list of snapshots.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Keeps a snapshot's row, flushed to the disk before it returns (a verdict may cite it the
    /// next moment), and with it everything written before. Content is immutable: the same id again
    /// only renews `built_at`, `file` and `note`. Returns whether the snapshot is new.
    async fn put_snapshot(&self, snapshot: &SnapshotRow) -> Result<bool, StoreError>;
    /// Every snapshot, last built first.
    async fn snapshots(&self) -> Result<Vec<SnapshotRow>, StoreError>;
    /// The snapshot built last.
    async fn latest_snapshot(&self) -> Result<Option<SnapshotRow>, StoreError>;
}
