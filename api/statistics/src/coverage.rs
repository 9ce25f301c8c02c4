//! How many offers of a snapshot stand in no group, and why: what its figures do not cover. Not which groups there
//! are, nor their figures (`snapshot`, `offers`).

use crate::ReferenceIndex;
use model::GoodsKind;
use serde::Serialize;

/// Offers in no group, by reason. Each counts once, under the first reason that holds: an offer with prices per
/// kilogram and per piece stands in two groups, or in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct UngroupedBy {
    /// No HS code of six digits.
    pub no_hs: u64,
    /// No price above zero per any unit.
    pub no_unit: u64,
    /// The condition is not known.
    pub no_condition: u64,
    /// An accessory, or several articles at one price.
    pub not_an_article: u64,
    /// On another basis than most offers, which alone are compared.
    pub other_basis: u64,
}

impl UngroupedBy {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.reasons().iter().map(|(_, n)| n).sum()
    }

    /// Each reason in words, with its number.
    pub fn reasons(&self) -> [(&'static str, u64); 5] {
        [
            ("without a six-digit HS code", self.no_hs),
            ("without a price per unit", self.no_unit),
            ("of unknown condition", self.no_condition),
            ("accessories or several articles at one price", self.not_an_article),
            ("on another basis", self.other_basis),
        ]
    }
}

impl ReferenceIndex {
    /// The offers in no group, by what keeps them out; of columns alone, no offer is read.
    pub fn ungrouped(&self) -> UngroupedBy {
        let mut by = UngroupedBy::default();
        for i in 0..self.len() {
            let facts = self.facts(i);
            if facts.hs6.is_none() {
                by.no_hs += 1;
            } else if !self.is_priced(i) {
                by.no_unit += 1;
            } else if facts.condition.is_none() {
                by.no_condition += 1;
            } else if facts.kind != GoodsKind::Article {
                by.not_an_article += 1;
            } else if !facts.on_basis {
                by.other_basis += 1;
            }
        }
        by
    }
}
