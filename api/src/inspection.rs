//! Answers of `inspect`: what each reader of the program makes of one text. Pure but for reading
//! the page file that is named; the JSON shapes are a contract (docs/CONTRACTS.md).

pub mod hs;
pub mod identity;

use crate::reading;
use model::{Country, Currency, Listing, Rules, Stated};
use normalizer::price::{PriceHints, PriceReading, PriceStatus};
use normalizer::quantity::QuantityStatus;
use rust_decimal::Decimal;
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
    /// Locale, like `de-DE`: language and market in one.
    #[serde(default)]
    pub locale: Option<String>,
    /// Language of the page, like `de`; before that of the locale.
    #[serde(default)]
    pub language: Option<String>,
    /// Market, an ISO 3166 code like `AT`; before that of the locale and of the address.
    #[serde(default)]
    pub market: Option<Country>,
    /// Address of the page: a country's domain names the market.
    #[serde(default)]
    pub url: Option<String>,
    /// What a bare number or a shared symbol means on this site, an ISO 4217 code.
    #[serde(default)]
    pub default_currency: Option<Currency>,
    /// Other price texts of the same page: they may show its decimal mark.
    #[serde(default)]
    pub beside: Vec<String>,
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
        let hints = PriceHints { language, market, ..PriceHints::of_field(listing, stated.witness.syntax) };
        let reading = normalizer::price::parse(&stated.text, &hints);
        (reading.status != PriceStatus::None).then_some(reading)
    };
    let price = read(&listing.price);
    let amount = |reading: &Option<PriceReading>| reading.as_ref().and_then(|r| r.amount).map(plain);
    let text = |stated: &Option<Stated>| stated.as_ref().map(|s| s.text.clone());
    json!({
        "name": text(&listing.name),
        "price": amount(&price),
        "currency": price.as_ref().and_then(|r| r.currency).map(|c| c.to_string()),
        "currency_raw": price.as_ref().and_then(|r| r.currency_raw.clone()).or_else(|| text(&listing.currency)),
        "price_raw": text(&listing.price),
        "price_status": price.as_ref().map(|r| status_code(r.status)),
        "price_high": amount(&read(&listing.price_high))
            .or_else(|| price.as_ref().and_then(|r| r.high).map(plain)),
        "list_price": amount(&read(&listing.list_price)),
        "availability": text(&listing.availability),
        "sku": text(&listing.sku),
        "gtin": text(&listing.gtin),
        "mpn": text(&listing.mpn),
        "brand": text(&listing.brand),
        "model": text(&listing.model),
        "variant": text(&listing.variant),
        "condition": text(&listing.condition),
        "seller": text(&listing.seller),
        "category": text(&listing.category),
        "quantity_text": text(&listing.quantity_text),
        "weight": text(&listing.weight),
        "price_unit": text(&listing.price_unit),
        "unit_price": text(&listing.unit_price),
        "unit_price_unit": text(&listing.unit_price_unit),
        "tax_included": listing.tax_included.as_ref().map(|t| t.text == "true"),
        "valid_until": text(&listing.valid_until),
        "shipping": text(&listing.shipping),
        "shipping_to": text(&listing.shipping_to),
        "min_order": text(&listing.min_order),
        "quantity_breaks": listing.quantity_breaks.iter()
            .map(|b| json!({ "min_quantity": b.min_quantity.text, "price": b.price.text }))
            .collect::<Vec<_>>(),
        "hs_code": text(&listing.hs_code),
        "origin": text(&listing.origin),
        "date": text(&listing.date),
        "images": listing.images.iter().map(|i| &i.text).collect::<Vec<_>>(),
        "attributes": listing.attributes.iter()
            .map(|(name, value)| json!({ "name": name, "value": value.text }))
            .collect::<Vec<_>>(),
        "confidence": listing.confidence,
        "language": language,
        "url": listing.url.as_deref().or(page_url),
        "agreement": listing.agreement,
        "from": witnesses(listing),
    })
}

/// Where each field came from.
fn witnesses(listing: &Listing) -> Value {
    let mut out = serde_json::Map::new();
    for (field, stated) in [
        ("name", &listing.name),
        ("price", &listing.price),
        ("price_high", &listing.price_high),
        ("currency", &listing.currency),
        ("list_price", &listing.list_price),
        ("availability", &listing.availability),
        ("sku", &listing.sku),
        ("gtin", &listing.gtin),
        ("mpn", &listing.mpn),
        ("brand", &listing.brand),
        ("model", &listing.model),
        ("variant", &listing.variant),
        ("condition", &listing.condition),
        ("seller", &listing.seller),
        ("category", &listing.category),
        ("quantity_text", &listing.quantity_text),
        ("weight", &listing.weight),
        ("price_unit", &listing.price_unit),
        ("unit_price", &listing.unit_price),
        ("unit_price_unit", &listing.unit_price_unit),
        ("tax_included", &listing.tax_included),
        ("valid_until", &listing.valid_until),
        ("shipping", &listing.shipping),
        ("shipping_to", &listing.shipping_to),
        ("min_order", &listing.min_order),
        ("hs_code", &listing.hs_code),
        ("origin", &listing.origin),
        ("date", &listing.date),
        ("description", &listing.description),
    ] {
        if let Some(stated) = stated {
            let witness = &stated.witness;
            out.insert(field.to_owned(), json!(format!("{}: {}", witness.syntax, witness.place)));
        }
    }
    let first = |field: &str, stated: Option<&Stated>, out: &mut serde_json::Map<String, Value>| {
        if let Some(Stated { witness, .. }) = stated {
            out.insert(field.to_owned(), json!(format!("{}: {}", witness.syntax, witness.place)));
        }
    };
    first("quantity_breaks", listing.quantity_breaks.first().map(|step| &step.price), &mut out);
    first("images", listing.images.first(), &mut out);
    Value::Object(out)
}

/// An amount as JSON carries it: a decimal text without needless zeros.
fn plain(amount: Decimal) -> String {
    amount.normalize().to_string()
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
    let beside = || normalizer::price::decimal_mark_among(request.beside.iter().map(String::as_str));
    let of_locale = || request.locale.as_deref().and_then(reading::market_of_locale);
    let of_url = || request.url.as_deref().and_then(reading::market_of_url);
    let hints = PriceHints {
        currency_raw: request.currency_raw.as_deref(),
        decimal_separator: separator.or_else(beside),
        language: request.language.as_deref().or(request.locale.as_deref()),
        market: request.market.or_else(of_locale).or_else(of_url),
        default_currency: request.default_currency,
        ..PriceHints::default()
    };
    let reading = normalizer::price::parse(request.price_raw.as_deref().unwrap_or(""), &hints);
    let mut out = json!({
        "amount": reading.amount.map(plain),
        "currency": reading.currency.map(|c| c.to_string()),
        "currency_raw": reading.currency_raw,
        "status": status_code(reading.status),
    });
    if let Value::Object(map) = &mut out {
        if let Some(high) = reading.high {
            map.insert("high".into(), json!(plain(high)));
        }
        if reading.from {
            map.insert("from".into(), json!(true));
        }
        if reading.currency_ambiguous {
            map.insert("currency_ambiguous".into(), json!(true));
            map.insert("currency_readings".into(), json!(reading.currency_readings));
        }
        if reading.status == PriceStatus::Ambiguous {
            let readings: Vec<String> = reading.readings.iter().copied().map(plain).collect();
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
    let mut out = json!({
        "count": reading.count.map(plain),
        "size": reading.size.map(plain),
        "unit": reading.unit,
        "total": reading.total.map(plain),
        "total_unit": reading.total_unit.map(|u| u.code()),
        "status": match reading.status {
            QuantityStatus::Ok => "ok",
            QuantityStatus::Ambiguous => "ambiguous",
            QuantityStatus::None => "none",
        },
    });
    if let (Value::Object(map), Some(reason)) = (&mut out, reading.reason) {
        map.insert("reason".into(), json!(reason));
        let amount = |quantity: &model::Quantity| json!({"value": plain(quantity.value()), "unit": quantity.unit().code()});
        map.insert("otherwise".into(), reading.otherwise.iter().map(amount).collect());
    }
    out
}

/// Whether a robots.txt allows an address.
pub fn robots(request: &RobotsRequest) -> Value {
    let answer = crawler::robots::inspect(&request.robots, &request.ua, &request.url);
    json!({ "allowed": answer.allowed, "crawl_delay": answer.crawl_delay })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn price_of(request: Value) -> String {
        price(&serde_json::from_value(request).unwrap()).to_string()
    }

    fn quantity_of(text: &str) -> String {
        quantity(&QuantityRequest { text: text.to_owned() }).to_string()
    }

    fn page_of(html: &str, url: Option<&str>) -> Value {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(html.as_bytes()).unwrap();
        page(&PageRequest { file: file.path().to_owned(), url: url.map(str::to_owned) })
    }

    #[test]
    fn language_market_address_and_other_prices_settle() {
        for (request, expected) in [
            (json!({ "price_raw": "3.350", "language": "de" }), ("3350", None)),
            (
                json!({ "price_raw": "$ 3.350", "url": "https://tienda.example.cl/p/1" }),
                ("3350", Some("CLP")),
            ),
            (json!({ "price_raw": "12 kr", "market": "NO" }), ("12", Some("NOK"))),
            (json!({ "price_raw": "£ 12", "default_currency": "EGP" }), ("12", Some("EGP"))),
            (json!({ "price_raw": "3.350 €", "beside": ["1.499,00 €"] }), ("3350", Some("EUR"))),
        ] {
            let answer: Value = serde_json::from_str(&price_of(request)).unwrap();
            assert_eq!(
                (answer["amount"].as_str(), answer["currency"].as_str()),
                (Some(expected.0), expected.1)
            );
            assert_eq!(answer["status"], "ok");
        }
    }

    #[test]
    fn prices_have_one_shape_and_mark_every_doubt() {
        let requests = [
            json!({ "price_raw": "1.299,00 €" }),
            json!({ "price_raw": "3.350" }),
            json!({ "price_raw": "3.350", "locale": "de-DE" }),
            json!({ "price_raw": "3.350", "decimal_separator": ".", "currency_raw": "KWD" }),
            json!({ "price_raw": "from $12.50" }),
            json!({ "price_raw": "£10 - £12" }),
            json!({ "price_raw": "call us" }),
            json!({ "price_raw": null }),
        ];
        let answers: Vec<String> = requests.into_iter().map(price_of).collect();
        insta::assert_snapshot!(answers.join("\n"), @r#"
        {"amount":"1299","currency":"EUR","currency_raw":"€","status":"ok"}
        {"amount":"3350","currency":null,"currency_raw":null,"status":"ambiguous","readings":["3350","3.35"],"reason":"thousands or three decimals: nothing settles which"}
        {"amount":"3350","currency":null,"currency_raw":null,"status":"ok","reason":"the page's language or market groups thousands with this mark"}
        {"amount":"3.35","currency":"KWD","currency_raw":"KWD","status":"ok"}
        {"amount":"12.5","currency":null,"currency_raw":"$","status":"ok","from":true,"currency_ambiguous":true,"currency_readings":["USD","CAD","AUD","NZD","MXN","SGD","HKD","TWD","ARS","CLP","COP","UYU","DOP","JMD","TTD","BBD","BSD","BZD","BMD","BND","FJD","GYD","KYD","LRD","NAD","SBD","SRD","XCD","ZWG"]}
        {"amount":"10","currency":"GBP","currency_raw":"£","status":"ok","high":"12"}
        {"amount":null,"currency":null,"currency_raw":null,"status":"none","reason":"no number that can be a price"}
        {"amount":null,"currency":null,"currency_raw":null,"status":"none","reason":"no number that can be a price"}
        "#);
        assert!(serde_json::from_value::<PriceRequest>(json!({ "price": "1" })).is_err(), "unknown key");
    }

    #[test]
    fn quantities_have_one_shape() {
        let texts = ["6 x 330 ml", "500 g", "pack of 12", "2 pairs", "3.350 kg", "blue"];
        let answers: Vec<String> = texts.into_iter().map(quantity_of).collect();
        insta::assert_snapshot!(answers.join("\n"), @r#"
        {"count":"6","size":"330","unit":"ml","total":"1.98","total_unit":"LTR","status":"ok"}
        {"count":null,"size":"500","unit":"g","total":"0.5","total_unit":"KGM","status":"ok"}
        {"count":"12","size":null,"unit":"u","total":"12","total_unit":"H87","status":"ok"}
        {"count":"2","size":null,"unit":"u","total":"2","total_unit":"NPR","status":"ok"}
        {"count":null,"size":"3.35","unit":"kg","total":"3.35","total_unit":"KGM","status":"ambiguous","reason":"thousands or three decimals: nothing settles which","otherwise":[{"value":"3350","unit":"KGM"}]}
        {"count":null,"size":null,"unit":null,"total":null,"total_unit":null,"status":"none"}
        "#);
    }

    #[test]
    fn a_robots_answer_is_allowed_and_delay() {
        let ask = |url: &str| {
            let robots = "User-agent: *\nCrawl-delay: 2.5\nDisallow: /cart\n".to_owned();
            robots_json(RobotsRequest { robots, ua: "touchstone".into(), url: url.into() })
        };
        assert_eq!(ask("https://a.example/cart/1"), r#"{"allowed":false,"crawl_delay":2.5}"#);
        assert_eq!(ask("/p/1"), r#"{"allowed":true,"crawl_delay":2.5}"#);
        let empty = RobotsRequest { robots: String::new(), ua: "x".into(), url: "/".into() };
        assert_eq!(robots_json(empty), r#"{"allowed":true,"crawl_delay":null}"#);
    }

    fn robots_json(request: RobotsRequest) -> String {
        robots(&request).to_string()
    }

    #[test]
    fn a_page_gives_its_listings_with_every_key() {
        let html = r#"<html lang="de"><head><script type="application/ld+json">
            {"@type": "Product", "name": "Bohrer", "sku": "B-7", "gtin13": "4006381333931", "brand": "Ferro",
             "offers": {"@type": "Offer", "price": "3.350", "priceCurrency": "EUR",
                        "availability": "https://schema.org/InStock"}}
            </script></head><body><h1>Bohrer</h1></body></html>"#;
        let answer = page_of(html, Some("https://shop.example.de/p/7"));
        assert_eq!(keys(&answer), ["file", "listings"]);
        let listing = &answer["listings"][0];
        // The point of markup is the decimal point, whatever the page's language.
        assert_eq!((&listing["price"], &listing["price_raw"]), (&json!("3.35"), &json!("3.350")));
        assert_eq!((&listing["currency"], &listing["price_status"]), (&json!("EUR"), &json!("ok")));
        assert_eq!((&listing["gtin"], &listing["sku"]), (&json!("4006381333931"), &json!("B-7")));
        assert_eq!((&listing["availability"], &listing["language"]), (&json!("InStock"), &json!("de")));
        assert_eq!(listing["list_price"], Value::Null, "absent is null");
        assert_eq!(listing["url"], "https://shop.example.de/p/7");
        assert!(listing["from"]["price"].as_str().unwrap().starts_with("json_ld: "), "{listing}");
        insta::assert_snapshot!(keys(listing).join(" "), @"name price currency currency_raw price_raw price_status price_high list_price availability sku gtin mpn brand model variant condition seller category quantity_text weight price_unit unit_price unit_price_unit tax_included valid_until shipping shipping_to min_order quantity_breaks hs_code origin date images attributes confidence language url agreement from");
    }

    #[test]
    fn a_page_without_offers_and_a_missing_file_say_so() {
        let none = page_of("<html><body><p>Imprint</p></body></html>", None);
        assert_eq!(none["listings"], json!([]));
        let missing = page(&PageRequest { file: "no/such/page.html".into(), url: None });
        assert_eq!(
            missing,
            json!({ "file": "no/such/page.html", "error": "no/such/page.html: no such file or folder" })
        );
    }

    #[test]
    fn pages_of_the_bundled_market_read_the_same_on_both_parsers() {
        use crawler::extract::{extract, extract_by_full_parser};
        use fixture_market::{DEMO_DATE, DEMO_SEED, Market};
        let market = Market::new(DEMO_SEED, DEMO_DATE, 1);
        let (mut pages, mut offers) = (0, 0);
        for host in market.hosts() {
            for path in market.paths(host).take(60) {
                let Some(reply) = market.reply(host, path) else { continue };
                if reply.status != 200 || !reply.content_type.contains("html") {
                    continue;
                }
                let text = crawler::decode::to_text(&reply.body, Some(&reply.content_type)).unwrap().text;
                let url = format!("https://{host}{path}");
                let read = extract(&text, Some(&url), &Rules::default());
                assert_eq!(read, extract_by_full_parser(&text, Some(&url), &Rules::default()), "{url}");
                pages += 1;
                offers += read.listings.len();
            }
        }
        assert!(pages > 100 && offers > pages / 2, "{pages} pages, {offers} offers");
    }
}
