//! `demo`: the whole walk on the bundled market, through the same code as the single commands.

use super::assess::{self, Batch};
use super::progress::CrawlDisplay;
use super::{crawl, observatory, output, serve};
use crate::batch::run::{self, Job};
use crate::checking::Checker;
use crate::declared::LineInput;
use crate::failure::{Exit, Failure};
use crate::http::Example;
use crate::pipeline::BuildPlan;
use crate::pipeline::{CrawlReport, Pipeline, SnapshotReport};
use crate::settings::Settings;
use crate::whole_file;
use crate::words;
use chrono::NaiveDate;
use fixture_market::{DEMO_DATE, DEMO_SEED, Market};
use model::{FixedClock, VerdictCode};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;

/// Folder of the demo when none is named, apart from the data of real work.
const FOLDER: &str = "demo-data";

/// Run everything once on the bundled market, then serve the officer's page
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone demo --no-serve --data my-demo\n\nStarts six invented shops on loopback, crawls them, builds a reference, assesses\na bundled file of declared lines and writes an observatory page. Run it twice:\nthe second run asks for pages conditionally and stores nothing twice. Shops,\nsellers and prices are invented. It takes about ten seconds."
)]
pub struct Args {
    /// End after the summary instead of serving the officer's page
    #[arg(long)]
    no_serve: bool,
    /// Port of the officer's page on 127.0.0.1 (default: 8080)
    #[arg(long, conflicts_with = "no_serve")]
    port: Option<u16>,
    /// Day the market is visited on; prices follow from seed and day
    #[arg(long, default_value_t = DEMO_DATE)]
    date: NaiveDate,
    /// Seed of the market's prices
    #[arg(long, default_value_t = DEMO_SEED)]
    seed: u64,
}

pub async fn run(mut settings: Settings, folder_named: bool, args: Args) -> Result<Exit, Failure> {
    let started = Instant::now();
    // A port in use is told before any work is done.
    let listener = match args.no_serve {
        true => None,
        false => Some(serve::bind(&settings, args.port).await?),
    };
    if !folder_named {
        settings.data = PathBuf::from(FOLDER);
    }
    let data = settings.data.clone();
    let pipeline = Arc::new(Pipeline::open_at(settings, Arc::new(FixedClock::noon(args.date))).await?);
    let earlier = pipeline.store.snapshots().await?.len();
    // One page of the market changes its price from run to run; a run that was cut short is the
    // same run again.
    let market = Market::new(args.seed, args.date, earlier as u32 + 1);

    let (crawls, stopped) = visit_market(&pipeline, market).await?;
    if let Some(exit) = stopped {
        output::text(&crawl::table(&crawls))?;
        return Ok(exit);
    }
    let snapshot = pipeline
        .build_snapshot(BuildPlan { note: Some("bundled market".into()), ..BuildPlan::default() })
        .await?;
    let checker = Checker::load(&pipeline, Some(&snapshot.id.to_string()), Some(args.date)).await?;

    let lines = data.join("declared_lines.csv");
    whole_file::write(&lines, fixture_market::declared_lines_csv().as_bytes())?;
    let results = [data.join("assessed.csv"), data.join("assessed.xlsx")];
    let batch = run::run(&Job::new(&checker, &lines, &results, assess::DEFAULT_FDR, pipeline.clock.now()))?;
    let page = data.join("observatory.html");
    observatory::write(&checker, &page)?;

    output::text(
        &summary(&pipeline, &crawls, &snapshot, &batch, earlier, started, listener.is_some()).await?,
    )?;
    match listener {
        None => Ok(Exit::Done),
        Some(listener) => {
            drop(pipeline);
            serve_with_examples(listener, checker).await
        }
    }
}

/// Starts the market on a free loopback port, crawls its sources and stops it.
async fn visit_market(
    pipeline: &Arc<Pipeline>,
    market: Market,
) -> Result<(Vec<CrawlReport>, Option<Exit>), Failure> {
    let rates = normalizer::exchange::parse_plain_csv(fixture_market::fx_csv(), Some("bundled"))
        .map_err(|e| Failure::bug(e.to_string()))?;
    pipeline.put_rates(rates).await?;
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(|e| Failure::from_io("a port for the bundled market", &e))?;
    let running =
        fixture_market::serve(market, listener).await.map_err(|e| Failure::machine(e.to_string()))?;
    let mut chosen = Vec::new();
    for (name, text) in fixture_market::source_files() {
        let mut source = crawler::source_file::parse(text, name).map_err(|e| Failure::bug(e.to_string()))?;
        source.network.connect_to = Some(running.addr().to_string());
        chosen.push((source, (*text).to_owned()));
    }
    let stop = crawl::stop_on_signal(crawl::FINISHING);
    let display = CrawlDisplay::on_terminal();
    let reports = crawl::crawl_all(pipeline, chosen, &stop, &display).await;
    display.finish();
    running.shutdown().await;
    let reports = reports?;
    let exit = crawl::exit_of(&reports);
    Ok((reports, (exit == Exit::Interrupted).then_some(exit)))
}

async fn summary(
    pipeline: &Pipeline,
    crawls: &[CrawlReport],
    snapshot: &SnapshotReport,
    batch: &Batch,
    earlier: usize,
    started: Instant,
    serving: bool,
) -> Result<String, Failure> {
    let counts = pipeline.store.counts().await?;
    let rejected = pipeline.store.rejection_counts().await?;
    let data = pipeline.settings.data.display();
    // As it was started: a fresh checkout has no `touchstone` on the path.
    let program = std::env::args().next().unwrap_or_else(|| "touchstone".to_owned());
    let total = |pick: fn(&store::CrawlCounts) -> u64| crawls.iter().map(|c| pick(&c.counts)).sum::<u64>();
    let mut text = format!("Touchstone demo: six invented shops, visited on {}\n\n", pipeline.clock.today());
    text.push_str(&crawl::table(crawls));
    if earlier > 0 {
        text.push_str(&format!(
            "\nThis folder was there already. Of its pages {} were unchanged (asked for\nconditionally) and {} had changed; {} offers were known and not stored\nagain, and {} new.\n",
            output::count(total(|c| c.unchanged)),
            output::count(total(|c| c.fetched)),
            output::count(total(|c| c.observations_known)),
            output::count(total(|c| c.observations_new)),
        ));
    }
    text.push_str(&format!(
        "\nStored       {} offers from {} pages; {} rejected",
        output::count(counts.observations),
        output::count(counts.pages),
        output::count(counts.rejections)
    ));
    let reasons: Vec<String> =
        rejected.iter().map(|(reason, n)| format!("{n} {}", words::rejection(*reason))).collect();
    if !reasons.is_empty() {
        text.push_str(&format!(":\n             {}", reasons.join(",\n             ")));
    }
    text.push_str(&format!(
        "\nSnapshot     {}, {} groups, prices in {}{}\n",
        snapshot.id.short(),
        output::count(snapshot.groups),
        snapshot.currency,
        if snapshot.known { " (as before)" } else { "" }
    ));
    text.push_str(&format!("Declared     {} lines assessed\n", batch.lines));
    for (code, n) in &batch.counts {
        text.push_str(&format!("             {n:>4}  {} [{code}]\n", words::verdict(*code)));
    }
    text.push_str(&format!(
        "\nWritten      {data}/assessed.csv\n             {data}/assessed.xlsx\n             {data}/observatory.html\nArchive      {data}/archive (WARC, one record a page)\nTook         {:.1} s\n\nNext{}:\n  {program} check --data {data} \\\n    --hs 070320 --description \"fresh garlic\" --price 0.55 --currency EUR \\\n    --quantity 20000 --unit kg --condition new \\\n    --level wholesale --export-date 2026-09-10\n\nA verdict is a risk indicator, never a customs value. Shops, sellers and prices are invented.\n",
        started.elapsed().as_secs_f64(),
        if serving { " (in another terminal while this one serves)" } else { "" }
    ));
    Ok(text)
}

/// Serves with a few of the bundled lines as examples on the form.
async fn serve_with_examples(listener: TcpListener, checker: Checker) -> Result<Exit, Failure> {
    let wanted = [
        VerdictCode::StrongReasonToAsk,
        VerdictCode::Consistent,
        VerdictCode::SegmentFirst,
        VerdictCode::InsufficientEvidence,
    ];
    let mut examples: Vec<Example> = Vec::new();
    let mut reader = csv::Reader::from_reader(fixture_market::declared_lines_csv().as_bytes());
    let lines: Vec<LineInput> = reader
        .deserialize::<std::collections::HashMap<String, String>>()
        .filter_map(Result::ok)
        .filter_map(|mut row| {
            row.remove("expected_verdict");
            serde_json::to_value(row).ok().and_then(|value| serde_json::from_value(value).ok())
        })
        .collect();
    for code in wanted {
        let found = lines.iter().find(|line| checker.check_figures(line).is_ok_and(|v| v.verdict == code));
        if let Some(line) = found {
            let goods = line.description.as_deref().unwrap_or("a line");
            let label = format!("{goods}: {}", words::verdict(code).to_lowercase());
            examples.push(Example { label, line: line.clone() });
        }
    }
    serve::serve_with(listener, checker, examples).await
}
