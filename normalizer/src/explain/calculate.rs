//! The calculations of an explanation: from the price of one selling unit over basis and exchange to
//! the prices of one unit. Each step takes what the one before it gave.

use super::{Calculation, Conversion, Stage, Step, plain, range};
use crate::unit_price::per_unit;
use model::{BasisOperation, Interval, Observation, UnitPrice};
use rust_decimal::Decimal;

/// The steps, where they end, and why they do not end in a price.
pub(super) fn steps(o: &Observation, conversion: &Conversion) -> (Vec<Step>, Vec<UnitPrice>, Option<String>) {
    let mut steps = Vec::new();
    let offered = Interval { low: o.price.amount, high: o.price_high.unwrap_or(o.price.amount) };
    let own = o.price.currency;
    let reached = basis(o, offered, &mut steps);
    if reached != o.basis_price {
        let why = format!(
            "the kept steps end at {} {own}, the observation says {}: the recipe was read by another version",
            range(&reached),
            range(&o.basis_price)
        );
        return (steps, Vec::new(), Some(why));
    }
    let mut factor = Decimal::ONE;
    let mut converted = reached;
    match (&conversion.rate, &conversion.no_rate) {
        (Some(rate), _) => {
            factor = rate.rate;
            let times = |amount: Decimal| amount.checked_mul(factor);
            let (Some(low), Some(high)) = (times(reached.low), times(reached.high)) else {
                return (steps, Vec::new(), Some("the converted price is too large".to_owned()));
            };
            converted = Interval { low, high };
            let result = format!(
                "1 {} = {} {} on {}; {} {} is {} {}",
                rate.from,
                rate.rate.normalize(),
                rate.to,
                rate.date,
                range(&reached),
                rate.from,
                range(&converted),
                rate.to
            );
            let mut step = plain("exchange", Stage::Exchange, result);
            step.calculation = Some(Calculation {
                formula: "price times the rate of the day it was seen, or the last published before",
                operation: None,
                input: reached,
                rate: Interval { low: factor, high: factor },
                output: converted,
                currency: rate.to,
                unit: None,
                source: Some(rate.source.clone()),
                illustrative: false,
            });
            steps.push(step);
        }
        (None, Some(why)) => return (steps, Vec::new(), Some(why.clone())),
        (None, None) if own == conversion.currency => steps.push(plain(
            "exchange",
            Stage::Exchange,
            format!("none: the offer is in {own}, the currency of comparison"),
        )),
        (None, None) => {
            let why = format!("no exchange rate from {own} to {}", conversion.currency);
            return (steps, Vec::new(), Some(why));
        }
    }
    let mut prices: Vec<UnitPrice> = Vec::new();
    for quantity in &o.quantities {
        let reduced = quantity.reduced();
        if prices.iter().any(|price| price.unit == reduced.unit()) {
            continue;
        }
        let price = |amount| per_unit(amount, factor, reduced.value());
        let (Some(low), Some(high)) = (price(reached.low), price(reached.high)) else { continue };
        let output = Interval { low, high };
        let unit = reduced.unit();
        let holds = match *quantity == reduced {
            true => format!("one selling unit holds {quantity}"),
            false => format!("one selling unit holds {quantity}, which is {reduced}"),
        };
        let mut step = plain(
            &format!("price {}", unit.per()),
            Stage::UnitPrice,
            format!("{holds}: {} {} {}", range(&output), conversion.currency, unit.per()),
        );
        step.calculation = Some(Calculation {
            formula: "price divided by the quantity, rounded to 12 significant digits",
            operation: None,
            input: converted,
            rate: Interval { low: reduced.value(), high: reduced.value() },
            output,
            currency: conversion.currency,
            unit: Some(unit),
            source: None,
            illustrative: false,
        });
        steps.push(step);
        prices.push(UnitPrice { unit, low, high });
    }
    let none = prices
        .is_empty()
        .then(|| "no unit price can be formed: the amounts are beyond what can be calculated".to_owned());
    (steps, prices, none)
}

/// The steps of the basis, done again where the operation is kept; gives what they end at.
fn basis(o: &Observation, offered: Interval, steps: &mut Vec<Step>) -> Interval {
    let own = o.price.currency;
    let Some(recipe) = &o.basis.recipe else {
        let why = format!("as offered: {} {own} for one selling unit, nothing taken out", range(&offered));
        steps.push(plain("basis", Stage::Basis, why));
        return offered;
    };
    let mut value = offered;
    for kept in &o.basis.steps {
        let input = value;
        // Without its operation a step of an earlier version is shown as it was kept.
        value = match kept.operation {
            Some(operation) => operation.apply(input, kept.rate).unwrap_or(kept.output),
            None => kept.output,
        };
        let kind = if kept.illustrative { "illustrative" } else { "sourced" };
        let mut step = plain(
            &kept.what,
            Stage::Basis,
            format!(
                "{} {own} at {} ({}, {kind}; recipe {recipe}) gives {} {own}",
                range(&input),
                rate_words(kept.operation, &kept.rate),
                kept.source,
                range(&value)
            ),
        );
        step.calculation = Some(Calculation {
            formula: kept.operation.map_or("as kept by an earlier version", |operation| operation.formula()),
            operation: kept.operation,
            input,
            rate: kept.rate,
            output: value,
            currency: own,
            unit: None,
            source: Some(kept.source.clone()),
            illustrative: kept.illustrative,
        });
        steps.push(step);
    }
    value
}

/// "20 %" of shares, "0.15" of amounts.
fn rate_words(operation: Option<BasisOperation>, rate: &Interval) -> String {
    let share = !matches!(operation, None | Some(BasisOperation::Subtract | BasisOperation::Add));
    let percent = |amount: Decimal| amount.checked_mul(Decimal::ONE_HUNDRED);
    match (share, percent(rate.low), percent(rate.high)) {
        (true, Some(low), Some(high)) => format!("{} %", range(&Interval { low, high })),
        _ => range(rate),
    }
}
