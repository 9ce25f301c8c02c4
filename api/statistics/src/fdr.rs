//! The false discovery rate of a batch of lines. Not the choice of its families.

use crate::fast::sort::sort;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The outcome of a false-discovery-rate procedure over one family.
#[derive(Debug, Clone, PartialEq)]
pub struct Discoveries {
    /// For each p, in the order given: whether it is a discovery.
    pub rejected: Vec<bool>,
    /// Number of discoveries.
    pub count: usize,
    /// Largest p that is a discovery; `None` without one.
    pub threshold: Option<f64>,
    /// Whether a discovery was attainable at all: with every line at the floor of its p, would
    /// there have been one?
    pub attainable: bool,
}

/// Benjamini and Hochberg (1995): the largest k with p₍ₖ₎ ≤ q·k/m, and all p up to p₍ₖ₎, are
/// discoveries at false discovery rate `q`. A p that is not a number never is one. Floors of p
/// are taken as 0; see [`benjamini_hochberg_with_floors`].
pub fn benjamini_hochberg(p: &[f64], q: f64) -> Discoveries {
    benjamini_hochberg_with_floors(p, &[], q)
}

/// As [`benjamini_hochberg`]; `floors` are the smallest attainable p of the lines, in the same
/// order (missing ones count as 0), and decide whether a discovery was attainable.
pub fn benjamini_hochberg_with_floors(p: &[f64], floors: &[f64], q: f64) -> Discoveries {
    let threshold = step_up(p, q);
    let rejected: Vec<bool> = p.iter().map(|&p| threshold.is_some_and(|t| p <= t)).collect();
    let floors: Vec<f64> = (0..p.len()).map(|i| floors.get(i).copied().unwrap_or(0.0)).collect();
    Discoveries {
        count: rejected.iter().filter(|&&r| r).count(),
        rejected,
        threshold,
        attainable: step_up(&floors, q).is_some(),
    }
}

/// A family of tests too many to keep: only what can be a discovery is counted, value by value.
#[derive(Debug, Clone, Default)]
pub struct Family {
    q: f64,
    tests: u64,
    low: Listed,
    floors: Values,
}

/// Values by their bits of which most are met once: listed, and counted when there are many.
#[derive(Debug, Clone, Default)]
struct Listed {
    /// Those counted, rising, and how often each was met.
    counted: Vec<(u64, u64)>,
    /// Those listed since.
    new: Vec<u64>,
}

/// Values listed before they are counted.
const LISTED: usize = 1 << 16;

impl Listed {
    fn add(&mut self, bits: u64) {
        self.new.push(bits);
        // Twice as many each time: counting them takes no more than a logarithm of looks at each.
        if self.new.len() >= LISTED.max(self.counted.len()) {
            self.count();
        }
    }
    fn count(&mut self) {
        let mut new = std::mem::take(&mut self.new);
        sort(&mut new, &mut Vec::new());
        self.merge(new.into_iter().map(|bits| (bits, 1)));
    }
    /// Takes values that rise.
    fn merge(&mut self, more: impl Iterator<Item = (u64, u64)>) {
        self.counted.extend(more);
        // Two runs that rise: a stable sort merges them.
        self.counted.sort();
        self.counted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
    }
    fn sorted(mut self) -> Vec<(u64, u64)> {
        self.count();
        self.counted
    }
}

/// Values by their bits, which rise with them, and how often each was met.
#[derive(Debug, Clone, Default)]
struct Values {
    met: HashMap<u64, u64, BuildHasherDefault<Spread>>,
    /// The one met last, which is often the next: not among the others yet.
    last: (u64, u64),
}

/// Spreads the bits of a number over all 64: the values of a batch are figures of a table, not chosen
/// to meet one another.
#[derive(Debug, Clone, Copy, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write_u64(&mut self, bits: u64) {
        let product = u128::from(self.0 ^ bits) * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }
}

impl Values {
    fn add(&mut self, bits: u64, times: u64) {
        if self.last.0 != bits {
            self.settle();
            self.last.0 = bits;
        }
        self.last.1 += times;
    }
    fn settle(&mut self) {
        let (bits, times) = std::mem::take(&mut self.last);
        if times > 0 {
            *self.met.entry(bits).or_default() += times;
        }
    }
    /// All of them, rising.
    fn sorted(mut self) -> Vec<(u64, u64)> {
        self.settle();
        let mut values: Vec<(u64, u64)> = self.met.into_iter().collect();
        values.sort_unstable();
        values
    }
}

/// What a family came to; see [`Discoveries`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FamilyFound {
    /// Tests.
    pub tests: u64,
    /// Discoveries.
    pub count: u64,
    /// Whether one was attainable.
    pub attainable: bool,
    /// Discoveries with every test at its floor.
    pub attainable_count: u64,
}

impl Family {
    /// Of tests at false discovery rate `q`.
    pub fn new(q: f64) -> Family {
        Family { q, ..Family::default() }
    }

    /// Takes a test: its p and the smallest p it could have had, both above 0. A p above `q` can be
    /// no discovery, whatever the others are (Benjamini and Hochberg: p₍ₖ₎ ≤ q·k/m ≤ q).
    pub fn add(&mut self, p: f64, floor: f64) {
        self.tests += 1;
        if p <= self.q {
            self.low.add(p.max(0.0).to_bits());
        }
        if floor <= self.q {
            self.floors.add(floor.max(0.0).to_bits(), 1);
        }
    }

    /// Takes the tests of another part of the family.
    pub fn merge(&mut self, other: Family) {
        self.tests += other.tests;
        self.low.merge(other.low.sorted().into_iter());
        other.floors.sorted().into_iter().for_each(|(bits, n)| self.floors.add(bits, n));
    }

    /// The discoveries' p, rising, each with its adjusted p (Benjamini and Hochberg: the smallest rate at
    /// which it would be a discovery). Those that are none have an adjusted p above the family's rate,
    /// which is all that is kept of them.
    pub fn adjusted(&self) -> Vec<(f64, f64)> {
        let m = self.tests as f64;
        let mut sum = 0;
        let mut out: Vec<(f64, f64)> = Vec::new();
        let mut found = 0;
        for (bits, n) in self.low.clone().sorted() {
            sum += n;
            let p = f64::from_bits(bits);
            out.push((p, m * p / sum as f64));
            if p <= self.q * sum as f64 / m {
                found = out.len();
            }
        }
        out.truncate(found);
        let mut least = self.q;
        for (_, adjusted) in out.iter_mut().rev() {
            least = least.min(*adjusted);
            *adjusted = least;
        }
        out
    }

    /// The procedure over all of them.
    pub fn found(&self) -> FamilyFound {
        let count = |sorted: Vec<(u64, u64)>| {
            let (mut sum, mut found) = (0, 0);
            for (bits, n) in sorted {
                sum += n;
                if f64::from_bits(bits) <= self.q * sum as f64 / self.tests as f64 {
                    found = sum;
                }
            }
            found
        };
        let attainable_count = count(self.floors.clone().sorted());
        FamilyFound {
            tests: self.tests,
            count: count(self.low.clone().sorted()),
            attainable: attainable_count > 0,
            attainable_count,
        }
    }
}

fn step_up(p: &[f64], q: f64) -> Option<f64> {
    let m = p.len() as f64;
    let mut sorted: Vec<f64> = p.iter().copied().filter(|p| !p.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.iter().enumerate().rev().find(|(i, p)| **p <= q * (*i as f64 + 1.0) / m).map(|(_, &p)| p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_found_among_no_lines() {
        let d = benjamini_hochberg(&[], 0.1);
        assert_eq!((d.count, d.attainable, d.threshold), (0, false, None));
    }

    #[test]
    fn the_textbook_fifteen_tests() {
        // Benjamini and Hochberg 1995, section 3: 4 discoveries at q = .05.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let d = benjamini_hochberg(&p, 0.05);
        assert_eq!(d.count, 4);
        assert_eq!(d.threshold, Some(0.0095));
    }

    #[test]
    fn floors_can_rule_every_discovery_out() {
        // Ten lines of groups of 19 votes, floor .05: with all at the floor p = q·k/m holds at
        // k = 10 for q = .05; a hundred lines of which one can reach .05 can find nothing at .05.
        assert!(benjamini_hochberg_with_floors(&[0.5; 10], &[0.05; 10], 0.05).attainable);
        let mut floors = vec![1.0; 100];
        floors[0] = 0.05;
        assert!(!benjamini_hochberg_with_floors(&[0.5; 100], &floors, 0.05).attainable);
    }

    proptest! {
        #[test]
        fn discoveries_are_the_smallest_p_and_grow_with_q(p in proptest::collection::vec(0.0f64..1.0, 1..80), q in 0.01f64..0.5) {
            let small = benjamini_hochberg(&p, q);
            let large = benjamini_hochberg(&p, q * 1.5);
            prop_assert!(large.count >= small.count);
            for (a, ra) in p.iter().zip(&small.rejected) {
                for (b, rb) in p.iter().zip(&small.rejected) {
                    prop_assert!(!(*ra && !*rb && b < a));
                }
            }
        }
    }

    #[test]
    fn a_large_family_in_parts_is_the_family_listed() {
        let p = |i: u32| (f64::from(1 + i.wrapping_mul(2_654_435_761) % 300_000) / 300_000.0).powi(2) / 10.0;
        let all: Vec<f64> = (0..250_000).map(p).collect();
        let mut parts = [Family::new(0.06), Family::new(0.06)];
        for (i, &p) in all.iter().enumerate() {
            parts[i % 2].add(p, p / 2.0);
        }
        let [mut family, other] = parts;
        family.merge(other);
        let found = family.found();
        let listed = benjamini_hochberg(&all, 0.06);
        assert_eq!((found.tests, found.count), (250_000, listed.count as u64));
        assert!(listed.count > 1000 && listed.count < 250_000);
    }

    proptest! {
        #[test]
        fn a_family_counted_is_a_family_listed(
            tests in proptest::collection::vec((1u32..200, 1u32..200), 0..120), q in 0.01f64..0.5
        ) {
            let p: Vec<f64> = tests.iter().map(|t| f64::from(t.0) / 200.0).collect();
            let floors: Vec<f64> = tests.iter().map(|t| f64::from(t.1.min(t.0)) / 200.0).collect();
            let listed = benjamini_hochberg_with_floors(&p, &floors, q);
            let (mut one, mut other) = (Family::new(q), Family::new(q));
            for (i, (&p, &floor)) in p.iter().zip(&floors).enumerate() {
                if i % 2 == 0 { one.add(p, floor) } else { other.add(p, floor) }
            }
            one.merge(other);
            let found = one.found();
            prop_assert_eq!(found.count, listed.count as u64);
            prop_assert_eq!(found.attainable, listed.attainable);
            prop_assert_eq!(found.attainable_count, benjamini_hochberg(&floors, q).count as u64);
            prop_assert_eq!(found.tests, p.len() as u64);
        }
    }

    proptest! {
        #[test]
        fn adjusted_p_are_those_of_the_procedure(
            p in prop::collection::vec(0.0005f64..1.0, 1..60), q in 0.02f64..0.4,
        ) {
            // Some equal, as ranks are.
            let p: Vec<f64> = p.into_iter().map(|p| (p * 200.0).ceil() / 200.0).collect();
            let mut family = Family::new(q);
            p.iter().for_each(|&p| family.add(p, 0.001));
            let adjusted = family.adjusted();
            prop_assert!(adjusted.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1));
            let m = p.len() as f64;
            let found = benjamini_hochberg(&p, q);
            for (p_i, rejected) in p.iter().zip(&found.rejected) {
                let stated = adjusted.iter().find(|(known, _)| known == p_i);
                prop_assert_eq!(stated.is_some(), *rejected);
                // The definition, over all tests at once.
                let direct = p
                    .iter()
                    .filter(|p_j| *p_j >= p_i)
                    .map(|p_j| m * p_j / p.iter().filter(|p_k| *p_k <= p_j).count() as f64)
                    .fold(1.0, f64::min);
                if let Some((_, stated)) = stated {
                    prop_assert!((stated - direct.min(q)).abs() < 1e-12, "{stated} {direct}");
                    prop_assert!(*stated <= q);
                } else {
                    prop_assert!(direct > q - 1e-12);
                }
            }
        }
    }
}
