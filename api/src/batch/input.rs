//! Declared lines opened by their first bytes, whatever the name: an XLSX workbook, Parquet, or CSV, plain or
//! gzip; with a bar that says how far the reading is. CSV may come through a pipe, which gives its bytes once.

use super::parquet::ParquetText;
use crate::commands::output;
use crate::declared_file::{self, DeclaredLines, DeclaredMap};
use crate::failure::Failure;
use crate::reading::{self, Digesting, Looked};
use crate::worksheet::SheetRows;
use indicatif::ProgressBar;
use model::ContentHash;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Lines of any kind of file.
pub type Lines = DeclaredLines<Box<dyn BufRead + Send>>;

/// Lines to be read.
pub struct Opened {
    /// The lines.
    pub lines: Lines,
    /// How far they are read.
    pub bar: ProgressBar,
    /// What they are read from.
    pub bytes: Bytes,
}

/// The bytes that lines are read from.
pub enum Bytes {
    /// Of a file, which can be read once more.
    Kept(PathBuf),
    /// Of a pipe, by its name in messages; digested as they pass.
    Passing(String, Digesting<Looked<File>>),
}

impl Bytes {
    /// SHA-256 of all of them. Those of a pipe are read to their end.
    pub fn hash(&self) -> Result<ContentHash, Failure> {
        match self {
            Bytes::Kept(path) => reading::hash_of(path),
            Bytes::Passing(what, bytes) => bytes.hash().map_err(|e| Failure::from_io(what, &e)),
        }
    }
}

/// What lines are called in messages: a file by its name, a pipe, of which that is a number mostly, by its path.
pub fn name_of(path: &Path) -> String {
    let name = if reading::is_stream(path) { None } else { path.file_name() };
    name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Opens a file or a pipe; `sheet` names the worksheet of a workbook that is not the first.
///
/// Errors: those of the kind of file; a sheet named where there is none; a pipe with what is no CSV.
pub fn open(path: &Path, map: Option<&DeclaredMap>, sheet: Option<&str>) -> Result<Opened, Failure> {
    let what = path.display().to_string();
    let name = name_of(path);
    let failed = |e: io::Error| Failure::from_io(&what, &e);
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    // Looked at and read through one opening: a pipe gives these bytes to nobody else.
    let mut file = Looked::of(file);
    let head = file.look().map_err(failed)?;
    let kept = Bytes::Kept(path.to_owned());
    if head.starts_with(b"PK\x03\x04") {
        reading::needs_a_file(path, "a workbook")?;
        let rows = SheetRows::open(path, sheet)?;
        // The header is no line.
        let bar = output::progress(rows.rows().saturating_sub(1), "lines");
        let counted = bar.clone();
        let lines = declared_file::read_sheet(rows.counting(move || counted.inc(1)), &name, map)?;
        return Ok(Opened { lines, bar, bytes: kept });
    }
    if sheet.is_some() {
        return Err(Failure::input(format!("{what}: --sheet names a sheet of a workbook, this is none")));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(Failure::input(format!("{what}: an old Excel workbook, or one with a password"))
            .hint("save it as .xlsx without a password, or as CSV in UTF-8"));
    }
    if head.starts_with(b"PAR1") {
        reading::needs_a_file(path, "Parquet")?;
        let (text, rows) = ParquetText::open(path)?;
        let map = map.map(|map| DeclaredMap { delimiter: Some(','), encoding: None, ..map.clone() });
        let bar = output::progress(rows, "lines");
        let counted = bar.clone();
        let numeric = text.numeric();
        let text = text.counting(move |_| counted.inc(1));
        let reader: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(1 << 16, text));
        let lines = declared_file::read(reader, &name, map.as_ref())?.with_numbers(numeric);
        return Ok(Opened { lines, bar, bytes: kept });
    }
    // How long a pipe is only its end tells.
    let bar = output::progress_bytes(if about.is_file() { about.len() } else { 0 }, "0 lines");
    let (source, bytes): (Box<dyn Read + Send>, Bytes) = if about.is_file() {
        (Box::new(file), kept)
    } else {
        let digesting = Digesting::of(file);
        (Box::new(digesting.clone()), Bytes::Passing(what.clone(), digesting))
    };
    let reader = reading::unpacked(bar.wrap_read(source)).map_err(failed)?;
    Ok(Opened { lines: declared_file::read(reader, &name, map)?, bar, bytes })
}
