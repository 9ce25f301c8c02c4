//! Settles which reading of a number holds, and what other numbers beside it say.

use super::candidate::Candidate;
use super::fold::fold_into;
use super::number::{Ch, Form, Number};
use super::sign::What;
use super::words::{self, Label};
use super::{PriceHints, PriceReading, PriceStatus};
use crate::language;
use model::Currency;
use rust_decimal::Decimal;

/// Currencies whose subunit shops do not use, though ISO 4217 lists one: a mark with three digits
/// behind it groups thousands.
const WITHOUT_CENTS: &[&str] = &[
    "HUF", "IDR", "COP", "IRR", "LAK", "MMK", "KHR", "UZS", "TZS", "LBP", "MGA", "MNT", "CRC", "ITL", "ESP",
    "PTE", "BEF", "LUF", "GRD", "TRL", "ROL", "IQD",
];

/// Settles which reading of a number holds.
pub(super) struct Settle<'a> {
    pub hints: &'a PriceHints<'a>,
    pub currency: Option<Currency>,
    pub what: Option<What>,
}

impl Settle<'_> {
    /// The readings of a number into `reading`.
    pub fn amount(&self, number: &Number, reading: &mut PriceReading) {
        let (decimals, sure, reason) = self.decimals(number);
        let Some(amount) = number.value(decimals) else {
            reading.reason = Some("a number too long to be a price".to_owned());
            return;
        };
        reading.amount = Some(amount);
        reading.readings.push(amount);
        reading.status = PriceStatus::Ok;
        reading.reason = reason.map(str::to_owned);
        if !sure {
            reading.status = PriceStatus::Ambiguous;
            reading.readings.extend(number.value(3 - decimals));
        }
    }

    /// Decimals of the likeliest reading, whether it is the only one, and why.
    fn decimals(&self, number: &Number) -> (u32, bool, Option<&'static str>) {
        let mark = match number.form(self.hints.decimal_separator) {
            Form::Sure(decimals) => return (decimals, true, None),
            Form::Not => return (0, true, None),
            Form::Three(mark) => mark,
        };
        if self.hints.machine && mark == '.' {
            return (3, true, Some("markup: the point is the decimal mark"));
        }
        let one_of = |codes: &[&str]| self.currency.is_some_and(|c| codes.contains(&c.as_str()));
        // Money without a code of its own (toman) is counted in whole units.
        let no_cents = |code: &&str| {
            code.parse::<Currency>().is_ok_and(|c| c.minor_digits() == 0 || WITHOUT_CENTS.contains(code))
        };
        let uncoded = matches!(self.what, Some(What::Means(meaning)) if self.currency.is_none() && meaning.codes.iter().all(no_cents));
        let whole = self.currency.is_some_and(|currency| currency.minor_digits() == 0);
        if whole || uncoded || one_of(WITHOUT_CENTS) {
            return (0, true, Some("the currency has no cents in use: the mark groups thousands"));
        }
        let of_language = self.hints.language.and_then(language::decimal_mark_of_language);
        let of_market = self.hints.market.and_then(language::decimal_mark_of_country);
        let told = match (of_language, of_market) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => one.or(other),
        };
        if let Some(decimal) = told {
            return if decimal == mark {
                (3, true, Some("the page's language or market writes this mark before decimals"))
            } else {
                (0, true, Some("the page's language or market groups thousands with this mark"))
            };
        }
        let three = self.currency.is_some_and(|currency| currency.minor_digits() == 3);
        match self.habit() {
            Some(decimal) if decimal != mark => {
                (0, true, Some("the currency is written with the other mark before decimals"))
            }
            Some(_) if three => (3, true, Some("the currency has three decimals")),
            // Tunisia groups with spaces and points: a comma is the decimal mark of its dinar.
            None if mark == ',' && one_of(&["TND"]) => (3, true, Some("the currency has three decimals")),
            None if three => (3, false, Some("three decimals or thousands: nothing settles which")),
            _ => (0, false, Some("thousands or three decimals: nothing settles which")),
        }
    }

    /// The decimal mark of the currency, or of every currency the sign may mean.
    fn habit(&self) -> Option<char> {
        if let Some(currency) = self.currency {
            return language::decimal_mark_of_currency(currency);
        }
        let Some(What::Means(meaning)) = self.what else { return None };
        let mut marks =
            meaning.codes.iter().map(|code| code.parse().ok().and_then(language::decimal_mark_of_currency));
        let first = marks.next()??;
        marks.all(|mark| mark == Some(first)).then_some(first)
    }

    /// The upper end, where the next number is one: a dash or a word like "to" between the two.
    pub fn range(&self, text: &[Ch], low: &Candidate, high: &Candidate, amount: Decimal) -> Option<Decimal> {
        if let (Some(one), Some(other)) = (low.sign, high.sign)
            && one.what != other.what
        {
            return None;
        }
        let joined = joined(text, low, high);
        let (decimals, _, _) = self.decimals(&high.number);
        high.number.value(decimals).filter(|high| joined && *high >= amount)
    }

    /// Other amounts in the text that could be the price as well.
    pub fn rivals(&self, candidates: &[Candidate], at: usize, amount: Decimal) -> Vec<Decimal> {
        let picked = &candidates[at];
        let mut others = Vec::new();
        for (index, other) in candidates.iter().enumerate() {
            let same_kind = match (picked.sign, other.sign) {
                (Some(one), Some(other)) => one.what == other.what,
                (None, None) => true,
                _ => false,
            };
            let aside = other.in_brackets
                || matches!(other.label, Some(Label::Old | Label::Saving | Label::Net | Label::PerUnit));
            let marked_down = picked.label == Some(Label::Now) && other.label.is_none();
            let part = other.parts.is_some() || other.periodic;
            // "12,900円（税込14,190円）": what stands outside the brackets may be without tax.
            let taxed = other.gross && !picked.gross && other.in_brackets;
            if index == at || !same_kind || aside && !taxed || other.net || part {
                continue;
            }
            let (decimals, _, _) = self.decimals(&other.number);
            if let Some(value) = other.number.value(decimals)
                && value != amount
                && !(taxed && value < amount)
                && !(marked_down && value > amount)
                && !others.contains(&value)
            {
                others.push(value);
            }
        }
        others
    }
}

/// Whether a dash or a word like "to" joins two numbers to a range.
pub(super) fn joined(text: &[Ch], low: &Candidate, high: &Candidate) -> bool {
    let mut from = low.number.end;
    let mut to = high.number.start;
    if let Some(sign) = low.sign.filter(|sign| sign.start >= from && sign.end <= to) {
        from = sign.end;
    }
    if let Some(sign) = high.sign.filter(|sign| sign.end <= to && sign.start >= from) {
        to = sign.start;
    }
    let Some(between) = text.get(from..to).filter(|between| between.len() <= 16) else { return false };
    let mut word = String::new();
    let between: Vec<Ch> = between.iter().copied().filter(|ch| ch.c != ' ' && ch.c != '.').collect();
    fold_into(&between, &mut word);
    let dash = matches!(word.as_str(), "-" | "–" | "~" | "〜" | "～" | "…" | "...");
    dash || words::joins_range(&word) || words::joins_both(&word) && says_between(text, low.number.start)
}

/// "between 10 and 12": without the first word, "and" joins two prices, not one range.
fn says_between(text: &[Ch], start: usize) -> bool {
    let mut word = String::new();
    text[..start].split(|ch| !ch.alpha).any(|run| {
        fold_into(run, &mut word);
        words::between(&word)
    })
}
