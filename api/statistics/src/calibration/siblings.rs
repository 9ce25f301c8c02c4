//! What sibling groups say of a group: means and log-spreads shrunk along the ladder (group →
//! groups of its heading → all), by moments. Not a group's own fit.

use super::fit::{Fit, Prior, Sample, fit_around, side_by_side};
use super::odds::{Odds, SLIPS};
use super::special::{trigamma, trigamma_inverse};
use super::two_levels::{self, TwoLevels};
use super::{Group, Rules};
use crate::fast::{single::LANES, single::total, wide};
use crate::quantile::{Middle, Weighted, quantile, scaled_mad};
use crate::spread::spread;
use statrs::function::gamma::digamma;
use std::collections::BTreeMap;

/// Rounds of fits and priors; the second changes little. No rule, as the numbers in `beginning`: what the
/// rounds begin with is soon forgotten.
const ROUNDS: usize = 4;

/// An estimate of one group: its heading, the value, and the variance of its error.
struct Estimate {
    heading: u64,
    value: f64,
    noise: f64,
}

/// Normal distributions of a group's value: of the groups of each heading, and of any other.
struct Levels {
    headings: BTreeMap<u64, (f64, f64)>,
    other: (f64, f64),
}

impl Levels {
    fn of(&self, heading: u64) -> (f64, f64) {
        self.headings.get(&heading).copied().unwrap_or(self.other)
    }
}

/// Variance between values beyond their errors, by moments: E Σw(y−ȳ)² = Σw(1−w/W)(noise+σ²)
/// within each set, w = 1/(noise+σ²), iterated (Paule and Mandel 1982).
fn variance_between(sets: &[Vec<(f64, f64)>]) -> f64 {
    let mut variance = 0.0;
    for _ in 0..20 {
        let (mut found, mut expected, mut per) = (0.0, 0.0, 0.0);
        for set in sets.iter().filter(|set| set.len() > 1) {
            let weight = |noise: f64| 1.0 / (noise + variance + 1e-9);
            let all: f64 = set.iter().map(|v| weight(v.1)).sum();
            let mean = set.iter().map(|v| v.0 * weight(v.1)).sum::<f64>() / all;
            for &(value, noise) in set {
                let w = weight(noise);
                found += w * (value - mean).powi(2);
                expected += w * noise * (1.0 - w / all);
                per += w * (1.0 - w / all);
            }
        }
        if per <= 0.0 {
            return 0.0;
        }
        let next = ((found - expected) / per).max(0.0);
        let done = (next - variance).abs() < 1e-9;
        variance = next;
        if done {
            break;
        }
    }
    variance
}

/// Mean of values with errors, and its variance.
fn mean_of(set: &[(f64, f64)], variance: f64) -> (f64, f64) {
    let weight = |noise: f64| 1.0 / (noise + variance + 1e-9);
    let all: f64 = set.iter().map(|v| weight(v.1)).sum();
    (set.iter().map(|v| v.0 * weight(v.1)).sum::<f64>() / all, 1.0 / all)
}

/// Groups within headings within all: a heading's mean is shrunk towards that of all by what it
/// is known for (Morris 1983); what stays unknown of it widens the distribution of its groups.
fn levels(estimates: &[Estimate]) -> Levels {
    let mut sets: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for e in estimates {
        sets.entry(e.heading).or_default().push((e.value, e.noise));
    }
    let lists: Vec<Vec<(f64, f64)>> = sets.values().cloned().collect();
    let mut within = variance_between(&lists);
    if lists.iter().all(|l| l.len() < 2) {
        // Each heading has one group: what lies between them cannot be told from what lies within.
        within = variance_between(&[lists.concat()]);
    }
    let means: BTreeMap<u64, (f64, f64)> = sets.iter().map(|(&h, set)| (h, mean_of(set, within))).collect();
    let of_means: Vec<(f64, f64)> = means.values().copied().collect();
    let among = if lists.iter().all(|l| l.len() < 2) {
        0.0
    } else {
        variance_between(std::slice::from_ref(&of_means))
    };
    let (centre, unsure) = mean_of(&of_means, among);
    let headings = means
        .into_iter()
        .map(|(heading, (mean, error))| {
            let share = among / (among + error + 1e-12);
            (
                heading,
                (
                    centre + share * (mean - centre),
                    within + (1.0 - share) * among.min(error) + (1.0 - share) * unsure,
                ),
            )
        })
        .collect();
    Levels { headings, other: (centre, within + among + unsure) }
}

/// Values far outside the rest are drawn in to some spreads: a group whose slips are not seen
/// yet must not tell the others that spreads are unknowable (as Phipson and others 2016).
fn drawn_in(estimates: &mut [Estimate], spreads: f64) {
    let mut values: Vec<Weighted> = estimates.iter().map(|e| (e.value, 1.0)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let centre = quantile(&values, 0.5);
    let most = spreads * scaled_mad(&values, centre);
    if most > 0.0 {
        for e in estimates {
            e.value = e.value.clamp(centre - most, centre + most);
        }
    }
}

/// The priors of groups by heading.
#[derive(Debug, Clone)]
pub(super) struct Priors {
    pub(super) headings: BTreeMap<u64, Prior>,
    pub(super) other: Prior,
}

impl Priors {
    /// The prior of a group of this heading.
    pub fn of(&self, heading: u64) -> &Prior {
        self.headings.get(&heading).unwrap_or(&self.other)
    }
}

/// What a group's prices may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One level, with gross errors.
    Gross,
    /// One level and nothing else.
    Plain,
    /// Two levels, with gross errors.
    TwoLevels,
}

/// Estimates the priors and fits every group (points sorted) with them, in turns: on one level with or without a
/// share of gross errors, or on two levels. `None` where the shape is not to be seen.
pub(super) fn learn(
    groups: &[Group],
    begin: &Begin,
    shape: Shape,
    rules: &Rules,
    threads: usize,
) -> Option<(Priors, Vec<Option<Fit>>)> {
    let mut first = begin.prior;
    match shape {
        Shape::Gross => {}
        Shape::Plain => first.gross = [0.0; 2],
        Shape::TwoLevels => {
            let (levels, variance) = two_levels::seen(groups.iter().map(|g| g.points.as_slice()), rules)?;
            (first.levels, first.variance) = (Some(levels), variance);
        }
    }
    let mut priors = Priors { headings: BTreeMap::new(), other: first };
    let mut fits = fit_all(groups, begin, &priors, threads);
    for _ in 0..ROUNDS {
        priors = estimate(groups, &fits, &priors, rules)?;
        fits = fit_all(groups, begin, &priors, threads);
    }
    Some((priors, fits))
}

fn fit_all(groups: &[Group], begin: &Begin, priors: &Priors, threads: usize) -> Vec<Option<Fit>> {
    spread(groups.len(), threads, Sample::default, |i, room| {
        fit_around(&groups[i].points, begin.middles[i]?, priors.of(groups[i].heading), room)
    })
}

/// What every shape begins with.
pub(super) struct Begin {
    prior: Prior,
    /// Of each group; `None` without points.
    middles: Vec<Option<Middle>>,
}

impl Begin {
    /// Of groups with their points sorted; `None` without a group of two votes.
    pub fn of(groups: &[Group], rules: &Rules, threads: usize) -> Option<Begin> {
        let prior = beginning(groups, rules)?;
        let middles = spread(groups.len(), threads, Sample::default, |i, room| {
            let points = &groups[i].points;
            (!points.is_empty()).then(|| room.middle(points))
        });
        Some(Begin { prior, middles })
    }
}

/// Before anything is fitted: the median of the groups' spreads, worth little.
fn beginning(groups: &[Group], rules: &Rules) -> Option<Prior> {
    let mut spreads: Vec<Weighted> = Vec::new();
    let mut medians: Vec<Weighted> = Vec::new();
    for group in groups {
        let mut values: Vec<Weighted> = group.points.iter().map(|p| (p.log, p.weight)).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        if values.len() < 2 {
            continue;
        }
        let median = quantile(&values, 0.5);
        medians.push((median, 1.0));
        // Of three values the middle deviation is the lesser gap: 0.37 σ on average, not 0.67 σ.
        let small = if values.len() < 5 { 1.8 } else { 1.0 };
        spreads.push((small * scaled_mad(&values, median), 1.0));
    }
    if spreads.is_empty() {
        return None;
    }
    for list in [&mut spreads, &mut medians] {
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let centre = quantile(&medians, 0.5);
    Some(Prior {
        mean: centre,
        between: scaled_mad(&medians, centre).powi(2).max(1.0),
        variance: quantile(&spreads, 0.5).powi(2).max(rules.least_variance()),
        dof: 3.0,
        slips: [0.005; 10],
        gross: [rules.gross_share.first; 2],
        levels: None,
        gross_spread: rules.gross_spread,
        least_spread: rules.least_spread,
    })
}

fn estimate(groups: &[Group], fits: &[Option<Fit>], before: &Priors, rules: &Rules) -> Option<Priors> {
    let fitted = || groups.iter().zip(fits).filter_map(|(g, f)| Some((g, f.as_ref()?)));
    let (slips, gross) = fault_shares(fitted(), before, rules);
    let two = before.other.levels.map(|l| levels_of(fitted(), before, &l, rules));
    let mut spreads: Vec<Estimate> = Vec::new();
    let mut means: Vec<Estimate> = Vec::new();
    for (group, f) in fitted() {
        let dof = f.votes - 1.0;
        if dof < 0.5 {
            continue;
        }
        let variance = (f.squares / dof).max(rules.least_variance());
        // Smyth 2004, section 6.2.
        spreads.push(Estimate {
            heading: group.heading,
            value: variance.ln() - digamma(dof / 2.0) + (dof / 2.0).ln(),
            noise: trigamma(dof / 2.0),
        });
        means.push(Estimate { heading: group.heading, value: f.mean, noise: f.variance / f.votes });
    }
    if spreads.is_empty() {
        return None;
    }
    drawn_in(&mut spreads, rules.drawn_in);
    let (spreads, means) = (levels(&spreads), levels(&means));
    let prior = |spread: (f64, f64), mean: (f64, f64)| {
        let dof = (2.0 * trigamma_inverse(spread.1.max(1e-9))).min(rules.most_dof);
        Prior {
            mean: mean.0,
            between: mean.1.max(rules.least_variance()),
            variance: (spread.0 + digamma(dof / 2.0) - (dof / 2.0).ln()).exp().max(rules.least_variance()),
            dof,
            slips,
            gross,
            levels: two,
            gross_spread: rules.gross_spread,
            least_spread: rules.least_spread,
        }
    };
    Some(Priors {
        headings: spreads.headings.keys().map(|&h| (h, prior(spreads.of(h), means.of(h)))).collect(),
        other: prior(spreads.other, means.other),
    })
}

/// The share of slips by each factor, from the groups narrow enough to show them: a slip lies
/// several spreads off. And the shares of gross errors below and above. Of both the rules' first shares stand
/// for what is not seen yet.
fn fault_shares<'a>(
    fitted: impl Iterator<Item = (&'a Group, &'a Fit)>,
    before: &Priors,
    rules: &Rules,
) -> ([f64; 10], [f64; 2]) {
    let (first, first_gross) = (rules.slip_share, rules.gross_share);
    let mut found = [first.first * first.worth; 10];
    let mut looked = [first.worth; 10];
    let (mut gross, mut sound) = ([first_gross.first * first_gross.worth; 2], first_gross.worth);
    for (group, f) in fitted {
        let sd = f.variance.sqrt();
        let prior = before.of(group.heading);
        let odds = Odds::of(prior);
        let narrow = SLIPS.map(|slip| if slip.abs() >= rules.slip_spreads * sd { 1.0 } else { 0.0 });
        wide(
            #[inline(always)]
            || {
                let mut sums = [[0.0; LANES]; 10];
                let (mut errors, mut clean_of, mut all) = ([[0.0; LANES]; 2], [0.0; LANES], [0.0; LANES]);
                for points in group.points.chunks(LANES) {
                    let (off, weights) = side_by_side(points, f.mean);
                    let parts = f.parts(&off, prior, &odds);
                    let slip = parts.slip();
                    for k in 0..LANES {
                        let error = weights[k] * (1.0 - parts.clean[k] - slip[k]).max(0.0);
                        let above = off[k] > 0.0;
                        errors[0][k] += if above { 0.0 } else { error };
                        errors[1][k] += if above { error } else { 0.0 };
                        clean_of[k] += weights[k] * (1.0 - slip[k]);
                        all[k] += weights[k];
                    }
                    let near = parts.slips.iter().zip(parts.near);
                    for (sums, (slips, _)) in sums.iter_mut().zip(near).filter(|(_, (_, near))| *near) {
                        for k in 0..LANES {
                            sums[k] += weights[k] * slips[k];
                        }
                    }
                }
                let sum = |lane: [f32; LANES]| f64::from(total(lane));
                gross.iter_mut().zip(errors).for_each(|(gross, lane)| *gross += sum(lane));
                sound += sum(clean_of);
                let all = sum(all);
                for k in 0..SLIPS.len() {
                    looked[k] += narrow[k] * all;
                    found[k] += narrow[k] * sum(sums[k]);
                }
            },
        );
    }
    let mut shares = [0.0; 10];
    for (share, (f, l)) in shares.iter_mut().zip(found.into_iter().zip(looked)) {
        *share = f64::min(f / l, first.most);
    }
    let none = before.other.gross == [0.0; 2];
    (shares, gross.map(|g| if none { 0.0 } else { (g / sound).min(first_gross.most) }))
}

/// How far two levels lie apart and in what shares, and how much groups differ in that, by moments.
fn levels_of<'a>(
    fitted: impl Iterator<Item = (&'a Group, &'a Fit)>,
    priors: &Priors,
    before: &TwoLevels,
    rules: &Rules,
) -> TwoLevels {
    let mut votes = [1.0; 2];
    let (mut aparts, mut shares) = (Vec::new(), Vec::<(f64, f64)>::new());
    for (group, f) in fitted {
        let Some(on) = &f.levels else { continue };
        votes[0] += on.votes[0];
        votes[1] += on.votes[1];
        let n = on.votes[0] + on.votes[1];
        if n > 1.5 {
            shares.push((on.votes[0] / n, n));
        }
        if on.votes[0] < 0.5 || on.votes[1] < 0.5 {
            continue;
        }
        // The group's own distance, whatever the siblings' is.
        if let Some(found) = on.own_apart(&group.points, f, priors.of(group.heading)) {
            aparts.push((found, f.variance * (1.0 / on.votes[0] + 1.0 / on.votes[1])));
        }
    }
    if aparts.len() < 2 {
        return *before;
    }
    let lower = votes[0] / (votes[0] + votes[1]);
    // Of binomial counts with a beta-distributed share (Kleinman 1973).
    let varied = lower * (1.0 - lower);
    let shares: Vec<(f64, f64)> = shares.iter().map(|&(share, n)| (share, varied / n)).collect();
    let worth = (varied / variance_between(&[shares]).max(1e-4) - 1.0).clamp(1.0, rules.levels_worth);
    let varies = variance_between(std::slice::from_ref(&aparts));
    TwoLevels {
        lower,
        worth,
        apart: mean_of(&aparts, varies).0.clamp(two_levels::LEAST_APART, rules.levels_apart),
        varies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_of_a_heading_are_drawn_to_those_of_all_by_what_is_known() {
        let estimates: Vec<Estimate> = (0..40)
            .map(|i| Estimate {
                heading: i / 10,
                value: (i / 10) as f64 + 0.1 * ((i % 10) as f64 - 4.5),
                noise: 0.01,
            })
            .collect();
        let l = levels(&estimates);
        assert!((l.of(0).0 - 0.0).abs() < 0.1 && (l.of(3).0 - 3.0).abs() < 0.1);
        assert!((l.other.0 - 1.5).abs() < 0.1 && l.other.1 > 1.0 && l.of(0).1 < 0.2);
        let noisy: Vec<Estimate> = estimates.into_iter().map(|e| Estimate { noise: 100.0, ..e }).collect();
        let l = levels(&noisy);
        assert!((l.of(0).0 - l.of(3).0).abs() < 1e-6);
    }
}
