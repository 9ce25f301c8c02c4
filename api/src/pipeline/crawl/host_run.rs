//! One leased host: its due addresses in turn, each visit handed to the writer, the lease given back at
//! the end. Several run side by side; each keeps its own host's pace, so a slow one holds up nobody.

use super::Shared;
use super::clock::FrontierClock;
use super::links::Links;
use super::writer::{Inbox, Visited, WriterGone};
use crate::failure::Failure;
use chrono::{DateTime, TimeDelta, Utc};
use crawler::{Directives, HostPace, KnownRobots, LeaseClock, Outcome, RobotsNews, Target, TargetKind};
use futures::stream::{FuturesUnordered, StreamExt};
use model::Page;
use std::time::Duration;
use store::{
    DueUrl, HostClaim, HostReturn, HostState, PageRecord, RobotsRow, UrlKind, VisitOutcome, VisitRecord,
};
use tokio::time::Instant;

/// The first visit of a page is followed by the next after this time, until more is known of it.
const FIRST_INTERVAL: TimeDelta = TimeDelta::hours(24);
/// Bounds of the interval where the source states none: it then only orders what a crawl visits.
const SHORTEST: TimeDelta = TimeDelta::hours(1);
const LONGEST: TimeDelta = TimeDelta::days(30);

/// How long a host rests at least when nothing at all could be done in its turn.
const AFTER_NOTHING: Duration = Duration::from_secs(1);

/// Why a host's turn ended early, where that ends more than the turn.
pub(super) enum Stopped {
    /// The archive cannot be written.
    Failed(Failure),
    /// The writer failed: what it says is what the crawl ends with.
    Writer,
}

impl From<WriterGone> for Stopped {
    fn from(_: WriterGone) -> Self {
        Stopped::Writer
    }
}

impl Shared {
    /// Visits what was leased and gives the host back.
    pub async fn run_host(
        &self,
        claim: HostClaim,
        lease: LeaseClock,
        clock: &FrontierClock,
        inbox: Inbox,
    ) -> Result<(), Stopped> {
        let host = claim.lease.host.clone();
        for row in claim.robots {
            self.engine.know_robots(&KnownRobots {
                origin: row.origin,
                fetched_at: row.fetched_at,
                body: row.body,
                unreachable: row.unreachable,
            });
        }
        let lease = lease.with_requests(claim.requests);
        let hosts = &self.pipeline.hosts;
        hosts.take_up(&host, pace_of(&claim.state, clock.now()));
        let ended = self.visit_all(&claim.urls, &claim.lease, &lease, clock, &inbox).await;
        let mut pace = hosts.leave(&host);
        let news = self.engine.robots_news(&host);
        if let Ok(turn) = &ended {
            pace.rest = pace.rest.max(turn.rest);
            // Whatever the reason: a turn that came to nothing is not followed at once by the next.
            if turn.visits == 0 && !turn.learned && news.requests == 0 {
                pace.rest = pace.rest.max(AFTER_NOTHING);
            }
        }
        let back = self.told(&claim.lease, false, &pace, news, clock);
        // Also after a failure: whoever comes next keeps the host's pace.
        let returned = inbox.give_back(back).await;
        ended?;
        Ok(returned?)
    }

    /// What is written of a lease: at its end, or as soon as something is learned under it.
    fn told(
        &self,
        lease: &store::Lease,
        goes_on: bool,
        pace: &HostPace,
        news: RobotsNews,
        clock: &FrontierClock,
    ) -> HostReturn {
        let row = |known: KnownRobots| RobotsRow {
            origin: known.origin,
            fetched_at: known.fetched_at,
            body: known.body,
            unreachable: known.unreachable,
        };
        HostReturn {
            lease: lease.clone(),
            goes_on,
            source_id: self.source.id.clone(),
            state: state_of(pace, clock.now()),
            requests: news.requests,
            robots: news.files.into_iter().map(row).collect(),
            at: clock.now(),
        }
    }

    /// Visits addresses until they or the lease are at an end.
    async fn visit_all(
        &self,
        urls: &[DueUrl],
        proof: &store::Lease,
        lease: &LeaseClock,
        clock: &FrontierClock,
        inbox: &Inbox,
    ) -> Result<HostTurn, Stopped> {
        let mut turn = HostTurn { visits: 0, learned: false, rest: Duration::ZERO };
        let at_once = self.source.pace.concurrency.max(1) as usize;
        let mut left = urls.iter();
        let mut running = FuturesUnordered::new();
        let mut open = true;
        loop {
            while open && running.len() < at_once {
                open = !self.ended(clock);
                let Some(due) = left.next().filter(|_| open) else {
                    open = false;
                    break;
                };
                running.push(self.visit(due, proof, lease, clock));
            }
            let visited = tokio::select! {
                visited = running.next() => visited,
                // Whoever kills this process does not make the host forget what it asked for.
                () = self.pipeline.hosts.learned(&proof.host) => {
                    turn.learned = true;
                    let pace = self.pipeline.hosts.state(&proof.host);
                    let news = self.engine.robots_news(&proof.host);
                    inbox.give_back(self.told(proof, true, &pace, news, clock)).await?;
                    continue;
                }
            };
            match visited {
                None => return Ok(turn),
                Some(Err(failure)) => return Err(Stopped::Failed(failure)),
                Some(Ok(Turn::Visited(visited))) => {
                    turn.visits += 1;
                    inbox.visit(*visited).await?;
                }
                // Nothing was sent, and nothing more can be in this turn.
                Some(Ok(Turn::Over)) => open = false,
                Some(Ok(Turn::Rest(pause))) => {
                    turn.rest = turn.rest.max(pause);
                    open = false;
                }
            }
        }
    }

    async fn visit(
        &self,
        due: &DueUrl,
        proof: &store::Lease,
        lease: &LeaseClock,
        clock: &FrontierClock,
    ) -> Result<Turn, Failure> {
        let begun = Instant::now();
        let target = Target {
            url: due.url.clone(),
            kind: match due.kind {
                UrlKind::Page => TargetKind::Page,
                UrlKind::Sitemap => TargetKind::Sitemap,
                UrlKind::Feed => TargetKind::Feed,
            },
            depth: due.depth,
            validators: due.validators.clone(),
            known_hash: due.payload_hash,
            ..Target::default()
        };
        let visit = super::unless_stopped(&self.stop, super::LAST_PAGE, self.engine.visit(&target, lease));
        let Some(visit) = visit.await else { return Ok(Turn::Over) };
        let visit = visit?;
        let mut record = VisitRecord {
            crawl: Some(self.crawl),
            source_id: self.source.id.clone(),
            url: due.url.clone(),
            host: proof.host.clone(),
            lease: Some(proof.clone()),
            visited_at: self.pipeline.clock.now(),
            outcome: VisitOutcome::Gone,
            status: None,
            archive: None,
            observations: Vec::new(),
            rejections: Vec::new(),
            links: Vec::new(),
            own: None,
            requests: visit.requests,
            bytes: visit.bytes,
            offers: None,
            interval: None,
        };
        match visit.outcome {
            Outcome::LeaseOver | Outcome::Resting { .. } => return Ok(Turn::Over),
            Outcome::Page(page, asks) => self.take_page(page, asks, due, &mut record),
            Outcome::Unchanged { archive, seen_at, .. } => {
                record.visited_at = seen_at;
                record.archive = archive;
                record.interval = Some(self.interval(due.interval, false));
                record.outcome = VisitOutcome::Unchanged;
            }
            Outcome::Redirect { to, status } => {
                record.status = Some(status);
                record.outcome = self.redirected(to, due, &mut record.links);
            }
            Outcome::Disallowed { reason, retry_after: Some(pause) } => {
                // Nobody said no: robots.txt cannot be had. The host rests, its addresses wait.
                self.miss(due, format_args!("{reason}"));
                return Ok(Turn::Rest(pause));
            }
            Outcome::Disallowed { reason, retry_after: None } => {
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
                // 404 and 410: it is gone. Whatever else was answered may pass.
                if !matches!(status, 404 | 410) {
                    let error = format!("the server answered {status}");
                    record.outcome = VisitOutcome::Failed { retry_at: None, error };
                }
            }
            Outcome::Failed { reason, retry_after, retry } => {
                self.miss(due, format_args!("{reason}"));
                let retry_at = retry.then(|| self.retry_at(due, retry_after, clock.now())).flatten();
                record.outcome = VisitOutcome::Failed { retry_at, error: reason };
            }
            Outcome::Wall { sign } => {
                self.wall(&sign);
                if visit.requests == 0 {
                    return Ok(Turn::Over);
                }
                record.outcome = VisitOutcome::Refused { reason: sign };
            }
        }
        if visit.requests == 0 {
            // The database counts it as made from now on: it is not sent for something else.
            lease.take_request();
        }
        let failed = matches!(record.outcome, VisitOutcome::Failed { .. });
        if record.interval.is_none() && !failed {
            record.interval = Some(self.interval(due.interval, false));
        }
        if due.depth == 0 {
            // Known by now, whatever became of the page itself.
            record.links.extend(self.links().sitemaps());
        }
        // What is said to have changed since is told again: the frontier may make it due for that.
        record.links.retain(|link| link.changed_at.is_some() || !self.known.holds(&link.url));
        Ok(Turn::Visited(Box::new(Visited { record, took: begun.elapsed() })))
    }

    fn take_page(&self, page: Page, asks: Directives, due: &DueUrl, record: &mut VisitRecord) {
        record.visited_at = page.fetched_at;
        record.status = Some(page.status);
        record.interval = Some(self.interval(due.interval, due.payload_hash.is_some()));
        match due.kind {
            UrlKind::Page => {
                let product = self.context.special.is_some() || self.links().is_product(&page.url);
                let (extraction, observations, rejections) = self.pipeline.read_page(
                    &page,
                    &self.context,
                    product,
                    Some(asks),
                    crawler::extract::Links::Followed,
                );
                if product {
                    let offers = extraction.as_ref().map_or(0, |e| e.listings.len());
                    record.offers = Some(u32::try_from(offers).unwrap_or(u32::MAX));
                }
                record.observations = observations;
                record.rejections = rejections;
                if let Some(extraction) = extraction.filter(|e| !asks.nofollow && !e.nofollow) {
                    record.links = self.links().of_page(&extraction, due.depth);
                    if due.depth == 0 {
                        record.links.extend(self.links().feeds(&extraction));
                    }
                    // The page may say itself that it is another address: its offers are read there,
                    // once. Whether there is such a page is the frontier's to know.
                    if due.redirects < self.source.budget.redirects.min(1) {
                        let spelled = self.links().spelled(&page, &extraction);
                        let link = |to: &String| self.links().redirect(to, due.kind, due.depth, 1);
                        if let Some((to, link)) = spelled.and_then(|to| link(&to).map(|link| (to, link))) {
                            record.links.push(link);
                            record.own = Some(to);
                        }
                    }
                }
            }
            UrlKind::Sitemap => record.links = self.links().of_sitemap(&page, due.depth),
            UrlKind::Feed => record.links = self.links().of_feed(&page),
        }
        record.archive = page.archive;
        record.outcome = VisitOutcome::Fetched(PageRecord {
            payload_hash: page.payload_hash,
            content_type: page.content_type,
            validators: page.validators,
        });
    }

    fn redirected(&self, to: String, due: &DueUrl, links: &mut Vec<store::NewUrl>) -> VisitOutcome {
        let hops = due.redirects + 1;
        if hops > self.source.budget.redirects {
            let reason =
                format!("redirected more than {} times, at last to {to}", self.source.budget.redirects);
            self.miss(due, format_args!("{reason}"));
            return VisitOutcome::Refused { reason };
        }
        match self.links().redirect(&to, due.kind, due.depth, hops) {
            Some(target) => links.push(target),
            None => self.miss(due, format_args!("redirects to {to}, outside the scope of the source")),
        }
        VisitOutcome::Redirected { to }
    }

    pub(super) fn links(&self) -> Links<'_> {
        Links { source: &self.source, engine: &self.engine, rules: &self.link_rules }
    }

    /// When a failed address may be tried again: what the server asks for, else twice as long each
    /// time; never after the last attempt.
    fn retry_at(
        &self,
        due: &DueUrl,
        retry_after: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if due.attempts + 1 >= self.pipeline.settings.crawl.attempts {
            return None;
        }
        let pause = retry_after.unwrap_or_else(|| {
            Duration::from_secs_f64(self.source.pace.delay_seconds * f64::from(1u32 << due.attempts.min(10)))
        });
        TimeDelta::from_std(pause).ok().and_then(|pause| now.checked_add_signed(pause))
    }

    /// How long until the next visit: half as long after a change, half as long again without one.
    fn interval(&self, last: Option<TimeDelta>, changed: bool) -> TimeDelta {
        let hours = |hours: u32| TimeDelta::hours(hours.into());
        let revisit = &self.source.revisit;
        let (shortest, longest) = match revisit.longest_hours {
            0 => (SHORTEST, LONGEST),
            longest => (hours(revisit.shortest_hours), hours(longest)),
        };
        let next = match last {
            None => FIRST_INTERVAL,
            Some(last) if changed => last / 2,
            Some(last) => last + last / 2,
        };
        next.clamp(shortest, longest.max(shortest))
    }
}

/// What became of a lease.
struct HostTurn {
    /// Addresses visited.
    visits: u32,
    /// Whether something was learned of the host that was written at once.
    learned: bool,
    /// How long the host is to be left alone beyond its usual pace.
    rest: Duration,
}

/// What became of one address.
enum Turn {
    Visited(Box<Visited>),
    /// It was not asked for: the lease ends, the host rests, or the crawl stops.
    Over,
    /// It was not asked for, and the host is to be left alone for so long.
    Rest(Duration),
}

fn pace_of(state: &HostState, now: DateTime<Utc>) -> HostPace {
    HostPace {
        rest: state.next_at.and_then(|at| (at - now).to_std().ok()).unwrap_or_default(),
        delay: Duration::from_millis(state.delay_ms.into()),
        failures: state.failures,
        latency: Duration::from_millis(state.latency_ms.into()),
    }
}

fn state_of(pace: &HostPace, now: DateTime<Utc>) -> HostState {
    let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    HostState {
        next_at: TimeDelta::from_std(pace.rest).ok().and_then(|rest| now.checked_add_signed(rest)),
        delay_ms: ms(pace.delay),
        failures: pace.failures,
        latency_ms: ms(pace.latency),
    }
}
