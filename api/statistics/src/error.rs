//! What can go wrong in reading or writing a snapshot. Assessing never fails: a line that cannot
//! be compared gets the verdict that says so.

use model::ContentHash;
use std::fmt;

/// An error of the statistics service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// Reading or writing failed.
    #[error("the snapshot cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The first line is not that of a snapshot.
    #[error("this is not a snapshot ({detail}): give a file written by `snapshot build`")]
    NotASnapshot {
        /// What was found.
        detail: String,
    },
    /// Written by a newer version.
    #[error("the snapshot has version {found}, this program reads up to version {known}: update the program")]
    NewerVersion {
        /// Version in the header.
        found: u32,
        /// Newest version that can be read.
        known: u32,
    },
    /// A snapshot file that was cut short or changed, or that cannot be written.
    #[error("the snapshot file is damaged: {detail}; fetch or build it again")]
    Damaged {
        /// What is wrong.
        detail: String,
    },
    /// A part of a snapshot file is not there.
    #[error(
        "the snapshot file has no section '{name}': it holds something else, or was written by another version"
    )]
    NoSection {
        /// The section.
        name: String,
    },
    /// Snapshots in two currencies cannot be put together.
    #[error(
        "a snapshot has its prices in {found}, where {wanted} is wanted: build it again with `--currency {wanted}`"
    )]
    OtherCurrency {
        /// Currency of the file.
        found: model::Currency,
        /// Currency wanted.
        wanted: model::Currency,
    },
    /// Price tables that differ in what all their rows have in common.
    #[error(
        "price tables cannot be put together where {what} differs: {one} in one, {other} in another; build one of them again as the other is"
    )]
    OtherFacts {
        /// What differs.
        what: &'static str,
        /// Value of the first.
        one: String,
        /// Value of another.
        other: String,
    },
    /// Price tables built by different rules.
    #[error(
        "price tables cannot be put together where they were built by different rules: {rule} is {one} in one and {other} in another; build one of them again by the other's"
    )]
    OtherRule {
        /// Name of the parameter.
        rule: String,
        /// Value of the first.
        one: String,
        /// Value of another.
        other: String,
    },
    /// A price table of another method.
    #[error(fmt = other_method)]
    OtherMethod {
        /// The table.
        table: ContentHash,
        /// Its method.
        found: u32,
    },
    /// A price list that stands in two tables with different rows.
    #[error(
        "the price list {name} stands in two tables with different rows: it was read by different maps; build one of them again by the other's map"
    )]
    ReadOtherwise {
        /// Name of the list.
        name: String,
    },
    /// More than a price table can number.
    #[error(
        "together they have {rows} rows of {sources} sources, a price table holds {most_rows} rows of {most_sources} sources: build one table for each part, by chapter or by year",
        most_rows = crate::table::MOST_ROWS,
        most_sources = crate::table::MOST_SOURCES
    )]
    TooLarge {
        /// Rows of all lists.
        rows: u64,
        /// Sources.
        sources: u64,
    },
    /// More codes times units, conditions, levels and origins than have a place.
    #[error(
        "{codes} subheadings of {facets} units, conditions, levels and origins would stand in one price table; \
         the two multiplied may be {most} at most; build one table for each part of the list, by chapter"
    )]
    TooManyKinds {
        /// Subheadings.
        codes: u64,
        /// Units, conditions, levels and origins that occur together.
        facets: u64,
        /// The limit.
        most: u64,
    },
    /// A line cannot be read.
    #[error("line {line} of the snapshot cannot be read: {detail}")]
    BadLine {
        /// Line number, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// The file ends early.
    #[error("the snapshot ends after line {line} without its closing hash: fetch or build it again")]
    Truncated {
        /// Last line read.
        line: usize,
    },
    /// The content is not what its hash says.
    #[error(
        "the snapshot's content has the hash {found}, but it closes with {stated}: it was changed or damaged, build it again"
    )]
    WrongHash {
        /// Hash the file states.
        stated: ContentHash,
        /// Hash of its content.
        found: ContentHash,
    },
}

fn other_method(table: &ContentHash, found: &u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let differs = crate::methods_differ(*found, crate::METHOD).unwrap_or_default();
    let (table, found, ours) =
        (table.short(), crate::method_named(*found), crate::method_named(crate::METHOD));
    write!(
        f,
        "price table {table} was built by {found}, this program reckons by {ours}: {differs}; build it anew of its lists"
    )
}
