//! Which mark stands before the decimals of a list's prices, where its map does not say. The prices
//! say it themselves (`0.45`) or nobody does: the market of a row is the place where people shop, not
//! the program that wrote the list, and a price read by it may be a thousand times too dear.

use super::column::cut;
use model::{Country, Currency};
use normalizer::price::{self, PriceHints, PriceReading, PriceStatus};
use rust_decimal::Decimal;

/// The decimal marks that some price of a list can only mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    point: bool,
    comma: bool,
}

/// What is known of the decimal mark of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The map names it, or the prices are numbers.
    Stated,
    /// Its prices were looked through.
    Shown(Marks),
}

impl Marks {
    /// Takes in a price of the list.
    pub(super) fn see(&mut self, text: &str) {
        if !may_have_marks(text) {
            return;
        }
        match price::decimal_mark_among([text]) {
            Some(mark) => self.put(mark),
            // Nothing, three decimals, or one price with each mark in the same cell.
            None => {
                for word in text.split_whitespace() {
                    if let Some(mark) = price::decimal_mark_among([word]).or_else(|| long_decimals(word)) {
                        self.put(mark);
                    }
                }
            }
        }
    }

    fn put(&mut self, mark: char) {
        match mark {
            '.' => self.point = true,
            ',' => self.comma = true,
            _ => {}
        }
    }

    /// The one mark that prices show; `None` where they show none, or both.
    pub fn decimal(self) -> Option<char> {
        match (self.point, self.comma) {
            (true, false) => Some('.'),
            (false, true) => Some(','),
            _ => None,
        }
    }
}

/// The mark of a number that cannot be one of thousands though three digits or more stand behind it:
/// `0.455`, `1234.567`, `2.4055`.
fn long_decimals(word: &str) -> Option<char> {
    let mut marks = word.chars().filter(|c| matches!(c, '.' | ','));
    let (mark, None) = (marks.next()?, marks.next()) else { return None };
    let by = |stated| {
        let reading = price::parse(word, &PriceHints { decimal_separator: stated, ..PriceHints::default() });
        reading.amount.filter(|_| reading.status == PriceStatus::Ok)
    };
    let amount = by(None).filter(|amount| amount.scale() >= 3)?;
    (by(Some('.')) == Some(amount) && by(Some(',')) == Some(amount)).then_some(mark)
}

/// Whether a text may hold a number with a mark: most do not, and reading them three times is slow.
fn may_have_marks(text: &str) -> bool {
    // An entity may be one, and other scripts have their own.
    !text.is_ascii() || text.contains(['.', ',', '&'])
}

/// Why the mark of a price leaves open what it is, with what to do; `None` where it does not. `hints`
/// are those the price will be read with.
pub(super) fn doubt(text: &str, hints: &PriceHints<'_>, known: Known) -> Option<String> {
    if !may_have_marks(text) {
        return None;
    }
    let by = |mark: Option<char>| price::parse(text, &PriceHints { decimal_separator: mark, ..*hints });
    let ends = |reading: &PriceReading| [reading.amount, reading.high];
    let bare = by(None);
    let (point, comma) = (ends(&by(Some('.'))), ends(&by(Some(','))));
    let (unsaid, meant) = (ends(&bare), ends(&by(hints.decimal_separator)));
    let shown = cut(text, 80);
    (0..point.len()).find_map(|end| match (point[end], comma[end]) {
        (Some(point), Some(comma)) if open(point, comma) => match known {
            Known::Stated => None,
            Known::Shown(marks) => {
                let mark = if point.scale() == 3 { '.' } else { ',' };
                undecided(mark, bare.currency, unsaid[end].filter(|_| bare.status == PriceStatus::Ok), marks).map(|why| {
                    let (whole, decimals) = if point.scale() == 3 { (comma, point) } else { (point, comma) };
                    format!("'{shown}' reads as {whole} or {decimals}: {why}")
                })
            }
        },
        _ => match (unsaid[end], meant[end]) {
            // "1,000.00" by a decimal comma is 1.00000 to the reader of numbers.
            (Some(own), Some(meant)) if own.mantissa() == meant.mantissa() && meant.scale() > own.scale() => {
                Some(format!(
                    "'{shown}' reads as {own} by its own marks and as {meant} by the decimal_separator of the map"
                ))
            }
            _ => None,
        },
    })
}

/// Whether two readings of a number differ by what its only mark means: three decimals or thousands.
fn open(by_point: Decimal, by_comma: Decimal) -> bool {
    matches!((by_point.scale(), by_comma.scale()), (3, 0) | (0, 3))
        && by_point.mantissa() == by_comma.mantissa()
}

/// Why neither the list nor the currency decides what stands behind this mark. `unsaid` is how it reads
/// without a mark that somebody states, where its market and currency leave no doubt.
fn undecided(
    mark: char,
    currency: Option<Currency>,
    unsaid: Option<Decimal>,
    marks: Marks,
) -> Option<String> {
    let by_list = marks.decimal().map(|decimal| if decimal == mark { 3 } else { 0 });
    let by_currency = currency.and_then(|currency| decimals_of(currency, mark));
    let name = "name decimal_separator under [defaults] of a column map (--map)";
    match (by_list, by_currency) {
        (Some(_), None) => None,
        (Some(list), Some(money)) if list == money => None,
        // The market of the row might say otherwise than the currency.
        (None, Some(money)) if unsaid.is_some_and(|amount| amount.scale() == money) => None,
        // Programs write a decimal point in every country, a decimal comma only where people do.
        (None, None) if mark == ',' && unsaid.is_some_and(|amount| amount.scale() == 0) => None,
        (Some(_), Some(_)) => {
            Some(format!("the other prices of the list say one, its currency the other; {name}"))
        }
        (None, _) if marks.point && marks.comma => {
            Some(format!("other prices of the list have a decimal point, others a comma; {name}"))
        }
        (None, _) => Some(format!("no price of the list shows its decimal mark; {name}")),
    }
}

/// Decimals of a number with this mark and three digits behind it, where the currency alone tells: none
/// of yen or forints, three of dinars in the way they are written.
fn decimals_of(currency: Currency, mark: char) -> Option<u32> {
    let number = format!("1{mark}455");
    let read = |market: Option<Country>| {
        price::parse(
            &number,
            &PriceHints { default_currency: Some(currency), market, ..PriceHints::default() },
        )
    };
    let sure = |reading: &PriceReading| reading.status == PriceStatus::Ok;
    // A market that writes this mark before decimals, and is not heard: there are none.
    let market = if mark == '.' { "US" } else { "DE" };
    let in_market = read(Some(market.parse().ok()?));
    if sure(&in_market) && in_market.amount.is_some_and(|amount| amount.scale() == 0) {
        return Some(0);
    }
    let alone = read(None);
    let three = sure(&alone) && alone.amount.is_some_and(|amount| amount.scale() == 3);
    three.then_some(3)
}
