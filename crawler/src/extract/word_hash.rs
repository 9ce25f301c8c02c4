//! A quick hash for look-ups in tables of words that this project itself writes. Not for keys that a
//! page brings: those could be chosen to collide.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table of known words.
pub(super) type Words<K, V> = HashMap<K, V, BuildHasherDefault<WordHash>>;

/// FNV-1a.
pub(super) struct WordHash(u64);

impl Default for WordHash {
    fn default() -> Self {
        WordHash(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for WordHash {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    }

    fn finish(&self) -> u64 {
        // The table takes the upper bits too, which short words leave alike.
        self.0 ^ (self.0 >> 29)
    }
}
