//! Measurements on cleared lines in either database.

use super::dialect::{Database, moment};
use super::read::{Reading, signed, text};
use crate::{StoreError, ValidationRow, Validations};
use async_trait::async_trait;

#[async_trait]
impl Validations for Database {
    async fn put_validation(&self, validation: &ValidationRow) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../../queries/validation_put.sql"))
            .bind(validation.id.to_string())
            .bind(moment(validation.validated_at))
            .bind(text(&validation.program))
            .bind(validation.snapshot.to_string())
            .bind(validation.parameters.to_string())
            .bind(validation.input_hash.to_string())
            .bind(signed(validation.lines))
            .bind(signed(validation.compared))
            .bind(signed(validation.flagged))
            .bind(text(&validation.report))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(transaction).await
    }

    async fn validations(&self) -> Result<Vec<ValidationRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/validations.sql"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "validations", "id");
                Ok(ValidationRow {
                    id: r.parsed("id")?,
                    validated_at: r.moment("validated_at")?,
                    program: r.text("program")?,
                    snapshot: r.parsed("snapshot")?,
                    parameters: r.parsed("parameters")?,
                    input_hash: r.parsed("input_hash")?,
                    lines: r.count("lines")?,
                    compared: r.count("compared")?,
                    flagged: r.count("flagged")?,
                    report: r.text("report")?,
                })
            })
            .collect()
    }
}
