//! The names that cells of a list mean, numbered as any thread meets them, and what the numbers stand for.
//! Not which of them rows use in the end, and not their order in a table.

use super::cells::{KINDS, Kind};
use super::footing::{Stated, country};
use model::VocabularyError;
use statistics::table::{Facet, Lists};
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
    kinds: [Mutex<Numbered>; KINDS],
    /// How many there are, so that nobody has to lock to see that there is nothing new.
    counts: [AtomicUsize; KINDS],
    facets: Mutex<(Vec<Facet>, HashMap<Facet, u32>)>,
    facet_count: AtomicUsize,
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

    /// The number of a facet, at once a new one where it was not met before.
    pub fn facet(&self, facet: Facet) -> u32 {
        let mut all = self.facets.lock().unwrap_or_else(PoisonError::into_inner);
        let (facets, places) = &mut *all;
        let number = *places.entry(facet).or_insert_with(|| {
            facets.push(facet);
            facets.len() as u32 - 1
        });
        self.facet_count.store(facets.len(), Ordering::Release);
        number
    }

    /// How many names of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts[kind as usize].load(Ordering::Acquire)
    }

    /// How many facets there are of rows that state more than an origin.
    pub fn facets(&self) -> usize {
        self.facet_count.load(Ordering::Acquire)
    }

    /// The names of a kind behind those that somebody has.
    pub fn behind(&self, kind: Kind, have: usize) -> Vec<String> {
        if self.count(kind) == have {
            return Vec::new();
        }
        let numbered = self.kinds[kind as usize].lock().unwrap_or_else(PoisonError::into_inner);
        numbered.names[have..].to_vec()
    }

    /// Brings lists up to what was met. All numbers are there that this thread got.
    ///
    /// Errors: a name that is none, which would be a fault of this program.
    pub fn bring_up(&self, lists: &mut Lists, stated: &Stated) -> Result<(), VocabularyError> {
        for name in self.behind(Kind::Hs, lists.codes.len()) {
            lists.codes.push(name.parse()?);
        }
        let have = lists.facets.len();
        if !stated.any() {
            // A row's number is that of its origin.
            for name in self.behind(Kind::Origin, have) {
                lists.facets.push(stated.facet(country(&name)?));
            }
        } else if self.facets() > have {
            let all = self.facets.lock().unwrap_or_else(PoisonError::into_inner);
            lists.facets.extend(&all.0[have..]);
        }
        lists.sources.extend(self.behind(Kind::Source, lists.sources.len()));
        Ok(())
    }
}
