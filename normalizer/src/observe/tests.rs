use super::*;
use chrono::{TimeZone, Utc};
use model::{ContentHash, Country, Currency, GoodsKind, HsCode, ListedCategory, QuantityBreak, Syntax, Unit};

fn stated(text: &str, syntax: Syntax) -> Option<Stated> {
    Some(Stated::new(text, syntax, "place"))
}
fn json(text: &str) -> Option<Stated> {
    stated(text, Syntax::JsonLd)
}
fn seen(text: &str) -> Option<Stated> {
    stated(text, Syntax::Visible)
}
fn country(code: &str) -> Option<Country> {
    Some(code.parse().unwrap())
}
fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn capture() -> Capture {
    Capture {
        source_id: "laden".into(),
        site: "laden.example".into(),
        page_url: Some("https://laden.example/p/1".into()),
        captured_at: Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap(),
        page_hash: None,
        archive: None,
        market: country("DE"),
        default_currency: Some(Currency::EUR),
        language: Some("de".into()),
    }
}
fn listing() -> Listing {
    Listing {
        url: Some("https://laden.example/p/1".into()),
        name: seen("Kopfhörer Aurora X2, generalüberholt"),
        price: seen("1.299,00 €"),
        ..Listing::default()
    }
}
fn run(listing: &Listing) -> Result<Observation, Rejection> {
    normalize(listing, &capture(), &Facts::default(), &Knowledge::builtin())
}
fn told(observation: &Observation) -> String {
    let lines: Vec<String> = observation
        .explain
        .iter()
        .map(|step| format!("{}: '{}' → {}", step.what, step.from, step.result))
        .collect();
    lines.join("\n")
}
fn refused(listing: &Listing) -> String {
    let rejection = run(listing).unwrap_err();
    format!("{}: {}", rejection.reason, rejection.detail)
}

#[test]
fn every_step_is_told() {
    let mut listing = listing();
    listing.gtin = json("4006381333931");
    listing.min_order = seen("ab 1 Stück");
    listing.origin = seen("Made in China");
    let observation = run(&listing).unwrap();
    insta::assert_snapshot!(told(&observation), @"
currency: '€' → EUR
price: '1.299,00 €' → 1299.00 EUR
minimum order: 'ab 1 Stück' → 1
quantity: '' → 1 u (one piece assumed: no size or pack is stated)
condition: 'generaluberholt' → refurbished (word of the title)
commercial level: '' → retail (assumed: no minimum order, no prices by quantity)
gtin: '4006381333931' → 4006381333931
hs code: 'kopfhorer' → 8518.30 (keyword)
origin: 'Made in China' → CN
");
    assert_eq!(observation.price.amount, d("1299"));
    assert_eq!(observation.condition, Some(Condition::Refurbished));
    assert_eq!(observation.basis.name, "offer");
    assert_eq!(observation.basis_price.low, d("1299"));
    assert_eq!(observation.quantities[0].unit(), Unit::Piece);
    assert_eq!(observation.origin, country("CN"));
}

#[test]
fn refusals_say_why() {
    let with = |price: &str, currency: Option<&str>| Listing {
        price: seen(price),
        currency: currency.and_then(seen),
        ..listing()
    };
    insta::assert_snapshot!(refused(&with("ab 12,00 €", None)), @"from_price: 'ab 12,00 €' is a lower bound, not a price");
    insta::assert_snapshot!(refused(&with("0,00 €", None)), @"not_positive: '0,00 €' reads as 0.00: not above zero");
    insta::assert_snapshot!(refused(&with("auf Anfrage", None)), @"bad_price: 'auf Anfrage' is not a price");
    insta::assert_snapshot!(refused(&with("12,00 $", None)), @"ambiguous_currency: '$' may mean USD, CAD, AUD or 26 more currencies; state the currency or market in the source's file");
    insta::assert_snapshot!(refused(&with("12,00 £", Some("USD"))), @"ambiguous_currency: the price '12,00 £' is in GBP, the currency field says 'USD'");
    insta::assert_snapshot!(refused(&Listing { price: None, ..listing() }), @"no_price: the offer states no price");
    insta::assert_snapshot!(refused(&Listing { name: seen(" "), ..listing() }), @"no_name: the offer has no title");
    insta::assert_snapshot!(refused(&Listing { hs_code: seen("850799"), ..listing() }), @"unknown_hs_code: HS 2022 has no code '850799'; the nearest are 8507.90");
    let mut nowhere = capture();
    (nowhere.market, nowhere.language) = (None, None);
    let rejection =
        normalize(&with("3.350", None), &nowhere, &Facts::default(), &Knowledge::builtin()).unwrap_err();
    insta::assert_snapshot!(format!("{}: {}", rejection.reason, rejection.detail), @"ambiguous_price: '3.350' reads as 3350 or 3.350: thousands or three decimals: nothing settles which");
    nowhere.default_currency = None;
    let rejection =
        normalize(&with("33,50", None), &nowhere, &Facts::default(), &Knowledge::builtin()).unwrap_err();
    insta::assert_snapshot!(format!("{}: {}", rejection.reason, rejection.detail), @"no_currency: '33,50' has no currency; state it in the list or the source's file");
}

#[test]
fn markup_is_taken_at_its_word_and_a_column_by_the_hints() {
    let price = |syntax| {
        let listing = Listing { price: stated("3.350", syntax), ..listing() };
        run(&listing).unwrap().price.amount
    };
    assert_eq!(price(Syntax::JsonLd), d("3.350"));
    assert_eq!(price(Syntax::Import), d("3350"));
    assert_eq!(price(Syntax::Visible), d("3350"));
}

#[test]
fn a_shared_symbol_is_settled_by_the_field_the_file_or_the_market() {
    let mut listing = listing();
    listing.price = seen("$ 12.50");
    listing.currency = seen("CAD");
    assert_eq!(run(&listing).unwrap().price.currency.as_str(), "CAD");
    listing.currency = None;
    let mut capture = capture();
    capture.market = country("AU");
    let run = |capture: &Capture| normalize(&listing, capture, &Facts::default(), &Knowledge::default());
    assert_eq!(run(&capture).unwrap().price.currency.as_str(), "AUD");
    capture.default_currency = Some(Currency::USD);
    assert_eq!(run(&capture).unwrap().price.currency.as_str(), "USD");
}

#[test]
fn the_same_offer_on_the_same_day_has_the_same_identity() {
    let first = run(&listing()).unwrap().id;
    let mut later = capture();
    later.captured_at = Utc.with_ymd_and_hms(2026, 3, 1, 22, 0, 0).unwrap();
    later.page_hash = Some(ContentHash::of(b"another page"));
    let again = normalize(&listing(), &later, &Facts::default(), &Knowledge::builtin()).unwrap().id;
    assert_eq!(first, again);
    let other = Listing { price: seen("1.298,00 €"), ..listing() };
    assert_ne!(first, run(&other).unwrap().id);
}

#[test]
fn quantity_breaks_make_it_wholesale() {
    let step = |least: &str, price: &str| QuantityBreak {
        min_quantity: Stated::new(least, Syntax::Visible, "row"),
        price: Stated::new(price, Syntax::Visible, "row"),
    };
    let mut listing = listing();
    listing.quantity_breaks = vec![step("1.000+", "9,10 €"), step("100-999", "9,80 €")];
    listing.price = None;
    let observation = run(&listing).unwrap();
    assert_eq!(observation.level, CommercialLevel::Wholesale);
    let breaks: Vec<String> =
        observation.breaks.iter().map(|b| format!("{} {}", b.min_quantity, b.basis_price.low)).collect();
    assert_eq!(breaks, ["100 9.80", "1000 9.10"]);
    let listing = Listing { min_order: seen("50 Stück"), ..super::tests::listing() };
    let observation = run(&listing).unwrap();
    assert_eq!((observation.level, observation.min_order), (CommercialLevel::Wholesale, Some(d("50"))));
}

#[test]
fn the_selling_unit() {
    let unit = |listing: &Listing| {
        let quantities = run(listing).unwrap().quantities;
        quantities.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let named = |name: &str| Listing { name: seen(name), ..listing() };
    assert_eq!(unit(&named("Cola 6 x 330 ml")), "1.98 l, 6 u");
    assert_eq!(unit(&named("Reis 5 kg")), "5 kg, 1 u");
    assert_eq!(unit(&named("Socken 3 Paar")), "3 2u");
    assert_eq!(unit(&named("Lampe")), "1 u");
    assert_eq!(unit(&Listing { quantity_text: seen("500 g"), ..named("Kaffee 1 kg") }), "0.5 kg, 1 u");
    assert_eq!(unit(&Listing { price_unit: seen("€/100 g"), ..named("Käse") }), "0.1 kg");
    assert_eq!(unit(&Listing { price_unit: seen("per kg"), ..named("Knoblauch 10 kg") }), "1 kg");
    assert_eq!(unit(&Listing { price_unit: seen("KGM"), ..named("Knoblauch") }), "1 kg");
    assert_eq!(unit(&Listing { price: seen("12,50 €/kg"), ..named("Käse") }), "1 kg");
    assert_eq!(unit(&Listing { price: seen("12,50 € pro 1000 Stück"), ..named("Schrauben") }), "1000 u");
    // The weight in markup may be the parcel's: the title prevails.
    let weighed = |name: &str, weight: &str| Listing { weight: seen(weight), ..named(name) };
    assert_eq!(unit(&weighed("Cola 6 x 330 ml", "2.4 kg")), "1.98 l, 6 u");
    assert_eq!(unit(&weighed("Reis 5 kg", "1 kg")), "5 kg, 1 u");
    assert_eq!(unit(&weighed("Eier 12 Stück", "0.7 kg")), "12 u");
    assert_eq!(unit(&weighed("Knoblauch lose", "10 kg")), "10 kg, 1 u");
    assert_eq!(unit(&weighed("Lampe", "0 kg")), "1 u");
    assert_eq!(unit(&weighed("Lampe", "1.500 kg")), "1 u");
    // A title in doubt of its size is a piece; in doubt of its pieces it is nothing that can be compared.
    assert_eq!(unit(&named("Reis 1.500 kg")), "1 u");
    assert_eq!(unit(&named("Eier 10 Stück 600 g")), "0.6 kg, 10 u");
    for title in ["Soap 100 g buy 2 get 1", "Shampoo 400 ml 2 pcs", "Lleve 3 pague 2 jabón"] {
        assert_eq!(run(&named(title)).unwrap_err().reason, RejectionReason::AmbiguousQuantity, "{title}");
    }
    let doubtful = Listing { quantity_text: seen("1.000 kg"), ..listing() };
    assert_eq!(run(&doubtful).unwrap_err().reason, RejectionReason::AmbiguousQuantity);
}

#[test]
fn codes_come_from_the_seller_the_category_or_the_words() {
    let code = |listing: &Listing, facts: &Facts| {
        let observation = normalize(listing, &capture(), facts, &Knowledge::builtin()).unwrap();
        observation.hs.map(|hs| format!("{} {}", hs.dotted(), observation.hs_witness.unwrap().how))
    };
    let facts = Facts {
        categories: vec![ListedCategory {
            contains: "Kopfhörer".into(),
            hs: HsCode::parse("851830").unwrap(),
        }],
        ..Facts::default()
    };
    let none = Facts::default();
    let categorized = Listing { category: seen("Audio > KOPFHÖRER"), ..listing() };
    assert_eq!(
        code(&Listing { hs_code: seen("8518.30.95"), ..categorized.clone() }, &facts).as_deref(),
        Some("8518.30.95 stated")
    );
    assert_eq!(code(&categorized, &facts).as_deref(), Some("8518.30 default"));
    let named = |name: &str| Listing { name: seen(name), ..listing() };
    assert_eq!(code(&named("Power Bank 10000 mAh"), &none).as_deref(), Some("8507.60 keyword"));
    assert_eq!(code(&named("Ding ohne Namen"), &none), None);
    // A keyword that names only what an accessory fits decides nothing: the model may.
    for name in ["Case for power bank", "Air conditioner vent grille cover"] {
        let told = code(&named(name), &none);
        assert!(
            told.is_none_or(|told| told.ends_with("classified") && !told.starts_with("8507.60")),
            "{name}"
        );
    }
    assert_eq!(code(&named("Phone case for Aurora X2"), &none).as_deref(), Some("3926.90 keyword"));
}

#[test]
fn private_sellers_are_hashed() {
    let facts = Facts { private_sellers: true, ..Facts::default() };
    let listing = Listing { seller: seen("Erika Mustermann"), ..listing() };
    let keyed = Knowledge { seller_key: Some(b"key".to_vec()), ..Knowledge::default() };
    let seller = |knowledge: &Knowledge| normalize(&listing, &capture(), &facts, knowledge).unwrap();
    let observation = seller(&keyed);
    assert!(observation.seller.starts_with("private:") && observation.seller.len() == 20);
    assert!(!format!("{observation:?}").contains("Erika"));
    assert_eq!(seller(&Knowledge::default()).seller, "private:laden.example");
    assert_eq!(run(&listing).unwrap().seller, "Erika Mustermann");
}

#[test]
fn accessories_and_bundles_are_told_apart() {
    let kind = |name: &str| run(&Listing { name: seen(name), ..listing() }).unwrap().kind;
    assert_eq!(kind("Hülle für iPhone 13"), GoodsKind::Accessory);
    assert_eq!(kind("Konsole + 2 Spiele"), GoodsKind::Bundle);
    assert_eq!(kind("Konsole"), GoodsKind::Article);
}

#[test]
fn a_recipe_brings_the_price_to_cif() {
    let knowledge = Knowledge { markets: vec![crate::basis::tests::worked_case()], ..Knowledge::default() };
    let mut capture = capture();
    capture.market = country("GB");
    let listing = Listing { price: seen("£23.90"), ..listing() };
    let observation = normalize(&listing, &capture, &Facts::default(), &knowledge).unwrap();
    assert_eq!(observation.basis.name, "cif");
    assert_eq!(observation.basis_price.low.round_dp(2), d("9.65"));
    assert_eq!(observation.basis_price.high.round_dp(2), d("13.20"));
    let euros = Listing { price: seen("23,90 €"), ..listing };
    assert_eq!(normalize(&euros, &capture, &Facts::default(), &knowledge).unwrap().basis.name, "offer");
}

proptest::proptest! {
    #[test]
    fn never_panics(name in "\\PC{1,40}", price in "\\PC{0,20}", quantity in "\\PC{0,20}", unit in "\\PC{0,12}", hs in "[0-9. ]{0,14}") {
        let listing = Listing {
            name: seen(&name), price: seen(&price), quantity_text: seen(&quantity), price_unit: seen(&unit), hs_code: seen(&hs), ..Listing::default()
        };
        if let Ok(observation) = run(&listing) {
            proptest::prop_assert!(observation.price.amount > Decimal::ZERO);
            proptest::prop_assert!(!observation.quantities.is_empty());
            proptest::prop_assert!(observation.basis_price.low <= observation.basis_price.high);
        }
    }
}

#[test]
fn a_price_with_two_readings_is_refused_with_both() {
    let unsettled = Capture { language: None, market: None, ..capture() };
    let run = |price: &str, list: Option<&str>, capture: &Capture| {
        let listing = Listing { price: seen(price), list_price: list.and_then(seen), ..listing() };
        normalize(&listing, capture, &Facts::default(), &Knowledge::builtin())
            .map(|observation| observation.price.to_string())
            .map_err(|rejection| format!("{}: {}", rejection.reason, rejection.detail))
    };
    let refused = run("1.299 €", None, &unsettled).unwrap_err();
    assert!(refused.starts_with("ambiguous_price: '1.299 €' reads as 1299 or 1.299:"), "{refused}");
    let refused = run("12 x 9,90 €", None, &unsettled).unwrap_err();
    assert!(refused.contains("reads as 9.90 or 118.80"), "{refused}");
    // The page's language, or another price of the same offer, settles it.
    assert!(run("1.299 €", None, &capture()).is_ok());
    assert!(run("1.299 €", Some("1.499,00 €"), &unsettled).is_ok());
    assert!(run("1.299 €", Some("1,499.00 €"), &unsettled).is_ok());
    let shared = Capture { default_currency: None, ..unsettled.clone() };
    let refused = run("12.90 kr", None, &shared).unwrap_err();
    assert!(refused.contains("'kr' may mean SEK, NOK, DKK or ISK"), "{refused}");
    let refused = run("$12.90", None, &shared).unwrap_err();
    assert!(refused.contains("'$' may mean USD, CAD, AUD or 2"), "{refused}");
}

#[test]
fn goods_are_identified_by_what_holds_across_shops() {
    let named = |name: &str, gtin: Option<&str>| {
        let listing =
            Listing { name: seen(name), gtin: gtin.and_then(json), price: seen("12,00 €"), ..listing() };
        run(&listing).unwrap()
    };
    let found = named("LG UltraGear 27GP850-B 27\" QHD", None);
    assert_eq!((found.brand.as_deref(), found.model.as_deref()), (Some("lg"), Some("27gp850b")));
    assert!(told(&found).contains("designation in the title"), "{}", told(&found));
    // What an accessory fits is not what is sold.
    let case = named("Silicone case for Apple iPhone 13", None);
    assert_eq!((case.brand, case.model, case.kind), (None, None, GoodsKind::Accessory));
    // A number of the shop's own, one that fills the field, and one that holds everywhere.
    assert_eq!(named("Cup", Some("2012345678900")).gtin, None);
    assert_eq!(named("Cup", Some("1234567890128")).gtin, None);
    assert_eq!(named("Cup", Some("4006381333931")).gtin.unwrap().printed(), "4006381333931");
}

#[test]
fn words_of_trade_make_it_wholesale() {
    let listing =
        Listing { name: seen("Powerbank wholesale MOQ 500 pcs"), price: seen("5,40 €"), ..listing() };
    let found = run(&listing).unwrap();
    assert_eq!((found.level, found.min_order), (CommercialLevel::Wholesale, Some(d("500"))));
}

#[test]
fn a_listing_read_with_less_confidence_than_asked_is_refused_with_its_price_and_name() {
    let knowledge = Knowledge { min_confidence: model::Confidence::new(0.6), ..Knowledge::builtin() };
    let with =
        |share: Option<f64>| Listing { confidence: share.and_then(model::Confidence::new), ..listing() };
    let read = |share| normalize(&with(share), &capture(), &Facts::default(), &knowledge);
    let refused = read(Some(0.599)).unwrap_err();
    assert_eq!(refused.reason, RejectionReason::LowConfidence);
    let (price, name) = (listing().price.unwrap().text, listing().name.unwrap().text);
    assert!(refused.detail.contains(&price) && refused.detail.contains(&name), "{}", refused.detail);
    assert!(refused.detail.contains("0.599, below 0.6"), "{}", refused.detail);
    assert_eq!(read(Some(0.6)).unwrap().confidence, model::Confidence::new(0.6));
    assert_eq!(read(None).unwrap().confidence, None, "lists and feeds state their fields");
}
