//! A verdict is made again from what it says of itself: byte for byte where nothing changed, and with
//! what differs and why where something did; the length of its schedule, and the pages behind it.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::Line;
use acceptance::site::{Site, product};
use serde_json::Value;

/// A reference of 24 sellers of honey on three sites, 10.0 to 12.3 EUR per kg, and a rate.
fn honey() -> App {
    let app = acceptance::line::honey();
    app.file("rates.csv", "date,base,quote,rate,source\n2026-09-14,EUR,USD,1.25,notice 9\n");
    app.run(&["import", "fx", "rates.csv", "--data", "d"]).ok();
    app
}

/// What `check --json` prints of 5 USD per kg, with more flags.
fn verdict(app: &App, more: &[&str]) -> String {
    app.check(&Line::honey().with("currency", "USD"), &[&["--json"], more].concat()).ok()
}

fn replay(app: &App, text: &str) -> (i32, Value) {
    let ran = app.run_with_input(&["replay", "-", "--json", "--data", "d"], text);
    let answer = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    (ran.code, answer)
}

fn causes(answer: &Value) -> Vec<&str> {
    answer["reasons"].as_array().unwrap().iter().map(|r| r["cause"].as_str().unwrap()).collect()
}

#[test]
fn a_verdict_comes_out_byte_for_byte_however_long_its_schedule() {
    let app = honey();
    for more in [&[][..], &["--comparators", "5"], &["--comparators", "all"], &["--comparators", "0"]] {
        let text = verdict(&app, more);
        let (code, answer) = replay(&app, &text);
        assert_eq!((code, answer["outcome"].as_str()), (0, Some("identical")), "{more:?} {answer:#}");
        assert_eq!(causes(&answer), [""; 0]);
        // The API writes it without spaces.
        let lines = text.lines().map(|line| line.trim_start().replacen("\": ", "\":", 1));
        let compact = lines.collect::<String>();
        assert_eq!(replay(&app, &compact).1["outcome"], "identical");
        let spaced = compact.replacen(',', " , ", 1);
        assert_eq!(replay(&app, &spaced).1["outcome"], "same_values");
    }
    let text = app.run_with_input(&["replay", "-", "--data", "d"], &verdict(&app, &[])).ok();
    assert!(text.starts_with("identical: the same bytes come out\n"), "{text}");
}

#[test]
fn settings_and_rates_of_today_do_not_change_a_verdict_of_then() {
    let app = honey();
    let text = verdict(&app, &[]);
    app.file("config/statistics.toml", "window_days = 5\nreason_ratio = 0.6\n");
    app.file("rates.csv", "date,base,quote,rate,source\n2026-09-14,EUR,USD,2.50,notice 9\n");
    app.run(&["import", "fx", "rates.csv", "--data", "d"]).ok();
    let ran = app.run_with_input(&["replay", "-", "--json", "--data", "d"], &text);
    let answer = ran.json();
    assert_eq!(answer["outcome"], "identical", "{answer:#}");
    assert_eq!(causes(&answer), ["rates"], "{answer:#}");
    // A check of today gives another price.
    let today: Value = serde_json::from_str(&verdict(&app, &[])).unwrap();
    assert_eq!(today["declared"]["amount"], "2");
}

#[test]
fn an_administration_keeps_a_file_of_rules_for_each_year() {
    let app = honey();
    for (year, rules) in [(2025, "low_review_p = 0.04\nreason_p = 0.04\n"), (2026, "window_days = 20\n")] {
        app.file(&format!("rules/{year}.toml"), rules);
        app.file(&format!("{year}.toml"), format!("statistics_file = \"rules/{year}.toml\"\n"));
    }
    let of = |config: &str| -> (String, Value) {
        let text = verdict(&app, &["--config", config]);
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    };
    let ((old_text, old), (_, new)) = (of("2025.toml"), of("2026.toml"));
    assert_ne!(old["parameters"], new["parameters"]);
    assert_eq!(old["made"]["parameters"]["reason_p"], 0.04);
    assert_eq!(new["made"]["parameters"]["window_days"], 20);
    // The year after, under its rules, the verdict of the year before is made again by its own.
    let replayed = ["replay", "-", "--json", "--data", "d", "--config", "2026.toml"];
    let answer = app.run_with_input(&replayed, &old_text).json();
    assert_eq!((answer["outcome"].as_str(), causes(&answer)), (Some("identical"), vec![]), "{answer:#}");
    // Which file is read can be looked up.
    let told = app.run(&["doctor", "--data", "d", "--config", "2026.toml", "--json"]).json();
    let rules = told.as_array().unwrap().iter().find(|f| f["what"] == "rules").unwrap();
    let detail = rules["detail"].as_str().unwrap();
    let hash = new["parameters"].as_str().unwrap();
    assert_eq!(detail, format!("rules/2026.toml, parameters {}; window_days = 20", &hash[..12]));
    // A file that was moved away is not passed over, nor is a table that was meant to be one.
    std::fs::remove_file(app.path().join("rules/2026.toml")).unwrap();
    assert_eq!(app.run(&replayed).code, 3);
    app.file("old.toml", "[statistics]\nwindow_days = 20\n");
    let ran = app.run(&["doctor", "--config", "old.toml"]);
    assert!(ran.code == 3 && ran.err.contains("config/statistics.toml"), "{}", ran.err);
}

#[test]
fn a_changed_verdict_is_told_place_by_place() {
    let app = honey();
    let mut given: Value = serde_json::from_str(&verdict(&app, &[])).unwrap();
    given["ratio"] = serde_json::json!(0.9);
    given["comparators"][3]["seller"] = serde_json::json!("Nobody");
    let (code, answer) = replay(&app, &given.to_string());
    assert_eq!(
        (code, answer["outcome"].as_str(), &answer["different"]),
        (6, Some("differs"), &serde_json::json!(2))
    );
    let places: Vec<&str> =
        answer["differences"].as_array().unwrap().iter().map(|d| d["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["/ratio", "/comparators/3/seller"]);
    assert_eq!(causes(&answer), ["program"]);

    let told = answer["reasons"][0]["sentence"].as_str().unwrap();
    assert!(told.starts_with("version and method of the program") && !told.contains("changed"), "{told}");

    // Another program explains most, and is named first.
    let mut older = given.clone();
    older["made"]["program"] = serde_json::json!("0.3.0");
    let (_, answer) = replay(&app, &older.to_string());
    assert_eq!(causes(&answer), ["program"]);
    let told = answer["reasons"][0]["sentence"].as_str().unwrap();
    assert!(told.starts_with("the verdict was made by version 0.3.0 of the program, this is "), "{told}");
    // What it says of itself alone, in a verdict of before methods were stated.
    let mut same: Value = serde_json::from_str(&verdict(&app, &[])).unwrap();
    same["made"]["program"] = serde_json::json!("0.3.0");
    same["made"].as_object_mut().unwrap().remove("method").unwrap();
    let (code, answer) = replay(&app, &same.to_string());
    assert_eq!((code, causes(&answer)), (6, vec!["program"; 2]), "{answer:#}");
    assert!(answer["reasons"][1]["sentence"].as_str().unwrap().starts_with("nothing else differs"));

    given["made"]["parameters"]["window_days"] = serde_json::json!(30);
    let (code, answer) = replay(&app, &given.to_string());
    assert_eq!((code, answer["outcome"].as_str()), (6, Some("not_replayable")));
    assert_eq!(causes(&answer), ["parameters"]);

    given["snapshot"] = serde_json::json!("ab".repeat(32));
    let (code, answer) = replay(&app, &given.to_string());
    assert_eq!((code, causes(&answer)), (6, vec!["snapshot"]));

    assert_eq!(app.run_with_input(&["replay", "-", "--data", "d"], "{}").code, 3);
    assert_eq!(app.run_with_input(&["replay", "-", "--data", "d"], "not json").code, 3);
    assert_eq!(app.run(&["replay", "no-such-file.json", "--data", "d"]).code, 3);
}

#[test]
fn a_verdict_of_the_first_form_is_made_again_as_far_as_it_says() {
    let app = honey();
    let mut given: Value = serde_json::from_str(&verdict(&app, &["--comparators", "all"])).unwrap();
    let object = given.as_object_mut().unwrap();
    for key in ["made", "comparators_total", "excluded_total"] {
        object.remove(key).unwrap();
    }
    object["version"] = serde_json::json!(1);
    let (_, answer) = replay(&app, &given.to_string());
    let places: Vec<&str> =
        answer["differences"].as_array().unwrap().iter().map(|d| d["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["/version", "/comparators_total", "/excluded_total", "/made"], "{answer:#}");
    assert_eq!(causes(&answer), ["program"]);
}

#[test]
fn the_schedule_lists_the_nearest_offers_and_counts_all() {
    let app = honey();
    let of = |n: &str| -> Value { serde_json::from_str(&verdict(&app, &["--comparators", n])).unwrap() };
    let all = of("all");
    let few = of("4");
    assert_eq!(all["comparators"].as_array().unwrap().len(), 24);
    // 5 USD are 4 EUR, below every offer: the nearest are the lowest.
    assert_eq!(few["comparators"].as_array().unwrap()[..], all["comparators"].as_array().unwrap()[..4]);
    for v in [&all, &few] {
        assert_eq!((&v["comparators_total"], &v["excluded_total"]), (&24.into(), &0.into()));
    }
    // A price in the middle has neighbours on both sides.
    let middle = app.check(&Line::honey().with("price", "11.1"), &["--comparators", "3", "--json"]).json();
    let lows: Vec<&str> = middle["comparators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["unit_price"]["low"].as_str().unwrap())
        .collect();
    assert_eq!(lows, ["11", "11.1", "11.2"]);
    for bad in ["some", "-3", "1.5"] {
        let ran = app.check(&Line::honey(), &["--comparators", bad]);
        assert_eq!(ran.code, 2, "{bad}: {}", ran.err);
    }
}

#[test]
fn with_evidence_every_offer_is_proved_by_its_page_or_named() {
    let site = Site::new(|asked| {
        if asked.path == "/" {
            let links: String = (0..4).map(|n| format!("<a href=/p/{n}>Lamp {n}</a>")).collect();
            return Some(acceptance::site::Reply::page(links));
        }
        let n: usize = asked.path.strip_prefix("/p/")?.parse().ok()?;
        Some(acceptance::site::Reply::page(product(
            &format!("LED bulb E27 {n}"),
            &format!("{}.00", 10 + n),
            &[],
        )))
    });
    let app = App::new();
    let keys = "start = [\"http://shop.example/\"]\nsitemaps = false";
    let tables = "[facts]\ncondition = \"new\"\nlevel = \"retail\"\n[rules]\nproduct_paths = [\"/p/\"]\n[budget]\nrequests_per_day = 5000\n";
    app.file("config/sources/shop.toml", site.source(keys, tables));
    app.run(&["crawl", "config/sources/shop.toml", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    let rows: Value = app.run(&["snapshot", "show", "--data", "d", "--json"]).json();
    assert_eq!(rows["snapshot"]["listings"], 4, "{rows:#}");
    let line = Line::of("853952", "LED bulb E27", "2", "EUR", "u").without("export_date");
    let text = app.check(&line, &["--json", "--comparators", "1"]).ok();
    let given: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&given["comparators_total"], given["comparators"].as_array().unwrap().len()),
        (&4.into(), 1),
        "{given:#}"
    );
    let run = || app.run_with_input(&["replay", "-", "--evidence", "--json", "--data", "d"], &text);
    let proved = run();
    assert_eq!(proved.code, 0, "{}{}", proved.out, proved.err);
    let proved = proved.json();
    // Offers that are not listed are proved too.
    assert_eq!((&proved["evidence"]["ok"], &proved["evidence"]["checked"]), (&4.into(), &4.into()));
    std::fs::rename(app.path().join("d/archive"), app.path().join("d/away")).unwrap();
    std::fs::create_dir(app.path().join("d/archive")).unwrap();
    let missing = run();
    assert_eq!(missing.code, 6, "{}", missing.out);
    let missing: Value = serde_json::from_str(&missing.out).unwrap();
    assert_eq!((&missing["outcome"], &missing["evidence"]["missing"]), (&"identical".into(), &4.into()));
}

#[test]
fn what_moved_between_two_snapshots_is_said_group_by_group() {
    let app = honey();
    app.file(
        "more.csv",
        "name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n\
         Acacia honey jar 0,20.0,EUR,https://a.example/honey/0,Seller 0,DE,2026-10-01,new,retail,040900,1,kg\n\
         Acacia honey jar 90,12.0,EUR,https://a.example/honey/90,Seller 90,DE,2026-10-01,new,retail,040900,1,kg\n\
         Mug,4.0,EUR,https://a.example/mug,Seller 1,DE,2026-10-01,new,retail,691200,1,u\n",
    );
    app.run(&["import", "listings", "more.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    let list = app.run(&["snapshot", "list", "--data", "d", "--json"]).json();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    // Last built first.
    let (new, old) = (ids[0], ids[1]);
    let ran = app.run(&["snapshot", "diff", old, new, "--data", "d", "--json"]);
    assert_eq!(ran.out, app.run(&["snapshot", "diff", old, new, "--data", "d", "--json"]).out);
    let found = ran.json();
    assert_eq!(
        (&found["method_before"], &found["method_after"]),
        (&statistics::METHOD.into(), &statistics::METHOD.into())
    );
    let honey = &found["groups"][0];
    assert_eq!(honey["reasons"], serde_json::json!({ "not_captured": 1, "page_price": 1 }), "{found:#}");
    assert_eq!((&honey["unchanged"], &honey["changed"][0]["price_after"]), (&23.into(), &"20".into()));
    assert_eq!((&honey["before"]["n_listings"], &honey["after"]["n_listings"]), (&24.into(), &25.into()));
    // Per kg, per piece, and the mug.
    let mug = &found["groups"][2];
    assert_eq!((&mug["key"]["hs6"], mug["before"].is_null()), (&"691200".into(), true), "{found:#}");
    let one = app.run(&["snapshot", "diff", old, new, "--hs", "69", "--data", "d", "--json"]).json();
    assert_eq!(one["groups"].as_array().unwrap().len(), 1);
    let text = app.run(&["snapshot", "diff", old, new, "--offers", "--data", "d"]).ok();
    assert!(text.contains("3 groups moved, 0 did not"), "{text}");
    assert!(text.contains("~ 10") && text.contains("1 with another price on the page"), "{text}");
    assert_eq!(
        app.run(&["snapshot", "diff", old, old, "--data", "d"]).out.lines().nth(1),
        Some("nothing moved in any group")
    );
    assert_eq!(app.run(&["snapshot", "diff", old, "ffff", "--data", "d"]).code, 3);
}
