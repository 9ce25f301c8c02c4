//! A declared line as people write it (flags, form, JSON, table row), and its parsing into a
//! [`Declaration`] with every bad field named at once.

use crate::import::cut;
use chrono::{Datelike, NaiveDate};
use model::{
    Condition, Declaration, HsCode, Money, PriceTerms, Quantity, Transaction, Unit, VocabularyError,
};
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

/// Fields that the figures of a line depend on, where it is held to its subheading's prices alone.
pub const FIELDS_THAT_FIGURES_NEED: &[&str] = &[
    "line",
    "hs",
    "value",
    "price",
    "quantity",
    "unit",
    "currency",
    "origin",
    "condition",
    "level",
    "export_date",
];

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

/// The unit of lines that a text names: by its code, else by one word that price lists are read by (Stück). An amount of
/// several ("100 kg") is none, nor what more words make of a unit ("kg N" is nitrogen, "l alc" pure alcohol).
pub fn unit_named(text: &str) -> Option<Unit> {
    let code = text.parse().or_else(|_: VocabularyError| text.to_lowercase().parse());
    let word = || normalizer::amount_priced(text).filter(|amount| amount.value() == Decimal::ONE);
    code.ok().or_else(|| one_word(text).then(word).flatten().map(|amount| amount.unit()))
}

/// The condition of lines that a text names: by its code, else by one word ("never used" is not used).
pub fn condition_named(text: &str) -> Option<Condition> {
    let word = || normalizer::condition::parse(text);
    text.to_lowercase().parse().ok().or_else(|| one_word(text).then(word).flatten())
}

fn one_word(text: &str) -> bool {
    let word = text.trim().trim_end_matches('.');
    !word.is_empty() && word.chars().all(char::is_alphabetic)
}

/// Collects errors while reading on, so that one look at the answer mends the whole line.
#[derive(Default)]
struct Reader {
    errors: Vec<FieldError>,
}

impl Reader {
    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        // A message quotes the cell, and a cell may be a megabyte.
        let message: String = message.into();
        self.errors.push(FieldError { field: field.to_owned(), message: cut(&message, 300).into_owned() });
    }
    fn parse<T: FromStr<Err = VocabularyError>>(&mut self, field: &str, text: &Option<String>) -> Option<T> {
        let text = given(text)?;
        text.parse().map_err(|e: VocabularyError| self.refuse(field, e.to_string())).ok()
    }
    /// By a code, else by a word, so that lines and price lists name the same thing alike.
    fn named<T: FromStr<Err = VocabularyError>>(
        &mut self,
        field: &str,
        text: &Option<String>,
        named: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        given(text).and_then(named).or_else(|| self.parse(field, text))
    }
    /// Enumerations are read in any case.
    fn word<T: FromStr<Err = VocabularyError>>(&mut self, field: &str, text: &Option<String>) -> Option<T> {
        self.parse(field, &given(text).map(|t| t.to_lowercase()))
    }
    fn positive(&mut self, field: &str, text: &Option<String>) -> Option<Decimal> {
        let text = given(text)?;
        let quoted = cut(text, 60);
        match plain_decimal(text) {
            Some(value) if value > Decimal::ZERO => Some(value),
            Some(_) => {
                self.refuse(field, format!("'{quoted}' is not above zero"));
                None
            }
            None => {
                self.refuse(
                    field,
                    format!(
                        "'{quoted}' is not a number: write digits with a point for decimals, like 1250.50"
                    ),
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
        self.parse_for(default_date, false)
    }

    /// As [`LineInput::parse`]; `any_code`: codes are taken as they stand, because what the line is held
    /// to has codes of its own (another edition, a national nomenclature).
    pub fn parse_for(
        &self,
        default_date: Option<NaiveDate>,
        any_code: bool,
    ) -> Result<Declaration, LineErrors> {
        let mut r = Reader::default();
        let hs: Option<HsCode> = r.parse("hs", &self.hs);
        match hs {
            None if given(&self.hs).is_none() => r.refuse("hs", "an HS code is needed, like 070320"),
            Some(code) if code.level() < 6 => {
                r.refuse("hs", format!("'{code}' is too short: at least six digits are needed"));
            }
            Some(code) if !any_code && !code.is_known() => {
                let near: Vec<String> = code.nearest_known(3).iter().map(HsCode::dotted).collect();
                let hint = match near.as_slice() {
                    [] => format!(", nor a chapter {}", code.chapter()),
                    near => format!("; the nearest are {}", near.join(", ")),
                };
                r.refuse("hs", format!("HS 2022 has no subheading {}{hint}", code.dotted()));
            }
            _ => {}
        }
        let currency = r.parse("currency", &self.currency);
        if given(&self.currency).is_none() {
            r.refuse("currency", "a currency code is needed, like EUR");
        }
        let unit: Option<Unit> = r.named("unit", &self.unit, unit_named);
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
                // Four digits: chrono reads years far before and after writing.
                Ok(date) if (1900..=2999).contains(&date.year()) => Some(date),
                _ => {
                    r.refuse(
                        "export_date",
                        format!("'{}' is not a date: write it like 2026-09-15", cut(text, 60)),
                    );
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
        let condition = r.named("condition", &self.condition, condition_named);
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
            quantity_stated: amount.is_some(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 9, 15).unwrap()
    }

    fn line(json: serde_json::Value) -> LineInput {
        serde_json::from_value(json).unwrap()
    }

    /// A line that reads, with other fields put over it.
    fn with(over: serde_json::Value) -> LineInput {
        let mut all = serde_json::json!({
            "hs": "0703.20", "value": "550", "currency": "EUR", "quantity": "1000", "unit": "kg",
        });
        for (key, value) in over.as_object().unwrap() {
            all[key] = value.clone();
        }
        line(all)
    }

    fn errors(over: serde_json::Value) -> String {
        with(over).parse(Some(day())).unwrap_err().to_string()
    }

    #[test]
    fn a_short_line_takes_the_stated_defaults_and_no_others() {
        let d = line(serde_json::json!({ "hs": 70320000, "value": 1, "currency": "eur" }));
        // A number without its leading zero is another code: nothing is put before it.
        assert!(d.parse(Some(day())).is_err());
        let d = with(serde_json::json!({})).parse(Some(day())).unwrap();
        assert_eq!(d.export_date, day());
        assert_eq!(d.transaction, Transaction::Sale);
        assert_eq!(d.quantity.unwrap().to_string(), "1000 kg");
        assert_eq!((d.condition, d.level, d.terms, d.origin, d.gtin), (None, None, None, None, None));
        assert_eq!((d.line, d.description, d.importer, d.net_mass), (None, None, None, None));
        let dated = with(serde_json::json!({ "export_date": "2024-02-29" })).parse(Some(day())).unwrap();
        assert_eq!(dated.export_date.to_string(), "2024-02-29");
    }

    #[test]
    fn a_price_of_one_unit_makes_the_value_of_the_line() {
        let priced = |over: serde_json::Value| {
            let mut all = serde_json::json!({ "hs": "070320", "currency": "USD", "price": "0.55" });
            for (key, value) in over.as_object().unwrap() {
                all[key] = value.clone();
            }
            line(all).parse(Some(day()))
        };
        let d = priced(serde_json::json!({ "quantity": "1000", "unit": "KGM" })).unwrap();
        assert_eq!(d.value.to_string(), "550.00 USD");
        let one = priced(serde_json::json!({ "unit": "kg" })).unwrap();
        assert_eq!(
            (one.value.to_string(), one.quantity.unwrap().to_string()),
            ("0.55 USD".into(), "1 kg".into())
        );
        let bare = priced(serde_json::json!({})).unwrap();
        assert_eq!((bare.value.to_string(), bare.quantity), ("0.55 USD".into(), None));
        let huge = priced(serde_json::json!({ "price": "7e27", "quantity": "7e27", "unit": "u" }));
        assert!(huge.unwrap_err().to_string().contains("beyond what can be calculated"));
    }

    #[test]
    fn every_field_that_cannot_be_read_is_named_with_what_would_be_right() {
        let lines = [
            serde_json::json!({ "hs": " " }),
            serde_json::json!({ "hs": "07" }),
            serde_json::json!({ "hs": "070329" }),
            serde_json::json!({ "hs": "990000" }),
            serde_json::json!({ "hs": "garlic" }),
            serde_json::json!({ "currency": "" }),
            serde_json::json!({ "currency": "euro" }),
            serde_json::json!({ "value": "" }),
            serde_json::json!({ "value": "1,250.00" }),
            serde_json::json!({ "value": "-3" }),
            serde_json::json!({ "price": "2" }),
            serde_json::json!({ "quantity": "0" }),
            serde_json::json!({ "unit": "" }),
            serde_json::json!({ "unit": "stone" }),
            serde_json::json!({ "net_mass_kg": "heavy" }),
            serde_json::json!({ "piece_mass_kg": -1 }),
            serde_json::json!({ "gtin": "4006381333932" }),
            serde_json::json!({ "condition": "mint" }),
            serde_json::json!({ "level": "b2b" }),
            serde_json::json!({ "transaction": "swap" }),
            serde_json::json!({ "terms": "ddp" }),
            serde_json::json!({ "export_date": "15.9.2026" }),
            serde_json::json!({ "origin": "China" }),
            serde_json::json!({ "export_country": "UK" }),
            serde_json::json!({ "import_country": "?" }),
        ];
        let messages: Vec<String> = lines.into_iter().map(errors).collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        hs: an HS code is needed, like 070320
        hs: '07' is too short: at least six digits are needed
        hs: HS 2022 has no subheading 0703.29; the nearest are 0703.20
        hs: HS 2022 has no subheading 9900.00, nor a chapter 99
        hs: 'garlic' is not an HS code of 2, 4 or 6 to 12 digits
        currency: a currency code is needed, like EUR
        currency: 'euro' is not a currency code of ISO 4217 (three letters)
        value: the value of the line, or the price of one unit, is needed
        value: '1,250.00' is not a number: write digits with a point for decimals, like 1250.50
        value: '-3' is not above zero
        price: give either the value of the line or the price of one unit, not both
        quantity: '0' is not above zero
        unit: a quantity needs its unit, like kg or u
        unit: 'stone' is not a unit of quantity (kg, carat, m, m2, m3, l, 1000 kWh, u, 2u, 12u, 1000u, pack or its Rec 20 code)
        net_mass_kg: 'heavy' is not a number: write digits with a point for decimals, like 1250.50
        piece_mass_kg: '-1' is not above zero
        gtin: the check digit of '4006381333932' is wrong: expected 1
        condition: 'mint' is not a condition (new, used, refurbished, damaged)
        level: 'b2b' is not a commercial level (wholesale, retail)
        transaction: 'swap' is not a nature of transaction (sale, sample, gift, return, lease, repair, consignment, transfer)
        terms: 'ddp' is not one of the price terms (cif, fob, exw)
        export_date: '15.9.2026' is not a date: write it like 2026-09-15
        origin: 'China' is not a country code of ISO 3166-1 (two letters)
        export_country: 'UK' is not a country code of ISO 3166-1 (two letters)
        import_country: '?' is not a country code of ISO 3166-1 (two letters)
        ");
        let undated = with(serde_json::json!({})).parse(None).unwrap_err().to_string();
        assert_eq!(undated, "export_date: the date of export is needed, like 2026-09-15");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_and_each_field_once() {
        let bad = with(serde_json::json!({
            "hs": "07", "currency": "", "quantity": "many", "unit": "stone", "net_mass_kg": "0",
            "condition": "mint", "export_date": "soon", "origin": "Nowhere",
        }));
        let LineErrors(errors) = bad.parse(None).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(
            fields,
            ["hs", "currency", "unit", "quantity", "export_date", "net_mass_kg", "condition", "origin"]
        );
        let LineErrors(errors) = LineInput::default().parse(None).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["hs", "currency", "value", "export_date"], "what every line must state");
    }

    #[test]
    fn words_are_read_in_any_case_and_empty_texts_are_absent() {
        let d = with(serde_json::json!({
            "condition": " New ", "level": "RETAIL", "terms": "CIF", "transaction": "Sale",
            "origin": "cn", "brand": "  ", "description": " fresh garlic ", "line": 17, "gtin": 4006381333931u64,
        }))
        .parse(Some(day()))
        .unwrap();
        assert_eq!(d.condition, Some(model::Condition::New));
        assert_eq!(d.level, Some(model::CommercialLevel::Retail));
        assert_eq!(d.terms, Some(PriceTerms::Cif));
        assert_eq!(d.origin.unwrap().as_str(), "CN");
        assert_eq!((d.brand, d.description.as_deref()), (None, Some("fresh garlic")));
        assert_eq!(d.line.as_deref(), Some("17"));
        assert_eq!(d.gtin.unwrap().printed(), "4006381333931");
    }

    #[test]
    fn units_and_conditions_are_read_in_the_words_of_price_lists_too() {
        let unit = |text: &str| {
            with(serde_json::json!({ "unit": text }))
                .parse(Some(day()))
                .ok()
                .and_then(|d| d.quantity)
                .map(|q| q.unit())
        };
        let kilogram = Some(Unit::Kilogram);
        assert_eq!(["kg", "KGM", "Kilogramm"].map(unit), [kilogram; 3]);
        assert_eq!(["u", "Stück", "pieces"].map(unit), [Some(Unit::Piece); 3]);
        // An amount is no unit, and no unit is guessed at.
        assert_eq!(
            ["100 kg", "EUR/kg", "stone", "12", "kg N", "l alc", "kg 100", "TNE"].map(unit),
            [None; 8]
        );
        let condition = |text: &str| {
            with(serde_json::json!({ "condition": text })).parse(Some(day())).ok().and_then(|d| d.condition)
        };
        use model::Condition::{New, Used};
        assert_eq!(
            ["NEW", "neu", "gebraucht", "usado"].map(condition),
            [Some(New), Some(New), Some(Used), Some(Used)]
        );
        assert_eq!(["mint", "never used", "not new", "new/used"].map(condition), [None; 4]);
    }

    #[test]
    fn json_refuses_unknown_keys_and_other_than_texts_and_numbers() {
        let refused = |text: &str| serde_json::from_str::<LineInput>(text).unwrap_err().to_string();
        assert!(refused(r#"{"hscode": "070320"}"#).contains("unknown field `hscode`"));
        assert!(refused(r#"{"value": [1]}"#).contains("expected a text or a number, found [1]"));
        assert_eq!(serde_json::from_str::<LineInput>(r#"{"value": null}"#).unwrap(), LineInput::default());
    }

    proptest! {
        #[test]
        fn no_texts_make_the_reading_panic(texts in proptest::collection::vec(any::<String>(), 12)) {
            let at = |i: usize| Some(texts[i].clone());
            let input = LineInput {
                hs: at(0), value: at(1), price: at(2), currency: at(3), quantity: at(4), unit: at(5),
                net_mass_kg: at(6), export_date: at(7), gtin: at(8), condition: at(9), origin: at(10),
                terms: at(11), ..LineInput::default()
            };
            let errors = input.parse(None);
            prop_assert!(errors.is_err() || input.hs.is_some());
        }

        #[test]
        fn numbers_are_the_same_quoted_or_not(cents in 1..10_000_000i64) {
            let value = Decimal::new(cents, 2);
            let number: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
            let quoted = with(serde_json::json!({ "value": value.to_string() })).parse(Some(day())).unwrap();
            let bare = with(serde_json::json!({ "value": number })).parse(Some(day())).unwrap();
            prop_assert_eq!(quoted.value, bare.value);
        }
    }
}
