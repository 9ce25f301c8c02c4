//! Chunks of a list put together: bad rows taken out and counted, and the codes of all chunks brought
//! to the same names. What cells mean and where they come from is not known here.

use super::cells::{Bad, Code, Entries, KINDS, Reason};
use super::footing::{self, Silent};
use super::map::PriceMap;
use super::{BadRow, Columns, LeftOut, NAMED, PriceTable};
use model::{ContentHash, HsCode};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The columns of a list, in the order in which the map names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Hs,
    Origin,
    Date,
    Source,
    Price,
    Unit,
    Condition,
    Level,
}

/// How many there are.
pub(super) const COLUMNS: usize = 8;

impl Column {
    pub const ALL: [Column; COLUMNS] = [
        Column::Hs,
        Column::Origin,
        Column::Date,
        Column::Source,
        Column::Price,
        Column::Unit,
        Column::Condition,
        Column::Level,
    ];
    /// Those of the footing, which need not be read where the map does not name them.
    pub const FOOTING: [Column; 3] = [Column::Unit, Column::Condition, Column::Level];
    /// Its key in the map.
    pub fn name(self) -> &'static str {
        match self {
            Column::Hs => "hs",
            Column::Origin => "origin",
            Column::Date => "date",
            Column::Source => "source",
            Column::Price => "price",
            Column::Unit => "unit",
            Column::Condition => "condition",
            Column::Level => "level",
        }
    }
    /// Its header in the list.
    pub fn header(self, map: &PriceMap) -> Option<&str> {
        let columns = &map.columns;
        match self {
            Column::Hs => &columns.hs,
            Column::Origin => &columns.origin,
            Column::Date => &columns.date,
            Column::Source => &columns.source,
            Column::Price => &columns.price,
            Column::Unit => &columns.unit,
            Column::Condition => &columns.condition,
            Column::Level => &columns.level,
        }
        .as_deref()
    }
}

/// What makes a row no row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// A blank line: none was meant.
    Blank,
    /// A line that cannot be cut into cells, by number of the entry.
    Line(usize),
    /// A cell, by number of the column's entry.
    Cell(Column, usize),
}

/// Rows as they were read.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The rows; until chunks are brought together their facets are origins alone.
    pub columns: Columns,
    /// Numbers of unit, condition and level; empty where the map names no column for them.
    pub footing: [Vec<u16>; 3],
    /// Rows before any was left out.
    pub rows: usize,
    /// Names that the codes of each kind mean; `None` where they are those of all chunks.
    pub names: [Option<Vec<String>>; KINDS],
    /// Bad values by column.
    pub entries: [Entries; COLUMNS],
    /// Bad lines.
    pub lines: Entries,
    /// Rows with a fault, and which.
    pub faults: Vec<(u32, Fault)>,
    pub rounded: u64,
}

impl Chunk {
    /// Finds the bad values of a column.
    pub fn take<T: Copy>(
        &mut self,
        column: Column,
        values: &[T],
        bad: Bad,
        number: impl Fn(T) -> Option<usize>,
    ) {
        if bad.is_empty() {
            return;
        }
        let found =
            (0u32..).zip(values).filter_map(|(row, value)| Some((row, Fault::Cell(column, number(*value)?))));
        self.faults.extend(found);
        self.entries[column as usize] = Arc::new(bad.into_entries());
    }

    fn reason(&self, fault: Fault) -> Option<&(Reason, String)> {
        match fault {
            Fault::Blank => None,
            Fault::Line(at) => self.lines.get(at),
            Fault::Cell(column, at) => self.entries[column as usize].get(at),
        }
    }

    /// Counts and names the rows with a fault, and takes them out.
    fn sift(&mut self, map: &PriceMap) -> LeftOut {
        let mut out = LeftOut::default();
        if self.faults.is_empty() {
            return out;
        }
        self.faults.sort_unstable();
        self.faults.dedup_by_key(|(row, _)| *row);
        for (row, fault) in &self.faults {
            let Some((reason, value)) = self.reason(*fault) else { continue };
            out.rows += 1;
            *out.by_reason.entry(*reason).or_default() += 1;
            if out.first.len() < NAMED {
                let column = match fault {
                    Fault::Cell(column, _) => column.header(map).unwrap_or(column.name()),
                    _ => "",
                };
                out.first.push(BadRow {
                    row: self.columns.first + u64::from(*row),
                    column: column.to_owned(),
                    value: value.clone(),
                    reason: *reason,
                });
            }
        }
        self.columns.missing = self.faults.iter().map(|(row, _)| *row).collect();
        let Columns { hs, facet, day, source, price, missing, .. } = &mut self.columns;
        drop_rows(hs, missing);
        drop_rows(facet, missing);
        drop_rows(day, missing);
        drop_rows(source, missing);
        drop_rows(price, missing);
        self.footing.iter_mut().for_each(|column| drop_rows(column, missing));
        out
    }

    /// The names of a kind that rows use.
    fn used<'a>(&'a self, kind: usize, shared: &'a [String]) -> BTreeSet<&'a str> {
        let names = self.names[kind].as_deref().unwrap_or(shared);
        let mut used = vec![false; names.len()];
        let mut mark = |code: usize| {
            if let Some(flag) = used.get_mut(code) {
                *flag = true;
            }
        };
        match kind {
            0 => self.columns.hs.iter().for_each(|code| mark(*code as usize)),
            1 => self.columns.facet.iter().for_each(|code| mark(usize::from(*code))),
            _ => self.columns.source.iter().for_each(|code| mark(*code as usize)),
        }
        names.iter().zip(used).filter(|(_, used)| *used).map(|(name, _)| name.as_str()).collect()
    }

    /// Brings the codes of a kind to new names.
    fn recode(&mut self, kind: usize, shared: &[String], names: &[String]) {
        let old = self.names[kind].as_deref().unwrap_or(shared);
        let table: Vec<u32> = old
            .iter()
            .map(|name| names.binary_search(name).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(0))
            .collect();
        let new = |code: usize| table.get(code).copied().unwrap_or(0);
        match kind {
            0 => self.columns.hs.iter_mut().for_each(|code| *code = new(*code as usize)),
            1 => (self.columns.facet.iter_mut())
                .for_each(|code| *code = u16::from_number(new(usize::from(*code)))),
            _ => self.columns.source.iter_mut().for_each(|code| *code = new(*code as usize)),
        }
    }
}

/// Takes out the rows at these places, ascending.
fn drop_rows<T: Copy>(values: &mut Vec<T>, places: &[u32]) {
    let mut missing = places.iter().map(|place| *place as usize).peekable();
    let mut at = 0;
    values.retain(|_| {
        let stays = missing.next_if_eq(&at).is_none();
        at += 1;
        stays
    });
}

/// A list as it was read, its chunks not yet brought together.
#[derive(Debug)]
pub(super) struct Gathered {
    pub chunks: Vec<Chunk>,
    /// Names of each kind that chunks share.
    pub shared: [Vec<String>; KINDS],
    /// Whether the shared names are sorted.
    pub settled: bool,
    pub file_hash: ContentHash,
}

impl Gathered {
    /// The table; the error is a name that is none, which would be a fault of this program.
    pub fn table(self, map: &PriceMap, threads: usize) -> Result<PriceTable, String> {
        let Gathered { mut chunks, shared, settled, file_hash } = self;
        let mut left_out = LeftOut::default();
        let silent = Silent::of(map);
        on_threads(&mut chunks, threads, |chunk| chunk.convert(&shared, silent))
            .into_iter()
            .collect::<Result<(), String>>()?;
        for part in on_threads(&mut chunks, threads, |chunk| chunk.sift(map)) {
            left_out.rows += part.rows;
            for (reason, count) in part.by_reason {
                *left_out.by_reason.entry(reason).or_default() += count;
            }
            left_out.first.extend(part.first);
            left_out.first.truncate(NAMED);
        }
        // Where rows state more than origins, these are brought together with what is stated.
        let told = Column::FOOTING.iter().any(|column| column.header(map).is_some());
        let mut names: [Vec<String>; 3] = Default::default();
        for (kind, names) in names.iter_mut().enumerate().filter(|(kind, _)| !told || *kind != 1) {
            let own = chunks.iter().any(|chunk| chunk.names[kind].is_some());
            if settled && !own && all_used(&chunks, kind, shared[kind].len()) {
                *names = shared[kind].clone();
                continue;
            }
            let used: BTreeSet<String> = on_threads(&mut chunks, threads, |chunk| {
                chunk.used(kind, &shared[kind]).into_iter().map(str::to_owned).collect::<Vec<_>>()
            })
            .into_iter()
            .flatten()
            .collect();
            *names = used.into_iter().collect();
            on_threads(&mut chunks, threads, |chunk| chunk.recode(kind, &shared[kind], names));
        }
        let [hs, origins, sources] = names;
        let wrong = |error: model::VocabularyError| error.to_string();
        let hs = hs.iter().map(|name| name.parse::<HsCode>()).collect::<Result<_, _>>().map_err(wrong)?;
        let facets = match told {
            true => footing::facets_of(&mut chunks, &shared, silent)?,
            false => silent.facets(footing::countries(&origins)?),
        };
        let rounded = chunks.iter().map(|chunk| chunk.rounded).sum();
        let chunks = chunks.into_iter().map(|chunk| chunk.columns).collect();
        Ok(PriceTable { chunks, hs, facets, sources, left_out, rounded, file_hash })
    }
}

/// Whether rows use every one of so many names. With rows in any order, some thousands tell.
fn all_used(chunks: &[Chunk], kind: usize, names: usize) -> bool {
    let mut used = vec![false; names];
    let mut left = names;
    let mut mark = |code: usize| {
        if let Some(flag) = used.get_mut(code)
            && !*flag
        {
            *flag = true;
            left -= 1;
        }
        left == 0
    };
    names == 0
        || chunks.iter().any(|chunk| match kind {
            0 => chunk.columns.hs.iter().any(|code| mark(*code as usize)),
            1 => chunk.columns.facet.iter().any(|code| mark(usize::from(*code))),
            _ => chunk.columns.source.iter().any(|code| mark(*code as usize)),
        })
}

/// Does something with every chunk, on several threads, and gives the outcomes in the chunks' order.
fn on_threads<T: Send>(
    chunks: &mut [Chunk],
    threads: usize,
    each: impl Fn(&mut Chunk) -> T + Sync,
) -> Vec<T> {
    let share = chunks.len().div_ceil(threads.max(1)).max(1);
    if chunks.len() <= share {
        return chunks.iter_mut().map(each).collect();
    }
    let each = &each;
    std::thread::scope(|scope| {
        let parts: Vec<_> = chunks
            .chunks_mut(share)
            .map(|part| scope.spawn(move || part.iter_mut().map(each).collect::<Vec<T>>()))
            .collect();
        let panicked = |panic| std::panic::resume_unwind(panic);
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(panicked)).collect()
    })
}
