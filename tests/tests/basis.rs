//! Offers reduced to CIF by a market's recipe, from the price list to the verdict.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::Line;

const RECIPE: &str = r#"
id = "worked-case"
version = "1"
country = "DE"
level = "retail"
terms = "cif"
duty_base = "cif"
currency = "EUR"

[[step]]
what = "VAT"
operation = "divide"
rates = [{ element = "vat", low = "0.20", source = "worked case" }]

[[step]]
what = "fees and margin on price"
operation = "deduct"
rates = [{ element = "margin", kind = "on_price", low = "0.25", high = "0.45", source = "worked case" }]

[[step]]
what = "inland carriage"
operation = "subtract"
rates = [{ element = "inland", low = "0.15", source = "worked case" }]

[[step]]
what = "duty and levies"
operation = "divide"
rates = [
  { element = "duty", low = "0.10", source = "worked case" },
  { element = "levies", low = "0.02", source = "worked case" },
]
"#;

/// Twenty-five German sellers around 23.90 EUR, and one from a market without a recipe.
fn offers() -> String {
    let mut list =
        String::from("name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n");
    for i in 0..25i32 {
        let price = 23.90 * (f64::from(i - 12) * 0.012).exp();
        let site = ["a", "b", "c"][i as usize % 3];
        list.push_str(&format!(
            "Ceramic teapot {i},{price:.2},EUR,https://{site}.example/pot/{i},Seller {i},DE,2026-09-01,new,retail,691110,1,u\n"
        ));
    }
    list.push_str(
        "Ceramic teapot,23.90,EUR,https://d.example/pot,Seller FR,FR,2026-09-01,new,retail,691110,1,u\n",
    );
    list
}

#[test]
fn a_line_is_held_to_offers_reduced_to_cif() {
    let app = App::new();
    app.file("markets/de.toml", RECIPE);
    app.file("my.toml", "markets = \"markets\"\n");
    app.file("offers.csv", offers());
    let run = |args: &[&str]| {
        let mut all = vec!["--config", "my.toml", "--data", "d"];
        all.extend(args);
        app.run(&all)
    };
    run(&["import", "listings", "offers.csv"]).ok();
    run(&["snapshot", "build"]).ok();
    let shown = run(&["snapshot", "show", "--json"]).json();
    assert_eq!(shown["left_out"]["other_basis"], 1, "bases are never mixed: {shown:#}");
    let check = |price: &str| {
        let line = Line::of("691110", "ceramic teapot", price, "EUR", "u").with("terms", "cif");
        app.check(&line.with("export_date", "2026-09-10"), &["--config", "my.toml", "--json"]).json()
    };
    let fair = check("9.80");
    assert_eq!(fair["verdict"], "consistent", "{fair:#}");
    let reference = &fair["reference"];
    assert_eq!(reference["basis"], "cif");
    let near = |key: &str, wanted: f64| {
        let found = reference[key].as_f64().unwrap();
        assert!((found / wanted - 1.0).abs() < 0.005, "{key}: {found}, not {wanted}");
    };
    // 23.90 → 9.65 at the high margin, 13.20 at the low one.
    near("median", 9.6466);
    near("median_high", 13.2031);
    let low = check("4.60");
    assert_eq!(low["verdict"], "strong_reason_to_ask", "{}", low["sentence"]);
    let signals: Vec<&str> =
        low["signals"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap()).collect();
    assert!(signals.contains(&"illustrative_rate"), "{signals:?}");
    // Every step of the chain stands in the schedule.
    let steps = low["comparators"][0]["steps"].to_string();
    for what in ["VAT", "margin", "inland", "duty"] {
        assert!(steps.contains(what), "{what} in {steps}");
    }
}

#[test]
fn the_example_recipe_reads() {
    let app = App::new();
    let folder = acceptance::root().join("config/markets").canonicalize().unwrap();
    app.file("my.toml", format!("markets = {:?}\n", folder.display().to_string()));
    app.file("offers.csv", offers());
    app.run(&["--config", "my.toml", "--data", "d", "import", "listings", "offers.csv"]).ok();
    app.file("markets/bad.toml", RECIPE.replace("operation = \"divide\"", "operation = \"halve\""));
    app.file("bad.toml", "markets = \"markets\"\n");
    let refused = app.run(&["--config", "bad.toml", "--data", "e", "import", "listings", "offers.csv"]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("bad.toml") && refused.err.contains("halve"), "{}", refused.err);
}
