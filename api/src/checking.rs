//! Holding declared lines to a snapshot: conversion of the declared amount at the line's own date,
//! the readings of its quantity, and the statistics service.

use crate::declared::{LineErrors, LineInput};
use crate::failure::Failure;
use crate::http::{CheckService, SourceNote};
use crate::pipeline::Pipeline;
use chrono::NaiveDate;
use model::{Declaration, DeclaredPrice, MassCheck, Money, Quantity, Snapshot, Unit, Verdict};
use normalizer::exchange::RateTable;
use normalizer::quantity::{self, QuantityStatus};
use rust_decimal::Decimal;
use statistics::{DeclaredPrices, Parameters, ReferenceIndex};

/// A second reading of a quantity counts only when it changes the price by more than this.
const SAME_READING: f64 = 0.05;

/// A snapshot made ready for checks, with the rates for the declared amounts. Holds no connection:
/// checks run without the database.
pub struct Checker {
    index: ReferenceIndex,
    rates: RateTable,
    parameters: Parameters,
    default_date: NaiveDate,
    sources: Vec<SourceNote>,
}

impl Checker {
    /// Loads the newest snapshot, or the one named. `as_of` is the date of lines that state none;
    /// without it they are dated today.
    pub async fn load(
        pipeline: &Pipeline,
        snapshot: Option<&str>,
        as_of: Option<NaiveDate>,
    ) -> Result<Checker, Failure> {
        let row = pipeline.find_snapshot(snapshot).await?;
        let sources = pipeline
            .store
            .sources()
            .await?
            .into_iter()
            .filter_map(|status| status.row)
            .map(|row| SourceNote { name: row.name, basis: row.permission, contact: row.contact })
            .collect();
        Ok(Checker {
            index: ReferenceIndex::new(pipeline.read_snapshot(&row)?),
            rates: pipeline.rates().await?,
            parameters: pipeline.settings.statistics.clone(),
            default_date: as_of.unwrap_or_else(|| pipeline.clock.today()),
            sources,
        })
    }

    /// Reads a line and assesses it.
    pub fn check(&self, line: &LineInput) -> Result<Verdict, LineErrors> {
        Ok(self.assess(&line.parse(Some(self.default_date))?))
    }

    /// Assesses a line that is read already.
    pub fn assess(&self, declaration: &Declaration) -> Verdict {
        let declared = declared_prices(declaration, self.index.snapshot(), &self.rates);
        statistics::assess(&self.index, declaration, &declared, &self.parameters)
    }

    /// The snapshot lines are held to.
    pub fn snapshot(&self) -> &Snapshot {
        self.index.snapshot()
    }
}

impl CheckService for Checker {
    fn check(&self, line: &LineInput) -> Result<Verdict, LineErrors> {
        Checker::check(self, line)
    }
    fn snapshot(&self) -> Option<&Snapshot> {
        Some(Checker::snapshot(self))
    }
    fn today(&self) -> NaiveDate {
        self.default_date
    }
    fn sources(&self) -> Vec<SourceNote> {
        self.sources.clone()
    }
}

/// The line's prices per unit in the snapshot's currency: the declared unit first, then per kg
/// where the net mass is stated, and other readings of the quantity that the line itself shows.
fn declared_prices(line: &Declaration, snapshot: &Snapshot, rates: &RateTable) -> DeclaredPrices {
    let mut out = DeclaredPrices::default();
    let (converted, rate) = match rates.convert(line.value, snapshot.currency, line.export_date) {
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
    if let Some(Ok(mass)) = line.net_mass.map(|kg| Quantity::new(kg, Unit::Kilogram)) {
        push(mass);
    }
    out.alternatives = other_readings(line, converted);
    out
}

/// Other readings of the quantity, each evidenced on the line: the piece mass against the net
/// mass, the quantity equal to the net mass, a pack stated in the description.
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
    if let (Some(net), Some(piece)) = (line.net_mass, line.piece_mass)
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
    if let Some(net) = line.net_mass
        && quantity.unit() != Unit::Kilogram
        && net == quantity.value()
    {
        push(
            Unit::Kilogram,
            net,
            format!(
                "the quantity equals the net mass of {} kg: it may be the mass in kilograms",
                net.normalize()
            ),
        );
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
    amount.checked_div(quantity)?.round_sf(12).map(|p| p.normalize()).filter(|p| *p > Decimal::ZERO)
}

fn nearly(a: Decimal, b: Decimal) -> bool {
    use rust_decimal::prelude::ToPrimitive;
    match (a.to_f64(), b.to_f64()) {
        (Some(a), Some(b)) if b != 0.0 => (a / b - 1.0).abs() <= SAME_READING,
        _ => false,
    }
}
