//! What lines of the table's own day need of a group, side by side in memory, and the rank of a price
//! among a group's. Not the judgement.

use super::build::{day_number, heading};
use super::{Facet, Footing, GroupCounts, GroupFigures, PriceTable, Repeats, STRIDE, TableFacts};
use crate::calibration::{Calibration, PoolNumber};
use crate::distribution::SAME;
use crate::fast::{count_at_most, ln};
use std::ops::Range;

/// A group's numbers, in two cache lines: a line's look-up waits for memory more than for anything
/// else.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(128))]
pub(super) struct Head {
    /// First row.
    start: u32,
    /// Rows.
    n: u32,
    /// First of its running sums.
    before: u32,
    /// First of its predictions with one source left out.
    without: u32,
    /// How many of these.
    left_out: u32,
    pub sellers: u32,
    /// The pool that calibrates it, and the number of the footing that has it.
    pub pool: PoolNumber,
    pub footing: u16,
    /// Whether its figures as kept are all that a line of the table's day needs: every row lies in the
    /// window, no gate fails, and there is one price level.
    pub plain: bool,
    pub n_eff: f64,
    pub total: f64,
    pub median: f64,
    pub spread: f64,
    pub mean: f64,
    pub sd: f64,
    pub dof: f64,
    pub detectable: f64,
    /// Quantiles of the prices at [`STEPS`], to look for a price near its place; rounded.
    steps: [f32; 8],
}

/// Shares of a group's rows below its `steps`, between none and all.
const STEPS: [f32; 10] = [0.0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0];

impl Head {
    /// Of a group that stands by itself.
    pub fn of(
        counts: &GroupCounts,
        figures: &GroupFigures,
        (footing, pool): (u16, Option<PoolNumber>),
    ) -> Head {
        let [_, steps @ ..] = figures.quantiles;
        Head {
            start: counts.start,
            n: counts.n,
            before: 0,
            without: counts.without,
            left_out: counts.left_out,
            sellers: counts.sellers,
            pool: pool.unwrap_or(PoolNumber::NONE),
            footing,
            plain: false,
            n_eff: figures.n_eff,
            total: figures.total,
            median: figures.median,
            spread: figures.spread,
            mean: figures.mean,
            sd: figures.sd,
            dof: figures.dof,
            detectable: figures.detectable,
            steps: steps.map(|price| price as f32),
        }
    }

    /// Touches both its cache lines; the number means nothing.
    #[inline(always)]
    pub fn touch(&self) -> u32 {
        self.steps[7].to_bits() ^ self.start
    }

    #[inline(always)]
    fn rows(&self) -> Range<usize> {
        self.start as usize..(self.start + self.n) as usize
    }

    /// Which row a price is likely near: between the quantiles around it.
    #[inline(always)]
    fn guess(&self, price: f64) -> u32 {
        let price = price as f32;
        let at = self.steps.iter().filter(|step| **step <= price).count();
        let (below, above) = (self.steps[at.saturating_sub(1)], self.steps[at.min(7)]);
        let share = (price - below) / (above - below);
        // Outside the outermost quantiles the middle is as good as any place.
        let share = if share.is_finite() { share } else { 0.5 };
        let bent = share + BENDS[at] * share * (1.0 - share);
        // Quantiles of a damaged table may not rise: then any place is as good.
        (((STEPS[at] + bent * (STEPS[at + 1] - STEPS[at])) * self.n as f32) as u32).min(self.n)
    }

    /// The first of its rows looked at for a price; in the table it begins a cache line.
    #[inline(always)]
    pub fn first_looked_at(&self, price: f64) -> u32 {
        let likely = (self.start + self.guess(price)).saturating_sub(BEFORE);
        let first = (likely / OF_LINE * OF_LINE).saturating_sub(self.start);
        first.min(self.n.saturating_sub(WINDOW as u32))
    }
}

/// Rows looked at together: four cache lines of prices, among which a price has its place mostly.
const WINDOW: usize = 32;
/// Those of them before the likely place, at least.
const BEFORE: u32 = 10;
/// How prices lie between two quantiles: thicker towards the middle of those below the lower quartile, and towards
/// the lower end of those above the median.
const BENDS: [f32; 9] = [-0.2, -0.2, -0.15, 0.05, 0.3, 0.4, 0.3, 0.4, 0.0];
/// Prices in a cache line; columns begin with one.
const OF_LINE: u32 = 8;

/// Where a price stands among a group's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// How many are at most it.
    up_to: u32,
    /// How many are below.
    below: u32,
}

/// Where each group's rows and running sums begin, and which group is which: made once for many lines.
#[derive(Debug, Default)]
pub struct Places {
    heads: Vec<Head>,
    /// By subheading the first of its groups, and where the last one's end.
    first: Vec<u32>,
    /// By group its facet.
    facet_of: Vec<u32>,
    /// By subheading and facet the group; empty where these are many more than groups.
    of_pair: Vec<u32>,
    facets: usize,
}

/// Subheadings times facets up to which every one has a place of its own, whatever the number of groups.
const PAIRS: usize = 1 << 22;
/// And beyond that, how many for each group.
const PAIRS_OF_GROUP: usize = 16;

const NONE: u32 = u32::MAX;

impl Places {
    /// Of a table whose counts fit its columns.
    pub fn of(table: &PriceTable<'_>) -> Places {
        let (facts, p) = (table.facts, table.parameters);
        let facets = facts.facets.len();
        let pairs = facts.codes.len() * facets;
        let dense = pairs <= PAIRS.max(PAIRS_OF_GROUP * table.len());
        let mut of_pair = vec![NONE; if dense { pairs } else { 0 }];
        let (mut first, mut facet_of) = (vec![0; facts.codes.len() + 1], Vec::with_capacity(table.len()));
        let headings: Vec<u64> = (0..facts.codes.len() as u32).map(|hs| heading(facts, hs)).collect();
        let pool_of = |c: &Calibration| headings.iter().map(|&heading| c.pool_number(heading)).collect();
        let pools: Vec<Vec<Option<PoolNumber>>> =
            table.calibrations.all().iter().map(|c| c.as_ref().map(pool_of).unwrap_or_default()).collect();
        let on = day_number(facts.as_of);
        let inside = |day: u32| on.abs_diff(day) <= p.window_days;
        let mut before = 0;
        let heads = (0..table.len())
            .map(|group| {
                let (counts, figures) = (table.counts(group), table.figures(group));
                if dense {
                    of_pair[counts.hs as usize * facets + counts.facet as usize] = group as u32;
                }
                first[counts.hs as usize + 1] = group as u32 + 1;
                facet_of.push(counts.facet);
                let plain = counts.levels == 0
                    && inside(counts.first_day)
                    && inside(counts.last_day)
                    && table.gates(&counts, &figures, 0).is_empty();
                let footing = table.calibrations.footing_of(counts.facet);
                let pool = pools.get(usize::from(footing)).and_then(|of| *of.get(counts.hs as usize)?);
                let head = Head { before, plain, ..Head::of(&counts, &figures, (footing, pool)) };
                before += counts.n.div_ceil(STRIDE as u32);
                head
            })
            .collect();
        // Codes without a group begin where the one before them ends.
        for hs in 1..first.len() {
            first[hs] = first[hs].max(first[hs - 1]);
        }
        Places { heads, first, facet_of, of_pair, facets }
    }

    /// The groups of a subheading.
    pub(super) fn of_code(&self, hs: u32) -> Range<u32> {
        let end = |at: usize| self.first.get(at).copied().unwrap_or_default();
        end(hs as usize)..end(hs as usize + 1)
    }

    /// The group of a subheading and a facet, by their numbers.
    #[inline]
    pub fn group(&self, hs: u32, facet: u32) -> Option<u32> {
        if self.of_pair.is_empty() {
            return self.looked_for(hs, facet);
        }
        let at = hs as usize * self.facets + facet as usize;
        self.of_pair.get(at).copied().filter(|&group| group != NONE)
    }

    /// The same, looked for among the groups of the subheading.
    fn looked_for(&self, hs: u32, facet: u32) -> Option<u32> {
        let Range { start, end } = self.of_code(hs);
        let facets = self.facet_of.get(start as usize..end as usize)?;
        facets.binary_search(&facet).ok().map(|at| start + at as u32)
    }

    /// Whether a subheading has prices of a facet but for their unit.
    pub fn in_other_unit(&self, facts: &TableFacts, hs: u32, Facet { footing, origin }: Facet) -> bool {
        self.of_code(hs)
            .filter_map(|group| facts.facets.get(*self.facet_of.get(group as usize)? as usize))
            .any(|of| {
                let Footing { unit, condition, level } = of.footing;
                of.origin == origin
                    && (condition, level) == (footing.condition, footing.level)
                    && unit != footing.unit
            })
    }

    /// Whether a line of the table's own day is judged by the group's figures as they are kept, with
    /// [`PriceTable::judge_many`].
    #[inline]
    pub fn is_plain(&self, group: u32) -> bool {
        self.heads.get(group as usize).is_some_and(|head| head.plain)
    }

    #[inline(always)]
    pub(super) fn head(&self, group: u32) -> &Head {
        &self.heads[group as usize]
    }
}

/// A group as a line is held to it: as kept, or of another day's window.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    pub head: &'v Head,
    pub prices: &'v [f64],
    pub repeats: Repeats<'v>,
    pub before: &'v [f64],
    pub without: &'v [[f64; 3]],
}

impl<'t> PriceTable<'t> {
    /// Touches the prices of a group looked at from a row on; the number means nothing.
    #[inline(always)]
    pub(super) fn touch_prices(&self, head: &Head, first: u32) -> u64 {
        let row = (head.start + first) as usize;
        let at = |n: usize| self.columns.prices.get(row + n).map_or(0, |p| p.to_bits());
        at(0) ^ at(8) ^ at(16) ^ at(24) ^ at(WINDOW - 1)
    }

    /// Touches what the ranks at a place of a group are reckoned from; the number means nothing.
    #[inline(always)]
    pub(super) fn touch_weights(&self, head: &Head, place: Place) -> u64 {
        let at = (place.up_to as usize).saturating_sub(1);
        let block = at / STRIDE;
        let row = head.start as usize + block * STRIDE;
        let repeats = |row: usize| self.columns.repeats.get(row).map_or(0, u64::from);
        let before = self.columns.before.get(head.before as usize + block).map_or(0, |sum| sum.to_bits());
        before ^ repeats(row) ^ repeats(row + at % STRIDE)
    }

    /// A group as kept.
    #[inline(always)]
    pub(super) fn view<'v>(&self, head: &'v Head) -> View<'v>
    where
        't: 'v,
    {
        let sums = head.before as usize..head.before as usize + (head.n as usize).div_ceil(STRIDE);
        let (without, _) = self.columns.without.as_chunks::<3>();
        View {
            head,
            prices: &self.columns.prices[head.rows()],
            repeats: self.columns.repeats.slice(head.rows()),
            before: &self.columns.before[sums],
            without: &without[head.without as usize..(head.without + head.left_out) as usize],
        }
    }
}

/// Weights of rows by how many their source has; see [`weight`].
pub(super) const WEIGHTS: [f64; 256] = {
    let mut weights = [0.0; 256];
    let mut n = 1;
    while n < 256 {
        weights[n] = 1.0 / n as f64;
        n += 1;
    }
    weights
};

/// Weight of a row by how many its source has; 0 of a slip.
#[inline]
pub(super) fn weight(repeats: u32) -> f64 {
    match WEIGHTS.get(repeats as usize) {
        Some(&weight) => weight,
        None => 1.0 / f64::from(repeats),
    }
}

impl View<'_> {
    /// How many prices are at most this one: looked for from its likely place on.
    #[inline(always)]
    fn at_most(&self, begin: usize, price: f64) -> usize {
        let Some(few) = self.prices[begin..].first_chunk::<WINDOW>() else {
            return begin + self.prices[begin..].partition_point(|&p| p <= price);
        };
        match count_at_most(few, price) {
            0 => self.before(begin, price),
            WINDOW => self.behind(begin + WINDOW, price),
            n => begin + n,
        }
    }

    /// The same where it is not there: mostly it is among the rows beside, which are looked at together, too.
    #[cold]
    fn before(&self, end: usize, price: f64) -> usize {
        let Some((begin, few)) = self.prices[..end].split_last_chunk::<WINDOW>() else {
            return self.prices[..end].partition_point(|&p| p <= price);
        };
        match count_at_most(few, price) {
            0 => begin.partition_point(|&p| p <= price),
            n => begin.len() + n,
        }
    }

    #[cold]
    fn behind(&self, begin: usize, price: f64) -> usize {
        let Some((few, rest)) = self.prices[begin..].split_first_chunk::<WINDOW>() else {
            return begin + self.prices[begin..].partition_point(|&p| p <= price);
        };
        match count_at_most(few, price) {
            WINDOW => begin + WINDOW + rest.partition_point(|&p| p <= price),
            n => begin + n,
        }
    }

    /// The place of a log price: how many prices are at most it, and how many below. `price` is its
    /// exponential, looked for from a row of the group on; values nearer than rounding count as equal.
    #[inline(always)]
    pub fn place(&self, log: f64, price: f64, from: u32) -> Place {
        let prices = self.prices;
        // Logs that differ by less than the tolerance: decided by the logs themselves.
        let near = 4.0 * SAME * price;
        let mut up_to = self.at_most(from as usize, price - near);
        let mut below = up_to;
        while up_to < prices.len() && prices[up_to] <= price + near && ln(prices[up_to]) <= log + SAME {
            up_to += 1;
        }
        while below < up_to && ln(prices[below]) < log - SAME {
            below += 1;
        }
        Place { up_to: up_to as u32, below: below as u32 }
    }

    /// Ranks at a place: weight of the votes at or below it, and of those at or above.
    #[inline]
    pub fn ranks(&self, Place { up_to, below }: Place) -> (f64, f64) {
        let low = self.sum_to(up_to as usize);
        let high = self.head.total - if below == up_to { low } else { self.sum_to(below as usize) };
        (low, high)
    }

    fn sum_to(&self, at: usize) -> f64 {
        if at == 0 {
            return 0.0;
        }
        let block = (at - 1) / STRIDE;
        // One vote after the other, as before the block.
        let repeats = self.repeats.slice(block * STRIDE..at);
        repeats.iter().fold(self.before[block], |sum, n| sum + weight(n))
    }
}
