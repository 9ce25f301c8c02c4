//! `assess`: a file of declared lines against a snapshot, line by line, into CSV and XLSX.

use super::output;
use crate::assessed::AssessedLine;
use crate::checking::Checker;
use crate::declared_file::{self, DeclaredMap};
use crate::failure::{Exit, Failure};
use crate::http::CheckService;
use crate::pipeline::Pipeline;
use crate::reading;
use crate::results::ResultsWriter;
use crate::settings::Settings;
use crate::{words, workbook};
use chrono::{DateTime, NaiveDate, Utc};
use model::{Clock, SystemClock, Verdict, VerdictCode};
use serde::Serialize;
use statistics::fdr;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// False discovery rate a batch is held to unless another is stated.
pub const DEFAULT_FDR: f64 = 0.10;

/// Rows of a worksheet below its header: the limit of the format.
const WORKBOOK_LINES: u64 = 1_048_575;

/// Assess a file of declared lines
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone assess declared.csv -o results.csv -o results.xlsx\n\nEach line is held to the reference at its own date of export (--as-of for lines\nthat state none). docs/CONTRACTS.md lists the columns. A line that cannot be\nread stands in the results with its error and ends nothing; exit code 6 says\nthat there were such lines."
)]
pub struct Args {
    /// Declared lines: CSV, plain or gzip
    file: PathBuf,
    /// Results: .csv or .xlsx; may be given twice
    #[arg(short, long = "output", value_name = "OUT", required = true)]
    outputs: Vec<PathBuf>,
    /// Column map (TOML) for files with other headers
    #[arg(long, value_name = "MAP.toml")]
    map: Option<PathBuf>,
    /// Snapshot: an id or its first digits (default: the newest)
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    /// Date of lines that state none (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// False discovery rate of the batch
    #[arg(long, value_name = "Q", default_value_t = DEFAULT_FDR)]
    fdr: f64,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
}

/// What an assessment came to.
#[derive(Debug, Clone, Serialize)]
pub struct Batch {
    /// Lines read.
    pub lines: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// Lines per verdict, in the order of precedence; only those that occur.
    #[serde(serialize_with = "as_map")]
    pub counts: Vec<(VerdictCode, u64)>,
    /// The batch as a whole.
    pub discovery: Discovery,
    /// Lines that could not be read, the first few, as `line N: what`.
    pub examples: Vec<String>,
}

/// Multiplicity of the batch (Benjamini–Hochberg over the eligible lines' lower rank p, repeats of
/// one importer's goods collapsed).
#[derive(Debug, Clone, Serialize)]
pub struct Discovery {
    /// The rate.
    pub q: f64,
    /// Tests in the family.
    pub family: u64,
    /// Discoveries at that rate.
    pub discoveries: u64,
    /// Whether any discovery was attainable, given the smallest attainable p of each line.
    pub attainable: bool,
}

fn as_map<S: serde::Serializer>(counts: &[(VerdictCode, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().copied())
}

/// Bad lines quoted on stderr.
const EXAMPLES: usize = 5;

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    if !(args.fdr > 0.0 && args.fdr < 1.0) {
        return Err(Failure::input(format!(
            "--fdr {}: a rate between 0 and 1 is needed, like 0.1",
            args.fdr
        )));
    }
    let pipeline = Pipeline::existing(settings).await?;
    let checker = Checker::load(&pipeline, args.snapshot.as_deref(), args.as_of).await?;
    let map = args.map.as_deref().map(DeclaredMap::load).transpose()?;
    let batch = file(&checker, &args.file, map.as_ref(), &args.outputs, args.fdr, SystemClock.now())?;
    for example in &batch.examples {
        eprintln!("touchstone: {}: {example}", args.file.display());
    }
    if args.json {
        output::json(&batch)?;
    } else {
        output::text(&report(&batch, &args.outputs))?;
    }
    Ok(if batch.bad > 0 { Exit::Partly } else { Exit::Done })
}

/// "10 %".
fn rate(q: f64) -> String {
    format!("{} %", crate::assessed::significant(q * 100.0, 3))
}

/// The batch in words.
pub fn report(batch: &Batch, outputs: &[PathBuf]) -> String {
    let mut text = format!("{} lines assessed", output::count(batch.lines));
    if batch.bad > 0 {
        text.push_str(&format!(", {} could not be read", output::count(batch.bad)));
    }
    text.push('\n');
    for (code, n) in &batch.counts {
        text.push_str(&format!("{:>9}  {} [{code}]\n", output::count(*n), words::verdict(*code)));
    }
    text.push_str(&discovery(&batch.discovery));
    for path in outputs {
        text.push_str(&format!("written: {}\n", path.display()));
    }
    text
}

/// What the batch says as a whole: its false discovery rate, in two lines.
fn discovery(d: &Discovery) -> String {
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
            "As a batch: {} of {} tests {} at a false discovery rate of {};\nother flags are leads to look at in their order, not findings.\n",
            if d.discoveries == 0 { "none".to_owned() } else { output::count(d.discoveries) },
            output::count(d.family),
            if d.discoveries == 1 { "is a discovery" } else { "are discoveries" },
            rate(d.q)
        )
    }
}

/// Assesses a file into each output. The CSV is streamed; a workbook holds the lines without their
/// schedules in memory, and is refused beyond what a worksheet can hold.
pub fn file(
    checker: &Checker,
    path: &Path,
    map: Option<&DeclaredMap>,
    outputs: &[PathBuf],
    q: f64,
    now: DateTime<Utc>,
) -> Result<Batch, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut lines = declared_file::read(reading::open(path)?, &name, map)?;
    for warning in lines.warnings() {
        eprintln!("touchstone: {name}: {warning}");
    }
    let mut csv = Vec::new();
    let mut workbooks = Vec::new();
    for out in outputs {
        match out.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => {
                let file = create(out)?;
                let writer = ResultsWriter::new(BufWriter::new(file), lines.extra_columns())
                    .map_err(|e| from_csv(out, e))?;
                csv.push((out, writer));
            }
            Some("xlsx") => workbooks.push(out),
            _ => {
                return Err(Failure::input(format!(
                    "{}: results are written as .csv or .xlsx",
                    out.display()
                )));
            }
        }
    }
    let mut batch = Tally::default();
    let mut kept = Vec::new();
    let bar = output::progress(0, "lines");
    for row in &mut lines {
        let line = assess_row(checker, row.number, row.line);
        batch.add(&line);
        for (out, writer) in &mut csv {
            writer.write(&line, &row.extra).map_err(|e| from_csv(out, e))?;
        }
        if !workbooks.is_empty() {
            if batch.lines > WORKBOOK_LINES {
                return Err(Failure::input(format!(
                    "{name}: a workbook holds {WORKBOOK_LINES} lines at most"
                ))
                .hint("write the results as .csv"));
            }
            kept.push(line);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for (out, writer) in csv {
        let finished = writer.finish().and_then(|w| w.into_inner().map_err(|e| e.into_error())?.sync_all());
        finished.map_err(|e| Failure::from_io(&out.display().to_string(), &e))?;
    }
    let batch = batch.finish(q);
    for out in workbooks {
        let snapshot = checker.snapshot();
        let note = workbook::BatchNote {
            file: name.clone(),
            assessed_at: now,
            sources: checker.sources(),
            snapshot: (
                snapshot.id.to_string(),
                format!(
                    "{} offers in {} groups, prices in {}",
                    output::count(snapshot.comparables.len() as u64),
                    output::count(snapshot.groups.len() as u64),
                    snapshot.currency
                ),
            ),
            parameters: checker.parameters().clone(),
            discovery: discovery(&batch.discovery).replace('\n', " "),
        };
        let mut buffer = std::io::Cursor::new(Vec::new());
        workbook::write(&mut buffer, &kept, &note)
            .map_err(|e| Failure::bug(format!("the workbook {} cannot be written: {e}", out.display())))?;
        create(out)?
            .write_all(buffer.get_ref())
            .map_err(|e| Failure::from_io(&out.display().to_string(), &e))?;
    }
    Ok(batch)
}

fn assess_row(
    checker: &Checker,
    number: u64,
    line: Result<crate::declared::LineInput, String>,
) -> AssessedLine {
    match line {
        Ok(input) => {
            let result = checker.check_figures(&input).map_err(|errors| errors.to_string());
            AssessedLine { number, input, result }
        }
        Err(error) => AssessedLine { number, input: Default::default(), result: Err(error) },
    }
}

#[derive(Default)]
struct Tally {
    lines: u64,
    bad: u64,
    counts: BTreeMap<VerdictCode, u64>,
    /// Smallest p, smallest attainable p and number of repeats, per importer, goods and code.
    family: BTreeMap<String, (f64, f64, u32)>,
    examples: Vec<String>,
}

impl Tally {
    fn add(&mut self, line: &AssessedLine) {
        self.lines += 1;
        match &line.result {
            Ok(verdict) => {
                *self.counts.entry(verdict.verdict).or_default() += 1;
                if let (Some(p), Some(smallest)) = (verdict.p_lower, verdict.smallest_p)
                    && eligible(verdict)
                {
                    let key = family_key(line, verdict);
                    let entry = self.family.entry(key).or_insert((p, smallest, 0));
                    *entry = (entry.0.min(p), entry.1.min(smallest), entry.2 + 1);
                }
            }
            Err(error) => {
                self.bad += 1;
                if self.examples.len() < EXAMPLES {
                    self.examples.push(format!("line {}: {error}", line.number));
                }
            }
        }
    }

    fn finish(self, q: f64) -> Batch {
        // Repeats are one test: their smallest p times their number (Bonferroni), which holds
        // whatever the repeats have to do with each other.
        let collapsed = |p: f64, n: u32| (p * f64::from(n)).min(1.0);
        let p: Vec<f64> = self.family.values().map(|&(p, _, n)| collapsed(p, n)).collect();
        let floors: Vec<f64> = self.family.values().map(|&(_, floor, n)| collapsed(floor, n)).collect();
        let found = fdr::benjamini_hochberg_with_floors(&p, &floors, q);
        Batch {
            lines: self.lines,
            bad: self.bad,
            counts: self.counts.into_iter().collect(),
            discovery: Discovery {
                q,
                family: p.len() as u64,
                discoveries: found.count as u64,
                attainable: found.attainable,
            },
            examples: self.examples,
        }
    }
}

/// Lines with an own distribution belong to the family, whatever came out of it.
fn eligible(verdict: &Verdict) -> bool {
    !matches!(verdict.verdict, VerdictCode::NotApplicable | VerdictCode::InsufficientEvidence)
}

/// Repeats of one importer's goods are one test; a line without importer stands for itself.
fn family_key(line: &AssessedLine, verdict: &Verdict) -> String {
    let d = &verdict.declaration;
    match &d.importer {
        Some(importer) => {
            let goods =
                [&d.description, &d.brand, &d.model].map(|f| f.as_deref().unwrap_or("").to_lowercase());
            format!("{importer}\u{1f}{}\u{1f}{}", d.hs, goods.join("\u{1f}"))
        }
        None => format!("line {}", line.number),
    }
}

fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|e| Failure::from_io(&path.display().to_string(), &e))
}

fn from_csv(path: &Path, error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => Failure::from_io(&path.display().to_string(), &e),
        other => Failure::bug(format!("{}: {other:?}", path.display())),
    }
}

#[cfg(test)]
mod report_tests {
    use super::*;

    #[test]
    fn the_batch_as_a_whole_is_said_in_plain_words() {
        let of = |family, discoveries, attainable| {
            discovery(&Discovery { q: 0.1, family, discoveries, attainable })
        };
        insta::assert_snapshot!(
            [of(0, 0, false), of(59, 0, false), of(59, 0, true), of(59, 1, true), of(1_200, 31, true)].concat(),
            @r#"
        No line could be tested against a distribution of its own.
        As a batch: at a false discovery rate of 10 % no line could have been a
        discovery: the references are too small for 59 tests at once. The order of the
        lines is all this batch gives.
        As a batch: none of 59 tests are discoveries at a false discovery rate of 10 %;
        other flags are leads to look at in their order, not findings.
        As a batch: 1 of 59 tests is a discovery at a false discovery rate of 10 %;
        other flags are leads to look at in their order, not findings.
        As a batch: 31 of 1,200 tests are discoveries at a false discovery rate of 10 %;
        other flags are leads to look at in their order, not findings.
        "#
        );
    }
}
