//! From a large price list to a price table beside the database: read, described, written, listed.
//! Not the reading (`price_table`) nor the describing (the statistics crate).

use super::Pipeline;
use crate::failure::Failure;
use crate::price_table::{LeftOut, PriceMap, PriceTable};
use chrono::NaiveDate;
use model::{CommercialLevel, Condition, ContentHash, Currency, Quantity};
use rust_decimal::Decimal;
use serde::Serialize;
use statistics::columnar::Writer;
use statistics::table::{self, Building, MOST_ROWS, MOST_SOURCES, PriceFile, Rows, TableFacts, write_table};
use std::path::{Path, PathBuf};
use store::SnapshotRow;

/// What building a price table did.
#[derive(Debug, Clone, Serialize)]
pub struct TableReport {
    /// The snapshot.
    pub id: ContentHash,
    /// Its file.
    pub file: PathBuf,
    /// Currency.
    pub currency: Currency,
    /// Prices in it.
    pub rows: u64,
    /// Groups.
    pub groups: u64,
    /// Whether sibling groups calibrate one another.
    pub calibrated: bool,
    /// Rows left out.
    pub left_out: LeftOut,
    /// Whether the same table existed already.
    pub known: bool,
}

impl Pipeline {
    /// Builds a price table of a list and keeps it as a file named by its content. `as_of`: the day
    /// recency is reckoned from in the kept predictions. The same list, map, day and parameters give
    /// the same table, whatever the number of threads.
    pub async fn build_price_table(
        &self,
        list: &Path,
        map: &PriceMap,
        as_of: NaiveDate,
        note: Option<String>,
        threads: usize,
    ) -> Result<TableReport, Failure> {
        let read = PriceTable::read(list, map, threads)?;
        let parameters = &self.settings.statistics;
        let facts = facts(&read, list, map, as_of, parameters.origin_facet)?;
        let one_origin: Vec<u16> = match parameters.origin_facet {
            true => Vec::new(),
            false => vec![0; read.chunks.iter().map(|c| c.len()).max().unwrap_or(0)],
        };
        // Rows have their numbers in the file: those of CSV their lines', the header being line 1.
        let mut first = read.chunks.first().map_or(0, |chunk| chunk.first.saturating_sub(1) as u32);
        let mut chunks = Vec::with_capacity(read.chunks.len());
        for chunk in &read.chunks {
            let origin = if parameters.origin_facet { &chunk.origin } else { &one_origin[..chunk.len()] };
            chunks.push(Rows {
                first,
                missing: &chunk.missing,
                hs: &chunk.hs,
                origin,
                day: &chunk.day,
                source: &chunk.source,
                price: &chunk.price,
            });
            first += (chunk.len() + chunk.missing.len()) as u32;
        }
        let building = Building { facts: &facts, chunks: &chunks, parameters, threads };
        let (columns, calibration) = table::build(&building);
        let (rows, groups) = (read.len() as u64, columns.groups() as u64);
        let folder = self.settings.snapshot_dir();
        let what = format!("snapshot file in {}", folder.display());
        let io = |e: std::io::Error| Failure::from_io(&what, &e);
        // Under a name of its own, gone again where anything fails.
        let partial =
            tempfile::Builder::new().prefix("table-").suffix(".partial").tempfile_in(&folder).map_err(io)?;
        let mut writer = Writer::new(partial.as_file(), threads).map_err(|e| written(&what, e))?;
        write_table(&mut writer, &facts, parameters, &columns, calibration.as_ref())
            .map_err(|e| written(&what, e))?;
        let (_, id) = writer.finish().map_err(|e| written(&what, e))?;
        // Not forced to the disk: a file torn by a power failure does not pass its hash, and the list
        // it was made of is at hand.
        let name = format!("{id}.prices");
        let file = folder.join(&name);
        partial.persist(&file).map_err(|e| io(e.error))?;
        let known = self.store.snapshots().await?.iter().any(|row| row.id == id);
        if !known {
            self.store
                .put_snapshot(&SnapshotRow {
                    id,
                    built_at: self.clock.now(),
                    currency: facts.currency,
                    file: name,
                    listings: rows,
                    groups,
                    exclusions: read.left_out.rows,
                    note: note.unwrap_or_default(),
                    parameters: parameters.hash().to_string(),
                })
                .await?;
        }
        Ok(TableReport {
            id,
            file,
            currency: facts.currency,
            rows,
            groups,
            calibrated: calibration.is_some(),
            left_out: read.left_out.clone(),
            known,
        })
    }
}

fn written(what: &str, error: statistics::StatisticsError) -> Failure {
    match error {
        statistics::StatisticsError::Io(e) => Failure::from_io(what, &e),
        other => Failure::bug(format!("{what}: {other}")),
    }
}

fn facts(
    read: &PriceTable,
    list: &Path,
    map: &PriceMap,
    as_of: NaiveDate,
    origins: bool,
) -> Result<TableFacts, Failure> {
    let what = list.display();
    let begin = read.chunks.first().map_or(0, |chunk| chunk.first.saturating_sub(1));
    let rows = begin + read.chunks.iter().map(|c| (c.len() + c.missing.len()) as u64).sum::<u64>();
    if read.is_empty() {
        return Err(Failure::input(format!("{what}: no row could be used"))
            .hint("the rows left out are named above; is the map the one of this list?"));
    }
    if rows > MOST_ROWS || read.sources.len() > MOST_SOURCES {
        return Err(Failure::input(format!(
            "{what}: {rows} rows of {} sources; a table holds {MOST_ROWS} rows of {MOST_SOURCES} sources",
            read.sources.len()
        ))
        .hint("build one table for each part of the list, by chapter or by year"));
    }
    let unit = map.defaults.unit;
    let one = Quantity::new(Decimal::ONE, unit).map(|q| q.reduced());
    if one.is_ok_and(|q| q.unit() != unit) {
        return Err(Failure::input(format!("{what}: prices {} cannot be compared", unit.per()))
            .hint("state the price of one piece, kg or other plain unit, and its unit in the map"));
    }
    let name = list.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(TableFacts {
        currency: map.defaults.currency,
        unit,
        condition: map.defaults.condition.unwrap_or(Condition::New),
        level: map.defaults.level.unwrap_or(CommercialLevel::Wholesale),
        as_of,
        codes_as_stated: map.codes == crate::price_table::Codes::AsStated,
        codes: read.hs.clone(),
        origins: if origins { read.origins.clone() } else { vec![None] },
        sources: read.sources.clone(),
        files: vec![PriceFile {
            name,
            hash: read.file_hash,
            first: 0,
            rows: rows as u32,
            left_out: read.left_out.rows as u32,
        }],
    })
}
