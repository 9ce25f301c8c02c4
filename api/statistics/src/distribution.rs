//! The distribution of the logs a declared price is held to, and its figures. Not the rules that
//! make a verdict of them.

use crate::Parameters;
use crate::quantile::{Middle, Weighted, n_eff, quantile};
use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};
use std::sync::OnceLock;

/// Prices that differ by less than this on logs count as equal: conversion rounds. No rule.
pub(crate) const SAME: f64 = 1e-9;

/// A vote: an offer's unit price on logs (low and high end), its weight and its seller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vote {
    /// Number of the offer in the index.
    pub item: u32,
    /// Number of the seller.
    pub seller: u32,
    /// ln of the low end.
    pub low: f64,
    /// ln of the high end.
    pub high: f64,
    /// Weight: its similarity over the number of its seller's votes, so that a seller's weights add up to 1.
    pub weight: f64,
    /// How like the goods are to those the group is of, in (0, 1].
    pub similarity: f64,
    /// How many votes its seller has in the group.
    pub among: u32,
    /// Its place among votes of the same price, as ranks are summed up: what is summed in another order
    /// differs in the last digit. That of a row of a price table is the row's.
    pub place: u32,
}

impl Vote {
    /// The only one of its seller, of goods just like those the group is of.
    pub fn of(item: u32, seller: u32, low: f64, high: f64) -> Vote {
        Vote { item, seller, low, high, weight: 1.0, similarity: 1.0, among: 1, place: item }
    }

    /// Makes it one of so many of its seller.
    pub fn share(&mut self, among: u32) {
        self.among = among;
        self.weight = self.similarity * (1.0 / f64::from(among));
    }
}

/// The weighted logs of a group: low ends and high ends, sorted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distribution {
    pub lows: Vec<Weighted>,
    pub highs: Vec<Weighted>,
    /// Effective votes over sellers: the sellers are the independent units.
    pub n_eff: f64,
    /// Σw.
    pub total: f64,
    /// Σw of the low ends before each, and of all; of the high ends from each on.
    below: Vec<f64>,
    above: Vec<f64>,
    /// w₀ of the rank p: a whole seller's vote, the largest total weight.
    pub w0: f64,
    pub median: f64,
    pub median_high: f64,
    /// 1.4826 × MAD of the low ends, and of the high ends.
    pub spread: f64,
    pub spread_high: f64,
    /// Least spread that z and what is detected reckon with, by the rules.
    least_spread: f64,
    /// Computed once: the quantiles of Student's t are dear.
    detectable: OnceLock<f64>,
    /// Computed once, as every line of the group shows them: prices at [`SHOWN`] of the low ends, and
    /// their mean.
    shown: OnceLock<([f64; 6], f64)>,
}

/// The shares whose quantiles a reference shows.
const SHOWN: [f64; 6] = [0.0, 0.05, 0.10, 0.25, 0.75, 0.90];

/// What a declared price is in a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    pub ratio: f64,
    pub ratio_high: f64,
    pub p_lower: f64,
    pub p_upper: f64,
    pub z: f64,
    pub z_high: f64,
}

impl Distribution {
    /// `None` without a vote.
    pub fn of(votes: &[Vote], parameters: &Parameters) -> Option<Distribution> {
        if votes.is_empty() {
            return None;
        }
        let (lows, below) = sorted(votes, |v| v.low);
        let (highs, below_high) = sorted(votes, |v| v.high);
        // Sellers have numbers in no order; in that of their weights the sum is the same.
        let mut totals: Vec<f64> = seller_totals(votes).into_iter().map(|t| t.1).collect();
        totals.sort_by(f64::total_cmp);
        let (middle, middle_high) = (Middle::of_pairs(&lows), Middle::of_pairs(&highs));
        Some(Distribution {
            n_eff: n_eff(totals.iter().copied()),
            total: middle.total,
            above: below_high.into_iter().map(|below| middle_high.total - below).collect(),
            below,
            w0: totals.last().copied().unwrap_or(0.0),
            spread: middle.spread,
            spread_high: middle_high.spread,
            least_spread: parameters.least_spread,
            median: middle.quartiles[1],
            median_high: middle_high.quartiles[1],
            lows,
            highs,
            detectable: OnceLock::new(),
            shown: OnceLock::new(),
        })
    }

    /// Quantile of the low ends, as a price.
    pub fn price_at(&self, p: f64) -> f64 {
        quantile(&self.lows, p).exp()
    }

    fn shown(&self) -> &([f64; 6], f64) {
        self.shown.get_or_init(|| {
            let mean = self.lows.iter().map(|v| v.1 * v.0.exp()).sum::<f64>() / self.total;
            (SHOWN.map(|p| self.price_at(p)), mean)
        })
    }

    /// Quantiles of the low ends, as prices: the lowest, those at 5, 10 and 25, and at 75 and 90 %.
    pub fn prices_shown(&self) -> [f64; 6] {
        self.shown().0
    }

    /// Weighted arithmetic mean of the low ends, as a price.
    pub fn mean_price(&self) -> f64 {
        self.shown().1
    }

    /// Smallest attainable p: w₀/(w₀+Σw); 1/(n+1) for equal weights.
    pub fn smallest_p(&self) -> f64 {
        self.w0 / (self.w0 + self.total)
    }

    /// Weighted rank p on the low side: (w₀ + Σw·1{x ≤ d}) / (w₀ + Σw), low ends.
    pub fn p_lower(&self, d: f64) -> f64 {
        (self.w0 + self.weight_up_to(d)) / (self.w0 + self.total)
    }

    /// The mirror on the high ends.
    pub fn p_upper(&self, d: f64) -> f64 {
        let at = self.highs.partition_point(|v| v.0 < d - SAME);
        (self.w0 + self.above[at]) / (self.w0 + self.total)
    }

    fn weight_up_to(&self, d: f64) -> f64 {
        self.below[self.lows.partition_point(|v| v.0 <= d + SAME)]
    }

    /// Every figure of a declared price, given as its log.
    pub fn figures(&self, d: f64) -> Figures {
        Figures {
            ratio: (d - self.median).exp(),
            ratio_high: (d - self.median_high).exp(),
            p_lower: self.p_lower(d),
            p_upper: self.p_upper(d),
            z: (d - self.median) / self.spread.max(self.least_spread),
            z_high: (d - self.median_high) / self.spread_high.max(self.least_spread),
        }
    }

    /// Percentile of a declared log price among the low ends, 0 to 100.
    pub fn percentile_alone(&self, d: f64) -> f64 {
        100.0 * (self.weight_up_to(d) / self.total).clamp(0.0, 1.0)
    }

    /// Percentile of a declared log price among the low ends (0 to 100) and its 90 % interval
    /// from Beta(r+½, n_eff−r+½), r the effective votes at or below it (Jeffreys).
    pub fn percentile(&self, d: f64) -> (f64, Option<(f64, f64)>) {
        let percentile = self.percentile_alone(d);
        let r = percentile / 100.0 * self.n_eff;
        let interval = Beta::new(r + 0.5, self.n_eff - r + 0.5)
            .ok()
            .map(|beta| (100.0 * beta.inverse_cdf(0.05), 100.0 * beta.inverse_cdf(0.95)));
        (percentile, interval)
    }

    /// Predictive standard deviation of the next log price: spread × √(1 + 1/n_eff).
    pub fn predictive_sd(&self) -> f64 {
        self.spread.max(self.least_spread) * (1.0 + 1.0 / self.n_eff).sqrt()
    }

    /// Largest ratio (smallest undervaluation) detected with 80 % power at 5 %:
    /// exp(−(t₀.₉₅,ₙ₋₁ · predictive sd + z₀.₈₀ · sd)): the threshold of the predictive Student-t,
    /// and the margin an honest price's own scatter asks below it. 0 below two effective votes.
    pub fn detectable_ratio(&self) -> f64 {
        *self.detectable.get_or_init(|| self.least_detectable())
    }

    fn least_detectable(&self) -> f64 {
        own_detectable(self.n_eff, self.spread.max(self.least_spread))
    }
}

/// [`Distribution::detectable_ratio`] of a number of effective votes and their robust spread, at least the
/// rules' least one. At 5 % with 80 % power: that is what the figure means on every surface, and no rule.
pub(crate) fn own_detectable(n_eff: f64, sd: f64) -> f64 {
    let t = StudentsT::new(0.0, 1.0, n_eff - 1.0).ok();
    let z = Normal::new(0.0, 1.0).ok();
    match (t, z) {
        (Some(t), Some(z)) => {
            (-(t.inverse_cdf(0.95) * sd * (1.0 + 1.0 / n_eff).sqrt() + z.inverse_cdf(0.80) * sd)).exp()
        }
        _ => 0.0,
    }
}

/// One end of votes, sorted, of equal ones the lighter first, with their weights; and Σw before each and of
/// all, equal ones by their places.
fn sorted(votes: &[Vote], end: fn(&Vote) -> f64) -> (Vec<Weighted>, Vec<f64>) {
    let mut values: Vec<(f64, f64, u32)> = votes.iter().map(|v| (end(v), v.weight, v.place)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
    let mut sum = 0.0;
    let mut before = Vec::with_capacity(values.len() + 1);
    before.push(sum);
    before.extend(values.iter().map(|v| {
        sum += v.1;
        sum
    }));
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    (values.into_iter().map(|v| (v.0, v.1)).collect(), before)
}

/// Total weight of each seller, by number. Shared last, so that one with all its votes has a whole one.
pub(crate) fn seller_totals(votes: &[Vote]) -> Vec<(u32, f64)> {
    let mut totals: Vec<(u32, f64, u32)> = votes.iter().map(|v| (v.seller, v.similarity, v.among)).collect();
    totals.sort_by_key(|t| t.0);
    totals.dedup_by(|b, a| {
        let same = a.0 == b.0;
        if same {
            a.1 += b.1;
        }
        same
    });
    totals.into_iter().map(|(seller, similarity, among)| (seller, similarity / f64::from(among))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(prices: &[f64]) -> Vec<Vote> {
        prices.iter().enumerate().map(|(i, p)| Vote::of(i as u32, i as u32, p.ln(), p.ln())).collect()
    }

    #[test]
    fn six_offers() {
        let d =
            Distribution::of(&votes(&[41.0, 39.5, 44.2, 40.0, 52.0, 38.9]), &Parameters::default()).unwrap();
        let f = d.figures(18f64.ln());
        assert!((d.smallest_p() - 1.0 / 7.0).abs() < 1e-12);
        assert!((f.p_lower - 1.0 / 7.0).abs() < 1e-12);
        assert!((f.ratio / 0.444 - 1.0).abs() < 0.005);
        assert!((f.z / -16.79 - 1.0).abs() < 0.005);
    }

    #[test]
    fn a_seller_of_two_goods_has_one_vote_and_the_floor_counts_sellers() {
        let mut v = votes(&[1.0, 2.0, 3.0, 4.0]);
        for (i, vote) in v.iter_mut().enumerate() {
            vote.seller = (i / 2) as u32;
            vote.share(2);
        }
        let d = Distribution::of(&v, &Parameters::default()).unwrap();
        assert!((d.n_eff - 2.0).abs() < 1e-12);
        assert!((d.smallest_p() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn one_price_for_all_gives_finite_figures() {
        let d = Distribution::of(&votes(&[5.0; 20]), &Parameters::default()).unwrap();
        let f = d.figures(2f64.ln());
        assert!(f.z.is_finite() && f.z < -50.0);
        assert!(d.detectable_ratio() > 0.9);
    }

    #[test]
    fn the_percentile_lies_inside_its_interval() {
        let d = Distribution::of(&votes(&[1.0, 2.0, 3.0, 4.0, 5.0]), &Parameters::default()).unwrap();
        let (p, interval) = d.percentile(2.5f64.ln());
        let (a, b) = interval.unwrap();
        assert!((p - 40.0).abs() < 1e-9 && a < p && p < b);
    }
}
