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

use crate::NormalizeError;
use chrono::NaiveDate;
use model::{
    Basis, BasisStep, CommercialLevel, Country, Currency, HsCode, Interval, PriceTerms, Quantity, Unit,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

/// How a step changes the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// ÷ (1 + Σ rates): taxes and duties on the price below them, a mark-up on cost.
    Divide,
    /// × (1 − Σ rates): fees and margins on the price.
    Deduct,
    /// × Σ rates: a share of the price (a depreciated or agreed part).
    Share,
    /// − Σ amounts: inland carriage; freight and insurance, to come to FOB.
    Subtract,
    /// + Σ amounts: freight and insurance again, where duty is laid on FOB.
    Add,
}

/// What a rate is, so that a recipe can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// Value-added or sales tax.
    Vat,
    /// Excise.
    Excise,
    /// Customs duty.
    Duty,
    /// Levies laid on the same base as the duty.
    Levies,
    /// Fees of the marketplace, on the price.
    Fees,
    /// Trade margin.
    Margin,
    /// Inland carriage after importation.
    Inland,
    /// Freight to the place of importation.
    Freight,
    /// Insurance of that carriage.
    Insurance,
    /// A share of the price that counts (published depreciation …).
    Share,
}

/// A margin is a part of the price, or a mark-up on the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarginKind {
    /// × (1 − m).
    OnPrice,
    /// ÷ (1 + m).
    OnCost,
}

/// One rate or amount, low and high, with who states it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeRate {
    /// What it is.
    pub element: Element,
    /// Its name in words, where the element's is too plain ("railway development levy").
    pub name: Option<String>,
    /// Low end: a share (`"0.20"` is 20 %) or, for amounts, money per `per`.
    #[serde(deserialize_with = "decimal")]
    pub low: Decimal,
    /// High end; the low end where absent.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub high: Option<Decimal>,
    /// For amounts: the unit they are per; the selling unit where absent.
    pub per: Option<Unit>,
    /// For a margin: which of the two.
    pub kind: Option<MarginKind>,
    /// Who states it.
    pub source: String,
    /// Since when it holds.
    pub effective: Option<NaiveDate>,
    /// Whether it is only an illustration: true unless the file says otherwise.
    #[serde(default = "yes")]
    pub illustrative: bool,
}

/// One step of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeStep {
    /// In plain words ("VAT", "fees and margin on price").
    pub what: String,
    /// How it changes the price.
    pub operation: Operation,
    /// Its rates, summed.
    pub rates: Vec<RecipeRate>,
}

/// A versioned chain for one importing country.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Short name.
    pub id: String,
    /// Version, printed with every result.
    pub version: String,
    /// The importing country, whose market the offers address.
    pub country: Country,
    /// The commercial level it starts from; any where absent.
    pub level: Option<CommercialLevel>,
    /// Codes it holds for (chapters, headings …); all where empty. The longest one wins.
    #[serde(default)]
    pub hs: Vec<HsCode>,
    /// Terms of the result: `cif` or `fob`.
    pub terms: PriceTerms,
    /// What duty is laid on: `cif` or `fob`.
    pub duty_base: PriceTerms,
    /// Currency of its amounts; needed where a step subtracts or adds amounts.
    pub currency: Option<Currency>,
    /// The steps, in the order they are taken out of the price.
    #[serde(rename = "step")]
    pub steps: Vec<RecipeStep>,
}

fn yes() -> bool {
    true
}
/// Rates are written as text, so that no binary float comes between the file and the figure.
fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.trim().parse().map_err(|_| {
        serde::de::Error::custom(format!("'{text}' is not a decimal number; write \"0.20\" for 20 %"))
    })
}
fn optional_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    decimal(deserializer).map(Some)
}

impl RecipeRate {
    fn interval(&self) -> Interval {
        Interval { low: self.low, high: self.high.unwrap_or(self.low) }
    }
}

impl Recipe {
    /// Reads and checks a recipe.
    pub fn parse_toml(text: &str) -> Result<Self, NormalizeError> {
        let recipe: Recipe =
            toml::from_str(text).map_err(|error| NormalizeError::Recipe { problem: error.to_string() })?;
        recipe.check()?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), NormalizeError> {
        let bad = |problem: String| {
            Err(NormalizeError::Recipe { problem: format!("{} {}: {problem}", self.id, self.version) })
        };
        if !matches!(self.duty_base, PriceTerms::Cif | PriceTerms::Fob)
            || !matches!(self.terms, PriceTerms::Cif | PriceTerms::Fob)
        {
            return bad("terms and duty_base are 'cif' or 'fob'".to_owned());
        }
        let mut at_fob = false;
        for step in &self.steps {
            let what = &step.what;
            let amounts = matches!(step.operation, Operation::Subtract | Operation::Add);
            if step.rates.is_empty() {
                return bad(format!("step '{what}' has no rates"));
            }
            if amounts && self.currency.is_none() {
                return bad(format!("step '{what}' has amounts: state the recipe's currency"));
            }
            for rate in &step.rates {
                let range = rate.interval();
                if range.low > range.high || range.low.is_sign_negative() && !range.low.is_zero() {
                    return bad(format!("step '{what}': {} to {} is not a range", range.low, range.high));
                }
                if !amounts && (rate.per.is_some() || range.high > Decimal::TEN) {
                    return bad(format!(
                        "step '{what}': {} is not a share; write \"0.20\" for 20 %",
                        range.high
                    ));
                }
                if step.operation == Operation::Deduct && range.high >= Decimal::ONE {
                    return bad(format!("step '{what}': a deduction of the whole price leaves nothing"));
                }
                if rate.element == Element::Margin {
                    let expected = match rate.kind {
                        Some(MarginKind::OnPrice) => Operation::Deduct,
                        Some(MarginKind::OnCost) => Operation::Divide,
                        None => {
                            return bad(format!(
                                "step '{what}': a margin states its kind, on_price or on_cost"
                            ));
                        }
                    };
                    if step.operation != expected {
                        return bad(format!(
                            "step '{what}': a margin on price is a 'deduct' step, one on cost a 'divide' step"
                        ));
                    }
                }
                at_fob |= step.operation == Operation::Subtract && rate.element == Element::Freight;
                if rate.element == Element::Duty && self.duty_base == PriceTerms::Fob && !at_fob {
                    return bad(format!(
                        "step '{what}': duty is laid on FOB, so freight is subtracted before it"
                    ));
                }
            }
        }
        Ok(())
    }

    /// How well it fits a market, level and code: `None` not at all, else the length of the code
    /// it names.
    fn fit(&self, country: Country, level: CommercialLevel, hs: Option<&HsCode>) -> Option<usize> {
        if self.country != country || self.level.is_some_and(|wanted| wanted != level) {
            return None;
        }
        if self.hs.is_empty() {
            return Some(0);
        }
        let hs = hs?;
        self.hs.iter().filter(|code| hs.is_within(code)).map(HsCode::level).max()
    }
}

/// The recipe for an offer: of its market, level and code; the narrowest code wins, then one that
/// names the level, then the first.
pub fn choose<'a>(
    recipes: &'a [Recipe],
    country: Country,
    level: CommercialLevel,
    hs: Option<&HsCode>,
) -> Option<&'a Recipe> {
    recipes
        .iter()
        .rev()
        .filter_map(|recipe| Some((recipe.fit(country, level, hs)?, recipe.level.is_some(), recipe)))
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
            rate.low += range.low * factor;
            rate.high += range.high * factor;
        }
        let output = match step.operation {
            Operation::Divide => Interval {
                low: value.low / (Decimal::ONE + rate.high),
                high: value.high / (Decimal::ONE + rate.low),
            },
            Operation::Deduct => Interval {
                low: value.low * (Decimal::ONE - rate.high),
                high: value.high * (Decimal::ONE - rate.low),
            },
            Operation::Share => Interval { low: value.low * rate.low, high: value.high * rate.high },
            Operation::Subtract => Interval { low: value.low - rate.high, high: value.high - rate.low },
            Operation::Add => Interval { low: value.low + rate.low, high: value.high + rate.high },
        };
        if output.low <= Decimal::ZERO {
            return Err(fail(
                &step.what,
                "nothing of the price is left; the recipe does not fit such an offer",
            ));
        }
        let mut sources: Vec<&str> = step.rates.iter().map(|rate| rate.source.as_str()).collect();
        sources.dedup();
        steps.push(BasisStep {
            what: step.what.clone(),
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
