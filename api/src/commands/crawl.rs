//! `crawl`: collects offers from sources, several hosts at a time, each at its own pace.

use super::output;
use super::progress::CrawlDisplay;
use super::watching;
use crate::failure::{Exit, Failure};
use crate::health;
use crate::metrics;
use crate::pipeline::{CrawlEvent, CrawlReport, Pipeline};
use crate::settings::Settings;
use crate::sources;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use model::Source;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// A day's budget that seems spent in the day's first hour is asked for again after this.
const AFTER_MIDNIGHT: TimeDelta = TimeDelta::minutes(5);
/// How often a source that rests looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(500);

/// Collect offers from one or more sources, politely
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone crawl config/sources/example-market.toml --pages 200\n\nSources are crawled side by side, each host at its own pace. A second crawl asks\nfor pages conditionally. Ctrl-C (or SIGTERM) finishes the page at hand; the\nnext crawl goes on from there. Several processes on one PostgreSQL\nshare the work.\n\n  touchstone crawl config/sources/*.toml --every 24\n\nkeeps running: each source begins again a day after it began, and rests while\nits hours of the day or its daily budget are over.\nExit code 6 when a source stopped at a wall, gave not one page, or gives far\nfewer offers per page than it used to (layout drift)."
)]
pub struct Args {
    /// Source files
    #[arg(required = true, value_name = "SOURCE.toml")]
    sources: Vec<PathBuf>,
    /// At most this many pages from each source (default: its own budget)
    #[arg(long, value_name = "N")]
    pages: Option<u32>,
    /// Keep running: begin each source again this many hours after it began
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=24 * 366))]
    every: Option<u32>,
    /// Serve counts for Prometheus while it runs: a port of this machine, or an address with a port
    #[arg(long, value_name = "ADDRESS", value_parser = watching::address)]
    metrics: Option<SocketAddr>,
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
    let stop = stop_on_signal(FINISHING);
    let _watched = match args.metrics {
        Some(address) => {
            let ids = chosen.iter().map(|(source, _)| source.id.clone()).collect();
            let archive = pipeline.settings.archive_dir();
            Some(watching::crawl(address, Arc::clone(&pipeline.store), ids, archive).await?)
        }
        None => None,
    };
    let display = CrawlDisplay::on_terminal();
    if let Some(hours) = args.every {
        return keep_running(&pipeline, chosen, &stop, hours, args.json, &display).await;
    }
    let reports = crawl_all(&pipeline, chosen, &stop, &display).await;
    display.finish();
    let reports = reports?;
    print(&reports, args.json)?;
    Ok(exit_of(&reports))
}

fn print(reports: &[CrawlReport], json: bool) -> Result<Exit, Failure> {
    if json { output::json(&reports) } else { output::text(&table(reports)) }
}

/// Crawls each source again and again until it is stopped: `hours` after it began, or when what held
/// it back is over. A source behind a wall is left alone until somebody starts it anew.
async fn keep_running(
    pipeline: &Arc<Pipeline>,
    chosen: Vec<(Source, String)>,
    stop: &Arc<AtomicBool>,
    hours: u32,
    json: bool,
    display: &CrawlDisplay,
) -> Result<Exit, Failure> {
    let mut tasks = JoinSet::new();
    for one in chosen {
        let (pipeline, stop, display) = (Arc::clone(pipeline), Arc::clone(stop), display.clone());
        tasks.spawn(async move {
            loop {
                let begun = pipeline.clock.now();
                let reports = crawl_all(&pipeline, vec![one.clone()], &stop, &display).await?;
                display.aside(|| print(&reports, json))?;
                let Some(report) = reports.first() else { return Ok(Exit::Done) };
                if report.interrupted || report.wall.is_some() {
                    return Ok(exit_of(&reports));
                }
                let again = next_start(report, begun, hours);
                while pipeline.clock.now() < again {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(Exit::Interrupted);
                    }
                    tokio::time::sleep(LOOK).await;
                }
            }
        });
    }
    let mut exit = Exit::Done;
    while let Some(joined) = tasks.join_next().await {
        let ended: Result<Exit, Failure> =
            joined.unwrap_or_else(|error| Err(Failure::bug(format!("a crawl ended by a fault: {error}"))));
        match ended {
            // The others go on: one source's wall is not theirs.
            Ok(Exit::Partly) => exit = Exit::Partly,
            Ok(Exit::Interrupted) => exit = Exit::Interrupted,
            Ok(_) => {}
            Err(failure) => {
                stop.store(true, Ordering::Relaxed);
                while tasks.join_next().await.is_some() {}
                return Err(failure);
            }
        }
    }
    display.finish();
    Ok(exit)
}

/// When a source that is kept running begins again.
fn next_start(report: &CrawlReport, begun: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
    if let Some(until) = report.rests_until {
        // By the database's clock, which may be behind ours.
        return until.max(begun + TimeDelta::minutes(1));
    }
    if report.spent == Some(store::SpentBudget::RequestsPerDay) {
        // The day is the database's, whose clock may be behind ours: just after midnight it may be
        // yesterday's budget that is spent.
        if begun.hour() == 0 {
            return begun + AFTER_MIDNIGHT;
        }
        let tomorrow = begun.date_naive().succ_opt().and_then(|day| day.and_hms_opt(0, 0, 0));
        return tomorrow.map_or(begun, |midnight| midnight.and_utc());
    }
    begun + TimeDelta::hours(hours.into())
}

/// What a crawl still does when it is asked to end.
pub const FINISHING: &str = "finishing the pages at hand";

/// A flag that the first Ctrl-C sets, or the first SIGTERM (what service managers send), which is told with
/// what is still done; the second ends the process at once.
pub fn stop_on_signal(still: &'static str) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let mut signals = Signals::listen();
    tokio::spawn(async move {
        signals.next().await;
        flag.store(true, Ordering::Relaxed);
        eprintln!("\n{still}; press Ctrl-C again to end at once");
        signals.next().await;
        std::process::exit(Exit::Interrupted as i32);
    });
    stop
}

/// The signals that ask a program to end.
pub struct Signals {
    /// SIGINT and SIGTERM.
    #[cfg(unix)]
    both: [Option<tokio::signal::unix::Signal>; 2],
}

impl Signals {
    /// From now on they do not end the process, whether they are waited for yet or not.
    pub fn listen() -> Signals {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Signals {
            #[cfg(unix)]
            both: [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()),
        }
    }

    /// Waits for the next one, or takes one that came meanwhile. Where the system gives no handler for a
    /// signal, its default (end the process) stays in force.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.both;
        tokio::select! {
            () = came(interrupt) => {}
            () = came(terminate) => {}
        }
    }

    /// Waits for Ctrl-C.
    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Waits for a signal; for ever where there is no handler.
#[cfg(unix)]
async fn came(signal: &mut Option<tokio::signal::unix::Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Crawls every source at the same time, in one display. One source's failure ends the others in an
/// orderly way.
pub async fn crawl_all(
    pipeline: &Arc<Pipeline>,
    chosen: Vec<(Source, String)>,
    stop: &Arc<AtomicBool>,
    display: &CrawlDisplay,
) -> Result<Vec<CrawlReport>, Failure> {
    let mut tasks = JoinSet::new();
    for (source, text) in chosen {
        let (pipeline, stop) = (Arc::clone(pipeline), Arc::clone(stop));
        let line = display.source(&source.id);
        line.budget(source.budget.pages.into());
        tasks.spawn(async move {
            metrics::wall(&source.id, false);
            let seen = line.clone();
            let tick = move |event: &CrawlEvent<'_>| {
                let brought = &event.offers;
                seen.visited(event.outcome, brought.observations_new);
                seen.waiting(event.waiting);
                metrics::visit(event.source_id, event.outcome, event.took, event.bytes);
                metrics::offers(
                    event.source_id,
                    brought.observations_new,
                    brought.observations_known,
                    brought.rejections_new,
                );
                metrics::waiting(event.source_id, event.waiting);
            };
            let result = pipeline.crawl(&source, &text, &stop, &tick).await;
            line.ended();
            if let Ok(report) = &result {
                publish(report, pipeline.clock.now());
            }
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
    reports.sort_by(|a, b| a.source.cmp(&b.source));
    match failure {
        Some(failure) => Err(failure),
        None => Ok(reports),
    }
}

/// How a crawl ended, for Prometheus.
fn publish(report: &CrawlReport, now: DateTime<Utc>) {
    let (wall, drift) = (report.wall.is_some(), report.drift.is_some());
    metrics::wall(&report.source, wall);
    metrics::alarms(&report.source, drift, usize::from(wall) + usize::from(drift));
    metrics::waiting(&report.source, report.counts.waiting);
    metrics::hosts_leased(&report.source, report.counts.leased);
    if report.counts.fetched + report.counts.unchanged > 0 {
        metrics::last_success(&report.source, now);
    }
}

/// Exit code of a crawl: a wall, an interruption, an alarm or a source that gave nothing is told to
/// whoever runs it.
pub fn exit_of(reports: &[CrawlReport]) -> Exit {
    if reports.iter().any(|r| r.interrupted) {
        Exit::Interrupted
    } else if reports.iter().any(|r| r.wall.is_some() || r.drift.is_some() || r.got_nothing()) {
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
        if let Some(drift) = &r.drift {
            text.push_str(&format!("{}: ALARM: {}\n", r.source, health::drift_sentence(drift)));
        }
        if r.got_nothing() && r.wall.is_none() {
            let why = r.first_miss.as_deref().unwrap_or_default();
            text.push_str(&format!("{}: not one page could be fetched: {why}\n", r.source));
        }
        if r.nothing_due() {
            text.push_str(&format!("{}: no address is due yet\n", r.source));
        }
        if r.hosts_rest() {
            text.push_str(&format!(
                "{}: its hosts rest after failures; {} addresses wait; `touchstone source status {}` says until when\n",
                r.source, r.counts.waiting, r.source
            ));
        } else if r.shared {
            text.push_str(&format!(
                "{}: another process is still at work on it, on {} of its hosts\n",
                r.source, r.counts.leased
            ));
        } else if r.counts.waiting > 0
            && r.spent.is_none()
            && r.rests_until.is_none()
            && !r.interrupted
            && !r.got_nothing()
            && r.wall.is_none()
        {
            text.push_str(&format!(
                "{}: {} addresses failed for now and wait for the next crawl\n",
                r.source, r.counts.waiting
            ));
        }
        if let Some(until) = r.rests_until {
            text.push_str(&format!(
                "{}: its hours of the day are over until {}; {} addresses wait\n",
                r.source,
                until.format("%Y-%m-%d %H:%M UTC"),
                r.counts.waiting
            ));
        }
        match r.spent {
            Some(store::SpentBudget::RequestsPerDay) => text.push_str(&format!(
                "{}: the requests of the day are used up; {} addresses wait for tomorrow\n",
                r.source, r.counts.waiting
            )),
            Some(store::SpentBudget::Bytes) => text.push_str(&format!(
                "{}: the byte budget was reached; {} addresses wait\n",
                r.source, r.counts.waiting
            )),
            _ => {}
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_that_comes_before_it_is_waited_for_is_not_lost() {
        // Without a handler it would end these tests.
        let mut signals = Signals::listen();
        for signal in ["-INT", "-TERM"] {
            let me = std::process::id().to_string();
            assert!(std::process::Command::new("kill").args([signal, &me]).status().unwrap().success());
            signals.next().await;
        }
    }
}
