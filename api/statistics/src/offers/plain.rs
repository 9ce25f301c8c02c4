//! Columns of offers that differ in nothing but day, seller, facet, price and a number in their name:
//! rows of a price table. Made in memory in well under a microsecond an offer, where taking each one
//! apart as a record takes tens; a test holds the two to one another. Not the offers in full (`full`).

use super::{
    BASIS, DAY, FACETS, FORMAT, GOODS, LISTING, Meta, NONE, ON_BASIS, PLACE, Place, Row, SELLER, SITE,
    SUBHEADING, VOCABULARY, facets, texts,
};
use crate::columnar::{CONTAINER_VERSION, Container};
use crate::table::Facet;
use crate::{METHOD, StatisticsError};
use model::{ContentHash, Country, Currency, GoodsKind, HsCode, Unit};
use std::collections::HashMap;
use std::hash::Hash;

/// One offer. Sellers, sites, facets and names are numbers by which these are told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlainOffer {
    /// Identity of the observation.
    pub id: [u8; 32],
    /// Day of the capture, from 1 January of year 1 on.
    pub day: u32,
    pub seller: u32,
    pub site: u32,
    /// Number in [`InCommon::facets`].
    pub facet: u32,
    /// The number in its name: "row 12".
    pub name: u32,
    /// Price per unit as the nearest f64; `None` where it is not above zero.
    pub price: Option<f64>,
}

/// What all offers have in common.
pub(crate) struct InCommon<'a> {
    pub currency: Currency,
    pub code: HsCode,
    /// What offers may differ in: unit, condition, level, origin.
    pub facets: &'a [Facet],
    /// The basis of the prices.
    pub basis: &'a str,
    /// The word that names begin with.
    pub word: &'a str,
}

/// Numbers given in the order of first sight, as a snapshot's builder gives them.
#[derive(Default)]
struct InOrder<K> {
    numbers: HashMap<K, u32>,
    order: Vec<K>,
}

impl<K: Copy + Eq + Hash> InOrder<K> {
    fn number(&mut self, key: K) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            self.order.push(key);
            self.order.len() as u32 - 1
        })
    }
}

/// The columns of offers that are sorted by their ids, no two alike; in a container that states this id.
pub(super) fn columns(
    offers: &[PlainOffer],
    common: &InCommon<'_>,
    id: ContentHash,
) -> Result<Container, StatisticsError> {
    let of_facets: Vec<(u8, u32)> = (common.facets.iter())
        .map(|Facet { footing, .. }| {
            let unit =
                Unit::ALL.iter().position(|unit| *unit == footing.unit).unwrap_or(usize::from(u8::MAX));
            (unit as u8, facets(Some(footing.condition), footing.level, GoodsKind::Article, ON_BASIS))
        })
        .collect();
    let (mut sellers, mut sites) = (InOrder::<u32>::default(), InOrder::<u32>::default());
    let (mut origins, mut names) = (InOrder::<Option<Country>>::default(), InOrder::<u32>::default());
    let n = offers.len();
    let mut ids: Vec<[u8; 32]> = Vec::with_capacity(n);
    let mut rows: Vec<Row> = Vec::with_capacity(n);
    let (mut prices_at, mut prices): (Vec<u32>, Vec<f64>) = (vec![0], Vec::with_capacity(n));
    let mut units: Vec<u8> = Vec::with_capacity(n);
    let mut words: Vec<[u32; 2]> = Vec::with_capacity(n);
    for (i, offer) in offers.iter().enumerate() {
        let mut row = [NONE; 13];
        let name = names.number(offer.name);
        let facet = offer.facet as usize;
        let (unit, facets) = of_facets.get(facet).copied().unwrap_or((u8::MAX, NONE));
        let origin = common.facets.get(facet).and_then(|facet| facet.origin);
        (row[DAY], row[FACETS], row[SUBHEADING], row[BASIS]) = (offer.day, facets, 0, 0);
        (row[SELLER], row[SITE]) = (sellers.number(offer.seller), sites.number(offer.site));
        // Rows of several lists have one number, and with it one name, and are no more the same goods than others.
        // An offer without an address is its own.
        (row[GOODS], row[LISTING], row[PLACE]) = (i as u32, i as u32, origins.number(origin));
        ids.push(offer.id);
        rows.push(row);
        prices.extend(offer.price);
        units.extend(offer.price.map(|_| unit));
        prices_at.push(prices.len() as u32);
        words.push([0, name + 1]);
    }
    // The word comes first, as it is seen first; the numbers behind it, each once.
    let mut named = String::new();
    let mut ends = Vec::with_capacity(names.order.len());
    for name in &names.order {
        named += &name.to_string();
        ends.push(named.len());
    }
    let mut word_texts: Vec<&str> = Vec::with_capacity(ends.len() + 1);
    let mut from = 0;
    word_texts.extend((n > 0).then_some(common.word));
    for end in ends {
        word_texts.push(&named[from..end]);
        from = end;
    }
    let found = texts::columns(&word_texts);
    let places: Vec<Place> =
        origins.order.iter().map(|&origin| Place { market: None, origin, ships_to: Vec::new() }).collect();
    let meta = Meta {
        format: FORMAT.to_owned(),
        version: CONTAINER_VERSION,
        holds: "offers".to_owned(),
        vocabulary: VOCABULARY,
        currency: common.currency,
        comparables: n as u64,
        exclusions: 0,
        groups: 0,
        basis: common.basis.to_owned(),
        bases: vec![common.basis.to_owned()],
        slips: None,
        method: METHOD,
    };
    let json = |error: serde_json::Error| StatisticsError::Damaged { detail: error.to_string() };
    let (meta, places) =
        (serde_json::to_vec(&meta).map_err(json)?, serde_json::to_vec(&places).map_err(json)?);
    let code: u32 = common.code.as_str().parse().unwrap_or(0);
    let subheadings: &[[u32; 4]] = if n > 0 { &[[code, 0, n as u32, 0]] } else { &[] };
    let everyone: Vec<u32> = (0..n as u32).collect();
    let words_at: Vec<u32> = (0..=n as u32).map(|i| 2 * i).collect();
    let nothing: &[u8] = &[];
    Container::of_sections(
        id,
        &[
            ("meta", &meta),
            ("ids", bytemuck::cast_slice(&ids)),
            ("facts", bytemuck::cast_slice(&rows)),
            ("gtins", bytemuck::cast_slice(&vec![0u64; n])),
            ("prices_at", bytemuck::cast_slice(&prices_at)),
            ("price_units", &units),
            ("price_lows", bytemuck::cast_slice(&prices)),
            ("price_highs", bytemuck::cast_slice(&prices)),
            ("words_at", bytemuck::cast_slice(&words_at)),
            ("words", bytemuck::cast_slice(&words)),
            ("attributes_at", bytemuck::cast_slice(&vec![0u32; n + 1])),
            ("attributes", nothing),
            ("texts", &found.bytes),
            ("texts_at", bytemuck::cast_slice(&found.ends)),
            ("text_slots", bytemuck::cast_slice(&found.slots)),
            ("subheadings", bytemuck::cast_slice(subheadings)),
            ("by_subheading", bytemuck::cast_slice(&everyone)),
            ("by_gtin", nothing),
            ("by_model", nothing),
            ("places", &places),
            ("rates", b"[]"),
            ("groups", b"[]"),
        ],
    )
}
