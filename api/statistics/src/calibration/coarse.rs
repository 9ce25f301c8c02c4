//! The first rounds of a fit in single precision, twice as many values at a time, up to where it all but stands.
//! The rounds that decide are `fit`'s.

use super::fit::{Prior, posterior};
use super::odds::{FARTHEST, Odds, SLIPS};
use crate::fast::single::{LANES, exp, total};

/// Fewest values that are worth it.
const FEWEST: usize = 24;
/// Most: sums of more are too coarse for a fit to stand.
const MOST: usize = 1 << 14;
const ROUNDS: usize = 12;

/// Values from where the fit begins, and their weights: room lent to one fit after another.
#[derive(Debug, Clone, Default)]
pub(super) struct Coarse {
    logs: Vec<f32>,
    weights: Vec<f32>,
    /// How probable slips are beside a clean price, where any are within reach.
    slips: Vec<f32>,
}

impl Coarse {
    /// Mean and variance of sorted values near where their fit ends, from where it begins.
    #[inline(always)]
    pub fn near(
        &mut self,
        (logs, weights): (&[f64], &[f64]),
        begin: (f64, f64),
        prior: &Prior,
        odds: &Odds,
    ) -> (f64, f64) {
        let (centre, mut variance) = begin;
        if !(FEWEST..=MOST).contains(&logs.len()) {
            return begin;
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
        for _ in 0..ROUNDS {
            let sd = variance.sqrt().max(prior.least_spread);
            let [votes, off, squares] = match (self.within_reach(mean, sd, odds), errors) {
                (false, true) => self.sums::<false, true>(mean, sd, odds),
                (false, false) => self.sums::<false, false>(mean, sd, odds),
                (true, true) => self.sums::<true, true>(mean, sd, odds),
                (true, false) => self.sums::<true, false>(mean, sd, odds),
            };
            let next = posterior(votes, off + votes * mean, squares, variance, &from_centre);
            let stands =
                (next.mean - mean).abs() < 1e-5 * sd && (next.variance / variance - 1.0).abs() < 1e-5;
            (mean, variance) = (next.mean, next.variance);
            if stands {
                break;
            }
        }
        (centre + mean, variance)
    }

    /// As `fit` has it: fills `slips`; false where none comes near any value.
    #[inline(always)]
    fn within_reach(&mut self, mean: f64, sd: f64, odds: &Odds) -> bool {
        let Coarse { logs, slips, .. } = self;
        let (per, variance) = (1.0 / sd, sd * sd);
        let x = logs.as_chunks::<LANES>().0;
        let (first, last) = (logs[0], logs[logs.len() - 1]);
        let mut begun = false;
        for (factor, (from, odds)) in SLIPS.into_iter().zip(odds.from.into_iter().zip(odds.slips)) {
            let at = (mean + (0.5 * factor + from * variance)) as f32;
            let above = factor > 0.0;
            if if above { last <= at } else { first >= at } {
                continue;
            }
            if !begun {
                begun = true;
                slips.clear();
                slips.resize(logs.len(), 0.0);
            }
            let b = factor * per;
            let rise = b * per;
            let line = ((odds - 0.5 * b * b - mean * rise) as f32, rise as f32);
            let s = slips.as_chunks_mut::<LANES>().0;
            if above {
                for (x, s) in x.iter().zip(s).rev().take_while(|(x, _)| x[LANES - 1] > at) {
                    add(x, s, line);
                }
            } else {
                for (x, s) in x.iter().zip(s).take_while(|(x, _)| x[0] < at) {
                    add(x, s, line);
                }
            }
        }
        begun
    }

    /// As the sums of `fit`.
    #[inline(always)]
    fn sums<const SLIP: bool, const ERRORS: bool>(&self, mean: f64, sd: f64, odds: &Odds) -> [f64; 3] {
        let (gross, flat) = (odds.gross.map(|odds| odds as f32), odds.flat as f32);
        let (mean, per) = (mean as f32, (1.0 / sd) as f32);
        let none = [0.0; LANES];
        let mut lanes = [[0.0; LANES]; 3];
        let (x, w) = (self.logs.as_chunks::<LANES>().0, self.weights.as_chunks::<LANES>().0);
        let s = if SLIP { self.slips.as_chunks::<LANES>().0 } else { &[] };
        for (i, (x, w)) in x.iter().zip(w).enumerate() {
            let s = if SLIP { &s[i] } else { &none };
            for k in 0..LANES {
                let off = x[k] - mean;
                let t = off * per;
                let square = t * t;
                let side = if off > 0.0 { gross[1] } else { gross[0] };
                let gross = if ERRORS { side * exp(flat * square) } else { 0.0 };
                let share = if square > FARTHEST as f32 { 0.0 } else { w[k] / (1.0 + gross + s[k]) };
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
    use super::super::Point;
    use super::super::fit::{fit, tests::prior};
    use super::*;

    /// Where single precision leaves off a fit in double precision hardly moves.
    #[test]
    fn it_comes_near_where_the_fit_ends() {
        for (n, low) in [(24, 0), (100, 7), (300, 2), (3_000, 400)] {
            let mut logs: Vec<f64> = (0..n)
                .map(|i| 7.0 + 0.2 * (f64::from(i) * 0.7).sin() - if i < low { 0.4 } else { 0.0 })
                .collect();
            logs.sort_by(f64::total_cmp);
            let points: Vec<Point> =
                logs.iter().zip(0..).map(|(&log, seller)| Point { log, weight: 1.0, seller }).collect();
            for prior in [prior(), Prior { gross: [0.0; 2], ..prior() }] {
                let ends = fit(&points, None, &prior).unwrap();
                let weights = vec![1.0; logs.len()];
                let odds = Odds::of(&prior);
                let begin = (logs[logs.len() / 2], 0.04);
                let (mean, variance) = Coarse::default().near((&logs, &weights), begin, &prior, &odds);
                let sd = ends.variance.sqrt();
                assert!((mean - ends.mean).abs() < 1e-3 * sd, "{n}: {mean} {}", ends.mean);
                assert!((variance / ends.variance - 1.0).abs() < 1e-3, "{n}: {variance} {}", ends.variance);
            }
        }
    }
}
