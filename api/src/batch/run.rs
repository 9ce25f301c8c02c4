//! One run over a file of declared lines: each is read, assessed and written to every output as it
//! comes; CSV and Parquet are streamed, a workbook is held in memory. An interrupted run into one CSV
//! goes on from its journal.

use super::abreast::{Abreast, Line};
use super::csv_out::{Columns, CsvOut, Done, from_csv};
use super::facts::{self, Facts};
use super::importers::ImporterKey;
use super::input::{self, Bytes};
use super::journal::{self, Beside, Journal, Run};
use super::outputs::{self, Kind};
use super::parquet::ParquetResults;
use super::patterns::{self, Collector, Enough};
use super::plain;
use super::rollups::{self, Rollups};
use super::tally::{Batch, Tally};
use crate::assessed::{AssessedLine, COLUMNS};
use crate::checking::{Checker, ReadWith};
use crate::commands::{discovery_told, output};
use crate::declared_file::{DeclaredLines, DeclaredMap};
use crate::failure::Failure;
use crate::http::CheckService;
use crate::validation;
use crate::whole_file::{self, WholeFile};
use crate::workbook;
use crate::workbook::collect::Lines;
use crate::workbook::schedules::{FINDINGS, OFFERS, Schedule};
use chrono::{DateTime, Utc};
use model::{CAVEAT, ContentHash};
use sha2::{Digest, Sha256};
use statistics::{Detail, METHOD};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempPath;

/// Lines between two looks at the clock and at the wish to stop.
const LOOK_EVERY: u64 = 64;
/// How much work an interruption may cost.
pub(super) const CHECKPOINT: Duration = Duration::from_secs(2);

/// What is to be done.
pub struct Job<'a> {
    /// The reference.
    pub checker: &'a Checker,
    /// Declared lines: CSV, plain or gzip, XLSX or Parquet; CSV may come through a pipe.
    pub file: &'a Path,
    /// What its columns mean.
    pub map: Option<&'a DeclaredMap>,
    /// The file that says so, for the method sheet.
    pub map_file: Option<&'a Path>,
    /// The file of the reference, where one was named.
    pub snapshot_file: Option<&'a Path>,
    /// Which sheet of a workbook, where it is not the first.
    pub sheet: Option<&'a str>,
    /// Results: .csv, .xlsx, .parquet.
    pub outputs: &'a [PathBuf],
    /// Roll-ups as CSV.
    pub rollups: Option<&'a Path>,
    /// Importer × product pairs as CSV.
    pub patterns: Option<&'a Path>,
    /// False discovery rate of each family.
    pub q: f64,
    /// The present.
    pub now: DateTime<Utc>,
    /// Hashes importers before anything else sees them.
    pub importers: Option<&'a ImporterKey>,
    /// Goes on with an interrupted run.
    pub resume: bool,
    /// Places of the columns wanted in results as CSV; `None`: all.
    pub columns: Option<&'a [usize]>,
    /// Threads that assess, at least 1. Results do not hang on it.
    pub threads: usize,
    /// Asked after every few lines, with the lines done: whether to stop here.
    pub interrupted: &'a dyn Fn(u64) -> bool,
}

impl<'a> Job<'a> {
    /// A run over a file into outputs, with nothing else asked for.
    pub fn new(
        checker: &'a Checker,
        file: &'a Path,
        outputs: &'a [PathBuf],
        q: f64,
        now: DateTime<Utc>,
    ) -> Job<'a> {
        Job {
            checker,
            file,
            map: None,
            map_file: None,
            snapshot_file: None,
            sheet: None,
            outputs,
            rollups: None,
            patterns: None,
            q,
            now,
            importers: None,
            resume: false,
            columns: None,
            threads: crate::threads(),
            interrupted: &|_| false,
        }
    }
}

/// Runs the job. Its outputs appear under their names when all of them are whole.
pub fn run(job: &Job<'_>) -> Result<Batch, Failure> {
    let kinds = outputs::kinds(job)?;
    let beside = outputs::resumable(job, &kinds)?;
    run_through(job, &kinds, beside.as_ref()).map_err(|failure| match &beside {
        Some(beside) => beside.told(failure),
        None => failure,
    })
}

/// Runs it into files of these kinds; `beside`: what stands beside results that can be gone on with.
fn run_through(job: &Job<'_>, kinds: &[Kind], beside: Option<&Beside>) -> Result<Batch, Failure> {
    let name = input::name_of(job.file);
    // Of a pipe nothing can be read twice.
    let told = || job.file.is_file().then(|| journal::fingerprint(job.file)).transpose();
    let before = told()?;
    // The results state what they were made of.
    let unchanged = || {
        if told()? == before {
            return Ok(());
        }
        let what = format!("{}: it was changed or replaced while it was read", job.file.display());
        Err(Failure::input(what).hint("assess it again when nobody writes it any more"))
    };
    let input::Opened { mut lines, bar, bytes } = input::open(job.file, job.map, job.sheet)?;
    for warning in lines.warnings() {
        eprintln!("touchstone: {name}: {warning}");
    }
    // Else what is to be hashed would be echoed as it stands.
    if job.importers.is_some() {
        if !lines.has("importer") {
            return Err(Failure::input(format!(
                "{name}: --hash-importers: no column is that of the importer"
            ))
            .hint("name it in the map: [columns] importer = \"…\"; or leave the flag out"));
        }
        if let Some(other) = lines.beside("importer") {
            return Err(Failure::input(format!(
                "{name}: --hash-importers: the importer's column is that of the field {other}, too, which is not hashed"
            ))
            .hint("give each a column of its own in the map"));
        }
        lines.quote_nothing();
    }
    // A day nobody named decides which offers count.
    if !lines.has("export_date") && job.checker.default_date() == job.now.date_naive() {
        eprintln!(
            "touchstone: {name}: no column states the date of export: every line is held to today, {} (--as-of names another)",
            job.checker.default_date()
        );
    }
    let office = office_of(&lines, job.map, &name)?;
    let extra = lines.extra_columns().to_vec();
    let enough = Enough::of(job.checker.parameters());
    if job.columns.is_some() && kinds.iter().any(|kind| *kind != Kind::Csv) {
        return Err(Failure::input("chosen columns go into results as .csv")
            .hint("without --columns results may be .xlsx and .parquet"));
    }
    let mut found = match beside {
        Some(beside) if job.resume => beside.journal_of(&this_run(job)?)?,
        _ => None,
    };
    if let Some(beside) = beside.filter(|_| job.resume && found.is_none()) {
        let journal = beside.journal.display();
        eprintln!("touchstone: {journal} is not there: nothing to go on with, the run begins anew");
    }
    let resumed = found.as_ref().map_or(0, |journal| journal.lines);
    // A wish to stop that came before anything is begun leaves all as it was.
    if (job.interrupted)(0) {
        let kept = found.and(beside).map(|beside| beside.partial.clone());
        let nothing = Tally::new(job.q).finish(job.q, Collector::default().test(job.q, enough));
        return Ok(Batch { interrupted: true, resumed, kept, ..nothing });
    }
    if job.columns.is_some() {
        let (plainly, threads) = (found.as_ref().filter(|journal| journal.facts.is_none()), job.threads);
        // A journal with facts is that of an ordinary run.
        if found.is_some() == plainly.is_some()
            && let plain::Ran::Done { tally, interrupted } =
                plain::run(job, beside, plainly, &bar, threads, &extra, &unchanged)?
        {
            bar.finish_and_clear();
            let batch = tally.finish(job.q, Collector::default().test(job.q, enough));
            let calibration = calibration(job.checker).to_owned();
            let kept = beside.filter(|_| interrupted).map(|beside| beside.partial.clone());
            return Ok(Batch { interrupted, resumed, calibration, kept, ..batch });
        }
        // Where it was not plain after all the ordinary run begins anew.
        let left = found.take_if(|journal| journal.facts.is_none());
        if let Some(beside) = beside.filter(|_| left.is_some()) {
            let kept = beside.partial.display();
            eprintln!("touchstone: {kept}: this run cannot go on with it and begins anew");
        }
    }
    let resumed = found.as_ref().map_or(0, |journal| journal.lines);
    let run = beside.map(|_| this_run(job)).transpose()?;
    // Every file is begun or held before what an earlier run has left of one is touched: a run that is refused
    // leaves it to be gone on with.
    let (mut csvs, mut parquets, mut workbooks) = (Vec::new(), Vec::new(), Vec::new());
    // Only of results with a journal.
    let mut digest = beside.map(|_| Sha256::new());
    let mut facts_digest = None;
    for (out, kind) in job.outputs.iter().zip(kinds) {
        match (kind, &found, beside) {
            (Kind::Csv, Some(journal), Some(beside)) => {
                let (file, digests) = beside.go_on(out, journal, false)?;
                (digest, facts_digest) = digests.map(|both| (both.results, both.facts)).unzip();
                csvs.push((out, file));
            }
            (Kind::Csv, ..) => csvs.push((out, WholeFile::hold(out)?)),
            (Kind::Xlsx, ..) => workbooks.push((out, WholeFile::create(out)?)),
            (Kind::Parquet, ..) => parquets.push(ParquetResults::create(out, &extra, &method(job.checker))?),
        }
    }
    let tables = [job.rollups, job.patterns];
    let [rollups_file, patterns_file] = tables.map(|path| path.map(WholeFile::hold).transpose());
    let (rollups_file, patterns_file) = (rollups_file?, patterns_file?);
    let anew = csvs.iter().filter(|_| found.is_none()).map(|(out, file)| (out.as_path(), file));
    let [sums, pairs] = [job.rollups.zip(rollups_file.as_ref()), job.patterns.zip(patterns_file.as_ref())];
    for (out, file) in anew.chain(sums).chain(pairs) {
        if let Some(beside) = Beside::of(out)? {
            beside.remove()?;
        }
        file.cut()?;
    }
    let columns = Columns { own: job.columns, extra: &extra };
    let mut csvs = (csvs.into_iter())
        .map(|(out, file)| CsvOut::results(out, file, digest.take(), columns, found.is_none()))
        .collect::<Result<Vec<_>, _>>()?;
    // What chosen columns do not say of a line is kept beside them as long as the run is not finished.
    let facts = beside.filter(|_| job.columns.is_some()).map(|beside| &beside.facts);
    let (mut kept_beside, mut facts_left) = (None, None);
    if let Some(beside) = beside.filter(|_| facts.is_some()) {
        let safe = found.as_ref().and_then(|journal| journal.facts).zip(facts_digest);
        let goes_on = safe.is_some();
        let columns = Columns { own: Some(&*facts::READ_BACK), extra: &[] };
        kept_beside = Some(CsvOut::passing(beside, columns, safe)?);
        // Without a journal they go with the run.
        let mut left =
            TempPath::try_from_path(&beside.facts).map_err(|e| whole_file::failed(&beside.facts, &e))?;
        left.disable_cleanup(goes_on);
        facts_left = Some(left);
    }
    let mut done = match (&found, facts, beside) {
        (Some(Journal { facts: Some(bytes), .. }), Some(facts), _) => {
            Some(Done::open(facts, *bytes, Some(&*facts::READ_BACK))?)
        }
        (Some(journal), _, Some(beside)) => Some(Done::open(&beside.partial, journal.bytes, None)?),
        _ => None,
    };
    let (mut tally, mut sums, mut collector) = (Tally::new(job.q), Rollups::default(), Collector::default());
    let mut kept = Lines::default();
    let mut looked = Instant::now();
    let mut interrupted = false;
    let known = found.as_ref().map_or(0, |journal| journal.lines);
    // A wish that came with the last line has ended nothing. A pipe may have been ended by the same signal.
    let stops = |done: u64, lines: &mut Abreast<'_, _>| {
        (job.interrupted)(done) && !(before.is_some() && lines.is_through())
    };
    let mut lines = Abreast::new(job.checker, &mut lines, job.importers, known, job.threads);
    while let Some(row) = lines.next() {
        let row = row?;
        let office = office.and_then(|at| row.extra.get(at)).map(String::as_str);
        let mut count = |facts: &Facts<'_>| {
            tally.add(facts);
            sums.add(facts);
            collector.add(facts);
        };
        let line = match (row.line, &mut done) {
            (Line::Assessed(line), _) => *line,
            (Line::Known { input, whole }, Some(before)) => {
                let record = before.next(row.number)?;
                let declaration = whole.then(|| job.checker.read(&input).ok()).flatten();
                count(&Facts::of(row.number, &input, declaration.as_ref(), &record, office));
                bar.tick();
                // The journal that was found is the better one.
                interrupted = tally.lines.is_multiple_of(LOOK_EVERY) && stops(tally.lines, &mut lines);
                if interrupted {
                    break;
                }
                continue;
            }
            // Nothing is known without an earlier run.
            (Line::Known { .. }, None) => continue,
        };
        let record = line.record();
        let declaration = line.result.as_ref().ok().map(|verdict| &verdict.declaration);
        count(&Facts::of(row.number, &line.input, declaration, &record, office));
        for out in &mut csvs {
            match job.columns {
                None => out.write(&record, &row.extra)?,
                Some(places) => {
                    let chosen: Vec<String> = places.iter().map(|&at| record[at].clone()).collect();
                    out.write(&chosen, &row.extra)?;
                }
            }
        }
        if let Some(beside) = &mut kept_beside {
            let cells = facts::READ_BACK.iter().map(|&at| record[at].clone()).collect::<Vec<_>>();
            beside.write(&cells, &[])?;
        }
        for writer in &mut parquets {
            writer.write(&line, &row.extra)?;
        }
        if !workbooks.is_empty() {
            kept.add(line, office);
        }
        if tally.lines.is_multiple_of(LOOK_EVERY) {
            bar.set_message(format!("{} lines", output::count(tally.lines)));
            interrupted = stops(tally.lines, &mut lines);
            if let (Some(beside), Some(run), [out]) = (beside, &run, csvs.as_mut_slice())
                && (interrupted || looked.elapsed() >= CHECKPOINT)
            {
                let (bytes, digest) = out.settle()?;
                let (facts, facts_digest) = kept_beside.as_mut().map(CsvOut::settle).transpose()?.unzip();
                let (run, lines, facts_digest) = (run.clone(), tally.lines, facts_digest.unwrap_or_default());
                beside.write(&Journal { run, lines, bytes, facts, digest, facts_digest })?;
                // Without a journal nobody could go on with them.
                out.keep();
                if let Some(left) = &mut facts_left {
                    left.disable_cleanup(true);
                }
                looked = Instant::now();
            }
            if interrupted {
                break;
            }
        }
    }
    // The signal may have ended the pipe's writer first, in the middle of its lines.
    if before.is_none() && !interrupted {
        interrupted = (job.interrupted)(tally.lines);
    }
    bar.finish_and_clear();
    if interrupted {
        let batch = tally.finish(job.q, collector.test(job.q, enough));
        let kept = beside.map(|beside| beside.partial.clone());
        return Ok(Batch { interrupted: true, resumed, kept, ..batch });
    }
    let batch = Batch {
        resumed,
        calibration: calibration(job.checker).to_owned(),
        ..tally.finish(job.q, collector.test(job.q, enough))
    };
    let mut whole = Vec::new();
    let of = |kind| {
        job.outputs.iter().zip(kinds).filter(move |(_, of)| **of == kind).map(|(out, _)| out.as_path())
    };
    for (out, path) in csvs.into_iter().zip(of(Kind::Csv)) {
        whole.push((path, out.whole()?));
    }
    for (out, path) in parquets.into_iter().zip(of(Kind::Parquet)) {
        whole.push((path, out.whole()?));
    }
    let mut put = |path, mut file: WholeFile, bytes: &[u8]| {
        file.write_all(bytes).map_err(|e| whole_file::failed(path, &e))?;
        whole.push((path, file));
        Ok::<_, Failure>(())
    };
    if let (Some(path), Some(file)) = (job.rollups, rollups_file) {
        put(path, file, &rollups::write_csv(Vec::new(), &sums).map_err(|e| from_csv(path, e))?)?;
    }
    if let (Some(path), Some(file)) = (job.patterns, patterns_file) {
        put(path, file, &patterns::write_csv(Vec::new(), &batch.patterns).map_err(|e| from_csv(path, e))?)?;
    }
    if !workbooks.is_empty() {
        kept.finish(&batch.found);
    }
    for (out, file) in workbooks {
        let mut buffer = std::io::Cursor::new(Vec::new());
        workbook::write(&mut buffer, &kept, &note(job, &bytes, &batch, &sums, &kept)?)
            .map_err(|e| Failure::bug(format!("the workbook {} cannot be written: {e}", out.display())))?;
        put(out, file, &buffer.into_inner())?;
    }
    unchanged()?;
    // As long as the name is held: no other run's.
    drop(facts_left);
    // Results as CSV last: as long as they are beside, a run that fails here can be gone on with.
    // None gets its name before all of them are on the disk.
    for (path, file) in &whole {
        file.settle().map_err(|e| whole_file::failed(path, &e))?;
    }
    let mut named = Vec::new();
    for (path, file) in whole.into_iter().rev() {
        file.finish().map_err(|failure| whole_beside(failure, &named))?;
        named.push(path);
    }
    // Last: with it gone the run counts as finished.
    if let Some(beside) = beside {
        beside.finished()?;
    }
    Ok(batch)
}

/// A failure of one output where others have their names already.
fn whole_beside(failure: Failure, named: &[&Path]) -> Failure {
    if named.is_empty() {
        return failure;
    }
    let named: Vec<_> = named.iter().map(|path| path.display().to_string()).collect();
    let first = failure.hint.as_ref().map_or(String::new(), |hint| format!("{hint}; "));
    failure.hint(format!("{first}whole and under their names already: {}", named.join(", ")))
}

/// The place of the column of offices among the echoed ones.
fn office_of<R: BufRead>(
    lines: &DeclaredLines<R>,
    map: Option<&DeclaredMap>,
    name: &str,
) -> Result<Option<usize>, Failure> {
    let wanted = map.and_then(|map| map.office.as_deref());
    let header = wanted.unwrap_or("office");
    let at =
        lines.extra_columns().iter().position(|column| column.trim().eq_ignore_ascii_case(header.trim()));
    match (at, wanted) {
        (None, Some(wanted)) => {
            Err(Failure::input(format!("{name}: no column '{wanted}', which the map names as office")))
        }
        (at, _) => Ok(at),
    }
}

/// What is known of the flag rate, in a sentence.
fn calibration(checker: &Checker) -> &str {
    checker.validation().map_or(validation::UNVALIDATED, |validation| validation.sentence.as_str())
}

/// What holds for every row alike.
fn method(checker: &Checker) -> [(&'static str, &str); 2] {
    [("calibration", calibration(checker)), ("caveat", CAVEAT)]
}

/// Which run a job is, for its journal.
pub(super) fn this_run(job: &Job<'_>) -> Result<Run, Failure> {
    let map = match job.map {
        None => String::new(),
        Some(map) => {
            let text = serde_json::to_vec(map)
                .map_err(|e| Failure::bug(format!("a column map could not be written as JSON: {e}")))?;
            ContentHash::of(&text).to_string()
        }
    };
    let ReadWith { rates, publishers, model, moves } = job.checker.read_with()?;
    Ok(Run {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        method: METHOD,
        input: journal::fingerprint(job.file)?,
        snapshot: job.checker.snapshot().id.to_string(),
        parameters: job.checker.parameters().hash().to_string(),
        map,
        sheet: job.sheet.unwrap_or_default().to_owned(),
        as_of: job.checker.default_date().to_string(),
        hashed: job.importers.is_some(),
        calibration: calibration(job.checker).to_owned(),
        columns: job.columns.map_or_else(String::new, |places| {
            places.iter().map(|&at| COLUMNS[at].name).collect::<Vec<_>>().join(",")
        }),
        rates,
        publishers,
        model,
        moves,
    })
}

fn note(
    job: &Job<'_>,
    bytes: &Bytes,
    batch: &Batch,
    sums: &Rollups,
    lines: &Lines,
) -> Result<workbook::BatchNote, Failure> {
    let snapshot = job.checker.snapshot();
    let piped = matches!(bytes, Bytes::Passing(..));
    Ok(workbook::BatchNote {
        file: if piped { "lines from a pipe".to_owned() } else { input::name_of(job.file) },
        input_hash: bytes.hash()?.to_string(),
        assessed_at: job.now,
        again: again(job, piped),
        as_of: job.checker.default_date(),
        sources: job.checker.sources(),
        snapshot: (snapshot.id.to_string(), job.checker.reference().told()),
        currency: snapshot.currency,
        parameters: job.checker.parameters().clone(),
        hs_model: job.checker.hs_model_hash().map(|hash| hash.to_string()),
        discovery: discovery_told(&batch.discovery).replace('\n', " "),
        calibration: batch.calibration.clone(),
        importers_hashed: job.importers.is_some(),
        rollups: sums.clone(),
        patterns: batch.patterns.clone(),
        schedules: schedules(job.checker, lines),
    })
}

/// The command that does the run again. Of files their names only: where they lay is nobody else's business. What
/// came through a pipe has no name.
fn again(job: &Job<'_>, piped: bool) -> String {
    let name = if piped { "LINES.csv".to_owned() } else { input::name_of(job.file) };
    let quoted = |text: &str| {
        let plain = text.chars().all(|c| c.is_alphanumeric() || "._-/".contains(c));
        if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    let mut text = format!(
        "touchstone assess {} -o again.xlsx --snapshot {} --as-of {} --fdr {}",
        quoted(&name),
        job.checker.snapshot().id,
        job.checker.default_date(),
        job.q
    );
    if let Some(map) = job.map_file.and_then(Path::file_name) {
        text.push_str(&format!(" --map {}", quoted(&map.to_string_lossy())));
    }
    if let Some(sheet) = job.sheet {
        text.push_str(&format!(" --sheet {}", quoted(sheet)));
    }
    if job.importers.is_some() {
        text.push_str(" --hash-importers");
    }
    if piped {
        text.push_str("\nwith what came through the pipe saved as LINES.csv, and");
    }
    text
}

/// The first findings that ask, assessed again with their schedules: the batch kept figures only.
fn schedules(checker: &Checker, lines: &Lines) -> Vec<Schedule> {
    let asking = lines.findings().iter().map(|kept| &kept.line).filter(|line| workbook::asks(line));
    let again = |line: &AssessedLine| checker.check(&line.input, Detail::Nearest(OFFERS)).ok();
    let first = asking.take(FINDINGS);
    first.filter_map(|line| Some(Schedule { number: line.number, verdict: again(line)? })).collect()
}
