//! The rules that make a verdict of the figures, in their order. Not the gates before them.

use crate::Parameters;
use crate::borrowed::{Borrowed, Held};
use crate::distribution::{Distribution, Figures};
use crate::evidence::Evidence;
use crate::index::ReferenceIndex;
use crate::memo::Group;
use crate::segments::Level;
use model::{Rung, VerdictCode};
use std::sync::Arc;

/// A line's price judged against one rung.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// Ratios and own ranks; z by the calibration where there is one.
    pub figures: Figures,
    pub code: VerdictCode,
    /// What the siblings say, where they calibrate the group; the verdict rests on their p.
    pub borrowed: Option<Borrowed>,
    /// The price levels, lowest first; empty where the group has one.
    pub levels: Vec<JudgedLevel>,
    /// Whether the verdict is that of the levels, not of all offers together.
    pub by_level: bool,
    /// The facet that sorts the offers into the levels ("brand"), where one does.
    pub facet: Option<String>,
}

/// One price level with the verdict within it.
#[derive(Debug, Clone)]
pub(crate) struct JudgedLevel {
    pub label: String,
    pub distribution: Arc<Distribution>,
    pub figures: Figures,
    pub code: VerdictCode,
}

impl Judged {
    /// The lower p the verdict rests on.
    pub fn p_lower(&self) -> f64 {
        self.borrowed.map_or(self.figures.p_lower, |b| b.price.p_lower)
    }
    /// The upper p the verdict rests on.
    pub fn p_upper(&self) -> f64 {
        self.borrowed.map_or(self.figures.p_upper, |b| b.price.p_upper)
    }
    /// The largest ratio the reference detects.
    pub fn detectable_ratio(&self, distribution: &Distribution) -> f64 {
        self.borrowed.map_or_else(|| distribution.detectable_ratio(), |b| b.detectable_ratio)
    }
}

/// Whether a verdict says the price is low.
pub(crate) fn is_low(code: VerdictCode) -> bool {
    matches!(code, VerdictCode::StrongReasonToAsk | VerdictCode::ReasonToAsk | VerdictCode::LowReview)
}

/// Judges a log price. With several price levels the verdict that every level gives stands; where
/// they differ, the segment has to be settled first.
pub(crate) fn judge(
    index: &ReferenceIndex,
    evidence: &Evidence,
    distribution: &Group,
    held: Option<&Held>,
    d: f64,
    rung: Rung,
    parameters: &Parameters,
) -> Judged {
    let mut figures = distribution.figures(d);
    let small = distribution.n_eff < parameters.min_n_eff_own_5pct - 1e-6;
    let borrowed = held.and_then(|held| held.price(d, small, parameters));
    let mut ruling = figures;
    let mut detectable = None;
    if let Some(b) = &borrowed {
        (figures.z, figures.z_high) = (b.z, b.z_high);
        ruling = Figures { p_lower: b.price.p_lower, p_upper: b.price.p_upper, ..figures };
        detectable = Some(b.detectable_ratio);
    }
    let mut judged = Judged {
        figures,
        code: rule(
            &ruling,
            distribution.n_eff,
            || detectable.unwrap_or_else(|| distribution.detectable_ratio()),
            rung,
            evidence.n_sites,
            parameters,
        ),
        borrowed,
        levels: Vec::new(),
        by_level: false,
        facet: None,
    };
    let Some(found) = distribution.levels(index, &evidence.votes, parameters) else {
        return judged;
    };
    judged.facet = found.facet.clone();
    judged.levels = found.levels.iter().map(|level| judge_level(level, d, rung, parameters)).collect();
    // Identical goods at two price levels that no facet tells apart are one article at two
    // margins: there is nothing to settle, and the verdict of all offers stands, unless it would
    // flag a price that one of the levels finds ordinary.
    let one_article = rung == Rung::Identical && judged.facet.is_none();
    judged.by_level = !(one_article && judged.levels.iter().all(|level| bears_out(level.code, judged.code)));
    if judged.by_level {
        judged.code = common(&judged.levels.iter().map(|level| level.code).collect::<Vec<_>>());
        // The levels rest on their own ranks; siblings calibrate all offers together.
        judged.borrowed = None;
        judged.figures = distribution.figures(d);
    }
    judged
}

/// Whether a level's verdict bears out that of all offers: a flag needs one on the same side.
fn bears_out(level: VerdictCode, all: VerdictCode) -> bool {
    match all {
        VerdictCode::HighReview => level == VerdictCode::HighReview,
        code if is_low(code) => is_low(level),
        _ => true,
    }
}

/// The verdict that every level gives. The low verdicts are nested, each one's conditions being
/// stricter than the next one's: where all levels are low, the weakest holds in every one.
pub(crate) fn common(levels: &[VerdictCode]) -> VerdictCode {
    let codes = || levels.iter().copied();
    let Some(first) = codes().next() else {
        return VerdictCode::SegmentFirst;
    };
    if codes().all(is_low) {
        return codes().max().unwrap_or(first);
    }
    if first != VerdictCode::InsufficientEvidence && codes().all(|code| code == first) {
        return first;
    }
    VerdictCode::SegmentFirst
}

fn judge_level(level: &Level, d: f64, rung: Rung, parameters: &Parameters) -> JudgedLevel {
    let Level { label, distribution, n_sites } = level;
    let (figures, code) = held_to_level(distribution, *n_sites, d, rung, parameters);
    JudgedLevel { label: label.clone(), distribution: distribution.clone(), figures, code }
}

/// A log price held to the distribution of one price level.
pub(crate) fn held_to_level(
    distribution: &Distribution,
    n_sites: u32,
    d: f64,
    rung: Rung,
    parameters: &Parameters,
) -> (Figures, VerdictCode) {
    let figures = distribution.figures(d);
    let detectable = || distribution.detectable_ratio();
    let mut code = rule(&figures, distribution.n_eff, detectable, rung, n_sites, parameters);
    // "Consistent" would claim what a level this small cannot tell.
    let blind = distribution.smallest_p() > parameters.low_review_p + 1e-9;
    let far =
        figures.ratio < parameters.low_review_ratio || figures.ratio_high > 1.0 / parameters.reason_ratio;
    if blind && far {
        code = VerdictCode::InsufficientEvidence;
    }
    (figures, code)
}

/// The rules on the figures alone; the first that matches. `n_eff`: effective votes; `detectable`:
/// the largest ratio the group detects. Below the votes of an own claim nothing stronger than
/// `low_review` comes out.
pub(crate) fn rule(
    f: &Figures,
    n_eff: f64,
    detectable: impl FnOnce() -> f64,
    rung: Rung,
    n_sites: u32,
    p: &Parameters,
) -> VerdictCode {
    let reason = f.p_lower <= p.reason_p + 1e-9
        && f.ratio < p.reason_ratio
        && f.z <= -p.reason_z
        && p.allow_reason(rung, n_eff);
    if reason && f.ratio <= p.strong_ratio && n_sites >= p.min_sites {
        VerdictCode::StrongReasonToAsk
    } else if reason {
        VerdictCode::ReasonToAsk
    } else if f.p_lower <= p.low_review_p + 1e-9 && f.ratio < p.low_review_ratio {
        VerdictCode::LowReview
    } else if f.p_upper <= p.reason_p + 1e-9 && f.ratio_high > 1.0 / p.reason_ratio && f.z_high >= p.reason_z
    {
        VerdictCode::HighReview
    } else if f.ratio < p.low_review_ratio
        && f.p_lower > p.low_review_p
        && detectable() < p.not_detectable_ratio
    {
        VerdictCode::NotDetectable
    } else {
        VerdictCode::Consistent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_to_ask_is_given_up_to_the_widest_rung_that_the_rules_allow() {
        let far = Figures { ratio: 0.4, ratio_high: 0.4, p_lower: 0.01, p_upper: 1.0, z: -5.0, z_high: -5.0 };
        let on = |rung, p: &Parameters| rule(&far, 40.0, || 0.8, rung, 3, p);
        let usual = Parameters::default();
        let codes = Rung::ALL.iter().map(|rung| on(*rung, &usual)).collect::<Vec<_>>();
        use VerdictCode::{LowReview, StrongReasonToAsk};
        assert_eq!(codes, [StrongReasonToAsk, StrongReasonToAsk, LowReview, LowReview]);
        let wider = Parameters { reason_widest_rung: Rung::Hs6Facets, ..Parameters::default() };
        assert_eq!(on(Rung::Hs6Facets, &wider), StrongReasonToAsk);
        assert_eq!(on(Rung::Hs6Unit, &wider), LowReview);
    }
}
