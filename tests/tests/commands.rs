//! The command line as people meet it: help texts, inspections, imports, checks, the server.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::{Line, honey, honey_list};
use acceptance::server::Server;

const COMMANDS: &[&[&str]] = &[
    &["demo"],
    &["crawl"],
    &["source", "check"],
    &["source", "fetch"],
    &["source", "resume"],
    &["import", "listings"],
    &["import", "pages"],
    &["import", "warc"],
    &["import", "fx"],
    &["evidence", "show"],
    &["evidence", "verify"],
    &["snapshot", "build"],
    &["snapshot", "list"],
    &["snapshot", "show"],
    &["snapshot", "diff"],
    &["check"],
    &["replay"],
    &["assess"],
    &["validate"],
    &["observatory"],
    &["serve"],
    &["inspect", "page"],
    &["inspect", "price"],
    &["inspect", "quantity"],
    &["inspect", "identity"],
    &["inspect", "hs"],
    &["inspect", "robots"],
    &["import", "hs"],
    &["import", "hs-correlation"],
    &["hs", "search"],
    &["hs", "show"],
    &["hs", "train"],
    &["db", "migrate"],
    &["db", "status"],
    &["doctor"],
];

#[test]
fn every_command_helps_with_an_example() {
    let app = App::new();
    for command in COMMANDS {
        let mut args = command.to_vec();
        args.push("--help");
        let help = app.run(&args).ok();
        assert!(help.contains("Example"), "{command:?} shows no example:\n{help}");
        assert!(help.contains(&format!("touchstone {}", command.join(" "))), "{command:?}:\n{help}");
        // Examples are copied from a terminal of 80 columns: a wrapped one could not be.
        let example = help.find("Example").map_or("", |at| &help[at..]);
        let wide = example.lines().find(|l| l.chars().count() > 80);
        assert_eq!(wide, None, "{command:?}");
        let own = help.find("Options of every command").map_or("", |at| &help[..at]);
        assert!(!own.contains("--database"), "{command:?} mixes its options with those of every command");
    }
}

#[test]
fn the_first_help_lists_commands_and_exit_codes() {
    let help = App::new().run(&["--help"]).ok();
    insta::assert_snapshot!(help);
}

#[test]
fn inspections_answer_line_by_line() {
    let app = App::new();
    let prices =
        "{\"price_raw\": \"1.299,00 €\"}\n{\"price_raw\": \"3.350\"}\n{\"price_raw\": \"call us\"}\n";
    let ran = app.run_with_input(&["inspect", "price"], prices);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let answers: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(answers[0]["amount"], "1299");
    assert_eq!(answers[0]["currency"], "EUR");
    assert_eq!(answers[0]["currency_raw"], "€");
    assert_eq!(answers[0]["status"], "ok");
    assert_eq!(answers[1]["status"], "ambiguous");
    assert_eq!(answers[1]["readings"].as_array().unwrap().len(), 2, "{}", answers[1]);
    assert_eq!(answers[2]["status"], "none");
    assert!(answers[2]["amount"].is_null());

    let one = app.run(&["inspect", "quantity", "6 x 330 ml"]).json();
    assert_eq!(one["count"], "6");
    assert_eq!(one["size"], "330");
    assert_eq!(one["unit"], "ml");
    assert_eq!(one["total"], "1.98");
    assert_eq!(one["total_unit"], "LTR");

    let robots = r#"{"robots":"User-agent: *\nCrawl-delay: 2\nDisallow: /cart\n","ua":"touchstone","url":"https://a.example/cart/1"}"#;
    let answer = app.run_with_input(&["inspect", "robots"], robots).json();
    assert_eq!(answer["allowed"], false);
    assert_eq!(answer["crawl_delay"], 2.0);
}

#[test]
fn a_price_list_becomes_a_verdict_without_any_crawl() {
    let app = App::new();
    app.file("honey.csv", honey_list());
    let report = app.run(&["import", "listings", "honey.csv", "--data", "d", "--json"]).json();
    assert_eq!(report["observations_new"], 24, "{report:#}");
    let built = app.run(&["snapshot", "build", "--data", "d", "--json"]).json();
    assert_eq!(built["observations"], 24);
    let check = |price: &str| app.check(&Line::honey().with("price", price), &["--json"]).json();
    assert_eq!(check("11.00")["verdict"], "consistent");
    let low = check("5.00");
    assert_eq!(low["verdict"], "strong_reason_to_ask", "{low:#}");
    assert_eq!(low["reference"]["n_sellers"], 24);
    assert!((low["p_lower"].as_f64().unwrap() - 1.0 / 25.0).abs() < 1e-9);
    // Two years later the same list is stale for a line of that date.
    let undated = Line::honey().without("level").without("export_date");
    let stale = app.check(&undated, &["--as-of", "2028-09-15", "--json"]).json();
    assert_eq!(stale["verdict"], "insufficient_evidence");
    assert!(!stale["cures"].as_array().unwrap().is_empty());
}

#[test]
fn rates_convert_at_the_lines_own_date() {
    let app = honey();
    app.file(
        "fx.csv",
        "date,base,quote,rate\n2026-09-01,EUR,USD,1.10\n2026-09-14,EUR,USD,1.20\n2026-09-20,EUR,USD,2.00\n",
    );
    app.run(&["import", "fx", "fx.csv", "--publisher", "notice 9", "--data", "d"]).ok();
    let line = Line::honey().with("price", "12.00").with("currency", "USD");
    let verdict = app.check(&line, &["--json"]).json();
    assert_eq!(verdict["declared"]["rate"]["date"], "2026-09-14");
    assert_eq!(verdict["declared"]["rate"]["source"], "notice 9, inverse of EUR/USD");
    let amount: f64 = verdict["declared"]["amount"].as_str().unwrap().parse().unwrap();
    assert!((amount - 10.0).abs() < 1e-9, "{amount}");
}

#[test]
fn rates_that_contradict_are_refused_and_replaced_ones_named() {
    let app = App::new();
    let import = |rows: &str, more: &[&str]| {
        app.file("fx.csv", format!("date,base,quote,rate\n{rows}"));
        app.run(&[&["import", "fx", "fx.csv", "--publisher", "notice 9", "--data", "d"], more].concat())
    };
    let twice = import("2026-09-01,EUR,USD,1.1\n2026-09-02,EUR,USD,1.2\n2026-09-01,EUR,USD,1.9\n", &[]);
    assert_eq!(twice.code, 3, "{}", twice.out);
    for word in ["fx.csv", "lines 2 and 4", "EUR to USD", "2026-09-01", "1.1 and 1.9"] {
        assert!(twice.err.contains(word), "'{word}' in: {}", twice.err);
    }
    // Nothing of that file was kept.
    let first = import("2026-09-01,EUR,USD,1.1\n2026-09-02,EUR,USD,1.2\n", &["--json"]).json();
    assert_eq!(first, serde_json::json!({ "rates": 2, "new": 2, "replaced": 0, "replacements": [] }));
    let later = "2026-09-01,EUR,USD,1.9\n2026-09-02,EUR,USD,1.20\n2026-09-03,EUR,USD,1.3\n";
    let text = import(later, &[]).ok();
    assert!(text.starts_with("table of rates: 3 rates, 1 of them new, 1 replaced"), "{text}");
    assert!(text.contains("EUR to USD on 2026-09-01 (notice 9): 1.9, was 1.1\n"), "{text}");
    let back = import("2026-09-01,EUR,USD,1.1\n", &["--json"]).json();
    assert_eq!((&back["new"], &back["replaced"]), (&0.into(), &1.into()), "{back:#}");
    assert_eq!(
        back["replacements"][0],
        serde_json::json!({
            "date": "2026-09-01", "base": "EUR", "quote": "USD", "source": "notice 9",
            "before": { "rate": "1.9", "until": null }, "after": { "rate": "1.1", "until": null },
        })
    );
}

#[test]
fn the_server_answers_pages_and_checks() {
    let app = honey();
    let server = Server::start(&app, &["serve", "--as-of", "2026-09-15", "--data", "d"]);
    let get = |path: &str| server.get(path);
    let post = |body: &str| server.post("/v1/checks", body);
    let form = get("/");
    let example =
        form.split("href=\"&#x2f;check?").nth(1).and_then(|l| l.split('"').next()).unwrap_or_default();
    let tried = get(&format!("/check?{}", example.replace("&amp;", "&")));
    let observatory = get("/observatory");
    let document = get("/v1/openapi.json");
    let verdict = post(
        r#"{"hs":"040900","description":"acacia honey","price":5,"currency":"EUR","unit":"kg","condition":"new","level":"retail"}"#,
    );
    let problem = post(r#"{"hs":"040901","price":5,"currency":"EUR"}"#);
    assert!(form.starts_with("HTTP/1.1 200") && form.contains("<form"), "{form}");
    // The form offers what this snapshot can answer.
    assert!(example.starts_with("hs=0409.00"), "{form}");
    assert!(tried.starts_with("HTTP/1.1 200") && tried.contains("Low: review when there is time"), "{tried}");
    assert!(observatory.starts_with("HTTP/1.1 200"), "{observatory}");
    assert!(document.contains("\"openapi\"") && document.contains("/v1/checks"), "{document}");
    assert!(verdict.starts_with("HTTP/1.1 200") && verdict.contains("strong_reason_to_ask"), "{verdict}");
    assert!(problem.starts_with("HTTP/1.1 422") && problem.contains("application/problem+json"), "{problem}");
    assert!(problem.contains("\"hs\""), "{problem}");
}

#[test]
fn subheadings_are_found_and_shown_without_settings_or_data() {
    let app = App::new();
    let found = app.run(&["hs", "search", "wirless", "earbuds", "--most", "2", "--json"]).ok();
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["hits"][0]["hs"], "851830", "{found}");
    assert_eq!(found["hits"].as_array().unwrap().len(), 2);
    assert!(found["hits"][0]["why"][0].is_string() && found["hits"][0]["section"] == "XVI", "{found}");
    let shown = app.run(&["hs", "show", "8518.30"]).ok();
    for part in
        ["section XVI: ", "chapter 85: ", "heading 8518: ", "counted in: piece (H87)", "between neighbours"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("without legal force"), "{shown}");
    let french = app.run(&["hs", "show", "851830", "--lang", "fr"]).ok();
    assert!(french.contains("\nfr: ") && !french.contains("sellers write"), "{french}");
    let found = app.run(&["hs", "search", "--lang", "fr", "ecouteurs", "--json"]).ok();
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!((&found["hits"][0]["hs"], &found["hits"][0]["language"]), (&"851830".into(), &"fr".into()));
    assert_eq!(app.run(&["hs", "search", "--lang", "xx", "usb"]).code, 2);
    let retired = app.run(&["hs", "show", "851712"]);
    assert_eq!(retired.code, 3);
    assert!(retired.err.contains("no code 8517.12") && retired.err.contains("8517.13"), "{}", retired.err);
    let unknown = app.run(&["hs", "search", "qqqqzzzz"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (3, ""), "{}", unknown.err);
}

#[test]
fn published_editions_and_correlations_are_imported_and_shown() {
    let app = App::new();
    let table = "section,hscode,description,parent,level\nXVI,85,Machines,TOTAL,2\nXVI,8517,Phones,85,4\n\
                 XVI,851712,Mobile ones,8517,6\nXVI,85171X,Broken,8517,6\n";
    app.file("old.csv", table);
    let run = app.run(&["import", "hs", "old.csv", "--edition", "HS 2017", "--data", "d", "--json"]);
    assert_eq!(run.code, 6, "{}", run.err);
    let report = run.json();
    assert_eq!((&report["lines"], &report["replaced"]), (&3.into(), &false.into()));
    assert_eq!((&report["bad"][0]["line"], &report["unknown_subheadings"]), (&5.into(), &1.into()));
    app.file("cn.csv", "code;description;unit_id\n85171300;Handys;intrastat_unit_pce\n85171400;Andere;\n");
    let unsaid = app.run(&["import", "hs", "cn.csv", "--edition", "CN 2023", "--data", "d"]);
    assert!(unsaid.code == 3 && unsaid.err.contains("--lang"), "{}", unsaid.err);
    for (lang, replaced) in [("de", false), ("de", true), ("fr", false)] {
        let report = app
            .run(&["import", "hs", "cn.csv", "--edition", "CN 2023", "--lang", lang, "--data", "d", "--json"])
            .json();
        assert_eq!(report["replaced"], replaced, "{report}");
    }
    let unknown =
        app.run(&["import", "hs", "cn.csv", "--edition", "CN 2023", "--format", "hts", "--data", "d"]);
    assert!(unknown.code == 3 && unknown.err.contains("no column 'hts number'"), "{}", unknown.err);
    let shown = app.run(&["hs", "show", "851713", "--edition", "CN 2023", "--data", "d"]).ok();
    assert!(
        shown.contains("CN 2023 (de):") && shown.contains("8517.13.00") && shown.contains("Handys [H87]"),
        "{shown}"
    );
    let shown = app.run(&["hs", "show", "851712", "--edition", "HS 2017", "--data", "d"]).ok();
    assert!(shown.contains("Mobile ones") && shown.contains("HS 2022 has no code 8517.12"), "{shown}");
    let never = app.run(&["hs", "show", "851713", "--edition", "HS 2012", "--data", "d"]);
    assert!(never.code == 3 && never.err.contains("CN 2023, HS 2017"), "{}", never.err);

    // What became of a retired code is said wherever it is met, and nothing is converted.
    let sample = acceptance::root().join("config/hs/correlation_sample.csv");
    app.run(&["import", "hs-correlation", sample.to_str().unwrap(), "--data", "d"]).ok();
    let retired = app.run(&["hs", "show", "851712", "--data", "d"]);
    assert!(
        retired.code == 3 && retired.err.contains("HS 2022 has it as 8517.13, 8517.14"),
        "{}",
        retired.err
    );
    app.file(
        "prices.csv",
        "name,price,currency,url,market,captured,condition,level,hs6,quantity,unit\n\
         Phone,99,EUR,https://a.example/1,DE,2026-09-01,new,retail,851713,1,u\n",
    );
    app.run(&["import", "listings", "prices.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    let line = ["check", "--hs", "851712", "--price", "5", "--currency", "EUR", "--unit", "u", "--data", "d"];
    let refused = app.run(&line);
    assert!(
        refused.code == 3 && refused.err.contains("HS 2022 has it as 8517.13, 8517.14"),
        "{}",
        refused.err
    );
}
