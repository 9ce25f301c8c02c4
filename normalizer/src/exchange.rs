//! Exchange rates by day: reading published tables and converting at the rate of a day.
//!
//! Nothing is guessed: a day without a rate published on it or shortly before has no rate. Currencies
//! before and after a redenomination have codes of their own (TRL and TRY), and no rate joins them
//! but a published one.

use crate::NormalizeError;
use chrono::{NaiveDate, TimeDelta};
use model::{Currency, Money, RateUsed};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;

/// A rate counts for days up to this many after its publication: customs administrations publish
/// the rates of Article 9 for a month at a time, markets close on weekends and holidays. A table
/// that ended is not carried on beyond that; the rate's own day stands on every result.
pub const MAX_RATE_AGE_DAYS: i64 = 31;

/// The name under which the European Central Bank's reference rates are cited.
pub const ECB: &str = "European Central Bank, euro foreign exchange reference rates";

/// Bytes of the largest table read out of an archive.
const LARGEST_TABLE: u64 = 64 * 1024 * 1024;

/// Significant digits of an inverse or cross rate: more than any published rate has.
const CROSS_DIGITS: u32 = 12;

/// One published rate: 1 `base` = `rate` `quote`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// Day of publication.
    pub date: NaiveDate,
    /// The currency of which one unit is priced.
    pub base: Currency,
    /// The currency it is priced in.
    pub quote: Currency,
    /// Units of `quote` for one `base`.
    pub rate: Decimal,
    /// Who published it.
    pub source: String,
}

/// No rate for a pair on a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no exchange rate {from} to {to} published on {on} or in the {MAX_RATE_AGE_DAYS} days before: import one"
)]
pub struct NoRate {
    /// Wanted from.
    pub from: Currency,
    /// Wanted into.
    pub to: Currency,
    /// Wanted for the day.
    pub on: NaiveDate,
}

type Series = BTreeMap<NaiveDate, (Decimal, u16)>;

/// Rates by pair and day.
#[derive(Debug, Clone, Default)]
pub struct RateTable {
    /// By (base, quote).
    series: HashMap<(Currency, Currency), Series>,
    /// Currencies that stand as a base, sorted: the ones a cross rate can go over.
    bases: Vec<Currency>,
    sources: Vec<String>,
}

impl RateTable {
    /// A table of these rates, in any order; of two for one pair and day the later one counts.
    pub fn new(rates: Vec<Rate>) -> Self {
        let mut table = RateTable::default();
        let mut source_at: HashMap<String, u16> = HashMap::new();
        for rate in rates {
            let at = match source_at.get(&rate.source) {
                Some(&at) => at,
                None => {
                    let at = u16::try_from(table.sources.len()).unwrap_or(u16::MAX);
                    table.sources.push(rate.source.clone());
                    source_at.insert(rate.source, at);
                    at
                }
            };
            table.series.entry((rate.base, rate.quote)).or_default().insert(rate.date, (rate.rate, at));
        }
        table.bases = table.series.keys().map(|(base, _)| *base).collect();
        table.bases.sort_unstable();
        table.bases.dedup();
        table
    }

    /// Whether it holds no rate.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The rate for a day: of the day itself or the last one published before, at most
    /// [`MAX_RATE_AGE_DAYS`] older. A published rate comes first, then the inverse of one, then a
    /// cross over a currency that prices both (both from one day, so that the cross is coherent).
    pub fn rate(&self, from: Currency, to: Currency, on: NaiveDate) -> Result<RateUsed, NoRate> {
        let none = NoRate { from, to, on };
        if from == to {
            return Ok(RateUsed {
                from,
                to,
                rate: Decimal::ONE,
                date: on,
                source: "same currency".to_owned(),
            });
        }
        let used = |rate: Decimal, date: NaiveDate, source: String| RateUsed { from, to, rate, date, source };
        if let Some((date, rate, source)) = self.published(from, to, on) {
            return Ok(used(rate, date, self.source(source)));
        }
        if let Some((date, rate, source)) = self.published(to, from, on)
            && let Some(rate) = Decimal::ONE.checked_div(rate).and_then(significant)
        {
            return Ok(used(rate, date, format!("{}, inverse of {to}/{from}", self.source(source))));
        }
        for &over in self.bases.iter().filter(|&&over| over != from && over != to) {
            let (Some(one), Some(other)) = (self.series.get(&(over, from)), self.series.get(&(over, to)))
            else {
                continue;
            };
            let earliest = earliest(on);
            let common = one
                .range(earliest..=on)
                .rev()
                .find_map(|(date, from_rate)| Some((*date, *from_rate, *other.get(date)?)));
            if let Some((date, (from_rate, source), (to_rate, _))) = common
                && let Some(rate) = to_rate.checked_div(from_rate).and_then(significant)
            {
                return Ok(used(rate, date, format!("{}, cross over {over}", self.source(source))));
            }
        }
        Err(none)
    }

    /// Converts an amount at the rate of a day; no rate is named where none was needed. The result
    /// is not rounded to the currency's minor unit.
    pub fn convert(
        &self,
        money: Money,
        to: Currency,
        on: NaiveDate,
    ) -> Result<(Decimal, Option<RateUsed>), NoRate> {
        if money.currency == to {
            return Ok((money.amount, None));
        }
        let rate = self.rate(money.currency, to, on)?;
        let amount = money.amount.checked_mul(rate.rate).ok_or(NoRate { from: money.currency, to, on })?;
        Ok((amount, Some(rate)))
    }

    fn published(&self, base: Currency, quote: Currency, on: NaiveDate) -> Option<(NaiveDate, Decimal, u16)> {
        let series = self.series.get(&(base, quote))?;
        let (date, (rate, source)) = series.range(earliest(on)..=on).next_back()?;
        Some((*date, *rate, *source))
    }

    fn source(&self, at: u16) -> String {
        self.sources.get(usize::from(at)).cloned().unwrap_or_default()
    }
}

fn earliest(on: NaiveDate) -> NaiveDate {
    on.checked_sub_signed(TimeDelta::days(MAX_RATE_AGE_DAYS)).unwrap_or(NaiveDate::MIN)
}

fn significant(rate: Decimal) -> Option<Decimal> {
    rate.round_sf(CROSS_DIGITS).filter(|rate| *rate > Decimal::ZERO)
}

fn bad(place: impl Into<String>, problem: impl Into<String>) -> NormalizeError {
    NormalizeError::Rates { place: place.into(), problem: problem.into() }
}

/// Reads the ECB's `eurofxref-hist.zip`: an archive with one CSV file.
pub fn parse_ecb_zip(bytes: &[u8]) -> Result<Vec<Rate>, NormalizeError> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(|error| {
        bad("archive", format!("not a zip file ({error}); expected the ECB's eurofxref-hist.zip"))
    })?;
    let name = archive
        .file_names()
        .find(|name| name.to_ascii_lowercase().ends_with(".csv"))
        .map(str::to_owned)
        .ok_or_else(|| bad("archive", "holds no .csv file"))?;
    let file = archive.by_name(&name).map_err(|error| bad(&name, error.to_string()))?;
    let mut text = String::new();
    file.take(LARGEST_TABLE).read_to_string(&mut text).map_err(|error| bad(&name, error.to_string()))?;
    parse_ecb_csv(&text)
}

/// Reads the ECB's `eurofxref-hist.csv`: `Date,USD,JPY,…`, one line a day, units of each currency
/// for one euro; `N/A` and empty cells are skipped.
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
            rates.push(Rate { date, base: Currency::EUR, quote, rate, source: ECB.to_owned() });
        }
    }
    Ok(rates)
}

/// Reads a plain table with the columns `date,base,quote,rate[,source]`, in any order: 1 `base` =
/// `rate` `quote`, dates as YYYY-MM-DD, a point before decimals. `source` names who published a rate
/// that has no source of its own.
pub fn parse_plain_csv(text: &str, source: &str) -> Result<Vec<Rate>, NormalizeError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| bad("line 1", error.to_string()))?.clone();
    let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let need = |name: &str| {
        find(name).ok_or_else(|| {
            bad("line 1", format!("no column '{name}'; the columns are date,base,quote,rate[,source]"))
        })
    };
    let (date_at, base_at, quote_at, rate_at) = (need("date")?, need("base")?, need("quote")?, need("rate")?);
    let source_at = find("source");
    let mut rates = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            bad(format!("line {}", error.position().map_or(0, csv::Position::line)), error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let currency = |at: usize| -> Result<Currency, NormalizeError> {
            cell(at).parse().map_err(|error: model::VocabularyError| {
                bad(format!("line {line}, column {}", at + 1), error.to_string())
            })
        };
        let own = source_at.map(cell).filter(|own| !own.is_empty());
        rates.push(Rate {
            date: date_of(cell(date_at), line)?,
            base: currency(base_at)?,
            quote: currency(quote_at)?,
            rate: rate_of(cell(rate_at), line, rate_at)?,
            source: own.unwrap_or(source).to_owned(),
        });
    }
    Ok(rates)
}

fn date_of(cell: &str, line: u64) -> Result<NaiveDate, NormalizeError> {
    cell.parse().map_err(|_| bad(format!("line {line}"), format!("'{cell}' is not a date like 2024-03-28")))
}

fn rate_of(cell: &str, line: u64, column: usize) -> Result<Decimal, NormalizeError> {
    cell.parse().ok().filter(|rate| *rate > Decimal::ZERO).ok_or_else(|| {
        bad(
            format!("line {line}, column {}", column + 1),
            format!("'{cell}' is not a rate above zero like 1.0811"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "Date,USD,GBP,TRL,TRY,\n2024-03-28,1.0811,0.85510,N/A,34.9487,\n2024-03-27,1.0816,0.85748,N/A,34.9,\n2004-12-31,1.3621,0.70505,1836200,N/A,\n";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn currency(text: &str) -> Currency {
        text.parse().unwrap()
    }
    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }
    fn table() -> RateTable {
        RateTable::new(parse_ecb_csv(TABLE).unwrap())
    }

    #[test]
    fn the_last_day_published_counts_and_only_for_a_month() {
        let table = table();
        let used = table.rate(Currency::EUR, Currency::USD, day("2024-04-01")).unwrap();
        assert_eq!((used.rate, used.date), (d("1.0811"), day("2024-03-28")));
        assert!(table.rate(Currency::EUR, Currency::USD, day("2024-04-28")).is_ok());
        let late = table.rate(Currency::EUR, Currency::USD, day("2024-04-29")).unwrap_err();
        insta::assert_snapshot!(late, @"no exchange rate EUR to USD published on 2024-04-29 or in the 31 days before: import one");
        assert!(table.rate(Currency::EUR, Currency::USD, day("2004-12-30")).is_err());
    }
    #[test]
    fn inverse_and_cross_rates() {
        let table = table();
        let on = day("2024-03-28");
        let inverse = table.rate(Currency::USD, Currency::EUR, on).unwrap();
        assert!((inverse.rate * d("1.0811") - Decimal::ONE).abs() < d("0.00000001"));
        let cross = table.rate(currency("GBP"), Currency::USD, on).unwrap();
        assert!((cross.rate - d("1.26429657")).abs() < d("0.00000001"), "{}", cross.rate);
        assert!(cross.source.contains("cross over EUR"));
        let (amount, used) =
            table.convert(Money { amount: d("100"), currency: Currency::EUR }, Currency::USD, on).unwrap();
        assert_eq!(amount, d("108.11"));
        assert_eq!(used.unwrap().date, on);
        assert_eq!(
            table.convert(Money { amount: d("5"), currency: Currency::USD }, Currency::USD, on).unwrap(),
            (d("5"), None)
        );
    }
    #[test]
    fn a_redenomination_does_not_join_old_and_new() {
        let table = table();
        assert!(table.rate(Currency::EUR, currency("TRL"), day("2004-12-31")).is_ok());
        assert!(table.rate(Currency::EUR, currency("TRL"), day("2024-03-28")).is_err());
        assert!(table.rate(currency("TRL"), currency("TRY"), day("2024-03-28")).is_err());
    }
    #[test]
    fn plain_tables_and_their_errors() {
        let rates = parse_plain_csv("base,quote,date,rate\nusd,KES,2024-03-28,131.5\n", "CBK").unwrap();
        assert_eq!((rates[0].rate, rates[0].source.as_str()), (d("131.5"), "CBK"));
        let error = parse_plain_csv("date,base,quote,rate\n28.03.2024,USD,KES,131\n", "x").unwrap_err();
        insta::assert_snapshot!(error, @"exchange rates, line 2: '28.03.2024' is not a date like 2024-03-28");
        let error = parse_plain_csv("date,base,quote,rate\n2024-03-28,USD,KES,0\n", "x").unwrap_err();
        insta::assert_snapshot!(error, @"exchange rates, line 2, column 4: '0' is not a rate above zero like 1.0811");
        assert!(parse_plain_csv("date,rate\n", "x").is_err());
        assert!(parse_ecb_zip(b"no zip").is_err());
    }
}
