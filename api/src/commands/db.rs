//! `db`: the database's version and migrations.

use super::output;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use store::Open;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Create the database or bring it to this program's version
    #[command(after_help = "Example:\n  touchstone db migrate --data data")]
    Migrate,
    /// Show the database's version and what it holds
    #[command(after_help = "Example:\n  touchstone db status --json")]
    Status {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(settings: Settings, command: Command) -> Result<Exit, Failure> {
    let location = settings.database_location();
    match command {
        Command::Migrate => {
            std::fs::create_dir_all(&settings.data)
                .map_err(|e| Failure::from_io(&format!("folder {}", settings.data.display()), &e))?;
            let store = store::open(&location, Open::Create).await?;
            let applied = store.migrate().await?;
            // As it was given, the location may hold a password.
            let name = store.schema_status().await?.database;
            store.close().await;
            if applied.is_empty() {
                output::text(&format!("{name}: nothing to do"))
            } else {
                output::text(&format!("{name}: applied {}", applied.join(", ")))
            }
        }
        Command::Status { json } => {
            let store = store::open(&location, Open::Inspect).await?;
            let status = store.schema_status().await?;
            let counts = if status.pending.is_empty() && status.current == status.latest {
                Some((store.counts().await?, store.rejection_counts().await?))
            } else {
                None
            };
            store.close().await;
            if json {
                let rejected: serde_json::Map<String, serde_json::Value> = counts
                    .iter()
                    .flat_map(|(_, reasons)| reasons)
                    .map(|(reason, n)| (reason.code().to_owned(), (*n).into()))
                    .collect();
                return output::json(&serde_json::json!({
                    "schema": status,
                    "counts": counts.as_ref().map(|(counts, _)| counts),
                    "rejections": rejected,
                }));
            }
            let mut text = format!(
                "database   {}\nversion    {} of {}\n",
                status.database, status.current, status.latest
            );
            if !status.pending.is_empty() {
                text.push_str(&format!(
                    "pending    {}\n           run: touchstone db migrate\n",
                    status.pending.join(", ")
                ));
            }
            if let Some((counts, reasons)) = counts {
                for (name, n) in [
                    ("sources", counts.sources),
                    ("addresses", counts.urls),
                    ("visits", counts.visits),
                    ("offers", counts.observations),
                    ("rejected", counts.rejections),
                    ("rates", counts.rates),
                    ("snapshots", counts.snapshots),
                ] {
                    text.push_str(&format!("{name:<10} {}\n", output::count(n)));
                }
                for (reason, n) in reasons {
                    text.push_str(&format!(
                        "           {:>9} {}\n",
                        output::count(n),
                        crate::words::rejection(reason)
                    ));
                }
            }
            output::text(&text)
        }
    }
}
