//! `source`: a source file's contract, and one page of it for a look.

use super::output;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::sources;
use crawler::archive::Archive;
use crawler::{Engine, EngineOptions, LeaseClock, Outcome, Target};
use model::SystemClock;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check a source file and hold it to its sample page
    #[command(
        after_help = "Example:\n  touchstone source check config/sources/example-market.toml\n\nReads no network. Exit code 3 when the file is wrong, 6 when the sample is\nread differently."
    )]
    Check {
        /// Source files
        #[arg(required = true, value_name = "SOURCE.toml")]
        files: Vec<PathBuf>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch one page of a source, politely, and print what is read from it
    #[command(
        after_help = "Example:\n  touchstone source fetch config/sources/example-market.toml \\\n      https://shop.example/p/1\n\nThe page is archived like any other; nothing goes into the database."
    )]
    Fetch {
        /// Source file
        #[arg(value_name = "SOURCE.toml")]
        file: PathBuf,
        /// Address of the page
        url: String,
    },
}

pub async fn run(settings: Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check { files, json } => check(&files, json),
        Command::Fetch { file, url } => fetch(&settings, &file, url).await,
    }
}

fn check(files: &[PathBuf], json: bool) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut reports = Vec::new();
    let mut text = String::new();
    let mut all = Vec::new();
    for file in files {
        let (source, _) = sources::load(file)?;
        let differences = match &source.sample {
            Some(sample) => Some(sources::check_sample(&source, sample, file)?),
            None => None,
        };
        match &differences {
            None => {
                text.push_str(&format!("{}: well-formed; it has no sample page to hold it to\n", source.id))
            }
            Some(d) if d.is_empty() => {
                text.push_str(&format!("{}: well-formed, and its sample is read as expected\n", source.id))
            }
            Some(d) => {
                exit = Exit::Partly;
                for d in d {
                    text.push_str(&format!(
                        "{}: sample {}: expected '{}', read {}\n",
                        source.id,
                        d.field,
                        d.expected,
                        d.found.as_deref().map_or("nothing".to_owned(), |f| format!("'{f}'"))
                    ));
                }
            }
        }
        reports.push(serde_json::json!({ "source": source.id, "file": file, "differences": differences }));
        all.push(source);
    }
    sources::distinct(all.iter())?;
    if json {
        output::json(&reports)?;
    } else {
        output::text(&text)?;
    }
    Ok(exit)
}

async fn fetch(settings: &Settings, file: &std::path::Path, url: String) -> Result<Exit, Failure> {
    let (source, _) = sources::load(file)?;
    let clock = Arc::new(SystemClock);
    let folder = settings.archive_dir();
    std::fs::create_dir_all(&folder)
        .map_err(|e| Failure::from_io(&format!("folder {}", folder.display()), &e))?;
    let archive = Archive::open(&folder, &source.id, model::Clock::now(&SystemClock))?;
    let archive = Arc::new(Mutex::new(archive));
    let rules = source.rules.clone();
    let engine = Engine::new(source, EngineOptions::new(Arc::clone(&archive), clock))?;
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
    let decoded = crawler::decode::to_text(&page.body, page.content_type.as_deref())?;
    let extraction = crawler::extract::extract(&decoded.text, Some(&url), &rules);
    output::json(&serde_json::json!({
        "url": url,
        "status": page.status,
        "content_type": page.content_type,
        "encoding": decoded.encoding,
        "bytes": page.body.len(),
        "payload_sha256": page.payload_hash,
        "archive": page.archive,
        "listings": extraction.listings,
        "links": extraction.links.len(),
    }))
}
