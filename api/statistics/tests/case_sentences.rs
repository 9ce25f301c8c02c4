//! Every case of the shared `acceptance-cases.json`, each by its own fields, with all that the verdict
//! says of it in words as a snapshot: the sentences are ours, the figures the case's. What the figures
//! have to be is held in `acceptance_cases.rs`; the chains to CIF (6, 13) are the normalizer's.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, article, cases, declared, garlic, has_signal, index, with_alternative};
use model::{CommercialLevel, Comparable, Condition, Declaration, ExclusionReason, Unit, Verdict};
use serde_json::Value;
use statistics::{Parameters, assess, fdr::benjamini_hochberg};
use std::fmt::Write;

/// The goods of a price list of the file.
fn goods(list: &str) -> Group {
    let phone = |condition| Group {
        condition: Some(condition),
        level: CommercialLevel::Wholesale,
        ..article(list, "Smartphone Arcadia X2 64 GB", "851713")
    };
    let bank = |level| Group { level, ..article(list, "Power bank 10000mAh", "850760") };
    match list {
        "garlic" => garlic(),
        "phone_new" => phone(Condition::New),
        "phone_used" => phone(Condition::Used),
        "led_piece" => article(list, "LED bulb 9 W E27", "853952"),
        "pb_wholesale" => bank(CommercialLevel::Wholesale),
        "pb_retail" => bank(CommercialLevel::Retail),
        "few" => article(list, "Handmade leather bag", "420221"),
        "brand" => Group { brand: Some("Volare".into()), ..article(list, "Running shoes", "640411") },
        "generic" => article(list, "Running shoes", "640411"),
        other => panic!("no goods for the list '{other}'"),
    }
}

fn offers(cases: &Value, list: &str, age: u64) -> Vec<Comparable> {
    Group { age, ..goods(list) }.offers(&common::list(cases, list))
}

/// All that a verdict says in words.
fn said(v: &Verdict) -> String {
    let mut out = format!("{}: {}\n", v.verdict, v.sentence);
    if let Some(reference) = &v.reference {
        let _ = writeln!(out, "reference: {}", reference.label);
    }
    for signal in &v.signals {
        let _ = writeln!(out, "{}: {}", signal.code.code(), signal.sentence);
    }
    v.rungs.iter().for_each(|rung| _ = writeln!(out, "{}", rung.sentence));
    v.ask.iter().for_each(|ask| _ = writeln!(out, "ask: {ask}"));
    v.cures.iter().for_each(|cure| _ = writeln!(out, "cure: {cure}"));
    out
}

/// The offers and the line of a case.
fn put(cases: &Value, case: &Value) -> Option<(Vec<Comparable>, Declaration)> {
    let age = case["newest_observation_days_before_line"].as_u64().unwrap_or(10);
    if let Some(list) = case["group"].as_str() {
        let mut all = offers(cases, list, age);
        // What stands beside it and must not be pooled with it.
        for beside in ["phone_new", "phone_used", "pb_retail"] {
            if beside != list && beside[..3] == list[..3.min(list.len())] {
                all.extend(offers(cases, beside, age));
            }
        }
        return Some((all, goods(list).line()));
    }
    if let Some(lists) = case["groups"].as_array() {
        let all = lists.iter().flat_map(|list| offers(cases, list.as_str().unwrap(), age)).collect();
        return Some((all, Declaration { brand: None, ..goods(lists[0].as_str().unwrap()).line() }));
    }
    let listings = case["listings"].as_array()?;
    let g = article("cup", "Mug, stoneware, 300 ml", "691200");
    let mut all = Vec::new();
    for listing in listings {
        for _ in 0..listing["count"].as_u64().unwrap_or(1) {
            let mut offer = g.offer(all.len(), listing["price"].as_f64().unwrap());
            offer.observation.seller = listing["seller"].as_str().unwrap().to_owned();
            all.push(offer);
        }
    }
    Some((all, g.line()))
}

#[test]
fn every_case_has_its_verdict_and_its_sentences() {
    let Some(cases) = cases("every_case_has_its_verdict_and_its_sentences") else { return };
    let mut elsewhere = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let Some((offers, line)) = put(&cases, case) else {
            elsewhere.push(id);
            continue;
        };
        let unit = case["unit"].as_str().map_or(Unit::Piece, |code| code.parse().unwrap());
        let price = case["declared"].as_f64().unwrap();
        let mut prices = declared(unit, price);
        if let Some(mass) = case["evidence"]["piece_mass_kg"].as_f64() {
            let told = format!("piece mass {mass:.3} kg on the line");
            prices = with_alternative(prices, unit, price * mass, &told);
        }
        let v = assess(&index(offers), &line, &prices, &Parameters::default());
        assert_eq!(v.verdict.code(), case["verdict"].as_str().unwrap(), "{id}: {}", v.sentence);
        for signal in case["signals"].as_array().into_iter().flatten() {
            assert!(has_signal(&v, signal.as_str().unwrap()), "{id}: {signal}");
        }
        if let Some(p) = case["smallest_p"].as_f64() {
            assert!((v.smallest_p.unwrap() - p).abs() <= 0.005 * p, "{id}");
        }
        if let Some(list) = case["excluded"].as_object().and_then(|lists| lists.keys().next()) {
            let n = cases["data"][list].as_array().unwrap().len() as u32;
            assert!(v.excluded_counts.contains(&(ExclusionReason::OtherLevel, n)), "{id}");
        }
        if let Some(facet) = case["facet"].as_str() {
            assert!(v.sentence.contains(&format!("settle the {facet} first")), "{id}: {}", v.sentence);
        }
        insta::assert_snapshot!(format!("case_{id}"), said(&v));
    }
    assert_eq!(elsewhere, ["6", "11", "13"]);
}

#[test]
fn the_batch_of_a_hundred_lines_discovers_what_it_can() {
    let Some(cases) = cases("the_batch_of_a_hundred_lines_discovers_what_it_can") else { return };
    let case = cases["cases"].as_array().unwrap().iter().find(|case| case["id"] == "11").unwrap();
    let list = case["p_values"].as_str().unwrap();
    let p: Vec<f64> = cases["data"][list].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert_eq!(p.iter().filter(|p| **p <= 0.05).count() as u64, case["unadjusted_05"].as_u64().unwrap());
    for (q, found) in case["q"].as_array().unwrap().iter().zip(case["discoveries"].as_array().unwrap()) {
        let discovered = benjamini_hochberg(&p, q.as_f64().unwrap()).count;
        assert_eq!(discovered as u64, found.as_u64().unwrap(), "at {q}");
    }
}

#[test]
fn offers_reduced_to_cif_are_an_interval() {
    // DOMAIN: 23.90 with its chain is 9.65 to 13.20 CIF; a healthy group of such offers.
    let g = article("basis", "Ceramic teapot", "691110");
    let offers = || {
        let mut offers = g.offers(&common::prices(30, 9.6469, 0.12));
        for offer in &mut offers {
            offer.observation.basis.name = "cif".into();
            let high = offer.unit_prices[0].low * common::decimal(13.2031 / 9.6469);
            offer.unit_prices[0].high = high.round_dp(4);
        }
        offers
    };
    for (price, code) in [(9.80, "consistent"), (4.60, "strong_reason_to_ask")] {
        let v = assess(&index(offers()), &g.line(), &declared(Unit::Piece, price), &Parameters::default());
        assert_eq!(v.verdict.code(), code);
        insta::assert_snapshot!(format!("basis_{code}"), said(&v));
    }
}
