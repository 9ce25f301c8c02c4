//! Exchange rates into the database: the ECB's history file or an administration's own table.

use super::Pipeline;
use crate::failure::Failure;
use crate::reading;
use normalizer::exchange;
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

impl Pipeline {
    /// Reads a file of rates, whatever of the two forms it has, and keeps it. Gives its form, the
    /// number of rates in it and how many of them were new.
    pub async fn import_rates(
        &self,
        path: &Path,
        publisher: Option<&str>,
    ) -> Result<(RateFormat, u64, u64), Failure> {
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
        let total = rates.len() as u64;
        let new = self.put_rates(rates).await?;
        Ok((format, total, new))
    }

    /// Keeps rates that are already read; gives how many were new.
    pub async fn put_rates(&self, rates: Vec<exchange::Rate>) -> Result<u64, Failure> {
        let rows: Vec<RateRow> = rates
            .into_iter()
            .map(|r| RateRow {
                date: r.date,
                base: r.base,
                quote: r.quote,
                rate: r.rate,
                source: r.source,
                until: r.until,
            })
            .collect();
        Ok(self.store.put_rates(&rows).await?)
    }
}
