//! The nomenclature in our own words: for every subheading of HS 2022 a plain description, and the words
//! marketplaces use for such goods; for every chapter its section and a name. It is an aid to find a
//! code, without legal force: the legal text is the convention's. Not here: the codes themselves
//! (`model::HsCode`), and the classification of listings.

mod files;
mod search;

pub use search::{Hit, Search};

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

/// All subheadings with their chapters.
#[derive(Debug, Clone)]
pub struct Nomenclature {
    chapters: Vec<Chapter>,
    subheadings: Vec<Subheading>,
}

/// The edition of the Harmonized System that the codes belong to.
pub const EDITION: &str = "HS 2022";

impl Nomenclature {
    /// The one that ships with the project. A line that cannot be read is left out; a test holds the
    /// files to the list of codes.
    pub fn builtin() -> &'static Nomenclature {
        static BUILTIN: LazyLock<Nomenclature> = LazyLock::new(|| Nomenclature {
            chapters: rows(files::CHAPTERS).filter_map(chapter).collect(),
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
    let words = words.split(';').map(str::trim).filter(|phrase| !phrase.is_empty()).collect();
    Some(Subheading { hs: HsCode::parse(code).ok()?, description, words, online })
}
