//! `serve`: the officer's pages and the API, on this machine.

use super::output;
use super::watching;
use crate::checking::Checker;
use crate::declared::LineInput;
use crate::failure::{Exit, Failure};
use crate::http::{self, Example, Limits};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::words;
use chrono::NaiveDate;
use model::{GroupSummary, VerdictCode};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serve the officer's pages and the API
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone serve --port 8080\n\nPages: / (one declared line), /observatory.\nAPI:   POST /v1/checks, /v1/openapi.json.\nCounts for Prometheus: /metrics.\nCtrl-C ends it."
)]
pub struct Args {
    /// Port on 127.0.0.1 (default: that of the setting `listen`)
    #[arg(long)]
    port: Option<u16>,
    /// Snapshot to hold lines to: an id or its first digits (default: the newest)
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    /// Date of lines that state none (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let listener = bind(&settings, args.port).await?;
    let pipeline = Pipeline::existing(settings).await?;
    let checker = Checker::load(&pipeline, args.snapshot.as_deref(), args.as_of).await?;
    let examples = examples(&checker);
    let _watched = watching::sources(Arc::clone(&pipeline.store), &pipeline.settings)?;
    serve_with(listener, checker, examples).await
}

/// Examples on the form, at most.
const EXAMPLES: usize = 4;
/// Groups that are tried for them.
const TRIED: usize = 20;

/// Lines that show what this snapshot can answer: a price in its best-evidenced groups, each of
/// another subheading, far below the median first, then at it, in turns. Only such as have an
/// answer: an example that ends in "not enough evidence" would help no one.
fn examples(checker: &Checker) -> Vec<Example> {
    let snapshot = checker.snapshot();
    let mut groups: Vec<&GroupSummary> =
        checker.reference().index().groups().unwrap_or_default().iter().collect();
    groups.sort_by(|a, b| b.n_eff.total_cmp(&a.n_eff).then_with(|| a.key.cmp(&b.key)));
    let mut subheadings = BTreeSet::new();
    groups.retain(|group| subheadings.insert(group.key.hs6));
    let mut examples = Vec::new();
    for group in groups.into_iter().take(TRIED) {
        if examples.len() == EXAMPLES {
            break;
        }
        let (share, place) = match examples.len() % 2 {
            0 => (0.4, "far below its median"),
            _ => (1.0, "at its median"),
        };
        // Two significant digits are enough of a price for an example.
        let Some(price) = Decimal::from_f64(group.median * share).and_then(|p| p.round_sf(2)) else {
            continue;
        };
        let key = &group.key;
        let line = LineInput {
            hs: Some(key.hs6.dotted()),
            condition: Some(key.condition.code().to_owned()),
            level: Some(key.level.code().to_owned()),
            price: Some(price.normalize().to_string()),
            currency: Some(snapshot.currency.to_string()),
            unit: Some(key.unit.symbol().to_owned()),
            export_date: Some(group.last_day.to_string()),
            ..LineInput::default()
        };
        let answered = checker.check_figures(&line).is_ok_and(|verdict| {
            !matches!(verdict.verdict, VerdictCode::InsufficientEvidence | VerdictCode::NotApplicable)
        });
        if answered {
            let label = format!(
                "{}, {}, {}, {place}",
                key.hs6.dotted(),
                words::condition(key.condition),
                key.unit.per()
            );
            examples.push(Example { label, line });
        }
    }
    examples
}

/// Takes the port before any work is done, so that a port in use is told at once.
pub async fn bind(settings: &Settings, port: Option<u16>) -> Result<TcpListener, Failure> {
    let mut address: SocketAddr = settings
        .listen
        .parse()
        .map_err(|e| Failure::input(format!("listen = '{}': {e}", settings.listen)))?;
    if let Some(port) = port {
        address.set_port(port);
    }
    TcpListener::bind(address).await.map_err(|e| Failure::from_io(&format!("address {address}"), &e))
}

/// Serves until Ctrl-C or SIGTERM, with examples on the form.
pub async fn serve_with(
    listener: TcpListener,
    checker: Checker,
    examples: Vec<Example>,
) -> Result<Exit, Failure> {
    let address = listener.local_addr().map_err(|e| Failure::from_io("the listening address", &e))?;
    output::text(&format!("Serving http://{address}  (Ctrl-C ends it)"))?;
    let checker = Arc::new(checker);
    let ahead = Arc::clone(&checker);
    // Beside the first lines, which are answered meanwhile; the end of the program ends it.
    std::thread::Builder::new()
        .name("ahead".to_owned())
        .spawn(move || ahead.prepare())
        .map_err(|e| Failure::from_io("a thread to prepare checks", &e))?;
    let router = http::router_with(checker, examples);
    let mut signals = super::crawl::Signals::listen();
    http::listen(listener, router, Limits::default(), signals.next()).await;
    Ok(Exit::Done)
}
