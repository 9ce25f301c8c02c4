//! Observations by the archived pages they were read from, and captures by their moment: what
//! proving an observation and taking in somebody's archive ask for.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use model::{ArchiveRef, ContentHash, Observation};

/// An observation and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The observation.
    pub observation: Observation,
    /// The observation that was read from content, where this one says that it was seen again,
    /// unchanged, on another day ([`crate::observation_of_day`]).
    pub original: Option<ContentHash>,
}

/// Observations with their originals, one after another; the first error ends it.
pub type EvidenceStream = BoxStream<'static, Result<EvidenceRow, StoreError>>;

/// The content known of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageContent {
    /// SHA-256 of the payload.
    pub payload_hash: ContentHash,
    /// When it came.
    pub fetched_at: DateTime<Utc>,
    /// Where it lies, where it was archived.
    pub archive: Option<ArchiveRef>,
}

/// Evidence behind observations.
#[async_trait]
pub trait Evidence: Send + Sync {
    /// Observations that name an archived record, of one source or of all, in the order of archive
    /// file, offset and id, read in portions: memory does not grow with their number.
    fn evidence(&self, source_id: Option<String>) -> EvidenceStream;
    /// Observations whose id or page hash begins with these lower-case hexadecimal digits; those
    /// read from content before those only seen again, then by capture time; at most `limit`.
    async fn find_evidence(&self, digits: &str, limit: u32) -> Result<Vec<EvidenceRow>, StoreError>;
    /// Observations that name no archived record: those of price lists.
    async fn unarchived(&self, source_id: Option<&str>) -> Result<u64, StoreError>;
    /// The content known of a URL: the newest, whatever came in last.
    async fn page_content(&self, source_id: &str, url: &str) -> Result<Option<PageContent>, StoreError>;
    /// Whether a visit of a URL at this very moment is stored.
    async fn visited_at(&self, source_id: &str, url: &str, at: DateTime<Utc>) -> Result<bool, StoreError>;
}
