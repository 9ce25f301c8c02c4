//! Sizes and packs in the words of titles: "6 x 330 ml", "pack of 12", "24er", "500 g".

use model::{Quantity, Unit};
use rust_decimal::Decimal;

/// Whether a quantity was found, and whether it reads in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityStatus {
    /// One reading.
    Ok,
    /// Two readings and nothing to settle which.
    Ambiguous,
    /// No quantity in the text.
    None,
}

/// A quantity as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityReading {
    /// Pieces, packs or portions, where stated.
    pub count: Option<Decimal>,
    /// Size of one piece, in `unit`.
    pub size: Option<Decimal>,
    /// Unit of `size` as a canonical symbol: `g`, `kg`, `ml`, `l`, `m`, `u`, …
    pub unit: Option<String>,
    /// What the whole text comes to, in `total_unit`.
    pub total: Option<Decimal>,
    /// WCO unit of `total`.
    pub total_unit: Option<Unit>,
    /// Every quantity known: mass, volume or length first, pieces after.
    pub quantities: Vec<Quantity>,
    /// Whether it is sure.
    pub status: QuantityStatus,
    /// The words that were read.
    pub matched: Option<String>,
    /// Doubts, in words.
    pub reason: Option<String>,
}

/// Reads the size and pack a text states. Never panics.
pub fn parse(_text: &str) -> QuantityReading {
    QuantityReading {
        count: None,
        size: None,
        unit: None,
        total: None,
        total_unit: None,
        quantities: Vec::new(),
        status: QuantityStatus::None,
        matched: None,
        reason: None,
    }
}
