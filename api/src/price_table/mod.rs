//! Large price lists: one observation a row, no page behind it, millions of rows, read from Parquet or
//! CSV into codes, days and prices, some thousand rows at a time. A [`PriceMap`] says what the columns mean.
//! Rows are handed to a [`Sink`] as they are read: the columns of a list never stand in memory as a whole. Grouping and
//! statistics are not done here, and nothing of a row is kept that they do not need.
//!
//! ```no_run
//! # use api::price_table::{self, PriceMap};
//! # use statistics::table::{Bounds, Parter};
//! let map = PriceMap::load("prices.toml".as_ref())?;
//! let bounds = std::sync::Arc::new(Bounds::default());
//! let all = price_table::Extent::of_table(true);
//! let read = price_table::read("prices.parquet".as_ref(), &map, all, 2, || Parter::new(bounds.clone()))?;
//! println!("{} subheadings, {} rows left out", read.lists.codes.len(), read.left_out.rows);
//! # Ok::<(), api::import::ImportError>(())
//! ```

mod batch;
mod cells;
mod cursor;
mod delimited;
mod footing;
#[cfg(test)]
mod footing_tests;
mod guarded;
#[cfg(test)]
mod limits_tests;
mod map;
mod met;
mod packed;
mod pages;
#[cfg(test)]
mod refused_tests;
mod row_groups;
#[cfg(test)]
mod stored_tests;
mod stretches;
#[cfg(test)]
mod tests;

pub use cells::{HIGHEST_PRICE, LOWEST_PRICE, Reason, decimal_of};
pub use delimited::MOST_LINE;
pub use map::{Codes, Columns as MapColumns, Defaults, PriceMap};
pub use row_groups::MOST_GROUP_ROWS;

use crate::import::ImportError;
use crate::reading::{self, Looked};
use batch::Taking;
use met::Met;
use model::ContentHash;
use serde::{Deserialize, Serialize};
use statistics::table::{Lists, MOST_FACETS, MOST_ROWS, MOST_SOURCES, Parter, Rows};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// Rows that are named among those left out.
pub const NAMED: usize = 10;

/// How much of a list a table holds, and whether origins tell its prices apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Rows and lines, those left out among them: each has a number.
    rows: u64,
    /// Units, conditions, levels and origins that occur together in rows that are taken.
    facets: usize,
    /// Sources of rows that are taken.
    sources: usize,
    by_origin: bool,
}

impl Extent {
    /// What a table holds, whose prices origins tell apart or not.
    pub fn of_table(by_origin: bool) -> Extent {
        Extent { rows: MOST_ROWS, facets: MOST_FACETS as usize, sources: MOST_SOURCES, by_origin }
    }

    /// Holds a number of rows to the limit.
    fn hold_rows(&self, rows: u64, file: &str) -> Result<(), ImportError> {
        let most = self.rows;
        if rows <= most {
            return Ok(());
        }
        Err(ImportError::TooLarge {
            file: file.to_owned(),
            problem: format!("{rows} rows or more, those left out among them; a list may have {most}"),
            hint: "build one table for each part of the list, by chapter or by year",
        })
    }

    /// The same of facets.
    fn hold_facets(&self, facets: usize, file: &str) -> Result<(), ImportError> {
        let most = self.facets;
        if facets <= most {
            return Ok(());
        }
        let also = if self.by_origin { ", levels and origins" } else { " and levels" };
        Err(ImportError::TooLarge {
            file: file.to_owned(),
            problem: format!(
                "units, conditions{also} of rows that can be used occur together in {} ways or more; a list may have \
                 {most}",
                most + 1
            ),
            hint: "build one table for each part of the list, by unit or by region, and put them together",
        })
    }

    /// Holds a number of sources, of rows that are taken, to the limit.
    ///
    /// Errors: more; how many more hangs on how far the list was read.
    pub fn hold_sources(&self, sources: usize, file: &str) -> Result<(), ImportError> {
        let most = self.sources;
        if sources <= most {
            return Ok(());
        }
        Err(ImportError::TooLarge {
            file: file.to_owned(),
            problem: format!(
                "rows that can be used are of {} sources or more; a list may have {most}",
                most + 1
            ),
            hint: "build one table for each part of the list, by chapter or by year",
        })
    }
}

/// Takes in the rows of a list as they are read: one for each thread that reads.
pub trait Sink: Send {
    /// Takes in some rows, whose numbers are places in lists. Each thread's lists are the same as far as
    /// they go, and may grow behind from call to call.
    fn take(&mut self, lists: &Lists, rows: &Rows<'_>);

    /// How many sources its rows are of; 0 where it does not count them, and they are not held to a limit.
    fn sources(&self) -> usize {
        0
    }
}

impl Sink for Parter {
    fn take(&mut self, lists: &Lists, rows: &Rows<'_>) {
        self.take(lists, rows);
    }

    fn sources(&self) -> usize {
        self.sources()
    }
}

/// A price list that was read.
///
/// Whatever the number of threads, their sinks have the same rows together; and the same rows give the same
/// names and columns from Parquet and from CSV, but for how they are numbered. Only the order of the lists
/// may differ, which is that in which names were met.
#[derive(Debug)]
pub struct ReadList<S> {
    /// What took the rows in.
    pub sinks: Vec<S>,
    /// What their numbers stand for. Names that only rows left out have stand there, too.
    pub lists: Lists,
    /// Rows and lines of the file, those left out, blank ones and the header of a CSV among them: none of
    /// its rows has a number beyond.
    pub lines: u64,
    /// Rows that are in no sink.
    pub left_out: LeftOut,
    /// Prices written with more digits than their double gives back: a decimal becomes the nearest double,
    /// from which [`decimal_of`] gets back the very number that was written, if it had up to fifteen digits.
    pub rounded: u64,
    /// SHA-256 of the file's bytes as they stand on the disk.
    pub file_hash: ContentHash,
}

impl<S: Sink> ReadList<S> {
    /// What threads took in, put together, and held to the limits that show only then.
    fn of(
        takings: Vec<Taking<'_, S>>,
        met: &Met,
        (map, extent, file): (&PriceMap, Extent, &str),
        (lines, file_hash): (u64, ContentHash),
    ) -> Result<Self, ImportError> {
        let (mut left_out, mut rounded, mut lists) = (LeftOut::default(), 0, Lists::default());
        met.bring_up(&mut lists, &footing::Stated::of(map, extent.by_origin))
            .map_err(|e| guarded::fault(file, None, e.to_string()))?;
        extent.hold_facets(lists.facets.len(), file)?;
        let mut sinks = Vec::new();
        for taking in takings {
            left_out.join(taking.left_out);
            rounded += taking.rounded;
            sinks.push(taking.sink);
        }
        Ok(ReadList { sinks, lists, lines, left_out, rounded, file_hash })
    }
}

/// Rows that were left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// How many.
    pub rows: u64,
    /// How many for each reason; a row counts for the first of its columns, in the order of the map.
    pub by_reason: BTreeMap<Reason, u64>,
    /// The first [`NAMED`] of them.
    pub first: Vec<BadRow>,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its number in the file: rows of Parquet count from 1, the header of a CSV is line 1.
    pub row: u64,
    /// Header of the column, or the field's name where the map has none; empty for a whole line.
    pub column: String,
    /// What stands there, cut after forty characters.
    pub value: String,
    /// What is wrong with it; [`Reason::advice`] says what to do.
    pub reason: Reason,
}

impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let BadRow { row, column, value, reason } = self;
        let advice = reason.advice();
        match column.as_str() {
            "" => write!(f, "row {row}: '{value}': {advice}"),
            column => write!(f, "row {row}, column '{column}': '{value}': {advice}"),
        }
    }
}

/// Reads a list: Parquet by its first bytes, all else as CSV, plain or gzip, which may come through a pipe. At most `threads` threads take
/// part (Parquet only; less than one is one), and each makes a sink for its rows.
///
/// Errors: a file that cannot be read, that is broken or changes meanwhile, that has more than a table holds, a
/// column of the map that it does not have or that cannot hold what it should; of several the first one in the
/// file, whatever the number of threads. A fault of this program is told as such. A bad row is no error: it is
/// left out and counted.
pub fn read<S: Sink>(
    path: &Path,
    map: &PriceMap,
    extent: Extent,
    threads: usize,
    sink: impl Fn() -> S + Sync,
) -> Result<ReadList<S>, ImportError> {
    let name = || path.display().to_string();
    let unread = |source| ImportError::Read { file: name(), source };
    // Looked at and read through one opening: a pipe gives these bytes to nobody else.
    let mut file = Looked::of(File::open(path).map_err(unread)?);
    let head = file.look().map_err(unread)?;
    let form = |problem: &str| ImportError::Form { file: name(), problem: problem.to_owned() };
    match head.get(..4).unwrap_or_default() {
        b"PAR1" if reading::is_stream(path) => Err(form(
            "Parquet cannot be read from a pipe, which gives its bytes once and in their order; save it to a file first",
        )),
        b"PAR1" => guarded::whole(path, || row_groups::read(path, map, extent, threads, sink)),
        b"PARE" => Err(form("an encrypted Parquet file; decrypt it first")),
        b"PK\x03\x04" => Err(form("a workbook or ZIP file; save it as CSV or Parquet")),
        _ => guarded::whole(path, || delimited::read(path, file, map, extent, sink())),
    }
}
