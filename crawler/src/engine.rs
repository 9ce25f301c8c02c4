//! A visit to one address of a source: scope, pace, robots.txt, guard, fetch, archive.
//!
//! Not here: which addresses are due, retries, links. A redirect is handed back, so that its
//! target passes the same checks as any other address.

use crate::archive::{Archive, Exchange, Note};
use crate::fetch::{Answer, Fetcher, Request, Trouble};
use crate::guard::Guard;
use crate::host::KnownRobots;
use crate::robots::RobotsFile;
use crate::{CrawlError, Directives, Hosts, SitemapEntry, address, sitemap, wall};
use chrono::{DateTime, Utc};
use model::{ArchiveRef, Clock, ContentHash, Page, Source, Validators};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use url::Url;

/// Hops from robots.txt to what it is redirected to (RFC 9309 section 2.3.1.2).
const ROBOTS_HOPS: usize = 5;
/// robots.txt is read to 500 KiB; one byte more tells that it was cut.
const ROBOTS_BYTES: u64 = 500 * 1024 + 1;
/// Sitemap files of one source in one run.
const SITEMAP_FILES: usize = 500;
/// Addresses taken from them: what fits into memory, and years of polite crawling.
const SITEMAP_PAGES: usize = 1_000_000;
/// Longest Crawl-delay that is told to the pace; above it, a page an hour is polite enough.
const LONGEST_DELAY: f64 = 3600.0;

const ACCEPT_PAGES: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5";
const ACCEPT_ANY: &str = "*/*";

/// What an engine needs beside its source.
#[derive(Clone)]
pub struct EngineOptions {
    /// Product token and version of the user agent: `touchstone/0.1`. What stands before the
    /// slash is the token looked for in robots.txt.
    pub user_agent_product: String,
    /// Where pages are archived.
    pub archive: Arc<Mutex<Archive>>,
    /// The present moment, for records and for the age of robots.txt.
    pub clock: Arc<dyn Clock>,
    /// The hosts this process talks to; share one among all engines.
    pub hosts: Hosts,
    /// A visit waits at most this long (or the usual pace, where that is longer) for its host's
    /// turn; a host that asks for more quiet gives [`Outcome::Failed`] with `retry_after`.
    pub max_wait: Duration,
}

impl EngineOptions {
    /// The usual options: `touchstone/` and the crate's version, own hosts, a minute of patience.
    pub fn new(archive: Arc<Mutex<Archive>>, clock: Arc<dyn Clock>) -> Self {
        EngineOptions {
            user_agent_product: format!("touchstone/{}", env!("CARGO_PKG_VERSION")),
            archive,
            clock,
            hosts: Hosts::default(),
            max_wait: Duration::from_secs(60),
        }
    }
}

/// An address to visit, and what is known of it.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The address.
    pub url: String,
    /// Links away from a start page.
    pub depth: u32,
    /// Validators of the last visit, for a conditional request.
    pub validators: Validators,
    /// Payload hash of the last visit.
    pub known_hash: Option<ContentHash>,
}

/// How a visit ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A page, archived, and what its header asks of indexers.
    Page(Page, Directives),
    /// Not changed since the last visit: 304, or the same payload.
    Unchanged {
        /// The revisit record.
        archive: Option<ArchiveRef>,
        /// When this was seen.
        seen_at: DateTime<Utc>,
        /// Validators for the next visit.
        validators: Validators,
    },
    /// The server points elsewhere; not followed here: the target goes through the frontier.
    Redirect {
        /// Canonical absolute address.
        to: String,
        /// HTTP status.
        status: u16,
    },
    /// robots.txt does not allow it.
    Disallowed {
        /// Why, in a sentence.
        reason: String,
    },
    /// Never asked: scheme, scope, or an address that is not public.
    Refused {
        /// Why, in a sentence.
        reason: String,
    },
    /// The server answered with an error status.
    HttpError {
        /// HTTP status.
        status: u16,
    },
    /// No usable answer.
    Failed {
        /// Why, in a sentence.
        reason: String,
        /// How long to leave the host alone.
        retry_after: Option<Duration>,
        /// Whether another try makes sense.
        retry: bool,
    },
    /// The site does not want to be read by machines: 401, 403, a captcha. The source stops; it
    /// is never worked around.
    Wall {
        /// What was seen.
        sign: String,
    },
}

/// Visits the pages of one source.
pub struct Engine {
    source: Source,
    options: EngineOptions,
    fetcher: Fetcher,
    /// The source's hosts: lower case, without port.
    hosts: HashSet<String>,
    start: HashSet<String>,
    token: String,
    /// The site does not want to be read by machines: what was seen.
    wall: OnceLock<String>,
}

/// A request that came to nothing.
enum Miss {
    /// The host wants to be left alone for longer than anybody waits.
    Quiet(Duration),
    Refused(String),
    /// The host failed; how long it is left alone.
    Host(String, Duration),
    Page(String),
}

/// What asking for robots.txt gave.
enum Found {
    File(RobotsFile),
    /// It may be there but cannot be had: everything is closed (RFC 9309 section 2.3.1.4).
    Unreachable(String),
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
        let timeout = Duration::try_from_secs_f64(source.pace.timeout_seconds)
            .map_err(|error| client_error(format!("pace.timeout_seconds: {error}")))?;
        let fetcher = Fetcher::new(
            guard,
            options.clock.clone(),
            user_agent,
            source.language.clone(),
            timeout,
            &source.id,
        )?;
        let start = source.start.iter().filter_map(|url| address::canonical_url(url, url)).collect();
        let token = options.user_agent_product.split('/').next().unwrap_or_default().to_owned();
        Ok(Engine { source, options, fetcher, hosts, start, token, wall: OnceLock::new() })
    }

    /// The source this engine serves.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Visits one address: waits for the host's turn, asks robots.txt and the guard, fetches and
    /// archives. Dropping the future at any point leaves nothing half done.
    ///
    /// # Errors
    /// Only what is fatal for the crawl: the archive cannot be written. Whatever is wrong with
    /// one page is an [`Outcome`].
    pub async fn visit(&self, target: &Target) -> Result<Outcome, CrawlError> {
        if let Some(sign) = self.wall.get() {
            return Ok(Outcome::Wall { sign: sign.clone() });
        }
        let url = match self.admit(target) {
            Ok(url) => url,
            Err(reason) => return Ok(Outcome::Refused { reason }),
        };
        let robots = match self.robots(&url).await? {
            Ok(robots) => robots,
            Err(miss) => return Ok(outcome_of(miss)),
        };
        if !robots.file.allowed(&self.token, url.as_str()) {
            let reason = match robots.unreachable {
                Some(reason) => format!("robots.txt could not be had, so nothing may be fetched: {reason}"),
                None => format!("robots.txt does not allow '{}' to fetch it", self.token),
            };
            return Ok(Outcome::Disallowed { reason });
        }
        let request = Request {
            url: &url,
            accept: ACCEPT_PAGES,
            validators: &target.validators,
            limit: self.source.budget.page_bytes,
            cut: false,
        };
        match self.ask(&request, robots.file.crawl_delay(&self.token)).await {
            Ok(answer) => self.judge(target, answer),
            Err(miss) => Ok(outcome_of(miss)),
        }
    }

    /// The addresses in scope that the sitemaps named in robots.txt list, each once, in the
    /// site's order. Empty when the source does not want sitemaps. A sitemap that cannot be had
    /// is passed over with a warning.
    pub async fn sitemap_urls(&self) -> Result<Vec<SitemapEntry>, CrawlError> {
        let mut entries = Vec::new();
        if !self.source.sitemaps {
            return Ok(entries);
        }
        let mut queue: Vec<String> = Vec::new();
        let mut origins = HashSet::new();
        for start in &self.source.start {
            let Ok(url) = Url::parse(start) else { continue };
            if origins.insert(url.origin().ascii_serialization())
                && let Ok(robots) = self.robots(&url).await?
            {
                queue.extend(robots.file.sitemaps().iter().cloned());
            }
        }
        queue.reverse();
        let mut seen: HashSet<String> = HashSet::new();
        let mut pages = HashSet::new();
        while let Some(text) = queue.pop() {
            let Some(address) = address::canonical_url(&text, &text) else {
                continue;
            };
            if seen.len() >= SITEMAP_FILES || !seen.insert(address.clone()) {
                continue;
            }
            let answer = match self.sitemap(&address).await? {
                Ok(answer) => answer,
                Err(reason) => {
                    tracing::warn!(source = %self.source.id, sitemap = %address, %reason, "sitemap passed over");
                    continue;
                }
            };
            if (300..400).contains(&answer.status) {
                queue.extend(redirect_target(&address, &answer));
                continue;
            }
            let found = sitemap::read(&answer.body);
            queue.extend(found.sitemaps.into_iter().rev());
            for entry in found.pages {
                if let Some(url) = address::canonical_url(&address, &entry.url)
                    && self.in_scope(&url)
                    && pages.len() < SITEMAP_PAGES
                    && pages.insert(url.clone())
                {
                    entries.push(SitemapEntry { url, ..entry });
                }
            }
        }
        Ok(entries)
    }

    /// Whether an address belongs to the source: its hosts, the paths that are followed, none
    /// that is excluded. Start pages always do.
    pub fn in_scope(&self, url: &str) -> bool {
        let Some(canonical) = address::canonical_url(url, url) else {
            return false;
        };
        if self.start.contains(&canonical) {
            return true;
        }
        let Ok(url) = Url::parse(&canonical) else {
            return false;
        };
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        // Excluding `/search?` shall work, so paths are compared with their query.
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let within = |prefixes: &[String]| prefixes.iter().any(|p| path.starts_with(p.as_str()));
        let scope = &self.source.scope;
        self.hosts.contains(host)
            && (scope.paths.is_empty() || within(&scope.paths))
            && !within(&scope.exclude)
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
        if !self.in_scope(&target.url) {
            return Err(format!("outside the scope of source '{}'", self.source.id));
        }
        if target.depth > self.source.budget.depth {
            return Err(format!(
                "{} links away from a start page, more than budget.depth = {}",
                target.depth, self.source.budget.depth
            ));
        }
        Ok(url)
    }

    /// One request in its host's turn.
    async fn ask(&self, request: &Request<'_>, crawl_delay: Option<f64>) -> Result<Answer, Miss> {
        let name = request.url.host_str().unwrap_or_default();
        let host = self.options.hosts.host(name.trim_end_matches('.'));
        let mut turn = host.turn.lock().await;
        let asked = crawl_delay.unwrap_or(0.0).min(LONGEST_DELAY);
        let delay = self.source.pace.delay_seconds.max(asked);
        turn.slow_to(Duration::try_from_secs_f64(delay).unwrap_or_default());
        turn.ready(self.options.max_wait).await.map_err(Miss::Quiet)?;
        match self.fetcher.get(request).await {
            Ok(answer) => {
                match answer.status {
                    429 | 500.. => {
                        let pause = turn.failed(answer.retry_after());
                        let reason = format!("the server answered {} {}", answer.status, answer.reason);
                        if wall::sign(&answer).is_some() {
                            return Ok(answer);
                        }
                        return Err(Miss::Host(reason, pause));
                    }
                    _ => turn.succeeded(),
                }
                Ok(answer)
            }
            Err(Trouble::Refused(reason)) => Err(Miss::Refused(reason)),
            Err(Trouble::Page(reason)) => Err(Miss::Page(reason)),
            Err(Trouble::Host(reason)) => {
                let pause = turn.failed(None);
                Err(Miss::Host(reason, pause))
            }
        }
    }

    /// What an answer means for the page that was asked for.
    fn judge(&self, target: &Target, answer: Answer) -> Result<Outcome, CrawlError> {
        if let Some(sign) = wall::sign(&answer) {
            let sign = self.wall.get_or_init(|| format!("{sign} at {}", target.url));
            return Ok(Outcome::Wall { sign: sign.clone() });
        }
        let seen_at = answer.fetched_at;
        let known = &target.validators;
        let note = Note {
            source_id: Some(self.source.id.clone()),
            depth: Some(target.depth),
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
            301 | 302 | 303 | 307 | 308 => Ok(match redirect_target(&target.url, &answer) {
                Some(to) => Outcome::Redirect { to, status: answer.status },
                None => Outcome::Failed {
                    reason: format!("the redirect ({}) names no page address", answer.status),
                    retry_after: None,
                    retry: false,
                },
            }),
            status => Ok(Outcome::HttpError { status }),
        }
    }

    /// The robots.txt of an address's origin, at most a day old.
    async fn robots(&self, url: &Url) -> Result<Result<KnownRobots, Miss>, CrawlError> {
        let name = url.host_str().unwrap_or_default().trim_end_matches('.');
        let host = self.options.hosts.host(name);
        let origin = url.origin().ascii_serialization();
        // Held while robots.txt is fetched, so that several workers ask for it once.
        let mut known = host.robots.lock().await;
        let now = self.options.clock.now();
        if let Some(robots) = known.get(&origin)
            && robots.is_fresh(now)
        {
            return Ok(Ok(robots.clone()));
        }
        let (file, unreachable) = match self.fetch_robots(&origin).await? {
            Ok(Found::File(file)) => (file, None),
            Ok(Found::Unreachable(reason)) => (RobotsFile::disallow_all(), Some(reason)),
            Err(miss) => return Ok(Err(miss)),
        };
        let robots = KnownRobots { file: Arc::new(file), fetched_at: now, unreachable };
        known.insert(origin, robots.clone());
        Ok(Ok(robots))
    }

    /// Asks for robots.txt, through redirects. A miss: it was not asked for at all.
    async fn fetch_robots(&self, origin: &str) -> Result<Result<Found, Miss>, CrawlError> {
        let unreachable = |reason: String| Ok(Ok(Found::Unreachable(reason)));
        let mut address = format!("{origin}/robots.txt");
        for hop in 0..=ROBOTS_HOPS {
            let Ok(url) = Url::parse(&address) else {
                break;
            };
            let request = Request {
                url: &url,
                accept: ACCEPT_ANY,
                validators: &Validators::default(),
                limit: ROBOTS_BYTES,
                cut: true,
            };
            let answer = match self.ask(&request, None).await {
                Ok(answer) => answer,
                Err(miss @ Miss::Quiet(_)) => return Ok(Err(miss)),
                Err(miss @ Miss::Refused(_)) if hop == 0 => return Ok(Err(miss)),
                Err(miss) => return unreachable(reason_of(miss)),
            };
            match answer.status {
                200..300 => {
                    self.archive().write_exchange(&exchange(&address, &answer))?;
                    return Ok(Ok(Found::File(RobotsFile::parse(&answer.body))));
                }
                300..400 => match redirect_target(&address, &answer) {
                    Some(to) => address = to,
                    None => return unreachable("it is redirected to nowhere".to_owned()),
                },
                429 | 500.. => return unreachable(format!("the server answered {}", answer.status)),
                // 4xx: there is none, everything may be fetched (section 2.3.1.3).
                _ => return Ok(Ok(Found::File(RobotsFile::default()))),
            }
        }
        unreachable(format!("it is redirected more than {ROBOTS_HOPS} times"))
    }

    /// One sitemap file, or why it is passed over.
    async fn sitemap(&self, address: &str) -> Result<Result<Answer, String>, CrawlError> {
        let Ok(url) = Url::parse(address) else {
            return Ok(Err("not an address".to_owned()));
        };
        if !address::host_of(address).is_some_and(|host| self.hosts.contains(&host)) {
            return Ok(Err("it lies on a host that is not the source's".to_owned()));
        }
        let robots = match self.robots(&url).await? {
            Ok(robots) => robots,
            Err(miss) => return Ok(Err(reason_of(miss))),
        };
        if !robots.file.allowed(&self.token, address) {
            return Ok(Err("robots.txt does not allow it".to_owned()));
        }
        let request = Request {
            url: &url,
            accept: ACCEPT_ANY,
            validators: &Validators::default(),
            limit: sitemap::MAX_BYTES,
            cut: true,
        };
        let delay = robots.file.crawl_delay(&self.token);
        let answer = match self.ask(&request, delay).await {
            Ok(answer) => answer,
            Err(miss) => return Ok(Err(reason_of(miss))),
        };
        match answer.status {
            200 => {
                self.archive().write_exchange(&exchange(address, &answer))?;
                Ok(Ok(answer))
            }
            300..400 => Ok(Ok(answer)),
            status => Ok(Err(format!("the server answered {status}"))),
        }
    }

    fn archive(&self) -> MutexGuard<'_, Archive> {
        // A panic elsewhere leaves no half record, so the archive stays usable.
        self.options.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn exchange<'a>(url: &'a str, answer: &'a Answer) -> Exchange<'a> {
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

fn redirect_target(base: &str, answer: &Answer) -> Option<String> {
    address::canonical_url(base, answer.header("location")?)
}

fn outcome_of(miss: Miss) -> Outcome {
    match miss {
        Miss::Refused(reason) => Outcome::Refused { reason },
        Miss::Quiet(wait) => {
            Outcome::Failed { reason: reason_of(Miss::Quiet(wait)), retry_after: Some(wait), retry: true }
        }
        Miss::Host(reason, pause) => Outcome::Failed { reason, retry_after: Some(pause), retry: true },
        Miss::Page(reason) => Outcome::Failed { reason, retry_after: None, retry: false },
    }
}

fn reason_of(miss: Miss) -> String {
    match miss {
        Miss::Quiet(wait) => format!("the host is left alone for {} s more", wait.as_secs()),
        Miss::Refused(reason) | Miss::Host(reason, _) | Miss::Page(reason) => reason,
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
