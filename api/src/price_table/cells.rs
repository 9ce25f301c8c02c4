//! What a cell of a price list says: a code, a name, a day or a price, whichever form the file keeps it
//! in. A cell that cannot be read becomes a bad value with its reason, within the column itself, so
//! that nothing is looked at twice. Files, pages and rows are not known here.

use super::footing;
use super::map::{Codes, PriceMap};
use super::met::Met;
use crate::digits::TENS;
use crate::numerals::with_point;
use chrono::NaiveDate;
use model::{Country, HsCode};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write;

/// Smallest price that is taken, in the map's currency for its unit.
pub const LOWEST_PRICE: f64 = 1e-9;
/// Largest price that is taken. Between the two, the shortest decimal of every double is a `Decimal`.
pub const HIGHEST_PRICE: f64 = 1e15;
/// Days of 1900-01-01 and 2999-12-31 since 1970-01-01.
const DAYS: std::ops::RangeInclusive<i64> = -25_567..=376_199;
/// Different bad values of a column that each thread keeps with their text.
const KEPT: usize = 1_000;
/// Codes at the upper end of their type that stand for bad values.
const RESERVED: u32 = 1_100;

/// Why a row was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Another number of cells than the header.
    BadLine,
    /// An empty cell without a default.
    Empty,
    /// Bytes that are no UTF-8.
    NotText,
    /// Fewer than six digits.
    ShortCode,
    /// No HS code at all.
    BadCode,
    /// HS 2022 has no such code.
    UnknownCode,
    /// No country of ISO 3166-1.
    UnknownCountry,
    /// No unit that prices can be compared in.
    UnknownUnit,
    /// No condition.
    UnknownCondition,
    /// No commercial level.
    UnknownLevel,
    /// No date.
    BadDate,
    /// A day outside 1900 to 2999.
    DateOutOfRange,
    /// No number.
    BadPrice,
    /// Zero or less.
    PriceNotAboveZero,
    /// Outside [`LOWEST_PRICE`] to [`HIGHEST_PRICE`], infinite ones included.
    PriceOutOfRange,
}

impl Reason {
    /// What is wrong and what to do, for a person.
    pub fn advice(self) -> &'static str {
        match self {
            Reason::BadLine => {
                "another number of cells than the header names; look for stray quotes and delimiters"
            }
            Reason::Empty => "empty, and the map gives no default; fill it in, or give one under [defaults]",
            Reason::NotText => "not UTF-8 text; save the list as UTF-8",
            Reason::ShortCode => "an HS code of fewer than six digits; state the subheading",
            Reason::BadCode => "not an HS code of 6 to 12 digits; dots and spaces are allowed, nothing else",
            Reason::UnknownCode => {
                "HS 2022 has no such code; correct it, or set codes = \"as_stated\" for a list of another edition"
            }
            Reason::UnknownCountry => {
                "not a country of ISO 3166-1 (two letters); correct it, or leave it empty where it is not stated"
            }
            Reason::UnknownUnit => {
                "not a unit prices are stated in (kg, g, t, l, m, u, dozen …, or its Rec 20 code); correct it"
            }
            Reason::UnknownCondition => "not a condition (new, used, refurbished, damaged); correct it",
            Reason::UnknownLevel => "not a commercial level (wholesale, retail); correct it",
            Reason::BadDate => {
                "not a date like 2026-09-15; name another form in the map: date_format = \"%d/%m/%Y\""
            }
            Reason::DateOutOfRange => "a day outside 1900 to 2999; correct it",
            Reason::BadPrice => {
                "not a number; write 3.15, or name the decimal mark in the map (decimal_separator = \",\") and write 1.250,50"
            }
            Reason::PriceNotAboveZero => "not above zero; a row without a price says nothing",
            Reason::PriceOutOfRange => {
                "outside 0.000000001 to 1000000000000000; check the unit and the column"
            }
        }
    }
}

/// A value as a file holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Text(&'a [u8]),
    Int(i64),
    /// Days since 1970-01-01.
    Day(i64),
    Double(f64),
    Single(f32),
    Decimal {
        mantissa: i128,
        scale: u32,
    },
}

/// Values that could not be read, by number.
#[derive(Debug, Default)]
pub(super) struct Bad(Vec<(Reason, String)>);

impl Bad {
    /// Beyond [`KEPT`] entries, one a reason stands for all the others.
    pub fn add(&mut self, reason: Reason, value: Value<'_>) -> u32 {
        let at = if self.0.len() < KEPT {
            self.0.push((reason, said(value)));
            self.0.len() - 1
        } else {
            let known = self.0[KEPT..].iter().position(|(r, _)| *r == reason);
            known.map_or_else(
                || {
                    self.0.push((reason, String::new()));
                    self.0.len() - 1
                },
                |at| KEPT + at,
            )
        };
        u32::try_from(at).unwrap_or(RESERVED - 1)
    }
    /// Whether everything could be read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// An entry by its number.
    pub fn entry(&self, number: usize) -> Option<&(Reason, String)> {
        self.0.get(number)
    }
}

/// A value in words, cut after forty characters.
fn said(value: Value<'_>) -> String {
    match value {
        Value::Text(bytes) => {
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
            crate::import::cut(text.trim(), 40).into_owned()
        }
        Value::Int(number) => number.to_string(),
        Value::Day(day) => format!("day {day} since 1970-01-01"),
        Value::Double(number) => number.to_string(),
        Value::Single(number) => number.to_string(),
        Value::Decimal { mantissa, scale } => format!("{mantissa}e-{scale}"),
    }
}

/// One column of a list being read.
pub(super) trait Cells {
    /// What a cell becomes. Bad values are among it.
    type Out: Copy + Default + Send;
    /// Reads a value.
    fn value(&mut self, value: Value<'_>) -> Self::Out;
    /// What a missing value becomes.
    fn null(&mut self) -> Self::Out {
        self.value(Value::Text(b""))
    }
    /// Reads doubles, eight bytes each; as many as `out` holds are there.
    fn doubles(&mut self, bytes: &[u8], out: &mut [Self::Out]) {
        for (slot, eight) in out.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *slot = self.value(Value::Double(f64::from_le_bytes(*eight)));
        }
    }
    /// Values of the column chunk are read from the first on again.
    fn again(&mut self) {}
    /// The values that could not be read.
    fn all_bad(&self) -> &Bad;
    /// The number of the bad value that this stands for.
    fn bad(out: Self::Out) -> Option<usize>;
}

/// Texts and settings that all columns share.
#[derive(Debug)]
pub(super) struct Rules {
    pub codes: Codes,
    absent: Vec<String>,
    date_format: Option<String>,
    decimal_separator: Option<char>,
    hs: Option<HsCode>,
    origin: Option<Country>,
    day: Option<i32>,
    source: Option<String>,
    /// Names of unit, condition and level.
    footing: [Option<String>; 3],
}

impl Rules {
    pub fn new(map: &PriceMap) -> Self {
        Rules {
            codes: map.codes,
            absent: map.absent.iter().map(|word| word.trim().to_lowercase()).collect(),
            date_format: map.date_format.clone(),
            decimal_separator: map.decimal_separator,
            hs: map.defaults.hs,
            origin: map.defaults.origin,
            day: map.defaults.date.and_then(day_number),
            source: map.defaults.source.as_ref().map(|source| source.trim().to_owned()),
            footing: [
                map.defaults.unit.map(footing::name_of_unit),
                map.defaults.condition.map(|condition| condition.to_string()),
                map.defaults.level.map(|level| level.to_string()),
            ],
        }
    }
    /// The text without white space around it; empty where it is a word for "nothing".
    fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, Reason> {
        let text = std::str::from_utf8(bytes.trim_ascii()).map_err(|_| Reason::NotText)?;
        let absent = !self.absent.is_empty() && self.absent.contains(&text.to_lowercase());
        Ok(if absent { "" } else { text })
    }
}

/// Days since 1970-01-01, of a day of 1900 to 2999.
pub(super) fn day_number(day: NaiveDate) -> Option<i32> {
    let number = i64::from(day.to_epoch_days());
    i32::try_from(number).ok().filter(|_| DAYS.contains(&number))
}

/// The subheading a code counts for.
pub(super) fn held(hs: &HsCode, codes: Codes) -> Result<HsCode, Reason> {
    let six = hs.subheading().ok_or(Reason::ShortCode)?;
    if codes == Codes::Hs2022 && !six.is_known() { Err(Reason::UnknownCode) } else { Ok(six) }
}

/// A code of a dictionary, in as many bits as are needed.
pub(super) trait Code: Copy + Default + Send + Sync + 'static {
    /// The largest number of the type.
    const TOP: u32;
    /// From a number that fits; larger ones become the largest.
    fn from_number(number: u32) -> Self;
    fn number(self) -> u32;
}
impl Code for u16 {
    const TOP: u32 = u16::MAX as u32;
    fn from_number(number: u32) -> Self {
        u16::try_from(number).unwrap_or(u16::MAX)
    }
    fn number(self) -> u32 {
        u32::from(self)
    }
}
impl Code for u32 {
    const TOP: u32 = u32::MAX;
    fn from_number(number: u32) -> Self {
        number
    }
    fn number(self) -> u32 {
        self
    }
}

/// Which of the columns of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Hs,
    Origin,
    Source,
    Unit,
    Condition,
    Level,
}

/// How many there are.
pub(super) const KINDS: usize = 6;

/// The name a cell stands for: bare digits of a subheading, a country's letters or nothing, a source, a unit
/// with its size, a condition, a level.
pub(super) fn name(kind: Kind, rules: &Rules, value: Value<'_>) -> Result<String, Reason> {
    let mut number = String::new();
    let text = match value {
        Value::Text(bytes) => rules.text(bytes)?,
        Value::Int(int) => {
            // A code kept as a number has lost the zero of its chapter; codes have even lengths.
            let zero = if kind == Kind::Hs && int > 0 && int.to_string().len() % 2 == 1 { "0" } else { "" };
            let _ = write!(number, "{zero}{int}");
            number.as_str()
        }
        _ if kind == Kind::Hs => return Err(Reason::BadCode),
        _ => return Err(Reason::NotText),
    };
    match kind {
        Kind::Hs if text.is_empty() => {
            rules.hs.as_ref().map_or(Err(Reason::Empty), |hs| held(hs, rules.codes)).map(|hs| hs.to_string())
        }
        Kind::Hs => match HsCode::parse(text) {
            Ok(code) => held(&code, rules.codes).map(|hs| hs.to_string()),
            Err(_) => {
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                let only = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ' ' | '\u{a0}'));
                Err(if only && digits < 6 { Reason::ShortCode } else { Reason::BadCode })
            }
        },
        Kind::Origin if text.is_empty() => {
            Ok(rules.origin.map(|country| country.to_string()).unwrap_or_default())
        }
        Kind::Origin => text.parse::<Country>().map(|c| c.to_string()).map_err(|_| Reason::UnknownCountry),
        Kind::Source if text.is_empty() => rules.source.clone().ok_or(Reason::Empty),
        Kind::Source => Ok(text.to_owned()),
        Kind::Unit | Kind::Condition | Kind::Level if text.is_empty() => {
            rules.footing[kind as usize - Kind::Unit as usize].clone().ok_or(Reason::Empty)
        }
        Kind::Unit => footing::unit_name(text),
        Kind::Condition => footing::condition_name(text),
        Kind::Level => footing::level_name(text),
    }
}

/// A column of names. Its codes are their numbers among all names met.
pub(super) struct Names<'a, C> {
    kind: Kind,
    rules: &'a Rules,
    met: &'a Met,
    seen: HashMap<Box<[u8]>, C>,
    bad: Bad,
}

impl<'a, C: Code> Names<'a, C> {
    pub fn of((kind, rules, met): (Kind, &'a Rules, &'a Met)) -> Self {
        Names { kind, rules, met, seen: HashMap::new(), bad: Bad::default() }
    }
    fn read(&mut self, value: Value<'_>) -> C {
        match name(self.kind, self.rules, value) {
            Err(reason) => C::from_number(C::TOP - self.bad.add(reason, value)),
            Ok(name) => C::from_number(self.met.number(self.kind, &name).min(C::TOP - RESERVED)),
        }
    }
}

impl<C: Code> Cells for Names<'_, C> {
    type Out = C;
    fn value(&mut self, value: Value<'_>) -> C {
        let Value::Text(bytes) = value else { return self.read(value) };
        if let Some(code) = self.seen.get(bytes) {
            return *code;
        }
        let code = self.read(value);
        self.seen.insert(bytes.into(), code);
        code
    }
    fn all_bad(&self) -> &Bad {
        &self.bad
    }
    fn bad(out: C) -> Option<usize> {
        let from_top = C::TOP - out.number();
        (from_top < RESERVED).then_some(from_top as usize)
    }
}

/// A column of days.
pub(super) struct Days<'a> {
    rules: &'a Rules,
    bad: Bad,
}

impl<'a> Days<'a> {
    pub fn new(rules: &'a Rules) -> Self {
        Days { rules, bad: Bad::default() }
    }
    fn read(&self, value: Value<'_>) -> Result<i32, Reason> {
        let number = match value {
            Value::Day(day) => return in_range(day),
            Value::Text(bytes) => {
                let text = self.rules.text(bytes)?;
                if text.is_empty() {
                    return self.rules.day.ok_or(Reason::Empty);
                }
                self.day(text)?
            }
            Value::Int(number) if self.rules.date_format.is_some() => self.day(&number.to_string())?,
            _ => return Err(Reason::BadDate),
        };
        in_range(number)
    }
    fn day(&self, text: &str) -> Result<i64, Reason> {
        if let Some(form) = &self.rules.date_format {
            return NaiveDate::parse_from_str(text, form)
                .map(|day| i64::from(day.to_epoch_days()))
                .map_err(|_| Reason::BadDate);
        }
        // A moment counts for the day it names, in the zone it is written in.
        let bytes = text.as_bytes();
        let (head, rest) = bytes.split_at_checked(10).ok_or(Reason::BadDate)?;
        let figures = |part: &[u8]| {
            part.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
        };
        let whole = matches!(rest.first(), None | Some(b'T' | b' ')) && head[4] == b'-' && head[7] == b'-';
        let day = match (figures(&head[..4]), figures(&head[5..7]), figures(&head[8..])) {
            (Some(year), Some(month), Some(day)) if whole => {
                i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
            }
            _ => None,
        };
        day.map(|day| i64::from(day.to_epoch_days())).ok_or(Reason::BadDate)
    }
}

fn in_range(day: i64) -> Result<i32, Reason> {
    i32::try_from(day).ok().filter(|_| DAYS.contains(&day)).ok_or(Reason::DateOutOfRange)
}

impl Cells for Days<'_> {
    type Out = i32;
    fn value(&mut self, value: Value<'_>) -> i32 {
        self.read(value).unwrap_or_else(|reason| {
            i32::MAX - i32::try_from(self.bad.add(reason, value)).unwrap_or_default()
        })
    }
    fn all_bad(&self) -> &Bad {
        &self.bad
    }
    fn bad(out: i32) -> Option<usize> {
        usize::try_from(i32::MAX - out.max(0)).ok().filter(|at| *at < RESERVED as usize)
    }
}

/// A column of prices.
pub(super) struct Prices<'a> {
    rules: &'a Rules,
    bad: Bad,
    /// Prices with more digits than the double that stands for them.
    rounded: u64,
    buffer: String,
}

impl<'a> Prices<'a> {
    pub fn new(rules: &'a Rules) -> Self {
        Prices { rules, bad: Bad::default(), rounded: 0, buffer: String::new() }
    }
    /// How many prices had more digits than the double that stands for them.
    pub fn rounded(&self) -> u64 {
        self.rounded
    }
    fn read(&mut self, value: Value<'_>) -> Result<f64, Reason> {
        let price = match value {
            Value::Double(price) => price,
            // The shortest decimal is what was meant: 3.15, not 3.1500000953674316.
            Value::Single(price) => price.to_string().parse().map_err(|_| Reason::BadPrice)?,
            Value::Int(price) => price as f64,
            Value::Day(_) => return Err(Reason::BadPrice),
            Value::Decimal { mantissa, scale } => self.decimal(mantissa, scale)?,
            Value::Text(bytes) => self.text(bytes)?,
        };
        if price.is_nan() {
            Err(Reason::BadPrice)
        } else if price <= 0.0 {
            Err(Reason::PriceNotAboveZero)
        } else if !(LOWEST_PRICE..=HIGHEST_PRICE).contains(&price) {
            Err(Reason::PriceOutOfRange)
        } else {
            Ok(price)
        }
    }
    fn decimal(&mut self, mantissa: i128, scale: u32) -> Result<f64, Reason> {
        if let (0..=9_007_199_254_740_992, Some(ten)) = (mantissa, TENS.get(scale as usize)) {
            // Both are exact, so that the quotient is the nearest double.
            if mantissa >= 1_000_000_000_000_000 {
                self.check(&format!("{mantissa}e-{scale}"), mantissa as f64 / ten);
            }
            return Ok(mantissa as f64 / ten);
        }
        let text = format!("{mantissa}e-{scale}");
        let price = text.parse().map_err(|_| Reason::BadPrice)?;
        self.check(&text, price);
        Ok(price)
    }
    fn text(&mut self, bytes: &[u8]) -> Result<f64, Reason> {
        let text = self.rules.text(bytes)?;
        if text.is_empty() {
            return Err(Reason::Empty);
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let text = match self.rules.decimal_separator {
            None => text,
            Some(mark) => {
                if !with_point(text, mark, &mut buffer) {
                    self.buffer = buffer;
                    return Err(Reason::BadPrice);
                }
                &buffer
            }
        };
        // What else Rust takes for a number ("inf") is none here.
        let form = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
        let price = if form { text.parse().map_err(|_| Reason::BadPrice) } else { Err(Reason::BadPrice) };
        if let Ok(price) = price {
            self.check(text, price);
        }
        self.buffer = buffer;
        price
    }
    /// Counts a text of more digits than come back from its double.
    fn check(&mut self, text: &str, price: f64) {
        let digits = text
            .bytes()
            .take_while(|b| !matches!(b, b'e' | b'E'))
            .filter(u8::is_ascii_digit)
            .skip_while(|b| *b == b'0')
            .count();
        if digits > 15 {
            let exact = if text.contains(['e', 'E']) {
                Decimal::from_scientific(text).ok()
            } else {
                Decimal::from_str_exact(text).ok()
            };
            self.rounded += u64::from(exact.is_none() || exact != decimal_of(price));
        }
    }
}

/// The decimal a price of a table stands for: the shortest one that reads as this double. It is the
/// number that was written, where that had up to fifteen digits or came from a double.
pub fn decimal_of(price: f64) -> Option<Decimal> {
    Decimal::from_str_exact(&price.to_string()).ok()
}

/// Bits of the not-a-numbers that stand for bad prices.
const BAD_PRICE: u64 = 0x7ff8_0000_0000_0000;

impl Cells for Prices<'_> {
    type Out = f64;
    fn value(&mut self, value: Value<'_>) -> f64 {
        self.read(value)
            .unwrap_or_else(|reason| f64::from_bits(BAD_PRICE | u64::from(self.bad.add(reason, value))))
    }
    fn doubles(&mut self, bytes: &[u8], out: &mut [f64]) {
        let mut fine = true;
        for (slot, eight) in out.iter_mut().zip(bytes.as_chunks::<8>().0) {
            let price = f64::from_le_bytes(*eight);
            fine &= (LOWEST_PRICE..=HIGHEST_PRICE).contains(&price);
            *slot = price;
        }
        if !fine {
            for slot in out.iter_mut() {
                if !(LOWEST_PRICE..=HIGHEST_PRICE).contains(slot) {
                    *slot = self.value(Value::Double(*slot));
                }
            }
        }
    }
    fn again(&mut self) {
        self.rounded = 0;
    }
    fn all_bad(&self) -> &Bad {
        &self.bad
    }
    fn bad(out: f64) -> Option<usize> {
        out.is_nan().then(|| (out.to_bits() & 0xffff) as usize)
    }
}
