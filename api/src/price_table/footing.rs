//! What a list says of unit, condition and commercial level: cells read as imports read them, prices brought to
//! one of the plain unit, and rows given the number of their facet. Not files, and not cells of other columns.

use super::cells::{Bad, Entries, Reason, Value, decimal_of};
use super::chunk::{Chunk, Column, Fault};
use super::map::PriceMap;
use super::{HIGHEST_PRICE, LOWEST_PRICE};
use model::{CommercialLevel, Condition, Country, Quantity, Unit};
use normalizer::unit_price::per_unit;
use rust_decimal::Decimal;
use statistics::table::{Facet, Footing};
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// What a name of a unit stands for.
fn unit_of(name: &str) -> Option<(Unit, Decimal)> {
    let (unit, size) = name.split_once(' ')?;
    Some((unit.parse().ok()?, size.parse().ok()?))
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

/// What holds for rows of which the list has no column: the footing, and how many of its unit a price is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silent {
    footing: Footing,
    size: Decimal,
}

impl Silent {
    pub fn of(map: &PriceMap) -> Silent {
        let defaults = &map.defaults;
        // Without a default there is a column, and no cell of it may be empty.
        let (unit, size) = defaults.unit.unwrap_or(Unit::Kilogram).reduced();
        let condition = defaults.condition.unwrap_or(Condition::New);
        let level = defaults.level.unwrap_or(CommercialLevel::Wholesale);
        Silent { footing: Footing { unit, condition, level }, size }
    }

    /// The facets of a list that says of its rows no more than origins.
    pub fn facets(&self, origins: Vec<Option<Country>>) -> Vec<Facet> {
        origins.into_iter().map(|origin| Facet { footing: self.footing, origin }).collect()
    }
}

/// A name that means nothing, which would be a fault of this program.
fn no_name(name: &str) -> String {
    format!("'{name}' is no name of a unit, condition, level or country")
}

/// Names of a kind of a chunk as what they mean; the default alone where the list has no such column.
fn meant<T>(
    (chunk, shared): (&Chunk, &[Vec<String>]),
    kind: usize,
    silent: T,
    mean: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, String> {
    if chunk.footing[kind - FIRST].is_empty() {
        return Ok(vec![silent]);
    }
    let names = chunk.names[kind].as_deref().unwrap_or(&shared[kind]);
    names.iter().map(|name| mean(name).ok_or_else(|| no_name(name))).collect()
}

/// Place of units, the first of the footing's columns, among the kinds of names.
const FIRST: usize = 3;

impl Chunk {
    /// Brings prices to one of the plain unit, exactly as the prices of listings are; one that then lies out
    /// of range makes its row a bad one.
    pub fn convert(&mut self, shared: &[Vec<String>], silent: Silent) -> Result<(), String> {
        let of = (silent.footing.unit, silent.size);
        let sizes = meant((self, shared), FIRST, of, unit_of)?;
        if sizes.iter().all(|(_, size)| *size == Decimal::ONE) {
            return Ok(());
        }
        let units = &self.footing[0];
        let mut bad = Bad::default();
        let before = self.entries[Column::Price as usize].len();
        for (row, price) in self.columns.price.iter_mut().enumerate() {
            // Bad cells stand for no unit.
            let unit = units.get(row).map_or(0, |unit| usize::from(*unit));
            let Some(&(_, size)) = sizes.get(unit) else { continue };
            if size == Decimal::ONE || price.is_nan() {
                continue;
            }
            let one = decimal_of(*price).and_then(|price| per_unit(price, Decimal::ONE, size));
            match one.and_then(|one| one.to_string().parse().ok()) {
                Some(one) if (LOWEST_PRICE..=HIGHEST_PRICE).contains(&one) => *price = one,
                _ => {
                    let at = bad.add(Reason::PriceOutOfRange, Value::Double(*price)) as usize;
                    self.faults.push((row as u32, Fault::Cell(Column::Price, before + at)));
                }
            }
        }
        if !bad.is_empty() {
            let prices: &mut Entries = &mut self.entries[Column::Price as usize];
            Arc::make_mut(prices).extend(bad.into_entries());
        }
        Ok(())
    }

    /// The facets of the rows, whose numbers in what is returned take the place of their origins' numbers.
    fn facets(&mut self, shared: &[Vec<String>], silent: Silent) -> Result<Vec<Facet>, String> {
        let from = (&*self, shared);
        let Footing { unit, condition, level } = silent.footing;
        let units = meant(from, FIRST, unit, |name| Some(unit_of(name)?.0))?;
        let conditions = meant(from, FIRST + 1, condition, |name| name.parse().ok())?;
        let levels = meant(from, FIRST + 2, level, |name| name.parse().ok())?;
        let origins = countries(self.names[1].as_deref().unwrap_or(&shared[1]))?;
        let mut known = std::collections::HashMap::new();
        let mut facets = Vec::new();
        let [of_units, of_conditions, of_levels] = &self.footing;
        // The number of each combination seen, by the numbers of its parts.
        let place = |codes: &[u16], row: usize| codes.get(row).copied().unwrap_or_default();
        let mut last = None;
        for (row, number) in self.columns.facet.iter_mut().enumerate() {
            let parts = [*number, place(of_units, row), place(of_conditions, row), place(of_levels, row)];
            if let Some((of, facet)) = last
                && of == parts
            {
                *number = facet;
                continue;
            }
            let facet = *known.entry(parts).or_insert_with(|| {
                let [origin, unit, condition, level] = parts.map(usize::from);
                let footing =
                    Footing { unit: units[unit], condition: conditions[condition], level: levels[level] };
                facets.push(Facet { footing, origin: origins[origin] });
                (facets.len() - 1) as u16
            });
            (*number, last) = (facet, Some((parts, facet)));
        }
        Ok(facets)
    }
}

/// Countries by their names, of which the empty one is none.
pub(super) fn countries(names: &[String]) -> Result<Vec<Option<Country>>, String> {
    let country = |name: &String| match name.as_str() {
        "" => Ok(None),
        name => name.parse().map(Some).map_err(|_| no_name(name)),
    };
    names.iter().map(country).collect()
}

/// Gives every row the number of its facet among those of all chunks, which are returned, rising.
pub(super) fn facets_of(
    chunks: &mut [Chunk],
    shared: &[Vec<String>],
    silent: Silent,
) -> Result<Vec<Facet>, String> {
    let own = chunks.iter_mut().map(|chunk| chunk.facets(shared, silent)).collect::<Result<Vec<_>, _>>()?;
    let all: BTreeSet<Facet> = own.iter().flatten().copied().collect();
    let all: Vec<Facet> = all.into_iter().collect();
    for (chunk, own) in chunks.iter_mut().zip(own) {
        let places: Vec<u16> =
            own.iter().map(|facet| all.binary_search(facet).unwrap_or_default() as u16).collect();
        for number in &mut chunk.columns.facet {
            *number = places[usize::from(*number)];
        }
    }
    Ok(all)
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
        assert_eq!(unit_of("KGM 0.001"), Some((Unit::Kilogram, Decimal::new(1, 3))));
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
