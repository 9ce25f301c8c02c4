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
    pub origin: Option<usize>,
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
    cells: Vec<(usize, usize)>,
}

/// Bad lines kept of a block.
const KEPT: usize = 5;

/// A quote that is open at the end of a line: the line goes on in the next one, and blocks may have
/// been cut in the middle of a cell.
pub(super) struct OpenQuote;

impl Worker {
    pub fn new(table: &PriceTable<'_>, q: f64) -> Worker {
        Worker { others: OtherDays::of(table), family: Family::new(q), cells: Vec::new() }
    }

    /// Assesses the lines of a block, the first of which has this number; `out` lends its room.
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
        let mut start = 0;
        for (i, end) in memchr_iter(b'\n', text).chain([text.len()]).enumerate() {
            let line = &text[start..end];
            start = (end + 1).min(text.len());
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let number = first + i as u64;
            let cut = cut(line, plan.layout.delimiter, &mut self.cells)?;
            done.lines += 1;
            let written = done.out.len();
            match cut && self.line(plan, line, number, &mut done.out, &mut counts) {
                true => {}
                false => {
                    done.out.truncate(written);
                    self.ordinary(plan, line, number, &mut done, &mut counts);
                }
            }
        }
        done.counts = VerdictCode::ALL.iter().copied().zip(counts).filter(|(_, n)| *n > 0).collect();
        Ok(done)
    }

    /// A plain line; false where it is not one.
    fn line(
        &mut self,
        plan: &Plan<'_>,
        line: &[u8],
        number: u64,
        out: &mut Vec<u8>,
        counts: &mut [u64],
    ) -> bool {
        if self.cells.len() != plan.layout.width {
            return false;
        }
        let cell = |at: usize| cells::trimmed(&line[self.cells[at].0..self.cells[at].1]);
        let at = &plan.at;
        let (hs, id) = (cell(at.hs), at.line.map_or(&[][..], cell));
        let Some(code) = cells::subheading(hs) else { return false };
        let (Some(value), Some(quantity)) = (cells::number(cell(at.value)), cells::number(cell(at.quantity)))
        else {
            return false;
        };
        let origin = match at.origin.map(cell) {
            None => 0,
            Some(origin) => match cells::letters(origin).map(|letters| plan.of_origin[letters]) {
                None | Some(NOT_PLAIN) => return false,
                Some(origin) => origin,
            },
        };
        let day = match at.date.map(cell) {
            None => plan.day,
            Some(date) => match cells::date(date) {
                Some(date) => date,
                None => return false,
            },
        };
        let absent = |cell: &[u8]| {
            !plan.layout.absent.is_empty()
                && plan.layout.absent.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell))
        };
        let plain = |cell: &[u8]| cells::plain_text(cell) && !absent(cell);
        let used = [Some(at.hs), Some(at.value), Some(at.quantity), at.origin, at.date];
        if !plain(id) || used.into_iter().flatten().any(|place| absent(cell(place))) {
            return false;
        }
        // The ordinary way has codes that the table lacks: HS 2022 may not have them either.
        let hs_number = plan.of_code[code as usize];
        if hs_number == NO_GROUP {
            return false;
        }
        let table = plan.file.table();
        let price = value / quantity;
        let group = (origin != NO_GROUP).then(|| plan.file.places().group(hs_number, origin)).flatten();
        let judged = group
            .map(|group| table.judge(plan.file.places(), &mut self.others, group, day, (price.ln(), price)));
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
            line: id,
            hs,
            unit_price: price,
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
            let text = cell(place);
            if !cells::plain_text(text) {
                return false;
            }
            out.push(b',');
            out.extend_from_slice(text);
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

/// Cuts a line at its delimiters, quotes around whole cells taken off; false where a cell needs more
/// than that.
fn cut(line: &[u8], delimiter: u8, cells: &mut Vec<(usize, usize)>) -> Result<bool, OpenQuote> {
    cells.clear();
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
