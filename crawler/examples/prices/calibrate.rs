//! The confidence of listings, for `prices`: learning its weights, and how far they can be believed,
//! by cross-validation over shops.

use super::pages::{Page, is_right};
use crawler::extract::confidence::{BY_HAND, COUNT, NAMES, Signs, share};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

type Weights = [f64; COUNT];

const PARTS: usize = 10;
/// Strength of the pull of weights to those by hand, fixed beforehand.
const PULL: f64 = 1.0;
const STEPS: usize = 2_000;
/// Lower ends of the bins of the reliability table.
const BINS: [f64; 6] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95];
/// The settings' default, and what is said beside it.
const THRESHOLDS: [f64; 4] = [0.5, 0.6, 0.7, 0.8];

struct Case {
    part: usize,
    signs: Signs,
    right: bool,
    /// The cards of one list count as one page.
    weight: f64,
}

/// One case for each main listing with a price, read with and without markup, and for each card.
fn cases(pages: &[Page]) -> Vec<Case> {
    let mut cases = Vec::new();
    for page in pages {
        let part = page.part;
        match page.items.as_ref().filter(|items| !items.is_empty()) {
            Some(items) => {
                let weight = 1.0 / page.listed.len().max(1) as f64;
                for (price, signs) in page.listed.iter().zip(&page.signs) {
                    let Some(price) = price else { continue };
                    let right = page.also.contains(price) || items.iter().any(|i| i.contains(price));
                    cases.push(Case { part, signs: *signs, right, weight });
                }
            }
            None => {
                for (price, signs) in
                    [(page.whole, page.signs.first()), (page.unmarked, page.unmarked_signs.as_ref())]
                {
                    let (Some(price), Some(signs)) = (price, signs) else { continue };
                    cases.push(Case {
                        part,
                        signs: *signs,
                        right: is_right(price, &page.prices),
                        weight: 1.0,
                    });
                }
            }
        }
    }
    cases
}

fn learn<'c>(cases: impl Iterator<Item = &'c Case> + Clone) -> Weights {
    let mut weights = BY_HAND;
    let mut squares = [1e-6; COUNT];
    for _ in 0..STEPS {
        // The first sign always holds: it is the base rate, and is not pulled.
        let mut slope: Weights =
            std::array::from_fn(|k| if k == 0 { 0.0 } else { PULL * (BY_HAND[k] - weights[k]) });
        for case in cases.clone() {
            let error = case.weight * (f64::from(u8::from(case.right)) - share(&case.signs, &weights));
            for (k, sign) in case.signs.0.iter().enumerate() {
                slope[k] += error * f64::from(*sign) / 100.0;
            }
        }
        for k in 0..COUNT {
            squares[k] += slope[k] * slope[k];
            weights[k] += 0.3 * slope[k] / f64::sqrt(squares[k]);
        }
    }
    weights
}

pub fn report(pages: &[Page]) -> Value {
    let cases = cases(pages);
    let mut judged: Vec<(f64, &Case)> = Vec::new();
    for part in 0..PARTS {
        let weights = learn(cases.iter().filter(|c| c.part % PARTS != part));
        judged
            .extend(cases.iter().filter(|c| c.part % PARTS == part).map(|c| (share(&c.signs, &weights), c)));
    }
    let sum = |of: &dyn Fn(&(f64, &Case)) -> f64| judged.iter().map(of).sum::<f64>();
    let three = |x: f64| (x * 1000.0).round() / 1000.0;
    let right = |c: &Case| f64::from(u8::from(c.right));
    let all = sum(&|(_, c)| c.weight);
    let base = sum(&|(_, c)| c.weight * right(c)) / all;
    let mut table = Vec::new();
    let mut gap = 0.0;
    for (i, low) in BINS.iter().enumerate() {
        let high = BINS.get(i + 1).copied().unwrap_or(1.01);
        let within = |p: f64| f64::from(u8::from(p >= *low && p < high));
        let n = sum(&|(p, c)| c.weight * within(*p));
        if n == 0.0 {
            continue;
        }
        let said = sum(&|(p, c)| c.weight * p * within(*p)) / n;
        let was = sum(&|(p, c)| c.weight * right(c) * within(*p)) / n;
        gap += n / all * (said - was).abs();
        table.push(json!({ "from": low, "cases": three(n), "said": three(said), "right": three(was) }));
    }
    let thresholds: Vec<Value> = THRESHOLDS
        .iter()
        .map(|least| {
            let kept = |p: f64| f64::from(u8::from(p >= *least));
            let n = sum(&|(p, c)| c.weight * kept(*p));
            let good = sum(&|(p, c)| c.weight * kept(*p) * right(c));
            json!({ "least": least, "kept": three(n / all), "right of kept": three(good / n.max(1e-9)),
                "right ones refused": three(1.0 - good / (base * all)) })
        })
        .collect();
    let wrong: Vec<Value> = THRESHOLDS
        .iter()
        .map(|least| {
            let refused = |p: f64| f64::from(u8::from(p < *least));
            let wrong = sum(&|(_, c)| c.weight * (1.0 - right(c)));
            json!({ "least": least, "wrong ones refused": three(sum(&|(p, c)| c.weight * refused(*p) * (1.0 - right(c))) / wrong.max(1e-9)) })
        })
        .collect();
    json!({
        "wrong": wrong,
        "how": "cross-validation by shop",
        "cases": three(all),
        "right": three(base),
        "brier": three(sum(&|(p, c)| c.weight * (p - right(c)).powi(2)) / all),
        "brier of the base rate": three(base * (1.0 - base)),
        "calibration error": three(gap),
        "table": table,
        "thresholds": thresholds,
    })
}

pub fn write(pages: &[Page]) -> Result<(), Box<dyn Error>> {
    let weights = learn(cases(pages).iter());
    let mut out = String::from(
        "//! What `confidence` weighs signs with: per sign its name beside the weight (log odds). Written by\n\
         //! `crawler/examples/prices.rs`; not to be changed by hand.\n\n\
         /// Weights, in the order of the signs.\n\
         pub(super) const WEIGHTS: [f64; super::confidence::COUNT] = [\n",
    );
    for (name, weight) in NAMES.iter().zip(weights) {
        writeln!(out, "    {weight:.3}, // {name}")?;
    }
    out.push_str("];\n");
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/extract/confidence_weights.rs"), out)?;
    Ok(())
}
