//! Reads saved pages and says of each what it cost and what was read: one JSON line a page, with the
//! milliseconds of decoding and extraction and the listings as they are. For
//! `tests/bench/extract_speed.py` and for looking at fields by eye; no command of the product.
//!
//! `cargo run --release -p crawler --example read_pages -- ROUNDS < LINES` where each line is
//! `{"file": "page.html.gz", "url": "https://…"}` (HTML, plain or gzip). A page is read ROUNDS times and
//! the least counts: it waits for nothing, and other work on the machine only ever adds. Links are left out,
//! as where a page is read for its offers alone; `LINKS=1` finds them too, `FULL=1` uses the standard's
//! parser.

use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Read};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    let full = std::env::var_os("FULL").is_some();
    let links = std::env::var_os("LINKS").is_some();
    let rules = model::Rules::default();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let file = asked["file"].as_str().unwrap_or_default();
        let mut bytes = std::fs::read(file)?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain)?;
            bytes = plain;
        }
        let url = asked["url"].as_str();
        let mut least = f64::MAX;
        let mut listings = Vec::new();
        for _ in 0..rounds.max(1) {
            let start = Instant::now();
            let text = crawler::decode::to_text(&bytes, None)?.text;
            let read = if full {
                crawler::extract::extract_by_full_parser(&text, url, &rules)
            } else if links {
                crawler::extract::extract(&text, url, &rules)
            } else {
                crawler::extract::extract_without_links(&text, url, &rules)
            };
            least = least.min(start.elapsed().as_secs_f64());
            listings = read.listings;
        }
        let answer =
            json!({ "file": file, "bytes": bytes.len(), "ms": least * 1000.0, "listings": listings });
        println!("{answer}");
    }
    Ok(())
}
