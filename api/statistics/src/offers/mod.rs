//! The offers of a snapshot as columns of a container: the form of a snapshot file from version 2 on.
//! Not how they are looked up (`index`), nor how the columns are made (`build`).
//!
//! | section | what |
//! |---|---|
//! | `meta` | JSON: format, version, currency, counts, bases, rules of the groups ([`Meta`]) |
//! | `ids` | 32 bytes an offer: the observation's id; offers are sorted by it and numbered from 0 |
//! | `facts` | 13 u32 an offer, see [`Row`] |
//! | `gtins` | u64 an offer: the GTIN as a number, 0 for none |
//! | `prices_at`, `price_units`, `price_lows`, `price_highs` | prices above zero per unit: where those of an offer begin (u32, one more than offers), place of the unit in `Unit::ALL` (u8), ends in the snapshot's currency (f64) |
//! | `words_at`, `words` | content words of the name: u32 numbers of texts, sorted |
//! | `attributes_at`, `attributes` | attributes of the name: dimension and value (two i64) |
//! | `texts`, `texts_at`, `text_slots` | words, brands and models, see `texts` |
//! | `sellers`, `sites`, `goods`, `listings` | 16 bytes each: by what the numbers in `facts` are told apart across files |
//! | `subheadings`, `by_subheading` | code, range in `by_subheading`, whether quantities matter (4 u32); offers |
//! | `by_gtin`, `by_model` | offers sorted by GTIN or model, then number |
//! | `places`, `rates` | JSON lists: markets with destinations and origins; exchange rates used |
//! | `dictionary`, `dictionary_at`, `records`, `records_at` | offers, then what was left out, in full, see `records` |
//! | `groups` | JSON list of group summaries |
//!
//! Prices stand exactly in the records; the columns have them as the nearest f64, of which the
//! logarithm is taken when it is asked for: its last bit is the platform's, and no business of a file.

mod build;
mod full;
mod groups;
mod kept;
mod plain;
mod records;
mod texts;

pub use build::{Built, SnapshotBuilder};
pub(crate) use full::unreadable;
pub use kept::KeptOffer;
pub(crate) use plain::{InCommon, PlainOffer};
pub(crate) use texts::Texts;

use crate::StatisticsError;
use crate::attributes::{Attribute, Dimension};
use crate::columnar::{Bytes, CONTAINER_VERSION, Column, Container};
use crate::fast::ln;
use crate::offer::Facts;
use full::{Full, Make};
use model::{
    CommercialLevel, Comparable, Condition, ContentHash, Country, Currency, GoodsKind, GroupKey,
    GroupSummary, HsCode, RateUsed, Snapshot, Unit,
};
use records::Records;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

pub(crate) const FORMAT: &str = "touchstone snapshot";

/// Version of how names, brands, facets and unit prices become columns. Raise it with every change
/// of that: columns of another version are made anew from the records.
pub(crate) const VOCABULARY: u32 = 3;

/// No number.
const NONE: u32 = u32::MAX;

/// An offer's facts: capture day (days from 1 January of year 1, proleptic Gregorian), numbers of
/// seller, site, goods and listing, facets (bytes: condition + 1 or 0, level, kind, flags), place in
/// `subheadings`, text numbers of brand, model and brand as written, places in `places`, `rates` and
/// the bases of `meta`. What there is none of is the largest u32.
pub(crate) type Row = [u32; 13];

const DAY: usize = 0;
pub(crate) const SELLER: usize = 1;
const SITE: usize = 2;
pub(crate) const GOODS: usize = 3;
const LISTING: usize = 4;
const FACETS: usize = 5;
const SUBHEADING: usize = 6;
const BRAND: usize = 7;
const MODEL: usize = 8;
const BRAND_WRITTEN: usize = 9;
const PLACE: usize = 10;
const RATE: usize = 11;
const BASIS: usize = 12;

/// No calendar goes further (the year 240,000 or so); a later day can only stand in a damaged file, and
/// is read as 1970-01-01.
const LAST_DAY: u32 = 90_000_000;
const DAMAGED_DAY: i32 = 719_163;

const ILLUSTRATIVE: u8 = 1;
const BY_QUANTITY: u8 = 2;
const ON_BASIS: u8 = 4;

/// The rules by which slips are taken out of groups before their figures: a group's summary made by
/// the same rules of the same offers is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SlipRules {
    min_n: f64,
    spreads: f64,
    residual_spreads: f64,
    max_share: f64,
    /// Files of before it was a rule were made with its first value.
    #[serde(default = "SlipRules::first_least_spread")]
    least_spread: f64,
}

impl SlipRules {
    fn of(parameters: &crate::Parameters) -> SlipRules {
        SlipRules {
            min_n: f64::from(parameters.slip_min_n),
            spreads: parameters.slip_spreads,
            residual_spreads: parameters.slip_residual_spreads,
            max_share: parameters.slip_max_share,
            least_spread: parameters.slip_least_spread,
        }
    }

    fn first_least_spread() -> f64 {
        0.05
    }
}

/// The section `meta`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Meta {
    format: String,
    version: u32,
    /// What the file holds: `offers`.
    holds: String,
    vocabulary: u32,
    pub currency: Currency,
    pub comparables: u64,
    pub exclusions: u64,
    pub groups: u64,
    /// The basis that most offers are on, which alone is compared.
    pub basis: String,
    /// The bases of the offers, in the order of their numbers.
    bases: Vec<String>,
    /// Rules the groups were made by; absent where nobody knows them.
    slips: Option<SlipRules>,
    /// [`crate::METHOD`] of the program that made the groups; 0 of before it was stated.
    #[serde(default)]
    method: u32,
}

/// Where an offer is made, sold and sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub market: Option<Country>,
    pub origin: Option<Country>,
    pub ships_to: Vec<Country>,
}

/// A snapshot without its offers: what a surface prints of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotSummary {
    /// Identity.
    pub id: ContentHash,
    /// Currency of every unit price.
    pub currency: Currency,
    /// Offers compared with.
    pub comparables: u64,
    /// Observations left out.
    pub exclusions: u64,
    /// Groups.
    pub groups: u64,
}

/// Fewest digits of an observation's hash that are looked up.
pub const FEWEST_DIGITS: usize = 8;

/// The observation of a snapshot whose id begins with some digits.
#[derive(Debug)]
pub enum Found {
    /// Compared with.
    Comparable(Box<Comparable>),
    /// Left out when the snapshot was built: why.
    LeftOut(String),
    /// No such observation, or several.
    Nothing,
}

/// Offers of a subheading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subheading<'a> {
    /// Sorted.
    pub items: &'a [u32],
    /// Whether the declared quantity matters to one of them.
    pub by_quantity: bool,
}

/// The columns of an opened file.
#[derive(Debug)]
pub(crate) struct Offers {
    container: Container,
    pub meta: Meta,
    pub texts: Texts,
    ids: Column<[u8; 32]>,
    rows: Column<Row>,
    gtins: Column<u64>,
    prices_at: Column<u32>,
    price_units: Column<u8>,
    price_lows: Column<f64>,
    price_highs: Column<f64>,
    words_at: Column<u32>,
    words: Column<u32>,
    attributes_at: Column<u32>,
    attributes: OnceLock<Vec<Attribute>>,
    subheadings: Vec<(HsCode, [u32; 4])>,
    by_subheading: Column<u32>,
    by_gtin: Column<u32>,
    by_model: Column<u32>,
    places: Vec<Place>,
    full: Full,
}

fn broken(detail: &str) -> StatisticsError {
    StatisticsError::Damaged { detail: detail.to_owned() }
}

fn json<T: serde::de::DeserializeOwned>(container: &Container, name: &str) -> Result<T, StatisticsError> {
    let bytes =
        container.section(name).ok_or_else(|| StatisticsError::NoSection { name: name.to_owned() })?;
    serde_json::from_slice(bytes).map_err(|e| broken(&format!("section '{name}': {e}")))
}

impl Offers {
    /// Opens the columns of a container without looking at any offer.
    pub fn open(container: Container) -> Result<Offers, StatisticsError> {
        let records = Records::open(&container)?;
        Offers::over(container, Full::Packed(records))
    }

    /// Columns in memory of offers that differ in little, each made in full by `make` when one asks.
    pub fn plain(
        offers: &[PlainOffer],
        common: &InCommon<'_>,
        id: ContentHash,
        make: Make,
    ) -> Result<Offers, StatisticsError> {
        Offers::over(plain::columns(offers, common, id)?, Full::Made(make))
    }

    fn over(container: Container, full: Full) -> Result<Offers, StatisticsError> {
        let meta: Meta = json(&container, "meta")?;
        if meta.format != FORMAT || meta.holds != "offers" {
            return Err(StatisticsError::NotASnapshot {
                detail: format!("it holds '{}', not offers", meta.holds),
            });
        }
        if meta.version > CONTAINER_VERSION {
            return Err(StatisticsError::NewerVersion { found: meta.version, known: CONTAINER_VERSION });
        }
        let subheadings = container
            .column::<[u32; 4]>("subheadings")?
            .iter()
            .map(|row| Some((HsCode::parse(&format!("{:06}", row[0])).ok()?, *row)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| broken("section 'subheadings' has what is no code"))?;
        let offers = Offers {
            texts: Texts::open(&container)?,
            ids: container.find("ids")?,
            rows: container.find("facts")?,
            gtins: container.find("gtins")?,
            prices_at: container.find("prices_at")?,
            price_units: container.find("price_units")?,
            price_lows: container.find("price_lows")?,
            price_highs: container.find("price_highs")?,
            words_at: container.find("words_at")?,
            words: container.find("words")?,
            attributes_at: container.find("attributes_at")?,
            attributes: OnceLock::new(),
            subheadings,
            by_subheading: container.find("by_subheading")?,
            by_gtin: container.find("by_gtin")?,
            by_model: container.find("by_model")?,
            places: json(&container, "places")?,
            full,
            meta,
            container,
        };
        let n = offers.ids.len();
        let all = n as u64 == offers.meta.comparables
            && u32::try_from(n).is_ok()
            && [offers.rows.len(), offers.gtins.len()].iter().all(|len| *len == n)
            && [&offers.prices_at, &offers.words_at, &offers.attributes_at].iter().all(|c| c.len() == n + 1)
            && offers.full.fits(&offers.meta);
        if !all {
            return Err(broken("its columns are not of one length"));
        }
        Ok(offers)
    }

    pub fn container(&self) -> &Container {
        &self.container
    }

    /// Whether the columns say what this version of the program would write.
    pub fn is_current(&self) -> bool {
        self.meta.vocabulary == VOCABULARY
    }

    pub fn len(&self) -> u32 {
        self.ids.len() as u32
    }

    fn row(&self, i: u32) -> Row {
        self.container.get(&self.rows).get(i as usize).copied().unwrap_or([NONE; 13])
    }

    pub fn id(&self, i: u32) -> Option<&[u8; 32]> {
        self.container.get(&self.ids).get(i as usize)
    }

    pub fn ids(&self) -> &[[u8; 32]] {
        self.container.get(&self.ids)
    }

    pub fn facts(&self, i: u32) -> Facts {
        decode(&self.row(i), |at| self.subheadings.get(at).map(|s| s.0), |at| self.places.get(at))
    }

    pub fn has_gtin(&self, i: u32) -> bool {
        self.container.get(&self.gtins).get(i as usize).is_some_and(|gtin| *gtin != 0)
    }

    /// The brand as the offer writes it.
    pub fn brand_written(&self, i: u32) -> Option<&str> {
        Some(self.row(i)[BRAND_WRITTEN]).filter(|n| *n != NONE).map(|n| self.texts.text(n))
    }

    /// The basis an offer is priced on.
    pub fn basis_of(&self, i: u32) -> &str {
        self.meta.bases.get(self.row(i)[BASIS] as usize).map_or("", String::as_str)
    }

    pub fn place(&self, i: u32) -> Option<&Place> {
        self.places.get(self.row(i)[PLACE] as usize)
    }

    /// The number of an offer's place in [`Offers::places`]; none of a damaged row.
    pub fn place_number(&self, i: u32) -> u32 {
        self.row(i)[PLACE]
    }

    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The number of an offer's site, as [`Offers::facts`] has it.
    pub fn site_of(&self, i: u32) -> u32 {
        self.row(i)[SITE]
    }

    /// Numbers of brand and model, as [`Offers::facts`] has them.
    pub fn brand_and_model(&self, i: u32) -> (Option<u32>, Option<u32>) {
        let row = self.row(i);
        let number = |at: usize| Some(row[at]).filter(|n| *n != NONE);
        (number(BRAND), number(MODEL))
    }

    /// The prices of an offer: unit, low and high end.
    fn prices(&self, i: u32) -> impl Iterator<Item = (Unit, f64, f64)> {
        let range = between(self.container.get(&self.prices_at), i);
        let units = self.container.get(&self.price_units).get(range.clone()).unwrap_or_default();
        let lows = self.container.get(&self.price_lows).get(range.clone()).unwrap_or_default();
        let highs = self.container.get(&self.price_highs).get(range).unwrap_or_default();
        // What is no price can only stand in a damaged file, and has no logarithm.
        let is_price = |low: f64, high: f64| low > 0.0 && high >= low && high.is_finite();
        units
            .iter()
            .zip(lows.iter().zip(highs))
            .filter(move |(_, (low, high))| is_price(**low, **high))
            .filter_map(|(&unit, (&low, &high))| Some((*Unit::ALL.get(usize::from(unit))?, low, high)))
    }

    pub fn is_priced(&self, i: u32) -> bool {
        self.prices(i).next().is_some()
    }

    pub fn logs_in(&self, i: u32, unit: Unit) -> Option<(f64, f64)> {
        let (_, low, high) = self.prices(i).find(|price| price.0 == unit)?;
        let log = ln(low);
        Some((log, if high == low { log } else { ln(high) }))
    }

    pub fn words_of(&self, i: u32) -> &[u32] {
        let range = between(self.container.get(&self.words_at), i);
        self.container.get(&self.words).get(range).unwrap_or_default()
    }

    pub fn attributes_of(&self, i: u32) -> &[Attribute] {
        let all = self.attributes.get_or_init(|| {
            let stored = self.container.column::<[i64; 2]>("attributes").unwrap_or_default();
            let decoded = stored.iter().map(|row| Some((Dimension::of_code(row[0])?, row[1])));
            // A dimension of a newer program leaves no attribute in place: positions must stay.
            decoded.collect::<Option<Vec<Attribute>>>().unwrap_or_default()
        });
        all.get(between(self.container.get(&self.attributes_at), i)).unwrap_or_default()
    }

    pub fn subheading(&self, code: HsCode) -> Option<Subheading<'_>> {
        let at = self.subheadings.binary_search_by_key(&code, |s| s.0).ok()?;
        let [_, from, to, by_quantity] = self.subheadings[at].1;
        let items = self.container.get(&self.by_subheading).get(from as usize..to as usize)?;
        Some(Subheading { items, by_quantity: by_quantity != 0 })
    }

    pub fn of_gtin(&self, gtin: model::Gtin) -> &[u32] {
        let gtins = self.container.get(&self.gtins);
        let Ok(wanted) = gtin.as_str().parse::<u64>() else { return &[] };
        run(self.container.get(&self.by_gtin), &wanted, |i| gtins.get(i as usize).copied().unwrap_or(0))
    }

    pub fn of_model(&self, model: u32) -> &[u32] {
        run(self.container.get(&self.by_model), &model, |i| self.row(i)[MODEL])
    }

    /// Whether the declared quantity matters to any offer.
    pub fn any_by_quantity(&self) -> bool {
        self.container.get(&self.rows).iter().any(|row| flags(row) & BY_QUANTITY != 0)
    }

    /// The members of each group.
    pub fn members(&self) -> BTreeMap<GroupKey, Vec<u32>> {
        let mut members: BTreeMap<GroupKey, Vec<u32>> = BTreeMap::new();
        for i in 0..self.len() {
            for key in groups::keys(self.facts(i), self.prices(i).map(|price| price.0)) {
                members.entry(key).or_default().push(i);
            }
        }
        members
    }

    pub fn groups(&self) -> Result<Vec<GroupSummary>, StatisticsError> {
        json(&self.container, "groups")
    }

    fn rates(&self) -> Result<Vec<RateUsed>, StatisticsError> {
        json(&self.container, "rates")
    }

    pub fn summary(&self, id: ContentHash) -> SnapshotSummary {
        SnapshotSummary {
            id,
            currency: self.meta.currency,
            comparables: self.meta.comparables,
            exclusions: self.meta.exclusions,
            groups: self.meta.groups,
        }
    }

    /// Looks an observation up by the first digits of its id; fewer than eight are nothing.
    pub fn find(&self, digits: &str) -> Found {
        let well_formed = (FEWEST_DIGITS..=64).contains(&digits.len());
        if !well_formed || !digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Found::Nothing;
        }
        let text = |id: &[u8; 32]| ContentHash::from_bytes(*id).to_string();
        // Offers stand in the order of their ids, which is that of their digits.
        let at = self.ids().partition_point(|id| text(id).as_str() < digits);
        let mut found = self.ids()[at..].iter().take_while(|id| text(id).starts_with(digits));
        match (found.next(), found.next()) {
            (Some(_), None) => {
                return match self.comparable(at as u32) {
                    Some(comparable) => Found::Comparable(Box::new(comparable)),
                    None => Found::Nothing,
                };
            }
            (Some(_), Some(_)) => return Found::Nothing,
            _ => {}
        }
        let left_out = self.exclusions().unwrap_or_default();
        let mut left_out = left_out.into_iter().filter(|e| e.observation.to_string().starts_with(digits));
        match (left_out.next(), left_out.next()) {
            (Some(one), None) => Found::LeftOut(one.detail),
            _ => Found::Nothing,
        }
    }
}

/// Whether a container holds offers, as far as it says so itself.
pub fn holds_offers(container: &Container) -> bool {
    json::<Meta>(container, "meta").is_ok_and(|meta| meta.format == FORMAT && meta.holds == "offers")
}

/// [`crate::METHOD`] of the program that made the groups of a container of offers; 0 of before it was stated.
///
/// # Errors
/// A container that holds something else, or damaged.
pub fn method_of(container: &Container) -> Result<u32, StatisticsError> {
    json::<Meta>(container, "meta").map(|meta| meta.method)
}

/// Reads a snapshot file of version 2 as a whole, hashes proved on so many threads.
///
/// # Errors
/// As [`Container::open`] and [`Container::verify`]; a record that cannot be read.
pub fn read_columns(bytes: Bytes, threads: usize) -> Result<Snapshot, StatisticsError> {
    let container = Container::open(bytes)?;
    container.verify(threads)?;
    let id = container.id();
    Offers::open(container)?.in_full(id)
}

/// A snapshot as columns in memory; groups as given, or made by these parameters.
pub(crate) fn in_memory(
    snapshot: &Snapshot,
    parameters: Option<&crate::Parameters>,
) -> Result<Offers, StatisticsError> {
    let mut builder = SnapshotBuilder::new();
    snapshot.comparables.iter().try_for_each(|comparable| builder.add(comparable))?;
    snapshot.exclusions.iter().for_each(|exclusion| builder.leave_out(exclusion.clone()));
    let groups = match parameters {
        Some(parameters) => build::Groups::Made(parameters),
        None => build::Groups::Given(&snapshot.groups),
    };
    let (bytes, _) = builder.assemble(snapshot.currency, groups, Vec::new(), 1)?;
    Offers::open(Container::open(crate::columnar::aligned(&bytes))?)
}

fn between(ends: &[u32], i: u32) -> std::ops::Range<usize> {
    match (ends.get(i as usize), ends.get(i as usize + 1)) {
        (Some(&from), Some(&to)) => from as usize..to as usize,
        _ => 0..0,
    }
}

/// The run of a sorted list whose key is this.
fn run<'a, K: Ord>(sorted: &'a [u32], wanted: &K, key: impl Fn(u32) -> K) -> &'a [u32] {
    let from = sorted.partition_point(|&i| key(i) < *wanted);
    let rest = &sorted[from..];
    &rest[..rest.partition_point(|&i| key(i) == *wanted)]
}

fn flags(row: &Row) -> u8 {
    row[FACETS].to_le_bytes()[3]
}

fn facets(condition: Option<Condition>, level: CommercialLevel, kind: GoodsKind, flags: u8) -> u32 {
    fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
        all.iter().position(|other| other == one).map_or(u8::MAX, |at| at as u8)
    }
    let condition = condition.map_or(0, |c| place(Condition::ALL, &c) + 1);
    let (level, kind) = (place(CommercialLevel::ALL, &level), place(GoodsKind::ALL, &kind));
    u32::from_le_bytes([condition, level, kind, flags])
}

/// The facts of a row, by what its places mean.
fn decode<'a>(
    row: &Row,
    subheading: impl Fn(usize) -> Option<HsCode>,
    place: impl Fn(usize) -> Option<&'a Place>,
) -> Facts {
    let [condition, level, kind, flags] = row[FACETS].to_le_bytes();
    let number = |at: usize| Some(row[at]).filter(|n| *n != NONE);
    let place = place(row[PLACE] as usize);
    Facts {
        day: if row[DAY] <= LAST_DAY { row[DAY] as i32 } else { DAMAGED_DAY },
        seller: row[SELLER],
        site: row[SITE],
        goods: row[GOODS],
        offer: row[LISTING],
        condition: condition.checked_sub(1).and_then(|at| Condition::ALL.get(usize::from(at)).copied()),
        level: CommercialLevel::ALL.get(usize::from(level)).copied().unwrap_or(CommercialLevel::Retail),
        kind: GoodsKind::ALL.get(usize::from(kind)).copied().unwrap_or(GoodsKind::Bundle),
        hs6: number(SUBHEADING).and_then(|at| subheading(at as usize)),
        brand: number(BRAND),
        model: number(MODEL),
        origin: place.and_then(|p| p.origin),
        market: place.and_then(|p| p.market),
        illustrative: flags & ILLUSTRATIVE != 0,
        by_quantity: flags & BY_QUANTITY != 0,
        on_basis: flags & ON_BASIS != 0,
    }
}
