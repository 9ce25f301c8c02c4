//! Prices in the words of pages: the amount, its currency as written, and every doubt about both.

use model::{Country, Currency};
use rust_decimal::Decimal;

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

/// Reads a price text with what is known around it. Never panics.
pub fn parse(_text: &str, _hints: &PriceHints<'_>) -> PriceReading {
    PriceReading {
        amount: None,
        high: None,
        currency: None,
        currency_raw: None,
        currency_ambiguous: false,
        status: PriceStatus::None,
        readings: Vec::new(),
        reason: None,
        from: false,
    }
}
