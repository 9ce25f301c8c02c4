//! Exchange rates into the database: the ECB's history file or an administration's own table.

use super::Pipeline;
use crate::failure::Failure;
use crate::reading;
use chrono::NaiveDate;
use model::Currency;
use normalizer::exchange;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;
use store::RateRow;

/// Form of a file of rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateFormat {
    /// The European Central Bank's history, zip or csv: one column a currency.
    Ecb,
    /// One rate a line: of a day, or official customs rates with their period.
    Plain,
}

/// What an import of rates did.
#[derive(Debug, Clone, Serialize)]
pub struct RatesReport {
    /// Form of the file.
    #[serde(skip)]
    pub format: RateFormat,
    /// Rates in the file.
    pub rates: u64,
    /// Those of a day, pair and publisher of which there was none.
    pub new: u64,
    /// Those that took the place of another value.
    pub replaced: u64,
    /// Each of the replaced, in the order of the file.
    pub replacements: Vec<Replacement>,
}

/// A rate that took the place of another.
#[derive(Debug, Clone, Serialize)]
pub struct Replacement {
    /// Its day, or the first day it holds for.
    pub date: NaiveDate,
    /// One of this currency
    pub base: Currency,
    /// in this one.
    pub quote: Currency,
    /// Who published it.
    pub source: String,
    /// What was known: nothing else remembers it but the verdicts and snapshots made by it.
    pub before: Value,
    /// What is known now.
    pub after: Value,
}

/// What a publisher states of a day and pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Units of the one currency for one of the other.
    pub rate: Decimal,
    /// The last day it holds for, of a rate with a period.
    pub until: Option<NaiveDate>,
}

impl Value {
    fn of(row: &RateRow) -> Value {
        Value { rate: row.rate, until: row.until }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&exchange::stated(self.rate, self.until))
    }
}

impl Pipeline {
    /// Reads a file of rates, whatever of the two forms it has, and keeps it. Publishers correct
    /// themselves: another value than the one known of a day, pair and publisher takes its place,
    /// and the report names both.
    pub async fn import_rates(&self, path: &Path, publisher: Option<&str>) -> Result<RatesReport, Failure> {
        let body = reading::file(path)?;
        let refuse = |e: normalizer::NormalizeError| Failure::input(format!("{}: {e}", path.display()));
        let (format, rates) = if body.starts_with(b"PK") {
            (RateFormat::Ecb, exchange::parse_ecb_zip(&body).map_err(refuse)?)
        } else {
            let text = String::from_utf8(body)
                .map_err(|_| Failure::input(format!("{}: not UTF-8 text", path.display())))?;
            let header = text.trim_start_matches('\u{feff}').lines().find(|line| !line.starts_with('#'));
            let header = header.unwrap_or_default().to_ascii_lowercase();
            if header.split([',', ';', '\t']).any(|column| column.trim() == "quote") {
                (RateFormat::Plain, exchange::parse_plain_csv(&text, publisher).map_err(refuse)?)
            } else {
                (RateFormat::Ecb, exchange::parse_ecb_csv(&text).map_err(refuse)?)
            }
        };
        let rows = rows(rates);
        let mut report =
            RatesReport { format, rates: rows.len() as u64, new: 0, replaced: 0, replacements: Vec::new() };
        let days = || rows.iter().map(|row| row.date);
        let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(report) };
        let known = self.store.rates_between(first, last).await?;
        let known: HashMap<_, Value> = known.iter().map(|row| (key(row), Value::of(row))).collect();
        // Those that say nothing new stay as they are, to the digit ("1.10" and "1.1").
        let mut changed = Vec::new();
        for row in &rows {
            let after = Value::of(row);
            match known.get(&key(row)) {
                Some(before) if *before == after => continue,
                Some(before) => {
                    report.replaced += 1;
                    report.replacements.push(Replacement {
                        date: row.date,
                        base: row.base,
                        quote: row.quote,
                        source: row.source.clone(),
                        before: before.clone(),
                        after,
                    });
                }
                None => report.new += 1,
            }
            changed.push(row.clone());
        }
        self.store.put_rates(&changed).await?;
        Ok(report)
    }

    /// Keeps rates that are already read; gives how many were new.
    pub async fn put_rates(&self, rates: Vec<exchange::Rate>) -> Result<u64, Failure> {
        Ok(self.store.put_rates(&rows(rates)).await?)
    }
}

/// What tells one published rate from another.
fn key(row: &RateRow) -> (Currency, Currency, NaiveDate, &str) {
    (row.base, row.quote, row.date, &row.source)
}

fn rows(rates: Vec<exchange::Rate>) -> Vec<RateRow> {
    let row = |r: exchange::Rate| RateRow {
        date: r.date,
        base: r.base,
        quote: r.quote,
        rate: r.rate,
        source: r.source,
        until: r.until,
    };
    rates.into_iter().map(row).collect()
}
