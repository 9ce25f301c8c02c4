//! `source resume`: lifts the rest of a source's hosts, where a person knows that a site is back. Only what
//! the database holds; nobody is asked for anything.

use crate::commands::output;
use crate::failure::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::settings::Settings;

/// Flags of `source resume`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone source resume example-market\n\nHosts that rest after failures, or since robots.txt could not be had, may be\nasked again after their usual pace, and robots.txt is asked for anew. To be used\nwhere the site's operator says that it is back: a rest may also be what the\nserver asked for (Retry-After). Pace and Crawl-delay stay; hosts that a running\ncrawl holds are left to it, and addresses that failed are tried again when they\nare due. A wall needs no lifting: the next crawl tries once more.\nExit code 3 when there is no such source."
)]
pub struct Args {
    /// The source, by id
    #[arg(value_name = "SOURCE-ID")]
    source: String,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let pipeline = Pipeline::existing(settings).await?;
    let store = &pipeline.store;
    if !store.sources().await?.iter().any(|source| source.id == args.source) {
        return Err(Failure::input(format!("no source '{}' in the database", args.source))
            .hint("touchstone source status lists them; a first crawl of its file makes one known"));
    }
    let here = pipeline.clock.now();
    let now = here + store.clock_offset(here).await?;
    let hosts = store.resume_hosts(&args.source, now).await?;
    if args.json {
        return output::json(&serde_json::json!({ "source": args.source, "hosts": hosts }));
    }
    let told = |host: &String| format!("{}: {host} may be asked again after its usual pace\n", args.source);
    match hosts.is_empty() {
        true => output::text(&format!("{}: none of its hosts rests\n", args.source)),
        false => output::text(&hosts.iter().map(told).collect::<String>()),
    }
}
