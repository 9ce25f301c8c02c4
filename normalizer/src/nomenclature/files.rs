//! The files of `config/hs` that are compiled in: one of words a chapter.

use super::language::Language;

/// Chapters with section and name.
pub(super) const CHAPTERS: &str = include_str!("../../../config/hs/chapters.tsv");

/// Sections with name.
pub(super) const SECTIONS: &str = include_str!("../../../config/hs/sections.tsv");

/// Headings with name.
pub(super) const HEADINGS: &str = include_str!("../../../config/hs/headings.tsv");

/// Units of quantity by prefix.
pub(super) const UNITS: &str = include_str!("../../../config/hs/units.tsv");

/// What decides between neighbours.
pub(super) const RULES: &str = include_str!("../../../config/hs/rules.tsv");

/// Phrases that mean the same, a list a line.
pub(super) const SYNONYMS: &str = include_str!("../../../config/hs/synonyms.tsv");

/// Words of other languages with the English one for the same, learned.
pub(super) const TRANSLATED: &str = include_str!("../../../config/hs/translations.tsv");

/// Descriptions and words of the subheadings most traded online, by language.
pub(super) const TRANSLATIONS: &[(Language, &str)] = &[
    (Language::French, include_str!("../../../config/hs/lang/fr.tsv")),
    (Language::Spanish, include_str!("../../../config/hs/lang/es.tsv")),
    (Language::German, include_str!("../../../config/hs/lang/de.tsv")),
    (Language::Portuguese, include_str!("../../../config/hs/lang/pt.tsv")),
    (Language::Russian, include_str!("../../../config/hs/lang/ru.tsv")),
    (Language::Arabic, include_str!("../../../config/hs/lang/ar.tsv")),
    (Language::Chinese, include_str!("../../../config/hs/lang/zh.tsv")),
];

/// Subheadings by chapter: code, how much is sold online, description, words.
pub(super) const WORDS: &[&str] = &[
    include_str!("../../../config/hs/words/01.tsv"),
    include_str!("../../../config/hs/words/02.tsv"),
    include_str!("../../../config/hs/words/03.tsv"),
    include_str!("../../../config/hs/words/04.tsv"),
    include_str!("../../../config/hs/words/05.tsv"),
    include_str!("../../../config/hs/words/06.tsv"),
    include_str!("../../../config/hs/words/07.tsv"),
    include_str!("../../../config/hs/words/08.tsv"),
    include_str!("../../../config/hs/words/09.tsv"),
    include_str!("../../../config/hs/words/10.tsv"),
    include_str!("../../../config/hs/words/11.tsv"),
    include_str!("../../../config/hs/words/12.tsv"),
    include_str!("../../../config/hs/words/13.tsv"),
    include_str!("../../../config/hs/words/14.tsv"),
    include_str!("../../../config/hs/words/15.tsv"),
    include_str!("../../../config/hs/words/16.tsv"),
    include_str!("../../../config/hs/words/17.tsv"),
    include_str!("../../../config/hs/words/18.tsv"),
    include_str!("../../../config/hs/words/19.tsv"),
    include_str!("../../../config/hs/words/20.tsv"),
    include_str!("../../../config/hs/words/21.tsv"),
    include_str!("../../../config/hs/words/22.tsv"),
    include_str!("../../../config/hs/words/23.tsv"),
    include_str!("../../../config/hs/words/24.tsv"),
    include_str!("../../../config/hs/words/25.tsv"),
    include_str!("../../../config/hs/words/26.tsv"),
    include_str!("../../../config/hs/words/27.tsv"),
    include_str!("../../../config/hs/words/28.tsv"),
    include_str!("../../../config/hs/words/29.tsv"),
    include_str!("../../../config/hs/words/30.tsv"),
    include_str!("../../../config/hs/words/31.tsv"),
    include_str!("../../../config/hs/words/32.tsv"),
    include_str!("../../../config/hs/words/33.tsv"),
    include_str!("../../../config/hs/words/34.tsv"),
    include_str!("../../../config/hs/words/35.tsv"),
    include_str!("../../../config/hs/words/36.tsv"),
    include_str!("../../../config/hs/words/37.tsv"),
    include_str!("../../../config/hs/words/38.tsv"),
    include_str!("../../../config/hs/words/39.tsv"),
    include_str!("../../../config/hs/words/40.tsv"),
    include_str!("../../../config/hs/words/41.tsv"),
    include_str!("../../../config/hs/words/42.tsv"),
    include_str!("../../../config/hs/words/43.tsv"),
    include_str!("../../../config/hs/words/44.tsv"),
    include_str!("../../../config/hs/words/45.tsv"),
    include_str!("../../../config/hs/words/46.tsv"),
    include_str!("../../../config/hs/words/47.tsv"),
    include_str!("../../../config/hs/words/48.tsv"),
    include_str!("../../../config/hs/words/49.tsv"),
    include_str!("../../../config/hs/words/50.tsv"),
    include_str!("../../../config/hs/words/51.tsv"),
    include_str!("../../../config/hs/words/52.tsv"),
    include_str!("../../../config/hs/words/53.tsv"),
    include_str!("../../../config/hs/words/54.tsv"),
    include_str!("../../../config/hs/words/55.tsv"),
    include_str!("../../../config/hs/words/56.tsv"),
    include_str!("../../../config/hs/words/57.tsv"),
    include_str!("../../../config/hs/words/58.tsv"),
    include_str!("../../../config/hs/words/59.tsv"),
    include_str!("../../../config/hs/words/60.tsv"),
    include_str!("../../../config/hs/words/61.tsv"),
    include_str!("../../../config/hs/words/62.tsv"),
    include_str!("../../../config/hs/words/63.tsv"),
    include_str!("../../../config/hs/words/64.tsv"),
    include_str!("../../../config/hs/words/65.tsv"),
    include_str!("../../../config/hs/words/66.tsv"),
    include_str!("../../../config/hs/words/67.tsv"),
    include_str!("../../../config/hs/words/68.tsv"),
    include_str!("../../../config/hs/words/69.tsv"),
    include_str!("../../../config/hs/words/70.tsv"),
    include_str!("../../../config/hs/words/71.tsv"),
    include_str!("../../../config/hs/words/72.tsv"),
    include_str!("../../../config/hs/words/73.tsv"),
    include_str!("../../../config/hs/words/74.tsv"),
    include_str!("../../../config/hs/words/75.tsv"),
    include_str!("../../../config/hs/words/76.tsv"),
    include_str!("../../../config/hs/words/78.tsv"),
    include_str!("../../../config/hs/words/79.tsv"),
    include_str!("../../../config/hs/words/80.tsv"),
    include_str!("../../../config/hs/words/81.tsv"),
    include_str!("../../../config/hs/words/82.tsv"),
    include_str!("../../../config/hs/words/83.tsv"),
    include_str!("../../../config/hs/words/84.tsv"),
    include_str!("../../../config/hs/words/85.tsv"),
    include_str!("../../../config/hs/words/86.tsv"),
    include_str!("../../../config/hs/words/87.tsv"),
    include_str!("../../../config/hs/words/88.tsv"),
    include_str!("../../../config/hs/words/89.tsv"),
    include_str!("../../../config/hs/words/90.tsv"),
    include_str!("../../../config/hs/words/91.tsv"),
    include_str!("../../../config/hs/words/92.tsv"),
    include_str!("../../../config/hs/words/93.tsv"),
    include_str!("../../../config/hs/words/94.tsv"),
    include_str!("../../../config/hs/words/95.tsv"),
    include_str!("../../../config/hs/words/96.tsv"),
    include_str!("../../../config/hs/words/97.tsv"),
];
