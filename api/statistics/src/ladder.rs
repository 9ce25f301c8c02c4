//! The reference ladder: the rungs of a line, narrowest first, and the one with enough evidence.
//! Not the sentences about them.

use crate::Parameters;
use crate::evidence::{Evidence, Facets, gather};
use crate::index::{ReferenceIndex, Wanted};
use crate::judge::{Judged, judge};
use crate::memo::Question;
use crate::retrieval::Alike;
use model::{Declaration, Gate, Rung};
use std::sync::Arc;

/// A rung as it was tried.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub rung: Rung,
    pub evidence: Option<Arc<Evidence>>,
    /// Empty on the rung taken.
    pub failed: Vec<Gate>,
}

/// The way up the ladder for one unit and one commercial level.
#[derive(Debug, Clone)]
pub(crate) struct Climb {
    pub facets: Facets,
    pub tried: Vec<Tried>,
    /// The judgement on the last rung tried, where its evidence suffices.
    pub judged: Option<Judged>,
}

/// Offers on a rung before the facets that all rungs share, or `None` where the line does not state
/// what the rung looks by.
pub(crate) fn candidates(
    index: &ReferenceIndex,
    line: &Declaration,
    wanted: &Wanted,
    rung: Rung,
    parameters: &Parameters,
) -> Option<Arc<Alike>> {
    let certain = |items| Arc::new(Alike::certain(items));
    let all = || index.subheading(line).map_or(&[][..], |s| s.items);
    match rung {
        Rung::Identical => index.identical(line, wanted).map(certain),
        Rung::Similar => index.similar(line, wanted, parameters),
        Rung::Hs6Facets => {
            let brand = facet_brand(wanted, parameters).map(|brand| index.interner.known(brand));
            let of_brand = |i: &&u32| brand.is_none_or(|b| b.is_some() && index.brand_and_model(**i).0 == b);
            Some(certain(all().iter().filter(of_brand).copied().collect()))
        }
        Rung::Hs6Unit => Some(certain(all().to_vec())),
    }
}

/// The brand that rung 3 holds its offers to.
pub(crate) fn facet_brand<'a>(wanted: &'a Wanted, parameters: &Parameters) -> Option<&'a str> {
    wanted.brand.as_deref().filter(|_| parameters.brand_facet)
}

/// The evidence of one rung, or `None` where the line does not state what it looks by.
pub(crate) fn evidence_on(
    index: &ReferenceIndex,
    line: &Declaration,
    wanted: &Wanted,
    rung: Rung,
    facets: &Facets,
    parameters: &Parameters,
) -> Option<Arc<Evidence>> {
    index.memo.evidence(Question::of(index, line, wanted, rung, facets), parameters, || {
        let found = candidates(index, line, wanted, rung, parameters)?;
        let others = looked_at(index, line, rung).len().saturating_sub(found.items.len());
        let of_brand = rung == Rung::Hs6Facets && facet_brand(wanted, parameters).is_some();
        Some(gather(index, line, rung, facets, found, others, parameters).of_brand(of_brand))
    })
}

/// On the similar rung, and on that of a brand, the rest of the subheading was looked at and left
/// aside as other goods.
pub(crate) fn left_aside<'a>(
    index: &'a ReferenceIndex,
    line: &Declaration,
    rung: Rung,
    candidates: &'a [u32],
) -> impl Iterator<Item = u32> + 'a {
    // Both lists are sorted: one walk along the two.
    let mut rest = candidates;
    looked_at(index, line, rung).iter().copied().filter(move |i| {
        while let [first, behind @ ..] = rest
            && first < i
        {
            rest = behind;
        }
        rest.first() != Some(i)
    })
}

/// The offers a rung chooses its candidates from, where it leaves others aside.
fn looked_at<'a>(index: &'a ReferenceIndex, line: &Declaration, rung: Rung) -> &'a [u32] {
    match rung {
        Rung::Similar | Rung::Hs6Facets => index.subheading(line).map_or(&[], |s| s.items),
        Rung::Identical | Rung::Hs6Unit => &[],
    }
}

/// Whether rung 4 would hold the same offers to the line as rung 3 did.
fn same_offers(index: &ReferenceIndex, line: &Declaration, facets: &Facets, narrower: &Evidence) -> bool {
    if facets.origin_on(Rung::Hs6Facets).is_some() {
        return false;
    }
    index.subheading(line).map_or(0, |s| s.items.len()) == narrower.candidates.items.len()
}

/// Tries the rungs until one has enough evidence, and judges the log price `d` on it.
pub(crate) fn climb(
    index: &ReferenceIndex,
    line: &Declaration,
    wanted: &Wanted,
    facets: Facets,
    d: f64,
    parameters: &Parameters,
) -> Climb {
    let mut climb = Climb { facets, tried: Vec::new(), judged: None };
    for &rung in Rung::ALL.iter().filter(|rung| **rung <= parameters.widest_rung) {
        let narrower = climb.tried.last().and_then(|tried| tried.evidence.as_deref());
        if rung == Rung::Hs6Unit && narrower.is_some_and(|e| same_offers(index, line, &facets, e)) {
            climb.tried.push(Tried { rung, evidence: None, failed: vec![Gate::SameOffers] });
            break;
        }
        let Some(evidence) = evidence_on(index, line, wanted, rung, &facets, parameters) else {
            climb.tried.push(Tried { rung, evidence: None, failed: vec![Gate::NotStated] });
            continue;
        };
        let held = evidence.held(index, rung, &facets, parameters);
        let failed = evidence.failed_gates(held.is_some(), parameters);
        if failed.is_empty()
            && let Some(distribution) = &evidence.distribution
        {
            climb.judged = Some(judge(index, &evidence, distribution, held.as_deref(), d, rung, parameters));
        }
        climb.tried.push(Tried { rung, evidence: Some(evidence), failed });
        if climb.judged.is_some() {
            break;
        }
    }
    climb
}

impl Climb {
    /// The rung taken with its evidence, or the one that came nearest: most effective votes, then
    /// most offers outside the window, then the narrowest. With nothing on any rung the widest,
    /// which shows most of what was left out.
    pub fn best(&self) -> Option<(&Tried, &Evidence)> {
        let stated = || self.tried.iter().filter_map(|t| t.evidence.as_deref().map(|e| (t, e)));
        if self.judged.is_some() || stated().all(|(_, e)| e.votes.is_empty() && e.outside == 0) {
            return stated().next_back();
        }
        // `max_by` keeps the last of equals, so the widest comes first.
        stated()
            .rev()
            .max_by(|a, b| (a.1.n_eff().total_cmp(&b.1.n_eff())).then(a.1.outside.cmp(&b.1.outside)))
    }
    /// Effective votes of the best rung.
    pub fn n_eff(&self) -> f64 {
        self.best().map_or(0.0, |(_, e)| e.n_eff())
    }
}
