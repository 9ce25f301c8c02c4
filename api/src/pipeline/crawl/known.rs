//! Addresses that the frontier is known to know, so that a link which stands on every page is not handed
//! over with every page. Only a saving: the frontier itself keeps each address once.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Beyond so many the memory begins anew: eight megabytes.
const MOST: usize = 500_000;

/// Hashes of addresses. Two addresses of one hash (once in some ten million crawls of this size) would
/// lose one of them for this crawl; the hash's key is another one in each process.
#[derive(Default)]
pub(super) struct Known {
    hashes: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

impl Known {
    pub fn holds(&self, url: &str) -> bool {
        self.hashes().contains(&self.hasher.hash_one(url))
    }

    /// To be called once the address stands in the database, not before: a visit may be refused.
    pub fn add(&self, url: &str) {
        let mut hashes = self.hashes();
        if hashes.len() >= MOST {
            hashes.clear();
        }
        hashes.insert(self.hasher.hash_one(url));
    }

    fn hashes(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_and_stays_small() {
        let known = Known::default();
        assert!(!known.holds("https://shop.example/"));
        known.add("https://shop.example/");
        assert!(known.holds("https://shop.example/") && !known.holds("https://shop.example/x"));
        for n in 0..=MOST {
            known.add(&n.to_string());
        }
        assert!(known.hashes().len() <= MOST);
    }
}
