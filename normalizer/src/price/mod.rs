//! Prices in the words of pages: the amount, its currency as written, and every doubt about both.
//!
//! A text is read in three steps: numbers and currency signs are found by form (`number`,
//! `symbols`), the number that is the price is picked by what stands around it (`words`), and a
//! mark with three digits behind it ("3.350") is settled by what is known: the stated mark, markup,
//! language and market, the currency's habit. What nothing settles is ambiguous, likeliest reading
//! first: a price with three decimals is rarer than one with thousands.

mod adjective;
mod aside;
mod candidate;
mod currency;
mod fold;
mod number;
mod page;
mod pair;
mod settle;
mod sign;
mod symbols;
mod words;

#[cfg(test)]
mod tests;

use candidate::{Candidate, find_candidates};
use currency::settle_currency;
use model::{Country, Currency, Listing, Syntax};
use number::Ch;
pub use page::decimal_mark_among;
use rust_decimal::Decimal;
use settle::Settle;
use sign::{What, find_signs};
use words::Label;

/// What is known around a price text and may settle how it reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct PriceHints<'a> {
    /// Text beside the price that may hold the currency ("€", "DKK/stk", "Price: £ 39.95").
    pub currency_raw: Option<&'a str>,
    /// The decimal mark, where the list or site states it.
    pub decimal_separator: Option<char>,
    /// Language of the page (BCP 47 or POSIX: `de`, `pt-BR`, `de_DE`).
    pub language: Option<&'a str>,
    /// The market the offer addresses.
    pub market: Option<Country>,
    /// What a bare number or a shared symbol means on this site.
    pub default_currency: Option<Currency>,
    /// From markup: `.` is the decimal point unless the text cannot be that.
    pub machine: bool,
}

impl<'a> PriceHints<'a> {
    /// What a listing says around one of its price fields: the currency stated apart, the page's
    /// language, and whether the field stands in markup. What the site or list states beyond that
    /// (market, decimal mark, default currency, its own language) is the caller's to add.
    pub fn of_field(listing: &'a Listing, syntax: Syntax) -> Self {
        let currency = listing.currency.as_ref().filter(|stated| !stated.text.trim().is_empty());
        PriceHints {
            currency_raw: currency.map(|stated| stated.text.as_str()),
            language: listing.language.as_deref(),
            machine: is_machine(syntax),
            ..PriceHints::default()
        }
    }
}

/// Whether a syntax is written by and for machines, so that a point is the decimal mark. A column
/// of an imported list is not: people keep lists in their own convention, and the hints settle it.
fn is_machine(syntax: Syntax) -> bool {
    matches!(
        syntax,
        Syntax::JsonLd
            | Syntax::Microdata
            | Syntax::Rdfa
            | Syntax::OpenGraph
            | Syntax::EmbeddedState
            | Syntax::Feed
            | Syntax::Api
    )
}

/// Whether a price was found, and whether it reads in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceStatus {
    /// One reading.
    Ok,
    /// Several readings and nothing to settle which; the amount is the likeliest.
    Ambiguous,
    /// No price in the text.
    None,
}

/// A price as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceReading {
    /// The amount: the likeliest reading.
    pub amount: Option<Decimal>,
    /// Upper end where the text is a range.
    pub high: Option<Decimal>,
    /// The currency, where text and hints settle it.
    pub currency: Option<Currency>,
    /// The symbol, code or word as written.
    pub currency_raw: Option<String>,
    /// Whether the symbol is shared by several currencies and nothing settled it.
    pub currency_ambiguous: bool,
    /// ISO 4217 codes of the currencies it may mean then, commonest first; else empty.
    pub currency_readings: &'static [&'static str],
    /// Whether the amount is sure.
    pub status: PriceStatus,
    /// Every reading of the amount, likeliest first.
    pub readings: Vec<Decimal>,
    /// Why it reads so, or why nothing was found, in words.
    pub reason: Option<String>,
    /// "from 12": a lower bound, not a price.
    pub from: bool,
}

/// Bytes of a text that are looked at, markup and white space with them: a price stands at the
/// beginning of what holds it.
pub const MOST_BYTES: usize = 16 * 1024;

/// The beginning of a text, of at most [`MOST_BYTES`].
fn beginning(text: &str) -> &str {
    let end = (0..=MOST_BYTES.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

/// Reads a price text with what is known around it. Never panics; looks at the first
/// [`MOST_BYTES`], of which at most 400 characters remain without markup.
pub fn parse(text: &str, hints: &PriceHints<'_>) -> PriceReading {
    let text = &*crate::entity::unescape(beginning(text));
    let plain = number::plain(text);
    let home = currency::home(hints);
    let signs = find_signs(&plain, home);
    let mut reading = PriceReading {
        amount: None,
        high: None,
        currency: None,
        currency_raw: None,
        currency_ambiguous: false,
        currency_readings: &[],
        status: PriceStatus::None,
        readings: Vec::new(),
        reason: None,
        from: false,
    };
    let mut candidates = find_candidates(&plain, &signs, hints.decimal_separator, home);
    pair::relabel(&plain, &mut candidates);
    let chosen = choose(&plain, &candidates).filter(|&at| !is_threshold(text, &plain, &candidates[at]));
    let beside = chosen.and_then(|at| candidates[at].sign);
    let sign = beside.or_else(|| signs.iter().find(|sign| !sign.beside).copied());
    let what = settle_currency(text, &plain, sign, hints, &mut reading);
    if let Some(at) = chosen
        && candidates[at].label == Some(Label::Saving)
        && !plain[..candidates[at].number.start].iter().any(|ch| ch.c == '%')
        && aside::tells_only_of_it(text)
    {
        reading.reason =
            Some("a saving, a deposit or the price of the delivery, not of the goods".to_owned());
        return reading;
    }
    let Some(at) = chosen else {
        if plain.iter().all(|ch| !ch.c.is_ascii_digit()) && says_free(text) {
            reading.amount = Some(Decimal::ZERO);
            reading.readings.push(Decimal::ZERO);
            reading.status = PriceStatus::Ok;
            reading.reason = Some("free of charge".to_owned());
        } else {
            reading.reason = Some("no number that can be a price".to_owned());
        }
        return reading;
    };
    let settle = Settle { hints, currency: reading.currency, what };
    let picked = &candidates[at];
    settle.amount(&picked.number, &mut reading);
    if matches!(what, Some(What::Means(meaning)) if meaning.minor) {
        hundredths(&mut reading);
    }
    let Some(amount) = reading.amount else { return reading };
    match picked.label {
        Some(Label::From) => reading.from = true,
        Some(Label::UpTo) => {
            reading.status = PriceStatus::Ambiguous;
            reading.reason = Some("an upper bound, not a price".to_owned());
        }
        // Latvian "no 12,99 €": in other languages the word numbers things.
        None if hints.language.is_some_and(|tag| tag.starts_with("lv")) => {
            let mut word = String::new();
            aside::word_before(&plain, picked.number.start, &mut word);
            reading.from = word == "no";
        }
        _ => {}
    }
    if let Some(words) = hints.currency_raw
        && !reading.from
    {
        let folded = crate::text::fold(words);
        reading.from = words::before(folded.trim_matches([' ', ':', '.'])) == Some(Label::From);
    }
    if let Some(next) = candidates.get(at + 1)
        && let Some(high) = settle.range(&plain, picked, next, amount)
    {
        reading.high = (high > amount).then_some(high);
        reading.from = false;
        return reading;
    }
    if let Some(pieces) = picked.pieces {
        let each = (amount / Decimal::from(pieces)).normalize();
        reading.reason = Some(format!("{pieces} for {amount}: {each} each"));
        reading.readings = vec![each, amount];
        reading.amount = Some(each);
        reading.status = PriceStatus::Ambiguous;
        return reading;
    }
    if let Some(parts) = picked.parts {
        let all = amount.saturating_mul(Decimal::from(parts));
        reading.reason = Some(format!("one of {parts} parts: {all} in all"));
        reading.readings = vec![amount, all];
        reading.status = PriceStatus::Ambiguous;
        return reading;
    }
    if picked.periodic {
        reading.reason = Some("a price for a time, not of the goods".to_owned());
        reading.status = PriceStatus::Ambiguous;
        return reading;
    }
    let others = settle.rivals(&candidates, at, amount);
    if !others.is_empty() {
        reading.readings.extend(others);
        reading.status = PriceStatus::Ambiguous;
        reading.reason = Some("several prices in one text and nothing says which is to pay".to_owned());
    }
    reading
}

/// The candidate that is the price: with a currency beside it before bare ones, not in brackets
/// before in brackets, one to pay now before a former one; the first of those.
fn choose(text: &[Ch], candidates: &[Candidate]) -> Option<usize> {
    let rank = |candidate: &Candidate| {
        let stale = matches!(candidate.label, Some(Label::Old | Label::Saving));
        let now = candidate.label == Some(Label::Now);
        let part = candidate.parts.is_some() || candidate.periodic;
        let measured = candidate.label == Some(Label::PerUnit);
        let unclear = u8::from(part) * 4 + u8::from(candidate.net) * 2 + u8::from(measured);
        let bare = candidate.sign.is_none();
        (stale, bare, unclear, candidate.pieces.is_none(), !now, candidate.in_brackets)
    };
    let (at, _) = candidates.iter().enumerate().min_by_key(|(_, candidate)| rank(candidate))?;
    // The first end of a range is bare where the currency stands behind the second ("26 to 50 €").
    if at > 0
        && candidates[at - 1].sign.is_none()
        && candidates[at].sign.is_some_and(|sign| sign.start >= candidates[at].number.end)
        && candidates[at - 1].label != Some(Label::Old)
    {
        let previous = &candidates[at - 1];
        if previous.label == Some(Label::From) && settle::joined(text, previous, &candidates[at])
            || pair::opens_range(text, previous, &candidates[at])
        {
            return Some(at - 1);
        }
    }
    Some(at)
}

/// An amount in cents or pence to the main unit: "99p". With decimals or above ten it is unclear
/// which unit is meant, and the number stays.
fn hundredths(reading: &mut PriceReading) {
    let small = reading.amount.is_some_and(|amount| amount >= Decimal::ONE && amount < Decimal::ONE_THOUSAND);
    if small {
        for value in &mut reading.readings {
            *value /= Decimal::ONE_HUNDRED;
        }
        reading.amount = reading.readings.first().copied();
        reading.reason = Some("in hundredths of the currency".to_owned());
    }
}

/// "Free shipping on orders over $50": a sum from which on delivery is free.
fn is_threshold(text: &str, plain: &[Ch], candidate: &Candidate) -> bool {
    if !matches!(candidate.label, Some(Label::From | Label::Saving)) {
        return false;
    }
    let folded = crate::text::fold(text);
    let start = candidate.sign.map_or(candidate.number.start, |sign| sign.start.min(candidate.number.start));
    let at = plain.get(start).map_or(0, |ch| ch.at as usize);
    let before = crate::text::fold(text.get(..at).unwrap_or_default());
    crate::text::words(&before).any(words::free) && crate::text::words(&folded).any(words::delivery)
}

/// Whether the text says that nothing is to be paid: of the goods, not of their delivery.
fn says_free(text: &str) -> bool {
    let folded = crate::text::fold(text);
    let all = || crate::text::words(&folded);
    // "Sugar free", "free-range eggs": the English word is of the price only at the beginning.
    let said = all().take(4).enumerate().any(|(at, word)| words::free(word) && (at == 0 || word != "free"))
        || folded.starts_with("mien phi");
    said && all().count() <= 6 && !all().any(words::delivery)
}
