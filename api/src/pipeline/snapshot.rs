//! From stored observations to a snapshot: conversion to the reference currency, unit prices, and what
//! of the newest snapshot stands; shards put together. Not the file (`snapshot_file`).

use super::Pipeline;
use super::snapshot_file;
use crate::failure::Failure;
use chrono::{NaiveDate, TimeDelta};
use futures::StreamExt;
use model::{Comparable, ContentHash, Currency, Exclusion, ExclusionReason, Observation};
use normalizer::exchange::{self, Rate, RateTable};
use normalizer::unit_price;
use serde::Serialize;
use statistics::{ReferenceIndex, SnapshotBuilder, UngroupedBy};
use std::collections::HashMap;
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
    /// Offers taken over from the snapshot before, without being read again.
    pub kept: u64,
    /// Groups whose figures were computed; the others stand as in the snapshot before.
    pub computed: u64,
    /// Observations in it that stand in no group.
    pub ungrouped: u64,
    /// The same by reason.
    pub ungrouped_by: UngroupedBy,
}

/// Which offers a snapshot is built of, and how.
#[derive(Debug, Clone, Default)]
pub struct BuildPlan {
    /// First capture day, included.
    pub from: Option<NaiveDate>,
    /// Last capture day, included.
    pub to: Option<NaiveDate>,
    /// A remark for the list.
    pub note: Option<String>,
    /// Read every observation, whatever the newest snapshot has of them.
    pub anew: bool,
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
    ///
    /// What the newest snapshot in this currency has of them is taken over where it would come out the
    /// same: an observation never changes, its conversion may (another rate, another basis).
    pub async fn build_snapshot(&self, plan: BuildPlan) -> Result<SnapshotReport, Failure> {
        let currency = self.settings.reference_currency;
        let rates = self.rates(None).await?;
        let cif = !self.knowledge.markets.is_empty();
        let publishers = &self.settings.exchange.offers;
        let filter = ObservationFilter {
            captured_from: plan.from,
            captured_to: plan.to,
            ..ObservationFilter::default()
        };
        let mut builder = SnapshotBuilder::new();
        // Days are asked of the database: what was left out of a snapshot does not say its own.
        let whole = plan.from.is_none() && plan.to.is_none();
        let base = if whole && !plan.anew { self.newest_columns(currency).await? } else { None };
        let mut kept = 0;
        let mut stream = match base {
            None => self.store.observations(filter),
            Some(base) => {
                let wanted = self.store.observation_ids().await?;
                let mut had = vec![false; wanted.len()];
                let mut now = RatesNow { known: HashMap::new(), rates: &rates, publishers, currency };
                let take = |offer: statistics::KeptOffer<'_>| {
                    let place = wanted.binary_search(&offer.id).ok();
                    let stands = cif == (offer.basis == "cif")
                        && offer.rate.is_none_or(|used| now.same(used, offer.day));
                    match place.filter(|_| stands) {
                        Some(place) => {
                            had[place] = true;
                            true
                        }
                        None => false,
                    }
                };
                // Why something was left out may have changed: that is read again.
                kept = builder
                    .keep(base, currency, take, |_| false)
                    .map_err(|e| Failure::bug(format!("the newest snapshot could not be built on: {e}")))?;
                let lacking = wanted.into_iter().zip(had).filter_map(|(id, had)| (!had).then_some(id));
                self.store.observations_of(lacking.collect())
            }
        };
        while let Some(observation) = stream.next().await {
            match comparable(observation?, currency, &rates, publishers, cif) {
                Ok(comparable) => builder
                    .add(&comparable)
                    .map_err(|e| Failure::bug(format!("an offer could not be written: {e}")))?,
                Err(exclusion) => builder.leave_out(exclusion),
            }
        }
        self.finish_snapshot(builder, plan.note, kept).await
    }

    /// Puts snapshots of the same currency together, from this or other machines, and keeps the
    /// result: the same, whatever their order, as a snapshot of all their offers.
    pub async fn merge_snapshots(
        &self,
        files: &[PathBuf],
        note: Option<String>,
    ) -> Result<SnapshotReport, Failure> {
        let mut builder = SnapshotBuilder::new();
        for file in files {
            snapshot_file::take_file(&mut builder, file, &self.settings)?;
        }
        let kept = builder.len() as u64;
        self.finish_snapshot(builder, note, kept).await
    }

    /// A file that somebody names: a path, else a snapshot of the list by its id or first digits.
    pub async fn snapshot_path(&self, named: &str) -> Result<PathBuf, Failure> {
        if Path::new(named).is_file() {
            return Ok(PathBuf::from(named));
        }
        let row = self.find_snapshot(Some(named)).await?;
        Ok(self.settings.snapshot_dir().join(row.file))
    }

    async fn finish_snapshot(
        &self,
        builder: SnapshotBuilder,
        note: Option<String>,
        kept: u64,
    ) -> Result<SnapshotReport, Failure> {
        let currency = self.settings.reference_currency;
        let parameters = &self.settings.statistics;
        let folder = self.settings.snapshot_dir();
        let begun = self.clock.now();
        let (file, built) = snapshot_file::write(&folder, builder, &self.settings, parameters, begun)?;
        // Of the file: what was taken over from another passes the builder unread.
        let written = snapshot_file::open_container(&file, &self.settings)?;
        let index = ReferenceIndex::open(written).map_err(|e| snapshot_file::failed(&file, &e))?;
        let ungrouped_by = index.ungrouped();
        let row = SnapshotRow {
            id: built.id,
            built_at: self.clock.now(),
            currency,
            file: format!("{}.{}", built.id, snapshot_file::EXTENSION),
            listings: built.comparables,
            groups: built.groups,
            exclusions: built.exclusions,
            note: String::new(),
            parameters: parameters.hash().to_string(),
        };
        let known = self.enlist(row, note).await?;
        Ok(SnapshotReport {
            id: built.id,
            file,
            currency,
            observations: built.comparables,
            groups: built.groups,
            exclusions: built.exclusions,
            known,
            kept,
            computed: built.computed,
            ungrouped: ungrouped_by.total(),
            ungrouped_by,
        })
    }

    /// Puts a snapshot on the list, with this note or the one it had; gives whether it was known. One that was is
    /// the newest again: what was built last is what check and assess take.
    pub(super) async fn enlist(&self, row: SnapshotRow, note: Option<String>) -> Result<bool, Failure> {
        let before = self.store.snapshots().await?.into_iter().find(|known| known.id == row.id);
        let known = before.is_some();
        let note = note.or(before.map(|row| row.note)).unwrap_or_default();
        self.store.put_snapshot(&SnapshotRow { note, ..row }).await?;
        Ok(known)
    }

    /// The newest snapshot in a currency that is of columns of offers and whole.
    async fn newest_columns(
        &self,
        currency: Currency,
    ) -> Result<Option<statistics::columnar::Container>, Failure> {
        let mut rows = self.store.snapshots().await?;
        rows.retain(|row| row.currency == currency);
        rows.sort_by_key(|row| (row.built_at, row.id));
        Ok(rows.iter().rev().find_map(|row| self.columns_of(row)))
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
}

/// Whether conversions would come out as they did, each rate and day asked for once.
struct RatesNow<'a> {
    known: HashMap<(Currency, NaiveDate), Option<model::RateUsed>>,
    rates: &'a RateTable,
    publishers: &'a [String],
    currency: Currency,
}

impl RatesNow<'_> {
    fn same(&mut self, used: &model::RateUsed, day: NaiveDate) -> bool {
        let now = self
            .known
            .entry((used.from, day))
            .or_insert_with(|| self.rates.rate_of(self.publishers, used.from, self.currency, day).ok());
        now.as_ref() == Some(used)
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
