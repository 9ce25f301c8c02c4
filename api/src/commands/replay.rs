//! `replay`: a verdict made again from what it says of itself, and the pages behind it proved.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pipeline::{Finding, Pipeline, Proof, VerifyReport, Wanted};
use crate::replay::{self, Outcome, Replay};
use crate::settings::Settings;
use serde::Serialize;
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest verdict that is read, in bytes: a schedule of 100,000 offers is some 100 MB.
const LARGEST: u64 = 256 << 20;

const EXAMPLE: &str = "Example:
  touchstone check --hs 070320 --price 0.55 --currency EUR --unit kg \\
      --condition new --level wholesale --export-date 2026-09-10 --json > v.json
  touchstone replay v.json --evidence

The verdict carries its line, its parameters and its exchange rate; the snapshot
is found by its hash. Exit code 0: the same bytes, or the same values written
otherwise, and with --evidence every page proved. Exit code 6: something
differs, cannot be made again or is not proved; what and why is said.";

/// Make a verdict again and compare it byte for byte
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// The verdict, as `check --json` or POST /v1/checks gave it; `-` reads standard input
    #[arg(value_name = "VERDICT")]
    file: PathBuf,
    /// Also prove every offer used by its archived page
    #[arg(long)]
    evidence: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// What was found, as programs read it.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    replay: &'a Replay,
    evidence: Option<Evidence>,
}

#[derive(Serialize)]
struct Evidence {
    #[serde(flatten)]
    counts: VerifyReport,
    not_proved: Vec<Proof>,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let text = read(&args.file)?;
    let pipeline = match args.evidence {
        true => Pipeline::existing_to_read(settings).await?,
        false => Pipeline::existing(settings).await?,
    };
    let replay = replay::replay(&pipeline, &text).await?;
    let evidence = match args.evidence {
        true => Some(prove(&pipeline, &replay).await?),
        false => None,
    };
    let proved = evidence.as_ref().is_none_or(|e| e.counts.holds() && e.counts.unarchived == 0);
    let same = matches!(replay.outcome, Outcome::Identical | Outcome::SameValues);
    if args.json {
        output::json(&Report { replay: &replay, evidence })?;
    } else {
        output::text(&told(&replay, evidence.as_ref()))?;
    }
    Ok(if same && proved { Exit::Done } else { Exit::Partly })
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let (what, result) = if path.as_os_str() == "-" {
        ("standard input".to_owned(), std::io::stdin().lock().take(LARGEST + 1).read_to_string(&mut text))
    } else {
        let opened = std::fs::File::open(path);
        (path.display().to_string(), opened.and_then(|f| f.take(LARGEST + 1).read_to_string(&mut text)))
    };
    result.map_err(|e| Failure::from_io(&what, &e))?;
    if text.len() as u64 > LARGEST {
        return Err(Failure::input(format!("{what}: larger than any verdict ({LARGEST} bytes)")));
    }
    Ok(text)
}

async fn prove(pipeline: &Pipeline, replay: &Replay) -> Result<Evidence, Failure> {
    let mut not_proved = Vec::new();
    if replay.of_table {
        let all = replay.offers.len() as u64;
        return Ok(Evidence {
            counts: VerifyReport { checked: all, unarchived: all, ..Default::default() },
            not_proved,
        });
    }
    let mut tell = |proof: &Proof| {
        if proof.finding != Finding::Ok {
            not_proved.push(proof.clone());
        }
    };
    let counts = pipeline.verify(&Wanted::Hashes(replay.offers.clone()), &[], &mut tell).await?;
    Ok(Evidence { counts, not_proved })
}

fn told(replay: &Replay, evidence: Option<&Evidence>) -> String {
    let mut text = match replay.outcome {
        Outcome::Identical => "identical: the same bytes come out\n".to_owned(),
        Outcome::SameValues => {
            "same values: every value comes out as given; the text is spaced or ordered otherwise\n"
                .to_owned()
        }
        Outcome::Differs if replay.different == 1 => "differs in one place\n".to_owned(),
        Outcome::Differs => format!("differs in {} places\n", output::count(replay.different)),
        Outcome::NotReplayable => "cannot be made again\n".to_owned(),
    };
    let _ = writeln!(text, "  snapshot {}", replay.snapshot);
    for reason in &replay.reasons {
        let _ = writeln!(text, "  {}", reason.sentence);
    }
    for d in &replay.differences {
        let said = |v: &Option<String>| v.clone().unwrap_or_else(|| "nothing".to_owned());
        let _ = writeln!(
            text,
            "  {}\n      given     {}\n      comes out {}",
            d.place,
            said(&d.given),
            said(&d.replayed)
        );
    }
    let more = replay.different - replay.differences.len() as u64;
    if more > 0 {
        let _ = writeln!(text, "  and {} more", output::count(more));
    }
    if let Some(Evidence { counts, not_proved }) = evidence {
        let _ = writeln!(
            text,
            "evidence: {} of {} offers proved by their archived pages",
            output::count(counts.ok),
            output::count(counts.checked)
        );
        if replay.of_table {
            text.push_str(
                "  the prices are rows of price lists, which have no pages: the schedule names list, row and SHA-256 of each\n",
            );
        }
        for proof in not_proved {
            let finding = match proof.finding {
                Finding::Ok => "ok",
                Finding::Differs => "differs",
                Finding::Missing => "missing",
                Finding::Damaged => "damaged",
                Finding::Unarchived => "unarchived",
            };
            let _ = writeln!(
                text,
                "  {finding:<10} {}  {}{}",
                proof.observation.short(),
                proof.name,
                proof.detail.as_ref().map_or_else(String::new, |d| format!(": {d}"))
            );
        }
    }
    text
}
