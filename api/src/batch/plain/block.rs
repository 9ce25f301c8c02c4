//! A block of whole lines, assessed against a price table; a line that is not plain goes the ordinary
//! way. Not the cutting of lines (`lines`), nor the cells of results (`columns`).

use super::beside::Beside;
use super::cells;
use super::columns::{Columns, GroupTexts, PlainLine};
use super::facets::{Facets, NO_GROUP};
use super::figures::{FigureTexts, OF_FIGURES};
use super::lines::{Cell, Lines, OpenQuote, PlainRead, Read};
use crate::checking::Checker;
use crate::declared_file::{self, DeclaredMap, FieldPlaces, PlainLayout, Unread};
use crate::digits::{as_written, push_part};
use crate::results::ResultsWriter;
use chrono::NaiveDate;
use model::{Country, HsCode, Rung, VerdictCode};
use statistics::fdr::Family;
use statistics::table::{Asked, Facet, NothingInside, OtherDays, PriceFigures, PriceTable, TableFile};

/// Everything lines of a run have in common.
pub(super) struct Plan<'a> {
    pub checker: &'a Checker,
    pub file: &'a TableFile,
    pub map: Option<&'a DeclaredMap>,
    pub layout: PlainLayout,
    /// Places of the cells that count.
    pub at: Places,
    /// Columns whose cells must fit.
    pub beside: Vec<Beside>,
    /// Whether lines without a name have one by the map.
    pub named: bool,
    /// Date of lines that state none.
    pub day: NaiveDate,
    pub columns: Columns,
    pub texts: GroupTexts,
    /// Places of these columns among all.
    pub selected: Vec<usize>,
    /// The header line of the file.
    pub header: Vec<u8>,
    /// Number of each subheading in the table.
    pub of_code: OfCode,
    /// Units, conditions, levels and origins of the lines and of the table.
    pub facets: Facets,
    pub q: f64,
}

/// Numbers of subheadings by their six digits.
pub(super) struct OfCode {
    /// Where the subheadings of each heading of four digits begin; first come a hundred that are none.
    headings: Vec<u32>,
    subheadings: Vec<u32>,
}

impl OfCode {
    /// Of the subheadings of a table, all of six digits.
    pub fn of(codes: &[HsCode]) -> Option<OfCode> {
        let (mut headings, mut subheadings) = (vec![0; 10_000], vec![NO_GROUP; 100]);
        for (number, code) in codes.iter().enumerate() {
            let code: usize = code.as_str().parse().ok()?;
            let begin = headings.get_mut(code / 100)?;
            if *begin == 0 {
                *begin = subheadings.len() as u32;
                subheadings.resize(subheadings.len() + 100, NO_GROUP);
            }
            *subheadings.get_mut(*begin as usize + code % 100)? = number as u32;
        }
        Some(OfCode { headings, subheadings })
    }

    /// The number of a subheading, or [`NO_GROUP`].
    #[inline]
    fn number(&self, code: u32) -> u32 {
        let begin = self.headings.get(code as usize / 100).copied().unwrap_or_default();
        self.subheadings.get((begin + code % 100) as usize).copied().unwrap_or(NO_GROUP)
    }
}

/// Places of the cells that count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub hs: usize,
    pub value: usize,
    /// Whether that is the price of one unit, not the value of the line.
    pub per_unit: bool,
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
    /// Lines that went the ordinary way.
    #[cfg(test)]
    pub ordinary: u64,
}

/// Bad lines kept of a block.
const KEPT: usize = 5;

/// Lines read together, and those of them that are judged together.
#[derive(Default)]
struct Few {
    lines: Vec<Read>,
    cells: Vec<Cell>,
    asked: Vec<Asked>,
    judged: Vec<(VerdictCode, PriceFigures)>,
    figures: FigureTexts,
}

/// Lines whose groups are looked up together.
const AT_A_TIME: usize = 128;

impl Few {
    /// Looks up the groups of the lines: code, group and whether it is plain in a loop each, so that
    /// no look-up waits for another line's.
    fn look_up(&mut self, plan: &Plan<'_>) {
        for line in &mut self.lines {
            line.hs = line.read.as_ref().map_or(NO_GROUP, |read| plan.of_code.number(read.code));
        }
        let places = plan.file.places();
        for line in &mut self.lines {
            let facet = line.read.as_ref().map_or(NO_GROUP, |read| read.facet);
            if line.hs != NO_GROUP && facet != NO_GROUP {
                line.group = places.group(line.hs, facet);
            }
        }
        for line in &mut self.lines {
            match (&line.read, line.group) {
                (Some(read), Some(group))
                    if read.day == plan.file.facts().as_of && places.is_plain(group) =>
                {
                    line.together = true;
                    self.asked.push(Asked { group, price: read.price });
                }
                // The ordinary way has codes that the table lacks: HS 2022 may not have them either.
                _ if line.hs == NO_GROUP => line.read = None,
                _ => {}
            }
        }
    }
}

impl Worker {
    pub fn new(plan: &Plan<'_>) -> Worker {
        let table = plan.file.table();
        Worker {
            others: OtherDays::of(&table),
            family: Family::new(plan.q),
            few: Few::default(),
            #[cfg(test)]
            ordinary: 0,
        }
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
        let table = plan.file.table();
        let mut few = std::mem::take(&mut self.few);
        let mut lines = Lines::of(text, first);
        let mut more = true;
        while more {
            few.lines.clear();
            few.cells.clear();
            few.asked.clear();
            few.judged.clear();
            while few.lines.len() < AT_A_TIME {
                let Some(line) = lines.next(plan, &mut few.cells)? else {
                    more = false;
                    break;
                };
                few.lines.push(line);
            }
            few.look_up(plan);
            table.judge_many(plan.file.places(), &few.asked, &mut few.judged);
            few.figures.fill(plan.columns.figures(), &few.asked, &few.judged);
            plan.texts.touch(&few.asked);
            let mut judged = few.asked.iter().zip(&few.judged).enumerate();
            for line in &few.lines {
                done.lines += 1;
                let written = done.out.len();
                let cells = &few.cells[line.cells..];
                let of = Writing { plan, table: &table, text, cells, number: line.number };
                let found = match (&line.read, line.together) {
                    (None, _) => None,
                    (Some(read), true) => judged.next().and_then(|(place, (asked, of_line))| {
                        of.together((read, *asked), of_line, (&few.figures, place), &mut done.out)
                    }),
                    (Some(read), false) => {
                        of.alone(&mut self.others, (line.hs, line.group, read), &mut done.out)
                    }
                };
                match found {
                    Some((verdict, test)) => {
                        counts[verdict as usize] += 1;
                        if let Some((p, floor)) = test {
                            self.family.add(p, floor);
                        }
                    }
                    None => {
                        done.out.truncate(written);
                        self.ordinary(plan, &text[line.from..line.to], line.number, &mut done, &mut counts);
                    }
                }
            }
        }
        self.few = few;
        done.counts = VerdictCode::ALL.iter().map(|&code| (code, counts[code as usize])).collect();
        Ok(done)
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
        #[cfg(test)]
        {
            self.ordinary += 1;
        }
        let text = [&plan.header[..], b"\n", line, b"\n"].concat();
        let row = declared_file::read(&text[..], "", plan.map).ok().and_then(|mut lines| lines.next());
        let (input, extra) = match row {
            Some(row) => (row.line, row.extra),
            None => (Err(Unread::row("the line cannot be cut into cells".to_owned())), Vec::new()),
        };
        let assessed = super::super::abreast::assess(plan.checker, number, input, &FieldPlaces::default());
        let record = assessed.record();
        let facts = super::super::facts::Facts::of(number, &assessed.input, None, &record, None);
        match (facts.verdict, &facts.error) {
            (Some(verdict), _) => {
                counts[verdict as usize] += 1;
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

/// A verdict, and the test it is to its batch: the p it rests on, and the smallest it could have had.
type Found = (VerdictCode, Option<(f64, f64)>);

/// A plain line about to be written; `None` of what is written where it turns out to be none.
struct Writing<'a> {
    plan: &'a Plan<'a>,
    table: &'a PriceTable<'a>,
    text: &'a [u8],
    cells: &'a [Cell],
    number: u64,
}

impl Writing<'_> {
    /// A line judged together with others.
    fn together(
        &self,
        (read, asked): (&PlainRead, Asked),
        (verdict, price): &(VerdictCode, PriceFigures),
        figures: (&FigureTexts, usize),
        out: &mut Vec<u8>,
    ) -> Option<Found> {
        let begun = out.len();
        let line = PlainLine { verdict: *verdict, price: Some(price), ..self.line(read) };
        let group = || (self.table.counts(asked.group as usize), self.table.figures(asked.group as usize));
        line.write_own(&self.plan.columns, (&self.plan.texts, asked.group), figures, group, out);
        self.end(begun, out)?;
        Some((*verdict, Some(test_of(price))))
    }

    /// A line judged by itself.
    fn alone(
        &self,
        others: &mut OtherDays,
        (hs, group, read): (u32, Option<u32>, &PlainRead),
        out: &mut Vec<u8>,
    ) -> Option<Found> {
        let (plan, table, begun) = (self.plan, self.table, out.len());
        let judged = group.map(|group| table.judge(plan.file.places(), others, group, read.day, read.price));
        // All origins together may have what the line's own has not: the ordinary way looks.
        let wider = plan.at.origin.is_some() && plan.file.parameters().widest_rung > Rung::Hs6Facets;
        let judges = matches!(&judged, Some(Ok(judged)) if judged.price.is_some());
        if wider && !judges {
            return None;
        }
        let empty = |outside| {
            let facet = Facet { footing: read.footing.footing(), origin: self.origin() };
            table.empty_gate(outside, plan.file.places().in_other_unit(table.facts, hs, facet))
        };
        let (judged, failed) = match judged {
            Some(Err(NothingInside { outside })) => (None, vec![empty(outside)]),
            None => (None, vec![empty(0)]),
            Some(Ok(judged)) if judged.price.is_none() => {
                let failed = table.failed_gates(&judged);
                (Some(judged), failed)
            }
            Some(Ok(judged)) => (Some(judged), Vec::new()),
        };
        let group = judged.as_ref().map(|judged| (judged.counts, judged.figures));
        let line = PlainLine {
            verdict: judged.as_ref().map_or(VerdictCode::InsufficientEvidence, |judged| judged.verdict),
            price: judged.as_ref().and_then(|judged| judged.price.as_ref()),
            group: group.as_ref(),
            failed: &failed,
            ..self.line(read)
        };
        line.write_all(&plan.columns, out);
        self.end(begun, out)?;
        Some((line.verdict, line.price.map(test_of)))
    }

    /// Its country of origin, where that counts.
    fn origin(&self) -> Option<Country> {
        let (from, to) = self.cells[self.plan.at.origin?];
        let cell = cells::trimmed(&self.text[from as usize..to as usize]);
        std::str::from_utf8(cell).ok()?.parse().ok()
    }

    /// What a line states, without a judgement.
    fn line(&self, read: &PlainRead) -> PlainLine<'_> {
        let (at, facts) = (&self.plan.at, self.plan.file.facts());
        let place = |at: usize| {
            let (from, to) = (self.cells[at].0 as usize, self.cells[at].1 as usize);
            let cell = &self.text[from..to];
            let from = from + cell.len() - cell.trim_ascii_start().len();
            (from, from + cells::trimmed(cell).len())
        };
        PlainLine {
            number: self.number,
            text: self.text,
            line: at.line.map_or((0, 0), place),
            hs: place(at.hs),
            unit_price: read.price,
            verdict: VerdictCode::InsufficientEvidence,
            price: None,
            group: None,
            failed: &[],
            unit: read.footing.unit(),
            currency: facts.currency,
        }
    }

    /// The columns echoed, and the end of the line.
    fn end(&self, begun: usize, out: &mut Vec<u8>) -> Option<()> {
        let layout = &self.plan.layout;
        for &place in &layout.extra {
            // As it stands, blanks and all.
            let (from, to) = (self.cells[place].0 as usize, self.cells[place].1 as usize);
            if !cells::plain_text(&self.text[from..to]) {
                return None;
            }
            push_part::<16>(out, self.text, from, to);
            out.push(b',');
        }
        // A record of one empty cell is not a blank line.
        if out.len() == begun + 1 && self.plan.columns.len() + layout.extra.len() == 1 {
            out.truncate(begun);
            out.extend_from_slice(b"\"\",");
        }
        *out.last_mut()? = b'\n';
        Some(())
    }
}

/// The test that a judged price is to its batch: by its figures as they are written, so that a batch comes to
/// the same whether it is reckoned at once or from its results (`facts`).
#[inline]
fn test_of(price: &PriceFigures) -> (f64, f64) {
    let written = |number| as_written(number, OF_FIGURES);
    match &price.calibrated {
        Some(c) => (written(c.p_lower), 1.0 / (1.0 + written(c.ranks))),
        None => (written(price.p_lower), written(price.smallest_p)),
    }
}
