//! Exchange rates by day: looking up what was published and converting at the rate of a day.
//!
//! Nothing is guessed: a day without a rate published on it or shortly before, or for a period that
//! holds it, has no rate. Currencies before and after a redenomination have codes of their own (TRL
//! and TRY); they are joined by published rates and by the law that replaced one with the other
//! ([`ended`]). A pegged currency has a rate only where one was imported, with the name of who states
//! it. The files are read by [`ecb`] and [`plain`].

mod conflicts;
mod ecb;
pub mod ended;
mod plain;
#[cfg(test)]
mod tests;

pub use ecb::{ECB, parse_ecb_csv, parse_ecb_zip};
pub use plain::parse_plain_csv;

use crate::NormalizeError;
use chrono::{Datelike, NaiveDate, TimeDelta};
use model::{ContentHash, Currency, Money, RateUsed};
use rust_decimal::Decimal;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A daily rate counts for days up to this many after its publication: markets close on weekends and
/// holidays, and some publish once a month. A table that ended is not carried on beyond that; the
/// rate's own day stands on every result. Rates with a period of their own
/// ([`Rate::until`]) hold for that period instead.
pub const MAX_RATE_AGE_DAYS: i64 = 31;

/// [`Rate::until`] of a rate that holds until its publisher replaces it.
pub const TILL_REPLACED: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Significant digits of an inverse or cross rate: more than any published rate has.
const CROSS_DIGITS: u32 = 12;

/// One published rate: 1 `base` = `rate` `quote`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// Day of publication, or the first day it holds for.
    pub date: NaiveDate,
    /// The currency of which one unit is priced.
    pub base: Currency,
    /// The currency it is priced in.
    pub quote: Currency,
    /// Units of `quote` for one `base`.
    pub rate: Decimal,
    /// Who published it.
    pub source: String,
    /// The last day it holds for, where its publisher states a period (customs rates of Article 9):
    /// [`TILL_REPLACED`] for one without an end. `None` is a rate of one day.
    pub until: Option<NaiveDate>,
}

/// A rate with the end of its period, where its publisher states one, as messages and reports name it.
pub fn stated(rate: Decimal, until: Option<NaiveDate>) -> String {
    match until {
        None => rate.to_string(),
        Some(day) if day == TILL_REPLACED => format!("{rate} until replaced"),
        Some(day) => format!("{rate} until {day}"),
    }
}

/// What is known of a pair without a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// No rate was ever imported that leads from one to the other.
    Never,
    /// The last rate before is older than [`MAX_RATE_AGE_DAYS`], or its period is over.
    Last(NaiveDate),
    /// The currency had been replaced for longer than [`ended::MAX_DAYS_AFTER`].
    Ended(&'static ended::Succession),
}

/// No rate for a pair on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRate {
    /// Wanted from.
    pub from: Currency,
    /// Wanted into.
    pub to: Currency,
    /// Wanted for the day.
    pub on: NaiveDate,
    /// What is known instead.
    pub missing: Missing,
}

impl std::error::Error for NoRate {}
impl std::fmt::Display for NoRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let NoRate { from, to, on, missing } = self;
        if let Missing::Ended(law) = missing {
            return write!(
                f,
                "no exchange rate {from} to {to} on {on}: {} ended on {}, {} days or more before; state the amount in {}",
                law.old,
                law.since,
                ended::MAX_DAYS_AFTER,
                law.new
            );
        }
        write!(
            f,
            "no exchange rate {from} to {to} published on {on} or in the {MAX_RATE_AGE_DAYS} days before"
        )?;
        if let Missing::Last(day) = missing {
            write!(f, " (the last one is of {day})")?;
        }
        f.write_str(": import one")
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    rate: Decimal,
    until: Option<NaiveDate>,
}

type Series = BTreeMap<NaiveDate, Entry>;

/// Rates by pair, publisher and day.
#[derive(Debug, Clone, Default)]
pub struct RateTable {
    /// By (base, quote): each publisher's own series.
    series: HashMap<(Currency, Currency), Vec<(u16, Series)>>,
    /// Currencies with rates to two others or more, sorted: the ones a cross rate can go over.
    pivots: Vec<Currency>,
    sources: Vec<String>,
}

/// One way from one currency to the other; the greatest is taken.
struct Route {
    one_publisher: bool,
    date: NaiveDate,
    rate: Decimal,
    source: String,
}

impl RateTable {
    /// A table of these rates, in any order; of two by one publisher for one pair and day the later
    /// one in the list counts.
    pub fn new(rates: Vec<Rate>) -> Self {
        let mut table = RateTable::default();
        let mut source_at: HashMap<String, u16> = HashMap::new();
        let mut neighbours: HashMap<Currency, BTreeSet<Currency>> = HashMap::new();
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
            let of_pair = table.series.entry((rate.base, rate.quote)).or_insert_with(|| {
                neighbours.entry(rate.base).or_default().insert(rate.quote);
                neighbours.entry(rate.quote).or_default().insert(rate.base);
                Vec::new()
            });
            let place = match of_pair.iter().position(|(source, _)| *source == at) {
                Some(place) => place,
                None => {
                    of_pair.push((at, Series::new()));
                    of_pair.len() - 1
                }
            };
            of_pair[place].1.insert(rate.date, Entry { rate: rate.rate, until: rate.until });
        }
        table.pivots = neighbours.into_iter().filter(|(_, near)| near.len() > 1).map(|(c, _)| c).collect();
        table.pivots.sort_unstable();
        table
    }

    /// SHA-256 of every rate in it, in whatever order they came: two tables of one hash convert alike.
    pub fn hash(&self) -> ContentHash {
        let mut pairs: Vec<_> = self.series.iter().collect();
        pairs.sort_unstable_by_key(|(pair, _)| **pair);
        let mut bytes = Vec::new();
        for ((base, quote), of_pair) in pairs {
            let mut by_name: Vec<_> =
                of_pair.iter().map(|(at, series)| (self.sources.get(usize::from(*at)), series)).collect();
            by_name.sort_by_key(|(source, _)| *source);
            for (source, series) in by_name {
                // Lengths in front: no two tables come to the same bytes.
                let name = format!("{base}/{quote} {}", source.map_or("", String::as_str));
                bytes.extend((name.len() as u64).to_le_bytes());
                bytes.extend(name.as_bytes());
                bytes.extend((series.len() as u64).to_le_bytes());
                for (date, entry) in series {
                    let until = entry.until.map_or(i32::MIN, |day| day.num_days_from_ce());
                    bytes.extend(date.num_days_from_ce().to_le_bytes());
                    bytes.extend(until.to_le_bytes());
                    bytes.extend(entry.rate.serialize());
                }
            }
        }
        ContentHash::of(&bytes)
    }

    /// Whether it holds no rate.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The rate for a day, whoever published it: see [`RateTable::rate_of`].
    pub fn rate(&self, from: Currency, to: Currency, on: NaiveDate) -> Result<RateUsed, NoRate> {
        self.rate_of(&[], from, to, on)
    }

    /// The rate for a day: whose period holds that day, or of the day itself or the last one published
    /// before, at most [`MAX_RATE_AGE_DAYS`] older.
    ///
    /// The publishers named come first, in their order, then all. Of each: a published rate, else the
    /// inverse of one, else a cross over a currency that has a rate to both (of one day where both are
    /// daily, so that the cross is coherent). Of several the newest counts, then the first publisher
    /// by name. Where nothing is published for a currency that ended, the law that replaced it leads
    /// to its successor.
    pub fn rate_of(
        &self,
        publishers: &[String],
        from: Currency,
        to: Currency,
        on: NaiveDate,
    ) -> Result<RateUsed, NoRate> {
        self.by_law(publishers, from, to, on, 0)
    }

    fn by_law(
        &self,
        publishers: &[String],
        from: Currency,
        to: Currency,
        on: NaiveDate,
        depth: u8,
    ) -> Result<RateUsed, NoRate> {
        if from == to {
            let source = "same currency".to_owned();
            return Ok(RateUsed { from, to, rate: Decimal::ONE, date: on, source });
        }
        if let Some(used) = self.routed(publishers, from, to, on) {
            return Ok(used);
        }
        let mut none = NoRate { from, to, on, missing: self.missing(from, to, on) };
        // BGL, BGN, EUR: a chain has few links.
        if depth > 3 {
            return Err(none);
        }
        for (law, forward) in [(ended::of(from), true), (ended::of(to), false)] {
            let Some(law) = law.filter(|law| on >= law.since) else { continue };
            if !law.counts_on(on) {
                none.missing = Missing::Ended(law);
                continue;
            }
            let (a, b) = if forward { (law.new, to) } else { (from, law.new) };
            let Ok(rest) = self.by_law(publishers, a, b, on, depth + 1) else { continue };
            let rate = match forward {
                true => rest.rate.checked_div(law.old_per_new()),
                false => rest.rate.checked_mul(law.old_per_new()),
            };
            if let Some(rate) = rate.and_then(significant) {
                let same = a == b;
                let source = if same { law.told() } else { format!("{}; {}", law.told(), rest.source) };
                return Ok(RateUsed {
                    from,
                    to,
                    rate,
                    date: if same { law.since } else { rest.date },
                    source,
                });
            }
        }
        Err(none)
    }

    /// Published, inverse or cross: of the publishers named, one after the other, then of all.
    fn routed(&self, publishers: &[String], from: Currency, to: Currency, on: NaiveDate) -> Option<RateUsed> {
        let named = publishers.iter().filter_map(|name| {
            let at = self.sources.iter().position(|source| source.eq_ignore_ascii_case(name))?;
            u16::try_from(at).ok()
        });
        named.map(Some).chain([None]).find_map(|only| {
            let Route { date, rate, source, .. } = self
                .direct(from, to, on, only)
                .or_else(|| self.inverse(from, to, on, only))
                .or_else(|| self.cross(from, to, on, only))?;
            Some(RateUsed { from, to, rate, date, source })
        })
    }

    fn direct(&self, from: Currency, to: Currency, on: NaiveDate, only: Option<u16>) -> Option<Route> {
        let all = self.of_pair(from, to, only).filter_map(|(source, series)| {
            let (date, entry) = holding(series, on)?;
            let source = self.source(source).to_owned();
            Some(Route { one_publisher: true, date, rate: entry.rate, source })
        });
        best(all)
    }

    fn inverse(&self, from: Currency, to: Currency, on: NaiveDate, only: Option<u16>) -> Option<Route> {
        let route = self.direct(to, from, on, only)?;
        let rate = Decimal::ONE.checked_div(route.rate).and_then(significant)?;
        Some(Route { rate, source: format!("{}, inverse of {to}/{from}", route.source), ..route })
    }

    fn cross(&self, from: Currency, to: Currency, on: NaiveDate, only: Option<u16>) -> Option<Route> {
        let pivots = self.pivots.iter().filter(|&&over| over != from && over != to);
        let all = pivots.flat_map(|&over| {
            let ones: Vec<_> = self.leg(over, from, only).collect();
            self.leg(over, to, only).flat_map(move |b| {
                let ones: Vec<_> = ones.clone();
                ones.into_iter().filter_map(move |a| self.crossed(over, a, b, on))
            })
        });
        best(all)
    }

    /// Both legs to the currency between, each published (units for one of it) or turned round.
    fn crossed(
        &self,
        over: Currency,
        (source_a, from_series, from_turned): (u16, &Series, bool),
        (source_b, to_series, to_turned): (u16, &Series, bool),
        on: NaiveDate,
    ) -> Option<Route> {
        let (date, from_rate, to_rate) = common(from_series, to_series, on)?;
        let (one, other) = (
            if to_turned { Decimal::ONE } else { to_rate },
            if from_turned { from_rate } else { Decimal::ONE },
        );
        let above = one.checked_mul(other)?;
        let below = (if to_turned { to_rate } else { Decimal::ONE }).checked_mul(if from_turned {
            Decimal::ONE
        } else {
            from_rate
        })?;
        let rate = above.checked_div(below).and_then(significant)?;
        let (a, b) = (self.source(source_a), self.source(source_b));
        let by = if a == b { a.to_owned() } else { format!("{a} and {b}") };
        Some(Route { one_publisher: a == b, date, rate, source: format!("{by}, cross over {over}") })
    }

    /// The rates between two currencies, told whether they are published the other way round.
    fn leg(
        &self,
        over: Currency,
        of: Currency,
        only: Option<u16>,
    ) -> impl Iterator<Item = (u16, &Series, bool)> {
        let published = self.of_pair(over, of, only).map(|(source, series)| (source, series, false));
        published.chain(self.of_pair(of, over, only).map(|(source, series)| (source, series, true)))
    }

    fn of_pair(
        &self,
        base: Currency,
        quote: Currency,
        only: Option<u16>,
    ) -> impl Iterator<Item = (u16, &Series)> {
        let all = self.series.get(&(base, quote)).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |(source, _)| only.is_none_or(|only| only == *source)).map(|(s, t)| (*s, t))
    }

    /// The last day before with a rate between the two, or with both against one currency.
    fn missing(&self, from: Currency, to: Currency, on: NaiveDate) -> Missing {
        let last = |series: &Series| series.range(..=on).next_back().map(|(day, _)| *day);
        let between = self.leg(from, to, None).filter_map(|(_, series, _)| last(series)).max();
        let over = self.pivots.iter().filter_map(|&over| {
            let of = |c| self.leg(over, c, None).filter_map(|(_, series, _)| last(series)).max();
            Some(of(from)?.min(of(to)?))
        });
        between.into_iter().chain(over).max().map_or(Missing::Never, Missing::Last)
    }

    /// Converts an amount at the rate of a day; no rate is named where none was needed. The result
    /// is not rounded to the currency's minor unit.
    pub fn convert(
        &self,
        money: Money,
        to: Currency,
        on: NaiveDate,
    ) -> Result<(Decimal, Option<RateUsed>), NoRate> {
        self.convert_by(&[], money, to, on)
    }

    /// The same, at the rate of the publishers named where they have one.
    pub fn convert_by(
        &self,
        publishers: &[String],
        money: Money,
        to: Currency,
        on: NaiveDate,
    ) -> Result<(Decimal, Option<RateUsed>), NoRate> {
        if money.currency == to {
            return Ok((money.amount, None));
        }
        let from = money.currency;
        let rate = self.rate_of(publishers, from, to, on)?;
        let too_large = NoRate { from, to, on, missing: Missing::Never };
        let amount = money.amount.checked_mul(rate.rate).ok_or(too_large)?;
        Ok((amount, Some(rate)))
    }

    fn source(&self, at: u16) -> &str {
        self.sources.get(usize::from(at)).map_or("", String::as_str)
    }
}

/// One publisher before two, the newest, the first by name.
fn best(routes: impl Iterator<Item = Route>) -> Option<Route> {
    routes.max_by(|a, b| {
        let key = |r: &Route| (r.one_publisher, r.date);
        key(a).cmp(&key(b)).then_with(|| Reverse(&a.source).cmp(&Reverse(&b.source)))
    })
}

/// The entry that holds on a day: its own period, or the days a daily rate counts for.
fn holding(series: &Series, on: NaiveDate) -> Option<(NaiveDate, Entry)> {
    let (date, entry) = series.range(..=on).next_back()?;
    let holds = match entry.until {
        Some(until) => on <= until,
        None => *date >= earliest(on),
    };
    holds.then_some((*date, *entry))
}

/// The rates of both series that hold on a day: of one and the same day where both are daily.
fn common(a: &Series, b: &Series, on: NaiveDate) -> Option<(NaiveDate, Decimal, Decimal)> {
    let ((day_a, of_a), (day_b, of_b)) = (holding(a, on)?, holding(b, on)?);
    if day_a == day_b || of_a.until.is_some() || of_b.until.is_some() {
        return Some((day_a.max(day_b), of_a.rate, of_b.rate));
    }
    a.range(earliest(on)..=day_a.min(day_b)).rev().find_map(|(day, of_a)| {
        let of_b = b.get(day)?;
        Some((*day, of_a.rate, of_b.rate))
    })
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
