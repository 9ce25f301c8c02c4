//! A fit's rounds in single precision, twice as many values at a time: a fit is taken as it is where a round moves
//! it by less than 1e-4 of its spread, or the next would, more than what is lost. Of very many values sums would be
//! too coarse.

use super::fit::{Fit, Prior, ROUNDS, Rounds, posterior};
use super::odds::{FARTHEST, Odds, SLIPS};
use crate::fast::single::{LANES, exp, total};

/// Most values.
const MOST: usize = 1 << 14;

/// Values from where the fit begins, and their weights: room lent to one fit after another.
#[derive(Debug, Clone, Default)]
pub(super) struct Single {
    logs: Vec<f32>,
    weights: Vec<f32>,
    /// How probable slips are beside a clean price, where any are within reach.
    slips: Vec<f32>,
}

impl Single {
    /// The fit of sorted values from where it begins; `None` of too many, and of those of which it does not come to
    /// stand.
    #[inline(always)]
    pub fn fit(
        &mut self,
        (logs, weights): (&[f64], &[f64]),
        (centre, mut variance): (f64, f64),
        prior: &Prior,
        odds: &Odds,
    ) -> Option<Fit> {
        if logs.len() > MOST {
            return None;
        }
        let (whole, last) = (logs.len().next_multiple_of(LANES), logs[logs.len() - 1] - centre);
        self.logs.clear();
        self.logs.resize(whole, last as f32);
        self.weights.clear();
        self.weights.resize(whole, 0.0);
        for (near, log) in self.logs.iter_mut().zip(logs) {
            *near = (log - centre) as f32;
        }
        for (near, weight) in self.weights.iter_mut().zip(weights) {
            *near = *weight as f32;
        }
        let errors = prior.all_gross() > 0.0;
        // From here on, as the prior's mean, from the centre.
        let from_centre = Prior { mean: prior.mean - centre, ..*prior };
        let mut mean = 0.0;
        let mut rounds = Rounds::default();
        for _ in 0..ROUNDS {
            let sd = variance.sqrt().max(prior.least_spread);
            let [votes, off, squares] = match (self.within_reach(mean, sd, odds), errors) {
                (false, true) => self.sums::<false, true>(mean, sd, odds),
                (false, false) => self.sums::<false, false>(mean, sd, odds),
                (true, true) => self.sums::<true, true>(mean, sd, odds),
                (true, false) => self.sums::<true, false>(mean, sd, odds),
            };
            let next = posterior(votes, off + votes * mean, squares, variance, &from_centre);
            if rounds.stand((&next, sd), (mean, variance)) {
                return Some(Fit { mean: next.mean + centre, sum: next.sum + votes * centre, ..next });
            }
            (mean, variance) = (next.mean, next.variance);
        }
        None
    }

    /// As `fit` has it: fills `slips`; false where none comes near any value.
    #[inline(always)]
    fn within_reach(&mut self, mean: f64, sd: f64, odds: &Odds) -> bool {
        let Single { logs, slips, .. } = self;
        let (per, variance) = (1.0 / sd, sd * sd);
        let x = logs.as_chunks::<LANES>().0;
        let (first, last) = (logs[0], logs[logs.len() - 1]);
        // Where slips by each factor begin to be near, and the factors of which any value lies there: which these are
        // is as good as chance, so they are told apart without branches.
        let at: [f32; 10] =
            std::array::from_fn(|i| (mean + (0.5 * SLIPS[i] + odds.from[i] * variance)) as f32);
        let mut near = 0u32;
        for (i, (factor, at)) in SLIPS.into_iter().zip(at).enumerate() {
            let is = if factor > 0.0 { last > at } else { first < at };
            near |= u32::from(is) << i;
        }
        if near == 0 {
            return false;
        }
        slips.clear();
        slips.resize(logs.len(), 0.0);
        while near != 0 {
            let i = near.trailing_zeros() as usize;
            near &= near - 1;
            let (factor, at) = (SLIPS[i], at[i]);
            let b = factor * per;
            let rise = b * per;
            let line = ((odds.slips[i] - 0.5 * b * b - mean * rise) as f32, rise as f32);
            let s = slips.as_chunks_mut::<LANES>().0;
            if factor > 0.0 {
                for (x, s) in x.iter().zip(s).rev().take_while(|(x, _)| x[LANES - 1] > at) {
                    add(x, s, line);
                }
            } else {
                for (x, s) in x.iter().zip(s).take_while(|(x, _)| x[0] < at) {
                    add(x, s, line);
                }
            }
        }
        true
    }

    /// As the sums of `fit`.
    #[inline(always)]
    fn sums<const SLIP: bool, const ERRORS: bool>(&self, mean: f64, sd: f64, odds: &Odds) -> [f64; 3] {
        let (gross, flat) = odds.single;
        let (mean, per) = (mean as f32, (1.0 / sd) as f32);
        let mut lanes = [[0.0; LANES]; 3];
        let (x, w) = (self.logs.as_chunks::<LANES>().0, self.weights.as_chunks::<LANES>().0);
        let s = if SLIP { self.slips.as_chunks::<LANES>().0 } else { w };
        for ((x, w), s) in x.iter().zip(w).zip(s) {
            for k in 0..LANES {
                let off = x[k] - mean;
                let t = off * per;
                let square = t * t;
                let side = if off > 0.0 { gross[1] } else { gross[0] };
                let gross = if ERRORS { side * exp(flat * square) } else { 0.0 };
                let slips = if SLIP { s[k] } else { 0.0 };
                let share = if square > FARTHEST as f32 { 0.0 } else { w[k] / (1.0 + gross + slips) };
                lanes[0][k] += share;
                lanes[1][k] += share * off;
                lanes[2][k] += share * off * off;
            }
        }
        lanes.map(|lane| f64::from(total(lane)))
    }
}

/// Adds how probable a slip is beside a clean price, by the line on which its logarithm lies.
#[inline(always)]
fn add(x: &[f32; LANES], slips: &mut [f32; LANES], (offset, rise): (f32, f32)) {
    for k in 0..LANES {
        slips[k] += exp(x[k] * rise + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit::{Sample, fit_sample, tests::prior};
    use super::*;

    /// With errors below and a slip each way, of each value one or so many of a lesser weight that they are too many
    /// for single precision: the fit is the same.
    #[test]
    fn a_fit_in_single_precision_is_that_in_double() {
        let sample = |n: usize, times: usize| {
            let of =
                |i: usize| 7.0 + 0.2 * (i as f64 * 0.7).sin() - if i.is_multiple_of(9) { 0.4 } else { 0.0 };
            let mut logs: Vec<f64> = (0..n).map(of).collect();
            logs[0] += std::f64::consts::LN_10;
            logs[1] -= 6f64.ln();
            let mut logs: Vec<f64> = logs.iter().flat_map(|log| std::iter::repeat_n(*log, times)).collect();
            logs.sort_by(f64::total_cmp);
            let weights = vec![1.0 / times as f64; logs.len()];
            let mut sample = Sample::default();
            (sample.logs, sample.weights) = (logs, weights);
            sample
        };
        for n in [6, 40, 900] {
            for prior in [prior(), Prior { gross: [0.0; 2], ..prior() }] {
                let fit = |times: usize| fit_sample(&mut sample(n, times), &prior).unwrap();
                // The first in single precision, the second in double.
                let (single, double) = (fit(1), fit(MOST / n + 1));
                let sd = double.variance.sqrt();
                assert!((single.mean - double.mean).abs() < 2e-4 * sd, "{n}: {single:?} {double:?}");
                assert!((single.variance / double.variance - 1.0).abs() < 1e-3, "{n}: {single:?} {double:?}");
                assert!((single.sum - double.sum).abs() < 1e-3 * double.sum, "{n}: {single:?} {double:?}");
                assert!((single.votes / double.votes - 1.0).abs() < 1e-3, "{n}: {single:?} {double:?}");
            }
        }
    }
}
