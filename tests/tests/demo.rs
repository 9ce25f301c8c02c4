//! The main job: the demo end to end, its second run, and every bundled declared line.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::Line;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One demo for all tests of this file.
fn demo() -> &'static (App, String) {
    static DEMO: OnceLock<(App, String)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let app = App::new();
        let out = app.run(&["demo", "--no-serve", "--data", "d"]).ok();
        (app, out)
    })
}

fn results(app: &App) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(app.path().join("d/assessed.csv")).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn the_demo_writes_everything_it_names() {
    let (app, out) = demo();
    for name in ["assessed.csv", "assessed.xlsx", "observatory.html", "touchstone.db"] {
        let path = app.path().join("d").join(name);
        assert!(path.metadata().is_ok_and(|m| m.len() > 1_000), "{name} is written");
    }
    assert!(app.path().join("d/archive").read_dir().unwrap().count() >= 6, "an archive for each shop");
    for words in ["harbour-lane", "Stored", "Snapshot", "never a customs value"] {
        assert!(out.contains(words), "{words} in:\n{out}");
    }
}

/// The arguments of the README's `check`, as a shell would give them.
fn readme_check() -> Vec<String> {
    let readme = std::fs::read_to_string(acceptance::root().join("README.md")).unwrap();
    let at = readme.find("target/release/touchstone check").unwrap();
    let command = readme[at..].split("```").next().unwrap().replace("\\\n", " ");
    // Quoted parts stand at the odd places.
    let parts = command.split('"').enumerate().flat_map(|(i, part)| match i % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    });
    parts.skip(1).map(|arg| if arg == "demo-data" { "d".to_owned() } else { arg }).collect()
}

#[test]
fn the_line_of_the_readme_is_compared_and_fits_a_terminal() {
    let (app, _) = demo();
    let args = readme_check();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let text = app.run(&args).ok();
    assert!(text.contains("[strong_reason_to_ask]"), "{text}");
    let wide = text.lines().find(|l| l.chars().count() > 80);
    assert_eq!(wide, None);
}

#[test]
fn every_declared_line_gets_its_expected_verdict() {
    let (app, _) = demo();
    let rows = results(app);
    assert!(rows.len() >= 75, "{} lines", rows.len());
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for row in &rows {
        *seen.entry(row["verdict"].clone()).or_insert(0) += 1;
        if row["verdict"] != row["expected_verdict"] {
            wrong.push(format!(
                "line {}: expected {}, got {} ({})",
                row["line"], row["expected_verdict"], row["verdict"], row["sentence"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for code in model::VerdictCode::ALL {
        assert!(seen.contains_key(code.code()), "no line gives {code}: {seen:?}");
    }
}

#[test]
fn a_second_run_finds_the_state_of_the_first() {
    // A demo of its own: the shared one must stay as the first run left it.
    let app = App::new();
    app.run(&["demo", "--no-serve", "--data", "d"]).ok();
    let before = app.run(&["db", "status", "--json", "--data", "d"]).json();
    let out = app.run(&["demo", "--no-serve", "--data", "d"]).ok();
    let after = app.run(&["db", "status", "--json", "--data", "d"]).json();
    assert!(out.contains("This folder was there already"), "{out}");
    let count = |v: &serde_json::Value, what: &str| v["counts"][what].as_u64().unwrap();
    assert_eq!(count(&before, "urls"), count(&after, "urls"), "no address is stored twice");
    let new = count(&after, "observations") - count(&before, "observations");
    assert!((1..=60).contains(&new), "only the page that changed gives new offers, not {new}");
    assert_eq!(count(&before, "rejections"), count(&after, "rejections"));
    let unchanged: Vec<&str> = out.lines().filter(|l| l.starts_with("harbour-lane")).collect();
    assert_eq!(unchanged.len(), 1, "{out}");
}

#[test]
fn each_stored_offer_leads_back_to_its_archived_page() {
    let (app, _) = demo();
    let line = Line::of("070320", "fresh garlic", "1.10", "EUR", "kg").without("level");
    let verdict = app.check(&line.with("export_date", "2026-09-10"), &["--json"]).json();
    let comparators = verdict["comparators"].as_array().unwrap();
    assert!(!comparators.is_empty(), "{verdict:#}");
    for comparator in comparators {
        let archive = &comparator["archive"];
        let reference = model::ArchiveRef {
            file: archive["file"].as_str().unwrap().to_owned(),
            offset: archive["offset"].as_u64().unwrap(),
        };
        let (_, payload) = crawler::archive::read_payload(&app.path().join("d/archive"), &reference).unwrap();
        let hash = model::ContentHash::of(&payload).to_string();
        assert_eq!(comparator["page_hash"].as_str().unwrap(), hash, "the page behind {comparator:#}");
    }
}

#[test]
fn the_same_day_gives_the_same_snapshot_and_another_day_other_prices() {
    let (first, out) = demo();
    let again = App::new();
    again.run(&["demo", "--no-serve", "--data", "d"]).ok();
    let id = |app: &App| {
        let list = app.run(&["snapshot", "list", "--json", "--data", "d"]).json();
        list[0]["id"].as_str().unwrap().to_owned()
    };
    // The archive's file names and offsets belong to an observation, and they are the same too.
    assert_eq!(id(first), id(&again), "{out}");
    let later = App::new();
    later.run(&["demo", "--no-serve", "--data", "d", "--date", "2026-12-15"]).ok();
    assert_ne!(id(first), id(&later));
}
