//! The command line: one file a command, each turning flags into one call of the pipeline and its
//! result into text. Results go to stdout, everything else to stderr.

mod assess;
mod check;
mod crawl;
mod db;
mod demo;
mod doctor;
mod evidence;
mod hs;
mod hs_train;
mod import;
mod inspect;
mod inspect_observation;
mod observatory;
pub(crate) mod output;
pub mod progress;
mod replay;
mod serve;
mod snapshot;
mod snapshot_diff;
mod snapshot_table;
mod source;
mod table_diff;
mod table_show;
mod validate;
mod watching;

pub use assess::discovery as discovery_told;

use crate::failure::{Exit, Failure};
use crate::settings::{Overrides, Settings};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "Exit codes:
    0  done
    1  a fault of the program
    2  wrong command line
    3  bad input: a settings, source or map file, a table without its columns,
       an unknown code
    4  the machine refuses: disk full, port in use, no permission, database locked
    5  the database is of another version
    6  done, but some lines or pages were bad (counted on stderr)
  130  interrupted; what was finished is kept

Start with: touchstone demo";

/// Heading of the options that every command has, so that they do not stand among its own.
const EVERYWHERE: &str = "Options of every command";

/// Price reference engine for customs valuation: collects offers, builds reference distributions,
/// and says for a declared value whether there is a reason to ask the importer. A result is a risk
/// indicator, never a customs value.
#[derive(Debug, Parser)]
#[command(
    name = "touchstone",
    version,
    after_help = EXIT_CODES,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Settings file (default: config/default.toml where it exists)
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    config: Option<PathBuf>,
    /// Folder of database, archive and snapshots (default: data)
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    data: Option<PathBuf>,
    /// Database file, when it is not touchstone.db in the data folder
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    database: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything once on the bundled market, then serve the officer's page
    Demo(demo::Args),
    /// Collect offers from one or more sources, politely
    Crawl(crawl::Args),
    /// Draft and check source files, and see how sources fare
    #[command(subcommand)]
    Source(source::Command),
    /// Import price lists, saved pages, archives, exchange rates or nomenclatures
    #[command(subcommand)]
    Import(import::Command),
    /// Show or prove what stands behind an observation
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Build, list or show reference snapshots
    #[command(subcommand)]
    Snapshot(snapshot::Command),
    /// Hold one declared line to the reference
    Check(Box<check::Args>),
    /// Make a verdict again and compare it byte for byte
    Replay(replay::Args),
    /// Assess a file of declared lines
    Assess(assess::Args),
    /// Measure the flag rate on an administration's own cleared lines
    Validate(validate::Args),
    /// Write the observatory page of a snapshot
    Observatory(observatory::Args),
    /// Serve the officer's pages and the API
    Serve(serve::Args),
    /// Show what is read out of a text, or explain a stored offer
    #[command(subcommand)]
    Inspect(inspect::Command),
    /// Find and show HS subheadings in plain words
    #[command(subcommand)]
    Hs(hs::Command),
    /// Look after the database
    #[command(subcommand)]
    Db(db::Command),
    /// Check settings, folders, database, sources and port
    Doctor(doctor::Args),
}

/// Parses the command line, runs it and gives the exit code. The one entrance of the binary.
pub async fn main() -> Exit {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(exit) => exit,
        Err(failure) => {
            eprintln!("touchstone: {failure}");
            failure.exit
        }
    }
}

async fn run(cli: Cli) -> Result<Exit, Failure> {
    let overrides = Overrides { config: cli.config, data: cli.data, database: cli.database };
    let environment = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    // Most of `inspect` reads texts only and must work beside a broken settings file.
    let command = match cli.command {
        Command::Inspect(command) if command.reads_texts_only() => return inspect::run(command),
        // The nomenclature is compiled in; only what was imported needs the database.
        Command::Hs(command) => {
            return hs::run(command, || Settings::load(&overrides, &environment)).await;
        }
        command => command,
    };
    let settings = Settings::load(&overrides, &environment)?;
    match command {
        Command::Demo(args) => demo::run(settings, overrides.data.is_some(), args).await,
        Command::Crawl(args) => crawl::run(settings, args).await,
        Command::Source(command) => source::run(settings, command).await,
        Command::Import(command) => import::run(settings, command).await,
        Command::Evidence(command) => evidence::run(settings, command).await,
        Command::Snapshot(command) => snapshot::run(settings, command).await,
        Command::Check(args) => check::run(settings, *args).await,
        Command::Replay(args) => replay::run(settings, args).await,
        Command::Assess(args) => assess::run(settings, args).await,
        Command::Validate(args) => validate::run(settings, args).await,
        Command::Observatory(args) => observatory::run(settings, args).await,
        Command::Serve(args) => serve::run(settings, args).await,
        Command::Db(command) => db::run(settings, command).await,
        Command::Doctor(args) => doctor::run(settings, args).await,
        Command::Inspect(inspect::Command::Observation(args)) => {
            inspect_observation::run(settings, args).await
        }
        Command::Inspect(command) => inspect::run(command),
        Command::Hs(command) => hs::run(command, || Ok(settings)).await,
    }
}
