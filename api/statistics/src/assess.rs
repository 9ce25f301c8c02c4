//! One declared line held to a reference index: the way from facts to a [`Verdict`].

use crate::evidence::{Facets, window};
use crate::figures::percent;
use crate::index::ReferenceIndex;
use crate::judge::Judged;
use crate::ladder::{Climb, candidates, climb, facet_brand};
use crate::offer::ln;
use crate::schedule::HeldTo;
use crate::sentences::{self, Amount};
use crate::signals::Context;
use crate::{Parameters, schedule};
use model::{
    CAVEAT, CommercialLevel, Declaration, DeclaredPrice, Gate, MassCheck, Rung, RungTried, Segment, Signal,
    SignalCode, Transaction, VERDICT_VERSION, Verdict, VerdictCode,
};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// The declared price in each unit it can be formed in, prepared by the caller (who has the
/// exchange rates).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeclaredPrices {
    /// Best unit first: the declared unit, then kg by net mass. In the snapshot's currency, above
    /// zero; others are passed over.
    pub prices: Vec<DeclaredPrice>,
    /// Other readings of the quantity, each evidenced on the line itself.
    pub alternatives: Vec<MassCheck>,
    /// Why no price could be formed: no exchange rate for the line's date, in words.
    pub failure: Option<String>,
}

/// How much of a verdict is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything but the schedule: no `comparators` and no `excluded`; for batches. All figures,
    /// sentences, signals and counts are those of [`Detail::Full`].
    Figures,
    /// With this many of the offers used, the nearest to the declared price, and the offers not used.
    Nearest(u32),
    /// With every offer used and not used.
    Full,
}

/// Holds a declared line to the references and says what the comparison gives, in full.
///
/// Never fails: a line that cannot be compared gets `not_applicable` or `insufficient_evidence`
/// with the reason and its cure. With several price levels the figures are those of all offers of
/// the rung together; each level's own stand in the reference's segments.
pub fn assess(
    index: &ReferenceIndex,
    line: &Declaration,
    declared: &DeclaredPrices,
    parameters: &Parameters,
) -> Verdict {
    assess_with(index, line, declared, parameters, Detail::Full)
}

/// As [`assess`], in the detail wanted.
pub fn assess_with(
    index: &ReferenceIndex,
    line: &Declaration,
    declared: &DeclaredPrices,
    parameters: &Parameters,
    detail: Detail,
) -> Verdict {
    let mut verdict = blank(index, line, parameters);
    if line.transaction != Transaction::Sale {
        verdict.verdict = VerdictCode::NotApplicable;
        verdict.sentence = sentences::no_sale(line.transaction);
        return verdict;
    }
    let wanted = index.wanted(line);
    let context = Context { index, line, wanted: &wanted, declared, parameters };
    verdict.signals = context.of_line();
    let prices: Vec<&DeclaredPrice> =
        declared.prices.iter().filter(|price| price.amount > Decimal::ZERO).collect();
    verdict.declared = prices.first().map(|&price| price.clone());
    if prices.is_empty() {
        let gate = match declared.failure {
            Some(_) => Gate::ExchangeRate,
            None => Gate::Unit,
        };
        return not_ready(verdict, &context, gate);
    }
    let Some(condition) = line.condition else {
        return not_ready(verdict, &context, Gate::Condition);
    };
    let levels = match line.level {
        Some(level) => vec![level],
        None => CommercialLevel::ALL.to_vec(),
    };
    let mut nearest: Option<(&DeclaredPrice, Climb)> = None;
    for &price in &prices {
        let climbs: Vec<Climb> = levels
            .iter()
            .map(|&level| {
                let facets = Facets {
                    unit: price.unit,
                    condition,
                    level,
                    wants_accessory: wanted.is_accessory,
                    window: window(line.export_date, parameters.window_days),
                    day: line.export_date,
                    origin: line.origin.filter(|_| parameters.origin_facet),
                };
                climb(index, line, &wanted, facets, ln(price.amount), parameters)
            })
            .collect();
        if climbs.iter().any(|c| c.judged.is_some()) {
            return settle(verdict, &context, price, climbs, detail);
        }
        for climb in climbs {
            let better = |best: &Climb| {
                let outside = |c: &Climb| c.best().map_or(0, |b| b.1.outside);
                (climb.n_eff(), outside(&climb)) > (best.n_eff(), outside(best))
            };
            if nearest.as_ref().is_none_or(|(_, best)| better(best)) {
                nearest = Some((price, climb));
            }
        }
    }
    match nearest {
        Some((price, climb)) => insufficient(verdict, &context, price, &climb, detail),
        // There is a price and a level, so there was a climb.
        None => not_ready(verdict, &context, Gate::Unit),
    }
}

fn blank(index: &ReferenceIndex, line: &Declaration, parameters: &Parameters) -> Verdict {
    Verdict {
        version: VERDICT_VERSION,
        verdict: VerdictCode::InsufficientEvidence,
        sentence: String::new(),
        caveat: CAVEAT.to_owned(),
        declaration: line.clone(),
        declared: None,
        snapshot: index.snapshot().id,
        parameters: index.memo.hash(parameters),
        reference: None,
        ratio: None,
        ratio_high: None,
        p_lower: None,
        p_upper: None,
        smallest_p: None,
        z: None,
        z_high: None,
        percentile: None,
        percentile_interval: None,
        calibrated: None,
        signals: Vec::new(),
        ask: Vec::new(),
        cures: Vec::new(),
        rungs: Vec::new(),
        comparators: Vec::new(),
        excluded: Vec::new(),
        excluded_counts: Vec::new(),
        comparators_total: 0,
        excluded_total: 0,
        made: None,
    }
}

/// A line that lacks what every rung needs: its unit, condition or exchange rate.
fn not_ready(mut verdict: Verdict, context: &Context, gate: Gate) -> Verdict {
    let (why, cure) = match gate {
        Gate::Condition => (
            "the condition of the goods is not declared, and new goods are never held to used ones"
                .to_owned(),
            "the condition of the goods: new, used, refurbished or damaged".to_owned(),
        ),
        Gate::ExchangeRate => (
            context
                .declared
                .failure
                .clone()
                .unwrap_or_else(|| "the declared amount cannot be converted".to_owned()),
            "an exchange rate for the line's date (`import fx`)".to_owned(),
        ),
        _ => (
            "the line gives no quantity in a known unit and no net mass, so there is no price per unit"
                .to_owned(),
            "the quantity of the line with its unit, or its net mass in kg".to_owned(),
        ),
    };
    verdict.sentence = format!("Not enough evidence: {why}.");
    verdict.cures = vec![cure];
    verdict.rungs = Rung::ALL
        .iter()
        .filter(|rung| **rung <= context.parameters.widest_rung)
        .map(|&rung| {
            let found = candidates(context.index, context.line, context.wanted, rung, context.parameters);
            let stated = found.is_some();
            let found = found.unwrap_or_default();
            let items = || found.items.iter().map(|&i| context.index.facts(i));
            let sellers: BTreeSet<u32> = items().map(|i| i.seller).collect();
            let sites: BTreeSet<u32> = items().map(|i| i.site).collect();
            RungTried {
                rung,
                n_listings: found.items.len() as u32,
                n_sellers: sellers.len() as u32,
                n_sites: sites.len() as u32,
                n_eff: 0.0,
                smallest_p: None,
                failed: vec![if stated { gate } else { Gate::NotStated }],
                sentence: format!(
                    "Rung {}, {}: not tried, {why}.",
                    rung.number(),
                    sentences::rung_word(rung, facet_brand(context.wanted, context.parameters).is_some())
                ),
            }
        })
        .collect();
    verdict
}

/// Every rung failed: says why on the one that came nearest, and what would cure it. Its offers
/// are listed, but give no figures beside the smallest attainable p.
fn insufficient(
    mut verdict: Verdict,
    context: &Context,
    price: &DeclaredPrice,
    climb: &Climb,
    detail: Detail,
) -> Verdict {
    verdict.declared = Some(price.clone());
    rungs(&mut verdict, context, climb);
    let Some((tried, evidence)) = climb.best() else {
        return not_ready(verdict, context, Gate::NotStated);
    };
    let (index, facets, parameters) = (context.index, &climb.facets, context.parameters);
    verdict.sentence = format!(
        "Not enough evidence on {}: {}.",
        sentences::rung_word(tried.rung, evidence.of_brand),
        sentences::failure(index, facets, evidence, &tried.failed, parameters)
    );
    verdict.smallest_p = evidence.distribution.as_ref().map(|d| d.smallest_p());
    verdict.cures = sentences::cures(facets, evidence, &tried.failed, parameters);
    verdict.signals.extend(context.of_evidence(evidence, &tried.failed));
    schedule(&mut verdict, context, climb, detail);
    verdict
}

/// The offers used and not used, and how many were not.
fn schedule(verdict: &mut Verdict, context: &Context, climb: &Climb, detail: Detail) {
    let Some((tried, evidence)) = climb.best() else {
        return;
    };
    verdict.excluded_counts = evidence.excluded_counts.clone();
    verdict.comparators_total = evidence.votes.len() as u32;
    verdict.excluded_total = verdict.excluded_counts.iter().map(|(_, n)| n).sum();
    if detail != Detail::Figures {
        let (index, line, facets) = (context.index, context.line, &climb.facets);
        let held =
            HeldTo { wanted: context.wanted, rung: tried.rung, evidence, parameters: context.parameters };
        let most = match detail {
            Detail::Nearest(most) => most as usize,
            _ => usize::MAX,
        };
        let declared = verdict.declared.as_ref().map(|d| ln(d.amount));
        let votes = schedule::nearest(&evidence.votes, declared, most);
        verdict.comparators = schedule::comparators(index, line, facets, &held, &votes);
        verdict.excluded = schedule::excluded(index, line, facets, tried.rung, evidence, context.parameters);
    }
}

fn rungs(verdict: &mut Verdict, context: &Context, climb: &Climb) {
    verdict.rungs = climb
        .tried
        .iter()
        .map(|tried| {
            let e = tried.evidence.as_deref();
            RungTried {
                rung: tried.rung,
                n_listings: e.map_or(0, |e| e.n_listings),
                n_sellers: e.map_or(0, |e| e.n_sellers),
                n_sites: e.map_or(0, |e| e.n_sites),
                n_eff: e.map_or(0.0, |e| e.n_eff()),
                smallest_p: e.and_then(|e| e.distribution.as_ref()).map(|d| d.smallest_p()),
                failed: tried.failed.clone(),
                sentence: sentences::rung_sentence(context.index, &climb.facets, tried, context.parameters),
            }
        })
        .collect();
}

/// At least one commercial level has enough evidence. A line that states its level has one climb;
/// otherwise the verdict stands where every level with evidence gives it.
fn settle(
    mut verdict: Verdict,
    context: &Context,
    price: &DeclaredPrice,
    climbs: Vec<Climb>,
    detail: Detail,
) -> Verdict {
    let mut settled: Vec<(&Climb, &Judged)> =
        climbs.iter().filter_map(|c| c.judged.as_ref().map(|j| (c, j))).collect();
    // Most votes first; a stable sort keeps the order of the levels among equals.
    settled.sort_by(|a, b| b.0.n_eff().total_cmp(&a.0.n_eff()));
    let low = settled.iter().all(|(_, j)| crate::judge::is_low(j.code));
    if low {
        // The low verdicts are nested: the weakest holds at every level, and is the one shown.
        settled.sort_by_key(|(_, j)| std::cmp::Reverse(j.code));
    }
    let Some(&(climb, judged)) = settled.first() else {
        return verdict;
    };
    let amount = Amount {
        value: ln(price.amount).exp(),
        currency: context.index.snapshot().currency,
        unit: price.unit,
    };
    fill(&mut verdict, context, price, &amount, climb, judged);
    schedule(&mut verdict, context, climb, detail);
    if context.line.level.is_some() {
        return verdict;
    }
    if low || settled.iter().all(|(_, j)| j.code == judged.code) {
        let sentence = if low && settled.len() > 1 {
            "The line does not state its commercial level; the price is low at wholesale and at retail level, and the weaker verdict stands."
                .to_owned()
        } else if settled.len() > 1 {
            "The line does not state its commercial level; wholesale and retail offers give the same verdict."
                .to_owned()
        } else {
            format!(
                "The line does not state its commercial level; only {} offers gave enough evidence, and it was held to them.",
                climb.facets.level
            )
        };
        verdict.signals.push(Signal { code: SignalCode::CheckLevel, sentence });
        return verdict;
    }
    settled.sort_by_key(|(c, _)| c.facets.level);
    let mut parts = Vec::new();
    let mut segments = Vec::new();
    for (climb, judged) in &settled {
        let Some(d) = climb.best().and_then(|(_, e)| e.distribution.as_ref()) else {
            continue;
        };
        let level = climb.facets.level;
        parts.push((level, judged.figures.ratio, d.median.exp(), judged.code));
        segments.push(Segment {
            label: format!("{level} offers"),
            n_eff: d.n_eff,
            median: d.median.exp(),
            ratio: judged.figures.ratio,
            p_lower: judged.figures.p_lower,
            verdict: judged.code,
        });
    }
    verdict.verdict = VerdictCode::SegmentFirst;
    verdict.sentence = sentences::levels_disagree(&amount, &parts);
    verdict.ask = sentences::ask(VerdictCode::SegmentFirst, context.line, Some("commercial level"));
    if let Some(reference) = &mut verdict.reference {
        reference.segments = segments;
    }
    verdict
}

/// Everything a taken rung gives.
fn fill(
    verdict: &mut Verdict,
    context: &Context,
    price: &DeclaredPrice,
    amount: &Amount,
    climb: &Climb,
    judged: &Judged,
) {
    let Some((tried, evidence)) = climb.best() else {
        return;
    };
    let Some(distribution) = &evidence.distribution else {
        return;
    };
    let (index, line, parameters) = (context.index, context.line, context.parameters);
    let (rung, facets, f) = (tried.rung, &climb.facets, &judged.figures);
    let d = ln(price.amount);
    verdict.declared = Some(price.clone());
    verdict.verdict = judged.code;
    verdict.sentence = sentences::headline(amount, rung, evidence, judged, parameters);
    verdict.ratio = Some(f.ratio);
    verdict.ratio_high = Some(f.ratio_high);
    verdict.p_lower = Some(f.p_lower);
    verdict.p_upper = Some(f.p_upper);
    verdict.smallest_p = Some(distribution.smallest_p());
    verdict.z = Some(f.z);
    verdict.z_high = Some(f.z_high);
    let (percentile, interval) = distribution.percentile(d);
    verdict.percentile = Some(percentile);
    verdict.percentile_interval = interval;
    verdict.calibrated = judged.borrowed.map(|b| b.price);
    verdict.signals.extend(context.of_evidence(evidence, &tried.failed));
    verdict.signals.extend(context.of_judgement(climb, rung, evidence, judged, amount));
    verdict.ask = sentences::ask(judged.code, line, judged.facet.as_deref());
    for signal in &verdict.signals {
        match signal.code {
            SignalCode::UnitSuspect => verdict
                .ask
                .insert(0, "Quantity first: packing list, net mass and pieces of the line".to_owned()),
            SignalCode::CheckCondition => verdict.ask.push(
                "The condition of the goods: photographs, seller's listing, date of manufacture".to_owned(),
            ),
            _ => {}
        }
    }
    rungs(verdict, context, climb);
    verdict.reference = schedule::reference(index, line, facets, rung, evidence, judged);
    if judged.code == VerdictCode::NotDetectable {
        verdict.cures = vec![format!(
            "a narrower reference: GTIN, brand and model or key attributes of the line; this one only shows prices below {} of its median",
            percent(judged.detectable_ratio(distribution))
        )];
    }
}
