//! The market as a value: every page of every shop, prepared for one seed, date and run.

use crate::world::World;
use crate::{Reply, shops};
use chrono::NaiveDate;
use model::{CommercialLevel, Condition, Currency, HsCode, Unit};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// The market at one date. The same seed, date and run give the same bytes.
#[derive(Debug, Clone)]
pub struct Market {
    date: NaiveDate,
    pages: BTreeMap<String, BTreeMap<String, Reply>>,
    facts: Vec<OfferFact>,
}

/// What one offer of the market really is, so that tests can hold what was read from the pages to
/// it. Offers that a normalizer must reject are not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferFact {
    /// Host of the shop.
    pub host: String,
    /// Path of the page the offer stands on.
    pub path: String,
    /// Seller.
    pub seller: String,
    /// Subheading.
    pub hs: HsCode,
    /// Brand, where it has one.
    pub brand: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// GTIN, 13 digits.
    pub gtin: Option<String>,
    /// Condition.
    pub condition: Condition,
    /// Commercial level.
    pub level: CommercialLevel,
    /// Price of one selling unit, in `currency`.
    pub price: Decimal,
    /// Currency.
    pub currency: Currency,
    /// Unit in which the goods are compared.
    pub unit: Unit,
    /// How much of `unit` one selling unit holds.
    pub size: Decimal,
    /// Whether the offer sells an accessory for such goods.
    pub accessory: bool,
    /// Unit price in euro at the catalogue's own fixed rates, before the shop rounds.
    pub unit_price_eur: f64,
}

impl Market {
    /// Prepares every page. `run` numbers the visits of one day: it changes the price on exactly
    /// one page.
    pub fn new(seed: u64, date: NaiveDate, run: u32) -> Market {
        let mut pages = BTreeMap::new();
        let mut facts = Vec::new();
        for site in shops::build(&World::new(seed, date, run)) {
            pages.insert(site.shop.host().to_owned(), site.pages);
            facts.extend(site.facts);
        }
        Market { date, pages, facts }
    }
    /// The hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.pages.keys().map(String::as_str)
    }
    /// Paths (with query) of a host, in order.
    pub fn paths(&self, host: &str) -> impl Iterator<Item = &str> {
        self.pages.get(host).into_iter().flat_map(|p| p.keys().map(String::as_str))
    }
    /// What a host answers for a path with query; `None` where it would say 404.
    pub fn reply(&self, host: &str, path: &str) -> Option<&Reply> {
        self.pages.get(host)?.get(path)
    }
    /// The truth behind the pages.
    pub fn offers(&self) -> &[OfferFact] {
        &self.facts
    }
    /// Start of the market's day, UTC.
    pub(crate) fn day_start(&self) -> SystemTime {
        let seconds = self.date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}
