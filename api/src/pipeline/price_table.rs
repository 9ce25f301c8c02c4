//! From large price lists to a price table beside the database: described or put to a table, written, listed.
//! Not the reading (`price_lists`) nor the describing (the statistics crate), and not tables put together
//! (`price_tables`).

use super::price_lists::PriceLists;
use super::{Pipeline, half_built, snapshot_file};
use crate::failure::Failure;
use crate::price_table::{LeftOut, PriceMap};
use crate::settings::Settings;
use chrono::NaiveDate;
use model::{ContentHash, Currency};
use serde::Serialize;
use statistics::columnar::Writer;
use statistics::table::{
    self, Bounds, Calibrations, Footing, Merged, Merging, Parted, RowColumns, TableColumns, TableFacts,
    TableFile, write_groups, write_rows,
};
use statistics::{Parameters, StatisticsError};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use store::SnapshotRow;
use tempfile::NamedTempFile;

/// What building a price table did.
#[derive(Debug, Clone, Serialize)]
pub struct TableReport {
    /// The snapshot.
    pub id: ContentHash,
    /// Its file.
    pub file: PathBuf,
    /// Currency.
    pub currency: Currency,
    /// Lists it is built of.
    pub lists: u64,
    /// Lists that were given several times and taken once.
    pub repeated: Vec<String>,
    /// Prices in it.
    pub rows: u64,
    /// Groups.
    pub groups: u64,
    /// Groups taken over as they stood in a table.
    pub kept: u64,
    /// Groups that were described.
    pub computed: u64,
    /// Groups whose prediction was taken over, too.
    pub predictions_kept: u64,
    /// Its groups and prices by unit, condition and level.
    pub footings: Vec<OnFooting>,
    /// Whether sibling groups calibrate one another, on some footing at least.
    pub calibrated: bool,
    /// Rows left out of the lists that were read; where tables were put together, of all their lists, and
    /// only how many: a table does not keep why.
    pub left_out: LeftOut,
    /// The first of these, with their lists.
    #[serde(skip)]
    pub bad_rows: Vec<String>,
    /// Whether the same table existed already.
    pub known: bool,
}

/// Groups and prices of one unit, condition and level.
#[derive(Debug, Clone, Serialize)]
pub struct OnFooting {
    /// Unit, condition and level.
    #[serde(flatten)]
    pub footing: Footing,
    /// Prices.
    pub rows: u64,
    /// Groups.
    pub groups: u64,
}

/// What a price table is built of.
#[derive(Debug, Clone)]
pub struct TablePlan {
    /// Price lists of one map.
    pub lists: Vec<PathBuf>,
    /// The day recency is reckoned from in the kept predictions.
    pub as_of: NaiveDate,
    /// A table they are put to: a file, an id, or `latest`.
    pub onto: Option<String>,
    /// A note for the list.
    pub note: Option<String>,
}

/// A described table on its way to its file.
pub(super) struct Described<'a> {
    pub facts: &'a TableFacts,
    pub parameters: &'a Parameters,
    pub columns: TableColumns,
    pub calibrations: Calibrations,
    pub kept: u64,
    pub predictions_kept: u64,
}

/// The file of a table on its way. Its rows are written as soon as they stand, while the groups are still
/// being calibrated.
pub(super) struct NewTable {
    what: String,
    partial: NamedTempFile,
    writer: Writer<File>,
    rows: Result<(), StatisticsError>,
}

impl NewTable {
    pub fn write(&mut self, rows: &RowColumns<'_>) {
        self.rows = write_rows(&mut self.writer, rows);
    }
}

impl<'a> Described<'a> {
    pub fn of(facts: &'a TableFacts, parameters: &'a Parameters, merged: Merged) -> Described<'a> {
        let Merged { columns, calibrations, kept, predictions_kept } = merged;
        Described { facts, parameters, columns, calibrations, kept, predictions_kept }
    }
}

impl Pipeline {
    /// Opens the database and builds a price table there, as [`Pipeline::build_price_table`] does. Where there
    /// is no database yet, it is made while the lists are read; of the failures of both, that of the database
    /// is told.
    pub async fn with_price_table(
        settings: Settings,
        plan: TablePlan,
        map: &PriceMap,
        threads: usize,
    ) -> Result<TableReport, Failure> {
        // One that is there may refuse at once what would take a while to read.
        if plan.onto.is_some() || !settings.is_new() {
            return Pipeline::open(settings).await?.build_price_table(plan, map, threads).await;
        }
        let opening = tokio::spawn(Pipeline::open(settings.clone()));
        let bounds = Arc::default();
        let lists = PriceLists::read(&plan, map, settings.statistics.origin_facet, &bounds, threads);
        let opened = opening.await.map_err(|e| Failure::bug(format!("opening the database: {e}")))?;
        opened?.describe_lists(lists?, &bounds, None, plan, threads).await
    }

    /// Builds a price table of lists, or puts them to one, and keeps it as a file named by its content.
    /// The same lists, map, day and parameters give the same table, whatever their order, the number of
    /// threads, and which of them stood in a table before.
    pub async fn build_price_table(
        &self,
        plan: TablePlan,
        map: &PriceMap,
        threads: usize,
    ) -> Result<TableReport, Failure> {
        let base = match &plan.onto {
            // Before the lists are read: that takes a while.
            Some(named) => {
                let table = self.table_named(named).await?;
                snapshot_file::of_this_method(named, &table)?;
                Some(table)
            }
            None => None,
        };
        let bounds = Arc::new(base.as_ref().map(Bounds::of_table).unwrap_or_default());
        let by_origin = self.settings.statistics.origin_facet;
        let lists = PriceLists::read(&plan, map, by_origin, &bounds, threads)?;
        self.describe_lists(lists, &bounds, base.as_ref(), plan, threads).await
    }

    /// Describes lists that were read, or puts them to a table, and keeps the result.
    async fn describe_lists(
        &self,
        lists: PriceLists,
        bounds: &Bounds,
        base: Option<&TableFile>,
        plan: TablePlan,
        threads: usize,
    ) -> Result<TableReport, Failure> {
        let parameters = &self.settings.statistics;
        let PriceLists { rows: lists, facts: of_lists, mut repeated, left_out, bad_rows } = lists;
        let of_base = base.map(|t| TableFacts { as_of: plan.as_of, ..t.facts().clone() });
        let parts: Vec<&TableFacts> = of_base.iter().chain(&of_lists).collect();
        let united = table::unite(&parts).map_err(|e| refused(&e))?;
        let facts = &united.facts;
        let mut file = self.begin_table(threads)?;
        let described = match base {
            None => {
                let rows = Parted::of(bounds, &united, lists, threads);
                let (columns, calibrations) =
                    table::build(rows, facts, parameters, threads, |rows| file.write(rows));
                Described { facts, parameters, columns, calibrations, kept: 0, predictions_kept: 0 }
            }
            Some(base) => {
                let (united, tables) = (&united, &[base][..]);
                let merging = Merging { united, tables, lists, bounds, parameters, threads };
                let merged = table::merge(merging, |rows| file.write(rows)).map_err(|e| refused(&e))?;
                Described::of(facts, parameters, merged)
            }
        };
        repeated.extend(united.repeated().map(str::to_owned));
        let mut report = self.keep_table(described, file, plan.note).await?;
        (report.left_out, report.bad_rows) = (left_out, bad_rows);
        report.repeated = repeated.into_iter().collect();
        Ok(report)
    }

    /// Begins the file of a table that is going to be described.
    pub(super) fn begin_table(&self, threads: usize) -> Result<NewTable, Failure> {
        let folder = self.settings.snapshot_dir();
        let what = format!("snapshot file in {}", folder.display());
        let io = |e: std::io::Error| Failure::from_io(&what, &e);
        let partial = half_built::begin(&folder, self.clock.now()).map_err(io)?;
        let writer = Writer::new(partial.reopen().map_err(io)?, threads).map_err(|e| written(&what, e))?;
        Ok(NewTable { what, partial, writer, rows: Ok(()) })
    }

    /// Writes the groups of a described table behind its rows, names the file by its content, and lists it.
    pub(super) async fn keep_table(
        &self,
        described: Described<'_>,
        file: NewTable,
        note: Option<String>,
    ) -> Result<TableReport, Failure> {
        let Described { facts, parameters, columns, calibrations, kept, predictions_kept } = described;
        let rows = columns.prices.iter().map(|part| part.len() as u64).sum();
        let groups = columns.groups() as u64;
        let left_out: u64 = facts.files.iter().map(|file| u64::from(file.left_out)).sum();
        let NewTable { what, partial, mut writer, rows: rows_written } = file;
        let (groups_written, footings) = std::thread::scope(|scope| {
            let footings = scope.spawn(|| columns.by_footing(facts));
            let groups_written = rows_written
                .and_then(|()| write_groups(&mut writer, facts, parameters, &columns, &calibrations));
            (groups_written, footings.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        groups_written.map_err(|e| written(&what, e))?;
        let (_, id) = writer.finish().map_err(|e| written(&what, e))?;
        // Not forced to the disk: a file torn by a power failure does not pass its hash, and the list
        // it was made of is at hand.
        let name = format!("{id}.{EXTENSION}");
        let file = self.settings.snapshot_dir().join(&name);
        snapshot_file::readable(partial.as_file()).map_err(|e| Failure::from_io(&what, &e))?;
        partial.persist(&file).map_err(|e| Failure::from_io(&what, &e.error))?;
        let row = SnapshotRow {
            id,
            built_at: self.clock.now(),
            currency: facts.currency,
            file: name,
            listings: rows,
            groups,
            exclusions: left_out,
            note: String::new(),
            parameters: parameters.hash().to_string(),
        };
        let known = self.enlist(row, note).await?;
        let calibrated = calibrations.any();
        // Last of all: whoever builds one table and ends need not wait for it.
        table::given_up((columns, calibrations));
        Ok(TableReport {
            id,
            file,
            currency: facts.currency,
            lists: facts.files.len() as u64,
            repeated: Vec::new(),
            rows,
            groups,
            kept,
            computed: groups - kept,
            predictions_kept,
            calibrated,
            footings: (footings.into_iter())
                .map(|(footing, groups, rows)| OnFooting { footing, rows, groups })
                .collect(),
            left_out: LeftOut { rows: left_out, ..LeftOut::default() },
            bad_rows: Vec::new(),
            known,
        })
    }
}

/// Behind the id in the name of a price table's file.
pub(super) const EXTENSION: &str = "prices";

/// Tables and lists that cannot be put together.
pub(super) fn refused(error: &StatisticsError) -> Failure {
    Failure::input(error.to_string())
}

fn written(what: &str, error: StatisticsError) -> Failure {
    match error {
        StatisticsError::Io(e) => Failure::from_io(what, &e),
        other => Failure::bug(format!("{what}: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "codes = 'as_stated'\n[columns]\nprice = 'p'\n[defaults]\nhs = '070320'\ndate = '2024-01-01'\n\
        source = 's'\ncurrency = 'EUR'\nunit = 'kg'\n";

    #[tokio::test]
    async fn a_new_databases_failure_is_told_before_that_of_the_lists() {
        let folder = tempfile::tempdir().unwrap();
        let map = PriceMap::parse(MAP, "map.toml").unwrap();
        let failure = |data: &str| {
            let settings = Settings { data: folder.path().join(data), ..Settings::default() };
            let (lists, as_of) = (vec![folder.path().join("none.csv")], "2025-06-30".parse().unwrap());
            let plan = TablePlan { lists, as_of, onto: None, note: None };
            let map = &map;
            async move {
                assert!(settings.is_new());
                let failed = Pipeline::with_price_table(settings.clone(), plan, map, 2).await.unwrap_err();
                (failed.message, settings.is_new())
            }
        };
        // The database stands, whatever became of the lists.
        let (message, is_new) = failure("data").await;
        assert!(message.contains("none.csv") && !is_new, "{message}");
        std::fs::write(folder.path().join("file"), "").unwrap();
        let (message, is_new) = failure("file").await;
        assert!(message.contains("folder") && !message.contains("none.csv") && is_new, "{message}");
    }
}
