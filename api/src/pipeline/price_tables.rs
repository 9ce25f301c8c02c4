//! Price tables that stand already: found, put together, compared. Not how one is built of lists
//! (`price_table`) nor what putting together means (the statistics crate).

use super::price_table::{Described, EXTENSION, refused};
use super::snapshot_file::{self, Opened};
use super::{Pipeline, TableReport};
use crate::failure::Failure;
use model::{ContentHash, Currency};
use statistics::table::{self, Bounds, Merging, TableFacts, TableFile};
use std::path::{Path, PathBuf};

/// Whether files are price tables: all of them or none.
pub enum Tables {
    /// All are: opened and proved.
    All(Vec<TableFile>),
    /// None is.
    None,
}

impl Pipeline {
    /// A price table that somebody names: a file, else an id, its first digits, or `latest`, the newest
    /// price table of the list.
    pub async fn table_named(&self, named: &str) -> Result<TableFile, Failure> {
        let path = if named.eq_ignore_ascii_case("latest") && !Path::new(named).is_file() {
            let mut rows = self.store.snapshots().await?;
            rows.retain(|row| Path::new(&row.file).extension().is_some_and(|e| e == EXTENSION));
            rows.sort_by_key(|row| (row.built_at, row.id));
            let newest = rows.last().ok_or_else(|| {
                Failure::input(format!("there is no price table in {} yet", self.settings.data.display()))
                    .hint("build one first: touchstone snapshot table LIST --map MAP.toml")
            })?;
            self.path_of(newest)
        } else {
            self.snapshot_path(named).await?
        };
        self.open_table(&path)?.ok_or_else(|| {
            Failure::input(format!("snapshot file {} is of offers, not a price table", path.display()))
                .hint("touchstone snapshot list shows which there are; a price table's file ends in .prices")
        })
    }

    /// Opens a file and proves its hashes, and that it is the one that it is named as; `None` where it is
    /// no price table.
    pub fn open_table(&self, path: &Path) -> Result<Option<TableFile>, Failure> {
        let Opened::Columns(container) = snapshot_file::open(path, &self.settings)? else {
            return Ok(None);
        };
        if let Some(id) = self.id_by_name(path) {
            snapshot_file::same(path, container.id(), id)?;
        }
        TableFile::open(container).map_err(|e| snapshot_file::failed(path, &e))
    }

    /// What a file must be by its name: those of the list are named by their ids, and an id leads to no
    /// other; elsewhere a file has whatever name it was given.
    fn id_by_name(&self, path: &Path) -> Option<ContentHash> {
        if path.parent() != Some(&self.settings.snapshot_dir()) {
            return None;
        }
        path.file_stem()?.to_str()?.parse().ok()
    }

    /// Opens files as price tables, where they are such.
    pub fn open_tables(&self, files: &[PathBuf]) -> Result<Tables, Failure> {
        let mut kinds = Vec::with_capacity(files.len());
        for file in files {
            kinds.push(snapshot_file::holds_prices(file, &self.settings)?);
        }
        let (table, offers) = (kinds.iter().position(|is| *is), kinds.iter().position(|is| !*is));
        if let (Some(table), Some(offers)) = (table, offers) {
            return Err(Failure::input(format!(
                "snapshot file {} is of offers, {} is a price table: the two have nothing in common",
                files[offers].display(),
                files[table].display()
            ))
            .hint("name price tables alone, or snapshots of offers alone"));
        }
        if table.is_none() {
            return Ok(Tables::None);
        }
        let open = |file: &PathBuf| self.open_table(file).transpose();
        Ok(Tables::All(files.iter().filter_map(open).collect::<Result<_, _>>()?))
    }

    /// Puts price tables of the same facts and rules together, from this or other machines, and keeps the
    /// result: the same, whatever their order, as one table of all their lists.
    pub async fn merge_tables(
        &self,
        tables: &[TableFile],
        currency: Option<Currency>,
        note: Option<String>,
    ) -> Result<TableReport, Failure> {
        let tables: Vec<&TableFile> = tables.iter().collect();
        let facts: Vec<&TableFacts> = tables.iter().map(|table| table.facts()).collect();
        let united = table::unite(&facts).map_err(|e| refused(&e))?;
        let found = united.facts.currency;
        if let Some(wanted) = currency.filter(|wanted| *wanted != found) {
            return Err(Failure::input(format!(
                "the price tables have their prices in {found}, not in {wanted}"
            ))
            .hint("a price table keeps its currency: leave --currency out"));
        }
        let Some(first) = tables.first() else {
            return Err(Failure::input("no price table is given"));
        };
        let (parameters, threads) = (first.parameters(), crate::threads());
        let (lists, bounds) = (Vec::new(), &Bounds::default());
        let merging = Merging { united: &united, tables: &tables, lists, bounds, parameters, threads };
        let mut file = self.begin_table(threads)?;
        let merged = table::merge(merging, |rows| file.write(rows)).map_err(|e| refused(&e))?;
        let mut report =
            self.keep_table(Described::of(&united.facts, parameters, merged), file, note).await?;
        report.repeated = united.repeated().map(str::to_owned).collect();
        Ok(report)
    }
}
