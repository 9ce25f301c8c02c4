//! Names and descriptions as folded words with the attributes they state (`attributes`). Not a
//! classifier, and no dictionary between languages: that is the `thesaurus`.

use crate::attributes::{Attribute, attribute_unit, grade, material};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Whether a mark may be there or not, and the word is the same: accents of Latin, Greek and Cyrillic letters,
/// points of Hebrew, Arabic and Syriac, choices of a character's form. Marks of other scripts (Indic, Thai, Khmer,
/// the voicing of kana …) are vowels, tones and consonants of which words are made, and tell two names apart.
fn is_accent(c: char) -> bool {
    is_combining_mark(c)
        && matches!(c, '\u{300}'..='\u{74f}' | '\u{890}'..='\u{8ff}' | '\u{180b}'..='\u{180f}'
            | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{2de0}'..='\u{2dff}'
            | '\u{a66f}'..='\u{a69f}' | '\u{fb1e}'..='\u{fe2f}' | '\u{10efd}'..='\u{10eff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character of a folded text is one of which words are made.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Lower case, compatibility forms, accents and letters joined of two folded away.
pub(crate) fn fold(text: &str) -> String {
    without(text, is_accent)
}

/// The same without some of the marks.
fn without(text: &str, mark: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            c => out.push(c),
        }
    }
    out
}

/// Letters, marks and digits of the folded text only: brands, models and sellers compare on it, so that
/// "TX-100 B" and "tx100b" are one.
pub(crate) fn key(text: &str) -> String {
    fold(text).chars().filter(|c| is_of_word(*c)).collect()
}

/// A text taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Words {
    /// Content words, singular, in order of the text, each once.
    pub content: Vec<String>,
    /// Attributes, sorted, each once.
    pub attributes: Vec<Attribute>,
    /// Last content word before "for", "with" and the like: what the goods are.
    pub head: Option<String>,
}

/// Units of how much is sold: a bigger pack is the same goods, so these are no attributes.
fn pack_unit(word: &str) -> bool {
    matches!(
        word,
        "kg" | "g"
            | "gr"
            | "mg"
            | "t"
            | "l"
            | "ml"
            | "cl"
            | "dl"
            | "litre"
            | "litres"
            | "liter"
            | "liters"
            | "litro"
            | "litros"
            | "litri"
            | "gram"
            | "grams"
            | "gramme"
            | "grammes"
            | "gramm"
            | "gramo"
            | "gramos"
            | "grammi"
            | "kilo"
            | "kilos"
            | "kilogram"
            | "kilograms"
            | "kilogramos"
            | "oz"
            | "lb"
            | "lbs"
            | "pc"
            | "pcs"
            | "piece"
            | "pieces"
            | "stk"
            | "ud"
            | "uds"
            | "unidad"
            | "unidades"
            | "pack"
            | "packs"
            | "pair"
            | "pairs"
            | "x"
    )
}

/// Connectors, and words for facets or packing that are compared elsewhere.
const STOP: &[&str] = &[
    "a",
    "an",
    "and",
    "as",
    "at",
    "au",
    "aus",
    "aux",
    "avec",
    "bag",
    "box",
    "brand",
    "bulk",
    "by",
    "carton",
    "com",
    "con",
    "d",
    "d",
    "da",
    "damaged",
    "das",
    "de",
    "del",
    "della",
    "dem",
    "den",
    "der",
    "des",
    "di",
    "die",
    "do",
    "du",
    "e",
    "each",
    "el",
    "em",
    "en",
    "et",
    "for",
    "from",
    "fur",
    "gebraucht",
    "generaluberholt",
    "gli",
    "hand",
    "il",
    "in",
    "kg",
    "l",
    "la",
    "las",
    "le",
    "les",
    "lo",
    "los",
    "mit",
    "neu",
    "neue",
    "neuer",
    "neues",
    "neuf",
    "neuve",
    "new",
    "nova",
    "novo",
    "nueva",
    "nuevo",
    "nuovo",
    "o",
    "occasion",
    "of",
    "on",
    "or",
    "original",
    "os",
    "pack",
    "packed",
    "packing",
    "par",
    "para",
    "pc",
    "per",
    "piece",
    "pour",
    "reacondicionada",
    "reacondicionado",
    "recondicionado",
    "reconditionne",
    "reconditionnee",
    "refurbished",
    "retail",
    "ricondizionato",
    "second",
    "secondhand",
    "the",
    "to",
    "uberholt",
    "um",
    "uma",
    "un",
    "una",
    "und",
    "une",
    "unit",
    "unos",
    "usada",
    "usado",
    "usage",
    "usato",
    "used",
    "von",
    "wholesale",
    "with",
    "x",
    "y",
    "zum",
    "zur",
    "б",
    "бу",
    "в",
    "для",
    "и",
    "из",
    "на",
    "новая",
    "новое",
    "новыи",
    "с",
    "у",
];

/// Words after which a description says what the goods go with, not what they are.
const AFTER_HEAD: &[&str] = &["for", "with", "to", "fits", "compatible", "pour", "para", "fur"];

/// Goods that are parts of or go with others.
const ACCESSORIES: &[&str] = &[
    "accessory",
    "adapter",
    "adaptor",
    "cable",
    "case",
    "charger",
    "cover",
    "holder",
    "mount",
    "part",
    "pouch",
    "protector",
    "sleeve",
    "spare",
    "strap",
];

/// Whether a description is of an accessory: its head noun is one ("phone case", "charger for
/// phones", but not "phone with charger").
pub(crate) fn is_accessory(words: &Words) -> bool {
    words.head.as_deref().is_some_and(|head| ACCESSORIES.binary_search(&head).is_ok())
}

/// English plurals, simply: the same rule folds both sides, so an odd stem still meets itself.
fn singular(word: &str) -> String {
    let n = word.len();
    if n > 4 && word.ends_with("ies") {
        return format!("{}y", &word[..n - 3]);
    }
    if n > 4 && ["sses", "xes", "zes", "ches", "shes"].iter().any(|e| word.ends_with(e)) {
        return word[..n - 2].to_owned();
    }
    if n > 3 && word.ends_with('s') && !["ss", "us", "is"].iter().any(|e| word.ends_with(e)) {
        return word[..n - 1].to_owned();
    }
    word.to_owned()
}

/// Splits into runs of letters and digits; a point or comma between digits stays, and the inch
/// sign behind a digit is a word.
fn split(folded: &str) -> Vec<String> {
    let chars: Vec<char> = folded.chars().collect();
    let mut out = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let digit_before = i > 0 && chars[i - 1].is_ascii_digit();
        let digit_after = chars.get(i + 1).is_some_and(char::is_ascii_digit);
        let keeps = is_of_word(c) || (matches!(c, '.' | ',') && digit_before && digit_after);
        // "6x330ml", "20×30": a count or measure on each side.
        let times = matches!(c, 'x' | '×') && digit_before && digit_after;
        if keeps && !times {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if times {
            out.push("x".to_owned());
        }
        if matches!(c, '"' | '″' | '”') && digit_before {
            out.push("\"".to_owned());
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// A number as machines and shops write it; `None` for words. "10,000" groups, "1,5" does not.
fn number(word: &str) -> Option<f64> {
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let grouped = word.split(',').skip(1).all(|part| part.len() == 3) && word.contains(',');
    let plain = if grouped { word.replace(',', "") } else { word.replace(',', ".") };
    plain.parse().ok()
}

/// "10000mah" into number and unit.
fn number_with_unit(word: &str) -> Option<(f64, &str)> {
    let at = word.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))?;
    Some((number(&word[..at])?, &word[at..]))
}

/// Takes a name or description apart.
pub(crate) fn words(text: &str) -> Words {
    let raw = split(&fold(text));
    let mut out = Words::default();
    let mut head_closed = false;
    let mut i = 0;
    while i < raw.len() {
        let word = raw[i].as_str();
        let next = raw.get(i + 1).map(String::as_str);
        let measured = match (number(word), next) {
            (Some(value), Some(unit)) if attribute_unit(unit).is_some() || pack_unit(unit) => {
                i += 1;
                Some((value, unit))
            }
            _ => number_with_unit(word).filter(|(_, unit)| attribute_unit(unit).is_some() || pack_unit(unit)),
        };
        i += 1;
        if let Some((value, unit)) = measured {
            if let Some((dimension, factor)) = attribute_unit(unit) {
                out.attributes.push((dimension, (value * factor * 1000.0).round() as i64));
            }
            continue;
        }
        if let Some(grade) = next.and_then(|next| grade(word, next)) {
            out.attributes.push(grade);
            i += 1;
            continue;
        }
        out.attributes.extend(material(word));
        if AFTER_HEAD.contains(&word) {
            head_closed = true;
        }
        if word == "\"" || STOP.binary_search(&word).is_ok() {
            continue;
        }
        let word = singular(word);
        if STOP.binary_search(&word.as_str()).is_ok() {
            continue;
        }
        if !head_closed && number(&word).is_none() {
            out.head = Some(word.clone());
        }
        if !out.content.contains(&word) {
            out.content.push(word);
        }
    }
    out.attributes.sort_unstable();
    out.attributes.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::{Dimension, attributes_agree};

    #[test]
    fn lists_are_sorted_for_binary_search() {
        assert!(STOP.is_sorted() && ACCESSORIES.is_sorted());
    }

    #[test]
    fn content_words_are_singular_and_without_packing() {
        let w = words("Fresh Garlics, white, 10 kg cartons (6x330ml)");
        assert_eq!(w.content, ["fresh", "garlic", "white"]);
        assert!(w.attributes.is_empty());
        // A size is no content in other languages either.
        assert_eq!(words("leche semidesnatada brik 1 litro").content, ["leche", "semidesnatada", "brik"]);
        assert_eq!(words("Arroz redondo, 500 gramos").content, ["arroz", "redondo"]);
    }

    #[test]
    fn attributes_are_read_with_their_units() {
        let w = words("Power bank 10,000 mAh 22.5W");
        assert_eq!(w.content, ["power", "bank"]);
        assert_eq!(w.attributes, [(Dimension::Charge, 10_000_000), (Dimension::Power, 22_500)]);
        assert_eq!(words("monitor 27\"").attributes, words("27 inch monitor").attributes);
        assert_eq!(words("SSD 1 TB").attributes, words("SSD 1000GB").attributes);
    }

    #[test]
    fn attributes_contradict_only_where_both_state_them() {
        let a = words("power bank 10000mAh").attributes;
        assert!(attributes_agree(&a, &words("power bank").attributes));
        assert!(attributes_agree(&a, &words("bank 10000 mAh 20 W").attributes));
        assert!(!attributes_agree(&a, &words("bank 20000 mAh").attributes));
    }

    #[test]
    fn an_accessory_is_known_by_its_head() {
        for (text, is) in [
            ("phone cases", true),
            ("charger for laptop", true),
            ("phone with charger", false),
            ("smart phone", false),
        ] {
            assert_eq!(is_accessory(&words(text)), is, "{text}");
        }
    }

    #[test]
    fn accents_and_case_fold() {
        assert_eq!(key("Café-Crème N° 5"), "cafecremen5");
        for (one, other) in [
            ("Hà Nội", "ha noi"),
            ("Ώρα", "ωρα"),
            ("Ёлка й", "елка и"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("☕\u{fe0f} 5\u{fe0f}\u{20e3}", "☕ 5"),
        ] {
            assert_eq!((fold(one), key(one)), (fold(other), key(other)), "{one}");
        }
    }

    #[test]
    fn marks_of_which_words_are_made_tell_names_apart() {
        for (one, other) in [
            ("ร้านกิ", "ร้านกี"),
            ("ร้านข่า", "ร้านข้า"),
            ("मिल", "मेल"),
            ("पढ", "पढ़"),
            ("கல்", "கல"),
            ("カキ", "ガキ"),
            ("កា", "កី"),
            ("މަސް", "މިސް"),
        ] {
            assert!(fold(one) != fold(other) && key(one) != key(other), "{one} {other}");
            assert_eq!(key(&format!("{one} {one}")), key(one).repeat(2));
            // In the middle of a word, too.
            assert_eq!(words(&format!("{one} {other}")).content, [fold(one), fold(other)]);
        }
    }

    #[test]
    fn of_other_characters_nothing_is_kept_but_letters() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            if text.nfkd().any(|c| is_combining_mark(c) && !is_accent(c)) {
                continue;
            }
            let folded = fold(&text);
            assert_eq!(folded, without(&text, is_combining_mark), "{:x}", c as u32);
            let letters: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
            assert_eq!((key(&text), split(&folded).concat()), (letters.clone(), letters), "{:x}", c as u32);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart(text in ".{0,80}") {
            let w = words(&text);
            proptest::prop_assert!(attributes_agree(&w.attributes, &w.attributes));
        }
    }
}
