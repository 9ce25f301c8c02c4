//! HTML microdata (`itemscope`, `itemprop`) as values; what they mean is `schema_org`'s.

use super::schema_org::Root;
use super::tree::{Id, Tree};
use model::Syntax;
use serde_json::{Map, Value};

/// Nested items that are followed.
const DEPTH: usize = 24;
/// Bytes of one property's text.
const TEXT: usize = 2_000;

/// Top-level items of the page, in order.
pub(super) fn roots(tree: &Tree<'_>) -> Vec<Root> {
    let mut roots: Vec<Root> = Vec::new();
    // Open items: (one past its last node, property it fills in the item below, its values).
    let mut open: Vec<Open<'_>> = Vec::new();
    for (id, element) in tree.elements() {
        while open.last().is_some_and(|top| top.0 <= id) {
            close(&mut open, &mut roots);
        }
        let property = element.attr("itemprop");
        let scope = element.attr("itemscope").is_some();
        if scope && open.len() < DEPTH {
            let mut map = Map::new();
            if let Some(kind) = element.attr("itemtype") {
                let kind = kind.split_ascii_whitespace().next().unwrap_or_default();
                map.insert("@type".into(), Value::String(kind.into()));
            }
            let fills = property.filter(|_| !open.is_empty());
            open.push((tree.nodes[id].end, fills, map, id));
        } else if let (Some(names), Some(top)) = (property, open.last_mut())
            && let Some(value) = value(tree, id)
        {
            for name in names.split_ascii_whitespace().take(4) {
                insert(&mut top.2, name, Value::String(value.clone()));
            }
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

type Open<'a> = (Id, Option<&'a str>, Map<String, Value>, Id);

fn close(open: &mut Vec<Open<'_>>, roots: &mut Vec<Root>) {
    let Some((_, fills, map, id)) = open.pop() else {
        return;
    };
    let value = Value::Object(map);
    match (fills, open.last_mut()) {
        (Some(names), Some(below)) => {
            // One property only: copies of nested items would multiply.
            let name = names.split_ascii_whitespace().next().unwrap_or_default();
            insert(&mut below.2, name, value);
        }
        // An item without property within another stands for itself, unless it is an offer whose
        // author forgot the property.
        (None, Some(below)) if is_offer(&value) && !below.2.contains_key("offers") => {
            insert(&mut below.2, "offers", value);
        }
        _ => roots.push(Root { value, syntax: Syntax::Microdata, place: format!("item[{id}]") }),
    }
}

fn is_offer(value: &Value) -> bool {
    value.get("@type").and_then(Value::as_str).is_some_and(|t| t.ends_with("Offer"))
}

/// Adds a value; a second one makes an array.
pub(super) fn insert(map: &mut Map<String, Value>, name: &str, value: Value) {
    match map.get_mut(name) {
        None => {
            map.insert(name.to_owned(), value);
        }
        Some(Value::Array(list)) => {
            if list.len() < 2_000 {
                list.push(value);
            }
        }
        Some(one) => {
            let first = one.take();
            *one = Value::Array(vec![first, value]);
        }
    }
}

/// The value of a property: `content` wins, then the attribute the element carries its value in,
/// then the text.
pub(super) fn value(tree: &Tree<'_>, id: Id) -> Option<String> {
    if let Some(content) = tree.attr(id, "content") {
        return Some(content.to_owned());
    }
    let attribute = match tree.name(id) {
        "a" | "area" | "link" => "href",
        "img" | "audio" | "embed" | "iframe" | "source" | "track" | "video" => "src",
        "object" => "data",
        "data" | "meter" | "input" => "value",
        "time" => "datetime",
        "meta" => return None,
        _ => "",
    };
    let text = || Some(tree.text(id, TEXT)).filter(|t| !t.is_empty());
    // `<a itemprop="brand" href=…>Name</a>`: the name, not the address, unless it is the address
    // that is asked for.
    if tree.name(id) == "a"
        && !matches!(
            tree.attr(id, "itemprop"),
            Some("url" | "item" | "sameAs" | "image" | "availability" | "itemCondition")
        )
        && tree.attr(id, "property").is_none_or(|p| !p.ends_with("url"))
    {
        return text().or_else(|| tree.attr(id, "href").map(str::to_owned));
    }
    match tree.attr(id, attribute).filter(|_| !attribute.is_empty()) {
        Some(value) => Some(value.to_owned()),
        None => text(),
    }
}
