//! Finding subheadings by words, in any of the languages: those that sellers use and those of the
//! descriptions. A language is asked where it could have written the query; the index of each is made
//! when it is first asked. Each hit says what matched and in which language. Not here: the
//! classification of listings.

use super::index::{Document, Index};
use super::language::Language;
use super::{Nomenclature, Subheading};
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

/// A subheading found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Hit {
    /// Which.
    pub subheading: &'static Subheading,
    /// Its rank value: comparable within one answer only.
    pub score: f64,
    /// Phrases and words that matched, strongest first; a corrected word as `written → read`.
    pub why: Vec<String>,
    /// The language these words are of.
    pub language: Language,
}

/// An index of the nomenclature's words in every language. A search takes well below a millisecond,
/// a few where words are misspelt; the first in a language makes its index.
pub struct Search {
    nomenclature: &'static Nomenclature,
    indices: Vec<(Language, OnceLock<Index>)>,
}

impl Search {
    /// Over the nomenclature that ships with the project.
    pub fn builtin() -> &'static Search {
        static BUILTIN: LazyLock<Search> = LazyLock::new(|| Search {
            nomenclature: Nomenclature::builtin(),
            indices: Language::ALL.iter().map(|language| (*language, OnceLock::new())).collect(),
        });
        &BUILTIN
    }

    /// The best `most` subheadings for a query in any language, best first; equal ones by code. Empty
    /// where no word is known.
    pub fn find(&self, query: &str, most: usize) -> Vec<Hit> {
        let asked =
            self.ready(|language| language.may_have_written(query) && self.nomenclature.speaks(language));
        self.found(asked, query, most)
    }

    /// The same with the words of one language only.
    pub fn find_in(&self, language: Language, query: &str, most: usize) -> Vec<Hit> {
        self.found(self.ready(|other| other == language), query, most)
    }

    /// The indices of some languages. Those that were never asked are made, side by side.
    fn ready(&self, wanted: impl Fn(Language) -> bool) -> Vec<&Index> {
        let wanted: Vec<_> = self.indices.iter().filter(|(language, _)| wanted(*language)).collect();
        std::thread::scope(|scope| {
            let missing = wanted.iter().filter(|(_, index)| index.get().is_none());
            for (language, index) in missing.skip(1) {
                scope.spawn(|| index.get_or_init(|| made(*language)));
            }
            wanted.iter().map(|(language, index)| index.get_or_init(|| made(*language))).collect()
        })
    }

    fn found(&self, asked: Vec<&Index>, query: &str, most: usize) -> Vec<Hit> {
        let coverage: Vec<(usize, usize)> = asked.iter().map(|index| index.coverage(query)).collect();
        // A word that one language knows is not a misspelt one of another.
        let known = coverage.iter().map(|(known, _)| *known).max().unwrap_or(0);
        let mut best: HashMap<u32, Hit> = HashMap::new();
        for (index, (covered, telling)) in asked.into_iter().zip(coverage) {
            if covered < known {
                continue;
            }
            let forgiving = covered < telling;
            let answer = index.find(query, self.nomenclature, forgiving);
            for found in answer.found {
                let Some(subheading) = self.nomenclature.subheadings().get(found.entry as usize) else {
                    continue;
                };
                let hit = Hit {
                    subheading,
                    score: (found.score * 1000.0).round() / 1000.0,
                    why: found.why,
                    language: index.language(),
                };
                match best.entry(found.entry) {
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(hit);
                    }
                    // English comes first and stays where another language says no more.
                    std::collections::hash_map::Entry::Occupied(mut place) => {
                        if hit.score > place.get().score {
                            place.insert(hit);
                        }
                    }
                }
            }
        }
        let mut hits: Vec<Hit> = best.into_values().collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.subheading.hs.cmp(&b.subheading.hs)));
        hits.truncate(most);
        hits
    }
}

fn made(language: Language) -> Index {
    let nomenclature = Nomenclature::builtin();
    let documents = nomenclature
        .subheadings()
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| {
            let (description, phrases) = match language {
                Language::English => (entry.description, entry.words.clone()),
                _ => {
                    let told = nomenclature.translation(&entry.hs, language)?;
                    (told.description, told.words.clone())
                }
            };
            Some(Document { entry: at as u32, description, phrases })
        })
        .collect();
    Index::new(language, documents)
}
