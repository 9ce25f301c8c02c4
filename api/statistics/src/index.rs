//! Look-up of a snapshot's offers by identity, subheading and words. Not which of them count.

use crate::StatisticsError;
use crate::attributes::{Attribute, attributes_agree};
use crate::captures::KnownCaptures;
use crate::columnar::Container;
use crate::memo::Memo;
use crate::offer::Facts;
use crate::offers::{self, Found, Offers, Place, SnapshotSummary, Subheading, Texts};
use crate::retrieval::{Retrieval, Retrieved};
use crate::thesaurus::Thesaurus;
use crate::words::{key, words};
use model::{
    Comparable, ContentHash, Declaration, Exclusion, GroupKey, GroupSummary, HsCode, Snapshot, Unit,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Offers that are kept as they were read: those that lines are held to in full, since the declared
/// quantity matters to them, and those that schedules showed last. With 2 kB or so each, some 40 MB.
const KEPT_OFFERS: usize = 20_000;

/// A snapshot made ready for look-ups. Open once, share among threads.
#[derive(Debug)]
pub struct ReferenceIndex {
    offers: Offers,
    summary: SnapshotSummary,
    /// Words, brands and models of the offers as numbers.
    pub(crate) interner: Texts,
    pub(crate) basis: String,
    pub(crate) memo: Memo,
    pub(crate) retrieval: Retrieval,
    /// Whether the declared quantity matters to any offer.
    pub(crate) by_quantity: bool,
    kept: RwLock<KeptOffers>,
    pub(crate) captures: KnownCaptures,
    groups: OnceLock<Vec<GroupSummary>>,
    /// By offer, of rows of a price table.
    rows: Option<Vec<RowPlace>>,
}

/// Where a row stands in its price table: ranks are summed up and sellers left out in the table's order there
/// and here, so that figures are the same in every digit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowPlace {
    /// Its place among the rows of its subheading.
    pub place: u32,
    /// The number of its seller.
    pub seller: u32,
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
    /// What the description finds, read once for all the facets a line is held to.
    pub retrieved: Retrieved,
}

impl ReferenceIndex {
    /// Makes a snapshot in memory ready. Its file is opened faster: [`ReferenceIndex::open`].
    ///
    /// # Errors
    /// Offers that cannot be written as JSON.
    pub fn of(snapshot: &Snapshot) -> Result<Self, StatisticsError> {
        Ok(ReferenceIndex::over(offers::in_memory(snapshot, None)?, snapshot.id))
    }

    /// Opens a snapshot file without reading its offers. The hashes of its sections are for the
    /// caller to prove ([`Container::verify`]).
    ///
    /// # Errors
    /// A file that holds something else, of a newer version, or damaged.
    pub fn open(container: Container) -> Result<Self, StatisticsError> {
        let id = container.id();
        let offers = Offers::open(container)?;
        if offers.is_current() {
            return Ok(ReferenceIndex::over(offers, id));
        }
        // Columns of another program's words: the records are what counts.
        Ok(ReferenceIndex::over(offers::in_memory(&offers.in_full(id)?, None)?, id))
    }

    /// Over columns that were made in memory, under the identity of what they are a part of.
    pub(crate) fn over(offers: Offers, id: ContentHash) -> Self {
        ReferenceIndex {
            summary: offers.summary(id),
            interner: offers.texts.clone(),
            basis: offers.meta.basis.clone(),
            memo: Memo::default(),
            retrieval: Retrieval::default(),
            by_quantity: offers.any_by_quantity(),
            kept: RwLock::default(),
            captures: KnownCaptures::default(),
            groups: OnceLock::new(),
            rows: None,
            offers,
        }
    }

    /// With words of several languages, by which a description finds offers named in others.
    #[must_use]
    pub fn with_thesaurus(mut self, thesaurus: Arc<Thesaurus>) -> Self {
        self.retrieval = Retrieval::with(thesaurus);
        self.memo = Memo::default();
        self
    }

    /// With the places of the rows that the offers are.
    pub(crate) fn of_rows(mut self, rows: Vec<RowPlace>) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Where the row stands that an offer is, where it is one.
    pub(crate) fn row(&self, i: u32) -> Option<RowPlace> {
        self.rows.as_ref()?.get(i as usize).copied()
    }

    /// The columns of the offers.
    #[cfg(test)]
    pub(crate) fn offers(&self) -> &Offers {
        &self.offers
    }

    /// What the snapshot is, without its offers.
    pub fn snapshot(&self) -> &SnapshotSummary {
        &self.summary
    }

    /// The snapshot's groups.
    ///
    /// # Errors
    /// A damaged file.
    pub fn groups(&self) -> Result<&[GroupSummary], StatisticsError> {
        if let Some(known) = self.groups.get() {
            return Ok(known);
        }
        let read = self.offers.groups()?;
        Ok(self.groups.get_or_init(|| read))
    }

    /// What was left out when the snapshot was built.
    ///
    /// # Errors
    /// A damaged file.
    pub fn exclusions(&self) -> Result<Vec<Exclusion>, StatisticsError> {
        self.offers.exclusions()
    }

    /// The whole snapshot in memory: every offer is read.
    ///
    /// # Errors
    /// A damaged file.
    pub fn in_full(&self) -> Result<Snapshot, StatisticsError> {
        self.offers.in_full(self.summary.id)
    }

    /// Looks an observation up by its id or the first hexadecimal digits of it.
    pub fn find(&self, digits: &str) -> Found {
        self.offers.find(digits)
    }

    /// How many offers there are; they are numbered from 0.
    pub(crate) fn len(&self) -> u32 {
        self.offers.len()
    }

    /// What an offer is held to the facets by.
    pub(crate) fn facts(&self, i: u32) -> Facts {
        self.offers.facts(i)
    }

    /// Logs of an offer's price per this unit as offered, low and high end.
    pub(crate) fn logs_in(&self, i: u32, unit: Unit) -> Option<(f64, f64)> {
        self.offers.logs_in(i, unit)
    }

    /// Whether an offer has a price per any unit.
    pub(crate) fn is_priced(&self, i: u32) -> bool {
        self.offers.is_priced(i)
    }

    /// The content words of an offer's name, sorted.
    pub(crate) fn words_of(&self, i: u32) -> &[u32] {
        self.offers.words_of(i)
    }

    /// The attributes an offer's name states, sorted.
    pub(crate) fn attributes_of(&self, i: u32) -> &[Attribute] {
        self.offers.attributes_of(i)
    }

    /// The members of each group, by number.
    pub(crate) fn members(&self) -> BTreeMap<GroupKey, Vec<u32>> {
        self.offers.members()
    }

    /// Whether an offer states a GTIN.
    pub(crate) fn has_gtin(&self, i: u32) -> bool {
        self.offers.has_gtin(i)
    }

    /// The brand as an offer writes it.
    pub(crate) fn brand_written(&self, i: u32) -> Option<&str> {
        self.offers.brand_written(i)
    }

    /// The number of an offer's site.
    pub(crate) fn site_of(&self, i: u32) -> u32 {
        self.offers.site_of(i)
    }

    /// The number of an offer's place: where it is made, sold and sent to. Offers of one place have all of
    /// that in common.
    pub(crate) fn place_number(&self, i: u32) -> u32 {
        self.offers.place_number(i)
    }

    /// The places by number.
    pub(crate) fn places(&self) -> &[Place] {
        self.offers.places()
    }

    /// Numbers of an offer's brand and model.
    pub(crate) fn brand_and_model(&self, i: u32) -> (Option<u32>, Option<u32>) {
        self.offers.brand_and_model(i)
    }

    /// An offer in full, read from its record and kept for the next line.
    pub(crate) fn offer(&self, i: u32) -> Arc<Comparable> {
        let read =
            || Arc::new(self.offers.comparable(i).unwrap_or_else(|| offers::unreadable(&self.offers, i)));
        if self.offers.are_made() {
            return read();
        }
        // A panic elsewhere leaves whole entries behind: each is inserted at once.
        let known = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(i);
        if let Some((offer, young)) = known {
            if !young {
                self.keep(i, &offer);
            }
            return offer;
        }
        let read = read();
        self.keep(i, &read);
        read
    }

    fn keep(&self, i: u32, offer: &Arc<Comparable>) {
        self.kept.write().unwrap_or_else(PoisonError::into_inner).keep(i, offer);
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
            retrieved: Retrieved::default(),
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
        let mut found: Vec<u32> = line.gtin.map_or_else(Vec::new, |gtin| self.offers.of_gtin(gtin).to_vec());
        let by_name =
            named.and_then(|model| self.interner.known(model)).map(|model| self.offers.of_model(model));
        let brand = wanted.brand.as_ref().map(|b| self.interner.known(b));
        for &i in by_name.into_iter().flatten() {
            let facts = self.facts(i);
            let other_gtin = line.gtin.is_some() && self.has_gtin(i);
            let same_brand = match (brand, facts.brand) {
                (Some(declared), Some(_)) => declared == facts.brand,
                _ => named.is_some_and(|model| stands_alone(model)),
            };
            if !other_gtin && same_brand && attributes_agree(&wanted.attributes, self.attributes_of(i)) {
                found.push(i);
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// All offers of the line's subheading.
    pub(crate) fn subheading(&self, line: &Declaration) -> Option<Subheading<'_>> {
        self.of_subheading(line.hs.subheading()?)
    }

    /// All offers of a subheading.
    pub(crate) fn of_subheading(&self, code: HsCode) -> Option<Subheading<'_>> {
        self.offers.subheading(code)
    }
}

/// Offers in full that were asked for last, in two generations: when the younger is full it becomes the
/// older one, which is forgotten but for what is asked for again.
#[derive(Debug, Default)]
struct KeptOffers {
    young: HashMap<u32, Arc<Comparable>>,
    old: HashMap<u32, Arc<Comparable>>,
}

impl KeptOffers {
    /// The offer, and whether it is of the younger generation.
    fn get(&self, i: u32) -> Option<(Arc<Comparable>, bool)> {
        let young = self.young.get(&i).map(|offer| (Arc::clone(offer), true));
        young.or_else(|| Some((Arc::clone(self.old.get(&i)?), false)))
    }

    fn keep(&mut self, i: u32, offer: &Arc<Comparable>) {
        if self.young.len() >= KEPT_OFFERS / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(i, Arc::clone(offer));
    }
}

/// Whether a model designation is unlikely to be shared by two brands: at least five characters,
/// letters and digits ("e274f", but not "pro", "x2" or "3310").
fn stands_alone(model: &str) -> bool {
    model.chars().count() >= 5
        && model.chars().any(char::is_alphabetic)
        && model.chars().any(|c| c.is_ascii_digit())
}
