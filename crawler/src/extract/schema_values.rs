//! Values of a schema.org tree by their keys, in whatever form a page writes them: texts, numbers,
//! lists, objects with a name or a value, measures with their units. What they mean for a listing is
//! said in `schema_org` and `schema_offer`.

use super::lenient_json::entities;
use super::price_text;
use super::terms::{bare_term, fold};
use model::{Stated, Syntax};
use serde_json::{Map, Value};

/// Bytes of one text that are read.
const TEXT: usize = 4_000;
/// Bytes of a place that are spelled out; hostile keys are long.
const PLACE: usize = 300;

/// Types whose instances are goods.
pub(super) fn is_goods(name: &str) -> bool {
    matches!(
        name,
        "Product"
            | "ProductGroup"
            | "ProductModel"
            | "IndividualProduct"
            | "SomeProducts"
            | "Vehicle"
            | "Car"
            | "Motorcycle"
            | "Drug"
            | "DietarySupplement"
            | "ProductCollection"
            | "Book"
            | "MotorizedBicycle"
            | "BusOrCoach"
    )
}

/// A key without its vocabulary: `schema:price`, `https://schema.org/price`.
pub(super) fn bare_key(key: &str) -> &str {
    if key.starts_with('@') {
        return key;
    }
    key.rsplit(['/', '#', ':']).next().unwrap_or(key)
}

pub(super) fn get<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    let found = map
        .get(key)
        .or_else(|| map.iter().find(|(k, _)| k.len() > key.len() && bare_key(k) == key).map(|(_, v)| v))?;
    match found {
        Value::Null => None,
        Value::String(s) if s.trim().is_empty() => None,
        Value::Array(list) if list.is_empty() => None,
        other => Some(other),
    }
}

pub(super) fn types(map: &Map<String, Value>) -> Vec<&str> {
    let Some(value) = map.get("@type").or_else(|| map.get("type")) else {
        return Vec::new();
    };
    each(value).filter_map(Value::as_str).map(|t| bare_key(t.trim())).collect()
}

/// The beginning of a text, at most so many bytes.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// The place of a key within a place. Keys of hostile pages are long, and every value inside has its
/// place: both are cut.
pub(super) fn below(place: &str, key: &str) -> String {
    if place.len() >= PLACE {
        return place.to_owned();
    }
    format!("{place}/{}", cut(bare_key(key), 60))
}

/// The items of an array, or the value itself.
pub(super) fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(list) => list.as_slice(),
        other => std::slice::from_ref(other),
    }
    .iter()
}

/// A value as text, and whether it was a JSON number.
pub(super) fn text(value: &Value) -> Option<(String, bool)> {
    match value {
        Value::String(s) => {
            let s = cut(s, TEXT);
            let folded = if s.contains('&') { fold(&entities(s)) } else { fold(s) };
            (!folded.is_empty()).then_some((folded, false))
        }
        Value::Number(n) => Some((plain(n), true)),
        Value::Array(list) => list.iter().take(20).find_map(text),
        Value::Object(map) => ["@value", "name", "value", "@id"]
            .iter()
            .find_map(|k| map.get(*k))
            .filter(|v| v.is_string() || v.is_number())
            .and_then(text),
        _ => None,
    }
}

/// A JSON number without exponent and without an empty fraction.
pub(super) fn plain(number: &serde_json::Number) -> String {
    let written = number.to_string();
    if written.contains(['e', 'E'])
        && let Some(value) = number.as_f64()
    {
        return format!("{value}");
    }
    match written.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => written,
    }
}

pub(super) fn field(map: &Map<String, Value>, keys: &[&str], syntax: Syntax, place: &str) -> Option<Stated> {
    keys.iter().find_map(|key| {
        let found = get(map, key).and_then(text)?;
        Some(Stated::new(found.0, syntax, below(place, key)))
    })
}

/// A price of zero, or without any digit, is no offer.
pub(super) fn payable(mut price: Stated) -> Option<Stated> {
    price.text = price_text::western(price.text);
    price.text.bytes().any(|b| matches!(b, b'1'..=b'9')).then_some(price)
}

pub(super) fn bare(mut stated: Stated) -> Stated {
    stated.text = bare_term(&stated.text).to_owned();
    stated
}

pub(super) fn shorten(mut stated: Stated) -> Stated {
    stated.text.truncate(stated.text.floor_char_boundary(500));
    stated
}

/// The article's international number, by any of its keys or as an identifier of that kind.
pub(super) fn gtin(map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
    let keys =
        ["gtin13", "gtin14", "gtin12", "gtin8", "gtin", "ean", "ean13", "upc", "isbn", "gtin-13", "isbn13"];
    let by_key = keys.iter().filter_map(|key| field(map, &[key], syntax, place)).find_map(as_gtin);
    by_key.or_else(|| {
        let number = identifier(map, syntax, place, |kind| {
            ["gtin", "ean", "upc", "isbn"].iter().any(|known| kind.contains(known))
        })?;
        as_gtin(number)
    })
}

/// Eight, twelve, thirteen or fourteen digits, blanks and hyphens aside; what stands before a colon
/// names the kind.
fn as_gtin(mut stated: Stated) -> Option<Stated> {
    if let Some((_, code)) = stated.text.rsplit_once(':') {
        stated.text = code.trim().to_owned();
    }
    let digits = stated.text.bytes().filter(u8::is_ascii_digit).count();
    let other = stated.text.bytes().any(|b| !b.is_ascii_digit() && b != b' ' && b != b'-');
    (matches!(digits, 8 | 12 | 13 | 14) && !other).then_some(stated)
}

/// A number among `identifier` and `productID` whose kind (`propertyID` or `name`, or what stands
/// before a colon) is the wanted one, in small letters.
pub(super) fn identifier(
    map: &Map<String, Value>,
    syntax: Syntax,
    place: &str,
    wanted: impl Fn(&str) -> bool,
) -> Option<Stated> {
    ["identifier", "productID", "productId"].iter().find_map(|key| {
        each(get(map, key)?).take(20).find_map(|value| {
            let number = match value {
                Value::Object(one) => {
                    let kind = ["propertyID", "name"]
                        .iter()
                        .filter_map(|k| get(one, k).and_then(text))
                        .any(|(kind, _)| wanted(&bare_key(&kind).to_ascii_lowercase()));
                    get(one, "value").and_then(text).filter(|_| kind)?.0
                }
                other => {
                    let (whole, _) = text(other)?;
                    let (kind, number) = whole.split_once(':')?;
                    wanted(&kind.to_ascii_lowercase()).then(|| number.trim().to_owned())?
                }
            };
            Some(Stated::new(number, syntax, below(place, key)))
        })
    })
}

/// A `QuantitativeValue` or `PropertyValue` in words: value and unit.
pub(super) fn measure(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => {
            let (amount, _) = get(map, "value").or_else(|| get(map, "minValue")).and_then(text)?;
            match get(map, "unitText").or_else(|| get(map, "unitCode")).and_then(text) {
                Some((unit, _)) => Some(format!("{amount} {unit}")),
                None => Some(amount),
            }
        }
        Value::Array(list) => list.first().and_then(measure),
        other => text(other).map(|t| t.0),
    }
}

/// The lower end of a quantity.
pub(super) fn minimum(value: &Value) -> Option<String> {
    let Value::Object(map) = value else {
        return measure(value);
    };
    match get(map, "minValue").and_then(text) {
        Some((amount, _)) => match get(map, "unitText").or_else(|| get(map, "unitCode")).and_then(text) {
            Some((unit, _)) => Some(format!("{amount} {unit}")),
            None => Some(amount),
        },
        None => measure(value),
    }
}

pub(super) fn breadcrumb(map: &Map<String, Value>, syntax: Syntax, place: &str) -> Option<Stated> {
    let list = get(map, "itemListElement")?;
    let mut parts: Vec<(i64, String)> = each(list)
        .take(20)
        .enumerate()
        .filter_map(|(i, item)| {
            let Value::Object(item) = item else { return None };
            let name = get(item, "name").and_then(text).or_else(|| {
                let inner = each(get(item, "item")?).next()?;
                get(inner.as_object()?, "name").and_then(text)
            })?;
            let position = get(item, "position").and_then(text).and_then(|p| p.0.parse().ok());
            Some((position.unwrap_or(i as i64 + 1), name.0))
        })
        .collect();
    parts.sort_by_key(|(position, _)| *position);
    let joined: Vec<String> = parts.into_iter().map(|(_, name)| name).collect();
    (!joined.is_empty()).then(|| Stated::new(joined.join(" > "), syntax, format!("{place}/itemListElement")))
}

/// Units of mass as pages and UN/ECE Recommendation 20 write them.
pub(super) fn is_mass(measure: &str) -> bool {
    let unit = measure.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '-'));
    matches!(
        unit.trim_end_matches('.').to_ascii_lowercase().as_str(),
        "g" | "gr"
            | "grm"
            | "gram"
            | "grams"
            | "gramm"
            | "kg"
            | "kgm"
            | "kilogram"
            | "kilograms"
            | "mg"
            | "mgm"
            | "t"
            | "tne"
            | "lb"
            | "lbs"
            | "lbr"
            | "pound"
            | "pounds"
            | "oz"
            | "onz"
            | "ounce"
            | "ounces"
    )
}

/// Pages say "true", "TRUE", "http://schema.org/True", 1.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::Array(list) => truth(list.first()?),
        other => match bare_term(&text(other)?.0).to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
    }
}
