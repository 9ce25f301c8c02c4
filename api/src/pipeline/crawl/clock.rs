//! The frontier's clock: moments by which leases run and hosts rest, the same for every worker on one
//! database. Not the clock of records: those bear the moment the pipeline's own clock gives.

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use std::sync::Arc;
use tokio::time::Instant;

/// A clock that never stands still and never goes back: the wall clock, corrected by how far the
/// database's is ahead of it, and carried on by the monotonic one where the wall clock lags (a demo's
/// clock stands still; a machine's may be set back).
#[derive(Clone)]
pub(super) struct FrontierClock {
    wall: Arc<dyn Clock>,
    offset: TimeDelta,
    base: DateTime<Utc>,
    started: Instant,
}

impl FrontierClock {
    /// `offset`: what [`store::Frontier::clock_offset`] says.
    pub fn start(wall: Arc<dyn Clock>, offset: TimeDelta) -> FrontierClock {
        let base = wall.now() + offset;
        FrontierClock { wall, offset, base, started: Instant::now() }
    }

    pub fn now(&self) -> DateTime<Utc> {
        let carried = TimeDelta::from_std(self.started.elapsed()).unwrap_or(TimeDelta::zero());
        // A machine that was suspended: its monotonic clock stood still, the wall clock did not.
        (self.base + carried).max(self.wall.now() + self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FixedClock;
    use std::sync::Mutex;
    use std::time::Duration;

    struct Settable(Mutex<DateTime<Utc>>);

    impl Clock for Settable {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_runs_on_where_the_wall_clock_stands_and_follows_where_it_jumps_ahead() {
        let noon: DateTime<Utc> = "2026-09-01T12:00:00Z".parse().unwrap();
        let standing = FrontierClock::start(Arc::new(FixedClock(noon)), TimeDelta::zero());
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(standing.now(), noon + TimeDelta::seconds(5));

        let wall = Arc::new(Settable(Mutex::new(noon)));
        let clock = FrontierClock::start(Arc::clone(&wall) as Arc<dyn Clock>, TimeDelta::seconds(2));
        assert_eq!(clock.now(), noon + TimeDelta::seconds(2));
        *wall.0.lock().unwrap() = noon + TimeDelta::hours(1);
        assert_eq!(clock.now(), noon + TimeDelta::hours(1) + TimeDelta::seconds(2));
        *wall.0.lock().unwrap() = noon - TimeDelta::hours(1);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(clock.now(), noon + TimeDelta::seconds(7));
    }
}
