//! `observatory`: the released figures of a snapshot as one page.

use super::output;
use crate::checking::Checker;
use crate::failure::{Exit, Failure};
use crate::http::CheckService;
use crate::pages::{self, ObservatoryData};
use crate::pipeline::Pipeline;
use crate::reference::Reference;
use crate::settings::Settings;
use crate::whole_file;
use chrono::NaiveDate;
use std::path::{Path, PathBuf};

/// Write the observatory page of a snapshot
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone observatory -o observatory.html\n\nOne file, no script, nothing loaded from elsewhere. A figure is released only\nwith at least 5 sellers on 3 sites and no seller above half; what is withheld is\ncounted. It says where and when the prices were seen, and how many offers stand\nin no group. A price table has no sites and gives no page."
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
    let row = pipeline.find_snapshot(args.snapshot.as_deref()).await?;
    let reference = Reference::open(&pipeline, &row)?;
    if reference.table().is_some() {
        return Err(Failure::input(format!(
            "snapshot {} is a price table: a figure is released from 3 sites on, and its prices have none",
            row.id.short()
        ))
        .hint("name a snapshot of offers with --snapshot; touchstone snapshot list shows them"));
    }
    let checker = Checker::opened(&pipeline, reference, None, None).await?;
    put(&checker, Some(row.built_at.date_naive()), &args.output)?;
    output::text(&format!("observatory page: {}", args.output.display()))
}

/// Writes the page of a checker's snapshot, without the day it was built.
pub fn write(checker: &Checker, path: &Path) -> Result<(), Failure> {
    put(checker, None, path)
}

fn put(checker: &Checker, built: Option<NaiveDate>, path: &Path) -> Result<(), Failure> {
    let data = ObservatoryData::of(checker.reference().index(), &checker.sources(), checker.today());
    let data = match built {
        Some(day) => data.built_on(day),
        None => data,
    };
    let html = pages::observatory_html(&data)
        .map_err(|e| Failure::bug(format!("the observatory page cannot be drawn: {e}")))?;
    whole_file::write(path, html.as_bytes())
}
