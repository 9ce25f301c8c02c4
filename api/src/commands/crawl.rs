//! `crawl`: collects offers from sources, several hosts at a time, each at its own pace.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pipeline::{CrawlReport, Pipeline, VisitKind};
use crate::settings::Settings;
use crate::sources;
use model::Source;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// Collect offers from one or more sources, politely
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone crawl config/sources/example-market.toml --pages 200\n\nSources are crawled side by side, each host at its own pace. A second crawl asks\nfor pages conditionally. Ctrl-C finishes the page at hand; the next crawl goes\non from there.\nExit code 6 when a source stopped at a wall or gave not one page."
)]
pub struct Args {
    /// Source files
    #[arg(required = true, value_name = "SOURCE.toml")]
    sources: Vec<PathBuf>,
    /// At most this many pages from each source (default: its own budget)
    #[arg(long, value_name = "N")]
    pages: Option<u32>,
    /// Print the reports as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let mut chosen = Vec::new();
    for path in &args.sources {
        let (mut source, text) = sources::load(path)?;
        if let Some(pages) = args.pages {
            source.budget.pages = source.budget.pages.min(pages);
        }
        chosen.push((source, text));
    }
    sources::distinct(chosen.iter().map(|(source, _)| source))?;
    let pipeline = Arc::new(Pipeline::open(settings).await?);
    let stop = stop_on_ctrl_c();
    let reports = crawl_all(&pipeline, chosen, &stop, 0).await?;
    if args.json {
        output::json(&reports)?;
    } else {
        output::text(&table(&reports))?;
    }
    Ok(exit_of(&reports))
}

/// A flag that the first Ctrl-C sets; the second ends the process at once.
pub fn stop_on_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.store(true, Ordering::Relaxed);
            eprintln!("\nfinishing the pages at hand; press Ctrl-C again to end at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(Exit::Interrupted as i32);
            }
        }
    });
    stop
}

/// Crawls every source at the same time, with one progress display. `expected` is the number of
/// pages, 0 when it is not known. One source's failure ends the others in an orderly way.
pub async fn crawl_all(
    pipeline: &Arc<Pipeline>,
    chosen: Vec<(Source, String)>,
    stop: &Arc<AtomicBool>,
    expected: u64,
) -> Result<Vec<CrawlReport>, Failure> {
    let bar = output::progress(expected, "pages");
    let mut tasks = JoinSet::new();
    for (source, text) in chosen {
        let (pipeline, stop, bar) = (Arc::clone(pipeline), Arc::clone(stop), bar.clone());
        tasks.spawn(async move {
            let tick = move |_: VisitKind| bar.inc(1);
            let result = pipeline.crawl(&source, &text, &stop, &tick).await;
            if result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            result
        });
    }
    let mut reports = Vec::new();
    let mut failure = None;
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok(Ok(report)) => reports.push(report),
            Ok(Err(error)) => failure = failure.or(Some(error)),
            Err(error) => {
                failure = failure.or(Some(Failure::bug(format!("a crawl ended by a fault: {error}"))))
            }
        }
    }
    bar.finish_and_clear();
    reports.sort_by(|a, b| a.source.cmp(&b.source));
    match failure {
        Some(failure) => Err(failure),
        None => Ok(reports),
    }
}

/// Exit code of a crawl: a wall, an interruption or a source that gave nothing is told to whoever
/// runs it.
pub fn exit_of(reports: &[CrawlReport]) -> Exit {
    if reports.iter().any(|r| r.interrupted) {
        Exit::Interrupted
    } else if reports.iter().any(|r| r.wall.is_some() || r.got_nothing()) {
        Exit::Partly
    } else {
        Exit::Done
    }
}

/// Reports as a table.
pub fn table(reports: &[CrawlReport]) -> String {
    // As wide as the longest name asks for: names of up to 15 characters fit a terminal of 80.
    let width = reports.iter().map(|r| r.source.chars().count()).max().unwrap_or(0).max(6);
    let row = |name: &str, cells: [String; 8]| {
        let mut line = format!("{name:<width$}");
        for (cell, wide) in cells.iter().zip([8, 10, 5, 11, 8, 7, 7, 9]) {
            line.push_str(&format!("{cell:>wide$}"));
        }
        line.push('\n');
        line
    };
    let head = ["fetched", "unchanged", "gone", "disallowed", "refused", "failed", "new", "rejected"];
    let mut text = format!("{:width$} {:-^48} {:-^15}\n", "", " pages ", " offers ");
    text.push_str(&row("source", head.map(str::to_owned)));
    for r in reports {
        let c = &r.counts;
        let counts = [
            c.fetched,
            c.unchanged,
            c.gone,
            c.disallowed,
            c.refused,
            c.failed,
            c.observations_new,
            c.rejections_new,
        ];
        text.push_str(&row(&r.source, counts.map(output::count)));
    }
    for r in reports {
        if let Some(sign) = &r.wall {
            text.push_str(&format!(
                "{}: stopped at a wall ({sign}); ask the site's operator for access\n",
                r.source
            ));
        }
        if r.got_nothing() && r.wall.is_none() {
            let why = r.first_miss.as_deref().unwrap_or("no address was due");
            text.push_str(&format!("{}: not one page could be fetched: {why}\n", r.source));
        }
        if r.shared {
            text.push_str(&format!(
                "{}: another process is still at work on it, with {} addresses\n",
                r.source, r.counts.leased
            ));
        } else if r.counts.waiting > 0 && !r.budget_reached && !r.interrupted && r.wall.is_none() {
            text.push_str(&format!(
                "{}: {} addresses failed for now and wait for the next crawl\n",
                r.source, r.counts.waiting
            ));
        }
        if r.budget_reached {
            text.push_str(&format!(
                "{}: the page budget was reached; {} addresses wait\n",
                r.source, r.counts.waiting
            ));
        }
        if r.interrupted {
            text.push_str(&format!("{}: interrupted; the next crawl goes on from here\n", r.source));
        }
    }
    text
}
