//! A declared line as people write it (flags, form, JSON, table row), and its parsing into a
//! [`Declaration`] with every bad field named at once.

use chrono::NaiveDate;
use model::{Declaration, HsCode, Money, PriceTerms, Quantity, Transaction, Unit, VocabularyError};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

/// One declared line in words. Empty texts count as absent. Field names are those of the CSV
/// columns, of the JSON of `POST /v1/checks` and, with hyphens, of the flags of `check`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LineInput {
    /// The line's own name, echoed in the result.
    #[serde(deserialize_with = "text_or_number")]
    pub line: Option<String>,
    /// Declared HS code: 6 digits or a national code (required).
    #[serde(deserialize_with = "text_or_number")]
    pub hs: Option<String>,
    /// Description of the goods.
    pub description: Option<String>,
    /// Brand.
    pub brand: Option<String>,
    /// Model or part number.
    #[serde(deserialize_with = "text_or_number")]
    pub model: Option<String>,
    /// GTIN (EAN, UPC).
    #[serde(deserialize_with = "text_or_number")]
    pub gtin: Option<String>,
    /// `new`, `used`, `refurbished` or `damaged`.
    pub condition: Option<String>,
    /// `wholesale` or `retail`.
    pub level: Option<String>,
    /// Declared value of the whole line; or give `price`.
    #[serde(deserialize_with = "text_or_number")]
    pub value: Option<String>,
    /// Declared price of one unit of `quantity`; stands instead of `value`.
    #[serde(deserialize_with = "text_or_number")]
    pub price: Option<String>,
    /// Currency of `value` or `price`, ISO 4217 (required).
    pub currency: Option<String>,
    /// Declared quantity; 1 when only `price` and `unit` are given.
    #[serde(deserialize_with = "text_or_number")]
    pub quantity: Option<String>,
    /// Unit of `quantity`: kg, l, u, 2u, m, m2 … or the Rec 20 code.
    pub unit: Option<String>,
    /// Net mass of the line in kg.
    #[serde(deserialize_with = "text_or_number")]
    pub net_mass_kg: Option<String>,
    /// Mass of one piece in kg, where a document shows it.
    #[serde(deserialize_with = "text_or_number")]
    pub piece_mass_kg: Option<String>,
    /// Date of export, YYYY-MM-DD.
    pub export_date: Option<String>,
    /// Country of origin, ISO 3166.
    pub origin: Option<String>,
    /// Country of export, ISO 3166.
    pub export_country: Option<String>,
    /// Importing country, ISO 3166.
    pub import_country: Option<String>,
    /// Nature of the transaction; `sale` when absent.
    pub transaction: Option<String>,
    /// Price terms: `cif`, `fob` or `exw`.
    pub terms: Option<String>,
    /// Importer; used to collapse repeats in a batch, never stored.
    #[serde(deserialize_with = "text_or_number")]
    pub importer: Option<String>,
}

/// Numbers are welcome where a text is meant: JSON writers quote them or not.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<serde_json::Value>::deserialize(deserializer)? {
        None | Some(serde_json::Value::Null) => None,
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        Some(other) => {
            return Err(serde::de::Error::custom(format!("expected a text or a number, found {other}")));
        }
    })
}

/// A field that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// Name of the field.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// All that is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineErrors(pub Vec<FieldError>);

impl fmt::Display for LineErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}
impl std::error::Error for LineErrors {}

/// Collects errors while reading on, so that one look at the answer mends the whole line.
#[derive(Default)]
struct Reader {
    errors: Vec<FieldError>,
}

impl Reader {
    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }
    fn parse<T: FromStr<Err = VocabularyError>>(&mut self, field: &str, text: &Option<String>) -> Option<T> {
        let text = given(text)?;
        text.parse().map_err(|e: VocabularyError| self.refuse(field, e.to_string())).ok()
    }
    /// Enumerations are read in any case.
    fn word<T: FromStr<Err = VocabularyError>>(&mut self, field: &str, text: &Option<String>) -> Option<T> {
        self.parse(field, &given(text).map(|t| t.to_lowercase()))
    }
    fn positive(&mut self, field: &str, text: &Option<String>) -> Option<Decimal> {
        let text = given(text)?;
        match plain_decimal(text) {
            Some(value) if value > Decimal::ZERO => Some(value),
            Some(_) => {
                self.refuse(field, format!("'{text}' is not above zero"));
                None
            }
            None => {
                self.refuse(
                    field,
                    format!("'{text}' is not a number: write digits with a point for decimals, like 1250.50"),
                );
                None
            }
        }
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|t| !t.is_empty())
}

/// A declared figure is machine data: digits with a decimal point, nothing that needs guessing.
fn plain_decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).ok().or_else(|| Decimal::from_scientific(text).ok())
}

impl LineInput {
    /// Reads the line. `default_date` stands for an absent export date (`--as-of`, or today).
    pub fn parse(&self, default_date: Option<NaiveDate>) -> Result<Declaration, LineErrors> {
        let mut r = Reader::default();
        let hs: Option<HsCode> = r.parse("hs", &self.hs);
        match hs {
            None if given(&self.hs).is_none() => r.refuse("hs", "an HS code is needed, like 070320"),
            Some(code) if code.level() < 6 => {
                r.refuse("hs", format!("'{code}' is too short: at least six digits are needed"));
            }
            Some(code) if !code.is_known() => {
                let near: Vec<String> = code.nearest_known(3).iter().map(HsCode::dotted).collect();
                r.refuse(
                    "hs",
                    format!(
                        "HS 2022 has no subheading {}; the nearest are {}",
                        code.dotted(),
                        near.join(", ")
                    ),
                );
            }
            _ => {}
        }
        let currency = r.parse("currency", &self.currency);
        if given(&self.currency).is_none() {
            r.refuse("currency", "a currency code is needed, like EUR");
        }
        let unit: Option<Unit> = r.parse("unit", &self.unit);
        let amount = r.positive("quantity", &self.quantity);
        let value = r.positive("value", &self.value);
        let price = r.positive("price", &self.price);
        let quantity_value = amount.or(price.map(|_| Decimal::ONE));
        if amount.is_some() && given(&self.unit).is_none() {
            r.refuse("unit", "a quantity needs its unit, like kg or u");
        }
        let quantity = match (quantity_value, unit) {
            (Some(value), Some(unit)) => Quantity::new(value, unit).ok(),
            _ => None,
        };
        let value = match (value, price, quantity_value) {
            (Some(_), Some(_), _) => {
                r.refuse("price", "give either the value of the line or the price of one unit, not both");
                None
            }
            (Some(value), None, _) => Some(value),
            (None, Some(price), Some(quantity)) => {
                let total = price.checked_mul(quantity);
                if total.is_none() {
                    r.refuse("price", "price times quantity is beyond what can be calculated");
                }
                total
            }
            _ => {
                if given(&self.value).is_none() && given(&self.price).is_none() {
                    r.refuse("value", "the value of the line, or the price of one unit, is needed");
                }
                None
            }
        };
        let export_date = match given(&self.export_date) {
            Some(text) => match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
                Ok(date) => Some(date),
                Err(_) => {
                    r.refuse("export_date", format!("'{text}' is not a date: write it like 2026-09-15"));
                    None
                }
            },
            None => {
                if default_date.is_none() {
                    r.refuse("export_date", "the date of export is needed, like 2026-09-15");
                }
                default_date
            }
        };
        let net_mass = r.positive("net_mass_kg", &self.net_mass_kg);
        let piece_mass = r.positive("piece_mass_kg", &self.piece_mass_kg);
        let gtin = r.parse("gtin", &self.gtin);
        let condition = r.word("condition", &self.condition);
        let level = r.word("level", &self.level);
        let transaction = r.word("transaction", &self.transaction);
        let terms: Option<PriceTerms> = r.word("terms", &self.terms);
        let origin = r.parse("origin", &self.origin);
        let export_country = r.parse("export_country", &self.export_country);
        let import_country = r.parse("import_country", &self.import_country);
        let (Some(hs), Some(value), Some(currency), Some(export_date), true) =
            (hs, value, currency, export_date, r.errors.is_empty())
        else {
            return Err(LineErrors(r.errors));
        };
        let text = |t: &Option<String>| given(t).map(str::to_owned);
        Ok(Declaration {
            line: text(&self.line),
            hs,
            description: text(&self.description),
            brand: text(&self.brand),
            model: text(&self.model),
            gtin,
            condition,
            level,
            value: Money::new(value, currency),
            quantity,
            net_mass,
            piece_mass,
            export_date,
            origin,
            export_country,
            import_country,
            transaction: transaction.unwrap_or(Transaction::Sale),
            terms,
            importer: text(&self.importer),
        })
    }
}
