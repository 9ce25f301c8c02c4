//! `source fetch`: one page of a source for a look. It is archived, and nothing goes into the
//! database.

use crate::commands::output;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::{sources, visitor};
use crawler::archive::Archive;
use crawler::{Engine, LeaseClock, Outcome, Target};
use model::{Clock, SystemClock};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Flags of `source fetch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone source fetch config/sources/example-market.toml \\\n      https://shop.example/p/1\n\nThe page is archived like any other; nothing goes into the database."
)]
pub struct Args {
    /// Source file
    #[arg(value_name = "SOURCE.toml")]
    file: PathBuf,
    /// Address of the page
    url: String,
}

pub async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    fetch(settings, &args.file, args.url).await
}

async fn fetch(settings: &Settings, file: &std::path::Path, url: String) -> Result<Exit, Failure> {
    let (source, _) = sources::load(file)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let folder = settings.archive_dir();
    std::fs::create_dir_all(&folder)
        .map_err(|e| Failure::from_io(&format!("folder {}", folder.display()), &e))?;
    let archive = Archive::open(&folder, &source.id, clock.now())?;
    let archive = Arc::new(Mutex::new(archive));
    let options = visitor::options(settings, &source, &archive, &clock)?;
    let engine = Engine::new(source.clone(), options)?;
    let target = Target { url: url.clone(), ..Target::default() };
    let outcome = engine.visit(&target, &LeaseClock::unlimited()).await?.outcome;
    if let Ok(mut archive) = archive.lock() {
        archive.sync()?;
    }
    let refused = |why: String| Err(Failure::machine(format!("{url}: {why}")));
    let page = match outcome {
        Outcome::Page(page, _) => page,
        Outcome::Unchanged { .. } => return refused("unchanged".into()),
        Outcome::Redirect { to, status } => return refused(format!("redirects to {to} (status {status})")),
        Outcome::Disallowed { reason, .. } => return refused(format!("not allowed: {reason}")),
        Outcome::Refused { reason } => return refused(reason),
        Outcome::HttpError { status } => return refused(format!("answered with status {status}")),
        Outcome::Failed { reason, .. } => return refused(reason),
        Outcome::Resting { wait } => {
            return refused(format!("the host is left alone for {} s more", wait.as_secs()));
        }
        Outcome::LeaseOver => return refused("the lease is over".into()),
        Outcome::Wall { sign } => return refused(format!("stands behind a wall: {sign}")),
    };
    let decoded = crawler::decode::to_text(&page.body, page.content_type.as_deref());
    let read = crawler::read_source(&source, &page)?;
    let problems: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
    output::json(&serde_json::json!({
        "url": url,
        "status": page.status,
        "content_type": page.content_type,
        "encoding": decoded.ok().map(|decoded| decoded.encoding),
        "bytes": page.body.len(),
        "payload_sha256": page.payload_hash,
        "archive": page.archive,
        "listings": read.page.listings,
        "links": read.page.links.len(),
        "problems": problems,
    }))
}
