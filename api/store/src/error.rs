//! What can go wrong between Touchstone and its database, in sentences a user can act on.

use thiserror::Error;

/// An error of the store.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No database where one must be.
    #[error("there is no database at {path}: check the path, or make one with 'touchstone db migrate'")]
    NotFound {
        /// Where it was looked for.
        path: String,
    },
    /// A location this program cannot open.
    #[error("'{location}' is not a database location: {reason}")]
    Location {
        /// As it was given.
        location: String,
        /// What is wrong, and what is accepted.
        reason: String,
    },
    /// The database was written by a newer program.
    #[error("the database {path} has schema {found}, this program knows {known}: use a newer touchstone")]
    Newer {
        /// The database.
        path: String,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// The database is older than this program.
    #[error("the database {path} has schema {found}, this program needs {known}: run 'touchstone db migrate' (pending: {})", .pending.join(", "))]
    NeedsMigration {
        /// The database.
        path: String,
        /// Its schema; 0 for an empty file.
        found: u32,
        /// The schema needed.
        known: u32,
        /// Names of the pending migrations.
        pending: Vec<String>,
    },
    /// An applied migration differs from the one of the same number in this program.
    #[error(
        "migration {name} of the database {path} is not the one this program has: it was made by another build; restore the database from a backup or use that build"
    )]
    ChangedMigration {
        /// The database.
        path: String,
        /// Number and name.
        name: String,
    },
    /// A migration failed; nothing of it was kept.
    #[error("migration {name} of the database {path} failed, the database is as it was: {detail}")]
    MigrationFailed {
        /// The database.
        path: String,
        /// Number and name.
        name: String,
        /// What the database said.
        detail: String,
    },
    /// No room left.
    #[error(
        "no room left for the database {path}: free disk space or lift its limit; what was being written was not kept"
    )]
    Full {
        /// The database.
        path: String,
    },
    /// Another program held the database for longer than this one waits.
    #[error("the database {path} is locked by another program: wait until it ends, or end it, and try again")]
    Busy {
        /// The database.
        path: String,
    },
    /// Transactions got into each other's way again and again.
    #[error("the database {path} was too busy with other transactions ({detail}): try again")]
    Conflict {
        /// The database.
        path: String,
        /// What the database said.
        detail: String,
    },
    /// No server answers.
    #[error("no PostgreSQL server answers for {path} ({detail}): check host and port, and that it runs")]
    Unreachable {
        /// The database, without its password.
        path: String,
        /// What the system said.
        detail: String,
    },
    /// The server does not let this user in.
    #[error(
        "the server refuses the login for {path} ({detail}): check the user, and the password in PGPASSWORD or ~/.pgpass"
    )]
    LoginRefused {
        /// The database, without its password.
        path: String,
        /// What the server said.
        detail: String,
    },
    /// The server has no database of that name.
    #[error(
        "the server has no database {path}: make it with createdb, then run 'touchstone db migrate', or check the name"
    )]
    NoSuchDatabase {
        /// The database, without its password.
        path: String,
    },
    /// The server, or the way to it, went away.
    #[error(
        "the connection to {path} was lost ({detail}): what was being written was not kept, or is complete"
    )]
    ConnectionLost {
        /// The database, without its password.
        path: String,
        /// What the system said.
        detail: String,
    },
    /// A write to a database that is open for reading, or that the file system protects.
    #[error("the database {path} cannot be written: it is open for reading only, or write-protected")]
    ReadOnly {
        /// The database.
        path: String,
    },
    /// The file is damaged.
    #[error("the database {path} is damaged ({detail}): restore it from a backup")]
    Corrupt {
        /// The database.
        path: String,
        /// What the database said.
        detail: String,
    },
    /// The file is something else.
    #[error("{path} is not a touchstone database ({detail}): check the path")]
    NotADatabase {
        /// The file.
        path: String,
        /// What it is, as far as known.
        detail: String,
    },
    /// The file or its folder cannot be opened.
    #[error(
        "the database {path} cannot be opened ({detail}): check that the folder exists and may be read and written"
    )]
    CannotOpen {
        /// The file.
        path: String,
        /// What the system said.
        detail: String,
    },
    /// A row that does not hold what it must.
    #[error("row {row} of table {table} cannot be read, column {column}: {detail}")]
    BadRow {
        /// The table.
        table: &'static str,
        /// Its key, as far as known.
        row: String,
        /// The column.
        column: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The lease on a URL ended and another worker took it; nothing was written.
    #[error("the lease on {url} was lost to another worker: this visit is not kept")]
    LeaseLost {
        /// The URL.
        url: String,
    },
    /// A page that was never read with content, named where one is needed.
    #[error("the page {url} of source {source_id} has no stored content to be seen again")]
    UnknownPage {
        /// The source.
        source_id: String,
        /// The URL.
        url: String,
    },
    /// Anything else the database says.
    #[error("the database {path} failed: {detail}")]
    Other {
        /// The database.
        path: String,
        /// What the database said.
        detail: String,
    },
}
