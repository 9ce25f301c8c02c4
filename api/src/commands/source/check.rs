//! `source check`: a source file held to its form and to its sample page, and with `--online` to the
//! site as it is now.

use crate::commands::output;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::{online_check, sources};
use model::SystemClock;
use std::path::PathBuf;
use std::sync::Arc;

/// Flags of `source check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  touchstone source check config/sources/example-market.toml\n  touchstone source check --online my-shop.toml\n\nReads no network without --online. With it, robots.txt, the first start address\nand the sample's address are asked for, at the source's pace, and archived;\nnothing goes into the database. A price that has changed is told, not held\nagainst the source.\nExit code 3 when the file is wrong, 6 when the sample is read differently, or\nthe site gives no offers."
)]
pub struct Args {
    /// Source files
    #[arg(required = true, value_name = "SOURCE.toml")]
    files: Vec<PathBuf>,
    /// Ask the site as well: what robots.txt allows, what the sample's address gives now
    #[arg(long)]
    online: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut reports = Vec::new();
    let mut text = String::new();
    let mut all = Vec::new();
    for file in &args.files {
        let (source, _) = sources::load(file)?;
        let differences = match &source.sample {
            Some(sample) => Some(sources::check_sample(&source, sample, file)?),
            None => None,
        };
        match &differences {
            None => {
                text.push_str(&format!("{}: well-formed; it has no sample page to hold it to\n", source.id))
            }
            Some(d) if d.is_empty() => {
                text.push_str(&format!("{}: well-formed, and its sample is read as expected\n", source.id))
            }
            Some(d) => {
                exit = Exit::Partly;
                for d in d {
                    text.push_str(&format!(
                        "{}: sample {}: expected '{}', read {}\n",
                        source.id,
                        d.field,
                        d.expected,
                        d.found.as_deref().map_or("nothing".to_owned(), |f| format!("'{f}'"))
                    ));
                }
            }
        }
        reports.push(serde_json::json!({ "source": source.id, "file": file, "differences": differences }));
        all.push(source);
    }
    sources::distinct(all.iter())?;
    if args.online {
        for ((source, file), offline) in all.iter().zip(&args.files).zip(&mut reports) {
            let report = online_check::check(settings, source, file, Arc::new(SystemClock)).await?;
            if !report.well() {
                exit = Exit::Partly;
            }
            text.push_str(&online_check::text(&source.id, source.kind, &report));
            offline["online"] = serde_json::json!(report);
        }
    }
    if args.json {
        output::json(&reports)?;
    } else {
        output::text(&text)?;
    }
    Ok(exit)
}
