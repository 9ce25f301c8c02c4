//! From stored observations to a snapshot file: conversion to the reference currency, unit prices,
//! and the file beside the database.

use super::Pipeline;
use crate::failure::Failure;
use chrono::{NaiveDate, TimeDelta};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures::StreamExt;
use model::{Comparable, ContentHash, Currency, Exclusion, ExclusionReason, Observation, Snapshot};
use normalizer::exchange::{self, Rate, RateTable};
use normalizer::unit_price;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use store::{ObservationFilter, SnapshotRow};

/// What a build did.
#[derive(Debug, Clone, Serialize)]
pub struct SnapshotReport {
    /// The snapshot.
    pub id: ContentHash,
    /// Its file.
    pub file: PathBuf,
    /// Currency.
    pub currency: Currency,
    /// Observations in it.
    pub observations: u64,
    /// Groups.
    pub groups: u64,
    /// Observations left out.
    pub exclusions: u64,
    /// Whether the same snapshot existed already.
    pub known: bool,
}

impl Pipeline {
    /// The exchange rates of the database; with a day, only those that can count on it.
    pub async fn rates(&self, on: Option<NaiveDate>) -> Result<RateTable, Failure> {
        let rows = match on {
            None => self.store.rates().await?,
            Some(day) => {
                let oldest = day - TimeDelta::days(exchange::MAX_RATE_AGE_DAYS);
                self.store.rates_between(oldest, day).await?
            }
        };
        Ok(RateTable::new(
            rows.into_iter()
                .map(|r| Rate {
                    date: r.date,
                    base: r.base,
                    quote: r.quote,
                    rate: r.rate,
                    source: r.source,
                    until: r.until,
                })
                .collect(),
        ))
    }

    /// Builds a snapshot of the observations captured between two days (both included) and keeps
    /// it as a file named by its content. The same observations give the same snapshot.
    pub async fn build_snapshot(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        note: Option<String>,
    ) -> Result<SnapshotReport, Failure> {
        let currency = self.settings.reference_currency;
        let rates = self.rates(None).await?;
        let cif = !self.knowledge.markets.is_empty();
        let mut comparables = Vec::new();
        let mut exclusions = Vec::new();
        let filter =
            ObservationFilter { captured_from: from, captured_to: to, ..ObservationFilter::default() };
        let mut stream = self.store.observations(filter);
        while let Some(observation) = stream.next().await {
            match comparable(observation?, currency, &rates, &self.settings.exchange.offers, cif) {
                Ok(comparable) => comparables.push(comparable),
                Err(exclusion) => exclusions.push(exclusion),
            }
        }
        let parameters = &self.settings.statistics;
        let snapshot = statistics::build_snapshot(comparables, exclusions, currency, parameters);
        let name = format!("{}.jsonl.gz", snapshot.id);
        let file = self.settings.snapshot_dir().join(&name);
        let known = self.store.snapshots().await?.iter().any(|row| row.id == snapshot.id) && file.is_file();
        if !known {
            write_file(&file, &snapshot)?;
            self.store
                .put_snapshot(&SnapshotRow {
                    id: snapshot.id,
                    built_at: self.clock.now(),
                    currency,
                    file: name,
                    listings: snapshot.comparables.len() as u64,
                    groups: snapshot.groups.len() as u64,
                    exclusions: snapshot.exclusions.len() as u64,
                    note: note.unwrap_or_default(),
                    parameters: parameters.hash().to_string(),
                })
                .await?;
        }
        Ok(SnapshotReport {
            id: snapshot.id,
            file,
            currency,
            observations: snapshot.comparables.len() as u64,
            groups: snapshot.groups.len() as u64,
            exclusions: snapshot.exclusions.len() as u64,
            known,
        })
    }

    /// The snapshot with this id, or whose id begins so, or the newest.
    pub async fn find_snapshot(&self, wanted: Option<&str>) -> Result<SnapshotRow, Failure> {
        let mut rows = self.store.snapshots().await?;
        rows.sort_by_key(|row| (row.built_at, row.id));
        let wanted = wanted.map(str::to_ascii_lowercase).filter(|w| w != "latest");
        let mut found: Vec<SnapshotRow> = match &wanted {
            None => rows.pop().into_iter().collect(),
            Some(prefix) => {
                rows.into_iter().filter(|r| r.id.to_string().starts_with(prefix.as_str())).collect()
            }
        };
        match (found.pop(), found.is_empty(), wanted) {
            (Some(row), true, _) => Ok(row),
            (None, _, None) => Err(Failure::input(format!(
                "there is no snapshot in {} yet",
                self.settings.data.display()
            ))
            .hint("collect or import offers, then run: touchstone snapshot build (or start with: touchstone demo)")),
            (None, _, Some(prefix)) => Err(Failure::input(format!("there is no snapshot '{prefix}'"))
                .hint("touchstone snapshot list shows them")),
            (Some(_), false, prefix) => Err(Failure::input(format!(
                "several snapshots begin with '{}'",
                prefix.unwrap_or_default()
            ))
            .hint("give more digits of the id")),
        }
    }

    /// Reads a snapshot's file and proves its hash.
    pub fn read_snapshot(&self, row: &SnapshotRow) -> Result<Snapshot, Failure> {
        let path = self.settings.snapshot_dir().join(&row.file);
        let snapshot = read_file(&path)?;
        if snapshot.id != row.id {
            return Err(Failure::input(format!(
                "snapshot file {}: holds {}, not {}",
                path.display(),
                snapshot.id,
                row.id
            ))
            .hint("the file was exchanged; restore it from a copy or build the snapshot again"));
        }
        Ok(snapshot)
    }
}

/// An observation in the snapshot's currency, per each unit it is known by.
fn comparable(
    observation: Observation,
    currency: Currency,
    rates: &RateTable,
    publishers: &[String],
    cif: bool,
) -> Result<Comparable, Exclusion> {
    let exclude =
        |observation: &Observation, reason, detail| Exclusion { observation: observation.id, reason, detail };
    if cif != (observation.basis.name == "cif") {
        let detail = format!(
            "on the basis '{}', while this snapshot compares on '{}'",
            observation.basis.name,
            if cif { "cif" } else { "offer" }
        );
        return Err(exclude(&observation, ExclusionReason::OtherBasis, detail));
    }
    let from = observation.price.currency;
    let day = observation.capture.captured_at.date_naive();
    let rate = if from == currency {
        None
    } else {
        match rates.rate_of(publishers, from, currency, day) {
            Ok(rate) => Some(rate),
            Err(error) => {
                return Err(exclude(&observation, ExclusionReason::NoExchangeRate, error.to_string()));
            }
        }
    };
    let unit_prices = unit_price::unit_prices(&observation, rate.as_ref());
    if unit_prices.is_empty() {
        let detail = "no unit price can be formed: the amounts are beyond what can be calculated".to_owned();
        return Err(exclude(&observation, ExclusionReason::OtherUnit, detail));
    }
    Ok(Comparable { observation, unit_prices, rate })
}

/// Writes beside, syncs, and renames: a snapshot file is whole or not there.
fn write_file(path: &Path, snapshot: &Snapshot) -> Result<(), Failure> {
    let what = format!("snapshot file {}", path.display());
    let partial = path.with_extension("partial");
    let result = (|| {
        let encoder = GzEncoder::new(BufWriter::new(File::create(&partial)?), Compression::fast());
        // JSON is written a few bytes at a time; the packer wants more at once.
        let mut text = BufWriter::with_capacity(1 << 16, encoder);
        statistics::write_snapshot(snapshot, &mut text).map_err(into_io)?;
        let encoder = text.into_inner().map_err(|e| e.into_error())?;
        let file = encoder.finish()?.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        fs::rename(&partial, path)
    })();
    result.map_err(|e: std::io::Error| {
        let _ = fs::remove_file(&partial);
        Failure::from_io(&what, &e)
    })
}

/// Writing fails for the disk's reasons only; anything else keeps its words.
fn into_io(error: statistics::StatisticsError) -> std::io::Error {
    match error {
        statistics::StatisticsError::Io(error) => error,
        other => std::io::Error::other(other),
    }
}

fn read_file(path: &Path) -> Result<Snapshot, Failure> {
    let what = format!("snapshot file {}", path.display());
    let file = File::open(path).map_err(|e| {
        Failure::from_io(&what, &e).hint("restore the file from a copy, or build a snapshot again")
    })?;
    let mut reader = BufReader::with_capacity(1 << 16, GzDecoder::new(BufReader::new(file)));
    statistics::read_snapshot(&mut reader).map_err(|e| {
        Failure::input(format!("{what}: {e}")).hint("restore the file from a copy, or build a snapshot again")
    })
}
