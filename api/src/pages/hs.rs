//! The nomenclature's pages: the search, and a code with where it stands, what it is called in every
//! language, what its goods are counted in and what decides between neighbours.

use super::{Frame, PageError, render};
use crate::declared::LineErrors;
use crate::nomenclature::{HsAnswer, HsShown, HsSubheading};
use model::HsCode;
use normalizer::nomenclature::{Language, Nomenclature};
use serde::Serialize;

/// What the search page was asked.
#[derive(Debug, Clone)]
pub struct HsAsked {
    /// The words, as they were typed.
    pub query: String,
    /// The language chosen.
    pub language: Option<Language>,
    /// What could not be read of the address.
    pub errors: Option<LineErrors>,
}

#[derive(Serialize)]
struct Choice {
    code: &'static str,
    name: &'static str,
    chosen: bool,
}

#[derive(Serialize)]
struct Step {
    level: String,
    /// Where it is shown; sections have no page.
    href: Option<String>,
    code: String,
    name: String,
}

#[derive(Serialize)]
struct ShownHit {
    href: String,
    dotted: String,
    description: String,
    translation: Option<String>,
    path: Vec<Step>,
    why: String,
    language: Option<String>,
    tag: String,
    rtl: bool,
}

#[derive(Serialize)]
struct SearchContent {
    query: String,
    choices: Vec<Choice>,
    errors: Vec<String>,
    searched: bool,
    hits: Vec<ShownHit>,
    twin: Option<String>,
    edition: &'static str,
}

/// The search box, with what was found where something was asked.
pub fn hs_search_html(asked: &HsAsked, answer: Option<&HsAnswer>) -> Result<String, PageError> {
    let nomenclature = Nomenclature::builtin();
    let choices = nomenclature
        .languages()
        .map(|language| Choice {
            code: language.code(),
            name: language.name(),
            chosen: asked.language == Some(language),
        })
        .collect();
    let errors = asked
        .errors
        .iter()
        .flat_map(|errors| errors.0.iter().map(|error| format!("{} {}", error.field, error.message)))
        .collect();
    let hits = answer.map_or_else(Vec::new, |answer| {
        answer
            .hits
            .iter()
            .map(|hit| {
                let entry = &hit.subheading;
                let language: Language = hit.language.parse().unwrap_or(Language::English);
                ShownHit {
                    href: format!("/hs/{}", entry.hs),
                    dotted: dotted(&entry.hs),
                    description: entry.description.clone(),
                    translation: asked
                        .language
                        .and_then(|l| entry.translations.get(l.code()))
                        .map(|t| t.description.clone()),
                    path: way(entry),
                    why: hit.why.join(", "),
                    language: (language != Language::English).then(|| language.name().to_owned()),
                    tag: language.code().to_owned(),
                    rtl: language.right_to_left(),
                }
            })
            .collect()
    });
    let twin = answer.map(|answer| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("q", &answer.query);
        if let Some(language) = &answer.language {
            pairs.append_pair("lang", language);
        }
        format!("/v1/hs?{}", pairs.finish())
    });
    let content = SearchContent {
        query: asked.query.clone(),
        choices,
        errors,
        searched: answer.is_some(),
        hits,
        twin,
        edition: normalizer::nomenclature::EDITION,
    };
    render("hs.html", &Frame::served("Find an HS code", "hs"), content)
}

/// What lies over a subheading.
fn way(entry: &HsSubheading) -> Vec<Step> {
    let step = |level: &str, href: Option<String>, code: &str, name: &str| Step {
        level: level.to_owned(),
        href,
        code: code.to_owned(),
        name: name.to_owned(),
    };
    vec![
        step("section", None, &entry.section, &entry.section_name),
        step("chapter", Some(format!("/hs/{}", entry.chapter)), &entry.chapter, &entry.chapter_name),
        step("heading", Some(format!("/hs/{}", entry.heading)), &entry.heading, &entry.heading_name),
    ]
}

#[derive(Serialize)]
struct Told {
    tag: String,
    name: String,
    rtl: bool,
    description: String,
    words: String,
}

#[derive(Serialize)]
struct ShownRule {
    kind: String,
    rule: String,
}

#[derive(Serialize)]
struct Row {
    href: String,
    dotted: String,
    description: String,
    online: &'static str,
}

#[derive(Serialize)]
struct Group {
    href: String,
    code: String,
    name: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct CodeContent {
    path: Vec<Step>,
    lead: String,
    single: bool,
    national: Option<String>,
    standard: String,
    supplementary: String,
    online: &'static str,
    told: Vec<Told>,
    rules: Vec<ShownRule>,
    wider: Vec<ShownRule>,
    groups: Vec<Group>,
    became: Vec<String>,
    check: Option<String>,
    observatory: Option<String>,
    twin: String,
    edition: String,
}

/// A code. `offered`: whether the snapshot in use has offers under it.
pub fn hs_code_html(code: &HsCode, shown: &HsShown, offered: bool) -> Result<String, PageError> {
    let own = code.subheading().unwrap_or(*code);
    let single = code.level() >= 6;
    let entry = shown.subheadings.first().filter(|_| single);
    let (rules, wider) = shown
        .rules
        .iter()
        .map(|rule| {
            let near = rule
                .codes
                .iter()
                .any(|other| other.len() >= 4 && other.starts_with(&own.as_str()[..own.level().min(4)]));
            (near, ShownRule { kind: rule.kind.clone(), rule: rule.rule.clone() })
        })
        .partition::<Vec<_>, _>(|(near, _)| *near);
    let last = shown.path.last();
    let content = CodeContent {
        path: shown
            .path
            .iter()
            .filter(|step| step.code != own.as_str())
            .map(|step| Step {
                level: step.level.clone(),
                href: (step.level != "section").then(|| format!("/hs/{}", step.code)),
                code: step.code.clone(),
                name: step.name.clone(),
            })
            .collect(),
        lead: last.map_or_else(String::new, |step| step.name.clone()),
        single,
        national: (code.level() > 6).then(|| code.dotted()),
        standard: entry
            .map_or_else(String::new, |e| format!("{} ({})", e.unit.standard_name, e.unit.standard)),
        supplementary: entry.map_or_else(String::new, |e| {
            match (&e.unit.supplementary_name, &e.unit.supplementary) {
                (Some(name), Some(code)) => format!("{name} ({code}), beside the net mass"),
                _ => "net mass alone".to_owned(),
            }
        }),
        online: entry.map_or("", |e| how_much(&e.online)),
        told: entry.map_or_else(Vec::new, told),
        rules: rules.into_iter().map(|(_, rule)| rule).collect(),
        wider: wider.into_iter().map(|(_, rule)| rule).collect(),
        groups: if single { Vec::new() } else { groups(shown) },
        became: crate::nomenclature::sentences(&shown.successors),
        check: single.then(|| format!("/?hs={}", code.dotted())),
        observatory: offered.then(|| format!("/observatory/{own}")),
        twin: format!("/v1/hs/{code}"),
        edition: shown.edition.clone(),
    };
    let title = match own.level() {
        2 => format!("HS chapter {own}"),
        4 => format!("HS heading {own}"),
        _ => format!("HS {}", own.dotted()),
    };
    render("hs_code.html", &Frame::served(title, "hs"), content)
}

fn told(entry: &HsSubheading) -> Vec<Told> {
    Nomenclature::builtin()
        .languages()
        .filter_map(|language| {
            let (description, words) = match language {
                Language::English => (&entry.description, &entry.words),
                _ => entry.translations.get(language.code()).map(|told| (&told.description, &told.words))?,
            };
            Some(Told {
                tag: language.code().to_owned(),
                name: language.name().to_owned(),
                rtl: language.right_to_left(),
                description: description.clone(),
                words: words.join(if language == Language::Arabic { "، " } else { ", " }),
            })
        })
        .collect()
}

/// The subheadings of a chapter or heading, by heading.
fn groups(shown: &HsShown) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for entry in &shown.subheadings {
        let row = Row {
            href: format!("/hs/{}", entry.hs),
            dotted: dotted(&entry.hs),
            description: entry.description.clone(),
            online: how_much(&entry.online),
        };
        match groups.last_mut().filter(|group| group.code == entry.heading) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                href: format!("/hs/{}", entry.heading),
                code: entry.heading.clone(),
                name: entry.heading_name.clone(),
                rows: vec![row],
            }),
        }
    }
    groups
}

fn dotted(code: &str) -> String {
    HsCode::parse(code).map_or_else(|_| code.to_owned(), |code| code.dotted())
}

fn how_much(online: &str) -> &'static str {
    match online {
        "hardly" => "hardly ever",
        "sometimes" => "now and then",
        "regularly" => "regularly",
        _ => "everywhere",
    }
}
