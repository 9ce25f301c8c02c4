//! One group's location and spread, robustly and with a prior, and the predictive distribution of
//! its next log price. Not where the prior comes from (`siblings`).
//!
//! A reference is drawn from a contaminated normal distribution (Tukey 1960): N(m, s²), with a
//! share of gross errors from N(m, (5s)²), and shares of slips from N(m + ln k, s²) for factors k
//! of a decimal point or a pack. Given m and s the probability that a reference is clean is its
//! weight; given the weights, m and s² have the conjugate posterior of a normal mean with prior
//! N(m₀, τ²) and of a variance with prior scaled-inverse-χ²(d₀, s₀²) (Smyth 2004). The two are
//! iterated from the median. The declared price takes no part. Whether gross errors are reckoned
//! with, how often they lie below and above, and whether prices stand at two levels (`two_levels`) is the
//! siblings' to say: no level is an error.

use super::Point;
use super::odds::{Beside, FARTHEST, Odds, Parts, SLIPS};
use super::single::Single;
use super::special::ln_student_at_0;
use super::two_levels::{self, OnLevels, TwoLevels};
use crate::fast::{LANES, exp, single, total, wide};
use crate::quantile::Middle;

/// Rounds after which a fit is taken as it is; hardly any needs them.
pub(super) const ROUNDS: usize = 40;

/// What siblings say of a group before its own prices are seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Prior {
    /// m₀, on logs.
    pub mean: f64,
    /// τ²: variance of the groups' means around it.
    pub between: f64,
    /// s₀².
    pub variance: f64,
    /// d₀: how many degrees of freedom the prior variance is worth.
    pub dof: f64,
    /// Share of references that are slips by each factor of [`SLIPS`].
    pub slips: [f64; 10],
    /// Shares of gross errors below and above the clean prices; none is reckoned with where both are 0.
    pub gross: [f64; 2],
    /// Two price levels, where siblings show them.
    pub levels: Option<TwoLevels>,
    /// Standard deviation of gross errors in those of the clean prices, by the rules.
    pub gross_spread: f64,
    /// Least spread of the logs, by the rules.
    pub least_spread: f64,
}

impl Prior {
    /// Share of gross errors.
    pub fn all_gross(&self) -> f64 {
        self.gross[0] + self.gross[1]
    }

    /// Share of slips.
    pub fn all_slips(&self) -> f64 {
        self.slips.iter().sum()
    }
}

/// A group's fit, and the Student-t of its next log price.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    /// Posterior mean.
    pub mean: f64,
    /// Posterior variance of one price, s̃².
    pub variance: f64,
    /// Clean votes: Σ weight × probability to be clean.
    pub votes: f64,
    /// Sum of squares around the mean on the clean scale, unshrunk.
    pub squares: f64,
    /// Weighted sum of the logs over clean votes, for leaving a seller out.
    pub sum: f64,
    /// What two levels add: the mean is then that of the lower one, and sums are of prices brought down to it.
    pub levels: Option<Box<OnLevels>>,
}

impl Predictive {
    /// Density of a log price.
    pub(super) fn density(&self, log: f64) -> f64 {
        let (v, t) = (self.dof, (log - self.mean) / self.sd);
        (ln_student_at_0(v) - (v + 1.0) / 2.0 * (t * t / v).ln_1p()).exp() / self.sd
    }
}

/// The predictive distribution of a group's next log price. On two price levels the Student-t that has the
/// lower tail of both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predictive {
    /// Location, on logs.
    pub mean: f64,
    /// Scale of the Student-t, on logs.
    pub sd: f64,
    /// Degrees of freedom.
    pub dof: f64,
}

/// Sorted logs with their weights, and room to work: lent by whoever fits many groups, so that
/// nothing is allocated for each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// Logs, rising.
    pub logs: Vec<f64>,
    /// Weights, in the same order.
    pub weights: Vec<f64>,
    /// How probable slips are beside a clean price, where any are within reach.
    slips: Vec<f64>,
    /// Sums of weights.
    running: Vec<f64>,
    single: Single,
    /// Odds of the last prior with these shares of faults: of a thousand groups one has others.
    odds: Option<(Faults, Odds)>,
    /// Sellers of the group at hand.
    pub sellers: Vec<u32>,
}

/// What [`Odds`] follow from: shares of slips and of gross errors, and the spread of these.
type Faults = ([f64; 10], [f64; 2], f64);

impl Sample {
    /// The points but those of the seller `without`; `sorted` by their logs.
    fn take(&mut self, sorted: &[Point], without: Option<u32>) {
        self.logs.clear();
        self.weights.clear();
        for p in sorted.iter().filter(|p| Some(p.seller) != without) {
            self.logs.push(p.log);
            self.weights.push(p.weight);
        }
    }

    /// Where the rounds of a fit of sorted points, at least one, begin.
    pub(super) fn middle(&mut self, sorted: &[Point]) -> Middle {
        self.take(sorted, None);
        Middle::of(&self.logs, &self.weights, &mut self.running)
    }

    /// Of equal logs the lighter first, as [`order_ties`] has it of points.
    pub(crate) fn order_ties(&mut self) {
        let mut rest = self.weights.as_mut_slice();
        for run in self.logs.chunk_by(|a, b| a == b) {
            let (weights, later) = std::mem::take(&mut rest).split_at_mut(run.len());
            weights.sort_by(f64::total_cmp);
            rest = later;
        }
    }

    /// The odds by a prior.
    pub(super) fn odds(&mut self, prior: &Prior) -> Odds {
        let faults = (prior.slips, prior.gross, prior.gross_spread);
        match &self.odds {
            Some((known, odds)) if *known == faults => odds.clone(),
            _ => self.odds.insert((faults, Odds::of(prior))).1.clone(),
        }
    }

    /// Fills the lists up to whole [`LANES`] with values without weight.
    fn fill_up(&mut self) {
        let whole = self.logs.len().next_multiple_of(LANES);
        if let Some(&last) = self.logs.last() {
            self.logs.resize(whole, last);
            self.weights.resize(whole, 0.0);
        }
    }
}

/// The points by their logs, equal ones by their weights.
pub(super) fn by_log(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.log.total_cmp(&b.log).then(a.weight.total_cmp(&b.weight)));
    sorted
}

/// Brings points that are sorted by their logs into the order of [`by_log`].
pub(crate) fn order_ties(points: &mut [Point]) {
    for run in points.chunk_by_mut(|a, b| a.log == b.log).filter(|run| run.len() > 1) {
        run.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    }
}

/// How far off a mean at most [`single::LANES`] points stand, and their weights; what is missing has no weight, and
/// stands where the last one does.
#[inline(always)]
pub(super) fn side_by_side(points: &[Point], mean: f64) -> ([f32; single::LANES], [f32; single::LANES]) {
    let last = points.last().map_or(0.0, |p| (p.log - mean) as f32);
    let (mut off, mut weights) = ([last; single::LANES], [0.0; single::LANES]);
    for (p, (off, weight)) in points.iter().zip(off.iter_mut().zip(&mut weights)) {
        (*off, *weight) = ((p.log - mean) as f32, p.weight as f32);
    }
    (off, weights)
}

/// Fits the points but those of the seller `without`.
#[cfg(test)]
pub(super) fn fit(points: &[Point], without: Option<u32>, prior: &Prior) -> Option<Fit> {
    fit_sorted(&by_log(points), without, prior, &mut Sample::default())
}

/// [`fit`] of points in the order of [`by_log`].
pub(super) fn fit_sorted(
    sorted: &[Point],
    without: Option<u32>,
    prior: &Prior,
    room: &mut Sample,
) -> Option<Fit> {
    room.take(sorted, without);
    fit_sample(room, prior)
}

/// [`fit_sorted`] of all points, whose middle is known.
pub(super) fn fit_around(sorted: &[Point], middle: Middle, prior: &Prior, room: &mut Sample) -> Option<Fit> {
    room.take(sorted, None);
    fit_begun(room, Some(middle), prior)
}

/// [`fit`] of a sample; `None` of an empty one.
pub(super) fn fit_sample(sample: &mut Sample, prior: &Prior) -> Option<Fit> {
    fit_begun(sample, None, prior)
}

fn fit_begun(sample: &mut Sample, middle: Option<Middle>, prior: &Prior) -> Option<Fit> {
    if sample.logs.is_empty() {
        return None;
    }
    if let Some(levels) = &prior.levels {
        return two_levels::fit(sample, prior, levels);
    }
    Some(wide(
        #[inline(always)]
        || iterated(sample, middle, prior),
    ))
}

#[inline(always)]
fn iterated(sample: &mut Sample, middle: Option<Middle>, prior: &Prior) -> Fit {
    let odds = sample.odds(prior);
    let errors = prior.all_gross() > 0.0;
    let Sample { logs, weights, running, single, .. } = sample;
    let middle = middle.unwrap_or_else(|| Middle::of(logs, weights, running));
    let Middle { total, quartiles: [_, median, _], spread } = middle;
    let variance = (prior.dof * prior.variance + total * spread.powi(2)) / (prior.dof + total);
    let begin = (median, variance);
    if let Some(fit) = single.fit((logs, weights), begin, prior, &odds) {
        return fit;
    }
    sample.fill_up();
    let (mut mean, mut variance) = begin;
    let mut out = Fit { mean, variance, votes: 0.0, squares: 0.0, sum: 0.0, levels: None };
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let sd = variance.sqrt().max(prior.least_spread);
        let [votes, off, squares] = match (odds.within_reach(sample, mean, sd), errors) {
            (false, true) => sums::<false, true>(sample, mean, sd, &odds),
            (false, false) => sums::<false, false>(sample, mean, sd, &odds),
            (true, true) => sums::<true, true>(sample, mean, sd, &odds),
            (true, false) => sums::<true, false>(sample, mean, sd, &odds),
        };
        let before = (mean, variance);
        let sum = off + votes * mean;
        out = posterior(votes, sum, squares, variance, prior);
        (mean, variance) = (out.mean, out.variance);
        if rounds.stand((&out, sd), before) {
            break;
        }
    }
    out
}

/// Of a spread, what a round may move a fit by when it is taken as it is: a hundredth of what ten thousand votes leave
/// open.
const STANDS: f64 = 1e-4;

/// How far the rounds of a fit have come.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// How far the last one moved mean and variance, each in its own measure.
    moved: Option<[f64; 2]>,
    /// The share of what the one before it moved.
    share: f64,
}

impl Rounds {
    /// Whether a round has hardly moved mean and variance, or the next one would hardly: rounds come together
    /// by about the same share each time, the larger of the last two that were seen.
    #[inline(always)]
    pub fn stand(&mut self, (fit, sd): (&Fit, f64), before: (f64, f64)) -> bool {
        let moved = [(fit.mean - before.0).abs() / sd, (fit.variance / before.1 - 1.0).abs()];
        let most = moved[0].max(moved[1]);
        let share = self.moved.map_or(1.0, |last| (moved[0] / last[0]).max(moved[1] / last[1]));
        let slowest = share.max(self.share);
        (self.moved, self.share) = (Some(moved), share);
        most < STANDS || most < 50.0 * STANDS && most * slowest < STANDS
    }
}

impl Odds {
    /// Fills the sample's `slips` with Σ slip/clean = Σ share·e^(tb − b²/2), t the value's and b the
    /// factor's distance in spreads; false where none comes near any value. `sample` is filled up.
    #[inline(always)]
    fn within_reach(&self, sample: &mut Sample, mean: f64, sd: f64) -> bool {
        let Sample { logs, slips, .. } = sample;
        let (per, variance) = (1.0 / sd, sd * sd);
        let x = logs.as_chunks::<LANES>().0;
        let (first, last) = (logs[0], logs[logs.len() - 1]);
        let mut begun = false;
        for (factor, (from, odds)) in SLIPS.into_iter().zip(self.from.into_iter().zip(self.slips)) {
            // Where t·b + offset exceeds what is left out.
            let at = mean + (0.5 * factor + from * variance);
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
            let offset = odds - 0.5 * b * b;
            let rise = b * per;
            let s = slips.as_chunks_mut::<LANES>().0;
            // The values are sorted: from the end inwards, as long as a value is within reach.
            if above {
                for (x, s) in x.iter().zip(s).rev() {
                    if x[LANES - 1] <= at {
                        break;
                    }
                    add(x, s, mean, rise, offset);
                }
            } else {
                for (x, s) in x.iter().zip(s) {
                    if x[0] >= at {
                        break;
                    }
                    add(x, s, mean, rise, offset);
                }
            }
        }
        begun
    }
}

/// Adds how probable a slip by a factor is beside a clean price: its logarithm rises by `rise` a log, and is
/// `offset` at the mean.
#[inline(always)]
fn add(x: &[f64; LANES], slips: &mut [f64; LANES], mean: f64, rise: f64, offset: f64) {
    for k in 0..LANES {
        slips[k] += exp((x[k] - mean) * rise + offset);
    }
}

/// A value's weight times its probability to be clean, the first of [`Odds::parts`]:
/// s = w / (1 + gross/clean + Σ slip/clean), where gross/clean = odds·e^(t²/2·(1−1/g²)), g the spread of gross
/// errors.
#[inline(always)]
fn share_of<const ERRORS: bool>(
    off: f64,
    per: f64,
    weight: f64,
    slips: f64,
    (gross, flat): ([f64; 2], f64),
) -> f64 {
    let t = off * per;
    let square = t * t;
    let side = if off > 0.0 { gross[1] } else { gross[0] };
    let gross = if ERRORS { side * exp(flat * square) } else { 0.0 };
    if square > FARTHEST { 0.0 } else { weight / (1.0 + gross + slips) }
}

/// Σs, Σs(x−m) and Σs(x−m)², s as [`share_of`] has it, of a sample filled up.
#[inline(always)]
fn sums<const SLIP: bool, const ERRORS: bool>(sample: &Sample, mean: f64, sd: f64, odds: &Odds) -> [f64; 3] {
    let gross = (odds.gross, odds.flat);
    let Sample { logs, weights, slips, .. } = sample;
    let per = 1.0 / sd;
    let mut lanes = [[0.0; LANES]; 3];
    let (x, w) = (logs.as_chunks::<LANES>().0, weights.as_chunks::<LANES>().0);
    let s = if SLIP { slips.as_chunks::<LANES>().0 } else { w };
    for ((x, w), s) in x.iter().zip(w).zip(s) {
        for k in 0..LANES {
            let off = x[k] - mean;
            let share = share_of::<ERRORS>(off, per, w[k], if SLIP { s[k] } else { 0.0 }, gross);
            lanes[0][k] += share;
            lanes[1][k] += share * off;
            lanes[2][k] += share * off * off;
        }
    }
    lanes.map(total)
}

pub(super) fn posterior(votes: f64, sum: f64, squares: f64, variance: f64, prior: &Prior) -> Fit {
    let pull = variance / prior.between;
    Fit {
        mean: (sum + pull * prior.mean) / (votes + pull),
        variance: ((prior.dof * prior.variance + squares) / (prior.dof + (votes - 1.0).max(0.0)))
            .max(prior.least_spread * prior.least_spread),
        votes,
        squares,
        sum,
        levels: None,
    }
}

impl Fit {
    /// What its single prices are held to.
    pub fn beside(&self, prior: &Prior, odds: &Odds) -> Beside {
        Beside::of(self.variance.sqrt().max(prior.least_spread), odds)
    }

    /// As if the seller's points had not been there, with the weights of all the others as they
    /// are: what [`fit`] gives in a large group, at the cost of the seller's points alone.
    pub fn left_out(&self, points: &[Point], prior: &Prior, beside: &Beside) -> Fit {
        if let Some(on) = &self.levels {
            return on.left_out(self, points, prior);
        }
        let (mut votes, mut sum, mut squares) = (self.votes, self.sum, self.squares);
        for p in points {
            let share = p.weight * beside.clean(p.log - self.mean);
            votes -= share;
            sum -= share * p.log;
            squares -= share * (p.log - self.mean).powi(2);
        }
        posterior(votes.max(0.0), sum, squares.max(0.0), self.variance, prior)
    }

    /// Probabilities that log prices of the group, so far off its mean, are clean, and that they are slips by each
    /// factor.
    #[inline(always)]
    pub fn parts(&self, off: &[f32; single::LANES], prior: &Prior, odds: &Odds) -> Parts {
        let sd = self.variance.sqrt().max(prior.least_spread);
        match &self.levels {
            Some(on) => on.parts(off, sd, prior),
            None => odds.parts(off, sd),
        }
    }

    /// Mean of the next log price.
    pub fn centre(&self) -> f64 {
        self.levels.as_ref().map_or(self.mean, |on| on.centre())
    }

    /// Density of the next log price.
    pub fn density(&self, prior: &Prior, log: f64) -> f64 {
        match &self.levels {
            Some(on) => on.density(log),
            None => self.of_one_level(prior).density(log),
        }
    }

    /// The Student-t of the next price; on two levels the one that has their lower tail.
    pub fn predictive(&self, prior: &Prior) -> Predictive {
        match &self.levels {
            Some(on) => on.predictive(prior),
            None => self.of_one_level(prior),
        }
    }

    /// The Student-t of the next price on this level: scale s̃ √(1 + 1/(n + s̃²/τ²)), d₀ + n − 1 degrees of
    /// freedom, n the clean votes.
    pub(super) fn of_one_level(&self, prior: &Prior) -> Predictive {
        let precision = self.votes + self.variance / prior.between;
        Predictive {
            mean: self.mean,
            sd: (self.variance * (1.0 + 1.0 / precision)).sqrt(),
            dof: (prior.dof + (self.votes - 1.0).max(0.0)).max(1.0),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn prior() -> Prior {
        Prior {
            mean: 0.0,
            between: 4.0,
            variance: 0.04,
            dof: 4.0,
            slips: [0.005; 10],
            gross: [0.05; 2],
            levels: None,
            gross_spread: 5.0,
            least_spread: 0.01,
        }
    }
    fn points(logs: &[f64]) -> Vec<Point> {
        logs.iter().enumerate().map(|(i, &log)| Point { log, weight: 1.0, seller: i as u32 }).collect()
    }

    #[test]
    fn undervalued_references_among_siblings_draw_the_mean_up() {
        let p = points(&[-0.35, 0.0, 0.05]);
        let narrow = Prior { variance: 0.0121, dof: 100.0, ..prior() };
        let below = fit(&p, None, &Prior { gross: [0.2, 0.01], ..narrow }).unwrap();
        let above = fit(&p, None, &Prior { gross: [0.01, 0.2], ..narrow }).unwrap();
        assert!(below.mean > above.mean + 0.01, "{below:?} {above:?}");
    }

    #[test]
    fn a_slip_among_three_is_seen_by_the_spread_of_siblings() {
        let p = points(&[1.0, 1.1, 1.05 + std::f64::consts::LN_10]);
        let f = fit(&p, None, &prior()).unwrap();
        assert!((f.mean - 1.05).abs() < 0.05, "{f:?}");
        let off = (p[2].log - f.mean) as f32;
        assert!(f.parts(&[off; single::LANES], &prior(), &Odds::of(&prior())).slips[0][0] > 0.5);
    }

    #[test]
    fn leaving_a_seller_out_of_many_is_nearly_a_new_fit() {
        let logs: Vec<f64> = (0..60).map(|i| (f64::from(i) * 0.7).sin() * 0.3).collect();
        let p = points(&logs);
        let whole = fit(&p, None, &prior()).unwrap();
        let odds = Odds::of(&prior());
        let beside = whole.beside(&prior(), &odds);
        for i in [0, 7, 33] {
            let (a, b) = (
                fit(&p, Some(i), &prior()).unwrap(),
                whole.left_out(&p[i as usize..=i as usize], &prior(), &beside),
            );
            assert!((a.mean - b.mean).abs() < 0.002 && (a.variance / b.variance - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn two_offers_a_decimal_apart_leave_the_mean_open() {
        let narrow = Prior { variance: 0.0121, dof: 100.0, ..prior() };
        let p = points(&[-0.5 * std::f64::consts::LN_10, 0.5 * std::f64::consts::LN_10]);
        let f = fit(&p, None, &narrow).unwrap();
        assert!(f.predictive(&narrow).sd > 0.5, "{f:?}");
    }

    /// Against hundreds of rounds of the definition, value by value: with errors, slips and neither, of few and of many.
    #[test]
    fn a_fit_that_is_taken_as_it_is_has_come_to_rest() {
        for (n, wide) in [(2, 0.1), (3, 0.5), (7, 0.05), (30, 0.45), (300, 0.2)] {
            for kind in 0..12 {
                let of = |i: usize| {
                    let clean = 3.0 + wide * (1.7 * i as f64 + f64::from(kind)).sin();
                    let error = if i % 7 == 3 { -3.0 * wide } else { 0.0 };
                    clean
                        + [0.0, error, -SLIPS[(i / 3) % 10]]
                            [if i.is_multiple_of(3) { kind as usize % 3 } else { 0 }]
                };
                let p = by_log(&points(&(0..n).map(of).collect::<Vec<f64>>()));
                let prior = Prior { gross: [0.02 * f64::from(kind / 3); 2], ..prior() };
                let found = fit_sorted(&p, None, &prior, &mut Sample::default()).unwrap();
                let odds = Odds::of(&prior);
                let Middle { quartiles, spread, .. } =
                    Middle::of_pairs(&p.iter().map(|p| (p.log, 1.0)).collect::<Vec<_>>());
                let votes = n as f64;
                let mut at = (
                    quartiles[1],
                    (prior.dof * prior.variance + votes * spread.powi(2)) / (prior.dof + votes),
                );
                for _ in 0..400 {
                    let sd = at.1.sqrt().max(prior.least_spread);
                    let beside = Beside::of(sd, &odds);
                    let shares: Vec<f64> = p.iter().map(|p| beside.clean(p.log - at.0)).collect();
                    let sum = |of: &dyn Fn(f64) -> f64| {
                        p.iter().zip(&shares).map(|(p, s)| s * of(p.log)).sum::<f64>()
                    };
                    let next =
                        posterior(sum(&|_| 1.0), sum(&|x| x), sum(&|x| (x - at.0).powi(2)), at.1, &prior);
                    at = (next.mean, next.variance);
                }
                let sd = at.1.sqrt();
                let off = ((found.mean - at.0).abs() / sd).max((found.variance / at.1 - 1.0).abs());
                assert!(off < 4.0 * STANDS, "{off} off: {n} prices of kind {kind}, {found:?}, {at:?}");
            }
        }
    }
}
