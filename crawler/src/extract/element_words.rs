//! What an author's names for an element (class, id, test hooks) say of it, as flags: each element
//! is read once, however many prices stand inside it. Only names, never the page's own text; what a
//! flag weighs is `features`' to say.

use super::name_lists::{
    BRAND_WORDS, EXTRA_WORDS, LADDER_WORDS, NOW_WORDS, OLD_WORDS, OLD_WORDS_WEAK, OTHER_WORDS, OWN_WORDS,
    PRICE_STEMS, PRICE_WORDS, SALE_WORDS, STRIKE_STEMS, TITLE_WORDS, ZONE_WORDS,
};
use super::terms::each_name_word;
use super::tree::{Id, Tree};
use super::word_hash;
use std::cell::RefCell;
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
/// A ladder of quantities, by class or id.
pub(super) const LADDER: Words = 1 << 9;
/// The name of goods, by class.
pub(super) const TITLED: Words = 1 << 10;
/// Perhaps a code of goods: letters of "sku", "ean" and the like stand in the name.
pub(super) const CODED: Words = 1 << 12;
/// Their brand.
pub(super) const BRAND: Words = 1 << 11;
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
    for (attribute, name) in tree.nodes[id].element.into_iter().flat_map(|e| e.attrs()) {
        all |= match attribute {
            // Classes are many, and most of them are those of elements before.
            "class" => tree.named.of(name, said_by) & !SALE,
            "id" => said_by(name) & !(SALE | TITLED),
            "data-testid" | "data-test" | "itemprop" => {
                said_by(name) & !(SALE | ZONE | OWN | LADDER | TITLED)
            }
            _ if NAMED_IN.contains(&attribute) => {
                said_by(name) & !(SALE | ZONE | OWN | LADDER | TITLED | BRAND)
            }
            _ => 0,
        };
    }
    tree.words[id].set(all);
    all
}

/// What one name says.
fn said_by(name: &str) -> Words {
    let mut said = 0;
    let (mut denied, mut struck) = (false, false);
    let table = table();
    each_name_word(name, |word| {
        let mut flags = table.get(word).copied().unwrap_or(0);
        // No stem is shorter.
        if word.len() < SHORTEST {
            said |= if denied { flags & !ZONE } else { flags };
            denied = matches!(word, "non" | "no" | "not" | "has" | "with");
            return;
        }
        let (price, strike) = stems(word);
        if price {
            flags |= PRICE;
        }
        if strike {
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
    if name.as_bytes().windows(3).any(hints_at_code) {
        said |= CODED;
    }
    // A name that says both is the price in force beside which the former one stands, unless
    // it says that it is struck out.
    if said & SALE != 0 && !struck {
        said &= !(OLD | OLD_PERHAPS);
    }
    said
}

fn hints_at_code(letters: &[u8]) -> bool {
    let low = [letters[0] | 0x20, letters[1] | 0x20, letters[2] | 0x20];
    matches!(&low, b"sku" | b"mpn" | b"ean" | b"gti" | b"ref" | b"cod" | b"num")
}

/// Whether a stem of prices stands in a word, and one of what is struck out.
fn stems(word: &str) -> (bool, bool) {
    /// Pairs of bytes that a stem begins with, one bit each, by five bits of each byte.
    static PAIRS: OnceLock<[u32; 32]> = OnceLock::new();
    let pairs = PAIRS.get_or_init(|| {
        let mut pairs = [0; 32];
        for stem in PRICE_STEMS.iter().chain(STRIKE_STEMS) {
            if let [a, b, ..] = *stem.as_bytes() {
                pairs[usize::from(a & 31)] |= 1 << (b & 31);
            }
        }
        pairs
    });
    let bytes = word.as_bytes();
    let (mut price, mut strike) = (false, false);
    for (at, pair) in bytes.windows(2).enumerate() {
        if pairs[usize::from(pair[0] & 31)] >> (pair[1] & 31) & 1 != 0 {
            let rest = &bytes[at..];
            price |= PRICE_STEMS.iter().any(|stem| rest.starts_with(stem.as_bytes()));
            strike |= STRIKE_STEMS.iter().any(|stem| rest.starts_with(stem.as_bytes()));
        }
    }
    (price, strike)
}

/// What names said that were read before on this page. Each has one place, by its length and ends; a name
/// that comes later takes it over.
pub(super) struct Named<'a>(RefCell<Vec<(&'a str, Words)>>);

/// Places of [`Named`].
const NAMES: usize = 256;

impl<'a> Named<'a> {
    pub fn new() -> Self {
        Named(RefCell::new(Vec::new()))
    }

    fn of(&self, name: &'a str, read: impl FnOnce(&str) -> Words) -> Words {
        let bytes = name.as_bytes();
        let [.., a, _, b] = *bytes else { return read(name) };
        let mixed = bytes.len() * 31 + usize::from(a) * 7 + usize::from(b) + usize::from(bytes[0]) * 57;
        let mut known = self.0.borrow_mut();
        if known.is_empty() {
            known.resize(NAMES, ("", 0));
        }
        let place = &mut known[mixed % NAMES];
        if place.0 != name {
            *place = (name, read(name));
        }
        place.1
    }
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
            (LADDER_WORDS, LADDER),
            (TITLE_WORDS, TITLED),
            (BRAND_WORDS, BRAND),
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
