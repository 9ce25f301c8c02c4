//! One crawl of one source: due addresses → fetched and archived pages → listings → observations
//! in the database. Politeness is the engine's; what is due is the store's; here they are joined.

use super::Pipeline;
use super::circumstances::Circumstances;
use super::workers::Worker;
use crate::failure::{Exit, Failure};
use chrono::{DateTime, TimeDelta, Utc};
use crawler::archive::Archive;
use crawler::extract::Extraction;
use crawler::{CrawlError, Directives, Engine, EngineOptions, Outcome, Target};
use model::{
    Capture, Country, Currency, Facts, Listing, Observation, Page, Rejection, RejectionReason, Rules, Source,
    SourceKind,
};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{CrawlCounts, DueUrl, NewUrl, PageRecord, VisitOutcome, VisitRecord};

/// Longest time a crawl waits for an address that failed and may be tried again.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(120);
/// What was visited is written down at least this often, so that little is lost with the process.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// How long a stop waits for the page at hand. A request takes a second; what takes longer is
/// waiting for its host's turn.
const LAST_PAGE: Duration = Duration::from_secs(5);
/// How often a wait looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What one visit came to, for progress displays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitKind {
    /// A page was fetched; this many new observations came of it.
    Fetched(u64),
    /// The page is as it was.
    Unchanged,
    /// Anything else: gone, refused, disallowed, redirected, failed.
    Other,
}

/// Called after each visit.
pub type CrawlProgress<'a> = dyn Fn(VisitKind) + Send + Sync + 'a;

/// What a crawl of a source did.
#[derive(Debug, Clone, Serialize)]
pub struct CrawlReport {
    /// The source.
    pub source: String,
    /// Visits and rows.
    pub counts: CrawlCounts,
    /// Whether it took up a crawl that had been interrupted.
    pub resumed: bool,
    /// The sign of a wall (login, captcha, 403 series) that stopped the source.
    pub wall: Option<String>,
    /// Whether the page budget ended it.
    pub budget_reached: bool,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// Whether another process is still at work on the source.
    pub shared: bool,
    /// The first address that gave no page, and why.
    pub first_miss: Option<String>,
}

impl CrawlReport {
    /// Whether the crawl got no page at all, though nobody stopped it.
    pub fn got_nothing(&self) -> bool {
        self.counts.fetched + self.counts.unchanged == 0 && !self.interrupted && !self.shared
    }
}

impl Pipeline {
    /// Crawls a source until nothing is due, its budget is used, a wall is met, or `stop` is set.
    /// Everything finished is in the database; an interrupted crawl is taken up by the next call.
    pub async fn crawl(
        &self,
        source: &Source,
        source_text: &str,
        stop: &AtomicBool,
        progress: &CrawlProgress<'_>,
    ) -> Result<CrawlReport, Failure> {
        if source.kind != SourceKind::Pages {
            return Err(Failure::input(format!("source '{}' is of kind '{}'", source.id, source.kind)));
        }
        self.remember_source(source, source_text).await?;
        let archive = Archive::open(&self.settings.archive_dir(), &source.id, self.clock.now())?;
        let archive = Circumstances::of_source(source, source_text).open(archive);
        let archive = Arc::new(Mutex::new(archive));
        let mut options = EngineOptions::new(Arc::clone(&archive), Arc::clone(&self.clock));
        options.hosts = self.hosts.clone();
        let engine = Engine::new(source.clone(), options)?;
        let now = self.clock.now();
        let (crawl, resumed) = match self.store.open_crawl(&source.id, now).await? {
            Some(crawl) => (crawl, true),
            None => (self.store.begin_crawl(&source.id, now).await?, false),
        };
        let locks = self.settings.data.join("workers");
        let worker = Worker::enter(&locks, &source.id, self.store.as_ref()).await?;
        let mut run = Run {
            pipeline: self,
            source,
            context: PageContext::of(source),
            engine: &engine,
            archive: &archive,
            crawl,
            worker: worker.name.clone(),
            visited: 0,
            wall: None,
            first_miss: None,
        };
        let ended = match run.seed(stop).await {
            Ok(()) => run.work(stop, progress).await,
            Err(failure) => Err(failure),
        };
        let released = self.store.release(&run.worker).await;
        let Run { visited, wall, first_miss, .. } = run;
        let interrupted = ended? == Ended::Interrupted;
        released?;
        worker.leave();
        let mut counts = self.store.crawl_counts(crawl).await?;
        // What is still leased another process is visiting: the last one to go ends the crawl.
        let shared = counts.leased > 0;
        if !interrupted && !shared {
            self.store.finish_crawl(crawl, self.clock.now()).await?;
            counts = self.store.crawl_counts(crawl).await?;
        }
        let budget_reached = visited >= u64::from(source.budget.pages) && counts.waiting > 0;
        Ok(CrawlReport {
            source: source.id.clone(),
            counts,
            resumed,
            wall,
            budget_reached,
            interrupted,
            shared,
            first_miss,
        })
    }

    /// Listings of one page, normalized: what the crawl and the replay of saved pages share.
    /// A product page (by the source's rules) without any listing is itself a rejection, and so is
    /// one that asks not to be indexed, by its header (`noindex`) or its own words: its offers are
    /// not kept. Of a saved page it is not asked, since whoever saved it chose it.
    pub(super) fn read_page(
        &self,
        page: &Page,
        context: &PageContext,
        is_product: bool,
        asks: Option<Directives>,
    ) -> (Option<Extraction>, Vec<Observation>, Vec<Rejection>) {
        let mut observations = Vec::new();
        let mut rejections = Vec::new();
        let reject = |reason, detail: String| Rejection {
            reason,
            detail,
            source_id: page.source_id.clone(),
            place: page.url.clone(),
            page_hash: Some(page.payload_hash),
            seen_at: page.fetched_at,
        };
        let decoded = match crawler::decode::to_text(&page.body, page.content_type.as_deref()) {
            Ok(decoded) => decoded,
            Err(error) => {
                rejections.push(reject(RejectionReason::UnreadablePage, error.to_string()));
                return (None, observations, rejections);
            }
        };
        let url = Some(page.url.as_str()).filter(|u| !u.is_empty());
        let extraction = crawler::extract::extract(&decoded.text, url, &context.rules);
        if is_product && asks.is_some_and(|asks| asks.noindex || extraction.noindex) {
            rejections.push(reject(
                RejectionReason::NotIndexed,
                format!(
                    "the page asks not to be indexed; its offers ({}) are left out",
                    extraction.listings.len()
                ),
            ));
        } else if is_product {
            for listing in &extraction.listings {
                let capture = capture(page, context, listing, extraction.language.as_deref());
                match normalizer::normalize(listing, &capture, &context.facts, &self.knowledge) {
                    Ok(observation) => observations.push(observation),
                    Err(rejection) => rejections.push(rejection),
                }
            }
            if extraction.listings.is_empty() {
                rejections.push(reject(
                    RejectionReason::NoListing,
                    "the page states no offer that can be read".into(),
                ));
            }
        }
        (Some(extraction), observations, rejections)
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    Finished,
    Interrupted,
}

/// The state of one crawl in progress.
struct Run<'a> {
    pipeline: &'a Pipeline,
    source: &'a Source,
    context: PageContext,
    engine: &'a Engine,
    archive: &'a Arc<Mutex<Archive>>,
    crawl: store::CrawlId,
    worker: String,
    visited: u64,
    wall: Option<String>,
    first_miss: Option<String>,
}

impl Run<'_> {
    /// Start pages and what the sitemaps name.
    async fn seed(&self, stop: &AtomicBool) -> Result<(), Failure> {
        let mut urls: Vec<NewUrl> =
            self.source.start.iter().filter_map(|url| self.new_url(url, 0, true)).collect();
        if self.source.sitemaps {
            // A large shop's sitemaps take a while: a stop does not wait for them.
            let named = unless_stopped(stop, Duration::ZERO, self.engine.sitemap_urls()).await;
            for entry in named.transpose()?.unwrap_or_default() {
                // A sitemap may name every page of a shop: with product rules, only those are wanted.
                if is_product(&self.source.rules, &entry.url) {
                    urls.extend(self.new_url(&entry.url, 1, false));
                }
            }
        }
        let pipeline = self.pipeline;
        pipeline.store.enqueue(&self.source.id, &urls, pipeline.clock.now()).await?;
        Ok(())
    }

    async fn work(&mut self, stop: &AtomicBool, progress: &CrawlProgress<'_>) -> Result<Ended, Failure> {
        let seconds = self.pipeline.settings.crawl.lease_seconds;
        let lease = TimeDelta::seconds(i64::from(seconds));
        // A visit that begins within this part of its lease ends within the lease, whatever the
        // clock on the wall does meanwhile.
        let trusted = Duration::from_secs(u64::from(seconds)) / 2;
        loop {
            let store = &self.pipeline.store;
            let left = u64::from(self.source.budget.pages).saturating_sub(self.visited);
            if left == 0 || self.wall.is_some() {
                return Ok(Ended::Finished);
            }
            let batch = self.pipeline.settings.crawl.batch.min(left.try_into().unwrap_or(u32::MAX));
            let now = self.pipeline.clock.now();
            let due = store.claim_due(&self.source.id, &self.worker, now, lease, batch).await?;
            if due.is_empty() {
                match self.wait_for_retry(stop).await? {
                    true => continue,
                    false if stop.load(Ordering::Relaxed) => return Ok(Ended::Interrupted),
                    false => return Ok(Ended::Finished),
                }
            }
            let claimed = Instant::now();
            let mut written = claimed;
            let mut visits = 0;
            let mut records = Vec::with_capacity(due.len());
            for url in &due {
                if stop.load(Ordering::Relaxed) || (visits > 0 && claimed.elapsed() > trusted) {
                    break;
                }
                match unless_stopped(stop, LAST_PAGE, self.visit(url)).await {
                    Some(Ok(record)) => records.push(record),
                    Some(Err(failure)) => {
                        // The archive cannot be written: what was archived before is kept if it can.
                        let _ = self.write(&mut records, progress).await;
                        return Err(failure);
                    }
                    None => break,
                }
                self.visited += 1;
                visits += 1;
                if self.wall.is_some() {
                    break;
                }
                if written.elapsed() >= WRITE_EVERY {
                    self.write(&mut records, progress).await?;
                    written = Instant::now();
                }
            }
            self.write(&mut records, progress).await?;
            if stop.load(Ordering::Relaxed) {
                return Ok(Ended::Interrupted);
            }
            if visits < due.len() {
                self.pipeline.store.release(&self.worker).await?;
            }
        }
    }

    /// Writes visits down and empties the list. The archive is on the disk before the database
    /// speaks of it.
    async fn write(
        &self,
        records: &mut Vec<VisitRecord>,
        progress: &CrawlProgress<'_>,
    ) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        lock(self.archive)?.sync()?;
        let effects = self.pipeline.store.finish_visits(records).await?;
        for (record, effect) in records.drain(..).zip(effects) {
            // Its lease had run out and another worker visits it: its visit counts.
            let Some(effect) = effect else { continue };
            progress(match record.outcome {
                VisitOutcome::Fetched(_) => VisitKind::Fetched(effect.observations_new),
                VisitOutcome::Unchanged => VisitKind::Unchanged,
                _ => VisitKind::Other,
            });
        }
        Ok(())
    }

    /// Waits until a failed address may be tried again. `false` when there is none soon.
    async fn wait_for_retry(&self, stop: &AtomicBool) -> Result<bool, Failure> {
        let Some(at) = self.pipeline.store.next_due(&self.source.id).await? else { return Ok(false) };
        let before = self.pipeline.clock.now();
        let wait = at - before;
        if wait > LONGEST_WAIT {
            return Ok(false);
        }
        let mut left = wait.to_std().unwrap_or(Duration::ZERO) + Duration::from_millis(5);
        while !left.is_zero() && !stop.load(Ordering::Relaxed) {
            let nap = left.min(LOOK);
            tokio::time::sleep(nap).await;
            left -= nap;
        }
        // A clock that stands still (demo, tests) never reaches the moment.
        Ok(self.pipeline.clock.now() > before && !stop.load(Ordering::Relaxed))
    }

    async fn visit(&mut self, due: &DueUrl) -> Result<VisitRecord, Failure> {
        let target = Target {
            url: due.url.clone(),
            depth: due.depth,
            validators: due.validators.clone(),
            known_hash: due.payload_hash,
        };
        let mut record = VisitRecord {
            crawl: Some(self.crawl),
            source_id: self.source.id.clone(),
            url: due.url.clone(),
            host: due.host.clone(),
            lease: Some(due.lease),
            visited_at: self.pipeline.clock.now(),
            outcome: VisitOutcome::Gone,
            status: None,
            archive: None,
            observations: Vec::new(),
            rejections: Vec::new(),
            links: Vec::new(),
        };
        match self.engine.visit(&target).await? {
            Outcome::Page(page, asks) => self.take_page(page, asks, due, &mut record),
            Outcome::Unchanged { archive, seen_at, .. } => {
                record.visited_at = seen_at;
                record.archive = archive;
                record.outcome = VisitOutcome::Unchanged;
            }
            Outcome::Redirect { to, status } => {
                record.status = Some(status);
                if self.engine.in_scope(&to) {
                    record.links.extend(self.new_url(&to, due.depth, is_product(&self.source.rules, &to)));
                } else {
                    self.miss(due, format_args!("redirects to {to}, outside the scope of the source"));
                }
                record.outcome = VisitOutcome::Redirected { to };
            }
            Outcome::Disallowed { reason } => {
                self.miss(due, format_args!("{reason}"));
                record.outcome = VisitOutcome::Disallowed;
            }
            Outcome::Refused { reason } => {
                self.miss(due, format_args!("{reason}"));
                record.outcome = VisitOutcome::Refused { reason };
            }
            Outcome::HttpError { status } => {
                self.miss(due, format_args!("the server answered {status}"));
                record.status = Some(status);
            }
            Outcome::Failed { reason, retry_after, retry } => {
                self.miss(due, format_args!("{reason}"));
                record.outcome =
                    VisitOutcome::Failed { retry_at: self.retry_at(due, retry_after, retry), error: reason };
            }
            Outcome::Wall { sign } => {
                record.outcome = VisitOutcome::Refused { reason: sign.clone() };
                self.wall = Some(sign);
            }
        }
        Ok(record)
    }

    /// Remembers why the first address gave no page: where none gives one, that is what to tell.
    fn miss(&mut self, due: &DueUrl, why: std::fmt::Arguments<'_>) {
        if self.first_miss.is_none() {
            self.first_miss = Some(format!("{}: {why}", due.url));
        }
    }

    /// When a failed address may be tried again: what the server asks for, else twice as long each
    /// time; never after the last attempt.
    fn retry_at(&self, due: &DueUrl, retry_after: Option<Duration>, retry: bool) -> Option<DateTime<Utc>> {
        if !retry || due.attempts + 1 >= self.pipeline.settings.crawl.attempts {
            return None;
        }
        let pause = retry_after.unwrap_or_else(|| {
            Duration::from_secs_f64(self.source.pace.delay_seconds * f64::from(1u32 << due.attempts.min(10)))
        });
        TimeDelta::from_std(pause).ok().and_then(|pause| self.pipeline.clock.now().checked_add_signed(pause))
    }

    fn take_page(&self, page: Page, asks: Directives, due: &DueUrl, record: &mut VisitRecord) {
        let product = is_product(&self.source.rules, &page.url);
        let (extraction, observations, rejections) =
            self.pipeline.read_page(&page, &self.context, product, Some(asks));
        record.visited_at = page.fetched_at;
        record.status = Some(page.status);
        record.archive = page.archive;
        record.observations = observations;
        record.rejections = rejections;
        let follow = !asks.nofollow && due.depth < self.source.budget.depth;
        if let Some(extraction) = extraction.filter(|e| follow && !e.nofollow) {
            for link in extraction.links.iter().filter(|link| !link.nofollow) {
                // Product pages and "next" links first: they are what the budget is for.
                let wanted = link.rel_next || is_product(&self.source.rules, &link.url);
                record.links.extend(self.new_url(&link.url, due.depth + 1, wanted));
            }
        }
        record.outcome = VisitOutcome::Fetched(PageRecord {
            payload_hash: page.payload_hash,
            content_type: page.content_type,
            validators: page.validators,
        });
    }

    fn new_url(&self, url: &str, depth: u32, wanted: bool) -> Option<NewUrl> {
        let url = Engine::canonical_url(url, url)?;
        if !self.engine.in_scope(&url) {
            return None;
        }
        let host = Engine::host_of(&url)?;
        Some(NewUrl { url, host, depth, priority: i32::from(wanted) * 10 })
    }
}

/// Awaits a future; once `stop` is set only so long more. `None` where it was given up.
async fn unless_stopped<T>(
    stop: &AtomicBool,
    patience: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let stopped = async {
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(LOOK).await;
        }
        tokio::time::sleep(patience).await;
    };
    tokio::select! {
        biased;
        value = future => Some(value),
        () = stopped => None,
    }
}

/// Whether the source's rules make this a product page; without rules every page may be one.
pub(super) fn is_product(rules: &Rules, url: &str) -> bool {
    if rules.product_paths.is_empty() {
        return true;
    }
    url::Url::parse(url).is_ok_and(|u| rules.product_paths.iter().any(|prefix| u.path().starts_with(prefix)))
}

/// What is known around a page apart from the page itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct PageContext {
    pub rules: Rules,
    pub facts: Facts,
    pub market: Option<Country>,
    pub currency: Option<Currency>,
    pub language: Option<String>,
}

impl PageContext {
    pub fn of(source: &Source) -> Self {
        PageContext {
            rules: source.rules.clone(),
            facts: source.facts.clone(),
            market: Some(source.market),
            currency: source.currency,
            language: source.language.clone(),
        }
    }
}

/// The circumstances of a listing on an archived page.
fn capture(page: &Page, context: &PageContext, listing: &Listing, language: Option<&str>) -> Capture {
    let site = listing.url.as_deref().and_then(Engine::host_of).or_else(|| Engine::host_of(&page.url));
    Capture {
        source_id: page.source_id.clone(),
        site: site.unwrap_or_else(|| page.source_id.clone()),
        page_url: Some(page.url.clone()).filter(|u| !u.is_empty()),
        captured_at: page.fetched_at,
        page_hash: Some(page.payload_hash),
        archive: page.archive.clone(),
        market: context.market,
        default_currency: context.currency,
        language: language.map(str::to_owned).or_else(|| context.language.clone()),
    }
}

fn lock(archive: &Mutex<Archive>) -> Result<std::sync::MutexGuard<'_, Archive>, Failure> {
    archive.lock().map_err(|_| Failure::bug("the archive was left locked by a fault in another task"))
}

impl From<CrawlError> for Failure {
    fn from(error: CrawlError) -> Self {
        match &error {
            CrawlError::ArchiveWrite { path, error } => {
                Failure::from_io(&format!("archive file {}", path.display()), error)
            }
            CrawlError::Source(_) | CrawlError::NotText { .. } => Failure::input(error.to_string()),
            _ => Failure { exit: Exit::Machine, message: error.to_string(), hint: None },
        }
    }
}
