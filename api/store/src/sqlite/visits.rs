//! What one visit writes in SQLite: the URL's state, the page, the visit, what it brought, and what
//! an unchanged page says once more. All within a transaction of the caller.

use super::SqliteStore;
use super::read::{Reading, moment, observation, signed};
use crate::{
    PageRecord, ReobserveEffect, StoreError, VisitEffect, VisitOutcome, VisitRecord, observation_of_day,
};
use chrono::{DateTime, Utc};
use model::{ArchiveRef, ContentHash};
use sqlx::SqliteConnection;

impl SqliteStore {
    pub(super) async fn write_visit(
        &self,
        connection: &mut SqliteConnection,
        visit: &VisitRecord,
    ) -> Result<VisitEffect, StoreError> {
        self.ensure_source(connection, &visit.source_id).await?;
        let url_id = self.leased_url(connection, visit).await?;
        let mut inserted = self.write_all(connection, &visit.observations, &visit.rejections).await?;
        if visit.outcome == VisitOutcome::Unchanged {
            let again = self
                .write_unchanged(
                    connection,
                    &visit.source_id,
                    &visit.url,
                    visit.visited_at,
                    visit.archive.as_ref(),
                )
                .await?;
            inserted.new += again.new;
            inserted.known += again.known;
        }
        let effect = VisitEffect {
            observations_new: inserted.new,
            observations_known: inserted.known,
            rejections_new: inserted.rejected_new,
            urls_new: self.write_urls(connection, &visit.source_id, &visit.links, visit.visited_at).await?,
        };
        let visit_id = self.write_visit_row(connection, visit, url_id, effect).await?;
        for observation in &visit.observations {
            sqlx::query(include_str!("../../queries/visit_link.sql"))
                .bind(visit_id)
                .bind(observation.id.to_string())
                .execute(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?;
        }
        if let VisitOutcome::Fetched(page) = &visit.outcome {
            self.write_page(connection, visit, url_id, visit_id, page).await?;
        }
        self.write_url_state(connection, visit, url_id).await?;
        if let Some(crawl) = visit.crawl {
            sqlx::query(include_str!("../../queries/crawl_active.sql"))
                .bind(crawl)
                .bind(moment(visit.visited_at))
                .execute(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?;
        }
        Ok(effect)
    }

    /// The row of the visited URL, if the visit still holds its lease.
    async fn leased_url(
        &self,
        connection: &mut SqliteConnection,
        visit: &VisitRecord,
    ) -> Result<i64, StoreError> {
        let row = sqlx::query(include_str!("../../queries/url_of_visit.sql"))
            .bind(visit.source_id.as_str())
            .bind(visit.url.as_str())
            .bind(visit.host.as_str())
            .bind(moment(visit.visited_at))
            .fetch_one(connection)
            .await
            .map_err(|e| self.fail(e))?;
        let r = Reading::new(&row, "urls", "id");
        let epoch = r.int("lease_epoch")?;
        if visit.lease.is_some_and(|lease| lease != epoch) {
            return Err(StoreError::LeaseLost { url: visit.url.clone() });
        }
        r.int("id")
    }

    async fn write_visit_row(
        &self,
        connection: &mut SqliteConnection,
        visit: &VisitRecord,
        url_id: i64,
        effect: VisitEffect,
    ) -> Result<i64, StoreError> {
        let (payload_hash, detail) = match &visit.outcome {
            VisitOutcome::Fetched(page) => (Some(page.payload_hash.to_string()), None),
            VisitOutcome::Failed { error, .. } => (None, Some(error.as_str())),
            VisitOutcome::Refused { reason } => (None, Some(reason.as_str())),
            VisitOutcome::Redirected { to } => (None, Some(to.as_str())),
            VisitOutcome::Unchanged | VisitOutcome::Gone | VisitOutcome::Disallowed => (None, None),
        };
        let row = sqlx::query(include_str!("../../queries/visit_insert.sql"))
            .bind(visit.crawl)
            .bind(visit.source_id.as_str())
            .bind(url_id)
            .bind(moment(visit.visited_at))
            .bind(visit.outcome.code())
            .bind(visit.status)
            .bind(payload_hash)
            .bind(visit.archive.as_ref().map(|place| place.file.as_str()))
            .bind(visit.archive.as_ref().map(|place| signed(place.offset)))
            .bind(detail)
            .bind(signed(effect.observations_new))
            .bind(signed(effect.observations_known))
            .bind(signed(effect.rejections_new))
            .fetch_one(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Reading::new(&row, "visits", "id").int("id")
    }

    async fn write_page(
        &self,
        connection: &mut SqliteConnection,
        visit: &VisitRecord,
        url_id: i64,
        visit_id: i64,
        page: &PageRecord,
    ) -> Result<(), StoreError> {
        sqlx::query(include_str!("../../queries/page_put.sql"))
            .bind(url_id)
            .bind(page.payload_hash.to_string())
            .bind(page.content_type.as_deref())
            .bind(page.validators.etag.as_deref())
            .bind(page.validators.last_modified.as_deref())
            .bind(visit.archive.as_ref().map(|place| place.file.as_str()))
            .bind(visit.archive.as_ref().map(|place| signed(place.offset)))
            .bind(moment(visit.visited_at))
            .bind(visit_id)
            .execute(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    async fn write_url_state(
        &self,
        connection: &mut SqliteConnection,
        visit: &VisitRecord,
        url_id: i64,
    ) -> Result<(), StoreError> {
        let at = visit.visited_at;
        let (state, due_at) = match &visit.outcome {
            VisitOutcome::Fetched(_) | VisitOutcome::Unchanged => ("done", at),
            VisitOutcome::Failed { retry_at: Some(retry_at), .. } => ("due", *retry_at),
            other => (other.code(), at),
        };
        let failed = matches!(visit.outcome, VisitOutcome::Failed { .. });
        sqlx::query(include_str!("../../queries/url_visited.sql"))
            .bind(url_id)
            .bind(state)
            .bind(moment(due_at))
            .bind(failed)
            .bind(moment(at))
            .execute(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// The observations of a page's known content, seen again.
    pub(super) async fn write_unchanged(
        &self,
        connection: &mut SqliteConnection,
        source_id: &str,
        url: &str,
        seen_at: DateTime<Utc>,
        archive: Option<&ArchiveRef>,
    ) -> Result<ReobserveEffect, StoreError> {
        let fail = |error| self.fail(error);
        let page = sqlx::query(include_str!("../../queries/page_content.sql"))
            .bind(source_id)
            .bind(url)
            .fetch_optional(&mut *connection)
            .await
            .map_err(fail)?
            .ok_or_else(|| StoreError::UnknownPage {
                source_id: source_id.to_owned(),
                url: url.to_owned(),
            })?;
        let page = Reading::new(&page, "pages", "url_id");
        let payload_hash: ContentHash = page.parsed("payload_hash")?;
        sqlx::query(include_str!("../../queries/page_seen.sql"))
            .bind(page.int("url_id")?)
            .bind(moment(seen_at))
            .execute(&mut *connection)
            .await
            .map_err(fail)?;
        let rows = sqlx::query(include_str!("../../queries/page_observations.sql"))
            .bind(page.int("content_visit")?)
            .fetch_all(&mut *connection)
            .await
            .map_err(fail)?;
        let mut effect = ReobserveEffect::default();
        for row in &rows {
            let original = observation(row)?;
            let later = seen_at.date_naive() > original.capture.captured_at.date_naive();
            let new = if later {
                let again = observation_of_day(&original, seen_at, Some(payload_hash), archive);
                self.write_observation(connection, &again, Some(&original.id)).await?
            } else {
                sqlx::query(include_str!("../../queries/observation_touch.sql"))
                    .bind(original.id.to_string())
                    .bind(moment(seen_at))
                    .execute(&mut *connection)
                    .await
                    .map_err(fail)?;
                false
            };
            match new {
                true => effect.new += 1,
                false => effect.known += 1,
            }
        }
        Ok(effect)
    }
}
