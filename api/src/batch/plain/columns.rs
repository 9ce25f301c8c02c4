//! The columns of results that a plain line's figures fill, and their cells; those that all lines of a
//! group share are written once. Not the figures.

use super::figures::{Figure, FigureTexts, write_figure, write_price};
use crate::assessed::COLUMNS;
use crate::digits::{push_first, push_part, write_significant, write_whole};
use model::{Currency, Gate, Unit, VerdictCode};
use statistics::table::{Asked, GroupCounts, GroupFigures, PriceFigures, PriceTable, TableFile};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

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

impl PlainColumn {
    /// Whether the cells of two lines judged by the same figures of a group are the same.
    fn of_group(self) -> bool {
        use PlainColumn::*;
        match self {
            Number | Line | Hs | Verdict | UnitPrice | Ratio | RatioHigh | PLower | PUpper | Z | ZHigh
            | Percentile | SmallestP | CalibratedLower | CalibratedUpper | Ranks | Groups | Calibration => {
                false
            }
            Unit | Currency | Rung | Q1 | Median | Q3 | NListings | NSellers | NSites | NEff | Detectable
            | Error | FailedGates | Found => true,
        }
    }
}

/// The columns by their places in [`COLUMNS`]; `None` where one of them needs more than figures.
pub(super) fn plain_columns(selected: &[usize]) -> Option<Columns> {
    let all: Option<Vec<PlainColumn>> =
        selected.iter().map(|&at| PlainColumn::named(COLUMNS.get(at)?.name)).collect();
    all.map(Columns::of)
}

/// Columns one behind the other.
enum Part {
    /// One whose cell is the line's own, never a group's.
    Own(PlainColumn),
    /// The line's own, too: a number.
    Number(usize),
    /// Those of a run.
    Run(usize),
}

/// The columns of a run, and which of them lines of one group share.
pub(super) struct Columns {
    all: Vec<PlainColumn>,
    parts: Vec<Part>,
    /// Neighbours that are a group's.
    runs: Vec<Vec<PlainColumn>>,
    /// Numbers that are a line's own.
    figures: Vec<Figure>,
    /// The words of the verdicts, by their numbers, with zeros behind.
    verdicts: Vec<([u8; 24], usize)>,
}

impl Columns {
    fn of(all: Vec<PlainColumn>) -> Columns {
        let (mut parts, mut runs) = (Vec::new(), Vec::<Vec<PlainColumn>>::new());
        let mut figures = Vec::new();
        for &column in &all {
            let begins = !matches!(parts.last(), Some(Part::Run(_)));
            if let Some(figure) = Figure::of(column) {
                parts.push(Part::Number(figures.len()));
                figures.push(figure);
            } else if !column.of_group() {
                parts.push(Part::Own(column));
            } else if begins {
                parts.push(Part::Run(runs.len()));
                runs.push(vec![column]);
            } else if let Some(run) = runs.last_mut() {
                run.push(column);
            }
        }
        let word = |code: &VerdictCode| {
            let mut word = [0; 24];
            let length = code.code().len().min(word.len());
            word[..length].copy_from_slice(&code.code().as_bytes()[..length]);
            (word, length)
        };
        Columns { all, parts, runs, figures, verdicts: VerdictCode::ALL.iter().map(word).collect() }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Numbers that are a line's own.
    pub fn figures(&self) -> &[Figure] {
        &self.figures
    }
}

/// Most runs of columns whose text is kept.
const RUNS: usize = 4;
/// Bytes of text that are kept of a group: with their ends a cache line.
const KEPT: usize = 64 - RUNS;

/// The cells of a group's runs, each with a comma behind it.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct GroupText {
    /// Where each run ends; all 0: there is no text.
    ends: [u8; RUNS],
    text: [u8; KEPT],
}

const NO_TEXT: GroupText = GroupText { ends: [0; RUNS], text: [0; KEPT] };

/// The cells that lines of a group share, of every group that lines are judged together by: in parts of so
/// many groups, which threads make side by side.
pub(super) struct GroupTexts(Vec<Vec<GroupText>>);

/// Groups of a part.
const PART: usize = 1 << 12;

impl GroupTexts {
    /// None: every line writes its own.
    pub fn none() -> GroupTexts {
        GroupTexts(Vec::new())
    }

    /// Those of a table, on so many threads; none where there are more runs than are kept, so that a
    /// column of a group is written either of its text or with the group.
    pub fn of(columns: &Columns, file: &TableFile, threads: usize) -> GroupTexts {
        if columns.runs.is_empty() || columns.runs.len() > RUNS {
            return GroupTexts::none();
        }
        let table = file.table();
        let groups = table.len();
        let next = AtomicUsize::new(0);
        let made = || {
            let (mut made, mut room) = (Vec::new(), Vec::new());
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                let from = part * PART;
                if from >= groups {
                    return made;
                }
                let text = |group| GroupText::of(columns, (file, &table), group, &mut room);
                made.push((part, (from..groups.min(from + PART)).map(text).collect()));
            }
        };
        let mut parts: Vec<(usize, Vec<GroupText>)> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(made)).collect();
            let of_others = others.into_iter().map(|t| t.join().unwrap_or_else(|panic| resume_unwind(panic)));
            made().into_iter().chain(of_others.flatten()).collect()
        });
        parts.sort_unstable_by_key(|(part, _)| *part);
        GroupTexts(parts.into_iter().map(|(_, texts)| texts).collect())
    }

    /// Touches the texts of the groups asked for, so that they are at hand when these are written.
    pub fn touch(&self, asked: &[Asked]) {
        let first = |line: &Asked| self.at(line.group).map_or(0, |text| text.ends[0]);
        std::hint::black_box(asked.iter().fold(0, |sum, line| sum ^ first(line)));
    }

    #[inline]
    fn at(&self, group: u32) -> Option<&GroupText> {
        self.0.get(group as usize / PART)?.get(group as usize % PART)
    }

    fn of_group(&self, group: u32) -> Option<&GroupText> {
        self.at(group).filter(|text| text.ends[0] > 0)
    }
}

impl GroupText {
    /// The text of a group that judges lines together, where there is room.
    fn of(
        columns: &Columns,
        (file, table): (&TableFile, &PriceTable<'_>),
        group: usize,
        room: &mut Vec<u8>,
    ) -> GroupText {
        let mut text = NO_TEXT;
        if !file.places().is_plain(group as u32) {
            return text;
        }
        let facts = file.facts();
        let (counts, figures) = (table.counts(group), table.figures(group));
        room.clear();
        let mut ends = [0; RUNS];
        for (run, end) in columns.runs.iter().zip(&mut ends) {
            for &column in run {
                match column {
                    PlainColumn::Unit => {
                        let facet = facts.facets.get(counts.facet as usize);
                        room.extend_from_slice(facet.map_or("", |f| f.footing.unit.code()).as_bytes());
                    }
                    PlainColumn::Currency => room.extend_from_slice(facts.currency.to_string().as_bytes()),
                    PlainColumn::Rung => room.push(b'3'),
                    column => write_of_group(column, &counts, &figures, room),
                }
                room.push(b',');
            }
            *end = u8::try_from(room.len()).unwrap_or(u8::MAX);
        }
        if let Some(kept) = text.text.get_mut(..room.len()) {
            kept.copy_from_slice(room);
            text.ends = ends;
        }
        text
    }

    #[inline]
    fn push(&self, run: usize, out: &mut Vec<u8>) {
        let begin = if run == 0 { 0 } else { self.ends[run - 1] };
        push_part::<32>(out, &self.text, begin.into(), self.ends[run].into());
    }
}

/// A line with its figures.
#[derive(Clone, Copy)]
pub(super) struct PlainLine<'a> {
    pub number: u64,
    /// The block it stands in, and where its name and its code stand there.
    pub text: &'a [u8],
    pub line: (usize, usize),
    pub hs: (usize, usize),
    /// Declared price of one unit.
    pub unit_price: f64,
    pub verdict: VerdictCode,
    /// The price held to its group; `None` with too little evidence.
    pub price: Option<&'a PriceFigures>,
    /// The group; `None` where there is none, or nothing of it in the window.
    pub group: Option<&'a (GroupCounts, GroupFigures)>,
    pub failed: &'a [Gate],
    pub unit: Unit,
    pub currency: Currency,
}

impl PlainLine<'_> {
    /// Writes all cells, each with a comma behind it.
    pub fn write_all(&self, columns: &Columns, out: &mut Vec<u8>) {
        columns.all.iter().for_each(|&column| self.write(column, columns, out));
    }

    /// The same of a line judged by figures that all lines of its group share: with its texts, and its
    /// numbers by its place among the lines judged together.
    pub fn write_own(
        &self,
        columns: &Columns,
        (texts, number): (&GroupTexts, u32),
        (figures, place): (&FigureTexts, usize),
        group: impl FnOnce() -> (GroupCounts, GroupFigures),
        out: &mut Vec<u8>,
    ) {
        match texts.of_group(number) {
            Some(text) => {
                for part in &columns.parts {
                    match part {
                        Part::Own(column) => self.write(*column, columns, out),
                        Part::Number(figure) => {
                            if !figures.push(*figure, place, out) {
                                self.write(columns.figures[*figure].column(), columns, out);
                            }
                        }
                        Part::Run(run) => text.push(*run, out),
                    }
                }
            }
            None => PlainLine { group: Some(&group()), ..*self }.write_all(columns, out),
        }
    }

    /// Writes the cell of a column and a comma.
    #[inline]
    fn write(&self, column: PlainColumn, columns: &Columns, out: &mut Vec<u8>) {
        self.write_cell(column, columns, out);
        out.push(b',');
    }

    fn write_cell(&self, column: PlainColumn, columns: &Columns, out: &mut Vec<u8>) {
        match column {
            PlainColumn::Number => write_whole(out, self.number),
            PlainColumn::Line => push_part::<16>(out, self.text, self.line.0, self.line.1),
            PlainColumn::Hs => push_part::<16>(out, self.text, self.hs.0, self.hs.1),
            PlainColumn::Verdict => {
                if let Some(&(word, length)) = columns.verdicts.get(self.verdict as usize) {
                    push_first(out, word, length);
                }
            }
            PlainColumn::UnitPrice => write_price(self.unit_price, out),
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
            // The one figure that is said of too little evidence, too.
            PlainColumn::SmallestP if self.price.is_none() => {
                if let Some((_, figures)) = self.group {
                    write_significant(out, figures.smallest_p(), 6);
                }
            }
            PlainColumn::Found => write_whole(out, self.group.map_or(0, |(counts, _)| u64::from(counts.n))),
            _ => {
                if let Some(price) = self.price {
                    self.write_figure(column, price, out);
                }
            }
        }
    }

    /// A cell that is empty without a judged price.
    fn write_figure(&self, column: PlainColumn, p: &PriceFigures, out: &mut Vec<u8>) {
        if let Some(figure) = Figure::of(column) {
            return figure.write_of(p, out);
        }
        let c = p.calibrated.as_ref();
        match column {
            PlainColumn::Groups => return c.into_iter().for_each(|c| write_whole(out, u64::from(c.groups))),
            PlainColumn::Calibration => {
                return c.into_iter().for_each(|c| {
                    out.extend_from_slice(if c.borrowed { b"borrowed" } else { b"pooled" });
                });
            }
            PlainColumn::Currency => return out.extend_from_slice(self.currency.to_string().as_bytes()),
            PlainColumn::Rung => return out.push(b'3'),
            _ => {}
        }
        if let Some((counts, figures)) = self.group {
            write_of_group(column, counts, figures, out);
        }
    }
}

/// A cell that a group's own numbers say; empty of others.
fn write_of_group(column: PlainColumn, counts: &GroupCounts, figures: &GroupFigures, out: &mut Vec<u8>) {
    match column {
        PlainColumn::Q1 => write_figure(figures.q1.exp(), out),
        PlainColumn::Median => write_figure(figures.median.exp(), out),
        PlainColumn::Q3 => write_figure(figures.q3.exp(), out),
        PlainColumn::NListings => write_whole(out, u64::from(counts.n - counts.slips)),
        PlainColumn::NSellers | PlainColumn::NSites => write_whole(out, u64::from(counts.sellers)),
        PlainColumn::NEff => write_figure(figures.n_eff, out),
        PlainColumn::Detectable => write_figure(figures.detectable, out),
        PlainColumn::Found => write_whole(out, u64::from(counts.n)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_column_of_a_group_is_a_lines_own_however_many_runs_there_are() {
        use PlainColumn::*;
        let columns = Columns::of(vec![Q1, Z, Median, Line, Q3, Z, NSites, Hs, NEff, Z, Detectable, Found]);
        assert_eq!(columns.runs.len(), 6);
        let own = |part: &Part| matches!(part, Part::Own(column) if column.of_group());
        assert!(!columns.parts.iter().any(own));
    }
}
