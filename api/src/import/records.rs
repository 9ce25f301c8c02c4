//! CSV records out of a stream, one at a time, with the line they begin on. A record that is not
//! of the file's form is handed out as such and the next one is read: one stray quote must not
//! swallow the rest of a list. What the cells mean is not known here.

use super::ImportError;
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// Longest physical line that is read; a longer one is skipped and reported.
pub(crate) const MAX_LINE: usize = 4 << 20;
/// Most text a record with quoted line breaks may hold before its opening quote is taken for a
/// stray one.
const MAX_RECORD: usize = 256 << 10;

/// How the bytes of cells become text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoding {
    encoding: &'static Encoding,
    stated: bool,
}

impl Decoding {
    /// From the label in a map; UTF-8 without one.
    pub fn from_label(label: Option<&str>) -> Option<Self> {
        Some(match label {
            None => Decoding { encoding: UTF_8, stated: false },
            Some(label) => Decoding { encoding: Encoding::for_label(label.as_bytes())?, stated: true },
        })
    }
    /// The text, or a sentence on the bytes that are not of this encoding.
    pub fn text<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, str>, String> {
        if self.encoding == UTF_8 {
            return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| self.complaint(bytes));
        }
        self.encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| self.complaint(bytes))
    }
    /// "is not UTF-8 text", with what to do about it: what is said of bytes that must not be quoted.
    pub fn is_not(&self) -> String {
        let hint = if self.stated {
            ""
        } else {
            "; if the whole list is in another encoding, name it in the map: encoding = \"windows-1252\""
        };
        format!("is not {} text{hint}", self.encoding.name())
    }
    fn complaint(&self, bytes: &[u8]) -> String {
        // The words around the first bad byte.
        let at = match std::str::from_utf8(bytes) {
            Err(error) => error.valid_up_to(),
            Ok(_) => 0,
        };
        let around = &bytes[at.saturating_sub(20)..bytes.len().min(at + 20)];
        let shown = String::from_utf8_lossy(around);
        format!("'{shown}' {}", self.is_not())
    }
}

/// A record and the line it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawRecord {
    pub line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl RawRecord {
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    pub fn cell(&self, at: usize) -> &[u8] {
        let Some(&end) = self.ends.get(at) else { return &[] };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..end]
    }
}

/// A record that could not be cut into cells, or the end of a stream that broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRecord {
    pub line: u64,
    pub detail: String,
}

/// A line with its number, or why there is none.
type Line = Result<(u64, Vec<u8>), BadRecord>;

/// Physical lines of a stream, numbered from 1, without the mark of UTF-8 at the beginning.
pub(crate) struct Lines<R> {
    reader: Transcoded<R>,
    next: u64,
    broken: bool,
}

impl<R: BufRead> Lines<R> {
    pub fn new(mut reader: R, encoding: Option<&'static Encoding>) -> io::Result<Self> {
        let head = reader.fill_buf()?;
        let marked = match head {
            [0xff, 0xfe, ..] => Some(encoding_rs::UTF_16LE),
            [0xfe, 0xff, ..] => Some(encoding_rs::UTF_16BE),
            _ => None,
        };
        if head.starts_with(&[0xef, 0xbb, 0xbf]) {
            reader.consume(3);
        }
        // Encodings in which a comma is not one byte are turned into UTF-8 before lines are cut.
        let wide = marked.or(encoding.filter(|e| !e.is_ascii_compatible()));
        Ok(Lines {
            reader: match wide {
                None => Transcoded::Plain(reader),
                Some(encoding) => {
                    Transcoded::Wide(Box::new(io::BufReader::new(WideReader::new(reader, encoding))))
                }
            },
            next: 1,
            broken: false,
        })
    }
    /// Whether cells come out as UTF-8 whatever the file is in.
    pub fn transcodes(&self) -> bool {
        matches!(self.reader, Transcoded::Wide(_))
    }
    /// The next line with its end cut off; one that is too long, or a stream that breaks, is a
    /// [`BadRecord`].
    pub fn next(&mut self) -> Option<Line> {
        if self.broken {
            return None;
        }
        let mut line = Vec::new();
        let number = self.next;
        let outcome = match &mut self.reader {
            Transcoded::Plain(reader) => read_line(reader, &mut line),
            Transcoded::Wide(reader) => read_line(reader, &mut line),
        };
        match outcome {
            Ok(0) => None,
            Ok(_) if line.len() > MAX_LINE => {
                self.next += 1;
                Some(Err(BadRecord {
                    line: number,
                    detail: format!("the line is longer than {} MB", MAX_LINE >> 20),
                }))
            }
            Ok(_) => {
                self.next += 1;
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                Some(Ok((number, line)))
            }
            Err(error) => {
                self.broken = true;
                Some(Err(BadRecord {
                    line: number,
                    detail: format!("the file cannot be read from here on: {error}"),
                }))
            }
        }
    }
}

/// Reads up to and with the line feed; of a line longer than [`MAX_LINE`] the rest is passed over
/// and one byte too many is kept as the sign of it. Gives the bytes passed.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let limit = MAX_LINE as u64 + 1;
    let mut passed = reader.by_ref().take(limit).read_until(b'\n', line)?;
    if line.len() > MAX_LINE && line.last() != Some(&b'\n') {
        loop {
            let buffer = reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|&b| b == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            reader.consume(used);
            passed += used;
            if end.is_some() {
                break;
            }
        }
    }
    Ok(passed)
}

enum Transcoded<R> {
    Plain(R),
    Wide(Box<io::BufReader<WideReader<R>>>),
}

/// A stream of UTF-16 (or another wide encoding) as UTF-8.
struct WideReader<R> {
    inner: R,
    decoder: Decoder,
    ended: bool,
}

impl<R: BufRead> WideReader<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Self {
        WideReader { inner, decoder: encoding.new_decoder_with_bom_removal(), ended: false }
    }
}

impl<R: BufRead> Read for WideReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // The decoder needs room for one character; BufReader always gives more.
        while !self.ended {
            let input = self.inner.fill_buf()?;
            let last = input.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(input, out, last);
            self.inner.consume(read);
            // Half a character at the end is given out first; the decoder must not be asked again.
            self.ended = last && matches!(result, CoderResult::InputEmpty);
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// Records of a CSV stream.
pub(crate) struct Records<R> {
    lines: Lines<R>,
    /// Lines that were read ahead into a record whose quote turned out to be a stray one.
    pending: VecDeque<Line>,
    /// Cells of the header line, once it is read.
    width: Option<usize>,
    core: csv_core::Reader,
    delimiter: u8,
    decoding: Decoding,
}

impl<R: BufRead> Records<R> {
    /// Opens a stream: settles encoding and delimiter, and reads the header line. `None` as header
    /// means that there is no line at all.
    pub fn open(
        reader: R,
        file: &str,
        label: Option<&str>,
        delimiter: Option<char>,
    ) -> Result<(Self, Vec<String>), ImportError> {
        let form = |problem: String| ImportError::Form { file: file.to_owned(), problem };
        let mut decoding = Decoding::from_label(label)
            .ok_or_else(|| form(format!("encoding '{}' is not known", label.unwrap_or_default())))?;
        let mut lines = Lines::new(reader, label.map(|_| decoding.encoding))
            .map_err(|source| ImportError::Read { file: file.to_owned(), source })?;
        if lines.transcodes() {
            decoding = Decoding { encoding: UTF_8, stated: true };
        }
        let first = loop {
            match lines.next() {
                None => {
                    return Err(form("the file is empty; its first line must name the columns".into()));
                }
                Some(Err(bad)) => return Err(form(format!("line {}: {}", bad.line, bad.detail))),
                Some(Ok((_, line))) if line.iter().all(u8::is_ascii_whitespace) => {}
                Some(Ok(line)) => break line,
            }
        };
        if first.1.starts_with(b"PK\x03\x04") {
            return Err(form("this is a workbook or zip archive; save the sheet as CSV".into()));
        }
        let delimiter = delimiter.map_or_else(|| likely_delimiter(&first.1), |c| c as u8);
        let mut records = Records {
            lines,
            pending: VecDeque::from([Ok(first)]),
            width: None,
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            decoding,
        };
        let header = match records.next() {
            Some(Ok(record)) => record,
            Some(Err(bad)) => return Err(form(format!("line {}: {}", bad.line, bad.detail))),
            None => return Err(form("the file has no header line".into())),
        };
        records.width = Some(header.len());
        let names = (0..header.len())
            .map(|at| records.decoding.text(header.cell(at)).map(Cow::into_owned))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|problem| form(format!("the header line: {problem}")))?;
        Ok((records, names))
    }

    /// Whether the bytes are turned into UTF-8 before they are cut (UTF-16, or a stated encoding).
    pub fn transcodes(&self) -> bool {
        self.lines.transcodes()
    }

    /// What stands between cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// How cells become text.
    pub fn decoding(&self) -> Decoding {
        self.decoding
    }

    fn line(&mut self) -> Option<Line> {
        self.pending.pop_front().or_else(|| self.lines.next())
    }

    /// The next record; blank lines are passed over.
    pub fn next(&mut self) -> Option<Result<RawRecord, BadRecord>> {
        let (number, mut line) = loop {
            match self.line()? {
                Err(bad) => return Some(Err(bad)),
                Ok((_, line)) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(line) => break line,
            }
        };
        self.core.reset();
        let mut record = RawRecord { line: number, bytes: Vec::new(), ends: Vec::new() };
        let mut taken: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut held = 0usize;
        let mut line_number = number;
        loop {
            held += line.len();
            let complete = self.feed(&line, &mut record);
            if let Some(used) = complete {
                // A record over several lines with a wrong number of cells: a stray quote ran into
                // the next one, which is read on its own.
                let strayed = !taken.is_empty() && self.width.is_some_and(|w| w != record.len());
                if !strayed {
                    // A lone carriage return ends a record too (old Macintosh files).
                    let rest = &line[used.min(line.len())..];
                    if !rest.is_empty() {
                        self.pending.push_front(Ok((line_number, rest.to_vec())));
                    }
                    return Some(Ok(record));
                }
            }
            taken.push((line_number, line));
            let next = if complete.is_some() || held > MAX_RECORD { None } else { self.line() };
            match next {
                Some(Ok((n, l))) => (line_number, line) = (n, l),
                stray => {
                    // Only the line on which the quote opens is bad; the others are read again.
                    if let Some(bad) = stray {
                        self.pending.push_front(bad);
                    }
                    for back in taken.drain(1..).rev() {
                        self.pending.push_front(Ok(back));
                    }
                    return Some(Err(BadRecord {
                        line: number,
                        detail: "a quote opens in this line and is not closed in it".to_owned(),
                    }));
                }
            }
        }
    }

    /// Feeds one line with its end; how many of its bytes were used, when the record is complete.
    fn feed(&mut self, line: &[u8], record: &mut RawRecord) -> Option<usize> {
        let mut used = 0;
        for mut input in [line, b"\n"] {
            while !input.is_empty() {
                let (at, last) = (record.bytes.len(), record.ends.len());
                record.bytes.resize(at + input.len().max(16), 0);
                // Doubled, or a line of a million commas would be gone through thousands of times.
                record.ends.resize(last + last.max(32), 0);
                let (result, read, wrote, ended) =
                    self.core.read_record(input, &mut record.bytes[at..], &mut record.ends[last..]);
                record.bytes.truncate(at + wrote);
                record.ends.truncate(last + ended);
                input = &input[read..];
                used += read;
                if matches!(result, csv_core::ReadRecordResult::Record) {
                    return Some(used);
                }
            }
        }
        None
    }
}

/// The commonest of the usual delimiters outside quotes in a header line.
fn likely_delimiter(header: &[u8]) -> u8 {
    let mut counts = [(b',', 0u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in header {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted
            && let Some((_, count)) = counts.iter_mut().find(|(candidate, _)| *candidate == byte)
        {
            *count += 1;
        }
    }
    // On a tie the earlier of the list, a comma first.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| *byte)
}
