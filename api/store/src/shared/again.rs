//! Unchanged pages: the observations of their content are seen again, on a later day as rows of that
//! day. They are copied within the database, not read and written back.

use super::dialect::{Connection, Database, sql};
use super::read::{Reading, Rows, moment_text};
use crate::{ReobserveEffect, StoreError, VisitRecord};
use chrono::{DateTime, Utc};
use model::{ArchiveRef, ContentHash};
use std::collections::HashSet;

impl Database {
    pub(super) async fn see_again(
        &self,
        connection: &mut Connection,
        url_id: i64,
        visit: &VisitRecord,
    ) -> Result<ReobserveEffect, StoreError> {
        let again = self.write_again(connection, url_id, visit.visited_at, visit.archive.as_ref()).await?;
        again.ok_or_else(|| StoreError::UnknownPage {
            source_id: visit.source_id.clone(),
            url: visit.url.clone(),
        })
    }

    /// The observations of a page's known content, seen again; `None` where no content is known. Rows of
    /// a later day are copied within the database: their ids and places are those of
    /// [`crate::observation_of_day`].
    async fn write_again(
        &self,
        connection: &mut Connection,
        url_id: i64,
        seen_at: DateTime<Utc>,
        archive: Option<&ArchiveRef>,
    ) -> Result<Option<ReobserveEffect>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/page_observations.sql"))
            .bind(url_id)
            .fetch_all(&mut *connection)
            .await
            .map_err(|e| self.fail(e))?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut copies = Rows::default();
        let mut touched = Vec::new();
        let mut copied = Vec::new();
        let today = seen_at.date_naive();
        for row in &rows {
            let r = Reading::new(row, "pages", "url_id");
            let Some(original) = r.opt_parsed::<ContentHash>("id")? else { continue };
            let captured_at = r.moment("captured_at")?;
            if today <= captured_at.date_naive() {
                touched.push(original);
                continue;
            }
            let page_hash: ContentHash = r.parsed("payload_hash")?;
            let id = crate::observations::id_of_day(&original, today);
            copies.push(&(
                id.to_string(),
                original.to_string(),
                moment_text(seen_at),
                today.to_string(),
                page_hash.to_string(),
                archive.map(|place| &place.file),
                archive.map(|place| place.offset),
            ));
            copied.push(id);
        }
        let mut effect = ReobserveEffect::default();
        if !copies.is_empty() {
            let rows = sqlx::query(sql::OBSERVATIONS_AGAIN)
                .bind(copies.into_parameter())
                .fetch_all(&mut *connection)
                .await
                .map_err(|e| self.fail(e))?;
            let mut new = HashSet::with_capacity(rows.len());
            for row in &rows {
                new.insert(Reading::new(row, "observations", "id").parsed::<ContentHash>("id")?);
            }
            effect.new = new.len() as u64;
            touched.extend(copied.into_iter().filter(|id| !new.contains(id)));
        }
        effect.known = touched.len() as u64;
        if !touched.is_empty() {
            let mut rows = Rows::default();
            for id in touched {
                rows.push(&(id.to_string(), moment_text(seen_at)));
            }
            self.write_rows(connection, sql::OBSERVATIONS_TOUCH, rows).await?;
        }
        Ok(Some(effect))
    }

    pub(super) async fn try_reobserve(
        &self,
        source_id: &str,
        url: &str,
        seen_at: DateTime<Utc>,
        archive: Option<&ArchiveRef>,
    ) -> Result<ReobserveEffect, StoreError> {
        let mut transaction = self.begin().await?;
        let found = self.url_ids(&mut transaction, source_id, &[url]).await?;
        let mut effect = None;
        if let Some(id) = found.get(url) {
            effect = self.write_again(&mut transaction, *id, seen_at, archive).await?;
            let mut seen = Rows::default();
            seen.push(&(id, moment_text(seen_at)));
            self.write_rows(&mut transaction, sql::PAGES_SEEN, seen).await?;
        }
        let effect = effect.ok_or_else(|| StoreError::UnknownPage {
            source_id: source_id.to_owned(),
            url: url.to_owned(),
        })?;
        self.commit(transaction).await?;
        Ok(effect)
    }
}
