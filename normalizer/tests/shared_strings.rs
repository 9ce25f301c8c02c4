//! Published price and pack-size strings, read and counted. The data is for development: absent,
//! the tests say so and pass, unless `TOUCHSTONE_REQUIRE_SHARED=1`.

use normalizer::price::{self, PriceHints};
use rust_decimal::Decimal;
use serde_json::Value;
use std::path::PathBuf;

fn shared(name: &str, file: &str) -> Option<String> {
    let root = std::env::var_os("TOUCHSTONE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    match std::fs::read_to_string(root.join("data").join(file)) {
        Ok(text) => Some(text),
        Err(error) => {
            assert!(
                std::env::var_os("TOUCHSTONE_REQUIRE_SHARED").is_none_or(|value| value != "1"),
                "{name}: {file}: {error}"
            );
            println!("skipped: {name}");
            None
        }
    }
}

#[test]
fn price_strings_read_as_published() {
    let Some(text) = shared("price_strings_read_as_published", "strings/price_strings.jsonl") else {
        return;
    };
    let (mut amounts, mut currencies, mut ambiguous, mut all) = (0, 0, 0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a JSON line");
        let raw = case["price_raw"].as_str().unwrap_or_default();
        let hints = PriceHints {
            currency_raw: case["currency_raw"].as_str(),
            decimal_separator: case["decimal_separator"].as_str().and_then(|s| s.chars().next()),
            ..PriceHints::default()
        };
        let reading = price::parse(raw, &hints);
        let expected: Option<Decimal> =
            case["expected"]["amount"].as_str().map(|a| a.parse().expect("decimal"));
        let symbol = case["expected"]["currency_symbol"].as_str();
        all += 1;
        ambiguous += usize::from(reading.status == price::PriceStatus::Ambiguous);
        if reading.amount == expected {
            amounts += 1;
        } else {
            println!("amount: {raw:?} {:?}: {:?}, expected {expected:?}", hints.currency_raw, reading.amount);
        }
        if reading.currency_raw.as_deref() == symbol {
            currencies += 1;
        } else {
            println!(
                "currency: {raw:?} {:?}: {:?}, expected {symbol:?}",
                hints.currency_raw, reading.currency_raw
            );
        }
        if reading.status == price::PriceStatus::Ambiguous {
            println!(
                "ambiguous: {raw:?} {:?}: {:?} {:?}",
                hints.currency_raw, reading.readings, reading.reason
            );
        }
    }
    println!("amounts {amounts}/{all}, currencies as written {currencies}/{all}, ambiguous {ambiguous}");
    assert!(amounts * 1000 >= all * 990, "amounts {amounts} of {all}");
    assert!(currencies * 1000 >= all * 985, "currencies {currencies} of {all}");
}

#[test]
fn pack_sizes_read_as_published() {
    let Some(text) = shared("pack_sizes_read_as_published", "strings/pack_sizes.jsonl") else {
        return;
    };
    let (mut right, mut all) = (0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a JSON line");
        let input = case["input"].as_str().unwrap_or_default();
        let expected: Decimal = case["expected"]["total_g_or_ml"].to_string().parse().expect("decimal");
        let reading = normalizer::quantity::parse(input);
        let total = reading.total.map(|total| total * Decimal::from(1000));
        all += 1;
        if total == Some(expected) {
            right += 1;
        } else {
            println!("{input:?}: {reading:?}, expected {expected}");
        }
    }
    println!("pack sizes {right}/{all}");
    assert_eq!(right, all);
}

#[test]
fn the_published_rates_of_the_ecb_read() {
    let root = std::env::var_os("TOUCHSTONE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let Ok(bytes) = std::fs::read(root.join("data/fx/eurofxref-hist.zip")) else {
        assert!(std::env::var_os("TOUCHSTONE_REQUIRE_SHARED").is_none_or(|value| value != "1"));
        println!("skipped: the_published_rates_of_the_ecb_read");
        return;
    };
    let rates = normalizer::exchange::parse_ecb_zip(&bytes).expect("the ECB's file");
    println!("{} rates", rates.len());
    assert!(rates.len() > 200_000);
    let table = normalizer::exchange::RateTable::new(rates);
    let (egp, usd) = ("USD".parse().expect("code"), "GBP".parse().expect("code"));
    assert!(table.rate(egp, usd, "2023-10-01".parse().expect("day")).is_ok());
}
