//! How goods of a subheading are counted in customs declarations and trade statistics: rules by
//! prefix in `config/hs/units.tsv`, the longest decides. Net mass is stated beside every one of them.
//! Not here: reading quantities out of texts (`crate::quantity`).

use super::files;
use model::{HsCode, Unit};
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a subheading's quantity is stated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UnitOfQuantity {
    /// The standard unit of quantity in the sense of the WCO's recommendation.
    pub standard: Unit,
    /// What trade statistics ask for beside the net mass, as the European Union's do; `None` where
    /// the mass alone.
    pub supplementary: Option<Measure>,
}

/// A unit of UN/CEFACT Recommendation 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    code: &'static str,
    name: &'static str,
}

impl Measure {
    /// Its code.
    pub fn code(&self) -> &'static str {
        self.code
    }
    /// What it is, in words.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            code: &'static str,
            name: &'static str,
        }
        Shown { code: self.code, name: self.name }.serialize(serializer)
    }
}

/// Codes of Recommendation 20 that goods of the nomenclature are counted in.
const MEASURES: &[Measure] = &[
    Measure { code: "H87", name: "pieces" },
    Measure { code: "NPR", name: "pairs" },
    Measure { code: "CEN", name: "hundreds" },
    Measure { code: "MIL", name: "thousands" },
    Measure { code: "MTR", name: "metres" },
    Measure { code: "MTK", name: "square metres" },
    Measure { code: "MTQ", name: "cubic metres" },
    Measure { code: "R9", name: "thousand cubic metres" },
    Measure { code: "LTR", name: "litres" },
    Measure { code: "LPA", name: "litres of pure alcohol" },
    Measure { code: "CTM", name: "carats" },
    Measure { code: "GRM", name: "grams" },
    Measure { code: "GFI", name: "grams of fissile isotopes" },
    Measure { code: "KDW", name: "kilograms drained" },
    Measure { code: "KHY", name: "kilograms of hydrogen peroxide" },
    Measure { code: "KMA", name: "kilograms of methylamines" },
    Measure { code: "KNI", name: "kilograms of nitrogen" },
    Measure { code: "KPH", name: "kilograms of potassium hydroxide" },
    Measure { code: "KPO", name: "kilograms of potassium oxide" },
    Measure { code: "KPP", name: "kilograms of phosphorus pentoxide" },
    Measure { code: "KSD", name: "kilograms 90 % dry" },
    Measure { code: "KSH", name: "kilograms of sodium hydroxide" },
    Measure { code: "KUR", name: "kilograms of uranium" },
    Measure { code: "D30", name: "terajoules" },
    Measure { code: "MWH", name: "thousand kilowatt hours" },
    Measure { code: "NCL", name: "cells" },
];

static RULES: LazyLock<HashMap<&'static str, UnitOfQuantity>> = LazyLock::new(|| {
    super::rows(files::UNITS)
        .filter_map(|row| {
            let [codes, standard, supplementary] = row[..] else { return None };
            let standard: Unit = standard.parse().ok()?;
            let supplementary = if supplementary == "-" { standard.code() } else { supplementary };
            let measure = MEASURES.iter().find(|measure| measure.code == supplementary).copied();
            (measure.is_some() || supplementary == "KGM")
                .then_some((codes, UnitOfQuantity { standard, supplementary: measure }))
        })
        .collect()
});

/// Rules that were read: a test holds them to the lines of the file.
pub(super) fn rules() -> usize {
    RULES.len()
}

/// What goods of a code are counted in: the rule of its longest prefix, else kilograms.
pub(super) fn of(code: &HsCode) -> UnitOfQuantity {
    let digits = code.as_str();
    (2..=digits.len().min(6))
        .rev()
        .find_map(|length| RULES.get(&digits[..length]).copied())
        .unwrap_or(UnitOfQuantity { standard: Unit::Kilogram, supplementary: None })
}
