//! What moved between two snapshots: every offer that came, went or changed, each with its reason, in
//! an order that does not depend on the order of arrival.

#![allow(clippy::unwrap_used)]

mod common;

use common::{article, decimal, garlic, prices};
use model::{Comparable, Currency, Exclusion, ExclusionReason, Snapshot};
use proptest::prelude::*;
use statistics::diff::{SnapshotDiff, diff, diff_knowing};
use statistics::{Parameters, build_snapshot};

fn build(offers: Vec<Comparable>, exclusions: Vec<Exclusion>) -> Snapshot {
    build_snapshot(offers, exclusions, Currency::EUR, &Parameters::default())
}

/// The same offer seen later, at another price.
fn seen_again(old: &Comparable, days: i64, factor: f64) -> Comparable {
    let mut new = old.clone();
    let o = &mut new.observation;
    o.capture.captured_at += chrono::TimeDelta::days(days);
    o.id = model::ContentHash::of(format!("{} again", o.id).as_bytes());
    o.price.amount = (o.price.amount * decimal(factor)).round_dp(4);
    for p in &mut new.unit_prices {
        p.low = (p.low * decimal(factor)).round_dp(6);
        p.high = (p.high * decimal(factor)).round_dp(6);
    }
    new
}

fn told(d: &SnapshotDiff) -> String {
    let mut out = String::new();
    for g in &d.groups {
        let names = |list: &[statistics::diff::Moved]| {
            list.iter().map(|m| format!("{}:{}", m.seller, m.why)).collect::<Vec<_>>().join(" ")
        };
        out.push_str(&format!(
            "{} in [{}] out [{}] changed [{}] same {} {:?}\n",
            g.key.hs6,
            names(&g.offers_in),
            names(&g.offers_out),
            names(&g.changed),
            g.unchanged,
            g.reasons
        ));
    }
    out
}

#[test]
fn a_snapshot_differs_in_nothing_from_itself() {
    let s = build(garlic().offers(&prices(12, 1.2, 0.2)), Vec::new());
    let d = diff(&s, &s);
    assert!(d.groups.is_empty() && d.unchanged_groups == 1, "{}", told(&d));
}

#[test]
fn every_kind_of_move_has_its_reason() {
    let old = garlic().offers(&prices(12, 1.2, 0.2));
    let mugs = article("mug", "Stoneware mug", "691200").offers(&prices(9, 3.4, 0.3));
    let mut new = old.clone();
    // The first is gone, the second left out, the third in another group, the fourth dearer, the fifth seen
    // again at its price, the sixth read otherwise; one came.
    let gone = new.remove(0);
    let left_out = new.remove(0);
    new[0].observation.condition = Some(model::Condition::Used);
    new[1] = seen_again(&new[1], 3, 1.5);
    new[2] = seen_again(&new[2], 3, 1.0);
    for p in &mut new[3].unit_prices {
        p.low = decimal(0.01);
    }
    new.push(garlic().offer(40, 1.0));
    let exclusion = Exclusion {
        observation: left_out.observation.id,
        reason: ExclusionReason::NoExchangeRate,
        detail: String::new(),
    };
    let before = build([old, mugs.clone()].concat(), Vec::new());
    let after = build([new, mugs].concat(), vec![exclusion]);
    let d = diff(&before, &after);
    assert_eq!(d.unchanged_groups, 1, "the mugs did not move");
    assert_eq!(d.groups.len(), 2);
    let new_goods = &d.groups[0];
    assert_eq!(
        new_goods.reasons.iter().map(|(why, n)| format!("{why} {n}")).collect::<Vec<_>>(),
        ["no_exchange_rate 1", "not_captured 2", "other_group 1", "page_price 1", "reading 1",],
        "{}",
        told(&d)
    );
    assert_eq!((new_goods.offers_in.len(), new_goods.offers_out.len(), new_goods.changed.len()), (1, 3, 2));
    assert_eq!(new_goods.unchanged, 7);
    assert!(new_goods.offers_out.iter().any(|m| m.before == Some(gone.observation.id) && m.after.is_none()));
    let used = &d.groups[1];
    assert_eq!(used.offers_in[0].why, "other_group");
    assert_eq!((used.before, used.after.map(|f| f.n_listings)), (None, Some(1)));
    assert_eq!(d.left_out_after.get("no_exchange_rate"), Some(&1));
    // Turned round, what came in goes out.
    let back = diff(&after, &before);
    assert_eq!(back.groups[0].offers_in.len(), 3);
    assert_eq!(back.groups[0].offers_out.len(), 1);
}

#[test]
fn an_offer_whose_new_capture_was_left_out_is_not_called_missing() {
    let old = garlic().offers(&prices(12, 1.2, 0.2));
    let mut new = old.clone();
    // Seen again, in a currency without a rate.
    let again = seen_again(&new.remove(0), 3, 1.0).observation;
    let reason = ExclusionReason::NoExchangeRate;
    let exclusion = Exclusion { observation: again.id, reason, detail: String::new() };
    let (before, after) = (build(old, Vec::new()), build(new, vec![exclusion]));
    let why = |d: SnapshotDiff| d.groups[0].offers_out[0].why;
    assert_eq!(why(diff(&before, &after)), "not_captured", "of a hash alone nothing is known");
    let known = std::collections::HashMap::from([(again.id, again)]);
    assert_eq!(why(diff_knowing(&before, &after, &known)), "no_exchange_rate");
    let back = diff_knowing(&after, &before, &known);
    assert_eq!(back.groups[0].offers_in[0].why, "no_exchange_rate");
}

proptest! {
    #[test]
    fn offers_add_up_and_the_order_of_arrival_does_not_matter(
        kept in 0usize..8, out in 0usize..6, came in 0usize..6, turn in 0usize..14,
    ) {
        let g = garlic();
        let offer = |i: usize| g.offer(i, 1.0 + i as f64 / 10.0);
        let a: Vec<Comparable> = (0..kept + out).map(offer).collect();
        let mut b: Vec<Comparable> = (0..kept).chain(20..20 + came).map(offer).collect();
        let first = diff(&build(a.clone(), Vec::new()), &build(b.clone(), Vec::new()));
        if !b.is_empty() {
            let at = turn % b.len();
            b.rotate_left(at);
        }
        let again = diff(&build(a, Vec::new()), &build(b, Vec::new()));
        prop_assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&again).unwrap());
        match first.groups.first() {
            Some(group) => {
                prop_assert_eq!((group.offers_in.len(), group.offers_out.len()), (came, out));
                prop_assert_eq!(group.unchanged as usize, kept);
            }
            None => prop_assert_eq!(came + out, 0),
        }
    }
}
