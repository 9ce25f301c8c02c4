//! The named signals that stand beside a verdict. None of them changes it.

use crate::Parameters;
use crate::assess::DeclaredPrices;
use crate::distribution::Distribution;
use crate::evidence::{Evidence, Facets};
use crate::figures::{counted, p_equals, percent, votes};
use crate::index::{ReferenceIndex, Wanted};
use crate::judge::{Judged, is_low};
use crate::ladder::{Climb, evidence_on};
use crate::memo::Group;
use crate::offer::ln;
use crate::sentences::{Amount, rung_word};
use crate::words::fold;
use model::{
    CommercialLevel, Condition, Declaration, Gate, PriceTerms, Rung, Signal, SignalCode, VerdictCode,
};
use rust_decimal::Decimal;
use std::sync::Arc;

/// What signals are drawn from.
pub(crate) struct Context<'a> {
    pub index: &'a ReferenceIndex,
    pub line: &'a Declaration,
    pub wanted: &'a Wanted,
    pub declared: &'a DeclaredPrices,
    pub parameters: &'a Parameters,
}

fn signal(code: SignalCode, sentence: String) -> Signal {
    Signal { code, sentence }
}

/// A seller or site that no vote names.
pub(crate) fn unnamed() -> String {
    "unnamed".to_owned()
}

impl Context<'_> {
    /// Signals of the evidence itself, whether a rung was taken or not.
    pub fn of_evidence(&self, evidence: &Evidence, failed: &[Gate]) -> Vec<Signal> {
        let mut out = Vec::new();
        if let Some((seller, share)) = evidence.top_seller
            && share > self.parameters.dominant_share
            && evidence.n_sellers > 1
        {
            let name = crate::sentences::seller_name(self.index, evidence, seller);
            out.push(signal(
                SignalCode::DominantSeller,
                format!(
                    "One seller ({name}) holds {} of the {}; {} in all.",
                    percent(share),
                    counted(evidence.n_listings, "listing", "listings"),
                    counted(evidence.n_sellers, "seller", "sellers")
                ),
            ));
        }
        if let Some((site, share)) = evidence.top_site
            && share > self.parameters.dominant_site_share
            && evidence.n_sites > 1
        {
            let name = evidence
                .votes
                .iter()
                .find(|v| self.index.facts(v.item).site == site)
                .map_or_else(unnamed, |v| self.index.offer(v.item).observation.capture.site.clone());
            out.push(signal(
                SignalCode::DominantSite,
                format!("{} of the votes come from one site ({name}).", percent(share)),
            ));
        }
        if failed.contains(&Gate::Window) {
            out.push(signal(
                SignalCode::OutsideWindow,
                format!(
                    "{} of these goods were captured, but outside the window; the nearest {} days {} the export date.",
                    counted(evidence.outside, "offer", "offers"),
                    evidence.nearest_outside.abs(),
                    if evidence.nearest_outside < 0 { "before" } else { "after" }
                ),
            ));
        }
        let n_eff = evidence.n_eff();
        if failed.contains(&Gate::EffectiveNumber) && n_eff >= self.parameters.min_n_eff - 1e-6 {
            out.push(signal(
                SignalCode::SmallGroup,
                format!(
                    "{} effective votes: an own 5 % claim needs {}, and sibling groups give too few ranks to borrow a calibration from.",
                    votes(n_eff),
                    votes(self.parameters.min_n_eff_own_5pct)
                ),
            ));
        }
        if let Some(importing) = self.line.import_country {
            let silent: Vec<bool> = self
                .index
                .places()
                .iter()
                .map(|place| place.origin.is_none() && place.market == Some(importing))
                .collect();
            let place_of = &evidence.standing(self.index).place_of;
            let n = place_of.iter().filter(|&&at| silent.get(at as usize) == Some(&true)).count() as u64;
            if n > 0 {
                out.push(signal(
                    SignalCode::OriginNotStated,
                    format!(
                        "{} made in the importing country ({importing}) without the origin of the goods: whether they were imported (a lead for Article 5) or made there (Article 7.2(a)) is not known.",
                        counted(n, "offer is", "offers are"),
                    ),
                ));
            }
        }
        if evidence.standing(self.index).illustrative {
            out.push(signal(
                SignalCode::IllustrativeRate,
                "Rates used to bring the offers to the common basis are only illustrations, not those of a source.".to_owned(),
            ));
        }
        out
    }

    /// Signals of the line alone.
    pub fn of_line(&self) -> Vec<Signal> {
        let mut out = Vec::new();
        let stated = match self.line.terms {
            Some(terms) => format!("the line's price is {}", terms.code().to_uppercase()),
            None => "the line does not state its price terms".to_owned(),
        };
        if self.index.basis == "offer" {
            out.push(signal(
                SignalCode::TermsNotSettled,
                format!(
                    "The offers are asking prices as published, with the tax, margin and delivery they include, and {stated}: part of the difference can lie in the terms."
                ),
            ));
        } else if self.line.terms != Some(PriceTerms::Cif) {
            out.push(signal(
                SignalCode::TermsNotSettled,
                format!(
                    "The reference is on the basis '{}', and {stated}: part of the difference can lie in the terms.",
                    self.index.basis
                ),
            ));
        }
        let description = fold(self.line.description.as_deref().unwrap_or_default());
        let words: Vec<&str> = description.split(|c: char| !c.is_alphanumeric()).collect();
        let said = [
            ("refurbished", Condition::Refurbished),
            ("damaged", Condition::Damaged),
            ("used", Condition::Used),
            ("secondhand", Condition::Used),
        ]
        .into_iter()
        .find(|(word, _)| words.contains(word));
        if let (Some((word, condition)), Some(declared)) = (said, self.line.condition)
            && condition != declared
        {
            out.push(signal(
                SignalCode::DescriptionContradicts,
                format!("The description says '{word}', the condition is declared as {declared}."),
            ));
        }
        out
    }

    /// Signals of a judged price.
    pub fn of_judgement(
        &self,
        climb: &Climb,
        rung: Rung,
        evidence: &Evidence,
        judged: &Judged,
        amount: &Amount,
    ) -> Vec<Signal> {
        let mut out = Vec::new();
        let f = &judged.figures;
        let d = amount.value.ln();
        let flagged = is_low(judged.code) || judged.code == VerdictCode::HighReview;
        if flagged {
            out.extend(self.unit_suspect(climb, rung, evidence));
            out.extend(self.other_facets(climb, rung, d, amount));
        }
        if let Some(b) = judged.borrowed.filter(|b| b.price.borrowed) {
            out.push(signal(
                SignalCode::SmallGroup,
                format!(
                    "{} effective votes, where an own 5 % claim needs {}: the calibration is borrowed from {} {} ({:.0} ranks), right on average over them, and the verdict goes no further than low_review.",
                    votes(evidence.n_eff()),
                    votes(self.parameters.min_n_eff_own_5pct),
                    b.price.groups,
                    if b.price.of_heading { "sibling groups of the heading, which lends spread and ranks only" } else { "sibling groups" },
                    b.price.ranks.floor(),
                ),
            ));
        }
        if judged.code == VerdictCode::SegmentFirst
            && f.p_lower <= self.parameters.low_review_p
            && f.ratio < self.parameters.low_review_ratio
        {
            out.push(signal(
                SignalCode::AlsoLow,
                format!("Against all levels together the price is low ({}).", p_equals(f.p_lower)),
            ));
        }
        if let Some(mean) = evidence.distribution.as_ref().map(|d| d.mean_price())
            // Half, as the signal's name says: no number to choose.
            && amount.value <= 0.5 * mean
        {
            out.push(signal(
                SignalCode::HalfOfOfferMean,
                format!(
                    "The declared price is {} of the average of the cleaned offers ({}): at or below half of it.",
                    percent(amount.value / mean),
                    Amount { value: mean, ..*amount }.text()
                ),
            ));
        }
        if !judged.levels.is_empty() {
            let levels: Vec<String> = judged
                .levels
                .iter()
                .map(|l| {
                    format!("{} around {}", l.label, {
                        Amount { value: l.distribution.median.exp(), ..*amount }.text()
                    })
                })
                .collect();
            out.push(signal(
                SignalCode::Multimodal,
                format!("The offers have two price levels: {}.", levels.join(", ")),
            ));
        }
        let left: Vec<&str> = climb
            .tried
            .iter()
            .filter(|t| t.rung < rung && t.failed != [Gate::NotStated])
            .map(|t| rung_word(t.rung, t.evidence.as_ref().is_some_and(|e| e.of_brand)))
            .collect();
        if !left.is_empty() {
            out.push(signal(
                SignalCode::BackedOff,
                format!(
                    "There is too little evidence on {}; the line was held to {}.",
                    left.join(" and on "),
                    rung_word(rung, evidence.of_brand)
                ),
            ));
        }
        out
    }

    /// Another reading of the quantity, evidenced on the line, that would make the price fit.
    fn unit_suspect(&self, climb: &Climb, rung: Rung, evidence: &Evidence) -> Option<Signal> {
        self.declared.alternatives.iter().find_map(|other| {
            if other.amount <= Decimal::ZERO {
                return None;
            }
            let d = ln(other.amount);
            let fits = if other.unit == climb.facets.unit {
                evidence.distribution.as_ref().is_some_and(|g| self.fits(g, d))
            } else {
                let facets = Facets { unit: other.unit, ..climb.facets };
                self.group(rung, &facets).is_some_and(|g| self.fits(&g, d))
            };
            fits.then(|| {
                signal(
                    SignalCode::UnitSuspect,
                    format!(
                        "Check the quantity first: with {} the price would be {} and fit the offers.",
                        other.evidence,
                        Amount { value: d.exp(), unit: other.unit, currency: self.index.snapshot().currency }
                            .text()
                    ),
                )
            })
        })
    }

    /// The price fits the same goods in another condition, or at another commercial level.
    fn other_facets(&self, climb: &Climb, rung: Rung, d: f64, amount: &Amount) -> Vec<Signal> {
        let mut out = Vec::new();
        for &condition in Condition::ALL {
            let facets = Facets { condition, ..climb.facets };
            if condition == climb.facets.condition {
                continue;
            }
            if let Some(group) = self.group(rung, &facets).filter(|g| self.fits(g, d)) {
                out.push(signal(
                    SignalCode::CheckCondition,
                    format!(
                        "Declared as {}, but the price fits {condition} goods (median {}): check the condition.",
                        climb.facets.condition,
                        Amount { value: group.median.exp(), ..*amount }.text()
                    ),
                ));
            }
        }
        for &level in CommercialLevel::ALL {
            let facets = Facets { level, ..climb.facets };
            // A line without a level was held to both already.
            if level == climb.facets.level || self.line.level.is_none() {
                continue;
            }
            if let Some(group) = self.group(rung, &facets).filter(|g| self.fits(g, d)) {
                out.push(signal(
                    SignalCode::CheckLevel,
                    format!(
                        "Declared at {} level, but the price fits {level} offers (median {}): check the commercial level.",
                        climb.facets.level,
                        Amount { value: group.median.exp(), ..*amount }.text()
                    ),
                ));
            }
        }
        out
    }

    fn group(&self, rung: Rung, facets: &Facets) -> Option<Arc<Group>> {
        evidence_on(self.index, self.line, self.wanted, rung, facets, self.parameters)?.distribution.clone()
    }

    /// Whether a log price is unremarkable in a group on both sides. Only a group that could have
    /// shown the contrary can be fitted.
    fn fits(&self, group: &Distribution, d: f64) -> bool {
        let p = self.parameters.low_review_p;
        group.smallest_p() <= p + 1e-9 && group.p_lower(d) > p && group.p_upper(d) > p
    }
}
