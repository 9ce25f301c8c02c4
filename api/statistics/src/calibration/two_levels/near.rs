//! What a log price near two levels may be, and the sums over a group's prices that a climb asks for, as many
//! at a time as the registers hold. Not the climb itself.

use super::super::fit::{Prior, Sample};
use super::super::odds::SLIPS;
use crate::fast::{LANES, exp_within, ln};

/// The share on the lower level and the distance of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Here {
    pub lower: f64,
    pub apart: f64,
}

/// So many squared spreads out nothing is told from nothing: most slips of most prices.
const NONE: f64 = 80.0;

#[inline(always)]
fn density(t: f64) -> f64 {
    let square = t * t;
    let density = exp_within(-0.5 * square);
    if square > NONE { 0.0 } else { density }
}

/// What a price near a place may be, with all that does not hang on the price.
pub(super) struct Near<'a> {
    prior: &'a Prior,
    here: Here,
    /// Spreads a log.
    per: f64,
    clean: [f64; 2],
    gross: f64,
    /// Spreads of gross errors a log.
    per_gross: f64,
}

impl<'a> Near<'a> {
    #[inline(always)]
    pub fn of(sd: f64, here: Here, prior: &'a Prior) -> Near<'a> {
        let all: f64 = prior.slips.iter().sum();
        let share = prior.gross[0] + prior.gross[1];
        let clean = (1.0 - share) * (1.0 - all);
        // Gross errors lie about the middle of both levels.
        let wide = prior.gross_spread * sd + 0.5 * here.apart;
        Near {
            prior,
            here,
            per: 1.0 / sd,
            clean: [clean * here.lower / sd, clean * (1.0 - here.lower) / sd],
            gross: share * (1.0 - all) / wide,
            per_gross: 1.0 / wide,
        }
    }

    /// Densities (times √2π) of a price `off` the lower level: clean on the lower and on the upper, and of
    /// gross errors.
    #[inline(always)]
    pub fn own(&self, off: f64) -> ([f64; 2], f64) {
        let clean = [
            self.clean[0] * density(off * self.per),
            self.clean[1] * density((off - self.here.apart) * self.per),
        ];
        (clean, self.gross * density((off - 0.5 * self.here.apart) * self.per_gross))
    }

    /// Density of a slip by each factor.
    #[inline(always)]
    pub fn slips(&self, off: f64) -> [f64; 10] {
        let upper = 1.0 - self.here.lower;
        let mut slips = [0.0; 10];
        for ((slip, factor), share) in slips.iter_mut().zip(SLIPS).zip(self.prior.slips) {
            let off = off - factor;
            *slip = share
                * self.per
                * (self.here.lower * density(off * self.per)
                    + upper * density((off - self.here.apart) * self.per));
        }
        slips
    }

    /// Probabilities that the price is of the lower and of the upper level, and its density.
    #[inline(always)]
    pub fn levels(&self, off: f64) -> ([f64; 2], f64) {
        let (own, gross) = self.own(off);
        let total = own[0] + own[1] + gross + self.slips(off).iter().sum::<f64>();
        let per = if total <= f64::MIN_POSITIVE { 0.0 } else { 1.0 / total };
        ([own[0] * per, own[1] * per], total.max(f64::MIN_POSITIVE))
    }

    /// Of the values of a sample around a mean: clean votes on each level, Σwx of these, Σw(x−m)² around each
    /// one's own level, and the log-likelihood. As many values at a time as the registers hold: each as
    /// [`Near::levels`] has it, in the same order of additions.
    #[inline(always)]
    pub fn sums(&self, sample: &Sample, mean: f64) -> [f64; 6] {
        let mut lanes = [[0.0; LANES]; 6];
        let (x, more) = sample.logs.as_chunks::<LANES>();
        let (w, more_weights) = sample.weights.as_chunks::<LANES>();
        for (x, w) in x.iter().zip(w) {
            let each = self.lane(x, w, mean);
            for i in 0..6 {
                for k in 0..LANES {
                    lanes[i][k] += each[i][k];
                }
            }
        }
        let mut sums = lanes.map(|lane| lane.iter().sum::<f64>());
        if let Some(last) = more.last() {
            // The last few are filled up with the last of them, which are not added up.
            let (mut x, mut w) = ([*last; LANES], [0.0; LANES]);
            x[..more.len()].copy_from_slice(more);
            w[..more.len()].copy_from_slice(more_weights);
            let each = self.lane(&x, &w, mean);
            for (sum, each) in sums.iter_mut().zip(&each) {
                for one in &each[..more.len()] {
                    *sum += one;
                }
            }
        }
        sums
    }

    /// What each of some values that rise adds to [`Near::sums`].
    #[inline(always)]
    fn lane(&self, x: &Lane, w: &Lane, mean: f64) -> [Lane; 6] {
        let Here { lower, apart } = self.here;
        let (upper, per) = (1.0 - lower, self.per);
        let mut off = [0.0; LANES];
        for k in 0..LANES {
            off[k] = x[k] - mean;
        }
        let mut slips = [0.0; LANES];
        for (factor, share) in SLIPS.into_iter().zip(self.prior.slips) {
            let (mut low, mut high) = ([0.0; LANES], [0.0; LANES]);
            for k in 0..LANES {
                let off = off[k] - factor;
                (low[k], high[k]) = (off * per, (off - apart) * per);
            }
            if are_beyond(&low) && are_beyond(&high) {
                continue;
            }
            for k in 0..LANES {
                slips[k] += share * per * (lower * density(low[k]) + upper * density(high[k]));
            }
        }
        let mut out = [[0.0; LANES]; 6];
        for k in 0..LANES {
            let (own, gross) = self.own(off[k]);
            let total = own[0] + own[1] + gross + slips[k];
            let per = if total <= f64::MIN_POSITIVE { 0.0 } else { 1.0 / total };
            let (a, b) = (w[k] * (own[0] * per), w[k] * (own[1] * per));
            let beyond = off[k] - apart;
            out[0][k] = a;
            out[1][k] = b;
            out[2][k] = a * x[k];
            out[3][k] = b * x[k];
            out[4][k] = a * off[k] * off[k] + b * beyond * beyond;
            out[5][k] = w[k] * ln(total.max(f64::MIN_POSITIVE));
        }
        out
    }
}

/// A number for each of some values.
type Lane = [f64; LANES];

/// Whether all of some numbers that rise lie where [`density`] is nothing.
#[inline(always)]
fn are_beyond(t: &Lane) -> bool {
    let (first, last) = (t[0], t[LANES - 1]);
    (first > 0.0 && first * first > NONE) || (last < 0.0 && last * last > NONE)
}

#[cfg(test)]
mod tests {
    use super::super::super::fit;
    use super::super::tests::{even, noise};
    use super::*;
    use crate::fast::wide;

    #[test]
    fn the_sums_of_many_values_are_those_of_each_to_the_last_bit() {
        let prior = Prior { levels: None, ..fit::tests::prior() };
        for (n, sd, apart) in [(3, 0.1, 1.0), (8, 0.05, 0.2), (21, 0.45, 0.9), (100, 1.2, 1.6)] {
            let mut logs: Vec<f64> = (0..n).map(|i| 3.0 * noise(i) + 0.1 * even(7 * i)).collect();
            logs.sort_by(f64::total_cmp);
            let mut sample = Sample::default();
            sample.weights.extend((0..n).map(|i| 0.1 + 0.9 * even(31 * i)));
            sample.logs = logs;
            let near = Near::of(sd, Here { lower: 0.6, apart }, &prior);
            let each = sample.logs.iter().zip(&sample.weights).map(|(&x, &w)| {
                let (off, beyond) = (x - 0.2, x - 0.2 - apart);
                let (own, density) = near.levels(off);
                let (a, b) = (w * own[0], w * own[1]);
                [a, b, a * x, b * x, a * off * off + b * beyond * beyond, w * ln(density)]
            });
            let each: Vec<[f64; 6]> = each.collect();
            let (whole, more) = each.as_chunks::<LANES>();
            let expected: [f64; 6] = std::array::from_fn(|i| {
                let lanes: [f64; LANES] =
                    std::array::from_fn(|k| whole.iter().map(|c| c[k][i]).fold(0.0, |a, b| a + b));
                more.iter().fold(lanes.iter().sum(), |sum, one| sum + one[i])
            });
            let found = wide(
                #[inline(always)]
                || near.sums(&sample, 0.2),
            );
            assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{n} {sd} {apart}");
        }
    }
}
