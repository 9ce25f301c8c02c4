//! Price tables from the command line: built of a list, shown, checked against line by line, and assessed
//! against in bulk with the very figures of the single check.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

const MAP: &str = "codes = \"as_stated\"\n[columns]\nhs = \"hs6\"\norigin = \"origin\"\ndate = \"date\"\nsource = \"source\"\nprice = \"unit_price\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\nlevel = \"wholesale\"\n";
const LINES_MAP: &str = "[columns]\nline = \"id\"\nhs = \"hs6\"\norigin = \"origin\"\nquantity = \"qty\"\nvalue = \"value\"\nexport_date = \"day\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\nlevel = \"wholesale\"\n";
const SETTINGS: &str = "statistics_file = \"rules.toml\"\n";
const RULES: &str = "window_days = 200\norigin_facet = true\ncalibration_min_ranks = 50.0\n";

/// A number from 0 to 1 that follows from another.
fn spread(n: u32) -> f64 {
    (f64::from(n) * 0.618_033_988_749_895).fract()
}

/// Twelve codes of two origins, thirty sources, 2,000 prices of about the code's level.
fn prices() -> String {
    let mut text = "hs6,origin,date,source,unit_price\n".to_owned();
    for i in 0..2000 {
        let code = 7 * (i % 12);
        let origin = ["CN", "ES"][(i / 12 % 2) as usize];
        let price = f64::from(2 + code) * (0.6 + 0.8 * spread(i * 7 + 3));
        let day = 1 + i % 28;
        let _ = writeln!(
            text,
            "1234{code:02},{origin},2025-0{}-{day:02},S{:02},{price:.2}",
            1 + i % 6,
            i * i % 31
        );
    }
    // Left out, each with its reason.
    text.push_str(
        "123407,CN,2025-03-01,S01,0\n123407,Atlantis,2025-03-01,S01,5.00\n12,CN,2025-03-01,S01,5.00\n",
    );
    text
}

/// Lines of every kind: plain ones, other days, an origin without prices, a code without any, quoted
/// cells, and some that cannot be read.
fn lines() -> String {
    let mut text = "id,hs6,origin,qty,value,day,note\n".to_owned();
    for i in 0..300 {
        let code = 7 * (i % 12);
        let origin = ["CN", "ES", "ZZ"][(i % 7 % 3) as usize];
        let value = f64::from(2 + code) * (0.2 + 1.3 * spread(i)) * 40.0;
        let day = ["2025-06-30", "2025-03-05", "2026-03-05"][(i % 3) as usize];
        let _ = writeln!(text, "L{i},1234{code:02},{origin},40,{value:.2},{day},n{i}");
    }
    text.push_str("\"A, quoted\",123407,CN,40,200,2025-06-30,\"with \"\"quotes\"\"\"\n");
    text.push_str("B,999999,CN,40,200,2025-06-30,no such code\n");
    text.push_str("C,123407,CN,forty,200,2025-06-30,no number\n\n");
    text.push_str("D,123407,CN,40,200\n");
    text.push_str("=E,123407,CN,1e2,200,2025-06-30,other spelling\n");
    text.push_str("F,123407,UK,40,200,2025-06-30,no country\nG,123407,cn,40,200,2025-06-30,small letters\n");
    text.push_str("H,123407,,40,200,2025-06-30, blanks around \nI,123407,ES,40,200,2025-06-30,für alle\n");
    text.push_str("J,123407,CN,0.0000000001,18446744073709551615,2025-06-30,beyond all prices\n");
    text
}

fn app() -> App {
    let app = App::new();
    for (name, text) in [
        ("map.toml", MAP.to_owned()),
        ("lines.toml", LINES_MAP.to_owned()),
        ("settings.toml", SETTINGS.to_owned()),
        ("rules.toml", RULES.to_owned()),
        ("prices.csv", prices()),
        ("lines.csv", lines()),
    ] {
        app.file(name, text);
    }
    app
}

fn run(app: &App, args: &[&str]) -> acceptance::Ran {
    app.run(&[&["--config", "settings.toml"], args].concat())
}

fn table(app: &App) -> Value {
    let ran = run(
        app,
        &["snapshot", "table", "prices.csv", "--map", "map.toml", "--as-of", "2025-06-30", "--json"],
    );
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert!(ran.err.contains("Atlantis"), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[test]
fn figures_alone_are_those_of_the_whole_verdict() {
    figures_are_those_of_the_verdict(&app(), 24);
}

#[test]
fn figures_alone_are_those_of_the_whole_verdict_where_the_origin_is_no_facet() {
    let app = app();
    app.file("rules.toml", RULES.replace("origin_facet = true", "origin_facet = false"));
    figures_are_those_of_the_verdict(&app, 12);
}

fn figures_are_those_of_the_verdict(app: &App, groups: u64) {
    let report = table(app);
    assert_eq!((report["rows"].as_u64(), report["groups"].as_u64()), (Some(2000), Some(groups)));
    assert_eq!(report["left_out"]["rows"].as_u64(), Some(3));
    assert_eq!(report["calibrated"], true);
    let assess =
        |more: &[&str]| run(app, &[&["assess", "lines.csv", "--map", "lines.toml", "--json"], more].concat());
    let (short, whole) = (assess(&["--columns", "figures", "-o", "short.csv"]), assess(&["-o", "whole.csv"]));
    assert_eq!((short.code, whole.code), (6, 6), "{}{}", short.err, whole.err);
    let (told, told_whole): (Value, Value) =
        (serde_json::from_str(&short.out).unwrap(), serde_json::from_str(&whole.out).unwrap());
    for part in ["lines", "bad", "counts", "discovery"] {
        assert_eq!(told[part], told_whole[part], "{part}");
    }
    let read = |name: &str| rows(&std::fs::read_to_string(app.path().join(name)).unwrap());
    let (short, whole) = (read("short.csv"), read("whole.csv"));
    assert_eq!((short.len(), whole.len()), (310, 310));
    let mut verdicts = std::collections::BTreeSet::new();
    for (a, b) in short.iter().zip(&whole) {
        verdicts.insert(a["verdict"].clone());
        for (name, cell) in a {
            let numbers = cell.parse::<f64>().ok().zip(b[name].parse::<f64>().ok());
            let same = *cell == b[name] || numbers.is_some_and(|(x, y)| (x - y).abs() <= 2e-6 * y.abs());
            assert!(same, "line {}, {name}: {cell} and {}", a["number"], b[name]);
        }
    }
    assert!(verdicts.len() >= 5, "{verdicts:?}");
    // Told apart: a code without prices, an origin without prices, a day without prices.
    let gates: std::collections::BTreeSet<&str> = short.iter().map(|r| r["failed_gates"].as_str()).collect();
    assert!(gates.contains("window"), "{gates:?}");
    if groups == 24 {
        assert!(gates.contains("no_comparables"), "{gates:?}");
    }
}

#[test]
fn a_cell_over_two_lines_sends_the_file_the_ordinary_way() {
    let app = app();
    table(&app);
    app.file("lines.csv", format!("{}F,123407,CN,40,200,2025-06-30,\"two\nlines\"\n", lines()));
    let ran =
        run(&app, &["assess", "lines.csv", "--map", "lines.toml", "--columns", "figures", "-o", "out.csv"]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    let out = rows(&std::fs::read_to_string(app.path().join("out.csv")).unwrap());
    assert_eq!(out.len(), 311);
    assert_eq!(out[310]["note"], "two\nlines");
}

#[test]
fn a_line_is_checked_shown_and_replayed_against_a_table() {
    let app = app();
    let report = table(&app);
    let line = [
        "check",
        "--hs",
        "123414",
        "--origin",
        "ES",
        "--quantity",
        "40",
        "--unit",
        "kg",
        "--value",
        "200",
        "--currency",
        "EUR",
        "--condition",
        "new",
        "--level",
        "wholesale",
        "--export-date",
        "2025-06-30",
        "--json",
    ];
    let ran = run(&app, &line);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let verdict: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(verdict["snapshot"], report["id"]);
    let label = verdict["reference"]["label"].as_str().unwrap();
    assert!(label.contains("from ES"), "{label}");
    // The row that is named is the line of the file, the header being line 1.
    let nearest = &verdict["comparators"][0];
    let line: usize = nearest["name"].as_str().unwrap().strip_prefix("row ").unwrap().parse().unwrap();
    let price = nearest["unit_price"]["low"].as_str().unwrap().to_owned();
    let written = prices().lines().nth(line - 1).unwrap().to_owned();
    assert!(
        written.starts_with("123414,ES,")
            && written.split(',').next_back().unwrap().parse::<f64>().unwrap()
                == price.parse::<f64>().unwrap(),
        "{written} {price}"
    );
    assert!(
        verdict["excluded_counts"].to_string().contains("other_origin"),
        "{}",
        verdict["excluded_counts"]
    );
    app.file("verdict.json", &ran.out);
    assert_eq!(run(&app, &["replay", "verdict.json"]).code, 0);
    let shown = rows(&run(&app, &["snapshot", "show", "--csv", "--hs", "123414"]).ok());
    assert_eq!(shown.len(), 2);
    let prices: Vec<f64> = {
        let mut prices: Vec<f64> = rows(&prices())
            .iter()
            .filter(|r| r["hs6"] == "123414" && r["origin"] == "ES")
            .map(|r| r["unit_price"].parse().unwrap())
            .collect();
        prices.sort_by(f64::total_cmp);
        prices
    };
    let es = shown.iter().find(|r| r["origin"] == "ES").unwrap();
    assert_eq!(es["listings"], prices.len().to_string());
    let h = 0.25 * (prices.len() - 1) as f64;
    let q = prices[h as usize] + h.fract() * (prices[h as usize + 1] - prices[h as usize]);
    assert!((es["q25"].parse::<f64>().unwrap() / q - 1.0).abs() < 1e-12);
    assert!(run(&app, &["snapshot", "show"]).ok().contains("price table"));
}

#[test]
fn the_same_list_is_the_same_table_and_a_damaged_one_is_refused() {
    let app = app();
    let (first, second) = (table(&app), table(&app));
    assert_eq!(first["id"], second["id"]);
    assert_eq!((&first["known"], &second["known"]), (&Value::Bool(false), &Value::Bool(true)));
    let file = app.path().join(first["file"].as_str().unwrap());
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let ran =
        run(&app, &["assess", "lines.csv", "--map", "lines.toml", "--columns", "figures", "-o", "out.csv"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("hash") && ran.err.contains("hint"), "{}", ran.err);
}

#[test]
fn lone_carriage_returns_and_other_encodings_go_the_ordinary_way() {
    let app = app();
    table(&app);
    let assessed = |bytes: Vec<u8>, columns: &[&str]| {
        app.file("odd.csv", bytes);
        let ran =
            run(&app, &[&["assess", "odd.csv", "--map", "lines.toml", "-o", "out.csv"], columns].concat());
        let out = rows(&std::fs::read_to_string(app.path().join("out.csv")).unwrap());
        (ran.code, out.iter().map(|r| r["verdict"].clone()).collect::<Vec<_>>())
    };
    let text = "id,hs6,origin,qty,value,day\n1,123407,CN,40,200,2025-06-30\n2,123414,ES,40,90,2025-06-30\n";
    let expected = assessed(text.into(), &[]);
    assert_eq!(expected.1.len(), 2);
    let utf16 = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mixed = text.replacen("30\n2", "30\r2", 1);
    for bytes in [text.replace('\n', "\r").into(), mixed.into(), text.replace('\n', "\r\n").into(), utf16] {
        assert_eq!(assessed(bytes, &["--columns", "figures"]), expected);
    }
    // A column alone that is empty is a row all the same.
    let ran =
        run(&app, &["assess", "lines.csv", "--map", "lines.toml", "-o", "one.csv", "--columns", "ratio"]);
    assert_eq!(ran.code, 6);
    assert_eq!(rows(&std::fs::read_to_string(app.path().join("one.csv")).unwrap()).len(), 310);
}

#[test]
fn results_do_not_go_over_the_lines_they_are_of() {
    let app = app();
    table(&app);
    for more in [&["--columns", "figures"][..], &[]] {
        let ran =
            run(&app, &[&["assess", "lines.csv", "--map", "lines.toml", "-o", "./lines.csv"], more].concat());
        assert!(ran.code == 3 && ran.err.contains("themselves"), "{}", ran.err);
        assert_eq!(std::fs::read_to_string(app.path().join("lines.csv")).unwrap(), lines());
    }
}

#[test]
fn wrong_wishes_are_told_with_what_would_be_right() {
    let app = app();
    table(&app);
    let refused = |more: &[&str]| {
        let ran = run(&app, &[&["assess", "lines.csv", "--map", "lines.toml"], more].concat());
        assert_ne!(ran.code, 0);
        ran.err
    };
    assert!(refused(&["--columns", "medians", "-o", "o.csv"]).contains("did you mean 'median'"));
    assert!(refused(&["--columns", "figures", "-o", "o.xlsx"]).contains(".csv"));
    app.file("odd.toml", MAP.replace("price = ", "prize = "));
    let ran = run(&app, &["snapshot", "table", "prices.csv", "--map", "odd.toml"]);
    assert!(ran.code == 3 && ran.err.contains("price"), "{}", ran.err);
}
