//! Each seller's references scored against the others of their group, as a declared price would be. Not what
//! the scores are pooled for.

use super::fit::{Fit, Sample, fit_sorted, side_by_side};
use super::siblings::Priors;
use super::special::normal_scale;
use super::{Group, Point, Rules};
use crate::fast::{single::LANES, wide};

/// Sellers up to which leaving one out is a new fit; in larger groups the others keep their
/// weights, which then hang on no single one. No rule: it saves time, and comes to nearly the same.
const REFIT_UP_TO: usize = 40;

/// A reference scored against the others of its group.
pub(super) struct LeftOut {
    pub score: f64,
    /// Weight of the vote times the probability that it is no slip.
    pub weight: f64,
    /// Weight of the vote times the log density that was foretold for it (Good 1952).
    pub foretold: f64,
}

/// Room to leave sellers out of one group after another.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    sample: Sample,
    /// Seller and place of each point.
    places: Vec<(u32, u32)>,
    /// Probability that each point is no slip.
    sound: Vec<f64>,
    /// Points of the seller at hand.
    own: Vec<Point>,
}

impl Leaving {
    /// Scores each seller's references against the others of the group, whose points are sorted.
    pub fn out_of(&mut self, group: &Group, whole: &Fit, priors: &Priors, rules: &Rules) -> Vec<LeftOut> {
        let Leaving { sample, places, sound, own } = self;
        places.clear();
        places.extend(group.points.iter().zip(0..).map(|(p, at)| (p.seller, at)));
        places.sort_unstable();
        let sellers = places.chunk_by(|a, b| a.0 == b.0).count();
        if sellers < 2 {
            return Vec::new();
        }
        let prior = priors.of(group.heading);
        let odds = sample.odds(prior);
        sound.clear();
        wide(
            #[inline(always)]
            || {
                for points in group.points.chunks(LANES) {
                    let slip = whole.parts(&side_by_side(points, whole.mean).0, prior, &odds).slip();
                    // The parts' shares may add up to a hair more than one; a rank of a weight below zero is none.
                    sound.extend(slip[..points.len()].iter().map(|slip| f64::from(1.0 - slip).max(0.0)));
                }
            },
        );
        let settled = whole.levels.as_ref().is_some_and(|on| sellers > rules.small && !on.is_open());
        let refit = sellers <= REFIT_UP_TO && !settled;
        let beside = whole.beside(prior, &odds);
        let mut out = Vec::with_capacity(group.points.len());
        for of_seller in places.chunk_by(|a, b| a.0 == b.0) {
            own.clear();
            own.extend(of_seller.iter().map(|&(_, at)| group.points[at as usize]));
            let others = if refit {
                fit_sorted(&group.points, Some(of_seller[0].0), prior, sample)
            } else {
                Some(whole.left_out(own, prior, &beside))
            };
            let Some(others) = others else { continue };
            let predictive = others.predictive(prior);
            for (p, &(_, at)) in own.iter().zip(of_seller) {
                let score = normal_scale((p.log - predictive.mean) / predictive.sd, predictive.dof);
                let density =
                    (1.0 - rules.unforeseen) * others.density(prior, p.log) + rules.unforeseen * ANY_PRICE;
                let weight = p.weight * sound[at as usize];
                out.push(LeftOut { score, weight, foretold: p.weight * density.ln() });
            }
        }
        out
    }
}

/// Density of any price at all, on logs: even over a factor of a thousand. No rule: it is the same for every
/// forecast that is compared; how much it counts is the rules' `unforeseen`.
const ANY_PRICE: f64 = 0.144_764_827_301_083_94;
