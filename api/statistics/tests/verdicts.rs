//! Every verdict on groups of our own, with the sentence an officer reads.

#![allow(clippy::unwrap_used)]

mod common;

use common::{
    Group, article, check, decimal, declared, export_date, garlic, has_signal, index, prices,
    with_alternative,
};
use insta::assert_snapshot;
use model::{
    CommercialLevel, Comparable, Condition, Declaration, ExclusionReason, Gate, GoodsKind, Gtin, Interval,
    Money, PriceBreak, PriceTerms, Rung, Transaction, Unit, Verdict, VerdictCode,
};
use rust_decimal::Decimal;
use statistics::{DeclaredPrices, Parameters, assess};

/// 36 sellers of garlic around 1.18 a kg.
fn garlic_at(price: f64) -> Verdict {
    let g = garlic();
    check(g.offers(&prices(36, 1.18, 0.16)), &g.line(), Unit::Kilogram, price)
}

fn excluded(v: &Verdict, reason: ExclusionReason) -> u32 {
    (v.excluded_counts.iter().find(|e| e.0 == reason)).map_or(0, |e| e.1)
}

fn rung(v: &Verdict) -> Rung {
    v.reference.as_ref().unwrap().rung
}

#[test]
fn consistent() {
    let v = garlic_at(1.10);
    assert_eq!(v.verdict, VerdictCode::Consistent);
    assert_eq!(rung(&v), Rung::Similar);
    assert_eq!((v.comparators.len(), v.ask.len()), (36, 0));
    assert!(v.comparators.windows(2).all(|w| w[0].unit_price.low <= w[1].unit_price.low));
    assert_snapshot!(v.sentence, @"Declared 1.10 EUR per kg is 93 % of the median of 36 offers of similar goods from 36 sellers (1.18 EUR per kg): nothing to ask about the price.");
    assert_snapshot!(v.rungs[0].sentence, @"Rung 1, identical goods: the line states neither a GTIN nor brand and model.");
    assert_snapshot!(v.rungs[1].sentence, @"Rung 2, similar goods: taken, 36 offers by 36 sellers on 2 sites.");
    assert_snapshot!(v.reference.unwrap().label, @"similar goods: 'Fresh garlic, white' under 0703.20, new, wholesale, per kg");
}

#[test]
fn low_review() {
    let v = garlic_at(0.85);
    assert_eq!(v.verdict, VerdictCode::LowReview);
    assert_snapshot!(v.sentence, @"Declared 0.85 EUR per kg is 72 % of the median of 36 offers of similar goods from 36 sellers (1.18 EUR per kg); a price drawn like these offers would be as low in 5.4 % of cases or fewer (p = 0.054): low, look when there is time.");
}

#[test]
fn reason_to_ask() {
    let v = garlic_at(0.70);
    assert_eq!(v.verdict, VerdictCode::ReasonToAsk);
    assert_snapshot!(v.sentence, @"Declared 0.70 EUR per kg is 59 % of the median of 36 offers of similar goods from 36 sellers (1.18 EUR per kg); a price drawn like these offers would be as low in 2.7 % of cases or fewer (p = 0.027): a reason to ask the importer.");
    assert_snapshot!(v.ask.join("\n"), @"
Commercial invoice, and the contract or order it rests on
Proof of payment of the whole price (bank transfer, letter of credit)
Grade, quality and specification of the goods, which may explain a low price
Discounts granted and their reason (quantity, end of line, defects)
Whether buyer and seller are related, and whether this influenced the price (Article 1.2)
Payments beside the price: assists, royalties, commissions, proceeds (Article 8)
The delivery term (Incoterm) the price is on, and who paid freight and insurance
");
}

#[test]
fn strong_reason_to_ask() {
    let v = garlic_at(0.55);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
    assert!((v.p_lower.unwrap() - 1.0 / 37.0).abs() < 1e-12);
    assert!(has_signal(&v, "half_of_cleaned_offer_average"));
    assert_snapshot!(v.sentence, @"Declared 0.55 EUR per kg is 47 % of the median of 36 offers of similar goods from 36 sellers (1.18 EUR per kg); a price drawn like these offers would be as low in 2.7 % of cases or fewer (p = 0.027): a strong reason to ask the importer.");
    let words: Vec<&str> = v.sentence.split(' ').collect();
    assert!(!words.contains(&"value"), "a reason to ask is no value");
}

#[test]
fn high_review_with_unit_suspect() {
    let g = article("led", "LED bulb 9 W E27", "853952");
    let price =
        with_alternative(declared(Unit::Piece, 9.667), Unit::Piece, 0.58, "piece mass 0.060 kg on the line");
    let index = index(g.offers(&prices(40, 0.62, 0.3)));
    let v = assess(&index, &g.line(), &price, &Parameters::default());
    assert_eq!(v.verdict, VerdictCode::HighReview);
    assert_snapshot!(v.sentence, @"Declared 9.67 EUR per piece is 1559 % of the median of the high ends of 40 offers of similar goods from 40 sellers (0.62 EUR per piece); a price drawn like these offers would be as high in 2.4 % of cases or fewer (p = 0.024): high, look when there is time.");
    let suspect = v.signals.iter().find(|s| s.code.code() == "unit_suspect").unwrap();
    assert_snapshot!(suspect.sentence, @"Check the quantity first: with piece mass 0.060 kg on the line the price would be 0.58 EUR per piece and fit the offers.");
    assert_snapshot!(v.ask.join("\n"), @"
Quantity first: packing list, net mass and pieces of the line
Quantity and unit of the line: packing list, net mass, pieces to a carton
Commercial invoice, to see the currency and the price per unit
What the price includes beside the goods (freight, warranty, software, services)
");
    // The same factor on a price that is not flagged says nothing.
    let quiet = with_alternative(declared(Unit::Piece, 0.60), Unit::Piece, 0.58, "piece mass");
    let v = assess(&index, &g.line(), &quiet, &Parameters::default());
    assert!(!has_signal(&v, "unit_suspect"));
}

#[test]
fn unit_suspect_stands_beside_a_low_flag() {
    let g = garlic();
    let price = with_alternative(
        declared(Unit::Kilogram, 0.12),
        Unit::Kilogram,
        1.2,
        "a pack text of 10 kg on the line",
    );
    let index = index(g.offers(&prices(36, 1.18, 0.16)));
    let v = assess(&index, &g.line(), &price, &Parameters::default());
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
    assert!(has_signal(&v, "unit_suspect"));
}

#[test]
fn not_detectable() {
    let g = article("toy", "Wooden toy train", "950300");
    let v = check(g.offers(&prices(40, 12.0, 0.9)), &g.line(), Unit::Piece, 7.0);
    assert_eq!(v.verdict, VerdictCode::NotDetectable);
    assert_snapshot!(v.sentence, @"Declared 7.00 EUR per piece is 58 % of the median of 40 offers of similar goods from 40 sellers (12.00 EUR per piece), but prices of this group vary so much (p = 0.293) that only a price below 10 % of the median would be told apart: nothing can be said.");
    assert_snapshot!(v.cures.join("\n"), @"a narrower reference: GTIN, brand and model or key attributes of the line; this one only shows prices below 10 % of its median");
}

#[test]
fn not_applicable() {
    let g = garlic();
    let line = Declaration { transaction: Transaction::Sample, ..g.line() };
    let v = check(g.offers(&prices(36, 1.18, 0.16)), &line, Unit::Kilogram, 0.1);
    assert_eq!(v.verdict, VerdictCode::NotApplicable);
    assert!(v.reference.is_none() && v.ratio.is_none());
    assert_snapshot!(v.sentence, @"The line is declared as a sample free of charge: there is no sale for export, so its value is not a price to compare (Article 1 of the Agreement).");
}

#[test]
fn insufficient_with_six_sellers() {
    let g = article("bag", "Handmade leather bag", "420221");
    let v = check(g.offers(&prices(6, 41.0, 0.1)), &g.line(), Unit::Piece, 18.0);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert_eq!(v.rungs[1].failed, [Gate::EffectiveNumber]);
    assert_eq!((v.ratio, v.p_lower, v.comparators.len()), (None, None, 6));
    assert!(has_signal(&v, "small_group"));
    assert_snapshot!(v.sentence, @"Not enough evidence on similar goods: 6 effective votes, and an own 5 % claim needs 19 (smallest attainable p 0.143).");
    assert_snapshot!(v.cures.join("\n"), @"13 more sellers of the same goods (new, retail, priced per piece), captured between 2026-06-17 and 2026-12-14");
}

#[test]
fn three_shops_give_at_most_three_votes_whatever_they_list() {
    let g = article("oil", "Olive oil extra virgin", "150920");
    let mut offers = g.offers(&prices(60, 5.0, 0.2));
    for (i, offer) in offers.iter_mut().enumerate() {
        offer.observation.seller = format!("shop {}", i % 3);
        offer.observation.name = format!("Olive oil extra virgin, mill {i}");
    }
    let v = check(offers, &g.line(), Unit::Piece, 1.0);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert!((v.rungs[1].n_eff - 3.0).abs() < 1e-9);
    assert_eq!(v.rungs[1].n_listings, 60);
    assert!(v.cures[0].starts_with("16 more sellers"), "{:?}", v.cures);
}

#[test]
fn insufficient_with_a_dominant_seller() {
    let g = article("tape", "Packing tape brown", "391910");
    let mut offers: Vec<Comparable> = (0..26).map(|i| g.offer(i, 2.1)).collect();
    for offer in &mut offers {
        offer.observation.seller = "S1".into();
    }
    for (i, price) in [3.9, 4.1, 4.2, 4.4].into_iter().enumerate() {
        offers.push(g.offer(30 + i, price));
    }
    let v = check(offers, &g.line(), Unit::Piece, 2.05);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert!(has_signal(&v, "dominant_seller"));
    assert_eq!(v.rungs[1].n_sellers, 5);
    assert_eq!(excluded(&v, ExclusionReason::SameSellerSameGoods), 25);
    assert_snapshot!(v.sentence, @"Not enough evidence on similar goods: one seller (S1) holds 87 % of the 30 listings, from 5 sellers in all; 5 effective votes, and an own 5 % claim needs 19 (smallest attainable p 0.167).");
    assert_snapshot!(v.cures.join("\n"), @"
22 more listings by other sellers of the same goods (new, retail, priced per piece), so that no seller holds more than 50 % of them
14 more sellers of the same goods (new, retail, priced per piece), captured between 2026-06-17 and 2026-12-14
");
}

#[test]
fn insufficient_outside_the_window() {
    let g = Group { age: 200, ..garlic() };
    let v = check(g.offers(&prices(36, 1.18, 0.16)), &g.line(), Unit::Kilogram, 0.55);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert_eq!(v.rungs[1].failed, [Gate::Window]);
    assert_snapshot!(v.sentence, @"Not enough evidence on similar goods: 36 comparable offers were captured outside the window of 90 days around 2026-09-15, the nearest 200 days before it.");
    assert_snapshot!(v.cures.join("\n"), @"captures of these offers within the window, between 2026-06-17 and 2026-12-14: import saved pages or price lists of those dates, or crawl nearer to the export date");
    assert_snapshot!(v.excluded[0].detail, @"captured 200 days before the export date, the window is 90 days to each side");
}

#[test]
fn insufficient_without_what_every_rung_needs() {
    let g = garlic();
    let offers = || g.offers(&prices(36, 1.18, 0.16));
    let no_condition = Declaration { condition: None, ..g.line() };
    let v = check(offers(), &no_condition, Unit::Kilogram, 0.55);
    assert_eq!(
        (v.verdict, v.rungs[2].failed.as_slice()),
        (VerdictCode::InsufficientEvidence, &[Gate::Condition][..])
    );
    assert_snapshot!(v.sentence, @"Not enough evidence: the condition of the goods is not declared, and new goods are never held to used ones.");
    let no_price = DeclaredPrices::default();
    let v = assess(&index(offers()), &g.line(), &no_price, &Parameters::default());
    assert_eq!(v.rungs[2].failed, [Gate::Unit]);
    assert_snapshot!(v.sentence, @"Not enough evidence: the line gives no quantity in a known unit and no net mass, so there is no price per unit.");
    let no_rate = DeclaredPrices {
        failure: Some("no exchange rate for KES on or before 2026-09-15".into()),
        ..DeclaredPrices::default()
    };
    let v = assess(&index(offers()), &g.line(), &no_rate, &Parameters::default());
    assert_eq!(v.rungs[2].failed, [Gate::ExchangeRate]);
    assert_snapshot!(v.sentence, @"Not enough evidence: no exchange rate for KES on or before 2026-09-15.");
    let v = check(offers(), &g.line(), Unit::Litre, 0.55);
    assert_eq!(v.rungs[1].failed, [Gate::Unit]);
    assert_snapshot!(v.sentence, @"Not enough evidence on goods of the same subheading: no offer states a price per litre.");
    let elsewhere = Declaration { hs: "100630".parse().unwrap(), ..g.line() };
    let v = check(offers(), &elsewhere, Unit::Kilogram, 0.55);
    assert_eq!(v.rungs[2].failed, [Gate::NoComparables]);
    assert_snapshot!(v.sentence, @"Not enough evidence on goods of the same subheading: no offer of new goods at wholesale was found.");
}

#[test]
fn one_site_is_not_enough() {
    let g = garlic();
    let mut offers = g.offers(&prices(36, 1.18, 0.16));
    for offer in &mut offers {
        offer.observation.capture.site = "market.example".into();
    }
    let v = check(offers, &g.line(), Unit::Kilogram, 0.55);
    assert_eq!(v.rungs[1].failed, [Gate::Sites]);
    assert_snapshot!(v.sentence, @"Not enough evidence on similar goods: 1 site, at least 2 are needed.");
}

/// Branded shoes around 31, generic ones around 7.20.
fn shoes() -> (Vec<Comparable>, Group) {
    let generic = article("generic", "Running shoes", "640411");
    let brand = Group { tag: "brand".into(), brand: Some("Volare".into()), ..generic.clone() };
    let mut offers = brand.offers(&prices(24, 31.0, 0.12));
    offers.extend(generic.offers(&prices(26, 7.2, 0.2)));
    (offers, generic)
}

#[test]
fn segment_first_by_brand() {
    let (offers, g) = shoes();
    let v = check(offers.clone(), &g.line(), Unit::Piece, 7.0);
    assert_eq!(v.verdict, VerdictCode::SegmentFirst);
    assert_snapshot!(v.sentence, @"The 50 offers of similar goods stand at two price levels, told apart by brand, that disagree about the declared 7.00 EUR per piece: it is 97 % of the median of offers without a brand (7.20 EUR per piece, p = 0.481) and 23 % of the median of offers of the brand Volare (31.00 EUR per piece, p = 0.040); settle the brand first.");
    assert_snapshot!(v.ask.join("\n"), @"The brand of the goods: invoice, catalogue page or photograph");
    let v = check(offers.clone(), &g.line(), Unit::Piece, 2.0);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
    assert_snapshot!(v.sentence, @"Declared 2.00 EUR per piece is 28 % of the median of offers without a brand (7.20 EUR per piece, p = 0.037) and 6.5 % of the median of offers of the brand Volare (31.00 EUR per piece, p = 0.040); the 50 offers of similar goods stand at two price levels, told apart by brand, and at both the price is low: a strong reason to ask the importer.");
    // A line that names the brand is held to it (and to what names none), not to another.
    let other = Declaration { brand: Some("Corsa".into()), ..g.line() };
    let v = check(offers, &other, Unit::Piece, 7.0);
    assert_eq!(v.verdict, VerdictCode::Consistent);
    assert_eq!(excluded(&v, ExclusionReason::OtherGoods), 24);
}

#[test]
fn a_price_low_at_both_levels_is_flagged_as_strongly_as_both_allow() {
    let (offers, g) = shoes();
    // Branded: strong. Generic: 56 % of the median, a reason to ask.
    let v = check(offers, &g.line(), Unit::Piece, 4.0);
    assert_eq!(v.verdict, VerdictCode::ReasonToAsk);
    let verdicts: Vec<VerdictCode> = v.reference.unwrap().segments.iter().map(|s| s.verdict).collect();
    assert_eq!(verdicts, [VerdictCode::ReasonToAsk, VerdictCode::StrongReasonToAsk]);
}

#[test]
fn two_margins_on_identical_goods_are_no_segments_to_settle() {
    let g = Group {
        brand: Some("Stylo".into()),
        model: Some("TX-100".into()),
        ..article("pen", "Fineliner TX-100 blue", "960820")
    };
    let mut list = prices(30, 2.0, 0.03);
    list.extend(prices(14, 2.6, 0.03));
    let line = Declaration { brand: g.brand.clone(), model: g.model.clone(), ..g.line() };
    let v = check(g.offers(&list), &line, Unit::Piece, 2.0);
    assert_eq!((v.verdict, rung(&v)), (VerdictCode::Consistent, Rung::Identical));
    assert!(has_signal(&v, "multimodal"));
    // Low at both levels: one article, and the verdict of all its offers.
    let v = check(g.offers(&list), &line, Unit::Piece, 0.9);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk, "{}", v.sentence);
    // Low among all offers, but ordinary at the lower level: no flag, the level comes first.
    let mut dear = prices(10, 2.0, 0.03);
    dear.extend(prices(240, 4.4, 0.03));
    let v = check(g.offers(&dear), &line, Unit::Piece, 2.0);
    assert_eq!(v.rungs[0].n_listings, 250);
    assert!(v.p_lower.unwrap() <= 0.05 && v.ratio.unwrap() < 0.5);
    assert_eq!((v.verdict, rung(&v)), (VerdictCode::SegmentFirst, Rung::Identical));
    // The same prices of goods that are only similar: quality may part them.
    let v = check(g.offers(&list), &g.line(), Unit::Piece, 2.0);
    assert_eq!((v.verdict, rung(&v)), (VerdictCode::SegmentFirst, Rung::Similar));
    assert_snapshot!(v.sentence, @"The 44 offers of similar goods stand at two price levels, told apart by nothing the offers state, that disagree about the declared 2.00 EUR per piece: it is 100 % of the median of the lower price level (2.00 EUR per piece, p = 0.516) and 77 % of the median of the upper price level (2.60 EUR per piece, p = 0.067); settle the quality and specification of the goods first.");
    assert_snapshot!(v.ask.join("; "), @"Quality, grade and specification of the goods: invoice, catalogue page or photograph");
}

#[test]
fn segment_first_by_commercial_level() {
    let wholesale =
        Group { level: CommercialLevel::Wholesale, ..article("trade", "Power bank 10000mAh", "850760") };
    let retail = Group { tag: "shops".into(), level: CommercialLevel::Retail, ..wholesale.clone() };
    let mut offers = wholesale.offers(&prices(28, 5.4, 0.18));
    let line = Declaration { level: None, ..wholesale.line() };
    // Only one level has evidence: it is used, and said so.
    let v = check(offers.clone(), &line, Unit::Piece, 5.0);
    assert_eq!(v.verdict, VerdictCode::Consistent);
    assert!(has_signal(&v, "check_commercial_level"));
    offers.extend(retail.offers(&prices(33, 9.8, 0.2)));
    let v = check(offers.clone(), &line, Unit::Piece, 5.0);
    assert_eq!(v.verdict, VerdictCode::SegmentFirst);
    assert_eq!(v.reference.as_ref().unwrap().segments.len(), 2);
    assert_snapshot!(v.sentence, @"The line does not state its commercial level and the verdict turns on it: declared 5.00 EUR per piece is 93 % of the median wholesale offer (5.40 EUR per piece: consistent) and 51 % of the median retail offer (9.80 EUR per piece: a reason to ask); settle the commercial level first.");
    // Low at both, not equally strongly: the weaker verdict stands, with its figures.
    let v = check(offers.clone(), &line, Unit::Piece, 3.0);
    assert_eq!(v.verdict, VerdictCode::ReasonToAsk);
    assert_eq!(v.reference.as_ref().unwrap().level, CommercialLevel::Wholesale);
    assert!(v.signals.iter().any(|s| s.sentence.contains("the weaker verdict stands")));
    // Both levels give the same verdict: it stands.
    let v = check(offers, &line, Unit::Piece, 1.0);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
}

#[test]
fn a_used_price_declared_as_new_asks_for_the_condition() {
    let new = article("new", "Smartphone Arcadia X2 64 GB", "851713");
    let used = Group { tag: "used".into(), condition: Some(Condition::Used), ..new.clone() };
    let mut offers = new.offers(&prices(42, 168.0, 0.1));
    offers.extend(used.offers(&prices(30, 74.0, 0.22)));
    let v = check(offers.clone(), &new.line(), Unit::Piece, 62.0);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
    let signal = v.signals.iter().find(|s| s.code.code() == "check_condition").unwrap();
    assert_snapshot!(signal.sentence, @"Declared as new, but the price fits used goods (median 74.00 EUR per piece): check the condition.");
    let v = check(offers, &used.line(), Unit::Piece, 62.0);
    assert_eq!(v.verdict, VerdictCode::Consistent);
    assert_eq!(excluded(&v, ExclusionReason::OtherCondition), 42);
}

#[test]
fn identical_goods_come_first() {
    let gtin = Gtin::parse("4006381333931").ok();
    let g = Group {
        brand: Some("Stylo".into()),
        model: Some("TX-100".into()),
        ..article("pen", "Fineliner TX-100 blue", "960820")
    };
    let mut offers = g.offers(&prices(20, 2.0, 0.1));
    for offer in offers.iter_mut().take(10) {
        offer.observation.gtin = gtin;
    }
    // Twenty dearer pens of the same subheading and like name.
    let other = Group { tag: "other".into(), brand: None, model: None, ..g.clone() };
    offers.extend(other.offers(&prices(20, 9.0, 0.1)));
    let line = Declaration { gtin, brand: Some("STYLO".into()), model: Some("tx 100".into()), ..g.line() };
    let v = check(offers.clone(), &line, Unit::Piece, 1.9);
    assert_eq!(rung(&v), Rung::Identical);
    assert_eq!(v.comparators.len(), 20);
    // A model that stands for itself needs no brand; a short one does.
    for (model, taken) in [("TX-100", Rung::Identical), ("TX", Rung::Similar)] {
        let mut offers = offers.clone();
        for offer in offers.iter_mut().take(20) {
            (offer.observation.model, offer.observation.gtin) = (Some(model.into()), None);
        }
        let by_model = Declaration { brand: None, model: Some(model.into()), gtin: None, ..line.clone() };
        assert_eq!(rung(&check(offers, &by_model, Unit::Piece, 1.9)), taken, "{model}");
    }
    // By GTIN alone there are too few: one rung up.
    let by_gtin = Declaration { brand: None, model: None, ..line };
    let v = check(offers, &by_gtin, Unit::Piece, 1.0);
    assert_eq!(rung(&v), Rung::Similar);
    assert!(has_signal(&v, "backed_off"));
}

#[test]
fn the_subheading_alone_never_accuses() {
    let g = garlic();
    let line = Declaration { description: Some("Allium sativum bulbs".into()), ..g.line() };
    let v = check(g.offers(&prices(36, 1.18, 0.16)), &line, Unit::Kilogram, 0.40);
    assert_eq!((v.verdict, rung(&v)), (VerdictCode::LowReview, Rung::Hs6Facets));
    assert_snapshot!(v.sentence, @"Declared 0.40 EUR per kg is 34 % of the median of 36 offers of goods of the same subheading from 36 sellers (1.18 EUR per kg); a price drawn like these offers would be as low in 2.7 % of cases or fewer (p = 0.027): low, but held only to the whole subheading, so look when there is time.");
}

#[test]
fn attributes_and_accessories_are_kept_apart() {
    let g = article("bank", "Power bank 10000mAh", "850760");
    let big = Group { name: "Power bank 20000 mAh".into(), tag: "big".into(), ..g.clone() };
    let case = Group {
        name: "Case for power bank 10000mAh".into(),
        tag: "case".into(),
        kind: GoodsKind::Accessory,
        ..g.clone()
    };
    let mut offers = g.offers(&prices(20, 10.0, 0.1));
    offers.extend(big.offers(&prices(20, 18.0, 0.1)));
    offers.extend(case.offers(&prices(20, 1.5, 0.1)));
    let v = check(offers.clone(), &g.line(), Unit::Piece, 9.5);
    assert_eq!(v.comparators.len(), 20);
    assert_eq!(excluded(&v, ExclusionReason::OtherGoods), 20);
    assert_eq!(excluded(&v, ExclusionReason::Accessory), 20);
    // A declared case is held to cases.
    let v = check(offers, &case.line(), Unit::Piece, 1.4);
    assert_eq!((v.verdict, v.comparators.len()), (VerdictCode::Consistent, 20));
}

#[test]
fn slips_of_the_decimal_point_are_taken_out_first() {
    let g = garlic();
    let mut list = prices(36, 1.18, 0.16);
    for i in [2, 9, 17, 23, 30] {
        list[i] *= 10.0;
    }
    let v = check(g.offers(&list), &g.line(), Unit::Kilogram, 0.55);
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
    assert_eq!(excluded(&v, ExclusionReason::DecimalSlip), 5);
    assert_snapshot!(v.excluded[0].detail, @"about 10 times above the group's median: a slip of the decimal point or of the unit");
}

#[test]
fn quantity_breaks_and_smallest_orders_follow_the_declared_quantity() {
    let g = garlic();
    let mut offers = g.offers(&prices(36, 2.0, 0.1));
    for offer in &mut offers {
        let base = offer.observation.basis_price.low;
        offer.observation.breaks = vec![PriceBreak {
            min_quantity: Decimal::from(1000),
            basis_price: Interval { low: base * decimal(0.6), high: base * decimal(0.6) },
        }];
    }
    offers[0].observation.min_order = Some(Decimal::from(20_000));
    let v = check(offers.clone(), &g.line(), Unit::Kilogram, 1.2);
    let r = v.reference.as_ref().unwrap();
    assert!((r.median / 1.2 - 1.0).abs() < 0.01, "{}", r.median);
    assert_eq!(excluded(&v, ExclusionReason::MinimumOrder), 1);
    let small =
        Declaration { quantity: model::Quantity::new(Decimal::from(30), Unit::Kilogram).ok(), ..g.line() };
    let v = check(offers.clone(), &small, Unit::Kilogram, 1.2);
    assert!((v.reference.unwrap().median / 2.0 - 1.0).abs() < 0.01);
    // Where nothing but the quantity stands between line and offers, it is the quantity that is named.
    for offer in &mut offers {
        offer.observation.min_order = Some(Decimal::from(100));
    }
    let v = check(offers.clone(), &small, Unit::Kilogram, 1.2);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    // A bare price per unit says nothing of the size of the order, and is held to all of them.
    let bare = Declaration { quantity_stated: false, ..small.clone() };
    let open = check(offers, &bare, Unit::Kilogram, 1.2);
    assert_eq!(excluded(&open, ExclusionReason::MinimumOrder), 0);
    assert!((open.reference.unwrap().median / 2.0 - 1.0).abs() < 0.01);
    assert_snapshot!(v.sentence, @"Not enough evidence on goods of the same subheading: no offer of new goods at wholesale is open to the declared quantity: 36 ask for a larger smallest order.");
    assert_snapshot!(v.cures.join("\n"), @"the quantity of the whole line, if it is more than was stated; else offers to buyers of so small a quantity");
}

#[test]
fn the_capture_nearest_to_the_export_date_counts() {
    let g = garlic();
    let mut offers = g.offers(&prices(36, 1.18, 0.16));
    for i in 0..36 {
        let mut old = g.offer(i, 9.0);
        old.observation.id = model::ContentHash::of(format!("old {i}").as_bytes());
        old.observation.capture.captured_at -= chrono::TimeDelta::days(40);
        offers.push(old);
    }
    let v = check(offers, &g.line(), Unit::Kilogram, 1.1);
    assert_eq!(v.verdict, VerdictCode::Consistent);
    assert_eq!(excluded(&v, ExclusionReason::Superseded), 36);
    assert_eq!(v.rungs[1].n_listings, 36);
}

#[test]
fn net_mass_stands_in_where_the_declared_unit_has_no_evidence() {
    let g = garlic();
    let mut price = declared(Unit::Piece, 5.5);
    price.prices.extend(declared(Unit::Kilogram, 0.55).prices);
    let index = index(g.offers(&prices(36, 1.18, 0.16)));
    let v = assess(&index, &g.line(), &price, &Parameters::default());
    assert_eq!(v.verdict, VerdictCode::StrongReasonToAsk);
    assert_eq!(v.declared.unwrap().unit, Unit::Kilogram);
}

#[test]
fn what_comparators_may_be_used_for_in_law() {
    let g = garlic();
    let mut offers = g.offers(&prices(20, 1.18, 0.16));
    let (ke, cn) = ("KE".parse().ok(), "CN".parse().ok());
    for (i, offer) in offers.iter_mut().enumerate() {
        let o = &mut offer.observation;
        match i {
            0 => (o.capture.market, o.origin) = (ke, ke),
            1 => (o.capture.market, o.origin) = (ke, cn),
            2 => o.capture.market = cn,
            3 => o.ships_to = ke.into_iter().collect(),
            4 => o.capture.market = ke,
            5 => o.capture.market = None,
            _ => {}
        }
    }
    let v = check(offers, &g.line(), Unit::Kilogram, 1.1);
    let uses: Vec<&str> = v.comparators[..7].iter().map(|c| c.legal_use.code()).collect();
    assert_eq!(
        uses,
        [
            "risk_only_7_2_a",
            "deductive_lead",
            "risk_only_7_2_c",
            "export_offer",
            "unknown",
            "unknown",
            "risk_only_7_2_e"
        ]
    );
    let said = v.signals.iter().find(|s| s.code.code() == "origin_not_stated").unwrap();
    assert_snapshot!(said.sentence, @"1 offer is made in the importing country (KE) without the origin of the goods: whether they were imported (a lead for Article 5) or made there (Article 7.2(a)) is not known.");
    let mix = &v.reference.unwrap().legal_uses;
    assert!((mix.iter().map(|m| m.share).sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn signals_of_the_line_are_said_once() {
    let g = garlic();
    let line = Declaration {
        description: Some("Fresh garlic, used".into()),
        terms: Some(PriceTerms::Cif),
        ..g.line()
    };
    let v = check(g.offers(&prices(36, 1.18, 0.16)), &line, Unit::Kilogram, 1.1);
    let said: Vec<&str> = v.signals.iter().map(|s| s.sentence.as_str()).collect();
    assert_snapshot!(said.join("\n"), @"
The offers are asking prices as published, with the tax, margin and delivery they include, and the line's price is CIF: part of the difference can lie in the terms.
The description says 'used', the condition is declared as new.
");
}

#[test]
fn the_line_s_own_date_decides_not_today() {
    let g = garlic();
    let line = Declaration { export_date: export_date() - chrono::Days::new(400), ..g.line() };
    let v = check(g.offers(&prices(36, 1.18, 0.16)), &line, Unit::Kilogram, 0.55);
    assert_eq!(v.verdict, VerdictCode::InsufficientEvidence);
    assert_eq!(v.rungs[1].failed, [Gate::Window]);
}

#[test]
fn a_verdict_replays_to_the_same_bytes_and_reads_back() {
    let json = |v: &Verdict| serde_json::to_string(v).unwrap();
    let (a, b) = (garlic_at(0.55), garlic_at(0.55));
    assert_eq!(json(&a), json(&b));
    let back: Verdict = serde_json::from_str(&json(&a)).unwrap();
    assert_eq!(back.verdict, a.verdict);
}

#[test]
fn the_list_of_excluded_offers_is_capped_and_the_counts_are_not() {
    let g = garlic();
    let mut offers = g.offers(&prices(20, 1.18, 0.16));
    let used = Group { tag: "used".into(), condition: Some(Condition::Used), ..g.clone() };
    offers.extend(used.offers(&prices(300, 1.0, 0.2)));
    let v = check(offers, &g.line(), Unit::Kilogram, 1.1);
    assert_eq!(v.excluded.len(), 200);
    assert_eq!(excluded(&v, ExclusionReason::OtherCondition), 300);
    assert_eq!(v.declaration.value, Money::new(Decimal::ONE, model::Currency::EUR));
}
