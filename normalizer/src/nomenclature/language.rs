//! The languages the words of goods are written in, and how a text becomes the words that are looked
//! up: folded, with the endings taken off that do not tell goods apart. Light by intent: what a
//! suffix rule misses, likeness forgives. Not here: which language a listing is in.

use crate::text;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A language in which goods are described and searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// English: every subheading.
    English,
    /// French.
    French,
    /// Spanish, of Spain and Latin America.
    Spanish,
    /// German.
    German,
    /// Portuguese, of Brazil and Portugal.
    Portuguese,
    /// Russian.
    Russian,
    /// Chinese, simplified.
    Chinese,
    /// Arabic.
    Arabic,
}

/// A text that names none of the languages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a language of the nomenclature: use one of en, fr, es, de, pt, ru, zh, ar")]
pub struct UnknownLanguage(String);

impl Language {
    /// Every language, English first.
    pub const ALL: &'static [Language] = &[
        Language::English,
        Language::French,
        Language::Spanish,
        Language::German,
        Language::Portuguese,
        Language::Russian,
        Language::Chinese,
        Language::Arabic,
    ];
    /// ISO 639-1, lower case.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
            Language::Spanish => "es",
            Language::German => "de",
            Language::Portuguese => "pt",
            Language::Russian => "ru",
            Language::Chinese => "zh",
            Language::Arabic => "ar",
        }
    }
    /// Its English name.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::French => "French",
            Language::Spanish => "Spanish",
            Language::German => "German",
            Language::Portuguese => "Portuguese",
            Language::Russian => "Russian",
            Language::Chinese => "Chinese",
            Language::Arabic => "Arabic",
        }
    }
    /// Whether its texts run from right to left.
    pub fn right_to_left(self) -> bool {
        self == Language::Arabic
    }
    /// Whether a text has letters that this language is written in; digits belong to all.
    pub(super) fn may_have_written(self, text: &str) -> bool {
        let of = |script: fn(char) -> bool| text.chars().any(script);
        match self {
            Language::Russian => of(is_cyrillic),
            Language::Chinese => of(is_han),
            Language::Arabic => of(is_arabic),
            _ => of(|c| c.is_alphanumeric() && !is_cyrillic(c) && !is_han(c) && !is_arabic(c)),
        }
    }
    /// Words that say nothing of what the goods are, as [`Language::terms`] gives them.
    pub(super) fn is_filler(self, term: &str) -> bool {
        match self {
            Language::English => matches!(
                term,
                "of" | "for" | "and" | "the" | "a" | "an" | "with" | "in" | "to" | "or" | "on" | "by" | "new"
            ),
            Language::French => matches!(
                term,
                "de" | "du"
                    | "d"
                    | "l"
                    | "la"
                    | "le"
                    | "un"
                    | "et"
                    | "ou"
                    | "en"
                    | "pour"
                    | "avec"
                    | "sans"
                    | "a"
            ),
            Language::Spanish => matches!(
                term,
                "de" | "del"
                    | "la"
                    | "el"
                    | "lo"
                    | "y"
                    | "o"
                    | "en"
                    | "para"
                    | "con"
                    | "sin"
                    | "un"
                    | "a"
                    | "por"
            ),
            Language::Portuguese => matches!(
                term,
                "de" | "do" | "da" | "e" | "ou" | "em" | "para" | "com" | "sem" | "um" | "a" | "o" | "por"
            ),
            Language::German => matches!(
                term,
                "fur"
                    | "und"
                    | "mit"
                    | "ohne"
                    | "aus"
                    | "von"
                    | "der"
                    | "die"
                    | "das"
                    | "in"
                    | "zum"
                    | "zur"
                    | "oder"
                    | "ein"
            ),
            Language::Russian => matches!(
                term,
                "дл" | "для" | "с" | "и" | "из" | "на" | "в" | "по" | "без" | "под" | "от" | "или"
            ),
            Language::Chinese => matches!(term, "的" | "和" | "或" | "及" | "与"),
            Language::Arabic => {
                matches!(term, "من" | "في" | "مع" | "على" | "او" | "و" | "بدون" | "الى" | "عل" | "ال")
            }
        }
    }
    /// The terms a text is looked up by, in order.
    pub(super) fn terms(self, text: &str) -> Vec<String> {
        let words = text::tokens(text);
        let mut terms: Vec<String> = match self {
            Language::Chinese => words.iter().flat_map(|word| of_characters(word)).collect(),
            Language::Arabic => words.iter().map(|word| arabic(word)).collect(),
            _ => words.into_iter().map(|word| self.stem(word)).collect(),
        };
        // A word of marks alone has nothing left.
        terms.retain(|term| !term.is_empty());
        terms
    }
    /// The single characters of a text that is written without spaces: a query of one character is found
    /// by them, and a pair that nobody wrote. None in other languages.
    pub(super) fn characters(self, text: &str) -> impl Iterator<Item = String> {
        let told = if self == Language::Chinese { text } else { "" };
        told.chars().filter(|c| is_han(*c)).map(String::from)
    }
    fn stem(self, word: String) -> String {
        match self {
            Language::English => english(word),
            Language::French => cut(&word, 4, &["s", "x"], |stem| cut(&stem, 5, &["e"], |s| s)),
            Language::Spanish => {
                cut(&word, 5, &["es", "os", "as", "s"], |stem| cut(&stem, 4, &["o", "a", "e"], |s| s))
            }
            Language::Portuguese => portuguese(&word),
            Language::German => cut(&word, 5, &["en", "er", "es", "em", "e", "n", "s"], |s| s),
            Language::Russian => cut(&word, 4, RUSSIAN_ENDINGS, |stem| cut(&stem, 5, &["н", "ь"], |s| s)),
            Language::Chinese | Language::Arabic => word,
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;
    /// Reads `fr`, `FR`, `fr-CA`, `pt_BR`.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let primary = crate::language::primary(text);
        Language::ALL
            .iter()
            .copied()
            .find(|language| primary.as_deref() == Some(language.code()))
            .ok_or_else(|| UnknownLanguage(text::quoted(text, 20)))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Endings of Russian declension after folding (й is и there, ё is е), longest first.
const RUSSIAN_ENDINGS: &[&str] = &[
    "иями", "ыми", "ими", "ами", "ями", "ого", "его", "ому", "ему", "ыи", "ии", "ои", "еи", "ая", "яя", "ое",
    "ее", "ые", "ие", "ых", "их", "ым", "им", "ом", "ем", "ам", "ям", "ах", "ях", "ов", "ев", "ую", "юю",
    "ия", "а", "я", "о", "е", "и", "ы", "у", "ю", "ь",
];

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// The word without the first of the endings it has, where `least` letters or more stay, then `next`.
fn cut(word: &str, least: usize, endings: &[&str], next: impl Fn(String) -> String) -> String {
    let letters = word.chars().count();
    let stem = endings
        .iter()
        .find(|end| word.ends_with(**end) && letters >= least + end.chars().count())
        .map_or(word, |end| &word[..word.len() - end.len()]);
    next(stem.to_owned())
}

fn english(word: String) -> String {
    match word.as_str() {
        w if w.len() > 4 && w.ends_with("ies") => format!("{}y", &w[..w.len() - 3]),
        // "hoodies" and "hoodie" alike.
        w if w.len() > 4 && w.ends_with("ie") => format!("{}y", &w[..w.len() - 2]),
        w if w.len() > 4 && ["ches", "shes", "sses", "xes", "zes"].iter().any(|end| w.ends_with(end)) => {
            w[..w.len() - 2].to_owned()
        }
        w if w.len() > 3 && w.ends_with('s') && !w.ends_with("ss") && !w.ends_with("us") => {
            w[..w.len() - 1].to_owned()
        }
        _ => word,
    }
}

fn portuguese(word: &str) -> String {
    // Plurals of -ão, -al, -el, -m, as they are once folded.
    for (plural, singular) in [("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ns", "m")] {
        if let Some(head) = word.strip_suffix(plural)
            && head.chars().count() >= 3
        {
            return cut(&format!("{head}{singular}"), 4, &["o"], |s| s);
        }
    }
    cut(word, 5, &["es", "os", "as", "s"], |stem| cut(&stem, 4, &["o", "a", "e"], |s| s))
}

/// Arabic with one spelling for letters that are written in several ways, without vowel marks, the
/// article and the commonest endings.
fn arabic(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{610}'..='\u{61a}' | 'ـ' => {}
            'أ' | 'إ' | 'آ' | 'ٱ' => plain.push('ا'),
            'ة' | 'ه' => plain.push('ه'),
            'ى' | 'ی' | 'ئ' => plain.push('ي'),
            'ؤ' => plain.push('و'),
            'ک' => plain.push('ك'),
            'گ' => plain.push('ج'),
            other => plain.push(other),
        }
    }
    let letters = plain.chars().count();
    let head = ["وال", "بال", "كال", "فال", "لل", "ال"]
        .iter()
        .find(|article| plain.starts_with(**article) && letters >= 3 + article.chars().count())
        .map_or(plain.as_str(), |article| &plain[article.len()..]);
    cut(head, 3, &["ات", "ون", "ين", "يه", "ه"], |s| s)
}

/// Chinese without word boundaries: each pair of neighbouring characters, and what is not Chinese as
/// a word. A single character stands for itself.
fn of_characters(word: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut run: Vec<char> = Vec::new();
    let mut other = String::new();
    let flush = |run: &mut Vec<char>, terms: &mut Vec<String>| {
        match run[..] {
            [] => {}
            [one] => terms.push(one.to_string()),
            _ => terms.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
        run.clear();
    };
    for c in word.chars() {
        if is_han(c) {
            if !other.is_empty() {
                terms.push(std::mem::take(&mut other));
            }
            run.push(c);
        } else {
            flush(&mut run, &mut terms);
            other.push(c);
        }
    }
    flush(&mut run, &mut terms);
    if !other.is_empty() {
        terms.push(other);
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(language: Language, forms: &[&str]) {
        let terms: Vec<Vec<String>> = forms.iter().map(|form| language.terms(form)).collect();
        assert!(terms.windows(2).all(|pair| pair[0] == pair[1]), "{language}: {terms:?}");
    }

    #[test]
    fn forms_of_one_word_are_looked_up_alike() {
        alike(Language::English, &["hoodies", "Hoodie"]);
        alike(Language::French, &["écouteurs", "Ecouteur"]);
        alike(Language::French, &["chaussures", "CHAUSSURE"]);
        alike(Language::Spanish, &["zapatillas", "zapatilla"]);
        alike(Language::Spanish, &["auriculares", "auricular"]);
        alike(Language::Portuguese, &["botões", "botão"]);
        alike(Language::German, &["Kopfhörer", "kopfhorer"]);
        alike(Language::German, &["Schuhe", "Schuhen"]);
        alike(Language::Russian, &["кроссовки", "кроссовками", "кроссовка"]);
        alike(Language::Russian, &["беспроводные", "беспроводной", "беспроводная"]);
        alike(Language::Arabic, &["سماعة", "سماعات", "السماعات", "سَمَّاعة"]);
        alike(Language::Arabic, &["أحذية", "احذيه"]);
    }

    #[test]
    fn chinese_is_cut_into_pairs() {
        assert_eq!(Language::Chinese.terms("蓝牙耳机 usb"), ["蓝牙", "牙耳", "耳机", "usb"]);
        assert_eq!(Language::Chinese.terms("usb充电宝"), ["usb", "充电", "电宝"]);
        assert_eq!(Language::Chinese.terms("茶"), ["茶"]);
    }

    #[test]
    fn languages_are_named_by_their_tags() {
        assert_eq!("pt_BR".parse(), Ok(Language::Portuguese));
        assert_eq!("EN".parse(), Ok(Language::English));
        let error = "klingon".parse::<Language>().unwrap_err();
        assert!(error.to_string().contains("use one of en, fr"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn terms_never_panic_and_are_never_empty(text in "\\PC{0,60}") {
            for language in Language::ALL {
                for term in language.terms(&text) {
                    proptest::prop_assert!(!term.is_empty());
                }
            }
        }
    }
}
