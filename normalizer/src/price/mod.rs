//! Prices in the words of pages: the amount, its currency as written, and every doubt about both.
//!
//! A text is read in three steps: numbers and currency signs are found by form (`number`,
//! `symbols`), the number that is the price is picked by what stands around it (`words`), and a
//! mark with three digits behind it ("3.350") is settled by what is known: the stated mark, markup,
//! language and market, the currency's habit. What nothing settles is ambiguous, likeliest reading
//! first: a price with three decimals is rarer than one with thousands.

mod adjective;
mod aside;
mod number;
mod pair;
mod settle;
mod sign;
mod symbols;
mod words;

#[cfg(test)]
mod tests;

use crate::language;
use model::{Country, Currency, Listing, Syntax};
use number::{Ch, Form, Number};
use rust_decimal::Decimal;
use settle::Settle;
use sign::{Sign, What, find_signs};
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
    /// Whether the amount is sure.
    pub status: PriceStatus,
    /// Every reading of the amount, likeliest first.
    pub readings: Vec<Decimal>,
    /// Why it reads so, or why nothing was found, in words.
    pub reason: Option<String>,
    /// "from 12": a lower bound, not a price.
    pub from: bool,
}

/// A number that may be the price.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    number: Number,
    sign: Option<Sign>,
    label: Option<Label>,
    in_brackets: bool,
}

/// Reads a price text with what is known around it. Never panics.
pub fn parse(text: &str, hints: &PriceHints<'_>) -> PriceReading {
    let text = &*crate::entity::unescape(text);
    let plain = number::plain(text);
    let signs = find_signs(&plain);
    let mut reading = PriceReading {
        amount: None,
        high: None,
        currency: None,
        currency_raw: None,
        currency_ambiguous: false,
        status: PriceStatus::None,
        readings: Vec::new(),
        reason: None,
        from: false,
    };
    let mut candidates = find_candidates(&plain, &signs, hints.decimal_separator);
    pair::relabel(&plain, &mut candidates);
    let chosen = choose(&plain, &candidates);
    let beside = chosen.and_then(|at| candidates[at].sign);
    let sign = beside.or_else(|| signs.iter().find(|sign| !sign.beside).copied());
    let what = settle_currency(text, &plain, sign, hints, &mut reading);
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
    let bare = candidates.get(at + 1).filter(|next| picked.sign.is_none() && next.sign.is_none());
    if let (Some(next), Some(count)) = (bare, multi_buy(&plain, &candidates, at + 1)) {
        settle.amount(&next.number, &mut reading);
        let all = reading.readings.pop();
        if let Some(each) = all.and_then(|all| all.checked_div(Decimal::from(count))) {
            let each = each.normalize();
            reading.readings = std::iter::once(each).chain(all).collect();
            reading.amount = Some(each);
            reading.status = PriceStatus::Ambiguous;
            reading.reason = Some(format!("{count} pieces for one price: {each} each"));
            return reading;
        }
    }
    if let Some(count) = multi_buy(&plain, &candidates, at) {
        let each = (amount / Decimal::from(count)).normalize();
        reading.reason = Some(format!("{count} for {amount}: {each} each"));
        reading.readings = vec![each, amount];
        reading.amount = Some(each);
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

/// Finds the numbers that may be a price: percentages, dates, counts of instalments and digits in
/// model names are none.
fn find_candidates(text: &[Ch], signs: &[Sign], stated: Option<char>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let symbol_mark = stated.filter(|&mark| symbols::is_sign(mark));
    let mut depth = 0usize;
    let mut at = 0;
    let mut behind_last = 0;
    while at < text.len() {
        let c = text[at].c;
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !c.is_ascii_digit() {
            at += 1;
            continue;
        }
        let mut number = Number::scan(text, at, symbol_mark);
        let next = number.end.max(at + 1);
        if let Some((times, end)) = multiple(text, signs, &number) {
            number.multiply(times, end);
        }
        let sign = sign_beside(text, signs, &number);
        if number.may_take_cents()
            && let Some(from) = cents_apart(text, signs, &number, stated)
        {
            number = number.with_cents(text, from);
        }
        number.negative = is_negative(text, &number, sign);
        let after = skip_spaces(text, number.end);
        let follows = text.get(after).map(|ch| ch.c);
        let glued = at > 0 && text[at - 1].c.is_alphabetic() && !signs.iter().any(|sign| sign.end == at);
        let instalments =
            matches!(text.get(number.end).map(|ch| ch.c), Some('x' | 'X' | '×')) && sign.is_none();
        if follows != Some('%') && !glued && !instalments && number.form(stated) != Form::Not {
            let label = label_of(text, behind_last, number.start, number.end, signs);
            candidates.push(Candidate { number, sign, label, in_brackets: depth > 0 });
        }
        behind_last = number.end;
        at = next.max(number.end);
    }
    aside::drop_no_money(text, &mut candidates);
    candidates
}

fn skip_spaces(text: &[Ch], from: usize) -> usize {
    from + text[from.min(text.len())..].iter().take_while(|ch| ch.c == ' ').count()
}

/// The currency beside a number: directly, over spaces, or over another sign ("NZD $100.70"). One
/// that is sure counts before a shared symbol; else the one before the number.
fn sign_beside(text: &[Ch], signs: &[Sign], number: &Number) -> Option<Sign> {
    if signs.is_empty() {
        return None;
    }
    let over = |from: usize, to: usize| {
        from <= to
            && text[from..to].iter().all(|ch| matches!(ch.c, ' ' | '-' | '–' | '.' | ',' | '+' | ':'))
            && to - from <= 4
    };
    let before = signs.iter().rev().find(|sign| sign.end <= number.start && over(sign.end, number.start));
    // One that is glued to the next number and apart from this one is the next one's.
    let next_ones =
        |sign: &Sign| sign.start > number.end && text.get(sign.end).is_some_and(|ch| ch.c.is_ascii_digit());
    let after = signs
        .iter()
        .find(|sign| sign.start >= number.end)
        .filter(|sign| over(number.end, sign.start) && !next_ones(sign));
    let further = before.and_then(|near| {
        signs.iter().rev().find(|sign| sign.end <= near.start && over(sign.end, near.start))
    });
    let all = [before, further, after];
    let found = all.iter().flatten().find(|sign| sign.what.is_sure()).or_else(|| all.iter().flatten().next());
    found.map(|sign| **sign)
}

/// Decimals set apart: behind the currency sign ("35€ 99") or behind a mark and a space
/// ("$119. 95"). Returns where the two digits begin.
fn cents_apart(text: &[Ch], signs: &[Sign], number: &Number, stated: Option<char>) -> Option<usize> {
    let at = number.end;
    let two_digits = |from: usize| {
        let digits = text[from.min(text.len())..].iter().take_while(|ch| ch.c.is_ascii_digit()).count();
        let behind = skip_spaces(text, from + digits);
        let closed = text.get(behind).is_none_or(|ch| {
            !symbols::is_sign(ch.c) && !matches!(ch.c, '.' | ',' | '%' | 'x' | '×' | '-' | '–' | '/')
        });
        let unit: String = text[behind.min(text.len())..]
            .iter()
            .take_while(|ch| ch.c.is_alphabetic())
            .map(|ch| ch.c)
            .collect();
        let counts = crate::unit::size_unit(&unit).is_some()
            || crate::unit::is_piece_word(&unit.to_lowercase())
            || signs.iter().any(|sign| sign.start == behind);
        (digits == 2 && closed && !counts).then_some(from)
    };
    let gap = usize::from(text.get(at).is_some_and(|ch| ch.c == ' '));
    let sign = signs.iter().find(|sign| sign.start == at + gap);
    if let Some(sign) = sign
        && text[sign.start..sign.end].iter().all(|ch| symbols::is_sign(ch.c))
    {
        // A sign stated as the mark may take one space; more digits are another number.
        let _ = stated;
        return two_digits(sign.end).or_else(|| two_digits(skip_spaces(text, sign.end)));
    }
    let mark = text.get(at).is_some_and(|ch| matches!(ch.c, '.' | ','));
    let priced = signs.iter().any(|sign| sign.end == number.start || sign.end + 1 == number.start);
    if mark && priced && text.get(at + 1).is_some_and(|ch| ch.c == ' ') {
        return two_digits(at + 2);
    }
    None
}

/// A minus directly before the number or its currency, at the beginning of the text or of brackets.
fn is_negative(text: &[Ch], number: &Number, sign: Option<Sign>) -> bool {
    let minus = |at: usize| {
        at.checked_sub(1).is_some_and(|before| {
            text[before].c == '-'
                && before
                    .checked_sub(1)
                    .is_none_or(|b| matches!(text[b].c, ' ' | '(') || symbols::is_sign(text[b].c))
        })
    };
    let from_sign = sign.is_some_and(|sign| sign.end <= number.start && minus(sign.start));
    // "€ -5" is negative, "EUR - 5" is not; a range "10 -5" has a number before.
    let range = text[..number.start].iter().any(|ch| ch.c.is_ascii_digit());
    // "--,49" and "-,49": the dash stands for no whole units.
    !range && !number.leads_with_mark() && (minus(number.start) || from_sign)
}

/// What the words between the number before and this one, and the first word behind it, say.
fn label_of(text: &[Ch], from: usize, start: usize, end: usize, signs: &[Sign]) -> Option<Label> {
    let (mut word, mut last) = (String::new(), String::new());
    let mut up = false;
    let mut found: Option<Label> = None;
    let mut at = from;
    while at < start {
        if !text[at].c.is_alphabetic() {
            at += 1;
            continue;
        }
        let stop = text[at..start]
            .iter()
            .position(|ch| !(ch.c.is_alphabetic() || ch.c == '\''))
            .map_or(start, |len| at + len);
        fold_into(&text[at..stop], &mut word);
        at = stop;
        if matches!((last.as_str(), word.as_str()), ("v", "a") | ("as", "low") | ("de", "la")) {
            found = Some(Label::From);
        } else if up && word == "to" || word == "bis" && from == 0 {
            found = Some(Label::UpTo);
        } else if word == "da" || word == "a" {
            // Italian "da € 72": the word alone before the price.
            let alone = skip_spaces(text, 0) + word.len() == stop;
            if alone && word == "da" && from == 0 {
                found = Some(Label::From);
            }
        } else if let Some(label) = words::before(&word)
            && found.is_none_or(|held| !matches!(held, Label::Old | Label::Saving))
        {
            found = Some(label);
        }
        up = word == "up";
        std::mem::swap(&mut last, &mut word);
    }
    if found.is_some() {
        return found;
    }
    let mut at = skip_spaces(text, end);
    if let Some(sign) = signs.iter().find(|sign| sign.start >= at && sign.start <= at + 1) {
        at = skip_spaces(text, sign.end);
    }
    if text.get(at).is_some_and(|ch| ch.c == '/') {
        return Some(Label::PerUnit);
    }
    if text.get(at).is_some_and(|ch| matches!(ch.c, '~' | '〜'))
        && !text[at..].iter().any(|ch| ch.c.is_ascii_digit())
    {
        return Some(Label::From);
    }
    // A case ending behind the currency: "TL'den", "Ft-tól".
    if text.get(at).is_some_and(|ch| matches!(ch.c, '\'' | '-')) {
        let len = text[at + 1..].iter().take_while(|ch| ch.c.is_alphabetic()).count();
        fold_into(&text[at + 1..at + 1 + len], &mut word);
        if let Some(label) = words::behind(&word).filter(|_| len > 0) {
            return Some(label);
        }
        at = if len > 0 { skip_spaces(text, at + 1 + len) } else { at };
    }
    at += usize::from(text.get(at).is_some_and(|ch| ch.c == '('));
    if !text.get(at).is_some_and(|ch| ch.c.is_alphabetic()) {
        return None;
    }
    let stop = text[at..].iter().position(|ch| !ch.c.is_alphabetic()).map_or(text.len(), |len| at + len);
    fold_into(&text[at..stop], &mut word);
    words::behind(&word)
}

fn fold_into(word: &[Ch], out: &mut String) {
    out.clear();
    for ch in word {
        if ch.c.is_ascii() {
            out.push(ch.c.to_ascii_lowercase());
        } else {
            out.push(ch.c);
        }
    }
    if !out.is_ascii() {
        *out = crate::text::fold(out).into_owned();
    }
}

/// The candidate that is the price: with a currency beside it before bare ones, not in brackets
/// before in brackets, one to pay now before a former one; the first of those.
fn choose(text: &[Ch], candidates: &[Candidate]) -> Option<usize> {
    let rank = |candidate: &Candidate| {
        let stale = matches!(candidate.label, Some(Label::Old | Label::Saving));
        let now = candidate.label == Some(Label::Now);
        (stale, candidate.sign.is_none(), !now, candidate.in_brackets)
    };
    let (at, _) = candidates.iter().enumerate().min_by_key(|(_, candidate)| rank(candidate))?;
    // The first end of a range is bare where the currency stands behind the second ("26 to 50 €").
    if at > 0
        && candidates[at - 1].sign.is_none()
        && candidates[at].sign.is_some_and(|sign| sign.start >= candidates[at].number.end)
        && candidates[at - 1].label != Some(Label::Old)
    {
        let previous = &candidates[at - 1];
        if previous.label == Some(Label::From) || pair::opens_range(text, previous, &candidates[at]) {
            return Some(at - 1);
        }
    }
    Some(at)
}

/// A word behind a number that multiplies it, where a currency stands beside the two.
fn multiple(text: &[Ch], signs: &[Sign], number: &Number) -> Option<(u32, usize)> {
    let at = skip_spaces(text, number.end);
    if signs.is_empty() || !text.get(at)?.c.is_alphabetic() {
        return None;
    }
    let len = text[at..].iter().take_while(|ch| ch.c.is_alphabetic() && !symbols::is_sign(ch.c)).count();
    if len == 0 || len > 10 {
        return None;
    }
    let mut word = String::new();
    fold_into(&text[at..at + len], &mut word);
    let times = words::multiplies(&word, at == number.end)?;
    let end = at + len;
    let end = end + usize::from(text.get(end).is_some_and(|ch| ch.c == '.'));
    let near = |from: usize, to: usize| from <= to && to - from <= 1;
    let priced =
        signs.iter().any(|sign| sign.start != at && (near(sign.end, number.start) || near(end, sign.start)));
    priced.then_some((times, end))
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

/// "2 for 5": the count that stands before the price, over a word that says so.
fn multi_buy(text: &[Ch], candidates: &[Candidate], at: usize) -> Option<u32> {
    let (first, second) = if candidates.get(at)?.sign.is_none() && candidates.get(at + 1).is_some() {
        (at, at + 1)
    } else {
        (at.checked_sub(1)?, at)
    };
    let count = candidates[first].number.small_count()?;
    let mut word = String::new();
    let between = &text[candidates[first].number.end..candidates[second].number.start];
    let letters: Vec<Ch> = between.iter().copied().filter(|ch| ch.c.is_alphabetic()).collect();
    fold_into(&letters, &mut word);
    (candidates[first].sign.is_none() && first != at && words::counts(&word)).then_some(count)
}

/// Whether the text says that nothing is to be paid: of the goods, not of their delivery.
fn says_free(text: &str) -> bool {
    let folded = crate::text::fold(text);
    let all = || crate::text::words(&folded);
    // "Sugar free", "free-range eggs": the English word is of the price only at the beginning.
    let said = all().take(4).enumerate().any(|(at, word)| words::free(word) && (at == 0 || word != "free"));
    said && all().count() <= 6 && !all().any(words::delivery)
}

/// Settles the currency of the sign found, or of the text beside the price. Returns what the sign
/// may mean, for its habit of writing numbers.
fn settle_currency(
    text: &str,
    plain: &[Ch],
    sign: Option<Sign>,
    hints: &PriceHints<'_>,
    reading: &mut PriceReading,
) -> Option<What> {
    let raw = |text: &str, plain: &[Ch], sign: &Sign| {
        let from = plain[sign.start].at as usize;
        let to = plain.get(sign.end).map_or(text.len(), |ch| ch.at as usize);
        text.get(from..to).unwrap_or_default().trim().to_owned()
    };
    let hinted = hints.currency_raw.filter(|words| !words.is_empty()).and_then(|words| {
        let plain = number::plain(words);
        let signs = find_signs(&plain);
        let numbers = find_candidates(&plain, &signs, None);
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
    let of_language = hints.language.and_then(|tag| {
        language::region(tag)
            .or_else(|| symbols::country_of_language(&language::primary(tag)?))
            .and_then(symbols::currency_of)
    });
    let told = [hint_code, hints.default_currency, hints.market.and_then(symbols::currency_of), of_language];
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
    Some(what)
}
