//! `hs train`: learning the classifier of HS codes anew, with an administration's corrections, and the
//! comparison with the model before it.

use super::output;
use crate::failure::{Exit, Failure};
use crate::hs_model;
use crate::import::{HeaderIndex, Records};
use crate::reading;
use crate::whole_file::{self, WholeFile};
use indicatif::ProgressBar;
use model::HsCode;
use normalizer::classify::{Correction, Disagreement, Lesson, Mistake, Report, Score, Settings, learn};
use std::io::BufRead;
use std::path::{Path, PathBuf};

pub const EXAMPLES: &str = "Examples:
  touchstone hs train --out hs-model.bin
  touchstone hs train --with corrections.csv --out hs-model.bin

corrections.csv has the columns text and hs6, and may have labeller; its
encoding and divider (comma, semicolon, tab) are found out, as for lists of
offers. Where labellers give one text different codes, each is learned with its
share, and the report names them. The new model counts once the settings name
it: [hs] model = \"hs-model.bin\". The same texts and corrections give the same
file.";

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
    /// Rounds over all texts, 1 to 100
    #[arg(long, default_value_t = Settings::default().rounds, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Lines that a message names.
const MOST_NAMED: usize = 20;

pub fn run(args: Args) -> Result<Exit, Failure> {
    let (corrections, lines) = match &args.with {
        Some(path) => read(reading::open(path)?, &path.display().to_string())?,
        None => Default::default(),
    };
    let before = hs_model::open(args.before.as_deref())?;
    let lesson = learned_into(&args.out, || {
        let bar = output::progress(0, "learning");
        let settings = Settings { rounds: args.rounds, ..Settings::default() };
        let lesson = learn(&corrections, &before, settings, |said| told(&bar, said));
        bar.finish_and_clear();
        lesson.map_err(|mistakes| refused(&args, &lines, &mistakes))
    })?;
    if args.json {
        return output::json(&lesson.report);
    }
    output::text(&told_report(&lesson.report, &args.out))
}

/// Learns, and writes the model to a file that appears whole or not at all. It is begun when the model is learned:
/// an interruption in the minutes before leaves nothing beside it.
///
/// Errors: a place where nothing can be written, told before anything is learned.
fn learned_into(out: &Path, learn: impl FnOnce() -> Result<Lesson, Failure>) -> Result<Lesson, Failure> {
    if out.is_dir() {
        return Err(Failure::input(format!("model {}: a folder", out.display())).hint("name a file in it"));
    }
    drop(WholeFile::hold(out)?);
    let lesson = learn()?;
    whole_file::write(out, &lesson.model.to_bytes())?;
    Ok(lesson)
}

/// Corrections that cannot be learned from; `lines`: where each of them stands.
fn refused(args: &Args, lines: &[u64], mistakes: &[Mistake]) -> Failure {
    let path = args.with.as_deref().unwrap_or(Path::new("corrections"));
    let told: Vec<String> = mistakes
        .iter()
        .take(MOST_NAMED)
        .map(|mistake| {
            let line = lines.get(mistake.at).copied().unwrap_or_default();
            format!("line {line}: {}", mistake.problem)
        })
        .collect();
    let left = mistakes.len().saturating_sub(MOST_NAMED);
    let more = if left > 0 { format!("; and {left} more") } else { String::new() };
    Failure::input(format!("{}: {}{more}", path.display(), told.join("; ")))
        .hint("mend or leave out these lines; nothing was learned")
}

fn told(bar: &ProgressBar, said: &str) {
    bar.set_message(said.to_owned());
    bar.tick();
}

/// Reads a table of corrections: each with the line it stands in, for what is found wrong with it later.
fn read(reader: impl BufRead, named: &str) -> Result<(Vec<Correction>, Vec<u64>), Failure> {
    let (mut records, headers) = Records::open(reader, named, None, None)?;
    let header = HeaderIndex::new(headers, named)?;
    let needed = |name: &str| header.find(name).ok_or_else(|| header.missing(named, name, ""));
    let (text_at, hs_at, labeller_at) = (needed("text")?, needed("hs6")?, header.find("labeller"));
    let decoding = records.decoding();
    let (mut corrections, mut lines, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(record) = records.next() {
        let record = match record {
            Ok(record) => record,
            Err(wrong) => {
                bad.push(format!("line {}: {}", wrong.line, wrong.detail));
                continue;
            }
        };
        let line = record.line;
        let cell = |at: usize| decoding.text(record.cell(at)).map(|text| text.trim().to_owned());
        let correction = || -> Result<Correction, String> {
            if record.len() != header.headers.len() {
                let (has, of) = (record.len(), header.headers.len());
                return Err(format!(
                    "{has} cell(s) under a header of {of}: quote a text that has the divider in it"
                ));
            }
            let hs = HsCode::parse(&cell(hs_at)?).map_err(|error| error.to_string())?;
            let labeller = labeller_at.map(cell).transpose()?.filter(|labeller| !labeller.is_empty());
            Ok(Correction { text: cell(text_at)?, hs, labeller })
        };
        match correction() {
            Ok(correction) => {
                corrections.push(correction);
                lines.push(line);
            }
            Err(problem) => bad.push(format!("line {line}: {problem}")),
        }
    }
    if !bad.is_empty() {
        let count = bad.len();
        bad.truncate(MOST_NAMED);
        return Err(Failure::input(format!("{named}: {count} line(s) cannot be read: {}", bad.join("; ")))
            .hint("the header is text,hs6 or text,hs6,labeller; nothing was learned"));
    }
    if corrections.is_empty() {
        return Err(Failure::input(format!("{named}: no correction in it"))
            .hint("one line a listing under the header text,hs6,labeller"));
    }
    Ok((corrections, lines))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stands_beside_the_model_while_it_is_learned() {
        let folder = tempfile::tempdir().unwrap();
        let there = || std::fs::read_dir(folder.path()).unwrap().count();
        let interrupted = |out: &Path, files: usize| {
            let mut begun = false;
            let failure = learned_into(out, || {
                begun = true;
                assert_eq!(there(), files, "an interruption would leave it");
                Err(Failure::input("interrupted"))
            });
            assert_eq!(there(), files);
            (begun, failure.map(drop).unwrap_err().message)
        };
        let out = folder.path().join("hs-model.bin");
        assert_eq!(interrupted(&out, 0), (true, "interrupted".to_owned()));
        std::fs::write(&out, "the model before").unwrap();
        assert_eq!(interrupted(&out, 1), (true, "interrupted".to_owned()));
        assert_eq!(std::fs::read(&out).unwrap(), b"the model before");
        // Where nothing can be written nothing is learned.
        assert!(!interrupted(&folder.path().join("none/hs-model.bin"), 1).0);
        assert!(interrupted(folder.path(), 1).1.ends_with(": a folder"));
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it_and_its_lines_are_kept() {
        let of = |bytes: &[u8]| read(bytes, "c.csv").map_err(|failure| failure.message);
        let (corrections, lines) =
            of(b"text,hs6,labeller\n\"two\nlines\",851830,anna\n\nphone case,3926.90,\n").unwrap();
        assert_eq!(lines, [2, 5]);
        assert_eq!(
            (corrections[0].labeller.as_deref(), corrections[1].labeller.as_deref()),
            (Some("anna"), None)
        );
        let (corrections, _) = of("\u{feff}hs6;Text\n851671;Kaffeemaschine, groß\n".as_bytes()).unwrap();
        assert_eq!(corrections[0].text, "Kaffeemaschine, groß");
        assert!(of(b"text\nx\n").unwrap_err().contains("hs6"));
        assert!(of(b"text,hs6\n").unwrap_err().contains("no correction"));
        let said = of(b"text,hs6\nok,851830\nshoe, red,640411\nx,abc\n").unwrap_err();
        assert!(said.contains("2 line(s)") && said.contains("line 3") && said.contains("line 4"), "{said}");
    }
}
