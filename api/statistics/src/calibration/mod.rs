//! Calibration on sibling groups: how often a price drawn like a group's own references scores as
//! low as this one. Pure; not the verdict, and not which groups are siblings.
//!
//! Each group has a predictive Student-t of its next log price, from a robust fit shrunk along the
//! ladder (`fit`, `siblings`). Every seller in turn is left out of its group and scored against
//! the others; the ranks of these scores, pooled among siblings, calibrate the score of a declared
//! price: p = (w₀ + Σw·1{score ≤ declared}) / (w₀ + Σw). That is a marginal guarantee over these
//! groups (Vovk, Gammerman and Shafer 2005, on conformal ranks), not one for each group.

mod fit;
mod kept;
mod left_out;
mod odds;
mod pool;
mod siblings;
mod single;
mod special;
mod two_levels;

pub use fit::Predictive;

pub(crate) use fit::{Sample, order_ties};

use crate::Parameters;
use crate::spread::spread;
use fit::{Fit, by_log, fit_sample, fit_sorted};
use left_out::{Leaving, LeftOut};
use pool::Pool;
use siblings::{Begin, Priors, Shape, learn};
use special::{normal_scale, student_scale};
use std::collections::BTreeMap;

/// One reference: its log price, its weight (a seller's weights add up to at most 1) and its
/// seller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// ln of the unit price.
    pub log: f64,
    /// Weight, above 0 and at most 1.
    pub weight: f64,
    /// Number of the seller: the independent unit, left out as a whole.
    pub seller: u32,
}

/// The references of one group, and the heading its nearer siblings share with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Number of the heading.
    pub heading: u64,
    /// The references.
    pub points: Vec<Point>,
}

/// What the calibration needs to be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Fewest pooled ranks.
    pub min_ranks: f64,
    /// Fewest groups they come from.
    pub min_groups: u32,
    /// A slip is seen where its factor is at least this many spreads.
    pub slip_spreads: f64,
    /// Share of slips by one factor before any is seen, the votes it is worth, and the largest.
    pub slip_share: Share,
    /// The same of gross errors on one side.
    pub gross_share: Share,
    /// Standard deviation of gross errors, in those of the sound prices.
    pub gross_spread: f64,
    /// Least spread of the logs.
    pub least_spread: f64,
    /// Most degrees of freedom of the siblings' spread.
    pub most_dof: f64,
    /// Spreads beyond which a sibling's spread is drawn in.
    pub drawn_in: f64,
    /// Sellers up to which one reference more or less changes a score.
    pub small: usize,
    /// Standard errors by which another shape must foretell better.
    pub shape_errors: f64,
    /// Share of a forecast's score left to any price at all.
    pub unforeseen: f64,
    /// Standard errors by which differences must be more frequent than smaller ones.
    pub levels_errors: f64,
    /// Most by which the upper of two levels lies above the lower, on logs.
    pub levels_apart: f64,
    /// Most votes the siblings' share on the lower level is worth.
    pub levels_worth: f64,
}

/// A share learned from what is seen, and what is thought before that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Before anything is seen.
    pub first: f64,
    /// The votes that is worth.
    pub worth: f64,
    /// The largest.
    pub most: f64,
}

impl Rules {
    /// As the parameters say.
    pub fn of(parameters: &Parameters) -> Rules {
        Rules {
            min_ranks: parameters.calibration_min_ranks,
            min_groups: parameters.calibration_min_groups,
            slip_spreads: parameters.slip_spreads,
            slip_share: Share {
                first: parameters.slip_share,
                worth: parameters.slip_share_votes,
                most: parameters.slip_share_most,
            },
            gross_share: Share {
                first: parameters.gross_share,
                worth: parameters.gross_share_votes,
                most: parameters.gross_share_most,
            },
            gross_spread: parameters.gross_spread,
            least_spread: parameters.least_spread,
            most_dof: parameters.siblings_most_dof,
            drawn_in: parameters.siblings_drawn_in,
            small: parameters.left_out_sellers as usize,
            shape_errors: parameters.shape_standard_errors,
            unforeseen: parameters.unforeseen_share,
            levels_errors: parameters.two_levels_standard_errors,
            levels_apart: parameters.two_levels_most_ratio.ln(),
            levels_worth: parameters.two_levels_most_votes,
        }
    }

    /// Least variance of a group's logs: equal prices have none.
    fn least_variance(&self) -> f64 {
        self.least_spread * self.least_spread
    }
}

/// Weight of a reference by its days from the date that matters: 2^(−days / half-life); 1 with a
/// half-life of 0.
pub fn recency(days: u32, half_life: u32) -> f64 {
    if half_life == 0 { 1.0 } else { (-f64::from(days) / f64::from(half_life)).exp2() }
}

/// The calibration of a set of sibling groups.
#[derive(Debug, Clone)]
pub struct Calibration {
    priors: Priors,
    /// By heading, rising.
    headings: Vec<(u64, Pool)>,
    all: Pool,
    rules: Rules,
}

/// Number of a pool of a [`Calibration`], for many look-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolNumber(u32);

const OF_ALL: PoolNumber = PoolNumber(u32::MAX);

impl PoolNumber {
    /// No pool at all.
    pub const NONE: PoolNumber = PoolNumber(u32::MAX - 1);
}

/// What a price is by the calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibrated {
    /// Calibrated p on the low side.
    pub p_lower: f64,
    /// Calibrated p on the high side.
    pub p_upper: f64,
    /// (price − predictive mean) / predictive sd, on logs.
    pub z: f64,
    /// Pooled ranks (weight of the scores) the p rest on.
    pub ranks: f64,
    /// Groups they come from.
    pub groups: u32,
    /// Whether these are groups of the same heading; else all.
    pub of_heading: bool,
}

/// A group's predictive distribution, and in a small group those with each seller left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Of all the group's references.
    pub whole: Predictive,
    /// The middle of what is foretold, on logs; on two levels it lies between them.
    centre: f64,
    without: Vec<Predictive>,
}

/// The sellers, rising, as far as they are at most `small`; of more, some.
fn few_sellers(points: &[Point], small: usize, sellers: &mut Vec<u32>) {
    sellers.clear();
    for p in points {
        if let Err(at) = sellers.binary_search(&p.seller) {
            sellers.insert(at, p.seller);
            if sellers.len() > small {
                break;
            }
        }
    }
}

impl Prediction {
    /// Those with each seller left out.
    pub(crate) fn without(&self) -> &[Predictive] {
        &self.without
    }
    /// The score of a log price on the normal scale: in a small group half that against the whole group, half
    /// the mean of those against the group with each seller left out. The pooled scores were held to one
    /// reference less; against the whole group alone honest prices would score low too often, against
    /// fewer alone too seldom (between the conformal and the jackknife+ ranks of Barber and others 2021).
    fn score(&self, log: f64) -> f64 {
        Prediction::score_of(&self.whole, self.without.iter().copied(), log)
    }

    /// The score by the predictions with each seller left out; by that of all where there is none.
    pub(crate) fn score_of(whole: &Predictive, without: impl Iterator<Item = Predictive>, log: f64) -> f64 {
        let score = |p: &Predictive| normal_scale((log - p.mean) / p.sd, p.dof);
        let (sum, n) = without.fold((0.0, 0.0), |(sum, n), p| (sum + score(&p), n + 1.0));
        if n > 0.0 { 0.5 * (score(whole) + sum / n) } else { score(whole) }
    }
}

impl Calibration {
    /// Learns from sibling groups: priors, fits, scores of references left out. Groups of one
    /// seller give no score. `None` where no group has two votes.
    pub fn of(groups: &[Group], rules: Rules) -> Option<Calibration> {
        Calibration::of_on(groups, rules, 1)
    }

    /// [`Calibration::of`] on several threads; the same whatever their number.
    pub(crate) fn of_on(groups: &[Group], rules: Rules, threads: usize) -> Option<Calibration> {
        let groups: Vec<Group> =
            groups.iter().map(|g| Group { heading: g.heading, points: by_log(&g.points) }).collect();
        let groups = groups.as_slice();
        // One level with gross errors, unless the siblings' prices are clearly foretold better without
        // these, or by two levels: by more than two standard errors of the difference.
        // Two levels take far longer than the others: all threads share in them, as in what is left out.
        let of_shape = |shape| if shape == Shape::TwoLevels { threads } else { 1 };
        let begin = Begin::of(groups, &rules, threads)?;
        let learned = |shape| learn(groups, &begin, shape, &rules, of_shape(shape));
        let shapes = if threads > 1 {
            std::thread::scope(|scope| {
                let others = scope.spawn(|| (learned(Shape::Plain), learned(Shape::TwoLevels)));
                let with = learned(Shape::Gross);
                let (without, on_levels) =
                    others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                [with, without, on_levels]
            })
        } else {
            [Shape::Gross, Shape::Plain, Shape::TwoLevels].map(learned)
        };
        let [with, without, on_levels] = shapes
            .map(|fitted| fitted.map(|(priors, fits)| Learned::of(groups, priors, &fits, &rules, threads)));
        let one = match (with, without) {
            (Some(with), Some(without)) if without.foretells_better_than(&with, &rules) => without,
            (Some(one), _) | (None, Some(one)) => one,
            (None, None) => return None,
        };
        let Learned { priors, left_out } = match on_levels {
            Some(two) if two.foretells_better_than(&one, &rules) => two,
            _ => one,
        };
        let mut by_heading: BTreeMap<u64, (Vec<(f64, f64)>, u32)> = BTreeMap::new();
        for (group, left_out) in groups.iter().zip(left_out) {
            if !left_out.is_empty() {
                let (list, n) = by_heading.entry(group.heading).or_default();
                list.extend(left_out.iter().map(|l| (l.score, l.weight)));
                *n += 1;
            }
        }
        let everything = by_heading.values().flat_map(|h| h.0.iter().copied()).collect();
        let count = by_heading.values().map(|h| h.1).sum();
        let all = || Pool::of(everything, count);
        let of_headings = || {
            let pools = by_heading.into_iter().map(|(heading, (scored, n))| (heading, Pool::of(scored, n)));
            pools.filter(|(_, pool)| pool.enough(&rules)).collect()
        };
        let (all, headings) = if threads > 1 {
            std::thread::scope(|scope| {
                let all = scope.spawn(all);
                let headings = of_headings();
                (all.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), headings)
            })
        } else {
            (all(), of_headings())
        };
        Some(Calibration { priors, headings, all, rules })
    }

    /// The predictive distribution of a group's next log price; `None` without a reference.
    pub fn prediction(&self, heading: u64, points: &[Point]) -> Option<Prediction> {
        self.prediction_of_sorted(heading, &by_log(points), &mut Sample::default())
    }

    /// [`Calibration::prediction`] of points sorted by their logs, equal ones by their weights.
    pub(crate) fn prediction_of_sorted(
        &self,
        heading: u64,
        sorted: &[Point],
        room: &mut Sample,
    ) -> Option<Prediction> {
        let prior = self.priors.of(heading);
        let fit = fit_sorted(sorted, None, prior, room)?;
        let (whole, centre) = (fit.predictive(prior), fit.centre());
        let mut sellers = std::mem::take(&mut room.sellers);
        few_sellers(sorted, self.rules.small, &mut sellers);
        let small = self.leaves_out(heading, sellers.len());
        let without = sellers
            .iter()
            .filter(|_| small)
            .filter_map(|&seller| Some(fit_sorted(sorted, Some(seller), prior, room)?.predictive(prior)))
            .collect();
        room.sellers = sellers;
        Some(Prediction { whole, centre, without })
    }

    /// Whether a group of so many sellers is foretold with each of them left out, too.
    pub(crate) fn leaves_out(&self, heading: u64, sellers: usize) -> bool {
        // On two levels a reference more or less is in the forecast: it may leave open which level is which.
        (2..=self.rules.small).contains(&sellers) && self.priors.of(heading).levels.is_none()
    }

    /// [`Calibration::prediction`] of a group in which no seller is left out, of the logs and weights in the room, in
    /// the order of [`by_log`].
    pub(crate) fn prediction_of_sample(&self, heading: u64, room: &mut Sample) -> Option<Prediction> {
        let prior = self.priors.of(heading);
        let fit = fit_sample(room, prior)?;
        Some(Prediction { whole: fit.predictive(prior), centre: fit.centre(), without: Vec::new() })
    }

    /// The pool a group of this heading is calibrated by: that of its heading where it holds
    /// enough ranks, else that of all siblings; `None` where that is too small too.
    fn pool(&self, heading: u64) -> Option<(&Pool, bool)> {
        self.pool_at(self.pool_number(heading)?)
    }

    /// The number of that pool.
    pub(crate) fn pool_number(&self, heading: u64) -> Option<PoolNumber> {
        match self.headings.binary_search_by_key(&heading, |h| h.0) {
            Ok(at) => Some(PoolNumber(at as u32)),
            Err(_) => self.all.enough(&self.rules).then_some(OF_ALL),
        }
    }

    fn pool_at(&self, number: PoolNumber) -> Option<(&Pool, bool)> {
        match number {
            OF_ALL => Some((&self.all, false)),
            PoolNumber(at) => Some((&self.headings.get(at as usize)?.1, true)),
        }
    }

    /// A log price held to a predictive distribution; `None` with too few pooled ranks.
    pub fn calibrated(&self, heading: u64, prediction: &Prediction, log: f64) -> Option<Calibrated> {
        self.placed(self.pool_number(heading)?, &prediction.whole, prediction.score(log), log)
    }

    /// Where in a pool a score will be looked for.
    #[inline]
    pub(crate) fn near(&self, pool: PoolNumber, score: f64) -> u32 {
        self.pool_at(pool).map_or(0, |(pool, _)| pool.near(score))
    }

    /// Touches a pool there; the number means nothing.
    #[inline]
    pub(crate) fn touch(&self, pool: PoolNumber, at: u32) -> u64 {
        self.pool_at(pool).map_or(0, |(pool, _)| pool.touch(at))
    }

    /// A score placed among the pooled ones.
    pub(crate) fn placed(
        &self,
        pool: PoolNumber,
        whole: &Predictive,
        score: f64,
        log: f64,
    ) -> Option<Calibrated> {
        let (pool, of_heading) = self.pool_at(pool)?;
        let z = (log - whole.mean) / whole.sd;
        let total = pool.total();
        let (up_to, below) = pool.places(score);
        let low = pool.weight_before(up_to);
        let high = total - if below == up_to { low } else { pool.weight_before(below) };
        Some(Calibrated {
            p_lower: (1.0 + low) / (1.0 + total),
            p_upper: (1.0 + high) / (1.0 + total),
            z,
            ranks: total,
            groups: pool.groups,
            of_heading,
        })
    }

    /// Largest ratio to the group's centre (smallest undervaluation) that p ≤ `level` shows with
    /// 80 % power: exp(−(t* + 0.84) · predictive sd), t* the score at that level of the pool on
    /// the group's own Student-t scale. `None` with too few pooled ranks.
    pub fn detectable(&self, heading: u64, prediction: &Prediction, level: f64) -> Option<f64> {
        // The power is part of what the figure means, as every surface says it: no rule.
        const Z_80: f64 = 0.841_621_233_572_914_3;
        let (pool, _) = self.pool(heading)?;
        let score = pool.quantile(level).min(0.0);
        let predictive = &prediction.whole;
        let below = predictive.sd * (student_scale(score, predictive.dof) - Z_80);
        Some((predictive.mean - prediction.centre + below).exp())
    }
}

/// Priors, and each group's references left out.
struct Learned {
    priors: Priors,
    left_out: Vec<Vec<LeftOut>>,
}

impl Learned {
    /// On several threads; the same whatever their number.
    fn of(groups: &[Group], priors: Priors, fits: &[Option<Fit>], rules: &Rules, threads: usize) -> Learned {
        let left_out = spread(groups.len(), threads, Leaving::default, |i, room| {
            (fits[i].as_ref()).map_or_else(Vec::new, |whole| room.out_of(&groups[i], whole, &priors, rules))
        });
        Learned { priors, left_out }
    }

    fn foretells_better_than(&self, other: &Learned, rules: &Rules) -> bool {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (ours, theirs) in self.left_out.iter().flatten().zip(other.left_out.iter().flatten()) {
            let gain = ours.foretold - theirs.foretold;
            sum += gain;
            squares += gain * gain;
        }
        sum > rules.shape_errors * squares.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    fn rules() -> Rules {
        Rules::of(&Parameters::default())
    }

    /// Normal values in an order that follows from their number.
    fn noise(i: u64) -> f64 {
        let golden = 0.618_033_988_749_894_9;
        Normal::new(0.0, 1.0)
            .unwrap()
            .inverse_cdf(((i as f64 + 0.5) * golden).fract().clamp(1e-9, 1.0 - 1e-9))
    }
    fn groups(n: u64, size: u64, sd: f64) -> Vec<Group> {
        (0..n)
            .map(|g| Group {
                heading: g % 4,
                points: (0..size)
                    .map(|i| Point {
                        log: g as f64 * 0.1 + sd * noise(g * 1009 + i * 17),
                        weight: 1.0,
                        seller: i as u32,
                    })
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn too_few_ranks_calibrate_nothing_and_enough_do() {
        let few = Calibration::of(&groups(30, 6, 0.1), rules()).unwrap();
        let p = few.prediction(0, &groups(1, 6, 0.1)[0].points).unwrap();
        assert_eq!(few.calibrated(0, &p, 0.0), None);
        let many = Calibration::of(&groups(40, 6, 0.1), rules()).unwrap();
        let found = many.calibrated(0, &p, -0.7).unwrap();
        assert!(found.p_lower < 0.02 && found.p_upper > 0.98 && found.z < -4.0, "{found:?}");
        assert!((found.ranks - 240.0).abs() < 2.0 && found.groups == 40 && !found.of_heading);
        let detectable = many.detectable(0, &p, 0.05).unwrap();
        assert!((0.65..0.85).contains(&detectable), "{detectable}");
    }

    #[test]
    fn p_rises_with_the_price() {
        let c = Calibration::of(&groups(40, 6, 0.3), rules()).unwrap();
        let p = c.prediction(1, &groups(2, 6, 0.3)[1].points).unwrap();
        let all: Vec<f64> =
            (-30..30).map(|i| c.calibrated(1, &p, f64::from(i) * 0.1).unwrap().p_lower).collect();
        assert!(all.windows(2).all(|w| w[0] <= w[1]) && all[0] < 0.01 && all[59] == 1.0);
    }

    #[test]
    fn a_seller_of_several_goods_is_left_out_as_a_whole() {
        let mut g = groups(40, 6, 0.1);
        for group in &mut g {
            group.points[1].seller = 0;
            (group.points[0].weight, group.points[1].weight) = (0.5, 0.5);
        }
        let c = Calibration::of(&g, rules()).unwrap();
        assert!((c.all.total() - 200.0).abs() < 2.0, "{}", c.all.total());
    }

    #[test]
    fn recency_halves_with_its_half_life() {
        assert_eq!(
            [recency(0, 90), recency(90, 90), recency(180, 90), recency(50, 0)],
            [1.0, 0.5, 0.25, 1.0]
        );
    }

    /// Every number of the rules, once in a world where it matters: none stands there for nothing.
    #[test]
    fn each_number_of_the_rules_moves_what_is_learned() {
        let mut faulty = groups(30, 6, 0.1);
        for (g, group) in faulty.iter_mut().enumerate() {
            for p in &mut group.points {
                p.log *= 1.0 + 0.02 * (g % 5) as f64;
            }
            group.points[g % 6].log += if g % 3 == 0 { std::f64::consts::LN_10 } else { -0.6 };
        }
        let worlds = [faulty, two_levels::tests::groups(40, 7)];
        let figures = |rules: Rules| {
            worlds.each_ref().map(|world| {
                let c = Calibration::of(world, rules).unwrap();
                let p = c.prediction(0, &world[0].points).unwrap();
                let without: Vec<f64> = p.without.iter().map(|p| p.mean).collect();
                (c.to_numbers(), p.whole, without)
            })
        };
        let base = rules();
        let usual = figures(base);
        type Change = fn(&mut Rules);
        let changes: [(&str, Change); 14] = [
            ("slip_share", |r| r.slip_share.first = 0.01),
            ("slip_share_votes", |r| r.slip_share.worth = 10.0),
            ("slip_share_most", |r| r.slip_share.most = 1e-4),
            ("gross_share", |r| r.gross_share.first = 0.01),
            ("gross_share_votes", |r| r.gross_share.worth = 500.0),
            ("gross_share_most", |r| r.gross_share.most = 0.01),
            ("gross_spread", |r| r.gross_spread = 2.0),
            ("least_spread", |r| r.least_spread = 0.3),
            ("siblings_most_dof", |r| r.most_dof = 1.0),
            ("siblings_drawn_in", |r| r.drawn_in = 0.5),
            ("left_out_sellers", |r| r.small = 4),
            ("shape_standard_errors", |r| r.shape_errors = 1e6),
            ("two_levels_standard_errors", |r| r.levels_errors = 1e6),
            ("two_levels_most_ratio", |r| r.levels_apart = 0.3),
        ];
        for (name, change) in changes {
            let mut other = base;
            change(&mut other);
            assert_ne!(figures(other), usual, "{name}");
        }
        let mut other = base;
        other.levels_worth = 1.0;
        assert_ne!(figures(other)[1], usual[1], "two_levels_most_votes");
        let foretold = |rules: &Rules| {
            let sorted: Vec<Group> =
                worlds[0].iter().map(|g| Group { heading: g.heading, points: by_log(&g.points) }).collect();
            let begin = Begin::of(&sorted, rules, 1).unwrap();
            let (priors, fits) = learn(&sorted, &begin, Shape::Gross, rules, 1).unwrap();
            Learned::of(&sorted, priors, &fits, rules, 1).left_out[0][0].foretold
        };
        assert_ne!(foretold(&Rules { unforeseen: 0.5, ..base }), foretold(&base), "unforeseen_share");
    }
}
