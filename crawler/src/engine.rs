//! A visit to one address of a source: scope, pace, robots.txt, guard, lease, fetch, archive.
//!
//! Not here: which addresses are due, who holds which host, hours and budgets of a day, retries,
//! links. A redirect is handed back, so that its target passes the same checks as any other address.

use crate::archive::{Archive, Exchange, Note};
use crate::asking::{EngineOptions, Outcome, Target, TargetKind, Visit};
use crate::fetch::{Answer, Fetcher, Request, Trouble};
use crate::guard::Guard;
use crate::host::{Group, NotNow, Patience, Sent, lock};
use crate::lease::LeaseClock;
use crate::pace::Manner;
use crate::wall::{self, Walls};
use crate::{CrawlError, Directives, address, paths, sitemap};
use model::{PaceGroup, Page, Source, Validators};
use std::collections::HashSet;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use url::{Host, Position, Url};

/// Hosts of start pages whose links are read by their paths alone.
const ORIGINS: usize = 8;
/// Longest Crawl-delay that is told to the pace; above it, a page an hour is polite enough.
const LONGEST_DELAY: f64 = 3600.0;

const ACCEPT_PAGES: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5";
pub(crate) const ACCEPT_ANY: &str = "*/*";

/// Visits the pages of one source. Visits may be under way at the same time: pace and concurrency are
/// kept among them.
pub struct Engine {
    source: Source,
    pub(crate) options: EngineOptions,
    pub(crate) fetcher: Fetcher,
    /// The source's hosts: lower case, without port.
    pub(crate) hosts: HashSet<String>,
    pub(crate) start: HashSet<String>,
    /// Start pages, one of each host.
    origins: Vec<Url>,
    pub(crate) token: String,
    manner: Manner,
    timeout: Duration,
    walls: Walls,
    /// Draws of the jitter so far.
    draws: AtomicU64,
}

/// A request that came to nothing.
pub(crate) enum Miss {
    /// Nothing was sent: the lease ends too early, or its requests are used.
    LeaseOver,
    /// Nothing was sent: the host wants to be left alone for longer than anybody waits.
    Resting(Duration),
    /// Nothing was sent: the source has been stopped.
    Wall(String),
    Refused(String),
    /// The host failed; how long it is left alone.
    Host(String, Duration),
    Page(String),
}

impl Engine {
    /// An engine for one source. The source is taken as [`crate::source_file::parse`] gives it.
    ///
    /// # Errors
    /// [`CrawlError::Client`] when no HTTP client can be built: a contact that cannot stand in a
    /// header, a `connect_to` that is no address.
    pub fn new(source: Source, options: EngineOptions) -> Result<Engine, CrawlError> {
        let client_error = |reason: String| CrawlError::Client { source_id: source.id.clone(), reason };
        let hosts: HashSet<String> = if source.scope.hosts.is_empty() {
            source.start.iter().filter_map(|u| address::host_of(u)).collect()
        } else {
            source.scope.hosts.iter().map(|host| host.trim_end_matches('.').to_ascii_lowercase()).collect()
        };
        let connect_to = match &source.network.connect_to {
            Some(text) => Some(
                text.parse().map_err(|_| client_error(format!("'{text}' is not an address with port")))?,
            ),
            None => None,
        };
        let guard = Guard::new(hosts.clone(), source.network.allow_loopback, connect_to);
        let user_agent = format!("{} (+{})", options.user_agent_product, source.permission.contact);
        let seconds = |key: &str, value: f64| {
            Duration::try_from_secs_f64(value).map_err(|error| client_error(format!("pace.{key}: {error}")))
        };
        let timeout = seconds("timeout_seconds", source.pace.timeout_seconds)?;
        let manner = Manner {
            delay: seconds("delay_seconds", source.pace.delay_seconds)?,
            concurrency: source.pace.concurrency.max(1),
            adaptive: source.pace.adaptive,
        };
        let fetcher =
            Fetcher::new(guard, options.clock.clone(), user_agent, &source, options.secret.clone())?;
        let start = source.start.iter().filter_map(|url| address::canonical_url(url, url)).collect();
        let mut origins: Vec<Url> = Vec::new();
        for url in source.start.iter().filter_map(|url| Url::parse(url).ok()) {
            if origins.len() < ORIGINS && !origins.iter().any(|known| known.origin() == url.origin()) {
                origins.push(url);
            }
        }
        let token = options.user_agent_product.split('/').next().unwrap_or_default().to_owned();
        Ok(Engine {
            source,
            options,
            fetcher,
            hosts,
            start,
            origins,
            token,
            manner,
            timeout,
            walls: Walls::default(),
            draws: AtomicU64::new(0),
        })
    }

    /// The source this engine serves.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The longest that one request can take (`pace.timeout_seconds`). Nothing is sent in a lease that
    /// ends sooner.
    pub fn request_timeout(&self) -> Duration {
        self.timeout
    }

    /// Visits one address under a lease on its group ([`Engine::group_of`]): waits for the host's turn,
    /// asks robots.txt and the guard, fetches and archives. Several visits may be under way at once
    /// (`pace.concurrency`). Dropping the future at any point leaves nothing half done; a request that
    /// was sent by then is counted in [`crate::RobotsNews::requests`] of its group.
    ///
    /// Before every request the lease is looked at again: when less than [`Engine::request_timeout`] is
    /// left of it, or none of its requests ([`LeaseClock::with_requests`]), nothing is sent and the outcome is [`Outcome::LeaseOver`].
    ///
    /// # Errors
    /// Only what is fatal for the crawl: the archive cannot be written. Whatever is wrong with
    /// one page is an [`Outcome`].
    pub async fn visit(&self, target: &Target, lease: &LeaseClock) -> Result<Visit, CrawlError> {
        let mut visit = Visit { outcome: Outcome::LeaseOver, requests: 0, bytes: 0 };
        visit.outcome = self.outcome(target, lease, &mut visit).await?;
        Ok(visit)
    }

    async fn outcome(
        &self,
        target: &Target,
        lease: &LeaseClock,
        cost: &mut Visit,
    ) -> Result<Outcome, CrawlError> {
        if let Some(sign) = self.walls.found() {
            return Ok(Outcome::Wall { sign: sign.to_owned() });
        }
        let url = match self.admit(target) {
            Ok(url) => url,
            Err(reason) => return Ok(Outcome::Refused { reason }),
        };
        let group = self.options.hosts.group(self.group_name(&url));
        let robots = match self.robots(&group, &url, lease).await? {
            Ok(robots) => robots,
            Err(miss) => return Ok(outcome_of(miss)),
        };
        if !robots.rules.allowed(url.as_str()) {
            return Ok(match robots.unreachable {
                Some((reason, again)) => Outcome::Disallowed {
                    reason: format!("robots.txt could not be had, so nothing may be fetched: {reason}"),
                    retry_after: Some(again),
                },
                None => Outcome::Disallowed {
                    reason: format!("robots.txt does not allow '{}' to fetch it", self.token),
                    retry_after: None,
                },
            });
        }
        let page = target.kind == TargetKind::Page;
        let request = Request {
            url: &url,
            accept: if page { ACCEPT_PAGES } else { ACCEPT_ANY },
            validators: &target.validators,
            limit: if page { self.source.budget.page_bytes } else { sitemap::MAX_BYTES },
            cut: !page,
        };
        let delay = robots.rules.crawl_delay();
        let mut sent = Sent::of(&group);
        let asked = self.ask(&group, &request, delay, lease, &mut sent.requests, page).await;
        cost.requests = std::mem::take(&mut sent.requests);
        match asked {
            Ok((answer, took)) => {
                cost.bytes = answer.body.len() as u64;
                self.judge(target, &url, answer, took)
            }
            Err(miss) => Ok(outcome_of(miss)),
        }
    }

    /// Whether an address belongs to the source as a page: its hosts, the paths that are followed,
    /// none that is excluded. Start pages always do.
    pub fn in_scope(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.page_in_scope(&url))
    }

    /// A link as the frontier takes it, read once: its one spelling and its group, as
    /// [`Engine::canonical_url`] and [`Engine::group_of`] give them; `None` where it is no page of the
    /// source ([`Engine::in_scope`]).
    pub fn page_address(&self, link: &str) -> Option<(String, String)> {
        let link = link.trim();
        let known = self.origins.iter().find(|known| link.starts_with(&known[..Position::BeforePath]));
        let url = match known {
            Some(known) => address::parse_beside(known, link),
            None => Url::parse(link).ok(),
        };
        let url = address::canonical(url?)?;
        if !self.page_in_scope(&url) {
            return None;
        }
        let group = self.group_name(&url);
        let group = (!group.is_empty()).then(|| group.to_owned())?;
        Some((String::from(url), group))
    }

    /// Whether an address may be put into the frontier as something of that kind: a page in the
    /// source's scope; a feed on one of its hosts; a sitemap on one of its hosts or on a host where the
    /// robots.txt of one of them names a sitemap, as far as these are known by now.
    pub fn admits(&self, url: &str, kind: TargetKind) -> bool {
        match kind {
            TargetKind::Page => self.in_scope(url),
            TargetKind::Feed => address::host_of(url).is_some_and(|host| self.is_own(&host)),
            TargetKind::Sitemap => address::host_of(url).is_some_and(|host| {
                let named =
                    || self.robots_sitemaps().iter().filter_map(|s| address::host_of(s)).any(|h| h == host);
                self.source.sitemaps && (self.is_own(&host) || named())
            }),
        }
    }

    fn is_own(&self, host: &str) -> bool {
        self.hosts.contains(host)
            || self.start.iter().any(|url| address::host_of(url).is_some_and(|own| own == host))
    }

    fn page_in_scope(&self, url: &Url) -> bool {
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return false;
        }
        let within = |patterns: &[String]| paths::path_matches(patterns, url);
        let scope = &self.source.scope;
        (self.hosts.contains(host_name(url))
            && (scope.paths.is_empty() || within(&scope.paths))
            && !within(&scope.exclude))
            || self.is_start(url)
    }

    fn is_start(&self, url: &Url) -> bool {
        self.start.contains(url.as_str())
            || address::canonical_url(url.as_str(), url.as_str()).is_some_and(|url| self.start.contains(&url))
    }

    /// What shares a pace with an address, and what a lease on it is a lease on: its host, or its
    /// registrable domain where the source says `pace.group = "domain"`. Literal addresses and
    /// names of one word stand for themselves. `None` for what is not an http(s) address.
    pub fn group_of(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let name = self.group_name(&url);
        (matches!(url.scheme(), "http" | "https") && !name.is_empty()).then(|| name.to_owned())
    }

    pub(crate) fn group_name<'u>(&self, url: &'u Url) -> &'u str {
        let host = host_name(url);
        match url.host() {
            Some(Host::Domain(_)) if self.source.pace.group == PaceGroup::Domain => {
                psl::domain_str(host).unwrap_or(host)
            }
            _ => host,
        }
    }

    /// See [`crate::address::host_of`].
    pub fn host_of(url: &str) -> Option<String> {
        address::host_of(url)
    }

    /// See [`crate::address::canonical_url`].
    pub fn canonical_url(base: &str, href: &str) -> Option<String> {
        address::canonical_url(base, href)
    }

    /// What can be said of an address before anybody is asked.
    fn admit(&self, target: &Target) -> Result<Url, String> {
        let url = Url::parse(&target.url).map_err(|error| format!("not an address: {error}"))?;
        if let Some(reason) = self.fetcher.guard().refusal(&url) {
            return Err(reason);
        }
        let outside = || Err(format!("outside the scope of source '{}'", self.source.id));
        match target.kind {
            TargetKind::Page if !self.page_in_scope(&url) => outside(),
            TargetKind::Feed if !self.is_own(host_name(&url)) => outside(),
            TargetKind::Page if target.depth > self.source.budget.depth => Err(format!(
                "{} links away from a start page, more than budget.depth = {}",
                target.depth, self.source.budget.depth
            )),
            _ => Ok(url),
        }
    }

    /// One request in its group's turn. `sent` counts it; `page`: the time it takes tells how the host
    /// does.
    pub(crate) async fn ask(
        &self,
        group: &Group,
        request: &Request<'_>,
        asked_delay: Option<f64>,
        lease: &LeaseClock,
        sent: &mut u32,
        page: bool,
    ) -> Result<(Answer, Duration), Miss> {
        let manner = Manner { delay: self.manner.delay.max(crawl_delay(asked_delay)), ..self.manner };
        let patience = Patience { lease, timeout: self.timeout, max_wait: self.options.max_wait };
        let turn = group.turn(&manner, &patience).await.map_err(|not_now| match not_now {
            NotNow::LeaseOver => Miss::LeaseOver,
            NotNow::Resting(wait) => Miss::Resting(wait),
        })?;
        // Met by another visit while this one waited.
        if let Some(sign) = self.walls.found() {
            return Err(Miss::Wall(sign.to_owned()));
        }
        if !lease.take_request() {
            return Err(Miss::LeaseOver);
        }
        *sent += 1;
        let sent_at = self.options.clock.now();
        match self.fetcher.get(request).await {
            Ok(answer) => {
                // By the clock of the records: a record of the same moment is the same record.
                let took = (answer.fetched_at - sent_at).to_std().unwrap_or_default();
                if !matches!(answer.status, 429 | 500..) {
                    turn.answered(page.then_some(matches!(answer.status, 200 | 203 | 304)));
                    return Ok((answer, took));
                }
                let pause = turn.failed(answer.retry_after(), self.jitter());
                if wall::is_challenge(&answer) {
                    return Ok((answer, took));
                }
                Err(Miss::Host(format!("the server answered {} {}", answer.status, answer.reason), pause))
            }
            Err(Trouble::Refused(reason)) => {
                *sent -= 1;
                lease.put_request_back();
                Err(Miss::Refused(reason))
            }
            Err(Trouble::Page(reason)) => Err(Miss::Page(reason)),
            Err(Trouble::Host(reason)) => {
                let pause = turn.failed(None, self.jitter());
                Err(Miss::Host(reason, pause))
            }
        }
    }

    /// The next draw of the jitter, 0 to 1: SplitMix64, which needs no state but a counter.
    fn jitter(&self) -> f64 {
        let draw = self.draws.fetch_add(1, Ordering::Relaxed) + 1;
        let mut z = self.options.seed.wrapping_add(draw.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// What an answer means for what was asked for.
    fn judge(
        &self,
        target: &Target,
        url: &Url,
        answer: Answer,
        took: Duration,
    ) -> Result<Outcome, CrawlError> {
        let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let leads_to = if moved { redirect_target(&target.url, &answer) } else { None };
        let page = target.kind == TargetKind::Page;
        let wall = self.walls.meet(url, &answer, page, || self.is_start(url), leads_to.as_deref());
        if let Some(sign) = wall {
            return Ok(Outcome::Wall { sign });
        }
        let seen_at = answer.fetched_at;
        let known = &target.validators;
        let note = Note {
            source_id: Some(self.source.id.clone()),
            via: target.via.clone(),
            depth: Some(target.depth),
            fetch_ms: u64::try_from(took.as_millis()).ok(),
            robots: Some("allowed".to_owned()),
            ..Note::default()
        };
        let noted = |answer| Exchange { note: Some(&note), ..exchange(&target.url, answer) };
        match answer.status {
            200 | 203 if target.known_hash == Some(answer.payload_hash) => {
                let archive = self.archive().write_revisit(&noted(&answer), target.known_hash)?;
                Ok(Outcome::Unchanged { archive: Some(archive), seen_at, validators: answer.validators() })
            }
            200 | 203 => {
                let archive = self.archive().write_exchange(&noted(&answer))?;
                let asks = Directives::read(answer.headers("x-robots-tag"), &self.token);
                let page = Page {
                    source_id: self.source.id.clone(),
                    url: target.url.clone(),
                    status: answer.status,
                    content_type: answer.header("content-type").map(str::to_owned),
                    validators: answer.validators(),
                    payload_hash: answer.payload_hash,
                    fetched_at: seen_at,
                    archive: Some(archive),
                    body: answer.body,
                };
                Ok(Outcome::Page(page, asks))
            }
            304 if *known != Validators::default() => {
                let archive = self.archive().write_revisit(&noted(&answer), None)?;
                // A 304 may leave out what has not changed (RFC 9110 section 15.4.5).
                let new = answer.validators();
                Ok(Outcome::Unchanged {
                    archive: Some(archive),
                    seen_at,
                    validators: Validators {
                        etag: new.etag.or_else(|| known.etag.clone()),
                        last_modified: new.last_modified.or_else(|| known.last_modified.clone()),
                    },
                })
            }
            status if moved => Ok(match leads_to {
                Some(to) => Outcome::Redirect { to, status },
                None => Outcome::Failed {
                    reason: format!("the redirect ({status}) names no page address"),
                    retry_after: None,
                    retry: false,
                },
            }),
            status => Ok(Outcome::HttpError { status }),
        }
    }

    pub(crate) fn archive(&self) -> MutexGuard<'_, Archive> {
        // A panic elsewhere leaves no half record, so the archive stays usable.
        lock(&self.options.archive)
    }
}

/// The delay that a robots.txt asks for, as it is kept.
pub(crate) fn crawl_delay(asked: Option<f64>) -> Duration {
    Duration::try_from_secs_f64(asked.unwrap_or(0.0).min(LONGEST_DELAY)).unwrap_or_default()
}

/// The host, as hosts are compared: without the root's dot.
fn host_name(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_end_matches('.')
}

pub(crate) fn exchange<'a>(url: &'a str, answer: &'a Answer) -> Exchange<'a> {
    Exchange {
        url,
        fetched_at: answer.fetched_at,
        remote: answer.remote,
        request: &answer.request,
        status: answer.status,
        reason: answer.reason,
        response: &answer.headers,
        payload: &answer.body,
        payload_hash: answer.payload_hash,
        note: None,
        original: None,
    }
}

pub(crate) fn redirect_target(base: &str, answer: &Answer) -> Option<String> {
    address::canonical_url(base, answer.header("location")?)
}

pub(crate) fn outcome_of(miss: Miss) -> Outcome {
    match miss {
        Miss::LeaseOver => Outcome::LeaseOver,
        Miss::Resting(wait) => Outcome::Resting { wait },
        Miss::Wall(sign) => Outcome::Wall { sign },
        Miss::Refused(reason) => Outcome::Refused { reason },
        Miss::Host(reason, pause) => Outcome::Failed { reason, retry_after: Some(pause), retry: true },
        Miss::Page(reason) => Outcome::Failed { reason, retry_after: None, retry: false },
    }
}

pub(crate) fn reason_of(miss: Miss) -> String {
    match miss {
        Miss::LeaseOver => "the lease is over".to_owned(),
        Miss::Resting(wait) => format!("the host is left alone for {} s more", wait.as_secs()),
        Miss::Wall(reason) | Miss::Refused(reason) | Miss::Host(reason, _) | Miss::Page(reason) => reason,
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
