//! A file of declared lines opened by its first bytes, whatever its name: an XLSX workbook, Parquet, or CSV,
//! plain or gzip; with a bar that says how far the reading is.

use super::parquet::ParquetText;
use crate::commands::output;
use crate::declared_file::{self, DeclaredLines, DeclaredMap};
use crate::failure::Failure;
use crate::reading;
use crate::worksheet::SheetRows;
use indicatif::ProgressBar;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Lines of any kind of file.
pub type Lines = DeclaredLines<Box<dyn BufRead + Send>>;

/// Opens a file; `sheet` names the worksheet of a workbook that is not the first.
///
/// Errors: those of the kind of file; a sheet named where there is none.
pub fn open(
    path: &Path,
    map: Option<&DeclaredMap>,
    sheet: Option<&str>,
) -> Result<(Lines, ProgressBar), Failure> {
    let what = path.display().to_string();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(8).read_to_end(&mut head))
        .map_err(|e| Failure::from_io(&what, &e))?;
    if head.starts_with(b"PK\x03\x04") {
        let rows = SheetRows::open(path, sheet)?;
        // The header is no line.
        let bar = output::progress(rows.rows().saturating_sub(1), "lines");
        let counted = bar.clone();
        return Ok((declared_file::read_sheet(rows.counting(move || counted.inc(1)), &name, map)?, bar));
    }
    if sheet.is_some() {
        return Err(Failure::input(format!("{what}: --sheet names a sheet of a workbook, this is none")));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(Failure::input(format!("{what}: an old Excel workbook, or one with a password"))
            .hint("save it as .xlsx without a password, or as CSV in UTF-8"));
    }
    if head.starts_with(b"PAR1") {
        let (text, rows) = ParquetText::open(path)?;
        let map = map.map(|map| DeclaredMap { delimiter: Some(','), encoding: None, ..map.clone() });
        let bar = output::progress(rows, "lines");
        let counted = bar.clone();
        let text = text.counting(move |_| counted.inc(1));
        let reader: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(1 << 16, text));
        return Ok((declared_file::read(reader, &name, map.as_ref())?, bar));
    }
    let length = fs::metadata(path).map_err(|e| Failure::from_io(&what, &e))?.len();
    let bar = output::progress_bytes(length, "0 lines");
    let counted = bar.clone();
    let reader = reading::open_through(path, move |file| counted.wrap_read(file))?;
    Ok((declared_file::read(reader, &name, map)?, bar))
}
