//! What must hold for any group and any declared price.

#![allow(clippy::unwrap_used)]

mod common;

use common::{article, declared, index};
use model::{Unit, Verdict, VerdictCode};
use proptest::prelude::*;
use statistics::{Parameters, ReferenceIndex, assess};

fn group(prices: &[f64]) -> ReferenceIndex {
    index(article("any", "Steel kettle", "732393").offers(prices))
}

fn verdict(index: &ReferenceIndex, price: f64) -> Verdict {
    let line = article("any", "Steel kettle", "732393").line();
    assess(index, &line, &declared(Unit::Piece, price), &Parameters::default())
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
}
