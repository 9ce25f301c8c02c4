//! Observations by their archived pages, in either database.

use super::dialect::{Database, Row, moment};
use super::read::{Reading, observation, signed};
use crate::{Evidence, EvidenceRow, EvidenceStream, PageContent, StoreError};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};

/// Observations read at once: a megabyte or two.
const PORTION: u32 = 500;

/// The last row of a portion: archive file, offset, id.
type After = (String, i64, String);

fn evidence_row(row: &Row) -> Result<EvidenceRow, StoreError> {
    let original = Reading::new(row, "observations", "id").opt_parsed("original_id")?;
    Ok(EvidenceRow { observation: observation(row)?, original })
}

impl Database {
    async fn evidence_portion(
        &self,
        source: Option<&str>,
        after: &After,
    ) -> Result<Vec<EvidenceRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/evidence_page.sql"))
            .bind(after.0.as_str())
            .bind(after.1)
            .bind(after.2.as_str())
            .bind(source)
            .bind(i64::from(PORTION))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(evidence_row).collect()
    }
}

#[async_trait]
impl Evidence for Database {
    fn evidence(&self, source_id: Option<String>) -> EvidenceStream {
        // Every file's name is greater than the empty text. `None` once a portion was the last.
        let start = (self.clone(), source_id, Some((String::new(), -1, String::new())));
        stream::try_unfold(start, |(store, source, after)| async move {
            let Some(after) = after else {
                return Ok::<_, StoreError>(None);
            };
            let portion = store.evidence_portion(source.as_deref(), &after).await?;
            let next = match portion.last() {
                Some(EvidenceRow { observation, .. }) if portion.len() == PORTION as usize => {
                    let place = observation.capture.archive.clone();
                    place.map(|place| (place.file, signed(place.offset), observation.id.to_string()))
                }
                _ => None,
            };
            let portion = stream::iter(portion.into_iter().map(Ok));
            Ok(Some((portion, (store, source, next))))
        })
        .try_flatten()
        .boxed()
    }

    async fn find_evidence(&self, digits: &str, limit: u32) -> Result<Vec<EvidenceRow>, StoreError> {
        // 'g' is greater than every hexadecimal digit.
        let rows = sqlx::query(include_str!("../../queries/evidence_find.sql"))
            .bind(digits)
            .bind(format!("{digits}g"))
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(evidence_row).collect()
    }

    async fn unarchived(&self, source_id: Option<&str>) -> Result<u64, StoreError> {
        let row = sqlx::query(include_str!("../../queries/evidence_unarchived.sql"))
            .bind(source_id)
            .fetch_one(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        Reading::new(&row, "observations", "n").count("n")
    }

    async fn page_content(&self, source_id: &str, url: &str) -> Result<Option<PageContent>, StoreError> {
        let row = sqlx::query(include_str!("../../queries/page_known.sql"))
            .bind(source_id)
            .bind(url)
            .fetch_optional(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        let Some(row) = row else { return Ok(None) };
        let page = Reading::new(&row, "pages", "url_id");
        Ok(Some(PageContent {
            payload_hash: page.parsed("payload_hash")?,
            fetched_at: page.moment("fetched_at")?,
            archive: page.archive()?,
        }))
    }

    async fn visited_at(&self, source_id: &str, url: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let row = sqlx::query(include_str!("../../queries/visit_at.sql"))
            .bind(source_id)
            .bind(moment(at))
            .bind(url)
            .fetch_one(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        Ok(Reading::new(&row, "visits", "n").count::<u64>("n")? > 0)
    }
}
