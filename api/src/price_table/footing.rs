//! What a list says of unit, condition and commercial level: cells read as imports read them, prices brought to
//! one of the plain unit, and rows given the number of their facet. Not files, and not cells of other columns.

use super::batch::{Batch, Column, Fault};
use super::cells::{Bad, Kind, Reason, Value, decimal_of};
use super::map::PriceMap;
use super::met::Met;
use super::{HIGHEST_PRICE, LOWEST_PRICE};
use model::{CommercialLevel, Condition, Country, Quantity, Unit, VocabularyError};
use normalizer::unit_price::per_unit;
use rust_decimal::Decimal;
use statistics::table::{Facet, Footing};
use std::collections::HashMap;

/// Codes of UN/CEFACT Recommendation 20, and the sign of the tonne, for sizes that are so many of a unit of
/// the WCO; those units' own codes, and words of many languages, are read elsewhere.
#[rustfmt::skip]
const CODES: &[(&str, Unit, &str)] = &[
    ("MGM", Unit::Kilogram, "0.000001"), ("GRM", Unit::Kilogram, "0.001"), ("DTN", Unit::Kilogram, "100"),
    ("TNE", Unit::Kilogram, "1000"), ("T", Unit::Kilogram, "1000"), ("LBR", Unit::Kilogram, "0.45359237"),
    ("ONZ", Unit::Kilogram, "0.028349523125"), ("MLT", Unit::Litre, "0.001"), ("CLT", Unit::Litre, "0.01"),
    ("DLT", Unit::Litre, "0.1"), ("HLT", Unit::Litre, "100"), ("MMT", Unit::Metre, "0.001"),
    ("CMT", Unit::Metre, "0.01"), ("KMT", Unit::Metre, "1000"), ("CMK", Unit::SquareMetre, "0.0001"),
    ("KWH", Unit::ThousandKilowattHours, "0.001"),
];

/// What a price is for, as a listing's words are read: "kg", "KGM", "g", "100 g", "dozen". Of a bare number
/// nothing is known.
fn amount(text: &str) -> Option<Quantity> {
    if let Some((_, unit, size)) = CODES.iter().find(|(code, ..)| code.eq_ignore_ascii_case(text)) {
        return Quantity::new(size.parse().ok()?, *unit).ok();
    }
    // "EUR/kg" is for a kilogram; "kg/m" is for neither.
    let both = text.rsplit_once('/').is_some_and(|(before, _)| amount(before.trim()).is_some());
    normalizer::amount_priced(text)
        .filter(|_| !both)
        .filter(|_| text.chars().any(char::is_alphabetic))
        .map(|q| q.reduced())
}

/// The name of the unit a cell states: code of the plain unit, and how many of it the price is for.
pub(super) fn unit_name(text: &str) -> Result<String, Reason> {
    amount(text).map(named).ok_or(Reason::UnknownUnit)
}

/// The same of a unit.
pub(super) fn name_of_unit(unit: Unit) -> String {
    let (unit, size) = unit.reduced();
    format!("{unit} {size}")
}

fn named(amount: Quantity) -> String {
    format!("{} {}", amount.unit(), amount.value().normalize())
}

/// The condition a cell states, by its code.
pub(super) fn condition_name(text: &str) -> Result<String, Reason> {
    let condition = text.parse().ok().or_else(|| normalizer::condition::parse(text));
    condition.map(|condition: Condition| condition.to_string()).ok_or(Reason::UnknownCondition)
}

/// The commercial level a cell states, by its code.
pub(super) fn level_name(text: &str) -> Result<String, Reason> {
    let level = text.to_lowercase().parse::<CommercialLevel>();
    level.map(|level| level.to_string()).map_err(|_| Reason::UnknownLevel)
}

/// What rows say of their footing: the same of all of them, or each its own. One for each thread that reads.
#[derive(Debug)]
pub(super) struct Stated {
    /// Where the list has no column.
    silent: Footing,
    /// How many of the silent unit a price is for.
    size: Decimal,
    /// Whether there is a column for any part.
    any: bool,
    /// Whether origins tell prices apart.
    by_origin: bool,
    /// What numbers of names mean, as far as they were met.
    origins: Vec<Option<Country>>,
    units: Vec<(Unit, Decimal)>,
    conditions: Vec<Condition>,
    levels: Vec<CommercialLevel>,
    /// Numbers of facets by those of origin, unit, condition and level.
    facets: HashMap<[u32; 4], u16>,
    /// Prices that a plain unit puts out of range.
    bad: Bad,
}

/// The country of a name, of which the empty one is none.
pub(super) fn country(name: &str) -> Result<Option<Country>, VocabularyError> {
    if name.is_empty() { Ok(None) } else { name.parse().map(Some) }
}

impl Stated {
    pub fn of(map: &PriceMap, by_origin: bool) -> Stated {
        let defaults = &map.defaults;
        // Without a default there is a column, and no cell of it may be empty.
        let (unit, size) = defaults.unit.unwrap_or(Unit::Kilogram).reduced();
        let condition = defaults.condition.unwrap_or(Condition::New);
        let level = defaults.level.unwrap_or(CommercialLevel::Wholesale);
        Stated {
            silent: Footing { unit, condition, level },
            size,
            any: Column::FOOTING.iter().any(|column| column.header(map).is_some()),
            by_origin,
            origins: Vec::new(),
            units: Vec::new(),
            conditions: Vec::new(),
            levels: Vec::new(),
            facets: HashMap::new(),
            bad: Bad::default(),
        }
    }

    /// Whether rows state any part of their footing.
    pub fn any(&self) -> bool {
        self.any
    }

    /// The facet of an origin where rows state nothing else.
    pub fn facet(&self, origin: Option<Country>) -> Facet {
        Facet { footing: self.silent, origin: origin.filter(|_| self.by_origin) }
    }

    /// A price that lies out of range for one plain unit.
    pub fn out_of_range(&self, number: usize) -> Option<&(Reason, String)> {
        self.bad.entry(number)
    }

    /// Brings what numbers mean up to what was met.
    fn bring_up(&mut self, met: &Met) -> Result<(), VocabularyError> {
        for name in met.behind(Kind::Origin, self.origins.len()) {
            self.origins.push(country(&name)?);
        }
        for name in met.behind(Kind::Unit, self.units.len()) {
            let (unit, size) = name.split_once(' ').unwrap_or((&name, "1"));
            self.units.push((unit.parse()?, size.parse().unwrap_or(Decimal::ONE)));
        }
        for name in met.behind(Kind::Condition, self.conditions.len()) {
            self.conditions.push(name.parse()?);
        }
        for name in met.behind(Kind::Level, self.levels.len()) {
            self.levels.push(name.parse()?);
        }
        Ok(())
    }

    /// Brings the prices of rows to one of the plain unit, and gives each row the number of its facet in place
    /// of its origin's. What stands in rows with a fault is of no meaning: nothing is numbered for them. Faults
    /// are put in order, one a row.
    ///
    /// Errors: a name that is none, which would be a fault of this program.
    pub fn settle(&mut self, batch: &mut Batch, met: &Met) -> Result<(), VocabularyError> {
        if self.any {
            self.bring_up(met)?;
        }
        self.convert(batch);
        batch.faults.sort_unstable();
        batch.faults.dedup_by_key(|(row, _)| *row);
        if self.any {
            self.number(batch, met);
        }
        Ok(())
    }

    /// Exactly as the prices of listings are; one that then lies out of range makes its row a bad one.
    fn convert(&mut self, batch: &mut Batch) {
        let Batch { price, footing: [units, ..], faults, .. } = batch;
        let all_one = if units.is_empty() {
            self.size == Decimal::ONE
        } else {
            self.units.iter().all(|(_, size)| *size == Decimal::ONE)
        };
        if all_one {
            return;
        }
        for (row, price) in price.iter_mut().enumerate() {
            let size = match units.get(row) {
                None => self.size,
                // Bad cells stand for no unit.
                Some(unit) => self.units.get(*unit as usize).map_or(Decimal::ONE, |(_, size)| *size),
            };
            // Nor is a bad price one.
            if size == Decimal::ONE || !(LOWEST_PRICE..=HIGHEST_PRICE).contains(price) {
                continue;
            }
            let one = decimal_of(*price).and_then(|price| per_unit(price, Decimal::ONE, size));
            match one.and_then(|one| one.to_string().parse().ok()) {
                Some(one) if (LOWEST_PRICE..=HIGHEST_PRICE).contains(&one) => *price = one,
                _ => {
                    let number = self.bad.add(Reason::PriceOutOfRange, Value::Double(*price));
                    faults.push((row as u32, Fault::Converted(number as usize)));
                }
            }
        }
    }

    fn number(&mut self, batch: &mut Batch, met: &Met) {
        let Batch { facet, footing: [units, conditions, levels], faults, .. } = batch;
        let part = |codes: &[u32], row: usize| codes.get(row).copied().unwrap_or_default();
        let has = [&*units, conditions, levels].map(|codes| !codes.is_empty());
        let mut last = None;
        for (row, number) in facet.iter_mut().enumerate() {
            let origin = if self.by_origin { u32::from(*number) } else { 0 };
            let parts = [origin, part(units, row), part(conditions, row), part(levels, row)];
            if let Some((of, facet)) = last
                && of == parts
            {
                *number = facet;
                continue;
            }
            *number = match self.facets.get(&parts) {
                Some(known) => *known,
                // What only rows have that are left out is not counted.
                None if faults.binary_search_by_key(&(row as u32), |(row, _)| *row).is_ok() => continue,
                None => {
                    let facet = self.meant(parts, has).map_or(0, |facet| met.facet(facet));
                    let facet = facet.min(u32::from(u16::MAX)) as u16;
                    self.facets.insert(parts, facet);
                    facet
                }
            };
            last = Some((parts, *number));
        }
    }

    /// What numbers of origin, unit, condition and level mean; `None` of a bad one.
    fn meant(&self, [origin, unit, condition, level]: [u32; 4], has: [bool; 3]) -> Option<Facet> {
        let mut footing = self.silent;
        if has[0] {
            footing.unit = self.units.get(unit as usize)?.0;
        }
        if has[1] {
            footing.condition = *self.conditions.get(condition as usize)?;
        }
        if has[2] {
            footing.level = *self.levels.get(level as usize)?;
        }
        let origin = if self.by_origin { *self.origins.get(origin as usize)? } else { None };
        Some(Facet { footing, origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_as_those_of_listings_and_sizes_come_to_the_plain_one() {
        for (text, name) in [
            ("kg", "KGM 1"),
            ("KGM", "KGM 1"),
            ("g", "KGM 0.001"),
            ("GRM", "KGM 0.001"),
            ("t", "KGM 1000"),
            ("TNE", "KGM 1000"),
            ("tonne", "KGM 1000"),
            ("100 g", "KGM 0.1"),
            ("per kg", "KGM 1"),
            ("l", "LTR 1"),
            ("ml", "LTR 0.001"),
            ("hlt", "LTR 100"),
            ("u", "H87 1"),
            ("piece", "H87 1"),
            ("dozen", "H87 12"),
            ("1000u", "H87 1000"),
            ("2u", "NPR 1"),
            ("m2", "MTK 1"),
            ("pack", "PK 1"),
            ("carat", "CTM 1"),
            ("Stück", "H87 1"),
            ("EUR/kg", "KGM 1"),
        ] {
            assert_eq!(unit_name(text).as_deref(), Ok(name), "{text}");
        }
        for text in ["stone", "5", "1000", "box", "?", "kg/m"] {
            assert_eq!(unit_name(text), Err(Reason::UnknownUnit), "{text}");
        }
        assert_eq!(name_of_unit(Unit::Dozen), "H87 12");
    }

    #[test]
    fn conditions_and_levels_are_read_as_those_of_listings() {
        assert_eq!(condition_name("Used").as_deref(), Ok("used"));
        assert_eq!(condition_name("gebraucht").as_deref(), Ok("used"));
        assert_eq!(condition_name("mint"), Err(Reason::UnknownCondition));
        assert_eq!(level_name("RETAIL").as_deref(), Ok("retail"));
        assert_eq!(level_name("b2b"), Err(Reason::UnknownLevel));
    }
}
