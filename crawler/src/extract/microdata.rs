//! HTML microdata (`itemscope`, `itemprop`) as values; what they mean is `schema_org`'s.

use super::schema_org::Root;
use super::tree::{Id, Tree, attribute};
use model::Syntax;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Nested items that are followed.
const DEPTH: usize = 24;
/// Elements that one item may refer to.
const REFERENCES: usize = 20;
/// Bytes of one property's text.
const TEXT: usize = 2_000;

/// Top-level items of the page, in order.
pub(super) fn roots(tree: &Tree<'_>) -> Vec<Root> {
    let mut page = Page { tree, ids: None, referred: 0, roots: Vec::new() };
    page.walk(0, tree.nodes.len(), Vec::new());
    page.roots
}

struct Page<'t, 'a> {
    tree: &'t Tree<'a>,
    /// Elements by their id; read only where an item refers to some.
    ids: Option<HashMap<&'a str, Id>>,
    /// Nodes read by reference so far.
    referred: usize,
    roots: Vec<Root>,
}

impl<'a> Page<'_, 'a> {
    /// Reads the items between two nodes; `open` is what stands around them. Gives the item that
    /// was open from the start.
    fn walk(&mut self, from: Id, end: Id, mut open: Vec<Open<'a>>) -> Option<Map<String, Value>> {
        let outer = open.len();
        for id in from..end {
            let Some(element) = self.tree.nodes[id].element else { continue };
            while open.len() > outer && open.last().is_some_and(|top| top.0 <= id) {
                self.close(&mut open);
            }
            let property = attribute(element, "itemprop");
            if attribute(element, "itemscope").is_some() && open.len() < DEPTH {
                let mut map = Map::new();
                if let Some(id) = self.tree.attr(id, "itemid") {
                    map.insert("@id".into(), Value::String(id.into()));
                }
                if let Some(kind) = attribute(element, "itemtype") {
                    let kind = kind.split_ascii_whitespace().next().unwrap_or_default();
                    map.insert("@type".into(), Value::String(kind.into()));
                }
                let fills = property.filter(|_| !open.is_empty());
                // References are followed once: an item read by reference follows none.
                if outer == 0
                    && let Some(ids) = self.tree.attr(id, "itemref")
                {
                    map = self.referred(ids, map);
                }
                open.push((self.tree.nodes[id].end, fills, map, id));
            } else if let (Some(names), Some(top)) = (property, open.last_mut())
                && let Some(value) = value(self.tree, id)
            {
                for name in names.split_ascii_whitespace().take(4) {
                    insert(&mut top.2, name, Value::String(value.clone()));
                }
            }
        }
        while open.len() > outer {
            self.close(&mut open);
        }
        open.pop().map(|top| top.2)
    }

    /// Adds the properties of the elements that an item names in `itemref`.
    fn referred(&mut self, ids: &str, mut map: Map<String, Value>) -> Map<String, Value> {
        for wanted in ids.split_ascii_whitespace().take(REFERENCES) {
            let tree = self.tree;
            let ids = self.ids.get_or_insert_with(|| {
                let mut ids = HashMap::new();
                for (id, _) in tree.elements() {
                    if let Some(name) = tree.attr(id, "id") {
                        ids.entry(name).or_insert(id);
                    }
                }
                ids
            });
            let Some(&at) = ids.get(wanted) else { continue };
            let end = tree.nodes[at].end;
            self.referred += end - at;
            // Each page is gone through a few times at most, however often it refers.
            if self.referred > tree.nodes.len() * 2 {
                break;
            }
            let open = vec![(end, None, std::mem::take(&mut map), at)];
            map = self.walk(at, end, open).unwrap_or_default();
        }
        map
    }
}

type Open<'a> = (Id, Option<&'a str>, Map<String, Value>, Id);

impl<'a> Page<'_, 'a> {
    fn close(&mut self, open: &mut Vec<Open<'a>>) {
        close(open, &mut self.roots);
    }
}

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
