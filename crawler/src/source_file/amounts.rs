//! The numbers of a source file: pace, budget, revisits. Hours and offsets are read by their types.

use super::{Check, Checked};
use model::Source;

/// Requests to one host that may be under way at the same time.
const CONCURRENCY: u32 = 8;
/// Redirects followed from one address.
const REDIRECTS: u32 = 20;

impl Check<'_> {
    pub(super) fn amounts(&self, source: &Source) -> Checked {
        let pace = &source.pace;
        if !(0.0..=86_400.0).contains(&pace.delay_seconds) {
            return self.fail(
                &["pace", "delay_seconds"],
                None,
                format!("{} is not a pace", pace.delay_seconds),
                "give the seconds between two requests, 0 to 86400",
            );
        }
        // Nobody who does not own the server asks it ten times a second.
        if pace.delay_seconds < 0.1 && !source.network.allow_loopback {
            return self.fail(
                &["pace", "delay_seconds"],
                None,
                format!("{} is too fast for somebody else's server", pace.delay_seconds),
                "give at least 0.1; 5 is the default and polite",
            );
        }
        if !(0.1..=600.0).contains(&pace.timeout_seconds) {
            return self.fail(
                &["pace", "timeout_seconds"],
                None,
                format!("{} is not a timeout", pace.timeout_seconds),
                "give seconds, 0.1 to 600; 30 is the default",
            );
        }
        if !(1..=CONCURRENCY).contains(&pace.concurrency) {
            return self.fail(
                &["pace", "concurrency"],
                None,
                format!("{} requests at the same time cannot be meant", pace.concurrency),
                "give 1 to 8; 1 is the default and polite",
            );
        }
        self.budget(source)?;
        let revisit = source.revisit;
        if revisit.shortest_hours > revisit.longest_hours {
            return self.fail(
                &["revisit", "shortest_hours"],
                None,
                format!(
                    "{} is more than longest_hours, which is {}",
                    revisit.shortest_hours, revisit.longest_hours
                ),
                "give both, the shorter one first, or leave the table out: every crawl visits every page then",
            );
        }
        Ok(())
    }

    fn budget(&self, source: &Source) -> Checked {
        let budget = &source.budget;
        for (key, value) in [
            ("pages", Some(u64::from(budget.pages))),
            ("page_bytes", Some(budget.page_bytes)),
            ("bytes", budget.bytes),
            ("requests_per_day", budget.requests_per_day.map(u64::from)),
        ] {
            if value == Some(0) {
                return self.fail(
                    &["budget", key],
                    None,
                    "is 0, so nothing could be fetched".to_owned(),
                    "give a number above 0 or leave the key out",
                );
            }
        }
        if budget.redirects > REDIRECTS {
            return self.fail(
                &["budget", "redirects"],
                None,
                format!("{} redirects from one address lead nowhere", budget.redirects),
                "give 0 to 20; 5 is the default",
            );
        }
        Ok(())
    }
}
