//! `snapshot table`: a price table of large price lists, or lists put to one; what `snapshot merge` of
//! price tables says.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pipeline::{Pipeline, TablePlan, TableReport};
use crate::price_table::PriceMap;
use crate::settings::Settings;
use chrono::NaiveDate;
use model::{Clock, SystemClock};
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Price lists of one map: Parquet, or CSV, plain or gzip
    #[arg(value_name = "LIST", required = true, num_args = 1..)]
    lists: Vec<PathBuf>,
    /// Map of their columns (TOML; docs/IMPORT.md)
    #[arg(long, value_name = "MAP.toml")]
    map: PathBuf,
    /// Put the lists to this price table: a file, an id, its first digits, or `latest`
    #[arg(long, value_name = "SNAPSHOT")]
    onto: Option<String>,
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
    let as_of = args.as_of.unwrap_or_else(|| SystemClock.today());
    let plan = TablePlan { lists: args.lists, as_of, onto: args.onto, note: args.note };
    let report = Pipeline::with_price_table(settings, plan, &map, crate::threads()).await?;
    for row in &report.bad_rows {
        eprintln!("touchstone: {row}");
    }
    tell(&report, args.json)?;
    Ok(if report.left_out.rows > 0 { Exit::Partly } else { Exit::Done })
}

/// Says what was built.
pub fn tell(report: &TableReport, json: bool) -> Result<Exit, Failure> {
    for list in &report.repeated {
        eprintln!("touchstone: {list} was given several times, and is taken once");
    }
    if json { output::json(report) } else { output::text(&told(report)) }
}

fn told(report: &TableReport) -> String {
    let mut text = format!(
        "snapshot {}{}\n  {} prices of {} in {} groups, in {}; {} rows left out\n",
        report.id,
        if report.known { "  (known already: nothing has changed)" } else { "" },
        output::count(report.rows),
        match report.lists {
            1 => "1 list".to_owned(),
            n => format!("{} lists", output::count(n)),
        },
        output::count(report.groups),
        report.currency,
        output::count(report.left_out.rows),
    );
    for (reason, n) in &report.left_out.by_reason {
        let _ = writeln!(text, "  {:>9} {}", output::count(*n), reason.advice());
    }
    if let [_, _, ..] = &report.footings[..] {
        for of in &report.footings {
            let (rows, groups) = (output::count(of.rows), output::count(of.groups));
            let _ = writeln!(text, "  {rows} prices in {groups} groups {}", of.footing);
        }
    }
    if report.kept > 0 {
        let _ = writeln!(
            text,
            "  {} groups as before, {} of them with their predictions; {} described",
            output::count(report.kept),
            output::count(report.predictions_kept),
            output::count(report.computed)
        );
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
