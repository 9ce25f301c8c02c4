//! Explanations: what people read, and that the steps end where the arithmetic of snapshots ends.

use super::*;
use crate::basis::Recipe;
use crate::exchange::{RateTable, parse_plain_csv};
use crate::unit_price::unit_prices;
use crate::{Knowledge, normalize};
use chrono::{TimeZone, Utc};
use model::{Capture, Facts, Listing, Stated};

const RECIPE: &str = r#"
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
rates = [{ element = "vat", low = "0.20", source = "Value Added Tax Act 1994, section 2(1)", effective = "2011-01-04", illustrative = false }]
[[step]]
what = "margin on price"
operation = "deduct"
rates = [{ element = "margin", kind = "on_price", low = "0.25", high = "0.45", source = "illustration" }]
[[step]]
what = "duty and levies"
operation = "divide"
rates = [{ element = "duty", low = "0.12", source = "illustration" }]
"#;

fn observe(price: &str, name: &str, knowledge: &Knowledge) -> Observation {
    let capture = Capture {
        source_id: "harbour".into(),
        site: "harbour.example".into(),
        page_url: Some("https://harbour.example/p/1".into()),
        captured_at: Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap(),
        page_hash: None,
        archive: None,
        market: Some("GB".parse().unwrap()),
        default_currency: None,
        language: Some("en-GB".into()),
    };
    let listing = Listing {
        url: Some("https://harbour.example/p/1".into()),
        name: Some(Stated::new(name, Syntax::Visible, "h1")),
        price: Some(Stated::new(price, Syntax::Visible, "div.price > span")),
        condition: Some(Stated::new(
            "https://schema.org/NewCondition",
            Syntax::JsonLd,
            "script[1]/offers/itemCondition",
        )),
        ..Listing::default()
    };
    normalize(&listing, &capture, &Facts::default(), knowledge).unwrap()
}

fn conversion(o: &Observation) -> Conversion {
    let table = RateTable::new(
        parse_plain_csv("date,base,quote,rate\n2026-02-27,EUR,GBP,0.8512\n", Some("Central bank")).unwrap(),
    );
    let day = o.capture.captured_at.date_naive();
    match table.rate(o.price.currency, Currency::EUR, day) {
        Ok(rate) => Conversion { currency: Currency::EUR, rate: Some(rate), no_rate: None },
        Err(error) => Conversion { currency: Currency::EUR, rate: None, no_rate: Some(error.to_string()) },
    }
}

fn with_recipe() -> Knowledge {
    Knowledge { markets: vec![Recipe::parse_toml(RECIPE).unwrap()], ..Knowledge::builtin() }
}

#[test]
fn an_explanation_as_people_read_it() {
    let o = observe("£23.90", "Fresh garlic 500 g", &with_recipe());
    let told = explain(&o, &conversion(&o));
    assert!(told.illustrative);
    insta::assert_snapshot!(told);
}

#[test]
fn an_explanation_as_programs_read_it() {
    let o = observe("£23.90", "Fresh garlic 500 g", &with_recipe());
    let told = serde_json::to_value(explain(&o, &conversion(&o))).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

#[test]
fn without_a_rate_the_reason_stands_at_the_end() {
    let o = observe("1,200 JPY", "Ceramic teapot", &Knowledge::builtin());
    let told = explain(&o, &conversion(&o));
    assert!(told.unit_prices.is_empty());
    insta::assert_snapshot!(told.not_comparable.unwrap(), @"no exchange rate JPY to EUR published on 2026-03-01 or in the 31 days before: import one");
}

proptest::proptest! {
    /// The steps end in exactly what a snapshot is built of.
    #[test]
    fn the_steps_end_in_the_comparable_price(cents in 1i64..100_000_000, grams in 1u32..100_000, recipe in proptest::bool::ANY) {
        let knowledge = if recipe { with_recipe() } else { Knowledge::builtin() };
        let price = format!("£{}", Decimal::new(cents, 2));
        let o = observe(&price, &format!("Fresh garlic {grams} g"), &knowledge);
        let conversion = conversion(&o);
        let told = explain(&o, &conversion);
        proptest::prop_assert_eq!(&told.not_comparable, &None);
        proptest::prop_assert_eq!(&told.unit_prices, &unit_prices(&o, conversion.rate.as_ref()));
        // Each calculation takes what the one before it gave.
        let calculations: Vec<_> = told.steps.iter().filter_map(|s| s.calculation.as_ref()).filter(|c| c.unit.is_none()).collect();
        for pair in calculations.windows(2) {
            proptest::prop_assert_eq!(pair[0].output, pair[1].input);
        }
    }
}

#[test]
fn a_text_left_aside_was_read_as_nothing() {
    let step = |result: &str| {
        of_reading(&model::ExplainStep {
            what: "gtin".to_owned(),
            from: "2085395200011".to_owned(),
            result: result.to_owned(),
            syntax: None,
            place: None,
        })
    };
    assert_eq!(step("not used: a number for use within one company").joined_by(), "");
    assert_eq!(step("08539520001").joined_by(), "read as ");
}
