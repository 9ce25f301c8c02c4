//! Prints what the bundled market offers: per product, condition and level, and per subheading.
//! The declared lines were chosen with it.
//!
//!     cargo run -p fixture_market --example groups

use fixture_market::{DEMO_DATE, DEMO_SEED, Market, OfferFact};
use std::collections::{BTreeMap, BTreeSet};

fn main() {
    let market = Market::new(DEMO_SEED, DEMO_DATE, 1);
    let mut narrow: BTreeMap<String, Vec<&OfferFact>> = BTreeMap::new();
    let mut wide: BTreeMap<String, Vec<&OfferFact>> = BTreeMap::new();
    for offer in market.offers().iter().filter(|o| !o.accessory) {
        let facets = format!("{} {} {} {}", offer.hs, offer.unit, offer.condition, offer.level);
        let goods = match (&offer.brand, &offer.model) {
            (Some(brand), Some(model)) => {
                format!("{brand} {model} {}", offer.gtin.as_deref().unwrap_or(""))
            }
            _ => "no brand".to_owned(),
        };
        narrow.entry(format!("{facets} {goods}")).or_default().push(offer);
        wide.entry(facets).or_default().push(offer);
    }
    println!("group: listings, sellers, sites, lowest, median, highest (EUR per unit)");
    for (title, offers) in narrow.iter().chain(&wide) {
        let sellers: BTreeSet<&str> = offers.iter().map(|o| o.seller.as_str()).collect();
        let sites: BTreeSet<&str> = offers.iter().map(|o| o.host.as_str()).collect();
        let mut prices: Vec<f64> = offers.iter().map(|o| o.unit_price_eur).collect();
        prices.sort_by(f64::total_cmp);
        println!(
            "{title}: {} {} {} {:.3} {:.3} {:.3}",
            offers.len(),
            sellers.len(),
            sites.len(),
            prices[0],
            prices[prices.len() / 2],
            prices[prices.len() - 1]
        );
    }
    let pages: usize = market.hosts().map(|h| market.paths(h).count()).sum();
    println!("{} offers, {pages} pages", market.offers().len());
    for host in market.hosts() {
        println!("{host}: {} pages", market.paths(host).count());
    }
}
