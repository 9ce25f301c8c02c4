//! The frontier's clock: moments by which leases run and hosts rest, the same for every worker on one
//! database. Not the clock of records: those bear the moment the pipeline's own clock gives.

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A reading of the wall clock this far ahead of what the monotonic one carried on is a jump.
const JUMP: TimeDelta = TimeDelta::seconds(1);
/// The database's clock is asked at least this often.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// A clock that never stands still and never goes back: a moment of the database's clock, carried on by
/// the monotonic one, and corrected between leases ([`FrontierClock::strayed`]). Not between them: a
/// wall clock that is wrong for a minute would have hosts rest for a year.
#[derive(Clone)]
pub(super) struct FrontierClock {
    wall: Arc<dyn Clock>,
    read: Arc<Mutex<Reading>>,
}

#[derive(Clone, Copy)]
struct Reading {
    offset: TimeDelta,
    at: DateTime<Utc>,
    taken: Instant,
}

impl Reading {
    fn carried(&self) -> DateTime<Utc> {
        self.at + TimeDelta::from_std(self.taken.elapsed()).unwrap_or(TimeDelta::zero())
    }
}

impl FrontierClock {
    /// `offset`: what [`store::Frontier::clock_offset`] says.
    pub fn start(wall: Arc<dyn Clock>, offset: TimeDelta) -> FrontierClock {
        let read = Reading { offset, at: wall.now() + offset, taken: Instant::now() };
        FrontierClock { wall, read: Arc::new(Mutex::new(read)) }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.read().carried()
    }

    /// What the wall clock says that the offset is to be asked for by, where that is to be done: the
    /// machine was suspended (its monotonic clock stood still, the wall clock did not), its wall clock
    /// was set, or it is a while ago.
    pub fn strayed(&self) -> Option<DateTime<Utc>> {
        let (wall, read) = (self.wall.now(), *self.read());
        let ahead = wall + read.offset - read.carried();
        (ahead > JUMP || read.taken.elapsed() >= ASK_EVERY).then_some(wall)
    }

    /// Takes a new offset in, the one at `wall`. Never goes back for it.
    pub fn correct(&self, wall: DateTime<Utc>, offset: TimeDelta) {
        let mut read = self.read();
        *read = Reading { offset, at: read.carried().max(wall + offset), taken: Instant::now() };
    }

    fn read(&self) -> MutexGuard<'_, Reading> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FixedClock;

    struct Settable(Mutex<DateTime<Utc>>);

    impl Clock for Settable {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_runs_on_where_the_wall_clock_stands_or_is_set() {
        let noon: DateTime<Utc> = "2026-09-01T12:00:00Z".parse().unwrap();
        let standing = FrontierClock::start(Arc::new(FixedClock(noon)), TimeDelta::zero());
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(standing.now(), noon + TimeDelta::seconds(5));
        assert_eq!(standing.strayed(), None);

        let wall = Arc::new(Settable(Mutex::new(noon)));
        let clock = FrontierClock::start(Arc::clone(&wall) as Arc<dyn Clock>, TimeDelta::seconds(2));
        assert_eq!((clock.now(), clock.strayed()), (noon + TimeDelta::seconds(2), None));
        // Set wrongly: another machine's leases do not end for that.
        let wrong = noon + TimeDelta::hours(1);
        *wall.0.lock().unwrap() = wrong;
        assert_eq!((clock.now(), clock.strayed()), (noon + TimeDelta::seconds(2), Some(wrong)));
        clock.correct(wrong, TimeDelta::seconds(2) - TimeDelta::hours(1));
        assert_eq!((clock.now(), clock.strayed()), (noon + TimeDelta::seconds(2), None));
        // Set back: it carries on.
        *wall.0.lock().unwrap() = noon - TimeDelta::hours(1);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!((clock.now(), clock.strayed()), (noon + TimeDelta::seconds(7), None));
        tokio::time::advance(ASK_EVERY).await;
        assert_eq!(clock.strayed(), Some(noon - TimeDelta::hours(1)));
        clock.correct(noon - TimeDelta::hours(1), TimeDelta::zero());
        assert_eq!(clock.now(), noon + TimeDelta::seconds(67), "never back");
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_when_the_machine_was_suspended() {
        let noon: DateTime<Utc> = "2026-09-01T12:00:00Z".parse().unwrap();
        let wall = Arc::new(Settable(Mutex::new(noon)));
        let clock = FrontierClock::start(Arc::clone(&wall) as Arc<dyn Clock>, TimeDelta::zero());
        let woken = noon + TimeDelta::hours(1);
        *wall.0.lock().unwrap() = woken;
        assert_eq!(clock.strayed(), Some(woken));
        clock.correct(woken, TimeDelta::zero());
        assert_eq!(clock.now(), woken);
    }
}
