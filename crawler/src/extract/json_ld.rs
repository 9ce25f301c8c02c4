//! JSON-LD scripts. Reads the texts into values; what they mean is `schema_org`'s.

use super::lenient_json;
use super::schema_org::Root;
use super::tree::{Tree, attribute};
use model::Syntax;

/// Scripts read of one page.
const SCRIPTS: usize = 200;

/// All JSON-LD of the page, in order.
pub(super) fn roots(tree: &Tree<'_>) -> Vec<Root> {
    tree.elements()
        .filter(|(_, e)| e.name() == "script")
        .enumerate()
        .filter(|(_, (_, e))| attribute(*e, "type").is_some_and(is_json_ld))
        .take(SCRIPTS)
        .filter_map(|(n, (id, _))| {
            Some(Root {
                value: lenient_json::read(&tree.raw_text(id))?.into(),
                syntax: Syntax::JsonLd,
                place: format!("script[{n}]"),
            })
        })
        .collect()
}

/// `application/ld+json`, with parameters or the letters' case as authors like it.
fn is_json_ld(kind: &str) -> bool {
    kind.len() <= 100 && ["ld+json", "json+ld"].iter().any(|k| kind.to_ascii_lowercase().contains(k))
}
