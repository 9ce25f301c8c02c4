//! The contract on PostgreSQL, and what only a server can do: be absent, refuse a login, hold another
//! program's tables, run many writers side by side.
//!
//! `TOUCHSTONE_TEST_POSTGRES` is the URL of a server on which databases may be made. Each case of the
//! contract has a schema of its own in the database `touchstone_tests` (making a database takes longer
//! than most cases), and a case that needs more a database; both are dropped afterwards. Without it every case prints `skipped: NAME` and passes; under
//! `TOUCHSTONE_REQUIRE_POSTGRES=1` it fails.

// The suite's own functions are tests too, though only their callers are marked so.
#![allow(clippy::unwrap_used)]

mod contract;

use contract::Place;
use contract::fixtures::*;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use store::{Claim, ClaimRequest, Due, Open, StoreError};

/// The server, or a word that the case is skipped.
fn server(case: &str) -> Option<String> {
    match std::env::var("TOUCHSTONE_TEST_POSTGRES") {
        Ok(server) if !server.is_empty() => Some(server),
        _ if std::env::var("TOUCHSTONE_REQUIRE_POSTGRES").is_ok_and(|required| required == "1") => {
            panic!("TOUCHSTONE_TEST_POSTGRES is not set, though TOUCHSTONE_REQUIRE_POSTGRES=1")
        }
        _ => {
            println!("skipped: {case}");
            None
        }
    }
}

/// The server's URL with another database.
fn location(server: &str, database: &str) -> String {
    let (before, query) = server.split_once('?').unwrap_or((server, ""));
    let authority = before.find("://").map_or(0, |at| at + 3);
    let host_end = before[authority..].find('/').map_or(before.len(), |at| authority + at);
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{}/{database}{query}", &before[..host_end])
}

/// The same with a session setting.
fn with_option(location: &str, option: &str) -> String {
    let joint = if location.contains('?') { '&' } else { '?' };
    format!("{location}{joint}options={option}")
}

/// Tells the server something. On a thread of its own, since places are made and dropped anywhere.
fn tell(server: &str, statement: String) {
    try_tell(server, statement).unwrap();
}

fn try_tell(server: &str, statement: String) -> Result<(), sqlx::Error> {
    let server = server.to_owned();
    let told = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let mut connection = server.parse::<PgConnectOptions>()?.connect().await?;
            connection.execute(AssertSqlSafe(statement)).await?;
            connection.close().await
        })
    });
    told.join().unwrap()
}

/// What goes with a place.
struct Dropped {
    at: String,
    statement: String,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        tell(&self.at, std::mem::take(&mut self.statement));
    }
}

/// A name that no other case of any process has.
fn unused_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("touchstone_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// A database of its own.
fn fresh_for(case: &str) -> Option<Place> {
    let server = server(case)?;
    let name = unused_name();
    tell(&server, format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"));
    let location = location(&server, &name);
    let statement = format!("DROP DATABASE {name} WITH (FORCE)");
    Some(Place { location, _guard: Box::new(Dropped { at: server, statement }) })
}

/// A schema of its own.
fn schema_for(case: &str) -> Option<Place> {
    static DATABASE: std::sync::Once = std::sync::Once::new();
    let server = server(case)?;
    DATABASE.call_once(|| {
        let statement = "CREATE DATABASE touchstone_tests TEMPLATE template0 ENCODING 'UTF8'";
        match try_tell(&server, statement.to_owned()) {
            // It is there, or is just being made by another process.
            Err(sqlx::Error::Database(said)) if matches!(&*said.code().unwrap(), "42P04" | "23505") => {}
            told => told.unwrap(),
        }
    });
    let database = location(&server, "touchstone_tests");
    let name = unused_name();
    tell(&database, format!("CREATE SCHEMA {name}"));
    let location = with_option(&database, &format!("-csearch_path%3D{name}"));
    let statement = format!("DROP SCHEMA {name} CASCADE");
    Some(Place { location, _guard: Box::new(Dropped { at: database, statement }) })
}

contract::suite!(suite, crate::schema_for);

async fn by_hand(place: &Place) -> PgConnection {
    place.location.parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

async fn refused(location: &str, mode: Open) -> StoreError {
    match store::open(location, mode).await {
        Ok(_) => panic!("{location} must not open"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_at_once() {
    // A port that was just free: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&format!("postgresql://me:secret@127.0.0.1:{port}/prices"), Open::Create).await;
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains(&format!("postgresql://me@127.0.0.1:{port}/prices")), "{said}");
    assert!(!format!("{said} {error:?}").contains("secret"), "{said}");
}

#[tokio::test]
async fn a_location_that_cannot_be_read_keeps_its_password_to_itself() {
    for location in ["postgres://me:secret@host:99999/x", "postgresql://me:secret@host/x?sslmode=perhaps"] {
        let error = refused(location, Open::Create).await;
        assert!(matches!(error, StoreError::Location { .. }), "{error}");
        let said = format!("{error} {error:?}");
        assert!(!said.contains("secret") && said.contains("PGPASSWORD"), "{said}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named_with_the_cure() {
    let Some(server) = server("a_database_that_does_not_exist_is_named_with_the_cure") else { return };
    for mode in [Open::Create, Open::Existing, Open::ReadOnly, Open::Inspect] {
        let error = refused(&location(&server, "no_such_touchstone"), mode).await;
        assert!(matches!(error, StoreError::NoSuchDatabase { .. }), "{error}");
        assert!(error.to_string().contains("/no_such_touchstone: make it with createdb"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_being_repeated() {
    let Some(place) = fresh_for("a_wrong_password_is_refused_without_being_repeated") else { return };
    let options: PgConnectOptions = place.location.parse().unwrap();
    let as_user = |user: &str| {
        let (host, port) = (options.get_host(), options.get_port());
        format!("postgresql://{user}:not-the-word@{host}:{port}/{}", options.get_database().unwrap())
    };
    let wrong = as_user(options.get_username());
    // A server that trusts this machine lets any password in.
    if let Err(error) = store::open(&wrong, Open::Create).await {
        assert!(matches!(error, StoreError::LoginRefused { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("not-the-word"), "{error}");
    }
    let error = refused(&as_user("nobody_of_that_name"), Open::Create).await;
    assert!(matches!(error, StoreError::LoginRefused { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-the-word"), "{error}");
}

#[tokio::test]
async fn an_older_or_newer_schema_is_told() {
    let Some(place) = fresh_for("an_older_or_newer_schema_is_told") else { return };
    let error = refused(&place.location, Open::Existing).await;
    assert!(matches!(error, StoreError::NeedsMigration { found: 0, .. }), "{error}");
    assert!(error.to_string().contains("pending: 0001 initial, 0002 host_leases"), "{error}");
    let inspected = store::open(&place.location, Open::Inspect).await.unwrap();
    assert_eq!(inspected.schema_status().await.unwrap().current, 0);
    assert!(matches!(inspected.migrate().await, Err(StoreError::ReadOnly { .. })));
    inspected.close().await;
    place.open().await.close().await;
    let mut connection = by_hand(&place).await;
    connection
        .execute(
            "INSERT INTO schema_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', true, '\\x00', 0)",
        )
        .await
        .unwrap();
    for mode in [Open::Create, Open::Existing, Open::ReadOnly, Open::Inspect] {
        let error = refused(&place.location, mode).await;
        assert!(matches!(error, StoreError::Newer { found: 9999, .. }), "{error}");
    }
    connection.execute("UPDATE schema_migrations SET checksum = '\\x0102'").await.unwrap();
    let error = refused(&place.location, Open::Existing).await;
    assert!(matches!(&error, StoreError::ChangedMigration { name, .. } if name == "0001 initial"), "{error}");
}

#[tokio::test]
async fn a_database_of_the_first_schema_goes_on() {
    let Some(place) = schema_for("a_database_of_the_first_schema_goes_on") else { return };
    let mut connection = by_hand(&place).await;
    let text = include_str!("../../../migrations/postgres/0001_initial.sql");
    let first = contract::before::first_migration(text);
    first.run_direct(None, &mut connection, false).await.unwrap();
    connection.execute(contract::before::ROWS).await.unwrap();
    connection.close().await.unwrap();
    contract::before::a_database_of_the_first_schema_goes_on(place).await;
}

#[tokio::test]
async fn another_programs_tables_are_left_alone_and_a_schema_of_ones_own_is_possible() {
    let case = "another_programs_tables_are_left_alone_and_a_schema_of_ones_own_is_possible";
    let Some(place) = fresh_for(case) else { return };
    let mut connection = by_hand(&place).await;
    connection.execute("CREATE TABLE notes (text text)").await.unwrap();
    let error = refused(&place.location, Open::Create).await;
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
    connection.execute("CREATE SCHEMA touchstone").await.unwrap();
    let own = with_option(&place.location, "-csearch_path%3Dtouchstone");
    let store = store::open(&own, Open::Create).await.unwrap();
    assert!(!store.migrate().await.unwrap().is_empty());
    store.insert_observations(&[full("lamp", day(0))], &[]).await.unwrap();
    let row =
        connection.fetch_one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 1, "only the notes");
    let nowhere = own.replace("Dtouchstone", "Dnowhere");
    let error = refused(&nowhere, Open::Create).await;
    assert!(error.to_string().contains("search_path"), "{error}");
    store.close().await;
}

#[tokio::test]
async fn reading_only_refuses_to_write() {
    let Some(place) = fresh_for("reading_only_refuses_to_write") else { return };
    place.open().await.close().await;
    let store = store::open(&place.location, Open::ReadOnly).await.unwrap();
    let error = store.insert_observations(&[full("lamp", day(0))], &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert_eq!(store.counts().await.unwrap().observations, 0);
    store.close().await;
}

#[tokio::test]
async fn the_servers_clock_counts() {
    let Some(place) = fresh_for("the_servers_clock_counts") else { return };
    let store = place.open().await;
    let mut connection = by_hand(&place).await;
    let row = connection.fetch_one("SELECT clock_timestamp()").await.unwrap();
    let server: chrono::DateTime<chrono::Utc> = row.get(0);
    // A machine whose clock is two hours slow.
    let offset = store.clock_offset(server - minutes(120)).await.unwrap();
    assert!((offset - minutes(120)).num_seconds().abs() < 30, "{offset}");
    store.close().await;
}

#[tokio::test]
async fn a_lock_held_too_long_and_a_lost_connection_are_said() {
    let Some(place) = fresh_for("a_lock_held_too_long_and_a_lost_connection_are_said") else { return };
    place.open().await.close().await;
    let impatient = with_option(&place.location, "-clock_timeout%3D50ms");
    let store = store::open(&impatient, Open::Existing).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let mut other = by_hand(&place).await;
    let mut transaction = other.begin().await.unwrap();
    transaction.execute("LOCK TABLE urls IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let error = store.enqueue(SOURCE, &[url("/b", 0)], day(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    transaction.rollback().await.unwrap();
    // A session that is ended by an administrator: said, and the next call has another.
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    other.execute(ended).await.unwrap();
    store.enqueue(SOURCE, &[url("/b", 0)], day(0)).await.unwrap();
    assert_eq!(store.counts().await.unwrap().urls, 2);
    store.close().await;
}

/// Two transactions that lock each other's rows: the server ends one, and it is done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_lost_a_deadlock_is_done_again() {
    let Some(place) = fresh_for("a_transaction_that_lost_a_deadlock_is_done_again") else { return };
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    store.enqueue(SOURCE, &[url("/a", 0)], day(0)).await.unwrap();
    let claimed = claim(&*store, &request(crawl, "w1", day(0))).await;
    // Takes the crawl first and then the host: the other way round. The store's transaction begins to
    // wait first, so that it is the one that finds the deadlock, and loses.
    let mut other = by_hand(&place).await;
    let mut transaction = other.begin().await.unwrap();
    transaction.execute("SELECT 1 FROM crawls FOR UPDATE").await.unwrap();
    let visit = visit_of(&claimed, 0, crawl, day(0));
    let finishing = tokio::spawn({
        let store = store.clone();
        async move { store.finish_visit(&visit).await }
    });
    let mut watcher = by_hand(&place).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watcher.fetch_one(waiting).await.unwrap().get::<i64, _>(0) == 0 {
        tokio::task::yield_now().await;
    }
    transaction.execute("SELECT 1 FROM hosts FOR UPDATE").await.unwrap();
    transaction.commit().await.unwrap();
    finishing.await.unwrap().unwrap();
    assert_eq!(store.crawl_counts(crawl).await.unwrap().fetched, 1, "once, not twice");
    store.close().await;
}

/// Many programs, many hosts that link to each other, under a budget that has them take turns at its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_programs_never_hold_a_host_twice_and_lose_none() {
    const HOSTS: usize = 240;
    const URLS: usize = 6;
    let Some(place) = fresh_for("eight_programs_never_hold_a_host_twice_and_lose_none") else { return };
    let store = place.open().await;
    let crawl = store.begin_crawl(SOURCE, Due::All, day(0)).await.unwrap();
    let page = |host: usize, n: usize| url_at(&format!("{}.example", host % HOSTS), &format!("/{n}"), 0);
    // One page a host; the others are found on the way, on pages of other hosts.
    let first: Vec<_> = (0..HOSTS).map(|host| page(host, 0)).collect();
    store.enqueue(SOURCE, &first, day(0)).await.unwrap();
    let held: Arc<Mutex<BTreeMap<String, i64>>> = Arc::default();
    let mut programs = Vec::new();
    for n in 0..8 {
        let store = store::open(&place.location, Open::Existing).await.unwrap();
        let held = held.clone();
        programs.push(tokio::spawn(async move {
            let worker = format!("w{n}");
            let mut visited = Vec::new();
            let mut step = 0;
            loop {
                step += 1;
                let now = day(0) + chrono::TimeDelta::milliseconds(step);
                let asked = ClaimRequest {
                    limit: 4,
                    pages: (HOSTS * URLS + 50) as u64,
                    ..request(crawl, &worker, now)
                };
                let claimed = match store.claim_host(&asked).await.unwrap() {
                    Claim::Host(claimed) => *claimed,
                    Claim::Later(_) => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                    Claim::Nothing => {
                        store.close().await;
                        return visited;
                    }
                    spent => panic!("{spent:?}"),
                };
                let lease = claimed.lease.clone();
                let other = held.lock().unwrap().insert(lease.host.clone(), lease.epoch);
                assert_eq!(other, None, "{} is held twice", lease.host);
                let mut visits: Vec<_> =
                    (0..claimed.urls.len()).map(|n| visit_of(&claimed, n, crawl, now)).collect();
                let host: usize = lease.host.trim_end_matches(".example").parse().unwrap();
                for visit in &mut visits {
                    for n in 1..URLS {
                        visit.links.push(page(host + 1, n));
                        visit.links.push(page(host + HOSTS - 1, n));
                        visit.links.push(page(host + 17 * n, n));
                    }
                }
                held.lock().unwrap().remove(&lease.host);
                let returned = back(&lease, Some(now), now);
                let effects = store.finish_visits(&visits, &[returned]).await.unwrap();
                assert!(effects.iter().all(Option::is_some), "no lease was lost");
                visited.extend(claimed.urls.into_iter().map(|due| due.url));
            }
        }));
    }
    let mut all = Vec::new();
    for program in programs {
        all.extend(program.await.unwrap());
    }
    let visited = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!((all.len(), visited), (HOSTS * URLS, HOSTS * URLS), "each URL once, none lost");
    let counts = store.crawl_counts(crawl).await.unwrap();
    assert_eq!((counts.fetched, counts.waiting, counts.leased), ((HOSTS * URLS) as u64, 0, 0));
    store.close().await;
}
