//! `snapshot`: build, merge, prove, list and show reference snapshots.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pages::format::price as figure;
use crate::pipeline::{BuildPlan, Pipeline, SnapshotReport, Tables, snapshot_file};
use crate::reference::Reference;
use crate::settings::Settings;
use crate::words;
use chrono::NaiveDate;
use model::{Currency, Exclusion, ExclusionReason, HsCode};
use statistics::UngroupedBy;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Build a snapshot of the stored offers
    #[command(
        after_help = "Example:\n  touchstone snapshot build --currency EUR --note \"third quarter\"\n\nThe same offers and parameters always give the same snapshot, whatever the order\nthey came in. What the newest snapshot has of them is taken over where it would\ncome out the same; --anew reads everything."
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
        /// Read every offer, whatever the newest snapshot has of them; the result is the same
        #[arg(long)]
        anew: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Put snapshots together: of several machines, or one a source
    #[command(
        after_help = "Example:\n  touchstone snapshot merge customs-north.snapshot customs-south.snapshot\n\nAll of one currency (--currency, default: the setting reference_currency). The\nresult is the snapshot of all their offers: the same whatever the order. Price\ntables are put together with price tables of the same currency, unit, condition,\nlevel, day and rules: the result is the table of all their lists, a list that\nstands in several being taken once."
    )]
    Merge {
        /// Snapshot files, or ids of the list
        #[arg(value_name = "SNAPSHOT", required = true, num_args = 2..)]
        snapshots: Vec<String>,
        /// Currency of all of them
        #[arg(long)]
        currency: Option<Currency>,
        /// A note for the list
        #[arg(long)]
        note: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove that a snapshot file is what it was written as
    #[command(
        after_help = "Example:\n  touchstone snapshot verify latest\n\nHashes every section and reads every offer. A damaged file ends with exit code 3."
    )]
    Verify {
        /// Snapshot file, id, its first digits, or `latest`
        #[arg(default_value = "latest")]
        snapshot: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// List snapshots, those built last first
    #[command(after_help = "Example:\n  touchstone snapshot list --json")]
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what moved between two snapshots, group by group
    #[command(
        after_help = "Example:\n  touchstone snapshot diff 3f2a latest --hs 0703\n\nOf every group in which something moved: offers that came, went or changed their\nprice, the median before and after, and the reasons. --offers lists each offer.\n\nOf two price tables: lists that came or went, rules and days that differ, and of\ngroups that came, went or moved their figures before and after and the reasons,\nthe largest moves first; --limit says how many."
    )]
    Diff(super::snapshot_diff::Args),
    /// Build a price table of large price lists, or put lists to one
    #[command(
        after_help = "Examples:\n  touchstone snapshot table prices.parquet --map prices.toml\n  touchstone snapshot table october.parquet --map prices.toml --onto latest\n\nA price table is a snapshot of millions of prices without pages: one row, one\nprice of one source on one day. Lines are held to it on rung 3, by subheading,\nunit, condition, level and, with the setting origin_facet, origin; then, unless\nthe setting widest_rung stops there, on rung 4 by all origins. Rows that cannot\nbe used are counted by reason and named; exit code 6 says there were such.\n\n--onto takes over every group without a new price; where it is of the same day\n(--as-of) and its sibling groups did not move, the predictions, too. The result\nis the table that all lists give when they are built together."
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
        Command::Build { currency, from, to, note, anew, json } => {
            if let Some(currency) = currency {
                settings.reference_currency = currency;
            }
            if let (Some(from), Some(to)) = (from, to)
                && from > to
            {
                return Err(Failure::input(format!("--from {from} is after --to {to}: no day lies between"))
                    .hint("give the first day first"));
            }
            let pipeline = Pipeline::open(settings).await?;
            let report = pipeline.build_snapshot(BuildPlan { from, to, note, anew }).await?;
            told(&report, json)
        }
        Command::Merge { snapshots, currency, note, json } => {
            if let Some(currency) = currency {
                settings.reference_currency = currency;
            }
            let pipeline = Pipeline::open(settings).await?;
            let mut files = Vec::new();
            for named in &snapshots {
                files.push(pipeline.snapshot_path(named).await?);
            }
            if let Tables::All(tables) = pipeline.open_tables(&files)? {
                let report = pipeline.merge_tables(&tables, currency, note).await?;
                return super::snapshot_table::tell(&report, json);
            }
            told(&pipeline.merge_snapshots(&files, note).await?, json)
        }
        Command::Verify { snapshot, json } => {
            // A file can be proved anywhere; an id is looked up.
            let (path, row) = match Path::new(&snapshot) {
                path if path.is_file() => (path.to_owned(), None),
                _ => {
                    let pipeline = Pipeline::existing(settings.clone()).await?;
                    let row = pipeline.find_snapshot(Some(&snapshot)).await?;
                    (settings.snapshot_dir().join(&row.file), Some(row.id))
                }
            };
            let proof = snapshot_file::prove(&path, row, &settings)?;
            if json {
                return output::json(&proof);
            }
            output::text(&format!(
                "snapshot {}\n  whole: {} offers read, {} bytes, version {} of the file\n  {}",
                proof.id,
                output::count(proof.offers),
                output::count(proof.bytes),
                proof.version,
                proof.file.display()
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
            let snapshot = pipeline.open_snapshot(&row)?;
            let damaged = |e| Failure::input(format!("snapshot {}: {e}", row.id.short()));
            let reasons = exclusion_counts(&snapshot.exclusions().map_err(damaged)?);
            let ungrouped_by = snapshot.ungrouped();
            let groups: Vec<_> = snapshot
                .groups()
                .map_err(damaged)?
                .iter()
                .filter(|g| hs.is_none_or(|code| g.key.hs6.is_within(&code)))
                .collect();
            if json {
                let left_out: BTreeMap<&str, u64> = reasons.iter().map(|(r, n)| (r.code(), *n)).collect();
                return output::json(&serde_json::json!({
                    "snapshot": row, "groups": groups, "left_out": left_out,
                    "ungrouped": ungrouped_by.total(), "ungrouped_by": ungrouped_by,
                }));
            }
            let mut text = format!(
                "snapshot {}\nbuilt {}, prices in {}, {} offers\n{}\n\n{:<7} {:<5} {:<11} {:<9} {:>8} {:>7} {:>5} {:>7} {:>7} {:>7}\n",
                row.id,
                row.built_at.format("%Y-%m-%d %H:%M UTC"),
                row.currency,
                output::count(row.listings),
                ungrouped(&ungrouped_by, row.listings),
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

fn told(report: &SnapshotReport, json: bool) -> Result<Exit, Failure> {
    if json {
        return output::json(report);
    }
    output::text(&format!(
        "snapshot {}{}\n  {} offers and {} groups, prices in {}; {} left out\n  {}\n  {} offers as before, {} groups computed\n  {}",
        report.id,
        if report.known { "  (known already: nothing has changed; it is the newest again)" } else { "" },
        output::count(report.observations),
        output::count(report.groups),
        report.currency,
        output::count(report.exclusions),
        ungrouped(&report.ungrouped_by, report.observations),
        output::count(report.kept),
        output::count(report.computed),
        report.file.display()
    ))
}

/// How many of so many offers stand in no group, and why.
fn ungrouped(by: &UngroupedBy, offers: u64) -> String {
    let mut reasons = Vec::new();
    for (words, n) in by.reasons() {
        if n > 0 {
            reasons.push(format!("{} {words}", output::count(n)));
        }
    }
    if reasons.is_empty() {
        return "no offer without a group".to_owned();
    }
    let (total, offers) = (output::count(by.total()), output::count(offers));
    format!("{total} of {offers} offers in no group: {}", reasons.join(", "))
}

fn exclusion_counts(exclusions: &[Exclusion]) -> BTreeMap<ExclusionReason, u64> {
    let mut counts = BTreeMap::new();
    for exclusion in exclusions {
        *counts.entry(exclusion.reason).or_default() += 1;
    }
    counts
}
