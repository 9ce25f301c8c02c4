//! What must hold for any group and any declared price.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, article, declared, index};
use model::{Comparable, Condition, Currency, ExclusionReason, Money, Unit, UnitPrice, Verdict, VerdictCode};
use proptest::prelude::*;
use rust_decimal::Decimal;
use statistics::{Parameters, ReferenceIndex, assess};

fn group(prices: &[f64]) -> ReferenceIndex {
    index(article("any", "Steel kettle", "732393").offers(prices))
}

fn verdict(index: &ReferenceIndex, price: f64) -> Verdict {
    let line = article("any", "Steel kettle", "732393").line();
    assess(index, &line, &declared(Unit::Piece, price), &Parameters::default())
}

fn kettles() -> Group {
    article("any", "Steel kettle", "732393")
}

/// A price of any magnitude, with its own digits: 1e-9 to 1e12.
fn any_price() -> impl Strategy<Value = Decimal> {
    (1i64..10_000, -9i32..=8).prop_map(|(digits, power)| match u32::try_from(power) {
        Ok(power) => Decimal::from(digits) * Decimal::from(10i64.pow(power)),
        Err(_) => Decimal::new(digits, power.unsigned_abs()),
    })
}

/// Offers at exact prices; `sellers` of them in turn.
fn extreme(prices: &[Decimal], sellers: usize) -> Vec<Comparable> {
    let at = |i: usize, price: Decimal| {
        let mut offer = kettles().offer(i, 1.0);
        offer.observation.seller = format!("seller {}", i % sellers);
        offer.observation.price = Money::new(price, Currency::EUR);
        offer.observation.basis_price = model::Interval { low: price, high: price };
        offer.unit_prices = vec![UnitPrice { unit: Unit::Piece, low: price, high: price }];
        offer
    };
    prices.iter().enumerate().map(|(i, &price)| at(i, price)).collect()
}

/// Numbers that are not finite become null in JSON: every figure must stand or be absent as a
/// whole.
fn all_finite(v: &Verdict) -> bool {
    let figures = [v.ratio, v.ratio_high, v.p_lower, v.p_upper, v.smallest_p, v.z, v.z_high, v.percentile];
    let interval = v.percentile_interval.map(|i| [i.0, i.1]);
    let r = v.reference.iter().flat_map(|r| {
        [r.n_eff, r.lowest, r.p05, r.p10, r.q1, r.median, r.q3, r.p90, r.highest, r.median_high, r.log_spread]
            .into_iter()
            .chain([r.predictive_sd, r.detectable_ratio])
            .chain(r.markets.iter().chain(&r.legal_uses).map(|m| m.share))
            .chain(r.segments.iter().flat_map(|s| [s.n_eff, s.median, s.ratio, s.p_lower]))
    });
    let rungs = v.rungs.iter().flat_map(|t| [Some(t.n_eff), t.smallest_p]).flatten();
    let weights = v.comparators.iter().map(|c| c.weight);
    let texts: Vec<&str> = [v.sentence.as_str()]
        .into_iter()
        .chain(v.signals.iter().map(|s| s.sentence.as_str()))
        .chain(v.rungs.iter().map(|r| r.sentence.as_str()))
        .collect();
    let worded = |text: &&str| text.split(|c: char| !c.is_alphanumeric()).any(|w| w == "NaN" || w == "inf");
    figures
        .into_iter()
        .flatten()
        .chain(interval.into_iter().flatten())
        .chain(r)
        .chain(rungs)
        .chain(weights)
        .all(f64::is_finite)
        && !texts.iter().any(worded)
}

/// Prices with four decimals, so that scaling by a power of two is exact in six.
fn list() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec((2_0000u32..60_0000).prop_map(|n| f64::from(n) / 10_000.0), 19..45)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p_rises_with_the_declared_price(prices in list(), a in 1.0f64..80.0, b in 1.0f64..80.0) {
        let index = group(&prices);
        let (low, high) = (verdict(&index, a.min(b)), verdict(&index, a.max(b)));
        prop_assert!(low.p_lower <= high.p_lower);
        prop_assert!(low.p_upper >= high.p_upper);
        prop_assert!(low.ratio <= high.ratio && low.percentile <= high.percentile);
    }

    #[test]
    fn the_unit_of_money_does_not_matter(prices in list(), d in 1.0f64..80.0, k in prop::sample::select(vec![0.5, 4.0, 128.0])) {
        let d = (d * 100.0).round() / 100.0;
        let scaled: Vec<f64> = prices.iter().map(|p| p * k).collect();
        let (a, b) = (verdict(&group(&prices), d), verdict(&group(&scaled), d * k));
        prop_assert_eq!(a.verdict, b.verdict);
        prop_assert_eq!(a.p_lower, b.p_lower);
        // A slip taken out of nineteen leaves too few.
        prop_assume!(a.z.is_some());
        prop_assert!((a.z.unwrap() - b.z.unwrap()).abs() < 1e-6 * (1.0 + a.z.unwrap().abs()));
        prop_assert!((a.ratio.unwrap() - b.ratio.unwrap()).abs() < 1e-9 * (1.0 + a.ratio.unwrap()));
    }

    #[test]
    fn a_flag_is_never_below_its_own_claims(prices in list(), d in 0.2f64..80.0) {
        let v = verdict(&group(&prices), d);
        prop_assume!(v.reference.is_some());
        let (p, ratio) = (v.p_lower.unwrap(), v.ratio.unwrap());
        prop_assert!(p >= v.smallest_p.unwrap() && p <= 1.0);
        let one_level = v.reference.as_ref().unwrap().segments.is_empty();
        if one_level && v.verdict == VerdictCode::StrongReasonToAsk {
            prop_assert!(p <= 0.05 && ratio <= 0.5 && v.z.unwrap() <= -2.5);
        }
        let (from, to) = v.percentile_interval.unwrap();
        prop_assert!(from <= to && (0.0..=100.0).contains(&from) && to <= 100.0);
        prop_assert_eq!(v.comparators.len() as u32, v.reference.unwrap().n_listings);
    }

    #[test]
    fn the_order_of_the_observations_does_not_matter(prices in list(), d in 1.0f64..80.0, turn in 1usize..18) {
        let mut turned = kettles().offers(&prices);
        turned.rotate_left(turn);
        let (a, b) = (verdict(&group(&prices), d), verdict(&index(turned), d));
        prop_assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
    }

    #[test]
    fn an_excluded_offer_changes_nothing_but_the_exclusions(prices in list(), d in 1.0f64..80.0, others in 1usize..9) {
        let mut more = kettles().offers(&prices);
        let used = Group { tag: "used".into(), condition: Some(Condition::Used), ..kettles() };
        // Fewer than nine used offers fit no price, so they give no signal.
        more.extend(used.offers(&prices[..others]));
        let (a, b) = (verdict(&group(&prices), d), verdict(&index(more), d));
        prop_assert_eq!(&b.excluded_counts.iter().find(|c| c.0 == ExclusionReason::OtherCondition).unwrap().1, &(others as u32));
        let counts = b.excluded_counts.iter().copied().filter(|c| c.0 != ExclusionReason::OtherCondition);
        let bare = Verdict {
            snapshot: a.snapshot,
            excluded: b.excluded.iter().filter(|e| e.reason != ExclusionReason::OtherCondition).cloned().collect(),
            excluded_counts: counts.collect(),
            excluded_total: b.excluded_total - others as u32,
            ..b.clone()
        };
        prop_assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&bare).unwrap());
    }

    #[test]
    fn no_figure_is_other_than_finite(
        prices in proptest::collection::vec(any_price(), 1..60),
        d in any_price(),
        sellers in 1usize..60,
        equal in any::<bool>(),
    ) {
        let prices = if equal { vec![prices[0]; prices.len()] } else { prices };
        let index = index(extreme(&prices, sellers));
        let mut price = declared(Unit::Piece, 1.0);
        price.prices[0].amount = d;
        price.prices[0].declared = Money::new(d, Currency::EUR);
        let v = assess(&index, &kettles().line(), &price, &Parameters::default());
        prop_assert!(all_finite(&v), "{}", serde_json::to_string(&v).unwrap());
        for group in index.groups().unwrap() {
            prop_assert!([group.n_eff, group.p10, group.q1, group.median, group.q3, group.p90, group.log_spread].into_iter().all(f64::is_finite));
        }
        // A number that is not one would be null, which a reader of the form refuses.
        let text = serde_json::to_string(&v).unwrap();
        let back: Verdict = serde_json::from_str(&text).unwrap();
        prop_assert_eq!((back.verdict, back.sentence, back.comparators.len()), (v.verdict, v.sentence, v.comparators.len()));
    }

    #[test]
    fn scaling_by_any_power_of_ten_keeps_the_verdict(prices in list(), d in 1u32..8000, power in prop::sample::select(vec![-9i32, -3, 3, 9])) {
        let scale = |x: Decimal| match u32::try_from(power) {
            Ok(p) => x * Decimal::from(10i64.pow(p)),
            Err(_) => x / Decimal::from(10i64.pow(power.unsigned_abs())),
        };
        let exact: Vec<Decimal> = prices.iter().map(|&p| common::decimal(p)).collect();
        let d = Decimal::new(i64::from(d), 2);
        let at = |prices: &[Decimal], d: Decimal| {
            let mut price = declared(Unit::Piece, 1.0);
            price.prices[0].amount = d;
            let index = index(extreme(prices, prices.len()));
            assess(&index, &kettles().line(), &price, &Parameters::default())
        };
        let scaled: Vec<Decimal> = exact.iter().map(|&p| scale(p)).collect();
        let (a, b) = (at(&exact, d), at(&scaled, scale(d)));
        prop_assert_eq!(a.verdict, b.verdict);
        prop_assert_eq!((a.p_lower, a.p_upper, a.percentile), (b.p_lower, b.p_upper, b.percentile));
        let close = |x: Option<f64>, y: Option<f64>| match (x, y) {
            (Some(x), Some(y)) => (x - y).abs() <= 1e-6 * (1.0 + x.abs()),
            (x, y) => x.is_none() && y.is_none(),
        };
        prop_assert!(close(a.z, b.z) && close(a.ratio, b.ratio) && close(a.z_high, b.z_high));
    }
}
