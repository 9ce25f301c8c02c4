//! The frontier: which URLs are known, which are due, which worker may ask which host, and what the
//! visits brought.
//!
//! A worker leases a host, not a URL: while the lease runs nobody else sends that host anything, on
//! whatever machine. What keeps a crawl polite stands in the host's row: `next_at`, stored before the
//! lease is given back, and an epoch that grows with every lease, on which every write is conditional.
//! The epoch guards only the database; that no request leaves after the lease's end is the worker's
//! own duty, by its own monotonic clock.

use crate::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use model::{ArchiveRef, ContentHash, Observation, Rejection, Validators};
use serde::Serialize;

/// Number of a crawl.
pub type CrawlId = i64;

/// What lies behind a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlKind {
    /// A page, an API's answer or a product feed: what offers come from.
    #[default]
    Page,
    /// A sitemap or an index of sitemaps.
    Sitemap,
    /// An RSS or Atom feed of new pages.
    Feed,
}

impl UrlKind {
    /// The code in the table of URLs.
    pub fn code(&self) -> &'static str {
        match self {
            UrlKind::Page => "page",
            UrlKind::Sitemap => "sitemap",
            UrlKind::Feed => "feed",
        }
    }
}

impl std::str::FromStr for UrlKind {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        match code {
            "page" => Ok(UrlKind::Page),
            "sitemap" => Ok(UrlKind::Sitemap),
            "feed" => Ok(UrlKind::Feed),
            other => Err(format!("'{other}' is not a kind of URL")),
        }
    }
}

/// A URL to be visited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewUrl {
    /// Absolute, in the form the crawler compares URLs in.
    pub url: String,
    /// The host it is leased with: its host, or the domain that shares one pace.
    pub host: String,
    /// What it leads to.
    pub kind: UrlKind,
    /// Links away from a start page.
    pub depth: u32,
    /// Redirects that led to it from the last address that was linked.
    pub redirects: u32,
    /// Higher is visited first; 0 is ordinary.
    pub priority: i32,
    /// When the site says it changed last (a sitemap's `lastmod`): one that was visited before that is
    /// due again, whatever was planned.
    pub changed_at: Option<DateTime<Utc>>,
}

/// A URL to visit under a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueUrl {
    /// Row number.
    pub id: i64,
    /// The URL.
    pub url: String,
    /// What it leads to.
    pub kind: UrlKind,
    /// Links away from a start page.
    pub depth: u32,
    /// Redirects that led to it.
    pub redirects: u32,
    /// Failed attempts in this crawl.
    pub attempts: u32,
    /// What to ask with, so that an unchanged page need not be sent again.
    pub validators: Validators,
    /// SHA-256 of the content known, if any.
    pub payload_hash: Option<ContentHash>,
    /// The time that lay between its last visits by plan ([`VisitRecord::interval`]).
    pub interval: Option<TimeDelta>,
}

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct ClaimRequest<'a> {
    /// The source.
    pub source_id: &'a str,
    /// Its crawl.
    pub crawl: CrawlId,
    /// Who asks; unique among all processes on the database.
    pub worker: &'a str,
    /// The present moment by the frontier's clock ([`Frontier::clock_offset`]).
    pub now: DateTime<Utc>,
    /// How long the lease is to run.
    pub lease: TimeDelta,
    /// The least time between two requests: a host whose lease is not given back rests so long at least,
    /// also where nobody has left a pace for it yet.
    pub delay: TimeDelta,
    /// Most URLs wanted.
    pub limit: u32,
    /// Visits the crawl may make altogether.
    pub pages: u64,
    /// Bytes the crawl may fetch altogether. What a page weighs is known only once it has come: URLs
    /// under way count with the average of the pages fetched so far (100 kB before the first).
    pub bytes: Option<u64>,
    /// Requests to the source on the day (UTC) of `now`. What a lease may send is what it was given
    /// ([`HostClaim::requests`]): one a URL, and where robots.txt is not known, or is older than a day, up
    /// to six for it (it may be redirected five times), at least one.
    pub requests_per_day: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// A host with due URLs, leased.
    Host(Box<HostClaim>),
    /// Every host with URLs waiting is leased, resting, or its URLs are due later: the first moment at
    /// which one may be had. It may be earlier than that: a lease that is given back frees its host.
    Later(DateTime<Utc>),
    /// No URL of the source waits, or the crawl was ended.
    Nothing,
    /// The budget is used up (URLs given out under running leases counted in).
    Spent(SpentBudget),
}

/// Which budget ended a crawl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpentBudget {
    /// `budget.pages`.
    Pages,
    /// `budget.bytes`.
    Bytes,
    /// `budget.requests_per_day`.
    RequestsPerDay,
}

/// A leased host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostClaim {
    /// The lease, to be given back with every write.
    pub lease: Lease,
    /// When it ends, by the frontier's clock.
    pub lease_until: DateTime<Utc>,
    /// How the host was left by the worker before.
    pub state: HostState,
    /// What is known of its robots.txt, one row an origin.
    pub robots: Vec<RobotsRow>,
    /// Requests that may be sent under the lease, robots.txt and visits that need none counted in, so
    /// that [`ClaimRequest::requests_per_day`] holds; `None`: no such budget.
    pub requests: Option<u64>,
    /// URLs to visit: highest priority first, then longest due.
    pub urls: Vec<DueUrl>,
}

/// Proof of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The host.
    pub host: String,
    /// Its epoch under this lease.
    pub epoch: i64,
}

/// What one worker leaves the next about a host's pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostState {
    /// Nothing is sent before this moment; `None`: nothing was sent yet.
    pub next_at: Option<DateTime<Utc>>,
    /// Milliseconds between two requests as they were last held.
    pub delay_ms: u32,
    /// Failures in a row.
    pub failures: u32,
    /// Milliseconds the host's answers took of late, smoothed; 0: not known.
    pub latency_ms: u32,
}

/// A robots.txt as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsRow {
    /// Scheme, host and port.
    pub origin: String,
    /// When.
    pub fetched_at: DateTime<Utc>,
    /// Its text, at most 500 KiB; `None`: there is none (4xx), everything is allowed.
    pub body: Option<Vec<u8>>,
    /// Why it could not be had; everything is disallowed then.
    pub unreachable: Option<String>,
}

/// What was learned under a lease: when it is given back, or at once where it would be missed if the
/// worker died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostReturn {
    /// The lease.
    pub lease: Lease,
    /// Whether the lease goes on. Until it is given back, its delay is only ever stored as longer.
    pub goes_on: bool,
    /// The source it was taken for.
    pub source_id: String,
    /// How the host is left. `next_at` moves only forward.
    pub state: HostState,
    /// Requests sent that no visit counts, and that were not told before: robots.txt.
    pub requests: u32,
    /// robots.txt files fetched under the lease and not told before.
    pub robots: Vec<RobotsRow>,
    /// When.
    pub at: DateTime<Utc>,
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
    /// The lease it was made under. A visit whose host another worker has leased since is refused with
    /// [`StoreError::LeaseLost`]; `None` writes unconditionally.
    pub lease: Option<Lease>,
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
    /// The address that a fetched page says it is only another spelling of. Unless that is known to give
    /// no page, the visit is written as [`VisitOutcome::Redirected`] there, without offers, and the
    /// address is due; where no page is found there after all, this one is due again.
    pub own: Option<String>,
    /// Requests sent for it: 0 where nobody was asked.
    pub requests: u32,
    /// Bytes of the decoded payload.
    pub bytes: u64,
    /// Offers found on a page that was read for offers, usable or not; `None`: it was not read.
    pub offers: Option<u32>,
    /// How long after this visit the next one is planned; `None`: the next crawl.
    pub interval: Option<TimeDelta>,
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
    /// Whether it was written as a redirect to the page's own address ([`VisitRecord::own`]).
    pub gave_way: bool,
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
    /// URLs of the source still to be visited, those under way and those waiting for a retry included.
    pub waiting: u64,
    /// Hosts with such URLs that some worker has leased.
    pub leased: u64,
}

/// A crawl as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrawlRow {
    /// Its number.
    pub id: CrawlId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Its last visit.
    pub active_at: DateTime<Utc>,
    /// When it ended; `None`: it runs, or was interrupted.
    pub finished_at: Option<DateTime<Utc>>,
    /// What ended it, where that was not the last due URL: a wall, a budget.
    pub ended: Option<String>,
    /// Visits and rows; what waits is counted only for a crawl that has not ended.
    pub counts: CrawlCounts,
    /// Pages fetched and read for offers.
    pub pages_read: u64,
    /// Offers found on them, usable or not.
    pub offers_read: u64,
    /// Pages read for offers that had none.
    pub pages_empty: u64,
    /// Bytes fetched.
    pub bytes: u64,
}

/// A host of a source, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostRow {
    /// The host.
    pub host: String,
    /// Nothing is sent before this moment.
    pub next_at: Option<DateTime<Utc>>,
    /// Milliseconds between two requests.
    pub delay_ms: u32,
    /// Failures in a row.
    pub failures: u32,
    /// Milliseconds its answers take.
    pub latency_ms: u32,
    /// Who has leased it, and until when.
    pub leased: Option<(String, DateTime<Utc>)>,
    /// Its URLs of this source that are due or wait for a retry.
    pub waiting: u64,
}

/// Which URLs a new crawl makes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// All that are known and not gone, longest overdue first.
    All,
    /// Only those whose interval is over (and those never visited).
    Planned,
}

/// The frontier of crawls.
#[async_trait]
pub trait Frontier: Send + Sync {
    /// How far this database's clock is ahead of `local`. Leases and `next_at` are moments of the
    /// database's clock where several machines share one, so that a wrong clock on one of them makes
    /// nobody impolite. Zero for a database in a file.
    async fn clock_offset(&self, local: DateTime<Utc>) -> Result<TimeDelta, StoreError>;
    /// Begins a crawl of a source: URLs known and not gone are due, since the moment planned for them or
    /// since they were found, so that several crawls with a page budget come round to every page. A
    /// crawl that was interrupted, and whose last visit is less than a day old, is taken up again
    /// instead: what it has visited is not due again. ([`Frontier::open_crawl`] tells beforehand.)
    async fn begin_crawl(&self, source_id: &str, due: Due, now: DateTime<Utc>)
    -> Result<CrawlId, StoreError>;
    /// The crawl that [`Frontier::begin_crawl`] would take up again.
    async fn open_crawl(&self, source_id: &str, now: DateTime<Utc>) -> Result<Option<CrawlId>, StoreError>;
    /// Adds URLs; known ones stay as they are, but one that was gone in an earlier crawl is due
    /// again. Returns how many are new or due again.
    async fn enqueue(&self, source_id: &str, urls: &[NewUrl], now: DateTime<Utc>) -> Result<u64, StoreError>;
    /// Leases one host with due URLs of the source: of those that nobody holds and that may be asked
    /// now, the one that could have been had longest: hosts take turns, however many URLs each has. A
    /// lease that ended without being given back may have been used to its end: its host rests for
    /// its delay from then on. No host is leased to two workers at once, whatever
    /// sources they work for.
    async fn claim_host(&self, request: &ClaimRequest<'_>) -> Result<Claim, StoreError>;
    /// Writes a visit and all it brought, in one transaction. Doing it twice adds a visit but stores no
    /// observation twice.
    async fn finish_visit(&self, visit: &VisitRecord) -> Result<VisitEffect, StoreError>;
    /// The same for several visits, then writes down what was learned under leases and gives those back
    /// that do not go on, all in one transaction: a commit costs more than a visit. A visit whose host another worker has leased since is left out (`None`), the
    /// others are written; a lease that was lost is passed over, but for the requests it sent.
    async fn finish_visits(
        &self,
        visits: &[VisitRecord],
        returns: &[HostReturn],
    ) -> Result<Vec<Option<VisitEffect>>, StoreError>;
    /// Frees every host a worker holds, of a process that died without giving back: each rests for its
    /// delay from `now` on, since it may have been asked a moment ago. Returns how many.
    async fn release(&self, worker: &str, now: DateTime<Utc>) -> Result<u64, StoreError>;
    /// Lifts the rest of a source's hosts that nobody holds, by a person's word: those that failed, that rest
    /// for longer than their delay, or whose robots.txt could not be had. They rest for their delay from
    /// `now` on, and that robots.txt is forgotten. The one case in which `next_at` moves back. Returns the
    /// hosts.
    async fn resume_hosts(&self, source_id: &str, now: DateTime<Utc>) -> Result<Vec<String>, StoreError>;
    /// The counts of a crawl.
    async fn crawl_counts(&self, crawl: CrawlId) -> Result<CrawlCounts, StoreError>;
    /// Ends a crawl; a later one begins anew. `ended`: what ended it, if not the last due URL.
    async fn finish_crawl(
        &self,
        crawl: CrawlId,
        now: DateTime<Utc>,
        ended: Option<&str>,
    ) -> Result<(), StoreError>;
    /// The last crawls of a source, newest first.
    async fn crawls(&self, source_id: &str, limit: u32) -> Result<Vec<CrawlRow>, StoreError>;
    /// Requests sent to a source on a day (UTC), by whatever crawl.
    async fn requests_on(&self, source_id: &str, day: NaiveDate) -> Result<u64, StoreError>;
    /// The hosts of a source.
    async fn hosts(&self, source_id: &str) -> Result<Vec<HostRow>, StoreError>;
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
