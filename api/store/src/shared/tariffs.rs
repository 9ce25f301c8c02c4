//! Imported nomenclature in either database.

use super::dialect::{Database, Row, moment, sql};
use super::read::{Reading, Rows, json, opt_text, signed, text};
use crate::{EditionRow, MoveRow, StoreError, TariffRow, Tariffs};
use async_trait::async_trait;
use model::HsCode;
use std::collections::BTreeSet;

/// Lines written by one statement.
const PORTION: usize = 1000;
/// Sorts behind every digit: a code followed by it bounds all codes that begin with that code.
const BEHIND_DIGITS: char = ':';

#[async_trait]
impl Tariffs for Database {
    async fn put_edition(&self, edition: &EditionRow, lines: &[TariffRow]) -> Result<(), StoreError> {
        let fail = |error| self.fail(error);
        let mut transaction = self.begin().await?;
        sqlx::query(include_str!("../../queries/tariff_lines_forget.sql"))
            .bind(edition.edition.as_str())
            .bind(edition.language.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        sqlx::query(include_str!("../../queries/tariff_edition_put.sql"))
            .bind(edition.edition.as_str())
            .bind(edition.language.as_str())
            .bind(edition.format.as_str())
            .bind(edition.content_hash.to_string())
            .bind(moment(edition.imported_at))
            .bind(signed(lines.len() as u64))
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        for portion in lines.chunks(PORTION) {
            let mut rows = Rows::default();
            for line in portion {
                rows.push(&(
                    edition.edition.as_str(),
                    edition.language.as_str(),
                    line.code.as_str(),
                    line.place,
                    line.parent.as_ref().map(HsCode::as_str),
                    text(&json(&line.headlines)),
                    text(&line.description),
                    text(&json(&line.units)),
                ));
            }
            sqlx::query(sql::TARIFF_LINES_PUT)
                .bind(rows.into_parameter())
                .execute(&mut *transaction)
                .await
                .map_err(fail)?;
        }
        self.commit(transaction).await
    }

    async fn editions(&self) -> Result<Vec<EditionRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/tariff_editions.sql"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "tariff_editions", "edition");
                Ok(EditionRow {
                    edition: r.text("edition")?,
                    language: r.text("language")?,
                    format: r.text("format")?,
                    content_hash: r.parsed("content_hash")?,
                    imported_at: r.moment("imported_at")?,
                    lines: r.count("lines")?,
                })
            })
            .collect()
    }

    async fn tariff_lines(&self, edition: &str, code: &HsCode) -> Result<Vec<TariffRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/tariff_lines.sql"))
            .bind(edition)
            .bind(code.as_str())
            .bind(format!("{code}{BEHIND_DIGITS}"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter()
            .map(|row| {
                let r = Reading::new(row, "tariff_lines", "code");
                Ok(TariffRow {
                    code: r.parsed("code")?,
                    language: r.text("language")?,
                    place: r.count("place")?,
                    parent: r.opt_parsed("parent")?,
                    headlines: r.json("headlines")?,
                    description: r.text("description")?,
                    units: r.json("units")?,
                })
            })
            .collect()
    }

    async fn put_moves(&self, moves: &[MoveRow]) -> Result<(), StoreError> {
        let fail = |error| self.fail(error);
        let mut transaction = self.begin().await?;
        let pairs: BTreeSet<(&str, &str)> =
            moves.iter().map(|row| (row.from_edition.as_str(), row.to_edition.as_str())).collect();
        for (from, to) in pairs {
            sqlx::query(include_str!("../../queries/tariff_moves_forget.sql"))
                .bind(from)
                .bind(to)
                .execute(&mut *transaction)
                .await
                .map_err(fail)?;
        }
        for portion in moves.chunks(PORTION) {
            let mut rows = Rows::default();
            for row in portion {
                rows.push(&(
                    row.from_edition.as_str(),
                    row.from_code.as_str(),
                    row.to_edition.as_str(),
                    row.to_code.as_ref().map_or("", HsCode::as_str),
                    opt_text(row.note.as_deref()),
                ));
            }
            sqlx::query(sql::TARIFF_MOVES_PUT)
                .bind(rows.into_parameter())
                .execute(&mut *transaction)
                .await
                .map_err(fail)?;
        }
        self.commit(transaction).await
    }

    async fn moves(&self) -> Result<Vec<MoveRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/tariff_moves.sql"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(moved).collect()
    }

    async fn moves_from(&self, code: &HsCode) -> Result<Vec<MoveRow>, StoreError> {
        let rows = sqlx::query(include_str!("../../queries/tariff_moves_from.sql"))
            .bind(code.as_str())
            .bind(format!("{code}{BEHIND_DIGITS}"))
            .fetch_all(self.reader())
            .await
            .map_err(|e| self.fail(e))?;
        rows.iter().map(moved).collect()
    }
}

fn moved(row: &Row) -> Result<MoveRow, StoreError> {
    let r = Reading::new(row, "tariff_moves", "from_code");
    let to_code = r.text("to_code")?;
    Ok(MoveRow {
        from_edition: r.text("from_edition")?,
        from_code: r.parsed("from_code")?,
        to_edition: r.text("to_edition")?,
        to_code: if to_code.is_empty() { None } else { Some(r.parsed("to_code")?) },
        note: r.opt_text("note")?,
    })
}
