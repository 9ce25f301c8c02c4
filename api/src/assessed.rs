//! An assessed line as a table row: the columns of the results CSV, of the `.csv` twin of a result
//! page and of the workbook's Findings sheet, all from one list. Not the assessment itself.

use crate::declared::LineInput;
pub use crate::digits::significant;
use model::{Gate, Reference, RungTried, Verdict, VerdictCode};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// One line of a batch with its result.
#[derive(Debug, Clone)]
pub struct AssessedLine {
    /// Line number in the input file, counted from 1 (the header is line 1).
    pub number: u64,
    /// The line as it was given.
    pub input: LineInput,
    /// The verdict, or why the line could not be read.
    pub result: Result<Verdict, String>,
    /// Share of cleared lines that the same rules flagged; none where it was not measured.
    pub cleared_flag_rate: Option<f64>,
}

/// A value of a row. Amounts stay exact decimals; statistics are binary fractions.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words or codes.
    Text(String),
    /// An exact amount.
    Amount(Decimal),
    /// A count or a statistic.
    Number(f64),
}

impl Cell {
    /// The CSV form: statistics with six significant digits; a text that a spreadsheet would run as
    /// a formula gets an apostrophe in front, because names and descriptions are other people's.
    pub fn csv(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => guarded(text),
            Cell::Amount(amount) => amount.normalize().to_string(),
            Cell::Number(number) => significant(*number, 6),
        }
    }
}

fn guarded(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<f64>().is_err());
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// A column of the results.
pub struct Column {
    /// Its header.
    pub name: &'static str,
    /// What it holds, for the method sheet and the contracts.
    pub meaning: &'static str,
    /// The value in a line.
    pub cell: fn(&AssessedLine) -> Cell,
}

fn words(text: &Option<String>) -> Cell {
    match text.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Cell::Text(text.to_owned()),
        _ => Cell::Empty,
    }
}
/// What the verdict says; of a line that could not be read what was given.
fn or_given(line: &AssessedLine, get: impl Fn(&Verdict) -> Option<Cell>, given: &Option<String>) -> Cell {
    if line.result.is_ok() { from_verdict(line, get) } else { words(given) }
}
fn from_verdict(line: &AssessedLine, get: impl Fn(&Verdict) -> Option<Cell>) -> Cell {
    line.result.as_ref().ok().and_then(get).unwrap_or(Cell::Empty)
}
fn from_reference(line: &AssessedLine, get: impl Fn(&Reference) -> Cell) -> Cell {
    from_verdict(line, |v| v.reference.as_ref().map(&get))
}
fn joined<T: ToString>(items: impl IntoIterator<Item = T>, between: &str) -> Option<Cell> {
    let all: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    (!all.is_empty()).then(|| Cell::Text(all.join(between)))
}

/// The rung taken, or the one that came nearest: most effective votes, the widest of equals.
fn nearest(verdict: &Verdict) -> Option<&RungTried> {
    match &verdict.reference {
        Some(reference) => verdict.rungs.iter().find(|tried| tried.rung == reference.rung),
        // A rung of the same offers as the one before says nothing of its own.
        None => (verdict.rungs.iter())
            .filter(|tried| tried.failed != [Gate::SameOffers])
            .max_by(|a, b| a.n_eff.total_cmp(&b.n_eff)),
    }
}

macro_rules! columns {
    ($( $name:literal, $meaning:literal, $cell:expr; )+) => {
        /// The columns, in order. New ones are added at the end; none is renamed or removed without
        /// a new version of the contract.
        pub static COLUMNS: &[Column] = &[ $( Column { name: $name, meaning: $meaning, cell: $cell } ),+ ];
    };
}

columns! {
    "number", "line number in the file that was assessed; the header is line 1", |l| Cell::Number(l.number as f64);
    "line", "the line's own name, as given", |l| words(&l.input.line);
    "hs", "declared HS code, as given", |l| words(&l.input.hs);
    "description", "description, as given", |l| words(&l.input.description);
    "verdict", "verdict code; empty when the line could not be read", |l| from_verdict(l, |v| Some(Cell::Text(v.verdict.code().to_owned())));
    "sentence", "the reason in one sentence", |l| from_verdict(l, |v| Some(Cell::Text(v.sentence.clone())));
    "ratio", "declared price over the median of the low ends", |l| from_verdict(l, |v| v.ratio.map(Cell::Number));
    "p_lower", "rank p on the low side", |l| from_verdict(l, |v| v.p_lower.map(Cell::Number));
    "p_upper", "rank p on the high side", |l| from_verdict(l, |v| v.p_upper.map(Cell::Number));
    "smallest_p", "smallest p this group can give", |l| from_verdict(l, |v| v.smallest_p.map(Cell::Number));
    "z", "z on logs, low ends: by the predictive distribution where calibrated, else by median and robust spread", |l| from_verdict(l, |v| v.z.map(Cell::Number));
    "ratio_high", "declared price over the median of the high ends", |l| from_verdict(l, |v| v.ratio_high.map(Cell::Number));
    "z_high", "z on logs, high ends", |l| from_verdict(l, |v| v.z_high.map(Cell::Number));
    "percentile", "percentile of the declared price among the low ends", |l| from_verdict(l, |v| v.percentile.map(Cell::Number));
    "percentile_from", "lower end of its 90 % interval", |l| from_verdict(l, |v| v.percentile_interval.map(|i| Cell::Number(i.0)));
    "percentile_to", "upper end of its 90 % interval", |l| from_verdict(l, |v| v.percentile_interval.map(|i| Cell::Number(i.1)));
    "declared_unit_price", "declared price per unit, in the reference's currency", |l| from_verdict(l, |v| v.declared.as_ref().map(|d| Cell::Amount(d.amount)));
    "unit", "unit of that price (UN/CEFACT Rec 20)", |l| from_verdict(l, |v| v.declared.as_ref().map(|d| d.unit).or(v.reference.as_ref().map(|r| r.unit)).map(|u| Cell::Text(u.code().to_owned())));
    "currency", "currency of the reference", |l| from_reference(l, |r| Cell::Text(r.currency.to_string()));
    "basis", "basis of the reference: offer or cif", |l| from_reference(l, |r| Cell::Text(r.basis.clone()));
    "rung", "rung of the reference ladder: 1 identical, 2 similar, 3 subheading and facets", |l| from_reference(l, |r| Cell::Number(f64::from(r.rung.number())));
    "reference", "what the comparators have in common", |l| from_reference(l, |r| Cell::Text(r.label.clone()));
    "lowest", "lowest comparable offer; no legal weight", |l| from_reference(l, |r| Cell::Number(r.lowest));
    "q1", "lower quartile of the unit prices", |l| from_reference(l, |r| Cell::Number(r.q1));
    "median", "median of the unit prices, low ends", |l| from_reference(l, |r| Cell::Number(r.median));
    "q3", "upper quartile of the unit prices", |l| from_reference(l, |r| Cell::Number(r.q3));
    "n_listings", "offers used", |l| from_reference(l, |r| Cell::Number(f64::from(r.n_listings)));
    "n_sellers", "sellers behind them", |l| from_reference(l, |r| Cell::Number(f64::from(r.n_sellers)));
    "n_sites", "sites behind them", |l| from_reference(l, |r| Cell::Number(f64::from(r.n_sites)));
    "n_eff", "effective number of votes", |l| from_reference(l, |r| Cell::Number(r.n_eff));
    "window_from", "first capture day that counts", |l| from_reference(l, |r| Cell::Text(r.window.from.to_string()));
    "window_to", "last capture day that counts", |l| from_reference(l, |r| Cell::Text(r.window.to.to_string()));
    "detectable_ratio", "largest ratio this group detects with 80 % power at 5 %", |l| from_reference(l, |r| Cell::Number(r.detectable_ratio));
    "signals", "signal codes, separated by spaces", |l| from_verdict(l, |v| joined(v.signals.iter().map(|s| s.code), " "));
    "ask", "what to ask the importer, separated by ' | '", |l| from_verdict(l, |v| joined(v.ask.iter(), " | "));
    "cures", "what evidence would cure an insufficiency, separated by ' | '", |l| from_verdict(l, |v| joined(v.cures.iter(), " | "));
    "value", "declared value of the line; the price of one unit where no quantity was declared", |l| or_given(l, |v| Some(Cell::Amount(v.declaration.value.amount)), if l.input.value.is_some() { &l.input.value } else { &l.input.price });
    "value_currency", "its currency", |l| or_given(l, |v| Some(Cell::Text(v.declaration.value.currency.to_string())), &l.input.currency);
    "quantity", "declared quantity; empty where only the price of one unit was declared", |l| or_given(l, |v| v.declaration.quantity.filter(|_| v.declaration.quantity_stated).map(|q| Cell::Amount(q.value())), &l.input.quantity);
    "quantity_unit", "its unit (UN/CEFACT Rec 20)", |l| or_given(l, |v| v.declaration.quantity.map(|q| Cell::Text(q.unit().code().to_owned())), &l.input.unit);
    "export_date", "date of export the line was held to", |l| or_given(l, |v| Some(Cell::Text(v.declaration.export_date.to_string())), &l.input.export_date);
    "snapshot", "SHA-256 of the reference snapshot", |l| from_verdict(l, |v| Some(Cell::Text(v.snapshot.to_string())));
    "parameters", "SHA-256 of the parameters of every rule", |l| from_verdict(l, |v| Some(Cell::Text(v.parameters.to_string())));
    "caveat", "stands on every result", |l| from_verdict(l, |v| Some(Cell::Text(v.caveat.clone())));
    "error", "why the line could not be read", |l| match &l.result { Err(why) => Cell::Text(why.clone()), Ok(_) => Cell::Empty };
    "legal_uses", "uses in law of the offers used, with their shares of the weight, separated by ' | '", |l| from_verdict(l, |v| v.reference.as_ref().and_then(|r| joined(r.legal_uses.iter().map(|u| format!("{} {} %", u.what, significant(u.share * 100.0, 3))), " | ")));
    "p_calibrated_lower", "calibrated p on the low side, by ranks pooled among sibling groups; the verdict rests on it where there is one", |l| from_verdict(l, |v| v.calibrated.map(|c| Cell::Number(c.p_lower)));
    "p_calibrated_upper", "calibrated p on the high side", |l| from_verdict(l, |v| v.calibrated.map(|c| Cell::Number(c.p_upper)));
    "calibration_ranks", "pooled ranks behind the calibrated p", |l| from_verdict(l, |v| v.calibrated.map(|c| Cell::Number(c.ranks)));
    "calibration_groups", "sibling groups these ranks come from", |l| from_verdict(l, |v| v.calibrated.map(|c| Cell::Number(f64::from(c.groups))));
    "calibration", "borrowed: too few votes for an own claim, the verdict goes no further than low_review; pooled: enough votes; empty: own ranks alone", |l| from_verdict(l, |v| v.calibrated.map(|c| Cell::Text(if c.borrowed { "borrowed" } else { "pooled" }.to_owned())));
    "failed_gates", "gates that failed on the rung that came nearest, separated by spaces; empty where a rung was taken", |l| from_verdict(l, |v| nearest(v).filter(|_| v.reference.is_none()).and_then(|rung| joined(rung.failed.iter(), " ")));
    "listings_found", "offers inside the window on the rung taken, or on the one that came nearest", |l| from_verdict(l, |v| nearest(v).map(|rung| Cell::Number(f64::from(rung.n_listings))));
    "cleared_flag_rate", "share of the administration's own cleared lines that the same parameters flagged (touchstone validate); empty: not measured, calibration is on offers", |l| from_verdict(l, |_| l.cleared_flag_rate.map(Cell::Number));
}

/// The columns that `figures` stands for: what a batch of millions of lines is sorted and counted by,
/// without the sentences, which `check` gives for any one line.
const FIGURE_COLUMNS: &[&str] = &[
    "number",
    "line",
    "hs",
    "verdict",
    "ratio",
    "p_lower",
    "z",
    "percentile",
    "declared_unit_price",
    "median",
    "n_listings",
    "n_eff",
    "detectable_ratio",
    "error",
    "p_calibrated_lower",
    "p_calibrated_upper",
    "failed_gates",
    "listings_found",
];

/// Places in [`COLUMNS`] of the columns asked for: names, or `figures`; in the order of the columns.
///
/// # Errors
/// A name that is no column, with the nearest.
pub fn selected<T: AsRef<str>>(names: &[T]) -> Result<Vec<usize>, String> {
    let mut places = std::collections::BTreeSet::new();
    for name in names.iter().map(|name| name.as_ref().trim()) {
        let wanted: &[&str] = if name == "figures" { FIGURE_COLUMNS } else { &[name] };
        for name in wanted {
            let at = COLUMNS.iter().position(|c| c.name == *name).ok_or_else(|| {
                let near = COLUMNS
                    .iter()
                    .max_by(|a, b| strsim::jaro_winkler(a.name, name).total_cmp(&strsim::jaro_winkler(b.name, name)))
                    .map_or("", |c| c.name);
                format!("results have no column '{}'; did you mean '{near}'? 'figures' stands for the numbers alone", crate::import::cut(name, 40))
            })?;
            places.insert(at);
        }
    }
    Ok(places.into_iter().collect())
}

impl AssessedLine {
    /// The values, in the order of [`COLUMNS`].
    pub fn cells(&self) -> Vec<Cell> {
        COLUMNS.iter().map(|column| (column.cell)(self)).collect()
    }
    /// The CSV record, in the order of [`COLUMNS`].
    pub fn record(&self) -> Vec<String> {
        self.cells().iter().map(Cell::csv).collect()
    }
}

/// The header of the results CSV.
pub fn header() -> Vec<&'static str> {
    COLUMNS.iter().map(|column| column.name).collect()
}

/// Place of a verdict in the order of work: what there is to ask first, what needs nothing last.
pub fn work_rank(verdict: VerdictCode) -> u8 {
    match verdict {
        VerdictCode::StrongReasonToAsk => 0,
        VerdictCode::ReasonToAsk => 1,
        VerdictCode::LowReview => 2,
        VerdictCode::HighReview => 3,
        VerdictCode::SegmentFirst => 4,
        VerdictCode::NotDetectable => 5,
        VerdictCode::InsufficientEvidence => 6,
        VerdictCode::Consistent => 7,
        VerdictCode::NotApplicable => 8,
    }
}

/// Order of the findings: by [`work_rank`], then the smaller p of the side that matters, then the
/// ratio farther from 1, then the line number. Lines that could not be read come last.
pub fn by_work_rank(a: &AssessedLine, b: &AssessedLine) -> Ordering {
    fn key(line: &AssessedLine) -> (u8, f64, f64) {
        match &line.result {
            Err(_) => (u8::MAX, 0.0, 0.0),
            Ok(v) if v.verdict == VerdictCode::HighReview => {
                (work_rank(v.verdict), v.p_high().unwrap_or(1.0), -v.ratio_high.or(v.ratio).unwrap_or(0.0))
            }
            Ok(v) => (work_rank(v.verdict), v.p_low().unwrap_or(1.0), v.ratio.unwrap_or(f64::MAX)),
        }
    }
    let (ka, kb) = (key(a), key(b));
    ka.0.cmp(&kb.0).then(ka.1.total_cmp(&kb.1)).then(ka.2.total_cmp(&kb.2)).then(a.number.cmp(&b.number))
}

/// How many lines got each verdict, in the order of work, and how many could not be read.
pub fn counts(lines: &[AssessedLine]) -> (Vec<(VerdictCode, u64)>, u64) {
    let mut codes = VerdictCode::ALL.to_vec();
    codes.sort_by_key(|&code| work_rank(code));
    let count =
        |code| lines.iter().filter(|l| l.result.as_ref().is_ok_and(|v| v.verdict == code)).count() as u64;
    let bad = lines.iter().filter(|l| l.result.is_err()).count() as u64;
    (codes.into_iter().map(|c| (c, count(c))).collect(), bad)
}
