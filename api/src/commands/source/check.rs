//! `source check`: a source file held to its form and to its sample page. No network.

use crate::commands::output;
use crate::failure::{Exit, Failure};
use crate::sources;
use std::path::PathBuf;

/// Flags of `source check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone source check config/sources/example-market.toml\n\nReads no network. Exit code 3 when the file is wrong, 6 when the sample is\nread differently."
)]
pub struct Args {
    /// Source files
    #[arg(required = true, value_name = "SOURCE.toml")]
    files: Vec<PathBuf>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<Exit, Failure> {
    check(&args.files, args.json)
}

fn check(files: &[PathBuf], json: bool) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut reports = Vec::new();
    let mut text = String::new();
    let mut all = Vec::new();
    for file in files {
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
    if json {
        output::json(&reports)?;
    } else {
        output::text(&text)?;
    }
    Ok(exit)
}
