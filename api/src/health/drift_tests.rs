//! The alarm on made-up crawls: what it must find, and what chance alone must not raise.

use super::*;
use proptest::prelude::*;

fn crawl(pages: u64, offers: u64) -> CrawlYield {
    CrawlYield { pages, offers, empty: None }
}

fn counted(pages: u64, offers: u64, empty: u64) -> CrawlYield {
    CrawlYield { pages, offers, empty: Some(empty) }
}

/// A seeded source of random numbers (splitmix64; Steele, Lea and Flood 2014): the same on every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Between 0 and 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// A standard normal number, by the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// A site: what share of pages has offers, how many a page then has, and how much crawls differ.
#[derive(Clone, Copy)]
struct Site {
    filled: f64,
    most: u64,
    spread: f64,
}

impl Site {
    fn crawl(self, chance: &mut Chance, pages: u64) -> CrawlYield {
        let filled = (self.filled * (self.spread * chance.normal()).exp()).min(1.0);
        let mut found = counted(pages, 0, 0);
        for _ in 0..pages {
            match chance.share() < filled {
                true => found.offers += 1 + chance.below(self.most),
                false => found.empty = found.empty.map(|n| n + 1),
            }
        }
        found
    }
}

/// Product pages, list pages, sparse sites, and sites whose crawls differ.
const SITES: [Site; 6] = [
    Site { filled: 0.95, most: 1, spread: 0.0 },
    Site { filled: 0.5, most: 1, spread: 0.0 },
    Site { filled: 0.1, most: 1, spread: 0.1 },
    Site { filled: 0.3, most: 60, spread: 0.0 },
    Site { filled: 0.6, most: 5, spread: 0.2 },
    Site { filled: 0.4, most: 20, spread: 0.3 },
];

#[test]
fn chance_alone_raises_no_alarm() {
    let mut chance = Chance(17);
    let (mut judged, mut alarms) = (0, Vec::new());
    for site in SITES {
        for earlier in [3, 4, 10] {
            for _ in 0..400 {
                let mut crawls = Vec::new();
                for _ in 0..=earlier {
                    let pages = [20, 25, 60, 200][chance.below(4) as usize];
                    crawls.push(site.crawl(&mut chance, pages));
                }
                judged += 1;
                let (now, before) = crawls.split_last().unwrap();
                alarms.extend(held(now, before).map(|drift| (site.filled, drift)));
            }
        }
    }
    assert_eq!(judged, 7_200);
    // A tenth of a per cent is what the level promises; the demand of a large drop takes most of it.
    assert!(alarms.len() <= 7, "{} alarms in {judged}: {alarms:?}", alarms.len());
}

/// How many of 200 changes of a site the alarm finds.
fn found(site: Site, changed: Site, pages: u64) -> usize {
    let mut chance = Chance(23);
    (0..200)
        .filter(|_| {
            let before: Vec<CrawlYield> = (0..5).map(|_| site.crawl(&mut chance, pages)).collect();
            held(&changed.crawl(&mut chance, pages), &before).is_some()
        })
        .count()
}

#[test]
fn a_changed_site_is_found() {
    let shop = SITES[0];
    let lists = Site { filled: 0.9, most: 40, spread: 0.1 };
    // Every offer gone, on twenty pages.
    assert_eq!(found(shop, Site { filled: 0.0, ..shop }, 20), 200);
    // A quarter of them left, on a hundred.
    assert_eq!(found(shop, Site { filled: 0.25, ..shop }, 100), 200);
    // One of three templates lost: more than half of the offers are still there.
    assert!(found(shop, Site { filled: 0.63, ..shop }, 400) >= 190);
    // List pages of which only the first row is read: no page is empty, the offers are gone.
    assert!(found(lists, Site { most: 1, ..lists }, 60) >= 190);
}

#[test]
fn too_little_is_no_alarm() {
    let usual = [crawl(100, 100); 3];
    assert!(held(&crawl(100, 5), &usual).is_some());
    assert_eq!(held(&crawl(19, 0), &usual), None, "too few pages now");
    assert_eq!(held(&crawl(100, 0), &usual[..2]), None, "too few crawls before");
    let small = [crawl(100, 100), crawl(100, 100), crawl(19, 19)];
    assert_eq!(held(&crawl(100, 0), &small), None, "a crawl of too few pages does not count");
    // A third of the usual on 20 pages with one offer each is no accident; with few offers it may be.
    assert!(held(&crawl(20, 4), &[crawl(20, 20); 5]).is_some());
    assert_eq!(held(&crawl(20, 1), &[crawl(20, 3); 5]), None);
    // Large, but one page gives fifty: two pages fewer are an accident.
    let lists = [counted(20, 200, 16); 5];
    assert_eq!(held(&counted(20, 80, 18), &lists), None);
    // Sure, but not large.
    assert_eq!(held(&crawl(10_000, 6_000), &[crawl(10_000, 10_000); 5]), None);
    assert_eq!(held(&crawl(100, 0), &[crawl(100, 0); 5]), None, "nothing is usual there");
}

#[test]
fn the_alarm_tells_what_it_rests_on() {
    let before = [crawl(100, 98), crawl(200, 202), crawl(100, 100), crawl(20, 21)];
    let drift = held(&crawl(50, 10), &before).unwrap();
    assert_eq!((drift.sign, drift.crawls, drift.pages), (DriftSign::OffersPerPage, 4, 50));
    assert!((drift.now - 0.2).abs() < 1e-12 && (drift.usual - 1.005).abs() < 1e-12, "{drift:?}");
    let before = [counted(200, 190, 10); 4];
    let drift = held(&counted(200, 130, 70), &before).unwrap();
    assert_eq!(drift.sign, DriftSign::PagesWithoutOffer);
    assert!((drift.now - 0.35).abs() < 1e-12 && (drift.usual - 0.05).abs() < 1e-12, "{drift:?}");
}

#[test]
fn the_p_value_is_the_binomial_sum() {
    // Two rates by hand: 1 on 10 pages against 9 on 30: P(Bin(10, 1/4) ≤ 1) = .75^10 + 10 × .25 × .75^9.
    let by_hand = 0.75f64.powi(10) + 10.0 * 0.25 * 0.75f64.powi(9);
    let p = as_few(1.0, 10.0, 0.3, 30.0, 1.0).unwrap();
    assert!((p - by_hand).abs() < 1e-12, "{p} {by_hand}");
    // Two offers a page are half the events.
    let halved = as_few(2.0, 10.0, 0.6, 30.0, 2.0).unwrap();
    assert!((halved - by_hand).abs() < 1e-12);
}

#[test]
fn an_alarm_stands_until_offers_come_again_and_never_becomes_usual_itself() {
    let mut crawls = vec![crawl(100, 100); 4];
    assert_eq!(judge(&crawls).alarm, None);
    assert_eq!(judge(&crawls[..3]).usual, None, "two before it are no habit");
    for n in 1..=12 {
        crawls.push(crawl(100, 10));
        let state = judge(&crawls);
        assert_eq!(state.alarm.unwrap().standing, n);
        assert_eq!(state.usual, Some(1.0));
    }
    // A crawl of unchanged pages reads too few to say that it is over.
    crawls.push(crawl(3, 0));
    assert_eq!(judge(&crawls).alarm.unwrap().standing, 12);
    crawls.push(crawl(100, 97));
    let state = judge(&crawls);
    assert_eq!((state.alarm, state.now), (None, Some(0.97)));
}

proptest! {
    #[test]
    fn whatever_was_counted_the_chance_is_one(
        counts in proptest::collection::vec((0u64..2_000_000, 0u64..50_000_000, 0u64..3_000_000), 0..14),
    ) {
        let crawls: Vec<CrawlYield> = counts
            .iter()
            .map(|&(pages, offers, empty)| counted(pages, offers, empty.min(pages)))
            .collect();
        let state = judge(&crawls);
        if let Some(drift) = state.alarm {
            prop_assert!((0.0..=ALPHA).contains(&drift.p), "{:?}", drift);
            prop_assert!(drift.crawls >= MIN_CRAWLS && drift.pages >= MIN_PAGES);
        }
    }
}
