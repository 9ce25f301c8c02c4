//! Where Touchstone keeps what it knows: the crawl's frontier, pages and visits, observations and
//! rejections, exchange rates, imported nomenclature, and which snapshots were built. All SQL of the project is here.
//!
//! It is not a place for rules: nothing here parses a price, judges an offer or computes a
//! quantile. Values of [`model`] come in and go out unchanged, whatever database is behind.
//!
//! The seam is the trait [`Store`], a sum of small traits ([`Schema`], [`Sources`], [`Frontier`],
//! [`Observations`], [`Evidence`], [`Rates`], [`Tariffs`], [`Snapshots`], [`Validations`]). [`open`] gives one for a SQLite file or a PostgreSQL
//! database. What they do is written once, in `shared/`, and compiled for each: their `dialect` says
//! how values become columns, and holds the statements whose text differs (`queries/sqlite`,
//! `queries/postgres`; all others lie in `queries`). One contract suite (`tests/contract`) holds for both.
//!
//! Conventions of the tables, the same on every database:
//! * Money is the exact decimal amount and its currency, two columns. Not minor units: a price per
//!   piece of a wholesale offer has more decimals than its currency's coins (0.0375 USD a LED),
//!   and some currencies changed theirs. The decimal is text on both, digits and scale as they came
//!   in; it is never summed in SQL.
//! * Moments are UTC, to the microsecond: `timestamptz` on PostgreSQL; on SQLite RFC 3339 text of
//!   fixed width, so that text order is time order. Days are `date` and text.
//! * Hashes are 64 hexadecimal digits, the form in which verdicts, snapshot files and letters quote
//!   them: whoever holds a sheet can look a row up without converting. That costs 32 bytes a hash
//!   on rows of about two kilobytes.
//! * Lists and explanations that no query looks into are JSON text; what a query needs is a column.
//! * U+0000 in a text is kept as U+FFFD: PostgreSQL holds no other.

#![warn(missing_docs)]
// The modules of `shared/` are compiled once for each database.
#![allow(clippy::duplicate_mod)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
mod evidence;
mod frontier;
mod observations;
mod postgres;
mod rates;
mod retried;
mod schema;
mod snapshots;
mod sources;
mod sqlite;
mod tariffs;
mod validations;
mod versions;

pub use error::StoreError;
pub use evidence::{Evidence, EvidenceRow, EvidenceStream, PageContent};
pub use frontier::{
    Claim, ClaimRequest, CrawlCounts, CrawlId, CrawlRow, Due, DueUrl, Frontier, HostClaim, HostReturn,
    HostRow, HostState, Lease, NewUrl, PageRecord, ReobserveEffect, RobotsRow, SpentBudget, UrlKind, Visit,
    VisitEffect, VisitOutcome, VisitRecord,
};
pub use observations::{
    InsertEffect, ObservationFilter, ObservationStream, Observations, StoreCounts, observation_of_day,
};
pub use rates::{RateRow, Rates};
pub use schema::{Schema, SchemaStatus};
pub use snapshots::{SnapshotRow, Snapshots};
pub use sources::{SourceRow, SourceStatus, Sources};
pub use tariffs::{EditionRow, MoveRow, TariffRow, Tariffs};
pub use validations::{ValidationRow, Validations};

use std::sync::Arc;

/// Everything that is kept. Cheap to share (`Arc<dyn Store>`); every method may be called from
/// several tasks at once.
pub trait Store:
    Schema + Sources + Frontier + Observations + Evidence + Rates + Tariffs + Snapshots + Validations
{
}

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Made where it does not exist (a file, with its folder; never a database of a server). Its schema may be older than this program's:
    /// call [`Schema::migrate`] next.
    Create,
    /// Must exist and be of this program's schema.
    Existing,
    /// Must exist and be of this program's schema; nothing is written.
    ReadOnly,
    /// Must exist; may be of an older schema. Nothing is written. For `db status` and `doctor`,
    /// which call nothing but [`Schema::schema_status`] when migrations are pending.
    Inspect,
}

/// Opens the store at a location.
///
/// SQLite: the path of a file, or `sqlite:PATH`. Behind a `?` may stand `max_pages=N` (caps the file at N
/// pages of 4096 bytes; beyond it writes fail with [`StoreError::Full`]) and `wait_ms=N` (how long to
/// wait for another program's transaction before [`StoreError::Busy`]; half a minute by default), joined
/// by `&`.
///
/// PostgreSQL (15 or later): `postgresql://USER@HOST:PORT/DATABASE`, `postgres://` as well. What it does
/// not say is taken from `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`, `PGSSLMODE` and
/// `~/.pgpass`, as by other clients. Behind a `?`: `sslmode` (`verify-full` checks the server's
/// certificate against the system's roots, or those in `sslrootcert`) and `options` (session settings,
/// such as `-csearch_path=touchstone` for a schema of its own). The database must exist; its tables are
/// made by [`Schema::migrate`]. No message holds the password.
///
/// # Errors
/// [`StoreError::NotFound`] where the mode asks for an existing file, [`StoreError::Unreachable`],
/// [`StoreError::LoginRefused`] and [`StoreError::NoSuchDatabase`] by a server, [`StoreError::Newer`],
/// [`StoreError::NeedsMigration`], [`StoreError::NotADatabase`], [`StoreError::Location`] for a
/// location of another kind, and the errors of the file system.
pub async fn open(location: &str, mode: Open) -> Result<Arc<dyn Store>, StoreError> {
    match postgres::is_location(location) {
        true => postgres::open(location, mode).await,
        false => sqlite::open(location, mode).await,
    }
}
