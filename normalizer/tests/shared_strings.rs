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
    let rate = |from: &str, to: &str, on: &str| {
        let (from, to) = (from.parse().expect("code"), to.parse().expect("code"));
        table.rate(from, to, on.parse().expect("day")).ok()
    };
    // A Sunday: the Friday before.
    let dollars = rate("USD", "GBP", "2023-10-01").expect("a rate");
    assert_eq!(dollars.date.to_string(), "2023-09-29");
    // The lira over its redenomination: a million old ones are a new one, and the series goes on.
    let (old, new) = (rate("TRL", "EUR", "2004-12-31"), rate("TRL", "EUR", "2005-01-03"));
    let (old, new) = (old.expect("published").rate, new.expect("by law").rate);
    assert!((old / new).to_string().parse::<f64>().is_ok_and(|x| (x - 1.0).abs() < 0.05), "{old} {new}");
    assert!(rate("ROL", "EUR", "2005-06-30").is_some() && rate("ROL", "USD", "2005-07-04").is_some());
    // Cells of a currency that ended are N/A: its fixed rate counts, and not for ever.
    let kuna = rate("HRK", "EUR", "2023-02-01").expect("fixed");
    assert_eq!(kuna.rate.to_string(), "0.132722808415");
    assert!(rate("HRK", "USD", "2023-02-01").is_some() && rate("HRK", "EUR", "2025-06-01").is_none());
    assert!(rate("BGN", "EUR", "2026-06-01").is_some_and(|r| r.source.contains("2866/98")));
    assert!(rate("RUB", "EUR", "2022-06-01").is_none(), "suspended: never carried on");
}
