//! The hosts a process talks to: whose turn it is, and with what pace. A group is a host, or the
//! hosts of a registrable domain where a source says that they share one pace.
//!
//! Here is the waiting; the reckoning is [`crate::pace`]'s. Time is tokio's, so that tests can hold it
//! still.

use crate::lease::LeaseClock;
use crate::pace::{Go, Manner, Pace};
use crate::robots_cache::{KnownRobots, Origin, RobotsNews};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// More groups than this are not kept in memory: those that nobody holds and that have rested are
/// forgotten. The frontier remembers them.
const MOST_GROUPS: usize = 10_000;

/// What one worker leaves the next about a host's pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostPace {
    /// Until the next request may begin, from now on.
    pub rest: Duration,
    /// Between the beginnings of two requests, as last held; zero: nothing was sent yet.
    pub delay: Duration,
    /// Failures in a row.
    pub failures: u32,
    /// What the host's answers took of late, smoothed; zero: not known.
    pub latency: Duration,
}

/// The hosts a process talks to. Engines that share one never ask a host faster together than the
/// slowest of them would alone.
#[derive(Clone, Default)]
pub struct Hosts {
    groups: Arc<Mutex<HashMap<String, Arc<Group>>>>,
}

impl Hosts {
    /// A lease on a group ([`crate::Engine::group_of`]) begins, and this is how the worker before left
    /// it. What this process knows itself is combined with it to the slower of both.
    pub fn take_up(&self, group: &str, pace: HostPace) {
        let group = self.group(group);
        group.pace().take_up(&pace, Instant::now());
        // What was learned in an earlier lease was told at its end.
        std::pin::pin!(group.learned.notified()).as_mut().enable();
    }

    /// The lease ends: what the next worker has to keep to. `rest` holds the delay after the last
    /// request and every pause the host was promised.
    pub fn leave(&self, group: &str) -> HostPace {
        self.group(group).pace().leave(Instant::now())
    }

    /// What a worker would have to know now, if this one died: as [`Hosts::leave`], while the lease goes
    /// on.
    pub fn state(&self, group: &str) -> HostPace {
        self.group(group).pace().left(Instant::now())
    }

    /// Returns when something was learned of a group that its next worker would miss if this one died:
    /// a pause it has earned, a robots.txt. What was learned before is not forgotten.
    pub async fn learned(&self, group: &str) {
        let group = self.group(group);
        group.learned.notified().await;
    }

    /// The group of that name (lower case, without port: ports of one machine share its pace).
    pub(crate) fn group(&self, name: &str) -> Arc<Group> {
        let mut groups = lock(&self.groups);
        if let Some(group) = groups.get(name) {
            return group.clone();
        }
        if groups.len() >= MOST_GROUPS {
            let now = Instant::now();
            groups.retain(|_, group| Arc::strong_count(group) > 1 || !group.pace().is_idle(now));
        }
        groups.entry(name.to_owned()).or_default().clone()
    }

    /// The group, where it is known.
    pub(crate) fn known_group(&self, name: &str) -> Option<Arc<Group>> {
        lock(&self.groups).get(name).cloned()
    }
}

/// One host, or the hosts of one domain.
#[derive(Default)]
pub(crate) struct Group {
    pace: Mutex<Pace>,
    /// Those who wait, in their order; only the first looks at the pace.
    queue: tokio::sync::Mutex<()>,
    /// A request is over.
    freed: Notify,
    /// See [`Hosts::learned`].
    learned: Notify,
    /// By scheme, host and port, which have their own robots.txt (RFC 9309 section 2.3).
    origins: Mutex<BTreeMap<String, Arc<Origin>>>,
    pub(crate) news: Mutex<RobotsNews>,
}

/// Why a request does not begin.
#[derive(Debug, PartialEq)]
pub(crate) enum NotNow {
    /// Its turn would come too late for the lease.
    LeaseOver,
    /// The host wants to be left alone for longer than anybody waits.
    Resting(Duration),
}

/// How long somebody waits for a turn.
pub(crate) struct Patience<'a> {
    pub(crate) lease: &'a LeaseClock,
    /// The longest that a request can take.
    pub(crate) timeout: Duration,
    /// Longer pauses are not waited for.
    pub(crate) max_wait: Duration,
}

impl Group {
    /// Waits for the turn of the next request and takes it. When this returns a [`Turn`], the request
    /// is to be sent at once.
    pub(crate) async fn turn(&self, manner: &Manner, patience: &Patience<'_>) -> Result<Turn<'_>, NotNow> {
        let end = patience.lease.last_send(patience.timeout);
        let queued = until(end, self.queue.lock()).await;
        let _first = queued.ok_or(NotNow::LeaseOver)?;
        loop {
            // Asked anew each time: a machine may have slept while this one waited.
            if !patience.lease.allows(patience.timeout) {
                return Err(NotNow::LeaseOver);
            }
            let now = Instant::now();
            let (go, usual) = {
                let mut pace = self.pace();
                let go = pace.check(manner, now);
                if go == Go::Now {
                    pace.begin(manner, now);
                    return Ok(Turn { group: self, begun: now });
                }
                (go, pace.usual_wait())
            };
            match go {
                Go::Now => {}
                Go::Full => until(end, self.freed.notified()).await.ok_or(NotNow::LeaseOver)?,
                Go::At(moment) if end.is_some_and(|end| moment > end) => return Err(NotNow::LeaseOver),
                Go::At(moment) => tokio::time::sleep_until(moment).await,
                Go::Quiet(moment) => {
                    let wait = moment.saturating_duration_since(now);
                    if wait > patience.max_wait.max(usual) || end.is_some_and(|end| moment > end) {
                        return Err(NotNow::Resting(wait));
                    }
                    tokio::time::sleep_until(moment).await;
                }
            }
        }
    }

    /// Takes note of a robots.txt that was asked for, and of the delay it wants.
    pub(crate) fn learn(&self, known: KnownRobots, delay: Duration) {
        self.pace().slow_to(delay);
        lock(&self.news).files.push(known);
        self.learned.notify_one();
    }

    /// What is known of an origin's robots.txt.
    pub(crate) fn origin(&self, name: &str) -> Arc<Origin> {
        let mut origins = lock(&self.origins);
        match origins.get(name) {
            Some(origin) => origin.clone(),
            None => origins.entry(name.to_owned()).or_default().clone(),
        }
    }

    /// All origins, by name.
    pub(crate) fn origins(&self) -> Vec<(String, Arc<Origin>)> {
        lock(&self.origins).iter().map(|(name, origin)| (name.clone(), origin.clone())).collect()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        lock(&self.pace)
    }
}

/// One request under way; over when dropped, whatever came of it.
pub(crate) struct Turn<'a> {
    group: &'a Group,
    begun: Instant,
}

impl Turn<'_> {
    /// How long it has been under way.
    pub(crate) fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The host answered. `good`: with a page, so that the time it took tells how it does; `None`
    /// where that tells nothing (robots.txt, sitemaps).
    pub(crate) fn answered(&self, good: Option<bool>) {
        let took = self.took();
        let mut pace = self.group.pace();
        pace.answered(self.begun);
        if let Some(good) = good {
            pace.took(took, good);
        }
    }

    /// The host failed. How long it is left alone now.
    pub(crate) fn failed(&self, retry_after: Option<Duration>, jitter: f64) -> Duration {
        let pause = self.group.pace().failed(self.begun, Instant::now(), retry_after, jitter);
        self.group.learned.notify_one();
        pause
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.group.pace().end();
        self.group.freed.notify_one();
    }
}

/// Requests that are sent for a group and not told to anybody yet. What is left when this is dropped,
/// because nobody waits for the answer any more, is told with the group's news: it was sent, and counts.
pub(crate) struct Sent<'a> {
    group: &'a Group,
    pub(crate) requests: u32,
}

impl Sent<'_> {
    pub(crate) fn of(group: &Group) -> Sent<'_> {
        Sent { group, requests: 0 }
    }
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        lock(&self.group.news).requests += self.requests;
    }
}

/// `None` when the moment comes first.
async fn until<F: Future>(end: Option<Instant>, waited_for: F) -> Option<F::Output> {
    match end {
        Some(end) => tokio::time::timeout_at(end, waited_for).await.ok(),
        None => Some(waited_for.await),
    }
}

/// Nothing that is locked here is left half changed by a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "host_tests.rs"]
mod tests;
