//! Groups whose prices stand at two levels, as their siblings show: how far apart and in what shares is
//! learned from these, and a group's next price is foretold by both levels. Not the levels of one large
//! group by itself (`mixture`), nor whether siblings have levels at all: their prices decide that.
//!
//! A reference is drawn from N(m, s²) on the lower level or from N(m + δ, s²) on the upper one, or it is
//! a gross error or a slip as in `fit`. Of few references it may be open which level they are of: each
//! place of m that explains them is kept with its probability, and the forecast is that of all places.

mod near;

use super::fit::{Fit, Predictive, Prior, Sample};
use super::odds::Parts;
use super::special::{normal_scale, root, student_scale};
use super::{Point, Rules};
use crate::fast::{single::LANES, wide};
use crate::quantile::quantile_of_total;
use near::{Here, Near};
use statrs::function::erf::erfc;

/// Two levels, as siblings show them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TwoLevels {
    /// Share of the prices on the lower level.
    pub lower: f64,
    /// δ: how far the upper level lies above it, on logs.
    pub apart: f64,
    /// Variance of δ among groups.
    pub varies: f64,
    /// How many votes of a group the siblings' share is worth.
    pub worth: f64,
}

/// A place of the lower level that explains a group's references.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    /// Probability.
    share: f64,
    mean: f64,
    sd: f64,
    dof: f64,
    here: Here,
}

/// What two levels add to a fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OnLevels {
    places: Vec<Place>,
    here: Here,
    /// Votes on the lower and on the upper level.
    pub votes: [f64; 2],
}

/// Rounds after which a climb is taken as it is; most end sooner. As all constants of this file no rule but
/// how finely is reckoned: the numbers that are chosen stand in the rules.
const ROUNDS: usize = 25;

struct Climbed {
    fit: Fit,
    here: Here,
    votes: [f64; 2],
    height: f64,
}

/// Climbs from a start to the nearest place.
fn climb(sample: &Sample, prior: &Prior, levels: &TwoLevels, start: f64) -> Climbed {
    let (mut mean, mut variance) = (start, prior.variance);
    let mut here = Here { lower: levels.lower, apart: levels.apart };
    let mut out = Climbed {
        fit: Fit { mean, variance, votes: 0.0, squares: 0.0, sum: 0.0, levels: None },
        here,
        votes: [0.0; 2],
        height: f64::NEG_INFINITY,
    };
    for _ in 0..ROUNDS {
        let sd = variance.sqrt().max(prior.least_spread);
        let apart = here.apart;
        let near = Near::of(sd, here, prior);
        let [low, high, of_low, of_high, squares, mut height] = wide(
            #[inline(always)]
            || near.sums(sample, mean),
        );
        let (votes, sums) = ([low, high], [of_low, of_high]);
        height += -0.5 * (mean - prior.mean).powi(2) / prior.between
            - (0.5 * prior.dof + 1.0) * variance.ln()
            - 0.5 * prior.dof * prior.variance / variance
            + levels.worth
                * (levels.lower * (here.lower / levels.lower).ln()
                    + (1.0 - levels.lower) * ((1.0 - here.lower) / (1.0 - levels.lower)).ln());
        if levels.varies > 0.0 {
            height -= 0.5 * (apart - levels.apart).powi(2) / levels.varies;
        }
        let before = (mean, variance);
        let all = votes[0] + votes[1];
        let fit = super::fit::posterior(all, sums[0] + sums[1] - apart * votes[1], squares, variance, prior);
        if levels.varies > 0.0 {
            // δ given the lower level; the two move together within a few rounds.
            let precision = votes[1] / variance + 1.0 / levels.varies;
            let found = (sums[1] - fit.mean * votes[1]) / variance + levels.apart / levels.varies;
            // The upper level is no lower one.
            here.apart = (found / precision).max(0.0);
        }
        here.lower = (levels.worth * levels.lower + votes[0]) / (levels.worth + all);
        (mean, variance) = (fit.mean, fit.variance);
        // The width of the place takes part in its probability.
        height += 0.5 * (variance / (all + variance / prior.between)).ln();
        out = Climbed { fit, here, votes, height };
        if (mean - before.0).abs() < 1e-4 * sd && (variance / before.1 - 1.0).abs() < 1e-4 {
            break;
        }
    }
    out
}

/// Most references that are each a start by themselves; of more, a low one and the median are.
const EACH: usize = 10;

/// A group's fit on two levels; `None` of an empty sample.
pub(super) fn fit(sample: &Sample, prior: &Prior, levels: &TwoLevels) -> Option<Fit> {
    if sample.logs.is_empty() {
        return None;
    }
    let n: f64 = sample.weights.iter().sum();
    let starts: Vec<f64> = if sample.logs.len() <= EACH {
        sample.logs.clone()
    } else {
        [0.15, 0.5].iter().map(|&p| quantile_of_total(&sample.logs, &sample.weights, n, p)).collect()
    };
    let mut found: Vec<Climbed> = Vec::new();
    for start in starts.iter().flat_map(|&x| [x, x - levels.apart]) {
        if found.iter().any(|f| (f.fit.mean - start).abs() < 0.25 * f.fit.variance.sqrt()) {
            continue;
        }
        let climbed = climb(sample, prior, levels, start);
        if !found.iter().any(|f| (f.fit.mean - climbed.fit.mean).abs() < 0.5 * f.fit.variance.sqrt()) {
            found.push(climbed);
        }
    }
    found.sort_by(|a, b| b.height.total_cmp(&a.height));
    let top = found.first()?.height;
    // Places less probable by e⁻⁹ are none.
    found.retain(|f| f.height > top - 9.0);
    let all: f64 = found.iter().map(|f| (f.height - top).exp()).sum();
    let places = found.iter().map(|f| place(&f.fit, f.here, (f.height - top).exp() / all, prior)).collect();
    let best = found.into_iter().next()?;
    Some(Fit { levels: Some(Box::new(OnLevels { places, here: best.here, votes: best.votes })), ..best.fit })
}

fn place(fit: &Fit, here: Here, share: f64, prior: &Prior) -> Place {
    let p = fit.of_one_level(prior);
    Place { share, mean: p.mean, sd: p.sd, dof: p.dof, here }
}

fn cdf(x: f64, sd: f64, dof: f64) -> f64 {
    0.5 * erfc(-normal_scale(x / sd, dof) / std::f64::consts::SQRT_2)
}

/// Spreads of a place beyond which next to nothing of it lies, whatever its degrees of freedom.
const FARTHEST: f64 = 60.0;

/// Tails at which the forecast of one Student-t is that of all places and levels: about those the verdicts
/// ask for, with the quantiles of the normal distribution.
const TAILS: [(f64, f64); 2] = [(0.02, -2.053_748_910_631_823), (0.10, -1.281_551_565_544_600_4)];

impl OnLevels {
    /// Probabilities that log prices are clean, and that they are slips by each factor.
    pub(super) fn parts(&self, off: &[f32; LANES], sd: f64, prior: &Prior) -> Parts {
        let near = Near::of(sd, self.here, prior);
        let mut out = Parts { clean: [0.0; LANES], slips: [[0.0; LANES]; 10], near: [true; 10] };
        for (k, &off) in off.iter().enumerate() {
            let off = f64::from(off);
            let ((own, gross), slips) = (near.own(off), near.slips(off));
            let total = own[0] + own[1] + gross + slips.iter().sum::<f64>();
            if total > f64::MIN_POSITIVE {
                out.clean[k] = ((own[0] + own[1]) / total) as f32;
                out.slips.iter_mut().zip(slips).for_each(|(out, slip)| out[k] = (slip / total) as f32);
            }
        }
        out
    }

    /// Whether it is open where the lower level lies.
    pub(super) fn is_open(&self) -> bool {
        self.places.len() > 1
    }

    /// Mean of the forecast.
    pub(super) fn centre(&self) -> f64 {
        self.places.iter().map(|p| p.share * (p.mean + (1.0 - p.here.lower) * p.here.apart)).sum()
    }

    /// Share of the forecast at or below a log price.
    fn below(&self, log: f64) -> f64 {
        self.places
            .iter()
            .map(|p| {
                let on = |off: f64| cdf(off, p.sd, p.dof);
                let off = log - p.mean;
                p.share * (p.here.lower * on(off) + (1.0 - p.here.lower) * on(off - p.here.apart))
            })
            .sum()
    }

    /// Density of a log price.
    pub(super) fn density(&self, log: f64) -> f64 {
        let of = |p: &Place, mean: f64| Predictive { mean, sd: p.sd, dof: p.dof }.density(log);
        self.places
            .iter()
            .map(|p| {
                p.share * (p.here.lower * of(p, p.mean) + (1.0 - p.here.lower) * of(p, p.mean + p.here.apart))
            })
            .sum()
    }

    /// The Student-t that has the lower tail of the forecast: what lies below a price decides whether it is
    /// low, not what lies far above.
    pub(super) fn predictive(&self, prior: &Prior) -> Predictive {
        let first = &self.places[0];
        // Any place may be the one that a tail reaches into.
        let far = |p: &Place| FARTHEST * p.sd;
        let lowest = self.places.iter().map(|p| p.mean - far(p)).fold(f64::INFINITY, f64::min);
        let highest =
            self.places.iter().map(|p| p.mean + p.here.apart + far(p)).fold(f64::NEG_INFINITY, f64::max);
        let quantile = |p: f64| root(lowest, highest, |log| self.below(log) - p);
        let [a, b] = TAILS.map(|(p, z)| (quantile(p), student_scale(z, first.dof)));
        let sd = ((b.0 - a.0) / (b.1 - a.1)).max(prior.least_spread);
        Predictive { mean: b.0 - sd * b.1, sd, dof: first.dof }
    }

    /// Distance of the group's prices on the upper level from those on the lower.
    pub(super) fn own_apart(&self, points: &[Point], fit: &Fit, prior: &Prior) -> Option<f64> {
        let sd = fit.variance.sqrt().max(prior.least_spread);
        let (mut sums, mut votes) = ([0.0; 2], [0.0; 2]);
        let near = Near::of(sd, self.here, prior);
        for p in points {
            let (own, _) = near.levels(p.log - fit.mean);
            for k in 0..2 {
                votes[k] += p.weight * own[k];
                sums[k] += p.weight * own[k] * p.log;
            }
        }
        (votes[0] > 0.0 && votes[1] > 0.0).then(|| sums[1] / votes[1] - sums[0] / votes[0])
    }

    /// Without these points, the others as they are.
    pub(super) fn left_out(&self, fit: &Fit, points: &[Point], prior: &Prior) -> Fit {
        let sd = fit.variance.sqrt().max(prior.least_spread);
        let (mut votes, mut sum, mut squares) = (fit.votes, fit.sum, fit.squares);
        let near = Near::of(sd, self.here, prior);
        for p in points {
            let off = p.log - fit.mean;
            let (own, _) = near.levels(off);
            let (a, b) = (p.weight * own[0], p.weight * own[1]);
            votes -= a + b;
            sum -= a * p.log + b * (p.log - self.here.apart);
            squares -= a * off * off + b * (off - self.here.apart).powi(2);
        }
        let fit = super::fit::posterior(votes.max(0.0), sum, squares.max(0.0), fit.variance, prior);
        let places = vec![place(&fit, self.here, 1.0, prior)];
        Fit { levels: Some(Box::new(OnLevels { places, ..self.clone() })), ..fit }
    }
}

/// Two cells of differences: nearer levels are not told from one.
pub(super) const LEAST_APART: f64 = 0.1;

/// Width of a cell of differences, and cells.
const CELL: f64 = 0.05;
const CELLS: usize = 80;
/// Values of a group whose differences are looked at.
const LOOKED_AT: usize = 24;

/// Cells to each side of one that are added to it.
const BESIDE: usize = 2;

/// Two levels as the differences within groups show them, with the variance on a level. Where prices have
/// one hump, differences grow rarer with their size; about the distance of two levels they are more
/// frequent again. `None` where they are not: the siblings are then not fitted on two levels at all.
pub(super) fn seen<'a>(groups: impl Iterator<Item = &'a [Point]>, rules: &Rules) -> Option<(TwoLevels, f64)> {
    let mut cells = [0.0; CELLS];
    let mut values: Vec<f64> = Vec::new();
    for points in groups.filter(|p| p.len() > 1) {
        values.clear();
        let n = points.len();
        let some = n.min(LOOKED_AT);
        values.extend((0..some).map(|i| points[(2 * i + 1) * n / (2 * some)].log));
        // A group has as much to say as it has values beside the first.
        let each = 2.0 / some as f64;
        for (i, a) in values.iter().enumerate() {
            for b in &values[i + 1..] {
                let cell = ((b - a) / CELL) as usize;
                if cell < CELLS {
                    cells[cell] += each;
                }
            }
        }
    }
    let near: [f64; CELLS] =
        std::array::from_fn(|c| cells[c.saturating_sub(BESIDE)..(c + BESIDE + 1).min(CELLS)].iter().sum());
    let (mut least, mut best) = (f64::INFINITY, (rules.levels_errors, None));
    for (c, &here) in near.iter().enumerate().skip(BESIDE) {
        let apart = (c as f64 + 0.5) * CELL;
        if apart > rules.levels_apart {
            break;
        }
        least = least.min(here);
        let clearly = (here - least) / (here + least).max(1.0).sqrt();
        if clearly > best.0 {
            best = (clearly, Some(apart));
        }
    }
    let apart = best.1?;
    // Where the differences fall to e^-½ of their height, √2 spreads off.
    let off = near.iter().skip(BESIDE).position(|&h| h < 0.61 * near[BESIDE]).unwrap_or(1);
    let spread = ((off as f64 + 0.5) * CELL / std::f64::consts::SQRT_2).min(apart / 4.0);
    Some((TwoLevels { lower: 0.5, apart, varies: 0.0, worth: 10.0 }, spread * spread))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Calibration, Group, Point};
    use super::*;
    use crate::Parameters;
    use statrs::distribution::{ContinuousCDF, Normal};

    fn rules() -> Rules {
        Rules::of(&Parameters::default())
    }

    /// Between 0 and 1, following from a number.
    pub(super) fn even(i: u64) -> f64 {
        ((i as f64 + 0.5) * 0.618_033_988_749_894_9).fract().clamp(1e-9, 1.0 - 1e-9)
    }
    pub(super) fn noise(i: u64) -> f64 {
        Normal::new(0.0, 1.0).unwrap().inverse_cdf(even(i))
    }

    /// Groups at two levels 1.0 apart, about six in ten on the lower, with sd .1 on each.
    pub(in super::super) fn groups(n: u64, size: u64) -> Vec<Group> {
        (0..n)
            .map(|g| Group {
                heading: g % 4,
                points: (0..size)
                    .map(|i| Point {
                        log: 2.0 * noise(g * 31)
                            + 0.1 * noise(g * 1009 + i * 17)
                            + if even(g * 577 + i * 7919) > 0.6 { 1.0 } else { 0.0 },
                        weight: 1.0,
                        seller: i as u32,
                    })
                    .collect(),
            })
            .collect()
    }
    fn at(logs: &[f64]) -> Vec<Point> {
        logs.iter().enumerate().map(|(i, &log)| Point { log, weight: 1.0, seller: i as u32 }).collect()
    }
    #[test]
    fn a_place_far_below_is_in_the_lower_tail() {
        let place = |share: f64, mean: f64| Place {
            share,
            mean,
            sd: 0.1,
            dof: 20.0,
            here: Here { lower: 0.6, apart: 1.0 },
        };
        let on = |places| OnLevels { places, here: Here { lower: 0.6, apart: 1.0 }, votes: [1.0; 2] };
        for lower in [0.05, 0.3] {
            let both = on(vec![place(1.0 - lower, 6.9), place(lower, 0.0)]);
            let t = both.predictive(&super::super::fit::tests::prior());
            // A share of it lies down there: what stands there is not a thousandth of a thousandth.
            assert!(t.sd > 0.05, "{lower}: {t:?}");
            for (p, z) in TAILS {
                let at = t.mean + t.sd * student_scale(z, t.dof);
                assert!((both.below(at) - p).abs() < 1e-9, "{lower} {p}: {}", both.below(at));
            }
        }
    }

    fn learned() -> &'static Calibration {
        static LEARNED: std::sync::LazyLock<Calibration> =
            std::sync::LazyLock::new(|| Calibration::of(&groups(200, 10), rules()).unwrap());
        &LEARNED
    }

    #[test]
    fn siblings_show_how_far_apart_levels_lie_and_in_what_shares() {
        let levels = learned().priors.other.levels.unwrap();
        assert!((levels.apart - 1.0).abs() < 0.05, "{levels:?}");
        assert!((levels.lower - 0.6).abs() < 0.1, "{levels:?}");
    }

    #[test]
    fn one_level_however_broad_is_not_taken_for_two() {
        let mut one = groups(200, 10);
        for (g, group) in one.iter_mut().enumerate() {
            for (i, p) in group.points.iter_mut().enumerate() {
                let spread = 0.1 * 1.015f64.powi(g as i32 % 150);
                p.log = spread * noise(g as u64 * 1009 + i as u64 * 17);
            }
        }
        assert_eq!(Calibration::of(&one, rules()).unwrap().priors.other.levels, None);
    }

    #[test]
    fn a_price_between_the_levels_is_low_only_where_the_lower_level_is_known() {
        let c = learned();
        let p = |logs: &[f64], log: f64| {
            let prediction = c.prediction(0, &at(logs)).unwrap();
            c.calibrated(0, &prediction, log).unwrap().p_lower
        };
        let both = [0.0, 0.05, -0.04, 0.02, 1.0, 1.04];
        assert!(p(&both, -0.5) < 0.03 && p(&both, 0.0) > 0.1, "{} {}", p(&both, -0.5), p(&both, 0.0));
        // Three alike may all be on the upper level: half of their price would then be ordinary.
        let alike = [0.0, 0.03, -0.02];
        assert!(p(&alike, -0.9) > 0.05 && p(&alike, -1.5) < 0.05, "{} {}", p(&alike, -0.9), p(&alike, -1.5));
    }

    #[test]
    fn p_rises_with_the_price_on_two_levels() {
        let c = learned();
        for logs in [&[0.0, 0.03][..], &[0.0, 1.0, 1.05, 3.3], &[0.0, 0.1, 0.4, 0.9, 1.2, 1.3, 5.0]] {
            let prediction = c.prediction(1, &at(logs)).unwrap();
            let p: Vec<f64> = (-40..60)
                .map(|i| c.calibrated(1, &prediction, f64::from(i) * 0.05).unwrap().p_lower)
                .collect();
            assert!(p.windows(2).all(|w| w[0] <= w[1]), "{logs:?} {p:?}");
        }
    }

    #[test]
    fn what_is_detected_is_told_of_the_middle_of_both_levels() {
        let c = learned();
        let many = &groups(1, 30)[0].points;
        let prediction = c.prediction(0, many).unwrap();
        let detected = c.detectable(0, &prediction, 0.05).unwrap();
        // From the middle .4 above the lower level down below its own tail.
        assert!((0.35..0.62).contains(&detected), "{detected}");
    }

    #[test]
    fn a_slip_is_no_level() {
        let mut slips = groups(200, 10);
        for (g, group) in slips.iter_mut().enumerate() {
            for (i, p) in group.points.iter_mut().enumerate() {
                let slip = even(g as u64 * 577 + i as u64 * 7919) > 0.8;
                p.log = 0.1 * noise(g as u64 * 1009 + i as u64 * 17)
                    + if slip { std::f64::consts::LN_10 } else { 0.0 };
            }
        }
        assert_eq!(Calibration::of(&slips, rules()).unwrap().priors.other.levels, None);
    }

    #[test]
    fn leaving_a_seller_out_of_many_is_nearly_a_new_fit() {
        let prior = *learned().priors.of(0);
        let points = super::super::by_log(&groups(1, 40)[0].points);
        let mut room = Sample::default();
        let whole = super::super::fit_sorted(&points, None, &prior, &mut room).unwrap();
        let odds = super::super::odds::Odds::of(&prior);
        let beside = whole.beside(&prior, &odds);
        for p in [&points[0], &points[20], &points[39]] {
            let a = super::super::fit_sorted(&points, Some(p.seller), &prior, &mut room).unwrap();
            let b = whole.left_out(std::slice::from_ref(p), &prior, &beside);
            let (a, b) = (a.predictive(&prior), b.predictive(&prior));
            assert!((a.mean - b.mean).abs() < 0.02 && (a.sd / b.sd - 1.0).abs() < 0.1, "{a:?} {b:?}");
        }
    }
}
