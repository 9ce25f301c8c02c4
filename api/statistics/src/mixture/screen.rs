//! A quick look whether a group can have two price levels at all, before two normals are fitted to
//! every value from several starts. Most groups have one level, and a snapshot has a hundred
//! thousand of them. Lets through whatever comes near; the fit decides. Not that fit.

use crate::Parameters;
use crate::fast::single::{LANES, MOST, exp, ln, total};
use crate::fast::{HALF_LN_2PI, ROUND};

/// Values up to which each is a cell of its own; more are gathered in this many cells of equal width.
const CELLS: usize = 2 * LANES;
/// Values from which the quantiles that the full fit starts from are starts here, too.
const MANY: usize = 300;
/// How far below the asked gain in BIC a mixture of the cells may stay and still be looked at: what
/// gathering and fewer rounds can cost.
const NEAR: f64 = 8.0;
/// Most by which the likelihood per value of two normals, each value's component unknown, lies
/// above that of the best cut into two sets: .093 over shares from .05 to .5, spreads up to 3 to 1
/// and Ashman's D from 2 to 5, and what a small sample adds.
const UNKNOWN: f64 = 0.13;
/// What single precision can take of a vote's likelihood.
const ROUNDED: f64 = 2e-6;
const ROUNDS: usize = 30;
/// Starts at most: the best of each third, and those of the full fit.
const STARTS: usize = 6;

/// A number for each cell.
type Lane = [f32; CELLS];

/// Sorted values gathered in cells, in spreads from their mean, with weights that add up to one: likelihoods are
/// then those of one vote, and single precision serves.
#[derive(Debug)]
pub(crate) struct Cells {
    /// Σw of each cell.
    weight: Lane,
    /// Σwx.
    first: Lane,
    /// Their mean.
    mean: Lane,
    /// Σw(x − mean)².
    within: Lane,
    /// Width of a cell.
    width: f32,
    /// Σw, Σwx and Σwx² of all.
    all: [f32; 3],
    /// Least standard deviation of a component, by the rules.
    least_sd: f32,
    /// Least weight of a component: half a vote.
    least_weight: f32,
}

impl Default for Cells {
    fn default() -> Self {
        let none = [0.0; CELLS];
        let [weight, first, mean, within] = [none; 4];
        Cells { weight, first, mean, within, width: 0.0, all: [0.0; 3], least_sd: 0.0, least_weight: 0.0 }
    }
}

/// A normal component.
#[derive(Debug, Clone, Copy)]
struct Component {
    share: f32,
    mean: f32,
    sd: f32,
}

/// Two of them.
type Pair = [Component; 2];

impl Cells {
    /// Whether Sarle's coefficient exceeds its limit or two normals come near the asked gain in BIC. `scale` makes
    /// weights votes, of which there are `n`.
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
        let per_vote = scale / n;
        let (mean, variance) = moments(values, weights, per_vote);
        let sd = variance.sqrt().max(parameters.level_least_sd);
        self.least_sd = (parameters.level_least_sd / sd) as f32;
        self.least_weight = (0.5 / n) as f32;
        self.gather(values, weights, per_vote, mean, sd);
        let limit = parameters.sarle;
        let spread = variance.sqrt() / sd;
        let sarle = |[third, fourth]: [f64; 2]| super::sarle_of(third, fourth, spread, n);
        if sarle(self.extreme(spread.powi(4))) > limit
            && sarle(central(values, weights, mean, 1.0 / sd).map(|moment| moment * per_vote)) > limit
        {
            return true;
        }
        // Log-likelihood of a vote by one normal, and what two must gain on it.
        let one = -HALF_LN_2PI - 0.5 * spread * spread;
        let wanted = one + (parameters.bic_gain - NEAR + 3.0 * n.ln()) / (2.0 * n) - ROUNDED;
        // Sets with their own shares: what an unknown component can add is bounded.
        let gathered = if values.len() <= CELLS { 0.0 } else { NEAR };
        let least = wanted - UNKNOWN - gathered / n;
        let cuts = self.cuts(0.5 * parameters.level_min_n_eff / n, values.len() > MANY);
        let mut pairs = [None; STARTS];
        for (pair, cut) in pairs.iter_mut().zip(cuts) {
            *pair = cut.filter(|(likelihood, _)| f64::from(*likelihood) > least).map(|(_, pair)| pair);
        }
        self.climbs(pairs, wanted as f32)
    }

    /// Fills the cells.
    #[inline(always)]
    fn gather(&mut self, values: &[f64], weights: &[f64], per_vote: f64, mean: f64, sd: f64) {
        (self.weight, self.first, self.mean, self.within) =
            ([0.0; CELLS], [0.0; CELLS], [0.0; CELLS], [0.0; CELLS]);
        let per = 1.0 / sd;
        let range = values[values.len() - 1] - values[0];
        self.width = (range * per / (CELLS - 1) as f64) as f32;
        if values.len() <= CELLS {
            for (i, (x, w)) in values.iter().zip(weights).enumerate() {
                self.weight[i] = (w * per_vote) as f32;
                self.mean[i] = ((x - mean) * per) as f32;
                self.first[i] = self.weight[i] * self.mean[i];
            }
        } else {
            let cells = (CELLS - 1) as f64 / range;
            let origin = values[0];
            // Σw, Σwx and Σwx²; of millions of values single precision would lose too much.
            let mut sums = [[0.0; 3]; CELLS];
            let mut add = |x: f64, w: f64| {
                let cell = (((x - origin) * cells + ROUND).to_bits() % CELLS as u64) as usize;
                let x = (x - mean) * per;
                let wx = w * x;
                sums[cell][0] += w;
                sums[cell][1] += wx;
                sums[cell][2] += wx * x;
            };
            // Neighbours mostly belong to one cell, whose sums would wait for one another: values of each half in turns.
            let (low, high) = values.split_at(values.len() / 2);
            let (low_weights, high_weights) = weights.split_at(low.len());
            let in_turns = low.iter().zip(low_weights).zip(high.iter().zip(high_weights));
            for ((x, w), (other, weight)) in in_turns {
                add(*x, *w);
                add(*other, *weight);
            }
            if let (true, [.., x], [.., w]) = (high.len() > low.len(), high, high_weights) {
                add(*x, *w);
            }
            for (i, [w, f, s]) in sums.into_iter().enumerate() {
                // Of a cell without weight it is 0.
                let mean = f / w.max(f64::MIN_POSITIVE);
                self.weight[i] = (w * per_vote) as f32;
                self.first[i] = (f * per_vote) as f32;
                self.mean[i] = mean as f32;
                self.within[i] = ((s - f * mean) * per_vote).max(0.0) as f32;
            }
        }
        let mut sums = [[0.0; LANES]; 3];
        for [w, f, x, within] in self.lanes() {
            for k in 0..LANES {
                sums[0][k] += w[k];
                sums[1][k] += f[k];
                sums[2][k] += within[k] + f[k] * x[k];
            }
        }
        self.all = sums.map(total);
    }

    /// Third and fourth central moment, as far from those of one normal and as near to those of two levels as the
    /// cells allow: no value lies farther from its cell's mean than the cell is wide. `least` is what
    /// the fourth is at least.
    #[inline(always)]
    fn extreme(&self, least: f64) -> [f64; 2] {
        let mut sums = [[0.0; LANES]; 4];
        for [w, _, x, within] in self.lanes() {
            for k in 0..LANES {
                let d = x[k];
                let square = d * d;
                sums[0][k] += d * (w[k] * square + 3.0 * within[k]);
                sums[1][k] += square * (w[k] * square + 6.0 * within[k]);
                sums[2][k] += within[k];
                sums[3][k] += within[k] * (4.0 * d.abs() + self.width);
            }
        }
        let [third, fourth, off_third, off_fourth] = sums.map(|lane| f64::from(total(lane)));
        let width = f64::from(self.width);
        // What single precision may do, too.
        let off = 1e-5 * fourth;
        let (off_third, off_fourth) = (width * off_third + off, width * off_fourth + off);
        [third.abs() + off_third, (fourth - off_fourth).max(least * (1.0 - 1e-9))]
    }

    /// Cuts to start from, each with the likelihood of a vote by two sets, each of its own normal: the best of the
    /// lower, the middle and the upper third of the weight; of many values also those at the quantiles
    /// the full fit starts from. `least` is what either side holds.
    #[inline(always)]
    fn cuts(&self, least: f64, many: bool) -> [Option<(f32, Pair)>; STARTS] {
        let mut below = [[0.0; 3]; CELLS];
        let mut sum = [0.0; 3];
        for (i, out) in below.iter_mut().enumerate() {
            sum[0] += self.weight[i];
            sum[1] += self.first[i];
            sum[2] += self.within[i] + self.first[i] * self.mean[i];
            *out = sum;
        }
        let mut likelihood = [0.0; CELLS];
        let (all, least_sd) = (self.all, self.least_sd);
        for (out, &of) in likelihood.iter_mut().zip(&below) {
            let rest = [0, 1, 2].map(|k| all[k] - of[k]);
            let (a, _, u) = set(of, least_sd);
            let (b, _, v) = set(rest, least_sd);
            // Half a vote's, but where a variance is the least one.
            let squares = squares_of(of) / u + squares_of(rest) / v;
            *out = 0.5 * (a * ln(a * a / u) + b * ln(b * b / v) - squares) - HALF_LN_2PI as f32;
        }
        let mut best: [Option<usize>; STARTS] = [None; STARTS];
        let (least, most) = (least as f32, all[0] - least as f32);
        for i in 0..CELLS - 1 {
            let w = below[i][0];
            // Behind a cell without weight is the same cut.
            if w < least || w > most || self.weight[i] == 0.0 {
                continue;
            }
            let started = |p: f64| w >= p as f32 && w - self.weight[i] < p as f32;
            if many && let Some(at) = super::STARTS.iter().position(|&p| started(p)) {
                best[3 + at] = Some(i);
            }
            let third = ((3.0 * w) as usize).min(2);
            if best[third].is_none_or(|known| likelihood[i] > likelihood[known]) {
                best[third] = Some(i);
            }
        }
        best.map(|at| {
            let i = at?;
            let of = below[i];
            let pair = [of, [0, 1, 2].map(|k| all[k] - of[k])].map(|sums| {
                let (share, mean, variance) = set(sums, least_sd);
                Component { share, mean, sd: variance.sqrt() }
            });
            Some((likelihood[i], pair))
        })
    }

    /// Whether expectation-maximization from any of these starts reaches a likelihood, all of them side by side:
    /// a round of one alone waits for its own sums. The likelihood is looked at twice in five rounds: where it
    /// rises too slowly to get there, the start is given up.
    #[inline(always)]
    fn climbs(&self, mut pairs: [Option<Pair>; STARTS], wanted: f32) -> bool {
        let mut before = [f32::NEG_INFINITY; STARTS];
        for round in 0..ROUNDS {
            let looked = round % 5 >= 3;
            let mut left = false;
            for (pair, before) in pairs.iter_mut().zip(&mut before) {
                let Some(now) = pair else { continue };
                if !looked {
                    *pair = self.improved(now);
                } else {
                    let (likelihood, next) = self.likelihood(now);
                    if likelihood > wanted {
                        return true;
                    }
                    let step = likelihood - *before;
                    let slow = step * 2.0 * ((ROUNDS - round) as f32) < wanted - likelihood;
                    *pair = if round % 5 == 4 && slow { None } else { next };
                    *before = likelihood;
                }
                left |= pair.is_some();
            }
            if !left {
                return false;
            }
        }
        pairs.iter().flatten().any(|pair| self.likelihood(pair).0 > wanted)
    }

    /// The lists, [`LANES`] cells at a time: weight, Σwx, mean, Σw(x − mean)².
    #[inline(always)]
    fn lanes(&self) -> impl Iterator<Item = [&[f32; LANES]; 4]> {
        let [w, f, x, within] = [&self.weight, &self.first, &self.mean, &self.within]
            .map(|list| list.as_chunks::<LANES>().0.iter());
        w.zip(f).zip(x).zip(within).map(|(((w, f), x), within)| [w, f, x, within])
    }

    /// One round; `None` where a component has died.
    #[inline(always)]
    fn improved(&self, pair: &Pair) -> Option<Pair> {
        let [a, b] = pair.map(|c| (c.mean, 0.5 / (c.sd * c.sd)));
        let odds = (pair[1].share * pair[0].sd) / (pair[0].share * pair[1].sd);
        let mut sums = [[0.0; LANES]; 3];
        for [w, f, x, within] in self.lanes() {
            for k in 0..LANES {
                let (u, v) = (x[k] - a.0, x[k] - b.0);
                let share = 1.0 / (1.0 + odds * exp(u * u * a.1 - v * v * b.1));
                sums[0][k] += share * w[k];
                sums[1][k] += share * f[k];
                sums[2][k] += share * (within[k] + f[k] * x[k]);
            }
        }
        self.of_sums(sums.map(total))
    }

    /// Both components by the sums of the first.
    #[inline(always)]
    fn of_sums(&self, first: [f32; 3]) -> Option<Pair> {
        let component = |[w, f, s]: [f32; 3]| {
            let mean = f / w;
            let sd = (s / w - mean * mean).max(0.0).sqrt().max(self.least_sd);
            (w >= self.least_weight).then_some(Component { share: w, mean, sd })
        };
        let rest = [0, 1, 2].map(|k| self.all[k] - first[k]);
        Some([component(first)?, component(rest)?])
    }

    /// Log-likelihood of a vote, a cell's own spread counted in, and the next round.
    #[inline(always)]
    fn likelihood(&self, pair: &Pair) -> (f32, Option<Pair>) {
        let [a, b] = pair.map(|c| (c.mean, 0.5 / (c.sd * c.sd)));
        let density = pair[0].share / pair[0].sd;
        // In the exponent: times an exponential it may be more than single precision holds.
        let odds = ln((pair[1].share / pair[1].sd) / density);
        let (mut sums, mut logs) = ([[0.0; LANES]; 3], [0.0; LANES]);
        for [w, f, x, within] in self.lanes() {
            for k in 0..LANES {
                let (w, f, x, within) = (w[k], f[k], x[k], within[k]);
                let (u, v) = (x - a.0, x - b.0);
                let (pa, pb) = (u * u * a.1, v * v * b.1);
                let off = pa - pb + odds;
                let both = 1.0 + exp(off);
                let share = 1.0 / both;
                sums[0][k] += share * w;
                sums[1][k] += share * f;
                sums[2][k] += share * (within + f * x);
                // A place without weight adds nothing. Beyond what an exponential holds, the other
                // component's density is all.
                let beyond = (off - MOST).max(0.0);
                logs[k] += w * (ln(both) + beyond - pa) - within * (share * a.1 + (1.0 - share) * b.1);
            }
        }
        let likelihood = total(logs) + ln(density) - HALF_LN_2PI as f32;
        (likelihood, self.of_sums(sums.map(total)))
    }
}

/// Share, mean and variance of a set of which Σw, Σwx and Σwx² are known.
#[inline(always)]
fn set([w, f, s]: [f32; 3], least_sd: f32) -> (f32, f32, f32) {
    let mean = f / w;
    (w, mean, (s / w - mean * mean).max(least_sd * least_sd))
}

/// Σw(x − mean)² of a set of which Σw, Σwx and Σwx² are known.
#[inline(always)]
fn squares_of([w, f, s]: [f32; 3]) -> f32 {
    (s - f * (f / w)).max(0.0)
}

/// Mean and variance, of weights that `per_vote` makes add up to one.
#[inline(always)]
fn moments(values: &[f64], weights: &[f64], per_vote: f64) -> (f64, f64) {
    let origin = values[0];
    let [first, second] = sums(values, weights, |x| [x - origin, (x - origin) * (x - origin)]);
    let mean = first * per_vote;
    (origin + mean, (second * per_vote - mean * mean).max(0.0))
}

/// Σw((x−m)/s)³ and Σw((x−m)/s)⁴, of `per` 1/s.
#[inline(always)]
fn central(values: &[f64], weights: &[f64], mean: f64, per: f64) -> [f64; 2] {
    sums(values, weights, |x| {
        let off = (x - mean) * per;
        let square = off * off;
        [square * off, square * square]
    })
}

/// Σw·f(x) of two functions at once.
#[inline(always)]
fn sums(values: &[f64], weights: &[f64], of: impl Fn(f64) -> [f64; 2]) -> [f64; 2] {
    use crate::fast::LANES;
    let mut lanes = [[0.0; LANES]; 2];
    let (x, more) = values.as_chunks::<LANES>();
    let (w, more_weights) = weights.as_chunks::<LANES>();
    for (x, w) in x.iter().zip(w) {
        for k in 0..LANES {
            let [a, b] = of(x[k]);
            lanes[0][k] += w[k] * a;
            lanes[1][k] += w[k] * b;
        }
    }
    let mut out = lanes.map(crate::fast::total);
    for (&x, w) in more.iter().zip(more_weights) {
        let [a, b] = of(x);
        out[0] += w * a;
        out[1] += w * b;
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
        for i in 0..2800 {
            let n = [20, 30, 50, 80, 120, 300, 800][i % 7];
            let one = i % 3 == 0;
            // Of the narrow ones a level's spread is the least there is.
            let scale = if i < 1400 { 0.4 } else { 0.01 + 0.02 * numbers.next() };
            let (share, apart, spread) = (
                0.1 + 0.4 * numbers.next(),
                if one { 0.0 } else { 2.0 + 3.0 * numbers.next() },
                (1.2 * (numbers.next() - 0.5)).exp(),
            );
            let mut values: Vec<Weighted> = (0..n)
                .map(|_| {
                    let x = numbers.normal();
                    let upper = numbers.next() < share && !one;
                    (scale * if upper { apart + spread * x } else { x }, 1.0)
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

    /// A few prices far below many: their odds, and what millions of weights add up to.
    #[test]
    fn a_small_level_far_off_is_let_through_whatever_the_size() {
        for (n, sd, few, at, their_sd) in
            [(24_000, 0.03, 9, -1.6, 0.1), (64_000, 0.3, 9, -8.0, 0.1), (90_000, 0.3, 10, -1.5, 0.05)]
        {
            let mut numbers = Numbers(3);
            let mut values: Vec<Weighted> =
                (0..n).map(|_| (sd * numbers.normal().clamp(-4.0, 4.0), 1.0)).collect();
            values.extend((0..few).map(|_| (at + their_sd * numbers.normal(), 1.0)));
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let size = values.len() as f64;
            assert!(super::super::apart_of(&values, size, &Parameters::default()), "{n}");
            assert!(bic_gain(&values, size) > 10.0, "{n}");
            assert!(may_have_levels(&values, size), "{n}");
        }
    }

    #[test]
    fn one_price_has_one_level_and_a_lattice_is_looked_at_calmly() {
        assert!(!may_have_levels(&[(1.0, 1.0); 40], 40.0));
        let even: Vec<Weighted> = normal(400, 0.0, 0.3).map(|x| (x, 1.0)).collect();
        assert!(!may_have_levels(&even, 400.0));
    }
}
