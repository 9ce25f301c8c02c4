//! Real offers of one day for identical goods (shared data, where present): a line at the median
//! of a product's offers is quiet, and the lower it stands the stronger the reason to ask.

#![allow(clippy::unwrap_used)]

mod common;

use common::{article, declared, index};
use model::{Comparable, ContentHash, Declaration, Rung, Unit, Verdict, VerdictCode};
use statistics::{Parameters, assess};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// Offers of each product, one comparable an offer; the product's number is its model.
fn products(test: &str) -> Option<Vec<Comparable>> {
    let shared = std::env::var_os("TOUCHSTONE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let file = shared.join("data/listings/offers_2023-10-01_EUR.jsonl.gz");
    let Ok(open) = std::fs::File::open(&file) else {
        assert!(
            std::env::var("TOUCHSTONE_REQUIRE_SHARED").as_deref() != Ok("1"),
            "{} is missing",
            file.display()
        );
        println!("skipped: {test}");
        return None;
    };
    let mut out = Vec::new();
    for line in BufReader::new(flate2::read::GzDecoder::new(open)).lines() {
        let product: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let model = format!("MONITOR-{}", product["id"].as_str().unwrap());
        let group = article(&model, product["name"].as_str().unwrap(), "852852");
        for (i, offer) in product["offers"].as_array().into_iter().flatten().enumerate() {
            let Some(price) = offer["price"].as_f64().filter(|p| *p > 0.0) else { continue };
            let mut c = group.offer(i, price);
            let o = &mut c.observation;
            let link = offer["link"].as_str().unwrap_or_default();
            o.id = ContentHash::of(format!("{model} {i} {link}").as_bytes());
            o.model = Some(model.clone());
            o.seller = offer["shop"].as_str().unwrap().to_owned();
            o.capture.site = link.split('/').nth(2).unwrap_or("unknown").to_owned();
            o.url = Some(link.to_owned());
            out.push(c);
        }
    }
    Some(out)
}

#[test]
fn the_lower_the_price_the_stronger_the_reason() {
    let Some(offers) = products("the_lower_the_price_the_stronger_the_reason") else { return };
    let mut counts: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for offer in &offers {
        *counts.entry(offer.observation.model.clone().unwrap()).or_default() += 1;
    }
    let index = index(offers);
    let held = |model: &str, price: f64| -> Verdict {
        let line = Declaration {
            quantity_stated: true,
            model: Some(model.to_owned()),
            description: None,
            ..article("line", "Monitor", "852852").line()
        };
        assess(&index, &line, &declared(Unit::Piece, price), &Parameters::default())
    };
    let mut tally = std::collections::BTreeMap::new();
    let mut products = 0;
    for (model, _) in counts.iter().filter(|c| *c.1 >= 24).take(120) {
        let at = held(model, 100.0);
        let Some(reference) = at.reference.filter(|r| r.rung == Rung::Identical) else { continue };
        products += 1;
        for percent in [100, 80, 60, 40, 20] {
            let v = held(model, reference.median * f64::from(percent) / 100.0);
            *tally.entry((percent, v.verdict.code())).or_insert(0) += 1;
            if percent <= 40 {
                assert!(
                    matches!(v.verdict, VerdictCode::StrongReasonToAsk | VerdictCode::LowReview),
                    "{model}: {}",
                    v.sentence
                );
            }
            if percent == 100 {
                assert_eq!(v.verdict, VerdictCode::Consistent, "{model}: {}", v.sentence);
            }
        }
    }
    println!("{products} products: {tally:?}");
    assert!(products > 20);
}
