//! The worked cases of the shared `acceptance-cases.json`, read where they lie beside the
//! checkout. What they show is also covered by fixtures of our own in `verdicts.rs`.

#![allow(clippy::unwrap_used)]

mod common;

use common::{
    Group, article, cases, check, decimal, declared, garlic, has_signal, index, list, with_alternative,
};
use model::{CommercialLevel, Condition, ExclusionReason, Gate, Unit, Verdict, VerdictCode};
use serde_json::Value;
use statistics::{Parameters, ReferenceIndex, assess, fdr::benjamini_hochberg};

fn phone(condition: Condition) -> Group {
    Group {
        condition: Some(condition),
        level: CommercialLevel::Wholesale,
        ..article(condition.code(), "Smartphone Arcadia X2 64 GB", "851713")
    }
}

fn lamp() -> Group {
    article("led", "LED bulb 9 W E27", "853952")
}

/// Compares figures at 0.5 % with the expected ones of the file (rounded there: half a unit of
/// the last place is allowed too).
fn figures(cases: &Value, key: &str, verdict: &Verdict) {
    let expected = &cases["expected"][key];
    let r = verdict.reference.as_ref().unwrap();
    assert_eq!(u64::from(r.n_listings), expected["n"].as_u64().unwrap(), "{key}");
    for (name, found, last) in [
        ("ratio", verdict.ratio.unwrap(), 0.0005),
        ("robust_z", verdict.z.unwrap(), 0.005),
        ("p_lower", verdict.p_lower.unwrap(), 0.00005),
        ("min", r.lowest, 0.0),
        ("q1", r.q1, 0.0),
        ("median", r.median, 0.0),
        ("q3", r.q3, 0.0),
        ("max", r.highest, 0.0),
        ("mad_log", r.log_spread, 0.00005),
    ] {
        let wanted = expected[name].as_f64().unwrap();
        assert!(
            (found - wanted).abs() <= 0.005 * wanted.abs() + last,
            "{key} {name}: {found}, expected {wanted}"
        );
    }
}

#[test]
fn case_1_garlic() {
    let Some(c) = cases("case_1_garlic") else { return };
    let (g, prices) = (garlic(), list(&c, "garlic"));
    for (key, price, code) in [
        ("1a_garlic_1.10", 1.10, VerdictCode::Consistent),
        ("1b_garlic_0.55", 0.55, VerdictCode::StrongReasonToAsk),
        ("1c_garlic_0.84", 0.84, VerdictCode::LowReview),
    ] {
        let v = check(g.offers(&prices), &g.line(), Unit::Kilogram, price);
        assert_eq!(v.verdict, code, "{}", v.sentence);
        assert_eq!(v.reference.as_ref().unwrap().rung.number(), 2);
        figures(&c, key, &v);
    }
}

#[test]
fn case_2_used_and_new_phones_are_never_pooled() {
    let Some(c) = cases("case_2") else { return };
    let (new, used) = (phone(Condition::New), phone(Condition::Used));
    let offers = || {
        let mut all = new.offers(&list(&c, "phone_new"));
        all.extend(used.offers(&list(&c, "phone_used")));
        all
    };
    let v = check(offers(), &used.line(), Unit::Piece, 62.0);
    assert_eq!(v.verdict, VerdictCode::Consistent, "{}", v.sentence);
    figures(&c, "2a_used_vs_used_62", &v);
    assert!(v.excluded_counts.contains(&(ExclusionReason::OtherCondition, 42)));
    let v = check(offers(), &new.line(), Unit::Piece, 62.0);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{}", v.sentence);
    assert!(has_signal(&v, "check_condition"));
    figures(&c, "2c_declared_new_62", &v);
}

#[test]
fn case_3_bulbs_by_the_piece_and_misread_as_kilograms() {
    let Some(c) = cases("case_3") else { return };
    let (g, prices) = (lamp(), list(&c, "led_piece"));
    let v = check(g.offers(&prices), &g.line(), Unit::Piece, 0.58);
    assert_eq!(v.verdict, VerdictCode::Consistent, "{}", v.sentence);
    figures(&c, "3_led_piece_0.58", &v);
    let price = with_alternative(
        declared(Unit::Piece, 9.667),
        Unit::Piece,
        9.667 * 0.060,
        "piece mass 0.060 kg on the line",
    );
    let v = assess(&index(g.offers(&prices)), &g.line(), &price, &Parameters::default());
    assert_eq!(v.verdict, VerdictCode::HighReview, "{}", v.sentence);
    assert!(has_signal(&v, "unit_suspect"));
    figures(&c, "3_led_kg_misread_9.67", &v);
}

#[test]
fn case_4_wholesale_power_banks_with_retail_excluded() {
    let Some(c) = cases("case_4") else { return };
    let wholesale = Group {
        level: CommercialLevel::Wholesale,
        ..article("pb wholesale", "Power bank 10000mAh", "850760")
    };
    let retail = Group { level: CommercialLevel::Retail, tag: "pb retail".into(), ..wholesale.clone() };
    let mut offers = wholesale.offers(&list(&c, "pb_wholesale"));
    offers.extend(retail.offers(&list(&c, "pb_retail")));
    let index = index(offers);
    let price = declared(Unit::Piece, 5.0);
    let v = assess(&index, &wholesale.line(), &price, &Parameters::default());
    assert_eq!(v.verdict, VerdictCode::Consistent, "{}", v.sentence);
    figures(&c, "4a_pb_5.00_wholesale", &v);
    assert!(v.excluded_counts.contains(&(ExclusionReason::OtherLevel, 33)));
    // The same price held to retail offers, as the file's 4b.
    let v = assess(&index, &retail.line(), &price, &Parameters::default());
    figures(&c, "4b_pb_5.00_retail", &v);
    assert!(has_signal(&v, "check_commercial_level"));
}

#[test]
fn case_6_a_group_on_the_cif_basis_is_an_interval() {
    // The chain to CIF is the normalizer's; here a healthy group of offers around its result
    // (9.65 to 13.20) stands as intervals, and 9.80 is consistent where 4.60 is flagged.
    let g = article("basis", "Ceramic teapot", "691110");
    let offers = || {
        let mut offers = g.offers(&common::prices(30, 9.6466, 0.12));
        for offer in &mut offers {
            offer.observation.basis.name = "cif".into();
            offer.unit_prices[0].high = (offer.unit_prices[0].low * decimal(13.2031 / 9.6466)).round_dp(4);
        }
        offers
    };
    let v = check(offers(), &g.line(), Unit::Piece, 9.80);
    assert_eq!(v.verdict, VerdictCode::Consistent, "{}", v.sentence);
    let r = v.reference.unwrap();
    assert!((r.median / 9.6466 - 1.0).abs() < 0.005 && (r.median_high / 13.2031 - 1.0).abs() < 0.005);
    let v = check(offers(), &g.line(), Unit::Piece, 4.60);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{}", v.sentence);
}

#[test]
fn case_8_six_offers_are_too_few() {
    let Some(c) = cases("case_8") else { return };
    let g = article("few", "Handmade leather bag", "420221");
    let v = check(g.offers(&list(&c, "few")), &g.line(), Unit::Piece, 18.0);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert!((v.smallest_p.unwrap() - 0.1429).abs() < 0.0001);
    assert!(v.sentence.contains("smallest attainable p 0.143"), "{}", v.sentence);
    assert!(v.cures[0].starts_with("13 more sellers"), "{:?}", v.cures);
}

fn brands(c: &Value, with_brand: bool, without: bool) -> (ReferenceIndex, Group) {
    let generic = article("generic", "Running shoes", "640411");
    let brand = Group { tag: "brand".into(), brand: Some("Volare".into()), ..generic.clone() };
    let mut offers = Vec::new();
    if with_brand {
        offers.extend(brand.offers(&list(c, "brand")));
    }
    if without {
        offers.extend(generic.offers(&list(c, "generic")));
    }
    (index(offers), generic)
}

#[test]
fn case_9_two_price_levels() {
    let Some(c) = cases("case_9") else { return };
    let p = Parameters::default();
    let (both, g) = brands(&c, true, true);
    let v = assess(&both, &g.line(), &declared(Unit::Piece, 7.0), &p);
    assert_eq!(v.verdict, VerdictCode::SegmentFirst, "{}", v.sentence);
    assert!(v.sentence.contains("settle the brand first"), "{}", v.sentence);
    let segments = &v.reference.as_ref().unwrap().segments;
    assert_eq!(segments.len(), 2);
    for (segment, key) in segments.iter().zip(["9_generic", "9_brand"]) {
        let e = &c["expected"][key];
        for (found, name) in
            [(segment.ratio, "ratio"), (segment.median, "median"), (segment.p_lower, "p_lower")]
        {
            let wanted = e[name].as_f64().unwrap();
            assert!((found / wanted - 1.0).abs() < 0.005, "{key} {name} {found}");
        }
    }
    figures(&c, "9_pooled", &v);
    let v = assess(&both, &g.line(), &declared(Unit::Piece, 2.0), &p);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{}", v.sentence);
    let (only, g) = brands(&c, false, true);
    let v = assess(&only, &g.line(), &declared(Unit::Piece, 7.0), &p);
    assert_eq!(v.verdict, VerdictCode::Consistent, "{}", v.sentence);
    figures(&c, "9_generic", &v);
    let (only, g) = brands(&c, true, false);
    let v = assess(&only, &g.line(), &declared(Unit::Piece, 7.0), &p);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{}", v.sentence);
    figures(&c, "9_brand", &v);
}

#[test]
fn case_11_a_batch_of_100_lines() {
    let Some(c) = cases("case_11") else { return };
    let p = list(&c, "batch_p");
    assert_eq!(p.iter().filter(|&&p| p <= 0.05).count(), 8);
    assert_eq!(benjamini_hochberg(&p, 0.10).count, 0);
    assert_eq!(benjamini_hochberg(&p, 0.20).count, 2);
}

#[test]
fn case_12_nothing_inside_the_window() {
    let Some(c) = cases("case_12") else { return };
    let g = Group { age: 200, ..garlic() };
    let v = check(g.offers(&list(&c, "garlic")), &g.line(), Unit::Kilogram, 0.55);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert!(v.rungs.iter().any(|r| r.failed == [Gate::Window]));
    assert!(has_signal(&v, "outside_window"));
    assert!(v.excluded_counts.contains(&(ExclusionReason::OutsideWindow, 36)));
    assert!(v.sentence.contains("200 days before"), "{}", v.sentence);
}
