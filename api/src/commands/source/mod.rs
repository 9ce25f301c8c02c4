//! `source`: what an administrator does with one source: draft its file, check it, see how
//! it fares, let it go on, fetch a page of it. One file a subcommand.

mod check;
mod fetch;
mod new;
mod resume;
mod status;

use crate::failure::{Exit, Failure};
use crate::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check a source file and hold it to its sample page
    Check(check::Args),
    /// Write a first draft of a source file from a page
    New(new::Args),
    /// Show how sources fare, and the alarms that stand
    Status(status::Args),
    /// Lift the rest of hosts that failed, where a site is known to be back
    Resume(resume::Args),
    /// Fetch one page of a source, politely, and print what is read from it
    Fetch(fetch::Args),
}

pub async fn run(settings: Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(args) => check::run(&settings, args).await,
        Command::New(args) => new::run(&settings, args).await,
        Command::Status(args) => status::run(settings, args).await,
        Command::Resume(args) => resume::run(settings, args).await,
        Command::Fetch(args) => fetch::run(&settings, args).await,
    }
}
