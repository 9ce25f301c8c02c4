//! The walk from a listing to an observation: each field read by its module, every step told in
//! words.

use crate::{HsKeywords, basis};
use model::{Capture, Facts, Listing, Observation, Rejection, RejectionReason};

/// What the normalizer knows of the world.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Phrases that name subheadings, for lists without codes.
    pub keywords: HsKeywords,
    /// Recipes from offer to CIF, per market and level; none leaves prices as offered.
    pub markets: Vec<basis::Recipe>,
    /// Local key under which names of private sellers are hashed.
    pub seller_key: Option<Vec<u8>>,
}

impl Knowledge {
    /// The keywords that ship with the project, no recipes, no key.
    pub fn builtin() -> Self {
        Knowledge { keywords: HsKeywords::builtin(), markets: Vec::new(), seller_key: None }
    }
}

/// Makes a listing comparable, or says why it cannot be.
pub fn normalize(
    listing: &Listing,
    capture: &Capture,
    _facts: &Facts,
    _knowledge: &Knowledge,
) -> Result<Observation, Rejection> {
    Err(Rejection {
        reason: RejectionReason::NoPrice,
        detail: String::new(),
        source_id: capture.source_id.clone(),
        place: listing.url.clone().unwrap_or_default(),
        page_hash: capture.page_hash,
        seen_at: capture.captured_at,
    })
}
