//! Look-up of a snapshot's offers by identity, subheading and words. Not which of them count.

use crate::attributes::{Attribute, attributes_agree};
use crate::memo::Memo;
use crate::offer::{Facts, Interner, Item, main_basis};
use crate::retrieval::Retrieval;
use crate::thesaurus::Thesaurus;
use crate::words::{key, words};
use model::{Comparable, Declaration, Gtin, HsCode, Snapshot, Unit};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The offers of one subheading.
#[derive(Debug, Default)]
pub(crate) struct Subheading {
    /// Sorted.
    pub items: Vec<u32>,
    /// Whether the declared quantity matters to one of them.
    pub by_quantity: bool,
}

/// A snapshot with its look-up tables. Build once, share among threads.
#[derive(Debug)]
pub struct ReferenceIndex {
    snapshot: Snapshot,
    items: Vec<Item>,
    pub(crate) interner: Interner,
    pub(crate) basis: String,
    pub(crate) memo: Memo,
    pub(crate) retrieval: Retrieval,
    /// Whether the declared quantity matters to any offer.
    pub(crate) by_quantity: bool,
    by_gtin: HashMap<Gtin, Vec<u32>>,
    by_model: HashMap<u32, Vec<u32>>,
    by_subheading: HashMap<HsCode, Subheading>,
}

/// What a line says of its goods, ready for look-up.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Content words of the description, without those of brand and model, which are compared for
    /// themselves.
    pub words: Vec<String>,
    pub attributes: Vec<Attribute>,
    pub brand: Option<String>,
    /// The brand as words of a name.
    pub brand_words: Vec<String>,
    pub model: Option<String>,
    pub is_accessory: bool,
}

impl ReferenceIndex {
    /// Builds the tables.
    pub fn new(snapshot: Snapshot) -> Self {
        let mut interner = Interner::default();
        let basis = main_basis(snapshot.comparables.iter());
        let items: Vec<Item> = snapshot
            .comparables
            .iter()
            .map(|c| {
                let mut item = Item::of(c, &mut interner);
                item.facts.on_basis = c.observation.basis.name == basis;
                item
            })
            .collect();
        let mut by_gtin: HashMap<Gtin, Vec<u32>> = HashMap::new();
        let mut by_model: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut by_subheading: HashMap<HsCode, Subheading> = HashMap::new();
        for (i, (comparable, item)) in snapshot.comparables.iter().zip(&items).enumerate() {
            let i = i as u32;
            if let Some(gtin) = comparable.observation.gtin {
                by_gtin.entry(gtin).or_default().push(i);
            }
            if let Some(model) = item.facts.model {
                by_model.entry(model).or_default().push(i);
            }
            if let Some(hs6) = item.facts.hs6 {
                let subheading = by_subheading.entry(hs6).or_default();
                subheading.items.push(i);
                subheading.by_quantity |= item.facts.by_quantity;
            }
        }
        ReferenceIndex {
            basis,
            memo: Memo::default(),
            retrieval: Retrieval::default(),
            by_quantity: items.iter().any(|item| item.facts.by_quantity),
            snapshot,
            items,
            interner,
            by_gtin,
            by_model,
            by_subheading,
        }
    }

    /// With words of several languages, by which a description finds offers named in others.
    #[must_use]
    pub fn with_thesaurus(mut self, thesaurus: Arc<Thesaurus>) -> Self {
        self.retrieval = Retrieval::with(thesaurus);
        self.memo = Memo::default();
        self
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// How many offers there are; they are numbered from 0.
    pub(crate) fn len(&self) -> u32 {
        self.items.len() as u32
    }

    /// What an offer is held to the facets by.
    pub(crate) fn facts(&self, i: u32) -> Facts {
        self.items[i as usize].facts
    }

    /// Logs of an offer's price per this unit as offered, low and high end.
    pub(crate) fn logs_in(&self, i: u32, unit: Unit) -> Option<(f64, f64)> {
        self.items[i as usize].logs_in(unit)
    }

    /// The content words of an offer's name, sorted.
    pub(crate) fn words_of(&self, i: u32) -> &[u32] {
        &self.items[i as usize].words
    }

    /// The attributes an offer's name states, sorted.
    pub(crate) fn attributes_of(&self, i: u32) -> &[Attribute] {
        &self.items[i as usize].attributes
    }

    /// An offer in full.
    pub(crate) fn offer(&self, i: u32) -> Cow<'_, Comparable> {
        Cow::Borrowed(&self.snapshot.comparables[i as usize])
    }

    /// Reads a line's description, brand and model.
    pub(crate) fn wanted(&self, line: &Declaration) -> Wanted {
        let described = words(line.description.as_deref().unwrap_or_default());
        let text_key = |text: &Option<String>| text.as_deref().map(key).filter(|k| !k.is_empty());
        let named: Vec<String> =
            [&line.brand, &line.model].into_iter().flatten().flat_map(|text| words(text).content).collect();
        let mut content: Vec<&String> = described.content.iter().filter(|w| !named.contains(w)).collect();
        if content.is_empty() {
            content = described.content.iter().collect();
        }
        Wanted {
            words: content.into_iter().cloned().collect(),
            brand_words: words(line.brand.as_deref().unwrap_or_default()).content,
            attributes: described.attributes.clone(),
            brand: text_key(&line.brand),
            model: text_key(&line.model),
            is_accessory: crate::words::is_accessory(&described),
        }
    }

    /// Offers with the line's GTIN, or with its brand and model where stated attributes agree
    /// (a variant of another capacity is other goods). Where one side names no brand, a model
    /// that stands for itself suffices. Sorted. `None`: the line names neither.
    pub(crate) fn identical(&self, line: &Declaration, wanted: &Wanted) -> Option<Vec<u32>> {
        let named = wanted.model.as_ref().filter(|model| wanted.brand.is_some() || stands_alone(model));
        if line.gtin.is_none() && named.is_none() {
            return None;
        }
        let mut found: Vec<u32> =
            line.gtin.and_then(|gtin| self.by_gtin.get(&gtin)).cloned().unwrap_or_default();
        let by_name =
            named.and_then(|model| self.interner.known(model)).and_then(|model| self.by_model.get(&model));
        let brand = wanted.brand.as_ref().map(|b| self.interner.known(b));
        for &i in by_name.into_iter().flatten() {
            let item = &self.items[i as usize];
            let other_gtin = line.gtin.is_some() && self.offer(i).observation.gtin.is_some();
            let same_brand = match (brand, item.facts.brand) {
                (Some(declared), Some(_)) => declared == item.facts.brand,
                _ => named.is_some_and(|model| stands_alone(model)),
            };
            if !other_gtin && same_brand && attributes_agree(&wanted.attributes, &item.attributes) {
                found.push(i);
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// All offers of the line's subheading.
    pub(crate) fn subheading(&self, line: &Declaration) -> Option<&Subheading> {
        self.of_subheading(line.hs.subheading()?)
    }

    /// All offers of a subheading.
    pub(crate) fn of_subheading(&self, code: HsCode) -> Option<&Subheading> {
        self.by_subheading.get(&code)
    }
}

/// Whether a model designation is unlikely to be shared by two brands: at least five characters,
/// letters and digits ("e274f", but not "pro", "x2" or "3310").
fn stands_alone(model: &str) -> bool {
    model.chars().count() >= 5
        && model.chars().any(char::is_alphabetic)
        && model.chars().any(|c| c.is_ascii_digit())
}
