//! Calibration borrowed from sibling groups: small groups get a verdict, never a strong one.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, article, declared, has_signal, index, prices};
use model::{Comparable, Declaration, Gate, Rung, Unit, Verdict, VerdictCode};
use statistics::{Parameters, ReferenceIndex, assess, build_snapshot};

/// Articles of named brand and model, with this many sellers each, 10 % apart.
fn articles(count: usize, sellers: usize) -> Vec<Comparable> {
    (0..count).flat_map(|i| one(i, sellers).offers(&prices(sellers, median(i), 0.1))).collect()
}
fn one(i: usize, sellers: usize) -> Group {
    Group {
        brand: Some(format!("Brand{}", i % 7)),
        model: Some(format!("M{i}X")),
        ..article(&format!("article {i} {sellers}"), "Cordless drill", "846721")
    }
}
fn median(i: usize) -> f64 {
    40.0 + 3.0 * i as f64
}
fn line(i: usize) -> Declaration {
    let g = one(i, 0);
    Declaration { brand: g.brand.clone(), model: g.model.clone(), ..g.line() }
}
fn held(index: &ReferenceIndex, i: usize, ratio: f64) -> Verdict {
    let price = declared(Unit::Piece, median(i) * ratio);
    assess(index, &line(i), &price, &Parameters::default())
}

#[test]
fn six_sellers_with_siblings_are_looked_at_and_never_accused() {
    let index = index(articles(60, 6));
    for ratio in [0.6, 0.4, 0.1] {
        let v = held(&index, 11, ratio);
        assert_eq!(v.verdict, VerdictCode::LowReview, "{}", v.sentence);
        let c = v.calibrated.unwrap();
        assert!(c.borrowed && c.p_lower < 0.01 && c.ranks > 300.0 && c.groups == 60, "{c:?}");
        assert_eq!(v.p_low(), Some(c.p_lower));
        // The own p is kept, with its floor.
        assert!((v.p_lower.unwrap() - 1.0 / 7.0).abs() < 1e-9 && v.smallest_p == v.p_lower);
        assert!(v.sentence.contains("calibration borrowed from sibling groups"), "{}", v.sentence);
        assert!(has_signal(&v, "small_group"));
        assert_eq!(v.reference.unwrap().rung, Rung::Identical);
    }
    let v = held(&index, 11, 1.0);
    assert_eq!(v.verdict, VerdictCode::Consistent, "{}", v.sentence);
    assert!(v.signals.iter().any(|s| s.sentence.contains("goes no further than low_review")));
    assert!((0.6..0.85).contains(&v.reference.unwrap().detectable_ratio));
}

#[test]
fn the_sentence_of_a_borrowed_calibration() {
    let v = held(&index(articles(60, 6)), 11, 0.5);
    let small = v.signals.iter().find(|s| s.code.code() == "small_group").unwrap();
    insta::assert_snapshot!(format!("{}\n{}", v.sentence, small.sentence));
}

#[test]
fn too_few_siblings_lend_nothing() {
    // 33 articles of 6 sellers give 198 ranks.
    let v = held(&index(articles(33, 6)), 11, 0.4);
    assert_eq!(v.calibrated, None);
    assert!(v.rungs[0].failed.contains(&Gate::EffectiveNumber), "{:?}", v.rungs[0]);
    assert!(has_signal(&held(&index(articles(3, 6)), 1, 0.4), "small_group"));
}

#[test]
fn nineteen_sellers_rest_on_the_pooled_ranks_and_may_accuse() {
    let mut offers = articles(60, 6);
    offers.extend(one(99, 24).offers(&prices(24, median(99), 0.1)));
    let v = held(&index(offers), 99, 0.4);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{}", v.sentence);
    let c = v.calibrated.unwrap();
    assert!(!c.borrowed && c.p_lower < 0.01);
    assert!((v.p_lower.unwrap() - 1.0 / 25.0).abs() < 1e-9);
    assert!(!has_signal(&v, "small_group"));
}

#[test]
fn a_slip_in_a_small_group_does_not_hide_a_low_price() {
    let mut offers = articles(60, 6);
    let mut with_slip = prices(6, median(99), 0.1);
    with_slip[0] *= 0.1;
    offers.extend(one(99, 6).offers(&with_slip));
    let v = held(&index(offers), 99, 0.6);
    assert_eq!(v.verdict, VerdictCode::LowReview, "{}", v.sentence);
}

#[test]
fn sellers_sites_and_conditions_are_asked_for_as_before() {
    let mut offers = articles(60, 6);
    for offer in &mut offers {
        offer.observation.capture.site = "market.example".into();
    }
    let v = held(&index(offers), 11, 0.4);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert!(v.rungs[0].failed.contains(&Gate::Sites), "{:?}", v.rungs[0]);
}

#[test]
fn the_same_bytes_whatever_was_asked_before_and_in_whatever_order_offers_came() {
    let offers = articles(60, 6);
    let mut turned = offers.clone();
    turned.reverse();
    let fresh = held(&index(turned), 11, 0.55);
    let used = index(offers);
    for i in [3, 40, 11] {
        held(&used, i, 0.9);
    }
    let again = held(&used, 11, 0.55);
    assert_eq!(serde_json::to_string(&fresh).unwrap(), serde_json::to_string(&again).unwrap());
}

#[test]
fn older_captures_count_less_by_the_stated_half_life() {
    let mut offers = articles(60, 6);
    // Three sellers asked 30 % less eighty days ago.
    for offer in offers.iter_mut().filter(|o| o.observation.model.as_deref() == Some("M11X")).skip(3) {
        offer.observation.capture.captured_at -= chrono::TimeDelta::days(70);
        for price in &mut offer.unit_prices {
            (price.low, price.high) = (price.low * common::decimal(0.7), price.high * common::decimal(0.7));
        }
    }
    let snapshot = build_snapshot(offers, Vec::new(), model::Currency::EUR, &Parameters::default());
    let z = |half_life: u32| {
        let rules = Parameters { recency_half_life_days: half_life, ..Parameters::default() };
        let index = ReferenceIndex::of(&snapshot).unwrap();
        assess(&index, &line(11), &declared(Unit::Piece, median(11) * 0.7), &rules).z.unwrap()
    };
    assert!(z(10) < z(0), "{} {}", z(10), z(0));
}

#[test]
fn a_high_price_in_a_small_group_is_said_to_rest_on_the_siblings() {
    let v = held(&index(articles(60, 6)), 11, 2.2);
    assert_eq!(v.verdict, VerdictCode::HighReview, "{}", v.sentence);
    for part in ["of the high ends", "borrowed from sibling groups", "no more than a reason to look"] {
        assert!(v.sentence.contains(part), "{part}: {}", v.sentence);
    }
}

/// Sibling groups in which a fifth of the prices lie far below the others, and one of thirty prices that lie close.
fn close_among_wide() -> ReferenceIndex {
    let mut offers: Vec<Comparable> = Vec::new();
    for i in 0..40 {
        let mut prices = prices(24, median(i), 0.1);
        prices.iter_mut().step_by(5).for_each(|price| *price *= 0.4);
        prices.iter_mut().skip(1).step_by(5).for_each(|price| *price *= 2.5);
        offers.extend(one(i, 24).offers(&prices));
    }
    offers.extend(one(99, 30).offers(&prices(30, median(99), 0.05)));
    index(offers)
}

#[test]
fn what_siblings_vary_is_not_said_of_the_group() {
    let index = close_among_wide();
    let (mut undetectable, mut low, mut high) = (0, 0, 0);
    for percent in (20..=400).step_by(4) {
        let v = held(&index, 99, f64::from(percent) / 100.0);
        assert!(!v.sentence.contains("prices of this group vary"), "{}", v.sentence);
        let (lower, upper) = (v.p_lower.unwrap(), v.p_upper.unwrap());
        match v.verdict {
            VerdictCode::NotDetectable => {
                assert!(
                    v.sentence.contains("prices of sibling groups, by which it is judged,"),
                    "{}",
                    v.sentence
                );
                undetectable += 1;
            }
            VerdictCode::Consistent if lower <= 0.05 && v.ratio.unwrap() < 0.8 => {
                assert!(v.sentence.contains("lower than these offers by their own ranks"), "{}", v.sentence);
                low += 1;
            }
            VerdictCode::Consistent if upper <= 0.05 && v.ratio_high.unwrap() > 1.0 / 0.7 => {
                assert!(v.sentence.contains("higher than these offers by their own ranks"), "{}", v.sentence);
                high += 1;
            }
            _ => {}
        }
    }
    assert!(undetectable + low > 0 && high > 0, "{undetectable} {low} {high}");
}
