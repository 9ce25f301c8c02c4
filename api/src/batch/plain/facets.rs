//! Which facet of a table a plain line states: its unit, condition and level, of the file as a whole or cell by
//! cell, with its origin. Not the cutting of lines, and not what they are judged by.

use super::cells;
use crate::declared::{condition_named, unit_named};
use crate::declared_file::PlainLayout;
use model::{CommercialLevel, Condition, Country, Unit};
use statistics::table::{Facet, Footing, TableFacts};

/// What the table has nothing of.
pub(super) const NO_GROUP: u32 = u32::MAX;
/// Two letters that are no country.
pub(super) const NOT_PLAIN: u32 = u32::MAX - 1;

/// Pairs of letters.
const PAIRS: usize = 676;
const LEVELS: usize = CommercialLevel::ALL.len();
const CONDITIONS: usize = Condition::ALL.len();

/// A unit, condition and level by their places in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FootingNumber(u16);

impl FootingNumber {
    fn of(unit: Unit, condition: Condition, level: CommercialLevel) -> Option<FootingNumber> {
        fn place<T: PartialEq>(all: &[T], one: &T) -> Option<usize> {
            all.iter().position(|other| other == one)
        }
        let number = place(Unit::ALL, &unit)? * CONDITIONS + place(Condition::ALL, &condition)?;
        u16::try_from(number * LEVELS + place(CommercialLevel::ALL, &level)?).ok().map(FootingNumber)
    }

    /// The unit.
    pub fn unit(self) -> Unit {
        Unit::ALL[usize::from(self.0) / LEVELS / CONDITIONS]
    }

    /// What it is the number of.
    pub fn footing(self) -> Footing {
        let at = usize::from(self.0);
        let condition = Condition::ALL[at / LEVELS % CONDITIONS];
        Footing { unit: self.unit(), condition, level: CommercialLevel::ALL[at % LEVELS] }
    }
}

/// A part of the footing.
#[derive(Debug, Clone, Copy)]
struct Part<T> {
    /// The place of its cell.
    at: Option<usize>,
    /// What holds where the line is silent.
    given: Option<T>,
}

impl<T: Copy> Part<T> {
    fn read<'t>(&self, cell: &impl Fn(usize) -> &'t [u8], named: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        match self.at.map(cell) {
            None | Some([]) => self.given,
            Some(cell) => named(cell),
        }
    }
}

/// What lines of a file may state, and the facets of the table.
pub(super) struct Facets {
    unit: Part<Unit>,
    condition: Part<Condition>,
    level: Part<CommercialLevel>,
    /// The footing of all lines, where no cell states a part of it.
    fixed: Option<FootingNumber>,
    /// By footing and letters of the origin.
    of_origin: Vec<u32>,
    /// By footing, of no origin.
    without: Vec<u32>,
}

impl Facets {
    /// Of a file of lines; `None` where these are silent on a part of the footing, or cannot be read: the
    /// ordinary way says what then is.
    pub fn stated(layout: &PlainLayout, facts: &TableFacts) -> Option<Facets> {
        fn part<T>(layout: &PlainLayout, field: &str, named: impl Fn(&str) -> Option<T>) -> Option<Part<T>> {
            let at = layout.places.iter().find(|(name, _)| *name == field).map(|(_, at)| *at);
            let given = layout.defaults.iter().find(|(name, _)| *name == field);
            let given = match given.map(|(_, text)| text.trim()).filter(|text| !text.is_empty()) {
                Some(text) => Some(named(text)?),
                None => None,
            };
            Some(Part { at, given })
        }
        let (unit, condition, level): (Part<Unit>, Part<Condition>, Part<CommercialLevel>) = (
            part(layout, "unit", unit_named)?,
            part(layout, "condition", condition_named)?,
            part(layout, "level", |text| text.to_lowercase().parse().ok())?,
        );
        let silent = (unit.at.is_none() && unit.given.is_none())
            || (condition.at.is_none() && condition.given.is_none())
            || (level.at.is_none() && level.given.is_none());
        // Dozens are reckoned as pieces, exactly: not here.
        if silent || unit.given.is_some_and(|unit| unit.reduced().0 != unit) {
            return None;
        }
        let by_cell = unit.at.is_some() || condition.at.is_some() || level.at.is_some();
        let fixed = match by_cell {
            true => None,
            false => Some(FootingNumber::of(unit.given?, condition.given?, level.given?)?),
        };
        let footings = Unit::ALL.len() * CONDITIONS * LEVELS;
        let letter = |i: usize| char::from(b'A' + i as u8);
        let none = (0..PAIRS).map(|i| {
            let text: String = [letter(i / 26), letter(i % 26)].iter().collect();
            text.parse::<Country>().map_or(NOT_PLAIN, |_| NO_GROUP)
        });
        let mut of_origin = none.collect::<Vec<u32>>().repeat(footings);
        let mut without = vec![NO_GROUP; footings];
        for (number, Facet { footing, origin }) in (0u32..).zip(&facts.facets) {
            let of = usize::from(FootingNumber::of(footing.unit, footing.condition, footing.level)?.0);
            match origin {
                None => without[of] = number,
                Some(origin) => {
                    of_origin[of * PAIRS + cells::letters(origin.to_string().as_bytes())?] = number;
                }
            }
        }
        Some(Facets { unit, condition, level, fixed, of_origin, without })
    }

    /// The unit of all lines, where none states its own.
    pub fn unit_of_all(&self) -> Option<Unit> {
        self.unit.given.filter(|_| self.unit.at.is_none())
    }

    /// The places of the cells that count.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        [self.unit.at, self.condition.at, self.level.at].into_iter().flatten()
    }

    /// The footing of a line; `None` where it is not plain.
    #[inline]
    pub fn footing<'t>(&self, cell: &impl Fn(usize) -> &'t [u8]) -> Option<FootingNumber> {
        match self.fixed {
            Some(fixed) => Some(fixed),
            None => self.read(cell),
        }
    }

    fn read<'t>(&self, cell: &impl Fn(usize) -> &'t [u8]) -> Option<FootingNumber> {
        let unit = self.unit.read(cell, unit)?;
        let condition = self.condition.read(cell, |cell| coded(Condition::ALL, cell, Condition::code))?;
        let level = self.level.read(cell, |cell| coded(CommercialLevel::ALL, cell, CommercialLevel::code))?;
        FootingNumber::of(unit, condition, level)
    }

    /// The facet of a footing and of the letters of an origin.
    #[inline]
    pub fn of_letters(&self, footing: FootingNumber, letters: usize) -> u32 {
        self.of_origin[usize::from(footing.0) * PAIRS + letters]
    }

    /// The facet of a footing without an origin.
    #[inline]
    pub fn without_origin(&self, footing: FootingNumber) -> u32 {
        self.without[usize::from(footing.0)]
    }
}

/// A unit as its code or sign, or any other way units are read; dozens are not plain.
fn unit(cell: &[u8]) -> Option<Unit> {
    let spelt = |unit: &&Unit| {
        cell.eq_ignore_ascii_case(unit.code().as_bytes())
            || cell.eq_ignore_ascii_case(unit.symbol().as_bytes())
    };
    let found = match Unit::ALL.iter().find(spelt) {
        Some(unit) => *unit,
        None => std::str::from_utf8(cell).ok()?.parse().ok()?,
    };
    (found.reduced().0 == found).then_some(found)
}

fn coded<T: Copy>(all: &[T], cell: &[u8], code: impl Fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|one| cell.eq_ignore_ascii_case(code(*one).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_footing_has_a_number_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for &unit in Unit::ALL {
            for &condition in Condition::ALL {
                for &level in CommercialLevel::ALL {
                    let number = FootingNumber::of(unit, condition, level).unwrap();
                    assert_eq!(number.footing(), Footing { unit, condition, level });
                    seen.insert(number.0);
                }
            }
        }
        assert_eq!(seen.len(), 96);
    }

    #[test]
    fn units_are_read_as_the_line_s_own_reading_has_them() {
        for (cell, expected) in [
            ("kg", Some(Unit::Kilogram)),
            ("KGM", Some(Unit::Kilogram)),
            ("u", Some(Unit::Piece)),
            ("pieces", Some(Unit::Piece)),
            ("2u", Some(Unit::Pair)),
            ("dozen", None),
            ("g", None),
        ] {
            assert_eq!(unit(cell.as_bytes()), expected, "{cell}");
        }
        assert_eq!(coded(Condition::ALL, b"Used", Condition::code), Some(Condition::Used));
        assert_eq!(coded(Condition::ALL, b"mint", Condition::code), None);
    }
}
