//! HS subheadings from a table of phrases, the longest one wins: an administration's own words, and lists
//! whose goods have no code. Not here: the learned classifier.

use crate::{NormalizeError, text};
use model::HsCode;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// The keywords that ship with the project.
pub const BUILTIN: &str = include_str!("../../../config/hs/keywords.csv");

/// A phrase that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordHit {
    /// The subheading.
    pub hs: HsCode,
    /// The phrase as the table has it, folded.
    pub phrase: String,
    /// Its language.
    pub language: String,
}

#[derive(Debug, Clone)]
struct Entry {
    words: Vec<String>,
    hs: HsCode,
    language: String,
}

/// Phrases and the subheadings they name: CSV `language,phrase,hs6` (`*` for any language).
#[derive(Debug, Clone, Default)]
pub struct HsKeywords {
    /// By first word of the phrase, longest phrases first.
    by_first: Arc<HashMap<String, Vec<Entry>>>,
    len: usize,
}

impl HsKeywords {
    /// The table that ships with the project.
    pub fn builtin() -> Self {
        static TABLE: LazyLock<HsKeywords> =
            LazyLock::new(|| HsKeywords::parse_csv(BUILTIN).unwrap_or_default());
        TABLE.clone()
    }
    /// Reads CSV with the header `language,phrase,hs6`; lines that begin with `#` are comments.
    /// Unknown subheadings are errors.
    pub fn parse_csv(csv_text: &str) -> Result<Self, NormalizeError> {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(csv_text.as_bytes());
        let bad = |line: u64, problem: String| NormalizeError::Keywords { line, problem };
        let header = reader.headers().map_err(|error| bad(1, error.to_string()))?.clone();
        let column = |name: &str| {
            header
                .iter()
                .position(|column| column == name)
                .ok_or_else(|| bad(1, format!("no column '{name}'; the header is language,phrase,hs6")))
        };
        let (language_at, phrase_at, hs_at) = (column("language")?, column("phrase")?, column("hs6")?);
        let mut by_first: HashMap<String, Vec<Entry>> = HashMap::new();
        let mut len = 0;
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                bad(line, error.to_string())
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let field = |at: usize| record.get(at).unwrap_or_default();
            let hs: HsCode =
                field(hs_at).parse().map_err(|error: model::VocabularyError| bad(line, error.to_string()))?;
            if hs.level() != 6 || !hs.is_known() {
                return Err(bad(line, format!("'{}' is not a subheading of HS 2022", field(hs_at))));
            }
            let words = text::tokens(field(phrase_at));
            let Some(first) = words.first().cloned() else {
                return Err(bad(line, "the phrase has no words".to_owned()));
            };
            let entries = by_first.entry(first).or_default();
            entries.push(Entry { words, hs, language: field(language_at).to_ascii_lowercase() });
            len += 1;
        }
        for entries in by_first.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.words.len()));
        }
        Ok(HsKeywords { by_first: Arc::new(by_first), len })
    }
    /// Takes in another table; where both have a phrase in one language, the other table's code
    /// stands: an administration's own words prevail over those that ship.
    pub fn extend(&mut self, more: HsKeywords) {
        let table = Arc::make_mut(&mut self.by_first);
        for (first, entries) in more.by_first.iter() {
            let own = table.entry(first.clone()).or_default();
            for entry in entries {
                own.retain(|held| held.words != entry.words || held.language != entry.language);
            }
            own.extend(entries.iter().cloned());
            own.sort_by_key(|entry| std::cmp::Reverse(entry.words.len()));
        }
        self.len = table.values().map(Vec::len).sum();
    }
    /// Number of phrases.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether there is no phrase.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// The longest phrase that stands in the text on word boundaries; `None` where the longest
    /// phrases name different subheadings.
    pub fn classify(&self, name: &str, language: Option<&str>) -> Option<KeywordHit> {
        let words = text::tokens(name);
        self.classify_words(&words, language).map(|(hit, _)| hit)
    }
    /// As [`Self::classify`], on folded words; with the position of the phrase's first word.
    pub fn classify_words(&self, words: &[String], language: Option<&str>) -> Option<(KeywordHit, usize)> {
        let language = language.and_then(crate::language::primary);
        let mut best: Option<(&Entry, usize)> = None;
        let mut tied = false;
        for (at, word) in words.iter().enumerate() {
            let Some(entries) = self.by_first.get(word) else { continue };
            for entry in entries {
                let rest = &words[at..];
                if !rest.starts_with(&entry.words) {
                    continue;
                }
                // A phrase of another language than the page's counts too (product words travel),
                // but only where it says the same as or more than those of the page's language.
                let rank = |entry: &Entry| {
                    (
                        entry.words.len(),
                        entry.words.iter().map(|word| word.chars().count()).sum::<usize>(),
                        language.as_deref().is_some_and(|l| l == entry.language),
                    )
                };
                match best {
                    Some((held, _)) if rank(held) > rank(entry) => {}
                    Some((held, _)) if rank(held) == rank(entry) => tied |= held.hs != entry.hs,
                    _ => {
                        best = Some((entry, at));
                        tied = false;
                    }
                }
            }
        }
        let (entry, at) = best.filter(|_| !tied)?;
        Some((
            KeywordHit { hs: entry.hs, phrase: entry.words.join(" "), language: entry.language.clone() },
            at,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> HsKeywords {
        HsKeywords::parse_csv(&format!("# test\nlanguage,phrase,hs6\n{rows}")).unwrap()
    }
    fn code(table: &HsKeywords, name: &str) -> Option<String> {
        table.classify(name, Some("en")).map(|hit| hit.hs.to_string())
    }

    #[test]
    fn the_table_that_ships_reads_and_every_code_is_known() {
        // `builtin` falls back to an empty table only where this fails.
        let table = HsKeywords::parse_csv(BUILTIN).unwrap();
        assert!(table.len() > 300, "{}", table.len());
        assert_eq!(HsKeywords::builtin().len(), table.len());
        for (name, expected) in [
            ("Power Bank 20000 mAh schwarz", "850760"),
            ("Kopfhörer kabellos", "851830"),
            ("Machine à café automatique", "851671"),
            ("Zapatillas deportivas hombre", "640411"),
        ] {
            let hit = table.classify(name, None).unwrap();
            assert_eq!(hit.hs.as_str(), expected, "{name}");
        }
    }
    #[test]
    fn the_longest_phrase_wins_and_ties_name_nothing() {
        let table = table(
            "en,phone,851713\nen,phone case,392690\nen,lamp,940521\n*,tea,090230\nde,gift,310520\nen,gift,491199\n",
        );
        assert_eq!(code(&table, "Blue phone case").as_deref(), Some("392690"));
        assert_eq!(code(&table, "PHONE 5").as_deref(), Some("851713"));
        assert_eq!(code(&table, "headphones"), None);
        assert_eq!(code(&table, "phone lamps"), Some("851713".into()));
        assert_eq!(code(&table, "tea lamp"), Some("940521".into()));
        // The page's language decides between equal words.
        assert_eq!(code(&table, "gift"), Some("491199".into()));
        assert_eq!(table.classify("gift", None), None);
    }
    #[test]
    fn mistakes_are_named_with_their_line() {
        let error = |rows: &str| HsKeywords::parse_csv(rows).unwrap_err().to_string();
        insta::assert_snapshot!(error("language,phrase,hs6\nen,lamp,123499\n"), @"keywords, line 2: '123499' is not a subheading of HS 2022");
        insta::assert_snapshot!(error("language,phrase\nen,lamp\n"), @"keywords, line 1: no column 'hs6'; the header is language,phrase,hs6");
        insta::assert_snapshot!(error("language,phrase,hs6\nen,--,940521\n"), @"keywords, line 2: the phrase has no words");
    }
}
