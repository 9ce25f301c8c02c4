//! The snapshot in memory and its text form, version 1 of the file: the same whatever the order, a
//! text that reads back, and files that are refused with a clear message.

#![allow(clippy::unwrap_used)]

mod common;

use common::{article, garlic, prices};
use model::{Comparable, ContentHash, Currency, Exclusion, ExclusionReason, Snapshot};
use proptest::prelude::*;
use statistics::{Parameters, build_snapshot, read_snapshot, write_snapshot};

fn offers() -> Vec<Comparable> {
    let mut offers = garlic().offers(&prices(12, 1.2, 0.2));
    offers.extend(article("mug", "Stoneware mug", "691200").offers(&prices(9, 3.4, 0.3)));
    offers
}

fn exclusions() -> Vec<Exclusion> {
    (0..4)
        .map(|i| Exclusion {
            observation: ContentHash::of(format!("left out {i}").as_bytes()),
            reason: ExclusionReason::NoExchangeRate,
            detail: "no rate for KES on or before 2026-09-01".into(),
        })
        .collect()
}

fn build(offers: Vec<Comparable>) -> Snapshot {
    build_snapshot(offers, exclusions(), Currency::EUR, &Parameters::default())
}

fn text(snapshot: &Snapshot) -> String {
    let mut out = Vec::new();
    write_snapshot(snapshot, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn refused(text: &str) -> String {
    read_snapshot(&mut text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_snapshot_reads_back_as_it_was() {
    let snapshot = build(offers());
    let text = text(&snapshot);
    let body = &text[..text.trim_end().rfind('\n').unwrap() + 1];
    // The id of a text is the hash of its lines, that of columns another.
    let id = ContentHash::of(body.as_bytes());
    assert_ne!(id, snapshot.id);
    assert_eq!(read_snapshot(&mut text.as_bytes()).unwrap(), Snapshot { id, ..snapshot });
}

#[test]
fn groups_are_summed_up_one_seller_one_vote() {
    let mut offers = offers();
    // The second listing of one seller's garlic adds no vote.
    let mut again = garlic().offer(40, 9.0);
    again.observation.seller = "seller garlic 0".into();
    offers.push(again);
    let snapshot = build(offers);
    assert_eq!(snapshot.groups.len(), 2);
    let garlic = &snapshot.groups[0];
    assert_eq!((garlic.n_listings, garlic.n_sellers, garlic.n_sites), (13, 12, 2));
    assert!((garlic.median / 1.2 - 1.0).abs() < 1e-6);
}

#[test]
fn doubles_count_once() {
    let mut twice = offers();
    twice.extend(offers());
    assert_eq!(build(twice), build(offers()));
}

#[test]
fn files_that_are_refused_say_why() {
    let good = text(&build(offers()));
    let header = good.lines().next().unwrap();
    insta::assert_snapshot!(refused("name,price\n"), @"this is not a snapshot (expected ident at line 1 column 2): give a file written by `snapshot build`");
    insta::assert_snapshot!(refused(&good.replacen("touchstone snapshot", "something else", 1)), @"this is not a snapshot (its format is 'something else'): give a file written by `snapshot build`");
    insta::assert_snapshot!(refused(&header.replacen("\"version\":1", "\"version\":9,\"new\":{}", 1)), @"the snapshot has version 9, this program reads up to version 3: update the program");
    insta::assert_snapshot!(refused(&format!("{header}\n")), @"the snapshot ends after line 1 without its closing hash: fetch or build it again");
    insta::assert_snapshot!(refused(&good.replacen("{\"comparable\"", "{\"comparably\"", 1)), @"line 2 of the snapshot cannot be read: unknown variant `comparably`, expected one of `comparable`, `exclusion`, `group`, `sha256` at line 1 column 13");
    let changed = refused(&good.replacen("Fresh garlic", "Fresh ginger", 1));
    assert!(changed.contains("changed or damaged"), "{changed}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_order_of_arrival_does_not_matter(order in Just(offers()).prop_shuffle()) {
        let (a, b) = (build(order), build(offers()));
        prop_assert_eq!(a.id, b.id);
        prop_assert_eq!(text(&a), text(&b));
    }
    #[test]
    fn any_text_is_refused_or_read(text in ".{0,200}") {
        prop_assert!(read_snapshot(&mut text.as_bytes()).is_err());
    }
}
