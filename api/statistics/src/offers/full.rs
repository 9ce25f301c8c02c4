//! Offers in full: packed in a snapshot's file, or made of a table's row when one asks. Not what their
//! columns say (`mod.rs`), nor how a record is packed (`records`).

use super::records::Records;
use super::{Meta, Offers, broken};
use crate::StatisticsError;
use model::{Comparable, ContentHash, Exclusion, Snapshot};
use std::fmt;

/// Makes the offer of a number.
pub(crate) type Make = Box<dyn Fn(u32) -> Option<Comparable> + Send + Sync>;

/// Where offers in full come from.
pub(super) enum Full {
    /// From the file's records, with what was left out behind them.
    Packed(Records),
    /// From what their columns were made of; nothing was left out.
    Made(Make),
}

impl fmt::Debug for Full {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Full::Packed(records) => records.fmt(out),
            Full::Made(_) => out.write_str("made when asked for"),
        }
    }
}

impl Full {
    /// Whether there are as many as a file says.
    pub fn fits(&self, meta: &Meta) -> bool {
        match self {
            Full::Packed(records) => records.len() as u64 == meta.comparables.saturating_add(meta.exclusions),
            Full::Made(_) => meta.exclusions == 0,
        }
    }
}

impl Offers {
    /// An offer in full; `None` where the file is damaged.
    pub fn comparable(&self, i: u32) -> Option<Comparable> {
        match &self.full {
            Full::Packed(records) => serde_json::from_str(&records.json(i as usize, self.id(i)?)?).ok(),
            Full::Made(make) => make(i),
        }
    }

    /// Whether offers are made faster than they are kept.
    pub fn are_made(&self) -> bool {
        matches!(self.full, Full::Made(_))
    }

    /// An offer's record as JSON.
    pub(super) fn record(&self, i: u32) -> Option<String> {
        match &self.full {
            Full::Packed(records) => records.json(i as usize, self.id(i)?),
            Full::Made(make) => serde_json::to_string(&make(i)?).ok(),
        }
    }

    /// What was left out, in order.
    pub fn exclusions(&self) -> Result<Vec<Exclusion>, StatisticsError> {
        let Full::Packed(records) = &self.full else { return Ok(Vec::new()) };
        (self.ids.len()..records.len())
            .map(|at| {
                let text = records.json(at, &[0; 32]).ok_or_else(|| broken("an exclusion cannot be read"))?;
                serde_json::from_str(&text).map_err(|e| broken(&format!("an exclusion: {e}")))
            })
            .collect()
    }

    /// The snapshot in memory, for those who need every offer at once.
    pub fn in_full(&self, id: ContentHash) -> Result<Snapshot, StatisticsError> {
        let comparables = (0..self.len())
            .map(|i| {
                let text = self.record(i).ok_or_else(|| broken(&format!("offer {i} cannot be read")))?;
                serde_json::from_str(&text).map_err(|e| broken(&format!("offer {i}: {e}")))
            })
            .collect::<Result<Vec<Comparable>, _>>()?;
        Ok(Snapshot {
            id,
            currency: self.meta.currency,
            comparables,
            exclusions: self.exclusions()?,
            groups: self.groups()?,
        })
    }
}

/// What stands for an offer whose record cannot be read, in a file whose hashes nobody proved.
pub(crate) fn unreadable(offers: &Offers, i: u32) -> Comparable {
    let facts = offers.facts(i);
    let nothing = model::Interval { low: rust_decimal::Decimal::ZERO, high: rust_decimal::Decimal::ZERO };
    let text = || "unreadable: the snapshot file is damaged".to_owned();
    Comparable {
        observation: model::Observation {
            id: ContentHash::from_bytes(offers.id(i).copied().unwrap_or_default()),
            capture: model::Capture {
                source_id: text(),
                site: text(),
                page_url: None,
                captured_at: facts.date().and_time(chrono::NaiveTime::MIN).and_utc(),
                page_hash: None,
                archive: None,
                market: facts.market,
                default_currency: None,
                language: None,
            },
            url: None,
            name: text(),
            seller: text(),
            brand: None,
            model: None,
            gtin: None,
            hs: facts.hs6,
            hs_witness: None,
            condition: facts.condition,
            level: facts.level,
            kind: facts.kind,
            price: model::Money::new(rust_decimal::Decimal::ZERO, offers.meta.currency),
            price_high: None,
            quantities: Vec::new(),
            min_order: None,
            breaks: Vec::new(),
            basis_price: nothing,
            basis: model::Basis { name: offers.basis_of(i).to_owned(), recipe: None, steps: Vec::new() },
            origin: facts.origin,
            ships_to: Vec::new(),
            availability: None,
            confidence: None,
            explain: Vec::new(),
        },
        unit_prices: Vec::new(),
        rate: None,
    }
}
