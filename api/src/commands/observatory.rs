//! `observatory`: the released figures of a snapshot as one page.

use super::output;
use crate::checking::Checker;
use crate::failure::{Exit, Failure};
use crate::http::CheckService;
use crate::pages;
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::whole_file;
use std::path::PathBuf;

/// Write the observatory page of a snapshot
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone observatory -o observatory.html\n\nOne file, no script, nothing loaded from elsewhere. A figure is released only\nwith at least 5 sellers on 3 sites and no seller above half; what is withheld is\ncounted."
)]
pub struct Args {
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Snapshot: an id or its first digits (default: the newest)
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let pipeline = Pipeline::existing(settings).await?;
    let checker = Checker::load(&pipeline, args.snapshot.as_deref(), None).await?;
    write(&checker, &args.output)?;
    output::text(&format!("observatory page: {}", args.output.display()))
}

/// Writes the page of a checker's snapshot.
pub fn write(checker: &Checker, path: &std::path::Path) -> Result<(), Failure> {
    let html = pages::observatory_html(checker.reference().index(), &checker.sources(), checker.today())
        .map_err(|e| Failure::bug(format!("the observatory page cannot be drawn: {e}")))?;
    whole_file::write(path, html.as_bytes())
}
