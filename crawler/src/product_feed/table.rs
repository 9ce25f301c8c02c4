//! The rows of a feed that is a table, one at a time: tabulators, commas, semicolons or the delimiter
//! stated, a header row of attribute names, cells quoted where they must be. A quote that is never
//! closed costs its own row, not those behind it. What the columns mean is `attributes`'s.

use super::{Rank, RawItem, VALUE_BYTES, VALUES, Value, append, attribute_name};
use crate::read_source::ReadProblem;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use model::{FeedFormat, FeedRules};

/// Bytes of one row with all its lines: the longest description fits many times.
const ROW_BYTES: usize = 256 * 1024;
/// From this number of columns on, a line inside a quoted cell that has as many cells as the header
/// is taken for a row that an unclosed quote swallowed.
const TELLING_COLUMNS: usize = 4;

pub(super) struct Items<'a> {
    text: &'a str,
    at: usize,
    delimiter: u8,
    /// Reads quoted cells.
    core: Reader,
    /// As written, with the name it is looked for under.
    header: Vec<(String, String)>,
    /// Rows passed, the header and empty ones included, as a spreadsheet numbers them.
    row: u64,
    problem: Option<ReadProblem>,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Items<'a> {
    pub(super) fn new(text: &'a str, rules: &FeedRules) -> Self {
        let (text_at, stated) = match text.get(..5) {
            // Written by spreadsheets before the header: sep=;
            Some(first) if first.is_ascii() && first[..4].eq_ignore_ascii_case("sep=") => {
                (line_end(text, 0), Some(first.as_bytes()[4]))
            }
            _ => (0, None),
        };
        let mark = rules.delimiter.and_then(|mark| u8::try_from(mark).ok()).filter(u8::is_ascii);
        let delimiter = mark.or(stated).unwrap_or_else(|| told(&text[text_at..], rules.format));
        let mut items = Items {
            text,
            at: text_at,
            delimiter,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            header: Vec::new(),
            row: u64::from(text_at > 0),
            problem: None,
            output: vec![0; 16 * 1024],
            ends: vec![0; 64],
        };
        items.read_header(rules);
        items
    }

    fn read_header(&mut self, rules: &FeedRules) {
        self.pass_empty();
        let Some((cells, end)) = self.quoted() else { return };
        self.at = end;
        self.row += 1;
        self.header = cells
            .into_iter()
            .map(|cell| {
                let written = cell.trim().to_owned();
                let name = attribute_name(&written);
                (written, name)
            })
            .collect();
        let missing: Vec<String> = rules
            .fields
            .iter()
            .filter(|(_, column)| !self.header.iter().any(|(written, name)| is_column(column, written, name)))
            .map(|(field, column)| format!("'{column}' ({field})"))
            .collect();
        if !missing.is_empty() {
            let what = format!("it has no column {}: correct [feed.fields]", missing.join(", "));
            self.problem = Some(ReadProblem::new(format!("row {}", self.row), what));
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<RawItem, ReadProblem>> {
        if let Some(problem) = self.problem.take() {
            return Some(Err(problem));
        }
        self.pass_empty();
        if self.at >= self.text.len() || self.header.is_empty() {
            return None;
        }
        self.row += 1;
        let place = format!("row {}", self.row);
        let start = self.at;
        let end_of_line = line_end(self.text, start);
        let wanted = self.header.len();
        let quoted = self.quoted();
        let several = quoted.as_ref().is_none_or(|(_, end)| *end > end_of_line);
        let found = quoted.as_ref().map_or(0, |(cells, _)| cells.len());
        if let Some((cells, end)) = quoted.filter(|(cells, end)| {
            cells.len() == wanted && !(several && self.swallowed(&self.text[end_of_line..*end]))
        }) {
            self.at = end;
            return Some(Ok(self.item(place, cells)));
        }
        // Perhaps a quote stands in it that was never meant as one: its line alone.
        self.at = end_of_line;
        let alone = self.unquoted(&self.text[start..end_of_line]);
        if alone.len() == wanted {
            return Some(Ok(self.item(place, alone)));
        }
        let count = if several { alone.len() } else { found };
        let what = format!("it has {count} cells, the header has {wanted}; it is left out");
        Some(Err(ReadProblem::new(place, what)))
    }

    fn item(&self, place: String, cells: Vec<String>) -> RawItem {
        let values = self
            .header
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !cell.trim().is_empty())
            .map(|((written, name), cell)| {
                let mut text = String::new();
                let cut = cell.len() > VALUE_BYTES && !append(&mut text, &cell);
                let text = if cut { text } else { cell };
                Value { name: name.clone(), written: written.clone(), rank: Rank::Attribute, text, cut }
            })
            .collect();
        RawItem { place, values, ..RawItem::default() }
    }

    /// Whether lines that a quoted cell goes over are rows of their own.
    fn swallowed(&self, lines: &str) -> bool {
        self.header.len() >= TELLING_COLUMNS
            && lines.lines().any(|line| self.unquoted(line).len() == self.header.len())
    }

    fn pass_empty(&mut self) {
        while self.at < self.text.len() {
            let end = line_end(self.text, self.at);
            if !self.text[self.at..end].trim_matches(['\r', '\n']).is_empty() {
                break;
            }
            self.at = end;
            self.row += 1;
        }
    }

    /// The record at hand with its quotes read, and where it ends. `None` where it is too long.
    fn quoted(&mut self) -> Option<(Vec<String>, usize)> {
        self.core.reset();
        let bytes = self.text.as_bytes();
        let limit = bytes.len().min(self.at + ROW_BYTES);
        let (mut read, mut written, mut cells) = (self.at, 0, 0);
        loop {
            let input = &bytes[read..limit];
            let (result, used, out, ended) =
                self.core.read_record(input, &mut self.output[written..], &mut self.ends[cells..]);
            read += used;
            written += out;
            cells += ended;
            match result {
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if self.ends.len() < 4 * VALUES => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => return None,
                // An empty input tells the reader that the text ends here.
                ReadRecordResult::InputEmpty if limit == bytes.len() && read == limit => {
                    if input.is_empty() {
                        return None;
                    }
                }
                ReadRecordResult::InputEmpty => return None,
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return None,
            }
        }
        // \r is taken as the end of a line by the reader; its \n belongs to it.
        if bytes.get(read) == Some(&b'\n') && bytes.get(read.wrapping_sub(1)) == Some(&b'\r') {
            read += 1;
        }
        let mut from = 0;
        let cells = self.ends[..cells]
            .iter()
            .map(|&end| {
                let cell = String::from_utf8_lossy(&self.output[from..end]).into_owned();
                from = end;
                cell
            })
            .collect();
        Some((cells, read))
    }

    /// One line split at every delimiter; quotes around a whole cell are taken off.
    fn unquoted(&self, line: &str) -> Vec<String> {
        line.trim_end_matches(['\r', '\n'])
            .split(char::from(self.delimiter))
            .take(4 * VALUES)
            .map(|cell| {
                let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
                inner.map_or_else(|| cell.to_owned(), |inner| inner.replace("\"\"", "\""))
            })
            .collect()
    }
}

/// Whether a column is the one a source file names: as written, or in the spelling of attributes.
pub(super) fn is_column(named: &str, written: &str, name: &str) -> bool {
    named.trim() == written || attribute_name(named) == name
}

/// The end of the line that begins at `at`, its mark included.
fn line_end(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    match memchr::memchr2(b'\n', b'\r', rest) {
        Some(found) if rest[found] == b'\r' && rest.get(found + 1) == Some(&b'\n') => at + found + 2,
        Some(found) => at + found + 1,
        None => text.len(),
    }
}

/// The delimiter by the header row: a tabulator where there is one, else what stands there most.
fn told(text: &str, format: FeedFormat) -> u8 {
    if format == FeedFormat::Tsv {
        return b'\t';
    }
    let text = text.trim_start_matches(['\r', '\n']);
    let header = &text[..line_end(text, 0)];
    let count = |mark: u8| header.bytes().filter(|&b| b == mark).count();
    if format == FeedFormat::Auto && count(b'\t') > 0 {
        return b'\t';
    }
    // The last of several greatest is taken: the comma.
    [b'|', b';', b','].into_iter().max_by_key(|&mark| count(mark)).unwrap_or(b',')
}
