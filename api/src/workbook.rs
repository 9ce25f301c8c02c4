//! The auditor's workbook: Summary, Findings, Schedules, Charts, Roll-ups, Importers, Method, Bad lines. Drawn from
//! assessed lines; no figure is calculated here but counts.

mod charts;
pub mod collect;
mod findings;
mod layout;
mod method;
pub mod schedules;
mod summary;
mod sums;

use crate::assessed::AssessedLine;
use crate::batch::patterns::Patterns;
use crate::batch::rollups::Rollups;
use crate::http::SourceNote;
use chrono::{DateTime, NaiveDate, Utc};
use collect::Lines;
use layout::Styles;
use model::{CAVEAT, Currency, VerdictCode};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use schedules::Schedule;
use statistics::Parameters;
use std::io::{Seek, Write};

/// What the workbook says of the batch as a whole.
#[derive(Debug, Clone)]
pub struct BatchNote {
    /// Name of the file that was assessed.
    pub file: String,
    /// Its SHA-256.
    pub input_hash: String,
    /// When; also the creation time written into the file, so that equal input gives equal bytes.
    pub assessed_at: DateTime<Utc>,
    /// The command that does it again.
    pub again: String,
    /// Date of lines that state none.
    pub as_of: NaiveDate,
    /// Where the prices come from.
    pub sources: Vec<SourceNote>,
    /// The snapshot lines were held to: SHA-256, and what it holds in words.
    pub snapshot: (String, String),
    /// Its currency.
    pub currency: Currency,
    /// The rules' numbers, by value.
    pub parameters: Parameters,
    /// SHA-256 of the model that held descriptions against codes, where there was one.
    pub hs_model: Option<String>,
    /// The batch as a whole, in sentences: its false discovery rate.
    pub discovery: String,
    /// On what flag rates were measured, in a sentence.
    pub calibration: String,
    /// Whether importers are hashed.
    pub importers_hashed: bool,
    /// The lines added up.
    pub rollups: Rollups,
    /// The test of importers' price levels.
    pub patterns: Patterns,
    /// Schedules of the first findings that ask, in the order of work.
    pub schedules: Vec<Schedule>,
}

/// Rows of a sheet below its header: the limit of the format.
const MOST_ROWS: usize = 1_048_575;

/// Writes the workbook of lines whose taking was ended.
///
/// # Errors
/// Those of the writer.
pub fn write<W: Write + Seek + Send>(writer: W, lines: &Lines, note: &BatchNote) -> Result<(), XlsxError> {
    let styles = Styles::new();
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(note.assessed_at.timestamp())?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title("Price check of declared lines")
            .set_comment(CAVEAT)
            .set_creation_datetime(&created),
    );
    summary::sheet(workbook.add_worksheet(), lines, note, &styles)?;
    // Findings point to the rows of their schedules, which are known when these are written.
    workbook.add_worksheet().set_name("Findings")?;
    let places = schedules::sheet(workbook.add_worksheet(), note, lines, &styles)?;
    findings::sheet(workbook.worksheet_from_name("Findings")?, lines, &places, note, &styles)?;
    charts::sheet(workbook.add_worksheet(), lines, note, &styles)?;
    sums::rollups(workbook.add_worksheet(), note, &styles)?;
    sums::patterns(workbook.add_worksheet(), note, &styles)?;
    method::sheet(workbook.add_worksheet(), note, &styles)?;
    findings::bad_lines(workbook.add_worksheet(), lines, note, &styles)?;
    workbook.save_to_writer(writer)
}

/// Whether a line has a reason to ask, strong or not.
pub fn asks(line: &AssessedLine) -> bool {
    line.result
        .as_ref()
        .is_ok_and(|v| matches!(v.verdict, VerdictCode::StrongReasonToAsk | VerdictCode::ReasonToAsk))
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
