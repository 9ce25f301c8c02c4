//! Words and phrases that name the same goods or quality, in one language or several, as lists: of
//! `config/hs/synonyms.tsv`, our own, and `config/hs/translations.tsv`, learned from our own words for the
//! same subheadings (`tests/bench/retrieval/translations.py`). Not which offers they find.

use super::files;
use std::collections::BTreeMap;

/// Every list of phrases that mean the same. One phrase may stand in several, one for each meaning.
pub fn synonyms() -> Vec<Vec<&'static str>> {
    let mut lists: Vec<Vec<&str>> = files::SYNONYMS
        .lines()
        .skip(1)
        .map(|line| line.split(';').map(str::trim).filter(|phrase| !phrase.is_empty()).collect())
        .collect();
    let mut by_english: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in files::TRANSLATED.lines().skip(1) {
        let mut cells = line.split('\t');
        if let (Some(english), Some(_), Some(word)) = (cells.next(), cells.next(), cells.next()) {
            let list = by_english.entry(english).or_insert_with(|| vec![english]);
            // Neighbouring languages often share a word.
            if !list.contains(&word) {
                list.push(word);
            }
        }
    }
    lists.extend(by_english.into_values().filter(|list| list.len() > 1));
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_several_phrases_and_none_twice() {
        let lists = synonyms();
        assert!(lists.len() > 500, "{}", lists.len());
        for list in &lists {
            let distinct: std::collections::BTreeSet<&&str> = list.iter().collect();
            assert!(list.len() > 1 && distinct.len() == list.len(), "{list:?}");
        }
    }

    #[test]
    fn lines_have_three_columns_of_known_languages() {
        for line in files::TRANSLATED.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 3, "{line}");
            assert!(cells[1].parse::<crate::nomenclature::Language>().is_ok(), "{line}");
        }
    }
}
