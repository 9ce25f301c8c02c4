//! The lines of a batch as the workbook needs them, taken as they come: the first in the order of work, those
//! that could not be read, and counts of all. Memory is bounded, whatever the length of the file.

use super::charts::Classes;
use crate::assessed::{self, AssessedLine};
use crate::batch::facts::Facts;
use crate::batch::tally::{Found, Tested};
use model::{Verdict, VerdictCode};
use std::collections::BTreeMap;

/// Rows of Findings: the first in the order of work. More open on few machines; the results CSV has all.
pub const FINDING_ROWS: usize = 50_000;
/// Rows of Bad lines: the first of the file.
pub const BAD_ROWS: usize = 10_000;

/// A line of Findings.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The line with its verdict.
    pub line: AssessedLine,
    /// Customs office, where the file has such a column.
    pub office: Option<String>,
    /// What it lies below the reference times its quantity; see [`Facts`].
    pub at_stake: Option<f64>,
    /// What the test of the batch says of it.
    pub tested: Tested,
}

/// Lines of a batch, taken one by one.
#[derive(Debug, Clone)]
pub struct Lines {
    rows: usize,
    kept: Vec<Kept>,
    bad: Vec<AssessedLine>,
    counts: BTreeMap<VerdictCode, u64>,
    unreadable: u64,
    /// Lines by the ratio of the declared price to the median.
    pub ratios: Classes,
}

impl Default for Lines {
    fn default() -> Self {
        Lines::of_rows(FINDING_ROWS)
    }
}

impl Lines {
    /// With room for so many findings.
    pub fn of_rows(rows: usize) -> Lines {
        Lines {
            rows,
            kept: Vec::new(),
            bad: Vec::new(),
            counts: BTreeMap::new(),
            unreadable: 0,
            ratios: Classes::default(),
        }
    }

    /// Takes a line.
    pub fn add(&mut self, mut line: AssessedLine, office: Option<&str>) {
        let Ok(verdict) = &mut line.result else {
            self.unreadable += 1;
            if self.bad.len() < BAD_ROWS {
                self.bad.push(line);
            }
            return;
        };
        *self.counts.entry(verdict.verdict).or_default() += 1;
        if let Some(ratio) = verdict.ratio {
            self.ratios.add(ratio);
        }
        lighten(verdict);
        let office = office.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        self.kept.push(Kept { line, office, at_stake: None, tested: Tested::No });
        // Sorted now and then only: what comes is compared with all that is kept.
        if self.kept.len() >= self.rows + (self.rows / 4).max(64) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.kept.sort_by(|a, b| assessed::by_work_rank(&a.line, &b.line));
        self.kept.truncate(self.rows);
    }

    /// Ends the taking of lines: they stand in the order of work, each with what the batch says of it.
    pub fn finish(&mut self, found: &Found) {
        self.settle();
        for kept in &mut self.kept {
            let line = &kept.line;
            let declaration = line.result.as_ref().ok().map(|verdict| &verdict.declaration);
            let row = line.record();
            let facts = Facts::of(line.number, &line.input, declaration, &row, None);
            (kept.at_stake, kept.tested) = (facts.at_stake, found.of(&facts));
        }
    }

    /// Findings in the order of work.
    pub fn findings(&self) -> &[Kept] {
        &self.kept
    }
    /// Lines that could not be read, in the order of the file.
    pub fn bad(&self) -> &[AssessedLine] {
        &self.bad
    }
    /// How many could not be read.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }
    /// How many could be read.
    pub fn readable(&self) -> u64 {
        self.counts.values().sum()
    }
    /// Lines with a reason to ask, strong or not.
    pub fn asking(&self) -> u64 {
        self.count(VerdictCode::StrongReasonToAsk) + self.count(VerdictCode::ReasonToAsk)
    }
    /// Lines with this verdict.
    pub fn count(&self, code: VerdictCode) -> u64 {
        self.counts.get(&code).copied().unwrap_or(0)
    }
    /// Every verdict with its number of lines, in the order of work.
    pub fn counts(&self) -> Vec<(VerdictCode, u64)> {
        let mut codes = VerdictCode::ALL.to_vec();
        codes.sort_by_key(|&code| assessed::work_rank(code));
        codes.into_iter().map(|code| (code, self.count(code))).collect()
    }
}

/// Leaves away what no row shows: sentences beside codes, which are most of a verdict's weight. The
/// schedules are made of the line itself.
fn lighten(verdict: &mut Verdict) {
    verdict.caveat = String::new();
    verdict.signals.iter_mut().for_each(|signal| signal.sentence = String::new());
    verdict.rungs.iter_mut().for_each(|rung| rung.sentence = String::new());
    if let Some(reference) = &mut verdict.reference {
        reference.legal_uses.iter_mut().for_each(|share| share.sentence = None);
        reference.segments = Vec::new();
    }
    verdict.comparators = Vec::new();
    verdict.excluded = Vec::new();
    verdict.made = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::LineInput;
    use crate::pages::samples;

    #[test]
    fn the_first_in_the_order_of_work_are_kept_and_all_are_counted() {
        let mut lines = Lines::of_rows(70);
        let samples = samples::all();
        for number in 0..900 {
            let (_, verdict) = &samples[number as usize % samples.len()];
            let result = if number % 10 == 0 { Err("bad".to_owned()) } else { Ok(verdict.clone()) };
            let line = AssessedLine { number, input: LineInput::default(), result, cleared_flag_rate: None };
            lines.add(line, Some(" "));
        }
        lines.finish(&Found::default());
        assert_eq!((lines.readable(), lines.unreadable(), lines.findings().len()), (810, 90, 70));
        assert_eq!((lines.bad().len(), lines.bad()[1].number), (90, 10));
        let strong = lines.count(VerdictCode::StrongReasonToAsk);
        assert!(strong > 70 && lines.asking() > strong);
        let numbers: Vec<u64> = lines.findings().iter().map(|kept| kept.line.number).collect();
        assert!(numbers.is_sorted(), "equals in the order of the file: {numbers:?}");
        let kept = &lines.findings()[0];
        assert!(kept.office.is_none() && kept.at_stake.is_some_and(|gap| gap > 0.0), "{kept:?}");
        assert_eq!(lines.counts().iter().map(|(_, n)| n).sum::<u64>(), 810);
    }
}
