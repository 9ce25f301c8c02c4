//! One host: its pace, one request at a time, and the robots.txt it was last seen with.
//!
//! Pace can only become slower: by the longest of the sources' paces and Crawl-delay, by
//! Retry-After and by growing pauses after failures. Nothing a host answers makes it faster than
//! what was configured. Time is tokio's, so that tests can hold it still.

use crate::robots::RobotsFile;
use chrono::{DateTime, Utc};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The first pause after a failure is at least this; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Pauses of our own choosing end here; what a server asks for may be longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A server that asks for more is left alone this long, then asked again.
const LONGEST_QUIET: Duration = Duration::from_secs(7 * 24 * 3600);

/// The hosts a process talks to. Engines that share one never ask a host faster together than
/// the slowest of them would alone.
#[derive(Clone, Default)]
pub struct Hosts {
    hosts: Arc<Mutex<HashMap<String, Arc<Host>>>>,
}

impl Hosts {
    /// The host of that name (lower case, without port: ports of one machine share its pace).
    pub(crate) fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        match hosts.get(name) {
            Some(host) => host.clone(),
            None => hosts.entry(name.to_owned()).or_default().clone(),
        }
    }
}

/// One host. A lock is held only while a request waits or runs (`turn`) or while robots.txt is
/// looked up (`robots`), and nobody holding a turn waits for another lock.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) turn: tokio::sync::Mutex<Turn>,
    /// By origin: scheme and port have their own robots.txt (RFC 9309 section 2.3).
    pub(crate) robots: tokio::sync::Mutex<HashMap<String, KnownRobots>>,
}

/// A robots.txt as it was last fetched.
#[derive(Clone)]
pub(crate) struct KnownRobots {
    pub(crate) file: Arc<RobotsFile>,
    pub(crate) fetched_at: DateTime<Utc>,
    /// Why it could not be had; the file then disallows everything.
    pub(crate) unreachable: Option<String>,
}

impl KnownRobots {
    /// At most a day (RFC 9309 section 2.4); one that could not be had is asked for again after
    /// ten minutes.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let minutes = match self.unreachable {
            None => 24 * 60,
            Some(_) => 10,
        };
        let age = now - self.fetched_at;
        age >= chrono::TimeDelta::zero() && age < chrono::TimeDelta::minutes(minutes)
    }
}

/// The right to send the next request to a host.
#[derive(Default)]
pub(crate) struct Turn {
    delay: Duration,
    limiter: Option<Limiter>,
    /// Nothing is sent before this moment, whatever the pace says.
    not_before: Option<Instant>,
    failures: u32,
    /// Whether anything was sent yet.
    asked: bool,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// Tokio's clock for governor.
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Turn {
    /// Sees to at least this much time between two requests.
    pub(crate) fn slow_to(&mut self, delay: Duration) {
        if delay <= self.delay {
            return;
        }
        let Some(quota) = Quota::with_period(delay) else {
            return;
        };
        let limiter = RateLimiter::direct_with_clock(quota, TokioClock(Instant::now()));
        if self.asked {
            // The new pace counts from now, not from a fresh start.
            let _ = limiter.check();
        }
        self.limiter = Some(limiter);
        self.delay = delay;
    }

    /// Waits until the next request may be sent and takes it. A wait above `max_wait` is not
    /// waited for but given back.
    pub(crate) async fn ready(&mut self, max_wait: Duration) -> Result<(), Duration> {
        self.asked = true;
        if let Some(moment) = self.not_before {
            let wait = moment.saturating_duration_since(Instant::now());
            if wait > max_wait {
                return Err(wait);
            }
            tokio::time::sleep_until(moment).await;
        }
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        while let Err(not_until) = limiter.check() {
            let wait = not_until.wait_time_from(limiter.clock().now());
            // The usual pace is always waited for; only what the host asked for can be longer.
            if wait > max_wait.max(self.delay) {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// The host answered as it should.
    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The host failed, or asked for quiet. How long it is left alone now.
    pub(crate) fn failed(&mut self, retry_after: Option<Duration>) -> Duration {
        let growth = 1u32 << self.failures.min(16);
        self.failures += 1;
        let pause = self.delay.max(FIRST_PAUSE).saturating_mul(growth);
        let pause = pause.min(LONGEST_PAUSE.max(self.delay));
        let asked = retry_after.unwrap_or_default().min(LONGEST_QUIET);
        let pause = pause.max(asked);
        let moment = Instant::now() + pause;
        self.not_before = Some(self.not_before.map_or(moment, |known| known.max(moment)));
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::from_secs(1_000_000);

    fn seconds(n: f64) -> Duration {
        Duration::from_secs_f64(n)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_keep_the_delay_and_the_longer_one_prevails() {
        let mut turn = Turn::default();
        turn.slow_to(seconds(2.0));
        let start = Instant::now();
        let mut sent = Vec::new();
        for n in 0..5 {
            turn.ready(NEVER).await.unwrap();
            sent.push(start.elapsed().as_secs_f64().round());
            match n {
                1 => turn.slow_to(seconds(5.0)),
                2 => turn.slow_to(seconds(1.0)),
                _ => {}
            }
        }
        assert_eq!(sent, [0.0, 2.0, 7.0, 12.0, 17.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_only_ever_slow_down() {
        let mut turn = Turn::default();
        turn.slow_to(seconds(0.5));
        let pauses: Vec<f64> = (0..12).map(|_| turn.failed(None).as_secs_f64()).collect();
        assert_eq!(pauses[..4], [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(pauses[11], 600.0);
        turn.succeeded();
        assert_eq!(turn.failed(None), seconds(1.0));
        // An earlier, longer promise stands.
        let start = Instant::now();
        turn.ready(NEVER).await.unwrap();
        assert!(start.elapsed() >= seconds(600.0));
        turn.ready(NEVER).await.unwrap();
        assert!(start.elapsed() >= seconds(600.5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_quiet_time_is_given_back_and_kept() {
        let mut turn = Turn::default();
        turn.slow_to(seconds(1.0));
        assert_eq!(turn.failed(Some(seconds(3600.0))), seconds(3600.0));
        assert_eq!(Turn::default().failed(Some(Duration::MAX)), LONGEST_QUIET);
        assert_eq!(turn.ready(seconds(60.0)).await, Err(seconds(3600.0)));
        tokio::time::advance(seconds(3595.0)).await;
        let start = Instant::now();
        turn.ready(seconds(60.0)).await.unwrap();
        assert!(start.elapsed() >= seconds(5.0));
    }

    #[test]
    fn robots_are_kept_for_a_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let mut known =
            KnownRobots { file: Arc::default(), fetched_at: at("2026-03-01T12:00:00Z"), unreachable: None };
        assert!(known.is_fresh(at("2026-03-02T11:59:59Z")));
        assert!(!known.is_fresh(at("2026-03-02T12:00:00Z")));
        assert!(!known.is_fresh(at("2026-03-01T11:59:59Z")));
        known.unreachable = Some("503".to_owned());
        assert!(!known.is_fresh(at("2026-03-01T12:10:00Z")));
    }
}
