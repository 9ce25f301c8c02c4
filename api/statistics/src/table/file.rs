//! A price table in a container of columns: written once, mapped and looked up. Not how a table is
//! described, and no file: bytes in, bytes out.

use super::rows::Looked;
use super::{
    COUNTS, Calibrations, Columns, FIGURES, GroupCounts, PREDICTED, Places, PriceTable, Repeats, RowColumns,
    STRIDE, TableColumns, TableFacts,
};
use crate::calibration::{Calibration, Rules};
use crate::columnar::{Column, Container, Writer};
use crate::{METHOD, Parameters, StatisticsError};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;

/// Section that says that a container is a price table, and what its rows have in common.
const META: &str = "table.meta";
const COUNTS_OF: &str = "table.counts";
const FIGURES_OF: &str = "table.figures";
const PREDICTED_OF: &str = "table.predicted";
const WITHOUT: &str = "table.without";
const PRICES: &str = "table.prices";
const ROWS: &str = "table.rows";
const REPEATS: &str = "table.repeats";
const BEFORE: &str = "table.before";
const CALIBRATION: &str = "table.calibration";

#[derive(Serialize, Deserialize)]
struct Meta {
    facts: TableFacts,
    /// The rules the groups were described by.
    parameters: Parameters,
    /// [`METHOD`] of the program that described them.
    #[serde(default)]
    method: u32,
}

fn write_parts<W: Write, T: bytemuck::Pod>(
    out: &mut Writer<W>,
    name: &str,
    parts: &[impl AsRef<[T]>],
) -> Result<(), StatisticsError> {
    let parts: Vec<&[u8]> = parts.iter().map(|part| bytemuck::cast_slice(part.as_ref())).collect();
    out.section(name, &parts)
}

/// Writes them in bytes where all are.
fn write_repeats<W: Write>(out: &mut Writer<W>, parts: &[Repeats<'_>]) -> Result<(), StatisticsError> {
    let bytes: Option<Vec<&[u8]>> = (parts.iter())
        .map(|part| match part {
            Repeats::Bytes(bytes) => Some(*bytes),
            Repeats::Words(_) => None,
        })
        .collect();
    match bytes {
        Some(bytes) => out.section(REPEATS, &bytes),
        None => {
            let words: Vec<Vec<u32>> = parts.iter().map(|part| part.iter().collect()).collect();
            write_parts(out, REPEATS, &words)
        }
    }
}

/// Where the column of repeats lies.
#[derive(Debug)]
enum Kept {
    Bytes(Column<u8>),
    Words(Column<u32>),
}

impl Kept {
    fn of(container: &Container) -> Result<Kept, StatisticsError> {
        let length = |name| container.section(name).map_or(0, <[u8]>::len);
        // Prices take eight bytes.
        if length(REPEATS) * size_of::<f64>() == length(PRICES) {
            return Ok(Kept::Bytes(container.find(REPEATS)?));
        }
        Ok(Kept::Words(container.find(REPEATS)?))
    }

    fn lent<'a>(&self, container: &'a Container) -> Repeats<'a> {
        match self {
            Kept::Bytes(column) => Repeats::Bytes(container.get(column)),
            Kept::Words(column) => Repeats::Words(container.get(column)),
        }
    }
}

/// Writes most of a table: its rows and what is known of its groups before these are calibrated.
///
/// # Errors
/// [`StatisticsError::Io`] when writing fails.
pub fn write_rows<W: Write>(out: &mut Writer<W>, columns: &RowColumns<'_>) -> Result<(), StatisticsError> {
    write_parts(out, PRICES, &columns.prices)?;
    write_parts(out, ROWS, &columns.rows)?;
    write_repeats(out, &columns.repeats)?;
    write_parts(out, BEFORE, &columns.before)?;
    write_parts(out, COUNTS_OF, &columns.counts)?;
    write_parts(out, FIGURES_OF, &columns.figures)
}

/// Writes the rest of a table, the predictions of its groups and what it is, behind [`write_rows`].
///
/// # Errors
/// [`StatisticsError::Io`] when writing fails.
pub fn write_groups<W: Write>(
    out: &mut Writer<W>,
    facts: &TableFacts,
    parameters: &Parameters,
    columns: &TableColumns,
    calibrations: &Calibrations,
) -> Result<(), StatisticsError> {
    let meta = Meta { facts: facts.clone(), parameters: parameters.clone(), method: METHOD };
    let meta = serde_json::to_vec(&meta)
        .map_err(|e| StatisticsError::Damaged { detail: format!("the facts of a table: {e}") })?;
    out.section(META, &[&meta])?;
    write_parts(out, PREDICTED_OF, &columns.predicted)?;
    write_parts(out, WITHOUT, &columns.without)?;
    for (footing, calibration) in calibrations.all().iter().enumerate() {
        let numbers = calibration.as_ref().map(Calibration::to_numbers).unwrap_or_default();
        out.column(&calibration_of(footing), &numbers)?;
    }
    Ok(())
}

/// The section of a footing's calibration, by its number.
fn calibration_of(footing: usize) -> String {
    if footing == 0 { CALIBRATION.to_owned() } else { format!("{CALIBRATION}.{footing}") }
}

/// A price table in an opened container.
#[derive(Debug)]
pub struct TableFile {
    container: Container,
    pub(super) facts: Arc<TableFacts>,
    parameters: Parameters,
    method: u32,
    calibrations: Calibrations,
    places: Places,
    counts: Column<u32>,
    figures: Column<f64>,
    predicted: Column<f64>,
    without: Column<f64>,
    prices: Column<f64>,
    rows: Column<u64>,
    repeats: Kept,
    before: Column<f64>,
    pub(super) looked: Looked,
}

/// Whether a container holds a price table.
pub fn is_table(container: &Container) -> bool {
    container.section(META).is_some()
}

/// How many rows the price table of a container holds, by whatever method it was built.
pub fn rows_in(container: &Container) -> u64 {
    container.section(PRICES).map_or(0, |prices| (prices.len() / size_of::<f64>()) as u64)
}

impl TableFile {
    /// The table of a container; `None` where it holds another thing. Every number that points
    /// somewhere is proved to point inside, those of single rows when they are used.
    ///
    /// # Errors
    /// [`StatisticsError::Damaged`]: sections that do not fit together; [`StatisticsError::OtherMethod`]: a table by
    /// which this program cannot find its way.
    pub fn open(container: Container) -> Result<Option<TableFile>, StatisticsError> {
        let damaged = |detail: &str| StatisticsError::Damaged { detail: format!("price table: {detail}") };
        let Some(meta) = container.section(META) else { return Ok(None) };
        let Meta { facts, parameters, method } =
            serde_json::from_slice(meta).map_err(|e| damaged(&format!("its facts: {e}")))?;
        // Until method 5 predictions stood among the figures.
        if method != METHOD && container.section(PREDICTED_OF).is_none() {
            return Err(StatisticsError::OtherMethod { table: container.id(), found: method });
        }
        if !facts.fits() || !facts.facets.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its list of facets is not in order"));
        }
        let rules = Rules::of(&parameters);
        let mut learned = Vec::new();
        for footing in 0..facts.footings().len() {
            learned.push(match container.column::<f64>(&calibration_of(footing))? {
                [] => None,
                numbers => Some(
                    Calibration::of_numbers(numbers, rules)
                        .ok_or_else(|| damaged("its calibration is not whole"))?,
                ),
            });
        }
        let calibrations = Calibrations::of(&facts, learned);
        let mut file = TableFile {
            counts: container.find(COUNTS_OF)?,
            figures: container.find(FIGURES_OF)?,
            predicted: container.find(PREDICTED_OF)?,
            without: container.find(WITHOUT)?,
            prices: container.find(PRICES)?,
            rows: container.find(ROWS)?,
            repeats: Kept::of(&container)?,
            before: container.find(BEFORE)?,
            looked: Looked::default(),
            places: Places::default(),
            container,
            facts: Arc::new(facts),
            parameters,
            method,
            calibrations,
        };
        let table = file.table();
        let columns = &table.columns;
        let rows = columns.prices.len();
        if columns.rows.len() != rows || columns.repeats.len() != rows {
            return Err(damaged("its columns of rows differ in length"));
        }
        let groups = table.len();
        if columns.counts.len() != groups * COUNTS
            || columns.figures.len() != groups * FIGURES
            || columns.predicted.len() != groups * PREDICTED
        {
            return Err(damaged("its columns of groups differ in length"));
        }
        let (mut start, mut without, mut before) = (0u64, 0u64, 0u64);
        let mut last = None;
        for group in 0..groups {
            let c: GroupCounts = table.counts(group);
            let fits = u64::from(c.start) == start
                && u64::from(c.without) == without
                && c.n > 0
                && (c.hs as usize) < table.facts.codes.len()
                && (c.facet as usize) < table.facts.facets.len()
                && last < Some((c.hs, c.facet));
            if !fits {
                return Err(damaged(&format!("its group {group} is out of place")));
            }
            last = Some((c.hs, c.facet));
            start += u64::from(c.n);
            without += u64::from(c.left_out);
            before += u64::from(c.n.div_ceil(STRIDE as u32));
        }
        if start != rows as u64
            || 3 * without != columns.without.len() as u64
            || before != columns.before.len() as u64
        {
            return Err(damaged("its groups do not fill its columns"));
        }
        let places = Places::of(&table);
        file.places = places;
        Ok(Some(file))
    }

    /// The table.
    pub fn table(&self) -> PriceTable<'_> {
        PriceTable {
            facts: &self.facts,
            columns: Columns {
                counts: self.container.get(&self.counts),
                figures: self.container.get(&self.figures),
                predicted: self.container.get(&self.predicted),
                without: self.container.get(&self.without),
                prices: self.container.get(&self.prices),
                rows: self.container.get(&self.rows),
                repeats: self.repeats.lent(&self.container),
                before: self.container.get(&self.before),
            },
            calibrations: &self.calibrations,
            parameters: &self.parameters,
        }
    }

    /// Where its groups lie.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The container.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// What its rows have in common.
    pub fn facts(&self) -> &TableFacts {
        &self.facts
    }

    /// The rules its groups were described by.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// [`METHOD`] of the program that described its groups.
    pub fn method(&self) -> u32 {
        self.method
    }

    /// Proves that its groups were described as this program describes them. What another method has counted as
    /// one cannot be told apart again, so such a table is built anew, not described again.
    ///
    /// # Errors
    /// [`StatisticsError::OtherMethod`].
    pub fn same_method(&self) -> Result<(), StatisticsError> {
        match self.method == METHOD {
            true => Ok(()),
            false => Err(StatisticsError::OtherMethod { table: self.container.id(), found: self.method }),
        }
    }

    /// What its groups borrow from one another.
    pub(crate) fn calibrations(&self) -> &Calibrations {
        &self.calibrations
    }

    /// How many rows it holds.
    pub fn rows(&self) -> u64 {
        self.prices.len() as u64
    }
}
