//! What one listing costs from its words to an observation, and the observation on its way into a
//! database (as JSON): CPU time in memory, on listings made up from the keyword table.
//!
//! `cargo run --release -p normalizer --example normalize_cost -- [ROUNDS=20]`

use chrono::{TimeZone, Utc};
use model::{Capture, Currency, Facts, Listing, Stated, Syntax};
use normalizer::{Knowledge, normalize};
use std::error::Error;
use std::time::Instant;

/// Listings of one round.
const LISTINGS: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(20), |text| text.parse())?;
    let captured_at = Utc.with_ymd_and_hms(2026, 11, 1, 9, 0, 0).single().ok_or("no such time")?;
    let capture = Capture {
        source_id: "cost".into(),
        site: "shop.example".into(),
        page_url: Some("https://shop.example/p/1".into()),
        captured_at,
        page_hash: None,
        archive: None,
        market: "DE".parse().ok(),
        default_currency: Some(Currency::EUR),
        language: Some("en".into()),
    };
    let (facts, knowledge) = (Facts::default(), Knowledge::builtin());
    let listings = listings();
    let observations: Vec<_> =
        listings.iter().filter_map(|l| normalize(l, &capture, &facts, &knowledge).ok()).collect();
    println!("{} listings, {} observations", listings.len(), observations.len());
    measure("normalize", rounds, &listings, |listing| {
        usize::from(normalize(listing, &capture, &facts, &knowledge).is_ok())
    });
    measure("observation to JSON", rounds, &observations, |observation| {
        serde_json::to_string(observation).map_or(0, |text| text.len())
    });
    Ok(())
}

/// Offers as product pages state them in JSON-LD: half with a name of a few plain words, half with
/// a size, a model and a phrase of the keyword table.
fn listings() -> Vec<Listing> {
    let phrases: Vec<&str> = normalizer::classify::BUILTIN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    let field = |text: String, key: &str| Some(Stated::new(text, Syntax::JsonLd, format!("script[1]/{key}")));
    (0..LISTINGS)
        .map(|i| {
            let phrase = phrases[i * 7 % phrases.len().max(1)];
            let name = if i % 2 == 0 {
                format!("Cordless Garden Series {i}")
            } else {
                format!("Aurora {phrase} X{i} Pro, black, {} x {} ml", i % 12 + 1, i % 900 + 50)
            };
            Listing {
                url: Some(format!("https://shop.example/p/{i}")),
                name: field(name, "name"),
                price: field(format!("{}.{:02}", i % 990 + 5, i % 100), "offers/price"),
                currency: field("EUR".into(), "offers/priceCurrency"),
                availability: field("InStock".into(), "offers/availability"),
                condition: field("NewCondition".into(), "offers/itemCondition"),
                sku: field(format!("SKU-1-{i:06}"), "sku"),
                gtin: field(format!("{:013}", i * 7_919), "gtin13"),
                brand: field(format!("Brand{}", i % 40), "brand"),
                language: Some("en".into()),
                ..Listing::default()
            }
        })
        .collect()
}

/// Prints the least of some rounds: other work on the machine only ever adds.
fn measure<T>(what: &str, rounds: usize, items: &[T], one: impl Fn(&T) -> usize) {
    let mut best = f64::MAX;
    let mut found = 0;
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        found = items.iter().map(&one).sum();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what:<22} {:>8.4} ms each  ({found})", best * 1000.0 / items.len().max(1) as f64);
}
