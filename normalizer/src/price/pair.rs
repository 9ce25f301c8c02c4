//! Two numbers that belong together: the ends of a range written with one currency, a former price
//! and today's.

use super::candidate::Candidate;
use super::fold::fold_into;
use super::number::Ch;
use super::settle;
use super::words::{self, Label};
use rust_decimal::Decimal;

/// Whether a bare number before the price is the lower end of its range: a dash or "to" joins them
/// and no word before makes it the number of a model ("iPhone 13 - 599 €").
pub(super) fn opens_range(text: &[Ch], low: &Candidate, high: &Candidate) -> bool {
    let mut word = String::new();
    let Some(before) = text[..low.number.start].iter().rposition(|ch| ch.alpha) else {
        return settle::joined(text, low, high) && in_proportion(low, high);
    };
    let len = text[..=before].iter().rev().take_while(|ch| ch.alpha).count();
    fold_into(&text[before + 1 - len..=before], &mut word);
    (words::opens(&word) || matches!(words::before(&word), Some(Label::From | Label::Now)))
        && settle::joined(text, low, high)
        && in_proportion(low, high)
}

/// The ends of a range lie within a factor of a hundred.
fn in_proportion(low: &Candidate, high: &Candidate) -> bool {
    match (low.number.rough(), high.number.rough()) {
        (Some(low), Some(high)) => low <= high && high <= low.saturating_mul(Decimal::ONE_HUNDRED),
        _ => false,
    }
}

/// "de 20 € por 15 €", "van € 20 voor € 15": the first of two falling prices is the former one.
pub(super) fn relabel(text: &[Ch], candidates: &mut [Candidate]) {
    let [first, second] = candidates else { return };
    let same = matches!((first.sign, second.sign), (Some(one), Some(other)) if one.what == other.what);
    if !same || first.number.rough() <= second.number.rough() {
        return;
    }
    let (mut before, mut between) = (String::new(), String::new());
    let letters = |text: &[Ch]| text.iter().copied().filter(|ch| ch.alpha).collect::<Vec<_>>();
    let to = second.sign.map_or(second.number.start, |sign| sign.start.min(second.number.start));
    let from = first.sign.map_or(first.number.end, |sign| sign.end.max(first.number.end));
    let start = first.sign.map_or(first.number.start, |sign| sign.start.min(first.number.start));
    fold_into(&letters(&text[..start]), &mut before);
    fold_into(&letters(text.get(from..to).unwrap_or_default()), &mut between);
    let falls = matches!(before.as_str(), "de" | "van" | "von" | "da" | "from")
        && matches!(
            between.as_str(),
            "por" | "porapenas" | "porsolo" | "voor" | "fur" | "auf" | "naar" | "a" | "to"
        );
    if falls {
        first.label = Some(Label::Old);
        second.label = None;
    }
}
