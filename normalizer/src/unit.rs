//! Units as pages write them, brought to the units of the WCO.

use model::Unit;
use rust_decimal::Decimal;

/// A unit of size: what it is called, and what it comes to in a WCO unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeUnit {
    /// Canonical symbol: `g`, `kg`, `ml`, `l`, `m`, `u`, ….
    pub symbol: &'static str,
    /// The WCO unit.
    pub unit: Unit,
    /// How many of the WCO unit one is.
    pub factor: Decimal,
}

/// The unit a word means, in any of the languages known; `None` for other words.
pub fn size_unit(_word: &str) -> Option<SizeUnit> {
    None
}
