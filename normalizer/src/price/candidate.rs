//! The numbers of a text that may be its price, each with the currency beside it and what the words
//! around it say. Which of them is the price is decided in the module above, how it reads in
//! `settle`.

use super::fold::fold_into;
use super::number::{self, Ch, Form, Number};
use super::sign::Sign;
use super::words::{self, Label};
use super::{aside, symbols};
use model::Currency;

/// A number that may be the price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub number: Number,
    pub sign: Option<Sign>,
    pub label: Option<Label>,
    /// Named as the price without tax.
    pub net: bool,
    /// Named as the price with tax.
    pub gross: bool,
    pub in_brackets: bool,
    /// One of so many equal parts: an instalment, or one of several pieces ("12 x 9,90").
    pub parts: Option<u32>,
    /// The price of so many pieces together ("3 for 10").
    pub pieces: Option<u32>,
    /// For a time ("49 $ per month"): what hire or an instalment costs, not the goods.
    pub periodic: bool,
}

/// Finds the numbers that may be a price: percentages, dates, counts of instalments and digits in
/// model names are none.
pub(super) fn find_candidates(
    text: &[Ch],
    signs: &[Sign],
    stated: Option<char>,
    home: Option<Currency>,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let symbol_mark = stated.filter(|&mark| symbols::is_sign(mark));
    let mut depth = 0usize;
    let mut at = 0;
    let mut behind_last = 0;
    let mut previous: Option<(Number, bool)> = None;
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
        if let Some((times, end)) = multiple(text, signs, &number, home) {
            number.multiply(times, end);
        }
        if let Some((last, true)) = previous
            && (last.end == number.start || last.is_multiple() && last.end + 1 == number.start)
            && let Some(sum) = last.plus(&number)
            && candidates.pop().is_some()
        {
            number = sum;
        }
        let sign = sign_beside(text, signs, &number);
        if number.may_take_cents()
            && let Some(from) = cents_apart(text, signs, &number)
        {
            number = number.with_cents(text, from);
        }
        number.negative = is_negative(text, &number, sign);
        if let Some(last) = candidates.last_mut()
            && let Some(whole) = with_hundredths(text, last, &number)
        {
            last.number = whole;
            (behind_last, previous) = (whole.end, None);
            at = next.max(whole.end);
            continue;
        }
        // "£3 per 100 g": a number behind its own currency counts nothing.
        let paid = candidates.last().is_some_and(|last| {
            last.sign.is_some_and(|sign| sign.end <= last.number.start)
                && previous.is_some_and(|(number, _)| number.start == last.number.start)
        });
        let counted = previous.filter(|(last, _)| !paid && last.small_count().is_some());
        let relation = counted.and_then(|(last, _)| {
            let start = sign.map_or(number.start, |sign| sign.start.min(number.start));
            relation(text.get(last.end..start)?, &last, &number, sign.is_some())
        });
        if relation.is_some()
            && candidates.last().is_some_and(|last| last.number.end == previous.map_or(0, |(n, _)| n.end))
        {
            candidates.pop();
        }
        let times_behind = candidates.last_mut().is_some_and(|last| {
            let times = factor_behind(text, last, &number, sign);
            last.parts = last.parts.or(times);
            times.is_some()
        });
        let after = skip_spaces(text, number.end);
        let follows = text.get(after).map(|ch| ch.c);
        let glued = at > 0 && joins_digits(text[at - 1].c) && !signs.iter().any(|sign| sign.end == at);
        let instalments =
            matches!(text.get(number.end).map(|ch| ch.c), Some('x' | 'X' | '×')) && sign.is_none();
        let mut spans_time = false;
        let is_money = follows != Some('%') && !glued && !instalments && !times_behind;
        if is_money && number.form(stated) != Form::Not {
            let Said { label, net, gross, end } = said(text, behind_last, &number, signs);
            candidates.push(Candidate {
                number,
                sign,
                label,
                net,
                gross,
                in_brackets: depth > 0,
                parts: if let Some(Relation::Parts(parts)) = relation { Some(parts) } else { None },
                pieces: if let Some(Relation::Pieces(pieces)) = relation { Some(pieces) } else { None },
                periodic: is_periodic(text, &number, signs),
            });
            spans_time = sign.is_none() && aside::is_span(text, number.end);
            if !spans_time {
                behind_last = end;
            }
        }
        if !spans_time {
            behind_last = behind_last.max(number.end);
        }
        previous = Some((number, is_money));
        at = next.max(number.end);
    }
    aside::drop_no_money(text, &mut candidates);
    candidates
}

/// Whether digits behind this letter belong to its word (a model's name). Scripts without spaces
/// between words, and those that glue prepositions to numbers, tell nothing by that.
fn joins_digits(c: char) -> bool {
    c.is_alphabetic()
        && (c.is_ascii()
            || !matches!(c, '\u{590}'..='\u{6ff}' | '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'))
}

/// What a count before a number makes of it.
#[derive(Debug, Clone, Copy)]
enum Relation {
    Parts(u32),
    Pieces(u32),
}

/// "12 x 9,90", "4 payments of $12", "3 rate da 33 €": a part. "3 for 10 €", "2 szt. za 10 zł",
/// "2 kpl / 5 €": the price of several.
fn relation(between: &[Ch], count: &Number, number: &Number, priced: bool) -> Option<Relation> {
    let many = count.small_count()?;
    let priced = priced || !number.is_whole();
    if between.len() > 40
        || !between.iter().all(|ch| ch.alpha || matches!(ch.c, ' ' | '-' | '.' | ',' | '/' | '×' | '*' | ':'))
    {
        return None;
    }
    let mut word = String::new();
    let (mut times, mut instalments, mut other) = (false, false, false);
    let (mut joins, mut pieces, mut all) = (false, 0, 0);
    for run in between.split(|ch| !(ch.alpha || matches!(ch.c, '×' | '*'))).filter(|run| !run.is_empty()) {
        fold_into(run, &mut word);
        all += 1;
        joins = words::joins_parts(&word) || matches!(word.as_str(), "x" | "×" | "*");
        times |= matches!(word.as_str(), "x" | "×" | "*");
        instalments |= words::instalment(&word);
        let piece = crate::unit::is_piece_word(&word) || words::piece(&word);
        pieces += usize::from(piece);
        other |= !(joins || piece || words::instalment(&word));
    }
    if priced && joins && (instalments || times && !other) {
        return Some(Relation::Parts(many));
    }
    let counted = words::counts(&word) && pieces + 1 == all;
    // "2/$5".
    if priced && all == 0 && between.len() == 1 && between[0].c == '/' {
        return Some(Relation::Pieces(many));
    }
    let slash = pieces > 0 && pieces == all && between.iter().any(|ch| ch.c == '/');
    (counted || slash && priced).then_some(Relation::Pieces(many))
}

/// "15 € x 3", "325 ₽ × 4 платежа".
fn factor_behind(text: &[Ch], price: &Candidate, number: &Number, sign: Option<Sign>) -> Option<u32> {
    let own = price.sign?;
    if sign.is_some_and(|sign| sign.start != own.start) {
        return None;
    }
    let count = number.small_count()?;
    let from = own.end.max(price.number.end);
    let mut between = text.get(from..number.start)?.iter().filter(|ch| ch.c != ' ').map(|ch| ch.c);
    if !matches!((between.next(), between.next()), (Some('x' | 'X' | '×'), None)) {
        return None;
    }
    let at = skip_spaces(text, number.end);
    let len = text[at..].iter().take_while(|ch| ch.alpha).count();
    let mut word = String::new();
    fold_into(&text[at..at + len], &mut word);
    (at == text.len() || words::instalment(&word) || words::piece(&word)).then_some(count)
}

/// The sum of a price and the hundredths named behind it: "99 руб. 50 коп.", "15 zł 99 gr".
fn with_hundredths(text: &[Ch], price: &Candidate, number: &Number) -> Option<Number> {
    let hundredths = number.hundredths().filter(|_| price.number.may_take_cents())?;
    let sign = price.sign.filter(|sign| sign.start >= price.number.end && sign.end <= number.start)?;
    let between = text.get(sign.end..number.start).filter(|between| between.len() <= 5)?;
    let mut word = String::new();
    let letters: Vec<Ch> = between.iter().copied().filter(|ch| ch.alpha).collect();
    fold_into(&letters, &mut word);
    if !matches!(
        word.as_str(),
        "" | "con" | "et" | "and" | "und" | "e" | "y" | "i" | "и" | "en" | "og" | "och"
    ) {
        return None;
    }
    let at = skip_spaces(text, number.end);
    let len = text[at..].iter().take_while(|ch| ch.alpha).count();
    fold_into(&text[at..at + len], &mut word);
    let end = at + len + usize::from(text.get(at + len).is_some_and(|ch| ch.c == '.'));
    (len > 0 && words::hundredths(&word)).then(|| price.number.with_hundredths(hundredths, end))
}

/// Whether a time stands behind the price: "/mo", "per month", "mtl.".
fn is_periodic(text: &[Ch], number: &Number, signs: &[Sign]) -> bool {
    let mut at = skip_spaces(text, number.end);
    if at >= text.len() {
        return false;
    }
    if let Some(sign) = signs.iter().find(|sign| sign.start >= at && sign.start <= at + 1) {
        at = skip_spaces(text, sign.end);
    }
    let mut word = String::new();
    let mut run = |at: usize| {
        let len = text[at.min(text.len())..].iter().take_while(|ch| ch.alpha).count();
        if len > 12 {
            word.clear();
        } else {
            fold_into(&text[at..at + len], &mut word);
        }
        (std::mem::take(&mut word), at + len)
    };
    match text.get(at) {
        Some(ch) if ch.c == '/' => words::period(&run(skip_spaces(text, at + 1)).0),
        Some(ch) if ch.alpha => {
            let (first, end) = run(at);
            let dotted = |at: usize, c: char| text.get(at).is_some_and(|ch| ch.c == c);
            words::monthly(&first)
                || first == "p" && dotted(end, '.') && dotted(end + 1, 'm') && dotted(end + 2, '.')
                || matches!(
                    first.as_str(),
                    "per" | "pro" | "par" | "al" | "im" | "a" | "por" | "na" | "za" | "в" | "i" | "om" | "pr"
                ) && words::period(&run(skip_spaces(text, end)).0)
        }
        _ => false,
    }
}

pub(super) fn skip_spaces(text: &[Ch], from: usize) -> usize {
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
    let found = all.iter().flatten().min_by_key(|sign| sign.what.doubt());
    found.map(|sign| **sign)
}

/// Decimals set apart: behind the currency sign ("35€ 99") or behind a mark and a space
/// ("$119. 95"). Returns where the two digits begin.
fn cents_apart(text: &[Ch], signs: &[Sign], number: &Number) -> Option<usize> {
    let at = number.end;
    let two_digits = |from: usize| {
        let digits = text[from.min(text.len())..].iter().take_while(|ch| ch.c.is_ascii_digit()).count();
        let behind = skip_spaces(text, from + digits);
        let closed = text.get(behind).is_none_or(|ch| {
            !symbols::is_sign(ch.c) && !matches!(ch.c, '.' | ',' | '%' | 'x' | '×' | '-' | '–' | '/')
        });
        let unit: String =
            text[behind.min(text.len())..].iter().take_while(|ch| ch.alpha).map(|ch| ch.c).collect();
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
        // Apart from this number and glued to the next, it is the next one's ("12/05/2023 $45").
        let next_ones = gap == 1 && text.get(sign.end).is_some_and(|ch| ch.c.is_ascii_digit());
        return two_digits(skip_spaces(text, sign.end)).filter(|_| !next_ones);
    }
    let mark = text.get(at).is_some_and(|ch| matches!(ch.c, '.' | ','));
    let priced = signs.iter().any(|sign| sign.end == number.start || sign.end + 1 == number.start);
    if mark && priced && text.get(at + 1).is_some_and(|ch| ch.c == ' ') {
        return two_digits(at + 2);
    }
    // "$19 99": the cents in an element of their own close the text.
    if gap == 1 && priced && skip_spaces(text, at + 3) == text.len() {
        return two_digits(at + 1);
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

/// What words say of a number.
struct Said {
    label: Option<Label>,
    net: bool,
    gross: bool,
    /// Where the words of the next number begin.
    end: usize,
}

/// What the words between the number before and this one, and the first word behind it, say.
fn said(text: &[Ch], from: usize, number: &Number, signs: &[Sign]) -> Said {
    let mut word = String::new();
    let (before, mut gross) = label_before(text, from, number.start, &mut word);
    let (behind, end) = label_behind(text, number.end, signs, &mut word);
    gross |= words::gross_behind(&word);
    let net = before == Some(Label::Net) || behind == Some(Label::Net);
    let label = before.filter(|label| *label != Label::Net).or(behind).or(before);
    // What says "without tax" of this number says nothing of the next.
    let taken = behind == Some(Label::Net) || word == "off";
    Said { label, net, gross, end: if taken { end } else { number.end } }
}

fn label_before(text: &[Ch], from: usize, start: usize, word: &mut String) -> (Option<Label>, bool) {
    let mut last = String::new();
    let (mut up, mut gross) = (false, false);
    let mut found: Option<Label> = None;
    let mut at = from;
    while at < start {
        if !text[at].alpha {
            at += 1;
            continue;
        }
        let stop = text[at..start]
            .iter()
            .position(|ch| !(number::in_word(ch) || ch.c == '\''))
            .map_or(start, |len| at + len);
        fold_into(&text[at..stop], word);
        // "M.R.P.": letters between full stops are one word.
        if stop == at + 1 && last.len() < 4 && at >= 2 && text[at - 1].c == '.' && text[at - 2].alpha {
            word.insert_str(0, &last);
        }
        at = stop;
        if matches!((last.as_str(), word.as_str()), ("as", "low") | ("de", "la")) {
            found = Some(Label::From);
        } else if up && word == "to" || word == "bis" && from == 0 {
            found = Some(Label::UpTo);
        } else if word == "da" || word == "a" {
            // Italian "da € 72": the word alone before the price.
            let alone = skip_spaces(text, 0) + word.len() == stop;
            if alone && word == "da" && from == 0 {
                found = Some(Label::From);
            }
        } else if let Some(label) = words::before(word)
            && found.is_none_or(|held| !matches!(held, Label::Old | Label::Saving))
        {
            found = Some(label);
        }
        up = word == "up";
        gross |= words::gross(word);
        std::mem::swap(&mut last, word);
    }
    if found.is_none() && from < start && is_amount_priced(text, start) {
        found = Some(Label::PerUnit);
    }
    (found, gross)
}

/// "1 kg = 5,18 €": what stands before the equals sign is an amount of goods.
fn is_amount_priced(text: &[Ch], start: usize) -> bool {
    let before = |ch: &&Ch| ch.c == ' ' || symbols::is_sign(ch.c);
    let at = start - text[..start].iter().rev().take_while(before).count();
    let Some(equals) = at.checked_sub(1).filter(|&at| text[at].c == '=') else { return false };
    let mut word = String::new();
    aside::word_before(text, equals, &mut word);
    crate::unit::size_unit(&word).is_some()
}

/// The label that the first word behind a number gives, and where that word ends; `word` holds it.
fn label_behind(text: &[Ch], end: usize, signs: &[Sign], word: &mut String) -> (Option<Label>, usize) {
    word.clear();
    let mut at = skip_spaces(text, end);
    if at >= text.len() {
        return (None, end);
    }
    if let Some(sign) = signs.iter().find(|sign| sign.start >= at && sign.start <= at + 1) {
        at = skip_spaces(text, sign.end);
    }
    if text.get(at).is_some_and(|ch| ch.c == '/') {
        // "15,33 € / 29,99 лв.": another price, no unit.
        let number = |ch: &Ch| ch.c.is_ascii_digit() || matches!(ch.c, '.' | ',' | ' ');
        let next = at + 1 + text[at + 1..].iter().take_while(|ch| number(ch)).count();
        let price = next > at + 2 && signs.iter().any(|sign| sign.start == next);
        return (Some(Label::PerUnit).filter(|_| !price), end);
    }
    if text.get(at).is_some_and(|ch| matches!(ch.c, '~' | '〜'))
        && !text[at..].iter().any(|ch| ch.c.is_ascii_digit())
    {
        return (Some(Label::From), end);
    }
    // A case ending behind the currency: "TL'den", "Ft-tól".
    if text.get(at).is_some_and(|ch| matches!(ch.c, '\'' | '-')) {
        let len = text[at + 1..].iter().take_while(|ch| ch.alpha).count();
        fold_into(&text[at + 1..at + 1 + len], word);
        if let Some(label) = words::behind(word).filter(|_| len > 0) {
            return (Some(label), at + 1 + len);
        }
        at = if len > 0 { skip_spaces(text, at + 1 + len) } else { at };
    }
    if text.get(at).is_some_and(|ch| ch.c == '(') {
        at += 1;
        // Words before a number in the brackets are that one's.
        let inside =
            text[at..].iter().position(|ch| ch.c == ')').map_or(&text[at..], |len| &text[at..at + len]);
        if inside.iter().any(|ch| ch.c.is_ascii_digit()) && !inside.iter().any(|ch| ch.c == '%') {
            return (None, end);
        }
    }
    if !text.get(at).is_some_and(|ch| ch.alpha) {
        return (None, end);
    }
    let stop = text[at..].iter().position(|ch| !number::in_word(ch)).map_or(text.len(), |len| at + len);
    fold_into(&text[at..stop], word);
    // "$9 and up".
    if word == "and" || word == "or" {
        let at = skip_spaces(text, stop);
        let len = text[at..].iter().take_while(|ch| ch.alpha).count();
        fold_into(&text[at..at + len], word);
        let open = matches!(word.as_str(), "up" | "above" | "over" | "upwards" | "more");
        return (open.then_some(Label::From), if open { at + len } else { end });
    }
    (words::behind(word), stop)
}

/// A word behind a number that multiplies it, where a currency stands beside the two, more digits
/// follow as in East Asia ("1万2,900円"), or prices of the home currency run to thousands ("129k" in
/// Vietnam).
fn multiple(text: &[Ch], signs: &[Sign], number: &Number, home: Option<Currency>) -> Option<(u32, usize)> {
    let at = skip_spaces(text, number.end);
    let first = text.get(at)?.c;
    let thousands = home.is_some_and(|home| matches!(home.as_str(), "VND" | "IDR"));
    if signs.is_empty() && !thousands || !first.is_alphabetic() {
        return None;
    }
    let len = text[at..].iter().take_while(|ch| ch.alpha && !symbols::is_sign(ch.c)).count();
    if len == 0 || len > 10 {
        return None;
    }
    let mut word = String::new();
    fold_into(&text[at..at + len], &mut word);
    let times = words::multiplies(&word, at == number.end)?;
    let end = at + len;
    let end = end + usize::from(text.get(end).is_some_and(|ch| ch.c == '.'));
    let goes_on = text.get(skip_spaces(text, end)).is_some_and(|ch| ch.c.is_ascii_digit());
    let east = goes_on && !first.is_ascii();
    let near = |from: usize, to: usize| from <= to && to - from <= 1;
    let priced =
        signs.iter().any(|sign| sign.start != at && (near(sign.end, number.start) || near(end, sign.start)));
    (priced || east || thousands).then_some((times, end))
}
