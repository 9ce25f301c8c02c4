//! The contract on SQLite, and what only a file can do: be full, locked, foreign, damaged, newer.

// The suite's own functions are tests too, though only their callers are marked so.
#![allow(clippy::unwrap_used)]

mod contract;

use contract::Place;
use contract::fixtures::*;
use store::{Open, StoreError};

fn fresh() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place {
        location: folder.path().join("data/touchstone.db").display().to_string(),
        _guard: Box::new(folder),
    }
}

fn fresh_for(_case: &str) -> Option<Place> {
    Some(fresh())
}

contract::suite!(suite, crate::fresh_for);

/// Another program's hand on the same file.
async fn by_hand(place: &Place, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection, Executor};
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&place.location)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn refused(location: &str, mode: Open) -> StoreError {
    match store::open(location, mode).await {
        Ok(_) => panic!("{location} must not open"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_missing_database_is_not_made_by_reading() {
    let place = fresh();
    for mode in [Open::Existing, Open::ReadOnly, Open::Inspect] {
        let error = refused(&place.location, mode).await;
        assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains("touchstone.db"));
    }
    assert!(!std::path::Path::new(&place.location).exists());
}

#[tokio::test]
async fn a_newer_database_is_refused_in_every_mode() {
    let place = fresh();
    place.open().await.close().await;
    by_hand(
        &place,
        "INSERT INTO schema_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', true, x'00', 0)",
    )
    .await;
    for mode in [Open::Create, Open::Existing, Open::ReadOnly, Open::Inspect] {
        let error = refused(&place.location, mode).await;
        let StoreError::Newer { known, .. } = &error else { panic!("{error}") };
        assert_eq!(
            error.to_string(),
            format!(
                "the database {} has schema 9999, this program knows {known}: use a newer touchstone",
                place.location
            )
        );
    }
}

#[tokio::test]
async fn a_changed_migration_is_named() {
    let place = fresh();
    place.open().await.close().await;
    by_hand(&place, "UPDATE schema_migrations SET checksum = x'0102'").await;
    let error = refused(&place.location, Open::Existing).await;
    assert!(matches!(&error, StoreError::ChangedMigration { name, .. } if name == "0001 initial"), "{error}");
}

#[tokio::test]
async fn an_older_database_asks_for_migration_and_can_be_looked_at() {
    let place = fresh();
    let empty = store::open(&place.location, Open::Create).await.unwrap();
    empty.close().await;
    for mode in [Open::Existing, Open::ReadOnly] {
        let error = refused(&place.location, mode).await;
        assert!(matches!(error, StoreError::NeedsMigration { found: 0, .. }), "{error}");
        assert!(error.to_string().contains("pending: 0001 initial, 0002 host_leases, 0003 evidence"));
    }
    let inspected = store::open(&place.location, Open::Inspect).await.unwrap();
    assert_eq!(inspected.schema_status().await.unwrap().current, 0);
}

#[tokio::test]
async fn a_database_of_the_first_schema_goes_on() {
    use sqlx::{ConnectOptions, Connection, Executor};
    let place = fresh();
    std::fs::create_dir_all(std::path::Path::new(&place.location).parent().unwrap()).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&place.location);
    let mut connection = options.create_if_missing(true).connect().await.unwrap();
    let first =
        contract::before::first_migration(include_str!("../../../migrations/sqlite/0001_initial.sql"));
    first.run_direct(None, &mut connection, false).await.unwrap();
    connection.execute(contract::before::ROWS).await.unwrap();
    connection.close().await.unwrap();
    contract::before::a_database_of_the_first_schema_goes_on(place).await;
}

#[tokio::test]
async fn a_foreign_file_is_refused_and_left_as_it_is() {
    let place = fresh();
    let file = std::path::Path::new(&place.location);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    by_hand(&place, "CREATE TABLE notes (text TEXT)").await;
    let before = std::fs::read(file).unwrap();
    let error = refused(&place.location, Open::Create).await;
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
    assert_eq!(std::fs::read(file).unwrap(), before);

    std::fs::write(file, "name,price\n".repeat(1000)).unwrap();
    let error = refused(&place.location, Open::Existing).await;
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
    let folder = file.parent().unwrap().display().to_string();
    let error = refused(&folder, Open::Create).await;
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_database_is_an_error_not_a_figure() {
    let place = fresh();
    let store = place.open().await;
    let given: Vec<_> = (0..2000).map(|n| full(&format!("lamp {n}"), day(0))).collect();
    store.insert_observations(&given, &[]).await.unwrap();
    store.close().await;
    let mut bytes = std::fs::read(&place.location).unwrap();
    for byte in bytes.iter_mut().skip(200 * 4096).take(400 * 4096) {
        *byte = 0xa5;
    }
    std::fs::write(&place.location, bytes).unwrap();
    let store = store::open(&place.location, Open::ReadOnly).await.unwrap();
    use futures::TryStreamExt;
    let read: Result<Vec<_>, _> = store.observations(store::ObservationFilter::default()).try_collect().await;
    let error = read.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_stored_stays() {
    let place = fresh();
    place.open().await.close().await;
    let capped = format!("sqlite:{}?max_pages=150", place.location);
    let store = store::open(&capped, Open::Existing).await.unwrap();
    store.insert_observations(&[full("first", day(0))], &[]).await.unwrap();
    let many: Vec<_> = (0..2000).map(|n| full(&format!("lamp {n}"), day(0))).collect();
    let error = store.insert_observations(&many, &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().starts_with("no room left for the database"));
    assert_eq!(store.counts().await.unwrap().observations, 1);
    store.close().await;
    // With room again, the same call succeeds.
    let store = store::open(&place.location, Open::Existing).await.unwrap();
    let effect = store.insert_observations(&many, &[]).await.unwrap();
    assert_eq!(effect.new, 2000);
}

#[tokio::test]
async fn reading_only_refuses_to_write() {
    let place = fresh();
    place.open().await.close().await;
    let store = store::open(&place.location, Open::ReadOnly).await.unwrap();
    let error = store.insert_observations(&[full("lamp", day(0))], &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert_eq!(store.counts().await.unwrap().observations, 0);
}

#[tokio::test]
async fn a_lock_held_too_long_is_said_and_readers_do_not_wait() {
    use sqlx::{ConnectOptions, Executor};
    let place = fresh();
    place.open().await.close().await;
    let impatient = format!("sqlite:{}?wait_ms=20", place.location);
    let store = store::open(&impatient, Open::Existing).await.unwrap();
    let mut other =
        sqlx::sqlite::SqliteConnectOptions::new().filename(&place.location).connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = store.insert_observations(&[full("lamp", day(0))], &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    assert_eq!(store.counts().await.unwrap().observations, 0);
    other.execute("ROLLBACK").await.unwrap();
    store.insert_observations(&[full("lamp", day(0))], &[]).await.unwrap();
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_named() {
    let place = fresh();
    let store = place.open().await;
    let given = full("lamp", day(0));
    store.insert_observations(std::slice::from_ref(&given), &[]).await.unwrap();
    by_hand(&place, "UPDATE observations SET price_amount = 'twelve'").await;
    let error = store.observation(&given.id).await.unwrap_err();
    let StoreError::BadRow { row, column, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((row, column.as_str()), (&given.id.to_string(), "price_amount"));
}

#[tokio::test]
async fn locations_of_other_kinds_are_explained() {
    for location in ["sqlite:a.db?max_pages=0", "sqlite:a.db?mode=rwc", "sqlite:", ":memory:", ""] {
        let error = refused(location, Open::Create).await;
        assert!(matches!(error, StoreError::Location { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_file_keeps_its_settings() {
    use sqlx::{ConnectOptions, Row};
    let place = fresh();
    let store = place.open().await;
    let mut other =
        sqlx::sqlite::SqliteConnectOptions::new().filename(&place.location).connect().await.unwrap();
    let mode = sqlx::query("PRAGMA journal_mode").fetch_one(&mut other).await.unwrap();
    assert_eq!(mode.get::<String, _>(0), "wal");
    // Foreign keys hold: no visit of a crawl that is not there.
    let mut visit = fetched("/a", "page one", day(0));
    visit.crawl = Some(1);
    let error = store.finish_visit(&visit).await.unwrap_err();
    assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
}

/// Several programs that find no database at the same moment: one makes it, all have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_is_opened_by_many_at_once() {
    for _ in 0..20 {
        let place = fresh();
        let location: std::sync::Arc<str> = place.location.as_str().into();
        let openings: Vec<_> = (0..4)
            .map(|_| {
                let location = location.clone();
                tokio::spawn(async move {
                    let store = store::open(&location, Open::Create).await.unwrap();
                    store.migrate().await.unwrap();
                    store.close().await;
                })
            })
            .collect();
        for opening in openings {
            opening.await.unwrap();
        }
    }
}
