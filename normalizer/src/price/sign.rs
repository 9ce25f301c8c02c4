//! Currency signs, codes and words where they stand in a text. What they mean is in `symbols`.

use super::adjective;
use super::number::{Ch, in_word};
use super::symbols::{self, Meaning};
use model::Currency;

/// A currency sign, code or word in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sign {
    pub start: usize,
    pub end: usize,
    pub what: What,
    pub beside: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Code(Currency),
    Means(Meaning),
}

impl What {
    pub fn is_sure(self) -> bool {
        match self {
            What::Code(_) => true,
            What::Means(meaning) => meaning.main || meaning.codes.is_empty(),
        }
    }
    /// How many currencies it may mean; none where it is sure.
    pub fn doubt(self) -> usize {
        match self {
            What::Means(meaning) if !self.is_sure() => meaning.codes.len(),
            _ => 0,
        }
    }
    pub fn may_be(self, currency: Currency) -> bool {
        match self {
            What::Code(code) => code == currency,
            What::Means(meaning) => meaning.codes.contains(&currency.as_str()),
        }
    }
}

/// Finds currency signs, codes and words, in order.
pub(super) fn find_signs(text: &[Ch], home: Option<Currency>) -> Vec<Sign> {
    let mut signs: Vec<Sign> = Vec::new();
    let mut at = 0;
    let mut lower = String::new();
    while at < text.len() {
        let c = text[at].c;
        if c.is_ascii_digit() || c == ' ' || c == '.' || c == ',' {
            at += 1;
            continue;
        }
        if !c.is_ascii() || matches!(c, 's' | 'S' | 'b' | 'B' | 'm' | 'M' | 'l' | 'L' | 'd' | 'D' | '/') {
            let letters = |offset: usize| text.get(at + offset).map(|ch| ch.c);
            let starts_word = at == 0 || !text[at - 1].alpha;
            if starts_word && let Some((meaning, len)) = symbols::marked(letters) {
                signs.push(Sign { start: at, end: at + len, what: What::Means(meaning), beside: false });
                at += len;
                continue;
            }
        }
        if symbols::is_sign(c) {
            at += push_sign(text, at, &mut signs, &mut lower, home);
            continue;
        }
        if !text[at].alpha {
            at += 1;
            continue;
        }
        let len = text[at..].iter().take_while(|ch| in_word(ch) && !symbols::is_sign(ch.c)).count().max(1);
        // "AU$" and "US $": letters that belong to the sign behind them.
        let sign_follows = text.get(at + len).is_some_and(|ch| symbols::is_sign(ch.c));
        if len <= 12 && !(sign_follows && len <= 4 && prefixed(text, at, at + len, &mut lower).is_some()) {
            push_word(text, at, len, home, &mut signs, &mut lower);
        }
        at += len;
    }
    for sign in &mut signs {
        if let Some((currency, start)) = adjective::beside(text, sign) {
            sign.what = What::Code(currency);
            sign.start = start;
        }
    }
    signs
}

fn push_lower(c: char, lower: &mut String) {
    if c.is_ascii() {
        lower.push(c.to_ascii_lowercase());
    } else {
        lower.extend(c.to_lowercase());
    }
}

/// The meaning of letters with the sign behind them ("AU$", "US $").
fn prefixed(text: &[Ch], start: usize, sign: usize, lower: &mut String) -> Option<Meaning> {
    lower.clear();
    for ch in text[start..=sign].iter().filter(|ch| ch.c != ' ') {
        push_lower(ch.c, lower);
    }
    symbols::word(lower)
}

/// A sign at `at`, with the letters before it that belong to it; returns how far it reaches.
fn push_sign(
    text: &[Ch],
    at: usize,
    signs: &mut Vec<Sign>,
    lower: &mut String,
    home: Option<Currency>,
) -> usize {
    let gap = usize::from(at > 0 && text[at - 1].c == ' ');
    let letters_end = at - gap;
    let letters = text[..letters_end].iter().rev().take_while(|ch| ch.c.is_ascii_alphabetic()).count();
    // "U$S" and "$U": letters behind the sign.
    if letters == 1
        && gap == 0
        && text[at - 1].c.eq_ignore_ascii_case(&'u')
        && text.get(at + 1).is_some_and(|ch| matches!(ch.c, 's' | 'S' | 'd' | 'D'))
    {
        let what = symbols::word("u$s").map(What::Means);
        if let Some(what) = what {
            signs.push(Sign { start: at - 1, end: at + 2, what, beside: false });
            return 2;
        }
    }
    // "$U 27,49": Uruguay writes the letter behind, apart from the number.
    let uruguay = letters == 0
        && text[at].c == '$'
        && text.get(at + 1).is_some_and(|ch| ch.c == 'U')
        && text.get(at + 2).is_none_or(|ch| ch.c == ' ');
    if uruguay && let Some(meaning) = symbols::word("$u") {
        signs.push(Sign { start: at, end: at + 2, what: What::Means(meaning), beside: false });
        return 2;
    }
    // With a gap only codes of two letters or more ("US $", "C $"), or any word would take part.
    let whole_word =
        letters > 0 && letters <= 4 && (gap == 0 || text[letters_end - letters].c.is_ascii_uppercase());
    if whole_word && let Some(meaning) = prefixed(text, letters_end - letters, at, lower) {
        let start = letters_end - letters;
        if signs.last().is_some_and(|sign| sign.end > start) {
            signs.pop();
        }
        signs.push(Sign { start, end: at + 1, what: What::Means(meaning), beside: false });
        return 1;
    }
    lower.clear();
    lower.push(text[at].c);
    if let Some((meaning, _)) = home.and_then(|home| symbols::local(lower, home)) {
        signs.push(Sign { start: at, end: at + 1, what: What::Means(meaning), beside: true });
        return 1;
    }
    if let Some(meaning) = symbols::word(lower) {
        signs.push(Sign { start: at, end: at + 1, what: What::Means(meaning), beside: meaning.beside });
    }
    1
}

/// "99p", and a capital glued to a sum with marks ("K274.90", "N27,490").
fn letter(text: &[Ch], at: usize) -> Option<Meaning> {
    let c = |at: usize| text.get(at).map(|ch| ch.c);
    let digit = |at: usize| c(at).is_some_and(|c| c.is_ascii_digit());
    if c(at) == Some('p') && at > 0 && digit(at - 1) && !(at > 3 && digit(at - 4)) {
        return symbols::word("pence");
    }
    let first = at == 0 || c(at - 1) == Some(' ');
    let digits = text[at + 1..].iter().take_while(|ch| ch.c.is_ascii_digit()).count();
    let sum = digits > 0
        && matches!(c(at + 1 + digits), Some('.' | ','))
        && digit(at + 2 + digits)
        && digit(at + 3 + digits);
    if first && sum { symbols::capital(c(at)?) } else { None }
}

fn push_word(
    text: &[Ch],
    at: usize,
    len: usize,
    home: Option<Currency>,
    signs: &mut Vec<Sign>,
    lower: &mut String,
) {
    let word = &text[at..at + len];
    let mut end = at + len;
    if let Some(home) = home.filter(|_| len <= 4) {
        lower.clear();
        lower.extend(word.iter().map(|ch| ch.c));
        if let Some((meaning, dotted)) = symbols::local(lower, home) {
            end += usize::from(dotted && text.get(end).is_some_and(|ch| ch.c == '.'));
            signs.push(Sign { start: at, end, what: What::Means(meaning), beside: true });
            return;
        }
    }
    if len == 1
        && let Some(meaning) = letter(text, at)
    {
        signs.push(Sign { start: at, end, what: What::Means(meaning), beside: true });
        return;
    }
    if len == 3 && word.iter().all(|ch| ch.c.is_ascii_alphabetic()) {
        lower.clear();
        lower.extend(word.iter().map(|ch| ch.c));
        if let Some((currency, beside)) = symbols::iso(lower) {
            signs.push(Sign { start: at, end, what: What::Code(currency), beside });
            return;
        }
    }
    lower.clear();
    for ch in word {
        push_lower(ch.c, lower);
    }
    let Some(meaning) = symbols::word(lower) else { return };
    if word[0].c.is_ascii_lowercase() && symbols::is_written_large(lower) {
        return;
    }
    if meaning.dotted && text.get(end).is_some_and(|ch| ch.c == '.') {
        end += 1;
    }
    signs.push(Sign { start: at, end, what: What::Means(meaning), beside: meaning.beside });
}
