//! Imported price lists: CSV or JSON lines → [`model::Listing`] with its circumstances, one row at
//! a time in constant memory. See `docs/IMPORT.md`.
//!
//! What a column *means* is said by a [`ColumnMap`]; without one, by the documented own columns
//! ([`Field`]). What a text means (prices, sizes, conditions, currencies) is left to the
//! normalizer. A line that is not of the file's form, or whose date, country, address or HS code
//! cannot be read, becomes a [`model::Rejection`] with its place, and the next line is read.
//! The store is not called here, and of the normalizer only the reading of prices, for the one question
//! that a list answers as a whole: which mark stands before its decimals ([`Marks`]).

mod cells;
mod column;
mod map;
mod marks;
mod records;
mod rows;

pub use column::{Column, TextSteps};
pub use map::{ColumnMap, Defaults, Field, Format};
pub use marks::Marks;
pub use rows::{DETAIL, Row, Rows, read, site_of};

pub(crate) use column::{HeaderIndex, cut};
pub(crate) use records::{Decoding, MAX_LINE, RawRecord, Records};

use std::io;
use thiserror::Error;

/// Why a list cannot be read at all. What is wrong with a single line is a rejection instead.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The column map is not one.
    #[error("column map {file}: {problem}")]
    Map {
        /// The map's file.
        file: String,
        /// What is wrong, and what is expected.
        problem: String,
    },
    /// A column that is needed is not in the file.
    #[error("{file}: no column '{wanted}'{why}; the file has {found}{nearest}")]
    MissingColumn {
        /// The file.
        file: String,
        /// The header that was looked for.
        wanted: String,
        /// What it is needed for, " for the field hs", or empty.
        why: String,
        /// The headers found, listed.
        found: String,
        /// "; did you mean 'Preis'?", or empty.
        nearest: String,
    },
    /// A file whose first line cannot be used.
    #[error("{file}: {problem}")]
    Form {
        /// The file.
        file: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Neither the list nor the map says when the prices were seen.
    #[error(
        "{file}: nothing says when the prices were seen; name a column 'captured', or give the day for the whole list (--captured 2023-10-01, or `captured = \"2023-10-01\"` under [defaults] of a map)"
    )]
    NoCaptureDate {
        /// The file.
        file: String,
    },
    /// A list of more than a table can hold.
    #[error("{file}: {problem}")]
    TooLarge {
        /// The file.
        file: String,
        /// Of what there is how much, and how much there may be.
        problem: String,
        /// How it can be made smaller.
        hint: &'static str,
    },
    /// The program broke off; nothing is said against the file.
    #[error("{file}: the reading broke off{place} by a fault of this program, not of the file: {problem}")]
    Fault {
        /// The file.
        file: String,
        /// " at row group 3", or empty.
        place: String,
        /// What the program says of it.
        problem: String,
    },
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// The cause.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
