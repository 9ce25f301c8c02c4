//! How many lines a second one core assesses: `cargo run --release -p statistics --example speed`.
//! 200 subheadings of 100 offers of similar goods, a line of each at a varying price.

#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{declared, garlic, index, prices};
use model::{Declaration, HsCode, Unit};
use statistics::{Parameters, assess};
use std::time::Instant;

fn main() {
    let mut offers = Vec::new();
    for code in 0..200 {
        let mut group = garlic();
        group.tag = format!("goods {code}");
        for mut offer in group.offers(&prices(100, 10.0 + f64::from(code), 0.2)) {
            offer.observation.hs = HsCode::parse(&format!("{}", 100_000 + code * 10)).ok();
            offers.push(offer);
        }
    }
    let start = Instant::now();
    let index = index(offers);
    println!("20,000 offers built and indexed in {:.2} s", start.elapsed().as_secs_f64());
    let parameters = Parameters::default();
    let line = garlic().line();
    let start = Instant::now();
    let n = 20_000u32;
    let mut low = 0;
    for i in 0..n {
        let code = i % 200;
        let line =
            Declaration { hs: HsCode::parse(&format!("{}", 100_000 + code * 10)).unwrap(), ..line.clone() };
        let price = (10.0 + f64::from(code)) * (0.4 + f64::from(i % 13) * 0.08);
        let verdict = assess(&index, &line, &declared(Unit::Kilogram, price), &parameters);
        low += u32::from(verdict.ratio.is_some_and(|r| r < 0.7));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{n} lines against 100 offers each: {:.0} lines a second ({low} below 70 %)",
        f64::from(n) / seconds
    );
}
