//! The columns of results that a plain line's figures fill, and their cells. Not the figures.

use crate::assessed::{COLUMNS, write_significant};
use model::{Currency, Gate, Unit, VerdictCode};
use statistics::table::Judgement;

macro_rules! plain_columns {
    ($($column:ident = $name:literal),+ $(,)?) => {
        /// A column of results that needs no more than a line's figures.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum PlainColumn { $($column),+ }

        impl PlainColumn {
            fn named(name: &str) -> Option<PlainColumn> {
                match name { $($name => Some(PlainColumn::$column),)+ _ => None }
            }
        }
    };
}

plain_columns! {
    Number = "number",
    Line = "line",
    Hs = "hs",
    Verdict = "verdict",
    Ratio = "ratio",
    PLower = "p_lower",
    PUpper = "p_upper",
    SmallestP = "smallest_p",
    Z = "z",
    RatioHigh = "ratio_high",
    ZHigh = "z_high",
    Percentile = "percentile",
    UnitPrice = "declared_unit_price",
    Unit = "unit",
    Currency = "currency",
    Rung = "rung",
    Q1 = "q1",
    Median = "median",
    Q3 = "q3",
    NListings = "n_listings",
    NSellers = "n_sellers",
    NSites = "n_sites",
    NEff = "n_eff",
    Detectable = "detectable_ratio",
    Error = "error",
    CalibratedLower = "p_calibrated_lower",
    CalibratedUpper = "p_calibrated_upper",
    Ranks = "calibration_ranks",
    Groups = "calibration_groups",
    Calibration = "calibration",
    FailedGates = "failed_gates",
    Found = "listings_found",
}

/// The columns by their places in [`COLUMNS`]; `None` where one of them needs more than figures.
pub(super) fn plain_columns(selected: &[usize]) -> Option<Vec<PlainColumn>> {
    selected.iter().map(|&at| PlainColumn::named(COLUMNS.get(at)?.name)).collect()
}

/// A line with its figures.
pub(super) struct PlainLine<'a> {
    pub number: u64,
    pub line: &'a [u8],
    pub hs: &'a [u8],
    /// Declared price of one unit.
    pub unit_price: f64,
    /// The group's judgement; `None` where there is no group or nothing of it in the window.
    pub judged: Option<&'a Judgement>,
    pub failed: &'a [Gate],
    pub unit: Unit,
    pub currency: Currency,
}

impl PlainLine<'_> {
    pub fn verdict(&self) -> VerdictCode {
        self.judged.map_or(VerdictCode::InsufficientEvidence, |j| j.verdict)
    }

    /// Writes the cell of a column.
    pub fn write(&self, column: PlainColumn, out: &mut Vec<u8>) {
        let number = |out: &mut Vec<u8>, x: f64| write_significant(out, x, 6);
        let price = self.judged.and_then(|j| Some((j, j.price.as_ref()?)));
        match column {
            PlainColumn::Number => write_whole(out, self.number),
            PlainColumn::Line => out.extend_from_slice(self.line),
            PlainColumn::Hs => out.extend_from_slice(self.hs),
            PlainColumn::Verdict => out.extend_from_slice(self.verdict().code().as_bytes()),
            PlainColumn::UnitPrice => write_significant(out, self.unit_price, 12),
            PlainColumn::Unit => out.extend_from_slice(self.unit.code().as_bytes()),
            PlainColumn::Error => {}
            PlainColumn::FailedGates => {
                for (i, gate) in self.failed.iter().enumerate() {
                    if i > 0 {
                        out.push(b' ');
                    }
                    out.extend_from_slice(gate.code().as_bytes());
                }
            }
            PlainColumn::Found => write_whole(out, self.judged.map_or(0, |j| u64::from(j.counts.n))),
            _ => {
                let Some((j, p)) = price else { return };
                let c = p.calibrated.as_ref();
                match column {
                    PlainColumn::Ratio | PlainColumn::RatioHigh => number(out, p.ratio),
                    PlainColumn::PLower => number(out, p.p_lower),
                    PlainColumn::PUpper => number(out, p.p_upper),
                    PlainColumn::SmallestP => number(out, p.smallest_p),
                    PlainColumn::Z | PlainColumn::ZHigh => number(out, p.z),
                    PlainColumn::Percentile => number(out, p.percentile),
                    PlainColumn::Currency => out.extend_from_slice(self.currency.to_string().as_bytes()),
                    PlainColumn::Rung => out.push(b'3'),
                    PlainColumn::Q1 => number(out, j.figures.q1.exp()),
                    PlainColumn::Median => number(out, j.figures.median.exp()),
                    PlainColumn::Q3 => number(out, j.figures.q3.exp()),
                    PlainColumn::NListings => write_whole(out, u64::from(j.counts.n - j.counts.slips)),
                    PlainColumn::NSellers | PlainColumn::NSites => {
                        write_whole(out, u64::from(j.counts.sellers))
                    }
                    PlainColumn::NEff => number(out, j.figures.n_eff),
                    PlainColumn::Detectable => number(out, j.figures.detectable),
                    PlainColumn::CalibratedLower => c.into_iter().for_each(|c| number(out, c.p_lower)),
                    PlainColumn::CalibratedUpper => c.into_iter().for_each(|c| number(out, c.p_upper)),
                    PlainColumn::Ranks => c.into_iter().for_each(|c| number(out, c.ranks)),
                    PlainColumn::Groups => c.into_iter().for_each(|c| write_whole(out, u64::from(c.groups))),
                    PlainColumn::Calibration => c.into_iter().for_each(|c| {
                        out.extend_from_slice(if c.borrowed { b"borrowed" } else { b"pooled" });
                    }),
                    _ => {}
                }
            }
        }
    }
}

/// A whole number.
pub(super) fn write_whole(out: &mut Vec<u8>, mut n: u64) {
    let mut buffer = [0; 20];
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&buffer[at..]);
}
