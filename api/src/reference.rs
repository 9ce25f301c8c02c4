//! What lines are held to: a snapshot of offers, or a price table. One door for both, opened from a
//! snapshot's row. Not the holding itself (`checking`).

use crate::failure::Failure;
use crate::pipeline::Pipeline;
use crate::pipeline::snapshot_file::{self, Opened};
use crate::settings::Settings;
use model::{HsCode, Snapshot};
use statistics::table::TableFile;
use statistics::{ReferenceIndex, SnapshotSummary, Thesaurus};
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
        let path = pipeline.path_of(row);
        let reference = Reference::of_file(&path, &pipeline.settings)?;
        snapshot_file::same(&path, reference.snapshot().id, row.id)?;
        Ok(reference)
    }

    /// Opens the file of a price table and proves that it is the one; `None` where the snapshot is of
    /// offers.
    pub fn open_table(pipeline: &Pipeline, row: &SnapshotRow) -> Result<Option<TableFile>, Failure> {
        let path = pipeline.path_of(row);
        let file = pipeline.open_table(&path)?;
        if let Some(file) = &file {
            snapshot_file::same(&path, file.container().id(), row.id)?;
        }
        Ok(file)
    }

    /// Opens a snapshot file by its path alone and proves its hashes.
    pub fn of_file(path: &Path, settings: &Settings) -> Result<Reference, Failure> {
        let failed = |e| snapshot_file::failed(path, &e);
        match snapshot_file::open_unproved(path, settings)? {
            Opened::Text(snapshot) => Reference::of(&snapshot),
            Opened::Columns(container) => {
                match snapshot_file::proved(path, &container, || TableFile::open(container.clone()))? {
                    Some(file) => {
                        snapshot_file::of_this_method(&path.display().to_string(), &file)?;
                        Reference::table_of(file)
                    }
                    None => ReferenceIndex::open(container).map(Reference::offers).map_err(failed),
                }
            }
        }
    }

    /// Of offers in memory.
    pub fn of(snapshot: &Snapshot) -> Result<Reference, Failure> {
        let index = ReferenceIndex::of(snapshot)
            .map_err(|e| Failure::bug(format!("a snapshot could not be made ready: {e}")))?;
        Ok(Reference::offers(index))
    }

    fn offers(index: ReferenceIndex) -> Reference {
        Reference::Offers(Box::new(index.with_thesaurus(thesaurus())))
    }

    /// Of an opened price table.
    pub fn table_of(file: TableFile) -> Result<Reference, Failure> {
        let nothing =
            file.nothing().map_err(|e| Failure::bug(format!("a table could not be made ready: {e}")))?;
        Ok(Reference::Table { file: Box::new(file), nothing: Arc::new(nothing) })
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
    pub fn snapshot(&self) -> &SnapshotSummary {
        self.index().snapshot()
    }

    /// All offers with their pages; of a table none.
    pub fn index(&self) -> &ReferenceIndex {
        match self {
            Reference::Offers(index) => index,
            Reference::Table { nothing, .. } => nothing,
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
                let (offers, groups) = (count(s.comparables), count(s.groups));
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
