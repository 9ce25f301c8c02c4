//! How many lines a second one core assesses: `cargo run --release -p statistics --example speed`.
//! 200 subheadings of 100 offers of similar goods, captured on 13 days a week apart; a line of
//! each at a varying price, without the schedule of offers, as batches take it. Three kinds of
//! batch: lines of one date, lines of ninety dates, and no two lines alike in their words.

#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{declared, export_date, garlic, index, prices};
use model::{Declaration, HsCode, Unit};
use statistics::{Detail, Parameters, assess_with};
use std::time::Instant;

/// Seconds this process has had on a core, so that a busy machine does not matter; where the
/// system does not tell, seconds by the clock.
fn cpu(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns / 1e9)
}

fn main() {
    let mut offers = Vec::new();
    for code in 0..200 {
        let mut group = garlic();
        group.tag = format!("goods {code}");
        for (i, mut offer) in group.offers(&prices(100, 10.0 + f64::from(code), 0.2)).into_iter().enumerate()
        {
            offer.observation.hs = HsCode::parse(&format!("{}", 100_000 + code * 10)).ok();
            offer.observation.capture.captured_at -= chrono::TimeDelta::weeks(i as i64 % 13);
            offers.push(offer);
        }
    }
    let clock = Instant::now();
    let snapshot = index(offers).in_full().unwrap();
    println!("20,000 offers built and indexed in {:.2} s", cpu(clock));
    let parameters = Parameters::default();
    let line = garlic().line();
    let n = 20_000u32;
    for (kind, detail) in [
        ("of one date", Detail::Figures),
        ("of one date, with schedules", Detail::Full),
        ("of ninety dates", Detail::Figures),
        ("each of its own words and date", Detail::Figures),
    ] {
        let index = statistics::ReferenceIndex::of(&snapshot).unwrap();
        let begun = cpu(clock);
        let mut low = 0;
        for i in 0..n {
            let code = i % 200;
            let mut line = Declaration {
                quantity_stated: true,
                hs: HsCode::parse(&format!("{}", 100_000 + code * 10)).unwrap(),
                ..line.clone()
            };
            if kind != "of one date" && !kind.contains("schedules") {
                line.export_date = export_date() - chrono::Days::new(u64::from(i / 200 % 90));
            }
            if kind.contains("words") {
                line.description = Some(format!("Fresh garlic, white {i}"));
            }
            let price = (10.0 + f64::from(code)) * (0.4 + f64::from(i % 13) * 0.08);
            let verdict = assess_with(&index, &line, &declared(Unit::Kilogram, price), &parameters, detail);
            low += u32::from(verdict.ratio.is_some_and(|r| r < 0.7));
        }
        let seconds = cpu(clock) - begun;
        println!("{n} lines {kind}: {:.0} a second of one core ({low} below 70 %)", f64::from(n) / seconds);
    }
}
