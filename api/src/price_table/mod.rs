//! Large price lists: one observation a row, no page behind it, millions of rows, read from Parquet or
//! CSV into columns of codes, days and prices. A [`PriceMap`] says what the columns mean. Grouping and
//! statistics are not done here, and nothing of a row is kept that they do not need.
//!
//! ```no_run
//! # use api::price_table::{PriceMap, PriceTable};
//! let map = PriceMap::load("prices.toml".as_ref())?;
//! let table = PriceTable::read("prices.parquet".as_ref(), &map, 2)?;
//! for chunk in &table.chunks {
//!     for i in 0..chunk.len() {
//!         let _ = (table.hs[chunk.hs[i] as usize], chunk.price[i], chunk.row_number(i));
//!     }
//! }
//! # Ok::<(), api::import::ImportError>(())
//! ```

mod cells;
mod chunk;
mod delimited;
mod footing;
#[cfg(test)]
mod footing_tests;
mod map;
mod packed;
mod pages;
mod row_groups;
#[cfg(test)]
mod tests;

pub use cells::{HIGHEST_PRICE, LOWEST_PRICE, Reason, decimal_of};
pub use delimited::MOST_LINE;
pub use map::{Codes, Columns as MapColumns, Defaults, PriceMap};
pub use row_groups::MOST_GROUP_ROWS;

use crate::import::ImportError;
use model::{ContentHash, HsCode};
use serde::{Deserialize, Serialize};
use statistics::table::Facet;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Rows that are named among those left out.
pub const NAMED: usize = 10;

/// A price list as columns, in the order of the file.
///
/// Whatever the number of threads, the table is the same; and the same rows give the same names and
/// columns from Parquet and from CSV, but for where chunks end and how rows are numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTable {
    /// The rows, a chunk for a row group of Parquet or a million lines of CSV.
    pub chunks: Vec<Columns>,
    /// Subheadings, six digits, ascending: what [`Columns::hs`] counts in.
    pub hs: Vec<HsCode>,
    /// Units, conditions, levels and countries of origin, ascending: what [`Columns::facet`] counts in. Of
    /// origins `None` (not stated) comes first.
    pub facets: Vec<Facet>,
    /// Sources, ascending by bytes: what [`Columns::source`] counts in.
    pub sources: Vec<String>,
    /// Rows that are not in the table.
    pub left_out: LeftOut,
    /// Prices written with more digits than their double gives back (see [`Columns::price`]).
    pub rounded: u64,
    /// SHA-256 of the file's bytes as they stand on the disk.
    pub file_hash: ContentHash,
}

/// Rows side by side: the same place of every column is one row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    /// Place of the subheading in [`PriceTable::hs`].
    pub hs: Vec<u32>,
    /// Place of unit, condition, level and country of origin in [`PriceTable::facets`].
    pub facet: Vec<u16>,
    /// Day the price was seen, in days since 1970-01-01; a day of 1900 to 2999.
    pub day: Vec<i32>,
    /// Place of the source in [`PriceTable::sources`].
    pub source: Vec<u32>,
    /// Price of one unit of its facet in the map's currency, [`LOWEST_PRICE`] to [`HIGHEST_PRICE`].
    ///
    /// A double of the file is here as it is. A decimal is here as the nearest double, from which
    /// [`decimal_of`] gets back the very number that was written, if it had up to fifteen digits; prices
    /// for which that does not hold are counted in [`PriceTable::rounded`].
    pub price: Vec<f64>,
    /// Number in the file of the first row read into this chunk: rows of Parquet count from 1; rows of CSV
    /// have the numbers of their lines, the header being line 1.
    pub first: u64,
    /// Places, before anything was left out, of the rows left out and of blank lines, ascending.
    pub missing: Vec<u32>,
}

impl Columns {
    /// Rows in the chunk.
    pub fn len(&self) -> usize {
        self.price.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.price.is_empty()
    }
    /// Number of a row in the file.
    pub fn row_number(&self, at: usize) -> u64 {
        let mut place = at as u64;
        // One step for each missing row before it: the k-th one (from 0) stands before as long as fewer
        // than `at` rows plus k lie in front.
        let before = self.missing.iter().enumerate();
        let (mut low, mut high) = (0, before.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if u64::from(self.missing[middle]) - middle as u64 <= at as u64 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        place += low as u64;
        self.first + place
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

impl PriceTable {
    /// Reads a list: Parquet by its first bytes, all else as CSV, plain or gzip. At most `threads`
    /// threads take part (Parquet only; less than one is one).
    ///
    /// Errors: a file that cannot be read, that is broken or changes meanwhile, a column of the map that
    /// it does not have or that cannot hold what it should. A bad row is no error: it is left out and
    /// counted.
    pub fn read(path: &Path, map: &PriceMap, threads: usize) -> Result<PriceTable, ImportError> {
        let name = || path.display().to_string();
        let mut head = [0; 4];
        let mut length = 0;
        let mut file = File::open(path).map_err(|source| ImportError::Read { file: name(), source })?;
        while length < head.len() {
            match file.read(&mut head[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(source) => return Err(ImportError::Read { file: name(), source }),
            }
        }
        let form = |problem: &str| ImportError::Form { file: name(), problem: problem.to_owned() };
        let gathered = match &head {
            b"PAR1" => row_groups::read(path, map, threads)?,
            b"PARE" => return Err(form("an encrypted Parquet file; decrypt it first")),
            [b'P', b'K', 3, 4] => return Err(form("a workbook or ZIP file; save it as CSV or Parquet")),
            _ => delimited::read(path, map)?,
        };
        gathered.table(map, threads).map_err(|problem| form(&problem))
    }

    /// Leaves origins out of account.
    pub fn leave_origins(&mut self) {
        let mut left: Vec<Facet> = self.facets.iter().map(|f| Facet { origin: None, ..*f }).collect();
        left.dedup();
        let place = |f: &Facet| left.partition_point(|l| l.footing < f.footing) as u16;
        let places: Vec<u16> = self.facets.iter().map(place).collect();
        for number in self.chunks.iter_mut().flat_map(|chunk| &mut chunk.facet) {
            *number = places.get(usize::from(*number)).copied().unwrap_or_default();
        }
        self.facets = left;
    }

    /// Rows in the table.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Columns::len).sum()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chunks.iter().all(Columns::is_empty)
    }
}
