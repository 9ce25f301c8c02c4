//! What a reference's figures do not cover, and where and when its prices were seen: told by build, show and
//! the observatory.

#![allow(clippy::unwrap_used)]

use acceptance::{App, line, prices};
use api::pages::ObservatoryData;
use api::pipeline::Pipeline;
use api::settings::{Overrides, Settings};
use model::{Comparable, GoodsKind};
use serde_json::{Value, json};
use statistics::{Parameters, ReferenceIndex, UngroupedBy};

/// The honey of 24 sellers on three sites, seen on one day, and goods without a code on 45 more sites, each
/// with one offer, seen later. None of these states a market.
fn list() -> String {
    let mut list = line::honey_list();
    for i in 0..45 {
        list.push_str(&format!(
            "Oddment {i},{}.00,EUR,https://lone{i:02}.example/{i},Lone {i},,2026-09-{:02},new,retail,,1,kg\n",
            5 + i,
            2 + i % 9
        ));
    }
    list
}

fn built() -> (App, Value) {
    let app = App::new();
    app.file("list.csv", list());
    // What has no code stays without: no model guesses one.
    app.file("plain.toml", "[hs]\nclassify = false\n");
    app.run(&["import", "listings", "list.csv", "--config", "plain.toml", "--data", "d"]).ok();
    let report = app.run(&["snapshot", "build", "--json", "--data", "d"]).json();
    (app, report)
}

async fn pipeline(app: &App) -> Pipeline {
    let data = Some(app.path().join("d"));
    let settings = Settings::load(&Overrides { data, ..Overrides::default() }, &|_| None).unwrap();
    Pipeline::existing(settings).await.unwrap()
}

async fn offers(app: &App) -> Vec<Comparable> {
    let pipeline = pipeline(app).await;
    let row = pipeline.find_snapshot(None).await.unwrap();
    pipeline.read_snapshot(&row).unwrap().comparables
}

fn keys(value: &Value) -> String {
    value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(", ")
}

#[test]
fn build_and_show_say_how_many_offers_stand_in_no_group() {
    let (app, report) = built();
    assert_eq!((&report["observations"], &report["ungrouped"]), (&69.into(), &45.into()), "{report:#}");
    let by = json!({
        "no_hs": 45, "no_unit": 0, "no_condition": 0, "not_an_article": 0, "other_basis": 0,
    });
    assert_eq!(report["ungrouped_by"], by);
    // The same where every offer is taken over unread.
    let again = app.run(&["snapshot", "build", "--json", "--data", "d"]).json();
    assert_eq!((&again["kept"], &again["ungrouped"], &again["ungrouped_by"]), (&69.into(), &45.into(), &by));
    let told = "45 of 69 offers in no group: 45 without a six-digit HS code";
    let text = app.run(&["snapshot", "build", "--data", "d"]).ok();
    assert!(text.contains(told), "{text}");
    let text = app.run(&["snapshot", "show", "--data", "d"]).ok();
    assert!(text.contains(told), "{text}");
    // Of the whole snapshot, whatever code is looked at.
    let shown = app.run(&["snapshot", "show", "--hs", "0409", "--json", "--data", "d"]).json();
    assert_eq!((&shown["ungrouped"], &shown["ungrouped_by"]), (&45.into(), &by));
    let page = std::fs::read_to_string(acceptance::root().join("docs/CONTRACTS.md")).unwrap();
    for documented in [keys(&report), keys(&by), keys(&shown)] {
        assert!(page.contains(&format!("{{{documented}}}")), "not in docs/CONTRACTS.md: {documented}");
    }
    let whole = line::honey().run(&["snapshot", "show", "--data", "d"]).ok();
    assert!(whole.contains("no offer without a group"), "{whole}");
}

#[tokio::test]
async fn an_offer_counts_once_and_the_others_stand_in_groups() {
    let mut offers = offers(&line::honey()).await;
    assert!(offers.iter().all(|offer| offer.unit_prices.len() == 2), "per kilogram and per piece");
    let currency = model::Currency::EUR;
    let snapshot = |offers: &[Comparable]| {
        statistics::build_snapshot(offers.to_vec(), Vec::new(), currency, &Parameters::default())
    };
    let ungrouped = |offers: &[Comparable]| ReferenceIndex::of(&snapshot(offers)).unwrap().ungrouped();
    assert_eq!(ungrouped(&offers), UngroupedBy::default());
    // Two reasons: the first counts.
    offers[0].observation.hs = None;
    offers[0].observation.condition = None;
    offers[1].unit_prices.clear();
    offers[2].observation.condition = None;
    offers[3].observation.kind = GoodsKind::Accessory;
    offers[4].observation.basis.name = "cif".to_owned();
    let by = ungrouped(&offers);
    let one_each = UngroupedBy { no_hs: 1, no_unit: 1, no_condition: 1, not_an_article: 1, other_basis: 1 };
    assert_eq!((by, by.total()), (one_each, 5));
    // The groups themselves say the same.
    let snapshot = snapshot(&offers);
    let listings: Vec<u32> = snapshot.groups.iter().map(|group| group.n_listings).collect();
    assert_eq!(listings, [19, 19]);
}

#[test]
fn the_observatory_names_days_and_sites() {
    let (app, _) = built();
    app.run(&["observatory", "-o", "obs.html", "--data", "d"]).ok();
    let page = std::fs::read_to_string(app.path().join("obs.html")).unwrap();
    let day = chrono::Utc::now().date_naive();
    let days = [day.pred_opt().unwrap(), day];
    assert!(days.iter().any(|day| page.contains(&format!("Snapshot built {day}."))), "built within the test");
    for said in [
        "Prices seen 2026-09-01 to 2026-09-10.",
        "Of ≥ 65 offers, ≥ 45 (about 69",
        "stand in no group: ≥ 45 without a six-digit HS code.",
        // Of the group alone.
        "<p class=\"meta seen\">Prices seen 2026-09-01</p>",
        "<strong>a.example</strong>: ≥ 5 offers, seen 2026-09-01 ",
        "imported into DE: unknown, as the origin is not stated; imported elsewhere: risk only, Art. 7.2(c) or (e)",
        "<strong>lone00.example</strong>: fewer than 5 offers, seen 2026-09-02 ",
        "Use in law: unknown where the offer states no market",
        "And 8 more sites",
        "Permission or legal basis: unknown.",
    ] {
        assert!(page.contains(said), "'{said}' is not on the page");
    }
    assert_eq!(page.matches("<li><strong>").count(), 40);
}

#[tokio::test]
async fn what_is_published_of_sites_is_rounded_and_of_no_group() {
    let (app, _) = built();
    let pipeline = pipeline(&app).await;
    let row = pipeline.find_snapshot(None).await.unwrap();
    let index = pipeline.open_snapshot(&row).unwrap();
    let data = ObservatoryData::of(&index, &[], "2026-10-01".parse().unwrap());
    let seen = data.seen.as_ref().unwrap();
    assert_eq!((seen.offers, seen.ungrouped, seen.ungrouped_by.no_hs), (65, 45, 45));
    assert_eq!((seen.sites.len(), seen.more_sites), (40, 8));
    assert!(seen.sites.iter().all(|site| site.offers.is_multiple_of(5)), "{:?}", seen.sites);
    let first: Vec<&str> = seen.sites.iter().take(4).map(|site| site.site.as_str()).collect();
    assert_eq!(first, ["a.example", "b.example", "c.example", "lone00.example"]);
    assert_eq!(seen.sites[3].sources.len(), 1);
    assert!(data.cells.iter().all(|cell| cell.first_day.is_some() == cell.cell.suppressed.is_none()));

    // Four sellers are too few: of their group nothing is said, days neither.
    let mut few = offers(&app).await;
    few.retain(|offer| offer.observation.hs.is_some());
    few.truncate(4);
    let snapshot = statistics::build_snapshot(few, Vec::new(), row.currency, &Parameters::default());
    let index = ReferenceIndex::of(&snapshot).unwrap();
    let data = ObservatoryData::of(&index, &[], "2026-10-01".parse().unwrap());
    assert!(!data.cells.is_empty());
    for cell in &data.cells {
        assert!(cell.cell.suppressed.is_some() && cell.first_day.is_none() && cell.last_day.is_none());
    }
    assert_eq!(data.seen.unwrap().offers, 0, "fewer than five");
}

#[test]
fn a_price_table_has_no_observatory() {
    let mut list = "hs6,origin,date,source,unit_price\n".to_owned();
    for i in 0..40 {
        list.push_str(&format!("123400,CN,2025-03-01,S{i:02},{}.50\n", 5 + i % 7));
    }
    let app = prices::app(&[("map.toml", prices::MAP), ("prices.csv", list.as_str())]);
    prices::table(&app, &["prices.csv"], &[]);
    let ran = prices::run(&app, &["observatory", "-o", "obs.html"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("is a price table") && ran.err.contains("--snapshot"), "{}", ran.err);
    assert!(!app.path().join("obs.html").exists());
}
