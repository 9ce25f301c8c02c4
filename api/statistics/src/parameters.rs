//! Every number the rules use, with its default and its reason. Not the rules themselves.

use model::{ContentHash, Rung};
use serde::{Deserialize, Serialize};

/// The parameters of every rule. A national setting may change them; their [`Parameters::hash`]
/// stands on every verdict, so that a result names the rules it was made by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Days to each side of the line's export date within which an offer counts. The Agreement
    /// says "at or about the same time" and gives no number.
    pub window_days: u32,
    /// Offers outside the window that make it worth naming the window as what fails.
    pub min_outside_named: u32,
    /// Effective votes below which a rung is left for the next wider one.
    pub min_n_eff: f64,
    /// Effective votes from which a group's own ranks carry a 5 % claim: 1/(19+1) = .05.
    pub min_n_eff_own_5pct: f64,
    /// Fewest sellers.
    pub min_sellers: u32,
    /// Fewest sites (hosts of the offers' links).
    pub min_sites: u32,
    /// Largest share of the raw listings one seller may hold, 0 to 1.
    pub dominant_share: f64,
    /// Share of the votes above which one site is named, 0 to 1. With the fewest two sites one
    /// of them always holds half.
    pub dominant_site_share: f64,
    /// `low_review`: largest lower p.
    pub low_review_p: f64,
    /// `low_review` and `not_detectable`: the ratio must lie below.
    pub low_review_ratio: f64,
    /// `reason_to_ask`: largest lower p; `high_review`: largest upper p.
    pub reason_p: f64,
    /// `reason_to_ask`: the ratio must lie below; `high_review`: above its inverse.
    pub reason_ratio: f64,
    /// `reason_to_ask`: z at most minus this; `high_review`: at least this.
    pub reason_z: f64,
    /// `strong_reason_to_ask`: largest ratio.
    pub strong_ratio: f64,
    /// `not_detectable`: the largest ratio the group detects lies below.
    pub not_detectable_ratio: f64,
    /// Rung 2: least similarity of an offer's name to the description, 0 to 1; what is less alike is
    /// other goods. Chosen on development lists (`tests/bench/retrieval`).
    pub similarity: f64,
    /// Rung 2: what a word of the offer that the description has not weighs against one that it has.
    pub similarity_extra: f64,
    /// Rung 2: where more sellers offer goods that are alike, only offers at least as like as those of
    /// this many sellers; 0: all. 100 carry an own 1 % claim, 1/(99+1); less like goods only widen
    /// the reference. Offers alike to the same degree are never parted.
    pub similarity_most: u32,
    /// The widest rung that may be taken: `hs6_facets` stops before all goods of a subheading.
    pub widest_rung: Rung,
    /// Rung 3: where the line names its brand, offers of that brand only. A tier of brands would
    /// need to know which are dear; an offer that names none may be of any.
    pub brand_facet: bool,
    /// Fewest sellers for a slip of the decimal point to be seen.
    pub slip_min_n: u32,
    /// A slip lies at least this many robust spreads off the group's median.
    pub slip_spreads: f64,
    /// A slip lies at most this many robust spreads off once its factor is taken out.
    pub slip_residual_spreads: f64,
    /// Largest share of a group that can be slips, 0 to 1: more of them are a price level.
    pub slip_max_share: f64,
    /// Fewest effective votes for several price levels to be looked for.
    pub levels_min_n_eff: f64,
    /// Sarle's bimodality coefficient above which price levels are fitted (uniform: .555).
    pub sarle: f64,
    /// Gain in BIC of two components over one above which price levels are fitted.
    pub bic_gain: f64,
    /// Ashman's D above which two fitted components count as levels: below 2 they overlap into
    /// one hump, and the gain in BIC comes from heavy tails.
    pub separation: f64,
    /// Fewest effective votes of one price level: 1/(9+1) = .10 is the smallest p a level needs to
    /// give a verdict of its own. Fewer dear or cheap offers are the group's tail, and count in it.
    pub level_min_n_eff: f64,
    /// Share of the votes a facet must sort into the right price level to name it, 0 to 1.
    pub facet_purity: f64,
    /// Fewest ranks, pooled among sibling groups, that calibrate a p: 1/(200+1) is a tenth of 5 %.
    pub calibration_min_ranks: f64,
    /// Fewest sibling groups these ranks come from: one group is no sibling.
    pub calibration_min_groups: u32,
    /// Most sibling groups learned from; of more, that many evenly apart.
    pub calibration_max_groups: u32,
    /// Days from the line's export date at which an offer weighs half in the predicted price; 0:
    /// all alike. Own ranks and medians are not weighted by days, beyond the window.
    pub recency_half_life_days: u32,
    /// Whether the country of origin is a facet of rung 3: a line that states its origin is held to
    /// offers of that origin alone. Offers on the web seldom state one; price tables do.
    pub origin_facet: bool,
    /// Most excluded offers listed in a verdict (all are counted).
    pub max_excluded_listed: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            window_days: 90,
            min_outside_named: 3,
            min_n_eff: 3.0,
            min_n_eff_own_5pct: 19.0,
            min_sellers: 3,
            min_sites: 2,
            dominant_share: 0.5,
            dominant_site_share: 0.67,
            low_review_p: 0.10,
            low_review_ratio: 0.85,
            reason_p: 0.05,
            reason_ratio: 0.70,
            reason_z: 2.5,
            strong_ratio: 0.50,
            not_detectable_ratio: 0.50,
            similarity: 0.45,
            similarity_extra: 0.05,
            similarity_most: 100,
            widest_rung: Rung::Hs6Unit,
            brand_facet: true,
            slip_min_n: 8,
            slip_spreads: 4.0,
            slip_residual_spreads: 2.5,
            slip_max_share: 0.25,
            levels_min_n_eff: 20.0,
            sarle: 0.555,
            bic_gain: 10.0,
            separation: 2.0,
            level_min_n_eff: 9.0,
            facet_purity: 0.9,
            calibration_min_ranks: 200.0,
            calibration_min_groups: 5,
            calibration_max_groups: 1000,
            recency_half_life_days: 90,
            origin_facet: false,
            max_excluded_listed: 200,
        }
    }
}

impl Parameters {
    /// SHA-256 of the parameters' JSON, fields in the order of the declaration.
    pub fn hash(&self) -> ContentHash {
        // A struct of numbers always serializes.
        ContentHash::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_parameter_is_refused_and_absent_ones_keep_their_defaults() {
        assert!(serde_json::from_str::<Parameters>(r#"{"window":30}"#).is_err());
        let p: Parameters = serde_json::from_str(r#"{"window_days":30}"#).unwrap();
        assert_eq!(p.window_days, 30);
        assert_eq!(p.min_sellers, 3);
    }

    #[test]
    fn the_hash_tells_parameters_apart() {
        let changed = Parameters { window_days: 30, ..Parameters::default() };
        assert_ne!(changed.hash(), Parameters::default().hash());
    }
}
