//! As whom this program visits a site: the name it gives, the key of an interface, its jitter. One place
//! for crawls, checks, looks and imports, so that a site knows one visitor. Pace, robots.txt, leases and
//! the archive are the crawler's.

use crate::failure::Failure;
use crate::settings::Settings;
use crawler::archive::Archive;
use crawler::{EngineOptions, Secret};
use model::{Clock, Source};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};

/// What an engine needs to visit a source's site: with the key that the source asks for, read from the
/// environment.
///
/// # Errors
/// The source asks for a key, and the environment holds none that can be sent.
pub fn options(
    settings: &Settings,
    source: &Source,
    archive: &Arc<Mutex<Archive>>,
    clock: &Arc<dyn Clock>,
) -> Result<EngineOptions, Failure> {
    let mut options = options_to_read(settings, archive, clock);
    // Jitter: another one for every process, so that they do not come back at the same moment.
    options.seed = RandomState::new().hash_one(&source.id);
    if let Some(key) = source.api.as_ref().and_then(|api| api.key.as_ref()) {
        let from_environment = |name: &str| std::env::var(name).ok();
        let secret = Secret::from_environment(key, &from_environment);
        options.secret = Some(secret.map_err(|e| Failure::input(e.to_string()))?);
    }
    Ok(options)
}

/// The same for an engine that asks nobody, and so needs no key: one that only says what belongs to a
/// source, as for pages out of an archive.
pub fn options_to_read(
    settings: &Settings,
    archive: &Arc<Mutex<Archive>>,
    clock: &Arc<dyn Clock>,
) -> EngineOptions {
    let mut options = EngineOptions::new(Arc::clone(archive), Arc::clone(clock));
    options.user_agent_product = settings.user_agent_product();
    options
}
