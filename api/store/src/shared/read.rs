//! Values of the vocabulary to columns and back. A column that does not hold what it must is an
//! error that names row and column, never a guess.

use super::dialect::{Row, read_day, read_moment};
use crate::StoreError;
use chrono::{DateTime, NaiveDate, Utc};
use model::{ArchiveRef, ContentHash, Observation, Rejection};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// A text as a column. PostgreSQL holds no U+0000, and what a page says must not depend on the
/// database it is kept in: U+FFFD stands for it on both.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

pub(super) fn opt_text(value: Option<&str>) -> Option<Cow<'_, str>> {
    value.map(text)
}

/// Rows for a statement that writes many at once: a JSON array of arrays, each the columns of one row
/// in their order.
#[derive(Default)]
pub(super) struct Rows(String);

impl Rows {
    pub(super) fn push<T: Serialize>(&mut self, row: &T) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        self.0.push_str(&json(row));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_parameter(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('[');
        }
        self.0.push(']');
        self.0
    }
}

/// Statements with their rows, to be executed one after the other. Each takes the one parameter `$1`.
#[derive(Default)]
pub(super) struct Writes(Vec<(&'static str, String)>);

impl Writes {
    /// A statement without rows is not executed.
    pub(super) fn push(&mut self, statement: &'static str, rows: Rows) {
        if !rows.is_empty() {
            self.0.push((statement, rows.into_parameter()));
        }
    }

    pub(super) fn into_statements(self) -> Vec<(&'static str, String)> {
        self.0
    }
}

/// A moment within [`Rows`]: both databases read it.
pub(super) fn moment_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A list or explanation as JSON. The vocabulary's types have string keys only, so that writing
/// them cannot fail; were it to, reading would say so.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A number of bytes or rows as the signed integer both databases have.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A row under reading.
pub(super) struct Reading<'r> {
    row: &'r Row,
    table: &'static str,
    /// The column that tells rows apart.
    key: &'static str,
}

impl<'r> Reading<'r> {
    pub(super) fn new(row: &'r Row, table: &'static str, key: &'static str) -> Self {
        Reading { row, table, key }
    }

    fn bad(&self, column: &str, detail: impl Display) -> StoreError {
        let row = match self.row.try_get::<String, _>(self.key) {
            Ok(text) => text,
            Err(_) => match self.row.try_get::<i64, _>(self.key) {
                Ok(number) => number.to_string(),
                Err(_) => "unknown".to_owned(),
            },
        };
        StoreError::BadRow { table: self.table, row, column: column.to_owned(), detail: detail.to_string() }
    }

    pub(super) fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.row.try_get(column).map_err(|e| self.bad(column, e))
    }

    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(|e| self.bad(column, e))
    }

    pub(super) fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.row.try_get(column).map_err(|e| self.bad(column, e))
    }

    pub(super) fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.row.try_get(column).map_err(|e| self.bad(column, e))
    }

    /// A count or size.
    pub(super) fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        let value = self.int(column)?;
        T::try_from(value).map_err(|_| self.bad(column, format!("{value} is out of range")))
    }

    pub(super) fn parsed<T: FromStr>(&self, column: &str) -> Result<T, StoreError>
    where
        T::Err: Display,
    {
        let text: &str = self.row.try_get(column).map_err(|e| self.bad(column, e))?;
        text.parse().map_err(|e| self.bad(column, e))
    }

    pub(super) fn opt_parsed<T: FromStr>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T::Err: Display,
    {
        let text: Option<&str> = self.row.try_get(column).map_err(|e| self.bad(column, e))?;
        text.map(|text| text.parse().map_err(|e| self.bad(column, e))).transpose()
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let text: &str = self.row.try_get(column).map_err(|e| self.bad(column, e))?;
        serde_json::from_str(text).map_err(|e| self.bad(column, e))
    }

    pub(super) fn opt_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.row.try_get(column).map_err(|e| self.bad(column, e))?;
        text.map(|text| serde_json::from_str(text).map_err(|e| self.bad(column, e))).transpose()
    }

    pub(super) fn moment(&self, column: &str) -> Result<DateTime<Utc>, StoreError> {
        self.opt_moment(column)?.ok_or_else(|| self.bad(column, "it is NULL"))
    }

    pub(super) fn opt_moment(&self, column: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        read_moment(self.row, column).map_err(|e| self.bad(column, e))
    }

    pub(super) fn day(&self, column: &str) -> Result<NaiveDate, StoreError> {
        self.opt_day(column)?.ok_or_else(|| self.bad(column, "it is NULL"))
    }

    pub(super) fn opt_day(&self, column: &str) -> Result<Option<NaiveDate>, StoreError> {
        read_day(self.row, column).map_err(|e| self.bad(column, e))
    }

    /// A count or size that may be absent.
    pub(super) fn opt_count<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        match self.opt_int(column)? {
            None => Ok(None),
            Some(_) => self.count(column).map(Some),
        }
    }

    pub(super) fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.row.try_get(column).map_err(|e| self.bad(column, e))
    }

    pub(super) fn confidence(&self) -> Result<Option<model::Confidence>, StoreError> {
        let Some(thousandths) = self.opt_count::<u16>("confidence")? else { return Ok(None) };
        let confidence = model::Confidence::from_thousandths(thousandths);
        confidence.map(Some).ok_or_else(|| self.bad("confidence", format!("{thousandths} is above 1000")))
    }

    pub(super) fn archive(&self) -> Result<Option<ArchiveRef>, StoreError> {
        Ok(match self.opt_text("archive_file")? {
            None => None,
            Some(file) => Some(ArchiveRef { file, offset: self.count("archive_offset")? }),
        })
    }
}

/// An observation from a row of its table.
pub(super) fn observation(row: &Row) -> Result<Observation, StoreError> {
    let r = Reading::new(row, "observations", "id");
    Ok(Observation {
        id: r.parsed("id")?,
        capture: model::Capture {
            source_id: r.text("source_id")?,
            site: r.text("site")?,
            page_url: r.opt_text("page_url")?,
            captured_at: r.moment("captured_at")?,
            page_hash: r.opt_parsed("page_hash")?,
            archive: r.archive()?,
            market: r.opt_parsed("market")?,
            default_currency: r.opt_parsed("default_currency")?,
            language: r.opt_text("language")?,
        },
        url: r.opt_text("url")?,
        name: r.text("name")?,
        seller: r.text("seller")?,
        brand: r.opt_text("brand")?,
        model: r.opt_text("model")?,
        gtin: r.opt_parsed("gtin")?,
        hs: r.opt_parsed("hs")?,
        hs_witness: r.opt_json("hs_witness")?,
        condition: r.opt_parsed("condition")?,
        level: r.parsed("level")?,
        kind: r.parsed("kind")?,
        price: model::Money { amount: r.parsed("price_amount")?, currency: r.parsed("currency")? },
        price_high: r.opt_parsed("price_high")?,
        quantities: r.json("quantities")?,
        min_order: r.opt_parsed("min_order")?,
        breaks: r.json("breaks")?,
        basis_price: model::Interval { low: r.parsed("basis_low")?, high: r.parsed("basis_high")? },
        basis: r.json("basis")?,
        origin: r.opt_parsed("origin")?,
        ships_to: r.json("ships_to")?,
        availability: r.opt_text("availability")?,
        confidence: r.confidence()?,
        explain: r.json("explain")?,
    })
}

/// A rejection from a row of its table; `seen_at` is when it was last seen.
pub(super) fn rejection(row: &Row) -> Result<Rejection, StoreError> {
    let r = Reading::new(row, "rejections", "id");
    Ok(Rejection {
        reason: r.parsed("reason")?,
        detail: r.text("detail")?,
        source_id: r.text("source_id")?,
        place: r.text("place")?,
        page_hash: r.opt_parsed::<ContentHash>("page_hash")?,
        seen_at: r.moment("last_seen_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_one_json_array_of_arrays() {
        assert_eq!(Rows::default().into_parameter(), "[]");
        let mut rows = Rows::default();
        rows.push(&(1, "a", None::<i64>));
        rows.push(&(2, text("b\0\"c"), Some(3)));
        assert_eq!(rows.into_parameter(), "[[1,\"a\",null],[2,\"b\u{fffd}\\\"c\",3]]");
    }
}
