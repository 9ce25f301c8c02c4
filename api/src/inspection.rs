//! Answers of `inspect`: what each reader of the program makes of one text. Pure but for reading
//! the page file that is named; the JSON shapes are a contract (docs/CONTRACTS.md).

use crate::reading;
use model::{Listing, Rules, Stated, Syntax};
use normalizer::price::{PriceHints, PriceReading, PriceStatus};
use normalizer::quantity::QuantityStatus;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A saved page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageRequest {
    /// HTML file, plain or gzip.
    pub file: PathBuf,
    /// Where it was saved from.
    #[serde(default)]
    pub url: Option<String>,
}

/// A price text with what stands around it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRequest {
    /// The price text.
    pub price_raw: Option<String>,
    /// Currency text apart from it.
    #[serde(default)]
    pub currency_raw: Option<String>,
    /// Decimal separator, where known.
    #[serde(default)]
    pub decimal_separator: Option<String>,
    /// Locale, like `de-DE`.
    #[serde(default)]
    pub locale: Option<String>,
}

/// A quantity text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityRequest {
    /// The text.
    pub text: String,
}

/// A question to a robots.txt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotsRequest {
    /// The file's text.
    pub robots: String,
    /// User agent token.
    pub ua: String,
    /// Address or path.
    pub url: String,
}

/// Listings of a saved page.
pub fn page(request: &PageRequest) -> Value {
    let file = request.file.display().to_string();
    let body = match reading::file(&request.file) {
        Ok(body) => body,
        Err(failure) => return json!({ "file": file, "error": failure.message }),
    };
    let text = match crawler::decode::to_text(&body, None) {
        Ok(decoded) => decoded.text,
        Err(error) => return json!({ "file": file, "error": error.to_string() }),
    };
    let extraction = crawler::extract::extract(&text, request.url.as_deref(), &Rules::default());
    let listings: Vec<Value> = extraction
        .listings
        .iter()
        .map(|listing| listing_json(listing, extraction.language.as_deref(), request.url.as_deref()))
        .collect();
    json!({ "file": file, "listings": listings })
}

fn listing_json(listing: &Listing, page_language: Option<&str>, page_url: Option<&str>) -> Value {
    let language = listing.language.as_deref().or(page_language);
    let market = listing.url.as_deref().or(page_url).and_then(reading::market_of_url);
    let read = |stated: &Option<Stated>| -> Option<PriceReading> {
        let stated = stated.as_ref()?;
        let hints = PriceHints {
            currency_raw: listing.currency.as_ref().map(|c| c.text.as_str()),
            language,
            market,
            machine: is_machine(stated.witness.syntax),
            ..PriceHints::default()
        };
        let reading = normalizer::price::parse(&stated.text, &hints);
        (reading.status != PriceStatus::None).then_some(reading)
    };
    let price = read(&listing.price);
    let amount = |reading: &Option<PriceReading>| {
        reading.as_ref().and_then(|r| r.amount).map(|a| a.normalize().to_string())
    };
    let text = |stated: &Option<Stated>| stated.as_ref().map(|s| s.text.clone());
    json!({
        "name": text(&listing.name),
        "price": amount(&price),
        "currency": price.as_ref().and_then(|r| r.currency).map(|c| c.to_string()),
        "currency_raw": price.as_ref().and_then(|r| r.currency_raw.clone()).or_else(|| text(&listing.currency)),
        "price_raw": text(&listing.price),
        "price_status": price.as_ref().map(|r| status_code(r.status)),
        "price_high": amount(&read(&listing.price_high))
            .or_else(|| price.as_ref().and_then(|r| r.high).map(|h| h.normalize().to_string())),
        "list_price": amount(&read(&listing.list_price)),
        "availability": text(&listing.availability),
        "sku": text(&listing.sku),
        "gtin": text(&listing.gtin),
        "mpn": text(&listing.mpn),
        "brand": text(&listing.brand),
        "model": text(&listing.model),
        "condition": text(&listing.condition),
        "seller": text(&listing.seller),
        "category": text(&listing.category),
        "quantity_text": text(&listing.quantity_text),
        "min_order": text(&listing.min_order),
        "quantity_breaks": listing.quantity_breaks.iter()
            .map(|b| json!({ "min_quantity": b.min_quantity.text, "price": b.price.text }))
            .collect::<Vec<_>>(),
        "hs_code": text(&listing.hs_code),
        "origin": text(&listing.origin),
        "language": language,
        "url": listing.url.as_deref().or(page_url),
        "from": witnesses(listing),
    })
}

/// Where the fields that decide a comparison came from.
fn witnesses(listing: &Listing) -> Value {
    let mut out = serde_json::Map::new();
    for (field, stated) in [
        ("name", &listing.name),
        ("price", &listing.price),
        ("currency", &listing.currency),
        ("list_price", &listing.list_price),
        ("availability", &listing.availability),
        ("sku", &listing.sku),
        ("gtin", &listing.gtin),
        ("mpn", &listing.mpn),
        ("brand", &listing.brand),
        ("condition", &listing.condition),
    ] {
        if let Some(stated) = stated {
            let witness = &stated.witness;
            out.insert(field.to_owned(), json!(format!("{}: {}", witness.syntax, witness.place)));
        }
    }
    Value::Object(out)
}

fn is_machine(syntax: Syntax) -> bool {
    !matches!(syntax, Syntax::Visible | Syntax::Rule)
}

fn status_code(status: PriceStatus) -> &'static str {
    match status {
        PriceStatus::Ok => "ok",
        PriceStatus::Ambiguous => "ambiguous",
        PriceStatus::None => "none",
    }
}

/// Amount and currency of a price text.
pub fn price(request: &PriceRequest) -> Value {
    let separator = request.decimal_separator.as_deref().and_then(|s| s.chars().next());
    let hints = PriceHints {
        currency_raw: request.currency_raw.as_deref(),
        decimal_separator: separator,
        language: request.locale.as_deref(),
        market: request.locale.as_deref().and_then(reading::market_of_locale),
        ..PriceHints::default()
    };
    let reading = normalizer::price::parse(request.price_raw.as_deref().unwrap_or(""), &hints);
    let mut out = json!({
        "amount": reading.amount.map(|a| a.normalize().to_string()),
        "currency": reading.currency.map(|c| c.to_string()),
        "currency_raw": reading.currency_raw,
        "status": status_code(reading.status),
    });
    if let Value::Object(map) = &mut out {
        if let Some(high) = reading.high {
            map.insert("high".into(), json!(high.normalize().to_string()));
        }
        if reading.from {
            map.insert("from".into(), json!(true));
        }
        if reading.currency_ambiguous {
            map.insert("currency_ambiguous".into(), json!(true));
        }
        if reading.status == PriceStatus::Ambiguous {
            let readings: Vec<String> = reading.readings.iter().map(|r| r.normalize().to_string()).collect();
            map.insert("readings".into(), json!(readings));
        }
        if let Some(reason) = reading.reason {
            map.insert("reason".into(), json!(reason));
        }
    }
    out
}

/// Count, size and unit of a quantity text.
pub fn quantity(request: &QuantityRequest) -> Value {
    let reading = normalizer::quantity::parse(&request.text);
    let plain = |d: Option<rust_decimal::Decimal>| d.map(|d| d.normalize().to_string());
    let mut out = json!({
        "count": plain(reading.count),
        "size": plain(reading.size),
        "unit": reading.unit,
        "total": plain(reading.total),
        "total_unit": reading.total_unit.map(|u| u.code()),
        "status": match reading.status {
            QuantityStatus::Ok => "ok",
            QuantityStatus::Ambiguous => "ambiguous",
            QuantityStatus::None => "none",
        },
    });
    if let (Value::Object(map), Some(reason)) = (&mut out, reading.reason) {
        map.insert("reason".into(), json!(reason));
    }
    out
}

/// Whether a robots.txt allows an address.
pub fn robots(request: &RobotsRequest) -> Value {
    let answer = crawler::robots::inspect(&request.robots, &request.ua, &request.url);
    json!({ "allowed": answer.allowed, "crawl_delay": answer.crawl_delay })
}
