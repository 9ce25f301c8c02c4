//! How an engine comes by robots.txt: from the cache, from other workers, or by asking (RFC 9309
//! section 2.3): 4xx allows everything, 5xx and silence close everything, five redirects, 500 KiB.

use crate::engine::{Engine, Miss, crawl_delay, exchange, outcome_of, reason_of, redirect_target};
use crate::fetch::Request;
use crate::host::{Group, Sent, lock};
use crate::lease::LeaseClock;
use crate::robots_cache::{Found, KnownRobots, RobotsNews};
use crate::{CrawlError, Outcome, address};
use model::Validators;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use url::{Position, Url};

/// Hops from robots.txt to what it is redirected to (section 2.3.1.2).
pub(crate) const ROBOTS_HOPS: usize = 5;
/// robots.txt is read to 500 KiB; one byte more tells that it was cut.
const ROBOTS_BYTES: u64 = 500 * 1024 + 1;

/// What asking gave: the file's bytes, or why everything is closed.
struct Fetched {
    body: Option<Vec<u8>>,
    unreachable: Option<String>,
}

impl Engine {
    /// Takes in a robots.txt that another worker fetched. To be called before the first visit to its
    /// origin; of several the newest counts, and none for longer than a day.
    pub fn know_robots(&self, known: &KnownRobots) {
        let Ok(url) = Url::parse(&known.origin) else { return };
        let group = self.options.hosts.group(self.group_name(&url));
        group.origin(&url[..Position::BeforePath]).take(known, self.options.clock.now());
    }

    /// The robots.txt files that were fetched for a group's origins since this was last asked, for the
    /// other workers, and the requests it took.
    pub fn robots_news(&self, group: &str) -> RobotsNews {
        let group = self.options.hosts.known_group(group);
        group.map(|group| std::mem::take(&mut *lock(&group.news))).unwrap_or_default()
    }

    /// The addresses of the sitemaps that the robots.txt files of the source's hosts name, as far as
    /// they are known: canonical, each once, in the sites' order. Empty when the source does not want
    /// sitemaps.
    pub fn robots_sitemaps(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.source().sitemaps {
            return found;
        }
        let starts = self.start.iter().filter_map(|url| address::host_of(url));
        let hosts: BTreeSet<String> = self.hosts.iter().cloned().chain(starts).collect();
        let mut seen = HashSet::new();
        for host in hosts {
            let Ok(url) = Url::parse(&format!("http://{host}/")) else { continue };
            let Some(group) = self.options.hosts.known_group(self.group_name(&url)) else { continue };
            for (name, origin) in group.origins() {
                if address::host_of(&name).as_ref() != Some(&host) {
                    continue;
                }
                for sitemap in origin.sitemaps() {
                    if let Some(url) = address::canonical_url(&sitemap, &sitemap)
                        && seen.insert(url.clone())
                    {
                        found.push(url);
                    }
                }
            }
        }
        found
    }

    /// Sees to it that the robots.txt of an address's origin is known, so that
    /// [`Engine::robots_sitemaps`] can tell what it names. The outcome that a visit there would have
    /// had for want of it, if it cannot be asked for now.
    ///
    /// # Errors
    /// As of [`Engine::visit`].
    pub async fn ask_robots(&self, url: &str, lease: &LeaseClock) -> Result<Option<Outcome>, CrawlError> {
        let refused = |reason: String| Ok(Some(Outcome::Refused { reason }));
        let url = match Url::parse(url) {
            Ok(url) => url,
            Err(error) => return refused(format!("not an address: {error}")),
        };
        if let Some(reason) = self.fetcher.guard().refusal(&url) {
            return refused(reason);
        }
        let group = self.options.hosts.group(self.group_name(&url));
        Ok(self.robots(&group, &url, lease).await?.err().map(outcome_of))
    }

    /// What the robots.txt of an address's origin says, at most a day old.
    pub(crate) async fn robots(
        &self,
        group: &Arc<Group>,
        url: &Url,
        lease: &LeaseClock,
    ) -> Result<Result<Found, Miss>, CrawlError> {
        let name = &url[..Position::BeforePath];
        let origin = group.origin(name);
        let clock = &self.options.clock;
        if let Some(found) = origin.found(&self.token, clock.now()) {
            return Ok(Ok(found));
        }
        // Held while robots.txt is asked for, so that several visits ask for it once. Whoever holds it
        // gives up by the end of a lease.
        let _asking = origin.asking.lock().await;
        if let Some(found) = origin.found(&self.token, clock.now()) {
            return Ok(Ok(found));
        }
        let mut sent = Sent::of(group);
        let fetched = self.fetch_robots(name, lease, &mut sent.requests).await;
        drop(sent);
        let Fetched { body, unreachable } = match fetched? {
            Ok(fetched) => fetched,
            Err(miss) => return Ok(Err(miss)),
        };
        let now = clock.now();
        let known = KnownRobots { origin: name.to_owned(), fetched_at: now, body, unreachable };
        origin.take(&known, now);
        let found = origin.found(&self.token, now);
        let delay = found.as_ref().and_then(|found| found.rules.crawl_delay());
        group.learn(known, crawl_delay(delay));
        Ok(found.ok_or_else(|| Miss::Page("robots.txt was forgotten at once".to_owned())))
    }

    /// Asks for robots.txt, through redirects. A miss: it was not asked for at all.
    async fn fetch_robots(
        &self,
        origin: &str,
        lease: &LeaseClock,
        requests: &mut u32,
    ) -> Result<Result<Fetched, Miss>, CrawlError> {
        let unreachable = |reason: String| Ok(Ok(Fetched { body: None, unreachable: Some(reason) }));
        let mut address = format!("{origin}/robots.txt");
        for hop in 0..=ROBOTS_HOPS {
            let Ok(url) = Url::parse(&address) else {
                break;
            };
            if let Some(reason) = self.fetcher.guard().refusal(&url) {
                return unreachable(reason);
            }
            let request = Request {
                url: &url,
                accept: crate::engine::ACCEPT_ANY,
                validators: &Validators::default(),
                limit: ROBOTS_BYTES,
                cut: true,
            };
            let group = self.options.hosts.group(self.group_name(&url));
            let asked = self.ask(&group, &request, None, lease, requests, false).await;
            let (answer, _took) = match asked {
                Ok(answer) => answer,
                Err(miss @ (Miss::LeaseOver | Miss::Wall(_))) => return Ok(Err(miss)),
                Err(miss @ (Miss::Refused(_) | Miss::Resting(_))) if hop == 0 => return Ok(Err(miss)),
                Err(miss) => return unreachable(reason_of(miss)),
            };
            match answer.status {
                200..300 => {
                    self.archive().write_exchange(&exchange(&address, &answer))?;
                    return Ok(Ok(Fetched { body: Some(answer.body), unreachable: None }));
                }
                300..400 => match redirect_target(&address, &answer) {
                    Some(to) => address = to,
                    None => return unreachable("it is redirected to nowhere".to_owned()),
                },
                429 | 500.. => return unreachable(format!("the server answered {}", answer.status)),
                // 4xx: there is none, everything may be fetched (section 2.3.1.3).
                _ => return Ok(Ok(Fetched { body: None, unreachable: None })),
            }
        }
        unreachable(format!("it is redirected more than {ROBOTS_HOPS} times"))
    }
}
