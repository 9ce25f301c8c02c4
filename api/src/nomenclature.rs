//! The nomenclature as people and programs are shown it: what a search found, what a code holds, where
//! it stands and what became of it. One set of values for the command line, the API and the pages. Not
//! here: the nomenclature itself (`normalizer::nomenclature`), and how it is drawn.

use model::HsCode;
use normalizer::nomenclature::{EDITION, Language, Nomenclature, Online, Place, Search, Subheading};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use store::MoveRow;

/// Subheadings that a search gives unless told otherwise.
pub const MOST: usize = 10;
/// Subheadings that a search gives at most.
pub const MOST_EVER: usize = 100;
/// Characters of a query that are read.
pub const MOST_QUERY: usize = 200;
/// Codes that are named beside an unknown one.
const NEAREST: usize = 5;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HsAnswer {
    /// The edition of the Harmonized System that the codes belong to.
    pub edition: String,
    /// What was asked.
    pub query: String,
    /// The language asked for; null where all were.
    pub language: Option<String>,
    /// The subheadings found, best first.
    pub hits: Vec<HsHit>,
}

/// A subheading found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HsHit {
    /// Which.
    #[serde(flatten)]
    pub subheading: HsSubheading,
    /// Its rank value: comparable within one answer only.
    pub score: f64,
    /// Phrases and words that matched, strongest first; a corrected word as `written → read`.
    pub why: Vec<String>,
    /// The language these words are of, ISO 639-1.
    pub language: String,
}

/// A subheading with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsSubheading {
    /// Six digits.
    pub hs: String,
    /// What it holds, in plain English.
    pub description: String,
    /// What sellers call such goods, in English.
    pub words: Vec<String>,
    /// How much of it is sold on marketplaces: `hardly`, `sometimes`, `regularly`, `everywhere`.
    pub online: String,
    /// Its heading, four digits.
    pub heading: String,
    /// What the heading holds, in few words.
    pub heading_name: String,
    /// Its chapter, two digits.
    pub chapter: String,
    /// What the chapter holds, in few words.
    pub chapter_name: String,
    /// Its section, a Roman number.
    pub section: String,
    /// What the section holds, in few words.
    pub section_name: String,
    /// What its goods are counted in.
    pub unit: HsUnit,
    /// What other languages say of it, by ISO 639-1 code; a search gives the language asked for only.
    pub translations: BTreeMap<String, HsTranslation>,
}

/// What goods are counted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsUnit {
    /// The standard unit of quantity, a code of UN/CEFACT Recommendation 20.
    pub standard: String,
    /// The same as people read it.
    pub standard_name: String,
    /// What trade statistics ask for beside the net mass, a code of Recommendation 20; null for nothing.
    pub supplementary: Option<String>,
    /// The same as people read it.
    pub supplementary_name: Option<String>,
}

/// What another language says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsTranslation {
    /// What the subheading holds.
    pub description: String,
    /// What sellers call such goods.
    pub words: Vec<String>,
}

/// One level of the way to a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsStep {
    /// `section`, `chapter`, `heading` or `subheading`.
    pub level: String,
    /// A Roman number, or two, four or six digits.
    pub code: String,
    /// What it holds, in few words.
    pub name: String,
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsChapter {
    /// Two digits.
    pub hs: String,
    /// Its section, a Roman number.
    pub section: String,
    /// What it holds, in few words.
    pub name: String,
}

/// A rule that decides between neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsRule {
    /// What kind of question it answers: `parts`, `sets`, `material`, `function`, `used`, `make`,
    /// `measure`, `audience` or `general`.
    pub kind: String,
    /// The codes it speaks of.
    pub codes: Vec<String>,
    /// The rule, in our own words.
    pub rule: String,
}

/// What became of a code in a later edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsSuccessor {
    /// The edition that had the code.
    pub from_edition: String,
    /// The code.
    pub from_code: String,
    /// The later edition.
    pub to_edition: String,
    /// The code there; null where nothing took its place.
    pub to_code: Option<String>,
    /// Which part moved, or why.
    pub note: Option<String>,
}

/// What a code holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HsShown {
    /// The edition of the Harmonized System that the code belongs to.
    pub edition: String,
    /// The code asked for, bare digits.
    pub code: String,
    /// The way to it, from the section to the code itself.
    pub path: Vec<HsStep>,
    /// Its chapter.
    pub chapter: HsChapter,
    /// The subheadings within it, by code: one for a subheading.
    pub subheadings: Vec<HsSubheading>,
    /// What decides between it and its neighbours, nearest first.
    pub rules: Vec<HsRule>,
    /// What became of it in other editions, where a correlation was imported.
    pub successors: Vec<HsSuccessor>,
}

/// A code that the edition does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode {
    /// What is wrong, one sentence.
    pub message: String,
    /// What became of it, where that is known, and the nearest codes.
    pub hint: String,
}

/// The subheadings that a query finds, in every language or the one asked for.
pub fn search(query: &str, language: Option<Language>, most: usize) -> HsAnswer {
    let query: String = query.chars().take(MOST_QUERY).collect();
    let most = most.clamp(1, MOST_EVER);
    let hits = match language {
        Some(language) => Search::builtin().find_in(language, &query, most),
        None => Search::builtin().find(&query, most),
    };
    let hits = hits
        .into_iter()
        .map(|hit| HsHit {
            subheading: described(hit.subheading, &language.into_iter().collect::<Vec<_>>()),
            score: hit.score,
            why: hit.why,
            language: hit.language.to_string(),
        })
        .collect();
    HsAnswer { edition: EDITION.to_owned(), query, language: language.map(|l| l.to_string()), hits }
}

/// What a code holds, and what became of it by the moves given. National digits are those of whoever
/// issued them: the subheading they extend is shown.
///
/// # Errors
/// A code that the edition does not have.
pub fn show(code: &HsCode, moves: &[MoveRow]) -> Result<HsShown, UnknownCode> {
    let nomenclature = Nomenclature::builtin();
    let held = nomenclature.within(code);
    let Some(place) = nomenclature.place(code).filter(|_| !held.is_empty()) else {
        return Err(unknown(code, moves));
    };
    let languages: Vec<Language> = nomenclature.languages().collect();
    Ok(HsShown {
        edition: EDITION.to_owned(),
        code: code.to_string(),
        path: path(code, &place),
        chapter: HsChapter {
            hs: place.chapter.hs.to_string(),
            section: place.section.section.to_owned(),
            name: place.chapter.name.to_owned(),
        },
        subheadings: held.iter().map(|entry| described(entry, &languages)).collect(),
        rules: nomenclature
            .rules_of(code)
            .into_iter()
            .map(|rule| HsRule {
                kind: rule.kind.to_string(),
                codes: rule.codes.iter().map(HsCode::to_string).collect(),
                rule: rule.rule.to_owned(),
            })
            .collect(),
        successors: moves.iter().map(successor).collect(),
    })
}

/// The sentence beside a code that the edition does not have, with what became of it and the nearest.
pub fn unknown(code: &HsCode, moves: &[MoveRow]) -> UnknownCode {
    let nearest: Vec<String> = Nomenclature::builtin()
        .nearest(code.as_str(), NEAREST)
        .iter()
        .map(|entry| format!("{} ({})", entry.hs.dotted(), entry.description))
        .collect();
    let mut hint = became(moves);
    if !nearest.is_empty() {
        hint.push(format!("nearest: {}", nearest.join("; ")));
    } else if hint.is_empty() {
        hint.push("chapters run from 01 to 97, without 77".to_owned());
    }
    UnknownCode { message: format!("{EDITION} has no code {}", code.dotted()), hint: hint.join("; ") }
}

/// What became of codes, a sentence for each pair of editions: "HS 2022 has it as 8517.13, 8517.14 (by
/// the correlation from HS 2017)".
pub fn became(moves: &[MoveRow]) -> Vec<String> {
    sentences(&moves.iter().map(successor).collect::<Vec<_>>())
}

/// The same of what is shown already.
pub fn sentences(successors: &[HsSuccessor]) -> Vec<String> {
    let mut by_editions: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for row in successors {
        let codes = by_editions.entry((&row.from_edition, &row.to_edition)).or_default();
        let code = row.to_code.as_deref().and_then(|code| HsCode::parse(code).ok());
        if let Some(code) = code.map(|code| code.dotted()).filter(|code| !codes.contains(code)) {
            codes.push(code);
        }
    }
    by_editions
        .into_iter()
        .map(|((from, to), codes)| match codes.is_empty() {
            true => format!("{to} has nothing in its place (by the correlation from {from})"),
            false => format!("{to} has it as {} (by the correlation from {from})", codes.join(", ")),
        })
        .collect()
}

fn successor(row: &MoveRow) -> HsSuccessor {
    HsSuccessor {
        from_edition: row.from_edition.clone(),
        from_code: row.from_code.to_string(),
        to_edition: row.to_edition.clone(),
        to_code: row.to_code.map(|code| code.to_string()),
        note: row.note.clone(),
    }
}

fn path(code: &HsCode, place: &Place) -> Vec<HsStep> {
    let step = |level: &str, code: String, name: &str| HsStep {
        level: level.to_owned(),
        code,
        name: name.to_owned(),
    };
    let mut steps = vec![
        step("section", place.section.section.to_owned(), place.section.name),
        step("chapter", place.chapter.hs.to_string(), place.chapter.name),
    ];
    if let Some(heading) = place.heading {
        steps.push(step("heading", heading.hs.to_string(), heading.name));
    }
    if let Some(entry) = Nomenclature::builtin().subheading(code) {
        steps.push(step("subheading", entry.hs.to_string(), entry.description));
    }
    steps
}

fn described(entry: &Subheading, languages: &[Language]) -> HsSubheading {
    let nomenclature = Nomenclature::builtin();
    let place = nomenclature.place(&entry.hs);
    let unit = nomenclature.unit(&entry.hs);
    let translations = languages
        .iter()
        .filter_map(|language| {
            let told = nomenclature.translation(&entry.hs, *language)?;
            let words = told.words.iter().map(|word| (*word).to_owned()).collect();
            Some((language.to_string(), HsTranslation { description: told.description.to_owned(), words }))
        })
        .collect();
    let heading = place.and_then(|place| place.heading);
    HsSubheading {
        hs: entry.hs.to_string(),
        description: entry.description.to_owned(),
        words: entry.words.iter().map(|word| (*word).to_owned()).collect(),
        online: how_much(entry.online).to_owned(),
        heading: heading.map_or_else(String::new, |heading| heading.hs.to_string()),
        heading_name: heading.map_or_else(String::new, |heading| heading.name.to_owned()),
        chapter: place.map_or_else(String::new, |place| place.chapter.hs.to_string()),
        chapter_name: place.map_or_else(String::new, |place| place.chapter.name.to_owned()),
        section: place.map_or_else(String::new, |place| place.section.section.to_owned()),
        section_name: place.map_or_else(String::new, |place| place.section.name.to_owned()),
        unit: HsUnit {
            standard: unit.standard.code().to_owned(),
            standard_name: unit.standard.per().trim_start_matches("per ").to_owned(),
            supplementary: unit.supplementary.map(|measure| measure.code().to_owned()),
            supplementary_name: unit.supplementary.map(|measure| measure.name().to_owned()),
        },
        translations,
    }
}

fn how_much(online: Online) -> &'static str {
    match online {
        Online::Hardly => "hardly",
        Online::Sometimes => "sometimes",
        Online::Regularly => "regularly",
        Online::Everywhere => "everywhere",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(to: Option<&str>) -> MoveRow {
        MoveRow {
            from_edition: "HS 2017".to_owned(),
            from_code: HsCode::parse("851712").unwrap(),
            to_edition: "HS 2022".to_owned(),
            to_code: to.map(|to| HsCode::parse(to).unwrap()),
            note: None,
        }
    }

    #[test]
    fn a_retired_code_names_what_became_of_it_and_the_nearest() {
        let code = HsCode::parse("8517.12").unwrap();
        let error =
            show(&code, &[moved(Some("851713")), moved(Some("851714")), moved(Some("851713"))]).unwrap_err();
        assert_eq!(error.message, "HS 2022 has no code 8517.12");
        assert!(
            error.hint.starts_with(
                "HS 2022 has it as 8517.13, 8517.14 (by the correlation from HS 2017); nearest: 8517.1"
            ),
            "{}",
            error.hint
        );
        assert!(show(&HsCode::parse("7711").unwrap(), &[]).unwrap_err().hint.contains("without 77"));
        assert_eq!(
            became(&[moved(None)]),
            ["HS 2022 has nothing in its place (by the correlation from HS 2017)"]
        );
    }

    #[test]
    fn a_code_is_shown_with_its_way_unit_and_rules() {
        let shown = show(&HsCode::parse("8518300090").unwrap(), &[]).unwrap();
        let levels: Vec<&str> = shown.path.iter().map(|step| step.level.as_str()).collect();
        assert_eq!(levels, ["section", "chapter", "heading", "subheading"]);
        assert_eq!((shown.path[0].code.as_str(), shown.path[2].code.as_str()), ("XVI", "8518"));
        assert_eq!(shown.subheadings.len(), 1);
        assert_eq!(shown.subheadings[0].unit.standard, "H87");
        assert!(!shown.rules.is_empty());
        assert_eq!(show(&HsCode::parse("85").unwrap(), &[]).unwrap().path.len(), 2);
    }

    #[test]
    fn a_search_keeps_to_its_limits() {
        assert_eq!(search("cotton", None, 0).hits.len(), 1);
        assert_eq!(search("cotton", None, 5_000).hits.len(), MOST_EVER);
        let long = search(&"power bank ".repeat(500), None, 3);
        assert_eq!(long.query.chars().count(), MOST_QUERY);
        assert_eq!(long.hits[0].subheading.hs, "850760");
    }
}
