//! State in the forms of widespread shop systems that the general search of `embedded_state` does not
//! understand: Shopify's prices in hundredths, WooCommerce's variations in an attribute, Magento's
//! price boxes. Forms of systems, never of single shops.

use super::json_value::{Json, Object};
use super::lenient_json;
use super::terms::fold;
use super::tree::{Tree, attribute};
use memchr::memmem;
use model::{Listing, Stated, Syntax};

/// Variations read of one page.
const VARIATIONS: usize = 100;
/// Bytes of an attribute or script that are read.
const BYTES: usize = 2_000_000;

/// Keys that only Shopify's product objects have beside a price in hundredths.
const SHOPIFY: [&str; 5] =
    ["compare_at_price", "price_min", "price_varies", "public_title", "compare_at_price_min"];

/// Whether the prices of an object count hundredths, as Shopify writes them.
pub(super) fn in_hundredths(map: &Object<'_>) -> bool {
    let whole = |value: &Json<'_>| value.number().is_some_and(|n| n.is_u64());
    let variants = || {
        let of_shop = map.contains_key("vendor") && map.contains_key("id");
        let all = map.get("variants").and_then(Json::as_list);
        of_shop && all.is_some_and(|all| all.iter().filter_map(Json::as_object).any(in_hundredths))
    };
    match map.get("price") {
        Some(price) => whole(price) && SHOPIFY.iter().any(|key| map.contains_key(key)),
        None => variants(),
    }
}

/// "2490" hundredths are "24.90".
pub(super) fn hundredths(text: &str) -> String {
    match text.len() {
        _ if !text.bytes().all(|b| b.is_ascii_digit()) => text.to_owned(),
        0..=2 => format!("0.{text:0>2}"),
        length => format!("{}.{}", &text[..length - 2], &text[length - 2..]),
    }
}

/// The currency that Shopify's own script states for the page.
pub(super) fn shopify_currency(script: &str, place: &str) -> Option<Stated> {
    let at = memmem::find(script.as_bytes(), b"Shopify.currency")?;
    let after = &script[at..script.floor_char_boundary(at + 200)];
    let (value, _) = lenient_json::read_prefix(&after[after.find('{')?..])?;
    let code = value.get("active")?.as_str().filter(|code| code.len() == 3)?;
    Some(Stated::new(code, Syntax::EmbeddedState, format!("{place}/Shopify.currency/active")))
}

/// The variations of WooCommerce's order form: prices without a name of their own.
pub(super) fn variations(tree: &Tree<'_>) -> Vec<Listing> {
    let forms = tree.elements().filter(|(_, e)| e.name() == "form");
    let Some(text) = forms.filter_map(|(_, e)| attribute(e, "data-product_variations")).next() else {
        return Vec::new();
    };
    if text.len() > BYTES {
        return Vec::new();
    }
    let Some(Json::List(list)) = lenient_json::read(text) else { return Vec::new() };
    let objects = list.iter().filter_map(Json::as_object).take(VARIATIONS).enumerate();
    objects.filter_map(|(i, map)| variation(map, &format!("form/data-product_variations[{i}]"))).collect()
}

fn variation(map: &Object<'_>, place: &str) -> Option<Listing> {
    let text = |key: &str| {
        let text = match map.get(key)? {
            Json::Text(s) => fold(s),
            Json::Number(_) => super::schema_values::plain(&map.get(key)?.number()?),
            _ => return None,
        };
        (!text.is_empty()).then(|| Stated::new(text, Syntax::EmbeddedState, format!("{place}/{key}")))
    };
    let price = text("display_price").filter(|p| p.text.bytes().any(|b| matches!(b, b'1'..=b'9')))?;
    let values = map.get("attributes").and_then(Json::as_object);
    let values: Vec<&str> = values
        .into_iter()
        .flat_map(|values| values.values())
        .filter_map(Json::as_str)
        .filter(|v| !v.is_empty() && v.len() <= 80)
        .collect();
    let variant = (!values.is_empty())
        .then(|| Stated::new(values.join(" / "), Syntax::EmbeddedState, format!("{place}/attributes")));
    let stock = map.get("is_in_stock").and_then(Json::as_bool).map(|stock| {
        let term = if stock { "InStock" } else { "OutOfStock" };
        Stated::new(term, Syntax::EmbeddedState, format!("{place}/is_in_stock"))
    });
    Some(Listing {
        list_price: text("display_regular_price").filter(|list| list.text != price.text),
        sku: text("sku"),
        weight: text("weight_html").or_else(|| text("weight")).filter(|w| w.text.len() <= 40),
        availability: stock,
        variant,
        price: Some(price),
        ..Listing::default()
    })
}

/// The price box of a Magento page, where it has exactly one: on a product's page the product's own.
pub(super) fn price_box(tree: &Tree<'_>) -> Option<Listing> {
    let mut found: Option<Listing> = None;
    for (n, (id, element)) in tree.elements().filter(|(_, e)| e.name() == "script").enumerate() {
        if !attribute(element, "type").is_some_and(|t| t.eq_ignore_ascii_case("text/x-magento-init")) {
            continue;
        }
        let text = tree.raw_text(id);
        if text.len() > BYTES || memmem::find(text.as_bytes(), b"priceConfig").is_none() {
            continue;
        }
        let Some(value) = lenient_json::read(&text) else { continue };
        let mut stack = vec![&value];
        while let Some(value) = stack.pop() {
            let Json::Object(map) = value else { continue };
            if let Some(config) = map.get("priceConfig").and_then(Json::as_object) {
                if found.is_some() {
                    return None;
                }
                found = box_of(config, &format!("script[{n}]/priceConfig/prices"));
            }
            stack.extend(map.values());
        }
    }
    found
}

fn box_of(config: &Object<'_>, place: &str) -> Option<Listing> {
    let amount = |key: &str| {
        let number = config.get("prices")?.get(key)?.get("amount")?.number()?;
        let text = super::schema_values::plain(&number);
        let payable = text.bytes().any(|b| matches!(b, b'1'..=b'9'));
        payable.then(|| Stated::new(text, Syntax::EmbeddedState, format!("{place}/{key}/amount")))
    };
    let price = amount("finalPrice")?;
    Some(Listing {
        list_price: amount("oldPrice").filter(|old| old.text != price.text),
        price: Some(price),
        ..Listing::default()
    })
}
