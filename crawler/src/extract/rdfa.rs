//! RDFa Lite (`vocab`, `typeof`, `property`) as values; what they mean is `schema_org`'s. Meta
//! tags of OpenGraph use the same attribute and are `open_graph`'s.

use super::microdata::{insert, value};
use super::schema_org::Root;
use super::schema_values::bare_key;
use super::tree::{Id, Tree, attribute};
use model::Syntax;
use serde_json::{Map, Value};

/// Nested items that are followed.
const DEPTH: usize = 24;

type Open<'a> = (Id, Option<&'a str>, Map<String, Value>, Id);

/// Top-level items of the page, in order.
pub(super) fn roots(tree: &Tree<'_>) -> Vec<Root> {
    let mut roots = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    for (id, element) in tree.elements() {
        while open.last().is_some_and(|top| top.0 <= id) {
            close(&mut open, &mut roots);
        }
        let property = attribute(element, "property").or_else(|| attribute(element, "rel"));
        if let Some(kind) = attribute(element, "typeof").filter(|_| open.len() < DEPTH) {
            let mut map = Map::new();
            let kind = kind.split_ascii_whitespace().next().unwrap_or_default();
            map.insert("@type".into(), Value::String(bare_key(kind).into()));
            let fills = attribute(element, "property").filter(|_| !open.is_empty());
            let fills = fills.or(attribute(element, "rel").filter(|_| !open.is_empty()));
            open.push((tree.nodes[id].end, fills, map, id));
        } else if let (Some(names), Some(top)) = (property, open.last_mut())
            && attribute(element, "property").is_some()
            && let Some(value) = resource(tree, id).or_else(|| value(tree, id))
        {
            for name in names.split_ascii_whitespace().take(4) {
                insert(&mut top.2, bare_key(name), Value::String(value.clone()));
            }
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

fn resource(tree: &Tree<'_>, id: Id) -> Option<String> {
    tree.attr(id, "content").or_else(|| tree.attr(id, "resource")).map(str::to_owned)
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
            insert(&mut below.2, bare_key(name), value);
        }
        _ => roots.push(Root { value, syntax: Syntax::Rdfa, place: format!("typeof[{id}]") }),
    }
}
