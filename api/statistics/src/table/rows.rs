//! The rows of one subheading as offers with everything known of them: for lines that need a look at
//! the rows themselves, and for a verdict's schedule. Not the table's own figures.

use super::{FIRST_DAY, Facet, PriceFile, TableFacts, TableFile, unpacked};
use crate::borrowed::Siblings;
use crate::calibration::Calibration;
use crate::index::RowPlace;
use crate::memo::Memo;
use crate::offers::{InCommon, Offers, PlainOffer};
use crate::{ReferenceIndex, StatisticsError};
use chrono::{DateTime, Datelike, Days, NaiveTime, Utc};
use model::{
    Basis, Capture, Comparable, ContentHash, ExplainStep, GoodsKind, HsCode, HsWitness, Interval, Money,
    Observation, Quantity, Snapshot, UnitPrice,
};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Rows that are kept as columns of offers: some 50 MB. The subheading looked at longest ago goes first,
/// but one stays, whatever its size.
const KEPT: usize = 200_000;
/// Subheadings that are kept, each with what its index remembers.
const KEPT_SUBHEADINGS: usize = 64;
/// Numbers of eight bytes that the index of one subheading remembers of lines.
const REMEMBERED: usize = 200_000;

/// A subheading's index, with its number and its rows.
type Known = (u32, usize, Arc<ReferenceIndex>);

/// What lines have looked at of a table.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Indexes of the subheadings looked at last.
    known: Mutex<Vec<Known>>,
    /// The table's calibration on each footing, as indexes take it.
    siblings: OnceLock<Vec<Option<Arc<Siblings>>>>,
}

/// A row with the number of its facet.
#[derive(Debug, Clone, Copy)]
struct TableRow {
    facet: u32,
    price: f64,
    row: u64,
}

impl TableFile {
    /// The rows of a subheading as a reference of their own; `None` where the table has none. Its
    /// snapshot carries the identity of the whole table, and its groups are calibrated by the whole
    /// table's.
    pub fn reference(&self, code: HsCode) -> Option<Arc<ReferenceIndex>> {
        let hs = self.facts().codes.binary_search(&code.subheading()?).ok()? as u32;
        let known = || {
            let mut kept = self.looked.known.lock().unwrap_or_else(PoisonError::into_inner);
            let found = kept.iter().position(|(known, ..)| *known == hs).map(|at| kept.remove(at));
            kept.extend(found.clone());
            (found.map(|(_, _, index)| index), kept)
        };
        if let (Some(index), _) = known() {
            return Some(index);
        }
        let rows = self.rows_of(hs);
        let n = rows.len();
        let index = Arc::new(self.by_columns(hs, rows)?);
        let (found, mut kept) = known();
        // Another thread was faster: all take its index, with what that remembers.
        if found.is_some() {
            return found;
        }
        let full = |kept: &[Known]| {
            kept.len() >= KEPT_SUBHEADINGS || kept.iter().map(|(_, rows, _)| rows).sum::<usize>() + n > KEPT
        };
        while !kept.is_empty() && full(&kept) {
            kept.remove(0);
        }
        kept.push((hs, n, Arc::clone(&index)));
        Some(index)
    }

    /// A reference without any offer, for lines whose code the table lacks.
    ///
    /// # Errors
    /// As [`ReferenceIndex::of`].
    pub fn nothing(&self) -> Result<ReferenceIndex, StatisticsError> {
        let snapshot = Snapshot {
            id: self.container().id(),
            currency: self.facts().currency,
            comparables: Vec::new(),
            exclusions: Vec::new(),
            groups: Vec::new(),
        };
        Ok(self.lent(ReferenceIndex::of(&snapshot)?))
    }

    /// With the table's calibration.
    fn lent(&self, mut index: ReferenceIndex) -> ReferenceIndex {
        index.memo = Memo::keeping(REMEMBERED);
        let facts = self.facts();
        let siblings = self.looked.siblings.get_or_init(|| {
            let as_siblings = |low: &Calibration| Arc::new(Siblings { low: low.clone(), high: None });
            self.calibrations().all().iter().map(|c| c.as_ref().map(as_siblings)).collect()
        });
        for (footing, siblings) in facts.footings().into_iter().zip(siblings) {
            index.memo.lend_siblings(
                (footing.unit, footing.condition, footing.level),
                self.parameters(),
                siblings.clone(),
            );
        }
        index
    }

    /// The index of a subheading's rows, from columns made at once; `None` where these are damaged. Sellers are
    /// the table's sources by their numbers: two rows are of one seller exactly where the short way counts them so,
    /// while offers of pages are told apart by names without case and diacritics.
    fn by_columns(&self, hs: u32, rows: Vec<TableRow>) -> Option<ReferenceIndex> {
        let (facts, table) = (&self.facts, self.container().id());
        let mut identities = Identities::of(facts, table);
        let mut text = String::new();
        let first_day = FIRST_DAY.num_days_from_ce() as u32;
        let mut all: Vec<(PlainOffer, RowPlace, TableRow)> = Vec::with_capacity(rows.len());
        for (place, row) in (0..).zip(rows) {
            let (source, day, number) = unpacked(row.row);
            text.clear();
            let written = write!(text, "{}", row.price);
            // Rows that are no offers are left out here as there.
            let amount = written.ok().and_then(|()| text.parse::<Decimal>().ok());
            let Some(amount) = amount.filter(|_| (source as usize) < facts.sources.len()) else { continue };
            let (id, in_file) = identities.of_row(number);
            let price = (amount > Decimal::ZERO).then_some(row.price);
            let (seller, site, facet, name) = (source, source, row.facet, in_file + 1);
            let offer = PlainOffer { id, day: first_day + day, seller, site, facet, name, price };
            all.push((offer, RowPlace { place, seller }, row));
        }
        all.sort_unstable_by_key(|(offer, place, _)| (offer.id, place.place));
        // Only a damaged table has one file twice: its rows count once.
        all.dedup_by_key(|(offer, ..)| offer.id);
        let places = all.iter().map(|(_, place, _)| *place).collect();
        let (plain, rows): (Vec<PlainOffer>, Vec<TableRow>) =
            all.into_iter().map(|(offer, _, row)| (offer, row)).unzip();
        let common = InCommon {
            currency: facts.currency,
            code: *facts.codes.get(hs as usize)?,
            facets: &facts.facets,
            basis: BASIS,
            word: WORD,
        };
        let of = Arc::clone(facts);
        let make = move |i: u32| offer(&of, table, hs, rows.get(i as usize)?);
        let offers = Offers::plain(&plain, &common, table, Box::new(make)).ok()?;
        Some(self.lent(ReferenceIndex::over(offers, table).of_rows(places)))
    }

    /// The rows of a subheading, group by group.
    fn rows_of(&self, hs: u32) -> Vec<TableRow> {
        let table = self.table();
        let mut out = Vec::new();
        for group in self.places().of_code(hs) {
            let counts = table.counts(group as usize);
            let range = counts.start as usize..(counts.start + counts.n) as usize;
            let columns = &table.columns;
            let rows = columns.prices[range.clone()].iter().zip(&columns.rows[range]);
            out.extend(rows.map(|(&price, &row)| TableRow { facet: counts.facet, price, row }));
        }
        out
    }
}

/// The basis of a table's prices, and what its rows are called; they are shown with their list behind.
const BASIS: &str = "offer";
const WORD: &str = "row";

/// The file a row was read from, by its number.
fn file_of(facts: &TableFacts, number: u32) -> Option<&PriceFile> {
    facts.files[..facts.files.partition_point(|file| file.first <= number)].last()
}

/// What a row's observation is known by: SHA-256 of its file's hash and its number in it, as text.
struct Identities<'a> {
    facts: &'a TableFacts,
    table: ContentHash,
    /// The first row of the file that the digest has begun with.
    begun: Option<(u32, Sha256)>,
    text: String,
}

impl<'a> Identities<'a> {
    fn of(facts: &'a TableFacts, table: ContentHash) -> Identities<'a> {
        Identities { facts, table, begun: None, text: String::new() }
    }

    /// The identity, and the row's number in its file.
    fn of_row(&mut self, number: u32) -> ([u8; 32], u32) {
        let (hash, first) =
            file_of(self.facts, number).map_or((self.table, 0), |file| (file.hash, file.first));
        let in_file = number - first;
        let mut digest = match &self.begun {
            Some((known, digest)) if *known == first => digest.clone(),
            _ => {
                let digest = Sha256::new_with_prefix(format!("{hash} "));
                self.begun = Some((first, digest.clone()));
                digest
            }
        };
        self.text.clear();
        // A text takes any number.
        let _ = write!(self.text, "{in_file}");
        digest.update(&self.text);
        (digest.finalize().into(), in_file)
    }
}

/// One row as an offer; `None` of a damaged one. `table`: the identity of its table.
fn offer(facts: &TableFacts, table: ContentHash, hs: u32, row: &TableRow) -> Option<Comparable> {
    let (source, day, number) = unpacked(row.row);
    let source = facts.sources.get(source as usize)?;
    let file = file_of(facts, number);
    let (name, hash, in_file) = match file {
        Some(file) => (file.name.as_str(), Some(file.hash), number - file.first),
        None => ("the table", None, number),
    };
    let amount: Decimal = format!("{}", row.price).parse().ok()?;
    let Facet { footing, origin } = *facts.facets.get(row.facet as usize)?;
    let code = *facts.codes.get(hs as usize)?;
    let both = Interval { low: amount, high: amount };
    let captured_at = day_of(day);
    let quantity = Quantity::new(Decimal::ONE, footing.unit).ok()?;
    let observation = Observation {
        id: ContentHash::of(format!("{} {in_file}", hash.unwrap_or(table)).as_bytes()),
        capture: Capture {
            source_id: source.clone(),
            site: source.clone(),
            page_url: None,
            captured_at,
            page_hash: hash,
            archive: None,
            market: None,
            default_currency: None,
            language: None,
        },
        url: None,
        name: format!("{WORD} {} of {name}", u64::from(in_file) + 1),
        seller: source.clone(),
        brand: None,
        model: None,
        gtin: None,
        hs: Some(code),
        hs_witness: Some(HsWitness { how: "stated".to_owned(), why: name.to_owned() }),
        condition: Some(footing.condition),
        level: footing.level,
        kind: GoodsKind::Article,
        price: Money::new(amount, facts.currency),
        price_high: None,
        quantities: vec![quantity],
        min_order: None,
        breaks: Vec::new(),
        basis_price: both,
        basis: Basis { name: BASIS.to_owned(), recipe: None, steps: Vec::new() },
        origin,
        ships_to: Vec::new(),
        availability: None,
        confidence: None,
        explain: vec![ExplainStep {
            what: "price".to_owned(),
            from: format!("{WORD} {} of {name}", u64::from(in_file) + 1),
            result: format!("{amount} {} {}", facts.currency, footing.unit.per()),
            syntax: None,
            place: None,
        }],
    };
    let unit_prices = vec![UnitPrice { unit: footing.unit, low: amount, high: amount }];
    Some(Comparable { observation, unit_prices, rate: None })
}

/// A day by its number, at its beginning.
fn day_of(day: u32) -> DateTime<Utc> {
    let date = FIRST_DAY.checked_add_days(Days::new(u64::from(day))).unwrap_or(FIRST_DAY);
    date.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::super::{
        Bounds, ListRows, Lists, Parted, Parter, Rows, build, unite, write_groups, write_rows,
    };
    use super::*;
    use crate::Parameters;
    use crate::columnar::{Container, Writer, aligned};
    use model::{CommercialLevel, Condition, Currency, Unit};
    use std::collections::BTreeSet;

    /// Two files, so that a name stands twice; sources that differ in little; prices of any size.
    fn table(files: Vec<PriceFile>) -> TableFile {
        let footing = |unit, condition, level| super::super::Footing { unit, condition, level };
        let kilograms = footing(Unit::Kilogram, Condition::New, CommercialLevel::Wholesale);
        let facets = vec![
            Facet { footing: kilograms, origin: None },
            Facet { footing: kilograms, origin: Some("CN".parse().unwrap()) },
            Facet { footing: kilograms, origin: Some("ES".parse().unwrap()) },
            Facet { footing: footing(Unit::Litre, Condition::New, CommercialLevel::Retail), origin: None },
            Facet {
                footing: footing(Unit::Piece, Condition::Used, CommercialLevel::Wholesale),
                origin: Some("CN".parse().unwrap()),
            },
        ];
        let facts = TableFacts {
            currency: Currency::EUR,
            as_of: FIRST_DAY + Days::new(46_000),
            codes_as_stated: true,
            codes: ["070320", "070390"].map(|code| HsCode::parse(code).unwrap()).to_vec(),
            facets,
            sources: vec!["A 1".into(), "Ce".into(), "Cé".into(), "กา".into(), "กี".into()],
            files,
        };
        let n = 600u32;
        let column = |below: u32, salt: u32| -> Vec<u32> {
            (0..n).map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(salt) >> 7) % below).collect()
        };
        let facet: Vec<u16> = column(5, 5).into_iter().map(|o| o as u16).collect();
        let day: Vec<i32> = column(300, 9).into_iter().map(|d| 20_000 + d as i32).collect();
        let price: Vec<f64> =
            (0..n).map(|i| (f64::from(i) * 0.37).sin().mul_add(2.0, 3.0).exp() / 7.0).collect();
        let rows = Rows {
            first: 0,
            missing: &[],
            hs: &column(2, 1),
            facet: &facet,
            day: &day,
            source: &column(5, 3),
            price: &price,
        };
        let parameters = Parameters::default();
        let bounds = Arc::new(Bounds::default());
        let TableFacts { codes, facets, sources, .. } = facts.clone();
        let lists = Lists { codes, facets, sources };
        let mut parter = Parter::new(Arc::clone(&bounds));
        parter.take(&lists, &rows);
        let (rows, settled) = ListRows::of(vec![parter], lists.clone());
        assert_eq!(settled, lists, "every name has a row");
        let rows = Parted::of(&bounds, &unite(&[&facts]).unwrap(), vec![rows], 1);
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        let (columns, calibrations) =
            build(rows, &facts, &parameters, 1, |rows| write_rows(&mut writer, rows).unwrap());
        write_groups(&mut writer, &facts, &parameters, &columns, &calibrations).unwrap();
        let bytes = writer.finish().unwrap().0;
        TableFile::open(Container::open(aligned(&bytes)).unwrap()).unwrap().unwrap()
    }

    fn file(name: &str, of: &[u8], first: u32, rows: u32) -> PriceFile {
        PriceFile { name: name.into(), hash: ContentHash::of(of), first, rows, left_out: 0 }
    }

    /// An offer by the words it is indexed by: the name of a list says nothing of goods.
    fn without_list(mut offer: Comparable) -> Comparable {
        let words = offer.observation.name.split_once(" of ").map(|(words, _)| words.to_owned());
        offer.observation.name = words.unwrap();
        offer
    }

    /// The index of the same rows as records, taken apart one by one as any snapshot's.
    fn by_records(table: &TableFile, hs: u32) -> ReferenceIndex {
        let (facts, id) = (table.facts(), table.container().id());
        let rows = table.rows_of(hs);
        let offers = rows.iter().filter_map(|row| offer(facts, id, hs, row).map(without_list)).collect();
        let snapshot = crate::build_snapshot(offers, Vec::new(), facts.currency, table.parameters());
        ReferenceIndex::of(&Snapshot { id, groups: Vec::new(), ..snapshot }).unwrap()
    }

    /// Facts of offers without the numbers of their sellers and goods: records tell sellers apart by folded names,
    /// and goods by theirs, which rows of two lists share where they have one number.
    fn but_sellers_and_goods(mut facts: Vec<u8>) -> Vec<u8> {
        for row in facts.chunks_exact_mut(4 * 13) {
            for field in [crate::offers::SELLER, crate::offers::GOODS] {
                row[4 * field..4 * field + 4].fill(0);
            }
        }
        facts
    }

    #[test]
    fn columns_made_at_once_are_those_of_the_records() {
        let table = table(vec![file("one.csv", b"1", 0, 250), file("two.csv", b"2", 250, 350)]);
        for hs in 0..2 {
            let rows = table.rows_of(hs);
            assert!(rows.len() > 200);
            let slow = by_records(&table, hs);
            let fast = table.by_columns(hs, rows).unwrap();
            assert!(fast.offers().are_made() && !slow.offers().are_made());
            let (a, b) = (slow.offers().container(), fast.offers().container());
            for (name, _) in b.sections() {
                let of = |container: &Container| {
                    let section = container.section(name).unwrap().to_vec();
                    if name == "facts" { but_sellers_and_goods(section) } else { section }
                };
                assert!(of(a) == of(b), "section '{name}' of code {hs}");
            }
            // What else there is are the offers in full, and by what builders tell sellers apart.
            let more = ["sellers", "sites", "goods", "listings", "dictionary", "dictionary_at"];
            for (name, _) in a.sections().filter(|(name, _)| b.section(name).is_none()) {
                assert!(more.contains(&name) || name.starts_with("records"), "{name}");
            }
            for i in 0..slow.len() {
                assert_eq!(*slow.offer(i), without_list((*fast.offer(i)).clone()));
            }
        }
    }

    #[test]
    fn every_row_is_goods_of_its_own_and_sellers_are_the_sources_as_spelled() {
        let table = table(vec![file("one.csv", b"1", 0, 300), file("two.csv", b"2", 300, 300)]);
        let index = table.by_columns(0, table.rows_of(0)).unwrap();
        let (mut goods, mut names, mut sellers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for i in 0..index.len() {
            let (facts, o) = (index.facts(i), index.offer(i).observation.clone());
            assert!(goods.insert(facts.goods), "row {i}");
            names.insert(o.name);
            sellers.insert((facts.seller, facts.site, o.seller));
        }
        assert_eq!(names.len(), goods.len(), "rows of two lists are told apart");
        // One number for each text, one text for each number.
        let texts: Vec<&str> = table.facts().sources.iter().map(String::as_str).collect();
        let told: BTreeSet<&str> = sellers.iter().map(|(_, _, text)| text.as_str()).collect();
        assert_eq!(told.into_iter().collect::<Vec<_>>(), texts);
        assert_eq!(sellers.len(), texts.len());
        let numbers: BTreeSet<u32> = sellers.iter().map(|(number, ..)| *number).collect();
        assert_eq!(numbers.len(), texts.len());
    }

    #[test]
    fn rows_of_a_file_that_stands_twice_count_once() {
        let table = table(vec![file("one.csv", b"1", 0, 300), file("again.csv", b"1", 300, 300)]);
        let code = table.facts().codes[0];
        let index = table.reference(code).unwrap();
        assert!((index.len() as usize) < table.rows_of(0).len());
        assert!(index.offers().ids().is_sorted_by(|a, b| a < b));
        // Kept: the same index again.
        assert!(Arc::ptr_eq(&index, &table.reference(code).unwrap()));
    }

    #[test]
    fn threads_that_miss_a_subheading_at_once_share_one_index() {
        let table = table(vec![file("one.csv", b"1", 0, 600)]);
        let code = table.facts().codes[0];
        let begin = std::sync::Barrier::new(4);
        let ask = || {
            begin.wait();
            table.reference(code).unwrap()
        };
        let all: Vec<_> = std::thread::scope(|scope| {
            let asked = [(); 4].map(|()| scope.spawn(ask));
            asked.map(|thread| thread.join().unwrap()).into()
        });
        assert!(all.iter().all(|index| Arc::ptr_eq(index, &all[0])));
        assert_eq!(table.looked.known.lock().unwrap().len(), 1);
    }
}
