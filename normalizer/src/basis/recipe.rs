//! A market's recipe as its file states it, read and checked. Not its application ([`super::apply_to`]).

use crate::NormalizeError;
use chrono::NaiveDate;
use model::{BasisOperation, CommercialLevel, Country, Currency, HsCode, Interval, PriceTerms, Unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

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

impl Element {
    fn words(self) -> &'static str {
        match self {
            Element::Vat => "VAT",
            Element::Excise => "excise",
            Element::Duty => "duty",
            Element::Levies => "levies",
            Element::Fees => "fees",
            Element::Margin => "margin",
            Element::Inland => "inland carriage",
            Element::Freight => "freight",
            Element::Insurance => "insurance",
            Element::Share => "a share",
        }
    }
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
    pub operation: BasisOperation,
    /// Its rates, summed.
    pub rates: Vec<RecipeRate>,
}

/// What a price is that a recipe starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// In the importing country, taxes and margins inside.
    #[default]
    Market,
    /// At the seller's works, nothing inside (EXW).
    Exw,
    /// On board in the country of export (FOB).
    Fob,
    /// Freight and insurance to the importing country inside (CIF).
    Cif,
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
    /// First day of offers it holds for; without one, any day before `valid_to`.
    pub valid_from: Option<NaiveDate>,
    /// Last day of offers it holds for; without one, until a recipe says otherwise.
    pub valid_to: Option<NaiveDate>,
    /// What the price it starts from is: a price in the importing country, or one at these terms.
    #[serde(default)]
    pub starts: Start,
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
    pub(super) fn interval(&self) -> Interval {
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
        if self.valid_from.zip(self.valid_to).is_some_and(|(from, to)| to < from) {
            return bad("valid_to lies before valid_from".to_owned());
        }
        self.check_terms().or_else(bad)?;
        let mut at_fob = matches!(self.starts, Start::Exw | Start::Fob);
        for step in &self.steps {
            let what = &step.what;
            let amounts = matches!(step.operation, BasisOperation::Subtract | BasisOperation::Add);
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
                if step.operation == BasisOperation::Deduct && range.high >= Decimal::ONE {
                    return bad(format!("step '{what}': a deduction of the whole price leaves nothing"));
                }
                if rate.element == Element::Margin {
                    let expected = match rate.kind {
                        Some(MarginKind::OnPrice) => BasisOperation::Deduct,
                        Some(MarginKind::OnCost) => BasisOperation::Divide,
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
                at_fob |= step.operation == BasisOperation::Subtract && rate.element == Element::Freight;
                if rate.element == Element::Duty && self.duty_base == PriceTerms::Fob && !at_fob {
                    return bad(format!(
                        "step '{what}': duty is laid on FOB, so freight is subtracted before it"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The carriage that lies between two terms is put in or taken out, whichever way the recipe goes.
    fn check_terms(&self) -> Result<(), String> {
        let moved = |element: Element, into: bool| {
            self.steps.iter().any(|step| {
                let way = match into {
                    true => matches!(step.operation, BasisOperation::Add | BasisOperation::Increase),
                    false => matches!(
                        step.operation,
                        BasisOperation::Subtract | BasisOperation::Divide | BasisOperation::Deduct
                    ),
                };
                way && step.rates.iter().any(|rate| rate.element == element)
            })
        };
        let need = |element: Element, into: bool| match moved(element, into) {
            true => Ok(()),
            false => Err(format!(
                "it starts at {:?} and ends at {}, but no step {} {}",
                self.starts,
                self.terms.code(),
                if into { "adds" } else { "takes out" },
                element.words()
            )
            .to_lowercase()),
        };
        match (self.starts, self.terms) {
            (Start::Exw, PriceTerms::Cif) => need(Element::Inland, true)
                .and_then(|()| need(Element::Freight, true))
                .and_then(|()| need(Element::Insurance, true)),
            (Start::Exw, PriceTerms::Fob) => need(Element::Inland, true),
            (Start::Fob, PriceTerms::Cif) => {
                need(Element::Freight, true).and_then(|()| need(Element::Insurance, true))
            }
            (Start::Cif, PriceTerms::Fob) => {
                need(Element::Freight, false).and_then(|()| need(Element::Insurance, false))
            }
            _ => Ok(()),
        }
    }

    /// How well it fits a market, level and code: `None` not at all, else the length of the code
    /// it names.
    pub(super) fn fit(
        &self,
        country: Country,
        level: CommercialLevel,
        hs: Option<&HsCode>,
        on: NaiveDate,
    ) -> Option<usize> {
        let in_time =
            self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on <= to);
        if self.country != country || !in_time || self.level.is_some_and(|wanted| wanted != level) {
            return None;
        }
        if self.hs.is_empty() {
            return Some(0);
        }
        let hs = hs?;
        self.hs.iter().filter(|code| hs.is_within(code)).map(HsCode::level).max()
    }
}

/// Refuses a set in which two recipes hold for the same offers on the same day: which of them counts
/// would hang on the names of their files.
///
/// # Errors
/// Names both.
pub fn check_set(recipes: &[Recipe]) -> Result<(), NormalizeError> {
    for (at, one) in recipes.iter().enumerate() {
        for other in &recipes[at + 1..] {
            let scope = one.country == other.country && one.level == other.level;
            let codes = (one.hs.is_empty() && other.hs.is_empty())
                || one.hs.iter().any(|code| other.hs.contains(code));
            let starts = |r: &Recipe| r.valid_from.unwrap_or(NaiveDate::MIN);
            let ends = |r: &Recipe| r.valid_to.unwrap_or(NaiveDate::MAX);
            let days = starts(one) <= ends(other) && starts(other) <= ends(one);
            if scope && codes && days {
                return Err(NormalizeError::Recipe {
                    problem: format!(
                        "{} {} and {} {} hold for the same offers on the same days; end one with valid_to",
                        one.id, one.version, other.id, other.version
                    ),
                });
            }
        }
    }
    Ok(())
}
