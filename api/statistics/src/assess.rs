//! One declared line against a reference index.
use crate::{Parameters, ReferenceIndex};
use model::{Declaration, DeclaredPrice, MassCheck, Verdict};

/// The declared price in each unit it can be formed in, prepared by the caller (who has the
/// exchange rates).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeclaredPrices {
    /// Best unit first: the declared unit, then kg by net mass.
    pub prices: Vec<DeclaredPrice>,
    /// Other readings of the quantity, each evidenced on the line itself.
    pub alternatives: Vec<MassCheck>,
    /// Why no price could be formed: no exchange rate for the line's date, in words.
    pub failure: Option<String>,
}

/// Holds a declared line to the references and says what the comparison gives.
pub fn assess(
    _index: &ReferenceIndex,
    _line: &Declaration,
    _declared: &DeclaredPrices,
    _parameters: &Parameters,
) -> Verdict {
    unimplemented!()
}
