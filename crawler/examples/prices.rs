//! Learns the weights of `extract/price_weights.rs` from annotated shop pages, and measures how
//! prices, lists and the confidence of listings are read. Run by `tests/bench/prices.sh`.
//!
//! `prices DIR LABELS [--write]`: DIR holds `index.jsonl` and the pages; LABELS the truth of further
//! pages, by the hash of their file's name. Weights are learned from the set `peb` alone; the pages
//! of LABELS never enter them. Prints one JSON object.

mod prices {
    pub mod calibrate;
    pub mod learn;
    pub mod pages;
}

use crawler::extract::price_rank::{BY_HAND, COUNT, NAMES, weigh};
use prices::calibrate;
use prices::learn::{Weights, best, learn};
use prices::pages::{Page, Sums, bootstrap, of_list, pages};
use serde_json::json;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// Parts of the cross-validation; the pages of one registrable domain are all in one part.
const PARTS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, labels, ..] = arguments.as_slice() else {
        return Err("usage: prices DIR LABELS [--write]".into());
    };
    let pages = pages(Path::new(folder), Path::new(labels))?;
    let learned_from: Vec<&Page> = pages.iter().filter(|p| p.set == "peb").collect();
    let aside: Vec<&Page> = pages.iter().filter(|p| p.set == "aside").collect();
    let shown = |p: &&&Page| p.seen.iter().any(|s| !s.outside && p.prices.contains(&s.value));
    let all = learn(&learned_from, &BY_HAND);
    if arguments.iter().any(|a| a == "--write") {
        write_weights(&all, level(&learned_from, &all) - level(&learned_from, &BY_HAND))?;
        calibrate::write(&pages)?;
    }
    let parts = PARTS;
    let mut picked: Vec<[Option<u64>; 3]> = vec![[None; 3]; learned_from.len()];
    for part in 0..parts {
        let others: Vec<&Page> = learned_from.iter().filter(|p| p.part % parts != part).copied().collect();
        let ways = [BY_HAND, learn(&others, &BY_HAND), learn(&others, &[0.0; COUNT])];
        for (at, page) in learned_from.iter().enumerate().filter(|(_, p)| p.part % parts == part) {
            picked[at] = ways.map(|w| best(page, &w));
        }
    }
    let names = ["by hand", "learned, starting by hand", "learned, starting from nothing"];
    let mut ranker = Vec::new();
    for (way, name) in names.iter().enumerate() {
        let rows: Vec<Sums> =
            learned_from.iter().zip(&picked).map(|(p, picks)| Sums::of(picks[way], &p.prices)).collect();
        ranker.push(json!({ "set": "peb", "how": "cross-validation by shop", "weights": name, "score": bootstrap(&rows) }));
    }
    for (name, weights) in names.iter().zip([BY_HAND, all, learn(&learned_from, &[0.0; COUNT])]) {
        let rows: Vec<Sums> = aside
            .iter()
            .filter(|p| !p.prices.is_empty())
            .map(|p| Sums::of(best(p, &weights), &p.prices))
            .collect();
        ranker.push(json!({ "set": "aside", "how": "never learned from", "weights": name, "score": bootstrap(&rows) }));
    }
    if arguments.iter().any(|a| a == "--wrong") {
        for (p, picks) in learned_from.iter().zip(&picked) {
            if picks.iter().any(|&pick| Sums::of(pick, &p.prices).right == 0.0) {
                eprintln!(
                    "{} wants {:?}, ranked {picks:?}; whole {:?} visible {:?} of {}, best {:.1}",
                    p.file, p.prices, p.whole, p.unmarked, p.unmarked_listings, p.best_score
                );
            }
        }
        for p in &aside {
            let picks = [&BY_HAND, &all].map(|w| best(p, w));
            if p.items.is_none() && Sums::of(p.whole, &p.prices).wrong()
                || Sums::of(p.unmarked, &p.prices).wrong()
            {
                eprintln!(
                    "{} wants {:?}, ranked {picks:?}; whole {:?} visible {:?} of {}, best {:.1}",
                    p.file, p.prices, p.whole, p.unmarked, p.unmarked_listings, p.best_score
                );
            }
        }
    }
    let mut extraction = Vec::new();
    for (set, of) in [("peb", &learned_from), ("aside", &aside)] {
        let of: Vec<&Page> =
            of.iter().filter(|p| p.items.as_ref().is_none_or(Vec::is_empty)).copied().collect();
        let whole: Vec<Sums> = of.iter().map(|p| Sums::of(p.whole, &p.prices)).collect();
        let visible: Vec<Sums> = of.iter().map(|p| Sums::of(p.unmarked, &p.prices)).collect();
        extraction.push(json!({ "set": set, "reads": "whole page", "score": bootstrap(&whole) }));
        extraction.push(json!({ "set": set, "reads": "visible part", "score": bootstrap(&visible) }));
    }
    let mut lists = Vec::new();
    for (name, goods) in [("lists of goods", true), ("pages without goods", false)] {
        let of: Vec<&&Page> =
            aside.iter().filter(|p| p.items.as_ref().is_some_and(|i| i.is_empty() != goods)).collect();
        let rows: Vec<Sums> = of.iter().filter_map(|p| of_list(p)).collect();
        let clean = of.iter().filter(|p| p.listed.is_empty()).count();
        if arguments.iter().any(|a| a == "--wrong") {
            for (p, r) in of.iter().zip(&rows).filter(|(_, r)| r.wrong()) {
                eprintln!("{} {name}: {} right of {} given, {} wanted", p.file, r.right, r.given, r.wanted);
            }
        }
        lists.push(json!({ "pages": name, "nothing read": clean, "goods": rows.iter().map(|r| r.wanted).sum::<f64>(), "score": bootstrap(&rows) }));
    }
    let report = json!({
        "pages": { "peb": learned_from.len(), "aside": aside.len(),
            "price among the candidates": { "peb": learned_from.iter().filter(shown).count(), "aside": aside.iter().filter(shown).count() } },
        "ranker": ranker,
        "extraction": extraction,
        "lists": lists,
        "confidence": calibrate::report(&pages),
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// Mean score of the best candidate.
fn level(pages: &[&Page], weights: &Weights) -> f64 {
    let best = |p: &&Page| {
        p.seen.iter().filter(|s| !s.outside).map(|s| weigh(&s.features, weights)).reduce(f64::max)
    };
    let tops: Vec<f64> = pages.iter().filter_map(best).collect();
    tops.iter().sum::<f64>() / tops.len().max(1) as f64
}

fn write_weights(weights: &Weights, level: f64) -> Result<(), Box<dyn Error>> {
    let mut out = String::from(
        "//! What `price_rank` weighs features with: per feature its name beside the weight (log odds). Written by\n\
         //! `crawler/examples/prices.rs`; not to be changed by hand.\n\n\
         /// Weights, in the order of the features.\n\
         pub(super) const WEIGHTS: [f64; super::price_rank::COUNT] = [\n",
    );
    for (name, weight) in NAMES.iter().zip(weights) {
        writeln!(out, "    {weight:.3}, // {name}")?;
    }
    write!(
        out,
        "];\n\n/// What learning added to the score of the best candidate, on average: scores are given without it, so\n\
         /// that the same score stands out as before.\n\
         pub(super) const LEVEL: f64 = {level:.3};\n"
    )?;
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/extract/price_weights.rs"), out)?;
    Ok(())
}
