//! A verdict is the same in either detail but for its schedule, and whatever was asked before.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, article, declared, export_date, garlic, index, prices};
use model::{Comparable, Condition, Declaration, PriceBreak, Unit, Verdict};
use rust_decimal::Decimal;
use statistics::{Detail, Parameters, ReferenceIndex, assess, assess_with};

/// Garlic new, used and by smallest orders and breaks, kettles with brand and model at two levels.
fn offers() -> Vec<Comparable> {
    let g = garlic();
    let mut all = g.offers(&prices(36, 1.18, 0.16));
    let used = Group { tag: "used".into(), condition: Some(Condition::Used), ..g.clone() };
    all.extend(used.offers(&prices(24, 0.6, 0.1)));
    let red = Group { tag: "red".into(), name: "Red onions in nets".into(), ..g.clone() };
    all.extend(red.offers(&prices(30, 2.0, 0.3)));
    let kettle =
        Group { brand: Some("Sund".into()), model: Some("K-200".into()), ..article("k", "Kettle", "732393") };
    all.extend(kettle.offers(&prices(21, 12.0, 0.05)));
    let dear = Group { tag: "dear".into(), ..kettle };
    all.extend(dear.offers(&prices(21, 40.0, 0.05)));
    for (i, offer) in all.iter_mut().enumerate() {
        offer.observation.capture.captured_at -= chrono::TimeDelta::days(7 * (i as i64 % 9));
        let o = &mut offer.observation;
        if i % 11 == 3 {
            o.min_order = Some(Decimal::from(50));
        }
        if i % 11 == 5 {
            let cheaper = model::Interval {
                low: o.basis_price.low / Decimal::TWO,
                high: o.basis_price.high / Decimal::TWO,
            };
            o.breaks = vec![PriceBreak { min_quantity: Decimal::from(500), basis_price: cheaper }];
        }
    }
    all
}

fn lines() -> Vec<(Declaration, Unit, f64)> {
    let (g, kettle) = (garlic(), article("k", "Kettle", "732393"));
    let mut out = Vec::new();
    for (days, quantity) in [(0, 5000), (0, 10), (30, 5000), (70, 5000), (400, 5000)] {
        for price in [0.2, 0.55, 0.84, 1.1, 5.0, 14.0, 30.0] {
            for (group, unit) in [(&g, Unit::Kilogram), (&kettle, Unit::Piece)] {
                let line = Declaration {
                    export_date: export_date() - chrono::Days::new(days),
                    quantity: model::Quantity::new(Decimal::from(quantity), unit).ok(),
                    ..group.line()
                };
                out.push((line.clone(), unit, price));
                out.push((Declaration { description: None, ..line.clone() }, unit, price));
                out.push((Declaration { level: None, ..line.clone() }, unit, price));
                out.push((Declaration { condition: None, ..line.clone() }, unit, price));
                let model = ("Sund".to_owned(), "K200".to_owned());
                out.push((Declaration { brand: Some(model.0), model: Some(model.1), ..line }, unit, price));
            }
        }
    }
    out
}

fn json(verdict: &Verdict) -> String {
    serde_json::to_string(verdict).unwrap()
}

#[test]
fn figures_are_those_of_the_full_verdict_and_the_same_on_a_fresh_index() {
    let p = Parameters::default();
    let shared = index(offers());
    let fresh = || ReferenceIndex::of(&shared.in_full().unwrap()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (i, (line, unit, price)) in lines().into_iter().enumerate() {
        let price = declared(unit, price);
        let first = assess_with(&shared, &line, &price, &p, Detail::Figures);
        assert!(first.comparators.is_empty() && first.excluded.is_empty());
        let full = assess(&shared, &line, &price, &p);
        seen.insert(full.verdict.code());
        let bare = Verdict { comparators: Vec::new(), excluded: Vec::new(), ..full.clone() };
        assert_eq!(json(&first), json(&bare));
        if i % 5 == 0 {
            assert_eq!(json(&full), json(&assess(&fresh(), &line, &price, &p)));
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn other_parameters_on_the_same_index_are_not_answered_from_memory() {
    let shared = index(offers());
    let narrow = Parameters { window_days: 20, min_n_eff_own_5pct: 10.0, ..Parameters::default() };
    for (line, unit, price) in lines().into_iter().step_by(9) {
        let price = declared(unit, price);
        for p in [&Parameters::default(), &narrow] {
            let fresh = ReferenceIndex::of(&shared.in_full().unwrap()).unwrap();
            assert_eq!(json(&assess(&shared, &line, &price, p)), json(&assess(&fresh, &line, &price, p)));
        }
    }
}
