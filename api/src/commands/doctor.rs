//! `doctor`: looks whether everything the program needs is there, and says what to do where not.
//! It changes nothing.

use super::output;
use crate::failure::{Exit, Failure};
use crate::health::{self, Health};
use crate::settings::Settings;
use crate::sources;
use serde::Serialize;
use serde_json::Value;
use statistics::Parameters;
use std::collections::BTreeMap;
use std::path::Path;
use store::{Open, StoreError};

/// Check settings, folders, database, sources and port
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  touchstone doctor\n\nExit code 0 when all is well, 4 when something needs attention."
)]
pub struct Args {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    well: bool,
    detail: String,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let mut findings = vec![Finding { what: "settings", well: true, detail: "read and valid".into() }];
    findings.push(rules(&settings));
    findings.push(data_folder(&settings.data));
    findings.extend(database(&settings).await);
    findings.push(source_files(Path::new("config/sources")));
    findings.push(port(&settings).await);
    let well = findings.iter().all(|f| f.well);
    if args.json {
        output::json(&findings)?;
    } else {
        let mut text = String::new();
        for f in &findings {
            text.push_str(&format!(
                "{:<5} {:<12} {}\n",
                if f.well { "ok" } else { "LOOK" },
                f.what,
                f.detail
            ));
        }
        output::text(&text)?;
    }
    Ok(if well { Exit::Done } else { Exit::Machine })
}

/// Which numbers the verdicts are made by: an installation that reads another file than it means to is
/// seen here. A file that cannot be read ended the program before.
fn rules(settings: &Settings) -> Finding {
    let from = match settings.rules_file() {
        Some(file) => file.display().to_string(),
        None => "built in".to_owned(),
    };
    let (here, usual) =
        (serde_json::to_value(&settings.statistics), serde_json::to_value(Parameters::default()));
    let changed: Vec<String> = match (&here, &usual) {
        (Ok(Value::Object(here)), Ok(usual)) => here
            .iter()
            .filter(|(name, value)| usual[*name] != **value)
            .map(|(n, v)| format!("{n} = {v}"))
            .collect(),
        _ => Vec::new(),
    };
    let changed = if changed.is_empty() { "all as shipped".to_owned() } else { changed.join(", ") };
    let detail = format!("{from}, parameters {}; {changed}", settings.statistics.hash().short());
    Finding { what: "rules", well: true, detail }
}

fn data_folder(path: &Path) -> Finding {
    let what = "data folder";
    if !path.exists() {
        return Finding {
            what,
            well: true,
            detail: format!("{} does not exist yet; the first command that stores makes it", path.display()),
        };
    }
    let probe = path.join(".doctor");
    match std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding { what, well: true, detail: format!("{} can be written", path.display()) },
        Err(e) => Finding { what, well: false, detail: format!("{} cannot be written: {e}", path.display()) },
    }
}

async fn database(settings: &Settings) -> Vec<Finding> {
    let what = "database";
    let location = settings.database_location();
    let looked = async {
        let store = store::open(&location, Open::Inspect).await?;
        let status = store.schema_status().await?;
        let current = status.pending.is_empty() && status.current <= status.latest;
        let (mut snapshots, mut sources) = (Vec::new(), Vec::new());
        if current {
            snapshots = store.snapshots().await?;
            sources = health::read(store.as_ref(), &[], &BTreeMap::new(), chrono::Utc::now()).await?;
        }
        store.close().await;
        Ok::<_, store::StoreError>((status, snapshots, sources))
    };
    match looked.await {
        Err(StoreError::NotFound { path }) => {
            let detail =
                format!("{path} does not exist yet; touchstone db migrate or a first crawl makes it");
            vec![Finding { what, well: true, detail }]
        }
        Err(e) => vec![Finding { what, well: false, detail: e.to_string() }],
        Ok((status, ..)) if status.current > status.latest => {
            let detail = format!(
                "{} has version {}, this program knows {}: use a newer touchstone",
                status.database, status.current, status.latest
            );
            vec![Finding { what, well: false, detail }]
        }
        Ok((status, ..)) if !status.pending.is_empty() => {
            let detail = format!(
                "{} waits for {}: run touchstone db migrate",
                status.database,
                status.pending.join(", ")
            );
            vec![Finding { what, well: false, detail }]
        }
        Ok((status, rows, sources)) => {
            let missing: Vec<String> = rows
                .iter()
                .filter(|row| !settings.snapshot_dir().join(&row.file).is_file())
                .map(|row| row.id.short())
                .collect();
            let detail = if missing.is_empty() {
                format!("{} with their files", rows.len())
            } else {
                format!(
                    "the files of {} are missing from {}",
                    missing.join(", "),
                    settings.snapshot_dir().display()
                )
            };
            vec![
                Finding {
                    what,
                    well: true,
                    detail: format!("{}, version {}", status.database, status.current),
                },
                Finding { what: "snapshots", well: missing.is_empty(), detail },
                alarms(&sources),
            ]
        }
    }
}

/// What stands against the sources that were crawled.
fn alarms(sources: &[Health]) -> Finding {
    let what = "alarms";
    let all: Vec<String> = sources
        .iter()
        .flat_map(|h| h.alarms.iter().map(|alarm| format!("{}: {}", h.source, alarm.sentence)))
        .collect();
    match all.is_empty() {
        true => Finding { what, well: true, detail: format!("none of {} crawled source(s)", sources.len()) },
        false => Finding { what, well: false, detail: all.join("; ") },
    }
}

fn source_files(folder: &Path) -> Finding {
    let what = "sources";
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Finding { what, well: true, detail: format!("no folder {} here", folder.display()) };
    };
    let mut files: Vec<_> = entries
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let wrong: Vec<String> = files.iter().filter_map(|f| sources::load(f).err()).map(|e| e.message).collect();
    match wrong.is_empty() {
        true => Finding {
            what,
            well: true,
            detail: format!("{} file(s) in {} are well-formed", files.len(), folder.display()),
        },
        false => Finding { what, well: false, detail: wrong.join("; ") },
    }
}

async fn port(settings: &Settings) -> Finding {
    let what = "port";
    match super::serve::bind(settings, None).await {
        Ok(_) => Finding { what, well: true, detail: format!("{} is free", settings.listen) },
        Err(e) => Finding { what, well: false, detail: e.to_string().replace('\n', ";") },
    }
}
