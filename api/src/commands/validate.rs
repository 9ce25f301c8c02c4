//! `validate`: the flag rate on lines an administration has cleared itself, per verdict, chapter and rung,
//! kept with its method. Counts only; nothing of the lines is stored.

use super::output;
use crate::assessed::{significant, work_rank};
use crate::checking::Checker;
use crate::declared_file::{self, DeclaredMap};
use crate::failure::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::reading;
use crate::settings::Settings;
use crate::words;
use chrono::NaiveDate;
use model::{ContentHash, VerdictCode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use store::ValidationRow;

/// Two-sided 95 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Measure the flag rate on an administration's own cleared lines
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone validate cleared.csv --map config/maps/declarations_sad.toml\n\nCleared lines are those whose values were examined and accepted: among them\nevery flag is a false one. The rates are kept with snapshot, parameters and\ndate, and stand on every sheet made with the same parameters. Intervals are\nWilson's at 95 %; lines of one importer are not independent, so true ones are\nwider."
)]
pub struct Args {
    /// Cleared lines: CSV, plain or gzip, as `assess` reads them
    #[arg(value_name = "CLEARED.csv")]
    file: PathBuf,
    /// Column map (TOML) for files with other headers
    #[arg(long, value_name = "MAP.toml")]
    map: Option<PathBuf>,
    /// Snapshot: an id or its first digits (default: the newest)
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    /// Date of lines that state none (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// Lines it is of.
    pub of: u64,
    /// Lines that count.
    pub n: u64,
    /// n over of; none of nothing.
    pub share: Option<f64>,
    /// Wilson's interval (1927) at 95 %.
    pub interval: Option<(f64, f64)>,
}

impl Share {
    fn new(n: u64, of: u64) -> Share {
        let interval = (of > 0).then(|| wilson(n, of));
        Share { of, n, share: (of > 0).then(|| n as f64 / of as f64), interval }
    }

    fn told(&self) -> String {
        let percent = |x: f64| format!("{} %", significant(x * 100.0, 3));
        match (self.share, self.interval) {
            (Some(share), Some((low, high))) => {
                format!("{} ({} to {})", percent(share), percent(low), percent(high))
            }
            _ => "–".to_owned(),
        }
    }
}

/// Wilson's score interval at 95 %, both ends within 0 and 1.
fn wilson(n: u64, of: u64) -> (f64, f64) {
    let (total, p) = (of as f64, n as f64 / of as f64);
    let middle = p + Z * Z / (2.0 * total);
    let half = Z * (p * (1.0 - p) / total + Z * Z / (4.0 * total * total)).sqrt();
    let scale = 1.0 + Z * Z / total;
    // Rounding must not leave the share outside at 0 and 1.
    (((middle - half) / scale).clamp(0.0, p), ((middle + half) / scale).clamp(p, 1.0))
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of the program.
    pub program: String,
    /// Snapshot.
    pub snapshot: ContentHash,
    /// Parameters.
    pub parameters: ContentHash,
    /// SHA-256 of the file's bytes.
    pub input_hash: ContentHash,
    /// Lines read.
    pub lines: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// Lines with a reason to ask, strong or not, of those compared: the false flag rate.
    pub flagged: Share,
    /// Lines whose p on the low side is at most 5 %, of those compared: 5 % where offers and cleared
    /// values are alike.
    pub p_at_most_5_percent: Share,
    /// Each verdict, of the lines read.
    pub verdicts: BTreeMap<&'static str, Share>,
    /// Flagged of compared, by chapter of the declared code.
    pub chapters: BTreeMap<String, Share>,
    /// Flagged of compared, by rung of the reference.
    pub rungs: BTreeMap<&'static str, Share>,
}

#[derive(Default)]
struct Counts {
    lines: u64,
    bad: u64,
    flagged: u64,
    compared: u64,
    low_p: u64,
    verdicts: BTreeMap<VerdictCode, u64>,
    chapters: BTreeMap<String, (u64, u64)>,
    rungs: BTreeMap<&'static str, (u64, u64)>,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let pipeline = Pipeline::existing(settings).await?;
    let checker = Checker::load(&pipeline, args.snapshot.as_deref(), args.as_of).await?;
    let map = args.map.as_deref().map(DeclaredMap::load).transpose()?;
    let input_hash = hash_of(&args.file)?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lines = declared_file::read(reading::open(&args.file)?, &name, map.as_ref())?;
    for warning in lines.warnings() {
        eprintln!("touchstone: {name}: {warning}");
    }
    let mut counts = Counts::default();
    let bar = output::progress(0, "lines");
    for row in lines {
        bar.inc(1);
        counts.lines += 1;
        let checked = row.line.and_then(|line| checker.check_figures(&line).map_err(|e| e.to_string()));
        let Ok(v) = checked else {
            counts.bad += 1;
            continue;
        };
        *counts.verdicts.entry(v.verdict).or_default() += 1;
        // A verdict on a distribution of its own; otherwise there was nothing that could be flagged.
        let Some(reference) = v.reference.as_ref().filter(|_| v.p_lower.is_some()) else { continue };
        let flag = u64::from(matches!(v.verdict, VerdictCode::StrongReasonToAsk | VerdictCode::ReasonToAsk));
        counts.compared += 1;
        counts.flagged += flag;
        counts.low_p += u64::from(v.p_low().is_some_and(|p| p <= 0.05));
        let chapter = counts.chapters.entry(v.declaration.hs.chapter().to_string()).or_default();
        *chapter = (chapter.0 + flag, chapter.1 + 1);
        let rung = counts.rungs.entry(reference.rung.code()).or_default();
        *rung = (rung.0 + flag, rung.1 + 1);
    }
    bar.finish_and_clear();
    let report = Report {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot: checker.snapshot().id,
        parameters: checker.parameters().hash(),
        input_hash,
        lines: counts.lines,
        bad: counts.bad,
        flagged: Share::new(counts.flagged, counts.compared),
        p_at_most_5_percent: Share::new(counts.low_p, counts.compared),
        verdicts: counts
            .verdicts
            .iter()
            .map(|(code, &n)| (code.code(), Share::new(n, counts.lines - counts.bad)))
            .collect(),
        chapters: counts.chapters.into_iter().map(|(k, (n, of))| (k, Share::new(n, of))).collect(),
        rungs: counts.rungs.into_iter().map(|(k, (n, of))| (k, Share::new(n, of))).collect(),
    };
    if report.flagged.of == 0 {
        return Err(Failure::input(format!(
            "{name}: no line was held to a distribution of its own, so no rate can be measured"
        ))
        .hint("collect offers of these goods and build a snapshot, or give the lines' condition and units"));
    }
    keep(&pipeline, &report).await?;
    if args.json {
        output::json(&report)?;
    } else {
        output::text(&told(&report))?;
    }
    Ok(if report.bad > 0 { Exit::Partly } else { Exit::Done })
}

/// SHA-256 of a file's bytes as they lie on the disk.
fn hash_of(path: &Path) -> Result<ContentHash, Failure> {
    let what = path.display().to_string();
    (|| {
        let mut file = std::fs::File::open(path)?;
        let mut sha = Sha256::new();
        let mut buffer = vec![0u8; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => sha.update(&buffer[..n]),
            }
        }
        let digits: String = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        digits.parse().map_err(|e| std::io::Error::other(format!("{e}")))
    })()
    .map_err(|e: std::io::Error| Failure::from_io(&what, &e))
}

async fn keep(pipeline: &Pipeline, report: &Report) -> Result<(), Failure> {
    let text = serde_json::to_string(report)
        .map_err(|e| Failure::bug(format!("a report could not be written as JSON: {e}")))?;
    pipeline
        .store
        .put_validation(&ValidationRow {
            id: ContentHash::of(text.as_bytes()),
            validated_at: pipeline.clock.now(),
            program: report.program.clone(),
            snapshot: report.snapshot,
            parameters: report.parameters,
            input_hash: report.input_hash,
            lines: report.lines,
            compared: report.flagged.of,
            flagged: report.flagged.n,
            report: text,
        })
        .await?;
    Ok(())
}

/// On what flag rates were measured, for the sheets of a batch: the last measurement with the same
/// parameters, one on the same snapshot first. Empty where none was made at all.
pub async fn calibration(pipeline: &Pipeline, checker: &Checker) -> Result<String, Failure> {
    let rows = pipeline.store.validations().await?;
    let (parameters, snapshot) = (checker.parameters().hash(), checker.snapshot().id);
    let same = || rows.iter().filter(|row| row.parameters == parameters);
    if let Some(row) = same().find(|row| row.snapshot == snapshot).or_else(|| same().next()) {
        return Ok(format!(
            "Measured on {} cleared lines on {} (snapshot {}{}, parameters {}): {} of those compared got a reason to ask, 95 % interval in brackets.",
            output::count(row.compared),
            row.validated_at.format("%Y-%m-%d"),
            row.snapshot.short(),
            if row.snapshot == snapshot { "" } else { ", not the one used here" },
            row.parameters.short(),
            Share::new(row.flagged, row.compared).told()
        ));
    }
    Ok(match rows.first() {
        Some(row) => format!(
            "Calibration is on offers: the last measurement on cleared lines, of {}, was with other parameters (touchstone validate).",
            row.validated_at.format("%Y-%m-%d")
        ),
        None => String::new(),
    })
}

fn told(r: &Report) -> String {
    let mut text = format!(
        "{} cleared lines, {} held to a distribution of their own{}\n\nflagged (reason to ask): {}\np on the low side at most 5 %: {}\n",
        output::count(r.lines),
        output::count(r.flagged.of),
        if r.bad > 0 { format!(", {} could not be read", output::count(r.bad)) } else { String::new() },
        r.flagged.told(),
        r.p_at_most_5_percent.told()
    );
    text.push_str("\nverdict                            lines  share of lines read\n");
    let mut codes: Vec<VerdictCode> = VerdictCode::ALL.to_vec();
    codes.sort_by_key(|&code| work_rank(code));
    for code in codes {
        if let Some(share) = r.verdicts.get(code.code()) {
            let _ = writeln!(
                text,
                "{:<30} {:>9}  {}",
                words::verdict(code),
                output::count(share.n),
                share.told()
            );
        }
    }
    for (title, rows) in [
        ("chapter", r.chapters.iter().map(|(k, s)| (k.as_str(), s)).collect::<Vec<_>>()),
        ("rung", r.rungs.iter().map(|(k, s)| (*k, s)).collect()),
    ] {
        let _ = writeln!(text, "\n{title:<12}  compared   flagged  share");
        for (key, share) in rows {
            let _ = writeln!(
                text,
                "{key:<12} {:>9} {:>9}  {}",
                output::count(share.of),
                output::count(share.n),
                share.told()
            );
        }
    }
    let _ = writeln!(
        text,
        "\nIntervals: Wilson, 95 %; lines of one importer hang together, so true ones are wider.\nKept with snapshot {} and parameters {}.",
        r.snapshot.short(),
        r.parameters.short()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (n, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (a, b) = wilson(n, of);
            assert!((a - low).abs() < 5e-5 && (b - high).abs() < 5e-5, "{n} of {of}: {a} {b}");
        }
        assert_eq!(Share::new(0, 0).interval, None);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_share(of in 1u64..1_000_000_000, part in 0.0f64..=1.0) {
            let n = ((of as f64) * part) as u64;
            let (low, high) = wilson(n.min(of), of);
            let share = n.min(of) as f64 / of as f64;
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
        }
    }
}
