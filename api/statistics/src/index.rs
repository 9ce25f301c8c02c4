//! Look-up of a snapshot's offers by identity, subheading and words.

use model::Snapshot;

/// A snapshot with its look-up tables. Build once, share among threads.
#[derive(Debug)]
pub struct ReferenceIndex {
    snapshot: Snapshot,
}

impl ReferenceIndex {
    /// Builds the tables.
    pub fn new(snapshot: Snapshot) -> Self {
        ReferenceIndex { snapshot }
    }
    /// The snapshot.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}
