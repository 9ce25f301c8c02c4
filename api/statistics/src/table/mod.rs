//! Price tables: tens of millions of prices without pages of their own (an administration's price
//! collection, a statistical office's microdata), grouped by subheading, unit, condition, commercial level
//! and origin, described once and looked up by line. Not offers with pages (the reference index holds those); what both are
//! judged by is the same (`votes`, `distribution`, `calibration`, `judge`).
//!
//! One row is one price of one source on one day. Rows carry no name, so nothing tells that two of
//! them are one product: each is goods of its own, and a source's k rows in a group weigh 1/k each.
//!
//! The way of a table: rows are parted by subheading as they are read (`parting`) and sorted by price within
//! each group (`sort`); each group is described by itself (`group`); the groups' calibration is learned and each
//! one's prediction kept (`build`); the columns are written and mapped (`file`); a line's price is
//! judged from them (`line`, `head`), or those of many lines together (`many`).
//!
//! Tables are put together, and lists put to them, by their groups (`unite`, `merge`): what a build of all
//! their lists would give, byte for byte. What moved between two of them says `diff`.

mod build;
pub mod diff;
mod facets;
mod file;
mod group;
mod head;
mod line;
mod many;
mod merge;
mod parting;
mod predictor;
mod renumbered;
mod repeats;
mod rows;
mod shape;
mod sort;
mod unite;

pub use build::{build, given_up};
pub use facets::{Calibrations, Facet, Footing};
pub use file::{TableFile, is_table, rows_in, write_groups, write_rows};
pub use head::Places;
pub use line::{Judgement, NothingInside, OtherDays, PriceFigures};
pub use many::Asked;
pub use merge::{Merged, Merging, merge};
pub use parting::{Bounds, ListRows, MOST_FACETS, Parted, Parter};
pub use repeats::{Repeats, RepeatsColumn};
pub use unite::{Numbers, United, unite};

use crate::Parameters;
use chrono::NaiveDate;
use model::{ContentHash, Currency, HsCode};
use serde::{Deserialize, Serialize};

/// Most rows of a table: their numbers stand in 28 bits.
pub const MOST_ROWS: u64 = 1 << 28;
/// Most sources that rows of a table have: their numbers stand in 17 bits.
pub const MOST_SOURCES: usize = 1 << 17;
/// Most subheadings times facets: a number of both in one is a place in memory.
pub const MOST_CELLS: u64 = 1 << 28;
/// The day numbered 0.
pub const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();
/// From [`FIRST_DAY`] to 1970-01-01.
pub const DAYS_TO_1970: i32 = 25_567;
/// Most days: their numbers stand in 19 bits, to the year 3335.
pub const MOST_DAYS: u32 = 1 << 19;

/// Rows of a price list, in columns of equal length. Codes, facets and sources are numbers in [`Lists`].
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Number of the first row in its list, from 0.
    pub first: u32,
    /// Places of rows that are left out, rising: they have numbers, too, and anything may stand there.
    pub missing: &'a [u32],
    /// Subheading.
    pub hs: &'a [u32],
    /// Unit, condition, commercial level and country of origin.
    pub facet: &'a [u16],
    /// Days since 1970-01-01; not before 1900.
    pub day: &'a [i32],
    /// Who states the price: one seller, one vote.
    pub source: &'a [u32],
    /// Price of one unit, above zero and finite.
    pub price: &'a [f64],
}

/// What the numbers of a price list's rows stand for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lists {
    /// Subheadings.
    pub codes: Vec<HsCode>,
    /// Units, conditions, levels and origins.
    pub facets: Vec<Facet>,
    /// Names of the sources.
    pub sources: Vec<String>,
}

/// What all rows of a table have in common, and the lists their numbers point into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "facets::Form", try_from = "facets::Form")]
pub struct TableFacts {
    /// Currency of every price.
    pub currency: Currency,
    /// Day that recency is reckoned from in the kept predictions.
    pub as_of: NaiveDate,
    /// Whether codes are taken as they stand; else they are those of HS 2022.
    pub codes_as_stated: bool,
    /// Subheadings, rising.
    pub codes: Vec<HsCode>,
    /// Units, conditions, levels and origins of the groups, rising; of origins `None`, not stated, first.
    pub facets: Vec<Facet>,
    /// Names of the sources, rising.
    pub sources: Vec<String>,
    /// The files the rows were read from, in the order of their hashes and row numbers.
    pub files: Vec<PriceFile>,
}

/// A file that rows of a table were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceFile {
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its bytes.
    pub hash: ContentHash,
    /// Number of its first row in the table.
    pub first: u32,
    /// Its rows and lines, blank ones and the header of a CSV among them: each has a number.
    pub rows: u32,
    /// How many of them could not be used.
    #[serde(default)]
    pub left_out: u32,
}

/// Whole numbers of a group, by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupCounts {
    /// Number of the subheading.
    pub hs: u32,
    /// Number of the facet: unit, condition, level and origin.
    pub facet: u32,
    /// Its first row in the sorted columns.
    pub start: u32,
    /// Rows.
    pub n: u32,
    /// Sources.
    pub sellers: u32,
    /// Rows taken out as slips.
    pub slips: u32,
    /// Most rows of one source.
    pub top: u32,
    /// First day, since [`FIRST_DAY`].
    pub first_day: u32,
    /// Last day.
    pub last_day: u32,
    /// 1: it may have several price levels.
    pub levels: u32,
    /// First of its predictions with one source left out.
    pub without: u32,
    /// How many of these: 0 in a group that is not small.
    pub left_out: u32,
}

/// How many numbers a group's counts are.
pub(crate) const COUNTS: usize = 12;

impl GroupCounts {
    pub(crate) fn to_numbers(self) -> [u32; COUNTS] {
        [
            self.hs,
            self.facet,
            self.start,
            self.n,
            self.sellers,
            self.slips,
            self.top,
            self.first_day,
            self.last_day,
            self.levels,
            self.without,
            self.left_out,
        ]
    }
    pub(crate) fn of_numbers(n: &[u32; COUNTS]) -> GroupCounts {
        let [hs, facet, start, n, sellers, slips, top, first_day, last_day, levels, without, left_out] = *n;
        GroupCounts {
            hs,
            facet,
            start,
            n,
            sellers,
            slips,
            top,
            first_day,
            last_day,
            levels,
            without,
            left_out,
        }
    }
}

/// Quantiles of a group's prices that are kept as they stand: R-7 on prices, every row once.
pub const QUANTILES: [f64; 9] = [0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99];

/// Figures of a group. Those on logs are of the votes: one source one vote, slips taken out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupFigures {
    /// Effective votes.
    pub n_eff: f64,
    /// Σw.
    pub total: f64,
    /// Median of the logs.
    pub median: f64,
    /// Lower quartile of the logs.
    pub q1: f64,
    /// Upper quartile of the logs.
    pub q3: f64,
    /// 1.4826 × MAD of the logs.
    pub spread: f64,
    /// Mean of the predictive Student-t of the next log price on the table's day.
    pub mean: f64,
    /// Its scale.
    pub sd: f64,
    /// Its degrees of freedom; 0: not calibrated.
    pub dof: f64,
    /// Largest ratio detected with 80 % power, by the calibration; else by the group's own spread.
    pub detectable: f64,
    /// [`QUANTILES`] of the prices.
    pub quantiles: [f64; 9],
}

/// Smallest rank p by Σw, a whole source's vote being the largest.
fn smallest_p(total: f64) -> f64 {
    1.0 / (1.0 + total)
}

/// How many numbers a group's figures are, but for its prediction.
pub(crate) const FIGURES: usize = 15;
/// How many numbers its prediction is, with what it detects.
pub(crate) const PREDICTED: usize = 4;

impl GroupFigures {
    /// Smallest rank p that the group can give.
    pub fn smallest_p(&self) -> f64 {
        smallest_p(self.total)
    }

    pub(crate) fn to_numbers(self) -> [f64; FIGURES] {
        let [a, b, c, d, e, f, g, h, i] = self.quantiles;
        let (n, t) = (self.n_eff, self.total);
        [n, t, self.median, self.q1, self.q3, self.spread, a, b, c, d, e, f, g, h, i]
    }
    pub(crate) fn predicted(self) -> [f64; PREDICTED] {
        [self.mean, self.sd, self.dof, self.detectable]
    }
    pub(crate) fn of_numbers(n: &[f64; FIGURES], predicted: &[f64; PREDICTED]) -> GroupFigures {
        let [n_eff, total, median, q1, q3, spread, a, b, c, d, e, f, g, h, i] = *n;
        let [mean, sd, dof, detectable] = *predicted;
        let quantiles = [a, b, c, d, e, f, g, h, i];
        GroupFigures { n_eff, total, median, q1, q3, spread, mean, sd, dof, detectable, quantiles }
    }
}

/// Every how many rows the sum of the weights before stands in a column of its own.
pub(crate) const STRIDE: usize = 16;

/// The columns of a table, wherever they lie.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Counts of each group, [`COUNTS`] numbers; groups rise by subheading, then facet.
    pub counts: &'a [u32],
    /// Figures of each group, [`FIGURES`] numbers.
    pub figures: &'a [f64],
    /// Its prediction: mean, scale, degrees of freedom and what it detects.
    pub predicted: &'a [f64],
    /// Predictions with one source left out: mean, scale, degrees of freedom.
    pub without: &'a [f64],
    /// Prices, rising within a group.
    pub prices: &'a [f64],
    /// Source (17 bits), day (19 bits) and number (28 bits) of each row.
    pub rows: &'a [u64],
    /// How many rows its source has in the group: the row weighs one over this; 0: a slip.
    pub repeats: Repeats<'a>,
    /// Σw before every 16th row of a group, groups one behind the other.
    pub before: &'a [f64],
}

/// The columns of a described table as built: in parts, one behind the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableColumns {
    /// See [`Columns`].
    pub counts: Vec<Vec<[u32; COUNTS]>>,
    /// See [`Columns`].
    pub figures: Vec<Vec<[f64; FIGURES]>>,
    /// See [`Columns`].
    pub predicted: Vec<Vec<[f64; PREDICTED]>>,
    /// See [`Columns`].
    pub without: Vec<Vec<f64>>,
    /// See [`Columns`].
    pub prices: Vec<Vec<f64>>,
    /// See [`Columns`].
    pub rows: Vec<Vec<u64>>,
    /// See [`Columns`].
    pub repeats: Vec<RepeatsColumn>,
    /// See [`Columns`].
    pub before: Vec<Vec<f64>>,
}

/// Those among the [`TableColumns`] that stand before the groups are calibrated, lent.
#[derive(Debug)]
pub struct RowColumns<'a> {
    prices: Vec<&'a [f64]>,
    rows: Vec<&'a [u64]>,
    repeats: Vec<Repeats<'a>>,
    before: Vec<&'a [f64]>,
    counts: Vec<&'a [[u32; COUNTS]]>,
    figures: Vec<&'a [[f64; FIGURES]]>,
}

impl TableColumns {
    /// How many groups the columns describe.
    pub fn groups(&self) -> usize {
        self.counts.iter().map(Vec::len).sum()
    }

    /// How many groups and rows there are on each footing.
    pub fn by_footing(&self, facts: &TableFacts) -> Vec<(Footing, u64, u64)> {
        let numbers = facts.footing_numbers();
        let mut all: Vec<_> = facts.footings().into_iter().map(|footing| (footing, 0, 0)).collect();
        for counts in self.counts.iter().flatten() {
            let counts = GroupCounts::of_numbers(counts);
            let of = &mut all[usize::from(numbers[counts.facet as usize])];
            (of.1, of.2) = (of.1 + 1, of.2 + u64::from(counts.n));
        }
        all
    }
}

/// A row's source, day and number in one.
pub(crate) fn packed(source: u32, day: u32, row: u32) -> u64 {
    u64::from(source) << 47 | u64::from(day) << 28 | u64::from(row)
}

/// Source, day and number of a row.
pub(crate) fn unpacked(row: u64) -> (u32, u32, u32) {
    ((row >> 47) as u32, (row >> 28) as u32 & (MOST_DAYS - 1), (row & 0x0fff_ffff) as u32)
}

/// A described table with its calibration, ready for lines.
#[derive(Debug, Clone)]
pub struct PriceTable<'a> {
    /// What its rows have in common.
    pub facts: &'a TableFacts,
    /// Its columns.
    pub columns: Columns<'a>,
    /// What the groups borrow from one another, on each footing.
    pub calibrations: &'a Calibrations,
    /// The rules it was described by.
    pub parameters: &'a Parameters,
}
