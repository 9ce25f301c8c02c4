//! What lines will ask first, made before they do: calibrations and the words of large subheadings. Nothing
//! here changes an answer, only when its parts are made.

use crate::Parameters;
use crate::borrowed::{Kin, Siblings};
use crate::index::ReferenceIndex;
use model::{CommercialLevel, Condition, GoodsKind, HsCode, Rung, Unit};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Facets whose calibrations are learned ahead, those of most offers first; of others when asked for.
const MOST_FACETS: usize = 6;
/// Subheadings whose words are made ready ahead, the largest first, and their fewest offers: smaller ones
/// take a millisecond when asked for.
const MOST_SUBHEADINGS: usize = 200;
const FEWEST_OFFERS: u32 = 500;

impl ReferenceIndex {
    /// Makes ahead what the first lines would otherwise wait for, the commonest first; a line that comes
    /// meanwhile is answered all the same. `parameters`: those lines will be assessed with; of others
    /// nothing is kept.
    pub fn prepare(&self, parameters: &Parameters) {
        let mut facets: BTreeMap<(Unit, Condition, CommercialLevel), u32> = BTreeMap::new();
        let mut subheadings: BTreeMap<HsCode, u32> = BTreeMap::new();
        for group in self.groups().unwrap_or_default() {
            let key = &group.key;
            *facets.entry((key.unit, key.condition, key.level)).or_default() += group.n_listings;
            *subheadings.entry(key.hs6).or_default() += group.n_listings;
        }
        let mut facets: Vec<_> = facets.into_iter().map(|(facets, n)| (Reverse(n), facets)).collect();
        facets.sort_unstable();
        let mut subheadings: Vec<_> = subheadings.into_iter().map(|(code, n)| (Reverse(n), code)).collect();
        subheadings.sort_unstable();
        subheadings.retain(|(Reverse(n), _)| *n >= FEWEST_OFFERS);
        for (_, (unit, condition, level)) in facets.into_iter().take(MOST_FACETS) {
            for rung in Rung::ALL.iter().copied().filter(|rung| *rung <= parameters.widest_rung) {
                let of_brands = rung == Rung::Hs6Facets && parameters.brand_facet;
                for of_brand in [false, true].into_iter().take(1 + usize::from(of_brands)) {
                    let kind = GoodsKind::Article;
                    Siblings::of(self, Kin { rung, of_brand, unit, condition, level, kind }, parameters);
                }
            }
        }
        for (_, code) in subheadings.into_iter().take(MOST_SUBHEADINGS) {
            self.shelf(code);
        }
    }
}
