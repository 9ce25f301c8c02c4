//! A line's price judged from a table's columns: the figures and the verdict that the reference
//! index gives for the same line, without gathering its offers. Not sentences or schedules.

use super::build::{day_number, weight};
use super::{COUNTS, FIGURES, GroupCounts, GroupFigures, PriceTable, STRIDE};
use crate::calibration::{Calibrated, Prediction, Predictive};
use crate::distribution::{Figures, LEAST_SPREAD, SAME};
use crate::judge::rule;
use chrono::NaiveDate;
use model::{CalibratedPrice, Rung, VerdictCode};

/// What a price is by a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: VerdictCode,
    /// Number of the group.
    pub group: u32,
    /// Its counts.
    pub counts: GroupCounts,
    /// Its figures.
    pub figures: GroupFigures,
    /// The price held to it; `None` with too little evidence.
    pub price: Option<PriceFigures>,
}

/// Figures of a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceFigures {
    /// Price over median.
    pub ratio: f64,
    /// Rank p on the low side.
    pub p_lower: f64,
    /// Rank p on the high side.
    pub p_upper: f64,
    /// Smallest attainable rank p.
    pub smallest_p: f64,
    /// z by the predictive distribution, else by median and robust spread.
    pub z: f64,
    /// Percentile among the votes, 0 to 100.
    pub percentile: f64,
    /// What the siblings say.
    pub calibrated: Option<CalibratedPrice>,
}

/// Why a price is not judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unjudged {
    /// The table has no such group.
    NoGroup,
    /// The line's date leaves prices outside the window, or is not the table's day, or the group may
    /// have several price levels: the reference index looks at such a line.
    NeedsLook,
}

impl PriceTable<'_> {
    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.columns.counts.len() / COUNTS
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The counts of a group.
    pub fn counts(&self, group: usize) -> GroupCounts {
        let (all, _) = self.columns.counts.as_chunks::<COUNTS>();
        GroupCounts::of_numbers(&all[group])
    }

    /// The figures of a group.
    pub fn figures(&self, group: usize) -> GroupFigures {
        let (all, _) = self.columns.figures.as_chunks::<FIGURES>();
        GroupFigures::of_numbers(&all[group])
    }

    /// Rank of a log price: weight of the votes at or below it, and of those at or above. `price` is
    /// its exponential; values nearer than rounding count as equal.
    fn ranks(&self, counts: &GroupCounts, before: usize, log: f64, price: f64) -> (f64, f64) {
        let range = counts.start as usize..(counts.start + counts.n) as usize;
        let (prices, repeats) = (&self.columns.prices[range.clone()], &self.columns.repeats[range]);
        // Logs that differ by less than the tolerance: decided by the logs themselves.
        let near = 4.0 * SAME * price;
        let mut up_to = prices.partition_point(|&p| p <= price - near);
        let mut from = up_to;
        while up_to < prices.len() && prices[up_to] <= price + near && prices[up_to].ln() <= log + SAME {
            up_to += 1;
        }
        while from < up_to && prices[from].ln() < log - SAME {
            from += 1;
        }
        let sum_to = |at: usize| {
            if at == 0 {
                return 0.0;
            }
            let block = (at - 1) / STRIDE;
            let rest: f64 = repeats[block * STRIDE..at].iter().map(|&n| weight(n)).sum();
            self.columns.before[before + block] + rest
        };
        let below = sum_to(up_to);
        let above = sum_to(prices.len()) - if from == up_to { below } else { sum_to(from) };
        (below, above)
    }
}

/// Where each group's running sums begin, and which group is which: made once for many lines.
#[derive(Debug, Default)]
pub struct Places {
    before: Vec<u32>,
    of_pair: Vec<u32>,
    origins: usize,
}

const NONE: u32 = u32::MAX;

impl Places {
    /// Of a table.
    pub fn of(table: &PriceTable<'_>) -> Places {
        let origins = table.facts.origins.len();
        let mut of_pair = vec![NONE; table.facts.codes.len() * origins];
        let mut before = Vec::with_capacity(table.len());
        let mut sum = 0;
        for group in 0..table.len() {
            let counts = table.counts(group);
            before.push(sum);
            sum += counts.n.div_ceil(STRIDE as u32);
            of_pair[counts.hs as usize * origins + counts.origin as usize] = group as u32;
        }
        Places { before, of_pair, origins }
    }

    /// The groups of a subheading.
    pub(super) fn of_code(&self, hs: u32) -> impl Iterator<Item = u32> + '_ {
        let start = hs as usize * self.origins;
        let groups = self.of_pair.get(start..start + self.origins).unwrap_or_default();
        groups.iter().copied().filter(|&group| group != NONE)
    }

    /// The group of a subheading and an origin, by their numbers.
    pub fn group(&self, hs: u32, origin: u32) -> Option<u32> {
        let at = hs as usize * self.origins + origin as usize;
        self.of_pair.get(at).copied().filter(|&group| group != NONE)
    }
}

impl PriceTable<'_> {
    /// Judges a log price of a day against a group.
    ///
    /// # Errors
    /// [`Unjudged::NeedsLook`]: the reference index gives the verdict.
    pub fn judge(
        &self,
        places: &Places,
        group: u32,
        day: NaiveDate,
        log: f64,
        price: f64,
    ) -> Result<Judgement, Unjudged> {
        let p = self.parameters;
        let counts = self.counts(group as usize);
        let on = day_number(day);
        let inside = |d: u32| on.abs_diff(d) <= p.window_days;
        if day != self.facts.as_of
            || counts.levels > 0
            || !inside(counts.first_day)
            || !inside(counts.last_day)
        {
            return Err(Unjudged::NeedsLook);
        }
        let figures = self.figures(group as usize);
        let mut out =
            Judgement { verdict: VerdictCode::InsufficientEvidence, group, counts, figures, price: None };
        let calibrated = figures.dof > 0.0;
        let least = if calibrated { p.min_n_eff } else { p.min_n_eff_own_5pct };
        let dominant = counts.sellers > 1 && f64::from(counts.top) / f64::from(counts.n) > p.dominant_share;
        // Sources are sellers and sites in one.
        let enough = figures.n_eff >= least - 1e-6
            && counts.sellers >= p.min_sellers
            && counts.sellers >= p.min_sites
            && !dominant;
        if !enough {
            return Ok(out);
        }
        let (below, above) = self.ranks(&counts, places.before[group as usize] as usize, log, price);
        let (w0, total) = (1.0, figures.total);
        let ratio = crate::fast::exp(log - figures.median);
        let mut own = Figures {
            ratio,
            ratio_high: ratio,
            p_lower: (w0 + below) / (w0 + total),
            p_upper: (w0 + above) / (w0 + total),
            z: (log - figures.median) / figures.spread.max(LEAST_SPREAD),
            z_high: 0.0,
        };
        own.z_high = own.z;
        let mut ruling = own;
        let mut priced = None;
        if calibrated && let Some(c) = self.calibrated(&counts, &figures, log) {
            let small = figures.n_eff < p.min_n_eff_own_5pct - 1e-6;
            (own.z, own.z_high) = (c.z, c.z);
            ruling = Figures { p_lower: c.p_lower, p_upper: c.p_upper, ..own };
            priced = Some(CalibratedPrice {
                p_lower: c.p_lower,
                p_upper: c.p_upper,
                smallest_p: 1.0 / (1.0 + c.ranks),
                ranks: c.ranks,
                groups: c.groups,
                of_heading: c.of_heading,
                borrowed: small,
            });
        }
        out.verdict = rule(&ruling, figures.n_eff, || figures.detectable, Rung::Hs6Facets, counts.sellers, p);
        out.price = Some(PriceFigures {
            ratio: own.ratio,
            p_lower: own.p_lower,
            p_upper: own.p_upper,
            smallest_p: w0 / (w0 + total),
            z: own.z,
            percentile: 100.0 * (below / total).clamp(0.0, 1.0),
            calibrated: priced,
        });
        Ok(out)
    }

    fn calibrated(&self, counts: &GroupCounts, figures: &GroupFigures, log: f64) -> Option<Calibrated> {
        let whole = Predictive { mean: figures.mean, sd: figures.sd, dof: figures.dof };
        let (all, _) = self.columns.without.as_chunks::<3>();
        let without = &all[counts.without as usize..(counts.without + counts.left_out) as usize];
        let left_out =
            without.iter().filter(|w| w[2] > 0.0).map(|&[mean, sd, dof]| Predictive { mean, sd, dof });
        let score = Prediction::score_of(&whole, left_out, log);
        self.calibration?.placed(super::build::heading(self.facts, counts.hs), &whole, score, log)
    }
}
