//! Counts of a batch and its false discovery rate: Benjamini and Hochberg over the eligible lines' lower
//! rank p, repeats of one importer's goods collapsed into one test.

use super::facts::Facts;
use super::patterns::Patterns;
use model::VerdictCode;
use serde::Serialize;
use statistics::fdr::Family;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What an assessment came to.
#[derive(Debug, Clone, Serialize)]
pub struct Batch {
    /// Lines read.
    pub lines: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// Lines per verdict, in the order of precedence; only those that occur.
    #[serde(serialize_with = "as_map")]
    pub counts: Vec<(VerdictCode, u64)>,
    /// The batch as a whole.
    pub discovery: Discovery,
    /// Importers that declare a product systematically lower than others do.
    pub patterns: Patterns,
    /// On what flag rates were measured, in a sentence.
    pub calibration: String,
    /// Lines taken over from an interrupted run.
    pub resumed: u64,
    /// Whether the run was interrupted: `lines` were finished, and where they are kept `--resume` goes on.
    pub interrupted: bool,
    /// Lines that could not be read, the first few, as `line N: what`.
    pub examples: Vec<String>,
    /// Of an interrupted run, where its results so far are kept; `None`: nowhere.
    #[serde(skip)]
    pub kept: Option<PathBuf>,
    /// Which lines the discoveries are.
    #[serde(skip)]
    pub found: Found,
}

/// The discoveries of a batch, to be asked line by line.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// p of each importer's goods, repeats together.
    collapsed: BTreeMap<String, f64>,
    /// The discoveries' p, rising, with their adjusted p.
    adjusted: Vec<(f64, f64)>,
}

/// What the batch's test says of one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tested {
    /// It was held to no distribution, or could not be read.
    No,
    /// It is no discovery: its adjusted p is above the rate.
    Above,
    /// It is a discovery; its adjusted p.
    Discovery(f64),
}

impl Found {
    /// Of a line of the batch. Repeats of one importer's goods are one test and have one answer.
    pub fn of(&self, line: &Facts<'_>) -> Tested {
        let (Some(own), Some(_), true) = (line.p_lower, line.smallest_p, line.compared()) else {
            return Tested::No;
        };
        let p = family_key(line).and_then(|key| self.collapsed.get(&key).copied()).unwrap_or(own);
        match self.adjusted.binary_search_by(|(known, _)| known.total_cmp(&p)) {
            Ok(at) => Tested::Discovery(self.adjusted[at].1),
            Err(_) => Tested::Above,
        }
    }
}

/// Multiplicity of the batch (Benjamini–Hochberg over the eligible lines' lower rank p, repeats of
/// one importer's goods collapsed).
#[derive(Debug, Clone, Serialize)]
pub struct Discovery {
    /// The rate.
    pub q: f64,
    /// Tests in the family.
    pub family: u64,
    /// Discoveries at that rate.
    pub discoveries: u64,
    /// Whether any discovery was attainable, given the smallest attainable p of each line.
    pub attainable: bool,
    /// How many would have been discoveries, had every line the smallest p its group can give.
    pub attainable_discoveries: u64,
}

fn as_map<S: serde::Serializer>(counts: &[(VerdictCode, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().copied())
}

/// Bad lines quoted on stderr.
const EXAMPLES: usize = 5;

/// Counts lines.
pub struct Tally {
    /// Lines so far.
    pub lines: u64,
    bad: u64,
    counts: BTreeMap<VerdictCode, u64>,
    /// Smallest p, smallest attainable p and number of repeats, per importer, goods and code.
    family: BTreeMap<String, (f64, f64, u32)>,
    /// Tests of lines that state no importer: each stands for itself, so no key is kept.
    single: Family,
    examples: Vec<String>,
}

impl Tally {
    /// Of a batch at a false discovery rate.
    pub fn new(q: f64) -> Tally {
        Tally {
            lines: 0,
            bad: 0,
            counts: BTreeMap::new(),
            family: BTreeMap::new(),
            single: Family::new(q),
            examples: Vec::new(),
        }
    }

    /// Takes lines that were counted elsewhere: how many got each verdict, and their tests.
    pub fn add_counted(&mut self, counts: &[(VerdictCode, u64)], tests: Family) {
        for &(code, n) in counts.iter().filter(|(_, n)| *n > 0) {
            self.lines += n;
            *self.counts.entry(code).or_default() += n;
        }
        self.single.merge(tests);
    }

    /// Takes lines that could not be read, the first few with what is wrong.
    pub fn add_bad(&mut self, lines: u64, named: &[(u64, String)]) {
        self.lines += lines;
        self.bad += lines;
        for (number, why) in named.iter().take(EXAMPLES.saturating_sub(self.examples.len())) {
            self.examples.push(format!("line {number}: {why}"));
        }
    }

    /// Takes a line.
    pub fn add(&mut self, line: &Facts<'_>) {
        self.lines += 1;
        let Some(verdict) = line.verdict else {
            self.bad += 1;
            if self.examples.len() < EXAMPLES {
                let why = line.error.as_deref().unwrap_or("could not be read");
                self.examples.push(format!("line {}: {why}", line.number));
            }
            return;
        };
        *self.counts.entry(verdict).or_default() += 1;
        let (Some(p), Some(smallest), true) = (line.p_lower, line.smallest_p, line.compared()) else {
            return;
        };
        match family_key(line) {
            Some(key) => {
                let entry = self.family.entry(key).or_insert((p, smallest, 0));
                *entry = (entry.0.min(p), entry.1.min(smallest), entry.2 + 1);
            }
            None => self.single.add(p, smallest),
        }
    }

    /// The batch at a false discovery rate.
    pub fn finish(mut self, q: f64, patterns: Patterns) -> Batch {
        // Repeats are one test: their smallest p times their number (Bonferroni), which holds
        // whatever the repeats have to do with each other.
        let collapsed = |p: f64, n: u32| (p * f64::from(n)).min(1.0);
        let mut together = BTreeMap::new();
        for (key, (p, floor, n)) in self.family {
            self.single.add(collapsed(p, n), collapsed(floor, n));
            together.insert(key, collapsed(p, n));
        }
        let found = self.single.found();
        Batch {
            lines: self.lines,
            bad: self.bad,
            counts: self.counts.into_iter().collect(),
            discovery: Discovery {
                q,
                family: found.tests,
                discoveries: found.count,
                attainable: found.attainable,
                attainable_discoveries: found.attainable_count,
            },
            patterns,
            calibration: String::new(),
            resumed: 0,
            interrupted: false,
            examples: self.examples,
            kept: None,
            found: Found { collapsed: together, adjusted: self.single.adjusted() },
        }
    }
}

/// Repeats of one importer's goods are one test; a line without importer stands for itself.
fn family_key(line: &Facts<'_>) -> Option<String> {
    let d = line.declaration?;
    let importer = d.importer.as_ref()?;
    let goods = [&d.description, &d.brand, &d.model].map(|f| f.as_deref().unwrap_or("").to_lowercase());
    Some(format!("{importer}\u{1f}{}\u{1f}{}", d.hs, goods.join("\u{1f}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::LineInput;
    use crate::pages::samples;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_is_told_what_the_test_of_the_batch_says_of_it() {
        // 30 importers of three lines each, the last ten far below; three lines without importer.
        let input = LineInput::default();
        let declarations: Vec<_> = (0..33)
            .map(|importer| {
                let mut declaration = samples::strong().declaration;
                declaration.importer = (importer < 30).then(|| format!("IMP {importer}"));
                declaration
            })
            .collect();
        let p = |importer: usize, line: usize| match importer {
            20..30 => 0.0002 * (importer + line) as f64 / 20.0,
            30.. => 0.0001 * (line + 1) as f64 * f64::from(importer as u32 - 29).powi(4),
            _ => 0.05 + 0.01 * (importer + line) as f64,
        };
        let facts: Vec<Facts<'_>> = (0..33)
            .flat_map(|importer| (0..3).map(move |line| (importer, line)))
            .filter(|(importer, line)| *importer < 30 || *line == 0)
            .map(|(importer, line)| Facts {
                number: (10 * importer + line) as u64,
                input: &input,
                declaration: Some(&declarations[importer]),
                verdict: Some(VerdictCode::Consistent),
                error: None,
                ratio: Some(1.0),
                p_lower: Some(p(importer, line)),
                smallest_p: Some(0.0001),
                unit: "KGM".to_owned(),
                at_stake: None,
                office: None,
            })
            .collect();
        let mut tally = Tally::new(0.1);
        facts.iter().for_each(|line| tally.add(line));
        let batch = tally.finish(0.1, Patterns::default());
        let mut tests = BTreeSet::new();
        for line in &facts {
            if let Tested::Discovery(q) = batch.found.of(line) {
                assert!(q > 0.0 && q <= 0.1, "{q}");
                tests.insert(
                    line.declaration
                        .and_then(|d| d.importer.clone())
                        .unwrap_or_else(|| line.number.to_string()),
                );
            }
        }
        assert_eq!(tests.len() as u64, batch.discovery.discoveries);
        assert!(tests.len() >= 11 && tests.contains("IMP 20") && !tests.contains("IMP 0"), "{tests:?}");
        // Repeats are one test: their smallest p times three, over the place of the last with such a p.
        let of = |number: u64| batch.found.of(facts.iter().find(|line| line.number == number).unwrap());
        assert_eq!(of(200), of(202));
        assert_eq!(of(0), Tested::Above);
        let untested = Facts { verdict: Some(VerdictCode::InsufficientEvidence), ..facts[0].clone() };
        assert_eq!(batch.found.of(&untested), Tested::No);
    }
}
