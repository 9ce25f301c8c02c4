//! The schedule of offers behind a verdict: each one used, with its conversion steps, and each
//! one not used, with the reason; and the figures of the reference. Not the verdict.

use crate::Parameters;
use crate::distribution::Vote;
use crate::evidence::{Evidence, Excluded, Facets, unit_price};
use crate::index::{ReferenceIndex, Wanted};
use crate::judge::Judged;
use crate::ladder::left_aside;
use crate::legal::{legal_use, legal_use_in};
use crate::offers::Place;
use crate::retrieval::Query;
use crate::sentences;
use model::{
    Comparable, Comparator, Declaration, ExcludedOffer, ExclusionReason, Interval, Matched, MatchedBy,
    MixShare, Observation, Reference, Rung, Segment,
};
use rust_decimal::Decimal;

/// The votes nearest to the declared price on the log scale, at most so many; they keep their order,
/// lowest unit price first. Of two equally near the earlier one stays.
pub(crate) fn nearest(votes: &[Vote], declared: Option<f64>, most: usize) -> Vec<Vote> {
    let Some(declared) = declared.filter(|_| votes.len() > most) else {
        return votes[..most.min(votes.len())].to_vec();
    };
    let off = |at: usize| (votes[at].low - declared).abs();
    // Votes rise with their low ends: the nearest lie on both sides of the declared price.
    let begin = votes.partition_point(|vote| vote.low < declared);
    let (mut from, mut to) = (begin, begin);
    let mut farthest = 0.0;
    while to - from < most {
        let below = if from > 0 { off(from - 1) } else { f64::INFINITY };
        let above = if to < votes.len() { off(to) } else { f64::INFINITY };
        if below <= above {
            from -= 1
        } else {
            to += 1
        }
        farthest = f64::min(below, above);
    }
    // Of those as far off as the farthest taken the first ones count.
    while from > 0 && off(from - 1) <= farthest {
        from -= 1;
    }
    while to < votes.len() && off(to) <= farthest {
        to += 1;
    }
    let nearer = (from..to).filter(|&at| off(at) < farthest).count();
    let mut equals = most - nearer;
    let taken = |at: &usize| {
        let is_nearer = off(*at) < farthest;
        let counts = is_nearer || equals > 0;
        equals -= usize::from(counts && !is_nearer);
        counts
    };
    (from..to).filter(taken).map(|at| votes[at]).collect()
}

/// What the offers were held to, and where.
pub(crate) struct HeldTo<'a> {
    pub wanted: &'a Wanted,
    pub rung: Rung,
    pub evidence: &'a Evidence,
    pub parameters: &'a Parameters,
}

impl HeldTo<'_> {
    /// How like an offer is to the goods, where its rung asks.
    fn similarity(&self, item: u32) -> Option<f64> {
        match self.rung {
            Rung::Identical => Some(1.0),
            Rung::Similar => Some(self.evidence.candidates.of(item)),
            Rung::Hs6Facets | Rung::Hs6Unit => None,
        }
    }

    /// What an offer has in common with the line.
    fn matched(
        &self,
        line: &Declaration,
        query: Option<&Query>,
        index: &ReferenceIndex,
        item: u32,
        offer: &Observation,
    ) -> Vec<Matched> {
        let stated = |by, declared: &Option<String>, offered: &Option<String>| {
            let (declared, offered) = (declared.clone()?, offered.clone()?);
            Some(Matched { by, declared, offered })
        };
        let brand = || stated(MatchedBy::Brand, &line.brand, &offer.brand);
        match self.rung {
            Rung::Identical => match line.gtin.filter(|gtin| offer.gtin == Some(*gtin)) {
                Some(gtin) => {
                    let text = gtin.printed().to_owned();
                    vec![Matched { by: MatchedBy::Gtin, declared: text.clone(), offered: text }]
                }
                None => {
                    brand().into_iter().chain(stated(MatchedBy::Model, &line.model, &offer.model)).collect()
                }
            },
            Rung::Similar => query.map_or_else(Vec::new, |query| query.explained(index, item)),
            Rung::Hs6Facets if self.evidence.of_brand => brand().into_iter().collect(),
            Rung::Hs6Facets | Rung::Hs6Unit => Vec::new(),
        }
    }
}

/// The offers behind these votes, in their order.
pub(crate) fn comparators(
    index: &ReferenceIndex,
    line: &Declaration,
    facets: &Facets,
    held: &HeldTo,
    votes: &[Vote],
) -> Vec<Comparator> {
    let query =
        if held.rung == Rung::Similar { index.query(line, held.wanted, held.parameters) } else { None };
    votes
        .iter()
        .map(|vote| {
            let comparable = index.offer(vote.item);
            let o = &comparable.observation;
            let (unit_price, steps) = priced(index, line, facets, &comparable);
            Comparator {
                observation: o.id,
                name: o.name.clone(),
                site: o.capture.site.clone(),
                seller: o.seller.clone(),
                url: o.url.clone().or_else(|| o.capture.page_url.clone()),
                captured_at: o.capture.captured_at,
                page_hash: o.capture.page_hash,
                archive: o.capture.archive.clone(),
                offered: offered(o),
                unit_price,
                rate: comparable.rate.clone(),
                weight: vote.weight,
                similarity: held.similarity(vote.item),
                matched: held.matched(line, query, index, vote.item, o),
                market: o.capture.market,
                legal_use: legal_use(o, line),
                steps,
            }
        })
        .collect()
}

/// The unit price used and the way to it.
fn priced(
    index: &ReferenceIndex,
    line: &Declaration,
    facets: &Facets,
    comparable: &Comparable,
) -> (Interval, Vec<String>) {
    let o = &comparable.observation;
    let mut steps: Vec<String> =
        o.explain.iter().map(|s| format!("{}: '{}' read as {}", s.what, s.from, s.result)).collect();
    steps.extend(o.basis.steps.iter().map(|s| {
        format!(
            "{}: {} at {} ({}{}) gives {}",
            s.what,
            range(&s.input),
            range(&s.rate),
            s.source,
            if s.illustrative { ", illustrative" } else { "" },
            range(&s.output)
        )
    }));
    // A vote has a price in the unit it was counted in.
    let nothing = Interval { low: Decimal::ZERO, high: Decimal::ZERO };
    let (unit_price, step) = unit_price(line, comparable, facets.unit).unwrap_or((nothing, None));
    if let Some(step) = step {
        steps.push(format!(
            "quantity break from {}: {} {} a selling unit",
            step.min_quantity.normalize(),
            range(&step.basis_price),
            o.price.currency
        ));
    }
    if let Some(rate) = &comparable.rate {
        steps.push(format!(
            "1 {} = {} {} on {} ({})",
            rate.from,
            rate.rate.normalize(),
            rate.to,
            rate.date,
            rate.source
        ));
    }
    steps.push(format!(
        "unit price {} {} {}",
        range(&unit_price),
        index.snapshot().currency,
        facets.unit.per()
    ));
    (unit_price, steps)
}

fn range(interval: &Interval) -> String {
    let (low, high) = (interval.low.normalize(), interval.high.normalize());
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}

/// The price as offered: "23.90 GBP for 0.5 kg".
fn offered(o: &Observation) -> String {
    let price = match o.price_high {
        Some(high) if high != o.price.amount => format!("{} to {high}", o.price.amount),
        _ => o.price.amount.to_string(),
    };
    let size = o.quantities.first().map_or_else(String::new, |q| format!(" for {q}"));
    format!("{price} {}{size}", o.price.currency)
}

/// The offers not used, the most telling reasons first and then by id; at most as many as the
/// parameters say.
pub(crate) fn excluded(
    index: &ReferenceIndex,
    line: &Declaration,
    facets: &Facets,
    rung: Rung,
    evidence: &Evidence,
    parameters: &Parameters,
) -> Vec<ExcludedOffer> {
    let mut order: Vec<Excluded> = evidence.excluded.clone();
    let aside = left_aside(index, line, rung, &evidence.candidates.items);
    // Told last and in their order: no more of them than are listed at all can come in.
    order.extend(aside.take(parameters.max_excluded_listed as usize).map(|item| Excluded {
        item,
        reason: ExclusionReason::OtherGoods,
        figure: 0.0,
    }));
    // The nearer an offer came to counting, the more there is to check in leaving it out.
    let rank = |reason| match reason {
        ExclusionReason::DecimalSlip => 0,
        ExclusionReason::OutsideWindow => 1,
        ExclusionReason::MinimumOrder => 2,
        ExclusionReason::SameSellerSameGoods | ExclusionReason::Superseded => 3,
        ExclusionReason::OtherGoods => 9,
        _ => 5,
    };
    let most = parameters.max_excluded_listed as usize;
    let key = |e: &Excluded| (rank(e.reason), e.item);
    if most > 0 && order.len() > most {
        order.select_nth_unstable_by_key(most - 1, key);
    }
    order.truncate(most);
    // Each offer once, so no two are alike.
    order.sort_unstable_by_key(key);
    order
        .into_iter()
        .map(|e| {
            let offer = index.offer(e.item);
            let o = &offer.observation;
            ExcludedOffer {
                observation: o.id,
                name: o.name.clone(),
                site: o.capture.site.clone(),
                seller: o.seller.clone(),
                url: o.url.clone().or_else(|| o.capture.page_url.clone()),
                captured_at: o.capture.captured_at,
                page_hash: o.capture.page_hash,
                offered: offered(o),
                reason: e.reason,
                detail: detail(index, facets, &e, o),
            }
        })
        .collect()
}

fn detail(index: &ReferenceIndex, facets: &Facets, e: &Excluded, o: &Observation) -> String {
    match e.reason {
        ExclusionReason::UnknownCondition => "its condition is not stated".to_owned(),
        ExclusionReason::OtherCondition => format!(
            "offered {}, compared with {} goods",
            o.condition.map_or("without a condition", |c| c.code()),
            facets.condition
        ),
        ExclusionReason::OtherLevel => {
            format!("a {} offer, compared at {}", o.level, facets.level)
        }
        ExclusionReason::OtherOrigin => format!(
            "from {}, compared with goods from {}",
            o.origin.map_or_else(|| "an origin not stated".to_owned(), |origin| origin.to_string()),
            facets.origin.map_or_else(|| "anywhere".to_owned(), |origin| origin.to_string())
        ),
        ExclusionReason::Accessory => "an accessory or part, not the article itself".to_owned(),
        ExclusionReason::Bundle => "several articles at one price".to_owned(),
        ExclusionReason::OtherUnit => format!("no price {} is known", facets.unit.per()),
        ExclusionReason::OtherBasis => {
            format!("priced on the basis '{}', the reference is on '{}'", o.basis.name, index.basis)
        }
        ExclusionReason::OutsideWindow => format!(
            "captured {} days {} the export date, the window is {} days to each side",
            e.figure.abs(),
            if e.figure < 0.0 { "before" } else { "after" },
            facets.window.days
        ),
        ExclusionReason::SameSellerSameGoods => {
            format!("another listing of the same goods by '{}' counts", o.seller)
        }
        ExclusionReason::Superseded => "the same offer was captured nearer to the export date".to_owned(),
        ExclusionReason::DecimalSlip => {
            let (factor, way) = if e.figure >= 1.0 { (e.figure, "above") } else { (1.0 / e.figure, "below") };
            format!(
                "about {factor:.0} times {way} the group's median: a slip of the decimal point or of the unit"
            )
        }
        ExclusionReason::MinimumOrder => {
            format!("smallest order {}, above the declared quantity", e.figure)
        }
        ExclusionReason::OtherGoods if e.figure > 0.0 => format!(
            "goods like those declared (similarity {:.2}), but enough others are more like them",
            e.figure
        ),
        ExclusionReason::OtherGoods => {
            "under the same code, but other goods by name, attributes, brand or kind".to_owned()
        }
        ExclusionReason::NoExchangeRate => "no exchange rate for its day".to_owned(),
    }
}

/// Shares of the weight by what the offers' places are, largest first; equal shares in the order of
/// their keys.
fn mix<K: Ord>(
    index: &ReferenceIndex,
    evidence: &Evidence,
    what: impl Fn(Option<&Place>) -> K,
) -> impl Iterator<Item = (K, f64)> {
    let total: f64 = evidence.distribution.as_ref().map_or(1.0, |d| d.total);
    // Many votes of few places, of fewer kinds.
    let mut shares: Vec<(K, f64)> = Vec::new();
    let mut at_share: Vec<Option<usize>> = vec![None; index.places().len() + 1];
    for (vote, &place) in evidence.votes.iter().zip(&evidence.standing(index).place_of) {
        let at = *at_share[place as usize].get_or_insert_with(|| {
            let kind = what(index.places().get(place as usize));
            shares.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
                shares.push((kind, 0.0));
                shares.len() - 1
            })
        });
        shares[at].1 += vote.weight;
    }
    shares.sort_by(|a, b| a.0.cmp(&b.0));
    let mut shares: Vec<(K, f64)> = shares.into_iter().map(|(what, weight)| (what, weight / total)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.into_iter()
}

/// The distribution of the rung taken.
pub(crate) fn reference(
    index: &ReferenceIndex,
    line: &Declaration,
    facets: &Facets,
    rung: Rung,
    evidence: &Evidence,
    judged: &Judged,
) -> Option<Reference> {
    let d = evidence.distribution.as_ref()?;
    let [lowest, p05, p10, q1, q3, p90] = d.prices_shown();
    Some(Reference {
        rung,
        label: sentences::reference_label(line, facets, rung, evidence.of_brand),
        unit: facets.unit,
        currency: index.snapshot().currency,
        basis: index.basis.clone(),
        condition: facets.condition,
        level: facets.level,
        n_listings: evidence.votes.len() as u32,
        n_sellers: evidence.n_sellers,
        n_sites: evidence.n_sites,
        n_eff: d.n_eff,
        window: facets.window,
        lowest,
        p05,
        p10,
        q1,
        median: d.median.exp(),
        q3,
        p90,
        highest: d.highs.last().map_or(d.median, |v| v.0).exp(),
        median_high: d.median_high.exp(),
        log_spread: d.spread,
        predictive_sd: judged.borrowed.map_or_else(|| d.predictive_sd(), |b| b.predictive_sd),
        detectable_ratio: judged.detectable_ratio(d),
        markets: mix(index, evidence, |place| place.and_then(|p| p.market))
            .map(|(market, share)| MixShare {
                what: market.map_or_else(|| "unknown".to_owned(), |m| m.to_string()),
                share,
                sentence: None,
            })
            .collect(),
        legal_uses: mix(index, evidence, |place| legal_use_in(place, line))
            .map(|(code, share)| MixShare {
                what: code.code().to_owned(),
                share,
                sentence: Some(code.sentence().to_owned()),
            })
            .collect(),
        segments: judged
            .levels
            .iter()
            .map(|level| Segment {
                label: level.label.clone(),
                n_eff: level.distribution.n_eff,
                median: level.distribution.median.exp(),
                ratio: level.figures.ratio,
                p_lower: level.figures.p_lower,
                verdict: level.code,
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_nearest_votes_are_those_of_a_sorted_list(
            steps in prop::collection::vec(0u32..4, 0..30), declared in -1i32..40, most in 0usize..12
        ) {
            // Prices on a grid: many lie equally far off.
            let mut low = 0.0;
            let votes: Vec<Vote> = (0u32..)
                .zip(steps)
                .map(|(item, step)| {
                    low += f64::from(step) * 0.5;
                    Vote::of(item, item, low, low)
                })
                .collect();
            let declared = f64::from(declared) * 0.5;
            let off = |at: &usize| (votes[*at].low - declared).abs();
            let mut order: Vec<usize> = (0..votes.len()).collect();
            order.sort_by(|a, b| off(a).total_cmp(&off(b)).then(a.cmp(b)));
            order.truncate(most);
            order.sort_unstable();
            let wanted: Vec<Vote> = order.into_iter().map(|at| votes[at]).collect();
            prop_assert_eq!(nearest(&votes, Some(declared), most), wanted);
            let first = most.min(votes.len());
            prop_assert_eq!(nearest(&votes, None, most), votes[..first].to_vec());
        }
    }
}
