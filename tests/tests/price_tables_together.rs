//! Price tables put together from the command line: merged from shards, lists put to a table, two of them
//! compared; the same table whichever way it came about, and clear errors where none can.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::prices::{self, MAP, RULES, build, id, run, spread, table};
use serde_json::Value;
use statistics::METHOD;
use statistics::columnar::{Container, Writer, aligned};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::OnceLock;

/// Prices of some codes of two origins, thirty sources, `times` as dear as usual.
fn listed(from: u32, rows: u32, codes: std::ops::Range<u32>, times: f64) -> String {
    let mut text = "hs6,origin,date,source,unit_price\n".to_owned();
    for i in from..from + rows {
        let code = codes.start + i % codes.len() as u32;
        let origin = ["CN", "ES"][(i / 12 % 2) as usize];
        let price = times * f64::from(2 + code) * (0.6 + 0.8 * spread(i * 7 + 3));
        let (month, day) = (1 + i % 6, 1 + i % 28);
        let _ = writeln!(
            text,
            "1234{code:02},{origin},2025-0{month}-{day:02},S{:02},{price:.2}",
            i * i % 31 + from % 7
        );
    }
    text
}

fn app() -> App {
    prices::app(&[
        ("map.toml", MAP),
        ("north.csv", &listed(0, 900, 0..12, 1.0)),
        ("south.csv", &listed(1001, 500, 6..20, 1.0)),
        ("dear.csv", &listed(3005, 60, 3..4, 3.0)),
    ])
}

fn merged(app: &App, tables: &[&str]) -> Value {
    serde_json::from_str(&run(app, &[&["snapshot", "merge", "--json"], tables].concat()).ok()).unwrap()
}

/// Every key, at whatever depth, stands in backquotes on the page of the contracts.
fn keys_are_documented(value: &Value) {
    static PAGE: OnceLock<BTreeSet<String>> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let text = std::fs::read_to_string(acceptance::root().join("docs/CONTRACTS.md")).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let words = quoted.flat_map(|code| code.split(|c: char| !(c.is_alphanumeric() || c == '_')));
        words.map(str::to_owned).collect()
    });
    match value {
        Value::Array(list) => list.iter().for_each(keys_are_documented),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            assert!(page.contains(key), "{key} is not documented");
            keys_are_documented(value);
        }),
        _ => {}
    }
}

#[test]
fn one_table_whichever_way_it_came_about() {
    let app = app();
    let lists = ["north.csv", "south.csv", "dear.csv"];
    let whole = table(&app, &lists, &[]);
    keys_are_documented(&whole);
    assert_eq!((whole["lists"].as_u64(), whole["rows"].as_u64()), (Some(3), Some(1460)));
    assert_eq!(id(&table(&app, &["dear.csv", "north.csv", "south.csv"], &[])), id(&whole));
    let shards = lists.map(|list| table(&app, &[list], &[]));
    let [north, south, dear] = [&shards[0], &shards[1], &shards[2]].map(id);
    for order in [[north, south, dear], [dear, south, north], [south, north, dear]] {
        let report = merged(&app, &order);
        assert_eq!((id(&report), &report["known"]), (id(&whole), &Value::Bool(true)));
    }
    // Put to a table one after the other; by id and by `latest`.
    let two = table(&app, &["south.csv"], &["--onto", north]);
    assert!(two["kept"].as_u64() > Some(0) && two["computed"].as_u64() > Some(0), "{two}");
    assert_eq!(two["known"], false);
    let three = table(&app, &["dear.csv"], &["--onto", "latest"]);
    assert_eq!(id(&three), id(&whole));
    // A shard that has lists of another is taken all the same, and said.
    let report = run(&app, &["snapshot", "merge", id(&two), north, dear]);
    assert!(report.err.contains("north.csv was given several times"), "{}", report.err);
    assert!(report.ok().contains(id(&whole)));
    let again = run(
        &app,
        &[
            "snapshot",
            "table",
            "dear.csv",
            "dear.csv",
            "--map",
            "map.toml",
            "--as-of",
            "2025-06-30",
            "--onto",
            id(&whole),
        ],
    );
    assert!(again.err.contains("dear.csv was given several times"), "{}", again.err);
    assert!(again.ok().contains("nothing has changed"));
    // The bytes are the name; and a file elsewhere does as well as an id.
    let file = app.path().join(whole["file"].as_str().unwrap());
    assert!(run(&app, &["snapshot", "verify", file.to_str().unwrap()]).ok().contains(id(&whole)));
    std::fs::copy(app.path().join(shards[0]["file"].as_str().unwrap()), app.path().join("shard.prices"))
        .unwrap();
    assert_eq!(id(&merged(&app, &["shard.prices", south, dear])), id(&whole));
    let shown = run(&app, &["snapshot", "show", id(&whole), "--hs", "123403"]).ok();
    assert!(lists.iter().all(|list| shown.contains(list)), "{shown}");
}

#[test]
fn a_row_of_a_merged_table_is_named_by_its_list_and_line() {
    let app = app();
    let shards = ["north.csv", "south.csv"].map(|list| table(&app, &[list], &[]));
    let whole = merged(&app, &[id(&shards[1]), id(&shards[0])]);
    let line = "check --hs 123415 --origin ES --quantity 40 --unit kg --value 400 --currency EUR --condition new --level wholesale --export-date 2025-06-30 --json";
    let words: Vec<&str> = line.split(' ').collect();
    let verdict: Value = serde_json::from_str(&run(&app, &words).ok()).unwrap();
    assert_eq!(verdict["snapshot"], whole["id"]);
    let nearest = &verdict["comparators"][0];
    let name = nearest["name"].as_str().unwrap().strip_suffix(" of south.csv").unwrap();
    let row: usize = name.strip_prefix("row ").unwrap().parse().unwrap();
    let south = std::fs::read_to_string(app.path().join("south.csv")).unwrap();
    let written = south.lines().nth(row - 1).unwrap();
    let price: f64 = nearest["unit_price"]["low"].as_str().unwrap().parse().unwrap();
    assert!(written.starts_with("123415,ES,"), "{written}");
    assert_eq!(written.rsplit(',').next().unwrap().parse::<f64>().unwrap(), price);
}

#[test]
fn what_cannot_be_put_together_is_said_with_both_values() {
    let app = app();
    let north = table(&app, &["north.csv"], &[]);
    let refused = |args: &[&str]| {
        let ran = run(&app, args);
        assert_eq!(ran.code, 3, "{}", ran.out);
        ran.err
    };
    let later: Value = serde_json::from_str(
        &run(
            &app,
            &["snapshot", "table", "south.csv", "--map", "map.toml", "--as-of", "2025-07-31", "--json"],
        )
        .ok(),
    )
    .unwrap();
    let error = refused(&["snapshot", "merge", id(&north), id(&later)]);
    assert!(error.contains("2025-06-30") && error.contains("2025-07-31"), "{error}");
    app.file("dollars.toml", MAP.replace("EUR", "USD"));
    let error = refused(&[
        "snapshot",
        "table",
        "south.csv",
        "--map",
        "dollars.toml",
        "--as-of",
        "2025-06-30",
        "--onto",
        id(&north),
    ]);
    assert!(error.contains("EUR") && error.contains("USD"), "{error}");
    // The same list, its sources read as its origins' names.
    app.file("other.toml", MAP.replace("source = \"source\"", "source = \"origin\""));
    let error = refused(&[
        "snapshot",
        "table",
        "north.csv",
        "--map",
        "other.toml",
        "--as-of",
        "2025-06-30",
        "--onto",
        id(&north),
    ]);
    assert!(error.contains("north.csv") && error.contains("map"), "{error}");
    app.file("rules.toml", RULES.replace("200", "100"));
    let error = refused(&[
        "snapshot",
        "table",
        "south.csv",
        "--map",
        "map.toml",
        "--as-of",
        "2025-06-30",
        "--onto",
        id(&north),
    ]);
    assert!(error.contains("window_days is 200 in one and 100 in another"), "{error}");
    let other = table(&app, &["south.csv"], &[]);
    assert!(refused(&["snapshot", "merge", id(&north), id(&other)]).contains("window_days"));
    assert!(refused(&["snapshot", "merge", id(&north), id(&north), "--currency", "USD"]).contains("EUR"));
    // A snapshot of offers is another thing.
    let offers: Value = serde_json::from_str(&run(&app, &["snapshot", "build", "--json"]).ok()).unwrap();
    for args in [
        ["snapshot", "merge", id(&north), id(&offers)],
        ["snapshot", "merge", id(&offers), id(&north)],
        ["snapshot", "diff", id(&offers), id(&north)],
    ] {
        let error = refused(&args);
        assert!(error.contains("of offers") && error.contains("price table"), "{error}");
    }
    let onto = ["snapshot", "table", "south.csv", "--map", "map.toml", "--onto", id(&offers)];
    assert!(refused(&onto).contains("not a price table"));
    // The newest price table, though a snapshot of offers is newer.
    assert_eq!(table(&app, &["dear.csv"], &["--onto", "latest"])["lists"], 2);
}

#[test]
fn a_diff_of_tables_says_what_moved_and_why() {
    let app = app();
    let before = table(&app, &["north.csv", "south.csv"], &[]);
    let after = table(&app, &["north.csv", "dear.csv"], &[]);
    let args = ["snapshot", "diff", id(&before), id(&after)];
    let text = run(&app, &args).ok();
    for told in ["+ dear.csv", "- south.csv", "moved", "went", " of dear.csv"] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    assert!(text.contains("price tables of 1 list in common"), "{text}");
    let json = |more: &[&str]| -> Value {
        serde_json::from_str(&run(&app, &[&args[..], &["--json"], more].concat()).ok()).unwrap()
    };
    let whole = json(&["--limit", "1000"]);
    let moved = whole["moved"]["groups"].as_array().unwrap();
    assert_eq!(moved.len() as u64, whole["moved"]["all"].as_u64().unwrap());
    // Thrice as dear: the largest move.
    assert_eq!(
        (moved[0]["hs6"].as_str(), &moved[0]["reasons"]),
        (Some("123403"), &serde_json::json!(["list_came"]))
    );
    let change = |g: &Value| {
        let median = |side: &str| g[side]["median"].as_f64().unwrap();
        (median("after") / median("before")).ln().abs()
    };
    assert!(moved.windows(2).all(|pair| change(&pair[0]) >= change(&pair[1]) - 1e-12));
    // Codes 12 to 19 stand in the southern list alone.
    assert_eq!((whole["went"]["all"].as_u64(), whole["came"]["all"].as_u64()), (Some(16), Some(0)));
    keys_are_documented(&whole);
    let few = json(&["--limit", "3"]);
    assert_eq!(few["moved"]["groups"].as_array().unwrap()[..], moved[..3]);
    assert_eq!(few["moved"]["all"], whole["moved"]["all"]);
    let one = json(&["--hs", "123403"]);
    assert_eq!(one["moved"]["all"], 2);
}

#[test]
fn a_table_that_was_exchanged_is_not_taken_for_the_one_named() {
    let app = app();
    let [a, b, c] = ["north.csv", "south.csv", "dear.csv"].map(|list| table(&app, &[list], &[]));
    let path = |report: &Value| app.path().join(report["file"].as_str().unwrap());
    std::fs::copy(path(&a), app.path().join("kept.prices")).unwrap();
    std::fs::copy(path(&b), path(&a)).unwrap();
    let onto = ["snapshot", "table", "dear.csv", "--map", "map.toml", "--as-of", "2025-06-30", "--onto"];
    for args in [
        vec!["snapshot", "diff", id(&a), id(&c)],
        vec!["snapshot", "diff", id(&c), id(&a)],
        vec!["snapshot", "merge", id(&c), id(&a)],
        [&onto[..], &[id(&a)]].concat(),
    ] {
        let ran = run(&app, &args);
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.out);
        assert!(ran.err.contains(&format!("holds {}, not {}", id(&b), id(&a))), "{}", ran.err);
    }
    // A file elsewhere is what it is, whatever its name.
    let misnamed = format!("{}.prices", id(&b));
    std::fs::copy(app.path().join("kept.prices"), app.path().join(&misnamed)).unwrap();
    assert_eq!(id(&merged(&app, &["kept.prices", id(&c)])), id(&merged(&app, &[&misnamed, id(&c)])));
}

#[test]
fn rows_left_out_are_counted_through_a_merge() {
    let app = app();
    app.file("holed.csv", listed(5000, 300, 0..6, 1.0) + "123403,CN,2025-03-01,S01,0\n");
    let ran = build(&app, &["holed.csv"], &[]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    let holed: Value = serde_json::from_str(&ran.out).unwrap();
    let north = table(&app, &["north.csv"], &[]);
    let report = merged(&app, &[id(&holed), id(&north)]);
    let left_out = serde_json::json!({"rows": 1, "by_reason": {}, "first": []});
    assert_eq!(report["left_out"], left_out);
    let text = run(&app, &["snapshot", "merge", id(&holed), id(&north)]).ok();
    assert!(text.contains("; 1 rows left out"), "{text}");
}

#[test]
fn a_list_without_a_usable_row_names_the_rows_of_every_list_so_far() {
    let app = app();
    app.file("holed.csv", listed(5000, 300, 0..6, 1.0) + "123403,CN,2025-03-01,S01,0\n");
    app.file("empty.csv", "hs6,origin,date,source,unit_price\n123403,CN,2025-03-01,S01,cheap\n");
    let ran = run(&app, &["snapshot", "table", "holed.csv", "empty.csv", "--map", "map.toml"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    for told in [
        "empty.csv: no row could be used",
        "holed.csv: row 302, column 'unit_price': '0': ",
        "empty.csv: row 2, column 'unit_price': 'cheap': ",
    ] {
        assert!(ran.err.contains(told), "{told}\n{}", ran.err);
    }
    assert!(!ran.err.contains("named above"), "{}", ran.err);
}

/// The file of a table as a program of another method would have written it.
fn by_method(app: &App, table: &Value, method: u32) -> String {
    laid_out(app, table, method, &[])
}

/// The same without some sections.
fn laid_out(app: &App, table: &Value, method: u32, without: &[&str]) -> String {
    let bytes = std::fs::read(app.path().join(table["file"].as_str().unwrap())).unwrap();
    let container = Container::open(aligned(&bytes)).unwrap();
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    for (name, _) in container.sections().filter(|(name, _)| !without.contains(name)) {
        let section = container.section(name).unwrap();
        if name != "table.meta" {
            writer.section(name, &[section]).unwrap();
            continue;
        }
        let mut meta: Value = serde_json::from_slice(section).unwrap();
        assert_eq!(meta["method"], METHOD);
        meta["method"] = method.into();
        writer.section(name, &[meta.to_string().as_bytes()]).unwrap();
    }
    let name = format!("method-{method}-{}.prices", without.len());
    std::fs::write(app.path().join(&name), writer.finish().unwrap().0).unwrap();
    name
}

#[test]
fn a_table_of_another_method_is_refused_with_what_differs_and_what_to_do() {
    let app = app();
    let (north, south) = (table(&app, &["north.csv"], &[]), table(&app, &["south.csv"], &[]));
    let onto = ["snapshot", "table", "south.csv", "--map", "map.toml", "--as-of", "2025-06-30", "--onto"];
    let line = "check --hs 070320 --origin ES --quantity 40 --unit kg --value 200 --currency EUR --condition new \
                --level wholesale --export-date 2025-06-30 --snapshot-file";
    let check: Vec<&str> = line.split(' ').collect();
    for (method, differs) in [(4, "spelled"), (METHOD + 1, "other figures")] {
        let named = by_method(&app, &north, method);
        let other = named.as_str();
        for args in [
            [&onto[..], &[other]].concat(),
            vec!["snapshot", "merge", id(&south), other],
            [&check[..], &[other]].concat(),
        ] {
            let ran = run(&app, &args);
            assert_eq!(ran.code, 3, "{args:?}: {}", ran.out);
            for told in [format!("method {method}"), format!("method {METHOD}"), differs.to_owned()] {
                assert!(ran.err.contains(&told), "{told}\n{}", ran.err);
            }
            assert!(ran.err.contains("build it anew of its lists"), "{}", ran.err);
        }
    }
    // Before method 6 predictions had no section of their own.
    let old = laid_out(&app, &north, 5, &["table.predicted"]);
    for args in [vec!["snapshot", "merge", id(&south), &old], [&check[..], &[old.as_str()]].concat()] {
        let ran = run(&app, &args);
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.out);
        for told in ["method 5", "last digits", "build it anew of its lists", "snapshot table LIST"] {
            assert!(ran.err.contains(told), "{told}\n{}", ran.err);
        }
    }
    let proved = run(&app, &["snapshot", "verify", &old]);
    assert_eq!(proved.code, 0, "{}", proved.err);
    // By this program's it is the table that it was.
    let same = by_method(&app, &north, METHOD);
    assert_eq!(run(&app, &[&check[..], &[same.as_str()]].concat()).code, 0);
    assert_eq!(id(&merged(&app, &[&same, id(&south)])), id(&merged(&app, &[id(&north), id(&south)])));
}
