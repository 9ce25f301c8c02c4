//! The list of snapshots in either database.

use super::dialect::{Connection, Database, moment};
use super::read::{Reading, signed, text};
use crate::{SnapshotRow, Snapshots, StoreError};
use async_trait::async_trait;
use sqlx::Row as _;

impl Database {
    pub(super) async fn write_snapshot(
        &self,
        connection: &mut Connection,
        snapshot: &SnapshotRow,
    ) -> Result<bool, sqlx::Error> {
        let row = sqlx::query(include_str!("../../queries/snapshot_put.sql"))
            .bind(snapshot.id.to_string())
            .bind(moment(snapshot.built_at))
            .bind(snapshot.currency.as_str())
            .bind(text(&snapshot.file))
            .bind(signed(snapshot.listings))
            .bind(signed(snapshot.groups))
            .bind(signed(snapshot.exclusions))
            .bind(text(&snapshot.note))
            .bind(text(&snapshot.parameters))
            .fetch_one(&mut *connection)
            .await?;
        Ok(row.try_get::<i64, _>("sightings")? == 1)
    }

    async fn read_snapshots(&self, limit: i64) -> Result<Vec<SnapshotRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/snapshots.sql"))
            .bind(limit)
            .fetch_all(self.reader())
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
impl Snapshots for Database {
    async fn put_snapshot(&self, snapshot: &SnapshotRow) -> Result<bool, StoreError> {
        self.put_flushed(snapshot).await
    }

    async fn snapshots(&self) -> Result<Vec<SnapshotRow>, StoreError> {
        self.read_snapshots(i64::MAX).await
    }

    async fn latest_snapshot(&self) -> Result<Option<SnapshotRow>, StoreError> {
        Ok(self.read_snapshots(1).await?.into_iter().next())
    }
}
