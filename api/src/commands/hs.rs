//! `hs`: finding and showing subheadings of the Harmonized System in plain words. An aid, without legal
//! force. What is compiled in needs nothing else; imported editions and correlations are read from the
//! database.

use super::output;
use crate::failure::{Exit, Failure};
use crate::nomenclature::{self, HsHit, HsShown, HsSubheading, MOST};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use model::HsCode;
use normalizer::nomenclature::{EDITION, Language};
use serde_json::json;
use store::{MoveRow, TariffRow};

/// Subheadings that a heading or chapter shows at most as text; JSON has them all.
const SHOWN: usize = 60;
/// Rules that are shown as text; JSON has them all.
const RULES_SHOWN: usize = 8;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Find subheadings by what goods are called
    #[command(after_help = "Examples:\n  touchstone hs search wireless earbuds\n  \
                            touchstone hs search écouteurs sans fil\n  \
                            touchstone hs search \"cotton bath towel\" --most 3 --json\n\n\
                            Words are looked for in every language unless one is named.\n\
                            Misspelt words are read as the nearest known ones, and shown so.")]
    Search {
        /// What the goods are called
        #[arg(required = true)]
        words: Vec<String>,
        /// Only words of this language: en, fr, es, de, pt, ru, zh, ar
        #[arg(long, value_name = "LANG")]
        lang: Option<Language>,
        /// Subheadings to give
        #[arg(long, default_value_t = MOST, value_name = "N")]
        most: usize,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a chapter, heading or subheading holds
    #[command(
        after_help = "Examples:\n  touchstone hs show 851830\n  touchstone hs show 851830 --lang ru\n  \
                            touchstone hs show 851830 --edition \"CN 2023\"\n  touchstone hs show 8518 --json\n\n\
                            A code that HS 2022 does not have ends with exit code 3 and names the\n\
                            nearest, and what became of it where 'import hs-correlation' told that."
    )]
    Show {
        /// Two, four, six or more digits, with or without dots
        code: String,
        /// Descriptions and words of this language only: en, fr, es, de, pt, ru, zh, ar
        #[arg(long, value_name = "LANG")]
        lang: Option<Language>,
        /// What this imported edition says beside our own words
        #[arg(long, value_name = "NAME")]
        edition: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Learn the classifier of HS codes anew, with corrections by officers
    #[command(after_help = super::hs_train::EXAMPLES)]
    Train(super::hs_train::Args),
}

pub async fn run(
    command: Command,
    settings: impl FnOnce() -> Result<Settings, Failure>,
) -> Result<Exit, Failure> {
    match command {
        Command::Train(args) => super::hs_train::run(args),
        Command::Search { words, lang, most, json } => search(&words.join(" "), lang, most, json),
        Command::Show { code, lang, edition, json } => {
            let code = HsCode::parse(&code).map_err(|error| Failure::input(error.to_string()))?;
            let shown = nomenclature::show(&code, &[]);
            let (lines, moves) = match &edition {
                Some(edition) => {
                    let pipeline = Pipeline::existing(settings()?).await?;
                    (pipeline.imported_lines(edition, &code).await?, pipeline.successors(&code).await?)
                }
                // A machine without a database, or with a broken settings file, still knows the codes.
                None if shown.is_err() => (Vec::new(), imported_moves(settings, &code).await),
                None => (Vec::new(), Vec::new()),
            };
            let shown = match (nomenclature::show(&code, &moves), lines.is_empty()) {
                (Ok(shown), _) => Some(shown),
                (Err(_), false) => None,
                (Err(unknown), true) => return Err(Failure::input(unknown.message).hint(unknown.hint)),
            };
            show(&code, shown, lang, edition.as_deref(), &lines, &moves, json)
        }
    }
}

async fn imported_moves(settings: impl FnOnce() -> Result<Settings, Failure>, code: &HsCode) -> Vec<MoveRow> {
    let Ok(settings) = settings() else { return Vec::new() };
    match Pipeline::existing(settings).await {
        Ok(pipeline) => pipeline.successors(code).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn search(query: &str, lang: Option<Language>, most: usize, as_json: bool) -> Result<Exit, Failure> {
    let answer = nomenclature::search(query, lang, most);
    if as_json {
        return output::json(&answer);
    }
    if answer.hits.is_empty() {
        return Err(Failure::input(format!("no subheading is known by any word of '{query}'"))
            .hint("use the plain name of the goods, without brands"));
    }
    let mut text = String::new();
    for hit in &answer.hits {
        text.push_str(&hit_text(hit, lang));
    }
    text.push_str(&note());
    output::text(&text)
}

fn hit_text(hit: &HsHit, lang: Option<Language>) -> String {
    let entry = &hit.subheading;
    let description = said(entry, lang);
    let language = match hit.language.as_str() {
        "en" => String::new(),
        other => format!(" ({other})"),
    };
    format!(
        "{}  {description}\n         {} {}: {} › {}: {} › {}: {}\n         matched{language}: {}\n",
        dotted(&entry.hs),
        "section",
        entry.section,
        entry.section_name,
        entry.chapter,
        entry.chapter_name,
        entry.heading,
        entry.heading_name,
        hit.why.join(", ")
    )
}

/// What a subheading holds, in the language asked for where it is told in it.
fn said(entry: &HsSubheading, lang: Option<Language>) -> &str {
    lang.and_then(|lang| entry.translations.get(lang.code()))
        .map_or(&entry.description, |told| &told.description)
}

fn show(
    code: &HsCode,
    shown: Option<HsShown>,
    lang: Option<Language>,
    edition: Option<&str>,
    lines: &[TariffRow],
    moves: &[MoveRow],
    as_json: bool,
) -> Result<Exit, Failure> {
    if as_json {
        let mut value = match &shown {
            Some(shown) => json!(shown),
            None => {
                json!({ "edition": EDITION, "code": code.as_str(), "subheadings": [], "successors": moves })
            }
        };
        if let Some(edition) = edition {
            value["imported"] = json!({ "edition": edition, "lines": lines });
        }
        return output::json(&value);
    }
    let mut text = String::new();
    if let Some(shown) = &shown {
        text.push_str(&shown_text(shown, lang));
    } else {
        let unknown = nomenclature::unknown(code, &[]);
        text.push_str(&format!("{}; {}\n", unknown.message, unknown.hint));
    }
    for sentence in nomenclature::became(moves) {
        text.push_str(&format!("{}: {sentence}\n", code.dotted()));
    }
    if let Some(edition) = edition {
        text.push_str(&imported_text(edition, lines));
    }
    text.push_str(&note());
    output::text(&text)
}

fn shown_text(shown: &HsShown, lang: Option<Language>) -> String {
    let mut text = String::new();
    for step in shown.path.iter().filter(|step| step.level != "subheading") {
        text.push_str(&format!("{} {}: {}\n", step.level, step.code, step.name));
    }
    text.push('\n');
    for entry in shown.subheadings.iter().take(SHOWN) {
        text.push_str(&format!("{}  {}\n", dotted(&entry.hs), said(entry, lang)));
    }
    if shown.subheadings.len() > SHOWN {
        let left = shown.subheadings.len() - SHOWN;
        text.push_str(&format!("… and {left} more: give four digits, or --json for all\n"));
    }
    if let [entry] = &shown.subheadings[..] {
        text.push_str(&format!("\ncounted in: {}\n", counted(entry)));
        text.push_str(&format!("sold online: {}\n", how_much(&entry.online)));
        let asked = |language: &str| lang.is_none_or(|lang| lang.code() == language);
        if asked("en") {
            text.push_str(&format!("sellers write: {}\n", entry.words.join(", ")));
        }
        for (language, told) in entry.translations.iter().filter(|(language, _)| asked(language)) {
            text.push_str(&format!("{language}: {}: {}\n", told.description, told.words.join(", ")));
        }
        if let Some(lang) =
            lang.filter(|lang| *lang != Language::English && !entry.translations.contains_key(lang.code()))
        {
            text.push_str(&format!("not told in {}\n", lang.name()));
        }
    }
    if !shown.rules.is_empty() {
        text.push_str("\nbetween neighbours:\n");
        for rule in shown.rules.iter().take(RULES_SHOWN) {
            text.push_str(&format!("- {}: {}\n", rule.kind, rule.rule));
        }
        if shown.rules.len() > RULES_SHOWN {
            let left = shown.rules.len() - RULES_SHOWN;
            text.push_str(&format!("- … and {left} of wider scope: --json has all\n"));
        }
    }
    text
}

fn counted(entry: &HsSubheading) -> String {
    let unit = &entry.unit;
    let standard = format!("{} ({})", unit.standard_name, unit.standard);
    match (&unit.supplementary, &unit.supplementary_name) {
        (Some(code), _) if *code == unit.standard => format!("{standard}, beside the net mass"),
        (Some(code), Some(name)) => format!("{standard}; in statistics {name} ({code}), beside the net mass"),
        _ if unit.standard == "KGM" => standard,
        _ => format!("{standard}; in statistics net mass alone"),
    }
}

/// The lines of an imported edition, as they stand in it.
fn imported_text(edition: &str, lines: &[TariffRow]) -> String {
    if lines.is_empty() {
        return format!("\n{edition} has no line of this code\n");
    }
    let mut text = String::new();
    let mut language = "";
    for line in lines.iter().take(SHOWN) {
        if line.language != language {
            language = &line.language;
            text.push_str(&format!("\n{edition} ({language}):\n"));
        }
        for headline in &line.headlines {
            text.push_str(&format!("                 {headline}\n"));
        }
        text.push_str(&format!("{:<17}{}", line.code.dotted(), line.description));
        if !line.units.is_empty() {
            text.push_str(&format!(" [{}]", line.units.join(", ")));
        }
        text.push('\n');
    }
    if lines.len() > SHOWN {
        text.push_str(&format!("… and {} more: give more digits, or --json for all\n", lines.len() - SHOWN));
    }
    text
}

fn dotted(code: &str) -> String {
    HsCode::parse(code).map_or_else(|_| code.to_owned(), |code| code.dotted())
}

fn how_much(online: &str) -> &str {
    match online {
        "hardly" => "hardly ever",
        "sometimes" => "now and then",
        other => other,
    }
}

fn note() -> String {
    format!("\n{EDITION}; plain words as an aid, without legal force\n")
}
