//! A plain table of rates, one a line: what an administration makes of its own gazette. Daily rates,
//! or official customs rates with the period they hold for. Not the ECB's file ([`super::ecb`]).

use super::conflicts::once;
use super::{Rate, TILL_REPLACED, bad, date_of, rate_of};
use crate::NormalizeError;
use model::Currency;
use rust_decimal::Decimal;

/// The columns, for messages.
const COLUMNS: &str =
    "date,base,quote,rate[,source][,per] or valid_from[,valid_to],base,quote,rate[,source][,per]";

/// Reads a plain table, its columns in any order: 1 `base` = `rate` `quote`.
///
/// * `date`: the day of a daily rate, YYYY-MM-DD; or `valid_from`, with or without `valid_to`, both
///   included: a period. A period without an end holds until the same publisher's next rate begins.
/// * `rate`: a point before decimals; a comma too where the columns are separated by semicolons.
/// * `per`: units of `base` the rate is for (1 where absent; gazettes often price 100 yen).
/// * `source`: who published it; `publisher` for rates that do not say.
///
/// Separated by commas, semicolons or tabs, whichever the header has; lines that begin with `#` are
/// remarks.
///
/// # Errors
/// A missing column, a cell that cannot be read, a period that ends before it begins, a period whose
/// authority is named neither in the table nor by `publisher`, and two rates of one publisher for the
/// same day and pair.
pub fn parse_plain_csv(text: &str, publisher: Option<&str>) -> Result<Vec<Rate>, NormalizeError> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|d| first.as_bytes().contains(d)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| bad("line 1", error.to_string()))?.clone();
    let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let need = |name: &str| {
        find(name).ok_or_else(|| bad("line 1", format!("no column '{name}'; the columns are {COLUMNS}")))
    };
    let from_at = find("valid_from");
    let date_at = match from_at {
        Some(at) => at,
        None => need("date")?,
    };
    let (base_at, quote_at, rate_at) = (need("base")?, need("quote")?, need("rate")?);
    let (to_at, per_at, source_at) = (find("valid_to"), find("per"), find("source"));
    if to_at.is_some() && from_at.is_none() {
        return Err(bad("line 1", "a column 'valid_to' needs a column 'valid_from'"));
    }
    let number = |cell: &str, line: u64, at: usize| {
        rate_of(&if delimiter == b';' { cell.replace(',', ".") } else { cell.to_owned() }, line, at)
    };
    let mut rates = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            bad(format!("line {}", error.position().map_or(0, csv::Position::line)), error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let filled = |at: Option<usize>| at.map(cell).filter(|cell| !cell.is_empty());
        let currency = |at: usize| -> Result<Currency, NormalizeError> {
            cell(at).parse().map_err(|error: model::VocabularyError| {
                bad(format!("line {line}, column {}", at + 1), error.to_string())
            })
        };
        let date = date_of(cell(date_at), line)?;
        let until = match (from_at, filled(to_at)) {
            (None, _) => None,
            (Some(_), None) => Some(TILL_REPLACED),
            (Some(_), Some(day)) => Some(date_of(day, line)?),
        };
        if until.is_some_and(|until| until < date) {
            return Err(bad(format!("line {line}"), format!("the period ends before it begins on {date}")));
        }
        let source = match (filled(source_at).or(publisher), until) {
            (Some(source), _) => source.to_owned(),
            (None, None) => "imported".to_owned(),
            (None, Some(_)) => {
                return Err(bad(
                    format!("line {line}"),
                    "an official rate for a period has no authority; name it in a column 'source' or with --publisher",
                ));
            }
        };
        let per = match (per_at, filled(per_at)) {
            (Some(at), Some(cell)) => number(cell, line, at)?,
            _ => Decimal::ONE,
        };
        let whole = number(cell(rate_at), line, rate_at)?;
        let rate = whole.checked_div(per).filter(|rate| *rate > Decimal::ZERO).ok_or_else(|| {
            bad(format!("line {line}"), format!("{whole} for {per} is beyond what can be calculated"))
        })?;
        let (base, quote) = (currency(base_at)?, currency(quote_at)?);
        if base == quote {
            return Err(bad(format!("line {line}"), format!("{base} has no rate to itself")));
        }
        rates.push((line, Rate { date, base, quote, rate, source, until }));
    }
    once(rates)
}
