//! A block of whole lines, assessed against a price table. What is not plain about a line (a quoted
//! delimiter, a code of other digits) is left to the ordinary way
//! of that one line.

use super::cells;
use super::columns::{PlainColumn, PlainLine};
use crate::checking::Checker;
use crate::declared_file::{self, DeclaredMap, FieldPlaces, PlainLayout};
use crate::results::ResultsWriter;
use chrono::NaiveDate;
use memchr::{memchr, memchr_iter};
use model::{Country, Gate, Rung, VerdictCode};
use statistics::fdr::Family;
use statistics::table::{NothingInside, OtherDays, PriceTable, TableFile};

/// Everything lines of a run have in common.
pub(super) struct Plan<'a> {
    pub checker: &'a Checker,
    pub file: &'a TableFile,
    pub map: Option<&'a DeclaredMap>,
    pub layout: PlainLayout,
    /// Places of the cells that count.
    pub at: Places,
    /// Date of lines that state none.
    pub day: NaiveDate,
    pub columns: Vec<PlainColumn>,
    /// Places of these columns among all.
    pub selected: Vec<usize>,
    /// The header line of the file.
    pub header: Vec<u8>,
    /// Number of each subheading in the table, by its six digits.
    pub of_code: Vec<u32>,
    /// Number of each origin in the table by its letters, with [`NO_GROUP`] for a country that it
    /// lacks and [`NOT_PLAIN`] for no country.
    pub of_origin: Vec<u32>,
    pub q: f64,
}

/// A code or country that the table does not have.
pub(super) const NO_GROUP: u32 = u32::MAX;
/// Two letters that are no country.
pub(super) const NOT_PLAIN: u32 = u32::MAX - 1;

/// Places of the cells that count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub hs: usize,
    pub value: usize,
    pub quantity: usize,
    /// Where it decides the group.
    pub origin: Option<usize>,
    /// Where lines state one, whether it decides or not: what is no country is no line.
    pub stated_origin: Option<usize>,
    pub line: Option<usize>,
    pub date: Option<usize>,
}

/// What became of a block.
#[derive(Default)]
pub(super) struct Assessed {
    pub out: Vec<u8>,
    pub counts: Vec<(VerdictCode, u64)>,
    pub lines: u64,
    /// Lines that could not be read, the first few by what is wrong, and how many.
    pub bad: Vec<(u64, String)>,
    pub bad_lines: u64,
}

/// What a worker carries from block to block.
pub(super) struct Worker {
    others: OtherDays,
    pub family: Family,
    few: Few,
}

/// Bad lines kept of a block.
const KEPT: usize = 5;

/// A line that goes on in the next one (a quote is open at its end), or that is several (a lone carriage
/// return): blocks may have been cut in the middle of a cell, and line numbers are others.
pub(super) struct OpenQuote;

impl Worker {
    pub fn new(table: &PriceTable<'_>, q: f64) -> Worker {
        Worker { others: OtherDays::of(table), family: Family::new(q), few: Few::default() }
    }

    /// Assesses the lines of a block, the first of which has this number; `out` lends its room. Lines
    /// are read a few at a time, and what they will be held to is fetched for all of these before any is
    /// judged: memory answers several questions as fast as one.
    pub fn block(
        &mut self,
        plan: &Plan<'_>,
        text: &[u8],
        first: u64,
        mut out: Vec<u8>,
    ) -> Result<Assessed, OpenQuote> {
        out.clear();
        out.reserve(text.len() * 4);
        let mut done = Assessed { out, ..Assessed::default() };
        let mut counts = [0u64; VerdictCode::ALL.len()];
        let table = plan.file.table();
        let mut few = std::mem::take(&mut self.few);
        let mut lines = memchr_iter(b'\n', text).chain([text.len()]).enumerate();
        let mut start = 0;
        let mut more = true;
        while more {
            few.lines.clear();
            few.cells.clear();
            while few.lines.len() < AT_A_TIME {
                let Some((i, end)) = lines.next() else {
                    more = false;
                    break;
                };
                let line = &text[start..end];
                let from = start;
                start = (end + 1).min(text.len());
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let cells = few.cells.len();
                let plain = cut(line, plan.layout.delimiter, &mut few.cells)?;
                // A lone carriage return ends a line, too: the ordinary reader knows.
                if memchr(b'\r', line).is_some() {
                    return Err(OpenQuote);
                }
                let read = if plain { plan.read(line, &few.cells[cells..]) } else { None };
                few.lines.push(Read { number: first + i as u64, from, to: from + line.len(), cells, read });
            }
            for wanted in few.lines.iter().filter_map(|line| line.read.as_ref()) {
                if let Some(group) = wanted.group {
                    std::hint::black_box(table.fetch(group));
                }
            }
            for wanted in few.lines.iter().filter_map(|line| line.read.as_ref()) {
                if let Some(group) = wanted.group {
                    std::hint::black_box(table.fetch_rows(plan.file.places(), group, wanted.price));
                }
            }
            for line in &few.lines {
                done.lines += 1;
                let written = done.out.len();
                let bytes = &text[line.from..line.to];
                let plain = line.read.as_ref().is_some_and(|read| {
                    let cells = &few.cells[line.cells..line.cells + plan.layout.width];
                    self.judge(plan, &table, bytes, cells, line.number, read, &mut done.out, &mut counts)
                });
                if !plain {
                    done.out.truncate(written);
                    self.ordinary(plan, bytes, line.number, &mut done, &mut counts);
                }
            }
        }
        self.few = few;
        done.counts = VerdictCode::ALL.iter().copied().zip(counts).filter(|(_, n)| *n > 0).collect();
        Ok(done)
    }

    /// Judges and writes a plain line; false where it turns out to be none.
    #[expect(clippy::too_many_arguments, reason = "a line in its parts, for a loop that allocates nothing")]
    fn judge(
        &mut self,
        plan: &Plan<'_>,
        table: &PriceTable<'_>,
        line_bytes: &[u8],
        cells: &[(usize, usize)],
        number: u64,
        read: &PlainRead,
        out: &mut Vec<u8>,
        counts: &mut [u64],
    ) -> bool {
        let cell = |at: usize| cells::trimmed(&line_bytes[cells[at].0..cells[at].1]);
        let at = &plan.at;
        let log = read.price.ln();
        let judged = read.group.map(|group| {
            table.judge(plan.file.places(), &mut self.others, group, read.day, (log, read.price))
        });
        // All origins together may have what the line's own has not: the ordinary way looks.
        let wider = plan.at.origin.is_some() && plan.file.parameters().widest_rung > Rung::Hs6Facets;
        let judges = matches!(&judged, Some(Ok(judged)) if judged.price.is_some());
        if wider && !judges {
            return false;
        }
        let (judged, failed) = match judged {
            Some(Err(NothingInside { outside })) => (None, vec![table.empty_gate(outside)]),
            None => (None, vec![Gate::NoComparables]),
            Some(Ok(judged)) if judged.price.is_none() => {
                let failed = table.failed_gates(&judged);
                (Some(judged), failed)
            }
            Some(Ok(judged)) => (Some(judged), Vec::new()),
        };
        let facts = plan.file.facts();
        let line = PlainLine {
            number,
            line: at.line.map_or(&[][..], cell),
            hs: cell(at.hs),
            unit_price: read.price,
            judged: judged.as_ref(),
            failed: &failed,
            unit: facts.unit,
            currency: facts.currency,
        };
        for (i, &column) in plan.columns.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            line.write(column, out);
        }
        let verdict = line.verdict();
        for &place in &plan.layout.extra {
            // As it stands, blanks and all.
            let text = &line_bytes[cells[place].0..cells[place].1];
            if !cells::plain_text(text) {
                return false;
            }
            out.push(b',');
            out.extend_from_slice(text);
        }
        // A record of one empty cell is not a blank line.
        if plan.columns.len() + plan.layout.extra.len() == 1 && out.last().is_none_or(|c| *c == b'\n') {
            out.extend_from_slice(b"\"\"");
        }
        out.push(b'\n');
        if let Some(price) = judged.and_then(|judged| judged.price) {
            let (p, floor) = match &price.calibrated {
                Some(c) => (c.p_lower, 1.0 / (1.0 + c.ranks)),
                None => (price.p_lower, price.smallest_p),
            };
            self.family.add(p, floor);
        }
        if let Some(at) = VerdictCode::ALL.iter().position(|code| *code == verdict) {
            counts[at] += 1;
        }
        true
    }

    /// One line as the ordinary run has it.
    fn ordinary(
        &mut self,
        plan: &Plan<'_>,
        line: &[u8],
        number: u64,
        done: &mut Assessed,
        counts: &mut [u64],
    ) {
        let text = [&plan.header[..], b"\n", line, b"\n"].concat();
        let row = declared_file::read(&text[..], "", plan.map).ok().and_then(|mut lines| lines.next());
        let (input, extra) = match row {
            Some(row) => (row.line, row.extra),
            None => (Err("the line cannot be cut into cells".to_owned()), Vec::new()),
        };
        let assessed = super::super::run::assess(plan.checker, number, input, &FieldPlaces::default());
        let record = assessed.record();
        let facts = super::super::facts::Facts::of(number, &assessed.input, None, &record, None);
        match (facts.verdict, &facts.error) {
            (Some(verdict), _) => {
                if let Some(at) = VerdictCode::ALL.iter().position(|code| *code == verdict) {
                    counts[at] += 1;
                }
                if let (Some(p), Some(floor), true) = (facts.p_lower, facts.smallest_p, facts.compared()) {
                    self.family.add(p, floor);
                }
            }
            (None, why) => {
                done.bad_lines += 1;
                if done.bad.len() < KEPT {
                    done.bad.push((number, why.clone().unwrap_or_default()));
                }
            }
        }
        let chosen: Vec<String> = plan.selected.iter().map(|&at| record[at].clone()).collect();
        let mut writer = ResultsWriter::behind(&mut done.out, &vec![String::new(); plan.layout.extra.len()]);
        // Memory takes every byte.
        let _ = writer.write_record(&chosen, &extra).and_then(|()| Ok(writer.flush()?));
    }
}

impl Plan<'_> {
    /// What a line states, where it is plain.
    fn read(&self, line: &[u8], cells: &[(usize, usize)]) -> Option<PlainRead> {
        if cells.len() != self.layout.width {
            return None;
        }
        let cell = |at: usize| cells::trimmed(&line[cells[at].0..cells[at].1]);
        let at = &self.at;
        let code = cells::subheading(cell(at.hs))?;
        let (value, quantity) = (cells::number(cell(at.value))?, cells::number(cell(at.quantity))?);
        let origin = match at.origin.map(cell) {
            None => 0,
            Some(origin) => match self.of_origin[cells::letters(origin)?] {
                NOT_PLAIN => return None,
                origin => origin,
            },
        };
        if let Some(origin) = at.stated_origin.map(cell).filter(|origin| !origin.is_empty())
            && self.of_origin[cells::letters(origin)?] == NOT_PLAIN
        {
            return None;
        }
        let day = match at.date.map(cell) {
            None => self.day,
            Some(date) => cells::date(date)?,
        };
        let absent = |cell: &[u8]| {
            !self.layout.absent.is_empty()
                && self.layout.absent.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell))
        };
        let used = [Some(at.hs), Some(at.value), Some(at.quantity), at.stated_origin, at.date, at.line];
        if used.into_iter().flatten().any(|place| absent(cell(place))) {
            return None;
        }
        if at.line.is_some_and(|at| !cells::plain_text(cell(at))) {
            return None;
        }
        // The ordinary way has codes that the table lacks: HS 2022 may not have them either.
        let hs = self.of_code[code as usize];
        if hs == NO_GROUP {
            return None;
        }
        let price = value / quantity;
        // Beyond these the exact division may have no result.
        if !(1e-9..=1e15).contains(&price) {
            return None;
        }
        let group = (origin != NO_GROUP).then(|| self.file.places().group(hs, origin)).flatten();
        Some(PlainRead { group, day, price })
    }
}

/// What a plain line states.
struct PlainRead {
    /// Its group; `None`: the table has none of its code and origin.
    group: Option<u32>,
    day: NaiveDate,
    price: f64,
}

/// A line cut into cells.
struct Read {
    number: u64,
    from: usize,
    to: usize,
    /// Place of its first cell.
    cells: usize,
    read: Option<PlainRead>,
}

/// Lines read together.
#[derive(Default)]
struct Few {
    lines: Vec<Read>,
    cells: Vec<(usize, usize)>,
}

/// Lines whose groups are fetched together.
const AT_A_TIME: usize = 64;

/// Cuts a line at its delimiters, quotes around whole cells taken off, behind the cells that are there;
/// false where a cell needs more than that.
fn cut(line: &[u8], delimiter: u8, cells: &mut Vec<(usize, usize)>) -> Result<bool, OpenQuote> {
    let mut at = 0;
    let mut plain = true;
    loop {
        if line.get(at) == Some(&b'"') {
            let Some(length) = memchr(b'"', &line[at + 1..]) else { return Err(OpenQuote) };
            let end = at + 1 + length;
            cells.push((at + 1, end));
            at = end + 1;
            match line.get(at) {
                None => return Ok(plain),
                Some(c) if *c == delimiter => at += 1,
                Some(_) => {
                    // A doubled quote or text behind it: the ordinary reader knows.
                    if line.iter().filter(|c| **c == b'"').count() % 2 == 1 {
                        return Err(OpenQuote);
                    }
                    plain = false;
                    return Ok(plain);
                }
            }
        } else {
            let end = memchr(delimiter, &line[at..]).map(|n| at + n);
            cells.push((at, end.unwrap_or(line.len())));
            match end {
                None => return Ok(plain),
                Some(end) => at = end + 1,
            }
        }
    }
}

/// Numbers of countries of origin by their letters.
pub(super) fn origins_of(origins: &[Option<Country>]) -> Vec<u32> {
    let letter = |i: usize| char::from(b'A' + i as u8);
    (0..676)
        .map(|i| {
            let text: String = [letter(i / 26), letter(i % 26)].iter().collect();
            match text.parse::<Country>() {
                Err(_) => NOT_PLAIN,
                Ok(country) => {
                    origins.iter().position(|o| *o == Some(country)).map_or(NO_GROUP, |at| at as u32)
                }
            }
        })
        .collect()
}
