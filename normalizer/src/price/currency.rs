//! Settles which currency a sign means: the text beside the price, the source's default, the
//! market and the language of the page, in this order.

use super::candidate::find_candidates;
use super::number::{self, Ch};
use super::sign::{Sign, What, find_signs};
use super::{PriceHints, PriceReading, choose, symbols};
use crate::language;
use model::Currency;

/// The currency that words and letters without a country of their own are taken for first.
pub(super) fn home(hints: &PriceHints<'_>) -> Option<Currency> {
    hints
        .default_currency
        .or_else(|| hints.market.and_then(symbols::currency_of))
        .or_else(|| of_language(hints))
}

fn of_language(hints: &PriceHints<'_>) -> Option<Currency> {
    let tag = hints.language?;
    let country = language::region(tag).or_else(|| symbols::country_of_language(&language::primary(tag)?))?;
    symbols::currency_of(country)
}

/// Settles the currency of the sign found, or of the text beside the price. Returns what the sign
/// may mean, for its habit of writing numbers.
pub(super) fn settle_currency(
    text: &str,
    plain: &[Ch],
    sign: Option<Sign>,
    hints: &PriceHints<'_>,
    reading: &mut PriceReading,
) -> Option<What> {
    let raw = |text: &str, plain: &[Ch], sign: &Sign| {
        let from = plain[sign.start].at as usize;
        let to = plain.get(sign.end).map_or(text.len(), |ch| ch.at as usize);
        let written = text.get(from..to).unwrap_or_default();
        written.split('<').next().unwrap_or_default().trim().to_owned()
    };
    let hinted = hints.currency_raw.filter(|words| !words.is_empty()).and_then(|words| {
        let words = super::beginning(words);
        let plain = number::plain(words);
        let signs = find_signs(&plain, home(hints));
        let numbers = find_candidates(&plain, &signs, None, None);
        let alone = |sign: &&Sign| {
            let open = |ch: &Ch| ch.c.is_alphanumeric();
            !plain[..sign.start].iter().any(open) && !plain[sign.end..].iter().any(open)
        };
        let sign = signs
            .iter()
            .find(alone)
            .copied()
            .or_else(|| choose(&plain, &numbers).and_then(|at| numbers[at].sign))
            .or_else(|| signs.iter().find(|sign| !sign.beside).copied())?;
        Some((sign.what, raw(words, &plain, &sign)))
    });
    let (what, written) = match (sign, &hinted) {
        (Some(sign), _) => (sign.what, raw(text, plain, &sign)),
        (None, Some((what, written))) => (*what, written.clone()),
        (None, None) => {
            reading.currency = hints.default_currency;
            return None;
        }
    };
    reading.currency_raw = Some(written);
    if let What::Code(currency) = what {
        reading.currency = Some(currency);
        return Some(what);
    }
    let hint_code = hinted.and_then(|(what, _)| match what {
        What::Code(currency) => Some(currency),
        What::Means(meaning) if meaning.codes.len() == 1 => meaning.codes[0].parse().ok(),
        What::Means(_) => None,
    });
    let of_market = hints.market.and_then(symbols::currency_of);
    let dollar = hints.market.and_then(symbols::dollar_beside);
    let told = [hint_code, hints.default_currency, of_market, dollar, of_language(hints)];
    let settled = told.into_iter().flatten().find(|&currency| what.may_be(currency));
    let main = match what {
        What::Means(meaning) if meaning.main => meaning.codes.first().and_then(|code| code.parse().ok()),
        _ => None,
    };
    reading.currency = settled.or(main);
    let codes = match what {
        What::Means(meaning) => meaning.codes,
        What::Code(_) => &[],
    };
    reading.currency_ambiguous = reading.currency.is_none() && codes.len() > 1;
    if reading.currency_ambiguous {
        reading.currency_readings = codes;
    }
    Some(what)
}
