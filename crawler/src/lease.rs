//! How long a lease on a host still runs, by clocks of this machine alone, and how many requests may
//! still be sent under it. Whoever holds a lease must
//! not send anything after its end, since somebody else may be sending by then; a database can refuse
//! what is written too late, but not what was sent too late.
//!
//! Not here: who gets a lease, and for how long. That is the frontier's.

use chrono::{DateTime, Utc};
use model::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Measures a lease from before it was asked for, so that it ends here no later than where it was
/// given, whatever the difference between the two machines' clocks. The monotonic clock decides; the
/// clock on the wall is a second guard, since the first one stands still while a machine is suspended.
#[derive(Clone)]
pub struct LeaseClock {
    started: Instant,
    wall: Option<(Arc<dyn Clock>, DateTime<Utc>)>,
    /// `None`: no end.
    length: Option<Duration>,
    /// Requests that may still be sent; `None`: as many as there are. Shared by all copies.
    requests: Option<Arc<AtomicU64>>,
}

impl LeaseClock {
    /// Starts the clock of a lease of that length. To be called BEFORE the lease is asked for.
    pub fn start(length: Duration) -> LeaseClock {
        LeaseClock::start_by(length, Arc::new(SystemClock))
    }

    /// The same with a clock on the wall of one's own: for tests, and for demos whose time stands still.
    pub fn start_by(length: Duration, wall: Arc<dyn Clock>) -> LeaseClock {
        let at = wall.now();
        LeaseClock { started: Instant::now(), wall: Some((wall, at)), length: Some(length), requests: None }
    }

    /// A clock that never ends: where nobody else can be asking, as for a single page asked by hand.
    pub fn unlimited() -> LeaseClock {
        LeaseClock { started: Instant::now(), wall: None, length: None, requests: None }
    }

    /// The same lease, under which no more than so many requests are sent: once they are, it is over.
    pub fn with_requests(self, requests: Option<u64>) -> LeaseClock {
        LeaseClock { requests: requests.map(|n| Arc::new(AtomicU64::new(n))), ..self }
    }

    /// Takes one of the requests, to send it or because it will not be needed. `false`: none is left.
    pub fn take_request(&self) -> bool {
        let Some(left) = &self.requests else { return true };
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
    }

    /// Gives one back that was taken and not sent.
    pub(crate) fn put_request_back(&self) {
        if let Some(left) = &self.requests {
            left.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is left by the clock that has gone further; zero once the lease is over.
    pub fn left(&self) -> Duration {
        let Some(length) = self.length else {
            return Duration::MAX;
        };
        let by_wall = self.wall.as_ref().map_or(Duration::ZERO, |(clock, started)| {
            // A wall clock that was set back says nothing.
            (clock.now() - *started).to_std().unwrap_or_default()
        });
        length.saturating_sub(self.started.elapsed().max(by_wall))
    }

    /// Whether a request that takes `timeout` at most would end within the lease.
    pub fn allows(&self, timeout: Duration) -> bool {
        self.left() >= timeout
    }

    /// The last moment at which such a request may begin; `None`: there is no end.
    pub(crate) fn last_send(&self, timeout: Duration) -> Option<Instant> {
        self.length?;
        Some(Instant::now() + self.left().saturating_sub(timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Wall(Mutex<DateTime<Utc>>);

    impl Clock for Wall {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_that_went_further_decides() {
        let noon: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let wall = Arc::new(Wall(Mutex::new(noon)));
        let lease = LeaseClock::start_by(seconds(100), wall.clone());
        assert!(lease.allows(seconds(100)) && !lease.allows(seconds(101)));
        tokio::time::advance(seconds(40)).await;
        assert_eq!(lease.left(), seconds(60));
        // A machine that was suspended: only the clock on the wall went on.
        *wall.0.lock().unwrap() = noon + chrono::TimeDelta::seconds(75);
        assert_eq!(lease.left(), seconds(25));
        assert!(lease.allows(seconds(25)) && !lease.allows(seconds(26)));
        // One that was set back.
        *wall.0.lock().unwrap() = noon - chrono::TimeDelta::days(1);
        assert_eq!(lease.left(), seconds(60));
        tokio::time::advance(seconds(70)).await;
        assert_eq!(lease.left(), Duration::ZERO);
        assert!(LeaseClock::unlimited().allows(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn so_many_requests_and_no_more() {
        let lease = LeaseClock::unlimited().with_requests(Some(2));
        let copy = lease.clone();
        assert!(lease.take_request() && copy.take_request() && !lease.take_request());
        copy.put_request_back();
        assert!(lease.take_request() && !copy.take_request());
        assert!(!LeaseClock::unlimited().with_requests(Some(0)).take_request());
        assert!(LeaseClock::unlimited().with_requests(None).take_request());
    }
}
