//! The list of snapshots in SQLite.

use super::SqliteStore;
use super::read::{Reading, moment, signed};
use crate::{SnapshotRow, Snapshots, StoreError};
use async_trait::async_trait;
use sqlx::{Connection, Row, SqliteConnection};

impl SqliteStore {
    async fn write_snapshot(
        &self,
        connection: &mut SqliteConnection,
        snapshot: &SnapshotRow,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query(include_str!("../../queries/snapshot_put.sql"))
            .bind(snapshot.id.to_string())
            .bind(moment(snapshot.built_at))
            .bind(snapshot.currency.as_str())
            .bind(snapshot.file.as_str())
            .bind(signed(snapshot.listings))
            .bind(signed(snapshot.groups))
            .bind(signed(snapshot.exclusions))
            .bind(snapshot.note.as_str())
            .bind(snapshot.parameters.as_str())
            .fetch_one(&mut *transaction)
            .await?;
        let new = row.try_get::<i64, _>("sightings")? == 1;
        transaction.commit().await?;
        Ok(new)
    }

    async fn read_snapshots(&self, limit: i64) -> Result<Vec<SnapshotRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/snapshots.sql"))
            .bind(limit)
            .fetch_all(&self.reader)
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "snapshots", "id");
                Ok(SnapshotRow {
                    id: r.parsed("id")?,
                    built_at: r.moment("built_at")?,
                    currency: r.parsed("currency")?,
                    file: r.text("file")?,
                    listings: r.count("listings")?,
                    groups: r.count("groups")?,
                    exclusions: r.count("exclusions")?,
                    note: r.text("note")?,
                    parameters: r.text("parameters")?,
                })
            })
            .collect()
    }
}

#[async_trait]
impl Snapshots for SqliteStore {
    async fn put_snapshot(&self, snapshot: &SnapshotRow) -> Result<bool, StoreError> {
        let fail = |error| self.fail(error);
        let mut connection = self.writer()?.acquire().await.map_err(fail)?;
        // `synchronous` cannot change within a transaction. The flush that FULL adds to this commit
        // covers everything that was written to the WAL before it.
        sqlx::query("PRAGMA synchronous = FULL").execute(&mut *connection).await.map_err(fail)?;
        let written = self.write_snapshot(&mut connection, snapshot).await;
        sqlx::query("PRAGMA synchronous = NORMAL").execute(&mut *connection).await.map_err(fail)?;
        written.map_err(fail)
    }

    async fn snapshots(&self) -> Result<Vec<SnapshotRow>, StoreError> {
        self.read_snapshots(i64::MAX).await
    }

    async fn latest_snapshot(&self) -> Result<Option<SnapshotRow>, StoreError> {
        Ok(self.read_snapshots(1).await?.into_iter().next())
    }
}
