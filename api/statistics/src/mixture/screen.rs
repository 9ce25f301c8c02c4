//! A quick look whether a group can have two price levels at all, before two normals are fitted to
//! every value from several starts. Most groups have one level, and a snapshot has a hundred
//! thousand of them. Lets through whatever comes near; the fit decides. Not that fit.

use super::{HALF_LN_2PI, LEAST_SD};
use crate::Parameters;
use crate::fast::exp;
use crate::quantile::Weighted;

/// Values up to which each is a cell of its own; more are gathered in this many cells.
const CELLS: usize = 64;
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

/// Sorted values gathered in cells: weight, Σwx and Σwx² of each, x from the first value. Lent, so
/// that nothing is allocated for each group.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    weight: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

/// Two normals: share, mean, sd of each.
type Pair = [(f64, f64, f64); 2];

impl Cells {
    fn gather(&mut self, len: usize, at: impl Fn(usize) -> Weighted, scale: f64) {
        for list in [&mut self.weight, &mut self.first, &mut self.second] {
            list.clear();
        }
        let origin = at(0).0;
        let width = (at(len - 1).0 - origin) / CELLS as f64;
        let single = len <= CELLS;
        let mut cell = usize::MAX;
        for (x, w) in (0..len).map(at) {
            let (x, w) = (x - origin, w * scale);
            let place = if single || width <= 0.0 { self.weight.len() } else { (x / width) as usize };
            if place != cell || single {
                cell = place;
                self.weight.push(0.0);
                self.first.push(0.0);
                self.second.push(0.0);
            }
            if let (Some(a), Some(b), Some(c)) =
                (self.weight.last_mut(), self.first.last_mut(), self.second.last_mut())
            {
                *a += w;
                *b += w * x;
                *c += w * x * x;
            }
        }
    }

    /// Whether Sarle's coefficient exceeds its limit or two normals come near the asked gain in BIC.
    pub fn may_have_levels(
        &mut self,
        len: usize,
        at: &impl Fn(usize) -> Weighted,
        scale: f64,
        n: f64,
        parameters: &Parameters,
    ) -> bool {
        if at(0).0 >= at(len - 1).0 {
            return false;
        }
        self.gather(len, at, scale);
        let mean = self.first.iter().sum::<f64>() / n;
        let variance = (self.second.iter().sum::<f64>() / n - mean * mean).max(0.0);
        let sd = variance.sqrt().max(LEAST_SD);
        let origin = at(0).0;
        let (mut third, mut fourth) = (0.0, 0.0);
        for (x, w) in (0..len).map(at) {
            let off = x - origin - mean;
            let square = off * off;
            third += w * square * off;
            fourth += w * square * square;
        }
        if super::sarle_of(third * scale / n, fourth * scale / n, variance.sqrt(), n) > parameters.sarle {
            return true;
        }
        // Log-likelihood of one normal.
        let one = -n * (sd.ln() + HALF_LN_2PI) - 0.5 * n * variance / (sd * sd);
        let wanted = (parameters.bic_gain - NEAR + 3.0 * n.ln()) / 2.0;
        let mut starts = self.cuts(n, 0.5 * parameters.level_min_n_eff, len > MANY);
        // Sets with their own shares: what an unknown component can add is bounded.
        starts.retain(|(likelihood, _)| {
            likelihood - one > wanted - UNKNOWN * n - if len <= CELLS { 0.0 } else { NEAR }
        });
        starts.iter().any(|(_, pair)| self.gains(*pair, one + wanted, n))
    }

    /// Cuts to start from: the best of the lower, the middle and the upper third of the weight, by
    /// the likelihood of two sets each of its own normal; of many values also those at the quantiles
    /// the full fit starts from.
    fn cuts(&self, n: f64, least: f64, many: bool) -> Vec<(f64, Pair)> {
        let all = (self.first.iter().sum::<f64>(), self.second.iter().sum::<f64>());
        let mut best: [Option<(f64, Pair)>; 3] = [None; 3];
        let mut quantiles = Vec::new();
        let (mut w, mut f, mut s) = (0.0, 0.0, 0.0);
        for i in 0..self.weight.len().saturating_sub(1) {
            w += self.weight[i];
            f += self.first[i];
            s += self.second[i];
            if w < least || n - w < least {
                continue;
            }
            let part = |w: f64, f: f64, s: f64| {
                let mean = f / w;
                let variance = (s / w - mean * mean).max(LEAST_SD * LEAST_SD);
                (w / n, mean, variance)
            };
            let (a, b) = (part(w, f, s), part(n - w, all.0 - f, all.1 - s));
            let set = |(share, _, variance): (f64, f64, f64)| {
                n * share * (share.ln() - 0.5 * variance.ln() - HALF_LN_2PI - 0.5)
            };
            let likelihood = set(a) + set(b);
            let pair = [(a.0, a.1, a.2.sqrt()), (b.0, b.1, b.2.sqrt())];
            if many && super::STARTS.iter().any(|&p| w >= p * n && w - self.weight[i] < p * n) {
                quantiles.push((likelihood, pair));
            }
            let third = ((3.0 * w / n) as usize).min(2);
            if best[third].is_none_or(|known| likelihood > known.0) {
                best[third] = Some((likelihood, pair));
            }
        }
        best.into_iter().flatten().chain(quantiles).collect()
    }

    /// Whether expectation-maximization from this start reaches a likelihood. The likelihood is
    /// looked at twice in five rounds: where it rises too slowly to get there, it is given up.
    fn gains(&self, mut pair: Pair, wanted: f64, n: f64) -> bool {
        let mut before = f64::NEG_INFINITY;
        for round in 0..ROUNDS {
            if round % 5 >= 3 {
                let likelihood = self.likelihood(&pair, n);
                if likelihood > wanted {
                    return true;
                }
                let step = likelihood - before;
                if round % 5 == 4 && step * 2.0 * ((ROUNDS - round) as f64) < wanted - likelihood {
                    return false;
                }
                before = likelihood;
            }
            let Some(next) = self.improved(&pair, n) else { return false };
            pair = next;
        }
        self.likelihood(&pair, n) > wanted
    }

    /// One round; `None` where a component has died.
    fn improved(&self, pair: &Pair, n: f64) -> Option<Pair> {
        let [a, b] = pair.map(|(_, mean, sd)| (mean, 0.5 / (sd * sd)));
        let odds = (pair[1].0 / pair[1].2) / (pair[0].0 / pair[0].2);
        let (mut whole, mut first) = ([0.0; 3], [0.0; 3]);
        for ((&w, &f), &s) in self.weight.iter().zip(&self.first).zip(&self.second) {
            let x = f / w;
            let (u, v) = (x - a.0, x - b.0);
            let share = 1.0 / (1.0 + odds * exp(u * u * a.1 - v * v * b.1));
            for (k, value) in [w, f, s].into_iter().enumerate() {
                whole[k] += value;
                first[k] += share * value;
            }
        }
        let component = |[w, f, s]: [f64; 3]| {
            let mean = f / w;
            (w >= 0.5).then(|| (w / n, mean, (s / w - mean * mean).max(0.0).sqrt().max(LEAST_SD)))
        };
        let rest = [whole[0] - first[0], whole[1] - first[1], whole[2] - first[2]];
        Some([component(first)?, component(rest)?])
    }

    /// Log-likelihood of the cells, a cell's own spread counted in.
    fn likelihood(&self, pair: &Pair, n: f64) -> f64 {
        let [a, b] = pair.map(|(share, mean, sd)| (share / sd, mean, 0.5 / (sd * sd)));
        let mut sum = -n * HALF_LN_2PI;
        for ((&w, &f), &s) in self.weight.iter().zip(&self.first).zip(&self.second) {
            let x = f / w;
            let (pa, pb) = ((x - a.1).powi(2) * a.2, (x - b.1).powi(2) * b.2);
            let top = pa.min(pb);
            let (da, db) = (a.0 * exp(top - pa), b.0 * exp(top - pb));
            let first = da / (da + db);
            let within = (s - f * x).max(0.0);
            sum += w * ((da + db).ln() - top) - within * (first * a.2 + (1.0 - first) * b.2);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bic_gain, sarle, tests::normal};
    use super::*;

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
            let passes =
                Cells::default().may_have_levels(values.len(), &|i| values[i], 1.0, size, &parameters);
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
        let parameters = Parameters::default();
        let flat = [(1.0, 1.0); 40];
        assert!(!Cells::default().may_have_levels(40, &|i| flat[i], 1.0, 40.0, &parameters));
        let even: Vec<Weighted> = normal(400, 0.0, 0.3).map(|x| (x, 1.0)).collect();
        assert!(!Cells::default().may_have_levels(400, &|i| even[i], 1.0, 400.0, &parameters));
    }
}
