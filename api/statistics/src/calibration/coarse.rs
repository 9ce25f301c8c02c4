//! The first rounds of a fit in single precision, twice as many values at a time, up to where it all but stands.
//! The rounds that decide are `fit`'s.

use super::fit::{Prior, posterior};
use super::odds::{FARTHEST, Odds};
use crate::fast::single::{LANES, exp};

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
}

impl Coarse {
    /// Mean and variance of sorted values near where their fit ends, from where it begins. They stay as they were
    /// once slips are within reach.
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
        let whole = logs.len().next_multiple_of(LANES);
        self.logs.clear();
        self.logs.resize(whole, 0.0);
        self.weights.clear();
        self.weights.resize(whole, 0.0);
        for (near, log) in self.logs.iter_mut().zip(logs) {
            *near = (log - centre) as f32;
        }
        for (near, weight) in self.weights.iter_mut().zip(weights) {
            *near = *weight as f32;
        }
        let ends = (logs[0] - centre, logs[logs.len() - 1] - centre);
        let errors = prior.all_gross() > 0.0;
        // From here on, as the prior's mean, from the centre.
        let from_centre = Prior { mean: prior.mean - centre, ..*prior };
        let mut mean = 0.0;
        for _ in 0..ROUNDS {
            let sd = variance.sqrt().max(prior.least_spread);
            if odds.reach(ends, mean, sd) {
                break;
            }
            let [votes, off, squares] = match errors {
                true => self.sums::<true>(mean as f32, (1.0 / sd) as f32, odds),
                false => self.sums::<false>(mean as f32, (1.0 / sd) as f32, odds),
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

    /// As the sums of `fit` where no slip is within reach.
    #[inline(always)]
    fn sums<const ERRORS: bool>(&self, mean: f32, per: f32, odds: &Odds) -> [f64; 3] {
        let (gross, flat) = (odds.gross.map(|odds| odds as f32), odds.flat as f32);
        let mut lanes = [[0.0; LANES]; 3];
        let (x, w) = (self.logs.as_chunks::<LANES>().0, self.weights.as_chunks::<LANES>().0);
        for (x, w) in x.iter().zip(w) {
            for k in 0..LANES {
                let off = x[k] - mean;
                let t = off * per;
                let square = t * t;
                let side = if off > 0.0 { gross[1] } else { gross[0] };
                let gross = if ERRORS { side * exp(flat * square) } else { 0.0 };
                let share = if square > FARTHEST as f32 { 0.0 } else { w[k] / (1.0 + gross) };
                lanes[0][k] += share;
                lanes[1][k] += share * off;
                lanes[2][k] += share * off * off;
            }
        }
        lanes.map(|lane| lane.iter().map(|sum| f64::from(*sum)).sum())
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
        for (n, low) in [(24, 0), (100, 7), (3_000, 400)] {
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

    #[test]
    fn slips_are_left_to_double_precision() {
        let mut logs = vec![0.0; 30];
        logs.extend([std::f64::consts::LN_10; 3]);
        let weights = vec![1.0; logs.len()];
        let (prior, begin) = (prior(), (0.0, 0.04));
        assert_eq!(Coarse::default().near((&logs, &weights), begin, &prior, &Odds::of(&prior)), begin);
    }
}
