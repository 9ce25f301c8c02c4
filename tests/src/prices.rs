//! What the tests of price tables share: a folder with lists, maps and rules, tables built of them, results as
//! rows, and lines assessed the short way held to the whole verdicts. Which prices and lines is each test's own.

#![allow(clippy::unwrap_used)]

use crate::{App, Ran};
use serde_json::Value;
use std::collections::BTreeMap;

/// A map of lists whose rows state code, origin, day, source and price.
pub const MAP: &str = "codes = \"as_stated\"\n[columns]\nhs = \"hs6\"\norigin = \"origin\"\ndate = \"date\"\nsource = \"source\"\nprice = \"unit_price\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\nlevel = \"wholesale\"\n";
/// The rules of [`app`].
pub const RULES: &str = "window_days = 200\norigin_facet = true\ncalibration_min_ranks = 50.0\n";

/// A row by its headers.
pub type Row = BTreeMap<String, String>;

/// A folder with these files, settings and [`RULES`].
pub fn app(files: &[(&str, &str)]) -> App {
    let app = App::new();
    app.file("settings.toml", "statistics_file = \"rules.toml\"\n");
    app.file("rules.toml", RULES);
    for (name, text) in files {
        app.file(name, text);
    }
    app
}

/// A number from 0 to 1 that follows from another.
pub fn spread(n: u32) -> f64 {
    (f64::from(n) * 0.618_033_988_749_895).fract()
}

/// Runs the program with the folder's settings.
pub fn run(app: &App, args: &[&str]) -> Ran {
    app.run(&[&["--config", "settings.toml"], args].concat())
}

/// Builds a table of lists as of 2025-06-30, with more arguments, and gives what is reported as JSON.
pub fn build(app: &App, lists: &[&str], more: &[&str]) -> Ran {
    let plan = ["--map", "map.toml", "--as-of", "2025-06-30", "--json"];
    run(app, &[&["snapshot", "table"], lists, &plan, more].concat())
}

/// The report of a build in which no row was left out.
pub fn table(app: &App, lists: &[&str], more: &[&str]) -> Value {
    serde_json::from_str(&build(app, lists, more).ok()).unwrap()
}

/// The id of a table, from its report.
pub fn id(report: &Value) -> &str {
    report["id"].as_str().unwrap()
}

/// The rows of a CSV.
pub fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// The rows of a file of the folder.
pub fn rows_of(app: &App, name: &str) -> Vec<Row> {
    rows(&std::fs::read_to_string(app.path().join(name)).unwrap())
}

/// Assesses `lines.csv` with figures alone and with whole verdicts, holds the first to the second, reports and
/// rows, and gives the rows of both. Some of the lines are bad ones.
pub fn figures_of_verdicts(app: &App) -> (Vec<Row>, Vec<Row>) {
    let assess =
        |more: &[&str]| run(app, &[&["assess", "lines.csv", "--map", "lines.toml", "--json"], more].concat());
    let (short, whole) = (assess(&["--columns", "figures", "-o", "short.csv"]), assess(&["-o", "whole.csv"]));
    assert_eq!((short.code, whole.code), (6, 6), "{}{}", short.err, whole.err);
    let (told, told_whole) = (short.json(), whole.json());
    for part in ["lines", "bad", "counts", "discovery"] {
        assert_eq!(told[part], told_whole[part], "{part}");
    }
    let (short, whole) = (rows_of(app, "short.csv"), rows_of(app, "whole.csv"));
    same_figures(&short, &whole);
    (short, whole)
}

/// Holds every cell of rows to the one of the same header in others.
pub fn same_figures(short: &[Row], whole: &[Row]) {
    assert_eq!(short.len(), whole.len());
    for (a, b) in short.iter().zip(whole) {
        for (name, cell) in a {
            assert_eq!(*cell, b[name], "line {}, {name}", a["number"]);
        }
    }
}
