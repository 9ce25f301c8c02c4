//! Answers of `inspect identity`: what a title names, whether two titles name the same goods, and
//! which titles of a list do. The JSON shapes are a contract (docs/CONTRACTS.md).

use normalizer::identity::{self, IdentityKey, Strength, Title};
use normalizer::{condition, level};
use serde::Deserialize;
use serde_json::{Value, json};

/// One title, or two.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The title.
    pub a: String,
    /// The title it is held against.
    #[serde(default)]
    pub b: Option<String>,
    /// Brand of the first, where stated.
    #[serde(default)]
    pub a_brand: Option<String>,
    /// Brand of the second, where stated.
    #[serde(default)]
    pub b_brand: Option<String>,
}

impl Request {
    /// Titles alone.
    pub fn of(a: String, b: Option<String>) -> Self {
        Request { a, b, a_brand: None, b_brand: None }
    }
}

/// An offer of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    name: String,
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    gtin: Option<String>,
    #[serde(default)]
    seller: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

/// What the titles name, and where there are two, whether it is the same.
pub fn answer(request: &Request) -> Value {
    let a = Title::read(&request.a, request.a_brand.as_deref());
    let Some(second) = &request.b else {
        return named(&request.a, request.a_brand.as_deref(), None, None, &a);
    };
    let b = Title::read(second, request.b_brand.as_deref());
    let compared = identity::compare(&a, &b);
    json!({
        "answer": compared.answer.code(),
        "score": (compared.score * 1000.0).round() / 1000.0,
        "why": compared.why,
        "a": named(&request.a, request.a_brand.as_deref(), None, None, &a),
        "b": named(second, request.b_brand.as_deref(), None, None, &b),
    })
}

fn named(
    name: &str,
    brand: Option<&str>,
    model: Option<&str>,
    gtin: Option<&model::Gtin>,
    title: &Title,
) -> Value {
    let key = IdentityKey::of(name, brand, model, gtin);
    let strength = match key.strength {
        Strength::Gtin => "gtin",
        Strength::BrandAndModel => "brand_and_model",
        Strength::BrandAndDesignation => "brand_and_designation",
        Strength::Seller => "seller",
        Strength::Name => "name",
    };
    let attributes: Vec<Value> =
        title.attributes().iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "name": name,
        "key": key.text,
        "strength": strength,
        "evidence": key.evidence,
        "kind": title.kind().code(),
        "condition": condition::grade_in_name(name).map(|(grade, _)| grade.code()),
        "level": level::in_name(name).map(|_| "wholesale"),
        "brand": title.brand(),
        "designation": title.designation(),
        "attributes": attributes,
    })
}

/// Titles of a list, one JSON object a line, each with the number of its group.
pub fn list(text: &str) -> Vec<Value> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read: Vec<Result<Offer, Value>> = lines
        .map(|(number, line)| {
            serde_json::from_str(line)
                .map_err(|error| json!({ "error": format!("line {}: {error}", number + 1) }))
        })
        .collect();
    let offers: Vec<&Offer> = read.iter().filter_map(|row| row.as_ref().ok()).collect();
    let titles: Vec<Title> = offers
        .iter()
        .map(|offer| {
            let gtin = offer.gtin.as_deref().and_then(identity::gtin);
            Title::read(&offer.name, offer.brand.as_deref()).with_gtin(gtin)
        })
        .collect();
    let groups = identity::groups(&titles);
    let told: Vec<identity::Offer> = offers
        .iter()
        .map(|offer| identity::Offer {
            seller: offer.seller.as_deref().unwrap_or_default(),
            name: &offer.name,
            url: offer.url.as_deref(),
        })
        .collect();
    let duplicates = identity::near_duplicates(&told);
    let mut answered =
        offers.iter().zip(&titles).zip(groups).zip(duplicates).map(|(((offer, title), group), first)| {
            let gtin = offer.gtin.as_deref().and_then(identity::gtin);
            let mut out =
                named(&offer.name, offer.brand.as_deref(), offer.model.as_deref(), gtin.as_ref(), title);
            out["group"] = json!(group);
            out["near_duplicate"] = json!(first);
            out
        });
    read.iter()
        .filter_map(|row| row.as_ref().map_or_else(|error| Some(error.clone()), |_| answered.next()))
        .collect()
}
