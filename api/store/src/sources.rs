//! Sources as the store remembers them: what their file said when it was last read, and how they
//! have answered since.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{ContentHash, Country};
use serde::{Deserialize, Serialize};

/// What is remembered of a source file. Permission and contact are printed in reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// Short name.
    pub id: String,
    /// Name as people know it.
    pub name: String,
    /// Market the offers address, where there is one.
    pub market: Option<Country>,
    /// SHA-256 of the source file's text, to tell when it was changed.
    pub text_hash: ContentHash,
    /// Permission or legal basis.
    pub permission: String,
    /// Contact.
    pub contact: String,
    /// When the file was read.
    pub read_at: DateTime<Utc>,
}

/// A source and its health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// Short name.
    pub id: String,
    /// What its file said; `None` for lists and sources whose file was never read here.
    pub row: Option<SourceRow>,
    /// Observations of it.
    pub observations: u64,
    /// Rejections of it.
    pub rejections: u64,
    /// Pages whose content is known.
    pub pages: u64,
    /// Last visit of any outcome.
    pub last_visit: Option<DateTime<Utc>>,
    /// Last visit that brought a page, changed or not.
    pub last_success: Option<DateTime<Utc>>,
    /// Visits that failed since the last success.
    pub failures_since: u64,
}

/// Sources.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Remembers a source file. Returns whether its text is new or changed.
    async fn put_source(&self, source: &SourceRow) -> Result<bool, StoreError>;
    /// Every source that has a row or gave anything, by id.
    async fn sources(&self) -> Result<Vec<SourceStatus>, StoreError>;
}
