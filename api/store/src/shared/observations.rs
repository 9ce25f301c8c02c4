//! Observations and rejections in either database.

use super::dialect::{Connection, Database, Row, day, list, moment, parameter, sql};
use super::read::{Reading, json, observation, opt_text, rejection, signed, text};
use crate::{InsertEffect, ObservationFilter, ObservationStream, Observations, StoreCounts, StoreError};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::{ContentHash, Observation, Rejection, RejectionReason};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

/// Observations read at once: a megabyte or two.
const PORTION: u32 = 500;
/// Ids read at once: a megabyte or so.
const IDS: u32 = 20_000;

/// The hash by which a rejection is known. When it was seen is no part of it.
fn rejection_id(rejection: &Rejection) -> ContentHash {
    let page = rejection.page_hash.map_or_else(String::new, |hash| hash.to_string());
    ContentHash::of_fields([
        rejection.reason.code(),
        rejection.source_id.as_str(),
        rejection.place.as_str(),
        rejection.detail.as_str(),
        page.as_str(),
    ])
}

/// How many rows one statement inserts. Few different numbers, so that each connection has every one
/// of these statements prepared; the largest bounds what a prepared one keeps.
const AT_ONCE: [usize; 6] = [32, 16, 8, 4, 2, 1];
const OBSERVATION_COLUMNS: usize = 40;
const REJECTION_COLUMNS: usize = 9;

/// A statement for each number of rows in [`AT_ONCE`].
type Statements = LazyLock<[String; AT_ONCE.len()]>;

static OBSERVATION_INSERT: Statements =
    LazyLock::new(|| statements(include_str!("../../queries/observation_insert.sql"), OBSERVATION_COLUMNS));
static REJECTION_INSERT: Statements =
    LazyLock::new(|| statements(include_str!("../../queries/rejection_insert.sql"), REJECTION_COLUMNS));

fn statements(text: &str, columns: usize) -> [String; AT_ONCE.len()] {
    AT_ONCE.map(|rows| {
        let row = |n: usize| {
            let row: Vec<String> = (1..=columns).map(|column| parameter(n * columns + column)).collect();
            format!("({})", row.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        text.replace("{rows}", &rows.join(", "))
    })
}

/// The rows in parts of the sizes of [`AT_ONCE`], each with its statement.
fn parts<'s, 'r, T>(statements: &'s Statements, rows: &'r [T]) -> Vec<(&'s str, &'r [T])> {
    let mut parts = Vec::new();
    let mut rest = rows;
    for (size, statement) in AT_ONCE.into_iter().zip(statements.iter()) {
        while let Some((part, after)) = rest.split_at_checked(size) {
            parts.push((statement.as_str(), part));
            rest = after;
        }
    }
    parts
}

/// Everything that was handed in under one id: the first of it is what is kept.
struct Seen<'v, T> {
    id: ContentHash,
    first: &'v T,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    sightings: i64,
}

/// What was handed in by its id, in the order of ids: two transactions that write the same rows wait for
/// one another and do not block each other.
fn by_id<'v, T>(given: &[(ContentHash, &'v T, DateTime<Utc>)]) -> Vec<Seen<'v, T>> {
    let mut ordered: Vec<usize> = (0..given.len()).collect();
    // Stable: of one id the first that was handed in comes first.
    ordered.sort_by_key(|n| given[*n].0);
    let mut seen: Vec<Seen<'v, T>> = Vec::with_capacity(given.len());
    for n in ordered {
        let (id, value, at) = given[n];
        match seen.last_mut().filter(|last| last.id == id) {
            Some(last) => {
                last.from = last.from.min(at);
                last.to = last.to.max(at);
                last.sightings += 1;
            }
            None => seen.push(Seen { id, first: value, from: at, to: at, sightings: 1 }),
        }
    }
    seen
}

/// Which of these are new: the first of each id whose row is.
fn first_of_new<T>(given: &[(ContentHash, &T, DateTime<Utc>)], mut new: HashSet<ContentHash>) -> Vec<bool> {
    given.iter().map(|(id, _, _)| new.remove(id)).collect()
}

/// What one page or list brought.
pub(super) type Brought<'v> = (&'v [Observation], &'v [Rejection]);

impl Database {
    /// Writes within a transaction of the caller, who may know that some sources have their rows. Says
    /// what each page or list changed, as if one had been written after the other.
    pub(super) async fn write_all(
        &self,
        connection: &mut Connection,
        brought: &[Brought<'_>],
        known_sources: &BTreeSet<&str>,
    ) -> Result<Vec<InsertEffect>, StoreError> {
        let observations = || brought.iter().flat_map(|(observations, _)| *observations);
        let rejections = || brought.iter().flat_map(|(_, rejections)| *rejections);
        let sources: BTreeSet<&str> = observations()
            .map(|o| o.capture.source_id.as_str())
            .chain(rejections().map(|r| r.source_id.as_str()))
            .collect();
        for source in sources.difference(known_sources) {
            self.ensure_source(connection, source).await?;
        }
        let given: Vec<_> = observations().map(|o| (o.id, o, o.capture.captured_at)).collect();
        let new = self.write_observations(connection, &by_id(&given)).await?;
        let mut observations_new = first_of_new(&given, new).into_iter();
        let given: Vec<_> = rejections().map(|r| (rejection_id(r), r, r.seen_at)).collect();
        let new = self.write_rejections(connection, &by_id(&given)).await?;
        let mut rejections_new = first_of_new(&given, new).into_iter();
        let mut effects = Vec::with_capacity(brought.len());
        for (observations, rejections) in brought {
            let (told, refused) = (observations.len() as u64, rejections.len() as u64);
            let new = observations_new.by_ref().take(observations.len()).filter(|new| *new).count() as u64;
            let rejected_new =
                rejections_new.by_ref().take(rejections.len()).filter(|new| *new).count() as u64;
            effects.push(InsertEffect {
                new,
                known: told - new,
                rejected_new,
                rejected_known: refused - rejected_new,
            });
        }
        Ok(effects)
    }

    /// Which observations are new. The order of the values is that of the statement's columns.
    async fn write_observations(
        &self,
        connection: &mut Connection,
        seen: &[Seen<'_, Observation>],
    ) -> Result<HashSet<ContentHash>, StoreError> {
        let mut new = HashSet::new();
        for (statement, part) in parts(&OBSERVATION_INSERT, seen) {
            let mut query = sqlx::query(statement);
            for row in part {
                let o = row.first;
                let capture = &o.capture;
                query = query
                    .bind(o.id.to_string())
                    .bind(capture.source_id.as_str())
                    .bind(text(&capture.site))
                    .bind(opt_text(capture.page_url.as_deref()))
                    .bind(moment(capture.captured_at))
                    .bind(day(capture.captured_at.date_naive()))
                    .bind(capture.page_hash.map(|hash| hash.to_string()))
                    .bind(capture.archive.as_ref().map(|place| place.file.as_str()))
                    .bind(capture.archive.as_ref().map(|place| signed(place.offset)))
                    .bind(capture.market.as_ref().map(|country| country.as_str()))
                    .bind(capture.default_currency.as_ref().map(|c| c.as_str()))
                    .bind(opt_text(capture.language.as_deref()))
                    .bind(opt_text(o.url.as_deref()))
                    .bind(text(&o.name))
                    .bind(text(&o.seller))
                    .bind(opt_text(o.brand.as_deref()))
                    .bind(opt_text(o.model.as_deref()))
                    .bind(o.gtin.as_ref().map(|gtin| gtin.as_str()))
                    .bind(o.hs.as_ref().map(|code| code.as_str()))
                    .bind(o.hs.and_then(|code| code.subheading()).map(|code| code.to_string()))
                    .bind(o.hs_witness.as_ref().map(json))
                    .bind(o.condition.map(|condition| condition.code()))
                    .bind(o.level.code())
                    .bind(o.kind.code())
                    .bind(o.price.amount.to_string())
                    .bind(o.price.currency.as_str())
                    .bind(o.price_high.map(|high| high.to_string()))
                    .bind(json(&o.quantities))
                    .bind(o.min_order.map(|order| order.to_string()))
                    .bind(json(&o.breaks))
                    .bind(o.basis_price.low.to_string())
                    .bind(o.basis_price.high.to_string())
                    .bind(json(&o.basis))
                    .bind(o.origin.as_ref().map(|country| country.as_str()))
                    .bind(json(&o.ships_to))
                    .bind(opt_text(o.availability.as_deref()))
                    .bind(o.confidence.map(|confidence| i64::from(confidence.thousandths())))
                    .bind(json(&o.explain))
                    .bind(moment(row.to))
                    .bind(row.sightings);
            }
            let rows = query.fetch_all(&mut *connection).await.map_err(|e| self.fail(e))?;
            note_new(&rows, "observations", part, &mut new)?;
        }
        Ok(new)
    }

    async fn write_rejections(
        &self,
        connection: &mut Connection,
        seen: &[Seen<'_, Rejection>],
    ) -> Result<HashSet<ContentHash>, StoreError> {
        let mut new = HashSet::new();
        for (statement, part) in parts(&REJECTION_INSERT, seen) {
            let mut query = sqlx::query(statement);
            for row in part {
                let rejection = row.first;
                query = query
                    .bind(row.id.to_string())
                    .bind(rejection.reason.code())
                    .bind(text(&rejection.detail))
                    .bind(rejection.source_id.as_str())
                    .bind(text(&rejection.place))
                    .bind(rejection.page_hash.map(|hash| hash.to_string()))
                    .bind(moment(row.from))
                    .bind(moment(row.to))
                    .bind(row.sightings);
            }
            let rows = query.fetch_all(&mut *connection).await.map_err(|e| self.fail(e))?;
            note_new(&rows, "rejections", part, &mut new)?;
        }
        Ok(new)
    }

    async fn portion(&self, filter: &ObservationFilter, after: &str) -> Result<Vec<Observation>, StoreError> {
        let sources: Vec<&str> = filter.sources.iter().map(String::as_str).collect();
        let sources = (!sources.is_empty()).then(|| list(&sources));
        let rows = sqlx::query(sql::OBSERVATIONS_PAGE)
            .bind(after)
            .bind(filter.captured_from.map(day))
            .bind(filter.captured_to.map(day))
            .bind(sources)
            .bind(i64::from(PORTION))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(observation).collect()
    }
}

/// A row with no more sightings than were handed in is new.
fn note_new<T>(
    rows: &[Row],
    table: &'static str,
    part: &[Seen<'_, T>],
    new: &mut HashSet<ContentHash>,
) -> Result<(), StoreError> {
    let given: HashMap<ContentHash, i64> = part.iter().map(|seen| (seen.id, seen.sightings)).collect();
    for row in rows {
        let r = Reading::new(row, table, "id");
        let id: ContentHash = r.parsed("id")?;
        if given.get(&id) == Some(&r.int("sightings")?) {
            new.insert(id);
        }
    }
    Ok(())
}

#[async_trait]
impl Observations for Database {
    async fn insert_observations(
        &self,
        observations: &[Observation],
        rejections: &[Rejection],
    ) -> Result<InsertEffect, StoreError> {
        let mut transaction = self.begin().await?;
        let effects =
            self.write_all(&mut transaction, &[(observations, rejections)], &BTreeSet::new()).await?;
        self.commit(transaction).await?;
        Ok(effects.into_iter().next().unwrap_or_default())
    }

    async fn observation(&self, id: &ContentHash) -> Result<Option<Observation>, StoreError> {
        let row = sqlx::query(include_str!("../../queries/observation.sql"))
            .bind(id.to_string())
            .fetch_optional(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        row.as_ref().map(observation).transpose()
    }

    fn observations(&self, filter: ObservationFilter) -> ObservationStream {
        // Every id is greater than the empty text. `None` once a portion was the last.
        let start = (self.clone(), filter, Some(String::new()));
        stream::try_unfold(start, |(store, filter, after)| async move {
            let Some(after) = after else {
                return Ok::<_, StoreError>(None);
            };
            let portion = store.portion(&filter, &after).await?;
            let next = match portion.last() {
                Some(last) if portion.len() == PORTION as usize => Some(last.id.to_string()),
                _ => None,
            };
            let portion = stream::iter(portion.into_iter().map(Ok));
            Ok(Some((portion, (store, filter, next))))
        })
        .try_flatten()
        .boxed()
    }

    async fn observation_ids(&self) -> Result<Vec<ContentHash>, StoreError> {
        let mut ids: Vec<ContentHash> = Vec::new();
        loop {
            let after = ids.last().map_or_else(String::new, ContentHash::to_string);
            let rows = sqlx::query(include_str!("../../queries/observation_ids.sql"))
                .bind(after)
                .bind(i64::from(IDS))
                .fetch_all(self.reader())
                .await
                .map_err(|e| self.fail(e))?;
            for row in &rows {
                ids.push(Reading::new(row, "observations", "id").parsed("id")?);
            }
            if rows.len() < IDS as usize {
                return Ok(ids);
            }
        }
    }

    fn observations_of(&self, ids: Vec<ContentHash>) -> ObservationStream {
        stream::try_unfold((self.clone(), ids), |(store, mut ids)| async move {
            if ids.is_empty() {
                return Ok::<_, StoreError>(None);
            }
            let portion = ids.split_off(ids.len().saturating_sub(PORTION as usize));
            let texts: Vec<String> = portion.iter().map(ContentHash::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let rows = sqlx::query(sql::OBSERVATIONS_OF)
                .bind(list(&texts))
                .fetch_all(store.reader())
                .await
                .map_err(|e| store.fail(e))?;
            let portion: Vec<Observation> = rows.iter().map(observation).collect::<Result<_, _>>()?;
            Ok(Some((stream::iter(portion.into_iter().map(Ok)), (store, ids))))
        })
        .try_flatten()
        .boxed()
    }

    async fn counts(&self) -> Result<StoreCounts, StoreError> {
        let row = sqlx::query(include_str!("../../queries/counts.sql"))
            .fetch_one(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        let r = Reading::new(&row, "counts", "sources");
        Ok(StoreCounts {
            sources: r.count("sources")?,
            urls: r.count("urls")?,
            pages: r.count("pages")?,
            visits: r.count("visits")?,
            observations: r.count("observations")?,
            rejections: r.count("rejections")?,
            rates: r.count("rates")?,
            snapshots: r.count("snapshots")?,
        })
    }

    async fn rejection_counts(&self) -> Result<Vec<(RejectionReason, u64)>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/rejection_counts.sql"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "rejections", "reason");
                Ok((r.parsed("reason")?, r.count("n")?))
            })
            .collect()
    }

    async fn rejections(
        &self,
        reason: Option<RejectionReason>,
        limit: u32,
    ) -> Result<Vec<Rejection>, StoreError> {
        let query = match reason {
            Some(reason) => sqlx::query(include_str!("../../queries/rejections_of_reason.sql"))
                .bind(reason.code())
                .bind(i64::from(limit)),
            None => sqlx::query(include_str!("../../queries/rejections_all.sql")).bind(i64::from(limit)),
        };
        let rows = query.fetch_all(self.reader()).await.map_err(|e| self.fail(e))?;
        rows.iter().map(rejection).collect()
    }
}
