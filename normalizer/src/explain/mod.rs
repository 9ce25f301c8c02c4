//! From page text to comparable unit price, in words and numbers, for one stored observation: what was
//! read where, what settled it, and every calculation with what goes in and what comes out.
//!
//! The readings are those kept with the observation; the calculations are done again here, step by
//! step, so that whoever follows them with a pencil ends at the price that is compared. Nothing is
//! looked up: the exchange rate comes in as a value. Not here: the archived record behind the
//! observation (`touchstone evidence show`), and the statistics.

mod calculate;
mod legal;
#[cfg(test)]
mod tests;
mod text;

pub use legal::LegalCase;

use crate::unit_price::UNIT_PRICE_DIGITS;
use model::{
    ArchiveRef, BasisOperation, ContentHash, Country, Currency, ExplainStep, Interval, Observation, RateUsed,
    Syntax, Unit, UnitPrice,
};
use rust_decimal::Decimal;
use serde::Serialize;

/// Version of the explanation's JSON.
pub const EXPLANATION_VERSION: u32 = 1;

/// How the calculations are rounded.
pub const ROUNDING: &str = "Decimal arithmetic with 28 significant digits, of which the words show 12. Only unit prices are rounded, to 12 significant digits, half to even.";

/// Significant digits of amounts in words.
const SHOWN_DIGITS: u32 = 12;

/// The conversion into the currency of comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The currency prices are compared in.
    pub currency: Currency,
    /// The rate; `None` where the offer is in that currency, or there is none.
    pub rate: Option<RateUsed>,
    /// Why there is no rate, where one is needed.
    pub no_rate: Option<String>,
}

/// What kind of step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A text of the page or list, and what it was read as.
    Read,
    /// What the goods are and how they are offered: code, condition, level, kind.
    Classify,
    /// The price brought to the common basis.
    Basis,
    /// The currency converted.
    Exchange,
    /// A price of one unit.
    UnitPrice,
}

impl Stage {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Read => "What was read",
            Stage::Classify => "What it is and how it is offered",
            Stage::Basis => "To the common basis",
            Stage::Exchange => "To the currency of comparison",
            Stage::UnitPrice => "Price of one unit",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// From 1.
    pub number: u32,
    /// Its kind.
    pub stage: Stage,
    /// The field or calculation.
    pub what: String,
    /// The text it was read from, as it stood; `None` where nothing stated it.
    pub from: Option<String>,
    /// How the page states it.
    pub syntax: Option<Syntax>,
    /// Where it stood.
    pub place: Option<String>,
    /// What it was read as, or what comes out, in words.
    pub result: String,
    /// The calculation, where it is one.
    pub calculation: Option<Calculation>,
}

/// One calculation, low and high end at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Calculation {
    /// The formula in words.
    pub formula: &'static str,
    /// The basis operation; `None` for the exchange, the division by the quantity, and steps kept by
    /// earlier versions.
    pub operation: Option<BasisOperation>,
    /// What goes in.
    pub input: Interval,
    /// The rate, amount or divisor.
    pub rate: Interval,
    /// What comes out.
    pub output: Interval,
    /// Currency of what comes out.
    pub currency: Currency,
    /// The unit of what comes out, where it is a unit price.
    pub unit: Option<Unit>,
    /// Who states the rate.
    pub source: Option<String>,
    /// Whether the rate is only an illustration.
    pub illustrative: bool,
}

/// The explanation of one observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Version of this form.
    pub version: u32,
    /// The observation.
    pub observation: ContentHash,
    /// Title of the goods.
    pub name: String,
    /// Who sells.
    pub seller: String,
    /// The source.
    pub source: String,
    /// Site of the offer.
    pub site: String,
    /// Market the offer addresses.
    pub market: Option<Country>,
    /// Address of the offer, else of its page.
    pub url: Option<String>,
    /// When it was seen.
    pub captured_at: chrono::DateTime<chrono::Utc>,
    /// SHA-256 of the archived page.
    pub page_hash: Option<ContentHash>,
    /// Where the archived page lies.
    pub archive: Option<ArchiveRef>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The basis it ends on: `offer`, `cif` or `fob`.
    pub basis: String,
    /// The recipe that led there, where one was applied.
    pub recipe: Option<String>,
    /// Whether a rate on the way is only an illustration.
    pub illustrative: bool,
    /// Currency of the unit prices.
    pub currency: Currency,
    /// Where the steps end: a price for each unit known.
    pub unit_prices: Vec<UnitPrice>,
    /// Why there is none, where there is none.
    pub not_comparable: Option<String>,
    /// What the offer may be used for, by the line it is held to.
    pub legal: Vec<LegalCase>,
    /// How it is rounded.
    pub rounding: &'static str,
}

/// Explains an observation.
pub fn explain(observation: &Observation, conversion: &Conversion) -> Explanation {
    let o = observation;
    let mut steps = readings(o);
    let (calculated, unit_prices, not_comparable) = calculate::steps(o, conversion);
    steps.extend(calculated);
    for (step, number) in steps.iter_mut().zip(1..) {
        step.number = number;
    }
    debug_assert_eq!(UNIT_PRICE_DIGITS, 12, "ROUNDING says so");
    Explanation {
        version: EXPLANATION_VERSION,
        observation: o.id,
        name: o.name.clone(),
        seller: o.seller.clone(),
        source: o.capture.source_id.clone(),
        site: o.capture.site.clone(),
        market: o.capture.market,
        url: o.url.clone().or_else(|| o.capture.page_url.clone()),
        captured_at: o.capture.captured_at,
        page_hash: o.capture.page_hash,
        archive: o.capture.archive.clone(),
        steps,
        basis: o.basis.name.clone(),
        recipe: o.basis.recipe.clone(),
        illustrative: o.basis.steps.iter().any(|step| step.illustrative),
        currency: conversion.currency,
        unit_prices,
        not_comparable,
        legal: legal::cases(o),
        rounding: ROUNDING,
    }
}

/// What the observation keeps of its reading, in the order a person asks: the price and its currency,
/// the quantity, then what the goods are.
fn readings(o: &Observation) -> Vec<Step> {
    let order = |what: &str| match what {
        "price" => 0,
        "currency" => 1,
        "quantity break" | "minimum order" => 2,
        "price per" | "quantity" => 3,
        "hs code" => 5,
        "condition" => 6,
        "commercial level" => 7,
        "kind" => 8,
        _ => 4,
    };
    // Calculations of the basis are shown with their figures below.
    let applied = o.basis.recipe.is_some();
    let mut kept: Vec<&ExplainStep> =
        o.explain.iter().filter(|step| !(applied && step.what == "basis")).collect();
    kept.sort_by_key(|step| order(&step.what));
    let mut steps: Vec<Step> = kept.into_iter().map(of_reading).collect();
    let code = steps.iter_mut().find(|step| step.what == "hs code");
    match (o.hs, &o.hs_witness, code) {
        (Some(_), Some(witness), Some(step)) => {
            step.result = format!("{}; by {}: {}", step.result, how_words(&witness.how), witness.why);
        }
        (Some(hs), witness, None) => {
            let by = witness
                .as_ref()
                .map_or_else(String::new, |w| format!("; by {}: {}", how_words(&w.how), w.why));
            steps.push(plain("hs code", Stage::Classify, format!("{}{by}", hs.dotted())));
        }
        (None, _, None) => {
            steps.push(plain(
                "hs code",
                Stage::Classify,
                "not known: no code is stated and no keyword names one".to_owned(),
            ));
        }
        _ => {}
    }
    steps.sort_by_key(|step| step.stage);
    steps
}

fn how_words(how: &str) -> &str {
    match how {
        "stated" => "what the seller or list states",
        "keyword" => "a keyword of the title",
        "default" => "what the source's file or the import states",
        other => other,
    }
}

fn plain(what: &str, stage: Stage, result: String) -> Step {
    Step {
        number: 0,
        stage,
        what: what.to_owned(),
        from: None,
        syntax: None,
        place: None,
        result,
        calculation: None,
    }
}

impl Step {
    /// What stands between the text of the page and the result: a text that was left aside was read
    /// as nothing.
    pub fn joined_by(&self) -> &'static str {
        if self.result.starts_with("not used") { "" } else { "read as " }
    }
}

fn of_reading(step: &ExplainStep) -> Step {
    let stage = match step.what.as_str() {
        "hs code" | "condition" | "commercial level" | "kind" => Stage::Classify,
        "basis" => Stage::Basis,
        _ => Stage::Read,
    };
    Step {
        from: Some(step.from.clone()).filter(|from| !from.is_empty()),
        syntax: step.syntax,
        place: step.place.clone(),
        ..plain(&step.what, stage, step.result.clone())
    }
}

/// "9.65", or "9.65 to 13.2", with the digits that are shown.
pub(crate) fn range(interval: &Interval) -> String {
    let shown = |amount: Decimal| amount.round_sf(SHOWN_DIGITS).unwrap_or(amount).normalize();
    let (low, high) = (shown(interval.low), shown(interval.high));
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}
