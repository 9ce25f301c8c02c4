//! The page of one offer: from the text of its page to the unit price that is compared. It draws an
//! explanation; it calculates nothing.

use super::{Frame, PageError, render, safe_link};
use crate::explained::Explained;
use crate::words;
use normalizer::explain::{Stage, Step};
use serde::Serialize;

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct ShownStep {
    number: u32,
    what: String,
    from: Option<String>,
    joined_by: &'static str,
    result: String,
    place: Option<String>,
    formula: Option<&'static str>,
    source: Option<String>,
    illustrative: bool,
}

#[derive(Serialize)]
struct Part {
    title: &'static str,
    steps: Vec<ShownStep>,
}

#[derive(Serialize)]
struct ShownCase {
    line: String,
    short: &'static str,
    sentence: &'static str,
}

#[derive(Serialize)]
struct Content {
    name: String,
    link: Option<String>,
    facts: Vec<Fact>,
    prices: Vec<String>,
    not_comparable: Option<String>,
    illustrative: bool,
    rounding: &'static str,
    parts: Vec<Part>,
    legal: Vec<ShownCase>,
    json: String,
    id: String,
    short: String,
}

/// The page as the server shows it.
pub fn observation_html(explained: &Explained) -> Result<String, PageError> {
    let e = &explained.explanation;
    let id = e.observation.to_string();
    let fact = |label, value: String| Fact { label, value };
    let mut facts = vec![
        fact("Seller", e.seller.clone()),
        fact(
            "Site, market",
            match e.market {
                Some(market) => format!("{}, {market}", e.site),
                None => format!("{}, market not known", e.site),
            },
        ),
        fact("Seen", e.captured_at.format("%Y-%m-%d %H:%M UTC").to_string()),
        fact("Source", e.source.clone()),
        fact(
            "Archived page",
            match (&e.page_hash, &e.archive) {
                (Some(hash), Some(place)) => {
                    format!("{} in {} at byte {}", hash.short(), place.file, place.offset)
                }
                (Some(hash), None) => hash.short(),
                _ => "none: from a list".to_owned(),
            },
        ),
        fact(
            "Basis",
            match &e.recipe {
                Some(recipe) => format!("{}, by recipe {recipe}", e.basis),
                None => format!("{}: as offered, nothing taken out", e.basis),
            },
        ),
    ];
    if let Some(snapshot) = explained.snapshot {
        facts.push(fact("Snapshot", snapshot.short()));
    }
    let prices = e.unit_prices.iter().map(|price| {
        let range = match price.low == price.high {
            true => price.low.to_string(),
            false => format!("{} to {}", price.low, price.high),
        };
        format!("{range} {} {}", e.currency, price.unit.per())
    });
    let mut parts: Vec<Part> = Vec::new();
    let mut stage: Option<Stage> = None;
    for step in &e.steps {
        if stage != Some(step.stage) {
            stage = Some(step.stage);
            parts.push(Part { title: step.stage.title(), steps: Vec::new() });
        }
        if let Some(part) = parts.last_mut() {
            part.steps.push(shown(step));
        }
    }
    let content = Content {
        name: e.name.clone(),
        link: safe_link(e.url.as_deref()),
        facts,
        prices: prices.collect(),
        not_comparable: e.not_comparable.clone(),
        illustrative: e.illustrative,
        rounding: e.rounding,
        parts,
        legal: e
            .legal
            .iter()
            .map(|case| ShownCase {
                line: case.line.clone(),
                short: words::legal_use_short(case.code),
                sentence: case.sentence,
            })
            .collect(),
        json: format!("/observations/{id}.json"),
        short: e.observation.short(),
        id,
    };
    render("observation.html", &Frame::served("From page to unit price", ""), content)
}

fn shown(step: &Step) -> ShownStep {
    let calculation = step.calculation.as_ref();
    ShownStep {
        number: step.number,
        what: step.what.clone(),
        from: step.from.clone(),
        joined_by: step.joined_by().trim_end(),
        result: step.result.clone(),
        place: step.syntax.map(|syntax| match &step.place {
            Some(place) => format!("{} {place}", syntax.code()),
            None => syntax.code().to_owned(),
        }),
        formula: calculation.map(|c| c.formula),
        // The words of a basis step name its source already.
        source: calculation.filter(|_| step.stage == Stage::Exchange).and_then(|c| c.source.clone()),
        illustrative: calculation.is_some_and(|c| c.illustrative),
    }
}
