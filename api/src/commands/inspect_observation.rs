//! `inspect observation`: the steps from page text to comparable unit price of one stored observation.

use super::output;
use crate::explained::Explained;
use crate::failure::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::settings::Settings;

const HELP: &str = "Examples:
  touchstone inspect observation 3fb2a1c09d44
  touchstone inspect observation 3fb2a1c09d44 --snapshot latest --json

ID is that of an observation, or its first 8 or more digits, as verdicts, results
and pages quote them. Told are the texts that were read and where they stood, what
settled price, currency, quantity, code, condition and level, every calculation
with what goes in and what comes out, and what the offer may be used for in law.
Exchange is at the rates of the database; with --snapshot at the rate that the
snapshot keeps, and held to the unit prices in it. Exit code 6 when these differ
or the archived page cannot be read; 3 when there is no such observation.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// Id of the observation, or its first digits
    id: String,
    /// Snapshot whose exchange rate counts: an id, its first digits, or latest
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let pipeline = Pipeline::existing_to_read(settings).await?;
    let explained = pipeline.explain(&args.id, args.snapshot.as_deref()).await?;
    if args.json {
        output::json(&explained)?;
    } else {
        output::text(&text(&explained))?;
    }
    let whole = explained.agrees != Some(false) && explained.archive_problem.is_none();
    Ok(if whole { Exit::Done } else { Exit::Partly })
}

fn text(explained: &Explained) -> String {
    let mut text = explained.explanation.to_string();
    let id = explained.explanation.observation.short();
    text.push_str("\nBehind it\n");
    if let Some(original) = &explained.original {
        text.push_str(&format!("  The page was seen again unchanged; first reading {}\n", original.short()));
    }
    match (&explained.snapshot, explained.agrees) {
        (Some(snapshot), Some(true)) => {
            text.push_str(&format!("  The unit prices are those of snapshot {}\n", snapshot.short()));
        }
        (Some(snapshot), Some(false)) => {
            text.push_str(&format!("  Snapshot {} has other unit prices\n", snapshot.short()));
        }
        _ => {}
    }
    if let Some(problem) = &explained.archive_problem {
        text.push_str(&format!("  The archived page cannot be read: {problem}\n"));
    }
    text.push_str(&format!(
        "  touchstone evidence show {id}    the page, and every field on it\n  touchstone evidence verify {id}  the proof that it still comes out so\n"
    ));
    text
}
