//! How many price and size texts a core reads a second: `cargo run --release -p normalizer --example
//! prices_per_second -- FILE`, one text a line.

use std::time::{Duration, Instant};

/// Time this thread was on a core (Linux); what waited for other work does not count. Elsewhere
/// the time gone by.
fn on_core(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("give a file with one text a line");
        std::process::exit(2);
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            std::process::exit(1);
        }
    };
    let lines: Vec<&str> = text.lines().collect();
    let rounds = (2_000_000 / lines.len().max(1)).max(1);
    let hints = normalizer::price::PriceHints::default();
    let started = Instant::now();
    let (mut found, start) = (0usize, on_core(started));
    for _ in 0..rounds {
        for line in &lines {
            found += usize::from(normalizer::price::parse(line, &hints).amount.is_some());
        }
    }
    let each = (on_core(started) - start).as_secs_f64();
    let all = (rounds * lines.len()) as f64;
    println!("prices: {:.0} texts/s, {:.0} % read", all / each, 100.0 * found as f64 / all);
    let (mut found, start) = (0usize, on_core(started));
    for _ in 0..rounds / 4 + 1 {
        for line in &lines {
            found += usize::from(normalizer::quantity::parse(line).total.is_some());
        }
    }
    let each = (on_core(started) - start).as_secs_f64();
    let all = ((rounds / 4 + 1) * lines.len()) as f64;
    println!("quantities: {:.0} texts/s, {:.0} % read", all / each, 100.0 * found as f64 / all);
}
