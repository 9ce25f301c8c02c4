//! Every offer of the market at one date, before any shop writes it down.

use crate::catalogue::{Language, Pool, Product, Sector, products};
use crate::price::{self, Rounding};
use crate::sellers::sellers;
use chrono::NaiveDate;
use model::{CommercialLevel, Condition};
use rust_decimal::Decimal;

/// The six shops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shop {
    HarbourLane,
    Marktgarten,
    Lumiere,
    Skladowy,
    Tradewharf,
    Secondround,
}

impl Shop {
    pub(crate) const ALL: [Shop; 6] = [
        Shop::HarbourLane,
        Shop::Marktgarten,
        Shop::Lumiere,
        Shop::Skladowy,
        Shop::Tradewharf,
        Shop::Secondround,
    ];
    pub(crate) fn host(self) -> &'static str {
        match self {
            Shop::HarbourLane => "harbour-lane.example",
            Shop::Marktgarten => "marktgarten.example",
            Shop::Lumiere => "lumiere-bazar.example",
            Shop::Skladowy => "skladowy.example",
            Shop::Tradewharf => "tradewharf.example",
            Shop::Secondround => "secondround.example",
        }
    }
    pub(crate) fn currency(self) -> &'static str {
        match self {
            Shop::HarbourLane => "GBP",
            Shop::Marktgarten => "EUR",
            Shop::Lumiere => "CHF",
            Shop::Skladowy => "PLN",
            Shop::Tradewharf => "USD",
            Shop::Secondround => "CAD",
        }
    }
    /// Units of the shop's currency for a euro when it sets its prices. Fixed: shops do not follow
    /// the daily rate.
    fn rate(self) -> f64 {
        match self {
            Shop::HarbourLane => 0.86,
            Shop::Marktgarten => 1.0,
            Shop::Lumiere => 0.945,
            Shop::Skladowy => 4.27,
            Shop::Tradewharf => 1.12,
            Shop::Secondround => 1.55,
        }
    }
    fn rounding(self) -> Rounding {
        match self {
            Shop::HarbourLane | Shop::Marktgarten => Rounding::NinetyNine,
            Shop::Lumiere => Rounding::FiveCents,
            Shop::Skladowy | Shop::Tradewharf => Rounding::Cents,
            Shop::Secondround => Rounding::Whole,
        }
    }
    pub(crate) fn language(self) -> Language {
        match self {
            Shop::HarbourLane | Shop::Tradewharf | Shop::Secondround => Language::English,
            Shop::Marktgarten => Language::German,
            Shop::Lumiere => Language::French,
            Shop::Skladowy => Language::Polish,
        }
    }
}

/// One offer.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// Number within the market, the same at every date.
    pub id: u32,
    pub shop: Shop,
    /// Index into [`products`].
    pub product: usize,
    pub seller: String,
    pub condition: Condition,
    pub level: CommercialLevel,
    /// One selling unit, in the shop's currency.
    pub price: Decimal,
    /// Struck out beside it.
    pub list_price: Option<Decimal>,
    /// Units (kg, l, m, pieces) in one selling unit.
    pub size: f64,
    /// Smallest order in selling units; 1 where there is none.
    pub min_order: u32,
    /// Prices by quantity, smallest first; the first one is `price` at `min_order`.
    pub breaks: Vec<(u32, Decimal)>,
    pub in_stock: bool,
    /// Euro per unit before the shop rounds.
    pub unit_price_eur: f64,
}

impl Offer {
    pub(crate) fn product(&self) -> &'static Product {
        &products()[self.product]
    }
}

/// All offers at one date.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub date: NaiveDate,
    pub run: u32,
    pub offers: Vec<Offer>,
}

impl World {
    pub(crate) fn new(seed: u64, date: NaiveDate, run: u32) -> World {
        let mut offers = Vec::new();
        for at in 0..products().len() {
            for group in groups(at) {
                offers.extend(price_group(seed, date, at, &group, offers.len()));
            }
        }
        World { date, run, offers }
    }
    /// Offers of a shop, in the catalogue's order.
    pub(crate) fn of(&self, shop: Shop) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(move |o| o.shop == shop)
    }
    /// Products that a shop sells, with their offers there, in the catalogue's order.
    pub(crate) fn by_product(&self, shop: Shop) -> Vec<(usize, Vec<&Offer>)> {
        let mut found: Vec<(usize, Vec<&Offer>)> = Vec::new();
        for offer in self.of(shop) {
            match found.last_mut() {
                Some((product, list)) if *product == offer.product => list.push(offer),
                _ => found.push((offer.product, vec![offer])),
            }
        }
        found
    }
}

/// Offers of one product that are comparable: one condition, one level.
struct Group {
    condition: Condition,
    level: CommercialLevel,
    factor: f64,
    /// Sellers wanted per shop.
    wanted: Vec<(Shop, usize)>,
}

fn groups(at: usize) -> Vec<Group> {
    let product = &products()[at];
    let (goods, entry) = (product.goods(), &product.entry);
    let [harbour, markt, lumiere, skladowy] =
        entry.reach.unwrap_or(if entry.wide { [12, 9, 7, 2] } else { [4, 3, 2, 0] });
    let retail =
        |condition, factor, wanted| Group { condition, level: CommercialLevel::Retail, factor, wanted };
    let mut groups = vec![retail(
        Condition::New,
        1.0,
        vec![
            (Shop::HarbourLane, harbour),
            (Shop::Marktgarten, markt),
            (Shop::Lumiere, lumiere),
            (Shop::Skladowy, skladowy),
        ],
    )];
    if !entry.wide {
        return groups;
    }
    if let Some(factor) = goods.used {
        groups.push(retail(
            Condition::Used,
            factor,
            vec![(Shop::HarbourLane, 5), (Shop::Marktgarten, 3), (Shop::Secondround, 18)],
        ));
        groups.push(Group {
            condition: Condition::Used,
            level: CommercialLevel::Wholesale,
            factor: factor * 0.72,
            wanted: vec![(Shop::Tradewharf, 4)],
        });
    }
    if let Some(factor) = goods.refurbished {
        groups.push(retail(
            Condition::Refurbished,
            factor,
            vec![(Shop::HarbourLane, 3), (Shop::Secondround, 7)],
        ));
    }
    if let Some(factor) = goods.wholesale {
        groups.push(Group {
            condition: Condition::New,
            level: CommercialLevel::Wholesale,
            factor,
            wanted: vec![(Shop::Skladowy, 9), (Shop::Tradewharf, 15)],
        });
    }
    groups
}

/// The sellers of a shop that offer a product: a draw that depends on seed and goods, not on the
/// date, so that sellers keep their range.
fn chosen(seed: u64, at: usize, group: &Group, shop: Shop, wanted: usize) -> Vec<String> {
    let product = &products()[at];
    let mut pool = sellers(shop, product.goods().sector);
    if let Some(half) = product.entry.pool {
        let parity = usize::from(half == Pool::Odd);
        let mut i = 0;
        pool.retain(|_| {
            i += 1;
            i % 2 == parity
        });
    }
    if !product.entry.only_seller {
        let key = format!("{}/{}/{}", product.slug, group.condition, group.level);
        pool.sort_by_key(|name| price::number(seed, &["range", &key, name]));
    }
    pool.truncate(wanted);
    pool
}

fn price_group(seed: u64, date: NaiveDate, at: usize, group: &Group, first_id: usize) -> Vec<Offer> {
    let product = &products()[at];
    let (goods, entry) = (product.goods(), &product.entry);
    let key = format!("{}/{}/{}", product.slug, group.condition, group.level);
    let mut places: Vec<(Shop, String)> = Vec::new();
    for &(shop, wanted) in &group.wanted {
        for seller in chosen(seed, at, group, shop, wanted) {
            places.push((shop, seller));
        }
    }
    // Who is dear and who is cheap: an order drawn once, spread over the quantiles.
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&i| price::number(seed, &["level", &key, places[i].0.host(), &places[i].1]));
    let mut rank = vec![0; places.len()];
    for (position, &i) in order.iter().enumerate() {
        rank[i] = position;
    }
    let wholesale = group.level == CommercialLevel::Wholesale;
    let size = if wholesale { goods.trade_size.unwrap_or(1.0) } else { entry.size };
    let level = goods.price * entry.factor * group.factor * price::drift(seed, &goods.key, date);
    let n = places.len();
    places
        .into_iter()
        .enumerate()
        .map(|(i, (shop, seller))| {
            let label = format!("{key}/{}", shop.host());
            let slip = goods.slip && entry.wide && !wholesale && shop == Shop::Marktgarten && i == n / 2;
            let unit_price_eur = level
                * (goods.spread * price::score(rank[i], n)).exp()
                * price::weekly(seed, &seller, &label, date)
                * if slip { 10.0 } else { 1.0 };
            let amount = unit_price_eur * size * shop.rate();
            let draw = |what| price::unit_interval(seed, &[what, &label, &seller]);
            let (min_order, breaks) =
                if wholesale { trade_terms(goods.moq, draw("moq"), amount, shop) } else { (1, Vec::new()) };
            let price =
                breaks.first().map_or_else(|| price::rounded(amount, shop.rounding()), |(_, first)| *first);
            Offer {
                id: (first_id + i) as u32 + 1001,
                shop,
                product: at,
                list_price: (!wholesale && draw("sale") < 0.15)
                    .then(|| price::rounded(amount * 1.2, shop.rounding())),
                condition: group.condition,
                level: group.level,
                price,
                size,
                min_order,
                breaks,
                in_stock: draw("stock") < 0.92,
                seller,
                unit_price_eur,
            }
        })
        .collect()
}

/// Smallest order and prices by quantity: half, one or twice the usual order; 4 % less from five
/// times that, 8 % less from twenty times.
fn trade_terms(usual: u32, draw: f64, amount: f64, shop: Shop) -> (u32, Vec<(u32, Decimal)>) {
    let usual = usual.max(2);
    let min_order = if draw < 0.4 {
        usual.div_ceil(2)
    } else if draw < 0.8 {
        usual
    } else {
        usual * 2
    };
    let steps: &[(u32, f64)] =
        if shop == Shop::Tradewharf { &[(1, 1.0), (5, 0.96), (20, 0.92)] } else { &[(1, 1.0)] };
    let breaks = steps
        .iter()
        .map(|&(times, factor)| (min_order * times, price::rounded(amount * factor, shop.rounding())))
        .collect();
    (min_order, breaks)
}

/// The sections of a shop that sell something, in order.
pub(crate) fn sectors_of(offers: &[(usize, Vec<&Offer>)]) -> Vec<Sector> {
    Sector::ALL
        .into_iter()
        .filter(|sector| offers.iter().any(|(p, _)| products()[*p].goods().sector == *sector))
        .collect()
}
