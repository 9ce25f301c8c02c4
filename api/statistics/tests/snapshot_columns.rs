//! The snapshot file of columns: the same bytes whatever came in what order and from which file, only
//! what is touched computed anew, the same verdicts as in memory, no panic on damaged sections.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, article, declared, garlic, prices};
use model::{
    Comparable, ContentHash, Currency, Exclusion, ExclusionReason, PriceBreak, RateUsed, Snapshot, Unit,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use statistics::columnar::{Container, Writer, aligned};
use statistics::{
    Built, Found, METHOD, Parameters, ReferenceIndex, SnapshotBuilder, assess, build_snapshot, method_of,
    read_columns, read_snapshot, write_snapshot,
};

/// Offers of several subheadings, sellers, days and facets, with rates, breaks and GTINs here and
/// there.
fn offers() -> Vec<Comparable> {
    let groups: Vec<(Group, f64)> = vec![
        (garlic(), 1.2),
        (article("mug", "Stoneware mug 330 ml", "691200"), 3.4),
        (article("bank", "Power bank 10,000 mAh", "850760"), 19.0),
        (article("lamp", "LED bulb E27 9 W", "853952"), 2.1),
    ];
    let mut out = Vec::new();
    for (kind, (group, median)) in groups.into_iter().enumerate() {
        for (i, mut c) in group.offers(&prices(14, median, 0.3)).into_iter().enumerate() {
            let o = &mut c.observation;
            o.capture.captured_at -= chrono::TimeDelta::days(i as i64 % 5);
            o.brand = (i % 3 == 0).then(|| ["Sund", "SUND", "Ölz & Co"][i / 3 % 3].to_owned());
            o.model = (i % 6 == 0).then(|| format!("K{}00", i % 4));
            o.gtin = (i % 7 == 3).then(|| "4006381333931".parse().unwrap());
            o.origin = (i % 2 == 0).then(|| "CN".parse().unwrap());
            if i % 4 == 1 {
                o.min_order = Some(Decimal::from(3));
                o.breaks = vec![PriceBreak { min_quantity: Decimal::TEN, basis_price: o.basis_price }];
            }
            if i % 5 == 2 && kind == 1 {
                c.rate = Some(RateUsed {
                    from: Currency::USD,
                    to: Currency::EUR,
                    rate: Decimal::new(91, 2),
                    date: o.capture.captured_at.date_naive(),
                    source: "ecb".to_owned(),
                });
            }
            out.push(c);
        }
    }
    out
}

fn left_out(i: usize) -> Exclusion {
    Exclusion {
        observation: ContentHash::of(format!("left out {i}").as_bytes()),
        reason: ExclusionReason::NoExchangeRate,
        detail: format!("no rate for KES on or before 2026-09-0{}", i % 3 + 1),
    }
}

fn written(builder: SnapshotBuilder) -> (Vec<u8>, Built) {
    builder.finish(Currency::EUR, &Parameters::default(), Vec::new(), 2).unwrap()
}

fn of(offers: &[Comparable], exclusions: &[Exclusion]) -> (Vec<u8>, Built) {
    let mut builder = SnapshotBuilder::new();
    offers.iter().for_each(|offer| builder.add(offer).unwrap());
    exclusions.iter().for_each(|exclusion| builder.leave_out(exclusion.clone()));
    written(builder)
}

fn open(bytes: &[u8]) -> Container {
    let container = Container::open(aligned(bytes)).unwrap();
    container.verify(2).unwrap();
    container
}

fn all() -> (Vec<Comparable>, Vec<Exclusion>) {
    (offers(), (0..5).map(left_out).collect())
}

#[test]
fn everything_comes_back_in_order() {
    let (offers, exclusions) = all();
    let (bytes, built) = of(&offers, &exclusions);
    let snapshot = read_columns(aligned(&bytes), 2).unwrap();
    let expected = build_snapshot(offers, exclusions, Currency::EUR, &Parameters::default());
    assert_eq!(snapshot, expected);
    assert_eq!((built.id, built.comparables, built.exclusions), (snapshot.id, 56, 5));
    assert!(built.groups >= 4 && built.computed == built.groups);
    assert!(snapshot.comparables.is_sorted_by_key(|c| c.observation.id));
}

/// A change of words, keys, attributes or unit prices changes the columns: then `VOCABULARY` in
/// `offers` has to be raised, so that columns of old files are made anew.
#[test]
fn the_columns_are_those_of_their_vocabulary() {
    let (offers, exclusions) = all();
    let container = open(&of(&offers, &exclusions).0);
    let meta: serde_json::Value = serde_json::from_slice(container.section("meta").unwrap()).unwrap();
    insta::assert_snapshot!(meta, @r#"{"format":"touchstone snapshot","version":3,"holds":"offers","vocabulary":3,"currency":"EUR","comparables":56,"exclusions":5,"groups":4,"basis":"offer","bases":["offer"],"slips":{"min_n":8.0,"spreads":4.0,"residual_spreads":2.5,"max_share":0.25,"least_spread":0.05},"method":7}"#);
    insta::assert_snapshot!(container.id(), @"c5b998996aa15cde9b8295d250e3a375e3a15fd61cbee03431a349e56e434671");
}

#[test]
fn verdicts_are_those_of_the_snapshot_in_memory_and_of_a_text_file() {
    let (offers, exclusions) = all();
    let snapshot = build_snapshot(offers.clone(), exclusions.clone(), Currency::EUR, &Parameters::default());
    let file = ReferenceIndex::open(open(&of(&offers, &exclusions).0)).unwrap();
    let memory = ReferenceIndex::of(&snapshot).unwrap();
    let mut text = Vec::new();
    write_snapshot(&snapshot, &mut text).unwrap();
    let old = read_snapshot(&mut &text[..]).unwrap();
    let old = ReferenceIndex::of(&Snapshot { id: snapshot.id, ..old }).unwrap();
    let mut used = 0;
    for group in [garlic(), article("bank", "Power bank 10,000 mAh", "850760")] {
        for (brand, gtin) in [(None, None), (Some("sund"), None), (None, Some("4006381333931"))] {
            let mut line = group.line();
            line.brand = brand.map(str::to_owned);
            line.model = brand.map(|_| "K200".to_owned());
            line.gtin = gtin.map(|text| text.parse().unwrap());
            for price in [0.3, 1.2, 9.0] {
                let price = declared(group.unit, price);
                let json = |index| {
                    let verdict = assess(index, &line, &price, &Parameters::default());
                    serde_json::to_string(&verdict).unwrap()
                };
                let verdict = json(&file);
                used += usize::from(!verdict.contains("\"comparators\":[]"));
                assert_eq!(verdict, json(&memory));
                assert_eq!(verdict, json(&old));
            }
        }
    }
    assert!(used > 6, "{used}");
}

#[test]
fn offers_are_found_by_their_digits() {
    let (offers, exclusions) = all();
    let file = ReferenceIndex::open(open(&of(&offers, &exclusions).0)).unwrap();
    for offer in &offers {
        let id = offer.observation.id.to_string();
        for digits in [&id[..], &id[..12]] {
            let Found::Comparable(found) = file.find(digits) else { panic!("{digits}") };
            assert_eq!(*found, *offer);
        }
        assert!(matches!(file.find(&id[..7]), Found::Nothing));
    }
    let out = exclusions[0].observation.to_string();
    assert!(matches!(file.find(&out), Found::LeftOut(why) if why == exclusions[0].detail));
    assert!(matches!(file.find(&"0".repeat(64)), Found::Nothing));
}

#[test]
fn what_is_said_again_and_again_is_written_once() {
    let (mut offers, _) = all();
    let again: Vec<Comparable> = offers
        .iter()
        .map(|c| {
            let mut c = c.clone();
            c.observation.id = ContentHash::of(c.observation.id.to_string().as_bytes());
            c.observation.capture.captured_at += chrono::TimeDelta::days(9);
            c
        })
        .collect();
    let once = of(&offers, &[]).0.len();
    offers.extend(again);
    let text = serde_json::to_string(&offers).unwrap().len();
    let twice = of(&offers, &[]).0.len();
    assert!(twice - once < text / 4, "{once} then {twice} of {text} bytes of JSON");
}

#[test]
fn only_groups_that_were_touched_are_computed() {
    let (offers, exclusions) = all();
    let is_mug = |c: &Comparable| c.observation.name.contains("mug");
    let (mugs, others): (Vec<_>, Vec<_>) = offers.iter().cloned().partition(is_mug);
    let base = of(&[&others[..], &mugs[1..]].concat(), &exclusions).0;
    let full = of(&offers, &exclusions);
    let mut builder = SnapshotBuilder::new();
    let kept = builder.keep(open(&base), Currency::EUR, |_| true, |_| true).unwrap();
    builder.add(&mugs[0]).unwrap();
    let (bytes, built) = written(builder);
    assert!(bytes == full.0);
    assert_eq!(kept as usize, offers.len() - 1);
    assert!(built.computed > 0 && built.computed < built.groups, "{built:?}");
    // Rules that other groups were made by keep none of them.
    let narrow = Parameters { slip_max_share: 0.01, ..Parameters::default() };
    let mut builder = SnapshotBuilder::new();
    builder.keep(open(&base), Currency::EUR, |_| true, |_| true).unwrap();
    let (_, built) = builder.finish(Currency::EUR, &narrow, Vec::new(), 1).unwrap();
    assert_eq!(built.computed, built.groups);
    // Nor does another method, nor one of before methods were stated.
    for stated in [",\"method\":4", ""] {
        let container = open(&base);
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        for (name, _) in container.sections() {
            let section = container.section(name).unwrap();
            let told = String::from_utf8_lossy(section).replace(&format!(",\"method\":{METHOD}"), stated);
            writer.section(name, &[if name == "meta" { told.as_bytes() } else { section }]).unwrap();
        }
        let other = open(&writer.finish().unwrap().0);
        assert_eq!(method_of(&other).unwrap(), if stated.is_empty() { 0 } else { 4 });
        assert_eq!(method_of(&container).unwrap(), METHOD);
        let mut builder = SnapshotBuilder::new();
        builder.keep(other, Currency::EUR, |_| true, |_| true).unwrap();
        builder.add(&mugs[0]).unwrap();
        let (bytes, built) = written(builder);
        assert!(bytes == full.0 && built.computed == built.groups, "{built:?}");
    }
    // Nor do other currencies go together.
    let error = SnapshotBuilder::new().keep(open(&base), Currency::USD, |_| true, |_| true).unwrap_err();
    insta::assert_snapshot!(error, @"a snapshot has its prices in EUR, where USD is wanted: build it again with `--currency USD`");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shards_merge_to_the_same_bytes(
        order in Just(offers()).prop_shuffle(),
        shards in prop::collection::vec(0usize..4, 56),
        again in prop::collection::vec(any::<bool>(), 56),
        first in 0usize..4,
    ) {
        let exclusions: Vec<Exclusion> = (0..5).map(left_out).collect();
        let full = of(&order, &exclusions).0;
        // Some offers are in two shards.
        let files: Vec<Vec<u8>> = (0..4)
            .map(|shard| {
                let own: Vec<Comparable> = (0..order.len())
                    .filter(|&i| shards[i] == shard || again[i] && (shards[i] + 1) % 4 == shard)
                    .map(|i| order[i].clone())
                    .collect();
                of(&own, &exclusions[shard..]).0
            })
            .collect();
        let mut builder = SnapshotBuilder::new();
        for i in 0..4 {
            builder.keep(open(&files[(first + i) % 4]), Currency::EUR, |_| true, |_| true).unwrap();
        }
        prop_assert!(written(builder).0 == full);
    }

    #[test]
    fn a_build_on_an_older_file_gives_the_bytes_of_a_full_one(
        order in Just(offers()).prop_shuffle(),
        known in 0usize..57,
        gone in prop::collection::vec(prop::bool::weighted(0.1), 56),
        changed in prop::collection::vec(prop::bool::weighted(0.1), 56),
    ) {
        let exclusions: Vec<Exclusion> = (0..5).map(left_out).collect();
        let mut before: Vec<Comparable> = order[..known].to_vec();
        // Some were converted otherwise then.
        for (c, _) in before.iter_mut().zip(&changed).filter(|(_, changed)| **changed) {
            c.unit_prices.iter_mut().for_each(|p| p.high += Decimal::ONE);
        }
        let base = of(&before, &exclusions[..2]).0;
        let stays = |i: usize| !gone[i];
        let now: Vec<Comparable> = (0..order.len()).filter(|&i| stays(i)).map(|i| order[i].clone()).collect();
        let full = of(&now, &exclusions).0;
        let kept: Vec<ContentHash> =
            (0..known).filter(|&i| stays(i) && !changed[i]).map(|i| order[i].observation.id).collect();
        let mut builder = SnapshotBuilder::new();
        builder.keep(open(&base), Currency::EUR, |offer| kept.contains(&offer.id), |_| false).unwrap();
        for offer in now.iter().filter(|c| !kept.contains(&c.observation.id)) {
            builder.add(offer).unwrap();
        }
        exclusions.iter().for_each(|exclusion| builder.leave_out(exclusion.clone()));
        prop_assert!(written(builder).0 == full);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sections written over, under hashes of their own: wrong figures or an error, never a panic.
    #[test]
    fn a_section_that_lies_is_no_panic(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), put in prop::collection::vec(any::<u8>(), 1..24), cut in prop::bool::weighted(0.2),
    ) {
        let (offers, exclusions) = all();
        let good = open(&of(&offers[..20], &exclusions).0);
        let names: Vec<(String, usize)> = good.sections().map(|(name, length)| (name.to_owned(), length)).collect();
        let which = which.index(names.len());
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        for (i, (name, length)) in names.iter().enumerate() {
            let mut section = good.section(name).unwrap().to_vec();
            if i == which && *length > 0 {
                let from = at.index(*length);
                if cut {
                    section.truncate(from);
                } else {
                    let end = (from + put.len()).min(*length);
                    section[from..end].copy_from_slice(&put[..end - from]);
                }
            }
            writer.section(name, &[&section]).unwrap();
        }
        let container = open(&writer.finish().unwrap().0);
        let _ = SnapshotBuilder::new().keep(container.clone(), Currency::EUR, |_| true, |_| true);
        if let Ok(index) = ReferenceIndex::open(container) {
            let _ = (index.groups(), index.in_full().is_ok(), index.find(&offers[0].observation.id.to_string()));
            let mut line = garlic().line();
            line.brand = Some("Sund".to_owned());
            line.model = Some("K200".to_owned());
            line.gtin = "4006381333931".parse().ok();
            for gtin in [line.gtin, None] {
                line.gtin = gtin;
                assess(&index, &line, &declared(Unit::Kilogram, 0.4), &Parameters::default());
            }
        }
    }
}
