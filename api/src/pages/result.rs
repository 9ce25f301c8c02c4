//! The result page: one verdict, laid out as an annex to a letter. What it says is the verdict's;
//! here it only gets names, units and places.

mod figures;
mod schedule;

use super::{Frame, PageError, format, markup, render};
use crate::charts::{DistributionChart, Quartiles};
use crate::http::SourceNote;
use crate::validation;
use crate::words;
use figures::Figure;
use minijinja::Value;
use model::{Country, Declaration, LegalUse, RungTried, Verdict, VerdictCode};
use schedule::{ExcludedGroup, Offer};
use serde::Serialize;

/// Addresses beside a served result.
#[derive(Debug, Clone, Serialize)]
pub struct ResultLinks {
    /// The form with this line filled in.
    pub edit: String,
    /// The same page with every offer used in its schedule.
    pub all: String,
    /// The JSON twin.
    pub json: String,
    /// The CSV twin.
    pub csv: String,
}

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct ShownSignal {
    name: &'static str,
    sentence: String,
}

#[derive(Serialize)]
struct ShownSegment {
    letter: char,
    label: String,
    median: String,
    ratio: String,
    p: String,
    votes: String,
    verdict: &'static str,
}

#[derive(Serialize)]
struct ShownRung {
    name: String,
    sentence: String,
    evidence: String,
    taken: bool,
}

#[derive(Serialize)]
struct Content {
    line: Option<String>,
    hs: String,
    heading: String,
    tone: &'static str,
    glyph: &'static str,
    verdict: &'static str,
    sentence: String,
    caveat: String,
    validation: String,
    links: Option<ResultLinks>,
    line_facts: Vec<Fact>,
    ask: Vec<String>,
    cures: Vec<String>,
    signals: Vec<ShownSignal>,
    chart_wide: Option<Value>,
    chart_narrow: Option<Value>,
    chart_caption: String,
    figures: Vec<Figure>,
    segments: Vec<ShownSegment>,
    rungs: Vec<ShownRung>,
    compared: bool,
    comparators: Vec<Offer>,
    /// Whether the offers used say how like they are.
    by_likeness: bool,
    basis: String,
    unit_words: String,
    first_comparators: usize,
    listed: u32,
    comparators_total: u32,
    legal_uses: Vec<&'static str>,
    excluded: Vec<ExcludedGroup>,
    excluded_total: u32,
    snapshot: String,
    parameters: String,
    version: u32,
    sources: Vec<SourceNote>,
}

/// Colour of the banner and the sign that says the same without colour.
fn tone(verdict: VerdictCode) -> (&'static str, &'static str) {
    match verdict {
        VerdictCode::StrongReasonToAsk => ("strong", "▼▼"),
        VerdictCode::ReasonToAsk => ("ask", "▼"),
        VerdictCode::LowReview => ("look", "▽"),
        VerdictCode::HighReview => ("look", "△"),
        VerdictCode::SegmentFirst => ("plain", "≠"),
        VerdictCode::InsufficientEvidence => ("plain", "?"),
        VerdictCode::NotDetectable => ("plain", "≈"),
        VerdictCode::NotApplicable => ("plain", "–"),
        VerdictCode::Consistent => ("fine", "="),
    }
}

/// The result page. Without `links` it stands alone (`style` inside).
pub fn result_html(
    verdict: &Verdict,
    links: Option<ResultLinks>,
    sources: &[SourceNote],
) -> Result<String, PageError> {
    let d = &verdict.declaration;
    let heading = heading(d);
    let (tone, glyph) = tone(verdict.verdict);
    let title = format!("{}: {heading}", words::verdict(verdict.verdict));
    let frame = if links.is_some() { Frame::served(title, "check") } else { Frame::standalone(title) };
    let chart = chart(verdict);
    let (excluded, excluded_total) = schedule::excluded(verdict);
    let listed = schedule::listed(verdict).len();
    let content = Content {
        line: d.line.clone(),
        hs: d.hs.dotted(),
        heading,
        tone,
        glyph,
        verdict: words::verdict(verdict.verdict),
        sentence: verdict.sentence.clone(),
        caveat: verdict.caveat.clone(),
        validation: validation::sentence(verdict).to_owned(),
        links,
        line_facts: line_facts(verdict),
        ask: verdict.ask.clone(),
        cures: verdict.cures.clone(),
        signals: verdict
            .signals
            .iter()
            .map(|s| ShownSignal { name: words::signal(s.code), sentence: s.sentence.clone() })
            .collect(),
        chart_wide: markup(chart.as_ref().and_then(DistributionChart::wide)),
        chart_narrow: markup(chart.as_ref().and_then(DistributionChart::narrow)),
        chart_caption: chart.as_ref().map(caption).unwrap_or_default(),
        figures: figures::figures(verdict),
        segments: segments(verdict),
        rungs: verdict.rungs.iter().map(|r| shown_rung(r, verdict)).collect(),
        compared: verdict.reference.is_some(),
        first_comparators: schedule::shown_first(listed),
        comparators_total: verdict.comparators_total.max(verdict.comparators.len() as u32),
        listed: listed as u32,
        comparators: schedule::offers(verdict, frame.served),
        by_likeness: verdict.comparators.iter().any(|c| c.similarity.is_some()),
        basis: verdict.reference.as_ref().map_or_else(|| "offer".to_owned(), |r| r.basis.clone()),
        unit_words: unit_words(verdict).unwrap_or_else(|| "the snapshot's currency".to_owned()),
        legal_uses: schedule::legal_uses(verdict),
        excluded,
        excluded_total,
        snapshot: verdict.snapshot.to_string(),
        parameters: verdict.parameters.to_string(),
        version: verdict.version,
        sources: sources.to_vec(),
    };
    render("result.html", &frame, content)
}

/// What the goods are, in the declarant's words.
fn heading(d: &Declaration) -> String {
    let named: Vec<&str> = [d.brand.as_deref(), d.model.as_deref()].into_iter().flatten().collect();
    match (&d.description, named.is_empty()) {
        (Some(description), _) => description.clone(),
        (None, false) => named.join(" "),
        (None, true) => match &d.gtin {
            Some(gtin) => format!("GTIN {gtin}"),
            None => format!("Goods of HS {}", d.hs.dotted()),
        },
    }
}

/// "EUR per kg", where it is known.
fn unit_words(verdict: &Verdict) -> Option<String> {
    if let Some(r) = &verdict.reference {
        return Some(format!("{} {}", r.currency, r.unit.per()));
    }
    let declared = verdict.declared.as_ref()?;
    let currency = declared.rate.as_ref().map_or(declared.declared.currency, |rate| rate.to);
    Some(format!("{currency} {}", declared.unit.per()))
}

fn line_facts(verdict: &Verdict) -> Vec<Fact> {
    let d = &verdict.declaration;
    let mut facts = Vec::new();
    let mut fact = |label, value: Option<String>| {
        if let Some(value) = value {
            facts.push(Fact { label, value });
        }
    };
    let unknown = || Some("not stated".to_owned());
    fact("HS code", Some(d.hs.dotted()));
    fact("Description", d.description.clone());
    fact("Brand, model", {
        let parts: Vec<String> = [&d.brand, &d.model].into_iter().flatten().cloned().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    });
    fact("GTIN", d.gtin.as_ref().map(|g| g.to_string()));
    fact("Condition", d.condition.map(|c| words::condition(c).to_owned()).or_else(unknown));
    fact("Commercial level", d.level.map(|l| words::level(l).to_owned()).or_else(unknown));
    fact("Value", Some(format!("{} {}", format::amount(d.value.amount), d.value.currency)));
    fact(
        "Quantity",
        d.quantity
            .map(|q| {
                let quantity = format!("{} {}", format::quantity(q.value()), schedule::unit_name(q.unit()));
                if d.quantity_stated { quantity } else { format!("not stated; the price is for {quantity}") }
            })
            .or_else(unknown),
    );
    fact("Net mass", d.net_mass.map(|m| format!("{} kg", format::quantity(m))));
    fact("Mass of a piece", d.piece_mass.map(|m| format!("{} kg", format::quantity(m))));
    fact("Date of export", Some(d.export_date.to_string()));
    let route = |c: &Option<Country>| c.map_or_else(|| "not stated".to_owned(), |c| c.to_string());
    fact(
        "Route",
        Some(format!(
            "origin {}, export {}, import {}",
            route(&d.origin),
            route(&d.export_country),
            route(&d.import_country)
        )),
    );
    fact("Transaction", Some(words::transaction(d.transaction).to_owned()));
    fact("Price terms", d.terms.map(|t| words::terms(t).to_owned()).or_else(unknown));
    facts
}

fn chart(verdict: &Verdict) -> Option<DistributionChart> {
    let number = |d: &rust_decimal::Decimal| rust_decimal::prelude::ToPrimitive::to_f64(d);
    let reference = verdict.reference.as_ref();
    let offers: Vec<f64> = verdict.comparators.iter().filter_map(|c| number(&c.unit_price.low)).collect();
    if offers.is_empty() && reference.is_none() {
        return None;
    }
    let axis_label = unit_words(verdict)?;
    Some(DistributionChart {
        offers,
        quartiles: reference.map(|r| Quartiles {
            p10: r.p10,
            q1: r.q1,
            median: r.median,
            q3: r.q3,
            p90: r.p90,
        }),
        median_high: reference.filter(|r| figures::has_high_ends(r)).map(|r| r.median_high),
        declared: verdict.declared.as_ref().and_then(|d| number(&d.amount)),
        declared_words: verdict.declared.as_ref().map(|d| format::unit_amount(d.amount)).unwrap_or_default(),
        segments: reference.map_or_else(Vec::new, |r| r.segments.iter().map(|s| s.median).collect()),
        title: format!("Offers and the declared price, {axis_label}"),
        axis_label,
    })
}

fn caption(chart: &DistributionChart) -> String {
    let mut text = "Each circle is an offer at its unit price".to_owned();
    if chart.quartiles.is_some() {
        text.push_str("; the box holds the middle half of them, one seller one vote, the thick bar is the median, the line runs from the first to the ninth decile");
    }
    if chart.median_high.is_some() {
        text.push_str("; the dashed bar is the median of the high ends");
    }
    if !chart.segments.is_empty() {
        text.push_str("; dashed lines with letters are the medians of the price levels");
    }
    if chart.declared.is_some() {
        text.push_str(". The diamond with the full line is the declared price");
    }
    text.push('.');
    text
}

fn segments(verdict: &Verdict) -> Vec<ShownSegment> {
    let Some(reference) = &verdict.reference else {
        return Vec::new();
    };
    reference
        .segments
        .iter()
        .zip('A'..='Z')
        .map(|(s, letter)| ShownSegment {
            letter,
            label: s.label.clone(),
            median: format::price(s.median),
            ratio: format::ratio(s.ratio),
            p: format::p(s.p_lower),
            votes: format::votes(s.n_eff),
            verdict: words::verdict(s.verdict),
        })
        .collect()
}

fn shown_rung(tried: &RungTried, verdict: &Verdict) -> ShownRung {
    let taken = verdict.reference.as_ref().is_some_and(|r| r.rung == tried.rung);
    // Listings are counted before a seller's repeats are dropped; the sentence counts what is used.
    let mut evidence = if tried.n_listings == 0 {
        String::new()
    } else {
        format!(
            "{} found, by {} on {}: {} effective votes",
            counted(tried.n_listings, "listing"),
            counted(tried.n_sellers, "seller"),
            counted(tried.n_sites, "site"),
            format::votes(tried.n_eff)
        )
    };
    if let Some(p) = tried.smallest_p {
        evidence.push_str(&format!(", smallest attainable p {}", format::p(p)));
    }
    // The sentence says why a rung was left in words of its own; gates are named where it is silent.
    let (name, sentence) = match tried.sentence.split_once(": ") {
        Some((name, rest)) if name.starts_with("Rung ") => (name.to_owned(), rest.to_owned()),
        _ => {
            let name = format!("Rung {}, {}", tried.rung.number(), words::rung(tried.rung));
            let failed: Vec<&str> = tried.failed.iter().map(|g| words::gate(*g)).collect();
            if !failed.is_empty() {
                evidence.push_str(if evidence.is_empty() { "" } else { ". " });
                evidence.push_str(&format!("Fails: {}", failed.join("; ")));
            }
            (name, tried.sentence.clone())
        }
    };
    if !evidence.is_empty() {
        evidence = format!("({evidence}.)");
    }
    ShownRung { name, sentence, evidence, taken }
}

/// "1 seller", "36 sellers".
fn counted(n: u32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A legal use of a mix: its code where it is one, in words.
fn mix_name(what: &str) -> String {
    match what.parse::<LegalUse>() {
        Ok(code) => words::legal_use(code).to_owned(),
        Err(_) => what.to_owned(),
    }
}
