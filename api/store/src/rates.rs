//! Exchange rates by day and publisher.

use crate::StoreError;
use async_trait::async_trait;
use chrono::NaiveDate;
use model::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One published rate: 1 `base` = `rate` `quote`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateRow {
    /// The day it was published for.
    pub date: NaiveDate,
    /// One of this currency
    pub base: Currency,
    /// buys this many of this one.
    pub quote: Currency,
    /// Units of `quote` for one `base`, above zero.
    pub rate: Decimal,
    /// Who published it.
    pub source: String,
    /// The last day it holds for, where its publisher states a period; year 9999: until replaced.
    /// `None` is a rate of one day.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// Exchange rates.
#[async_trait]
pub trait Rates: Send + Sync {
    /// Keeps rates, in one transaction. A rate of the same day, pair and publisher replaces the
    /// earlier one (publishers correct themselves; a snapshot keeps the rates it used). Returns how
    /// many are new or changed.
    async fn put_rates(&self, rates: &[RateRow]) -> Result<u64, StoreError>;
    /// Every rate, by base, quote, date and publisher.
    async fn rates(&self) -> Result<Vec<RateRow>, StoreError>;

    /// The rates published between two days, both included, and those whose period reaches into them,
    /// in the same order: all that one line needs of a history of decades.
    async fn rates_between(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<RateRow>, StoreError>;
}
