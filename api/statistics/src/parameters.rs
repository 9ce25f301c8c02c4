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
    /// `reason_to_ask`: the widest rung on which it can be given. Among all goods of a subheading a low
    /// price is mostly another quality.
    pub reason_widest_rung: Rung,
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
    /// Rung 2: what another form of a declared word is worth beside the word itself, 0 to 1 ("frischer" for
    /// "frisch").
    pub similarity_form: f64,
    /// Rung 2: what two words written as one, or one as two, are worth.
    pub similarity_joined: f64,
    /// Rung 2: what another word for the same by the thesaurus is worth: a table of words is less sure
    /// than the word.
    pub similarity_translated: f64,
    /// Rung 2: what a compound that ends with the word, a kind of it, is worth ("smartphone" for "phone").
    pub similarity_kind: f64,
    /// Rung 2: what a word written otherwise by a slip of the pen is worth.
    pub similarity_slip: f64,
    /// Rung 2: a spelling is a slip of the pen where the other one is at least so many times as common.
    pub similarity_slip_times: u32,
    /// Rung 2: what a word that a declared compound is a kind of, or made of, is worth.
    pub similarity_part: f64,
    /// Rung 2: what a compound that begins with the word, made of it or for it, is worth.
    pub similarity_made_of: f64,
    /// Rung 2: what an attribute, brand or model that the line states and the offer does not weighs
    /// against one that both state.
    pub similarity_not_stated: f64,
    /// The widest rung that may be taken: `hs6_facets` stops before all goods of a subheading.
    pub widest_rung: Rung,
    /// Rung 3: where the line names its brand, offers of that brand only. A tier of brands would
    /// need to know which are dear; an offer that names none may be of any.
    pub brand_facet: bool,
    /// Least robust spread of a group's logs that z, what a group detects and the fits reckon with: where
    /// more than half of the offers are at one price there is none, and every other price would be
    /// infinitely far off.
    pub least_spread: f64,
    /// Fewest sellers for a slip of the decimal point to be seen.
    pub slip_min_n: u32,
    /// A slip lies at least this many robust spreads off the group's median.
    pub slip_spreads: f64,
    /// Least robust spread of the logs by which a slip is told: a group of one price has none.
    pub slip_least_spread: f64,
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
    /// Least standard deviation of a price level, on logs: one at a single price is no level but a price.
    pub level_least_sd: f64,
    /// Share of the votes a facet must sort into the right price level to name it, 0 to 1.
    pub facet_purity: f64,
    /// Fewest ranks, pooled among sibling groups, that calibrate a p: 1/(200+1) is a tenth of 5 %.
    pub calibration_min_ranks: f64,
    /// Fewest sibling groups these ranks come from: one group is no sibling.
    pub calibration_min_groups: u32,
    /// Most sibling groups learned from; of more, that many evenly apart.
    pub calibration_max_groups: u32,
    /// Sellers up to which a price is held half to the whole group, half to the group with each seller
    /// left out: one reference more or less then changes the score.
    pub left_out_sellers: u32,
    /// Most degrees of freedom that the siblings' spread is worth: siblings that seem all alike still
    /// leave a group its own say.
    pub siblings_most_dof: f64,
    /// Spreads beyond which a sibling's own spread is drawn in before it tells the others.
    pub siblings_drawn_in: f64,
    /// Share of references that are slips by one factor, before any is seen.
    pub slip_share: f64,
    /// Votes that this share is worth.
    pub slip_share_votes: f64,
    /// Largest share of slips by one factor among siblings, 0 to 0.2.
    pub slip_share_most: f64,
    /// Share of gross errors on either side, before any is seen: a tenth in all is what collections of
    /// measurements show (Hampel 1973).
    pub gross_share: f64,
    /// Votes that this share is worth: siblings give hundreds.
    pub gross_share_votes: f64,
    /// Largest share of gross errors on one side, 0 to 0.4: more are the group, not its errors.
    pub gross_share_most: f64,
    /// Standard deviation of gross errors, in those of the sound prices.
    pub gross_spread: f64,
    /// Standard errors by which siblings must be foretold better before gross errors are not reckoned with,
    /// or two price levels are.
    pub shape_standard_errors: f64,
    /// Share of that comparison left to any price at all: what no forecast can know then counts alike
    /// for every forecast.
    pub unforeseen_share: f64,
    /// Standard errors by which differences between siblings' prices must be more frequent than smaller
    /// ones before two price levels are fitted at all.
    pub two_levels_standard_errors: f64,
    /// Two price levels of siblings: the upper one is at most so many times the lower; dearer is another
    /// pack or a slip of the decimal point.
    pub two_levels_most_ratio: f64,
    /// Two price levels of siblings: the most votes that the siblings' share on the lower one is worth in
    /// a group.
    pub two_levels_most_votes: f64,
    /// Days from the line's export date at which an offer weighs half in the predicted price; 0:
    /// all alike. Own ranks and medians are not weighted by days, beyond the window.
    pub recency_half_life_days: u32,
    /// Whether the country of origin is a facet of rung 3: a line that states its origin is held to
    /// offers of that origin alone. Offers on the web seldom state one; price tables do.
    pub origin_facet: bool,
    /// A description contradicts the declared code where it names goods of another heading with at least
    /// this probability, 0 to 1.
    pub contradiction_sure: f64,
    /// The same: and where the declared heading has at most this probability.
    pub contradiction_hardly: f64,
    /// Importers' price levels: fewest lines of an importer's product that are tested.
    pub patterns_min_lines: u32,
    /// Importers' price levels: fewest other importers of the product.
    pub patterns_min_others: u32,
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
            reason_widest_rung: Rung::Similar,
            strong_ratio: 0.50,
            not_detectable_ratio: 0.50,
            similarity: 0.45,
            similarity_extra: 0.05,
            similarity_most: 100,
            similarity_form: 0.95,
            similarity_joined: 0.95,
            similarity_translated: 0.9,
            similarity_kind: 0.85,
            similarity_slip: 0.8,
            similarity_slip_times: 20,
            similarity_part: 0.7,
            similarity_made_of: 0.6,
            similarity_not_stated: 0.25,
            widest_rung: Rung::Hs6Unit,
            brand_facet: true,
            least_spread: 0.01,
            slip_min_n: 8,
            slip_spreads: 4.0,
            slip_least_spread: 0.05,
            slip_residual_spreads: 2.5,
            slip_max_share: 0.25,
            levels_min_n_eff: 20.0,
            sarle: 0.555,
            bic_gain: 10.0,
            separation: 2.0,
            level_min_n_eff: 9.0,
            level_least_sd: 0.02,
            facet_purity: 0.9,
            calibration_min_ranks: 200.0,
            calibration_min_groups: 5,
            calibration_max_groups: 1000,
            left_out_sellers: 10,
            siblings_most_dof: 100.0,
            siblings_drawn_in: 3.0,
            slip_share: 0.0001,
            slip_share_votes: 1000.0,
            slip_share_most: 0.2,
            gross_share: 0.05,
            gross_share_votes: 20.0,
            gross_share_most: 0.3,
            gross_spread: 5.0,
            shape_standard_errors: 2.0,
            unforeseen_share: 0.1,
            two_levels_standard_errors: 3.0,
            two_levels_most_ratio: 5.0,
            two_levels_most_votes: 100.0,
            recency_half_life_days: 90,
            origin_facet: false,
            contradiction_sure: 0.9,
            contradiction_hardly: 0.001,
            patterns_min_lines: 4,
            patterns_min_others: 4,
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

    /// Whether a reason to ask can be given on a reference of this rung with so many effective votes, however low the
    /// declared price; below the votes of an own claim nothing stronger than `low_review` comes out.
    #[inline]
    pub fn allow_reason(&self, rung: Rung, n_eff: f64) -> bool {
        rung <= self.reason_widest_rung && n_eff >= self.min_n_eff_own_5pct - 1e-6
    }

    /// The hash that a program which knew these names alone gave the same numbers, and the names it did not
    /// know: by this a verdict from before a number was a parameter proves the others.
    pub fn hash_of(&self, known: &serde_json::Map<String, serde_json::Value>) -> (ContentHash, Vec<String>) {
        let mut numbers = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(numbers)) => numbers,
            _ => serde_json::Map::new(),
        };
        let unknown = numbers.keys().filter(|name| !known.contains_key(*name)).cloned().collect();
        // Keeps the order of the declaration, in which the hash is reckoned.
        numbers.retain(|name, _| known.contains_key(name));
        (ContentHash::of(&serde_json::to_vec(&numbers).unwrap_or_default()), unknown)
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
    fn numbers_from_before_some_were_parameters_keep_the_hash_they_had() {
        let numbers = Parameters { window_days: 30, ..Parameters::default() };
        let serde_json::Value::Object(all) = serde_json::to_value(&numbers).unwrap() else { panic!() };
        assert_eq!(numbers.hash_of(&all), (numbers.hash(), vec![]));
        let mut before = all.clone();
        before.retain(|name, _| !["least_spread", "gross_spread"].contains(&name.as_str()));
        let (hash, unknown) = numbers.hash_of(&before);
        assert_eq!(unknown, ["least_spread", "gross_spread"]);
        assert_eq!(hash, ContentHash::of(&serde_json::to_vec(&before).unwrap()));
        let read: Parameters = serde_json::from_value(before.into()).unwrap();
        assert_eq!(read, numbers, "what is missing is what the program then had built in");
    }

    #[test]
    fn the_hash_tells_parameters_apart() {
        let changed = Parameters { window_days: 30, ..Parameters::default() };
        assert_ne!(changed.hash(), Parameters::default().hash());
    }
}
