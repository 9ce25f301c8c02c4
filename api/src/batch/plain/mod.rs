//! The short way of a batch: lines that state no more than code, origin, value and quantity, held to a
//! price table, figures alone asked for. Each line's figures come from its group's, without a verdict's
//! sentences and schedule; several threads take blocks of lines. The same rows as the ordinary run gives,
//! which is there for every line that is not plain. Not a second way to judge: the table does that.

mod beside;
mod block;
mod cells;
mod columns;
mod facets;
mod lines;
mod results;

use super::journal::{self, Journal};
use super::run::Job;
use super::tally::Tally;
use crate::declared::FIELDS_THAT_FIGURES_NEED;
use crate::declared_file;
use crate::failure::Failure;
use crate::results::ResultsWriter;
use block::{Assessed, Places, Plan, Worker};
use columns::GroupTexts;
use facets::{Facets, NO_GROUP};
use indicatif::ProgressBar;
use lines::OpenQuote;
use memchr::{memchr, memchr_iter, memrchr};
use model::Country;
use results::Results;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};

/// Bytes of a line, roughly: with more lines than groups these are written beforehand.
const LINE: u64 = 40;

/// Bytes of lines a thread takes at a time.
const BLOCK: usize = 256 << 10;

/// What a plain run came to.
pub enum Ran {
    /// The lines are assessed; whether a wish to stop ended it before the end.
    Done { tally: Box<Tally>, interrupted: bool },
    /// This job, or this file, is not plain.
    NotPlain,
}

/// A job's plan, where it is plain: an uncompressed CSV against a price table, figures into one CSV.
fn plan<'a>(job: &Job<'a>, threads: usize) -> Option<Plan<'a>> {
    let file = job.checker.reference().table()?;
    let nothing_else = job.rollups.is_none() && job.patterns.is_none() && job.importers.is_none();
    let columns = columns::plain_columns(job.columns?)?;
    // A table is described by its own rules; other rules need its rows.
    if !nothing_else || job.outputs.len() != 1 || file.parameters() != job.checker.parameters() {
        return None;
    }
    let mut reader = BufReader::new(File::open(job.file).ok()?);
    let mut header = Vec::new();
    reader.read_until(b'\n', &mut header).ok()?;
    if header.starts_with(&[0x1f, 0x8b]) || header.starts_with(b"PAR1") || header.starts_with(b"PK\x03\x04") {
        return None;
    }
    let header = header.strip_suffix(b"\n").unwrap_or(&header).to_vec();
    let header = header.strip_suffix(b"\r").unwrap_or(&header).to_vec();
    // A lone carriage return ends a line, too: the ordinary reader knows.
    if header.contains(&b'\r') {
        return None;
    }
    let layout = declared_file::read(&header[..], "", job.map).ok()?.plain_layout()?;
    let facts = file.facts();
    let given =
        |field: &str| layout.defaults.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str());
    let place = |field: &str| layout.places.iter().find(|(name, _)| *name == field).map(|(_, at)| *at);
    let fields =
        layout.places.iter().map(|(name, _)| *name).chain(layout.defaults.iter().map(|(name, _)| *name));
    let known = |name: &str| FIELDS_THAT_FIGURES_NEED.contains(&name) || beside::FIELDS.contains(&name);
    if !fields.into_iter().all(known) {
        return None;
    }
    let facets = Facets::stated(&layout, facts)?;
    // What else all lines share must be what all prices share.
    let beside = beside::columns(&layout, facts, facets.unit_of_all())?;
    let day = match given("export_date") {
        Some(text) => cells::date(text.trim().as_bytes())?,
        None => job.checker.default_date(),
    };
    // The value of the line, or the price of one unit; of both the ordinary way says which is too many.
    let (value, per_unit) = match (place("value"), place("price")) {
        (Some(at), None) if given("price").is_none() => (at, false),
        (None, Some(at)) if given("value").is_none() => (at, true),
        _ => return None,
    };
    if given("origin").is_some_and(|text| text.trim().parse::<Country>().is_err()) {
        return None;
    }
    let origin_counts = file.parameters().origin_facet;
    let at = Places {
        hs: place("hs")?,
        value,
        per_unit,
        quantity: place("quantity")?,
        origin: if origin_counts { Some(place("origin")?) } else { None },
        stated_origin: place("origin"),
        line: place("line"),
        date: place("export_date"),
    };
    // A name that holds for all lines is no column to echo.
    let named = given("line").is_some();
    if at.line.is_none() && named {
        return None;
    }
    let mut of_code = vec![NO_GROUP; 1_000_000];
    for (number, code) in facts.codes.iter().enumerate() {
        let digits: usize = code.as_str().parse().ok()?;
        *of_code.get_mut(digits)? = number as u32;
    }
    let (selected, q) = (job.columns?.to_vec(), job.q);
    let many = std::fs::metadata(job.file).ok()?.len() / LINE > file.table().len() as u64;
    Some(Plan {
        checker: job.checker,
        file,
        map: job.map,
        layout,
        at,
        beside,
        named,
        day,
        texts: if many { GroupTexts::of(&columns, file, threads) } else { GroupTexts::none() },
        columns,
        selected,
        header,
        of_code,
        facets,
        q,
    })
}

/// Runs a job the short way, where it is plain, from its beginning or from where a journal says; `extra` are
/// the headers of the columns echoed.
pub fn run(
    job: &Job<'_>,
    found: Option<&Journal>,
    bar: &ProgressBar,
    threads: usize,
    extra: &[String],
) -> Result<Ran, Failure> {
    let (Some(plan), [path]) = (plan(job, threads), job.outputs) else { return Ok(Ran::NotPlain) };
    let mut header = Vec::new();
    ResultsWriter::of_columns(&mut header, &plan.selected, extra)
        .and_then(|mut header| Ok(header.flush()?))
        .map_err(|e| Failure::from_io(&path.display().to_string(), &std::io::Error::other(e)))?;
    let mut out = Results::open(path, &header, found)?;
    Ok(match lines(job, &plan, bar, threads, &mut out)? {
        Some((tally, interrupted)) => {
            if interrupted {
                out.settle(job, tally.lines, true)?;
            } else {
                journal::remove(path)?;
            }
            Ran::Done { tally: Box::new(tally), interrupted }
        }
        // The ordinary run writes the file anew.
        None => Ran::NotPlain,
    })
}

type Outcome = Result<Assessed, OpenQuote>;

/// Assesses every line; `None` where a cell goes over several lines.
fn lines(
    job: &Job<'_>,
    plan: &Plan<'_>,
    bar: &ProgressBar,
    threads: usize,
    out: &mut Results,
) -> Result<Option<(Tally, bool)>, Failure> {
    let mut blocks = Blocks::open(job.file)?;
    let threads = threads.max(1);
    let mut tally = Tally::new(job.q);
    let families = Mutex::new(Vec::new());
    // Results written, whose memory is lent again.
    let room = Mutex::new(Vec::new());
    let (to_workers, work) = mpsc::sync_channel::<(usize, u64, Vec<u8>)>(threads);
    let work = Mutex::new(work);
    let (to_writer, results) = mpsc::channel::<(usize, Outcome)>();
    let outcome = std::thread::scope(|scope| {
        for _ in 0..threads {
            let (work, families, room, to_writer) = (&work, &families, &room, to_writer.clone());
            scope.spawn(move || {
                let mut worker = Worker::new(plan);
                loop {
                    let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((at, first, text)) = next else { break };
                    let out = room.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
                    if to_writer.send((at, worker.block(plan, &text, first, out))).is_err() {
                        break;
                    }
                }
                families.lock().unwrap_or_else(PoisonError::into_inner).push(worker.family);
            });
        }
        drop(to_writer);
        let mut order = Order { next: 0, waiting: BTreeMap::new(), room: &room };
        let (mut sent, mut interrupted) = (0, false);
        // Owned here, so that leaving early lets the workers go.
        let to_workers = to_workers;
        loop {
            let (first, text) = match blocks.next()? {
                Next::Lines(first, text) => (first, text),
                Next::End => break,
                Next::NotPlain => return Ok(None),
            };
            bar.inc(text.len() as u64);
            if to_workers.send((sent, first, text)).is_err() {
                break;
            }
            sent += 1;
            while let Ok((at, done)) = results.try_recv() {
                if !order.take(at, done, out, &mut tally)? {
                    return Ok(None);
                }
            }
            // No more than a few blocks wait for an earlier one.
            while sent - order.next > 4 * threads {
                let Ok((at, done)) = results.recv() else { break };
                if !order.take(at, done, out, &mut tally)? {
                    return Ok(None);
                }
            }
            out.settle(job, tally.lines, false)?;
            if (job.interrupted)(tally.lines) {
                interrupted = true;
                break;
            }
        }
        drop(to_workers);
        for (at, done) in results {
            if !order.take(at, done, out, &mut tally)? {
                return Ok(None);
            }
        }
        Ok::<_, Failure>(Some(interrupted))
    })?;
    for family in families.into_inner().unwrap_or_else(PoisonError::into_inner) {
        tally.add_counted(&[], family);
    }
    Ok(outcome.map(|interrupted| (tally, interrupted)))
}

/// Blocks written in the order of the file, whichever thread was first.
struct Order<'a> {
    next: usize,
    waiting: BTreeMap<usize, Assessed>,
    room: &'a Mutex<Vec<Vec<u8>>>,
}

impl Order<'_> {
    /// Takes a block; false where the file is not plain.
    fn take(
        &mut self,
        at: usize,
        done: Outcome,
        out: &mut Results,
        tally: &mut Tally,
    ) -> Result<bool, Failure> {
        let Ok(done) = done else { return Ok(false) };
        self.waiting.insert(at, done);
        while let Some(done) = self.waiting.remove(&self.next) {
            out.put(&done.out)?;
            tally.add_counted(&done.counts, statistics::fdr::Family::default());
            tally.add_bad(done.bad_lines, &done.bad);
            self.room.lock().unwrap_or_else(PoisonError::into_inner).push(done.out);
            self.next += 1;
        }
        Ok(true)
    }
}

/// What comes next of a file.
enum Next {
    /// Whole lines, and the number of the first.
    Lines(u64, Vec<u8>),
    End,
    /// A line longer than the ordinary reader takes: it says so of that line.
    NotPlain,
}

/// The file in blocks of whole lines, behind its header.
struct Blocks {
    file: File,
    name: String,
    /// The begun line behind the last block.
    rest: Vec<u8>,
    number: u64,
    ended: bool,
}

impl Blocks {
    fn open(path: &Path) -> Result<Blocks, Failure> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| Failure::from_io(&name, &e))?;
        let mut blocks = Blocks { file, name, rest: Vec::new(), number: 1, ended: false };
        // The header is a line of the first block that is taken off.
        if let Next::Lines(_, text) = blocks.next()? {
            let end = memchr(b'\n', &text).map_or(text.len(), |at| at + 1);
            let mut rest = text[end..].to_vec();
            rest.append(&mut blocks.rest);
            (blocks.rest, blocks.number) = (rest, 2);
            blocks.ended = false;
        }
        Ok(blocks)
    }

    /// The next block, with the number of its first line.
    fn next(&mut self) -> Result<Next, Failure> {
        if self.ended {
            return Ok(Next::End);
        }
        let mut text = std::mem::take(&mut self.rest);
        loop {
            let had = text.len();
            let wanted = BLOCK.saturating_sub(had).max(1 << 16);
            let read = (&mut self.file)
                .take(wanted as u64)
                .read_to_end(&mut text)
                .map_err(|e| Failure::from_io(&self.name, &e))?;
            if read == 0 {
                self.ended = true;
                break;
            }
            if let Some(last) = memrchr(b'\n', &text[had..]) {
                self.rest = text.split_off(had + last + 1);
                break;
            }
            if text.len() > crate::import::MAX_LINE {
                return Ok(Next::NotPlain);
            }
        }
        if text.is_empty() {
            return Ok(Next::End);
        }
        let first = self.number;
        self.number += memchr_iter(b'\n', &text).count() as u64;
        Ok(Next::Lines(first, text))
    }
}
