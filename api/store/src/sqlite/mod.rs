//! The SQLite store: opening, the two pools, transactions. What it does with its tables is in
//! `shared/`, the same for PostgreSQL.
//!
//! Settings of the file, and why:
//! * `journal_mode = WAL`: readers (the officer's page, a snapshot being built) and the one writer
//!   do not wait for each other.
//! * `synchronous = NORMAL`: with WAL a power cut can lose the last transactions but never breaks
//!   the file, and what is lost is whole visits, which are simply due again. A commit then costs no
//!   flush of the disk. What a verdict may cite the next moment, a snapshot's row, is written under
//!   `FULL`, whose flush covers everything written before it.
//! * `foreign_keys = ON`: no row without the source, URL, visit or observation it speaks of.
//! * One connection writes and begins with `BEGIN IMMEDIATE`: writers take turns at the beginning,
//!   where waiting is possible, instead of failing in the middle of a transaction.
//! * `wal_autocheckpoint`: pages that many transactions write again (the inner pages of indexes) go to the
//!   file, and the disk is flushed, once for all of them. The WAL stays about as large as it says; one
//!   that a long reader held up is cut back by `journal_size_limit`.
//! * `cache_size`: a bound on each connection's pages, so that a frontier of millions of URLs needs
//!   disk and not memory.

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
use error::{cannot_open, failure};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Sqlite, Transaction};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a writer waits for another program's transaction. A whole imported file is one
/// transaction, so it is generous.
const WAIT: Duration = Duration::from_secs(30);
/// Between two tries to open a file that another program holds.
const OPEN_AGAIN: Duration = Duration::from_millis(10);
/// Readers of one program. Each is a thread; SQLite gains nothing from many.
const READERS: u32 = 4;

/// Pages of 4096 bytes in the WAL when what they hold is brought to the file: 16 MiB.
const CHECKPOINT_PAGES: u32 = 4_096;
/// Bytes that the WAL keeps on the disk once it begins anew.
const WAL_BYTES: u64 = 64 << 20;

/// Pages kept by the connection that writes, in KiB; it looks rows up all over the frontier.
const WRITER_CACHE_KIB: u32 = 32_768;
/// Rows that a connection's thread hands over before it waits for who reads them.
const ROWS_AHEAD: usize = 512;

/// Pages kept by each reader, in KiB.
const READER_CACHE_KIB: u32 = 4_096;

/// A store in one SQLite file.
#[derive(Clone)]
pub(crate) struct SqliteStore {
    /// The file, as messages name it.
    path: Arc<str>,
    /// Absent when nothing may be written.
    writer: Option<SqlitePool>,
    reader: SqlitePool,
}

impl Store for SqliteStore {}

/// A location, taken apart.
struct Location {
    path: PathBuf,
    max_pages: Option<u32>,
    wait: Duration,
}

fn parse_location(location: &str) -> Result<Location, StoreError> {
    let wrong =
        |reason: &str| StoreError::Location { location: location.to_owned(), reason: reason.to_owned() };
    const ACCEPTED: &str = "give the path of a SQLite file, sqlite:PATH with max_pages=N or wait_ms=N behind a '?', or \
         postgresql://USER@HOST/DATABASE";
    let mut parsed = Location { path: PathBuf::from(location), max_pages: None, wait: WAIT };
    if let Some(rest) = location.strip_prefix("sqlite:") {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
        parsed.path = PathBuf::from(path);
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=').map(|(k, v)| (k, v.parse::<u32>())) {
                Some(("max_pages", Ok(pages))) if pages > 0 => parsed.max_pages = Some(pages),
                Some(("wait_ms", Ok(ms))) => parsed.wait = Duration::from_millis(ms.into()),
                _ => return Err(wrong(&format!("unknown option '{option}'; {ACCEPTED}"))),
            }
        }
    }
    match parsed.path.to_str() {
        Some("") => Err(wrong(ACCEPTED)),
        Some(":memory:") => Err(wrong("what is collected is evidence and is kept in a file; give its path")),
        _ => Ok(parsed),
    }
}

/// Opens the store of a SQLite file; see [`crate::open`].
pub(crate) async fn open(location: &str, mode: Open) -> Result<Arc<dyn Store>, StoreError> {
    let location = parse_location(location)?;
    let path: Arc<str> = location.path.display().to_string().into();
    let exists = prepare_file(&location.path, &path, mode)?;
    // Before anything else, and without writing: setting WAL would already alter a foreign file.
    if exists {
        let found = patiently(location.wait, || schema::look(&location.path, &path, location.wait)).await?;
        let strict = matches!(mode, Open::Existing | Open::ReadOnly);
        if strict && !found.pending.is_empty() {
            return Err(StoreError::NeedsMigration {
                path: path.to_string(),
                found: found.current,
                known: found.latest,
                pending: found.pending,
            });
        }
    }
    let writes = matches!(mode, Open::Create | Open::Existing);
    let pool = |options: SqliteConnectOptions, connections: u32| {
        let path = &path;
        patiently(location.wait, move || {
            let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT * 4);
            let options = options.clone();
            async move { pool.connect_with(options).await.map_err(|error| failure(path, error)) }
        })
    };
    let mut writer = None;
    if writes {
        let mut options = connection(&location.path, location.wait, WRITER_CACHE_KIB)
            .create_if_missing(mode == Open::Create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .pragma("journal_size_limit", WAL_BYTES.to_string());
        if let Some(pages) = location.max_pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        writer = Some(pool(options, 1).await?);
    }
    let reader = connection(&location.path, location.wait, READER_CACHE_KIB).read_only(true);
    let reader = pool(reader, READERS).await?;
    Ok(Arc::new(SqliteStore { path, writer, reader }))
}

/// Opens, again and again within `wait` where another program holds the file. SQLite's own
/// `busy_timeout` does not cover it: a connection that switches a new file to WAL while another does
/// the same, or that meets the last connection folding the WAL away, is refused at once.
async fn patiently<T, F>(wait: Duration, open: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let begun = std::time::Instant::now();
    loop {
        match open().await {
            Err(StoreError::Busy { .. }) if begun.elapsed() < wait => {
                tokio::time::sleep(OPEN_AGAIN).await;
            }
            done => return done,
        }
    }
}

/// Whether the file is there, and its folder made where it may be.
fn prepare_file(file: &Path, path: &str, mode: Open) -> Result<bool, StoreError> {
    match std::fs::metadata(file) {
        Ok(found) if found.is_dir() => {
            Err(StoreError::CannotOpen { path: path.to_owned(), detail: "it is a folder".to_owned() })
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if mode != Open::Create {
                return Err(StoreError::NotFound { path: path.to_owned() });
            }
            if let Some(folder) = file.parent().filter(|p| !p.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|e| cannot_open(path, &e))?;
            }
            Ok(false)
        }
        Err(error) => Err(cannot_open(path, &error)),
    }
}

/// What every connection has in common.
fn connection(path: &Path, wait: Duration, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(wait)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("cache_size", format!("-{cache_kib}"))
}

impl SqliteStore {
    /// The error of a database operation, in this store's words.
    fn fail(&self, error: sqlx::Error) -> StoreError {
        failure(&self.path, error)
    }

    fn writer(&self) -> Result<&SqlitePool, StoreError> {
        self.writer.as_ref().ok_or_else(|| StoreError::ReadOnly { path: self.path.to_string() })
    }

    /// Begins a transaction that may write; dropped without [`SqliteStore::commit`], it undoes
    /// everything.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer()?.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.fail(e))
    }

    /// Writes a snapshot's row so that it stands on the disk when this returns.
    async fn put_flushed(&self, snapshot: &SnapshotRow) -> Result<bool, StoreError> {
        let fail = |error| self.fail(error);
        let mut connection = self.writer()?.acquire().await.map_err(fail)?;
        // `synchronous` cannot change within a transaction. The flush that FULL adds to this commit
        // covers everything that was written to the WAL before it.
        sqlx::query("PRAGMA synchronous = FULL").execute(&mut *connection).await.map_err(fail)?;
        let written = async {
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            let new = self.write_snapshot(&mut transaction, snapshot).await?;
            transaction.commit().await?;
            Ok(new)
        }
        .await;
        sqlx::query("PRAGMA synchronous = NORMAL").execute(&mut *connection).await.map_err(fail)?;
        written.map_err(fail)
    }

    fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    fn other(&self, detail: String) -> StoreError {
        StoreError::Other { path: self.path.to_string(), detail }
    }

    /// Who uses one file shares one machine and its clock.
    async fn offset(&self, _local: DateTime<Utc>) -> Result<TimeDelta, StoreError> {
        Ok(TimeDelta::zero())
    }

    /// Writers take turns: no transaction is refused for another's sake.
    async fn may_try_again(&self, _error: &StoreError, _tries: u32) -> bool {
        false
    }

    async fn commit(&self, transaction: Transaction<'static, Sqlite>) -> Result<(), StoreError> {
        transaction.commit().await.map_err(|e| self.fail(e))
    }
}
