//! The migrations that a database remembers. Whether they fit the program is [`crate::versions`]'s.

use super::dialect::Connection;
use super::error::failure;
use super::read::Reading;
use crate::StoreError;
use crate::versions::Applied;
use sqlx::Row as _;

/// In their order. `path` names the database, for messages.
pub(super) async fn applied(connection: &mut Connection, path: &str) -> Result<Vec<Applied>, StoreError> {
    let rows = sqlx::query(include_str!("../../queries/applied_migrations.sql"))
        .fetch_all(connection)
        .await
        .map_err(|e| failure(path, e))?;
    rows.iter()
        .map(|row| {
            let r = Reading::new(row, "schema_migrations", "version");
            Ok(Applied {
                number: r.count("version")?,
                name: r.text("description")?,
                checksum: row.try_get("checksum").map_err(|e| failure(path, e))?,
            })
        })
        .collect()
}
