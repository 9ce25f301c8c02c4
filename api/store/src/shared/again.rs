//! Unchanged pages: the observations of their content are seen again, on a later day as rows of that
//! day. They are copied within the database, not read and written back.

use super::dialect::{Connection, Database, sql};
use super::read::{Reading, Rows, moment_text};
use crate::{ReobserveEffect, StoreError, VisitOutcome, VisitRecord};
use chrono::{DateTime, Utc};
use model::{ArchiveRef, ContentHash};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A page whose content was found unchanged, and where that is archived.
struct SeenAgain<'v> {
    url_id: i64,
    seen_at: DateTime<Utc>,
    archive: Option<&'v ArchiveRef>,
}

/// An observation that was there: when it was last seen, and how often meanwhile.
struct Touched {
    seen_at: DateTime<Utc>,
    times: i64,
}

/// An observation of a page's content: its id, when it was captured, and the page's hash.
type Told = (ContentHash, DateTime<Utc>, ContentHash);

impl Database {
    /// What those of the visits that found their pages unchanged say once more; nothing for the others.
    pub(super) async fn see_again(
        &self,
        connection: &mut Connection,
        visits: &[&VisitRecord],
        ids: &[i64],
    ) -> Result<Vec<ReobserveEffect>, StoreError> {
        let mut effects = vec![ReobserveEffect::default(); visits.len()];
        let unchanged: Vec<usize> =
            (0..visits.len()).filter(|n| visits[*n].outcome == VisitOutcome::Unchanged).collect();
        let pages: Vec<_> = unchanged
            .iter()
            .map(|n| SeenAgain {
                url_id: ids[*n],
                seen_at: visits[*n].visited_at,
                archive: visits[*n].archive.as_ref(),
            })
            .collect();
        let again = self.write_again(connection, &pages).await?;
        for (n, effect) in unchanged.into_iter().zip(again) {
            effects[n] = effect.ok_or_else(|| StoreError::UnknownPage {
                source_id: visits[n].source_id.clone(),
                url: visits[n].url.clone(),
            })?;
        }
        Ok(effects)
    }

    /// The observations of pages' known content, seen again; `None` where no content is known. Rows of
    /// a later day are copied within the database: their ids and places are those of
    /// [`crate::observation_of_day`].
    async fn write_again(
        &self,
        connection: &mut Connection,
        pages: &[SeenAgain<'_>],
    ) -> Result<Vec<Option<ReobserveEffect>>, StoreError> {
        let mut effects = vec![None; pages.len()];
        if pages.is_empty() {
            return Ok(effects);
        }
        let known = self.page_observations(connection, pages).await?;
        let mut copies = Rows::default();
        let mut touched: BTreeMap<ContentHash, Touched> = BTreeMap::new();
        // By the id of the copy, the page that asked for it first: two pages may tell of one offer.
        let mut copied: BTreeMap<ContentHash, (usize, DateTime<Utc>)> = BTreeMap::new();
        let touch = |touched: &mut BTreeMap<ContentHash, Touched>, id, seen_at: DateTime<Utc>| {
            let entry = touched.entry(id).or_insert(Touched { seen_at, times: 0 });
            entry.seen_at = entry.seen_at.max(seen_at);
            entry.times += 1;
        };
        for (n, page) in pages.iter().enumerate() {
            let Some(told) = known.get(&page.url_id) else { continue };
            let mut effect = ReobserveEffect::default();
            let today = page.seen_at.date_naive();
            for (original, captured_at, page_hash) in told {
                if today <= captured_at.date_naive() {
                    effect.known += 1;
                    touch(&mut touched, *original, page.seen_at);
                    continue;
                }
                let id = crate::observations::id_of_day(original, today);
                if copied.contains_key(&id) {
                    effect.known += 1;
                    touch(&mut touched, id, page.seen_at);
                    continue;
                }
                copies.push(&(
                    id.to_string(),
                    original.to_string(),
                    moment_text(page.seen_at),
                    today.to_string(),
                    page_hash.to_string(),
                    page.archive.map(|place| &place.file),
                    page.archive.map(|place| place.offset),
                ));
                copied.insert(id, (n, page.seen_at));
            }
            effects[n] = Some(effect);
        }
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
            for (id, (n, seen_at)) in copied {
                let effect = effects[n].get_or_insert_default();
                if new.contains(&id) {
                    effect.new += 1;
                } else {
                    effect.known += 1;
                    touch(&mut touched, id, seen_at);
                }
            }
        }
        if !touched.is_empty() {
            let mut rows = Rows::default();
            for (id, Touched { seen_at, times }) in touched {
                rows.push(&(id.to_string(), moment_text(seen_at), times));
            }
            self.write_rows(connection, sql::OBSERVATIONS_TOUCH, rows).await?;
        }
        Ok(effects)
    }

    /// By the id of its URL, what the known content of each page was read as; nothing for a page whose
    /// content is not known.
    async fn page_observations(
        &self,
        connection: &mut Connection,
        pages: &[SeenAgain<'_>],
    ) -> Result<HashMap<i64, Vec<Told>>, StoreError> {
        let mut ids = Rows::default();
        for page in pages {
            ids.push(&page.url_id);
        }
        let rows = sqlx::query(sql::PAGE_OBSERVATIONS)
            .bind(ids.into_parameter())
            .fetch_all(connection)
            .await
            .map_err(|e| self.fail(e))?;
        let mut known: HashMap<i64, Vec<Told>> = HashMap::new();
        for row in &rows {
            let r = Reading::new(row, "pages", "url_id");
            let told = known.entry(r.int("url_id")?).or_default();
            if let Some(id) = r.opt_parsed("id")? {
                told.push((id, r.moment("captured_at")?, r.parsed("payload_hash")?));
            }
        }
        Ok(known)
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
            let page = SeenAgain { url_id: *id, seen_at, archive };
            effect = self.write_again(&mut transaction, &[page]).await?.pop().flatten();
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
