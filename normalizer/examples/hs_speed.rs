//! How fast the classifier of HS codes is: loading the model that ships (or the one named), titles a
//! second on one core, most memory. Titles are those of the frozen test, again and again.
//! `cargo run --release -p normalizer --example hs_speed -- [ROUNDS [MODEL]]`, prints JSON.

use normalizer::classify::{Classifier, Goods, LEAST_PROBABILITY, Model, frozen};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().map_or(Ok(20), |rounds| rounds.parse())?;
    let named = arguments.next();
    let started = Instant::now();
    let model = match named {
        Some(file) => std::sync::Arc::new(Model::from_bytes(&std::fs::read(file)?)?),
        None => Model::builtin()?,
    };
    let loaded = started.elapsed();
    let titles = frozen();
    let mut classifier = Classifier::new(&model);
    let mut rates: Vec<f64> = Vec::new();
    let mut answered = 0;
    for _ in 0..rounds {
        let started = Instant::now();
        for title in &titles {
            let goods = Goods { text: title.title, ..Goods::default() };
            answered += usize::from(classifier.classify(&goods, 1, LEAST_PROBABILITY).code.is_some());
        }
        rates.push(titles.len() as f64 / started.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0);
    println!(
        "{}",
        serde_json::json!({
            "titles": titles.len(),
            "answered": answered / rounds.max(1),
            "load_ms": loaded.as_secs_f64() * 1e3,
            "titles_per_second": rates.get(rates.len() / 2),
            "peak_mb": most as f64 / 1024.0,
            "features": model.len(),
            "model_mb": model.to_bytes().len() as f64 / 1e6,
        })
    );
    Ok(())
}
