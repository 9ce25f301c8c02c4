//! A worksheet of an XLSX workbook, row by row: what stands in each cell, and whether it is a text, a number
//! or a day. A thread reads ahead of whoever takes the rows; only the workbook's texts and styles are in
//! memory. What the columns mean is not known here.

use crate::failure::Failure;
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Columns that a sheet may have.
const MOST_COLUMNS: usize = 2_000;
/// Bytes, unpacked, of each part of a workbook that is read whole: its texts, its styles.
pub const MOST_WHOLE: u64 = 512 << 20;
/// Rows handed over at once, and how many such heaps may wait.
const ROWS: usize = 256;
const HEAPS: usize = 4;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetCell {
    /// A text, as it is.
    Text(String),
    /// A number, with the 15 digits that spreadsheets show; its number format, leading zeros among it, is
    /// not applied.
    Number(String),
    /// A day, `2026-09-15`, or a moment, `2026-09-15T14:30:00`.
    Day(String),
    /// An error value such as `#N/A`.
    Error(String),
}

impl SheetCell {
    /// The cell in words.
    pub fn text(&self) -> &str {
        match self {
            SheetCell::Text(t) | SheetCell::Number(t) | SheetCell::Day(t) | SheetCell::Error(t) => t,
        }
    }
}

/// A row that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// Its number in the sheet.
    pub number: u64,
    /// Column (from 0) and content of the cells that are not empty, in the file's order.
    pub cells: Vec<(usize, SheetCell)>,
}

/// Letters of a column: A, Z, AA.
pub fn letters(column: usize) -> String {
    let mut left = column + 1;
    let mut out = Vec::new();
    while left > 0 {
        left -= 1;
        out.push(b'A' + (left % 26) as u8);
        left /= 26;
    }
    out.iter().rev().map(|&byte| char::from(byte)).collect()
}

/// What the thread hands over.
enum Sent {
    Head { headers: Vec<String>, rows: u64 },
    Rows(Vec<SheetRow>),
    Broken(String),
    End,
}

/// Why the thread stops early: something is wrong, or nobody listens any more.
enum Stop {
    Broken(String),
    Gone,
}

impl From<XlsxError> for Stop {
    fn from(error: XlsxError) -> Self {
        Stop::Broken(error.to_string())
    }
}

/// The rows below the header.
pub struct SheetRows {
    from: Receiver<Sent>,
    ready: std::vec::IntoIter<SheetRow>,
    ended: bool,
    headers: Vec<String>,
    rows: u64,
    each: Option<Box<dyn FnMut() + Send>>,
}

impl SheetRows {
    /// Opens the sheet of that name, or the first that is a worksheet and visible, and reads its header: the
    /// first row that is not empty.
    ///
    /// Errors: no XLSX workbook; no such sheet, with those there are; an empty one; a part that is read
    /// whole and larger than [`MOST_WHOLE`]; more than 2,000 columns.
    pub fn open(path: &Path, sheet: Option<&str>) -> Result<SheetRows, Failure> {
        let what = path.display().to_string();
        let file = File::open(path).map_err(|e| Failure::from_io(&what, &e))?;
        guard(&file, MOST_WHOLE)
            .map_err(|problem| Failure::input(format!("{what}: {problem}")).hint(HINT))?;
        let (to, from) = sync_channel(HEAPS);
        let wanted = sheet.map(str::to_owned);
        let path = path.to_owned();
        thread::Builder::new()
            .name("worksheet".to_owned())
            .spawn(move || match work(&path, wanted.as_deref(), &to) {
                Ok(()) => drop(to.send(Sent::End)),
                Err(Stop::Broken(problem)) => drop(to.send(Sent::Broken(problem))),
                Err(Stop::Gone) => {}
            })
            .map_err(|e| Failure::from_io(&what, &e))?;
        match from.recv() {
            Ok(Sent::Head { headers, rows }) => {
                let ready = Vec::new().into_iter();
                Ok(SheetRows { from, ready, ended: false, headers, rows, each: None })
            }
            Ok(Sent::Broken(problem)) => Err(Failure::input(format!("{what}: {problem}")).hint(HINT)),
            // The reader met something it was not made for.
            _ => Err(Failure::input(format!("{what}: the workbook is damaged")).hint(HINT)),
        }
    }

    /// Calls this with every row.
    pub fn counting(mut self, each: impl FnMut() + Send + 'static) -> SheetRows {
        self.each = Some(Box::new(each));
        self
    }
    /// The header's cells; empty where it has none.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }
    /// Rows of the sheet as it states them, with the header; 0 where it does not.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

/// What to do with a workbook that cannot be read.
const HINT: &str = "save it as .xlsx anew, or as CSV in UTF-8";

impl Iterator for SheetRows {
    type Item = Result<SheetRow, String>;
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.ready.next() {
                if let Some(each) = &mut self.each {
                    each();
                }
                return Some(Ok(row));
            }
            if self.ended {
                return None;
            }
            match self.from.recv() {
                Ok(Sent::Rows(rows)) => self.ready = rows.into_iter(),
                Ok(Sent::Head { .. }) => {}
                Ok(Sent::End) => self.ended = true,
                Ok(Sent::Broken(problem)) => {
                    self.ended = true;
                    return Some(Err(problem));
                }
                Err(_) => {
                    self.ended = true;
                    return Some(Err("the workbook is damaged".to_owned()));
                }
            }
        }
    }
}

/// Refuses what would fill the memory: parts that are read whole are unpacked once and counted.
fn guard(file: &File, most: u64) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file))
        .map_err(|e| format!("neither CSV, Parquet nor an XLSX workbook ({e})"))?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|e| e.to_string())?;
        let name = entry.name().map_err(|e| e.to_string())?.to_ascii_lowercase();
        let whole = name.ends_with(".xml") || name.ends_with(".rels");
        if !whole || name.contains("worksheets/") {
            continue;
        }
        let texts = name.ends_with("sharedstrings.xml");
        let mut entry = entry.take(most + 1);
        let mut head = Vec::new();
        let broken = |e: std::io::Error| format!("{name}: {e}");
        entry.by_ref().take(1 << 12).read_to_end(&mut head).map_err(broken)?;
        let rest = std::io::copy(&mut entry, &mut std::io::sink()).map_err(broken)?;
        let length = head.len() as u64 + rest;
        if length > most {
            return Err(format!("{name} is larger than {} MB unpacked", most >> 20));
        }
        // Room is made for as many texts as are announced.
        if texts && announced(&head).is_some_and(|count| count > length) {
            return Err(format!("{name} announces more texts than it can hold"));
        }
    }
    Ok(())
}

/// The number of texts that the head of a list of them announces.
fn announced(head: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(head);
    let (_, behind) = text.split_once("uniqueCount")?;
    let digits: String =
        behind.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    // Too many digits for a number are too many texts.
    Some(digits.parse().unwrap_or(u64::MAX))
}

fn work(path: &Path, wanted: Option<&str>, to: &SyncSender<Sent>) -> Result<(), Stop> {
    let send = |sent| to.send(sent).map_err(|_| Stop::Gone);
    let file = File::open(path).map_err(|e| Stop::Broken(e.to_string()))?;
    let mut workbook = Xlsx::new(BufReader::with_capacity(1 << 16, file))?;
    let sheet = chosen(&workbook, wanted).map_err(Stop::Broken)?;
    let mut cells = workbook.worksheet_cells_reader(&sheet)?;
    let end = cells.dimensions().end.0;
    let rows = if end == 0 { 0 } else { u64::from(end) + 1 };
    let mut headers: Option<Vec<String>> = None;
    let mut heap: Vec<SheetRow> = Vec::new();
    let mut row = SheetRow { number: 0, cells: Vec::new() };
    let mut finish = |row: SheetRow, heap: &mut Vec<SheetRow>| -> Result<(), Stop> {
        if row.cells.is_empty() {
            return Ok(());
        }
        if headers.is_none() {
            let named = header(&row).map_err(Stop::Broken)?;
            headers = Some(named.clone());
            return send(Sent::Head { headers: named, rows });
        }
        heap.push(row);
        if heap.len() == ROWS { send(Sent::Rows(std::mem::take(heap))) } else { Ok(()) }
    };
    while let Some(cell) = cells.next_cell()? {
        let (at, column) = cell.get_position();
        let number = u64::from(at) + 1;
        if number != row.number {
            let done = std::mem::replace(&mut row, SheetRow { number, cells: Vec::new() });
            finish(done, &mut heap)?;
        }
        if let Some(content) = content(cell.get_value()) {
            row.cells.push((column as usize, content));
        }
    }
    finish(row, &mut heap)?;
    if headers.is_none() {
        return Err(Stop::Broken(format!(
            "the sheet '{sheet}' is empty; its first row must name the columns"
        )));
    }
    send(Sent::Rows(heap))
}

/// The sheet of that name, or the first worksheet that is visible.
fn chosen<RS: Read + std::io::Seek>(workbook: &Xlsx<RS>, wanted: Option<&str>) -> Result<String, String> {
    let all = workbook.sheets_metadata();
    let sheets = || all.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match wanted {
        Some(name) => sheets().find(|sheet| sheet.name == name),
        None => sheets().find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| {
        let names: Vec<String> = sheets().map(|sheet| format!("'{}'", sheet.name)).collect();
        let names = if names.is_empty() { "no worksheet".to_owned() } else { names.join(", ") };
        match wanted {
            Some(name) => format!("no sheet '{name}'; the workbook has {names}"),
            None => format!("no visible worksheet; the workbook has {names}"),
        }
    })
}

fn header(row: &SheetRow) -> Result<Vec<String>, String> {
    let width = row.cells.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
    if width > MOST_COLUMNS {
        return Err(format!("{width} columns, at most {MOST_COLUMNS} are read"));
    }
    let mut out = vec![String::new(); width];
    for (at, cell) in &row.cells {
        out[*at] = cell.text().trim().to_owned();
    }
    Ok(out)
}

fn content(value: &DataRef<'_>) -> Option<SheetCell> {
    let text = |t: &str| (!t.trim().is_empty()).then(|| SheetCell::Text(t.to_owned()));
    match value {
        DataRef::Empty => None,
        DataRef::String(t) => text(t),
        DataRef::SharedString(t) => text(t),
        DataRef::Int(number) => Some(SheetCell::Number(number.to_string())),
        DataRef::Float(number) => Some(SheetCell::Number(shown(*number))),
        DataRef::Bool(flag) => Some(SheetCell::Text(flag.to_string())),
        DataRef::DateTime(at) if at.is_duration() => Some(SheetCell::Number(shown(at.as_f64()))),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            Some(SheetCell::Day(match (hour, minute, second) {
                (0, 0, 0) => date,
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
            }))
        }
        DataRef::DateTimeIso(t) => Some(SheetCell::Day(t.trim_end_matches("T00:00:00").to_owned())),
        DataRef::DurationIso(t) => text(t),
        DataRef::Error(error) => Some(SheetCell::Error(error.to_string())),
    }
}

/// A number with the 15 significant digits that spreadsheets keep, without an exponent: what a sum of
/// tenths left behind them was never written by anybody.
fn shown(number: f64) -> String {
    format!("{number:.14e}").parse().unwrap_or(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_have_their_letters() {
        let told: Vec<String> = [0, 25, 26, 51, 52, 701, 702, 16_383].map(letters).to_vec();
        assert_eq!(told, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn numbers_are_shown_as_they_were_typed() {
        let told: Vec<String> = [
            "1.1000000000000001".parse().unwrap(),
            0.1 + 0.2,
            1e15,
            123456789012345.0,
            0.0000001,
            1250.5,
            -3.0,
            1e21,
            4.35 * 100.0,
        ]
        .map(shown)
        .to_vec();
        assert_eq!(
            told,
            [
                "1.1",
                "0.3",
                "1000000000000000",
                "123456789012345",
                "0.0000001",
                "1250.5",
                "-3",
                "1000000000000000000000",
                "435"
            ]
        );
    }

    #[test]
    fn a_list_that_announces_more_than_it_holds_is_seen() {
        assert_eq!(announced(b"<sst count=\"3\" uniqueCount=\"12\">"), Some(12));
        assert_eq!(announced(b"<sst uniqueCount=\"99999999999999999999999\">"), Some(u64::MAX));
        assert_eq!(announced(b"<sst>"), None);
    }

    proptest! {
        #[test]
        fn a_decimal_of_fifteen_digits_comes_back(digits in 1u64..999_999_999_999_999, places in 0usize..8) {
            let text = format!("{:0>1$}", digits, places + 1);
            let (whole, part) = text.split_at(text.len() - places);
            let typed = if places == 0 { whole.to_owned() } else { format!("{whole}.{part}") };
            let typed = if typed.contains('.') { typed.trim_end_matches('0').trim_end_matches('.') } else { &typed };
            prop_assert_eq!(shown(typed.parse().unwrap()), typed);
        }

        #[test]
        fn any_bytes_are_a_workbook_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.xlsx");
            std::fs::write(&path, [&b"PK\x03\x04"[..], &bytes].concat()).unwrap();
            prop_assert!(SheetRows::open(&path, None).is_err());
        }
    }
}

#[cfg(test)]
#[path = "worksheet_tests.rs"]
mod written;
