//! One crawl of one source: due addresses → fetched and archived pages → listings → observations
//! in the database. Politeness is the engine's; what is due, and which host may be asked by whom, is
//! the store's; here they are joined.
//!
//! The walk: [`Pipeline::crawl`] leases hosts one after the other, each is run by a task of its own
//! (`host_run`), what the tasks bring is written by one writer (`writer`). Several processes on one
//! database do the same side by side and never hold the same host.

mod clock;
mod host_run;
mod known;
mod links;
mod writer;

use super::Pipeline;
use super::circumstances::Circumstances;
use super::offers::PageContext;
use super::workers::Worker;
use crate::failure::{Exit, Failure};
use crate::health::{self, drift::Drift};
use crate::visitor;
use chrono::{DateTime, TimeDelta, Utc};
use clock::FrontierClock;
use crawler::archive::Archive;
use crawler::paths::LinkRules;
use crawler::{CrawlError, Engine, LeaseClock};
use host_run::Stopped;
use known::Known;
use model::{HourSpan, Source, SourceKind};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use store::{Claim, ClaimRequest, CrawlCounts, CrawlId, Due, DueUrl, HostRow, SpentBudget, VisitEffect};
use tokio::task::JoinSet;
use tokio::time::Instant;
use writer::Writer;

/// Longest time a crawl waits for an address that failed and may be tried again.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(120);
/// How often a crawl that can only wait asks again whether that is worth while.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// A lease is to be this much longer than a request can take, or there is no time left to send one.
const LEAST_OF_A_LEASE: Duration = Duration::from_secs(5);
/// How long a stop waits for the page at hand. A request takes a second; what takes longer is
/// waiting for its host's turn.
const LAST_PAGE: Duration = Duration::from_secs(5);
/// How often a wait looks whether it is to stop, or whether another process has freed a host.
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

/// One visit that was written down, for displays and metrics.
#[derive(Debug, Clone, Copy)]
pub struct CrawlEvent<'a> {
    /// The source.
    pub source_id: &'a str,
    /// What it came to, in short.
    pub kind: VisitKind,
    /// The same as the table of visits has it ([`store::VisitOutcome::code`]).
    pub outcome: &'static str,
    /// Requests sent for it.
    pub requests: u32,
    /// Bytes of the decoded payload.
    pub bytes: u64,
    /// From the turn's beginning to the page read, waiting for the host's pace included.
    pub took: Duration,
    /// Rows it brought.
    pub offers: VisitEffect,
    /// Addresses that wait now, as far as this process knows.
    pub waiting: u64,
}

/// Called after each visit.
pub type CrawlProgress<'a> = dyn Fn(&CrawlEvent<'_>) + Send + Sync + 'a;

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
    /// The budget that ended it.
    pub spent: Option<SpentBudget>,
    /// When its hours of the day begin again, where their end stopped it.
    pub rests_until: Option<DateTime<Utc>>,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// Whether another process is still at work on the source.
    pub shared: bool,
    /// The first address that gave no page, and why.
    pub first_miss: Option<String>,
    /// The alarm where its pages give far fewer offers than in the crawls before.
    pub drift: Option<Drift>,
}

impl CrawlReport {
    /// Whether the crawl got no page at all, though it tried and nobody stopped it.
    pub fn got_nothing(&self) -> bool {
        let tried = self.first_miss.is_some() || self.wall.is_some();
        self.counts.fetched + self.counts.unchanged == 0 && tried && !self.interrupted && !self.shared
    }

    /// Whether no address of the source was due.
    pub fn nothing_due(&self) -> bool {
        self.visited_nothing() && self.counts.waiting == 0
    }

    /// Whether addresses wait, and none could be visited: their hosts rest, as they asked to or since
    /// they failed.
    pub fn hosts_rest(&self) -> bool {
        self.visited_nothing() && self.counts.waiting > 0
    }

    fn visited_nothing(&self) -> bool {
        let c = &self.counts;
        let visits = c.fetched + c.unchanged + c.gone + c.failed + c.disallowed + c.refused + c.redirected;
        let held_back = self.interrupted || self.shared || self.rests_until.is_some() || self.spent.is_some();
        visits == 0 && self.first_miss.is_none() && !held_back
    }
}

/// How a crawl ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Nothing is due any more, or nothing that is worth waiting for.
    Finished,
    Wall,
    Spent(SpentBudget),
    Interrupted,
    /// The hours of the day are over until this moment.
    Hours(DateTime<Utc>),
}

impl Pipeline {
    /// Crawls a source until nothing is due, its budget is used, its hours end, a wall is met, or
    /// `stop` is set. Everything finished is in the database; an interrupted crawl is taken up by the
    /// next call.
    pub async fn crawl(
        &self,
        source: &Source,
        source_text: &str,
        stop: &Arc<AtomicBool>,
        progress: &CrawlProgress<'_>,
    ) -> Result<CrawlReport, Failure> {
        if source.kind == SourceKind::Warc {
            let problem = format!("source '{}' is of kind 'warc': it is never fetched", source.id);
            return Err(
                Failure::input(problem).hint("touchstone import warc FILE.warc.gz reads its archives")
            );
        }
        self.check_lease(source)?;
        self.remember_source(source, source_text).await?;
        let archive = Archive::open(&self.settings.archive_dir(), &source.id, self.clock.now())?;
        let archive = Circumstances::of_source(source, source_text).open(archive);
        let archive = Arc::new(Mutex::new(archive));
        let mut options = visitor::options(&self.settings, source, &archive, &self.clock)?;
        options.hosts = self.hosts.clone();
        let engine = Engine::new(source.clone(), options)?;
        let offset = self.store.clock_offset(self.clock.now()).await?;
        let clock = FrontierClock::start(Arc::clone(&self.clock), offset);
        let now = clock.now();
        let locks = self.settings.data.join("workers");
        let worker = Worker::enter(&locks, &source.id, self.store.as_ref(), now).await?;
        let (crawl, resumed) = match self.store.open_crawl(&source.id, now).await? {
            Some(crawl) => (crawl, true),
            None => {
                let due = if source.revisit.longest_hours == 0 { Due::All } else { Due::Planned };
                (self.store.begin_crawl(&source.id, due, now).await?, false)
            }
        };
        let shared = Arc::new(Shared {
            pipeline: self.clone(),
            source: source.clone(),
            context: PageContext::of(source),
            link_rules: LinkRules::new(&source.rules),
            engine,
            crawl,
            stop: Arc::clone(stop),
            failed: AtomicBool::new(false),
            wall: OnceLock::new(),
            first_miss: OnceLock::new(),
            known: Known::default(),
        });
        let ended = work(&shared, &worker.name, &archive, &clock, progress).await;
        // Nothing is held by now but after a failure.
        let released = self.store.release(&worker.name, clock.now()).await;
        let ended = ended?;
        released?;
        worker.leave();
        let wall = shared.wall.get().cloned();
        let mut counts = self.store.crawl_counts(crawl).await?;
        // A host that is leased another process is at work on: the last one to go ends the crawl.
        counts.leased = leases_that_run(&self.store.hosts(&source.id).await?, clock.now());
        let at_work = counts.leased > 0;
        let goes_on = match ended {
            Ended::Interrupted | Ended::Hours(_) | Ended::Spent(SpentBudget::RequestsPerDay) => true,
            Ended::Finished | Ended::Wall | Ended::Spent(_) => false,
        };
        // A wall ends it for the others as well: they get no further host.
        if !goes_on && (!at_work || ended == Ended::Wall) {
            let how = match ended {
                Ended::Spent(SpentBudget::Pages) => Some(health::PAGE_BUDGET),
                Ended::Spent(_) => Some(health::BYTE_BUDGET),
                _ => wall.as_deref(),
            };
            self.store.finish_crawl(crawl, clock.now(), how).await?;
            counts = CrawlCounts { leased: counts.leased, ..self.store.crawl_counts(crawl).await? };
        }
        let spent = match ended {
            Ended::Spent(budget) => Some(budget),
            _ => None,
        };
        Ok(CrawlReport {
            source: source.id.clone(),
            counts,
            resumed,
            wall,
            budget_reached: spent == Some(SpentBudget::Pages) && counts.waiting > 0,
            spent,
            rests_until: match ended {
                Ended::Hours(until) => Some(until),
                _ => None,
            },
            interrupted: ended == Ended::Interrupted,
            shared: at_work,
            first_miss: shared.first_miss.get().cloned(),
            drift: health::drift_of(self.store.as_ref(), &source.id).await?.alarm,
        })
    }

    /// Nothing is sent in a lease that may end before the answer is there: in one that is shorter than
    /// a request can take, nothing at all.
    fn check_lease(&self, source: &Source) -> Result<(), Failure> {
        let lease = self.settings.crawl.lease_seconds;
        let timeout = source.pace.timeout_seconds;
        let least = timeout + LEAST_OF_A_LEASE.as_secs_f64();
        if f64::from(lease) >= least {
            return Ok(());
        }
        Err(Failure::input(format!(
            "crawl.lease_seconds = {lease} is too short for source '{}', whose requests may take \
             pace.timeout_seconds = {timeout}: nothing could be sent in such a lease",
            source.id
        ))
        .hint(format!("give crawl.lease_seconds at least {}, better twice as much", least.ceil())))
    }
}

/// Hosts with something to do that some worker holds. A lease that ended without being given back is
/// nobody's work.
fn leases_that_run(hosts: &[HostRow], now: DateTime<Utc>) -> u64 {
    let run = |host: &&HostRow| host.waiting > 0 && host.leased.as_ref().is_some_and(|(_, end)| *end > now);
    hosts.iter().filter(run).count() as u64
}

/// Whether a crawl that has nothing to do for a long time waits all the same: for a host that another
/// process holds, or for one that did not fail and only keeps its own pace, however slow that is.
fn worth_waiting(hosts: &[HostRow], now: DateTime<Utc>) -> bool {
    let keeps_its_pace = |host: &HostRow| {
        let delay = TimeDelta::milliseconds(host.delay_ms.into());
        let left = host.leased.as_ref().map(|(_, end)| *end + delay);
        let rests = host.next_at.max(left).map_or(TimeDelta::zero(), |until| until - now);
        host.waiting > 0 && host.failures == 0 && rests > TimeDelta::zero() && rests <= delay
    };
    leases_that_run(hosts, now) > 0 || hosts.iter().any(keeps_its_pace)
}

/// What the tasks of one crawl share.
struct Shared {
    pipeline: Pipeline,
    source: Source,
    context: PageContext,
    link_rules: LinkRules,
    engine: Engine,
    crawl: CrawlId,
    stop: Arc<AtomicBool>,
    /// Something went wrong that ends this crawl, though nobody asked for it.
    failed: AtomicBool,
    wall: OnceLock<String>,
    first_miss: OnceLock<String>,
    known: Known,
}

/// Does a crawl's work: the writer, and beside it the hosts.
async fn work(
    shared: &Arc<Shared>,
    worker: &str,
    archive: &Arc<Mutex<Archive>>,
    clock: &FrontierClock,
    progress: &CrawlProgress<'_>,
) -> Result<Ended, Failure> {
    let store = &shared.pipeline.store;
    let links = shared.links();
    store.enqueue(&shared.source.id, &links.start(), clock.now()).await?;
    let waiting = store.crawl_counts(shared.crawl).await?.waiting;
    let (writer, inbox) = Writer::new(store, archive, &shared.known, progress, waiting);
    // The hosts end first: the writer ends when the last of them has let its inbox go.
    let (written, ended) = tokio::join!(writer.run(), lease_hosts(shared, worker, clock, inbox));
    written?;
    ended
}

/// Leases hosts and runs them, as many side by side as the settings allow.
async fn lease_hosts(
    shared: &Arc<Shared>,
    worker: &str,
    clock: &FrontierClock,
    inbox: writer::Inbox,
) -> Result<Ended, Failure> {
    let most = shared.pipeline.settings.crawl.hosts as usize;
    let mut running = JoinSet::new();
    let mut failure = None;
    let mut ended = None;
    let mut asked = None;
    loop {
        ended = ended.or_else(|| shared.over(clock));
        let mut patience = LOOK;
        if ended.is_none() && running.len() < most {
            match shared.claim(worker, clock).await {
                Ok((Claim::Host(claim), lease)) => {
                    let (shared, clock, inbox) = (Arc::clone(shared), clock.clone(), inbox.clone());
                    running.spawn(async move { shared.run_host(*claim, lease, &clock, inbox).await });
                    continue;
                }
                Ok((Claim::Spent(budget), _)) if running.is_empty() => ended = Some(Ended::Spent(budget)),
                Ok((Claim::Nothing, _)) if running.is_empty() => ended = Some(Ended::Finished),
                // What runs may find more to do, or give budget back.
                Ok((Claim::Spent(_) | Claim::Nothing, _)) => {}
                Ok((Claim::Later(at), _)) => {
                    let wait = at - clock.now();
                    let lately = asked.is_some_and(|at: Instant| at.elapsed() < ASK_AGAIN);
                    if running.is_empty() && wait > LONGEST_WAIT && !lately {
                        asked = Some(Instant::now());
                        let hosts = shared.pipeline.store.hosts(&shared.source.id).await?;
                        if !worth_waiting(&hosts, clock.now()) {
                            ended = Some(Ended::Finished);
                        }
                    }
                    patience = wait.to_std().unwrap_or_default().clamp(Duration::from_millis(1), LOOK);
                }
                Err(reason) => {
                    failure = failure.or(Some(reason));
                    ended = Some(Ended::Interrupted);
                    shared.failed.store(true, Ordering::Relaxed);
                }
            }
        }
        if running.is_empty() {
            if ended.is_some() {
                break;
            }
            tokio::time::sleep(patience).await;
            continue;
        }
        let Ok(Some(finished)) = tokio::time::timeout(patience, running.join_next()).await else { continue };
        match finished {
            Ok(Ok(())) => continue,
            Ok(Err(Stopped::Failed(reason))) => failure = failure.or(Some(reason)),
            Ok(Err(Stopped::Writer)) => {}
            Err(fault) => {
                let fault = Failure::bug(format!("the visit of a host ended by a fault: {fault}"));
                failure = failure.or(Some(fault));
            }
        }
        // The others finish the page at hand and give their hosts back.
        ended = Some(Ended::Interrupted);
        shared.failed.store(true, Ordering::Relaxed);
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(ended.unwrap_or(Ended::Finished)),
    }
}

impl Shared {
    /// What ends the crawl whatever the frontier holds.
    fn over(&self, clock: &FrontierClock) -> Option<Ended> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(Ended::Interrupted);
        }
        if self.wall.get().is_some() {
            return Some(Ended::Wall);
        }
        let pace = &self.source.pace;
        let now = clock.now();
        (!HourSpan::any_holds(&pace.hours, pace.utc_offset, now))
            .then(|| Ended::Hours(HourSpan::next_within(&pace.hours, pace.utc_offset, now)))
    }

    /// Whether the host at hand shall not go on with its next address.
    fn ended(&self, clock: &FrontierClock) -> bool {
        self.failed.load(Ordering::Relaxed) || self.over(clock).is_some()
    }

    /// Asks the frontier for a host. The lease's clock starts before the question is put, so that it
    /// ends here before it ends there. For the visits it also ends with the hours of the day: one that
    /// waits for its host's turn does not send when they are over.
    async fn claim(&self, worker: &str, clock: &FrontierClock) -> Result<(Claim, LeaseClock), Failure> {
        let settings = &self.pipeline.settings.crawl;
        let budget = &self.source.budget;
        let pace = &self.source.pace;
        if let Some(wall) = clock.strayed() {
            clock.correct(wall, self.pipeline.store.clock_offset(wall).await?);
        }
        let length = Duration::from_secs(settings.lease_seconds.into());
        let hours = HourSpan::end_of(&pace.hours, pace.utc_offset, clock.now());
        let hours = hours.and_then(|end| (end - clock.now()).to_std().ok());
        let length = hours.map_or(length, |left| length.min(left + self.engine.request_timeout()));
        let lease = LeaseClock::start(length);
        let claim = self
            .pipeline
            .store
            .claim_host(&ClaimRequest {
                source_id: &self.source.id,
                crawl: self.crawl,
                worker,
                now: clock.now(),
                lease: TimeDelta::seconds(settings.lease_seconds.into()),
                delay: TimeDelta::milliseconds((pace.delay_seconds * 1000.0).ceil() as i64),
                limit: settings.batch,
                pages: budget.pages.into(),
                bytes: budget.bytes,
                requests_per_day: budget.requests_per_day.map(u64::from),
            })
            .await?;
        Ok((claim, lease))
    }

    /// Remembers why the first address gave no page: where none gives one, that is what to tell.
    fn miss(&self, due: &DueUrl, why: std::fmt::Arguments<'_>) {
        self.first_miss.get_or_init(|| format!("{}: {why}", due.url));
    }

    fn wall(&self, sign: &str) {
        self.wall.get_or_init(|| sign.to_owned());
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

fn lock(archive: &Mutex<Archive>) -> Result<MutexGuard<'_, Archive>, Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_pace_is_waited_for_and_a_failing_host_is_not() {
        let noon: DateTime<Utc> = "2026-09-01T12:00:00Z".parse().unwrap();
        let seconds = |n| noon + TimeDelta::seconds(n);
        let slow = HostRow {
            host: "slow.example".to_owned(),
            next_at: Some(seconds(3600)),
            delay_ms: 3_600_000,
            failures: 0,
            latency_ms: 80,
            leased: None,
            waiting: 7,
        };
        assert!(worth_waiting(std::slice::from_ref(&slow), noon), "Crawl-delay: 3600");
        for other in [
            HostRow { failures: 1, ..slow.clone() },
            HostRow { waiting: 0, ..slow.clone() },
            // It asked for more than its pace.
            HostRow { delay_ms: 1_000, ..slow.clone() },
            // It has rested, and what is left there is tried again later.
            HostRow { next_at: Some(noon), ..slow.clone() },
            HostRow { next_at: None, ..slow.clone() },
        ] {
            assert!(!worth_waiting(std::slice::from_ref(&other), noon), "{other:?}");
        }
        // Another process at work, one that died there, and one that died long ago.
        for (end, leases, worth) in [(60, 1, true), (-60, 0, true), (-4000, 0, false)] {
            let leased = Some(("w".to_owned(), seconds(end)));
            let host = [HostRow { next_at: None, leased, ..slow.clone() }];
            assert_eq!((leases_that_run(&host, noon), worth_waiting(&host, noon)), (leases, worth), "{end}");
        }
    }
}
