//! `hs train`: learning the classifier of HS codes anew, with an administration's corrections, and the
//! comparison with the model before it.

use super::output;
use crate::failure::{Exit, Failure};
use crate::reading;
use indicatif::ProgressBar;
use model::HsCode;
use normalizer::classify::{Correction, Disagreement, Model, Report, Score, Settings, learn};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const EXAMPLES: &str = "Examples:
  touchstone hs train --out hs-model.bin
  touchstone hs train --with corrections.csv --out hs-model.bin

corrections.csv has the columns text and hs6, and may have labeller. Where
labellers give one text different codes, each is learned with its share, and the
report names them. The new model counts once the settings name it:
[hs] model = \"hs-model.bin\". The same texts and corrections give the same file.";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Codes that officers confirmed or corrected: CSV with text, hs6 and, if known, labeller
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// File of the new model
    #[arg(long, value_name = "FILE", default_value = "hs-model.bin")]
    out: PathBuf,
    /// The model to compare with (default: the one that ships)
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// Rounds over all texts
    #[arg(long, default_value_t = Settings::default().rounds, value_name = "N")]
    rounds: u32,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Deserialize)]
struct Row {
    text: String,
    hs6: String,
    #[serde(default)]
    labeller: Option<String>,
}

pub fn run(args: Args) -> Result<Exit, Failure> {
    let corrections = match &args.with {
        Some(path) => read(path)?,
        None => Vec::new(),
    };
    let before = model_or_builtin(args.before.as_deref())?;
    let bar = output::progress(0, "learning");
    let settings = Settings { rounds: args.rounds, ..Settings::default() };
    let lesson = learn(&corrections, &before, settings, |said| told(&bar, said));
    bar.finish_and_clear();
    let lesson = lesson.map_err(|mistakes| {
        let path = args.with.as_deref().unwrap_or(Path::new("corrections"));
        let lines: Vec<String> = mistakes
            .iter()
            .take(20)
            .map(|mistake| format!("line {}: {}", mistake.at + 2, mistake.problem))
            .collect();
        let left = mistakes.len().saturating_sub(20);
        let more = if left > 0 { format!("; and {left} more") } else { String::new() };
        Failure::input(format!("{}: {}{more}", path.display(), lines.join("; ")))
            .hint("mend or leave out these lines; nothing was learned")
    })?;
    std::fs::write(&args.out, lesson.model.to_bytes())
        .map_err(|e| Failure::from_io(&format!("model {}", args.out.display()), &e))?;
    if args.json {
        return output::json(&lesson.report);
    }
    output::text(&told_report(&lesson.report, &args.out))
}

fn told(bar: &ProgressBar, said: &str) {
    bar.set_message(said.to_owned());
    bar.tick();
}

/// The model of a file, or the one that ships.
pub fn model_or_builtin(path: Option<&Path>) -> Result<Arc<Model>, Failure> {
    match path {
        Some(path) => model_file(path).map(Arc::new),
        None => Model::builtin().map_err(|e| Failure::bug(e.to_string())),
    }
}

/// A model's file.
pub fn model_file(path: &Path) -> Result<Model, Failure> {
    let what = format!("model {}", path.display());
    let bytes = reading::file(path)?;
    Model::from_bytes(&bytes).map_err(|e| Failure::input(format!("{what}: {e}")))
}

fn read(path: &Path) -> Result<Vec<Correction>, Failure> {
    let bytes = reading::file(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&bytes[..]);
    let named = path.display();
    let mut corrections = Vec::new();
    let mut bad = Vec::new();
    for (at, row) in reader.deserialize::<Row>().enumerate() {
        let line = at + 2;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                bad.push(format!("line {line}: {error}"));
                continue;
            }
        };
        match HsCode::parse(&row.hs6) {
            Ok(hs) => corrections.push(Correction {
                text: row.text,
                hs,
                labeller: row.labeller.filter(|labeller| !labeller.is_empty()),
            }),
            Err(error) => bad.push(format!("line {line}: {error}")),
        }
    }
    if !bad.is_empty() {
        let count = bad.len();
        bad.truncate(20);
        return Err(Failure::input(format!("{named}: {count} line(s) cannot be read: {}", bad.join("; ")))
            .hint("the header is text,hs6 or text,hs6,labeller; nothing was learned"));
    }
    if corrections.is_empty() {
        return Err(Failure::input(format!("{named}: no correction in it"))
            .hint("one line a listing under the header text,hs6,labeller"));
    }
    Ok(corrections)
}

fn told_report(report: &Report, out: &Path) -> String {
    let mut text = format!(
        "model {} written to {}\nlearned from {} texts, {} corrections among them\n\n",
        &report.after.to_string()[..12],
        out.display(),
        output::count(report.texts),
        output::count(report.corrections),
    );
    let row = |name: &str, of: fn(&Score) -> f64| {
        let (was, is) = (of(&report.frozen_before), of(&report.frozen_after));
        format!("  {name:<44}{:>7.1} %{:>7.1} %\n", was * 100.0, is * 100.0)
    };
    if report.frozen_after.titles > 0 {
        text.push_str(&format!(
            "on the frozen test of {} titles               before    after\n",
            output::count(report.frozen_after.titles as u64)
        ));
        text.push_str(&row("likeliest subheading right", |score| score.top1));
        text.push_str(&row("among the five likeliest", |score| score.top5));
        text.push_str(&row("heading right", |score| score.heading));
        text.push_str(&row("chapter right", |score| score.chapter));
        text.push_str(&row("right among the surest 40 %", |score| score.surest));
        text.push_str(&row("answered at six digits", |score| score.answered));
        text.push_str(&row("right where answered at six digits", |score| score.precision));
        text.push_str(&format!(
            "  {} became right, {} became wrong\n",
            output::count(report.became_right as u64),
            output::count(report.became_wrong as u64)
        ));
    }
    if report.corrections > 0 {
        text.push_str(&format!(
            "\nthe corrections themselves: {:.1} % right before, {:.1} % after\n",
            report.corrected_before * 100.0,
            report.corrected_after * 100.0
        ));
    }
    if report.worse {
        text.push_str(
            "\nWORSE than the model before it on the frozen test: weigh that against what it learned.\n",
        );
    }
    if !report.disagreements.is_empty() {
        text.push_str(&format!("\nlabellers disagree on {} text(s):\n", report.disagreements.len()));
        report.disagreements.iter().for_each(|disagreement| text.push_str(&disagreed(disagreement)));
    }
    text
}

fn disagreed(disagreement: &Disagreement) -> String {
    let codes: Vec<String> =
        disagreement.codes.iter().map(|(code, who)| format!("{code} ({})", who.join(", "))).collect();
    format!("  {}: {}\n", disagreement.text, codes.join(" against "))
}
