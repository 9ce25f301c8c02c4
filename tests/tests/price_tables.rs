//! Price tables from the command line: built of a list, shown, checked against line by line, and assessed
//! against in bulk with the very figures of the single check.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::prices::{
    self, MAP, RULES, build, figures_of_verdicts, rows, rows_of, run, same_figures, spread,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const LINES_MAP: &str = "[columns]\nline = \"id\"\nhs = \"hs6\"\norigin = \"origin\"\nquantity = \"qty\"\nvalue = \"value\"\nexport_date = \"day\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\nlevel = \"wholesale\"\n";

/// Twelve codes of two origins, thirty sources, 2,000 prices of about the code's level.
fn listed() -> String {
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
    prices::app(&[
        ("map.toml", MAP),
        ("lines.toml", LINES_MAP),
        ("prices.csv", &listed()),
        ("lines.csv", &lines()),
    ])
}

fn table(app: &App) -> Value {
    let ran = build(app, &["prices.csv"], &[]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert!(ran.err.contains("Atlantis"), "{}", ran.err);
    ran.json()
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
    let (short, whole) = figures_of_verdicts(app);
    assert_eq!((short.len(), whole.len()), (310, 310));
    let of = |column: &str| short.iter().map(|row| row[column].as_str()).collect::<BTreeSet<&str>>();
    let (verdicts, gates) = (of("verdict"), of("failed_gates"));
    assert!(verdicts.len() >= 5, "{verdicts:?}");
    // Told apart: a code without prices, an origin without prices, a day without prices.
    assert!(gates.contains("window"), "{gates:?}");
    if groups == 24 {
        assert!(gates.contains("no_comparables"), "{gates:?}");
    }
}

/// Names that folding a text for search would take for one, two by two: by case, by a diacritic, by a vowel mark of
/// Thai, by what stands between letters.
const NEARLY: [&str; 8] = ["acme", "Acme", "Jose", "José", "ร้านกา", "ร้านกี", "S 1", "S-1"];

#[test]
fn sources_are_told_apart_as_they_are_spelled_whichever_way_a_line_goes() {
    let app = app();
    let mut list = "hs6,origin,date,source,unit_price\n".to_owned();
    for i in 0..480 {
        let (code, name) = (7 * (i % 12), NEARLY[i as usize / 12 % 8]);
        let price = f64::from(2 + code) * (0.6 + 0.8 * spread(i * 7 + 3));
        // Blanks around a cell are none of its text.
        let _ = writeln!(list, "1234{code:02},CN,2025-06-{:02}, {name} ,{price:.2}", 1 + i % 28);
    }
    app.file("prices.csv", list);
    prices::table(&app, &["prices.csv"], &[]);
    let shown = rows(&run(&app, &["snapshot", "show", "--csv"]).ok());
    assert!(shown.len() == 12 && shown.iter().all(|group| group["sources"] == "8"), "{shown:?}");
    for (out, more) in [("short.csv", &["--columns", "figures,n_sellers,n_sites"][..]), ("whole.csv", &[])] {
        let assess = ["assess", "lines.csv", "--map", "lines.toml", "-o", out];
        assert_eq!(run(&app, &[&assess[..], more].concat()).code, 6);
    }
    let (short, whole) = (rows_of(&app, "short.csv"), rows_of(&app, "whole.csv"));
    same_figures(&short, &whole);
    let held = short.iter().filter(|row| row["n_sellers"] == "8" && row["n_sites"] == "8").count();
    assert!(held > 3, "{held}");
    let line = "check --hs 123407 --origin CN --quantity 40 --unit kg --value 200 --currency EUR --condition new \
                --level wholesale --export-date 2025-06-30 --json";
    let verdict: Value = run(&app, &line.split(' ').collect::<Vec<_>>()).json();
    assert_eq!(
        (&verdict["reference"]["n_sellers"], &verdict["reference"]["n_sites"]),
        (&8.into(), &8.into())
    );
    let told = verdict["comparators"].as_array().unwrap().iter().map(|c| c["seller"].as_str().unwrap());
    assert_eq!(told.collect::<BTreeSet<_>>(), BTreeSet::from(NEARLY));
    // A list put to a table, some of its sources nearly those of the table: the table of both.
    let half = |names: &[&str], from: u32| {
        let mut list = "hs6,origin,date,source,unit_price\n".to_owned();
        for i in 0..40 {
            let name = names[i as usize % names.len()];
            let _ = writeln!(list, "123407,CN,2025-06-{:02},{name},{}", 1 + i % 28, from + i % 7);
        }
        list
    };
    app.file("one.csv", half(&["acme", "José", "ร้านกา", "other"], 5));
    app.file("two.csv", half(&["Acme", "Jose", "ร้านกี", "acme"], 7));
    let both = prices::table(&app, &["one.csv", "two.csv"], &[]);
    let first = prices::table(&app, &["one.csv"], &[]);
    assert_eq!(prices::table(&app, &["two.csv"], &["--onto", prices::id(&first)])["id"], both["id"]);
}

#[test]
fn a_cell_over_two_lines_sends_the_file_the_ordinary_way() {
    let app = app();
    table(&app);
    app.file("lines.csv", format!("{}F,123407,CN,40,200,2025-06-30,\"two\nlines\"\n", lines()));
    let ran =
        run(&app, &["assess", "lines.csv", "--map", "lines.toml", "--columns", "figures", "-o", "out.csv"]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    let out = rows_of(&app, "out.csv");
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
    let name = nearest["name"].as_str().unwrap().strip_suffix(" of prices.csv").unwrap();
    let line: usize = name.strip_prefix("row ").unwrap().parse().unwrap();
    let price = nearest["unit_price"]["low"].as_str().unwrap().to_owned();
    let written = listed().lines().nth(line - 1).unwrap().to_owned();
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
    // Rows of lists have no pages: nothing is proved, and that is said.
    let proved = run(&app, &["replay", "verdict.json", "--evidence", "--json"]);
    assert_eq!(proved.code, 6, "{}", proved.err);
    let evidence = &proved.json()["evidence"];
    assert_eq!((&evidence["ok"], &evidence["unarchived"]), (&Value::from(0), &evidence["checked"]));
    assert!(evidence["checked"].as_u64().unwrap() > 0, "{evidence}");
    let told = run(&app, &["replay", "verdict.json", "--evidence"]);
    assert!(told.out.contains("have no pages"), "{}", told.out);
    let shown = rows(&run(&app, &["snapshot", "show", "--csv", "--hs", "123414"]).ok());
    assert_eq!(shown.len(), 2);
    let prices: Vec<f64> = {
        let mut prices: Vec<f64> = rows(&listed())
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
    let told = run(&app, &["snapshot", "table", "prices.csv", "--map", "map.toml", "--as-of", "2025-06-30"]);
    assert!(told.out.contains("now this one"), "{}", told.out);
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
        let out = rows_of(&app, "out.csv");
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
    assert_eq!(rows_of(&app, "one.csv").len(), 310);
}

/// Assesses a file of the app's folder in this process, figures alone; with the lines that were done at each
/// look whether to stop, which the short way takes by the block and the ordinary one every 64 lines.
fn assess_here(
    app: &App,
    (name, map): (&str, &str),
    out: &str,
    (resume, stop_at, threads): (bool, u64, usize),
) -> (api::batch::tally::Batch, Vec<u64>) {
    let settings = api::settings::Settings::load(
        &api::settings::Overrides { data: Some(app.path().join("data")), ..Default::default() },
        &|_| None,
    );
    let settings = api::settings::Settings {
        statistics: api::statistics_file::load(&app.path().join("rules.toml")).unwrap(),
        ..settings.unwrap()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let checker = runtime.block_on(async {
        let pipeline = api::pipeline::Pipeline::existing(settings).await.unwrap();
        api::checking::Checker::load(&pipeline, None, "2025-06-30".parse().ok()).await.unwrap()
    });
    let map = api::declared_file::DeclaredMap::load(&app.path().join(map)).unwrap();
    let columns = api::assessed::selected(&["figures".to_owned()]).unwrap();
    let looks = std::sync::Mutex::new(Vec::new());
    let stop = |lines: u64| {
        looks.lock().unwrap().push(lines);
        lines >= stop_at
    };
    let (input, outputs) = (app.path().join(name), [app.path().join(out)]);
    let now = chrono::Utc::now();
    let job = api::batch::run::Job::new(&checker, &input, &outputs, 0.1, now);
    let job = api::batch::run::Job {
        map: Some(&map),
        columns: Some(&columns),
        resume,
        threads,
        interrupted: &stop,
        ..job
    };
    let batch = api::batch::run::run(&job).unwrap();
    (batch, looks.into_inner().unwrap())
}

#[test]
fn national_layouts_go_the_short_way_with_the_figures_of_the_whole_verdict() {
    let app = app();
    table(&app);
    // Decimal commas, days and codes as they are written there, a currency and a unit a line, blanks that take
    // what holds where the file is silent, cells that do not decide figures, and some that send a line back.
    let map = "delimiter = \";\"\nencoding = \"utf-8\"\ndate_format = \"%d.%m.%Y\"\ndecimal_separator = \",\"\n\
        absent = [\"-\"]\n[columns]\nline = \"id\"\nhs = \"hs6\"\norigin = \"origin\"\nquantity = \"qty\"\n\
        value = \"value\"\nexport_date = \"day\"\ncurrency = \"cur\"\nunit = \"unit\"\ncondition = \"state\"\n\
        transaction = \"nature\"\nterms = \"terms\"\nimport_country = \"to\"\nnet_mass_kg = \"net\"\n\
        [defaults]\nexport_date = \"2025-06-30\"\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\n\
        level = \"wholesale\"\norigin = \"CN\"\nquantity = \"40\"\n";
    app.file("national.toml", map);
    let mut text = "id;hs6;origin;qty;value;day;cur;unit;state;nature;terms;to;net;note\n".to_owned();
    let pick = |list: &[&'static str], n: u32| list[(n as usize) % list.len()];
    for i in 0..300 {
        let code = 7 * (i % 12);
        let value = f64::from(2 + code) * (0.2 + 1.3 * spread(i)) * 40.0;
        let value = format!("{value:.2}").replace('.', ",");
        let day = pick(&["30.06.2025", "", "-", "05.03.2026", "05.03.2025"], i);
        let written = pick(&["1234{}", "1234.{}", "12 34 {}"], i / 5).replace("{}", &format!("{code:02}"));
        let (cur, unit) = (pick(&["EUR", "", "EUR", "USD"], i), pick(&["kg", "KGM", "", "kg", "l"], i));
        let (state, nature) =
            (pick(&["new", "New", "", "used"], i / 3), pick(&["sale", "", "SALE", "gift"], i));
        let (terms, to) =
            (pick(&["cif", "", "FOB", "cif", "cheap"], i / 7), pick(&["DE", "", "DE", "XX"], i / 11));
        let (net, quantity) =
            (pick(&["40", "40,5", "", "none"], i / 13), pick(&["40", "", "40,0", "1.000"], i));
        let origin = pick(&["CN", "ES", "", "ZZ"], i / 2);
        let _ = writeln!(
            text,
            "L{i};{written};{origin};{quantity};{value};{day};{cur};{unit};{state};{nature};{terms};{to};{net};n{i}"
        );
    }
    app.file("national.csv", text);
    let (batch, looks) =
        assess_here(&app, ("national.csv", "national.toml"), "short.csv", (false, u64::MAX, 2));
    assert!(batch.lines == 300 && !looks.contains(&64), "the short way: {looks:?}");
    let ran = run(
        &app,
        &["assess", "national.csv", "--map", "national.toml", "-o", "whole.csv", "--as-of", "2025-06-30"],
    );
    assert_eq!(ran.code, 6, "{}", ran.err);
    let short = rows_of(&app, "short.csv");
    same_figures(&short, &rows_of(&app, "whole.csv"));
    let mut verdicts = BTreeMap::<&str, u32>::new();
    for row in &short {
        *verdicts.entry(&row["verdict"]).or_default() += 1;
    }
    // Bad lines (an empty verdict) and lines that are no sale are among them.
    assert!(verdicts.len() >= 5 && verdicts[""] > 10 && verdicts["not_applicable"] > 10, "{verdicts:?}");
    // The price of one unit instead of the value of the line is as plain.
    let map = LINES_MAP.replace("value = \"value\"", "price = \"value\"");
    app.file("price.toml", map);
    let (batch, looks) = assess_here(&app, ("lines.csv", "price.toml"), "short.csv", (false, u64::MAX, 2));
    assert!(batch.lines == 310 && !looks.contains(&64), "the short way: {looks:?}");
    run(&app, &["assess", "lines.csv", "--map", "price.toml", "-o", "whole.csv", "--as-of", "2025-06-30"]);
    for (a, b) in rows_of(&app, "short.csv").iter().zip(&rows_of(&app, "whole.csv")) {
        assert_eq!((&a["verdict"], &a["ratio"], &a["error"]), (&b["verdict"], &b["ratio"], &b["error"]));
    }
}

#[test]
fn a_short_run_goes_on_where_it_stopped() {
    let app = app();
    table(&app);
    // Dozens of blocks of lines, few of which are not plain.
    let plain: Vec<String> =
        lines().lines().skip(1).filter(|l| !l.contains(",ZZ,")).take(120).map(str::to_owned).collect();
    let mut many = "id,hs6,origin,qty,value,day,note\n".to_owned();
    for i in 0..5000 {
        let _ = writeln!(many, "{}{}", plain[i % plain.len()], "e".repeat(2000));
    }
    many.push_str("C,123407,CN,forty,200,2025-06-30,no number\n");
    app.file("many.csv", many);
    // Each takes four blocks ahead: with so few threads a run that is stopped leaves some.
    let of =
        |out: &str, resume, stop_at| assess_here(&app, ("many.csv", "lines.toml"), out, (resume, stop_at, 2));
    let (whole, looks) = of("whole.csv", false, u64::MAX);
    assert!(whole.lines == 5001 && looks.len() > 20 && !looks.contains(&64), "{looks:?}");
    let (first, _) = of("parts.csv", false, 1);
    assert!(first.interrupted && first.lines < whole.lines, "{}", first.lines);
    let results = app.path().join("parts.csv");
    let path = app.path().join("parts.csv.journal");
    let partial = first.kept.unwrap();
    assert!(path.is_file() && partial.ends_with("parts.csv.partial") && !results.exists());
    // Half a row behind the safe part, as a kill leaves it.
    let mut text = std::fs::read(&partial).unwrap();
    text.extend(b"66,half a ro");
    std::fs::write(&partial, &text).unwrap();
    let (second, _) = of("parts.csv", true, first.lines + 1);
    assert!(second.interrupted && second.resumed == first.lines && second.lines > first.lines);
    let (last, _) = of("parts.csv", true, u64::MAX);
    assert_eq!((last.interrupted, last.resumed, last.lines), (false, second.lines, whole.lines));
    assert!(!path.exists() && !partial.exists());
    let bytes = |name: &str| std::fs::read(app.path().join(name)).unwrap();
    assert!(bytes("whole.csv") == bytes("parts.csv"), "the same bytes");
    let figures =
        |b: &api::batch::tally::Batch| serde_json::to_value((&b.counts, &b.discovery, b.bad)).unwrap();
    assert_eq!(figures(&whole), figures(&last));
    // Results that somebody changed are not gone on with.
    of("parts.csv", false, 1);
    let mut text = std::fs::read(&partial).unwrap();
    let middle = text.len() / 2;
    text[middle] ^= 1;
    std::fs::write(&partial, text).unwrap();
    let ran = run(
        &app,
        &[
            "assess",
            "many.csv",
            "--map",
            "lines.toml",
            "--columns",
            "figures",
            "-o",
            "parts.csv",
            "--as-of",
            "2025-06-30",
            "--resume",
        ],
    );
    assert!(ran.code == 3 && ran.err.contains("not those of these lines"), "{}", ran.err);
    assert!(bytes("parts.csv") == bytes("whole.csv"), "what was there stays until there is something whole");
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
        // Nor by a link, over the map, over one another, or where they cannot be ended.
        let there = |name: &str| app.path().join(name).exists();
        let link = app.path().join("link.csv");
        let _ = std::fs::remove_file(&link);
        std::fs::hard_link(app.path().join("lines.csv"), &link).unwrap();
        for (outputs, told) in [
            (&["-o", "link.csv"][..], "themselves"),
            (&["-o", "lines.toml"], "column map"),
            (&["-o", "a.csv", "--rollups", "./a.csv"], "two results"),
            (&["-o", "a.csv", "--rollups", "none/b.csv"], "folder is not there"),
            (&["-o", "a.csv", "--rollups", "a.csv.partial"], "two results"),
            (&["-o", "a.csv", "--patterns", "a.csv.journal"], "two results"),
            (&["-o", "a.csv", "-o", "b.txt"], ".xlsx or .parquet"),
        ] {
            let ran = run(&app, &[&["assess", "lines.csv", "--map", "lines.toml"], outputs, more].concat());
            assert!(ran.code == 3 && ran.err.contains(told), "{outputs:?}: {}", ran.err);
            assert!(!there("a.csv"), "{outputs:?}");
        }
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
