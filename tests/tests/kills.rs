//! Nothing lost, nothing twice: workers that crawl the bundled market are killed at random moments a
//! hundred times, two of them racing, and what they leave behind is compared row for row with what an
//! undisturbed crawl leaves. On PostgreSQL as well, where a server is named.

#![allow(clippy::unwrap_used)]

mod database;

use acceptance::App;
use chrono::NaiveDate;
use database::{Postgres, Rows};
use fixture_market::{Market, Running};
use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const KILLS: usize = 100;
/// Longest wait for a worker to get on.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bundled market on loopback, and the source files that lead to it.
struct Site {
    runtime: Runtime,
    market: Running,
}

impl Site {
    fn new(app: &App) -> Site {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let market = Market::new(7, NaiveDate::from_ymd_opt(2026, 9, 15).unwrap(), 1);
        let market = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            fixture_market::serve(market, listener).await.unwrap()
        });
        for (name, text) in fixture_market::source_files() {
            // A worker that begins when a shop is done finds nothing due.
            let plan = "[revisit]\nshortest_hours = 24\nlongest_hours = 24\n";
            let network = format!("{plan}[network]\nconnect_to = \"{}\"\n", market.addr());
            assert!(text.contains("[network]\n"));
            app.file(name, text.replace("[network]\n", &network));
        }
        Site { runtime, market }
    }

    fn asked(&self) -> usize {
        self.market.requests().len()
    }
}

/// A database that workers share.
trait Shared: Rows {
    /// `--database`, where it is not the default.
    fn location(&self) -> Option<String>;

    /// Every row of a query as one text, sorted by it.
    fn sorted(&self, query: &'static str) -> Vec<String> {
        let mut rows = self.rows(query);
        rows.sort();
        rows
    }
}

/// The SQLite file of the data folder `d`.
impl Shared for App {
    fn location(&self) -> Option<String> {
        None
    }
}

impl Shared for Postgres {
    fn location(&self) -> Option<String> {
        Some(self.url())
    }
}

/// One worker on all six shops.
fn worker(app: &App, database: &dyn Shared, data: &str) -> Child {
    let mut args = vec!["crawl".to_owned()];
    args.extend(fixture_market::source_files().iter().map(|(name, _)| (*name).to_owned()));
    args.extend(["--data".to_owned(), data.to_owned(), "--config".to_owned(), "kills.toml".to_owned()]);
    args.extend(database.location().into_iter().flat_map(|at| ["--database".to_owned(), at]));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    app.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Every row a crawl leaves behind that is not a moment or a place in the archive. The depth of an address
/// is left out: it is that of the page that led to it first, which is a matter of order.
fn state(database: &dyn Shared) -> BTreeMap<&'static str, Vec<String>> {
    BTreeMap::from([
        (
            "addresses",
            database.sorted(
                "SELECT source_id || ' ' || url || ' ' || kind || ' ' || host || ' ' || state || ' ' ||
                 CAST(attempts AS text) FROM urls",
            ),
        ),
        (
            "visits",
            database.sorted(
                "SELECT u.url || ' ' || v.outcome || ' ' || coalesce(CAST(v.status AS text), '-') || ' ' ||
                 coalesce(v.payload_hash, '-') || ' ' || coalesce(CAST(v.offers AS text), '-') || ' ' ||
                 CAST(v.observations_new AS text)
                 FROM visits v JOIN urls u ON u.id = v.url_id",
            ),
        ),
        (
            "pages",
            database.sorted(
                "SELECT u.url || ' ' || p.payload_hash || ' ' || coalesce(p.etag, '-')
                 FROM pages p JOIN urls u ON u.id = p.url_id",
            ),
        ),
        (
            "observations",
            database.sorted(
                "SELECT source_id || ' ' || page_url || ' ' || name || ' ' || seller || ' ' ||
                 CAST(price_amount AS text) || ' ' || currency || ' ' || CAST(quantities AS text) || ' ' ||
                 coalesce(hs, '-') || ' ' || page_hash || ' ' || CAST(sightings AS text) FROM observations",
            ),
        ),
        (
            "rejections",
            database.sorted(
                "SELECT source_id || ' ' || place || ' ' || reason || ' ' || detail || ' ' ||
                 CAST(sightings AS text) FROM rejections",
            ),
        ),
        (
            "crawls",
            database.sorted(
                "SELECT DISTINCT source_id || ' ' || CASE WHEN finished_at IS NULL THEN 'open' ELSE 'ended' END FROM crawls",
            ),
        ),
        ("leases", database.sorted("SELECT name FROM hosts WHERE lease_worker IS NOT NULL")),
    ])
}

/// Moments of death: a fixed sequence, so that a failure can be looked at again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n).unwrap()
    }
}

fn settings(app: &App) {
    // Short batches and leases: many moments at which a worker can die.
    app.file("kills.toml", "[crawl]\nbatch = 7\nlease_seconds = 60\n");
}

fn undisturbed() -> BTreeMap<&'static str, Vec<String>> {
    let app = App::new();
    settings(&app);
    let _site = Site::new(&app);
    let done = worker(&app, &app, "d").wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let state = state(&app);
    assert!(state["observations"].len() > 2000 && state["leases"].is_empty());
    state
}

/// Kills one of two workers after some more requests, again and again, then lets them finish.
fn disturbed(app: &App, database: &dyn Shared) -> (usize, usize) {
    settings(app);
    let site = Site::new(app);
    let mut chance = Chance(0x5eed_cafe);
    let mut workers = [worker(app, database, "d"), worker(app, database, "d")];
    let mut kills = 0;
    while kills < KILLS {
        // Twelve requests for each kill are about what the market has.
        let until = site.asked() + chance.below(12);
        let begun = std::time::Instant::now();
        let mut ended = false;
        while site.asked() < until && !ended {
            ended = workers.iter_mut().all(|w| w.try_wait().unwrap().is_some());
            assert!(begun.elapsed() < PATIENCE, "no worker gets on after {kills} kills");
            std::thread::yield_now();
        }
        let victim = &mut workers[chance.below(2)];
        if victim.try_wait().unwrap().is_none() {
            kills += 1;
        }
        let _ = victim.kill();
        victim.wait().unwrap();
        if ended {
            break;
        }
        *victim = worker(app, database, "d");
    }
    for worker in workers {
        let done = worker.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success() || done.status.code().is_none(), "{said}");
    }
    // Whatever the two left undone.
    let _ = worker(app, database, "d").wait_with_output();
    let asked = site.asked();
    drop(site.runtime);
    (kills, asked)
}

fn differences(
    expected: &BTreeMap<&'static str, Vec<String>>,
    found: &BTreeMap<&'static str, Vec<String>>,
) -> Vec<String> {
    let mut told = Vec::new();
    for (table, rows) in expected {
        let left: Vec<_> = rows.iter().filter(|row| !found[table].contains(row)).take(3).collect();
        let right: Vec<_> = found[table].iter().filter(|row| !rows.contains(row)).take(3).collect();
        if rows.len() != found[table].len() || !left.is_empty() || !right.is_empty() {
            told.push(format!(
                "{table}: {} rows, {} expected; missing {left:#?}; too many {right:#?}",
                found[table].len(),
                rows.len()
            ));
        }
    }
    told
}

/// A hundred kills, and what they leave held to what an undisturbed crawl leaves.
fn a_hundred_kills_leave_the_same_rows(app: &App, database: &dyn Shared) {
    let expected = undisturbed();
    let (kills, asked) = disturbed(app, database);
    println!("{kills} kills, {asked} requests");
    let found = state(database);
    assert!(kills >= KILLS, "the crawl was over after {kills} kills");
    let told = differences(&expected, &found);
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_hundred_kills_leave_the_same_rows_on_sqlite() {
    let app = App::new();
    a_hundred_kills_leave_the_same_rows(&app, &app);
}

#[test]
fn a_hundred_kills_leave_the_same_rows_on_postgres() {
    let Some(database) = Postgres::new("kills") else { return };
    a_hundred_kills_leave_the_same_rows(&App::new(), &database);
}

#[test]
fn four_processes_on_postgres_share_the_work() {
    let Some(database) = Postgres::new("sharing") else { return };
    let expected = undisturbed();
    let app = App::new();
    settings(&app);
    let site = Site::new(&app);
    // As on four machines: each has a data folder of its own.
    let workers: Vec<Child> = (0..4).map(|n| worker(&app, &database, &format!("machine-{n}"))).collect();
    for worker in workers {
        let done = worker.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let told = differences(&expected, &state(&database));
    assert!(told.is_empty(), "{}", told.join("\n"));
    let mut asked = BTreeMap::new();
    for request in site.market.requests() {
        *asked.entry(format!("{}{}", request.host, request.path)).or_insert(0) += 1;
    }
    let twice: Vec<_> = asked.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "nothing is asked for twice, robots.txt included: {twice:?}");
}
