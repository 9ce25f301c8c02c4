//! A quick look whether a group can have two price levels at all, before two normals are fitted to
//! every value from several starts. Most groups have one level, and a snapshot has a hundred
//! thousand of them. Lets through whatever comes near; the fit decides. Not that fit.

use super::HALF_LN_2PI;
use crate::Parameters;
use crate::fast::{LANES, exp, ln};

/// Values up to which each is a cell of its own; more are gathered in this many cells.
const CELLS: usize = 32;
/// Values from which the quantiles that the full fit starts from are starts here, too.
const MANY: usize = 300;
/// How far below the asked gain in BIC a mixture of the cells may stay and still be looked at: what
/// gathering and fewer rounds can cost.
const NEAR: f64 = 8.0;
/// Most by which the likelihood per value of two normals, each value's component unknown, lies
/// above that of the best cut into two sets: .093 over shares from .05 to .5, spreads up to 3 to 1
/// and Ashman's D from 2 to 5, and what a small sample adds.
const UNKNOWN: f64 = 0.13;
const ROUNDS: usize = 30;

/// Sorted values gathered in cells: weight, Σwx and Σwx² of each, x from the first value, and their
/// mean; lists filled up with cells without weight to whole [`LANES`]. Lent, so that nothing is
/// allocated for each group.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    weight: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    mean: Vec<f64>,
    /// Σw, Σwx and Σwx² of each cell and those below it.
    below: [Vec<f64>; 3],
    /// Log-likelihood of two sets, each of its own normal, cut above each cell.
    cut: Vec<f64>,
    /// Σw, Σwx, Σwx² of all.
    all: [f64; 3],
    /// Cells with weight.
    len: usize,
    /// Least standard deviation of a component, by the rules.
    least_sd: f64,
}

/// Two normals: share, mean, sd of each.
type Pair = [(f64, f64, f64); 2];

/// Σw(x−m)³ and Σw(x−m)⁴ of all values.
type Central = [f64; 2];

/// A sum kept for each place.
type Lane = [f64; LANES];

impl Cells {
    #[inline(always)]
    fn gather(&mut self, values: &[f64], weights: &[f64], scale: f64) {
        for list in [&mut self.weight, &mut self.first, &mut self.second, &mut self.mean] {
            list.clear();
        }
        let origin = values[0];
        let width = (values[values.len() - 1] - origin) / CELLS as f64;
        let single = values.len() <= CELLS;
        if single {
            self.weight.extend(weights.iter().map(|w| w * scale));
            self.mean.extend(values.iter().map(|x| x - origin));
            self.first.extend(self.weight.iter().zip(&self.mean).map(|(w, x)| w * x));
            self.second.extend(self.first.iter().zip(&self.mean).map(|(f, x)| f * x));
        } else {
            let per = 1.0 / width;
            let mut cell = usize::MAX;
            let (mut a, mut b, mut c) = (0.0, 0.0, 0.0);
            for (x, w) in values.iter().zip(weights) {
                let (x, w) = (x - origin, w * scale);
                let place = (x * per) as usize;
                if place != cell {
                    if a > 0.0 {
                        self.put(a, b, c);
                    }
                    (cell, a, b, c) = (place, 0.0, 0.0, 0.0);
                }
                let wx = w * x;
                a += w;
                b += wx;
                c += wx * x;
            }
            self.put(a, b, c);
            self.mean.extend(self.first.iter().zip(&self.weight).map(|(f, w)| f / w));
        }
        self.len = self.weight.len();
        self.all = [&self.weight, &self.first, &self.second].map(|list| list.iter().sum());
        let whole = self.len.next_multiple_of(LANES);
        for list in [&mut self.weight, &mut self.first, &mut self.second, &mut self.mean] {
            list.resize(whole, 0.0);
        }
    }

    fn put(&mut self, weight: f64, first: f64, second: f64) {
        self.weight.push(weight);
        self.first.push(first);
        self.second.push(second);
    }

    /// Whether Sarle's coefficient exceeds its limit or two normals come near the asked gain in BIC.
    #[inline(always)]
    pub fn may_have_levels(
        &mut self,
        values: &[f64],
        weights: &[f64],
        scale: f64,
        n: f64,
        parameters: &Parameters,
    ) -> bool {
        if values[0] >= values[values.len() - 1] {
            return false;
        }
        self.least_sd = parameters.level_least_sd;
        self.gather(values, weights, scale);
        let mean = self.all[1] / n;
        let variance = (self.all[2] / n - mean * mean).max(0.0);
        let sd = variance.sqrt().max(self.least_sd);
        let limit = parameters.sarle;
        let sarle = |[third, fourth]: Central| super::sarle_of(third / n, fourth / n, variance.sqrt(), n);
        if sarle(self.extreme(values, mean, n * variance * variance)) > limit
            && sarle(central(values, weights, values[0] + mean).map(|moment| moment * scale)) > limit
        {
            return true;
        }
        // Log-likelihood of one normal.
        let one = -n * (sd.ln() + HALF_LN_2PI) - 0.5 * n * variance / (sd * sd);
        let wanted = (parameters.bic_gain - NEAR + 3.0 * n.ln()) / 2.0;
        let many = values.len() > MANY;
        // Sets with their own shares: what an unknown component can add is bounded.
        let least = one + wanted - UNKNOWN * n - if values.len() <= CELLS { 0.0 } else { NEAR };
        let starts = self.cuts(n, 0.5 * parameters.level_min_n_eff, many);
        // A loop and no closure: that would not be compiled for the widest registers.
        for start in starts {
            if let Some((likelihood, pair)) = start
                && likelihood > least
                && self.gains(pair, one + wanted, n)
            {
                return true;
            }
        }
        false
    }

    /// Σw(x−m)³ and Σw(x−m)⁴, as far from those of one normal and as near to those of two levels as the
    /// cells allow: no value lies farther from its cell's mean than the cell is wide. `least` is what
    /// the fourth is at least.
    #[inline(always)]
    fn extreme(&self, values: &[f64], mean: f64, least: f64) -> Central {
        let width = (values[values.len() - 1] - values[0]) / CELLS as f64;
        let (mut third, mut fourth, mut off_third, mut off_fourth) =
            ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for [w, f, s, x] in self.lanes() {
            for k in 0..LANES {
                let d = x[k] - mean;
                let square = d * d;
                let within = (s[k] - f[k] * x[k]).max(0.0);
                third[k] += d * (w[k] * square + 3.0 * within);
                fourth[k] += square * (w[k] * square + 6.0 * within);
                off_third[k] += within;
                off_fourth[k] += within * (4.0 * d.abs() + width);
            }
        }
        let [third, fourth, off_third, off_fourth] =
            [third, fourth, off_third, off_fourth].map(|lane| lane.iter().sum::<f64>());
        // What rounding may do, too.
        let (off_third, off_fourth) =
            (width * off_third + 1e-9 * third.abs(), width * off_fourth + 1e-9 * fourth);
        [third.abs() + off_third, (fourth - off_fourth).max(least * (1.0 - 1e-9))]
    }

    /// Cuts to start from: the best of the lower, the middle and the upper third of the weight, by
    /// the likelihood of two sets each of its own normal; of many values also those at the quantiles
    /// the full fit starts from.
    #[inline(always)]
    fn cuts(&mut self, n: f64, least: f64, many: bool) -> [Option<(f64, Pair)>; 6] {
        for (below, list) in self.below.iter_mut().zip([&self.weight, &self.first, &self.second]) {
            below.clear();
            let mut sum = 0.0;
            for x in list {
                sum += x;
                below.push(sum);
            }
        }
        self.cut.clear();
        self.cut.resize(self.weight.len(), 0.0);
        let per = 1.0 / n;
        let (all, least_sd) = (self.all, self.least_sd);
        let [w, f, s] = self.below.each_ref().map(|list| list.as_chunks::<LANES>().0.iter());
        for (((out, w), f), s) in self.cut.as_chunks_mut::<LANES>().0.iter_mut().zip(w).zip(f).zip(s) {
            let mut likelihood = [0.0; LANES];
            for k in 0..LANES {
                let (a, _, u) = set(w[k], f[k], s[k], per, least_sd);
                let (b, _, v) = set(n - w[k], all[1] - f[k], all[2] - s[k], per, least_sd);
                likelihood[k] = n * (0.5 * (a * ln(a * a / u) + b * ln(b * b / v)) - HALF_LN_2PI - 0.5);
            }
            *out = likelihood;
        }
        let mut best: [Option<usize>; 6] = [None; 6];
        for i in 0..self.len.saturating_sub(1) {
            let w = self.below[0][i];
            if w < least || n - w < least {
                continue;
            }
            if many
                && let Some(at) = super::STARTS.iter().position(|&p| w >= p * n && w - self.weight[i] < p * n)
            {
                best[3 + at] = Some(i);
            }
            let third = ((3.0 * w * per) as usize).min(2);
            if best[third].is_none_or(|known| self.cut[i] > self.cut[known]) {
                best[third] = Some(i);
            }
        }
        best.map(|at| {
            let i = at?;
            let [w, f, s] = [0, 1, 2].map(|k| self.below[k][i]);
            let (a, b) =
                (set(w, f, s, per, least_sd), set(n - w, self.all[1] - f, self.all[2] - s, per, least_sd));
            Some((self.cut[i], [(a.0, a.1, a.2.sqrt()), (b.0, b.1, b.2.sqrt())]))
        })
    }

    /// Whether expectation-maximization from this start reaches a likelihood. The likelihood is
    /// looked at twice in five rounds: where it rises too slowly to get there, it is given up.
    #[inline(always)]
    fn gains(&self, mut pair: Pair, wanted: f64, n: f64) -> bool {
        let mut before = f64::NEG_INFINITY;
        for round in 0..ROUNDS {
            let next = if round % 5 >= 3 {
                let (likelihood, next) = self.likelihood(&pair, n);
                if likelihood > wanted {
                    return true;
                }
                let step = likelihood - before;
                if round % 5 == 4 && step * 2.0 * ((ROUNDS - round) as f64) < wanted - likelihood {
                    return false;
                }
                before = likelihood;
                next
            } else {
                self.improved(&pair, n)
            };
            let Some(next) = next else { return false };
            pair = next;
        }
        self.likelihood(&pair, n).0 > wanted
    }

    /// The lists, [`LANES`] cells at a time: weight, Σwx, Σwx², mean.
    #[inline(always)]
    fn lanes(&self) -> impl Iterator<Item = [&Lane; 4]> {
        let w = self.weight.as_chunks::<LANES>().0.iter();
        let f = self.first.as_chunks::<LANES>().0.iter();
        let s = self.second.as_chunks::<LANES>().0.iter();
        let x = self.mean.as_chunks::<LANES>().0.iter();
        w.zip(f).zip(s).zip(x).map(|(((w, f), s), x)| [w, f, s, x])
    }

    /// One round; `None` where a component has died.
    #[inline(always)]
    fn improved(&self, pair: &Pair, n: f64) -> Option<Pair> {
        let [(_, mean, sd), (_, other_mean, other_sd)] = *pair;
        let (a, b) = ((mean, 0.5 / (sd * sd)), (other_mean, 0.5 / (other_sd * other_sd)));
        let odds = (pair[1].0 / pair[1].2) / (pair[0].0 / pair[0].2);
        let mut sums = [[0.0; LANES]; 3];
        for [w, f, s, x] in self.lanes() {
            for k in 0..LANES {
                let (u, v) = (x[k] - a.0, x[k] - b.0);
                let share = 1.0 / (1.0 + odds * exp(u * u * a.1 - v * v * b.1));
                sums[0][k] += share * w[k];
                sums[1][k] += share * f[k];
                sums[2][k] += share * s[k];
            }
        }
        self.of_sums(sums, n)
    }

    /// Both components by the sums of the first.
    #[inline(always)]
    fn of_sums(&self, sums: [Lane; 3], n: f64) -> Option<Pair> {
        let first = sums.map(|lane| lane.iter().sum::<f64>());
        let component = |[w, f, s]: [f64; 3]| {
            let mean = f / w;
            (w >= 0.5).then(|| (w / n, mean, (s / w - mean * mean).max(0.0).sqrt().max(self.least_sd)))
        };
        let rest = [0, 1, 2].map(|k| self.all[k] - first[k]);
        Some([component(first)?, component(rest)?])
    }

    /// Log-likelihood of the cells, a cell's own spread counted in, and the next round.
    #[inline(always)]
    fn likelihood(&self, pair: &Pair, n: f64) -> (f64, Option<Pair>) {
        let [(_, mean, sd), (_, other_mean, other_sd)] = *pair;
        let (a, b) = ((mean, 0.5 / (sd * sd)), (other_mean, 0.5 / (other_sd * other_sd)));
        let density = pair[0].0 / pair[0].2;
        let odds = (pair[1].0 / pair[1].2) / density;
        let (mut sums, mut logs) = ([[0.0; LANES]; 3], [0.0; LANES]);
        for [w, f, s, x] in self.lanes() {
            for k in 0..LANES {
                let (u, v) = (x[k] - a.0, x[k] - b.0);
                let (pa, pb) = (u * u * a.1, v * v * b.1);
                let both = 1.0 + odds * exp(pa - pb);
                let share = 1.0 / both;
                sums[0][k] += share * w[k];
                sums[1][k] += share * f[k];
                sums[2][k] += share * s[k];
                // A place without weight adds nothing. Beyond what an exponential holds, the other
                // component's density is all.
                let within = (s[k] - f[k] * x[k]).max(0.0);
                let beyond = (pa - pb - 700.0).max(0.0);
                logs[k] += w[k] * (ln(both) + beyond - pa) - within * (share * a.1 + (1.0 - share) * b.1);
            }
        }
        let likelihood = logs.iter().sum::<f64>() + n * (ln(density) - HALF_LN_2PI);
        (likelihood, self.of_sums(sums, n))
    }
}

/// Share, mean and variance of a set of which Σw, Σwx and Σwx² are known; a part of all is 1/`per`.
#[inline(always)]
fn set(w: f64, f: f64, s: f64, per: f64, least_sd: f64) -> (f64, f64, f64) {
    let mean = f / w;
    (w * per, mean, (s / w - mean * mean).max(least_sd * least_sd))
}

/// Σw(x−m)³ and Σw(x−m)⁴.
#[inline(always)]
fn central(values: &[f64], weights: &[f64], mean: f64) -> Central {
    let mut sums = [[0.0; LANES]; 2];
    let (x, more) = values.as_chunks::<LANES>();
    let (w, more_weights) = weights.as_chunks::<LANES>();
    for (x, w) in x.iter().zip(w) {
        for k in 0..LANES {
            let off = x[k] - mean;
            let square = off * off;
            sums[0][k] += w[k] * square * off;
            sums[1][k] += w[k] * square * square;
        }
    }
    let mut out = sums.map(|lane| lane.iter().sum::<f64>());
    for (x, w) in more.iter().zip(more_weights) {
        let square = (x - mean) * (x - mean);
        out[0] += w * square * (x - mean);
        out[1] += w * square * square;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{bic_gain, sarle, tests::normal};
    use super::*;
    use crate::quantile::Weighted;

    /// Uniform numbers in an order that follows from their seed.
    struct Numbers(u64);
    impl Numbers {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64) / (1u64 << 53) as f64
        }
        fn normal(&mut self) -> f64 {
            (-2.0 * self.next().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
        }
    }

    fn may_have_levels(values: &[Weighted], n: f64) -> bool {
        let (values, weights): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
        Cells::default().may_have_levels(&values, &weights, 1.0, n, &Parameters::default())
    }

    /// Groups of one and of two levels, equal and unequal: none that the full fit finds is passed
    /// over, and most of one level are.
    #[test]
    fn what_the_fit_would_find_is_let_through() {
        let mut numbers = Numbers(7);
        let parameters = Parameters::default();
        let (mut found, mut missed, mut single, mut spared) = (0, 0, 0, 0);
        for i in 0..1400 {
            let n = [20, 30, 50, 80, 120, 300, 800][i % 7];
            let one = i % 3 == 0;
            let (share, apart, spread) = (
                0.1 + 0.4 * numbers.next(),
                if one { 0.0 } else { 2.0 + 3.0 * numbers.next() },
                (1.2 * (numbers.next() - 0.5)).exp(),
            );
            let mut values: Vec<Weighted> = (0..n)
                .map(|_| {
                    let x = numbers.normal();
                    let upper = numbers.next() < share && !one;
                    (0.4 * if upper { apart + spread * x } else { x }, 1.0)
                })
                .collect();
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let size = values.len() as f64;
            let passes = may_have_levels(&values, size);
            let levels = super::super::apart_of(&values, size, &parameters);
            let truly = levels && (sarle(&values, size) > 0.555 || bic_gain(&values, size) > 10.0);
            found += usize::from(truly);
            missed += usize::from(truly && !passes);
            single += usize::from(one);
            spared += usize::from(one && !passes);
        }
        assert!(found > 300, "{found}");
        assert_eq!(missed, 0, "of {found}");
        assert!(spared * 10 > single * 9, "{spared} of {single}");
    }

    #[test]
    fn one_price_has_one_level_and_a_lattice_is_looked_at_calmly() {
        assert!(!may_have_levels(&[(1.0, 1.0); 40], 40.0));
        let even: Vec<Weighted> = normal(400, 0.0, 0.3).map(|x| (x, 1.0)).collect();
        assert!(!may_have_levels(&even, 400.0));
    }
}
