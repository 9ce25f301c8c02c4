//! Words and phrases that name the same thing, in one language or several, handed in as a value by
//! whoever has them. Not where they come from, and not how offers are found with them (`retrieval`).

use crate::words::words;
use std::collections::HashMap;

/// Longest phrase looked for, in content words.
const LONGEST: usize = 4;

/// A table of concepts, each a list of phrases that name it. Folded and split as descriptions are,
/// so accents, case and English plurals do not count; a phrase of connectors alone is left out.
#[derive(Debug, Clone, Default)]
pub struct Thesaurus {
    concepts: Vec<Vec<Vec<String>>>,
    by_first: HashMap<String, Vec<(u32, u32)>>,
    /// Phrases of one word by what is left of it without its ending.
    by_form: HashMap<String, Vec<(u32, u32)>>,
}

impl Thesaurus {
    /// Builds the table; each item is the phrases of one concept.
    pub fn new<C, P, T>(concepts: C) -> Thesaurus
    where
        C: IntoIterator<Item = P>,
        P: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let mut out = Thesaurus::default();
        for concept in concepts {
            let number = out.concepts.len() as u32;
            let mut phrases: Vec<Vec<String>> = Vec::new();
            for phrase in concept {
                let content = words(phrase.as_ref()).content;
                if content.is_empty() || content.len() > LONGEST || phrases.contains(&content) {
                    continue;
                }
                let at = (number, phrases.len() as u32);
                out.by_first.entry(content[0].clone()).or_default().push(at);
                if let [word] = &content[..] {
                    out.by_form.entry(form(word)).or_default().push(at);
                }
                phrases.push(content);
            }
            out.concepts.push(phrases);
        }
        out
    }

    /// The concepts of the longest phrase that these words begin with, and how many words it has.
    pub(crate) fn longest(&self, words: &[String]) -> Option<(usize, Vec<u32>)> {
        let first = words.first()?;
        let mut best: (usize, Vec<u32>) = (0, Vec::new());
        for &(concept, phrase) in self.by_first.get(first).into_iter().flatten() {
            let phrase = &self.concepts[concept as usize][phrase as usize];
            if phrase.len() >= best.0 && words.starts_with(phrase) {
                if phrase.len() > best.0 {
                    best = (phrase.len(), Vec::new());
                }
                best.1.push(concept);
            }
        }
        if best.0 == 0 {
            best.1 = self.by_form.get(&form(first)).into_iter().flatten().map(|at| at.0).collect();
            best.0 = 1;
        }
        best.1.dedup();
        (!best.1.is_empty()).then_some(best)
    }

    /// The phrases of a concept.
    pub(crate) fn phrases(&self, concept: u32) -> &[Vec<String>] {
        &self.concepts[concept as usize]
    }

    /// Words of a language written without spaces that stand in a run of its characters, longest
    /// first from the left; what is no word of the table is passed over.
    pub(crate) fn within(&self, run: &str) -> Vec<String> {
        let chars: Vec<char> = run.chars().collect();
        let mut out: Vec<String> = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let found = (1..=8.min(chars.len() - at)).rev().find_map(|n| {
                let part: String = chars[at..at + n].iter().collect();
                self.by_form.contains_key(&part).then_some((n, part))
            });
            match found {
                Some((n, part)) => {
                    if !out.contains(&part) {
                        out.push(part);
                    }
                    at += n;
                }
                None => at += 1,
            }
        }
        out
    }
}

/// Whether a word is written in Chinese characters, without spaces between words.
pub(crate) fn is_han(word: &str) -> bool {
    word.chars().any(|c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

/// Endings of plurals, cases and genders in the languages of commerce, folded; longest first.
const ENDINGS: &[&str] = &[
    "ыми", "ими", "ами", "ями", "ого", "его", "ому", "ему", "ыи", "ии", "ои", "ая", "яя", "ое", "ее", "ые",
    "ие", "ых", "их", "ов", "ев", "ам", "ах", "ом", "ем", "а", "я", "о", "е", "и", "ы", "у", "ю", "ь", "en",
    "er", "es", "em", "os", "as", "e", "n", "s", "x", "a", "o", "i",
];

/// A word without its ending, where four letters stay: "frischer" and "frische" are one form. Two
/// words of one form are the same word more often than not, no more.
pub(crate) fn form(word: &str) -> String {
    let letters = word.chars().count();
    if is_han(word) || word.chars().any(|c| c.is_ascii_digit()) {
        return word.to_owned();
    }
    ENDINGS
        .iter()
        .find(|ending| word.ends_with(**ending) && letters >= 4 + ending.chars().count())
        .map_or_else(|| word.to_owned(), |ending| word[..word.len() - ending.len()].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Thesaurus {
        Thesaurus::new([
            vec!["garlic", "Knoblauch", "ail", "ajo", "大蒜"],
            vec!["fresh", "frisch", "frais", "新鲜"],
            vec!["potato", "pomme de terre", "Kartoffel"],
            vec!["apple", "pomme", "Apfel"],
        ])
    }

    #[test]
    fn the_longest_phrase_wins_and_endings_do_not_count() {
        let t = table();
        let of = |text: &str| t.longest(&words(text).content);
        assert_eq!(of("pommes de terre nouvelles"), Some((2, vec![2])));
        assert_eq!(of("pomme rouge"), Some((1, vec![3])));
        assert_eq!(of("frischer Knoblauch"), Some((1, vec![1])));
        assert_eq!(of("Teekanne"), None);
    }

    #[test]
    fn a_run_of_chinese_is_taken_apart_by_the_table() {
        assert_eq!(table().within("中国新鲜大蒜"), ["新鲜", "大蒜"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_up(text in ".{0,60}") {
            let t = table();
            let content = words(&text).content;
            if let Some((n, concepts)) = t.longest(&content) {
                proptest::prop_assert!(n <= content.len() && !concepts.is_empty());
            }
            t.within(&text);
            proptest::prop_assert!(form(&text).len() <= text.len());
        }
    }
}
