//! `serve`: the officer's pages and the API, on this machine.

use super::output;
use crate::checking::Checker;
use crate::failure::{Exit, Failure};
use crate::http::Example;
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use chrono::NaiveDate;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serve the officer's pages and the API
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone serve --port 8080\n\nPages: / (one declared line), /observatory. API: POST /v1/checks, /v1/openapi.json.\nCtrl-C ends it."
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
    let pipeline = Pipeline::open(settings).await?;
    let checker = Checker::load(&pipeline, args.snapshot.as_deref(), args.as_of).await?;
    serve_with(listener, checker, Vec::new()).await
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

/// Serves until Ctrl-C, with examples on the form.
pub async fn serve_with(
    listener: TcpListener,
    checker: Checker,
    examples: Vec<Example>,
) -> Result<Exit, Failure> {
    let address = listener.local_addr().map_err(|e| Failure::from_io("the listening address", &e))?;
    output::text(&format!("Serving http://{address}  (Ctrl-C ends it)"))?;
    let router = crate::http::router_with(Arc::new(checker), examples);
    axum::serve(listener, router)
        .with_graceful_shutdown(async {
            // Without a handler for the signal, the default (end the process) stays in force.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await
        .map_err(|e| Failure::from_io("serving", &e))?;
    Ok(Exit::Done)
}
