//! `validate`: the flag rate on lines an administration has cleared itself, per verdict, chapter and rung,
//! kept with its method. Counts only; nothing of the lines is stored.

use super::output;
use crate::assessed::work_rank;
use crate::batch::input::{self, Opened};
use crate::checking::Checker;
use crate::declared_file::DeclaredMap;
use crate::failure::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::validation::Share;
use crate::words;
use chrono::NaiveDate;
use model::{ContentHash, VerdictCode};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use store::ValidationRow;

/// Measure the flag rate on an administration's own cleared lines
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone validate cleared.csv --map config/maps/declarations_sad.toml\n\nCleared lines are those whose values were examined and accepted: among them\nevery flag is a false one. The rates are kept with snapshot, parameters and\ndate, and stand beside every verdict made with the same parameters. Intervals\nare Wilson's at 95 %; lines of one importer are not independent, so true ones\nare wider."
)]
pub struct Args {
    /// Cleared lines: CSV, plain or gzip, XLSX or Parquet, as `assess` reads them
    #[arg(value_name = "CLEARED.csv")]
    file: PathBuf,
    /// Column map (TOML) for files with other headers
    #[arg(long, value_name = "MAP.toml")]
    map: Option<PathBuf>,
    /// Sheet of a workbook (default: the first that is visible)
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
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

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of the program.
    pub program: String,
    /// Snapshot.
    pub snapshot: ContentHash,
    /// Parameters.
    pub parameters: ContentHash,
    /// SHA-256 of the file's bytes, or of those that came through a pipe.
    pub input_hash: ContentHash,
    /// Lines read.
    pub lines: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// Lines with a reason to ask, strong or not, of those compared: the false flag rate.
    pub flagged: Share,
    /// Lines compared on a rung and with votes that can give a reason to ask by these parameters; others are never
    /// flagged.
    pub could_be_flagged: u64,
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
    could_be_flagged: u64,
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
    let name = input::name_of(&args.file);
    let Opened { lines, bar, bytes } = input::open(&args.file, map.as_ref(), args.sheet.as_deref())?;
    for warning in lines.warnings() {
        eprintln!("touchstone: {name}: {warning}");
    }
    let mut counts = Counts::default();
    for row in lines {
        counts.lines += 1;
        let checked = row
            .line
            .map_err(|unread| unread.why)
            .and_then(|line| checker.check_figures(&line).map_err(|e| e.to_string()));
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
        counts.could_be_flagged +=
            u64::from(checker.parameters().allow_reason(reference.rung, reference.n_eff));
        counts.low_p += u64::from(v.p_low().is_some_and(|p| p <= 0.05));
        let chapter = counts.chapters.entry(v.declaration.hs.chapter().to_string()).or_default();
        *chapter = (chapter.0 + flag, chapter.1 + 1);
        let rung = counts.rungs.entry(reference.rung.code()).or_default();
        *rung = (rung.0 + flag, rung.1 + 1);
    }
    bar.finish_and_clear();
    let input_hash = bytes.hash()?;
    let report = Report {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot: checker.snapshot().id,
        parameters: checker.parameters().hash(),
        input_hash,
        lines: counts.lines,
        bad: counts.bad,
        flagged: Share::new(counts.flagged, counts.compared),
        could_be_flagged: counts.could_be_flagged,
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

/// What is said where lines were held to references that give no reason to ask.
fn wider(r: &Report) -> String {
    match r.could_be_flagged {
        n if n == r.flagged.of => String::new(),
        0 => "  none could be: by reason_widest_rung and min_n_eff_own_5pct none of these\n  references gives a reason to ask, so this measures no flag rate\n".to_owned(),
        n => format!(
            "  {} stood on a rung and on votes that can give one (reason_widest_rung,\n  min_n_eff_own_5pct): {} of these\n",
            output::count(n),
            Share::new(r.flagged.n, n).told()
        ),
    }
}

fn told(r: &Report) -> String {
    let mut text = format!(
        "{} cleared lines, {} held to a distribution of their own{}\n\nflagged (reason to ask): {}\n{}p on the low side at most 5 %: {}\n",
        output::count(r.lines),
        output::count(r.flagged.of),
        if r.bad > 0 { format!(", {} could not be read", output::count(r.bad)) } else { String::new() },
        r.flagged.told(),
        wider(r),
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
