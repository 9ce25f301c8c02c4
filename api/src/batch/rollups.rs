//! Lines of a batch added up by importer, subheading, origin and customs office. Counts and one mean;
//! no test and no judgement.

use super::facts::Facts;
use crate::assessed::Cell;
use model::{Country, HsCode, VerdictCode};
use serde::Serialize;
use std::collections::BTreeMap;

/// What lines are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Importer, as declared or hashed.
    Importer,
    /// Declared subheading.
    Hs,
    /// Country of origin.
    Origin,
    /// Customs office: a column of the file that is no field of a line.
    Office,
}

impl By {
    /// All, in the order of the tables.
    pub const ALL: [By; 4] = [By::Importer, By::Hs, By::Origin, By::Office];

    /// The code of CSV and JSON.
    pub fn code(self) -> &'static str {
        match self {
            By::Importer => "importer",
            By::Hs => "hs",
            By::Origin => "origin",
            By::Office => "office",
        }
    }
}

/// One row of a roll-up.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Row {
    /// Lines.
    pub lines: u64,
    /// Of these, could not be read.
    pub bad: u64,
    /// Held to a distribution of their own.
    pub compared: u64,
    /// Strong reasons to ask.
    pub strong: u64,
    /// Reasons to ask.
    pub ask: u64,
    /// Low, to review.
    pub low: u64,
    /// High, to review.
    pub high: u64,
    /// Reference with several price levels.
    pub segment: u64,
    /// Low, but not detectable.
    pub not_detectable: u64,
    /// Consistent.
    pub consistent: u64,
    /// Too little evidence.
    pub insufficient: u64,
    /// Not a sale.
    pub not_applicable: u64,
    /// Of the lines with a reason to ask: what they lie below the median of the low ends, times their
    /// quantity, in the snapshot's currency and before any duty rate. It orders the work.
    pub at_stake: f64,
    /// Sum of ln(ratio) over the compared lines.
    #[serde(skip)]
    logs: f64,
}

impl Row {
    fn add(&mut self, line: &Facts<'_>) {
        self.lines += 1;
        let Some(verdict) = line.verdict else {
            self.bad += 1;
            return;
        };
        *match verdict {
            VerdictCode::StrongReasonToAsk => &mut self.strong,
            VerdictCode::ReasonToAsk => &mut self.ask,
            VerdictCode::LowReview => &mut self.low,
            VerdictCode::HighReview => &mut self.high,
            VerdictCode::SegmentFirst => &mut self.segment,
            VerdictCode::NotDetectable => &mut self.not_detectable,
            VerdictCode::Consistent => &mut self.consistent,
            VerdictCode::InsufficientEvidence => &mut self.insufficient,
            VerdictCode::NotApplicable => &mut self.not_applicable,
        } += 1;
        if matches!(verdict, VerdictCode::StrongReasonToAsk | VerdictCode::ReasonToAsk) {
            self.at_stake += line.at_stake.unwrap_or(0.0);
        }
        if let Some(ratio) = line.ratio {
            self.compared += 1;
            self.logs += ratio.ln();
        }
    }

    /// Lines with a reason to ask, strong or not.
    pub fn flagged(&self) -> u64 {
        self.strong + self.ask
    }

    /// Geometric mean of declared price over median, over the compared lines.
    pub fn mean_ratio(&self) -> Option<f64> {
        (self.compared > 0).then(|| (self.logs / self.compared as f64).exp())
    }
}

/// The roll-ups of a batch, filled line by line.
#[derive(Debug, Clone, Default)]
pub struct Rollups {
    rows: BTreeMap<(By, String), Row>,
}

/// Word for a line that does not state what it is added up by.
pub const NOT_STATED: &str = "not stated";

impl Rollups {
    /// Adds a line.
    pub fn add(&mut self, line: &Facts<'_>) {
        let d = line.declaration;
        let given = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        for by in By::ALL {
            let key = match by {
                By::Importer => given(line.input.importer.as_deref()),
                By::Hs => match d {
                    Some(d) => d.hs.subheading().map(|hs| hs.to_string()),
                    None => given(line.input.hs.as_deref()).map(|text| {
                        let code = HsCode::parse(&text).ok().and_then(|code| code.subheading());
                        code.map_or(text, |code| code.to_string())
                    }),
                },
                By::Origin => match d {
                    Some(d) => d.origin.map(|c| c.to_string()),
                    None => given(line.input.origin.as_deref()).map(|text| {
                        let country = text.parse().ok();
                        country.map_or(text, |country: Country| country.to_string())
                    }),
                },
                By::Office => given(line.office),
            };
            let key = key.unwrap_or_else(|| NOT_STATED.to_owned());
            self.rows.entry((by, key)).or_default().add(line);
        }
    }

    /// The rows of one kind: most flagged first, then most lines, then by name.
    pub fn of(&self, by: By) -> Vec<(&str, &Row)> {
        let mut rows: Vec<(&str, &Row)> = self
            .rows
            .iter()
            .filter(|((kind, _), _)| *kind == by)
            .map(|((_, key), row)| (key.as_str(), row))
            .collect();
        rows.sort_by(|a, b| (b.1.flagged(), b.1.lines).cmp(&(a.1.flagged(), a.1.lines)).then(a.0.cmp(b.0)));
        rows
    }
}

/// Columns of the roll-ups, after `by` and `key`.
pub const COLUMNS: [(&str, &str); 15] = [
    ("lines", "lines"),
    ("bad", "of these, could not be read"),
    ("compared", "held to a distribution of their own"),
    ("flagged", "with a reason to ask, strong or not"),
    ("flagged_share", "flagged over compared"),
    ("mean_ratio", "geometric mean of declared price over median, of the compared"),
    ("strong_reason_to_ask", "lines with this verdict"),
    ("reason_to_ask", "lines with this verdict"),
    ("low_review", "lines with this verdict"),
    ("high_review", "lines with this verdict"),
    ("segment_first", "lines with this verdict"),
    ("not_detectable", "lines with this verdict"),
    ("consistent", "lines with this verdict"),
    ("insufficient_evidence", "lines with this verdict"),
    (
        "at_stake",
        "of the flagged: (median of the low ends − declared price) × quantity, in the snapshot's currency, before any duty rate; orders the work, is no assessment",
    ),
];

/// The cells of a row, in the order of [`COLUMNS`].
pub fn cells(row: &Row) -> [Cell; 15] {
    let n = |count: u64| Cell::Number(count as f64);
    let share =
        if row.compared > 0 { Cell::Number(row.flagged() as f64 / row.compared as f64) } else { Cell::Empty };
    [
        n(row.lines),
        n(row.bad),
        n(row.compared),
        n(row.flagged()),
        share,
        row.mean_ratio().map_or(Cell::Empty, Cell::Number),
        n(row.strong),
        n(row.ask),
        n(row.low),
        n(row.high),
        n(row.segment),
        n(row.not_detectable),
        n(row.consistent),
        n(row.insufficient),
        Cell::Number(row.at_stake),
    ]
}

/// The roll-ups as CSV: `by`, `key`, then [`COLUMNS`].
pub fn write_csv<W: std::io::Write>(writer: W, rollups: &Rollups) -> csv::Result<W> {
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(["by", "key"].into_iter().chain(COLUMNS.iter().map(|c| c.0)))?;
    for by in By::ALL {
        for (key, row) in rollups.of(by) {
            let values = cells(row).map(|cell| cell.csv());
            let record = [by.code().to_owned(), Cell::Text(key.to_owned()).csv()].into_iter().chain(values);
            out.write_record(record)?;
        }
    }
    out.flush()?;
    out.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessed::AssessedLine;
    use crate::declared::LineInput;
    use crate::pages::samples;

    #[test]
    fn lines_add_up_in_every_table_whatever_they_state() {
        let mut rollups = Rollups::default();
        let mut number = 1;
        let mut add = |input: &LineInput, result: Result<model::Verdict, String>, office| {
            number += 1;
            let line = AssessedLine { number, input: input.clone(), result, cleared_flag_rate: None };
            let declaration = line.result.as_ref().ok().map(|v| &v.declaration);
            rollups.add(&Facts::of(number, input, declaration, &line.record(), office));
        };
        for importer in [Some("A"), None, Some("=B")] {
            for (_, verdict) in samples::all() {
                let input = LineInput { importer: importer.map(str::to_owned), ..LineInput::default() };
                add(&input, Ok(verdict), Some("North"));
            }
        }
        let input = LineInput { hs: Some("garlic".to_owned()), ..LineInput::default() };
        add(&input, Err("bad".to_owned()), None);
        let all = samples::all().len() as u64;
        for by in By::ALL {
            let rows = rollups.of(by);
            assert_eq!(rows.iter().map(|(_, r)| r.lines).sum::<u64>(), 3 * all + 1, "{by:?}");
            assert_eq!(rows.iter().map(|(_, r)| r.bad).sum::<u64>(), 1, "{by:?}");
        }
        let text = String::from_utf8(write_csv(Vec::new(), &rollups).unwrap()).unwrap();
        assert!(text.contains(&format!("importer,A,{all},0,")), "{text}");
        assert!(text.contains(&format!("importer,'=B,{all},0,")), "no formula: {text}");
        assert!(text.contains(&format!("importer,not stated,{},1,", all + 1)), "{text}");
        assert!(text.contains("office,not stated,1,1,0,0,,,"), "{text}");
        let (_, a) = rollups.of(By::Importer).into_iter().find(|(key, _)| *key == "A").unwrap();
        assert_eq!((a.strong, a.insufficient), (1, 1));
        let ratios: Vec<f64> = samples::all().iter().filter_map(|(_, v)| v.ratio).collect();
        let mean = (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64).exp();
        assert!((a.mean_ratio().unwrap() - mean).abs() < 1e-4);
    }
}
