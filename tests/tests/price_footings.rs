//! A reference list of several units, conditions and commercial levels from the command line: every line is
//! held to the prices of its own, in bulk as one by one; tables of such lists put together and compared.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::prices::{self, RULES, figures_of_verdicts, id, rows, run, spread, table};
use acceptance::server::Server;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

const MAP: &str = "codes = \"as_stated\"\n[columns]\nhs = \"hs6\"\norigin = \"origin\"\ndate = \"date\"\nsource = \"source\"\nprice = \"price\"\nunit = \"per\"\ncondition = \"state\"\nlevel = \"level\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\n";
const LINES_MAP: &str = "[columns]\nline = \"id\"\nhs = \"hs6\"\norigin = \"origin\"\nquantity = \"qty\"\nunit = \"per\"\ncondition = \"state\"\nlevel = \"level\"\nvalue = \"value\"\nexport_date = \"day\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\n";
const HEADER: &str = "hs6,origin,date,source,price,per,state,level\n";

/// Unit, condition and level of the list's groups, how a price for one unit of it is usually multiplied, and as
/// which units it is written with how many of it each is.
type Footing = ([&'static str; 3], f64, [(&'static str, f64); 3]);
const FOOTINGS: [Footing; 4] = [
    (["KGM", "new", "wholesale"], 1.0, [("kg", 1.0), ("t", 1000.0), ("100 g", 0.1)]),
    (["LTR", "new", "wholesale"], 4.0, [("l", 1.0), ("ml", 0.001), ("LTR", 1.0)]),
    (["H87", "new", "retail"], 30.0, [("u", 1.0), ("dozen", 12.0), ("H87", 1.0)]),
    (["H87", "used", "retail"], 8.0, [("piece", 1.0), ("12u", 12.0), ("pcs", 1.0)]),
];

/// Some prices of some codes, on some of the footings.
fn listed(from: u32, rows: u32, codes: u32, footings: &[usize]) -> String {
    let mut text = HEADER.to_owned();
    for i in from..from + rows {
        let code = i % codes;
        let origin = ["CN", "ES"][(i / codes % 2) as usize];
        let ([_, condition, level], times, sizes) = FOOTINGS[footings[i as usize / 24 % footings.len()]];
        let (unit, size) = sizes[i as usize / 5 % 3];
        let price = times * size * f64::from(2 + code) * (0.6 + 0.8 * spread(i * 7 + 3));
        let (month, day) = (1 + i % 6, 1 + i % 28);
        let _ = writeln!(
            text,
            "1234{code:02},{origin},2025-0{month}-{day:02},S{:02},{price:.4},{unit},{condition},{level}",
            i * 17 % 31
        );
    }
    text
}

fn app() -> App {
    prices::app(&[
        ("map.toml", MAP),
        ("lines.toml", LINES_MAP),
        ("all.csv", &listed(0, 5760, 12, &[0, 1, 2, 3])),
        ("north.csv", &listed(0, 1500, 12, &[0, 2])),
        ("south.csv", &listed(7001, 1500, 14, &[3])),
        ("east.csv", &listed(20_003, 900, 10, &[1, 0, 3])),
    ])
}

/// Lines on every footing, on some that the table lacks, and in forms that the short way does not know.
fn lines() -> String {
    let mut text = "id,hs6,origin,qty,per,state,level,value,day,note\n".to_owned();
    for i in 0..400u32 {
        let code = i % 13;
        let origin = ["CN", "ES", "ZZ"][(i % 7 % 3) as usize];
        let ([unit, condition, level], times, _) = FOOTINGS[i as usize / 2 % 4];
        let (unit, condition, level) = match i % 11 {
            3 => (unit, "used", "wholesale"),
            5 => ("MTR", condition, level),
            7 => ("pieces", condition, "Retail"),
            _ => (unit, condition, level),
        };
        let value = times * f64::from(2 + code) * (0.2 + 1.3 * spread(i)) * 40.0;
        let day = ["2025-06-30", "2025-03-05", "2026-03-05"][(i % 3) as usize];
        let _ =
            writeln!(text, "L{i},1234{code:02},{origin},40,{unit},{condition},{level},{value:.2},{day},n");
    }
    for line in [
        "A,123407,CN,40,,new,wholesale,300,2025-06-30,the default unit",
        "B,123407,CN,40,kg,,wholesale,300,2025-06-30,no condition",
        "C,123407,CN,40,u,new,,3000,2025-06-30,no level",
        "D,123407,CN,4,dozen,new,retail,3000,2025-06-30,dozens are pieces",
        "E,123407,CN,40,stone,new,wholesale,300,2025-06-30,no unit",
        "F,123407,CN,40,kg,mint,wholesale,300,2025-06-30,no condition of ours",
        "G,123407,CN,40,kg,new,b2b,300,2025-06-30,no level of ours",
        "H,123407,CN,40, KGM , New ,WHOLESALE,300,2025-06-30,blanks and capitals",
    ] {
        text += line;
        text.push('\n');
    }
    text
}

#[test]
fn a_table_says_what_stands_in_it() {
    let app = app();
    app.file(
        "holed.csv",
        listed(0, 5760, 12, &[0, 1, 2, 3])
            + "123401,CN,2025-03-01,S01,5,stone,new,retail\n123401,CN,2025-03-01,S01,5,kg,mint,retail\n",
    );
    let args = ["snapshot", "table", "holed.csv", "--map", "map.toml", "--as-of", "2025-06-30"];
    let ran = run(&app, &args);
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert!(ran.err.contains("row 5762, column 'per': 'stone': not a unit"), "{}", ran.err);
    assert!(ran.err.contains("row 5763, column 'state': 'mint': not a condition"), "{}", ran.err);
    for told in [
        "5,760 prices of 1 list in 96 groups",
        "1,440 prices in 24 groups per kg, new, wholesale level",
        "1,440 prices in 24 groups per litre, new, wholesale level",
        "1,440 prices in 24 groups per piece, new, retail level",
        "1,440 prices in 24 groups per piece, used, retail level",
    ] {
        assert!(ran.out.contains(told), "{told}\n{}", ran.out);
    }
    let report = table(&app, &["all.csv"], &[]);
    let footings = report["footings"].as_array().unwrap();
    assert_eq!(footings.len(), 4);
    let first = serde_json::json!({
        "unit": "KGM", "condition": "new", "level": "wholesale", "rows": 1440, "groups": 24
    });
    assert_eq!(footings[0], first);

    let text = run(&app, &["snapshot", "show", "--hs", "123405"]).ok();
    assert!(text.contains("u, used, retail") && text.contains("l, new, wholesale"), "{text}");
    // Grams, tonnes and dozens are prices of one kilogram, one piece.
    let shown = rows(&run(&app, &["snapshot", "show", "--csv", "--hs", "123405"]).ok());
    assert_eq!(shown.len(), 8);
    for group in shown {
        let of = |(stated, ..): &&Footing| {
            stated[..] == [&group["unit"][..], &group["condition"], &group["level"]]
        };
        let (_, times, _) = FOOTINGS.iter().find(of).unwrap();
        let (low, high) = (times * 7.0 * 0.6, times * 7.0 * 1.4);
        let range = group["q01"].parse::<f64>().unwrap()..group["q99"].parse::<f64>().unwrap();
        assert!(range.start >= 0.99 * low && range.end <= 1.01 * high, "{group:?}");
    }
}

#[test]
fn a_list_on_one_footing_is_the_same_table_whether_cells_or_the_map_say_so() {
    let app = app();
    app.file("plain.toml", MAP.replace("unit = \"per\"\ncondition = \"state\"\nlevel = \"level\"\n", ""));
    let mut text = HEADER.to_owned();
    for line in listed(0, 900, 12, &[0]).lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let _ = writeln!(text, "{},kg,new,wholesale", cells[..5].join(","));
    }
    app.file("one.csv", text);
    let by_cells = table(&app, &["one.csv"], &[]);
    let args = ["snapshot", "table", "one.csv", "--map", "plain.toml", "--as-of", "2025-06-30", "--json"];
    let by_map: Value = serde_json::from_str(&run(&app, &args).ok()).unwrap();
    assert_eq!(id(&by_cells), id(&by_map));
    assert!(by_map["known"] == true && by_map["footings"].as_array().unwrap().len() == 1);
    let shown = run(&app, &["snapshot", "show"]).ok();
    assert!(shown.contains("900 prices per kg in EUR, new, wholesale level"), "{shown}");
}

#[test]
fn figures_alone_are_those_of_the_whole_verdict() {
    figures_are_those_of_the_verdict(&app(), 96);
}

#[test]
fn figures_alone_are_those_of_the_whole_verdict_where_the_origin_is_no_facet() {
    let app = app();
    app.file("rules.toml", RULES.replace("origin_facet = true", "origin_facet = false"));
    figures_are_those_of_the_verdict(&app, 48);
}

#[test]
fn figures_alone_are_those_of_the_whole_verdict_without_a_wider_rung() {
    let app = app();
    app.file("rules.toml", format!("{RULES}widest_rung = \"hs6_facets\"\n"));
    figures_are_those_of_the_verdict(&app, 96);
}

fn figures_are_those_of_the_verdict(app: &App, groups: u64) {
    app.file("lines.csv", lines());
    let report = table(app, &["all.csv"], &[]);
    assert_eq!(report["groups"].as_u64(), Some(groups));
    let (short, whole) = figures_of_verdicts(app);
    assert_eq!((short.len(), whole.len()), (408, 408));
    let of = |column: &str| short.iter().map(|row| row[column].as_str()).collect::<BTreeSet<&str>>();
    let (verdicts, gates) = (of("verdict"), of("failed_gates"));
    assert!(verdicts.len() >= 4, "{verdicts:?}");
    assert!(gates.contains("unit") && gates.contains("no_comparables"), "{gates:?}");
    // A line that says no more than the list's default, and one that says the same in other letters.
    let line = |id: &str| whole.iter().find(|row| row["line"] == id).unwrap();
    assert_eq!(line("A")["median"], line("H")["median"]);
    assert!(line("D")["unit"] == "H87" && line("B")["verdict"] == "insufficient_evidence");
    assert!(line("E")["error"].contains("stone") && line("G")["error"].contains("b2b"));
}

/// A line as arguments of `check`.
fn check<'a>(footing: [&'a str; 3], value: &'a str) -> Vec<&'a str> {
    let mut args =
        "check --hs 123405 --origin ES --quantity 40 --currency EUR --export-date 2025-06-30 --json"
            .split(' ')
            .collect::<Vec<_>>();
    args.extend(["--unit", footing[0], "--condition", footing[1], "--level", footing[2], "--value", value]);
    args
}

#[test]
fn one_price_is_ordinary_or_low_by_what_it_is_for() {
    let app = app();
    table(&app, &["all.csv"], &[]);
    let checked = |footing: [&str; 3], value: &str| -> Value {
        let ran = run(&app, &check(footing, value));
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    // 56 each: ordinary used, far too low new (210 each), and no price of a litre at retail level at all.
    let used = checked(["u", "used", "retail"], "2240");
    assert_eq!(used["verdict"], "consistent", "{}", used["sentence"]);
    assert_eq!(
        used["reference"]["label"],
        "all goods of subheading 1234.05 from ES, used, retail, per piece"
    );
    let new = checked(["u", "new", "retail"], "2240");
    assert!(new["ratio"].as_f64().unwrap() < 0.4 && new["verdict"] != "consistent", "{}", new["sentence"]);
    assert!(new["excluded_counts"].to_string().contains("other_condition"), "{}", new["excluded_counts"]);
    let litres = checked(["l", "new", "retail"], "2240");
    assert_eq!(litres["verdict"], "insufficient_evidence");
    assert!(litres["sentence"].as_str().unwrap().contains("per litre"), "{}", litres["sentence"]);
    let wholesale = checked(["u", "used", "wholesale"], "2240");
    assert_eq!(wholesale["verdict"], "insufficient_evidence");
    assert!(wholesale["excluded_counts"].to_string().contains("other_commercial_level"), "{wholesale}");
    app.file("verdict.json", new.to_string());
    assert_eq!(run(&app, &["replay", "verdict.json"]).code, 0);
}

#[test]
fn the_page_of_a_verdict_names_unit_condition_and_level_of_its_group() {
    let app = app();
    table(&app, &["all.csv"], &[]);
    let server = Server::start(&app, &["--config", "settings.toml", "serve"]);
    let query = |unit: &str, condition: &str, level: &str| {
        format!(
            "/check?hs=123405&origin=ES&quantity=40&value=2240&currency=EUR&export_date=2025-06-30&unit={unit}&condition={condition}&level={level}"
        )
    };
    let (used, litres) =
        (server.get(&query("u", "used", "retail")), server.get(&query("l", "new", "wholesale")));
    assert!(used.contains("from ES, used, retail, per piece"), "{used}");
    assert!(litres.contains("from ES, new, wholesale, per litre"), "{litres}");
}

#[test]
fn tables_of_several_footings_are_put_together_as_one_build() {
    let app = app();
    let whole = table(&app, &["north.csv", "south.csv", "east.csv"], &[]);
    assert_eq!(whole["footings"].as_array().unwrap().len(), 4);
    let [north, south, east] = ["north.csv", "south.csv", "east.csv"].map(|list| table(&app, &[list], &[]));
    let merged = |tables: &[&str]| -> Value {
        let args = [&["snapshot", "merge"], tables, &["--json"]].concat();
        serde_json::from_str(&run(&app, &args).ok()).unwrap()
    };
    let all = merged(&[id(&east), id(&south), id(&north)]);
    assert_eq!((id(&all), &all["footings"]), (id(&whole), &whole["footings"]));
    // Two lists without a footing in common: every group is taken over.
    let apart = merged(&[id(&north), id(&south)]);
    assert_eq!((&apart["kept"], &apart["predictions_kept"]), (&apart["groups"], &apart["groups"]));
    assert_eq!(id(&table(&app, &["east.csv"], &["--onto", id(&apart)])), id(&whole));

    let diff = |a: &Value, b: &Value| -> (Value, String) {
        let args = ["snapshot", "diff", id(a), id(b)];
        let json = run(&app, &[&args[..], &["--json", "--limit", "500"]].concat()).ok();
        (serde_json::from_str(&json).unwrap(), run(&app, &args).ok())
    };
    let (found, text) = diff(&apart, &whole);
    assert!(text.contains("per litre, new, wholesale level"), "{text}");
    let came = found["came"]["groups"].as_array().unwrap();
    assert!(!came.is_empty() && found["went"]["all"] == 0);
    assert!(came.iter().any(|g| g["unit"] == "LTR" && g["condition"] == "new" && g["level"] == "wholesale"));
    assert!(came.iter().all(|g| g["reasons"] == serde_json::json!(["list_came"])));
    assert_eq!(found["facts"][0]["what"], "prices");
    assert!(found["facts"][0]["after"].as_str().unwrap().contains("per litre"));
    // New pieces and kilograms against used pieces: not one group in common.
    let (found, _) = diff(&north, &south);
    assert_eq!((found["moved"]["all"].as_u64(), found["unchanged"].as_u64()), (Some(0), Some(0)));
    assert_eq!(found["came"]["all"], south["groups"]);
}
