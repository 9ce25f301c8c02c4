//! How good the goods are that a description retrieves: `cargo run -p statistics --example retrieval --
//! [KEY=VALUE …] < listings.jsonl`, lists by `tests/bench/retrieval/lists.py`. Shops are halved; what a
//! shop of one half calls its article is a declared description, held to the other half's offers.
//! Keys set parameters of the rules (`similarity=0.5`); `half=0|1` says whose descriptions are asked,
//! `list=NAME` which list (`all`: every list in one index, each offer its shop's, to see how long a check
//! takes), `most=N` how many. Prints one line of figures, and times of a check where built with `--release`.
//! `verdicts=FILE` writes the SHA-256 of each timed check's verdict, a line each: two builds that shall
//! answer alike are held to one another by it. `slowest=N` names the slowest checks on stderr. `days=N`
//! spreads the timed lines' export dates over so many days.

#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{article, declared, export_date};
use model::{Comparable, ContentHash, Currency, Declaration, Unit};
use serde_json::Value;
use statistics::{Detail, Parameters, ReferenceIndex, assess, assess_with, build_snapshot};
use std::collections::{HashMap, HashSet};
use std::io::BufRead;

struct Listing {
    name: String,
    seller: String,
    product: Option<String>,
    price: f64,
    group: &'static str,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn offer(listing: &Listing, i: usize) -> Comparable {
    // Every listing its own seller: what is measured is which goods are found, not whose.
    let mut c = article(&format!("offer {i}"), &listing.name, listing.group).offer(i, listing.price);
    c.observation.id = ContentHash::of(format!("{i}").as_bytes());
    c.observation.capture.captured_at = export_date().and_hms_opt(9, 0, 0).unwrap().and_utc();
    c
}

fn main() {
    let mut half = 0;
    let mut list = "monitors".to_owned();
    let mut most = 400;
    let (mut verdicts, mut slowest, mut days) = (None, 0, 1);
    let mut settings = serde_json::Map::new();
    // So that rung 2 is taken wherever it finds three offers.
    for (key, value) in [("min_n_eff_own_5pct", 3.0), ("dominant_share", 1.0)] {
        settings.insert(key.into(), value.into());
    }
    settings.insert("min_sites".into(), 1.into());
    for argument in std::env::args().skip(1) {
        let (key, value) = argument.split_once('=').unwrap();
        match key {
            "half" => half = value.parse().unwrap(),
            "list" => list = value.to_owned(),
            "most" => most = value.parse().unwrap(),
            "verdicts" => verdicts = Some(value.to_owned()),
            "days" => days = value.parse().unwrap(),
            "slowest" => slowest = value.parse().unwrap(),
            _ => {
                settings.insert(key.to_owned(), serde_json::from_str(value).unwrap());
            }
        }
    }
    let parameters: Parameters = serde_json::from_value(Value::Object(settings)).unwrap();
    let mut codes: HashMap<String, &'static str> = HashMap::new();
    let listings: Vec<Listing> = std::io::stdin()
        .lock()
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .filter(|row| list == "all" || row["list"] == list.as_str())
        .map(|row| {
            let code = row["group"].to_string();
            Listing {
                name: row["name"].as_str().unwrap().to_owned(),
                seller: row["seller"].as_str().unwrap().to_owned(),
                product: row["product"].as_str().map(str::to_owned),
                price: row["price"].as_f64().unwrap(),
                group: codes.entry(code.clone()).or_insert_with(|| code.leak()),
            }
        })
        .collect();
    let side = |seller: &str| usize::from(ContentHash::of(seller.as_bytes()).to_string().as_bytes()[3] % 2);
    let (asked, offered): (Vec<&Listing>, Vec<&Listing>) =
        listings.iter().partition(|listing| side(&listing.seller) == half);
    let offers: Vec<Comparable> = offered.iter().enumerate().map(|(i, l)| offer(l, i)).collect();
    let product_of: HashMap<ContentHash, &Option<String>> =
        offers.iter().zip(&offered).map(|(c, l)| (c.observation.id, &l.product)).collect();
    let index = ReferenceIndex::of(&build_snapshot(offers, Vec::new(), Currency::EUR, &parameters)).unwrap();
    if list == "all" {
        timed(&listings, &parameters, most, (verdicts, slowest, days));
        return;
    }
    let step = (asked.len() / most).max(1);
    let mut overall = vec![];
    let (mut lines, mut taken, mut nineteen) = (0u32, 0u32, 0u32);
    let (mut spreads, mut errors, mut precisions, mut recalls, mut sizes) =
        (vec![], vec![], vec![], vec![], vec![]);
    for listing in asked.iter().step_by(step) {
        lines += 1;
        let line = Declaration {
            description: Some(listing.name.clone()),
            ..article("line", &listing.name, listing.group).line()
        };
        let verdict = assess(&index, &line, &declared(Unit::Piece, listing.price), &parameters);
        let Some(reference) = verdict.reference else { continue };
        // On whatever rung was taken: a rule that finds fewer goods is held to the whole subheading.
        overall.push((listing.price / reference.median).ln().abs());
        if reference.rung.number() != 2 {
            continue;
        }
        taken += 1;
        nineteen += u32::from(reference.n_eff >= 19.0);
        sizes.push(reference.n_eff);
        let total: f64 = verdict.comparators.iter().map(|c| c.weight).sum();
        let mean: f64 = verdict.comparators.iter().map(|c| c.weight * log(c)).sum::<f64>() / total;
        let off = |c: &model::Comparator| c.weight * (log(c) - mean).powi(2);
        spreads.push((verdict.comparators.iter().map(off).sum::<f64>() / total).sqrt());
        errors.push((listing.price / reference.median).ln().abs());
        if let Some(product) = &listing.product {
            let same = |c: &&model::Comparator| product_of[&c.observation].as_ref() == Some(product);
            let right: f64 = verdict.comparators.iter().filter(same).map(|c| c.weight).sum();
            precisions.push(right / total);
            let all = offered.iter().filter(|l| l.product.as_ref() == Some(product)).count();
            if all > 0 {
                recalls.push(verdict.comparators.iter().filter(same).count() as f64 / all as f64);
            }
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    println!(
        "{list} half {half}: {lines} lines, taken {:.1} %, n_eff ≥ 19 {:.1} %, n_eff median {:.1}; sd of logs mean {:.3} median {:.3}; error of the held-out log price mean {:.3} median {:.3}; on any rung {:.3}; same product {:.1} % of weight, {:.1} % of them found",
        100.0 * f64::from(taken) / f64::from(lines),
        100.0 * f64::from(nineteen) / f64::from(lines),
        median(sizes),
        mean(&spreads),
        median(spreads.clone()),
        mean(&errors),
        median(errors.clone()),
        mean(&overall),
        100.0 * mean(&precisions),
        100.0 * mean(&recalls),
    );
}

/// Seconds this process has had on a core, so that a busy machine does not matter; 0 where the system
/// does not tell.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).map_or(0.0, |ns| ns / 1e9)
}

/// Checks lines no two alike, the first to learn what is learned once. The first line of each subheading
/// finds nothing kept of its offers, and is counted by itself beside all.
fn timed(
    listings: &[Listing],
    parameters: &Parameters,
    most: usize,
    (verdicts, slowest, days): (Option<String>, usize, u64),
) {
    let offers = listings.iter().enumerate().map(|(i, listing)| {
        let mut c = offer(listing, i);
        c.observation.seller = listing.seller.clone();
        c.observation.capture.site = listing.seller.clone();
        c
    });
    let index =
        ReferenceIndex::of(&build_snapshot(offers.collect(), Vec::new(), Currency::EUR, parameters)).unwrap();
    let default = Parameters::default();
    let (mut hashes, mut asked) = (String::new(), 0);
    let mut check = |listing: &Listing| {
        let line = Declaration {
            description: Some(format!("{} {}", listing.name, "quality goods")),
            export_date: export_date() - chrono::Days::new(asked % days),
            ..article("line", "", listing.group).line()
        };
        asked += 1;
        let price = declared(Unit::Piece, listing.price);
        let begun = std::time::Instant::now();
        let verdict = assess_with(&index, &line, &price, &default, Detail::Nearest(100));
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        if verdicts.is_some() {
            hashes += &format!("{}\n", ContentHash::of(&serde_json::to_vec(&verdict).unwrap()));
        }
        took
    };
    let step = (listings.len() / most).max(1);
    let first = check(&listings[0]);
    let mut seen: HashSet<&str> = HashSet::from([listings[0].group]);
    let begun = cpu();
    let mut times: Vec<(f64, bool, &str)> = Vec::new();
    for listing in listings.iter().step_by(step) {
        let new = seen.insert(listing.group);
        times.push((check(listing), new, &listing.name));
    }
    let mean = 1000.0 * (cpu() - begun) / times.len() as f64;
    if let Some(path) = verdicts {
        std::fs::write(path, hashes).unwrap();
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (ms, new, name) in times.iter().rev().take(slowest) {
        eprintln!("{ms:.2} ms{}: {name}", if *new { ", first of its subheading" } else { "" });
    }
    let at = |of: &dyn Fn(bool) -> bool, q: f64| {
        let of: Vec<f64> = times.iter().filter(|t| of(t.1)).map(|t| t.0).collect();
        of.get(((of.len() as f64 - 1.0) * q) as usize).copied().unwrap_or(0.0)
    };
    println!(
        "{} offers: first check {first:.0} ms, then {} checks of new descriptions: median {:.2} ms, p99 {:.2} ms, longest {:.1} ms; of {} that are the first under their subheading p99 {:.2} ms, longest {:.1} ms, of the others p99 {:.2} ms, longest {:.1} ms; {mean:.2} ms of a core on average",
        listings.len(),
        times.len(),
        at(&|_| true, 0.5),
        at(&|_| true, 0.99),
        at(&|_| true, 1.0),
        times.iter().filter(|t| t.1).count(),
        at(&|new| new, 0.99),
        at(&|new| new, 1.0),
        at(&|new| !new, 0.99),
        at(&|new| !new, 1.0),
    );
}

fn log(c: &model::Comparator) -> f64 {
    rust_decimal::prelude::ToPrimitive::to_f64(&c.unit_price.low).unwrap().ln()
}
