//! Exchange rates in SQLite.

use super::SqliteStore;
use super::read::Reading;
use crate::{RateRow, Rates, StoreError};
use async_trait::async_trait;
use chrono::NaiveDate;
use sqlx::sqlite::SqliteRow;

#[async_trait]
impl Rates for SqliteStore {
    async fn put_rates(&self, rates: &[RateRow]) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let mut changed = 0;
        for rate in rates {
            changed += sqlx::query(include_str!("../../queries/rate_put.sql"))
                .bind(rate.base.as_str())
                .bind(rate.quote.as_str())
                .bind(rate.date.to_string())
                .bind(rate.source.as_str())
                .bind(rate.rate.to_string())
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.fail(e))?
                .rows_affected();
        }
        self.commit(transaction).await?;
        Ok(changed)
    }

    async fn rates(&self) -> Result<Vec<RateRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/rates.sql"))
            .fetch_all(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(read).collect()
    }

    async fn rates_between(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<RateRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/rates_between.sql"))
            .bind(from.to_string())
            .bind(to.to_string())
            .fetch_all(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<RateRow, StoreError> {
    let r = Reading::new(row, "rates", "date");
    Ok(RateRow {
        date: r.day("date")?,
        base: r.parsed("base")?,
        quote: r.parsed("quote")?,
        rate: r.parsed("rate")?,
        source: r.text("source")?,
    })
}
