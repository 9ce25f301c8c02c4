//! Observations and rejections: what the references are built of, and what could not be.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use futures::stream::BoxStream;
use model::{ArchiveRef, ContentHash, Observation, Rejection, RejectionReason};
use serde::Serialize;

/// What an insertion changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct InsertEffect {
    /// Observations not seen before.
    pub new: u64,
    /// Observations that were there: only when they were last seen has changed.
    pub known: u64,
    /// Rejections not seen before.
    pub rejected_new: u64,
    /// Rejections that were there.
    pub rejected_known: u64,
}

/// Which observations are wanted. The default is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservationFilter {
    /// First capture day (UTC).
    pub captured_from: Option<NaiveDate>,
    /// Last capture day (UTC), included.
    pub captured_to: Option<NaiveDate>,
    /// Sources; empty means all.
    pub sources: Vec<String>,
}

/// Observations one after another; the first error ends it.
pub type ObservationStream = BoxStream<'static, Result<Observation, StoreError>>;

/// How much is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StoreCounts {
    /// Sources that gave anything, or whose file was read.
    pub sources: u64,
    /// URLs of the frontier.
    pub urls: u64,
    /// Pages whose content is known.
    pub pages: u64,
    /// Visits of pages.
    pub visits: u64,
    /// Observations.
    pub observations: u64,
    /// Rejections.
    pub rejections: u64,
    /// Exchange rates.
    pub rates: u64,
    /// Snapshots.
    pub snapshots: u64,
}

/// The observation of an offer that was seen again, unchanged, on another day: the original with
/// the day's capture time, the hash of the page as it is known now and, where the visit was
/// archived, the place of its record.
///
/// Its id is `ContentHash::of_fields([id of the original in hexadecimal, day as YYYY-MM-DD])`: the
/// same offer seen unchanged on the same day has the same id, however often it is looked at. The
/// original is always the observation that was read from content, never a derived one.
pub fn observation_of_day(
    original: &Observation,
    seen_at: DateTime<Utc>,
    page_hash: Option<ContentHash>,
    archive: Option<&ArchiveRef>,
) -> Observation {
    let mut again = original.clone();
    again.id = id_of_day(&original.id, seen_at.date_naive());
    again.capture.captured_at = seen_at;
    again.capture.page_hash = page_hash.or(original.capture.page_hash);
    if let Some(archive) = archive {
        again.capture.archive = Some(archive.clone());
    }
    again
}

/// The id of an observation seen again on a day, by the id of the original.
pub(crate) fn id_of_day(original: &ContentHash, day: NaiveDate) -> ContentHash {
    ContentHash::of_fields([original.to_string().as_str(), day.to_string().as_str()])
}

/// Observations and rejections.
#[async_trait]
pub trait Observations: Send + Sync {
    /// Keeps observations and rejections, in one transaction: all or nothing. An observation whose
    /// id is known is not stored twice; only when it was last seen changes. A rejection is known by
    /// its reason, source, place, detail and page.
    async fn insert_observations(
        &self,
        observations: &[Observation],
        rejections: &[Rejection],
    ) -> Result<InsertEffect, StoreError>;
    /// One observation.
    async fn observation(&self, id: &ContentHash) -> Result<Option<Observation>, StoreError>;
    /// Observations in the order of their ids, read in portions: memory does not grow with their
    /// number. What is inserted meanwhile may or may not be among them.
    fn observations(&self, filter: ObservationFilter) -> ObservationStream;
    /// The ids of all observations, sorted; what is inserted meanwhile may or may not be among them.
    async fn observation_ids(&self) -> Result<Vec<ContentHash>, StoreError>;
    /// The observations with these ids, in portions and in no order; an id that is not there is
    /// passed over.
    fn observations_of(&self, ids: Vec<ContentHash>) -> ObservationStream;
    /// How much is stored.
    async fn counts(&self) -> Result<StoreCounts, StoreError>;
    /// Rejections by reason, most frequent first.
    async fn rejection_counts(&self) -> Result<Vec<(RejectionReason, u64)>, StoreError>;
    /// Rejections, last seen first, of one reason or of all.
    async fn rejections(
        &self,
        reason: Option<RejectionReason>,
        limit: u32,
    ) -> Result<Vec<Rejection>, StoreError>;
}
