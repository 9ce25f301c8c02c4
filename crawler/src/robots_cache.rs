//! What is known of robots.txt files, and for how long it may be used. Reading one is
//! [`crate::robots`]'s, asking for it [`crate::robots_asking`]'s.

use crate::host::lock;
use crate::robots::{RobotsFile, Rules};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A file is used for at most a day (RFC 9309 section 2.4).
const DAY: TimeDelta = TimeDelta::hours(24);
/// One that could not be had is asked for again after this, and after twice as long each time up to a
/// day. Everything stays closed until it can be had, however long that takes: the RFC would allow to
/// take 30 days of it for a missing file, but a price base can do without a site that is down.
const FIRST_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// A robots.txt as it was fetched, to be shared among workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRobots {
    /// Scheme, host and port: `https://shop.example`.
    pub origin: String,
    /// When.
    pub fetched_at: DateTime<Utc>,
    /// Its bytes, at most 500 KiB; `None`: there is none (4xx), everything is allowed.
    pub body: Option<Vec<u8>>,
    /// Why it could not be had; everything is disallowed then.
    pub unreachable: Option<String>,
}

/// What was fetched since somebody last asked for the news.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RobotsNews {
    /// The files.
    pub files: Vec<KnownRobots>,
    /// Requests sent for them, redirects and failures included, and those of visits that were given up
    /// before their answer came.
    pub requests: u32,
}

/// The robots.txt of one origin.
#[derive(Default)]
pub(crate) struct Origin {
    /// Held while it is asked for, so that several visits ask for it once.
    pub(crate) asking: tokio::sync::Mutex<()>,
    known: Mutex<Option<Known>>,
}

struct Known {
    file: RobotsFile,
    fetched_at: DateTime<Utc>,
    unreachable: Option<Arc<str>>,
    /// How long it is good for.
    keeps: TimeDelta,
    /// What it says to each agent that asked; nearly always one.
    rules: Vec<(String, Arc<Rules>)>,
}

/// What a robots.txt says to an agent.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) rules: Arc<Rules>,
    /// Why it could not be had, and when it will be asked for again: the rules close everything.
    pub(crate) unreachable: Option<(Arc<str>, Duration)>,
}

impl Origin {
    /// What is known, while it may be used.
    pub(crate) fn found(&self, token: &str, now: DateTime<Utc>) -> Option<Found> {
        let mut known = lock(&self.known);
        let known = known.as_mut()?;
        let age = now - known.fetched_at;
        // A clock that was set back leaves files that seem to come from the future.
        if age < TimeDelta::zero() || age >= known.keeps {
            return None;
        }
        let rules = match known.rules.iter().find(|(agent, _)| agent == token) {
            Some((_, rules)) => rules.clone(),
            None => {
                let rules = Arc::new(known.file.rules_for(token));
                known.rules.push((token.to_owned(), rules.clone()));
                rules
            }
        };
        let again = (known.keeps - age).to_std().unwrap_or_default();
        let unreachable = known.unreachable.clone().map(|reason| (reason, again));
        Some(Found { rules, unreachable })
    }

    /// Takes a file in, unless it or a newer one is known. `fetched_at` by another machine's clock may
    /// lie ahead of ours; it is kept no longer for that.
    pub(crate) fn take(&self, new: &KnownRobots, now: DateTime<Utc>) {
        let fetched_at = new.fetched_at.min(now);
        let mut known = lock(&self.known);
        let old = known.as_ref().filter(|old| old.fetched_at <= now);
        if old.is_some_and(|old| old.fetched_at >= fetched_at) {
            return;
        }
        let (file, keeps) = match (&new.unreachable, &new.body) {
            (Some(_), _) => {
                let before = old.filter(|old| old.unreachable.is_some());
                let keeps = before.map_or(FIRST_AGAIN, |old| (old.keeps * 2).min(DAY));
                (RobotsFile::disallow_all(), keeps)
            }
            (None, Some(body)) => (RobotsFile::parse(body), DAY),
            (None, None) => (RobotsFile::default(), DAY),
        };
        let unreachable = new.unreachable.as_deref().map(Arc::from);
        *known = Some(Known { file, fetched_at, unreachable, keeps, rules: Vec::new() });
    }

    /// The sitemaps it names, as written.
    pub(crate) fn sitemaps(&self) -> Vec<String> {
        lock(&self.known).as_ref().map(|known| known.file.sitemaps().to_vec()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn robots(fetched_at: &str, body: Option<&str>, unreachable: Option<&str>) -> KnownRobots {
        KnownRobots {
            origin: "http://a".to_owned(),
            fetched_at: at(fetched_at),
            body: body.map(|body| body.as_bytes().to_vec()),
            unreachable: unreachable.map(str::to_owned),
        }
    }

    #[test]
    fn files_are_kept_for_a_day_and_the_newer_one_counts() {
        let origin = Origin::default();
        let now = at("2026-03-01T12:00:00Z");
        assert!(origin.found("t", now).is_none());
        origin.take(&robots("2026-03-01T12:00:00Z", Some("User-agent: *\nDisallow: /a\n"), None), now);
        let allows = |moment: &str, path: &str| origin.found("t", at(moment)).map(|f| f.rules.allowed(path));
        assert_eq!(allows("2026-03-02T11:59:59Z", "http://a/a"), Some(false));
        assert_eq!(allows("2026-03-02T12:00:00Z", "http://a/a"), None);
        assert_eq!(allows("2026-03-01T11:59:59Z", "http://a/a"), None);
        // An older one from elsewhere changes nothing, a newer one does.
        origin.take(&robots("2026-03-01T11:00:00Z", None, None), now);
        assert_eq!(allows("2026-03-01T12:00:00Z", "http://a/a"), Some(false));
        let later = at("2026-03-01T13:00:00Z");
        // Its clock is ahead: it counts from now on, not from then.
        origin.take(&robots("2026-03-05T00:00:00Z", None, None), later);
        assert_eq!(allows("2026-03-02T12:59:59Z", "http://a/a"), Some(true));
        assert_eq!(allows("2026-03-02T13:00:00Z", "http://a/a"), None);
    }

    #[test]
    fn one_that_cannot_be_had_is_asked_for_less_and_less_often() {
        let origin = Origin::default();
        let mut now = at("2026-03-01T12:00:00Z");
        let mut waits = Vec::new();
        for _ in 0..10 {
            origin.take(&robots(&now.to_rfc3339(), None, Some("503")), now);
            // Told again by another worker.
            origin.take(&robots(&now.to_rfc3339(), None, Some("503")), now);
            let found = origin.found("t", now).unwrap();
            assert!(!found.rules.allowed("http://a/"));
            let (_, wait) = found.unreachable.unwrap();
            waits.push(wait.as_secs() / 60);
            now += TimeDelta::from_std(wait).unwrap();
            assert!(origin.found("t", now).is_none());
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
        origin.take(&robots(&now.to_rfc3339(), None, None), now);
        assert!(origin.found("t", now).unwrap().unreachable.is_none());
    }
}
