//! Sources in either database.

use super::dialect::{Connection, Database, moment};
use super::read::{Reading, text};
use crate::{SourceRow, SourceStatus, Sources, StoreError};
use async_trait::async_trait;
use sqlx::Row as _;

impl Database {
    /// The row that everything of a source refers to.
    pub(super) async fn ensure_source(
        &self,
        connection: &mut Connection,
        source_id: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(include_str!("../../queries/source_ensure.sql"))
            .bind(source_id)
            .execute(connection)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(())
    }
}

#[async_trait]
impl Sources for Database {
    async fn put_source(&self, source: &SourceRow) -> Result<bool, StoreError> {
        let fail = |error| self.fail(error);
        let mut transaction = self.begin().await?;
        let text_hash = source.text_hash.to_string();
        let before: Option<String> = match sqlx::query(include_str!("../../queries/source_text_hash.sql"))
            .bind(source.id.as_str())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(fail)?
        {
            Some(row) => row.try_get("text_hash").map_err(fail)?,
            None => None,
        };
        sqlx::query(include_str!("../../queries/source_put.sql"))
            .bind(source.id.as_str())
            .bind(text(&source.name))
            .bind(source.market.map(|market| market.to_string()))
            .bind(text_hash.as_str())
            .bind(text(&source.permission))
            .bind(text(&source.contact))
            .bind(moment(source.read_at))
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        self.commit(transaction).await?;
        Ok(before.is_none_or(|before| before != text_hash))
    }

    async fn sources(&self) -> Result<Vec<SourceStatus>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/sources.sql"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "sources", "id");
                let id = r.text("id")?;
                let known = match r.opt_parsed("text_hash")? {
                    None => None,
                    Some(text_hash) => Some(SourceRow {
                        id: id.clone(),
                        name: r.text("name")?,
                        market: r.opt_parsed("market")?,
                        text_hash,
                        permission: r.text("permission")?,
                        contact: r.text("contact")?,
                        read_at: r.moment("read_at")?,
                    }),
                };
                Ok(SourceStatus {
                    id,
                    row: known,
                    observations: r.count("observations")?,
                    rejections: r.count("rejections")?,
                    pages: r.count("pages")?,
                    last_visit: r.opt_moment("last_visit")?,
                    last_success: r.opt_moment("last_success")?,
                    failures_since: r.count("failures_since")?,
                })
            })
            .collect()
    }
}
