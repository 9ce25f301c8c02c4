//! Making a snapshot file: offers taken apart as they come, put in order, numbered, written. Not how
//! the columns are read, and not which observations become offers.

use super::records::{Record, Tokens};
use super::{
    BASIS, BRAND, BRAND_WRITTEN, BY_QUANTITY, DAY, FACETS, FORMAT, GOODS, ILLUSTRATIVE, LISTING, MODEL, Meta,
    NONE, ON_BASIS, PLACE, Place, RATE, Row, SELLER, SITE, SUBHEADING, SlipRules, VOCABULARY, facets, groups,
    texts,
};
use crate::attributes::Attribute;
use crate::columnar::{CONTAINER_VERSION, Writer};
use crate::offer::{Interner, Item, prices};
use crate::{METHOD, Parameters, StatisticsError};
use model::{Comparable, ContentHash, Currency, Exclusion, GroupKey, GroupSummary, HsCode, Unit};
use std::collections::{BTreeSet, HashMap};
use std::io::Write;

/// By what a seller, site, article or listing is told apart: the first half of a SHA-256.
pub(super) type Identity = [u8; 16];

fn identity(text: &str) -> Identity {
    let mut out = [0; 16];
    out.copy_from_slice(&ContentHash::of(text.as_bytes()).as_bytes()[..16]);
    out
}

/// An offer taken apart; texts, places, rates and bases are numbers of the builder's lists.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub id: [u8; 32],
    pub day: u32,
    pub facets: u32,
    pub hs6: Option<HsCode>,
    pub identities: [Identity; 4],
    pub brand: u32,
    pub model: u32,
    pub brand_written: u32,
    pub place: u32,
    pub rate: u32,
    pub basis: u32,
    pub gtin: u64,
    pub prices: Box<[(u8, f64, f64)]>,
    pub words: Box<[u32]>,
    pub attributes: Box<[Attribute]>,
    pub record: Record,
    /// Which file it was kept from, 1 for the first; 0: none.
    pub from: u32,
}

/// What a snapshot file that offers were kept from says of its groups.
#[derive(Debug)]
pub(super) struct Shard {
    pub basis: String,
    pub slips: Option<SlipRules>,
    pub summaries: HashMap<GroupKey, GroupSummary>,
    /// Members of each group, whether they were kept or not.
    pub members: HashMap<GroupKey, u32>,
}

/// Takes offers, exclusions and whole snapshot files in any order, and writes the one snapshot of them
/// all: the same bytes whatever the order and whatever came from a file.
#[derive(Debug, Default)]
pub struct SnapshotBuilder {
    pub(super) offers: Vec<Prepared>,
    pub(super) exclusions: Vec<Exclusion>,
    pub(super) tokens: Tokens,
    pub(super) texts: Interner,
    /// JSON of places and rates; names of bases.
    pub(super) places: Interner,
    pub(super) rates: Interner,
    pub(super) bases: Interner,
    pub(super) shards: Vec<Shard>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The snapshot's identity.
    pub id: ContentHash,
    /// Offers in it.
    pub comparables: u64,
    /// Observations left out.
    pub exclusions: u64,
    /// Groups.
    pub groups: u64,
    /// Groups whose figures were computed; those of the others were kept.
    pub computed: u64,
}

/// Numbers given anew, in the order they are asked for.
#[derive(Default)]
struct Renumbered {
    new: Vec<u32>,
    order: Vec<u32>,
}

impl Renumbered {
    fn number(&mut self, old: u32) -> u32 {
        if old == NONE {
            return NONE;
        }
        let at = old as usize;
        if self.new.len() <= at {
            self.new.resize(at + 1, NONE);
        }
        if self.new[at] == NONE {
            self.new[at] = self.order.len() as u32;
            self.order.push(old);
        }
        self.new[at]
    }
    /// The texts behind the new numbers.
    fn of<'a>(&self, texts: &'a Interner) -> Vec<&'a str> {
        self.order.iter().map(|&old| texts.text(old)).collect()
    }
}

/// Identities numbered in the order of first sight.
#[derive(Default)]
struct Sighted {
    numbers: HashMap<Identity, u32>,
    order: Vec<Identity>,
}

impl Sighted {
    fn number(&mut self, identity: &Identity) -> u32 {
        *self.numbers.entry(*identity).or_insert_with(|| {
            self.order.push(*identity);
            self.order.len() as u32 - 1
        })
    }
}

/// The columns in memory, as far as groups need them.
pub(super) struct Columns {
    pub rows: Vec<Row>,
    pub subheadings: Vec<HsCode>,
    pub places: Vec<Place>,
    pub prices_at: Vec<u32>,
    pub units: Vec<u8>,
    pub lows: Vec<f64>,
    pub highs: Vec<f64>,
    /// Of each offer, which file it was kept from.
    pub from: Vec<u32>,
}

impl SnapshotBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        SnapshotBuilder::default()
    }

    /// How many offers were taken.
    pub fn len(&self) -> usize {
        self.offers.len()
    }

    /// Whether nothing was taken.
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty() && self.exclusions.is_empty()
    }

    /// Takes an observation that is left out.
    pub fn leave_out(&mut self, exclusion: Exclusion) {
        self.exclusions.push(exclusion);
    }

    /// Takes an offer.
    ///
    /// # Errors
    /// An offer that cannot be written as JSON.
    pub fn add(&mut self, comparable: &Comparable) -> Result<(), StatisticsError> {
        let unwritable = |e: serde_json::Error| StatisticsError::Damaged { detail: format!("an offer: {e}") };
        let json = serde_json::to_string(comparable).map_err(unwritable)?;
        let record = self.tokens.take(&json);
        let item = Item::of(comparable, &mut self.texts);
        let (o, f) = (&comparable.observation, &item.facts);
        let place = Place { market: o.capture.market, origin: o.origin, ships_to: o.ships_to.clone() };
        let mut flags = 0;
        for (flag, stands) in [(ILLUSTRATIVE, f.illustrative), (BY_QUANTITY, f.by_quantity)] {
            flags |= if stands { flag } else { 0 };
        }
        let prices = prices(comparable)
            .map(|p| {
                let unit = Unit::ALL.iter().position(|unit| *unit == p.unit).unwrap_or(usize::from(u8::MAX));
                let f64_of = crate::offer::nearest;
                (unit as u8, f64_of(p.low), f64_of(p.high))
            })
            .collect();
        let rate = match &comparable.rate {
            Some(rate) => self.rates.number(&serde_json::to_string(rate).map_err(unwritable)?),
            None => NONE,
        };
        self.offers.push(Prepared {
            id: *o.id.as_bytes(),
            day: f.day as u32,
            facets: facets(f.condition, f.level, f.kind, flags),
            hs6: f.hs6,
            identities: [f.seller, f.site, f.goods, f.offer].map(|n| identity(self.texts.text(n))),
            brand: f.brand.unwrap_or(NONE),
            model: f.model.unwrap_or(NONE),
            brand_written: o.brand.as_deref().map_or(NONE, |brand| self.texts.number(brand)),
            place: self.places.number(&serde_json::to_string(&place).map_err(unwritable)?),
            rate,
            basis: self.bases.number(&o.basis.name),
            gtin: o.gtin.and_then(|gtin| gtin.as_str().parse().ok()).unwrap_or(0),
            prices,
            words: item.words.into(),
            attributes: item.attributes.into(),
            record,
            from: 0,
        });
        Ok(())
    }

    /// Puts everything in order and writes it; gives back the output.
    ///
    /// # Errors
    /// [`StatisticsError::Io`] when writing fails.
    pub fn finish<W: Write>(
        self,
        currency: Currency,
        parameters: &Parameters,
        out: W,
        threads: usize,
    ) -> Result<(W, Built), StatisticsError> {
        self.assemble(currency, Groups::Made(parameters), out, threads)
    }

    pub(super) fn assemble<W: Write>(
        mut self,
        currency: Currency,
        how: Groups<'_>,
        out: W,
        threads: usize,
    ) -> Result<(W, Built), StatisticsError> {
        let tokens = &self.tokens;
        // Two rows of one id should be equal; where they are not, their text decides, so that the
        // order of arrival never does.
        self.offers.sort_by(|a, b| {
            a.id.cmp(&b.id).then_with(|| match a.record == b.record {
                true => a.from.cmp(&b.from),
                false => tokens.json(&a.record).cmp(&tokens.json(&b.record)),
            })
        });
        self.offers.dedup_by(|later, kept| later.id == kept.id);
        let order = |e: &Exclusion| (e.observation, e.reason, e.detail.clone());
        self.exclusions.sort_by_cached_key(order);
        self.exclusions.dedup();
        let basis = self.main_basis();
        let mut writer = Writer::new(out, threads)?;

        let mut texts_used = Renumbered::default();
        let (mut places, mut rates, mut bases) =
            (Renumbered::default(), Renumbered::default(), Renumbered::default());
        let mut sighted: [Sighted; 4] = Default::default();
        let codes: BTreeSet<HsCode> = self.offers.iter().filter_map(|o| o.hs6).collect();
        let codes: Vec<HsCode> = codes.into_iter().collect();
        let mut rows: Vec<Row> = Vec::with_capacity(self.offers.len());
        let mut words_at = vec![0u32];
        let mut words: Vec<u32> = Vec::new();
        for o in &self.offers {
            let begins = words.len();
            words.extend(o.words.iter().map(|&word| texts_used.number(word)));
            words[begins..].sort_unstable();
            words_at.push(words.len() as u32);
            let mut numbers = [0; 4];
            for ((number, sighted), identity) in numbers.iter_mut().zip(&mut sighted).zip(&o.identities) {
                *number = sighted.number(identity);
            }
            let mut row = [NONE; 13];
            (row[DAY], row[FACETS]) = (o.day, o.facets);
            [row[SELLER], row[SITE], row[GOODS], row[LISTING]] = numbers;
            row[SUBHEADING] =
                o.hs6.and_then(|code| codes.binary_search(&code).ok()).map_or(NONE, |at| at as u32);
            row[BRAND] = texts_used.number(o.brand);
            row[MODEL] = texts_used.number(o.model);
            row[BRAND_WRITTEN] = texts_used.number(o.brand_written);
            row[PLACE] = places.number(o.place);
            row[RATE] = rates.number(o.rate);
            row[BASIS] = bases.number(o.basis);
            let [condition, level, kind, flags] = row[FACETS].to_le_bytes();
            let on_basis = if self.bases.text(o.basis) == basis { ON_BASIS } else { 0 };
            row[FACETS] = u32::from_le_bytes([condition, level, kind, flags & !ON_BASIS | on_basis]);
            rows.push(row);
        }
        let mut columns = Columns {
            rows,
            subheadings: codes,
            places: parsed(&places.of(&self.places))?,
            prices_at: vec![0],
            units: Vec::new(),
            lows: Vec::new(),
            highs: Vec::new(),
            from: self.offers.iter().map(|o| o.from).collect(),
        };
        for o in &self.offers {
            for &(unit, low, high) in &o.prices {
                columns.units.push(unit);
                columns.lows.push(low);
                columns.highs.push(high);
            }
            columns.prices_at.push(columns.units.len() as u32);
        }
        let (groups, computed, slips) = match how {
            Groups::Given(groups) => (groups.to_vec(), 0, None),
            Groups::Made(parameters) => {
                let (groups, computed) = groups::summaries(&columns, &self.shards, &basis, parameters);
                (groups, computed, Some(SlipRules::of(parameters)))
            }
        };
        let meta = Meta {
            format: FORMAT.to_owned(),
            version: CONTAINER_VERSION,
            holds: "offers".to_owned(),
            vocabulary: VOCABULARY,
            currency,
            comparables: self.offers.len() as u64,
            exclusions: self.exclusions.len() as u64,
            groups: groups.len() as u64,
            basis,
            bases: bases.of(&self.bases).into_iter().map(str::to_owned).collect(),
            slips,
            method: METHOD,
        };
        writer.section("meta", &[&json(&meta)?])?;
        let ids: Vec<[u8; 32]> = self.offers.iter().map(|o| o.id).collect();
        writer.column("ids", &ids)?;
        writer.column("facts", &columns.rows)?;
        let gtins: Vec<u64> = self.offers.iter().map(|o| o.gtin).collect();
        writer.column("gtins", &gtins)?;
        writer.column("prices_at", &columns.prices_at)?;
        writer.column("price_units", &columns.units)?;
        writer.column("price_lows", &columns.lows)?;
        writer.column("price_highs", &columns.highs)?;
        writer.column("words_at", &words_at)?;
        writer.column("words", &words)?;
        let mut attributes_at = vec![0u32];
        let mut attributes: Vec<[i64; 2]> = Vec::new();
        for o in &self.offers {
            attributes.extend(o.attributes.iter().map(|(dimension, value)| [dimension.code(), *value]));
            attributes_at.push(attributes.len() as u32);
        }
        writer.column("attributes_at", &attributes_at)?;
        writer.column("attributes", &attributes)?;
        texts::write(&texts_used.of(&self.texts), &mut writer)?;
        for (name, sighted) in ["sellers", "sites", "goods", "listings"].into_iter().zip(&sighted) {
            writer.column(name, &sighted.order)?;
        }
        lists(&columns, &gtins, &mut writer)?;
        writer.section("places", &[&json(&columns.places)?])?;
        let rates: Vec<model::RateUsed> = parsed(&rates.of(&self.rates))?;
        writer.section("rates", &[&json(&rates)?])?;
        let left_out: Vec<Record> = self
            .exclusions
            .iter()
            .map(|exclusion| Ok(self.tokens.take(&String::from_utf8(json(exclusion)?).unwrap_or_default())))
            .collect::<Result<_, StatisticsError>>()?;
        let offered = self.offers.iter().map(|o| (&o.id, &o.record));
        self.tokens.write(offered.chain(left_out.iter().map(|record| (&[0; 32], record))), &mut writer)?;
        writer.section("groups", &[&json(&groups)?])?;
        let (out, id) = writer.finish()?;
        let built = Built {
            id,
            comparables: meta.comparables,
            exclusions: meta.exclusions,
            groups: meta.groups,
            computed,
        };
        Ok((out, built))
    }

    /// The basis most offers are on; ties go to `cif`, the narrower one.
    fn main_basis(&self) -> String {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for offer in &self.offers {
            *counts.entry(offer.basis).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|(basis, n)| (std::cmp::Reverse(n), self.bases.text(basis)))
            .min()
            .map_or_else(|| "offer".to_owned(), |(_, name)| name.to_owned())
    }
}

/// The groups of a file: made by these rules, or given by a snapshot that has them.
pub(super) enum Groups<'a> {
    Made(&'a Parameters),
    Given(&'a [GroupSummary]),
}

/// Offers by subheading, GTIN and model.
fn lists<W: Write>(columns: &Columns, gtins: &[u64], writer: &mut Writer<W>) -> Result<(), StatisticsError> {
    let sorted_by = |key: &dyn Fn(u32) -> u64, none: u64| {
        let mut all: Vec<u32> = (0..columns.rows.len() as u32).filter(|&i| key(i) != none).collect();
        all.sort_by_key(|&i| (key(i), i));
        all
    };
    let row = |i: u32| &columns.rows[i as usize];
    let by_subheading = sorted_by(&|i| row(i)[SUBHEADING].into(), NONE.into());
    let mut subheadings: Vec<[u32; 4]> = Vec::with_capacity(columns.subheadings.len());
    let mut at = 0;
    for run in by_subheading.chunk_by(|&a, &b| row(a)[SUBHEADING] == row(b)[SUBHEADING]) {
        let code = columns.subheadings.get(row(run[0])[SUBHEADING] as usize);
        let by_quantity = run.iter().any(|&i| super::flags(row(i)) & BY_QUANTITY != 0);
        let code = code.and_then(|code| code.as_str().parse().ok()).unwrap_or(0);
        subheadings.push([code, at, at + run.len() as u32, by_quantity.into()]);
        at += run.len() as u32;
    }
    writer.column("subheadings", &subheadings)?;
    writer.column("by_subheading", &by_subheading)?;
    writer.column("by_gtin", &sorted_by(&|i| gtins[i as usize], 0))?;
    writer.column("by_model", &sorted_by(&|i| row(i)[MODEL].into(), NONE.into()))
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, StatisticsError> {
    serde_json::to_vec(value).map_err(|e| StatisticsError::Damaged { detail: e.to_string() })
}

/// The values behind texts that were written from such values.
fn parsed<T: serde::de::DeserializeOwned>(texts: &[&str]) -> Result<Vec<T>, StatisticsError> {
    texts
        .iter()
        .map(|text| serde_json::from_str(text))
        .collect::<Result<_, _>>()
        .map_err(|e| StatisticsError::Damaged { detail: e.to_string() })
}
