//! The short way of a batch: lines that state no more than code, origin, value and quantity, held to a
//! price table, figures alone asked for. Each line's figures come from its group's, without a verdict's
//! sentences and schedule; several threads take blocks of lines. The same rows as the ordinary run gives,
//! which is there for every line that is not plain. Not a second way to judge: the table does that.

mod beside;
mod block;
mod cells;
mod columns;
#[cfg(test)]
mod drawn;
mod facets;
mod figures;
mod lines;
mod results;
mod text;
#[cfg(test)]
mod ways_tests;

use super::abreast::ASSESSING;
use super::journal::{Beside, Journal};
use super::run::Job;
use super::tally::Tally;
use crate::declared::FIELDS_THAT_FIGURES_NEED;
use crate::declared_file;
use crate::failure::{Failure, caught};
use crate::reading;
use crate::results::ResultsWriter;
use block::{Assessed, OfCode, Places, Plan, Worker};
use columns::GroupTexts;
use facets::Facets;
use indicatif::ProgressBar;
use lines::OpenQuote;
use model::Country;
use results::Results;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use text::{Blocks, Next};

/// Bytes of a line, roughly: with more lines than groups these are written beforehand.
const LINE: u64 = 40;

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
    // A pipe, read here, would give the lines no more.
    if reading::is_stream(job.file) {
        return None;
    }
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
    let of_code = OfCode::of(&facts.codes)?;
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

/// Runs a job the short way, where it is plain, from its beginning or from where a journal says; `beside`: what
/// stands beside its results until they are whole; `extra` are the headers of the columns echoed; `unchanged` is
/// asked of the lines' file before the results get their name.
pub fn run(
    job: &Job<'_>,
    beside: Option<&Beside>,
    found: Option<&Journal>,
    bar: &ProgressBar,
    threads: usize,
    extra: &[String],
    unchanged: &dyn Fn() -> Result<(), Failure>,
) -> Result<Ran, Failure> {
    let (Some(plan), [path]) = (plan(job, threads), job.outputs) else { return Ok(Ran::NotPlain) };
    let mut header = Vec::new();
    ResultsWriter::of_columns(&mut header, &plan.selected, extra)
        .and_then(|mut header| Ok(header.flush()?))
        .map_err(|e| Failure::from_io(&path.display().to_string(), &std::io::Error::other(e)))?;
    let begin = || Results::open(path, &header, beside, found);
    Ok(match lines(job, &plan, bar, threads, begin, unchanged)? {
        Some((tally, interrupted)) => Ran::Done { tally: Box::new(tally), interrupted },
        // The ordinary run writes the file anew.
        None => Ran::NotPlain,
    })
}

/// What a worker has to say.
enum Came {
    /// A block by its number.
    Block(usize, Assessed),
    /// The file is not plain.
    NotPlain,
    /// It cannot be read.
    Broken(Failure),
}

/// Lines that workers take from, with leave to do so: as many blocks are under way as there are leaves.
struct Source {
    blocks: Blocks,
    leaves: mpsc::Receiver<()>,
    taken: usize,
}

impl Source {
    /// The number of a block, that of its first line, and its text, put into the room given; `None`: there
    /// is nothing more to do.
    fn take<'r>(&mut self, room: &'r mut Vec<u8>) -> Result<Option<(usize, Next<'r>)>, Failure> {
        if self.leaves.recv().is_err() {
            return Ok(None);
        }
        let at = self.taken;
        self.taken += 1;
        Ok(match self.blocks.next(room)? {
            Next::End => None,
            next => Some((at, next)),
        })
    }

    /// Whether no line is left; asked when nothing more is taken.
    fn is_through(&mut self) -> bool {
        matches!(self.blocks.next(&mut Vec::new()), Ok(Next::End))
    }
}

/// Takes the next block and judges it, given the number of its first line and its text; `None`: there is nothing
/// more to do. A panic is said, too: the others wait for no block that never comes.
fn came(
    source: &Mutex<Source>,
    text: &mut Vec<u8>,
    judge: impl FnOnce(u64, &[u8]) -> Result<Assessed, OpenQuote>,
) -> Option<Came> {
    let next = || {
        let next = source.lock().unwrap_or_else(PoisonError::into_inner).take(text);
        match next {
            Ok(None | Some((_, Next::End))) => None,
            Ok(Some((_, Next::NotPlain))) => Some(Came::NotPlain),
            Err(failure) => Some(Came::Broken(failure)),
            Ok(Some((at, Next::Lines(first, text)))) => Some(match judge(first, text) {
                Ok(done) => Came::Block(at, done),
                Err(OpenQuote) => Came::NotPlain,
            }),
        }
    };
    caught(ASSESSING, next).unwrap_or_else(|failure| Some(Came::Broken(failure)))
}

/// Assesses every line; `None` where a cell goes over several lines. Each worker reads blocks for itself,
/// this thread writes what became of them, in the order of the file; `begin` begins the
/// results, which have their name at the end, once `unchanged` is asked, or are kept where the run was interrupted.
fn lines<'a>(
    job: &Job<'_>,
    plan: &Plan<'_>,
    bar: &ProgressBar,
    threads: usize,
    begin: impl FnOnce() -> Result<Results<'a>, Failure> + Send,
    unchanged: &dyn Fn() -> Result<(), Failure>,
) -> Result<Option<(Tally, bool)>, Failure> {
    let threads = threads.max(1);
    let mut tally = Tally::new(job.q);
    let families = Mutex::new(Vec::new());
    // Results written, whose memory is lent again.
    let room = Mutex::new(Vec::new());
    let (leave, leaves) = mpsc::channel();
    // No more than a few blocks wait for an earlier one.
    (0..4 * threads).for_each(|_| leave.send(()).unwrap_or_default());
    let source = Mutex::new(Source { blocks: Blocks::open(job.file)?, leaves, taken: 0 });
    let (to_writer, results) = mpsc::channel::<Came>();
    let stop = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| {
        // Meanwhile lines are assessed.
        let out = scope.spawn(begin);
        for _ in 0..threads {
            let (source, families, room, stop) = (&source, &families, &room, &stop);
            let to_writer = to_writer.clone();
            scope.spawn(move || {
                let mut worker = Worker::new(plan);
                let mut text = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let came = came(source, &mut text, |first, text| {
                        bar.inc(text.len() as u64);
                        let out = room.lock().unwrap_or_else(PoisonError::into_inner).pop();
                        worker.block(plan, text, first, out.unwrap_or_default())
                    });
                    let Some(came) = came else { break };
                    if to_writer.send(came).is_err() {
                        break;
                    }
                }
                families.lock().unwrap_or_else(PoisonError::into_inner).push(worker.family);
            });
        }
        drop(to_writer);
        // Owned here, so that leaving early lets the workers go.
        let (mut leave, results) = (Some(leave), results);
        let out = out.join().unwrap_or_else(|_| Err(Failure::bug("the results could not be begun")))?;
        let mut order = Order { next: 0, waiting: BTreeMap::new(), room: &room, out };
        let mut interrupted = false;
        for came in results {
            let (at, done) = match came {
                Came::Block(at, done) => (at, done),
                Came::NotPlain => return Ok(None),
                Came::Broken(failure) => return Err(failure),
            };
            let blocks = order.take(at, done, &mut tally)?;
            order.out.settle(job, tally.lines, false)?;
            if !interrupted && (job.interrupted)(tally.lines) {
                // What is begun is finished.
                stop.store(true, Ordering::Relaxed);
                (interrupted, leave) = (true, None);
            }
            if let Some(leave) = &leave {
                (0..blocks).for_each(|_| leave.send(()).unwrap_or_default());
            }
        }
        // A wish that came with the last lines has ended nothing.
        let all = || order.waiting.is_empty() && source.lock().is_ok_and(|mut source| source.is_through());
        let interrupted = interrupted && !all();
        Ok::<_, Failure>(Some((order.out, interrupted)))
    })?;
    let Some((mut out, interrupted)) = outcome else { return Ok(None) };
    let families = families.into_inner().unwrap_or_else(PoisonError::into_inner);
    let put_together = |tally: &mut Tally| families.into_iter().for_each(|f| tally.add_counted(&[], f));
    if interrupted {
        put_together(&mut tally);
        out.settle(job, tally.lines, true)?;
    } else {
        unchanged()?;
        let out = Mutex::new(Some(out));
        let taken = || out.lock().unwrap_or_else(PoisonError::into_inner).take();
        let finish = || taken().map_or(Ok(()), Results::finish);
        std::thread::scope(|scope| {
            // Some file systems begin to write a file when it takes another's name.
            let named = std::thread::Builder::new().spawn_scoped(scope, finish);
            put_together(&mut tally);
            match named {
                Ok(named) => named
                    .join()
                    .unwrap_or_else(|_| Err(Failure::bug("the results could not be given their name"))),
                // Where there is no thread to be had they get it now.
                Err(_) => finish(),
            }
        })?;
    }
    Ok(Some((tally, interrupted)))
}

/// Blocks written in the order of the file, whichever thread was first.
struct Order<'a, 'r> {
    next: usize,
    waiting: BTreeMap<usize, Assessed>,
    room: &'a Mutex<Vec<Vec<u8>>>,
    out: Results<'r>,
}

impl Order<'_, '_> {
    /// Takes a block; how many are written now that it is here.
    fn take(&mut self, at: usize, done: Assessed, tally: &mut Tally) -> Result<usize, Failure> {
        self.waiting.insert(at, done);
        let before = self.next;
        while let Some(done) = self.waiting.remove(&self.next) {
            self.out.put(&done.out)?;
            tally.add_counted(&done.counts, statistics::fdr::Family::default());
            tally.add_bad(done.bad_lines, &done.bad);
            self.room.lock().unwrap_or_else(PoisonError::into_inner).push(done.out);
            self.next += 1;
        }
        Ok(self.next - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    #[test]
    fn a_panic_over_a_block_is_said_and_keeps_no_other_thread_waiting() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, format!("hs,value\n{}", "070320,1\n".repeat(100_000))).unwrap();
        let (leave, leaves) = mpsc::channel();
        (0..9).for_each(|_| leave.send(()).unwrap());
        let source = Mutex::new(Source { blocks: Blocks::open(file.path()).unwrap(), leaves, taken: 0 });
        let mut text = Vec::new();
        let judged = |_: u64, _: &[u8]| Ok(Assessed::default());
        assert!(matches!(came(&source, &mut text, judged), Some(Came::Block(0, _))));
        match came(&source, &mut text, |first, _| panic!("no group at line {first}")) {
            Some(Came::Broken(failure)) => {
                assert_eq!(failure.exit, Exit::Bug);
                assert!(failure.message.contains("fault of the program: no group at line "), "{failure}");
            }
            _ => panic!("not said"),
        }
        // The others go on until the writer, which has heard of it, lets them go.
        assert!(matches!(came(&source, &mut text, judged), Some(Came::Block(2, _))));
        assert!(matches!(came(&source, &mut text, |_, _| Err(OpenQuote)), Some(Came::NotPlain)));
        drop(leave);
        for _ in 4..9 {
            came(&source, &mut text, judged);
        }
        assert!(came(&source, &mut text, judged).is_none());
    }
}
