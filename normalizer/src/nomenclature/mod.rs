//! The nomenclature in our own words: for every subheading of HS 2022 a plain description, and the words
//! marketplaces use for such goods, for the most traded ones in further languages too; for every section,
//! chapter and heading a name; units of quantity; rules that decide between neighbours. It is an aid to
//! find a code, without legal force: the legal text is the convention's. Not here: the codes themselves
//! (`model::HsCode`), and the classification of listings.

mod files;
mod index;
mod language;
mod rules;
mod search;
mod synonyms;
mod unit;

pub use language::{Language, UnknownLanguage};
pub use rules::{Rule, RuleKind};
pub use search::{Hit, Search};
pub use synonyms::synonyms;
pub use unit::{Measure, UnitOfQuantity};

use model::HsCode;
use std::sync::LazyLock;

/// How much of a subheading's goods are sold on marketplaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Online {
    /// Practically never.
    Hardly,
    /// Now and then.
    Sometimes,
    /// Regularly.
    Regularly,
    /// Thousands of listings any day.
    Everywhere,
}

/// A subheading.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Subheading {
    /// Six digits.
    pub hs: HsCode,
    /// What it holds, in plain words.
    pub description: &'static str,
    /// What sellers call such goods, lower case.
    pub words: Vec<&'static str>,
    /// How much of it is sold online.
    pub online: Online,
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Chapter {
    /// Two digits.
    pub hs: HsCode,
    /// Its section, a Roman number.
    pub section: &'static str,
    /// What it holds, in few words.
    pub name: &'static str,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Heading {
    /// Four digits.
    pub hs: HsCode,
    /// What it holds, in few words.
    pub name: &'static str,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Section {
    /// A Roman number.
    pub section: &'static str,
    /// What it holds, in few words.
    pub name: &'static str,
}

/// What another language says of a subheading.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Translation {
    /// Six digits.
    pub hs: HsCode,
    /// What it holds.
    pub description: &'static str,
    /// What sellers call such goods.
    pub words: Vec<&'static str>,
}

/// Where a code stands: what lies over it, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The section.
    pub section: &'static Section,
    /// The chapter.
    pub chapter: &'static Chapter,
    /// The heading; `None` for a chapter.
    pub heading: Option<&'static Heading>,
}

/// All subheadings with what lies over them.
#[derive(Debug)]
pub struct Nomenclature {
    sections: Vec<Section>,
    chapters: Vec<Chapter>,
    headings: Vec<Heading>,
    subheadings: Vec<Subheading>,
    translations: Vec<(Language, LazyLock<Vec<Translation>, Reading>)>,
}

/// Reads one language's file when it is first asked for.
type Reading = Box<dyn FnOnce() -> Vec<Translation> + Send + Sync>;

/// The edition of the Harmonized System that the codes belong to.
pub const EDITION: &str = "HS 2022";

impl Nomenclature {
    /// The one that ships with the project. A line that cannot be read is left out; a test holds the
    /// files to the list of codes.
    pub fn builtin() -> &'static Nomenclature {
        static BUILTIN: LazyLock<Nomenclature> = LazyLock::new(|| Nomenclature {
            sections: rows(files::SECTIONS).filter_map(section).collect(),
            chapters: rows(files::CHAPTERS).filter_map(chapter).collect(),
            headings: rows(files::HEADINGS).filter_map(heading).collect(),
            translations: files::TRANSLATIONS
                .iter()
                .map(|(language, text)| (*language, lazily(text)))
                .collect(),
            subheadings: files::WORDS.iter().flat_map(|text| rows(text)).filter_map(subheading).collect(),
        });
        &BUILTIN
    }
    /// Every subheading, by code.
    pub fn subheadings(&self) -> &[Subheading] {
        &self.subheadings
    }
    /// Every chapter, by code.
    pub fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }
    /// Every heading, by code.
    pub fn headings(&self) -> &[Heading] {
        &self.headings
    }
    /// Every section, in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }
    /// The languages in which subheadings are described, English first.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        Language::ALL.iter().copied().filter(|language| self.speaks(*language))
    }
    /// Whether subheadings are described in a language.
    pub fn speaks(&self, language: Language) -> bool {
        language == Language::English || self.translations.iter().any(|(other, _)| *other == language)
    }
    /// Every subheading that another language describes, by code.
    pub fn translations(&self, language: Language) -> &[Translation] {
        self.translations.iter().find(|(other, _)| *other == language).map_or(&[], |(_, told)| told)
    }
    /// What another language says of the subheading of a code.
    pub fn translation(&self, code: &HsCode, language: Language) -> Option<&Translation> {
        let wanted = code.subheading()?;
        let told = self.translations(language);
        told.binary_search_by(|entry| entry.hs.cmp(&wanted)).ok().and_then(|at| told.get(at))
    }
    /// What lies over a code. `None` for a chapter that HS 2022 does not have.
    pub fn place(&'static self, code: &HsCode) -> Option<Place> {
        let chapter = self.chapter(code)?;
        let section = self.sections.iter().find(|section| section.section == chapter.section)?;
        Some(Place { section, chapter, heading: self.heading(code) })
    }
    /// The heading of a code of four digits or more.
    pub fn heading(&self, code: &HsCode) -> Option<&Heading> {
        let wanted = code.heading()?;
        let at = self.headings.binary_search_by(|entry| entry.hs.cmp(&wanted)).ok()?;
        self.headings.get(at)
    }
    /// What goods of a code are counted in.
    pub fn unit(&self, code: &HsCode) -> UnitOfQuantity {
        unit::of(code)
    }
    /// How many rules of units there are.
    pub fn unit_rules(&self) -> usize {
        unit::rules()
    }
    /// Every rule that decides between neighbours.
    pub fn rules(&self) -> &'static [Rule] {
        rules::all()
    }
    /// The rules that speak of a code, of what lies over it or under it, nearest first.
    pub fn rules_of(&self, code: &HsCode) -> Vec<&'static Rule> {
        rules::of(code)
    }
    /// The subheadings within a code: one for a subheading or a national code, all of a heading or
    /// chapter. Empty for a code that HS 2022 does not have.
    pub fn within(&self, code: &HsCode) -> &[Subheading] {
        let code = code.subheading().unwrap_or(*code);
        let from = self.subheadings.partition_point(|entry| entry.hs < code && !entry.hs.is_within(&code));
        let held = self.subheadings[from..].iter().take_while(|entry| entry.hs.is_within(&code)).count();
        &self.subheadings[from..from + held]
    }
    /// The subheading of a code of six digits or more.
    pub fn subheading(&self, code: &HsCode) -> Option<&Subheading> {
        let wanted = code.subheading()?;
        let at = self.subheadings.binary_search_by(|entry| entry.hs.cmp(&wanted)).ok()?;
        self.subheadings.get(at)
    }
    /// The chapter of a code.
    pub fn chapter(&self, code: &HsCode) -> Option<&Chapter> {
        let wanted = code.chapter();
        self.chapters.iter().find(|chapter| chapter.hs == wanted)
    }
    /// For a code that HS 2022 does not have: up to `most` of its own that are nearest, those of the same
    /// heading first, then of the chapter, by distance of their digits.
    pub fn nearest(&self, digits: &str, most: usize) -> Vec<&Subheading> {
        let number = |text: &str| format!("{:0<6.6}", text).parse::<i64>().unwrap_or(0);
        let wanted = number(digits);
        let alike = |entry: &Subheading| {
            entry.hs.as_str().bytes().zip(digits.bytes()).take_while(|(a, b)| a == b).count().min(4) / 2
        };
        let mut near: Vec<&Subheading> = self.subheadings.iter().filter(|entry| alike(entry) > 0).collect();
        near.sort_by_key(|entry| {
            (std::cmp::Reverse(alike(entry)), (number(entry.hs.as_str()) - wanted).abs(), entry.hs)
        });
        near.truncate(most);
        near
    }
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split('\t').collect())
}

fn lazily(text: &'static str) -> LazyLock<Vec<Translation>, Reading> {
    LazyLock::new(Box::new(move || rows(text).filter_map(translation).collect()))
}

fn translation(row: Vec<&'static str>) -> Option<Translation> {
    let [code, description, words] = row[..] else { return None };
    Some(Translation { hs: HsCode::parse(code).ok()?, description, words: phrases(words) })
}

fn phrases(words: &'static str) -> Vec<&'static str> {
    words.split(';').map(str::trim).filter(|phrase| !phrase.is_empty()).collect()
}

fn section(row: Vec<&'static str>) -> Option<Section> {
    let [section, name] = row[..] else { return None };
    Some(Section { section, name })
}

fn heading(row: Vec<&'static str>) -> Option<Heading> {
    let [code, name] = row[..] else { return None };
    Some(Heading { hs: HsCode::parse(code).ok()?, name })
}

fn chapter(row: Vec<&'static str>) -> Option<Chapter> {
    let [code, section, name] = row[..] else { return None };
    Some(Chapter { hs: HsCode::parse(code).ok()?, section, name })
}

fn subheading(row: Vec<&'static str>) -> Option<Subheading> {
    let [code, online, description, words] = row[..] else { return None };
    let online = match online {
        "0" => Online::Hardly,
        "1" => Online::Sometimes,
        "2" => Online::Regularly,
        "3" => Online::Everywhere,
        _ => return None,
    };
    Some(Subheading { hs: HsCode::parse(code).ok()?, description, words: phrases(words), online })
}
