//! `snapshot`: build, list and show reference snapshots.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pages::format::price as figure;
use crate::pipeline::Pipeline;
use crate::reference::Reference;
use crate::settings::Settings;
use crate::words;
use chrono::NaiveDate;
use model::{Currency, ExclusionReason, HsCode, Snapshot};
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Build a snapshot of the stored offers
    #[command(
        after_help = "Example:\n  touchstone snapshot build --currency EUR --note \"third quarter\"\n\nThe same offers and parameters always give the same snapshot, whatever the order\nthey came in."
    )]
    Build {
        /// Currency of all prices (default: the setting `reference_currency`)
        #[arg(long)]
        currency: Option<Currency>,
        /// Only offers captured on or after this day
        #[arg(long, value_name = "DATE")]
        from: Option<NaiveDate>,
        /// Only offers captured on or before this day
        #[arg(long, value_name = "DATE")]
        to: Option<NaiveDate>,
        /// A note for the list
        #[arg(long)]
        note: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// List snapshots, newest last
    #[command(after_help = "Example:\n  touchstone snapshot list --json")]
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what moved between two snapshots, group by group
    #[command(
        after_help = "Example:\n  touchstone snapshot diff 3f2a latest --hs 0703\n\nOf every group in which something moved: offers that came, went or changed their\nprice, the median before and after, and the reasons. --offers lists each offer."
    )]
    Diff(super::snapshot_diff::Args),
    /// Build a price table of a large price list
    #[command(
        after_help = "Example:\n  touchstone snapshot table prices.parquet --map prices.toml\n\nA price table is a snapshot of millions of prices without pages: one row, one\nprice of one source on one day. Lines are held to it on rung 3, by subheading,\nunit, condition, level and, with the setting origin_facet, origin; then, unless\nthe setting widest_rung stops there, on rung 4 by all origins. Rows that cannot\nbe used are counted by reason and named; exit code 6 says there were such."
    )]
    Table(super::snapshot_table::Args),
    /// Show a snapshot's groups and what was left out
    #[command(after_help = "Example:\n  touchstone snapshot show latest --hs 0703")]
    Show {
        /// Id, its first digits, or `latest`
        #[arg(default_value = "latest")]
        id: String,
        /// Only groups under this code
        #[arg(long)]
        hs: Option<HsCode>,
        /// Print the groups of a price table as CSV
        #[arg(long)]
        csv: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(mut settings: Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Build { currency, from, to, note, json } => {
            if let Some(currency) = currency {
                settings.reference_currency = currency;
            }
            let pipeline = Pipeline::open(settings).await?;
            let report = pipeline.build_snapshot(from, to, note).await?;
            if json {
                return output::json(&report);
            }
            output::text(&format!(
                "snapshot {}{}\n  {} offers in {} groups, prices in {}; {} left out\n  {}",
                report.id,
                if report.known { "  (known already: nothing has changed)" } else { "" },
                output::count(report.observations),
                output::count(report.groups),
                report.currency,
                output::count(report.exclusions),
                report.file.display()
            ))
        }
        Command::List { json } => {
            let pipeline = Pipeline::existing(settings).await?;
            let rows = pipeline.store.snapshots().await?;
            if json {
                return output::json(&rows);
            }
            let mut text = String::new();
            for row in rows {
                let _ = writeln!(
                    text,
                    "{}  {}  {}  {:>9} offers  {:>6} groups  {}",
                    row.id.short(),
                    row.built_at.format("%Y-%m-%d %H:%M"),
                    row.currency,
                    output::count(row.listings),
                    output::count(row.groups),
                    row.note
                );
            }
            if text.is_empty() {
                eprintln!("no snapshot yet: touchstone snapshot build makes one");
                return Ok(Exit::Done);
            }
            output::text(&text)
        }
        Command::Table(args) => super::snapshot_table::run(settings, args).await,
        Command::Diff(args) => super::snapshot_diff::run(settings, args).await,
        Command::Show { id, hs, csv, json } => {
            let pipeline = Pipeline::existing(settings).await?;
            let row = pipeline.find_snapshot(Some(&id)).await?;
            if let Some(file) = Reference::open_table(&pipeline, &row)? {
                return super::table_show::run(&row, &file, hs, json, csv);
            }
            let snapshot = pipeline.read_snapshot(&row)?;
            let reasons = exclusion_counts(&snapshot);
            let groups: Vec<_> =
                snapshot.groups.iter().filter(|g| hs.is_none_or(|code| g.key.hs6.is_within(&code))).collect();
            if json {
                let left_out: BTreeMap<&str, u64> = reasons.iter().map(|(r, n)| (r.code(), *n)).collect();
                return output::json(&serde_json::json!({
                    "snapshot": row, "groups": groups, "left_out": left_out,
                }));
            }
            let mut text = format!(
                "snapshot {}\nbuilt {}, prices in {}, {} offers\n\n{:<7} {:<5} {:<11} {:<9} {:>8} {:>7} {:>5} {:>7} {:>7} {:>7}\n",
                row.id,
                row.built_at.format("%Y-%m-%d %H:%M UTC"),
                row.currency,
                output::count(row.listings),
                "HS",
                "unit",
                "condition",
                "level",
                "listings",
                "sellers",
                "sites",
                "q1",
                "median",
                "q3"
            );
            for g in groups {
                let _ = writeln!(
                    text,
                    "{:<7} {:<5} {:<11} {:<9} {:>8} {:>7} {:>5} {:>7} {:>7} {:>7}",
                    g.key.hs6.dotted(),
                    g.key.unit.symbol(),
                    g.key.condition.code(),
                    g.key.level.code(),
                    g.n_listings,
                    g.n_sellers,
                    g.n_sites,
                    figure(g.q1),
                    figure(g.median),
                    figure(g.q3)
                );
            }
            if !reasons.is_empty() {
                text.push_str("\nLeft out:\n");
                for (reason, n) in reasons {
                    let _ = writeln!(text, "{:>9} {}", output::count(n), words::exclusion(reason));
                }
            }
            output::text(&text)
        }
    }
}

fn exclusion_counts(snapshot: &Snapshot) -> BTreeMap<ExclusionReason, u64> {
    let mut counts = BTreeMap::new();
    for exclusion in &snapshot.exclusions {
        *counts.entry(exclusion.reason).or_default() += 1;
    }
    counts
}
