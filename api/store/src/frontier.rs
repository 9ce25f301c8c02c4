//! The frontier: which URLs are known, which are due, who is visiting them, and what the visits
//! brought. Leases are per URL now; `lease_epoch` is kept so that a lease per host can come later.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use model::{ArchiveRef, ContentHash, Observation, Rejection, Validators};
use serde::Serialize;

/// Number of a crawl.
pub type CrawlId = i64;

/// A URL to be visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUrl {
    /// Absolute, in the form the crawler compares URLs in.
    pub url: String,
    /// Its host.
    pub host: String,
    /// Links away from a start page.
    pub depth: u32,
    /// Higher is visited first; 0 is ordinary.
    pub priority: i32,
}

/// A URL leased to a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueUrl {
    /// Row number.
    pub id: i64,
    /// The URL.
    pub url: String,
    /// Its host.
    pub host: String,
    /// Links away from a start page.
    pub depth: u32,
    /// Failed attempts in this crawl.
    pub attempts: u32,
    /// What to ask with, so that an unchanged page need not be sent again.
    pub validators: Validators,
    /// SHA-256 of the content known, if any.
    pub payload_hash: Option<ContentHash>,
    /// Epoch of the lease, to be given back in [`VisitRecord::lease`].
    pub lease: i64,
    /// When the lease ends.
    pub lease_until: DateTime<Utc>,
}

/// The content a visit brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRecord {
    /// SHA-256 of the payload.
    pub payload_hash: ContentHash,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// For conditional requests later.
    pub validators: Validators,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitOutcome {
    /// Content that is new or changed. The visit's observations are those of this content.
    Fetched(PageRecord),
    /// The content known is still there (status 304, or the same payload again). Its observations
    /// are seen again in the same transaction, as [`Frontier::reobserve`] does.
    Unchanged,
    /// The page is gone (404, 410). Not due again until some page links to it in a later crawl.
    Gone,
    /// An error; due again at `retry_at`, or not in this crawl.
    Failed {
        /// When to try again.
        retry_at: Option<DateTime<Utc>>,
        /// What happened, in words.
        error: String,
    },
    /// robots.txt forbids it.
    Disallowed,
    /// Not asked for, for another reason: scope, a private address, budget.
    Refused {
        /// The reason, in words.
        reason: String,
    },
    /// It leads elsewhere; the target is in the visit's `links` where it is in scope.
    Redirected {
        /// Where to.
        to: String,
    },
}

impl VisitOutcome {
    /// The code in the table of visits.
    pub fn code(&self) -> &'static str {
        match self {
            VisitOutcome::Fetched(_) => "fetched",
            VisitOutcome::Unchanged => "unchanged",
            VisitOutcome::Gone => "gone",
            VisitOutcome::Failed { .. } => "failed",
            VisitOutcome::Disallowed => "disallowed",
            VisitOutcome::Refused { .. } => "refused",
            VisitOutcome::Redirected { .. } => "redirected",
        }
    }
}

/// One visit and all it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRecord {
    /// The crawl; `None` for saved pages that are imported.
    pub crawl: Option<CrawlId>,
    /// The source.
    pub source_id: String,
    /// The URL; one that the frontier does not know is added.
    pub url: String,
    /// Its host.
    pub host: String,
    /// [`DueUrl::lease`]. With it, a visit whose lease another worker has taken is refused with
    /// [`StoreError::LeaseLost`]; `None` writes unconditionally.
    pub lease: Option<i64>,
    /// When the answer came.
    pub visited_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: VisitOutcome,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Where the response (or the revisit record) lies.
    pub archive: Option<ArchiveRef>,
    /// What the page offered.
    pub observations: Vec<Observation>,
    /// What on the page could not be used.
    pub rejections: Vec<Rejection>,
    /// URLs found on the page.
    pub links: Vec<NewUrl>,
}

/// What a visit changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct VisitEffect {
    /// Observations not stored before.
    pub observations_new: u64,
    /// Observations that were there.
    pub observations_known: u64,
    /// Rejections not stored before.
    pub rejections_new: u64,
    /// URLs that were not known, or are due again.
    pub urls_new: u64,
}

/// What seeing a page again changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ReobserveEffect {
    /// Observations of a new day.
    pub new: u64,
    /// Observations of that day that were there: only when they were last seen has changed.
    pub known: u64,
}

/// A visit as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// The URL.
    pub url: String,
    /// When.
    pub visited_at: DateTime<Utc>,
    /// Code of the outcome ([`VisitOutcome::code`]).
    pub outcome: String,
    /// HTTP status.
    pub status: Option<u16>,
    /// Error, reason, or target of a redirect.
    pub detail: Option<String>,
}

/// The state of a crawl: visits by outcome, what they brought, what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CrawlCounts {
    /// Visits that brought new or changed content.
    pub fetched: u64,
    /// Visits of unchanged pages.
    pub unchanged: u64,
    /// Pages gone.
    pub gone: u64,
    /// Visits that failed.
    pub failed: u64,
    /// URLs robots.txt forbids.
    pub disallowed: u64,
    /// URLs not asked for, for other reasons.
    pub refused: u64,
    /// Redirects.
    pub redirected: u64,
    /// Observations not stored before.
    pub observations_new: u64,
    /// Observations seen again.
    pub observations_known: u64,
    /// Rejections not stored before.
    pub rejections_new: u64,
    /// URLs of the source still to be visited, leased ones and those waiting for a retry included.
    pub waiting: u64,
    /// Those of them that some worker has leased.
    pub leased: u64,
}

/// The frontier of crawls.
#[async_trait]
pub trait Frontier: Send + Sync {
    /// Begins a crawl of a source: every URL known and not gone is due, since its last visit or since
    /// it was found, so that several crawls with a page budget come round to every page. A crawl that was
    /// interrupted, and whose last visit is less than a day old, is taken up again instead: what it
    /// has visited is not due again. ([`Frontier::open_crawl`] tells beforehand.)
    async fn begin_crawl(&self, source_id: &str, now: DateTime<Utc>) -> Result<CrawlId, StoreError>;
    /// The crawl that [`Frontier::begin_crawl`] would take up again.
    async fn open_crawl(&self, source_id: &str, now: DateTime<Utc>) -> Result<Option<CrawlId>, StoreError>;
    /// Adds URLs; known ones stay as they are, but one that was gone in an earlier crawl is due
    /// again. Returns how many are new or due again.
    async fn enqueue(&self, source_id: &str, urls: &[NewUrl], now: DateTime<Utc>) -> Result<u64, StoreError>;
    /// Leases due URLs to a worker until `now + lease`: highest priority first, then longest due.
    /// A URL whose lease has ended is due again. No URL is leased to two workers at once.
    async fn claim_due(
        &self,
        source_id: &str,
        worker: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: u32,
    ) -> Result<Vec<DueUrl>, StoreError>;
    /// When the next URL of the source becomes due (a retry, or a lease that ends); `None` when
    /// nothing is waiting. May lie in the past: it is due now.
    async fn next_due(&self, source_id: &str) -> Result<Option<DateTime<Utc>>, StoreError>;
    /// Writes a visit and all it brought, in one transaction, and ends the lease. Doing it twice
    /// adds a visit but stores no observation twice.
    async fn finish_visit(&self, visit: &VisitRecord) -> Result<VisitEffect, StoreError>;
    /// The same for several visits, all in one transaction: a commit costs more than a visit. A
    /// visit whose lease another worker has taken is left out (`None`), the others are written.
    async fn finish_visits(&self, visits: &[VisitRecord]) -> Result<Vec<Option<VisitEffect>>, StoreError>;
    /// Gives back every lease a worker holds (Ctrl-C); the URLs are due again. Returns how many.
    async fn release(&self, worker: &str) -> Result<u64, StoreError>;
    /// The counts of a crawl.
    async fn crawl_counts(&self, crawl: CrawlId) -> Result<CrawlCounts, StoreError>;
    /// Ends a crawl; a later one begins anew.
    async fn finish_crawl(&self, crawl: CrawlId, now: DateTime<Utc>) -> Result<(), StoreError>;
    /// An unchanged page was seen: the observations of its content are seen again. On a day they
    /// are already stored for, only when they were last seen changes; for a later day rows are
    /// added ([`crate::observation_of_day`]) with the known page's hash and the place of the
    /// revisit's record.
    ///
    /// # Errors
    /// [`StoreError::UnknownPage`] where the page has no stored content.
    async fn reobserve(
        &self,
        source_id: &str,
        url: &str,
        seen_at: DateTime<Utc>,
        archive: Option<&ArchiveRef>,
    ) -> Result<ReobserveEffect, StoreError>;
    /// Where a URL's content lies in the archive, if what is known of it is this content.
    async fn page_place(
        &self,
        source_id: &str,
        url: &str,
        payload_hash: &ContentHash,
    ) -> Result<Option<ArchiveRef>, StoreError>;
    /// The last visits of a source, newest first.
    async fn visits(&self, source_id: &str, limit: u32) -> Result<Vec<Visit>, StoreError>;
}
