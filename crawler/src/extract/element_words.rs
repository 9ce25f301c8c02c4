//! What an author's names for an element (class, id, test hooks) say of it, as flags: each element
//! is read once, however many prices stand inside it. Only names, never the page's own text; what a
//! flag weighs is `features`' to say.

use super::name_lists::{
    EXTRA_WORDS, LADDER_WORDS, NOW_WORDS, OLD_WORDS, OLD_WORDS_WEAK, OTHER_WORDS, OWN_WORDS, PRICE_STEMS,
    PRICE_WORDS, SALE_WORDS, STRIKE_STEMS, ZONE_WORDS,
};
use super::terms::each_name_word;
use super::tree::{Id, Tree};
use super::word_hash;
use std::sync::OnceLock;

/// A set of flags.
pub(super) type Words = u16;

/// Holds a price.
pub(super) const PRICE: Words = 1;
/// Holds the price in force.
pub(super) const NOW: Words = 1 << 1;
/// Holds another amount than the price.
pub(super) const OTHER: Words = 1 << 2;
/// Holds what is paid beside the price.
pub(super) const EXTRA: Words = 1 << 3;
/// Holds a former or recommended price, by a word that says nothing else.
pub(super) const OLD: Words = 1 << 4;
/// The same, by a word with other uses.
pub(super) const OLD_PERHAPS: Words = 1 << 5;
/// A zone of navigation or of other products.
pub(super) const ZONE: Words = 1 << 6;
/// About the page's own product.
pub(super) const OWN: Words = 1 << 7;
const SALE: Words = 1 << 8;
const READ: Words = 1 << 15;

/// Attributes in which authors name an element.
const NAMED_IN: [&str; 11] = [
    "class",
    "id",
    "itemprop",
    "data-testid",
    "data-test",
    "data-qa",
    "data-auto-id",
    "data-test-id",
    "data-hook",
    "data-role",
    "name",
];

/// Bytes of the shortest stem.
const SHORTEST: usize = 5;

/// What the names of an element say of it.
pub(super) fn words(tree: &Tree<'_>, id: Id) -> Words {
    let known = tree.words[id].get();
    if known & READ != 0 {
        return known;
    }
    let mut all = READ;
    let attributes = tree.nodes[id].element.into_iter().flat_map(|e| e.attrs());
    for (attribute, name) in attributes.filter(|(a, _)| NAMED_IN.contains(a)) {
        let mut said = 0;
        let (mut denied, mut struck) = (false, false);
        each_name_word(name, |word| {
            let mut flags = table().get(word).copied().unwrap_or(0);
            // No stem is shorter.
            if word.len() < SHORTEST {
                said |= if denied { flags & !ZONE } else { flags };
                denied = matches!(word, "non" | "no" | "not" | "has" | "with");
                return;
            }
            if PRICE_STEMS.iter().any(|stem| word.contains(stem)) {
                flags |= PRICE;
            }
            if STRIKE_STEMS.iter().any(|stem| word.contains(stem)) {
                flags |= OLD;
                struck = true;
            }
            // "nonFooter", "no-sidebar": not the thing named.
            if denied {
                flags &= !ZONE;
            }
            denied = matches!(word, "non" | "no" | "not" | "without" | "has" | "with");
            said |= flags;
        });
        // A name that says both is the price in force beside which the former one stands, unless
        // it says that it is struck out.
        if said & SALE != 0 && !struck {
            said &= !(OLD | OLD_PERHAPS);
        }
        if !matches!(attribute, "class" | "id") {
            said &= !(ZONE | OWN);
        }
        all |= said & !SALE;
    }
    tree.words[id].set(all);
    all
}

fn table() -> &'static word_hash::Words<&'static str, Words> {
    static TABLE: OnceLock<word_hash::Words<&'static str, Words>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lists = [
            (PRICE_WORDS, PRICE),
            (NOW_WORDS, NOW),
            (OTHER_WORDS, OTHER),
            (LADDER_WORDS, OTHER),
            (EXTRA_WORDS, EXTRA),
            (OLD_WORDS, OLD),
            (OLD_WORDS_WEAK, OLD_PERHAPS),
            (ZONE_WORDS, ZONE),
            (OWN_WORDS, OWN),
            (SALE_WORDS, SALE),
        ];
        let mut table = word_hash::Words::default();
        for (list, flag) in lists {
            for &word in list {
                *table.entry(word).or_default() |= flag;
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stem_is_shorter_than_said() {
        assert!(PRICE_STEMS.iter().chain(STRIKE_STEMS).all(|stem| stem.len() >= SHORTEST));
    }
}
