//! `assess`: a file of declared lines against a snapshot, line by line, into CSV, XLSX and Parquet.

use super::{crawl, output};
use crate::batch::importers::ImporterKey;
use crate::batch::patterns;
use crate::batch::run::{self, Job};
pub use crate::batch::tally::{Batch, Discovery};
use crate::checking::Checker;
use crate::declared_file::DeclaredMap;
use crate::failure::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::reading;
use crate::settings::Settings;
use crate::whole_file;
use crate::words;
use chrono::NaiveDate;
use model::{Clock, SystemClock};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// False discovery rate a batch is held to unless another is stated.
pub const DEFAULT_FDR: f64 = 0.10;

/// What a run still does when it is asked to stop. Where that comes too late it ends whole, and says so.
const STOPPING: &str = "stopping after the lines at hand, unless they are the last";

/// Discoveries of the importer test shown on the terminal.
const SHOWN: usize = 10;

/// Assess a file of declared lines
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone assess declared.csv -o results.csv -o results.xlsx\n\nEach line is held to the reference at its own date of export (--as-of for lines\nthat state none). docs/CONTRACTS.md lists the columns. A line that cannot be\nread stands in the results with its error and ends nothing; exit code 6 says\nthat there were such lines. Results appear under their names when all of them\nare whole; until then they stand beside as OUT.partial. A run into one .csv\nkeeps a journal with it, whatever kind of file the lines are in; after an\ninterruption the same command with --resume goes on.\n\n  zcat declared.csv.gz | touchstone assess /dev/stdin -o results.csv\n\nreads CSV from a pipe; such a run keeps no journal. A workbook or Parquet has to\nbe a file.\n\n  touchstone assess declared.csv --snapshot-file copied.snapshot -o results.csv\n\nholds a file to a copy of a snapshot, on a machine without a database. Lines in\nother currencies than the snapshot's need exchange rates, and so a database."
)]
pub struct Args {
    /// Declared lines: CSV, plain or gzip, XLSX or Parquet; CSV also from a pipe (/dev/stdin)
    file: PathBuf,
    /// Results: .csv, .xlsx or .parquet; may be given several times
    #[arg(short, long = "output", value_name = "OUT", required = true)]
    outputs: Vec<PathBuf>,
    /// Column map (TOML) for files with other headers
    #[arg(long, value_name = "MAP.toml")]
    map: Option<PathBuf>,
    /// Sheet of a workbook (default: the first that is visible)
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Snapshot: an id or its first digits (default: the newest)
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    /// Snapshot file: a copy is all that is needed, without a database
    #[arg(long, value_name = "PATH", conflicts_with = "snapshot")]
    snapshot_file: Option<PathBuf>,
    /// Date of lines that state none (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// False discovery rate of each family of tests
    #[arg(long, value_name = "Q", default_value_t = DEFAULT_FDR)]
    fdr: f64,
    /// Write the lines added up by importer, HS, origin and office
    #[arg(long, value_name = "OUT.csv")]
    rollups: Option<PathBuf>,
    /// Write the test of importers' price levels, product by product
    #[arg(long, value_name = "OUT.csv")]
    patterns: Option<PathBuf>,
    /// Replace importers by hashes under a key that stays in the data folder
    #[arg(long)]
    hash_importers: bool,
    /// Go on with an interrupted run into one .csv
    #[arg(long)]
    resume: bool,
    /// Only these columns of results as CSV, by name; `figures`: the numbers alone
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    if !(args.fdr > 0.0 && args.fdr < 1.0) {
        return Err(Failure::input(format!(
            "--fdr {}: a rate between 0 and 1 is needed, like 0.1",
            args.fdr
        )));
    }
    let columns = crate::assessed::selected(&args.columns)
        .map_err(|e| Failure { exit: Exit::Usage, ..Failure::input(format!("--columns: {e}")) })?;
    let checker = match &args.snapshot_file {
        Some(file) => Checker::of_file(&settings, file, args.as_of).await?,
        None => {
            let pipeline = Pipeline::existing(settings.clone()).await?;
            Checker::load(&pipeline, args.snapshot.as_deref(), args.as_of).await?
        }
    };
    let map = args.map.as_deref().map(DeclaredMap::load).transpose()?;
    let importers = if args.hash_importers { Some(ImporterKey::of(&settings.data)?) } else { None };
    let stop = crawl::stop_on_signal(STOPPING);
    let job = Job {
        map: map.as_ref(),
        map_file: args.map.as_deref(),
        snapshot_file: args.snapshot_file.as_deref(),
        sheet: args.sheet.as_deref(),
        rollups: args.rollups.as_deref(),
        patterns: args.patterns.as_deref(),
        importers: importers.as_ref(),
        resume: args.resume,
        columns: (!columns.is_empty()).then_some(columns.as_slice()),
        interrupted: &|_| stop.load(Ordering::Relaxed),
        ..Job::new(&checker, &args.file, &args.outputs, args.fdr, SystemClock.now())
    };
    let batch = run::run(&job)?;
    for example in &batch.examples {
        eprintln!("touchstone: {}: {example}", args.file.display());
    }
    if batch.interrupted {
        eprintln!("touchstone: {}", interrupted(&batch, job.outputs, reading::is_stream(&args.file)));
        return Ok(Exit::Interrupted);
    }
    if stop.load(Ordering::Relaxed) {
        eprintln!("touchstone: asked to stop when the last lines were at hand: all are done");
    }
    if args.json {
        output::json(&batch)?;
    } else {
        let written = args.outputs.iter().chain(&args.rollups).chain(&args.patterns);
        output::text(&report(&batch, &written.cloned().collect::<Vec<_>>()))?;
    }
    Ok(if batch.bad > 0 { Exit::Partly } else { Exit::Done })
}

/// How a run ended that was asked to: what is kept, and how to go on; `piped`: its lines came through a pipe.
fn interrupted(batch: &Batch, outputs: &[PathBuf], piped: bool) -> String {
    // Of lines that an earlier run has done it may have met some only.
    let lines = batch.lines.max(batch.resumed);
    let after = format!("interrupted after {} lines", output::count(lines));
    match (&batch.kept, outputs) {
        (None, _) if lines == 0 => {
            "interrupted before the first line; no line is written, and what stood there \
                                    is as it was\n  hint: the same command does it all"
                .to_owned()
        }
        (Some(kept), _) => format!(
            "{after}, which are kept in {}\n  hint: the same command with --resume goes on",
            kept.display()
        ),
        (None, outputs) => {
            // A device or pipe has what was written by then.
            let is_none = |out: &PathBuf| whole_file::partial_of(out).is_ok_and(|partial| partial.is_none());
            let (streams, files): (Vec<_>, Vec<_>) = outputs.iter().partition(|out| is_none(out));
            let names = |outs: &[&PathBuf]| {
                outs.iter().map(|out| out.display().to_string()).collect::<Vec<_>>().join(", ")
            };
            let mut told = after;
            if !files.is_empty() {
                told.push_str(&format!("; nothing of them is written as {}", names(&files)));
            }
            if !streams.is_empty() {
                told.push_str(&format!("; what was written to {} is not whole", names(&streams)));
            }
            let only = if piped { "of lines in a file " } else { "" };
            told + "\n  hint: the same command begins anew; only a run "
                + only
                + "into one .csv that is a file can be gone on with"
        }
    }
}

/// "10 %".
fn rate(q: f64) -> String {
    format!("{} %", crate::assessed::significant(q * 100.0, 3))
}

/// The batch in words.
pub fn report(batch: &Batch, outputs: &[PathBuf]) -> String {
    let mut text = format!("{} lines assessed", output::count(batch.lines));
    if batch.resumed > 0 {
        text.push_str(&format!(" ({} of them by the run before)", output::count(batch.resumed)));
    }
    if batch.bad > 0 {
        text.push_str(&format!(", {} could not be read", output::count(batch.bad)));
    }
    text.push('\n');
    for (code, n) in &batch.counts {
        text.push_str(&format!("{:>9}  {} [{code}]\n", output::count(*n), words::verdict(*code)));
    }
    text.push_str(&discovery(&batch.discovery));
    text.push_str(&patterns::told(&batch.patterns));
    for pair in batch.patterns.pairs.iter().filter(|pair| pair.discovery).take(SHOWN) {
        text.push_str(&format!(
            "  {}, {}:\n    {} lines at {} % of what {} others declare (p {})\n",
            pair.importer,
            pair.product,
            output::count(pair.lines),
            crate::assessed::significant(pair.relative * 100.0, 3),
            output::count(pair.others),
            small_p(pair.p)
        ));
    }
    text.push_str(&crate::verdict_text::wrapped(&batch.calibration));
    for path in outputs {
        text.push_str(&format!("written: {}\n", path.display()));
    }
    text
}

/// A p in words: no one is sure of the twelfth digit.
fn small_p(p: f64) -> String {
    if p < 1e-4 { "below 0.0001".to_owned() } else { crate::assessed::significant(p, 2) }
}

/// What the batch says as a whole: its false discovery rate, in two lines.
pub fn discovery(d: &Discovery) -> String {
    if d.family == 0 {
        "No line could be tested against a distribution of its own.\n".to_owned()
    } else if !d.attainable {
        format!(
            "As a batch: at a false discovery rate of {} no line could have been a\ndiscovery: the references are too small for {} tests at once. The order of the\nlines is all this batch gives.\n",
            rate(d.q),
            d.family
        )
    } else {
        format!(
            "As a batch: {} of {} tests {} at a false discovery rate of {},\nwhere {} could have been;\nother flags are leads to look at in their order, not findings.\n",
            if d.discoveries == 0 { "none".to_owned() } else { output::count(d.discoveries) },
            output::count(d.family),
            if d.discoveries == 1 { "is a discovery" } else { "are discoveries" },
            rate(d.q),
            output::count(d.attainable_discoveries)
        )
    }
}

#[cfg(test)]
mod report_tests {
    use super::*;
    use crate::batch::patterns::{Collector, Enough};
    use crate::batch::tally::Tally;

    #[test]
    fn lines_of_the_run_before_are_assessed_ones() {
        let patterns = Collector::default().test(0.1, Enough::of(&statistics::Parameters::default()));
        let batch =
            Batch { lines: 100_000, bad: 1, resumed: 12_096, ..Tally::new(0.1).finish(0.1, patterns) };
        let text = report(&batch, &[]);
        let first = "100,000 lines assessed (12,096 of them by the run before), 1 could not be read\n";
        assert!(text.starts_with(first), "{text}");
    }

    #[test]
    fn the_batch_as_a_whole_is_said_in_plain_words() {
        let of = |family, discoveries, attainable| {
            discovery(&Discovery {
                q: 0.1,
                family,
                discoveries,
                attainable,
                attainable_discoveries: family / 2,
            })
        };
        insta::assert_snapshot!(
            [of(0, 0, false), of(59, 0, false), of(59, 0, true), of(59, 1, true), of(1_200, 31, true)].concat(),
            @r#"
        No line could be tested against a distribution of its own.
        As a batch: at a false discovery rate of 10 % no line could have been a
        discovery: the references are too small for 59 tests at once. The order of the
        lines is all this batch gives.
        As a batch: none of 59 tests are discoveries at a false discovery rate of 10 %,
        where 29 could have been;
        other flags are leads to look at in their order, not findings.
        As a batch: 1 of 59 tests is a discovery at a false discovery rate of 10 %,
        where 29 could have been;
        other flags are leads to look at in their order, not findings.
        As a batch: 31 of 1,200 tests are discoveries at a false discovery rate of 10 %,
        where 600 could have been;
        other flags are leads to look at in their order, not findings.
        "#
        );
    }
}
