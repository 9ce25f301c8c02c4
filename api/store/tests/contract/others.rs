//! Schema, rates, snapshots, sources, and what is there after opening again.

use super::Place;
use super::fixtures::*;
use model::{ContentHash, Currency};
use store::{Open, RateRow, SnapshotRow, SourceRow, ValidationRow};

pub async fn migrating_twice_does_nothing(place: Place) {
    let store = store::open(&place.location, Open::Create).await.unwrap();
    let before = store.schema_status().await.unwrap();
    assert_eq!(before.current, 0);
    assert!(before.pending.len() as u32 <= before.latest);
    assert_eq!(before.pending[0], "0001 initial");
    assert_eq!(store.migrate().await.unwrap(), before.pending);
    assert!(store.migrate().await.unwrap().is_empty());
    let after = store.schema_status().await.unwrap();
    assert_eq!((after.current, after.pending.len()), (before.latest, 0));
}

pub async fn programs_that_migrate_at_once_take_turns(place: Place) {
    let mut programs = Vec::new();
    let empty = store::open(&place.location, Open::Create).await.unwrap();
    let pending = empty.schema_status().await.unwrap().pending.len();
    for _ in 0..4 {
        let store = store::open(&place.location, Open::Create).await.unwrap();
        programs.push(tokio::spawn(async move { store.migrate().await.unwrap().len() }));
    }
    let mut applied = 0;
    for program in programs {
        applied += program.await.unwrap();
    }
    assert_eq!(applied, pending, "each migration ran once");
}

pub async fn a_database_opened_again_holds_the_same(place: Place) {
    let store = place.open().await;
    let given = full("lamp", day(0));
    let mut visit = fetched("/a", "page one", day(0));
    visit.observations = vec![given.clone()];
    store.finish_visit(&visit).await.unwrap();
    let counts = store.counts().await.unwrap();
    store.close().await;
    let again = store::open(&place.location, Open::ReadOnly).await.unwrap();
    assert_eq!(again.counts().await.unwrap(), counts);
    assert_eq!(again.observation(&given.id).await.unwrap(), Some(given));
}

fn rate(date: &str, quote: &str, rate: &str, source: &str) -> RateRow {
    RateRow {
        date: date.parse().unwrap(),
        base: Currency::EUR,
        quote: quote.parse().unwrap(),
        rate: rate.parse().unwrap(),
        source: source.to_owned(),
        until: None,
    }
}

pub async fn rates_with_a_period_reach_into_days(place: Place) {
    let store = place.open().await;
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let period =
        |date: &str, until: &str| RateRow { until: Some(day(until)), ..rate(date, "KES", "150", "customs") };
    let rows = [
        period("2026-01-01", "2026-01-31"),
        period("2026-02-01", "9999-12-31"),
        rate("2026-01-05", "USD", "1.08", "ecb"),
    ];
    assert_eq!(store.put_rates(&rows).await.unwrap(), 3);
    assert_eq!(store.rates().await.unwrap(), rows);
    assert_eq!(store.rates_between(day("2026-06-01"), day("2026-06-30")).await.unwrap(), rows[1..2]);
    assert_eq!(store.rates_between(day("2026-01-10"), day("2026-01-20")).await.unwrap(), rows[..1]);
    // The publisher names an end.
    let ended = period("2026-02-01", "2026-02-28");
    assert_eq!(store.put_rates(std::slice::from_ref(&ended)).await.unwrap(), 1);
    assert_eq!(store.put_rates(std::slice::from_ref(&ended)).await.unwrap(), 0);
    assert!(store.rates_between(day("2026-06-01"), day("2026-06-30")).await.unwrap().is_empty());
}

pub async fn rates_are_replaced_when_they_change(place: Place) {
    let store = place.open().await;
    let first = [
        rate("2026-03-03", "USD", "1.0800", "ecb"),
        rate("2026-03-02", "USD", "1.0755", "ecb"),
        rate("2026-03-02", "GBP", "0.84", "ecb"),
        rate("2026-03-02", "USD", "1.07", "customs"),
    ];
    assert_eq!(store.put_rates(&first).await.unwrap(), 4);
    assert_eq!(store.put_rates(&first).await.unwrap(), 0);
    let corrected = rate("2026-03-02", "USD", "1.0756", "ecb");
    assert_eq!(store.put_rates(&[corrected.clone(), first[0].clone()]).await.unwrap(), 1);
    assert_eq!(
        store.rates().await.unwrap(),
        [first[2].clone(), first[3].clone(), corrected, first[0].clone()]
    );
    let day = first[0].date;
    assert_eq!(store.rates_between(day, day).await.unwrap(), [first[0].clone()]);
    let before = day.pred_opt().unwrap();
    assert_eq!(store.rates_between(before, day).await.unwrap().len(), 4);
    assert_eq!(store.rates_between(before, before).await.unwrap().len(), 3);
}

pub async fn a_measurement_on_cleared_lines_is_kept_once(place: Place) {
    let store = place.open().await;
    assert_eq!(store.validations().await.unwrap(), []);
    let hash = |text: &str| ContentHash::of(text.as_bytes());
    let row = |id: &str, days: i64| ValidationRow {
        id: hash(id),
        validated_at: day(days),
        program: "0.1.0".to_owned(),
        snapshot: hash("snapshot"),
        parameters: hash("parameters"),
        input_hash: hash("cleared.csv"),
        lines: u64::from(u32::MAX) + 5,
        compared: 1_000,
        flagged: 21,
        report: r#"{"all":{"flagged":21},"quote":"'ü"}"#.to_owned(),
    };
    let (a, b) = (row("a", 0), row("b", 1));
    store.put_validation(&a).await.unwrap();
    store.put_validation(&b).await.unwrap();
    assert_eq!(store.validations().await.unwrap(), [b.clone(), a.clone()]);
    let again = row("a", 2);
    store.put_validation(&again).await.unwrap();
    assert_eq!(store.validations().await.unwrap(), [again, b]);
}

pub async fn the_latest_snapshot_is_the_one_built_last(place: Place) {
    let store = place.open().await;
    assert_eq!(store.latest_snapshot().await.unwrap(), None);
    let snapshot = |content: &str, days| SnapshotRow {
        id: ContentHash::of(content.as_bytes()),
        built_at: day(days),
        currency: Currency::USD,
        file: format!("snapshots/{content}.json.gz"),
        listings: 1200,
        groups: 34,
        exclusions: 56,
        note: "first quarter".to_owned(),
        parameters: r#"{"window_days":90}"#.to_owned(),
    };
    let (a, b) = (snapshot("a", 0), snapshot("b", 1));
    assert!(store.put_snapshot(&a).await.unwrap());
    assert!(store.put_snapshot(&b).await.unwrap());
    assert_eq!(store.latest_snapshot().await.unwrap(), Some(b.clone()));
    let rebuilt = snapshot("a", 2);
    assert!(!store.put_snapshot(&rebuilt).await.unwrap());
    assert_eq!(store.snapshots().await.unwrap(), [rebuilt, b]);
}

pub async fn a_source_file_is_known_by_its_text(place: Place) {
    let store = place.open().await;
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let mut row = SourceRow {
        id: SOURCE.to_owned(),
        name: "The lamp shop".to_owned(),
        market: Some("GB".parse().unwrap()),
        text_hash: ContentHash::of(b"id = 'lamp-shop'"),
        permission: "written permission of 1 March 2026".to_owned(),
        contact: "shop@lamps.example".to_owned(),
        read_at: day(0),
    };
    assert!(store.put_source(&row).await.unwrap());
    row.read_at = day(1);
    assert!(!store.put_source(&row).await.unwrap());
    row.text_hash = ContentHash::of(b"id = 'lamp-shop' # slower");
    assert!(store.put_source(&row).await.unwrap());
    let sources = store.sources().await.unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].row.as_ref(), Some(&row));
}
