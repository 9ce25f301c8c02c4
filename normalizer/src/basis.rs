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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }
    fn point(text: &str) -> Interval {
        Interval { low: d(text), high: d(text) }
    }

    const WORKED: &str = r#"
id = "worked-case"
version = "1"
country = "GB"
level = "retail"
terms = "cif"
duty_base = "cif"
currency = "GBP"

[[step]]
what = "VAT"
operation = "divide"
rates = [{ element = "vat", low = "0.20", source = "worked case" }]

[[step]]
what = "fees and margin on price"
operation = "deduct"
rates = [
  { element = "fees", low = "0", source = "worked case" },
  { element = "margin", kind = "on_price", low = "0.25", high = "0.45", source = "worked case" },
]

[[step]]
what = "inland carriage"
operation = "subtract"
rates = [{ element = "inland", low = "0.15", source = "worked case" }]

[[step]]
what = "duty and levies"
operation = "divide"
rates = [
  { element = "duty", low = "0.10", source = "worked case" },
  { element = "levies", low = "0.02", source = "worked case" },
]
"#;

    /// The worked case of 23.90 with 20 % VAT, 10 % duty and 2 % levies.
    pub(crate) fn worked_case() -> Recipe {
        Recipe::parse_toml(WORKED).unwrap()
    }

    #[test]
    fn the_worked_case() {
        let (value, basis) = apply(&worked_case(), point("23.90")).unwrap();
        assert_eq!((value.low.round_dp(2), value.high.round_dp(2)), (d("9.65"), d("13.20")));
        assert_eq!(basis.name, "cif");
        assert_eq!(basis.recipe.as_deref(), Some("worked-case 1"));
        assert!(basis.steps.iter().all(|step| step.illustrative));
        assert_eq!(basis.steps.len(), 4);
    }

    /// A published chain: a share of the current retail price, then taxes in turn.
    fn chain(share: &str, divisors: &[&str]) -> Recipe {
        let mut text = String::from(
            "id = \"ke-vehicles\"\nversion = \"published\"\ncountry = \"KE\"\nterms = \"cif\"\nduty_base = \"cif\"\n",
        );
        let mut step = |operation: &str, element: &str, low: &str| {
            text += &format!(
                "[[step]]\nwhat = \"{element}\"\noperation = \"{operation}\"\nrates = [{{ element = \"{element}\", low = \"{low}\", kind = \"on_cost\", source = \"published valuation\", illustrative = false }}]\n"
            );
        };
        step("share", "share", share);
        for divisor in divisors {
            step("divide", "margin", divisor);
        }
        Recipe::parse_toml(&text).unwrap()
    }

    #[test]
    fn two_published_kenyan_valuations_reproduce() {
        let (value, basis) =
            apply(&chain("0.50", &["0.25", "0.25", "0.20", "0.16"]), point("4805000")).unwrap();
        assert_eq!(value.low.round_dp(2), d("1104597.70"));
        assert_eq!(value.low, value.high);
        assert!(basis.steps.iter().all(|step| !step.illustrative));
        let (value, _) = apply(&chain("0.85", &["0.25", "0.25", "0.16"]), point("2231824")).unwrap();
        assert_eq!(value.low.round_dp(2), d("1046648.50"));
    }

    #[test]
    fn duty_on_fob_and_amounts_per_kg() {
        let text = r#"
id = "us"
version = "1"
country = "US"
terms = "fob"
duty_base = "fob"
currency = "USD"
hs = ["07"]
[[step]]
what = "freight and insurance"
operation = "subtract"
rates = [
  { element = "freight", low = "0.20", high = "0.30", per = "KGM", source = "s" },
  { element = "insurance", low = "0.01", source = "s" },
]
[[step]]
what = "duty"
operation = "divide"
rates = [{ element = "duty", low = "0.10", source = "s" }]
"#;
        let recipe = Recipe::parse_toml(text).unwrap();
        let two_kg = Quantity::new(d("2"), Unit::Kilogram).unwrap();
        let (value, _) = apply_to(&recipe, point("12"), &[two_kg]).unwrap();
        assert_eq!(value.high, (d("12") - d("0.41")) / d("1.10"));
        assert_eq!(value.low, (d("12") - d("0.61")) / d("1.10"));
        let error = apply_to(&recipe, point("12"), &[]).unwrap_err();
        insta::assert_snapshot!(error, @"market recipe: us 1, step 'freight and insurance': the offer does not say its quantity in kg");
        let country: Country = "US".parse().unwrap();
        let level = CommercialLevel::Retail;
        let garlic = HsCode::parse("070320").unwrap();
        let phone = HsCode::parse("851713").unwrap();
        let recipes = [recipe];
        assert!(choose(&recipes, country, level, Some(&garlic)).is_some());
        assert!(choose(&recipes, country, level, Some(&phone)).is_none());
    }

    #[test]
    fn mistakes_in_a_recipe_are_named() {
        let error =
            |from: &str, to: &str| Recipe::parse_toml(&WORKED.replace(from, to)).unwrap_err().to_string();
        insta::assert_snapshot!(error("\"0.20\"", "\"20\""), @r#"market recipe: worked-case 1: step 'VAT': 20 is not a share; write "0.20" for 20 %"#);
        insta::assert_snapshot!(error("kind = \"on_price\", ", ""), @"market recipe: worked-case 1: step 'fees and margin on price': a margin states its kind, on_price or on_cost");
        insta::assert_snapshot!(error("duty_base = \"cif\"", "duty_base = \"fob\""), @"market recipe: worked-case 1: step 'duty and levies': duty is laid on FOB, so freight is subtracted before it");
        assert!(error("low = \"0.20\"", "low = 0.20").contains("string"));
        assert!(error("what = \"VAT\"", "wath = \"VAT\"").contains("wath"));
    }

    proptest::proptest! {
        #[test]
        fn intervals_stay_intervals(cents in 1000i64..100_000_000, spread in 0i64..1000) {
            let price = Interval { low: Decimal::new(cents, 2), high: Decimal::new(cents + spread, 2) };
            let (value, basis) = apply(&worked_case(), price).unwrap();
            proptest::prop_assert!(value.low <= value.high);
            proptest::prop_assert!(value.high < price.high);
            for pair in basis.steps.windows(2) {
                proptest::prop_assert_eq!(pair[0].output, pair[1].input);
            }
        }
    }
}
