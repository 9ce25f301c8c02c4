//! What prices of a table may differ in beside their subheading: the footing they stand on (unit, condition,
//! commercial level), outside of which nothing is compared, and the country of origin. A group has one facet;
//! what groups borrow from one another stays on one footing. With the form of the facts in a file. Not groups.

use super::{PriceFile, TableFacts};
use crate::calibration::Calibration;
use chrono::NaiveDate;
use model::{CommercialLevel, Condition, Country, Currency, HsCode, Unit};
use serde::{Deserialize, Serialize};

/// On what footing a price stands: only prices on one footing are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Footing {
    /// Unit the price is for.
    pub unit: Unit,
    /// Condition of the goods.
    pub condition: Condition,
    /// Commercial level of the price.
    pub level: CommercialLevel,
}

impl std::fmt::Display for Footing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}, {} level", self.unit.per(), self.condition, self.level)
    }
}

/// What a group's prices have in common beside their subheading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Facet {
    /// The footing.
    pub footing: Footing,
    /// Country of origin; `None`: not stated, or not told apart.
    pub origin: Option<Country>,
}

impl TableFacts {
    /// The footings of its groups, rising.
    pub fn footings(&self) -> Vec<Footing> {
        let mut all: Vec<Footing> = self.facets.iter().map(|facet| facet.footing).collect();
        all.dedup();
        all
    }

    /// The footing of all its groups, where it is one.
    pub fn footing(&self) -> Option<Footing> {
        let first = self.facets.first()?.footing;
        self.facets.iter().all(|facet| facet.footing == first).then_some(first)
    }

    /// By the number of a facet, the number of its footing among [`TableFacts::footings`].
    pub(super) fn footing_numbers(&self) -> Vec<u16> {
        let mut number = 0;
        (0..self.facets.len())
            .map(|at| {
                let new = at > 0 && self.facets[at - 1].footing != self.facets[at].footing;
                number += u16::from(new);
                number
            })
            .collect()
    }

    /// Whether a number of a subheading and of a facet fit together in one.
    pub(super) fn fits(&self) -> bool {
        self.codes.len() as u64 * self.facets.len() as u64 <= super::MOST_CELLS
            && self.facets.len() <= usize::from(u16::MAX)
    }
}

/// What groups borrow from one another: a calibration for each footing, `None` where it has too few siblings.
#[derive(Debug, Clone, Default)]
pub struct Calibrations {
    of_footing: Vec<Option<Calibration>>,
    /// By number of the facet.
    footing_of: Vec<u16>,
}

impl Calibrations {
    pub(super) fn of(facts: &TableFacts, of_footing: Vec<Option<Calibration>>) -> Calibrations {
        Calibrations { of_footing, footing_of: facts.footing_numbers() }
    }

    /// By number of the footing.
    #[inline]
    pub(super) fn on(&self, footing: u16) -> Option<&Calibration> {
        self.of_footing.get(usize::from(footing))?.as_ref()
    }

    /// Number of the footing of a facet.
    pub(super) fn footing_of(&self, facet: u32) -> u16 {
        self.footing_of.get(facet as usize).copied().unwrap_or_default()
    }

    /// The calibration of the groups of a facet.
    pub(super) fn of_facet(&self, facet: u32) -> Option<&Calibration> {
        self.on(self.footing_of(facet))
    }

    /// One for each footing, in their order.
    pub(super) fn all(&self) -> &[Option<Calibration>] {
        &self.of_footing
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.of_footing.iter().any(Option::is_some)
    }
}

/// The facts as a file states them: those of one footing as they always were, with one unit, condition and
/// level, and a list of origins; else a list of footings, each with its origins.
#[derive(Serialize, Deserialize)]
pub(super) struct Form {
    currency: Currency,
    #[serde(flatten)]
    footing: Option<Footing>,
    as_of: NaiveDate,
    codes_as_stated: bool,
    codes: Vec<HsCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origins: Option<Vec<Option<Country>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facets: Option<Vec<OnFooting>>,
    sources: Vec<String>,
    files: Vec<PriceFile>,
}

/// The origins of the groups on one footing.
#[derive(Serialize, Deserialize)]
struct OnFooting {
    #[serde(flatten)]
    footing: Footing,
    origins: Vec<Option<Country>>,
}

impl From<TableFacts> for Form {
    fn from(facts: TableFacts) -> Form {
        let footing = facts.footing();
        let on = |of: Footing| facts.facets.iter().filter(move |facet| facet.footing == of);
        let origins = |of: Footing| on(of).map(|facet| facet.origin).collect();
        let facets = || {
            let each = |footing| OnFooting { footing, origins: origins(footing) };
            facts.footings().into_iter().map(each).collect()
        };
        Form {
            footing,
            origins: footing.map(origins),
            facets: if footing.is_none() { Some(facets()) } else { None },
            currency: facts.currency,
            as_of: facts.as_of,
            codes_as_stated: facts.codes_as_stated,
            codes: facts.codes,
            sources: facts.sources,
            files: facts.files,
        }
    }
}

impl TryFrom<Form> for TableFacts {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<TableFacts, &'static str> {
        let of = |footing, origins: Vec<Option<Country>>| {
            origins.into_iter().map(move |origin| Facet { footing, origin })
        };
        let facets: Vec<Facet> = match (form.footing, form.origins, form.facets) {
            (Some(footing), Some(origins), None) => of(footing, origins).collect(),
            (None, None, Some(all)) => all.into_iter().flat_map(|on| of(on.footing, on.origins)).collect(),
            _ => return Err("it states neither one unit, condition and level nor a list of these"),
        };
        Ok(TableFacts {
            currency: form.currency,
            as_of: form.as_of,
            codes_as_stated: form.codes_as_stated,
            codes: form.codes,
            facets,
            sources: form.sources,
            files: form.files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{"currency":"EUR","unit":"KGM","condition":"new","level":"wholesale","as_of":"2025-06-01","codes_as_stated":true,"codes":["070310"],"origins":[null,"CN"],"sources":["a"],"files":[]}"#;

    #[test]
    fn facts_of_one_footing_keep_their_form() {
        let facts: TableFacts = serde_json::from_str(OLD).unwrap();
        assert_eq!(facts.facets.len(), 2);
        assert_eq!(facts.footing().unwrap().to_string(), "per kg, new, wholesale level");
        assert_eq!(serde_json::to_string(&facts).unwrap(), OLD);
    }

    #[test]
    fn facts_of_several_footings_come_back_as_they_were() {
        let mut facts: TableFacts = serde_json::from_str(OLD).unwrap();
        let piece = Footing { unit: Unit::Piece, ..facts.facets[0].footing };
        let used = Footing { condition: Condition::Used, ..piece };
        facts.facets.push(Facet { footing: piece, origin: None });
        facts.facets.push(Facet { footing: used, origin: Some("ES".parse().unwrap()) });
        let text = serde_json::to_string(&facts).unwrap();
        assert!(text.contains(r#""facets":[{"unit":"KGM","condition":"new","level":"wholesale","origins":[null,"CN"]},{"unit":"H87""#), "{text}");
        assert_eq!(serde_json::from_str::<TableFacts>(&text).unwrap(), facts);
        assert_eq!((facts.footing(), facts.footings().len()), (None, 3));
        assert_eq!(facts.footing_numbers(), [0, 0, 1, 2]);
        let without = text.replace("\"facets\"", "\"facts\"");
        assert!(serde_json::from_str::<TableFacts>(&without).is_err());
    }
}
