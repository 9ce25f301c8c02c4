//! The results of a batch as CSV, one line at a time: the columns of [`crate::assessed`], then the
//! columns of the input file that are not fields of a line, echoed. Text that a spreadsheet would
//! run as a formula is disarmed in both. Not the workbook, and no assessment.

use crate::assessed::{AssessedLine, Cell, header};
use std::io::Write;

/// Writes results, line by line, in the order they are given.
pub struct ResultsWriter<W: Write> {
    csv: csv::Writer<W>,
    extra: usize,
}

impl<W: Write> ResultsWriter<W> {
    /// Begins with the header line. An echoed column that is called as a column of the results
    /// stands as `input_…`, so that each header names one column.
    pub fn new(writer: W, extra_columns: &[String]) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(writer);
        let own = header();
        let mut names: Vec<String> = own.iter().map(|&name| name.to_owned()).collect();
        for column in extra_columns {
            let mut name = column.trim().to_owned();
            while names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                name.insert_str(0, "input_");
            }
            names.push(name);
        }
        let names = (names.into_iter()).map(|name| Cell::Text(name).csv());
        csv.write_record(names)?;
        Ok(ResultsWriter { csv, extra: extra_columns.len() })
    }

    /// Writes one line; `extra` are the cells of the echoed columns (missing ones stay empty).
    pub fn write(&mut self, line: &AssessedLine, extra: &[String]) -> csv::Result<()> {
        let echoed = (0..self.extra).map(|at| {
            extra.get(at).map_or_else(String::new, |text| Cell::Text(text.clone()).csv())
        });
        self.csv.write_record(line.record().into_iter().chain(echoed))
    }

    /// Writes out what is still held back, and gives the target.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.csv.flush()?;
        self.csv.into_inner().map_err(|e| e.into_error())
    }
}
