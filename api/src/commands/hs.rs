//! `hs`: finding and showing subheadings of the Harmonized System in plain words. An aid, without legal
//! force. Reads nothing but what is compiled in.

use super::output;
use crate::failure::{Exit, Failure};
use model::HsCode;
use normalizer::nomenclature::{Chapter, EDITION, Nomenclature, Online, Search, Subheading};
use serde_json::{Value, json};

/// Subheadings that a search gives unless told otherwise.
const MOST: usize = 10;
/// Subheadings that a heading or chapter shows at most as text; JSON has them all.
const SHOWN: usize = 60;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Find subheadings by what goods are called
    #[command(after_help = "Examples:\n  touchstone hs search wireless earbuds\n  \
                            touchstone hs search \"cotton bath towel\" --most 3 --json\n\n\
                            Misspelt words are read as the nearest known ones, and shown so.")]
    Search {
        /// What the goods are called, in English
        #[arg(required = true)]
        words: Vec<String>,
        /// Subheadings to give
        #[arg(long, default_value_t = MOST, value_name = "N")]
        most: usize,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a chapter, heading or subheading holds
    #[command(after_help = "Examples:\n  touchstone hs show 851830\n  touchstone hs show 8518 --json\n\n\
                            A code that HS 2022 does not have ends with exit code 3 and names the nearest.")]
    Show {
        /// Two, four, six or more digits, with or without dots
        code: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Learn the classifier of HS codes anew, with corrections by officers
    #[command(after_help = super::hs_train::EXAMPLES)]
    Train(super::hs_train::Args),
}

pub fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Search { words, most, json } => search(&words.join(" "), most, json),
        Command::Show { code, json } => show(&code, json),
        Command::Train(args) => super::hs_train::run(args),
    }
}

fn search(query: &str, most: usize, as_json: bool) -> Result<Exit, Failure> {
    let hits = Search::builtin().find(query, most);
    if as_json {
        let hits: Vec<Value> = hits
            .iter()
            .map(|hit| {
                let mut value = described(hit.subheading);
                value["score"] = json!(hit.score);
                value["why"] = json!(hit.why);
                value
            })
            .collect();
        return output::json(&json!({ "edition": EDITION, "query": query, "hits": hits }));
    }
    if hits.is_empty() {
        return Err(Failure::input(format!("no subheading is known by any word of '{query}'"))
            .hint("use the plain English name of the goods, without brands"));
    }
    let mut text = String::new();
    for hit in &hits {
        let entry = hit.subheading;
        text.push_str(&format!("{}  {}\n", entry.hs.dotted(), entry.description));
        text.push_str(&format!("         {}; matched: {}\n", place(entry), hit.why.join(", ")));
    }
    text.push_str(&note());
    output::text(&text)
}

fn show(written: &str, as_json: bool) -> Result<Exit, Failure> {
    let nomenclature = Nomenclature::builtin();
    let code = HsCode::parse(written).map_err(|error| Failure::input(error.to_string()))?;
    let held = nomenclature.within(&code);
    let Some(chapter) = nomenclature.chapter(&code).filter(|_| !held.is_empty()) else {
        let near: Vec<String> = nomenclature
            .nearest(code.as_str(), 5)
            .iter()
            .map(|entry| format!("{} ({})", entry.hs.dotted(), entry.description))
            .collect();
        let failure = Failure::input(format!("{EDITION} has no code {}", code.dotted()));
        return Err(match near.is_empty() {
            true => failure.hint("chapters run from 01 to 97, without 77"),
            false => failure.hint(format!("nearest: {}", near.join("; "))),
        });
    };
    if as_json {
        return output::json(&json!({
            "edition": EDITION,
            "code": code.as_str(),
            "chapter": chapter,
            "subheadings": held.iter().map(described).collect::<Vec<_>>(),
        }));
    }
    let mut text = format!("section {}, chapter {}: {}\n\n", chapter.section, chapter.hs, chapter.name);
    for entry in held.iter().take(SHOWN) {
        text.push_str(&format!("{}  {}\n", entry.hs.dotted(), entry.description));
        if held.len() == 1 {
            text.push_str(&format!("\nsold online: {}\n", how_much(entry.online)));
            text.push_str(&format!("sellers write: {}\n", entry.words.join(", ")));
        }
    }
    if held.len() > SHOWN {
        let left = held.len() - SHOWN;
        text.push_str(&format!("… and {left} more: give four digits, or --json for all\n"));
    }
    text.push_str(&note());
    output::text(&text)
}

fn described(entry: &Subheading) -> Value {
    let chapter = Nomenclature::builtin().chapter(&entry.hs);
    json!({
        "hs": entry.hs.as_str(),
        "description": entry.description,
        "words": entry.words,
        "online": entry.online,
        "heading": entry.hs.heading().map(|heading| heading.as_str().to_owned()),
        "chapter": chapter.map(|chapter| chapter.hs.as_str().to_owned()),
        "chapter_name": chapter.map(|chapter| chapter.name),
        "section": chapter.map(|chapter| chapter.section),
    })
}

fn place(entry: &Subheading) -> String {
    match Nomenclature::builtin().chapter(&entry.hs) {
        Some(Chapter { hs, section, name }) => format!("section {section}, chapter {hs} {name}"),
        None => "chapter unknown".to_owned(),
    }
}

fn how_much(online: Online) -> &'static str {
    match online {
        Online::Hardly => "hardly ever",
        Online::Sometimes => "now and then",
        Online::Regularly => "regularly",
        Online::Everywhere => "everywhere",
    }
}

fn note() -> String {
    format!("\n{EDITION}; plain words as an aid, without legal force\n")
}
