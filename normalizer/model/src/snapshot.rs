//! A reference snapshot: observations on one basis, in one currency, immutable and hashed.

use crate::text_form::coded_enum;
use crate::{CommercialLevel, Condition, ContentHash, Currency, HsCode, Observation, Unit};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Version of the snapshot's form. Readers refuse a newer one and read older ones.
pub const SNAPSHOT_VERSION: u32 = 3;

/// An exchange rate as it was used: 1 `from` = `rate` `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RateUsed {
    /// Currency converted.
    pub from: Currency,
    /// Currency converted into.
    pub to: Currency,
    /// Units of `to` for one `from`.
    pub rate: Decimal,
    /// Day the rate was published for: the day asked for, or the last one before it.
    pub date: NaiveDate,
    /// Who published it.
    pub source: String,
}

/// A price per unit, in the snapshot's currency, on the snapshot's basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UnitPrice {
    /// Per this unit.
    pub unit: Unit,
    /// Low end.
    pub low: Decimal,
    /// High end.
    pub high: Decimal,
}

/// An observation in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Comparable {
    /// The observation.
    pub observation: Observation,
    /// Its unit prices, one for each unit known.
    pub unit_prices: Vec<UnitPrice>,
    /// The conversion into the snapshot's currency; `None` where none was needed.
    pub rate: Option<RateUsed>,
}

coded_enum! {
    /// Why a stored or candidate offer does not enter a reference.
    ExclusionReason, "a reason for exclusion" {
        /// No exchange rate on or before its day.
        NoExchangeRate = "no_exchange_rate",
        /// The condition is not known.
        UnknownCondition = "unknown_condition",
        /// Of another condition than the declared goods.
        OtherCondition = "other_condition",
        /// Of another commercial level.
        OtherLevel = "other_commercial_level",
        /// An accessory or part of such an article.
        Accessory = "accessory",
        /// Several articles at one price.
        Bundle = "bundle",
        /// No price in the declared unit.
        OtherUnit = "other_unit",
        /// Captured outside the window around the line's export date.
        OutsideWindow = "outside_window",
        /// A later or better placed listing of the same goods by the same seller counts.
        SameSellerSameGoods = "same_seller_same_goods",
        /// Out by about a factor of 10, 100 or 1000: a slip of the decimal point or unit.
        DecimalSlip = "decimal_slip",
        /// Smallest order above the declared quantity.
        MinimumOrder = "minimum_order",
        /// Seen at a later date at the same offer: a newer capture counts.
        Superseded = "superseded",
        /// Of other goods under the same code (another brand, model or attribute).
        OtherGoods = "other_goods",
        /// On another basis than the snapshot's.
        OtherBasis = "other_basis",
        /// From another country of origin than the declared goods.
        OtherOrigin = "other_origin",
    }
}

/// An observation left out of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Exclusion {
    /// The observation.
    pub observation: ContentHash,
    /// Why.
    pub reason: ExclusionReason,
    /// In words, with the figures.
    pub detail: String,
}

/// What a group of the snapshot has in common.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct GroupKey {
    /// Subheading.
    pub hs6: HsCode,
    /// Unit of the prices.
    pub unit: Unit,
    /// Condition.
    pub condition: Condition,
    /// Commercial level.
    pub level: CommercialLevel,
}

/// The distribution of a group over all its capture dates, low ends. Quantiles are R-7 on logs
/// (Hyndman and Fan 1996, type 7), one seller one vote, in the snapshot's currency per unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct GroupSummary {
    /// The group.
    pub key: GroupKey,
    /// Listings.
    pub n_listings: u32,
    /// Sellers.
    pub n_sellers: u32,
    /// Sites.
    pub n_sites: u32,
    /// Effective number of independent votes.
    pub n_eff: f64,
    /// Largest share of the raw listings held by one seller, 0 to 1.
    pub top_seller_share: f64,
    /// First and last capture day.
    pub first_day: NaiveDate,
    /// Last capture day.
    pub last_day: NaiveDate,
    /// Quantiles of the unit price.
    pub p10: f64,
    /// Lower quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile.
    pub q3: f64,
    /// Ninth decile.
    pub p90: f64,
    /// Scaled median absolute deviation of the logs (1.4826 × MAD).
    pub log_spread: f64,
}

/// A snapshot in memory, every offer of it; its files are the statistics crate's.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// SHA-256: of the canonical text in version 1, of the directory of the columns from version 2 on.
    pub id: ContentHash,
    /// Currency of every unit price.
    pub currency: Currency,
    /// Comparables, sorted by observation id.
    pub comparables: Vec<Comparable>,
    /// What was left out, sorted by observation id.
    pub exclusions: Vec<Exclusion>,
    /// Groups, sorted by key.
    pub groups: Vec<GroupSummary>,
}
