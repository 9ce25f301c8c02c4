//! Exchange rates in either database.

use super::dialect::{Database, Row, day, sql};
use super::read::{Reading, Rows};
use crate::{RateRow, Rates, StoreError};
use async_trait::async_trait;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Rates written by one statement.
const PORTION: usize = 1000;

#[async_trait]
impl Rates for Database {
    async fn put_rates(&self, rates: &[RateRow]) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let mut changed = 0;
        for portion in rates.chunks(PORTION) {
            // A statement cannot write one row twice: the last rate of a key stands.
            let by_key: BTreeMap<_, _> = portion
                .iter()
                .map(|rate| ((rate.base.as_str(), rate.quote.as_str(), rate.date, &rate.source), rate))
                .collect();
            let mut rows = Rows::default();
            for rate in by_key.into_values() {
                rows.push(&(
                    rate.base.as_str(),
                    rate.quote.as_str(),
                    rate.date.to_string(),
                    rate.source.as_str(),
                    rate.rate.to_string(),
                    rate.until.map(|until| until.to_string()),
                ));
            }
            changed += sqlx::query(sql::RATES_PUT)
                .bind(rows.into_parameter())
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
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(read).collect()
    }

    async fn rates_between(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<RateRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/rates_between.sql"))
            .bind(day(from))
            .bind(day(to))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<RateRow, StoreError> {
    let r = Reading::new(row, "rates", "date");
    Ok(RateRow {
        date: r.day("date")?,
        base: r.parsed("base")?,
        quote: r.parsed("quote")?,
        rate: r.parsed("rate")?,
        source: r.text("source")?,
        until: r.opt_day("until")?,
    })
}
