//! Learning for `prices`: a choice among the candidates of a page (conditional logit), pulled towards
//! where it starts from.

use super::pages::Page;
use crawler::extract::price_rank::{COUNT, weigh};

pub type Weights = [f64; COUNT];

/// Strength of the pull towards the starting weights, fixed beforehand.
const PULL: f64 = 1.0;
/// Steps of the ascent; far more than it takes to stand still.
const STEPS: usize = 400;

/// The weights under which the right candidates of the pages are likeliest.
pub fn learn(pages: &[&Page], start: &Weights) -> Weights {
    let mut weights = *start;
    let mut squares = [1e-6; COUNT];
    for _ in 0..STEPS {
        let mut slope: Weights = std::array::from_fn(|k| PULL * (start[k] - weights[k]));
        for page in pages {
            add_slope(page, &weights, &mut slope);
        }
        for k in 0..COUNT {
            squares[k] += slope[k] * slope[k];
            weights[k] += 0.3 * slope[k] / f64::sqrt(squares[k]);
        }
    }
    weights
}

fn add_slope(page: &Page, weights: &Weights, slope: &mut Weights) {
    let candidates: Vec<_> = page.seen.iter().filter(|s| !s.outside).collect();
    let right: Vec<bool> = candidates.iter().map(|c| page.prices.contains(&c.value)).collect();
    if !right.contains(&true) || !right.contains(&false) {
        return;
    }
    let scores: Vec<f64> = candidates.iter().map(|c| weigh(&c.features, weights)).collect();
    let highest = scores.iter().copied().fold(f64::MIN, f64::max);
    let odds: Vec<f64> = scores.iter().map(|s| (s - highest).exp()).collect();
    let all: f64 = odds.iter().sum();
    let of_right: f64 = odds.iter().zip(&right).filter(|(_, r)| **r).map(|(o, _)| o).sum();
    for ((c, o), r) in candidates.iter().zip(&odds).zip(&right) {
        let pull = if *r { o / of_right.max(1e-300) } else { 0.0 } - o / all;
        for (k, value) in c.features.0.iter().enumerate() {
            slope[k] += pull * f64::from(*value);
        }
    }
}

/// The value of the candidate with the highest score, the first of equals.
pub fn best(page: &Page, weights: &Weights) -> Option<u64> {
    let mut best: Option<(f64, u64)> = None;
    for c in page.seen.iter().filter(|c| !c.outside) {
        let score = weigh(&c.features, weights);
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, c.value));
        }
    }
    best.map(|(_, value)| value)
}
