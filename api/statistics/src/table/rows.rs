//! The rows of one subheading as offers with everything known of them: for lines that need a look at
//! the rows themselves, and for a verdict's schedule. Not the table's own figures.

use super::{FIRST_DAY, TableFile, unpacked};
use crate::{ReferenceIndex, StatisticsError};
use chrono::{DateTime, Days, NaiveTime, Utc};
use model::{
    Basis, Capture, Comparable, ContentHash, ExplainStep, GoodsKind, HsCode, HsWitness, Interval, Money,
    Observation, Quantity, Snapshot, UnitPrice,
};
use rust_decimal::Decimal;
use std::sync::{Arc, Mutex, PoisonError};

/// Subheadings whose rows are kept as offers; the oldest goes first. A subheading of two thousand
/// rows takes some 5 MB.
const KEPT: usize = 8;

/// Indexes of the subheadings looked at last.
#[derive(Debug, Default)]
pub(super) struct Looked(Mutex<Vec<(u32, Arc<ReferenceIndex>)>>);

impl TableFile {
    /// The rows of a subheading as a reference of their own; `None` where the table has none. Its
    /// snapshot carries the identity of the whole table, and its groups are calibrated by the whole
    /// table's.
    pub fn reference(&self, code: HsCode) -> Option<Arc<ReferenceIndex>> {
        let hs = self.facts().codes.binary_search(&code.subheading()?).ok()? as u32;
        let mut kept = self.looked.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == hs) {
            let found = kept.remove(at);
            kept.push(found.clone());
            return Some(found.1);
        }
        drop(kept);
        let index = Arc::new(self.index_of(self.offers_of(hs)).ok()?);
        let mut kept = self.looked.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((hs, Arc::clone(&index)));
        Some(index)
    }

    /// A reference without any offer, for lines whose code the table lacks.
    ///
    /// # Errors
    /// As [`ReferenceIndex::of`].
    pub fn nothing(&self) -> Result<ReferenceIndex, StatisticsError> {
        self.index_of(Vec::new())
    }

    fn index_of(&self, comparables: Vec<Comparable>) -> Result<ReferenceIndex, StatisticsError> {
        let snapshot = Snapshot {
            id: self.container().id(),
            currency: self.facts().currency,
            comparables,
            exclusions: Vec::new(),
            groups: Vec::new(),
        };
        let index = ReferenceIndex::of(&snapshot)?;
        let facts = self.facts();
        index.memo.lend_siblings(
            (facts.unit, facts.condition, facts.level),
            self.parameters(),
            self.calibration().cloned(),
        );
        Ok(index)
    }

    fn offers_of(&self, hs: u32) -> Vec<Comparable> {
        let table = self.table();
        let mut out = Vec::new();
        for group in self.places().of_code(hs) {
            let counts = table.counts(group as usize);
            let range = counts.start as usize..(counts.start + counts.n) as usize;
            let origin = self.facts().origins[counts.origin as usize];
            let columns = &table.columns;
            for (&price, &row) in columns.prices[range.clone()].iter().zip(&columns.rows[range]) {
                out.extend(self.offer(hs, origin, price, row));
            }
        }
        // By identity, as every snapshot's offers.
        out.sort_by_key(|c| c.observation.id);
        out
    }

    /// One row as an offer; `None` of a damaged one.
    fn offer(&self, hs: u32, origin: Option<model::Country>, price: f64, row: u64) -> Option<Comparable> {
        let facts = self.facts();
        let (source, day, number) = unpacked(row);
        let source = facts.sources.get(source as usize)?;
        let file = facts.files.iter().rfind(|file| file.first <= number);
        let (name, hash, in_file) = match file {
            Some(file) => (file.name.as_str(), Some(file.hash), number - file.first),
            None => ("the table", None, number),
        };
        let amount: Decimal = format!("{price}").parse().ok()?;
        let code = *facts.codes.get(hs as usize)?;
        let both = Interval { low: amount, high: amount };
        let captured_at = day_of(day);
        let quantity = Quantity::new(Decimal::ONE, facts.unit).ok()?;
        let observation = Observation {
            id: ContentHash::of(format!("{} {in_file}", hash.unwrap_or(self.container().id())).as_bytes()),
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
            name: format!("row {}", u64::from(in_file) + 1),
            seller: source.clone(),
            brand: None,
            model: None,
            gtin: None,
            hs: Some(code),
            hs_witness: Some(HsWitness { how: "stated".to_owned(), why: name.to_owned() }),
            condition: Some(facts.condition),
            level: facts.level,
            kind: GoodsKind::Article,
            price: Money::new(amount, facts.currency),
            price_high: None,
            quantities: vec![quantity],
            min_order: None,
            breaks: Vec::new(),
            basis_price: both,
            basis: Basis { name: "offer".to_owned(), recipe: None, steps: Vec::new() },
            origin,
            ships_to: Vec::new(),
            availability: None,
            confidence: None,
            explain: vec![ExplainStep {
                what: "price".to_owned(),
                from: format!("row {} of {name}", u64::from(in_file) + 1),
                result: format!("{amount} {} {}", facts.currency, facts.unit.per()),
                syntax: None,
                place: None,
            }],
        };
        let unit_prices = vec![UnitPrice { unit: facts.unit, low: amount, high: amount }];
        Some(Comparable { observation, unit_prices, rate: None })
    }
}

/// A day by its number, at its beginning.
fn day_of(day: u32) -> DateTime<Utc> {
    let date = FIRST_DAY.checked_add_days(Days::new(u64::from(day))).unwrap_or(FIRST_DAY);
    date.and_time(NaiveTime::MIN).and_utc()
}
