//! Holding declared lines to a snapshot: conversion of the declared amount at the line's own date,
//! the readings of its quantity, and the statistics service.

use crate::contradiction::{Contradictions, Doubt};
use crate::declared::{LineErrors, LineInput};
use crate::failure::Failure;
use crate::hs_model;
use crate::http::{CheckService, SourceNote};
use crate::nomenclature;
use crate::pipeline::{Pipeline, successors_among};
use crate::reference::Reference;
use crate::settings::{ExchangeSettings, Settings};
use crate::validation;
use chrono::NaiveDate;
use model::{
    Clock, ContentHash, Currency, Declaration, DeclaredPrice, HsCode, Made, MassCheck, Money, Quantity,
    SystemClock, Unit, Validation, Verdict,
};
use normalizer::exchange::RateTable;
use normalizer::quantity::{self, QuantityStatus};
use normalizer::unit_price::per_unit;
use rust_decimal::Decimal;
use statistics::{DeclaredPrices, Detail, Parameters, ReferenceIndex, SnapshotSummary};
use std::path::Path;
use store::{MoveRow, ValidationRow};

/// A second reading of a quantity counts only when it changes the price by more than this.
const SAME_READING: f64 = 0.05;

/// The code of a line where it may be one of another edition: long enough, but not of HS 2022.
pub fn retired(declared: &str) -> Option<HsCode> {
    HsCode::parse(declared).ok().filter(|code| code.level() >= 6 && !code.is_known())
}

/// Adds to the error of a code that HS 2022 does not have what became of it.
pub fn tell_what_became(errors: &mut LineErrors, successors: &[MoveRow]) {
    let became = nomenclature::became(successors);
    if let Some(error) = errors.0.iter_mut().find(|error| error.field == "hs" && !became.is_empty()) {
        error.message = format!("{}; {}", error.message, became.join("; "));
    }
}

/// The rules of a check where they are not those of the settings: those of an older verdict.
pub struct Rules {
    /// The numbers the rules run with.
    pub parameters: Parameters,
    /// Publishers of exchange rates that come first; `None`: as the settings say.
    pub publishers: Option<Vec<String>>,
    /// What an older verdict says of its rules' flag rate, which may be nothing; `None`: what the database
    /// knows now.
    pub validation: Option<Option<Validation>>,
}

/// Offers listed in a verdict's schedule unless another number is asked for.
pub const LISTED_COMPARATORS: u32 = 100;

/// Reads how many of the offers used are to be listed: a number or `all`.
pub fn listed(text: &str) -> Result<Detail, String> {
    match text.trim() {
        "all" => Ok(Detail::Full),
        number => number.parse().map(Detail::Nearest).map_err(|_| {
            format!("'{}' is neither a number of offers nor 'all'", crate::import::cut(number, 40))
        }),
    }
}

/// A snapshot made ready for checks, with the rates for the declared amounts. Holds no connection:
/// checks run without the database.
pub struct Checker {
    reference: Reference,
    rates: RateTable,
    exchange: ExchangeSettings,
    parameters: Parameters,
    /// The parameters by value, as verdicts carry them.
    stated: serde_json::Value,
    /// Publishers that come first for every line, whatever the settings say.
    publishers: Option<Vec<String>>,
    validation: Option<Validation>,
    default_date: NaiveDate,
    sources: Vec<SourceNote>,
    contradictions: Contradictions,
    /// What became of codes of other editions, for those who declare one.
    moves: Vec<MoveRow>,
}

/// What declared lines are read and converted with beside the snapshot and the rules, as hashes: it comes from the
/// database and the settings, and either may change between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadWith {
    /// Every exchange rate.
    pub rates: String,
    /// Whose rates come first.
    pub publishers: String,
    /// An own model that holds descriptions against codes; empty for the one that ships.
    pub model: String,
    /// What became of codes of other editions.
    pub moves: String,
}

impl Checker {
    /// Loads the newest snapshot, or the one named. `as_of` is the date of lines that state none;
    /// without it they are dated today.
    pub async fn load(
        pipeline: &Pipeline,
        snapshot: Option<&str>,
        as_of: Option<NaiveDate>,
    ) -> Result<Checker, Failure> {
        Checker::load_for(pipeline, snapshot, as_of, None).await
    }

    /// The same for lines of one day, with that day's rates only: a history of decades takes longer
    /// to read than one line to assess.
    pub async fn load_for(
        pipeline: &Pipeline,
        snapshot: Option<&str>,
        as_of: Option<NaiveDate>,
        only: Option<NaiveDate>,
    ) -> Result<Checker, Failure> {
        let row = pipeline.find_snapshot(snapshot).await?;
        Checker::opened(pipeline, Reference::open(pipeline, &row)?, as_of, only).await
    }

    /// The same over a snapshot that is open already.
    pub async fn opened(
        pipeline: &Pipeline,
        reference: Reference,
        as_of: Option<NaiveDate>,
        only: Option<NaiveDate>,
    ) -> Result<Checker, Failure> {
        let rules =
            Rules { parameters: pipeline.settings.statistics.clone(), publishers: None, validation: None };
        let rates = pipeline.rates(only).await?;
        let mut checker = Checker::again(pipeline, reference, rates, rules).await?;
        checker.default_date = as_of.unwrap_or(checker.default_date);
        Ok(checker)
    }

    /// Over a snapshot file alone: without a database there are no exchange rates, no list of sources
    /// and nothing of other editions of the nomenclature; where there is one, it gives them.
    pub async fn of_file(
        settings: &Settings,
        file: &Path,
        as_of: Option<NaiveDate>,
    ) -> Result<Checker, Failure> {
        Checker::alone(settings, Reference::of_file(file, settings)?, as_of).await
    }

    /// The same over the opened file.
    pub async fn alone(
        settings: &Settings,
        reference: Reference,
        as_of: Option<NaiveDate>,
    ) -> Result<Checker, Failure> {
        let rules = Rules { parameters: settings.statistics.clone(), publishers: None, validation: None };
        let pipeline = Pipeline::if_any(settings.clone()).await?;
        let mut checker = match &pipeline {
            Some(pipeline) => Checker::again(pipeline, reference, pipeline.rates(None).await?, rules).await?,
            None => {
                let (rates, today) = (RateTable::default(), SystemClock.today());
                Checker::over(settings, reference, rates, rules, &[], today, Vec::new(), Vec::new())?
            }
        };
        checker.default_date = as_of.unwrap_or(checker.default_date);
        Ok(checker)
    }

    /// Over a snapshot at hand, with rates and rules as stated: for verdicts that are made again.
    pub async fn again(
        pipeline: &Pipeline,
        reference: Reference,
        rates: RateTable,
        rules: Rules,
    ) -> Result<Checker, Failure> {
        let sources = pipeline
            .store
            .sources()
            .await?
            .into_iter()
            .filter_map(|status| status.row)
            .map(|row| SourceNote { name: row.name, basis: row.permission, contact: row.contact })
            .collect();
        let moves = pipeline.store.moves().await?;
        let known = match &rules.validation {
            Some(_) => Vec::new(),
            None => pipeline.store.validations().await?,
        };
        let (settings, today) = (&pipeline.settings, pipeline.clock.today());
        Checker::over(settings, reference, rates, rules, &known, today, sources, moves)
    }

    /// `known`: flag rates measured on cleared lines, where the rules do not say which one counted.
    #[expect(clippy::too_many_arguments, reason = "the parts of a checker, each from another place")]
    fn over(
        settings: &Settings,
        reference: Reference,
        rates: RateTable,
        rules: Rules,
        known: &[ValidationRow],
        today: NaiveDate,
        sources: Vec<SourceNote>,
        moves: Vec<MoveRow>,
    ) -> Result<Checker, Failure> {
        let validation = match rules.validation {
            Some(then) => then,
            None => Some(validation::of(known, rules.parameters.hash(), reference.snapshot().id)),
        };
        let stated = serde_json::to_value(&rules.parameters)
            .map_err(|e| Failure::bug(format!("the parameters could not be written as JSON: {e}")))?;
        let doubt = Doubt::of(&rules.parameters);
        Ok(Checker {
            reference,
            rates,
            exchange: settings.exchange.clone(),
            parameters: rules.parameters,
            stated,
            publishers: rules.publishers,
            validation,
            default_date: today,
            sources,
            contradictions: match settings.hs.model.as_deref() {
                Some(path) => Contradictions::by(hs_model::open(Some(path))?, doubt),
                None => Contradictions::shipped(doubt),
            },
            moves,
        })
    }

    /// The model that holds descriptions against codes.
    pub fn hs_model_hash(&self) -> Option<ContentHash> {
        self.contradictions.model_hash()
    }

    /// What lines are read and converted with beside the snapshot and the rules.
    pub fn read_with(&self) -> Result<ReadWith, Failure> {
        fn hash(what: &str, of: &impl serde::Serialize) -> Result<String, Failure> {
            let text = serde_json::to_vec(of)
                .map_err(|e| Failure::bug(format!("{what} could not be written as JSON: {e}")))?;
            Ok(ContentHash::of(&text).to_string())
        }
        Ok(ReadWith {
            rates: self.rates.hash().to_string(),
            publishers: hash("the publishers of rates", &(&self.publishers, &self.exchange.customs))?,
            model: self.contradictions.own_model_hash().map_or_else(String::new, |hash| hash.to_string()),
            moves: hash("the correlations of codes", &self.moves)?,
        })
    }

    /// Reads a line. A code of an earlier edition stays an error, with what became of it where an
    /// imported correlation says so: which of several it is now, the declarant knows.
    pub fn read(&self, line: &LineInput) -> Result<Declaration, LineErrors> {
        line.parse_for(Some(self.default_date), self.reference.any_code()).map_err(|mut errors| {
            if let Some(code) = line.hs.as_deref().and_then(retired) {
                tell_what_became(&mut errors, &successors_among(&self.moves, &code));
            }
            errors
        })
    }

    /// Reads a line and assesses it, with as much of the schedule of offers as is wanted.
    pub fn check(&self, line: &LineInput, detail: Detail) -> Result<Verdict, LineErrors> {
        Ok(self.assess(&self.read(line)?, detail))
    }

    /// Reads a line of a batch and assesses it: every figure, but no schedule.
    pub fn check_figures(&self, line: &LineInput) -> Result<Verdict, LineErrors> {
        self.check(line, Detail::Figures)
    }

    /// Assesses a line that is read already.
    pub fn assess(&self, declaration: &Declaration, detail: Detail) -> Verdict {
        let publishers = match &self.publishers {
            Some(publishers) => publishers.clone(),
            None => self.exchange.of_line(declaration.import_country),
        };
        let declared = declared_prices(declaration, self.snapshot().currency, &self.rates, &publishers);
        let index = self.reference.for_code(declaration.hs);
        let mut verdict = statistics::assess_with(&index, declaration, &declared, &self.parameters, detail);
        let contradicted = self.contradictions.of(declaration);
        verdict.signals.extend(contradicted);
        let comparators = match detail {
            // A batch says it once, on its method sheet.
            Detail::Figures => return verdict,
            Detail::Nearest(most) => Some(most),
            Detail::Full => None,
        };
        verdict.made = Some(Box::new(Made {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            method: Some(statistics::METHOD),
            parameters: self.stated.clone(),
            publishers,
            hs_model: self.hs_model_hash(),
            comparators,
            validation: self.validation.clone(),
        }));
        verdict
    }

    /// The date of lines that state none.
    pub fn default_date(&self) -> NaiveDate {
        self.default_date
    }

    /// The numbers the rules run with.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What is known of the rules' flag rate; `None` for a verdict made again that does not say.
    pub fn validation(&self) -> Option<&Validation> {
        self.validation.as_ref()
    }

    /// The snapshot lines are held to.
    pub fn snapshot(&self) -> &SnapshotSummary {
        self.reference.snapshot()
    }

    /// Makes ahead what the first lines would otherwise wait for; takes seconds where there are many
    /// offers, and answers nothing.
    pub fn prepare(&self) {
        if let Reference::Offers(index) = &self.reference {
            index.prepare(&self.parameters);
        }
    }

    /// What lines are held to.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }
}

impl CheckService for Checker {
    fn check(&self, line: &LineInput, detail: Detail) -> Result<Verdict, LineErrors> {
        Checker::check(self, line, detail)
    }
    fn index(&self) -> Option<&ReferenceIndex> {
        Some(self.reference.index())
    }
    fn today(&self) -> NaiveDate {
        self.default_date
    }
    fn sources(&self) -> Vec<SourceNote> {
        self.sources.clone()
    }
    fn successors(&self, code: &HsCode) -> Vec<MoveRow> {
        successors_among(&self.moves, code)
    }
}

/// The line's prices per unit in the snapshot's currency: the declared unit first, then per kg
/// where the net mass is stated, and other readings of the quantity that the line itself shows.
fn declared_prices(
    line: &Declaration,
    currency: Currency,
    rates: &RateTable,
    publishers: &[String],
) -> DeclaredPrices {
    let mut out = DeclaredPrices::default();
    let (converted, rate) = match rates.convert_by(publishers, line.value, currency, line.export_date) {
        Ok(converted) => converted,
        Err(error) => {
            out.failure = Some(error.to_string());
            return out;
        }
    };
    let mut push = |quantity: Quantity| {
        let quantity = quantity.reduced();
        if out.prices.iter().any(|p: &DeclaredPrice| p.unit == quantity.unit()) {
            return;
        }
        let (Some(declared), Some(amount)) =
            (per(line.value.amount, quantity.value()), per(converted, quantity.value()))
        else {
            return;
        };
        out.prices.push(DeclaredPrice {
            unit: quantity.unit(),
            declared: Money::new(declared, line.value.currency),
            amount,
            rate: rate.clone(),
        });
    };
    if let Some(quantity) = line.quantity {
        push(quantity);
    }
    if let Some(Ok(mass)) = mass_of_value(line).map(|kg| Quantity::new(kg, Unit::Kilogram)) {
        push(mass);
    }
    out.alternatives = other_readings(line, converted);
    out
}

/// The net mass the declared value was asked for, in kg. A bare price per unit is the value of one
/// unit, while the net mass is the whole line's: the two make no price.
fn mass_of_value(line: &Declaration) -> Option<Decimal> {
    line.net_mass.filter(|_| line.quantity_stated || line.quantity.is_none())
}

/// Other readings of the quantity, each evidenced on the line: the piece mass against the net
/// mass, the net mass against the quantity, a pack stated in the description.
fn other_readings(line: &Declaration, converted: Decimal) -> Vec<MassCheck> {
    let mut out: Vec<MassCheck> = Vec::new();
    let Some(quantity) = line.quantity.map(|q| q.reduced()) else { return out };
    let mut push = |unit: Unit, value: Decimal, evidence: String| {
        if unit == quantity.unit() && nearly(value, quantity.value()) {
            return;
        }
        if let Some(amount) = per(converted, value) {
            out.push(MassCheck { unit, amount, evidence });
        }
    };
    if let (Some(net), Some(piece)) = (mass_of_value(line), line.piece_mass)
        && let Some(pieces) = net.checked_div(piece).map(|p| p.round())
        && pieces >= Decimal::ONE
    {
        push(
            Unit::Piece,
            pieces,
            format!(
                "a piece mass of {} kg and a net mass of {} kg make {} pieces",
                piece.normalize(),
                net.normalize(),
                pieces.normalize()
            ),
        );
    }
    if let Some(net) = mass_of_value(line) {
        let same = quantity.unit() != Unit::Kilogram && net == quantity.value();
        let kg = net.normalize();
        let evidence = match same {
            true => format!("the quantity equals the net mass of {kg} kg: it may be the mass in kilograms"),
            false => format!("the net mass of {kg} kg for the quantity"),
        };
        push(Unit::Kilogram, net, evidence);
    }
    if let Some(description) = &line.description {
        let reading = quantity::parse(description);
        if reading.status == QuantityStatus::Ok
            && let Some(count) = reading.count
            && count > Decimal::ONE
            && matches!(quantity.unit(), Unit::Piece | Unit::Pack)
            && let Some(pieces) = quantity.value().checked_mul(count)
        {
            let matched = reading.matched.unwrap_or_default();
            push(
                Unit::Piece,
                pieces,
                format!(
                    "the description states a pack ('{}'): {} pieces",
                    matched.trim(),
                    pieces.normalize()
                ),
            );
        }
    }
    out
}

fn per(amount: Decimal, quantity: Decimal) -> Option<Decimal> {
    per_unit(amount, Decimal::ONE, quantity)
}

fn nearly(a: Decimal, b: Decimal) -> bool {
    use rust_decimal::prelude::ToPrimitive;
    match (a.to_f64(), b.to_f64()) {
        (Some(a), Some(b)) if b != 0.0 => (a / b - 1.0).abs() <= SAME_READING,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use normalizer::exchange::parse_plain_csv;

    fn rates() -> RateTable {
        let text = "date,base,quote,rate\n2026-09-01,EUR,USD,1.10\n2026-09-14,EUR,USD,1.25\n2026-09-16,EUR,USD,2.00\n";
        RateTable::new(parse_plain_csv(text, Some("notice 9")).unwrap())
    }

    fn prices(fields: serde_json::Value) -> DeclaredPrices {
        let mut all = serde_json::json!({
            "hs": "853952", "value": "600", "currency": "EUR", "export_date": "2026-09-15",
        });
        for (key, value) in fields.as_object().unwrap() {
            all[key] = value.clone();
        }
        let line: LineInput = serde_json::from_value(all).unwrap();
        declared_prices(&line.parse(None).unwrap(), Currency::EUR, &rates(), &[])
    }

    /// "amount unit" of each price, in order.
    fn amounts(prices: &DeclaredPrices) -> Vec<String> {
        prices.prices.iter().map(|p| format!("{} {}", p.amount, p.unit)).collect()
    }

    fn readings(prices: &DeclaredPrices) -> Vec<String> {
        prices.alternatives.iter().map(|a| format!("{} {}: {}", a.amount, a.unit, a.evidence)).collect()
    }

    #[test]
    fn dozens_and_thousands_are_held_per_piece() {
        assert_eq!(amounts(&prices(serde_json::json!({ "quantity": 10, "unit": "12u" }))), ["5 H87"]);
        assert_eq!(amounts(&prices(serde_json::json!({ "quantity": 2, "unit": "1000u" }))), ["0.3 H87"]);
        assert_eq!(amounts(&prices(serde_json::json!({ "quantity": 3, "unit": "pair" }))), ["200 NPR"]);
        // Twelve significant digits, whatever the division gives.
        assert_eq!(
            amounts(&prices(serde_json::json!({ "quantity": 7, "unit": "u" }))),
            ["85.7142857143 H87"]
        );
    }

    #[test]
    fn the_net_mass_is_the_second_price_and_no_second_one_per_kg() {
        let both = prices(serde_json::json!({ "quantity": 1000, "unit": "u", "net_mass_kg": 60 }));
        assert_eq!(amounts(&both), ["0.6 H87", "10 KGM"]);
        let mass = prices(serde_json::json!({ "quantity": 50, "unit": "kg", "net_mass_kg": 60 }));
        assert_eq!(amounts(&mass), ["12 KGM"], "the declared quantity counts");
        let only = prices(serde_json::json!({ "net_mass_kg": 60 }));
        assert_eq!(amounts(&only), ["10 KGM"]);
        assert!(prices(serde_json::json!({})).prices.is_empty());
    }

    #[test]
    fn a_bare_price_per_unit_is_not_divided_by_the_mass_of_the_line() {
        let bare = prices(serde_json::json!({
            "value": null, "price": "0.58", "unit": "u", "net_mass_kg": 600, "piece_mass_kg": "0.060",
        }));
        assert_eq!(amounts(&bare), ["0.58 H87"]);
        assert!(bare.alternatives.is_empty(), "{:?}", readings(&bare));
    }

    #[test]
    fn the_amount_is_converted_at_the_lines_own_date() {
        let usd = prices(serde_json::json!({ "currency": "USD", "quantity": 100, "unit": "u" }));
        let price = &usd.prices[0];
        assert_eq!((price.declared.to_string(), price.amount.to_string()), ("6 USD".into(), "4.8".into()));
        assert_eq!(price.rate.as_ref().unwrap().date.to_string(), "2026-09-14");
        let euro = prices(serde_json::json!({ "quantity": 100, "unit": "u" }));
        assert!(euro.prices[0].rate.is_none() && euro.failure.is_none());
        let none = prices(serde_json::json!({ "currency": "KES", "quantity": 100, "unit": "u" }));
        assert!(none.prices.is_empty() && none.alternatives.is_empty());
        assert!(none.failure.as_ref().is_some_and(|why| why.contains("KES")), "{:?}", none.failure);
        let early = prices(
            serde_json::json!({ "currency": "USD", "export_date": "2026-08-31", "unit": "u", "quantity": 1 }),
        );
        assert!(early.failure.is_some(), "no rate is taken from after the date");
    }

    #[test]
    fn other_readings_of_the_quantity_are_evidenced_on_the_line() {
        // Declared as 600 kg; a piece of 60 g stands on the line.
        let bulbs = prices(serde_json::json!({
            "quantity": 600, "unit": "u", "net_mass_kg": 600, "piece_mass_kg": "0.060",
        }));
        insta::assert_snapshot!(readings(&bulbs).join("\n"), @r"
        0.06 H87: a piece mass of 0.06 kg and a net mass of 600 kg make 10000 pieces
        1 KGM: the quantity equals the net mass of 600 kg: it may be the mass in kilograms
        ");
        let pack = prices(
            serde_json::json!({ "quantity": 100, "unit": "u", "description": "LED bulb E27, pack of 6" }),
        );
        insta::assert_snapshot!(readings(&pack).join("\n"), @"1 H87: the description states a pack ('pack of 6'): 600 pieces");
        // Pieces that agree with the net mass: it may still be what the goods are sold by.
        for piece in ["0.060", "0.061"] {
            let by_mass = prices(serde_json::json!({
                "quantity": 1000, "unit": "u", "net_mass_kg": 60, "piece_mass_kg": piece,
            }));
            assert_eq!(readings(&by_mass), ["10 KGM: the net mass of 60 kg for the quantity"]);
        }
        let double = prices(serde_json::json!({ "quantity": 1200, "unit": "kg", "net_mass_kg": 600 }));
        assert_eq!(readings(&double), ["1 KGM: the net mass of 600 kg for the quantity"]);
        // A reading that says the same is no other reading, nor is one without evidence.
        for same in [
            serde_json::json!({ "quantity": 600, "unit": "kg", "net_mass_kg": 600 }),
            serde_json::json!({ "quantity": 600, "unit": "u", "description": "LED bulb E27" }),
            serde_json::json!({ "quantity": 600, "unit": "kg", "description": "LED bulb E27, pack of 6" }),
            serde_json::json!({ "net_mass_kg": 600, "piece_mass_kg": 1 }),
        ] {
            let found = prices(same.clone());
            assert!(found.alternatives.is_empty(), "{same}: {:?}", readings(&found));
        }
    }
}
