//! Cells of the observatory under disclosure control.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, garlic, index, prices};
use model::{Comparable, Country};
use statistics::release::{ReleasedCell, cells};

/// Garlic of `n` sellers on `sites` sites.
fn on_sites(group: &Group, n: usize, sites: usize) -> Vec<Comparable> {
    let mut offers = group.offers(&prices(n, 1.2345, 0.2));
    for (i, offer) in offers.iter_mut().enumerate() {
        offer.observation.capture.site = format!("site{}.example", i % sites);
    }
    offers
}

fn released(offers: Vec<Comparable>) -> Vec<ReleasedCell> {
    cells(&index(offers))
}

fn one(offers: Vec<Comparable>) -> ReleasedCell {
    let all = released(offers);
    assert_eq!(all.len(), 1);
    all.into_iter().next().unwrap()
}

#[test]
fn figures_come_with_the_number_of_sellers() {
    let c = one(on_sites(&garlic(), 5, 3));
    assert_eq!((c.median, c.q1, c.p10), (Some(1.23), None, None));
    assert_eq!((c.n_sellers, c.n_sites), (Some(5), Some(3)));
    let c = one(on_sites(&garlic(), 23, 4));
    assert!(c.q1.is_some() && c.q3.is_some() && c.p10.is_none());
    assert_eq!((c.n_sellers, c.n_sites), (Some(20), Some(3)));
    let c = one(on_sites(&garlic(), 52, 7));
    assert!(c.p10.is_some() && c.p90.is_some());
    assert_eq!((c.n_sellers, c.n_sites), (Some(50), Some(5)));
}

#[test]
fn a_cell_that_would_tell_too_much_is_held_back() {
    let too_few = one(on_sites(&garlic(), 4, 4));
    assert_eq!(too_few.suppressed.as_deref(), Some("fewer than 5 sellers"));
    assert_eq!((too_few.median, too_few.n_sellers), (None, None));
    let two_sites = one(on_sites(&garlic(), 30, 2));
    assert_eq!(two_sites.suppressed.as_deref(), Some("fewer than 3 sites"));
    let mut offers = on_sites(&garlic(), 6, 3);
    for i in 0..9 {
        let mut extra = garlic().offer(50 + i, 1.3);
        extra.observation.seller = "seller garlic 0".into();
        offers.push(extra);
    }
    assert_eq!(one(offers).suppressed.as_deref(), Some("one seller holds more than half of the listings"));
}

#[test]
fn markets_stand_apart_only_where_each_may_be_published() {
    let fr: Option<Country> = "FR".parse().ok();
    let in_france = |n| {
        let group = Group { tag: "ail".into(), ..garlic() };
        let mut offers = on_sites(&group, n, 3);
        for offer in &mut offers {
            offer.observation.capture.market = fr;
        }
        offers
    };
    let mut offers = on_sites(&garlic(), 8, 3);
    offers.extend(in_france(7));
    let markets: Vec<Option<Country>> = released(offers).iter().map(|c| c.market).collect();
    assert_eq!(markets, ["DE".parse().ok(), fr]);
    // With too few in one market, its figures could be had by subtraction from the total.
    let mut offers = on_sites(&garlic(), 8, 3);
    offers.extend(in_france(2));
    let all = released(offers);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].market, all[0].n_sellers), (None, Some(10)));
}
