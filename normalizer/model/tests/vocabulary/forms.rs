//! Whole values in JSON: a document with every key is read and written back the same, so no key
//! can be renamed, lost or given another form unnoticed.

use model::{
    Clock, Comparable, Declaration, Exclusion, FixedClock, GroupSummary, Listing, Observation, Rejection,
    Verdict,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads the document, writes it and compares; then again from the written text.
fn comes_back<T: DeserializeOwned + Serialize>(document: &Value) -> T {
    let read: T = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&read).unwrap(), document);
    let text = serde_json::to_string(&read).unwrap();
    let again: T = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text, "the same bytes");
    read
}

/// The keys of a document are those of the type's schema: the examples below leave none out.
fn has_every_key<T: schemars::JsonSchema>(document: &Value) {
    let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    for key in &keys {
        assert!(document.get(key.as_str()).is_some(), "the example lacks '{key}'");
    }
    assert_eq!(keys.len(), document.as_object().unwrap().len());
}

const HASH: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

fn rate() -> Value {
    json!({ "from": "KES", "to": "EUR", "rate": "0.0067", "date": "2026-09-11", "source": "ECB" })
}

fn archive() -> Value {
    json!({ "file": "corner-shop-20260911.warc.gz", "offset": 4711 })
}

fn stated(text: &str) -> Value {
    json!({ "text": text, "witness": { "syntax": "json_ld", "place": "script[0]/name" } })
}

fn listing() -> Value {
    let mut document = json!({
        "url": "https://shop.example/p/1", "language": "en",
        "quantity_breaks": [{ "min_quantity": stated("100"), "price": stated("0.55") }],
        "attributes": [["colour", stated("white")]],
        "images": [stated("https://shop.example/1.jpg")],
        "agreement": {
            "price": { "witnesses": 3, "agree": 2, "disagree": 1 },
            "name": { "witnesses": 2, "agree": 2, "disagree": 0 },
            "currency": { "witnesses": 1, "agree": 1, "disagree": 0 },
        },
        "confidence": 0.925,
    });
    for field in [
        "name",
        "price",
        "price_high",
        "list_price",
        "currency",
        "availability",
        "sku",
        "gtin",
        "mpn",
        "brand",
        "model",
        "condition",
        "seller",
        "category",
        "quantity_text",
        "price_unit",
        "min_order",
        "hs_code",
        "origin",
        "description",
        "variant",
        "weight",
        "shipping",
        "shipping_to",
        "unit_price",
        "unit_price_unit",
        "tax_included",
        "valid_until",
        "date",
    ] {
        document[field] = stated(field);
    }
    document
}

fn observation() -> Value {
    json!({
        "id": HASH,
        "capture": {
            "source_id": "corner-shop", "site": "shop.example", "page_url": "https://shop.example/p/1",
            "captured_at": "2026-09-11T08:30:00Z", "page_hash": HASH, "archive": archive(),
            "market": "KE", "default_currency": "KES", "language": "en",
        },
        "url": "https://shop.example/p/1",
        "name": "Garlic, 500 g", "seller": "Corner shop", "brand": "Weissgold", "model": "G-1",
        "gtin": "04006381333931", "hs": "070320",
        "hs_witness": { "how": "stated", "why": "column hs6" },
        "condition": "new", "level": "retail", "kind": "article",
        "price": { "amount": "120.00", "currency": "KES" }, "price_high": "130",
        "quantities": [{ "value": "0.5", "unit": "KGM" }, { "value": "1", "unit": "H87" }],
        "min_order": "10",
        "breaks": [{ "min_quantity": "100", "basis_price": { "low": "60", "high": "75.5" } }],
        "basis_price": { "low": "80", "high": "95" },
        "basis": {
            "name": "cif", "recipe": "kenya 2026-01",
            "steps": [{
                "what": "VAT", "operation": "divide", "input": { "low": "120", "high": "120" },
                "rate": { "low": "0.16", "high": "0.16" }, "source": "Finance Act",
                "illustrative": true, "output": { "low": "103.45", "high": "103.45" },
            }],
        },
        "origin": "CN", "ships_to": ["KE", "UG"], "availability": "InStock", "confidence": 0.925,
        "explain": [{ "what": "price", "from": "KSh 120", "result": "120.00 KES", "syntax": "visible" }],
    })
}

fn declaration() -> Value {
    json!({
        "line": "17", "hs": "0703200090", "description": "fresh garlic", "brand": null, "model": null,
        "gtin": null, "condition": "new", "level": "wholesale",
        "value": { "amount": "550.00", "currency": "USD" },
        "quantity": { "value": "1000", "unit": "KGM" }, "quantity_stated": true, "net_mass": "1000", "piece_mass": "0.060",
        "export_date": "2026-09-10", "origin": "CN", "export_country": "CN", "import_country": "KE",
        "transaction": "sale", "terms": "cif", "importer": null,
    })
}

fn group() -> Value {
    json!({
        "key": { "hs6": "070320", "unit": "KGM", "condition": "new", "level": "wholesale" },
        "n_listings": 40, "n_sellers": 36, "n_sites": 2, "n_eff": 36.0, "top_seller_share": 0.05,
        "first_day": "2026-08-01", "last_day": "2026-09-11",
        "p10": 0.9, "q1": 1.05, "median": 1.18, "q3": 1.31, "p90": 1.5, "log_spread": 0.17,
    })
}

fn verdict() -> Value {
    json!({
        "version": 3, "verdict": "strong_reason_to_ask", "sentence": "Far below.", "caveat": model::CAVEAT,
        "declaration": declaration(),
        "declared": {
            "unit": "KGM", "declared": { "amount": "0.55", "currency": "USD" }, "amount": "0.51", "rate": rate(),
        },
        "snapshot": HASH, "parameters": HASH,
        "reference": {
            "rung": "similar", "label": "garlic", "unit": "KGM", "currency": "EUR", "basis": "offer",
            "condition": "new", "level": "wholesale", "n_listings": 40, "n_sellers": 36, "n_sites": 2,
            "n_eff": 36.0, "window": { "from": "2026-06-12", "to": "2026-12-09", "days": 90 },
            "lowest": 0.8, "p05": 0.85, "p10": 0.9, "q1": 1.05, "median": 1.18, "q3": 1.31, "p90": 1.5,
            "highest": 2.1, "median_high": 1.2, "log_spread": 0.17, "predictive_sd": 0.2,
            "detectable_ratio": 0.71, "markets": [{ "what": "KE", "share": 1.0 }],
            "legal_uses": [{ "what": "deductive_lead", "share": 1.0 }],
            "segments": [{
                "label": "brand A", "n_eff": 12.0, "median": 1.1, "ratio": 0.46, "p_lower": 0.07,
                "verdict": "low_review",
            }],
        },
        "ratio": 0.43, "ratio_high": 0.42, "p_lower": 0.027, "p_upper": 1.0, "smallest_p": 0.027,
        "z": -4.9, "z_high": -5.0, "percentile": 0.0, "percentile_interval": [0.0, 7.5],
        "calibrated": {
            "p_lower": 0.004, "p_upper": 1.0, "smallest_p": 0.002, "ranks": 512.5, "groups": 60,
            "of_heading": true, "borrowed": false
        },
        "signals": [{ "code": "half_of_cleaned_offer_average", "sentence": "Below half." }],
        "ask": ["How was the price agreed?"], "cures": [],
        "rungs": [{
            "rung": "identical", "n_listings": 0, "n_sellers": 0, "n_sites": 0, "n_eff": 0.0,
            "smallest_p": null, "failed": ["not_stated"], "sentence": "No GTIN.",
        }],
        "comparators": [{
            "observation": HASH, "name": "Garlic", "site": "shop.example", "seller": "Corner shop",
            "url": "https://shop.example/p/1", "captured_at": "2026-09-11T08:30:00Z", "page_hash": HASH,
            "archive": archive(), "offered": "120.00 KES for 0.5 kg",
            "unit_price": { "low": "1.2", "high": "1.3" }, "rate": rate(), "weight": 1.0, "market": "KE",
            "similarity": 0.9, "matched": [{ "by": "translation", "declared": "knoblauch", "offered": "garlic" }],
            "legal_use": "deductive_lead", "steps": ["120.00 KES"],
        }],
        "excluded": [{
            "observation": HASH, "name": "Garlic press", "site": "shop.example", "seller": "Corner shop",
            "url": null, "captured_at": "2026-09-11T08:30:00Z", "page_hash": null, "offered": "3 EUR",
            "reason": "accessory", "detail": "An accessory.",
        }],
        "excluded_counts": [["accessory", 1]],
        "comparators_total": 40, "excluded_total": 1,
        "made": {
            "program": "0.1.0", "method": 5, "parameters": { "window_days": 90, "reason_p": 0.05 }, "publishers": ["customs"],
            "hs_model": HASH, "comparators": 100,
        },
    })
}

#[test]
fn a_listing_comes_back() {
    has_every_key::<Listing>(&listing());
    comes_back::<Listing>(&listing());
    assert_eq!(
        serde_json::from_str::<Listing>("{}").unwrap(),
        Listing::default(),
        "every field may be absent"
    );
}

#[test]
fn an_observation_comes_back() {
    has_every_key::<Observation>(&observation());
    let read: Observation = comes_back(&observation());
    assert_eq!(read.price.amount.to_string(), "120.00", "the amount keeps its decimals");
}

#[test]
fn a_rejection_comes_back() {
    let document = json!({
        "reason": "ambiguous_price", "detail": "'3.350' reads as 3350 or 3.350", "source_id": "corner-shop",
        "place": "prices.csv:17", "page_hash": null, "seen_at": "2026-09-11T08:30:00Z",
    });
    has_every_key::<Rejection>(&document);
    comes_back::<Rejection>(&document);
}

#[test]
fn the_parts_of_a_snapshot_come_back() {
    let comparable = json!({
        "observation": observation(),
        "unit_prices": [{ "unit": "KGM", "low": "1.07", "high": "1.27" }],
        "rate": rate(),
    });
    has_every_key::<Comparable>(&comparable);
    comes_back::<Comparable>(&comparable);
    let exclusion = json!({ "observation": HASH, "reason": "no_exchange_rate", "detail": "no rate for KES" });
    has_every_key::<Exclusion>(&exclusion);
    comes_back::<Exclusion>(&exclusion);
    has_every_key::<GroupSummary>(&group());
    comes_back::<GroupSummary>(&group());
}

#[test]
fn a_declaration_comes_back() {
    has_every_key::<Declaration>(&declaration());
    let read: Declaration = comes_back(&declaration());
    assert_eq!(read.hs.subheading().unwrap().dotted(), "0703.20");
}

#[test]
fn a_verdict_comes_back() {
    has_every_key::<Verdict>(&verdict());
    has_every_key::<model::Reference>(&verdict()["reference"]);
    has_every_key::<model::RungTried>(&verdict()["rungs"][0]);
    has_every_key::<model::Comparator>(&verdict()["comparators"][0]);
    has_every_key::<model::ExcludedOffer>(&verdict()["excluded"][0]);
    comes_back::<Verdict>(&verdict());
}

#[test]
fn a_clock_that_stands_still_tells_noon() {
    let clock = FixedClock::noon("2026-09-15".parse().unwrap());
    assert_eq!(clock.now().to_rfc3339(), "2026-09-15T12:00:00+00:00");
    assert_eq!(clock.today().to_string(), "2026-09-15");
}
