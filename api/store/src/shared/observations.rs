//! Observations and rejections in either database.

use super::dialect::{Connection, Database, Row, day, list, moment, sql};
use super::read::{Reading, json, observation, opt_text, rejection, signed, text};
use crate::{InsertEffect, ObservationFilter, ObservationStream, Observations, StoreCounts, StoreError};
use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use model::{ContentHash, Observation, Rejection, RejectionReason};
use std::collections::BTreeSet;

/// Observations read at once: a megabyte or two.
const PORTION: u32 = 500;

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

impl Database {
    /// Writes within a transaction of the caller, who may know that one source has its row.
    pub(super) async fn write_all(
        &self,
        connection: &mut Connection,
        observations: &[Observation],
        rejections: &[Rejection],
        known_source: Option<&str>,
    ) -> Result<InsertEffect, StoreError> {
        let sources: BTreeSet<&str> = observations
            .iter()
            .map(|o| o.capture.source_id.as_str())
            .chain(rejections.iter().map(|r| r.source_id.as_str()))
            .collect();
        for source in sources.into_iter().filter(|source| Some(*source) != known_source) {
            self.ensure_source(connection, source).await?;
        }
        let mut effect = InsertEffect::default();
        for observation in observations {
            match self.write_observation(connection, observation).await? {
                true => effect.new += 1,
                false => effect.known += 1,
            }
        }
        for rejection in rejections {
            match self.write_rejection(connection, rejection).await? {
                true => effect.rejected_new += 1,
                false => effect.rejected_known += 1,
            }
        }
        Ok(effect)
    }

    /// Whether the observation is new. The order of the values is that of the statement's columns.
    async fn write_observation(
        &self,
        connection: &mut Connection,
        o: &Observation,
    ) -> Result<bool, StoreError> {
        let capture = &o.capture;
        let row = sqlx::query(include_str!("../../queries/observation_insert.sql"))
            .bind(o.id.to_string())
            .bind(None::<String>)
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
            .bind(json(&o.explain))
            .bind(moment(capture.captured_at))
            .fetch_one(connection)
            .await
            .map_err(|e| self.fail(e))?;
        first_sighting(&row, "observations")
    }

    async fn write_rejection(
        &self,
        connection: &mut Connection,
        rejection: &Rejection,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(include_str!("../../queries/rejection_insert.sql"))
            .bind(rejection_id(rejection).to_string())
            .bind(rejection.reason.code())
            .bind(text(&rejection.detail))
            .bind(rejection.source_id.as_str())
            .bind(text(&rejection.place))
            .bind(rejection.page_hash.map(|hash| hash.to_string()))
            .bind(moment(rejection.seen_at))
            .fetch_one(connection)
            .await
            .map_err(|e| self.fail(e))?;
        first_sighting(&row, "rejections")
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

fn first_sighting(row: &Row, table: &'static str) -> Result<bool, StoreError> {
    Ok(Reading::new(row, table, "sightings").int("sightings")? == 1)
}

#[async_trait]
impl Observations for Database {
    async fn insert_observations(
        &self,
        observations: &[Observation],
        rejections: &[Rejection],
    ) -> Result<InsertEffect, StoreError> {
        let mut transaction = self.begin().await?;
        let effect = self.write_all(&mut transaction, observations, rejections, None).await?;
        self.commit(transaction).await?;
        Ok(effect)
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
