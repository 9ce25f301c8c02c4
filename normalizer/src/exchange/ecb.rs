//! The European Central Bank's history of reference rates, as it publishes it: zip or csv. Not other
//! tables ([`super::plain`]).

use super::conflicts::once;
use super::{Rate, bad, date_of, rate_of};
use crate::NormalizeError;
use model::Currency;
use std::borrow::Cow;
use std::io::Read;

/// The name under which the European Central Bank's reference rates are cited.
pub const ECB: &str = "European Central Bank, euro foreign exchange reference rates";

/// Bytes of the largest table read out of an archive.
const LARGEST_TABLE: u64 = 64 * 1024 * 1024;

/// Reads the ECB's `eurofxref-hist.zip`: an archive with one CSV file.
pub fn parse_ecb_zip(bytes: &[u8]) -> Result<Vec<Rate>, NormalizeError> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(|error| {
        bad("archive", format!("not a zip file ({error}); expected the ECB's eurofxref-hist.zip"))
    })?;
    let name = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|name| name.to_ascii_lowercase().ends_with(".csv"))
        .map(Cow::into_owned)
        .ok_or_else(|| bad("archive", "holds no .csv file"))?;
    let file = archive.by_name(&name).map_err(|error| bad(&name, error.to_string()))?;
    let mut text = String::new();
    file.take(LARGEST_TABLE).read_to_string(&mut text).map_err(|error| bad(&name, error.to_string()))?;
    parse_ecb_csv(&text)
}

/// Reads the ECB's `eurofxref-hist.csv`: `Date,USD,JPY,…`, one line a day, units of each currency
/// for one euro; `N/A` and empty cells are skipped. Two rates of a currency for one day are refused.
pub fn parse_ecb_csv(text: &str) -> Result<Vec<Rate>, NormalizeError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| bad("line 1", error.to_string()))?.clone();
    if header.get(0) != Some("Date") {
        return Err(bad("line 1", "the first column is not 'Date'; expected the ECB's eurofxref-hist.csv"));
    }
    let mut columns = Vec::new();
    for (at, name) in header.iter().enumerate().skip(1).filter(|(_, name)| !name.is_empty()) {
        let currency: Currency = name.parse().map_err(|error: model::VocabularyError| {
            bad(format!("line 1, column {}", at + 1), error.to_string())
        })?;
        columns.push((at, currency));
    }
    let mut rates = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad("table", error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let date = date_of(record.get(0).unwrap_or_default(), line)?;
        for &(at, quote) in &columns {
            let cell = record.get(at).unwrap_or_default();
            if cell.is_empty() || cell == "N/A" {
                continue;
            }
            let rate = rate_of(cell, line, at)?;
            let source = ECB.to_owned();
            rates.push((line, Rate { date, base: Currency::EUR, quote, rate, source, until: None }));
        }
    }
    once(rates)
}
