//! Disclosure control: the cells of the observatory that may be published. Not their drawing.

use model::{CommercialLevel, Condition, Country, Currency, HsCode, Snapshot, Unit};
use serde::Serialize;

/// A cell of the observatory, safe to publish. Figures are in `currency` per `unit`, rounded to
/// three significant digits; counts are rounded down; the smallest and largest price never stand
/// here. Cells of one snapshot never overlap, so that none can be had by subtraction.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ReleasedCell {
    /// Subheading.
    pub hs6: HsCode,
    /// Unit.
    pub unit: Unit,
    /// Condition.
    pub condition: Condition,
    /// Commercial level.
    pub level: CommercialLevel,
    /// Market; `None` where all markets stand in one cell.
    pub market: Option<Country>,
    /// Currency.
    pub currency: Currency,
    /// Sellers, rounded down to a multiple of 5.
    pub n_sellers: Option<u32>,
    /// Sites: 3, or rounded down to a multiple of 5.
    pub n_sites: Option<u32>,
    /// Median, from 5 sellers.
    pub median: Option<f64>,
    /// Lower quartile, from 20 sellers.
    pub q1: Option<f64>,
    /// Upper quartile, from 20 sellers.
    pub q3: Option<f64>,
    /// First decile, from 50 sellers.
    pub p10: Option<f64>,
    /// Ninth decile, from 50 sellers.
    pub p90: Option<f64>,
    /// Why nothing of the cell is published; `None` for a published one.
    pub suppressed: Option<String>,
}

/// The cells of a snapshot, sorted by code, unit, condition, level and market.
pub fn cells(_snapshot: &Snapshot) -> Vec<ReleasedCell> {
    Vec::new()
}
