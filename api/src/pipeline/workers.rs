//! Who is at work on a source: one lock file per crawl in progress, held by the operating system.
//! A process that is killed gives its lock up, whatever killed it, and so the hosts it had
//! leased are known to be free at once instead of when the lease ends. Not here: the leases
//! themselves, which are the store's and also hold between machines.

use crate::failure::Failure;
use chrono::{DateTime, Utc};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use store::Store;

const ENDING: &str = ".lock";

/// A worker's name, for as long as its process lives.
pub(super) struct Worker {
    /// The name leases are taken under.
    pub name: String,
    path: PathBuf,
    held: Option<File>,
}

impl Worker {
    /// Gives back what dead workers of a source had leased, and enters the source as a new one.
    pub async fn enter(
        folder: &Path,
        source_id: &str,
        store: &dyn Store,
        now: DateTime<Utc>,
    ) -> Result<Worker, Failure> {
        let what = |path: &Path| format!("lock file {}", path.display());
        std::fs::create_dir_all(folder).map_err(|e| Failure::from_io(&what(folder), &e))?;
        let entries = std::fs::read_dir(folder).map_err(|e| Failure::from_io(&what(folder), &e))?;
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(ENDING)) else {
                continue;
            };
            // `shop.17-9f.lock` is not of source `shop-two`, nor the other way round.
            if name.rsplit_once('.').is_none_or(|(source, _)| source != source_id) {
                continue;
            }
            // Another process may have tidied it up in the meantime.
            let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
            if file.try_lock().is_ok() {
                store.release(name, now).await?;
                let _ = std::fs::remove_file(&path);
            }
        }
        // Unique also among the machines that share a database.
        let mut salt = [0u8; 4];
        getrandom::fill(&mut salt)
            .map_err(|e| Failure::machine(format!("no random numbers to be had: {e}")))?;
        let name = format!("{source_id}.{}-{:08x}", std::process::id(), u32::from_be_bytes(salt));
        let path = folder.join(format!("{name}{ENDING}"));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| Failure::from_io(&what(&path), &e))?;
        // A file system without locks: leases then end by themselves.
        let held = file.try_lock().is_ok().then_some(file);
        Ok(Worker { name, path, held })
    }

    /// Leaves in good order: its leases have been given back. A worker that ends otherwise leaves
    /// its file behind, without the lock, for the next one to see to.
    pub fn leave(self) {
        if self.held.is_some() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
