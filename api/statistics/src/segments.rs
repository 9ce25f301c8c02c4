//! The price levels of a group, and the facet that tells them apart. Not the verdict in each.

use crate::Parameters;
use crate::distribution::{Distribution, Vote};
use crate::index::ReferenceIndex;
use crate::mixture::two_levels;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A price level.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub label: String,
    pub distribution: Arc<Distribution>,
    pub n_sites: u32,
}

/// Price levels, lowest first.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    /// The facet, in words; `None`: only the price tells the levels apart.
    pub facet: Option<String>,
    pub levels: Vec<Level>,
}

/// Looks for two price levels among the votes.
pub(crate) fn split(
    index: &ReferenceIndex,
    votes: &[Vote],
    group: &Distribution,
    parameters: &Parameters,
) -> Option<Split> {
    let cut = two_levels(group, parameters)?;
    let (below, above): (Vec<Vote>, Vec<Vote>) = votes.iter().partition(|v| v.low <= cut);
    let named = facet(index, &below, &above, parameters.facet_purity);
    let (facet, labels) = match named {
        Some((facet, low, high)) => (Some(facet), [low, high]),
        None => (None, ["the lower price level".to_owned(), "the upper price level".to_owned()]),
    };
    let levels = [below, above]
        .into_iter()
        .zip(labels)
        .map(|(votes, label)| {
            let sites: BTreeSet<u32> = votes.iter().map(|v| index.facts(v.item).site).collect();
            Some(Level {
                label,
                distribution: Arc::new(Distribution::of(&votes, parameters)?),
                n_sites: sites.len() as u32,
            })
        })
        .collect::<Option<Vec<Level>>>()?;
    Some(Split { facet, levels })
}

/// The facet that sorts at least a share `purity` of each level's votes to its side: whether a
/// brand is named, one brand against the rest, one market, one word of the name. With the labels
/// of the lower and upper level.
fn facet(
    index: &ReferenceIndex,
    below: &[Vote],
    above: &[Vote],
    purity: f64,
) -> Option<(String, String, String)> {
    let item = |v: &Vote| index.facts(v.item);
    let share = |votes: &[Vote], has: &dyn Fn(&Vote) -> bool| {
        let all: f64 = votes.iter().map(|v| v.weight).sum();
        let with: f64 = votes.iter().filter(|v| has(v)).map(|v| v.weight).sum();
        with / all
    };
    // Some(true): the upper level has it; Some(false): the lower one.
    let sides = |has: &dyn Fn(&Vote) -> bool| {
        let (low, high) = (share(below, has), share(above, has));
        if high >= purity && low <= 1.0 - purity {
            Some(true)
        } else if low >= purity && high <= 1.0 - purity {
            Some(false)
        } else {
            None
        }
    };
    let labelled = |facet: &str, upper_has: bool, with: String, without: String| {
        let (low, high) = if upper_has { (without, with) } else { (with, without) };
        Some((facet.to_owned(), low, high))
    };
    let all = || below.iter().chain(above);
    // Of several spellings of one brand the first by alphabet is printed.
    let mut brands: BTreeMap<u32, String> = BTreeMap::new();
    for v in all() {
        let Some(number) = item(v).brand else { continue };
        let Some(name) = index.brand_written(v.item).map(str::to_owned) else { continue };
        match brands.entry(number) {
            Entry::Vacant(new) => {
                new.insert(name);
            }
            Entry::Occupied(mut known) if name < *known.get() => {
                known.insert(name);
            }
            Entry::Occupied(_) => {}
        }
    }
    let mut by_name: Vec<(String, u32)> = brands.into_iter().map(|(n, name)| (name, n)).collect();
    by_name.sort_unstable();
    for (name, number) in by_name {
        if let Some(upper) = sides(&|v| item(v).brand == Some(number)) {
            let without = if share(if upper { below } else { above }, &|v| item(v).brand.is_none()) >= purity
            {
                "offers without a brand".to_owned()
            } else {
                "offers of other brands".to_owned()
            };
            return labelled("brand", upper, format!("offers of the brand {name}"), without);
        }
    }
    if let Some(upper) = sides(&|v| item(v).brand.is_some()) {
        return labelled(
            "brand",
            upper,
            "offers of named brands".to_owned(),
            "offers without a brand".to_owned(),
        );
    }
    let market = |v: &Vote| item(v).market;
    let markets: BTreeSet<_> = all().filter_map(market).collect();
    for wanted in markets {
        if let Some(upper) = sides(&|v| market(v) == Some(wanted)) {
            return labelled(
                "market",
                upper,
                format!("offers in the market {wanted}"),
                "offers in other markets".to_owned(),
            );
        }
    }
    let mut words = words_of_one_side(index, below, above, purity);
    words.sort_unstable_by_key(|&w| index.interner.text(w));
    for word in words {
        if let Some(upper) = sides(&|v| index.words_of(v.item).binary_search(&word).is_ok()) {
            let text = index.interner.text(word);
            return labelled(
                &format!("the word '{text}'"),
                upper,
                format!("offers named with '{text}'"),
                format!("offers named without '{text}'"),
            );
        }
    }
    None
}

/// The words that can sort the levels: one side's offers nearly all have them, the other's hardly. A
/// long list of offers has thousands of words, and few of these.
fn words_of_one_side(index: &ReferenceIndex, below: &[Vote], above: &[Vote], purity: f64) -> Vec<u32> {
    // Sums in another order differ in their last digits.
    const ROUNDING: f64 = 1e-9;
    let mut having: HashMap<u32, [f64; 2]> = HashMap::new();
    let mut all = [0.0; 2];
    for (side, votes) in [below, above].into_iter().enumerate() {
        for vote in votes {
            all[side] += vote.weight;
            for &word in index.words_of(vote.item) {
                having.entry(word).or_default()[side] += vote.weight;
            }
        }
    }
    let share = |with: &[f64; 2], side: usize| with[side] / all[side];
    let sorts = |with: &[f64; 2]| {
        (0..2).any(|side| {
            share(with, side) >= purity - ROUNDING && share(with, 1 - side) <= 1.0 - purity + ROUNDING
        })
    };
    having.into_iter().filter(|(_, with)| sorts(with)).map(|(word, _)| word).collect()
}
