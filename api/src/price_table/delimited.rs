//! A large price list as CSV, plain or gzip: one row a line, cut into cells without an allocation a
//! cell. What cells mean stands elsewhere.

use super::batch::{BATCH, Batch, Column, Fault, Taking};
use super::cells::{self, Bad, Cells, Days, Kind, Names, Prices, Reason, Rules};
use super::map::PriceMap;
use super::met::Met;
use super::{Extent, ReadList, Sink, guarded};
use crate::import::{HeaderIndex, ImportError};
use crate::reading::{self, Digesting};
use std::io::{self, BufRead, Read};
use std::path::Path;

/// Longest line that is read, in bytes; a longer one is a bad row.
pub const MOST_LINE: usize = 1 << 20;

/// One line of a file at a time in one buffer, its end a line feed.
struct Lines<R> {
    reader: R,
    line: Vec<u8>,
}

enum Line {
    End,
    TooLong,
    Whole,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> io::Result<Line> {
        self.line.clear();
        let limit = MOST_LINE as u64 + 2;
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(Line::End);
        }
        if self.line.len() as u64 == limit && self.line.last() != Some(&b'\n') {
            self.line.truncate(200);
            let mut passed = Vec::new();
            loop {
                passed.clear();
                let n = self.reader.by_ref().take(limit).read_until(b'\n', &mut passed)?;
                if n == 0 || passed.last() == Some(&b'\n') {
                    return Ok(Line::TooLong);
                }
            }
        }
        while matches!(self.line.last(), Some(b'\n' | b'\r')) {
            self.line.pop();
        }
        let whole = self.line.len() <= MOST_LINE;
        self.line.push(b'\n');
        Ok(if whole { Line::Whole } else { Line::TooLong })
    }
}

/// The cells of one line.
struct Cut {
    core: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Cut {
    fn new(delimiter: u8) -> Self {
        Cut {
            core: csv_core::ReaderBuilder::new()
                .delimiter(delimiter)
                .terminator(csv_core::Terminator::Any(b'\n'))
                .build(),
            text: vec![0; 256],
            ends: vec![0; 16],
            count: 0,
        }
    }
    /// Cuts a line that ends in a line feed; false where a quote is not closed before it.
    fn cut(&mut self, line: &[u8]) -> bool {
        self.core.reset();
        self.count = 0;
        let (mut rest, mut written) = (line, 0);
        loop {
            let (outcome, read, wrote, ends) =
                self.core.read_record(rest, &mut self.text[written..], &mut self.ends[self.count..]);
            rest = &rest[read..];
            written += wrote;
            self.count += ends;
            match outcome {
                csv_core::ReadRecordResult::Record => return true,
                csv_core::ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                csv_core::ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                csv_core::ReadRecordResult::InputEmpty | csv_core::ReadRecordResult::End => return false,
            }
        }
    }
    fn cell(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..self.ends[at]).unwrap_or_default()
    }
}

/// The commonest of the usual delimiters in a header line, outside quotes.
fn delimiter(header: &[u8]) -> u8 {
    let mut counts = [0usize; 4];
    let mut quoted = false;
    for &byte in header {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            _ => {
                if let Some(at) = b",;\t|".iter().position(|mark| *mark == byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    b",;\t|"[counts.iter().position(|count| *count == most).unwrap_or_default()]
}

/// Reads a file, opened at its beginning already.
pub(super) fn read<S: Sink>(
    path: &Path,
    file: impl Read + Send + 'static,
    map: &PriceMap,
    extent: Extent,
    sink: S,
) -> Result<ReadList<S>, ImportError> {
    let name = path.display().to_string();
    let unread = |source: io::Error| ImportError::Read { file: name.clone(), source };
    let form = |problem: &str| ImportError::Form { file: name.clone(), problem: problem.to_owned() };
    let bytes = Digesting::of(file);
    let mut reader = reading::unpacked(bytes.clone()).map_err(unread)?;
    let head = reader.fill_buf().map_err(unread)?;
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(form("UTF-16 text; save it as UTF-8"));
    }
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        reader.consume(3);
    }
    let mut lines = Lines { reader, line: Vec::new() };
    match lines.next().map_err(unread)? {
        Line::End => return Err(form("the file is empty; its first line has to name the columns")),
        Line::TooLong => return Err(form("the first line is too long for a header; is this a CSV file?")),
        Line::Whole => {}
    }
    let mark = map.delimiter.and_then(|c| u8::try_from(c).ok()).unwrap_or_else(|| delimiter(&lines.line));
    let mut cut = Cut::new(mark);
    if !cut.cut(&lines.line) {
        return Err(form("a quote in the header is not closed"));
    }
    let width = cut.count;
    let headers: Result<Vec<String>, _> =
        (0..width).map(|at| String::from_utf8(cut.cell(at).to_vec())).collect();
    let headers = headers.map_err(|_| form("the header is not UTF-8 text; save the file as UTF-8"))?;
    let index = HeaderIndex::new(headers, &name)?;
    let mut places = [None; Column::ALL.len()];
    for (place, column) in places.iter_mut().zip(Column::ALL) {
        if let Some(header) = column.header(map) {
            let why = format!(" for the field {}", column.name());
            *place = Some(index.find(header).ok_or_else(|| index.missing(&name, header, &why))?);
        }
    }

    let (rules, met) = (Rules::new(map), Met::default());
    let mut hs = Names::<u32>::of((Kind::Hs, &rules, &met));
    let mut origins = Names::<u16>::of((Kind::Origin, &rules, &met));
    let mut sources = Names::<u32>::of((Kind::Source, &rules, &met));
    let kinds = [Kind::Unit, Kind::Condition, Kind::Level];
    let mut footing = kinds.map(|kind| Names::<u32>::of((kind, &rules, &met)));
    let stated = Column::FOOTING.map(|column| places[column as usize].is_some());
    let mut days = Days::new(&rules);
    let mut prices = Prices::new(&rules);
    let mut bad_lines = Bad::default();
    let mut taking = Taking::new(sink, map, extent, &met);
    let mut batch = Batch::default();
    // Lines before, the header among them.
    let mut number = 1u64;
    let mut ended = false;
    while !ended {
        let first = number;
        batch.resize(BATCH, stated);
        let mut rows = 0;
        while rows < BATCH {
            let outcome = lines.next().map_err(|source| ImportError::Read {
                file: format!("{name}, after line {number}"),
                source,
            })?;
            let row = u32::try_from(rows).unwrap_or(u32::MAX);
            let fault = match outcome {
                Line::End => {
                    ended = true;
                    break;
                }
                Line::Whole if lines.line.trim_ascii().is_empty() => Some(Fault::Blank),
                Line::Whole if cut.cut(&lines.line) && cut.count == width => None,
                Line::Whole | Line::TooLong => {
                    let value = cells::Value::Text(&lines.line);
                    Some(Fault::Line(bad_lines.add(Reason::BadLine, value) as usize))
                }
            };
            number += 1;
            extent.hold_rows(number, &name)?;
            let at = rows;
            rows += 1;
            if let Some(fault) = fault {
                batch.faults.push((row, fault));
                continue;
            }
            let cell = |column: Column| places[column as usize].map_or(&b""[..], |at| cut.cell(at));
            let mut fault = |column, number: Option<usize>| {
                if let Some(number) = number {
                    batch.faults.push((row, Fault::Cell(column, number)));
                }
            };
            let code = hs.value(cells::Value::Text(cell(Column::Hs)));
            fault(Column::Hs, Names::<u32>::bad(code));
            batch.hs[at] = code;
            let code = origins.value(cells::Value::Text(cell(Column::Origin)));
            fault(Column::Origin, Names::<u16>::bad(code));
            batch.facet[at] = code;
            let day = days.value(cells::Value::Text(cell(Column::Date)));
            fault(Column::Date, Days::bad(day));
            batch.day[at] = day;
            let code = sources.value(cells::Value::Text(cell(Column::Source)));
            fault(Column::Source, Names::<u32>::bad(code));
            batch.source[at] = code;
            let price = prices.value(cells::Value::Text(cell(Column::Price)));
            fault(Column::Price, Prices::bad(price));
            batch.price[at] = price;
            for (part, column) in Column::FOOTING.into_iter().enumerate().filter(|(part, _)| stated[*part]) {
                let code = footing[part].value(cells::Value::Text(cell(column)));
                fault(column, Names::<u32>::bad(code));
                batch.footing[part][at] = code;
            }
        }
        batch.resize(rows, stated);
        let [unit, condition, level] = &footing;
        let bad = [
            hs.all_bad(),
            origins.all_bad(),
            days.all_bad(),
            sources.all_bad(),
            prices.all_bad(),
            unit.all_bad(),
            condition.all_bad(),
            level.all_bad(),
        ];
        taking
            .take(&mut batch, (first, 1), (&bad_lines, bad))
            .map_err(|problem| guarded::fault(&name, None, problem))?;
        extent.hold_facets(met.facets(), &name)?;
        extent.hold_sources(taking.sink.sources(), &name)?;
    }
    drop(lines);
    taking.rounded = prices.rounded();
    let file_hash = bytes.hash().map_err(unread)?;
    ReadList::of(vec![taking], &met, (map, extent, &name), (number, file_hash))
}
