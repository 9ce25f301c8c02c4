//! The names that cells of a list mean, numbered as any thread meets them, and what the numbers stand for.
//! Not which of them rows use in the end, and not their order in a table.

use super::cells::Kind;
use model::VocabularyError;
use statistics::table::Lists;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Names of one kind.
#[derive(Debug, Default)]
struct Numbered {
    names: Vec<String>,
    places: HashMap<String, u32>,
}

/// The names of a list so far.
#[derive(Debug, Default)]
pub(super) struct Met {
    kinds: [Mutex<Numbered>; 3],
    /// How many there are, so that nobody has to lock to see that there is nothing new.
    counts: [AtomicUsize; 3],
}

impl Met {
    /// The number of a name, at once a new one where it was not met before.
    pub fn number(&self, kind: Kind, name: &str) -> u32 {
        let mut numbered = self.kinds[kind as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbered.places.get(name) {
            return *number;
        }
        let number = u32::try_from(numbered.names.len()).unwrap_or(u32::MAX);
        numbered.names.push(name.to_owned());
        numbered.places.insert(name.to_owned(), number);
        self.counts[kind as usize].store(numbered.names.len(), Ordering::Release);
        number
    }

    /// All names of a kind, rising.
    pub fn in_order(self, kind: Kind) -> Vec<String> {
        let [hs, origin, source] = self.kinds;
        let kind = match kind {
            Kind::Hs => hs,
            Kind::Origin => origin,
            Kind::Source => source,
        };
        let mut names = kind.into_inner().unwrap_or_else(PoisonError::into_inner).names;
        names.sort_unstable();
        names
    }

    /// Brings lists up to what was met. All numbers are there that this thread got.
    ///
    /// Errors: a name that is none, which would be a fault of this program.
    pub fn bring_up(&self, lists: &mut Lists) -> Result<(), VocabularyError> {
        let more = |kind: Kind, have: usize| -> Vec<String> {
            if self.counts[kind as usize].load(Ordering::Acquire) == have {
                return Vec::new();
            }
            let numbered = self.kinds[kind as usize].lock().unwrap_or_else(PoisonError::into_inner);
            numbered.names[have..].to_vec()
        };
        for name in more(Kind::Hs, lists.codes.len()) {
            lists.codes.push(name.parse()?);
        }
        for name in more(Kind::Origin, lists.origins.len()) {
            lists.origins.push(if name.is_empty() { None } else { Some(name.parse()?) });
        }
        lists.sources.extend(more(Kind::Source, lists.sources.len()));
        Ok(())
    }
}
