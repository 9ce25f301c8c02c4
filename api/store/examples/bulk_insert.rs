//! How fast observations are stored, stored again and read: `cargo run --release -p store --example
//! bulk_insert -- [COUNT] [BATCH]`. The observations carry an explanation of ten steps, about as
//! long as those of a real offer.

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use model::*;
use std::time::Instant;
use store::{ObservationFilter, Open, StoreError};

fn offer(n: u32, start: DateTime<Utc>) -> Option<Observation> {
    let price = Money::new(rust_decimal::Decimal::new(i64::from(n) + 100, 2), Currency::EUR);
    let captured_at = start + TimeDelta::minutes(i64::from(n));
    let step = ExplainStep {
        what: "price".to_owned(),
        from: "1.299,00 € inkl. MwSt. zzgl. Versand".to_owned(),
        result: "1299.00 EUR, comma is the decimal mark by the site's language".to_owned(),
        syntax: Some(Syntax::JsonLd),
        place: Some("script[1]/offers/price".to_owned()),
    };
    Some(Observation {
        id: ContentHash::of_fields(["offer", &n.to_string()]),
        capture: Capture {
            source_id: format!("shop-{}", n % 20),
            site: format!("shop-{}.example", n % 20),
            page_url: Some(format!("https://shop-{}.example/p/{n}", n % 20)),
            captured_at,
            page_hash: Some(ContentHash::of(&n.to_le_bytes())),
            archive: None,
            market: "DE".parse().ok(),
            default_currency: Some(Currency::EUR),
            language: Some("de".to_owned()),
        },
        url: Some(format!("https://shop-{}.example/p/{n}", n % 20)),
        name: format!("LED bulb E27 9 W warm white, pack of {n}"),
        seller: format!("shop-{}.example", n % 20),
        brand: Some("Halden".to_owned()),
        model: Some(format!("B22-{n}")),
        gtin: None,
        hs: "853952".parse().ok(),
        hs_witness: None,
        condition: Some(Condition::New),
        level: CommercialLevel::Retail,
        kind: GoodsKind::Article,
        price,
        price_high: None,
        quantities: vec![Quantity::one_piece()],
        min_order: None,
        breaks: Vec::new(),
        basis_price: Interval { low: price.amount, high: price.amount },
        basis: Basis { name: "offer".to_owned(), recipe: None, steps: Vec::new() },
        origin: None,
        ships_to: Vec::new(),
        availability: Some("InStock".to_owned()),
        confidence: None,
        explain: vec![step; 10],
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u32>());
    let count = numbers.next().transpose()?.unwrap_or(50_000);
    let batch = numbers.next().transpose()?.unwrap_or(1_000) as usize;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bulk.db");
    let store = store::open(&file.display().to_string(), Open::Create).await?;
    store.migrate().await?;
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
    let offers: Vec<Observation> = (0..count).filter_map(|n| offer(n, start)).collect();

    for what in ["stored", "stored again"] {
        let begun = Instant::now();
        let mut new = 0;
        for portion in offers.chunks(batch) {
            new += store.insert_observations(portion, &[]).await?.new;
        }
        report(what, count, begun);
        println!("  {new} of them new");
    }
    let begun = Instant::now();
    let read = store
        .observations(ObservationFilter::default())
        .try_fold(0u32, |n, _| async move { Ok::<_, StoreError>(n + 1) })
        .await?;
    report("read", read, begun);
    store.close().await;
    let bytes = std::fs::metadata(&file)?.len();
    println!("{} bytes on disk an observation", bytes / u64::from(count.max(1)));
    Ok(())
}

fn report(what: &str, count: u32, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{count} {what} in {seconds:.2} s, {:.0} a second", f64::from(count) / seconds);
}
