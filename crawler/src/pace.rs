//! The pace of one host, or of the hosts that share one: when the next request may begin.
//!
//! It can only become slower than configured: by Crawl-delay, by slow answers, by Retry-After and by
//! growing pauses after failures. Nothing a host answers makes it faster. No waiting and no clock here:
//! every function is told the moment.

use crate::host::HostPace;
use std::time::Duration;
use tokio::time::Instant;

/// The first pause after a failure is at least this; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Pauses of our own choosing end here; what a server asks for may be longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A server that asks for more is left alone this long, then asked again.
const LONGEST_QUIET: Duration = Duration::from_secs(7 * 24 * 3600);
/// Jitter lengthens a pause by up to a quarter of it, and by no more than this.
const LONGEST_JITTER: Duration = Duration::from_secs(60);
/// Answers as quick as this slow nobody down: a network's distance, not a server's labour.
const QUICK: Duration = Duration::from_millis(100);
/// The delay by latency ends here.
const SLOWEST: Duration = Duration::from_secs(60);
/// The weight of a new answer in the smoothed latency: 1 in so many.
const SMOOTHING: u32 = 4;

/// How an engine wants a host to be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Least time between the beginnings of two requests.
    pub(crate) delay: Duration,
    /// Most requests under way.
    pub(crate) concurrency: u32,
    /// Whether slow answers lengthen the delay.
    pub(crate) adaptive: bool,
}

/// Whether the next request may begin.
#[derive(Debug, PartialEq)]
pub(crate) enum Go {
    Now,
    /// By the pace, at that moment.
    At(Instant),
    /// The host is left alone until that moment.
    Quiet(Instant),
    /// As many are under way as may be.
    Full,
}

#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// The longest delay asked for by those who ask this host.
    floor: Duration,
    /// The delay that slow answers call for.
    slow: Duration,
    adaptive: bool,
    /// Smoothed; zero: not known.
    latency: Duration,
    last_begin: Option<Instant>,
    /// Nothing begins before this moment, whatever the pace says.
    not_before: Option<Instant>,
    /// In a row.
    failures: u32,
    last_failure: Option<Instant>,
    under_way: u32,
    /// The least concurrency wanted by those whose requests are under way.
    narrowest: u32,
    leases: u32,
}

/// The delay for a host whose answers take that long. With one request at a time a delay as long as
/// the answer takes changes nothing, so it is twice that: a slow host rests as long as it worked. What
/// a quick host would take is left out, so that the delay grows from zero without a step.
fn delay_for(latency: Duration) -> Duration {
    (latency.saturating_sub(QUICK) * 2).min(SLOWEST)
}

impl Pace {
    fn delay(&self) -> Duration {
        if self.adaptive { self.floor.max(self.slow) } else { self.floor }
    }

    /// Whether a request may begin now.
    pub(crate) fn check(&mut self, manner: &Manner, now: Instant) -> Go {
        self.slow_to(manner.delay);
        self.adaptive = manner.adaptive;
        if self.under_way > 0 && self.under_way >= self.narrowest.min(manner.concurrency) {
            return Go::Full;
        }
        if let Some(moment) = self.not_before
            && moment > now
        {
            return Go::Quiet(moment);
        }
        match self.last_begin.map(|begun| begun + self.delay()) {
            Some(moment) if moment > now => Go::At(moment),
            _ => Go::Now,
        }
    }

    /// Whoever asks has to keep this delay, from the last request on.
    pub(crate) fn slow_to(&mut self, delay: Duration) {
        self.floor = self.floor.max(delay);
    }

    /// A request begins.
    pub(crate) fn begin(&mut self, manner: &Manner, now: Instant) {
        self.narrowest =
            if self.under_way == 0 { manner.concurrency } else { self.narrowest.min(manner.concurrency) };
        self.under_way += 1;
        self.last_begin = Some(now);
    }

    /// A request is over, however it ended.
    pub(crate) fn end(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// The longest that the pace alone can make somebody wait.
    pub(crate) fn usual_wait(&self) -> Duration {
        self.delay()
    }

    /// The host answered as it should to what began at `begun`; an answer to something older than the
    /// last failure does not make up for it.
    pub(crate) fn answered(&mut self, begun: Instant) {
        if self.last_failure.is_none_or(|failure| begun >= failure) {
            self.failures = 0;
        }
    }

    /// How long an answer took. Errors are often quick, so only pages (`good`) can lower the delay,
    /// and they lower it by half the way at a time.
    pub(crate) fn took(&mut self, latency: Duration, good: bool) {
        let smoothed = if self.latency.is_zero() {
            latency
        } else {
            (self.latency * (SMOOTHING - 1) + latency) / SMOOTHING
        };
        if good || smoothed > self.latency {
            self.latency = smoothed;
        }
        let wanted = delay_for(self.latency);
        if wanted >= self.slow {
            self.slow = wanted;
        } else if good {
            self.slow = (self.slow + wanted) / 2;
            if self.slow < Duration::from_millis(1) {
                self.slow = Duration::ZERO;
            }
        }
    }

    /// The host failed, or asked for quiet, in answer to what began at `begun`. How long it is left
    /// alone now. `jitter` (0 to 1) lengthens the pause. Requests that were under way together fail
    /// together: they count as one failure.
    pub(crate) fn failed(
        &mut self,
        begun: Instant,
        now: Instant,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> Duration {
        let another = self.last_failure.is_none_or(|failure| begun >= failure);
        if another {
            self.failures = self.failures.saturating_add(1);
            self.last_failure = Some(now);
        }
        let growth = 1u32 << self.failures.saturating_sub(1).min(16);
        let pause = self.delay().max(FIRST_PAUSE).saturating_mul(growth);
        let pause = pause.min(LONGEST_PAUSE.max(self.delay()));
        let pause = pause.max(retry_after.unwrap_or_default().min(LONGEST_QUIET));
        let longest = (pause / 4).min(LONGEST_JITTER);
        let pause = pause + longest.mul_f64(jitter.clamp(0.0, 1.0));
        self.rest_until(now + pause);
        self.not_before.map_or(pause, |moment| moment.saturating_duration_since(now))
    }

    fn rest_until(&mut self, moment: Instant) {
        self.not_before = Some(self.not_before.map_or(moment, |known| known.max(moment)));
    }

    /// A lease begins: what another worker left behind and what is known here combine to the slower.
    pub(crate) fn take_up(&mut self, left: &HostPace, now: Instant) {
        self.leases += 1;
        if !left.rest.is_zero() {
            self.rest_until(now + left.rest.min(LONGEST_QUIET));
        }
        // When its last request began, as far as it matters: a longer delay counts from there on.
        if !left.delay.is_zero()
            && let Some(begun) = (now + left.rest.min(left.delay)).checked_sub(left.delay)
        {
            self.last_begin = Some(self.last_begin.map_or(begun, |known| known.max(begun)));
        }
        self.failures = self.failures.max(left.failures);
        self.latency = self.latency.max(left.latency);
        // Only slow answers can have made it longer than what will be asked for anew.
        self.slow = self.slow.max(left.delay).max(delay_for(self.latency));
    }

    /// A lease ends: what the next worker has to know. With the last lease the delays asked for are
    /// forgotten, so that a pace that was configured anew, or a Crawl-delay that is gone, counts from
    /// the next lease on.
    pub(crate) fn leave(&mut self, now: Instant) -> HostPace {
        let delay = self.delay();
        if let Some(begun) = self.last_begin {
            self.rest_until(begun + delay);
        }
        let left = self.left(now);
        self.leases = self.leases.saturating_sub(1);
        if self.leases == 0 {
            self.floor = Duration::ZERO;
        }
        left
    }

    /// What the next worker would have to know at this moment.
    pub(crate) fn left(&self, now: Instant) -> HostPace {
        let delay = self.delay();
        let turn = self.last_begin.map(|begun| (begun + delay).saturating_duration_since(now));
        let rest = self.rest(now).max(turn.unwrap_or_default());
        HostPace { rest, delay, failures: self.failures, latency: self.latency }
    }

    fn rest(&self, now: Instant) -> Duration {
        self.not_before.map_or(Duration::ZERO, |moment| moment.saturating_duration_since(now))
    }

    /// Whether nothing would be lost if it were forgotten.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        let rested = self.last_begin.is_none_or(|begun| begun + self.delay() <= now);
        self.leases == 0 && self.under_way == 0 && rested && self.rest(now).is_zero()
    }
}
