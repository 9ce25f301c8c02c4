//! Holds the program to docs/CONTRACTS.md: each statement of that page against the types, or by
//! running the binary. Exit code 1, a fault of the program, is the one that nothing here provokes.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::Line;
use acceptance::server::{Server, parted};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::OnceLock;

fn contracts() -> String {
    std::fs::read_to_string(acceptance::root().join("docs/CONTRACTS.md")).unwrap()
}

/// Keys in backquotes anywhere on the page.
fn named() -> BTreeSet<String> {
    contracts()
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|code| {
            code.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn keys<T: schemars::JsonSchema>() -> Vec<String> {
    let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

/// Names in the first column of the first table below a heading, in the order of the page.
fn table(heading: &str) -> Vec<String> {
    let text = contracts();
    let (_, below) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    below
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// A database with one reference: 24 sellers of honey on three sites, 10.0 to 12.3 EUR per kg.
fn honey() -> &'static App {
    static HONEY: OnceLock<App> = OnceLock::new();
    HONEY.get_or_init(acceptance::line::honey)
}

/// What `check --json` says of a line of honey.
fn checked() -> Value {
    let ran = honey().check(&Line::honey(), &["--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json()
}

fn server() -> Server {
    Server::start(honey(), &["serve", "--data", "d"])
}

#[test]
fn every_field_of_a_declared_line_and_of_a_verdict_is_documented() {
    let named = named();
    for key in keys::<api::declared::LineInput>()
        .into_iter()
        .chain(keys::<model::Verdict>())
        .chain(keys::<model::Reference>())
        .chain(keys::<model::RungTried>())
        .chain(keys::<model::Comparator>())
    {
        assert!(named.contains(&key), "'{key}' is not in docs/CONTRACTS.md");
    }
}

#[test]
fn every_verdict_code_and_version_is_documented() {
    let text = contracts();
    for code in model::VerdictCode::ALL {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
    assert!(text.contains(&format!("verdict's JSON: **{}**", model::VERDICT_VERSION)));
    assert!(text.contains(&format!("snapshot file: **{}**", model::SNAPSHOT_VERSION)));
}

#[test]
fn the_fields_of_a_line_are_the_flags_of_check_and_the_keys_of_the_api() {
    let fields = table("A declared line");
    assert_eq!(fields, keys::<api::declared::LineInput>());
    let help = App::new().run(&["check", "--help"]).ok();
    for field in &fields {
        let flag = format!("--{} <", field.replace('_', "-"));
        let expected = field != "line" && field != "importer";
        assert_eq!(help.contains(&flag), expected, "{flag}");
    }
    for flag in ["--as-of <DATE>", "--snapshot <ID>", "--comparators <N>", "--json"] {
        assert!(help.contains(flag), "{flag}");
    }
    let help = App::new().run(&["assess", "--help"]).ok();
    for flag in [
        "-o, --output <OUT>",
        "--map <",
        "--snapshot <",
        "--as-of <",
        "--fdr <",
        "--json",
        "--rollups <",
        "--patterns <",
        "--hash-importers",
        "--resume",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
    // Where results stand until they are whole: the page, the command's help and the command itself.
    assert!(contracts().contains("stands beside as `OUT.partial`") && help.contains("beside as OUT.partial"));
}

#[test]
fn assess_writes_the_columns_in_their_order_and_echoes_the_others() {
    let app = honey();
    app.file(
        "lines.csv",
        "hs,description,price,currency,unit,condition,level,export_date,office,note\n\
         040900,acacia honey,5.00,EUR,kg,new,retail,2026-09-15,North,=1+1\n\
         040901,acacia honey,5.00,EUR,kg,new,retail,2026-09-15,South,\n",
    );
    let ran = app.run(&["assess", "lines.csv", "-o", "out.csv", "-o", "out.xlsx", "--data", "d"]);
    assert_eq!(ran.code, 6, "the bad line is told: {}", ran.err);
    assert!(app.path().join("out.xlsx").is_file());
    let mut reader = csv::Reader::from_path(app.path().join("out.csv")).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let documented = table("Columns of the results");
    assert_eq!(header[..documented.len()], documented, "the documented columns, in their order");
    assert_eq!(header[documented.len()..], ["office", "note"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
    let cell = |row: usize, name: &str| &rows[row][header.iter().position(|h| h == name).unwrap()];
    assert_eq!((cell(0, "number"), cell(0, "verdict")), ("2", "strong_reason_to_ask"));
    assert_eq!((cell(0, "office"), cell(0, "note")), ("North", "'=1+1"));
    assert_eq!((cell(0, "rung"), cell(0, "unit"), cell(0, "basis")), ("2", "KGM", "offer"));
    assert_eq!((cell(1, "number"), cell(1, "hs"), cell(1, "verdict")), ("3", "040901", ""));
    assert!(cell(1, "error").starts_with("hs: "), "{}", cell(1, "error"));
    assert_eq!(cell(0, "error"), "");
}

#[test]
fn a_verdict_has_the_keys_of_the_page_in_their_order() {
    let verdict = checked();
    assert_eq!(names(&verdict), table("The verdict as JSON"));
    assert_eq!(verdict["version"], model::VERDICT_VERSION);
    assert_eq!(names(&verdict["reference"]), keys::<model::Reference>());
    assert_eq!(names(&verdict["comparators"][0]), keys::<model::Comparator>());
    assert_eq!(names(&verdict["rungs"][0]), keys::<model::RungTried>());
    assert_eq!(names(&verdict["declared"]), ["unit", "declared", "amount", "rate"]);
    // Amounts are decimal texts, figures of the distribution numbers, hashes 64 digits.
    assert_eq!(verdict["declaration"]["value"], serde_json::json!({ "amount": "5.00", "currency": "EUR" }));
    assert!(verdict["comparators"][0]["unit_price"]["low"].is_string());
    assert!(verdict["reference"]["median"].is_f64() && verdict["ratio"].is_f64());
    assert_eq!(verdict["snapshot"].as_str().unwrap().len(), 64);
    assert_eq!(verdict["percentile_interval"].as_array().unwrap().len(), 2);
}

#[test]
fn the_api_answers_as_the_command_does_and_refuses_by_rfc_9457() {
    let server = server();
    let (head, verdict) = parted(&server.post("/v1/checks", &Line::honey().json().to_string()));
    assert!(head.starts_with("http/1.") && head.contains(" 200 ok"), "{head}");
    assert_eq!(verdict, checked());
    let (head, problem) =
        parted(&server.post("/v1/checks", r#"{"hs": "040901", "price": 5, "currency": "EURO"}"#));
    assert!(head.contains(" 422 ") && head.contains("application/problem+json"), "{head}");
    for key in ["type", "title", "status", "detail", "errors"] {
        assert!(problem.get(key).is_some(), "{problem:#}");
    }
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["hs", "currency"]);
    assert_eq!(names(&problem["errors"][0]), ["field", "message"]);
}

#[test]
fn the_nomenclature_is_served_as_the_page_says() {
    use api::nomenclature::{
        HsAnswer, HsChapter, HsHit, HsRule, HsShown, HsStep, HsSubheading, HsSuccessor, HsTranslation, HsUnit,
    };
    let named = named();
    for keys in [
        keys::<HsAnswer>(),
        keys::<HsHit>(),
        keys::<HsShown>(),
        keys::<HsSubheading>(),
        keys::<HsUnit>(),
        keys::<HsTranslation>(),
        keys::<HsStep>(),
        keys::<HsChapter>(),
        keys::<HsRule>(),
        keys::<HsSuccessor>(),
    ] {
        for key in keys {
            assert!(named.contains(&key), "docs/CONTRACTS.md does not speak of '{key}'");
        }
    }
    let server = server();
    let (head, found) = parted(&server.get("/v1/hs?q=wireless+earbuds&lang=en&most=2"));
    assert!(head.starts_with("http/1.") && head.contains(" 200 ok"), "{head}");
    let told =
        honey().run(&["hs", "search", "wireless", "earbuds", "--lang", "en", "--most", "2", "--json"]).json();
    assert_eq!(found, told, "the API answers as the command does");
    assert_eq!(names(&found), ["edition", "query", "language", "hits"]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 2);
    for (query, field) in
        [("lang=en", "q"), ("q=a&lang=xx", "lang"), ("q=a&most=101", "most"), ("q=a&page=2", "page")]
    {
        let (head, problem) = parted(&server.get(&format!("/v1/hs?{query}")));
        assert!(head.contains(" 422 ") && head.contains("application/problem+json"), "{head}");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let (_, shown) = parted(&server.get("/v1/hs/851830"));
    assert_eq!(shown, honey().run(&["hs", "show", "851830", "--json"]).json());
    assert_eq!(names(&shown), ["edition", "code", "path", "chapter", "subheadings", "rules", "successors"]);
    assert_eq!(names(&shown["subheadings"][0]), keys::<HsSubheading>());
    let (head, problem) = parted(&server.get("/v1/hs/851712"));
    assert!(head.contains(" 404 ") && head.contains("application/problem+json"), "{head}");
    assert!(problem["detail"].as_str().unwrap().contains("nearest: "), "{problem}");
}

/// Documented keys of an inspection's answer: (key, whether it may be missing).
fn inspection_keys(which: &str) -> Vec<(String, bool)> {
    let text = contracts();
    let line = text.lines().find(|l| l.starts_with(&format!("* `{which}`: "))).unwrap();
    let (_, answer) = line.split_once('→').unwrap();
    let pieces: Vec<&str> = answer.split('"').collect();
    (1..pieces.len())
        .step_by(2)
        .map(|at| (pieces[at].to_owned(), pieces.get(at + 1).is_some_and(|rest| rest.starts_with('?'))))
        .collect()
}

#[test]
fn inspections_have_the_documented_keys() {
    let app = App::new();
    app.file(
        "p.html",
        r#"<script type="application/ld+json">{"@type":"Product","name":"Cup","offers":{"price":"3.20","priceCurrency":"EUR"}}</script>"#,
    );
    for (which, requests) in [
        ("page", vec![r#"{"file": "p.html", "url": null}"#]),
        (
            "price",
            vec![
                r#"{"price_raw": "3.350"}"#,
                r#"{"price_raw": "from $ 5"}"#,
                r#"{"price_raw": "5 - 7", "currency_raw": "EUR", "locale": "de-DE", "decimal_separator": ","}"#,
            ],
        ),
        ("quantity", vec![r#"{"text": "6 x 330 ml"}"#, r#"{"text": "3.350 kg"}"#]),
        ("identity", vec![r#"{"a": "iPhone 13 128GB"}"#, r#"{"a": "iPhone 13", "b": "iPhone 13 Pro"}"#]),
        (
            "hs",
            vec![
                r#"{"text": "silicone phone case", "lang": "en"}"#,
                r#"{"text": "hoodie", "category": "Fashion > Men", "attributes": {"Material": "cotton", "Sizes": 5}}"#,
                r#"{"text": "qqqq", "attributes": [{"name": "Material", "value": "-"}]}"#,
            ],
        ),
        ("robots", vec![r#"{"robots": "", "ua": "touchstone", "url": "/"}"#]),
    ] {
        let documented = inspection_keys(which);
        let mut seen = BTreeSet::new();
        for request in requests {
            let answer = app.run_with_input(&["inspect", which], request).json();
            let mut found = names(&answer);
            if which == "page" {
                found.extend(names(&answer["listings"][0]));
            }
            for (key, may_lack) in &documented {
                assert!(*may_lack || found.contains(key), "{which}: no '{key}' in {answer}");
            }
            seen.extend(found);
        }
        let all: BTreeSet<String> = documented.into_iter().map(|(key, _)| key).collect();
        assert_eq!(seen, all, "{which}: every key is documented, and every documented one occurs");
    }
    let ran = app.run(&["inspect", "page", "--file", "none.html"]);
    assert_eq!(ran.code, 3, "by flags");
    let answer = ran.json();
    assert_eq!(names(&answer), ["file", "error"]);
    let ran = app.run_with_input(&["inspect", "price"], "{\"price\": 1}\n{\"price_raw\": \"5 €\"}\n");
    assert_eq!(ran.code, 6);
    let answers: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(answers[0]["error"].is_string() && answers[1]["amount"] == "5", "{}", ran.out);
}

/// Keys in braces behind a text of the page, as far as the braces close.
fn braced(after: &str) -> BTreeSet<String> {
    let text = contracts().replace('\n', " ");
    let (_, rest) = text.split_once(after).unwrap_or_else(|| panic!("the page does not say '{after}'"));
    let mut depth = 0;
    let mut keys = BTreeSet::new();
    let mut word = String::new();
    for c in rest.chars().skip_while(|c| *c != '{') {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            c if depth == 1 && (c.is_alphanumeric() || c == '_') => word.push(c),
            _ => {}
        }
        if (depth == 0 || depth == 1 && !(c.is_alphanumeric() || c == '_')) && !word.is_empty() {
            keys.insert(std::mem::take(&mut word));
        }
        if depth == 0 {
            break;
        }
    }
    keys
}

#[test]
fn archives_and_evidence_are_as_the_page_says() {
    let app = App::new();
    app.file("a.html", "<script type=\"application/ld+json\">{\"@type\":\"Product\",\"name\":\"Cup\",\"offers\":{\"price\":\"3.20\",\"priceCurrency\":\"EUR\"}}</script>");
    app.file(
        "index.jsonl",
        "{\"file\": \"a.html\", \"url\": \"https://a.example/1\", \"captured\": \"2026-09-15\"}\n",
    );
    app.run(&["import", "pages", "index.jsonl", "--source", "saved", "--data", "d"]).ok();
    let archive = std::fs::read_dir(app.path().join("d/archive")).unwrap().next().unwrap().unwrap().path();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(&archive).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let types: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("WARC-Type: ")).collect();
    assert_eq!(types, ["warcinfo", "resource", "resource"]);
    assert!(text.contains("WARC-Target-URI: urn:touchstone:source:saved\r\n"), "{text}");
    let set = |value: &Value| names(value).into_iter().collect::<BTreeSet<String>>();

    let report = app.run(&["import", "warc", archive.to_str().unwrap(), "--json", "--data", "e"]).json();
    assert_eq!(set(&report), braced("`--json` gives `"));
    let database = ["evidence", "show", "--data", "e", "--json"];
    let all = app.run(&["evidence", "verify", "--all", "--data", "e", "--json"]);
    assert_eq!(set(&serde_json::from_str(&all.out).unwrap()), braced("a last one with the counts (`"));
    let hash = model::ContentHash::of(&std::fs::read(app.path().join("a.html")).unwrap()).to_string();
    let shown = app.run(&[&database[..], &[hash.as_str()]].concat()).json();
    assert_eq!(set(&shown), braced("takes `--json` (`"));
    assert_eq!(set(&shown["pages"][0]["record"]), braced("`record`: `"));
    assert_eq!(names(&shown["pages"][0]["observations"][0]), ["observation", "original", "fields"]);
    assert_eq!(
        names(&shown["pages"][0]["observations"][0]["fields"][0]),
        ["field", "text", "syntax", "place"]
    );
    for copy in std::fs::read_dir(app.path().join("e/archive")).unwrap() {
        std::fs::remove_file(copy.unwrap().path()).unwrap();
    }
    let ran = app.run(&["evidence", "verify", &hash[..8], "--data", "e", "--json"]);
    assert_eq!(ran.code, 6);
    let proof: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!(set(&proof), braced("that is not proved (`"));
    assert_eq!(proof["finding"], "missing");
    assert_eq!(app.run(&["evidence", "show", &hash, "--data", "e"]).code, 6);
}

#[test]
fn each_exit_code_is_given_for_what_the_page_says() {
    let app = App::new();
    // 0 whatever the verdict: `checked` is a strong reason to ask.
    assert_eq!(checked()["verdict"], "strong_reason_to_ask");
    assert_eq!(app.run(&["check", "--hs", "040900"]).code, 2);
    assert_eq!(app.run(&["source", "check", "none.toml"]).code, 3);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = app.run(&["serve", "--port", &port, "--data", "d"]);
    assert_eq!(refused.code, 4);
    assert!(refused.out.is_empty() && refused.err.starts_with("touchstone: "), "{}", refused.err);
    assert!(refused.err.lines().nth(1).unwrap().starts_with("  hint: "), "{}", refused.err);
    app.run(&["db", "migrate", "--data", "d"]).ok();
    newer(&app);
    assert_eq!(app.run(&["db", "status", "--data", "d"]).code, 5);
    assert_eq!(app.run_with_input(&["inspect", "quantity"], "no JSON\n").code, 6);
}

/// Leaves in the database what a later version of the program would.
fn newer(app: &App) {
    let location = app.path().join("d/touchstone.db");
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&location);
        let mut db = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(acceptance::NEWER_VERSION).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
}

/// A shop whose first page is answered only after the crawler has been asked to stop.
#[cfg(unix)]
#[test]
fn an_interrupted_crawl_exits_130_and_keeps_what_was_finished() {
    let shop = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = shop.local_addr().unwrap();
    let app = App::new();
    app.file(
        "shop.toml",
        format!(
            "id = \"shop\"\nname = \"Shop\"\nmarket = \"DE\"\nstart = [\"http://{address}/\"]\nsitemaps = false\n\
             [permission]\nbasis = \"a test\"\ncontact = \"test@shop.example\"\n\
             [pace]\ndelay_seconds = 0.1\n[network]\nallow_loopback = true\n"
        ),
    );
    let child = app
        .command(&["crawl", "shop.toml", "--data", "d"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    // Ends with the test's process; the shop has more pages than the test will ever see.
    std::thread::spawn(move || {
        let links: String = (0..500).map(|i| format!("<a href=\"/{i}\">{i}</a>")).collect();
        let mut stopped = false;
        for stream in shop.incoming() {
            let mut stream = stream.unwrap();
            let mut first = String::new();
            BufReader::new(&stream).read_line(&mut first).unwrap();
            let robots = first.contains("/robots.txt");
            if !robots && !stopped {
                stopped = true;
                std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
            }
            let (status, body) = if robots { ("404 Not Found", "") } else { ("200 OK", links.as_str()) };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{err}");
    let status = app.run(&["db", "status", "--json", "--data", "d"]).json();
    assert!(status["counts"]["pages"].as_u64().unwrap() >= 1, "{status:#}");
}

#[test]
fn exit_codes_are_documented() {
    let text = contracts();
    use api::failure::Exit;
    for exit in [
        Exit::Done,
        Exit::Bug,
        Exit::Usage,
        Exit::Input,
        Exit::Machine,
        Exit::Schema,
        Exit::Partly,
        Exit::Interrupted,
    ] {
        assert!(text.contains(&format!("| {} |", exit as i32)), "{exit:?}");
    }
}

#[test]
fn every_metric_is_documented_as_it_is_counted() {
    let text = contracts();
    for (name, kind, labels, meaning) in api::metrics::METRICS {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        let row = format!("| `{name}` | {kind} | {} | {meaning} |\n", labels.join(", "));
        assert!(text.contains(&row), "docs/CONTRACTS.md lacks: {row}");
    }
    assert_eq!(
        table("Counts for Prometheus").iter().filter(|n| n.starts_with("touchstone_")).count(),
        api::metrics::METRICS.len()
    );
}
