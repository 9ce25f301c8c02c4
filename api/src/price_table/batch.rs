//! Some thousand rows of a list side by side, in room that is used again for the next ones: bad rows are
//! counted and named, the others handed on. What cells mean and where they come from is not known here.

use super::cells::{Bad, Cells, Reason};
use super::footing::Stated;
use super::map::PriceMap;
use super::met::Met;
use super::{BadRow, Extent, LeftOut, NAMED, Sink};
use statistics::table::{Lists, Rows};

/// Rows of a batch: its columns stay in a processor's near memory.
pub(super) const BATCH: usize = 1 << 13;

/// The columns of a list, in the order in which the map names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Hs,
    Origin,
    Date,
    Source,
    Price,
    Unit,
    Condition,
    Level,
}

/// How many there are.
pub(super) const COLUMNS: usize = 8;

impl Column {
    pub const ALL: [Column; COLUMNS] = [
        Column::Hs,
        Column::Origin,
        Column::Date,
        Column::Source,
        Column::Price,
        Column::Unit,
        Column::Condition,
        Column::Level,
    ];
    /// Those of the footing, which need not be read where the map does not name them.
    pub const FOOTING: [Column; 3] = [Column::Unit, Column::Condition, Column::Level];
    /// Its key in the map.
    pub fn name(self) -> &'static str {
        match self {
            Column::Hs => "hs",
            Column::Origin => "origin",
            Column::Date => "date",
            Column::Source => "source",
            Column::Price => "price",
            Column::Unit => "unit",
            Column::Condition => "condition",
            Column::Level => "level",
        }
    }
    /// Its header in the list.
    pub fn header(self, map: &PriceMap) -> Option<&str> {
        let columns = &map.columns;
        match self {
            Column::Hs => &columns.hs,
            Column::Origin => &columns.origin,
            Column::Date => &columns.date,
            Column::Source => &columns.source,
            Column::Price => &columns.price,
            Column::Unit => &columns.unit,
            Column::Condition => &columns.condition,
            Column::Level => &columns.level,
        }
        .as_deref()
    }
}

/// What makes a row no row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// A blank line: none was meant.
    Blank,
    /// A line that cannot be cut into cells, by number of the entry.
    Line(usize),
    /// A cell, by number of the column's entry.
    Cell(Column, usize),
    /// A price for one plain unit that lies out of range, by number of the entry.
    Converted(usize),
}

/// Rows as they were read.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub hs: Vec<u32>,
    /// Numbers of origins as they are read, of facets as they are handed on.
    pub facet: Vec<u16>,
    pub day: Vec<i32>,
    pub source: Vec<u32>,
    pub price: Vec<f64>,
    /// Numbers of unit, condition and level; empty where the list states none.
    pub footing: [Vec<u32>; 3],
    /// Rows with a fault, and which.
    pub faults: Vec<(u32, Fault)>,
    missing: Vec<u32>,
}

impl Batch {
    /// Makes room for so many rows, at most [`BATCH`]; what stands in them is of no meaning.
    pub fn resize(&mut self, rows: usize, stated: [bool; 3]) {
        self.hs.resize(rows, 0);
        self.facet.resize(rows, 0);
        self.day.resize(rows, 0);
        self.source.resize(rows, 0);
        self.price.resize(rows, 0.0);
        for (column, _) in self.footing.iter_mut().zip(stated).filter(|(_, stated)| *stated) {
            column.resize(rows, 0);
        }
    }

    /// Notes the bad ones of a column's cells.
    pub fn find<C: Cells>(faults: &mut Vec<(u32, Fault)>, column: Column, cells: &C, values: &[C::Out]) {
        if !cells.all_bad().is_empty() {
            let rows = (0u32..).zip(values);
            let bad = rows.filter_map(|(row, value)| Some((row, Fault::Cell(column, C::bad(*value)?))));
            faults.extend(bad);
        }
    }
}

/// Where a thread's rows go.
#[derive(Debug)]
pub(super) struct Taking<'a, S> {
    pub sink: S,
    pub left_out: LeftOut,
    pub rounded: u64,
    lists: Lists,
    map: &'a PriceMap,
    met: &'a Met,
    stated: Stated,
    most_facets: usize,
}

impl<'a, S: Sink> Taking<'a, S> {
    pub fn new(sink: S, map: &'a PriceMap, extent: Extent, met: &'a Met) -> Self {
        let (left_out, lists) = (LeftOut::default(), Lists::default());
        let (stated, most_facets) = (Stated::of(map, extent.by_origin), extent.facets);
        Taking { sink, left_out, rounded: 0, lists, map, met, stated, most_facets }
    }

    /// Counts and names the rows with a fault, and hands the others on. `first` is the number of the first
    /// one in its list, from 0, `shown` what is added to it for people; entries are those of lines and of
    /// columns.
    ///
    /// Errors: a name that is none, which would be a fault of this program.
    pub fn take(
        &mut self,
        batch: &mut Batch,
        (first, shown): (u64, u64),
        (lines, cells): (&Bad, [&Bad; COLUMNS]),
    ) -> Result<(), String> {
        self.stated.settle(batch, self.met).map_err(|e| e.to_string())?;
        self.met.bring_up(&mut self.lists, &self.stated).map_err(|e| e.to_string())?;
        batch.missing.clear();
        for (row, fault) in &batch.faults {
            batch.missing.push(*row);
            let entry = match *fault {
                Fault::Blank => None,
                Fault::Line(at) => lines.entry(at),
                Fault::Cell(column, at) => cells[column as usize].entry(at),
                Fault::Converted(at) => self.stated.out_of_range(at),
            };
            let Some((reason, value)) = entry else { continue };
            let column = match fault {
                Fault::Cell(column, _) => column.header(self.map).unwrap_or(column.name()),
                Fault::Converted(_) => Column::Price.header(self.map).unwrap_or(Column::Price.name()),
                _ => "",
            };
            self.left_out.add(first + shown + u64::from(*row), column, *reason, value);
        }
        batch.faults.clear();
        let Batch { hs, facet, day, source, price, missing, .. } = batch;
        // A list of more rows than a number of these can count is refused when it is read.
        let first = u32::try_from(first).unwrap_or(u32::MAX).min(u32::MAX / 2);
        // Nor are there numbers for more facets: it is refused where this stretch of it ends.
        if self.lists.facets.len() <= self.most_facets {
            self.sink.take(&self.lists, &Rows { first, missing, hs, facet, day, source, price });
        }
        Ok(())
    }
}

impl LeftOut {
    fn add(&mut self, row: u64, column: &str, reason: Reason, value: &str) {
        self.rows += 1;
        *self.by_reason.entry(reason).or_default() += 1;
        if self.first.len() < NAMED {
            self.first.push(BadRow { row, column: column.to_owned(), value: value.to_owned(), reason });
        }
    }

    /// Puts those of another to these, in the order of their rows.
    pub(super) fn join(&mut self, other: LeftOut) {
        self.rows += other.rows;
        for (reason, count) in other.by_reason {
            *self.by_reason.entry(reason).or_default() += count;
        }
        self.first.extend(other.first);
        self.first.sort_by_key(|bad| bad.row);
        self.first.truncate(NAMED);
    }
}
