//! What of an assessed line the batch as a whole is made of. Taken from the row as it is written, not
//! from the verdict's own digits, so that a run that was interrupted and goes on from its results comes
//! to the same figures as one that was not.

use crate::assessed::COLUMNS;
use crate::declared::LineInput;
use model::{Declaration, Unit, VerdictCode};
use rust_decimal::prelude::ToPrimitive;
use std::sync::LazyLock;

/// Places of the columns that are read back.
struct Places {
    verdict: usize,
    ratio: usize,
    p_lower: usize,
    smallest_p: usize,
    calibrated: usize,
    ranks: usize,
    unit: usize,
    price: usize,
    median: usize,
    error: usize,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let at = |name: &str| COLUMNS.iter().position(|c| c.name == name).unwrap_or(usize::MAX);
    Places {
        verdict: at("verdict"),
        ratio: at("ratio"),
        p_lower: at("p_lower"),
        smallest_p: at("smallest_p"),
        calibrated: at("p_calibrated_lower"),
        ranks: at("calibration_ranks"),
        unit: at("unit"),
        price: at("declared_unit_price"),
        median: at("median"),
        error: at("error"),
    }
});

/// Places of the columns a line is counted by, with its number before them: what a run into chosen columns
/// keeps beside its results until it is finished.
pub static READ_BACK: LazyLock<[usize; 11]> = LazyLock::new(|| {
    let p = &*PLACES;
    [
        0,
        p.verdict,
        p.ratio,
        p.p_lower,
        p.smallest_p,
        p.calibrated,
        p.ranks,
        p.unit,
        p.price,
        p.median,
        p.error,
    ]
});

/// One line as the batch counts it.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Line number in the file.
    pub number: u64,
    /// The line as given.
    pub input: &'a LineInput,
    /// The line as read; none where it could not be.
    pub declaration: Option<&'a Declaration>,
    /// Its verdict; none where it could not be read.
    pub verdict: Option<VerdictCode>,
    /// Why it could not be read.
    pub error: Option<String>,
    /// Declared price over median.
    pub ratio: Option<f64>,
    /// The p on the low side that the verdict rests on: the calibrated one, else the group's own rank p.
    pub p_lower: Option<f64>,
    /// Smallest value of that p.
    pub smallest_p: Option<f64>,
    /// Unit of the price that was compared.
    pub unit: String,
    /// What the declared price lies below the median of the low ends, times the declared quantity, in the
    /// snapshot's currency and before any duty rate: of lines that are low by their verdict. It orders
    /// the work and is no assessment.
    pub at_stake: Option<f64>,
    /// Customs office, where the file has such a column.
    pub office: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// Of a line, what was read of it, and its row of the results.
    pub fn of(
        number: u64,
        input: &'a LineInput,
        declaration: Option<&'a Declaration>,
        row: &[impl AsRef<str>],
        office: Option<&'a str>,
    ) -> Facts<'a> {
        let cell = |at: usize| row.get(at).map(AsRef::as_ref).filter(|text| !text.is_empty());
        let number_in = |at: usize| cell(at).and_then(|text| text.parse::<f64>().ok());
        let p = &*PLACES;
        let verdict: Option<VerdictCode> = cell(p.verdict).and_then(|text| text.parse().ok());
        let unit = cell(p.unit).unwrap_or_default();
        let low = matches!(
            verdict,
            Some(VerdictCode::StrongReasonToAsk | VerdictCode::ReasonToAsk | VerdictCode::LowReview)
        );
        let at_stake = declaration
            .filter(|_| low)
            .and_then(|d| quantity_in(d, unit))
            .zip(number_in(p.median).zip(number_in(p.price)))
            .map(|(quantity, (median, price))| (median - price) * quantity)
            .filter(|gap| *gap > 0.0 && gap.is_finite());
        Facts {
            number,
            input,
            declaration,
            verdict,
            error: cell(p.error).map(str::to_owned),
            ratio: number_in(p.ratio).filter(|ratio| *ratio > 0.0),
            p_lower: number_in(p.calibrated).or_else(|| number_in(p.p_lower)),
            smallest_p: number_in(p.ranks)
                .map(|ranks| 1.0 / (1.0 + ranks))
                .or_else(|| number_in(p.smallest_p)),
            unit: unit.to_owned(),
            at_stake,
            office,
        }
    }

    /// Whether the line was held to a distribution of its own, whatever came out of it.
    pub fn compared(&self) -> bool {
        self.verdict.is_some_and(|code| {
            !matches!(code, VerdictCode::NotApplicable | VerdictCode::InsufficientEvidence)
        })
    }
}

/// The declared quantity in the unit that was compared; none where only a price per unit was declared.
fn quantity_in(d: &Declaration, unit: &str) -> Option<f64> {
    let stated = d.quantity.filter(|_| d.quantity_stated).map(|quantity| quantity.reduced());
    let counted = stated.filter(|quantity| quantity.unit().code() == unit).map(|quantity| quantity.value());
    let weighed = || {
        d.net_mass.filter(|_| unit == Unit::Kilogram.code() && (d.quantity_stated || d.quantity.is_none()))
    };
    counted.or_else(weighed)?.to_f64()
}
