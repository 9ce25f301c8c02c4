//! What reading pages costs: CPU time a page, on the way a crawl takes and on the standard's tree
//! alone. Measures the extraction of texts already in memory; no network, no archive, no database.
//!
//! `cargo run --release -p crawler --example extract_cost -- ROUNDS FILE_OR_FOLDER…` (HTML, plain or
//! gzip; folders are read with all below them; `ONLY=offers` measures that line alone)

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [rounds, paths @ ..] = args.as_slice() else {
        return Err("usage: extract_cost ROUNDS FILE_OR_FOLDER…".into());
    };
    let rounds: usize = rounds.parse()?;
    let mut files = Vec::new();
    for path in paths {
        files_below(Path::new(path), &mut files)?;
    }
    let mut pages = Vec::new();
    for file in &files {
        let mut bytes = std::fs::read(file)?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain)?;
            bytes = plain;
        }
        pages.push(bytes);
    }
    let kb = pages.iter().map(Vec::len).sum::<usize>() as f64 / 1024.0 / pages.len().max(1) as f64;
    println!("{} pages of {kb:.1} KB", pages.len());
    let texts: Vec<String> = pages
        .iter()
        .filter_map(|p| crawler::decode::to_text(p, None).ok())
        .map(|d| d.text.into_owned())
        .collect();
    measure("decode", rounds, &pages, |page| {
        crawler::decode::to_text(page, Some("text/html; charset=utf-8")).map_or(0, |d| d.text.len())
    });
    let url = Some("https://shop.example/p/1");
    let rules = model::Rules::default();
    let found = |page: crawler::extract::Extraction| page.listings.len();
    measure("offers", rounds, &texts, |text| found(crawler::extract::offers(text, url, &rules)));
    measure("extract", rounds, &texts, |text| found(crawler::extract::extract(text, url, &rules)));
    measure("extract, full parser", rounds, &texts, |text| {
        found(crawler::extract::extract_by_full_parser(text, url, &rules))
    });
    Ok(())
}

fn files_below(path: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        let mut inside: Vec<PathBuf> =
            std::fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
        inside.sort();
        for path in inside {
            files_below(&path, into)?;
        }
    } else {
        into.push(path.to_owned());
    }
    Ok(())
}

/// Prints the least of some rounds: other work on the machine only ever adds.
fn measure<T>(what: &str, rounds: usize, pages: &[T], one: impl Fn(&T) -> usize) {
    if std::env::var("ONLY").is_ok_and(|only| only != what) {
        return;
    }
    let mut best = f64::MAX;
    let mut found = 0;
    for _ in 0..rounds.max(1) {
        let start = cpu_seconds();
        found = pages.iter().map(&one).sum();
        best = best.min(cpu_seconds() - start);
    }
    println!("{what:<28} {:>8.4} ms a page  ({found} found)", best * 1000.0 / pages.len().max(1) as f64);
}

/// CPU time of this thread where the system tells it, else the time of day.
fn cpu_seconds() -> f64 {
    let own = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = own.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64(), |n| n / 1e9)
}
