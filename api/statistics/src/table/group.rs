//! One group described by itself: votes, slips, quantiles, spread, whether it may have levels. Not
//! what it borrows from others.

use super::head::weight;
use super::{GroupCounts, GroupFigures, QUANTILES, unpacked};
use crate::Parameters;
use crate::fast::{ln, wide};
use crate::mixture::{Cells, levels_of};
use crate::quantile::{Middle, has_ties};
use crate::votes::{SlipRule, slip_of};

/// So many neighbours are set to zero as fast as one by its place.
const AT_ONCE: usize = 8;

/// Room to work, lent to one group after another.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Rows of each source in the group at hand; all zero between groups.
    of_source: Vec<u32>,
    /// Logs of the votes, rising.
    pub logs: Vec<f64>,
    /// Their weights.
    pub weights: Vec<f64>,
    /// Of each vote, its row among the group's.
    pub places: Vec<u32>,
    /// Their middle, where it is known.
    middle: Option<Middle>,
    /// Whether every row is a vote, in the order of the rows.
    in_order: bool,
    /// Sums of weights before each vote.
    running: Vec<f64>,
    cells: Cells,
}

/// A described group.
pub(super) struct Described {
    pub counts: GroupCounts,
    pub figures: GroupFigures,
}

impl Room {
    pub fn new(sources: usize) -> Room {
        Room { of_source: vec![0; sources], ..Room::default() }
    }

    /// Makes votes of rows that are sorted by price: logs and weights of all but the slips. Gives
    /// the number of sources, the most rows of one, and how many rows were slips; `repeats` is
    /// filled with each row's share of its source's vote (0: a slip).
    pub fn votes(
        &mut self,
        prices: &[f64],
        rows: &[u64],
        repeats: &mut Vec<u32>,
        parameters: &Parameters,
    ) -> (u32, u32, u32) {
        let source = |row: &u64| unpacked(*row).0 as usize;
        let (mut sellers, mut top) = (0, 0);
        for row in rows {
            let known = &mut self.of_source[source(row)];
            *known += 1;
            sellers += u32::from(*known == 1);
            top = top.max(*known);
        }
        repeats.clear();
        repeats.extend(rows.iter().map(|row| self.of_source[source(row)]));
        self.places.clear();
        self.places.extend(0..rows.len() as u32);
        logs_of(prices, &mut self.logs);
        self.weights.clear();
        self.weights.extend(repeats.iter().map(|&n| weight(n)));
        self.in_order = !self.order_ties();
        self.middle = None;
        self.running.clear();
        let mut slips = 0;
        if sellers >= parameters.slip_min_n {
            slips = self.remove_slips(rows, parameters);
        }
        if slips > 0 {
            self.in_order = false;
            repeats.fill(0);
            for &place in &self.places {
                repeats[place as usize] = self.of_source[source(&rows[place as usize])];
            }
            sellers = 0;
            for &place in &self.places {
                let known = &mut self.of_source[source(&rows[place as usize])];
                sellers += u32::from(*known > 0);
                *known = 0;
            }
        }
        if self.of_source.len() <= AT_ONCE * rows.len() {
            self.of_source.fill(0);
        } else {
            rows.iter().for_each(|row| self.of_source[source(row)] = 0);
        }
        (sellers, top, slips)
    }

    fn weigh(&mut self, rows: &[u64]) {
        let Room { of_source, weights, places, .. } = self;
        weights.clear();
        weights.extend(places.iter().map(|&place| {
            let n = of_source[unpacked(rows[place as usize]).0 as usize];
            weight(n)
        }));
        self.order_ties();
    }

    /// Of equal prices the lighter stands first, as in every distribution. Says whether any changed places.
    fn order_ties(&mut self) -> bool {
        let Room { logs, weights, places, .. } = self;
        if !has_ties(logs) {
            return false;
        }
        let (mut start, mut changed) = (0, false);
        for run in logs.chunk_by(|a, b| a == b) {
            let range = start..start + run.len();
            start = range.end;
            if run.len() > 1 && !weights[range.clone()].is_sorted() {
                changed = true;
                let mut both: Vec<(f64, u32)> = weights[range.clone()]
                    .iter()
                    .copied()
                    .zip(places[range.clone()].iter().copied())
                    .collect();
                both.sort_by(|a, b| a.0.total_cmp(&b.0));
                for (at, (weight, place)) in range.zip(both) {
                    (weights[at], places[at]) = (weight, place);
                }
            }
        }
        changed
    }

    /// Sums of the weights before each row of the group described last, where every row is a vote in its place.
    pub fn sums(&self) -> Option<&[f64]> {
        self.running.split_last().filter(|_| self.in_order).map(|(_, before)| before)
    }

    /// As [`crate::votes::remove_slips`] on sorted logs: most groups have none at either end.
    fn remove_slips(&mut self, rows: &[u64], parameters: &Parameters) -> u32 {
        let middle = Middle::of(&self.logs, &self.weights, &mut self.running);
        self.middle = Some(middle);
        let (median, spread) = (middle.quartiles[1], middle.spread);
        let rule = SlipRule::of(median, spread, parameters);
        let ends = [self.logs[0], self.logs[self.logs.len() - 1]];
        if ends.iter().all(|x| (x - median).abs() < rule.nearest) {
            return 0;
        }
        let is_slip = |x: f64| slip_of(x, &rule).is_some();
        let n = self.logs.iter().filter(|x| is_slip(**x)).count();
        if n == 0 || n as f64 > parameters.slip_max_share * self.logs.len() as f64 {
            return 0;
        }
        self.middle = None;
        let mut kept = 0;
        for i in 0..self.logs.len() {
            if is_slip(self.logs[i]) {
                self.of_source[unpacked(rows[self.places[i] as usize]).0 as usize] -= 1;
            } else {
                (self.logs[kept], self.places[kept]) = (self.logs[i], self.places[i]);
                kept += 1;
            }
        }
        self.logs.truncate(kept);
        self.places.truncate(kept);
        self.weigh(rows);
        n as u32
    }

    /// Describes a group; its place among the columns is the caller's to set.
    pub fn describe(
        &mut self,
        prices: &[f64],
        rows: &[u64],
        repeats: &mut Vec<u32>,
        parameters: &Parameters,
    ) -> Described {
        let (sellers, top, slips) = self.votes(prices, rows, repeats, parameters);
        let (logs, weights) = (&self.logs, &self.weights);
        let Middle { total, quartiles: [q1, median, q3], spread } =
            self.middle.unwrap_or_else(|| Middle::of(logs, weights, &mut self.running));
        // Each source's weights add up to one vote.
        let n_eff = f64::from(sellers);
        let levels = levels_of(logs, weights, n_eff, total, parameters, &mut self.cells);
        let days = rows.iter().map(|row| unpacked(*row).1);
        let (first_day, last_day) = days.fold((u32::MAX, 0), |(a, b), d| (a.min(d), b.max(d)));
        Described {
            counts: GroupCounts {
                hs: 0,
                facet: 0,
                start: 0,
                n: rows.len() as u32,
                sellers,
                slips,
                top,
                first_day,
                last_day,
                levels: u32::from(levels.is_some()),
                without: 0,
                left_out: 0,
            },
            figures: GroupFigures {
                n_eff,
                total,
                median,
                q1,
                q3,
                spread,
                mean: 0.0,
                sd: 0.0,
                dof: 0.0,
                detectable: 0.0,
                quantiles: QUANTILES.map(|p| as_they_stand(prices, p)),
            },
        }
    }
}

/// R-7 on the prices, every row once: what statistical offices and databases print.
fn as_they_stand(prices: &[f64], p: f64) -> f64 {
    let h = p * (prices.len() - 1) as f64;
    let low = h as usize;
    let a = prices[low];
    if low + 1 < prices.len() { a + (h - low as f64) * (prices[low + 1] - a) } else { a }
}

/// Logarithms of prices, in place of what the list held.
pub(super) fn logs_of(prices: &[f64], logs: &mut Vec<f64>) {
    logs.clear();
    logs.resize(prices.len(), 0.0);
    wide(
        #[inline(always)]
        || {
            for (log, price) in logs.iter_mut().zip(prices) {
                *log = ln(*price);
            }
        },
    );
}
