//! The PostgreSQL store: opening, the pool, transactions. What it does with its tables is in `shared/`,
//! the same for SQLite.
//!
//! How writers go together, and why:
//! * Transactions are short and of the level READ COMMITTED. What one statement finds and a later one
//!   relies on is locked in between (`lock_*.sql`, `FOR NO KEY UPDATE`); hosts are claimed with
//!   `SKIP LOCKED`, so that claims pass each other by.
//! * Rows are locked in one order (`shared/visits.rs` says which). Where two transactions block each
//!   other all the same, the server ends one, and it is done again.
//! * A session that stops in the middle of a transaction (its process was paused, its machine lost)
//!   is ended by the server soon, and its locks with it. Its worker finds its lease lost.

pub(crate) mod dialect;
mod error;
mod schema;

// What both databases share, compiled for this one.
#[path = "../shared/again.rs"]
mod again;
#[path = "../shared/applied.rs"]
mod applied;
#[path = "../shared/claims.rs"]
mod claims;
#[path = "../shared/crawls.rs"]
mod crawls;
#[path = "../shared/evidence.rs"]
mod evidence;
#[path = "../shared/hosts.rs"]
mod hosts;
#[path = "../shared/observations.rs"]
mod observations;
#[path = "../shared/rates.rs"]
mod rates;
#[path = "../shared/read.rs"]
mod read;
#[path = "../shared/snapshots.rs"]
mod snapshots;
#[path = "../shared/sources.rs"]
mod sources;
#[path = "../shared/spellings.rs"]
mod spellings;
#[path = "../shared/tariffs.rs"]
mod tariffs;
#[path = "../shared/urls.rs"]
mod urls;
#[path = "../shared/validations.rs"]
mod validations;
#[path = "../shared/visits.rs"]
mod visits;

use crate::{Open, SnapshotRow, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use error::{cannot_connect, failure};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, Postgres, Row as _, Transaction};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Connections of one program. Each is a process of the server.
const CONNECTIONS: u32 = 8;
/// How long to wait for a connection that is free.
const WAIT: Duration = Duration::from_secs(30);
/// How long a server may take to answer at all.
const CONNECT: Duration = Duration::from_secs(15);
/// How often a transaction that lost against others is done again.
const TRIES: u32 = 5;
/// How long it then waits first; twice as long each time.
const STEP_BACK: Duration = Duration::from_millis(20);
/// What a session is told unless the location's `options` say otherwise: how long it waits for a lock,
/// and how long it may stand still within a transaction.
const SESSION: [(&str, &str); 2] = [("lock_timeout", "30s"), ("idle_in_transaction_session_timeout", "20s")];

/// A store in a schema of a PostgreSQL database.
#[derive(Clone)]
pub(crate) struct PostgresStore {
    /// The database, as messages name it: without the password.
    path: Arc<str>,
    pool: PgPool,
    writes: bool,
}

impl Store for PostgresStore {}

/// Whether a location speaks of PostgreSQL.
pub(crate) fn is_location(location: &str) -> bool {
    location.starts_with("postgres:") || location.starts_with("postgresql:")
}

fn parse_location(location: &str) -> Result<PgConnectOptions, StoreError> {
    let mut options: PgConnectOptions = location.parse().map_err(|error: sqlx::Error| {
        let detail = match error {
            sqlx::Error::Configuration(said) => said.to_string(),
            other => other.to_string(),
        };
        StoreError::Location {
            // As it was given it may hold a password.
            location: "postgresql://…".to_owned(),
            reason: format!(
                "{detail}; give postgresql://USER@HOST:PORT/DATABASE, the password in PGPASSWORD or ~/.pgpass"
            ),
        }
    })?;
    let told = options.get_options().unwrap_or_default().to_owned();
    options = options.options(SESSION.into_iter().filter(|(key, _)| !told.contains(key)));
    if options.get_application_name().is_none() {
        options = options.application_name("touchstone");
    }
    Ok(options)
}

/// The database as messages name it.
fn name(options: &PgConnectOptions) -> String {
    let user = options.get_username();
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    // Without a name the server takes the user's.
    format!("postgresql://{user}@{host}/{}", options.get_database().unwrap_or(user))
}

/// Opens the store of a PostgreSQL database; see [`crate::open`].
pub(crate) async fn open(location: &str, mode: Open) -> Result<Arc<dyn Store>, StoreError> {
    let mut options = parse_location(location)?;
    let path: Arc<str> = name(&options).into();
    let writes = matches!(mode, Open::Create | Open::Existing);
    if !writes {
        options = options.options([("default_transaction_read_only", "on")]);
    }
    // By a connection of its own: a pool would go on knocking where nobody answers.
    let mut first = connect(&options, &path).await?;
    let found = schema::status(&mut first, &path).await?;
    drop(first);
    if matches!(mode, Open::Existing | Open::ReadOnly) && !found.pending.is_empty() {
        return Err(StoreError::NeedsMigration {
            path: path.to_string(),
            found: found.current,
            known: found.latest,
            pending: found.pending,
        });
    }
    let pool =
        PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT).connect_lazy_with(options);
    Ok(Arc::new(PostgresStore { path, pool, writes }))
}

async fn connect(options: &PgConnectOptions, path: &str) -> Result<PgConnection, StoreError> {
    match tokio::time::timeout(CONNECT, options.connect()).await {
        Ok(connected) => connected.map_err(|e| cannot_connect(path, e)),
        Err(_) => Err(StoreError::Unreachable {
            path: path.to_owned(),
            detail: format!("no answer within {} seconds", CONNECT.as_secs()),
        }),
    }
}

impl PostgresStore {
    /// The error of a database operation, in this store's words.
    fn fail(&self, error: sqlx::Error) -> StoreError {
        failure(&self.path, error)
    }

    fn other(&self, detail: String) -> StoreError {
        StoreError::Other { path: self.path.to_string(), detail }
    }

    fn reader(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction that may write; dropped without [`PostgresStore::commit`], it undoes
    /// everything.
    async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        if !self.writes {
            return Err(StoreError::ReadOnly { path: self.path.to_string() });
        }
        self.pool.begin().await.map_err(|e| self.fail(e))
    }

    async fn commit(&self, transaction: Transaction<'static, Postgres>) -> Result<(), StoreError> {
        transaction.commit().await.map_err(|e| self.fail(e))
    }

    /// Every commit is flushed to the disk (`synchronous_commit`).
    async fn put_flushed(&self, snapshot: &SnapshotRow) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let new = self.write_snapshot(&mut transaction, snapshot).await.map_err(|e| self.fail(e))?;
        self.commit(transaction).await?;
        Ok(new)
    }

    /// The server's clock was read in the middle of the time the question took.
    async fn offset(&self, local: DateTime<Utc>) -> Result<TimeDelta, StoreError> {
        let begun = Instant::now();
        let mut connection = self.pool.acquire().await.map_err(|e| self.fail(e))?;
        let connected = begun.elapsed();
        let row = sqlx::query(include_str!("../../queries/postgres/clock.sql"))
            .fetch_one(&mut *connection)
            .await
            .map_err(|e| self.fail(e))?;
        let asked = connected + (begun.elapsed() - connected) / 2;
        let at: DateTime<Utc> = row.try_get("at").map_err(|e| self.fail(e))?;
        Ok(at - local - TimeDelta::from_std(asked).unwrap_or_default())
    }

    /// Whether a transaction that failed for others' sake is done again. Nothing of it was kept.
    async fn may_try_again(&self, error: &StoreError, tries: u32) -> bool {
        let again = tries < TRIES && matches!(error, StoreError::Conflict { .. });
        if again {
            // The other transaction goes first: it waits for what this one has just let go.
            tokio::time::sleep(STEP_BACK * 2u32.pow(tries)).await;
        }
        again
    }
}
