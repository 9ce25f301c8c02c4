//! `snapshot table`: a price table of a large price list.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pipeline::{Pipeline, TableReport};
use crate::price_table::PriceMap;
use crate::settings::Settings;
use chrono::NaiveDate;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Price list: Parquet, or CSV, plain or gzip
    file: PathBuf,
    /// Map of its columns (TOML; docs/IMPORT.md)
    #[arg(long, value_name = "MAP.toml")]
    map: PathBuf,
    /// Day that recency is reckoned from in the kept predictions (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// A note for the list
    #[arg(long)]
    note: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let map = PriceMap::load(&args.map)?;
    let pipeline = Pipeline::open(settings).await?;
    let as_of = args.as_of.unwrap_or_else(|| pipeline.clock.today());
    let report = pipeline.build_price_table(&args.file, &map, as_of, args.note, crate::threads()).await?;
    for row in &report.left_out.first {
        eprintln!("touchstone: {}: {row}", args.file.display());
    }
    let exit = if report.left_out.rows > 0 { Exit::Partly } else { Exit::Done };
    if args.json {
        output::json(&report)?;
    } else {
        output::text(&told(&report))?;
    }
    Ok(exit)
}

fn told(report: &TableReport) -> String {
    let mut text = format!(
        "snapshot {}{}\n  {} prices in {} groups, in {}; {} rows left out\n",
        report.id,
        if report.known { "  (known already: nothing has changed)" } else { "" },
        output::count(report.rows),
        output::count(report.groups),
        report.currency,
        output::count(report.left_out.rows),
    );
    for (reason, n) in &report.left_out.by_reason {
        let _ = writeln!(text, "  {:>9} {}", output::count(*n), reason.advice());
    }
    if !report.calibrated {
        text.push_str("  too few sibling groups for a calibration: small groups give no verdict\n");
    }
    let _ = writeln!(text, "  {}", report.file.display());
    text.push_str(
        "  check, assess and serve take the newest snapshot, now this one; --snapshot names another\n",
    );
    text
}
