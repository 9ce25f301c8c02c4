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
        .filter(|(_, (_, e))| {
            attribute(*e, "type").is_some_and(|t| t.to_ascii_lowercase().contains("ld+json"))
        })
        .take(SCRIPTS)
        .filter_map(|(n, (id, _))| {
            Some(Root {
                value: lenient_json::read(&tree.raw_text(id))?,
                syntax: Syntax::JsonLd,
                place: format!("script[{n}]"),
            })
        })
        .collect()
}
