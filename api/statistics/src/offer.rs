//! What look-ups and votes need of an offer: numbers for its seller, site, goods and words, and its
//! prices. Not how they are kept (`offers`), nor the offer itself.

use crate::attributes::Attribute;
use crate::fast;
use crate::words::{key, words};
use chrono::{Datelike, NaiveDate};
use model::{CommercialLevel, Comparable, Condition, Country, GoodsKind, HsCode, Unit, UnitPrice};
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Texts as small numbers. Numbers depend on the order of first sight, so they never enter a
/// result.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Interner {
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

/// What an offer is held to the facets by, as numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Day of the capture, from 1 January of year 1 on: days are subtracted more often than read.
    pub day: i32,
    pub seller: u32,
    pub site: u32,
    /// One product of one seller, whatever its address: GTIN, else brand + model + attributes,
    /// else the name.
    pub goods: u32,
    /// One offer seen again on other days: its address; an offer without one is its own.
    pub offer: u32,
    pub condition: Option<Condition>,
    pub level: CommercialLevel,
    pub kind: GoodsKind,
    pub hs6: Option<HsCode>,
    pub brand: Option<u32>,
    pub model: Option<u32>,
    pub origin: Option<Country>,
    pub market: Option<Country>,
    /// Whether a rate on the way to its basis is only an illustration.
    pub illustrative: bool,
    /// Whether the declared quantity matters: a smallest order or quantity breaks.
    pub by_quantity: bool,
    /// Whether its prices are on the main basis of the snapshot; the index knows.
    pub on_basis: bool,
}

impl Facts {
    /// The day of the capture; 1970-01-01 in a damaged file.
    pub fn date(&self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.day).unwrap_or_default()
    }
}

/// An offer's facts with the words and attributes of its name.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub facts: Facts,
    /// Content words of the name, sorted.
    pub words: Vec<u32>,
    pub attributes: Vec<Attribute>,
}

impl Item {
    pub fn of(comparable: &Comparable, interner: &mut Interner) -> Item {
        let o = &comparable.observation;
        let name = words(&o.name);
        let text_key = |text: &Option<String>| text.as_deref().map(key).filter(|k| !k.is_empty());
        let (brand, model) = (text_key(&o.brand), text_key(&o.model));
        let goods = match (&o.gtin, &brand, &model) {
            (Some(gtin), _, _) => format!("gtin {gtin}"),
            (None, Some(brand), Some(model)) => {
                format!("model {brand} {model} {:?}", name.attributes)
            }
            _ => format!("name {}", crate::words::fold(&o.name)),
        };
        let offer = match &o.url {
            Some(url) => format!("url {url}"),
            None => format!("observation {}", o.id),
        };
        let mut content: Vec<u32> = name.content.iter().map(|w| interner.number(w)).collect();
        content.sort_unstable();
        let facts = Facts {
            day: o.capture.captured_at.date_naive().num_days_from_ce(),
            seller: interner.number(&format!("seller {}", key(&o.seller))),
            site: interner.number(&format!("site {}", o.capture.site)),
            goods: interner.number(&goods),
            offer: interner.number(&offer),
            condition: o.condition,
            level: o.level,
            kind: o.kind,
            hs6: o.hs.and_then(|code| code.subheading()),
            brand: brand.map(|b| interner.number(&b)),
            model: model.map(|m| interner.number(&m)),
            origin: o.origin,
            market: o.capture.market,
            illustrative: o.basis.steps.iter().any(|step| step.illustrative),
            by_quantity: o.min_order.is_some() || !o.breaks.is_empty(),
            on_basis: false,
        };
        Item { facts, words: content, attributes: name.attributes }
    }
}

/// The unit price in this unit, where the offer has one above zero.
pub(crate) fn price_in(comparable: &Comparable, unit: Unit) -> Option<UnitPrice> {
    comparable
        .unit_prices
        .iter()
        .copied()
        .find(|p| p.unit == unit && p.low > Decimal::ZERO && p.high >= p.low)
}

/// The first price above zero of each unit.
pub(crate) fn prices(comparable: &Comparable) -> impl Iterator<Item = UnitPrice> {
    let units = comparable.unit_prices.iter().map(|p| p.unit).enumerate();
    units.filter_map(|(at, unit)| {
        let first = comparable.unit_prices[..at].iter().all(|p| p.unit != unit);
        price_in(comparable, unit).filter(|_| first)
    })
}

/// The natural logarithm of an amount above zero.
pub(crate) fn ln(amount: Decimal) -> f64 {
    fast::ln(nearest(amount))
}

/// The number nearest to an amount above zero.
pub(crate) fn nearest(amount: Decimal) -> f64 {
    /// Powers of ten up to here, and whole numbers below 2⁵³, are numbers themselves: their quotient is
    /// rounded once.
    const MOST_PLACES: u32 = 22;
    let (digits, places) = (amount.mantissa().unsigned_abs(), amount.scale());
    let found = match digits < 1 << 53 && places <= MOST_PLACES {
        true => Some(digits as f64 / 10f64.powi(places as i32)),
        false => amount.to_string().parse().ok(),
    };
    found.filter(|number| *number > 0.0).unwrap_or(f64::MIN_POSITIVE)
}

/// The basis most of these offers are on: prices on different bases are never held together.
/// Ties go to `cif`, the narrower one.
pub(crate) fn main_basis<'a>(comparables: impl Iterator<Item = &'a Comparable>) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for c in comparables {
        *counts.entry(c.observation.basis.name.as_str()).or_default() += 1;
    }
    counts
        .into_iter()
        .min_by_key(|&(name, n)| (std::cmp::Reverse(n), name))
        .map_or_else(|| "offer".to_owned(), |(name, _)| name.to_owned())
}
