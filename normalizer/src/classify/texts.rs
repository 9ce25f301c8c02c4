//! What the classifier is learned from: the project's own words, descriptions and titles, compiled in so
//! that an administration can learn anew with its corrections. Titles come in three lots by different
//! authors, so that what one taught can be judged by the others; and a frozen test by yet others. Not
//! here: learning.

use super::train::Example;
use crate::nomenclature::{Nomenclature, Online};
use model::HsCode;

mod files;

/// How much a seller's phrase and a description count beside a title.
const PHRASE: f32 = 0.6;
const DESCRIPTION: f32 = 0.5;

/// How much a text of goods so seldom sold counts.
fn share(online: Online) -> f32 {
    match online {
        Online::Hardly => 0.3,
        Online::Sometimes => 0.6,
        Online::Regularly | Online::Everywhere => 1.0,
    }
}

/// Phrases and descriptions of the nomenclature, in every language it has.
pub(super) fn of_nomenclature(nomenclature: &'static Nomenclature) -> Vec<Example<'static>> {
    let mut examples = Vec::new();
    let mut push = |hs: HsCode, text: &'static str, weight: f32| {
        examples.push(Example { hs, text: text.into(), weight });
    };
    for entry in nomenclature.subheadings() {
        let share = share(entry.online);
        entry.words.iter().for_each(|phrase| push(entry.hs, phrase, PHRASE * share));
        push(entry.hs, entry.description, DESCRIPTION * share);
    }
    for language in nomenclature.languages() {
        for entry in nomenclature.translations(language) {
            entry.words.iter().for_each(|phrase| push(entry.hs, phrase, PHRASE));
            push(entry.hs, entry.description, DESCRIPTION);
        }
    }
    examples
}

/// Titles of the first lot, by chapter.
pub(super) fn first_lot() -> Vec<Example<'static>> {
    files::FIRST.iter().flat_map(|table| of_titles(table)).collect()
}

/// Titles of the second lot, by theme.
pub(super) fn second_lot() -> Vec<Example<'static>> {
    files::SECOND.iter().flat_map(|table| of_titles(table)).collect()
}

/// Titles of the third lot, by theme.
pub(super) fn third_lot() -> Vec<Example<'static>> {
    files::THIRD.iter().flat_map(|table| of_titles(table)).collect()
}

/// Rows of a table `hs6<TAB>lang<TAB>title` with a header.
fn rows(table: &str) -> impl Iterator<Item = (HsCode, &str, &str)> {
    table.lines().skip(1).filter_map(|line| {
        let mut columns = line.splitn(3, '\t');
        let hs = HsCode::parse(columns.next()?).ok()?;
        Some((hs, columns.next()?, columns.next()?))
    })
}

fn of_titles(table: &'static str) -> Vec<Example<'static>> {
    let nomenclature = Nomenclature::builtin();
    let weighed = rows(table).filter_map(|(hs, _, title)| {
        let online = nomenclature.subheading(&hs)?.online;
        Some(Example { hs, text: title.into(), weight: share(online) })
    });
    weighed.collect()
}

/// A title of the frozen test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// Six digits, as labelled.
    pub hs: HsCode,
    /// ISO 639-1.
    pub language: &'static str,
    /// As a seller would write it.
    pub title: &'static str,
}

/// The frozen test: titles and codes by authors who knew nothing of what the classifier learns from.
/// Nothing is learned, chosen or tuned by them.
pub fn frozen() -> Vec<Frozen> {
    let tables = files::FROZEN.iter();
    tables.flat_map(|table| rows(table)).map(|(hs, language, title)| Frozen { hs, language, title }).collect()
}
