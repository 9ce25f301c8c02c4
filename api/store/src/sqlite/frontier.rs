//! The frontier in SQLite: crawls, leases, counts. What a visit writes is in `visits`.

use super::SqliteStore;
use super::read::{Reading, moment};
use crate::{
    CrawlCounts, CrawlId, DueUrl, Frontier, NewUrl, ReobserveEffect, StoreError, Visit, VisitEffect,
    VisitRecord,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use model::{ArchiveRef, ContentHash, Validators};
use sqlx::{Row, SqliteConnection};

/// An interrupted crawl is taken up again within this time of its last visit. Later, what it
/// visited first may have changed: it counts as ended, and everything is due.
const TAKE_UP_WITHIN: TimeDelta = TimeDelta::days(1);

impl SqliteStore {
    async fn find_open_crawl(
        &self,
        connection: &mut SqliteConnection,
        source_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<CrawlId>, StoreError> {
        sqlx::query(include_str!("../../queries/crawl_open.sql"))
            .bind(source_id)
            .bind(moment(now - TAKE_UP_WITHIN))
            .fetch_optional(connection)
            .await
            .and_then(|row| row.map(|row| row.try_get("id")).transpose())
            .map_err(|e| self.fail(e))
    }

    /// Adds URLs within a transaction of the caller.
    pub(super) async fn write_urls(
        &self,
        connection: &mut SqliteConnection,
        source_id: &str,
        urls: &[NewUrl],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let now = moment(now);
        let mut new = 0;
        for url in urls {
            new += sqlx::query(include_str!("../../queries/url_enqueue.sql"))
                .bind(source_id)
                .bind(url.url.as_str())
                .bind(url.host.as_str())
                .bind(url.depth)
                .bind(url.priority)
                .bind(now.as_str())
                .execute(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?
                .rows_affected();
        }
        Ok(new)
    }
}

#[async_trait]
impl Frontier for SqliteStore {
    async fn begin_crawl(&self, source_id: &str, now: DateTime<Utc>) -> Result<CrawlId, StoreError> {
        let fail = |error| self.fail(error);
        let mut transaction = self.begin().await?;
        self.ensure_source(&mut transaction, source_id).await?;
        if let Some(open) = self.find_open_crawl(&mut transaction, source_id, now).await? {
            return Ok(open);
        }
        let at = moment(now);
        sqlx::query(include_str!("../../queries/crawl_abandon.sql"))
            .bind(source_id)
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        let crawl = sqlx::query(include_str!("../../queries/crawl_begin.sql"))
            .bind(source_id)
            .bind(at.as_str())
            .fetch_one(&mut *transaction)
            .await
            .and_then(|row| row.try_get("id"))
            .map_err(fail)?;
        sqlx::query(include_str!("../../queries/crawl_make_due.sql"))
            .bind(source_id)
            .bind(at.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        self.commit(transaction).await?;
        Ok(crawl)
    }

    async fn open_crawl(&self, source_id: &str, now: DateTime<Utc>) -> Result<Option<CrawlId>, StoreError> {
        let mut connection = self.reader.acquire().await.map_err(|e| self.fail(e))?;
        self.find_open_crawl(&mut connection, source_id, now).await
    }

    async fn enqueue(&self, source_id: &str, urls: &[NewUrl], now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        self.ensure_source(&mut transaction, source_id).await?;
        let new = self.write_urls(&mut transaction, source_id, urls, now).await?;
        self.commit(transaction).await?;
        Ok(new)
    }

    async fn claim_due(
        &self,
        source_id: &str,
        worker: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: u32,
    ) -> Result<Vec<DueUrl>, StoreError> {
        let mut transaction = self.begin().await?;
        let lease_until = now + lease;
        let rows = sqlx::query(include_str!("../../queries/sqlite/urls_claim.sql"))
            .bind(source_id)
            .bind(worker)
            .bind(moment(now))
            .bind(moment(lease_until))
            .bind(limit)
            .fetch_all(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(transaction).await?;
        let mut claimed = rows
            .iter()
            .map(|row| {
                let r = Reading::new(row, "urls", "id");
                let order = (-r.int("priority")?, r.text("due_at")?, r.int("id")?);
                let due = DueUrl {
                    id: r.int("id")?,
                    url: r.text("url")?,
                    host: r.text("host")?,
                    depth: r.count("depth")?,
                    attempts: r.count("attempts")?,
                    validators: Validators {
                        etag: r.opt_text("etag")?,
                        last_modified: r.opt_text("last_modified")?,
                    },
                    payload_hash: r.opt_parsed("payload_hash")?,
                    lease: r.int("lease_epoch")?,
                    lease_until,
                };
                Ok((order, due))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        // RETURNING promises no order.
        claimed.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(claimed.into_iter().map(|(_, due)| due).collect())
    }

    async fn next_due(&self, source_id: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = sqlx::query(include_str!("../../queries/urls_next_due.sql"))
            .bind(source_id)
            .fetch_one(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        Reading::new(&row, "urls", "at").opt_moment("at")
    }

    async fn finish_visit(&self, visit: &VisitRecord) -> Result<VisitEffect, StoreError> {
        let mut transaction = self.begin().await?;
        let effect = self.write_visit(&mut transaction, visit).await?;
        self.commit(transaction).await?;
        Ok(effect)
    }

    async fn finish_visits(&self, visits: &[VisitRecord]) -> Result<Vec<Option<VisitEffect>>, StoreError> {
        let mut transaction = self.begin().await?;
        let mut effects = Vec::with_capacity(visits.len());
        for visit in visits {
            // The lease is looked at before anything is written.
            effects.push(match self.write_visit(&mut transaction, visit).await {
                Ok(effect) => Some(effect),
                Err(StoreError::LeaseLost { .. }) => None,
                Err(error) => return Err(error),
            });
        }
        self.commit(transaction).await?;
        Ok(effects)
    }

    async fn release(&self, worker: &str) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let released = sqlx::query(include_str!("../../queries/urls_release.sql"))
            .bind(worker)
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?
            .rows_affected();
        self.commit(transaction).await?;
        Ok(released)
    }

    async fn crawl_counts(&self, crawl: CrawlId) -> Result<CrawlCounts, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/crawl_outcomes.sql"))
            .bind(crawl)
            .fetch_all(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        let mut counts = CrawlCounts::default();
        for row in &rows {
            let r = Reading::new(row, "visits", "outcome");
            let visits = r.count("visits")?;
            match r.text("outcome")?.as_str() {
                "fetched" => counts.fetched = visits,
                "unchanged" => counts.unchanged = visits,
                "gone" => counts.gone = visits,
                "disallowed" => counts.disallowed = visits,
                "refused" => counts.refused = visits,
                "redirected" => counts.redirected = visits,
                // The table admits no other code.
                _ => counts.failed = visits,
            }
            counts.observations_new += r.count::<u64>("observations_new")?;
            counts.observations_known += r.count::<u64>("observations_known")?;
            counts.rejections_new += r.count::<u64>("rejections_new")?;
        }
        let row = sqlx::query(include_str!("../../queries/crawl_waiting.sql"))
            .bind(crawl)
            .fetch_one(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        let r = Reading::new(&row, "urls", "waiting");
        counts.waiting = r.count("waiting")?;
        counts.leased = r.count("leased")?;
        Ok(counts)
    }

    async fn finish_crawl(&self, crawl: CrawlId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../../queries/crawl_finish.sql"))
            .bind(crawl)
            .bind(moment(now))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(transaction).await
    }

    async fn reobserve(
        &self,
        source_id: &str,
        url: &str,
        seen_at: DateTime<Utc>,
        archive: Option<&ArchiveRef>,
    ) -> Result<ReobserveEffect, StoreError> {
        let mut transaction = self.begin().await?;
        let effect = self.write_unchanged(&mut transaction, source_id, url, seen_at, archive).await?;
        self.commit(transaction).await?;
        Ok(effect)
    }

    async fn page_place(
        &self,
        source_id: &str,
        url: &str,
        payload_hash: &ContentHash,
    ) -> Result<Option<ArchiveRef>, StoreError> {
        let row = sqlx::query(include_str!("../../queries/page_place.sql"))
            .bind(source_id)
            .bind(url)
            .bind(payload_hash.to_string())
            .fetch_optional(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        let Some(row) = row else { return Ok(None) };
        let r = Reading::new(&row, "pages", "url_id");
        Ok(Some(ArchiveRef { file: r.text("archive_file")?, offset: r.count("archive_offset")? }))
    }

    async fn visits(&self, source_id: &str, limit: u32) -> Result<Vec<Visit>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/visits.sql"))
            .bind(source_id)
            .bind(limit)
            .fetch_all(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "visits", "url");
                let status = match r.opt_int("status")? {
                    None => None,
                    Some(_) => Some(r.count("status")?),
                };
                Ok(Visit {
                    url: r.text("url")?,
                    visited_at: r.moment("visited_at")?,
                    outcome: r.text("outcome")?,
                    status,
                    detail: r.opt_text("detail")?,
                })
            })
            .collect()
    }
}
