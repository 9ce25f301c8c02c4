//! Time as a parameter: whoever needs the present moment is given a [`Clock`].

use chrono::{DateTime, NaiveDate, Utc};

/// Tells the present moment. Reports, tests and the demo run on a [`FixedClock`].
pub trait Clock: Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> DateTime<Utc>;
    /// The present day, UTC.
    fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl FixedClock {
    /// Noon (UTC) of a day.
    pub fn noon(day: NaiveDate) -> Self {
        FixedClock(day.and_time(chrono::NaiveTime::MIN).and_utc() + chrono::TimeDelta::hours(12))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
