//! When the offers of a subheading were captured: whether it matters to a rung's evidence on which day a
//! line was exported. Not which captures count (`evidence`, `votes`).

use crate::index::ReferenceIndex;
use chrono::Datelike;
use model::{HsCode, Window};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// The captures of a subheading's offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Captures {
    /// Days of the first and the last, from 1 January of year 1 on.
    first: i32,
    last: i32,
    /// Whether an offer, or one seller's listings of one product, was captured on several days: the
    /// capture nearest to the export date then counts.
    compete: bool,
}

impl Captures {
    /// Of seller, offer, goods and day of each capture; `None` without any.
    fn of(captures: &[[u32; 3]], days: &[i32]) -> Option<Captures> {
        let (&first, &last) = (days.iter().min()?, days.iter().max()?);
        let compete_by = |which: usize| {
            let mut all: Vec<(u32, u32, i32)> =
                captures.iter().zip(days).map(|(c, &day)| (c[0], c[which], day)).collect();
            all.sort_unstable();
            all.windows(2).any(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1) && two[0].2 != two[1].2)
        };
        Some(Captures { first, last, compete: first != last && (compete_by(1) || compete_by(2)) })
    }

    /// Whether the evidence is the same for every export date whose window reaches over all captures,
    /// as this one does: each of them is then inside, and none gives way to another by its day.
    fn alike_in(&self, window: &Window) -> bool {
        let inside =
            window.from.num_days_from_ce() <= self.first && self.last <= window.to.num_days_from_ce();
        inside && !self.compete
    }
}

/// What is known of each subheading.
#[derive(Debug, Default)]
pub(crate) struct KnownCaptures(RwLock<HashMap<HsCode, Option<Captures>>>);

impl ReferenceIndex {
    /// Whether evidence from a subheading's offers is the same on all days whose windows, as this one,
    /// reach over all of its captures.
    pub(crate) fn day_is_no_matter(&self, code: HsCode, window: &Window) -> bool {
        let known = self.captures.0.read().unwrap_or_else(PoisonError::into_inner).get(&code).copied();
        let captures = known.unwrap_or_else(|| {
            let items = self.of_subheading(code).map_or(&[][..], |s| s.items);
            let (captures, days): (Vec<[u32; 3]>, Vec<i32>) = items
                .iter()
                .map(|&i| self.facts(i))
                .map(|facts| ([facts.seller, facts.offer, facts.goods], facts.day))
                .unzip();
            let found = Captures::of(&captures, &days);
            self.captures.0.write().unwrap_or_else(PoisonError::into_inner).insert(code, found);
            found
        });
        captures.is_some_and(|captures| captures.alike_in(window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::window;
    use chrono::NaiveDate;

    #[test]
    fn days_matter_where_captures_compete_or_lie_outside() {
        let day = |n: i32| NaiveDate::from_num_days_from_ce_opt(n).unwrap();
        // Two sellers; the second's two offers are other goods.
        let captures = [[1, 1, 1], [2, 2, 2], [2, 3, 3]];
        let apart = Captures::of(&captures, &[700_000, 700_004, 700_009]).unwrap();
        assert!(apart.alike_in(&window(day(700_004), 5)) && apart.alike_in(&window(day(700_000), 9)));
        assert!(!apart.alike_in(&window(day(700_003), 5)) && !apart.alike_in(&window(day(700_010), 9)));
        let wide = window(day(700_000), 400);
        // The same offer again on another day, and the same goods of one seller; not those of two.
        for (captures, days, alike) in [
            ([[1, 1, 1], [2, 2, 2], [2, 2, 2]], [5, 5, 6], false),
            ([[1, 1, 1], [2, 2, 7], [2, 3, 7]], [5, 5, 6], false),
            ([[1, 1, 1], [2, 2, 7], [2, 3, 7]], [5, 6, 6], true),
            ([[1, 2, 7], [2, 2, 7], [3, 2, 7]], [5, 6, 7], true),
        ] {
            let found = Captures::of(&captures, &days.map(|day| 699_995 + day)).unwrap();
            assert_eq!(found.alike_in(&wide), alike, "{captures:?} {days:?}");
        }
        assert_eq!(Captures::of(&[], &[]), None);
    }
}
