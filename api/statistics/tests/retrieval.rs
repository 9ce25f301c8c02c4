//! Goods like those described are found in whatever words and language, and other goods of the same
//! subheading are not; how like they are is their weight, and stands in the schedule.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Group, article, declared, garlic, prices};
use model::{
    CommercialLevel, Comparable, Condition, Currency, Declaration, ExclusionReason, MatchedBy, Rung, Unit,
    Verdict, VerdictCode,
};
use statistics::{Parameters, ReferenceIndex, Thesaurus, assess, build_snapshot};
use std::sync::Arc;

/// A few words of several languages, as whoever builds the index hands them in.
fn words() -> Arc<Thesaurus> {
    Arc::new(Thesaurus::new([
        vec!["garlic", "Knoblauch", "ail", "ajo", "чеснок", "大蒜"],
        vec!["onion", "Zwiebel", "oignon"],
        vec!["fresh", "frisch", "frais", "свежий", "新鲜"],
        vec!["phone", "mobile phone", "smartphone", "téléphone", "handy"],
        vec!["power bank", "batterie externe"],
    ]))
}

fn index(offers: Vec<Comparable>) -> ReferenceIndex {
    let snapshot = build_snapshot(offers, Vec::new(), Currency::EUR, &Parameters::default());
    ReferenceIndex::of(&snapshot).unwrap().with_thesaurus(words())
}

fn described(group: &Group, description: &str) -> Declaration {
    Declaration { description: Some(description.into()), ..group.line() }
}

fn check(index: &ReferenceIndex, line: &Declaration, price: f64) -> Verdict {
    let unit = line.quantity.unwrap().unit();
    assess(index, line, &declared(unit, price), &Parameters::default())
}

fn names(v: &Verdict) -> Vec<&str> {
    let mut names: Vec<&str> = v.comparators.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Garlic and, under the same code for the test, onions, shallots and leeks.
fn bulbs() -> Vec<Comparable> {
    let mut offers = garlic().offers(&prices(36, 1.18, 0.16));
    for (tag, name) in [("onion", "Fresh onions, yellow"), ("shallot", "Shallots, fresh"), ("leek", "Leeks")]
    {
        offers.extend(Group { tag: tag.into(), name: name.into(), ..garlic() }.offers(&prices(30, 0.4, 0.2)));
    }
    offers
}

#[test]
fn a_description_in_another_language_finds_the_same_goods_and_no_others() {
    let index = index(bulbs());
    for description in ["Knoblauch frisch", "ail frais", "Frischer Knoblauch", "свежий чеснок", "新鲜大蒜"]
    {
        let v = check(&index, &described(&garlic(), description), 0.55);
        assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{description}: {}", v.sentence);
        assert_eq!(names(&v), ["Fresh garlic, white"], "{description}");
        let c = &v.comparators[0];
        assert!(c.similarity.is_some_and(|s| s > 0.7 && s < 1.0), "{description}: {:?}", c.similarity);
        assert!(c.matched.iter().all(|m| m.by == MatchedBy::Translation), "{:?}", c.matched);
    }
}

#[test]
fn identical_words_weigh_one() {
    let index = index(bulbs());
    let v = check(&index, &garlic().line(), 1.1);
    assert!(v.comparators.iter().all(|c| c.similarity == Some(1.0) && c.weight == 1.0));
    let by: Vec<MatchedBy> = v.comparators[0].matched.iter().map(|m| m.by).collect();
    assert_eq!(by, [MatchedBy::Word; 3]);
}

fn phone(tag: &str, name: &str, condition: Condition) -> Group {
    Group { condition: Some(condition), level: CommercialLevel::Wholesale, ..article(tag, name, "851713") }
}

#[test]
fn a_refurbished_phone_in_french_finds_phones_of_that_capacity_and_condition() {
    let wanted = phone("128", "Refurbished smartphone Arcadia 128 GB", Condition::Refurbished);
    let mut offers = wanted.offers(&prices(30, 120.0, 0.1));
    for (tag, name, condition) in [
        ("64", "Refurbished smartphone Arcadia 64GB", Condition::Refurbished),
        ("256", "Refurbished mobile phone 256 GB", Condition::Refurbished),
        ("new", "Smartphone Arcadia 128 GB", Condition::New),
        ("radio", "Walkie talkie 8 GB recording", Condition::Refurbished),
    ] {
        offers.extend(phone(tag, name, condition).offers(&prices(30, 60.0, 0.1)));
    }
    let index = index(offers);
    let v = check(&index, &described(&wanted, "téléphone reconditionné 128 Go"), 50.0);
    assert_eq!(v.reference.as_ref().unwrap().rung, Rung::Similar, "{}", v.sentence);
    assert_eq!(names(&v), ["Refurbished smartphone Arcadia 128 GB"]);
    let matched = &v.comparators[0].matched;
    assert_eq!(
        matched.iter().map(|m| m.by).collect::<Vec<_>>(),
        [MatchedBy::Translation, MatchedBy::Attribute]
    );
    assert_eq!(matched[1].offered, "128 GB");
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
}

#[test]
fn forms_slips_and_compounds_are_found() {
    let g = article("pb", "Powerbank portable charger", "850760");
    let index = index(g.offers(&prices(30, 10.0, 0.1)));
    for (description, by) in [
        ("power bank portable charger", MatchedBy::Compound),
        ("powerbanks portable chargers", MatchedBy::Word),
        ("powerbank portabel charger", MatchedBy::Spelling),
        ("batterie externe powerbank charger", MatchedBy::Word),
    ] {
        let v = check(&index, &described(&g, description), 10.0);
        let reference = v.reference.as_ref().unwrap();
        assert_eq!(reference.rung, Rung::Similar, "{description}");
        let found = v.comparators[0].matched.iter().any(|m| m.by == by);
        assert!(found, "{description}: {:?}", v.comparators[0].matched);
    }
}

#[test]
fn a_word_no_offer_has_does_not_sink_the_line() {
    let index = index(bulbs());
    let v = check(&index, &described(&garlic(), "Fresh white garlic zanzibarian"), 1.1);
    assert_eq!(names(&v), ["Fresh garlic, white"]);
    // But words that say nothing known find nothing: the whole subheading is all there is.
    let v = check(&index, &described(&garlic(), "zanzibarian delicacy"), 1.1);
    assert_eq!(v.rungs[1].n_listings, 0);
    assert_ne!(v.reference.unwrap().rung, Rung::Similar);
}

#[test]
fn stated_attributes_contradict_or_raise() {
    let of = |tag: &str, name: &str| article(tag, name, "610910").offers(&prices(25, 8.0, 0.1));
    let mut offers = of("cotton", "T-shirt cotton");
    offers.extend(of("poly", "T-shirt polyester"));
    offers.extend(of("plain", "T-shirt"));
    let index = index(offers);
    let line = described(&article("line", "x", "610910"), "T-Shirt Baumwolle");
    let v = check(&index, &line, 8.0);
    assert_eq!(names(&v), ["T-shirt", "T-shirt cotton"]);
    let of = |name: &str| v.comparators.iter().find(|c| c.name == name).unwrap().similarity.unwrap();
    assert!(of("T-shirt cotton") > of("T-shirt"));
    let weights: Vec<f64> = v.comparators.iter().map(|c| c.weight).collect();
    let n_eff = weights.iter().sum::<f64>().powi(2) / weights.iter().map(|w| w * w).sum::<f64>();
    assert!((v.reference.unwrap().n_eff - n_eff).abs() < 1e-9);
}

#[test]
fn a_brand_holds_rung_three_and_not_rung_four() {
    let of = |tag: &str, brand: &str, name: &str, at: f64| {
        let group = Group { brand: Some(brand.into()), ..article(tag, name, "851660") };
        group.offers(&prices(24, at, 0.2))
    };
    let mut offers = of("a", "Corsa", "Oven", 300.0);
    offers.extend(of("b", "Volare", "Hob", 80.0));
    let index = index(offers);
    let mut line = described(&article("line", "x", "851660"), "Grill plate");
    line.brand = Some("Corsa".into());
    let v = check(&index, &line, 280.0);
    assert_eq!(v.reference.as_ref().unwrap().rung, Rung::Hs6Facets);
    assert_eq!(v.reference.as_ref().unwrap().n_listings, 24);
    insta::assert_snapshot!(v.reference.as_ref().unwrap().label, @"goods of subheading 8516.60 by Corsa, new, retail, per piece");
    insta::assert_snapshot!(v.sentence, @"Declared 280.00 EUR per piece is 93 % of the median of 24 offers of goods of the same subheading and brand from 24 sellers (300.00 EUR per piece): nothing to ask about the price.");
    assert_eq!(v.comparators[0].similarity, None);
    assert_eq!(v.comparators[0].matched[0].by, MatchedBy::Brand);
    // A brand that no offer has: all of the subheading, whatever the brand, and no more than low_review.
    line.brand = Some("Nimbus".into());
    let v = check(&index, &line, 20.0);
    assert_eq!(v.reference.as_ref().unwrap().rung, Rung::Hs6Unit);
    assert!(v.excluded.iter().all(|e| e.reason != ExclusionReason::OtherGoods));
    insta::assert_snapshot!(v.sentence, @"Declared 20.00 EUR per piece is 25 % of the median of offers of other brands (80.00 EUR per piece, p = 0.040) and 6.7 % of the median of offers of the brand Corsa (300.00 EUR per piece, p = 0.040); the 48 offers of goods of the same subheading and unit stand at two price levels, told apart by brand, and at both the price is low: look when there is time.");
    // An administration may stop before it.
    let stop = Parameters { widest_rung: Rung::Hs6Facets, ..Parameters::default() };
    let v = assess(&index, &line, &declared(Unit::Piece, 20.0), &stop);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert!(v.rungs.iter().all(|r| r.rung != Rung::Hs6Unit));
}

#[test]
fn rung_four_is_not_tried_where_it_is_rung_three_again() {
    let g = article("few", "Handmade leather bag", "420221");
    let index = index(g.offers(&prices(6, 40.0, 0.1)));
    let v = check(&index, &g.line(), 18.0);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    insta::assert_snapshot!(v.rungs.last().unwrap().sentence, @"Rung 4, goods of the same subheading and unit: not tried, the offers are those of rung 3.");
}

/// Every name of seven words that each stand or not, as an offer of its own.
fn every_name() -> ([&'static str; 7], ReferenceIndex) {
    let words = ["white", "garlic", "peeled", "organic", "china", "mesh", "solo"];
    let offers: Vec<Comparable> = (1u32..128)
        .map(|bits| {
            Group { name: name(&words, bits), ..garlic() }.offer(bits as usize, 1.0 + f64::from(bits) / 500.0)
        })
        .collect();
    (words, index(offers))
}

fn name(words: &[&str; 7], bits: u32) -> String {
    let has = |at: &usize| bits >> at & 1 == 1;
    (0..words.len()).filter(has).map(|at| words[at]).collect::<Vec<_>>().join(" ")
}

#[test]
fn likeness_is_a_share_and_one_for_the_same_words() {
    let (words, index) = every_name();
    // The offers with one of the words may all be of one site, and would then be widened.
    let parameters =
        Parameters { similarity: 0.01, similarity_most: 0, min_sites: 1, ..Parameters::default() };
    for picked in 1u32..128 {
        let line = described(&garlic(), &name(&words, picked));
        let v = assess(&index, &line, &declared(Unit::Kilogram, 1.0), &parameters);
        assert_eq!(v.rungs.last().unwrap().rung, Rung::Similar, "{}", name(&words, picked));
        let of: std::collections::HashMap<&str, f64> =
            v.comparators.iter().map(|c| (c.name.as_str(), c.similarity.unwrap())).collect();
        assert_eq!(of[name(&words, picked).as_str()], 1.0);
        for bits in 1u32..128 {
            let Some(&s) = of.get(name(&words, bits).as_str()) else {
                assert_eq!(bits & picked, 0);
                continue;
            };
            assert!(s > 0.0 && s <= 1.0);
            // A word more of those described never makes an offer less alike, another never more.
            for more in (0..7).map(|at| bits | 1 << at).filter(|more| *more != bits) {
                let then = of[name(&words, more).as_str()];
                let described = (more ^ bits) & picked != 0;
                let held = if described { then >= s } else { then <= s };
                assert!(held, "{} to {}: {s} to {then}", name(&words, bits), name(&words, more));
            }
        }
    }
}

#[test]
fn any_text_is_read_without_a_panic() {
    let (_, index) = every_name();
    proptest::proptest!(|(text in ".{0,80}")| {
        check(&index, &described(&garlic(), &text), 1.0);
    });
}

#[test]
fn what_each_way_to_meet_a_word_is_worth_is_the_rules_to_say() {
    type Change = fn(&mut Parameters);
    let ways: [(&str, &str, MatchedBy, Change); 8] = [
        ("Gelber Lauch", "gelb lauch", MatchedBy::Form, |p| p.similarity_form = 0.6),
        ("Garlic keyboard", "garlic key board", MatchedBy::Compound, |p| p.similarity_joined = 0.6),
        ("Fresh garlic", "fresh Knoblauch", MatchedBy::Translation, |p| p.similarity_translated = 0.6),
        ("Garlic keyboard", "garlic board", MatchedBy::Compound, |p| p.similarity_kind = 0.5),
        ("Purple garlic", "purpel garlic", MatchedBy::Spelling, |p| p.similarity_slip = 0.5),
        ("Green ladder", "green gardenladder", MatchedBy::Compound, |p| p.similarity_part = 0.5),
        ("Garlic purplestone", "garlic purple", MatchedBy::Compound, |p| p.similarity_made_of = 0.95),
        ("Fresh garlic", "fresh garlic 5000 mAh", MatchedBy::Word, |p| p.similarity_not_stated = 1.0),
    ];
    for (name, description, by, change) in ways {
        let group = Group { name: name.into(), ..garlic() };
        let index = index(group.offers(&prices(36, 1.18, 0.16)));
        let line = described(&group, description);
        let of = |parameters: &Parameters| {
            let v = assess(&index, &line, &declared(line.quantity.unwrap().unit(), 1.1), parameters);
            let first = &v.comparators[0];
            assert!(first.matched.iter().any(|m| m.by == by), "{name}: {:?}", first.matched);
            first.similarity.unwrap()
        };
        let usual = Parameters::default();
        let mut other = usual.clone();
        change(&mut other);
        let before = of(&usual);
        assert_ne!(of(&other), before, "{name}");
        // What the same index remembers is of the rules asked for.
        assert_eq!(of(&usual), before, "{name}");
    }
}
