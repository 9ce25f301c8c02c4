//! Counts of a batch and its false discovery rate: Benjamini and Hochberg over the eligible lines' lower
//! rank p, repeats of one importer's goods collapsed into one test.

use super::facts::Facts;
use super::patterns::Patterns;
use model::VerdictCode;
use serde::Serialize;
use statistics::fdr::Family;
use std::collections::BTreeMap;

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
    /// Whether the run was interrupted: `lines` were finished, and `--resume` goes on.
    pub interrupted: bool,
    /// Lines that could not be read, the first few, as `line N: what`.
    pub examples: Vec<String>,
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
        for &(p, floor, n) in self.family.values() {
            self.single.add(collapsed(p, n), collapsed(floor, n));
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
