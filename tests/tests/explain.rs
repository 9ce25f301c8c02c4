//! `inspect observation`: for every stored observation of the demo the steps that are told, done again
//! here with a pencil, end in exactly the unit price the snapshot compares; so they do with a market
//! recipe and an exchange rate between.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::Line;
use api::explained::of_comparable;
use api::pipeline::Pipeline;
use api::settings::Settings;
use futures::StreamExt;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

fn number(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}
fn ends(interval: &Value) -> (Decimal, Decimal) {
    (number(&interval["low"]), number(&interval["high"]))
}

/// The steps of an explanation done again: the unit prices by unit.
fn pencil(told: &Value, price: (Decimal, Decimal)) -> BTreeMap<String, (Decimal, Decimal)> {
    let mut at = price;
    let mut prices = BTreeMap::new();
    let one = Decimal::ONE;
    for step in told["steps"].as_array().unwrap() {
        let calculation = &step["calculation"];
        if calculation.is_null() {
            continue;
        }
        assert_eq!(ends(&calculation["input"]), at, "takes what the step before gave: {step:#}");
        let (low, high) = ends(&calculation["rate"]);
        let out = match (calculation["operation"].as_str(), step["stage"].as_str().unwrap()) {
            (Some("divide"), _) => (at.0 / (one + high), at.1 / (one + low)),
            (Some("deduct"), _) => (at.0 * (one - high), at.1 * (one - low)),
            (Some("increase"), _) => (at.0 * (one + low), at.1 * (one + high)),
            (Some("share"), _) => (at.0 * low, at.1 * high),
            (Some("subtract"), _) => (at.0 - high, at.1 - low),
            (Some("add"), _) => (at.0 + low, at.1 + high),
            (None, "exchange") => (at.0 * low, at.1 * low),
            (None, "unit_price") => {
                let rounded = |amount: Decimal| (amount / low).round_sf(12).unwrap().normalize();
                let price = (rounded(at.0), rounded(at.1));
                assert_eq!(price, ends(&calculation["output"]));
                prices.insert(calculation["unit"].as_str().unwrap().to_owned(), price);
                continue;
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(out, ends(&calculation["output"]), "{step:#}");
        at = out;
    }
    prices
}

/// Every stored observation of a data folder against its newest snapshot; gives how many there were,
/// and how many of them with an exchange rate, with a recipe and with a place on an archived page.
async fn every_one(settings: Settings) -> [usize; 4] {
    let pipeline = Pipeline::existing_to_read(settings).await.unwrap();
    let snapshot = pipeline.read_snapshot(&pipeline.find_snapshot(None).await.unwrap()).unwrap();
    let compared: BTreeMap<_, _> = snapshot.comparables.iter().map(|c| (c.observation.id, c)).collect();
    let mut counts = [0; 4];
    let mut stored_at = 0;
    let mut stored = pipeline.store.observations(Default::default());
    while let Some(observation) = stored.next().await {
        let observation = observation.unwrap();
        let id = observation.id.to_string();
        let comparable = compared.get(&observation.id);
        // Each page is read again for its offer: for a part of them, and for those without a price.
        stored_at += 1;
        let told = match comparable {
            Some(comparable) => {
                assert_eq!(comparable.observation, observation);
                let told = of_comparable(snapshot.id, snapshot.currency, comparable);
                assert_eq!(told.agrees, Some(true), "{id}");
                if stored_at % 10 == 1 {
                    let read_again = pipeline.explain(&id, None).await.unwrap();
                    assert_eq!(read_again.archive_problem, None);
                    assert_eq!(read_again.explanation, told.explanation);
                }
                told
            }
            None => pipeline.explain(&id, None).await.unwrap(),
        };
        let json = serde_json::to_value(&told).unwrap();
        let price = observation.price.amount;
        let prices = pencil(&json, (price, observation.price_high.unwrap_or(price)));
        let Some(comparable) = comparable else {
            let left_out = snapshot.exclusions.iter().find(|e| e.observation == observation.id).unwrap();
            assert!(!left_out.detail.is_empty());
            continue;
        };
        let wanted: BTreeMap<_, _> = comparable
            .unit_prices
            .iter()
            .map(|price| (price.unit.to_string(), (price.low, price.high)))
            .collect();
        assert_eq!(prices, wanted, "{id}");
        assert_eq!(told.explanation.unit_prices, comparable.unit_prices, "{id}");
        let price_step = told.explanation.steps.iter().find(|step| step.what == "price").unwrap();
        assert!(price_step.from.is_some() && price_step.place.is_some(), "{id}: which text, where");
        counts[0] += 1;
        counts[1] += usize::from(comparable.rate.is_some());
        counts[2] += usize::from(observation.basis.recipe.is_some());
        counts[3] += usize::from(observation.capture.archive.is_some());
    }
    counts
}

#[tokio::test]
async fn every_observation_of_the_demo_is_explained_to_its_unit_price() {
    let app = App::new();
    app.run(&["demo", "--no-serve", "--data", "d"]).ok();
    let settings = Settings { data: app.path().join("d"), ..Settings::default() };
    let [all, converted, _, archived] = every_one(settings).await;
    assert!(all > 100 && converted > 10 && archived == all, "{all} {converted} {archived}");
}

const OFFERS: &str = "name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n\
Ceramic teapot,23.90,GBP,https://a.example/1,A,GB,2026-09-01,new,retail,691110,1,u\n\
Fresh garlic 500 g,1.99,GBP,https://a.example/2,A,GB,2026-09-02,new,retail,070320,500,g\n\
Ceramic teapot,19.00,EUR,https://b.example/1,B,DE,2026-09-01,new,retail,691110,1,u\n\
Teapot,190.00,MAD,https://c.example/1,C,MA,2026-09-01,new,retail,691110,1,u\n";

#[tokio::test]
async fn every_offer_reduced_by_a_recipe_is_explained_to_its_unit_price() {
    let app = App::new();
    let markets = acceptance::root().join("config/markets").canonicalize().unwrap();
    app.file("my.toml", format!("markets = {:?}\n", markets.display().to_string()));
    app.file("offers.csv", OFFERS);
    app.file("rates.csv", "valid_from,base,quote,rate,source\n2026-08-01,EUR,GBP,0.85,Customs notice 8\n");
    let run = |args: &[&str]| app.run(&[&["--config", "my.toml", "--data", "d"], args].concat());
    run(&["import", "fx", "rates.csv"]).ok();
    run(&["import", "listings", "offers.csv"]).ok();
    run(&["snapshot", "build"]).ok();
    let settings = Settings { data: app.path().join("d"), markets: Some(markets), ..Settings::default() };
    let [all, converted, reduced, _] = every_one(settings).await;
    assert_eq!((all, converted, reduced), (3, 2, 3));
    // As people and programs ask for it.
    let shown = run(&["snapshot", "show", "--json"]).json();
    assert_eq!(shown["left_out"]["no_exchange_rate"], 1, "{shown:#}");
    let line = Line::of("070320", "fresh garlic", "1", "EUR", "kg");
    let line = line.with("export_date", "2026-09-03").with("import_country", "GB");
    let verdict = app.check(&line, &["--config", "my.toml", "--json"]).json();
    let id = verdict["comparators"][0]["observation"].as_str().unwrap().to_owned();
    let told = run(&["inspect", "observation", &id[..12], "--snapshot", "latest", "--json"]).json();
    assert_eq!((&told["agrees"], &told["illustrative"]), (&Value::Bool(true), &Value::Bool(true)));
    let text = run(&["inspect", "observation", &id]).ok();
    for words in [
        "Value Added Tax Act 1994",
        "illustrative",
        "Customs notice 8",
        "touchstone evidence show",
        "Use in law",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let unknown = run(&["inspect", "observation", "0123456789abcdef"]);
    assert_eq!(unknown.code, 3, "{}", unknown.err);
}
