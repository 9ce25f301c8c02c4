//! The one place where crawler, normalizer, statistics and store meet.
//!
//! Each file here is one walk: a crawl, a price list, saved pages, rates, a snapshot. They take
//! values and report what they did; what people see of it is the business of `commands`.

mod circumstances;
mod crawl;
mod evidence;
mod half_built;
mod lists;
mod offers;
mod pages;
mod price_lists;
mod price_table;
mod price_tables;
mod rates;
mod snapshot;
pub mod snapshot_file;
mod tariffs;
mod verify;
mod warc;
mod workers;

pub use crawl::{CrawlEvent, CrawlProgress, CrawlReport, VisitKind};
pub use evidence::{EvidencePage, EvidenceRecord, Shown, StatedField};
pub use lists::ListReport;
pub use pages::{Effect, PageEntry, PagesDefaults, PagesReport};
pub use price_table::{OnFooting, TablePlan, TableReport};
pub use price_tables::Tables;
pub use rates::{RateFormat, RatesReport};
pub use snapshot::{BuildPlan, SnapshotReport};
pub use tariffs::{CorrelationReport, TariffReport, successors_among};
pub use verify::{Finding, Proof, VerifyReport, Wanted};
pub use warc::{WarcDefaults, WarcProgress, WarcReport, WarcSource};

use crate::failure::{Exit, Failure};
use crate::hs_model;
use crate::settings::Settings;
use model::{Clock, Confidence, ContentHash, Source, SystemClock};
use normalizer::{HsKeywords, HsModel, Knowledge};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use store::{Open, SourceRow, Store, StoreError};

/// An open database with everything needed to turn pages into verdicts. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    /// Settings in force.
    pub settings: Settings,
    /// The database.
    pub store: Arc<dyn Store>,
    /// Keywords, recipes and the local key.
    pub knowledge: Arc<Knowledge>,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// Pace and robots.txt by host, shared by every source crawled: two sources on one host are one
    /// visitor to it.
    pub hosts: crawler::Hosts,
}

impl Pipeline {
    /// Opens the database, creating and migrating it where it does not exist yet.
    pub async fn open(settings: Settings) -> Result<Pipeline, Failure> {
        Pipeline::open_at(settings, Arc::new(SystemClock)).await
    }

    /// The same, at a stated present.
    pub async fn open_at(settings: Settings, clock: Arc<dyn Clock>) -> Result<Pipeline, Failure> {
        for folder in [settings.data.clone(), settings.archive_dir(), settings.snapshot_dir()] {
            std::fs::create_dir_all(&folder)
                .map_err(|e| Failure::from_io(&format!("folder {}", folder.display()), &e))?;
        }
        let store = store::open(&settings.database_location(), Open::Create).await?;
        store.migrate().await?;
        let knowledge = Arc::new(knowledge(&settings)?);
        Ok(Pipeline { settings, store, knowledge, clock, hosts: crawler::Hosts::default() })
    }

    /// Opens what is there, for commands that only read it: nothing is created, nothing migrated.
    pub async fn existing(settings: Settings) -> Result<Pipeline, Failure> {
        let store =
            store::open(&settings.database_location(), Open::Existing).await.map_err(|e| match e {
                StoreError::NotFound { .. } => Failure::input(e.to_string())
                    .hint("touchstone demo makes one to look at; a crawl or an import makes a real one"),
                other => other.into(),
            })?;
        let clock = Arc::new(SystemClock);
        Ok(Pipeline { settings, store, knowledge: Arc::default(), clock, hosts: crawler::Hosts::default() })
    }

    /// The same; `None` where there is no database, for what can be done without.
    pub async fn if_any(settings: Settings) -> Result<Option<Pipeline>, Failure> {
        match store::open(&settings.database_location(), Open::Existing).await {
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(_) => Pipeline::existing(settings).await.map(Some),
        }
    }

    /// The same, able to read pages again: for proving what was read from them.
    pub async fn existing_to_read(settings: Settings) -> Result<Pipeline, Failure> {
        let pipeline = Pipeline::existing(settings).await?;
        let knowledge = Arc::new(knowledge(&pipeline.settings)?);
        Ok(Pipeline { knowledge, ..pipeline })
    }

    /// Remembers a source with its permission, as reports print it.
    pub async fn remember_source(&self, source: &Source, text: &str) -> Result<(), Failure> {
        self.store
            .put_source(&SourceRow {
                id: source.id.clone(),
                name: source.name.clone(),
                market: Some(source.market),
                text_hash: ContentHash::of(text.as_bytes()),
                permission: source.permission.basis.clone(),
                contact: source.permission.contact.clone(),
                read_at: self.clock.now(),
            })
            .await?;
        Ok(())
    }
}

/// Keywords and recipes as the settings name them, and the local key for private sellers' names.
fn knowledge(settings: &Settings) -> Result<Knowledge, Failure> {
    let mut knowledge = Knowledge::builtin();
    for path in &settings.keywords {
        knowledge.keywords.extend(read_keywords(path)?);
    }
    // A file that is named must be one, whether it is used or not.
    let own = settings.hs.model.as_deref().map(|path| hs_model::open(Some(path))).transpose()?;
    knowledge.hs_model = match own {
        _ if !settings.hs.classify => HsModel::None,
        Some(own) => HsModel::Own(own),
        None => HsModel::Shipped,
    };
    knowledge.hs_least = settings.hs.least_probability;
    if let Some(folder) = &settings.markets {
        let what = format!("folder of market recipes {}", folder.display());
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .map_err(|e| Failure::from_io(&what, &e))?
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        files.sort();
        for path in files {
            let text = read_text(&path, "market recipe")?;
            let recipe = normalizer::basis::Recipe::parse_toml(&text)
                .map_err(|e| Failure::input(format!("{}: {e}", path.display())))?;
            knowledge.markets.push(recipe);
        }
        normalizer::basis::check_set(&knowledge.markets)
            .map_err(|e| Failure::input(format!("{what}: {e}")))?;
    }
    knowledge.seller_key = Some(local_key(&settings.data, "seller.key", "give the same sellers new names")?);
    knowledge.min_confidence = Confidence::new(settings.extract.min_confidence);
    Ok(knowledge)
}

/// A key that names are hashed with: made once, kept in the data folder, never exported. Without it the
/// hashes cannot be undone by trying names. `lost` says what another key would do.
pub fn local_key(data: &Path, name: &str, lost: &str) -> Result<Vec<u8>, Failure> {
    let path = data.join(name);
    let what = format!("local key {}", path.display());
    match std::fs::read(&path) {
        Ok(key) if key.len() >= 16 => Ok(key),
        Ok(_) => Err(Failure::input(format!("{what}: too short to be a key"))
            .hint(format!("restore it from a copy; a new key would {lost}"))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let mut key = vec![0u8; 32];
            getrandom::fill(&mut key)
                .map_err(|e| Failure::machine(format!("{what}: no random numbers to be had: {e}")))?;
            // Whole or not at all, and the first of several processes wins. Readable by its owner only.
            let io = |e: std::io::Error| Failure::from_io(&what, &e);
            let mut file = tempfile::NamedTempFile::new_in(data).map_err(io)?;
            file.write_all(&key).and_then(|()| file.as_file().sync_all()).map_err(io)?;
            match file.persist_noclobber(&path) {
                Ok(_) => Ok(key),
                Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => local_key(data, name, lost),
                Err(e) => Err(io(e.error)),
            }
        }
        Err(e) => Err(Failure::from_io(&what, &e)),
    }
}

fn read_keywords(path: &Path) -> Result<HsKeywords, Failure> {
    let text = read_text(path, "keyword file")?;
    HsKeywords::parse_csv(&text).map_err(|e| Failure::input(format!("{}: {e}", path.display())))
}

fn read_text(path: &Path, what: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| Failure::from_io(&format!("{what} {}", path.display()), &e))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = |exit| Failure { exit, message: error.to_string(), hint: None };
        match &error {
            StoreError::Newer { .. } => failure(Exit::Schema),
            StoreError::NeedsMigration { .. } => failure(Exit::Schema).hint("run: touchstone db migrate"),
            StoreError::NotFound { .. } | StoreError::NotADatabase { .. } => failure(Exit::Input),
            StoreError::Full { .. } => {
                failure(Exit::Machine).hint("free some space and start again: what was finished is kept")
            }
            _ => failure(Exit::Machine),
        }
    }
}
