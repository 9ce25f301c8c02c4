//! The frontier in either database: crawls, their counts, and the way into `claims`, `hosts` and
//! `visits`.

use super::dialect::{Connection, Database, Row, day, moment, sql};
use super::read::{Reading, text};
use crate::retried::retried;
use crate::{
    Claim, ClaimRequest, CrawlCounts, CrawlId, CrawlRow, Due, Frontier, HostReturn, HostRow, NewUrl,
    ReobserveEffect, StoreError, Visit, VisitEffect, VisitRecord,
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use model::{ArchiveRef, ContentHash};
use sqlx::Row as _;
use std::collections::BTreeMap;

/// An interrupted crawl is taken up again within this time of its last visit. Later, what it
/// visited first may have changed: it counts as ended, and everything is due.
const TAKE_UP_WITHIN: TimeDelta = TimeDelta::days(1);

impl Database {
    async fn find_open_crawl(
        &self,
        connection: &mut Connection,
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

    async fn try_begin_crawl(
        &self,
        source_id: &str,
        due: Due,
        now: DateTime<Utc>,
    ) -> Result<CrawlId, StoreError> {
        let fail = |error| self.fail(error);
        let mut transaction = self.begin().await?;
        self.ensure_source(&mut transaction, source_id).await?;
        if let Some(lock) = sql::LOCK_SOURCE {
            sqlx::query(lock).bind(source_id).execute(&mut *transaction).await.map_err(fail)?;
        }
        if let Some(open) = self.find_open_crawl(&mut transaction, source_id, now).await? {
            return Ok(open);
        }
        sqlx::query(include_str!("../../queries/crawl_abandon.sql"))
            .bind(source_id)
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        let crawl = sqlx::query(include_str!("../../queries/crawl_begin.sql"))
            .bind(source_id)
            .bind(moment(now))
            .fetch_one(&mut *transaction)
            .await
            .and_then(|row| row.try_get("id"))
            .map_err(fail)?;
        sqlx::query(include_str!("../../queries/crawl_make_due.sql"))
            .bind(source_id)
            .bind(moment(now))
            .bind(due == Due::Planned)
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        if let Some(lock) = sql::LOCK_HOSTS_OF_SOURCE {
            sqlx::query(lock).bind(source_id).execute(&mut *transaction).await.map_err(fail)?;
        }
        sqlx::query(include_str!("../../queries/crawl_wake_hosts.sql"))
            .bind(source_id)
            .bind(moment(now))
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        self.commit(transaction).await?;
        Ok(crawl)
    }

    async fn try_enqueue(
        &self,
        source_id: &str,
        urls: &[NewUrl],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        self.ensure_source(&mut transaction, source_id).await?;
        let rows: Vec<_> = urls.iter().map(|url| (url, now)).collect();
        let new = self.write_urls(&mut transaction, source_id, &rows).await?;
        let wakes: BTreeMap<_, _> = urls
            .iter()
            .filter(|url| new.contains(&*text(&url.url)))
            .map(|url| ((source_id, url.host.as_str()), now))
            .collect();
        self.lock_ready(&mut transaction, &wakes.keys().map(|(_, host)| *host).collect()).await?;
        self.wake(&mut transaction, &wakes).await?;
        self.commit(transaction).await?;
        Ok(new.len() as u64)
    }

    /// What waits for a source, and how many hosts with something to do are leased.
    async fn waiting(&self, source_id: &str) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(include_str!("../../queries/crawl_waiting.sql"))
            .bind(source_id)
            .fetch_one(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        let r = Reading::new(&row, "urls", "waiting");
        Ok((r.count("waiting")?, r.count("leased")?))
    }

    async fn finish(
        &self,
        visits: &[VisitRecord],
        returns: &[HostReturn],
    ) -> Result<Vec<Option<VisitEffect>>, StoreError> {
        if visits.is_empty() && returns.is_empty() {
            return Ok(Vec::new());
        }
        retried!(self, self.try_finish(visits, returns))
    }
}

/// Visits and rows of a crawl, by its own counters.
fn counts(row: &Row) -> Result<CrawlCounts, StoreError> {
    let r = Reading::new(row, "crawls", "id");
    Ok(CrawlCounts {
        fetched: r.count("fetched")?,
        unchanged: r.count("unchanged")?,
        gone: r.count("gone")?,
        failed: r.count("failed")?,
        disallowed: r.count("disallowed")?,
        refused: r.count("refused")?,
        redirected: r.count("redirected")?,
        observations_new: r.count("observations_new")?,
        observations_known: r.count("observations_known")?,
        rejections_new: r.count("rejections_new")?,
        waiting: 0,
        leased: 0,
    })
}

#[async_trait]
impl Frontier for Database {
    async fn clock_offset(&self, local: DateTime<Utc>) -> Result<TimeDelta, StoreError> {
        self.offset(local).await
    }

    async fn begin_crawl(
        &self,
        source_id: &str,
        due: Due,
        now: DateTime<Utc>,
    ) -> Result<CrawlId, StoreError> {
        retried!(self, self.try_begin_crawl(source_id, due, now))
    }

    async fn open_crawl(&self, source_id: &str, now: DateTime<Utc>) -> Result<Option<CrawlId>, StoreError> {
        let mut connection = self.reader().acquire().await.map_err(|e| self.fail(e))?;
        self.find_open_crawl(&mut connection, source_id, now).await
    }

    async fn enqueue(&self, source_id: &str, urls: &[NewUrl], now: DateTime<Utc>) -> Result<u64, StoreError> {
        retried!(self, self.try_enqueue(source_id, urls, now))
    }

    async fn claim_host(&self, request: &ClaimRequest<'_>) -> Result<Claim, StoreError> {
        retried!(self, self.try_claim(request))
    }

    async fn finish_visit(&self, visit: &VisitRecord) -> Result<VisitEffect, StoreError> {
        let effects = self.finish(std::slice::from_ref(visit), &[]).await?;
        effects.into_iter().next().flatten().ok_or_else(|| StoreError::LeaseLost { url: visit.url.clone() })
    }

    async fn finish_visits(
        &self,
        visits: &[VisitRecord],
        returns: &[HostReturn],
    ) -> Result<Vec<Option<VisitEffect>>, StoreError> {
        self.finish(visits, returns).await
    }

    async fn release(&self, worker: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
        retried!(self, self.try_release(worker, now))
    }

    async fn resume_hosts(&self, source_id: &str, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        retried!(self, self.try_resume(source_id, now))
    }

    async fn crawl_counts(&self, crawl: CrawlId) -> Result<CrawlCounts, StoreError> {
        let row = sqlx::query(include_str!("../../queries/crawl.sql"))
            .bind(crawl)
            .fetch_optional(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        let Some(row) = row else { return Ok(CrawlCounts::default()) };
        let source_id = Reading::new(&row, "crawls", "id").text("source_id")?;
        let (waiting, leased) = self.waiting(&source_id).await?;
        Ok(CrawlCounts { waiting, leased, ..counts(&row)? })
    }

    async fn finish_crawl(
        &self,
        crawl: CrawlId,
        now: DateTime<Utc>,
        ended: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../../queries/crawl_finish.sql"))
            .bind(crawl)
            .bind(moment(now))
            .bind(ended.map(text))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(transaction).await
    }

    async fn crawls(&self, source_id: &str, limit: u32) -> Result<Vec<CrawlRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/crawls.sql"))
            .bind(source_id)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        let mut crawls = Vec::with_capacity(rows.len());
        for row in &rows {
            let r = Reading::new(row, "crawls", "id");
            let finished_at = r.opt_moment("finished_at")?;
            let (waiting, leased) = match finished_at {
                None => self.waiting(source_id).await?,
                Some(_) => (0, 0),
            };
            crawls.push(CrawlRow {
                id: r.int("id")?,
                started_at: r.moment("started_at")?,
                active_at: r.moment("active_at")?,
                finished_at,
                ended: r.opt_text("ended")?,
                counts: CrawlCounts { waiting, leased, ..counts(row)? },
                pages_read: r.count("pages_read")?,
                offers_read: r.count("offers_read")?,
                pages_empty: r.count("pages_empty")?,
                bytes: r.count("bytes")?,
            });
        }
        Ok(crawls)
    }

    async fn requests_on(&self, source_id: &str, on: NaiveDate) -> Result<u64, StoreError> {
        let row = sqlx::query(include_str!("../../queries/source_day.sql"))
            .bind(source_id)
            .bind(day(on))
            .fetch_optional(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        row.map_or(Ok(0), |row| Reading::new(&row, "source_days", "source_id").count("requests"))
    }

    async fn hosts(&self, source_id: &str) -> Result<Vec<HostRow>, StoreError> {
        self.read_hosts(source_id).await
    }

    async fn reobserve(
        &self,
        source_id: &str,
        url: &str,
        seen_at: DateTime<Utc>,
        archive: Option<&ArchiveRef>,
    ) -> Result<ReobserveEffect, StoreError> {
        retried!(self, self.try_reobserve(source_id, url, seen_at, archive))
    }

    async fn page_place(
        &self,
        source_id: &str,
        url: &str,
        payload_hash: &ContentHash,
    ) -> Result<Option<ArchiveRef>, StoreError> {
        let row = sqlx::query(sql::PAGE_PLACE)
            .bind(source_id)
            .bind(url)
            .bind(payload_hash.to_string())
            .fetch_optional(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        let Some(row) = row else { return Ok(None) };
        let r = Reading::new(&row, "pages", "url_id");
        Ok(Some(ArchiveRef { file: r.text("archive_file")?, offset: r.count("archive_offset")? }))
    }

    async fn visits(&self, source_id: &str, limit: u32) -> Result<Vec<Visit>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/visits.sql"))
            .bind(source_id)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "visits", "url");
                Ok(Visit {
                    url: r.text("url")?,
                    visited_at: r.moment("visited_at")?,
                    outcome: r.text("outcome")?,
                    status: r.opt_count("status")?,
                    detail: r.opt_text("detail")?,
                })
            })
            .collect()
    }
}
