//! Cells that do not decide a plain line's figures but must fit: what all prices of the table have in common,
//! and what beside it may be said. A cell that says anything else sends its line the ordinary way. Not the
//! reading of codes, amounts and days (`lines`).

use crate::declared_file::PlainLayout;
use model::{Country, Currency, PriceTerms, Transaction, Unit};
use statistics::table::TableFacts;

/// Fields whose cells are looked at for no more than whether they fit.
pub(super) const FIELDS: &[&str] =
    &["currency", "transaction", "terms", "export_country", "import_country", "net_mass_kg", "piece_mass_kg"];

/// The field that every line must state: what all prices have in common.
const STATED: &str = "currency";

/// A column whose cells must fit.
#[derive(Debug)]
pub(super) struct Beside {
    /// Its place.
    pub at: usize,
    field: &'static str,
    /// Whether a line without it is plain: the map's default fits, or nothing need be said.
    blank: bool,
}

/// The columns whose cells must fit, of lines of which all may be in one unit; `None` where what holds for
/// all lines does not.
pub(super) fn columns(layout: &PlainLayout, facts: &TableFacts, unit: Option<Unit>) -> Option<Vec<Beside>> {
    let mut out = Vec::new();
    for &field in FIELDS {
        let place = layout.places.iter().find(|(name, _)| *name == field).map(|(_, at)| *at);
        let given = layout.defaults.iter().find(|(name, _)| *name == field);
        let blank = match given.map(|(_, text)| text.trim()).filter(|text| !text.is_empty()) {
            Some(text) => fits(field, text, (facts, unit), super::cells::number),
            None => field != STATED,
        };
        match place {
            Some(at) => out.push(Beside { at, field, blank }),
            None if !blank => return None,
            None => {}
        }
    }
    Some(out)
}

impl Beside {
    /// Whether a trimmed cell leaves its line plain; numbers are read as the file writes them.
    pub fn fits(
        &self,
        cell: &[u8],
        of: (&TableFacts, Option<Unit>),
        number: impl Fn(&[u8]) -> Option<f64>,
    ) -> bool {
        if cell.is_empty() {
            return self.blank;
        }
        std::str::from_utf8(cell).is_ok_and(|text| fits(self.field, text, of, number))
    }
}

/// Whether what a line in a unit says leaves its figures those of its code, facet, day and price.
fn fits(
    field: &str,
    text: &str,
    (facts, unit): (&TableFacts, Option<Unit>),
    number: impl Fn(&[u8]) -> Option<f64>,
) -> bool {
    // Words are read in any case, codes as they stand.
    let word = || text.to_lowercase();
    match field {
        "currency" => text.parse::<Currency>().is_ok_and(|c| c == facts.currency),
        "transaction" => word().parse::<Transaction>().is_ok_and(|t| t == Transaction::Sale),
        // Signals speak of terms, countries and masses; figures do not.
        "terms" => word().parse::<PriceTerms>().is_ok(),
        "export_country" | "import_country" => text.parse::<Country>().is_ok(),
        // Beside a price in another unit the mass would give a second one.
        "net_mass_kg" | "piece_mass_kg" => unit == Some(Unit::Kilogram) && number(text.as_bytes()).is_some(),
        _ => false,
    }
}
