//! What lines are held to: a snapshot of offers, or a price table. One door for both, opened from a
//! snapshot's row. Not the holding itself (`checking`).

use crate::failure::Failure;
use crate::pipeline::Pipeline;
use mapped::{Mapped, Way};
use model::{HsCode, Snapshot};
use statistics::columnar::{Container, is_container};
use statistics::table::TableFile;
use statistics::{ReferenceIndex, Thesaurus};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use store::SnapshotRow;

/// A reference, ready for lines.
pub enum Reference {
    /// Offers with their pages.
    Offers(Box<ReferenceIndex>),
    /// Prices without pages, described in groups; lines that need more than their group's figures
    /// look at its rows.
    Table {
        /// The table.
        file: Box<TableFile>,
        /// For lines whose code it lacks; its snapshot stands for the whole table.
        nothing: Arc<ReferenceIndex>,
    },
}

/// The index a line is held to.
pub enum Held<'a> {
    /// Of all offers.
    All(&'a ReferenceIndex),
    /// Of the rows of the line's subheading.
    Rows(Arc<ReferenceIndex>),
}

impl std::ops::Deref for Held<'_> {
    type Target = ReferenceIndex;
    fn deref(&self) -> &ReferenceIndex {
        match self {
            Held::All(index) => index,
            Held::Rows(index) => index,
        }
    }
}

impl Reference {
    /// Opens the file of a snapshot and proves that it is the one.
    pub fn open(pipeline: &Pipeline, row: &SnapshotRow) -> Result<Reference, Failure> {
        match Reference::open_table(pipeline, row)? {
            Some(file) => Ok(Reference::table_of(file)),
            None => Ok(Reference::of(pipeline.read_snapshot(row)?)),
        }
    }

    /// Opens the file of a price table and proves that it is the one; `None` where the snapshot is of
    /// offers.
    pub fn open_table(pipeline: &Pipeline, row: &SnapshotRow) -> Result<Option<TableFile>, Failure> {
        let path = pipeline.settings.snapshot_dir().join(&row.file);
        if !begins_as_container(&path)? {
            return Ok(None);
        }
        let what = format!("snapshot file {}", path.display());
        let hint = "restore the file from a copy, or build the snapshot again";
        let damaged = |e: statistics::StatisticsError| Failure::input(format!("{what}: {e}")).hint(hint);
        let mapped = Mapped::open(&path, Way::Map).map_err(|e| Failure::from_io(&what, &e))?;
        let container = Container::open(Arc::new(mapped)).map_err(damaged)?;
        if container.id() != row.id {
            return Err(Failure::input(format!("{what}: holds {}, not {}", container.id(), row.id))
                .hint("the file was exchanged; restore it from a copy or build the snapshot again"));
        }
        container.verify(crate::threads()).map_err(damaged)?;
        TableFile::open(container).map_err(damaged)
    }

    /// Of offers in memory.
    pub fn of(snapshot: Snapshot) -> Reference {
        Reference::Offers(Box::new(ReferenceIndex::new(snapshot).with_thesaurus(thesaurus())))
    }

    /// Of an opened price table.
    pub fn table_of(file: TableFile) -> Reference {
        let nothing = Arc::new(file.nothing());
        Reference::Table { file: Box::new(file), nothing }
    }

    /// The index that lines of a code are held to.
    pub fn for_code(&self, code: HsCode) -> Held<'_> {
        match self {
            Reference::Offers(index) => Held::All(index),
            Reference::Table { file, nothing } => {
                Held::Rows(file.reference(code).unwrap_or_else(|| Arc::clone(nothing)))
            }
        }
    }

    /// The snapshot; of a table its identity and currency, without offers.
    pub fn snapshot(&self) -> &Snapshot {
        match self {
            Reference::Offers(index) => index.snapshot(),
            Reference::Table { nothing, .. } => nothing.snapshot(),
        }
    }

    /// Whether its codes are taken as they stand, HS 2022 or not.
    pub fn any_code(&self) -> bool {
        self.table().is_some_and(|table| table.facts().codes_as_stated)
    }

    /// The price table, where it is one.
    pub fn table(&self) -> Option<&TableFile> {
        match self {
            Reference::Offers(_) => None,
            Reference::Table { file, .. } => Some(file),
        }
    }

    /// What it holds, in words.
    pub fn told(&self) -> String {
        use crate::commands::output::count;
        let currency = self.snapshot().currency;
        match self {
            Reference::Offers(index) => {
                let s = index.snapshot();
                let (offers, groups) = (count(s.comparables.len() as u64), count(s.groups.len() as u64));
                format!("{offers} offers in {groups} groups, prices in {currency}")
            }
            Reference::Table { file, .. } => {
                let (rows, groups) = (count(file.rows()), count(file.table().len() as u64));
                format!("{rows} prices of a price table in {groups} groups, in {currency}")
            }
        }
    }
}

/// The words of several languages by which a description finds offers named otherwise.
fn thesaurus() -> Arc<Thesaurus> {
    static WORDS: LazyLock<Arc<Thesaurus>> =
        LazyLock::new(|| Arc::new(Thesaurus::new(normalizer::nomenclature::synonyms())));
    WORDS.clone()
}

fn begins_as_container(path: &Path) -> Result<bool, Failure> {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(16).read_to_end(&mut head)).map_err(|e| {
        Failure::from_io(&format!("snapshot file {}", path.display()), &e)
            .hint("restore the file from a copy, or build a snapshot again")
    })?;
    Ok(is_container(&head))
}
