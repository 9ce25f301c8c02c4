//! From the price of an offer to a common basis (CIF or FOB), as an interval, by a recipe that is
//! data: DOMAIN.md section 3.
//!
//! ```text
//! CIF = [ P/(1+VAT) × (1 − fees − margin) − inland ] / [ (1+excise) × (1+duty+levies) ]
//! FOB = CIF − freight − insurance
//! ```
//!
//! A recipe lists its steps in the order they are taken out of the price. Nothing here converts
//! currencies: amounts of a recipe are in its own currency, and it applies to offers in it.

mod recipe;
#[cfg(test)]
pub(crate) mod tests;

pub use recipe::{Element, MarginKind, Recipe, RecipeRate, RecipeStep, Start, check_set};

use crate::NormalizeError;
use chrono::NaiveDate;
use model::{Basis, BasisStep, CommercialLevel, Country, HsCode, Interval, Quantity};
use rust_decimal::Decimal;

/// The recipe for an offer: of its market, level, code and day; the narrowest code wins, then one that
/// names the level, then the first.
pub fn choose<'a>(
    recipes: &'a [Recipe],
    country: Country,
    level: CommercialLevel,
    hs: Option<&HsCode>,
    on: NaiveDate,
) -> Option<&'a Recipe> {
    recipes
        .iter()
        .rev()
        .filter_map(|recipe| Some((recipe.fit(country, level, hs, on)?, recipe.level.is_some(), recipe)))
        .max_by_key(|(fit, level, _)| (*fit, *level))
        .map(|(_, _, recipe)| recipe)
}

/// The price of an offer as it stands: basis `offer`, no steps.
pub fn offer() -> Basis {
    Basis { name: "offer".to_owned(), recipe: None, steps: Vec::new() }
}

/// Takes a price through a recipe's chain, where amounts are per selling unit.
pub fn apply(recipe: &Recipe, price: Interval) -> Result<(Interval, Basis), NormalizeError> {
    apply_to(recipe, price, &[])
}

/// Takes a price through a recipe's chain; amounts per kg, piece … are multiplied by what the
/// selling unit holds.
///
/// Interval arithmetic: each step takes the low end with the rate that lowers it most, the high end
/// with the rate that lowers it least.
///
/// # Errors
/// A specific amount whose unit the selling unit does not state, a figure too large, and a chain
/// that takes the whole price away.
pub fn apply_to(
    recipe: &Recipe,
    price: Interval,
    quantities: &[Quantity],
) -> Result<(Interval, Basis), NormalizeError> {
    let fail = |what: &str, problem: &str| NormalizeError::Recipe {
        problem: format!("{} {}, step '{what}': {problem}", recipe.id, recipe.version),
    };
    let mut value = price;
    let mut steps = Vec::with_capacity(recipe.steps.len());
    for step in &recipe.steps {
        let mut rate = Interval { low: Decimal::ZERO, high: Decimal::ZERO };
        for part in &step.rates {
            let range = part.interval();
            let factor = match part.per {
                None => Decimal::ONE,
                Some(unit) => quantities
                    .iter()
                    .map(Quantity::reduced)
                    .find(|quantity| quantity.unit() == unit)
                    .map(|quantity| quantity.value())
                    .ok_or_else(|| {
                        fail(&step.what, &format!("the offer does not say its quantity in {}", unit.symbol()))
                    })?,
            };
            let too_large = || fail(&step.what, "a figure too large");
            let add = |sum: Decimal, amount: Decimal| sum.checked_add(amount.checked_mul(factor)?);
            rate.low = add(rate.low, range.low).ok_or_else(too_large)?;
            rate.high = add(rate.high, range.high).ok_or_else(too_large)?;
        }
        let output =
            step.operation.apply(value, rate).ok_or_else(|| fail(&step.what, "a figure too large"))?;
        if output.low <= Decimal::ZERO {
            return Err(fail(
                &step.what,
                "nothing of the price is left; the recipe does not fit such an offer",
            ));
        }
        let mut sources: Vec<String> = step
            .rates
            .iter()
            .map(|rate| match rate.effective {
                Some(since) => format!("{}, since {since}", rate.source),
                None => rate.source.clone(),
            })
            .collect();
        sources.dedup();
        steps.push(BasisStep {
            what: step.what.clone(),
            operation: Some(step.operation),
            input: value,
            rate,
            source: sources.join("; "),
            illustrative: step.rates.iter().any(|rate| rate.illustrative),
            output,
        });
        value = output;
    }
    let basis = Basis {
        name: recipe.terms.code().to_owned(),
        recipe: Some(format!("{} {}", recipe.id, recipe.version)),
        steps,
    };
    Ok((value, basis))
}
