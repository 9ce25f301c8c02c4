//! What a test finds in the database, SQLite or PostgreSQL: rows as texts. Queries are the tests' own.

// Each test file uses a part of it.
#![allow(dead_code)]

use acceptance::App;
use sqlx::{ConnectOptions, Connection, Executor, Row};
use std::future::Future;

fn wait<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> T {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => panic!("no runtime: {e}"),
    };
    match runtime.block_on(work) {
        Ok(value) => value,
        Err(e) => panic!("the database: {e}"),
    }
}

/// The first column, a text, of every row of a query.
pub trait Rows {
    fn rows(&self, query: &'static str) -> Vec<String>;
}

/// On the database of the data folder `d`.
impl Rows for App {
    fn rows(&self, query: &'static str) -> Vec<String> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path().join("d/touchstone.db"));
        wait(async {
            let mut database = options.connect().await?;
            let rows = sqlx::query(query).fetch_all(&mut database).await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    }
}

/// A database of its own on a PostgreSQL server, dropped at the end.
pub struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    /// An empty database on the server that `TOUCHSTONE_TEST_POSTGRES` names, or `None` (after saying so)
    /// where it names none. With `TOUCHSTONE_REQUIRE_POSTGRES=1` that fails the test.
    pub fn new(test: &str) -> Option<Postgres> {
        let Ok(server) = std::env::var("TOUCHSTONE_TEST_POSTGRES") else {
            let required = std::env::var("TOUCHSTONE_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
            assert!(!required, "{test} needs PostgreSQL: name a server in TOUCHSTONE_TEST_POSTGRES");
            println!("skipped: {test}");
            return None;
        };
        let name = format!("touchstone_{}_{test}", std::process::id());
        let database = Postgres { server, name };
        database.execute(format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    fn execute(&self, statement: String) {
        wait(async {
            let mut connection = sqlx::PgConnection::connect(&self.server).await?;
            connection.execute(sqlx::AssertSqlSafe(statement)).await
        });
    }

    /// The address of the database, for `--database`.
    pub fn url(&self) -> String {
        let (before, options) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let host = before.rsplit_once('/').map_or(before, |(host, _)| host);
        let options = if options.is_empty() { String::new() } else { format!("?{options}") };
        format!("{host}/{}{options}", self.name)
    }
}

impl Rows for Postgres {
    fn rows(&self, query: &'static str) -> Vec<String> {
        wait(async {
            let mut database = sqlx::PgConnection::connect(&self.url()).await?;
            let rows = sqlx::query(query).fetch_all(&mut database).await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.execute(format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
