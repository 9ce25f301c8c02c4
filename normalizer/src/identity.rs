//! What makes two listings the same goods: GTIN, brand, model, and the key of near-duplicates.

mod address;
mod brand;
mod compare;
mod doubts;
mod duplicates;
pub(crate) mod fitting;
pub mod gtin;
mod index;
mod lexicon;
mod measure;
mod title;
mod weights;

pub use address::bare as bare_address;
pub use brand::key as brand_key;
pub use compare::{Answer, Comparison, FEATURES, answer, compare, features, probability, score};
pub use duplicates::{Offer, near_duplicates};
pub use index::{Pair, candidates, groups, matches};
pub use measure::{Dimension, Measure};
pub use title::Title;
pub use weights::{SAME_FROM, UNSURE_FROM, WEIGHTS};

use crate::text;
use model::{ContentHash, Gtin, Listing};

/// Reads a GTIN, with or without its label ("EAN: 4006381333931"); a wrong check digit is none.
pub fn gtin(text: &str) -> Option<Gtin> {
    text.parse().ok().or_else(|| {
        let digits = text
            .split(|c: char| !c.is_ascii_digit() && c != '-' && c != ' ')
            .map(str::trim)
            .find(|part| part.len() >= 8)?;
        digits.parse().ok()
    })
}

/// A name with its label taken off ("Marque: Logitech" → "Logitech"), `None` where nothing is left
/// or the text says that there is none.
pub fn labelled(text: &str) -> Option<String> {
    let text = crate::entity::unescape(text);
    let mut rest = text.trim();
    if let Some((label, value)) = rest.split_once(':') {
        let folded = text::fold(label);
        if matches!(
            folded.trim(),
            "brand"
                | "marque"
                | "marke"
                | "hersteller"
                | "marca"
                | "merk"
                | "marka"
                | "manufacturer"
                | "fabricant"
                | "fabricante"
                | "producent"
                | "produttore"
                | "model"
                | "modele"
                | "modell"
                | "modelo"
                | "modello"
                | "mpn"
                | "part number"
                | "vendor"
                | "by"
        ) {
            rest = value.trim();
        }
    }
    let folded = text::fold(rest);
    let none = matches!(
        folded.as_ref(),
        "" | "-"
            | "n/a"
            | "na"
            | "nan"
            | "none"
            | "null"
            | "no brand"
            | "unbranded"
            | "generic"
            | "generique"
            | "generico"
            | "sin marca"
            | "sans marque"
            | "ohne marke"
            | "markenlos"
            | "does not apply"
            | "nicht zutreffend"
            | "unknown"
    );
    (!none).then(|| rest.to_owned())
}

/// How far a key reaches: whether goods of the same key are the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The words of a title: the same offer, perhaps the same goods.
    Name,
    /// A number of one seller.
    Seller,
    /// Brand and designation, as the title names them.
    BrandAndDesignation,
    /// Brand and model or part number, as stated.
    BrandAndModel,
    /// A GTIN.
    Gtin,
}

/// What goods are identified by, with how far it reaches and where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityKey {
    /// The key: equal for the same goods within its strength.
    pub text: String,
    /// How far it reaches.
    pub strength: Strength,
    /// What it rests on, in words.
    pub evidence: String,
}

impl IdentityKey {
    /// The strongest key of these facts. What splits goods of one model (capacity, colour, size) is
    /// part of a key by designation, since titles name variants there.
    pub fn of(name: &str, brand: Option<&str>, model: Option<&str>, gtin: Option<&Gtin>) -> IdentityKey {
        if let Some(gtin) = gtin.filter(|gtin| gtin::is_global(gtin)) {
            let text = format!("gtin:{gtin}");
            return IdentityKey {
                text,
                strength: Strength::Gtin,
                evidence: format!("GTIN {}", gtin.printed()),
            };
        }
        let title = Title::read(name, brand);
        let plain = |text: &str| text::fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        if let (Some(brand), Some(model)) = (title.brand(), model.map(plain).filter(|m| !m.is_empty())) {
            return IdentityKey {
                text: format!("model:{brand}:{model}"),
                strength: Strength::BrandAndModel,
                evidence: format!("brand {brand}, model {model}"),
            };
        }
        if let (Some(brand), Some(designation)) = (title.brand(), title.designation()) {
            let variant: Vec<String> = title
                .attributes()
                .into_iter()
                .filter(|(name, _)| {
                    matches!(*name, "storage" | "memory" | "colour" | "size" | "pack" | "line")
                })
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            return IdentityKey {
                text: format!("designation:{brand}:{designation}:{}", variant.join(",")),
                strength: Strength::BrandAndDesignation,
                evidence: format!("brand {brand}, designation {designation} in the title"),
            };
        }
        let mut words = text::tokens(name);
        words.sort_unstable();
        words.dedup();
        IdentityKey {
            text: format!("name:{}", words.join(" ")),
            strength: Strength::Name,
            evidence: "the words of the title".to_owned(),
        }
    }
}

/// What one seller's goods are told apart by: a GTIN that holds everywhere, else the stock-keeping
/// unit, else the folded words of the title.
pub fn goods_key(listing: &Listing, gtin: Option<&Gtin>, name: &str) -> String {
    if let Some(gtin) = gtin {
        return format!("gtin:{gtin}");
    }
    match &listing.sku {
        Some(sku) if !sku.text.trim().is_empty() => format!("sku:{}", text::fold(&sku.text)),
        _ => format!("name:{}", text::tokens(name).join(" ")),
    }
}

/// The key under which two offers of one seller are the same goods written twice: the set of the
/// title's words, in any order. Words that a shop only strews in do not count.
pub fn near_duplicate_key(seller: &str, name: &str) -> ContentHash {
    const STREWN: &[&str] = &[
        "new", "neu", "nouveau", "nuevo", "nuovo", "novo", "original", "free", "shipping", "sale", "hot",
        "best", "the", "a", "and", "und", "et", "y", "e", "de", "with", "mit", "avec", "con",
    ];
    let mut words = text::tokens(name);
    words.retain(|word| !STREWN.contains(&word.as_str()));
    words.sort_unstable();
    words.dedup();
    let seller = text::fold(seller);
    ContentHash::of_fields(std::iter::once(seller.as_ref()).chain(words.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_labels_and_numbers() {
        assert_eq!(gtin("EAN: 4006381333931").unwrap().printed(), "4006381333931");
        assert_eq!(gtin("4006381333932"), None);
        assert_eq!(labelled("Marque: Logitech ").as_deref(), Some("Logitech"));
        assert_eq!(labelled("Marque: M&amp;M&#39;s").as_deref(), Some("M&M's"));
        assert_eq!(labelled("Brand: N/A"), None);
        assert_eq!(labelled("Black: White").as_deref(), Some("Black: White"));
    }
    #[test]
    fn the_same_words_in_another_order_are_near_duplicates() {
        let one = near_duplicate_key("A", "USB-C Cable 2m, NEW!");
        assert_eq!(one, near_duplicate_key("a", "Cable USB C 2m"));
        assert_ne!(one, near_duplicate_key("a", "Cable USB C 1m"));
    }
}
