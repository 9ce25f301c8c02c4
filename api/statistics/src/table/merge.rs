//! Price tables put together, and lists put to a table: group by group, so that a group whose rows all
//! come from one table is taken over as it stands there. Byte for byte what a build of all their lists
//! gives, whatever the order. Not which numbers they get (`unite`), and not the file.

use super::build::{PartOut, calibrated};
use super::group::Room;
use super::parting::{Bounds, ListRows, Parted};
use super::sort::{Piece, Sorted, columns_of, keyed};
use super::unite::{Numbers, Repeated, United, same_rules};
use super::{
    Calibrations, Footing, GroupFigures, RowColumns, STRIDE, TableColumns, TableFacts, TableFile, unpacked,
};
use crate::calibration::Calibration;
use crate::spread::spread;
use crate::{Parameters, StatisticsError};
use std::ops::Range;
use std::sync::OnceLock;

/// What is put together.
#[derive(Debug)]
pub struct Merging<'a> {
    /// The facts of all of it; the first of its numbers are those of the tables.
    pub united: &'a United,
    /// Tables.
    pub tables: &'a [&'a TableFile],
    /// Rows of lists.
    pub lists: Vec<ListRows>,
    /// Where the parts of these begin.
    pub bounds: &'a Bounds,
    /// The rules.
    pub parameters: &'a Parameters,
    /// Threads to work with, at least 1.
    pub threads: usize,
}

/// A table put together.
#[derive(Debug)]
pub struct Merged {
    /// Its columns.
    pub columns: TableColumns,
    /// Its calibrations, where there are siblings enough.
    pub calibrations: Calibrations,
    /// Groups taken over as they stood in a table.
    pub kept: u64,
    /// Groups whose prediction stood, too.
    pub predictions_kept: u64,
}

/// A group that was taken over: the table's and its own number.
type Kept = Option<(usize, usize)>;

/// Rows of a repeated file: of all that have it together, and each counted once.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    all: u64,
    once: u64,
}

/// A table by the united numbers.
struct Side<'a> {
    file: &'a TableFile,
    numbers: &'a Numbers,
    /// Of each group its code and facet in one, rising.
    keys: Vec<u64>,
    /// Of each group its first running sum.
    before: Vec<usize>,
    /// Whether its groups can be taken over: they keep their order.
    stands: bool,
}

fn damaged() -> StatisticsError {
    StatisticsError::Damaged { detail: "price table: a row has a number out of its lists".to_owned() }
}

impl<'a> Side<'a> {
    fn of(file: &'a TableFile, numbers: &'a Numbers, facets: usize) -> Result<Side<'a>, StatisticsError> {
        let table = file.table();
        let (mut keys, mut before, mut sum) =
            (Vec::with_capacity(table.len()), Vec::with_capacity(table.len()), 0);
        for group in 0..table.len() {
            let counts = table.counts(group);
            let hs = numbers.codes.get(counts.hs as usize).ok_or_else(damaged)?;
            let facet = numbers.facets.get(counts.facet as usize).ok_or_else(damaged)?;
            keys.push(u64::from(*hs) * facets as u64 + u64::from(*facet));
            before.push(sum);
            sum += (counts.n as usize).div_ceil(STRIDE);
        }
        let stands = numbers.in_order;
        Ok(Side { file, numbers, keys, before, stands })
    }

    /// The groups of keys from one to below another.
    fn groups(&self, from: u64, to: u64) -> std::ops::Range<usize> {
        self.keys.partition_point(|&key| key < from)..self.keys.partition_point(|&key| key < to)
    }

    /// Prices and rows of a group, with their new numbers.
    fn rows(&self, group: usize) -> impl Iterator<Item = Result<u128, StatisticsError>> + '_ {
        let table = self.file.table();
        let counts = table.counts(group);
        let range = counts.start as usize..(counts.start + counts.n) as usize;
        let (prices, rows) = (&table.columns.prices[range.clone()], &table.columns.rows[range]);
        prices
            .iter()
            .zip(rows)
            .map(|(price, &row)| Ok(keyed(*price, self.numbers.row(row).ok_or_else(damaged)?)))
    }

    /// Takes a group over as it stands.
    fn take_over(&self, group: usize, out: &mut PartOut) -> Result<(), StatisticsError> {
        let (table, columns) = (self.file.table(), self.file.table().columns);
        let mut counts = table.counts(group);
        let range = counts.start as usize..(counts.start + counts.n) as usize;
        out.prices.extend_from_slice(&columns.prices[range.clone()]);
        for &row in &columns.rows[range.clone()] {
            out.rows.push(self.numbers.row(row).ok_or_else(damaged)?);
        }
        out.repeats.extend(columns.repeats.slice(range.clone()));
        let sums = self.before[group]..self.before[group] + range.len().div_ceil(STRIDE);
        out.before.extend_from_slice(&columns.before[sums]);
        counts.hs = self.numbers.codes[counts.hs as usize];
        counts.facet = u32::from(self.numbers.facets[counts.facet as usize]);
        out.counts.push(counts.to_numbers());
        let figures = table.figures(group);
        out.figures.push(figures.to_numbers());
        out.predicted.push(figures.predicted());
        Ok(())
    }

    /// Predictions of a group with one source left out.
    fn without(&self, group: usize) -> &[f64] {
        let (counts, columns) = (self.file.table().counts(group), self.file.table().columns);
        let from = 3 * counts.without as usize;
        &columns.without[from..from + 3 * counts.left_out as usize]
    }

    /// Whether its predictions on each of these footings were made by the calibration there.
    fn predicted_by(&self, calibrations: &Calibrations, footings: &[Footing]) -> Vec<bool> {
        let bits = |c: Option<&Calibration>| -> Vec<u64> {
            c.map(|c| c.to_numbers().into_iter().map(f64::to_bits).collect()).unwrap_or_default()
        };
        let ours = self.file.facts().footings();
        (0..)
            .zip(footings)
            .map(|(at, footing)| {
                let own =
                    ours.binary_search(footing).ok().and_then(|own| self.file.calibrations().on(own as u16));
                bits(own) == bits(calibrations.on(at))
            })
            .collect()
    }
}

/// Puts tables and rows of lists together; `beside` as in [`super::build`].
///
/// # Errors
/// [`StatisticsError::OtherMethod`] and [`StatisticsError::OtherRule`] where a table was built by another method or
/// other rules than these,
/// [`StatisticsError::ReadOtherwise`] where one file stands in two of them with different rows,
/// [`StatisticsError::Damaged`].
pub fn merge(
    merging: Merging<'_>,
    beside: impl FnOnce(&RowColumns<'_>) + Send,
) -> Result<Merged, StatisticsError> {
    let Merging { united, tables, lists, bounds, parameters, threads } = merging;
    let facts = &united.facts;
    let facets = facts.facets.len();
    let mut sides = Vec::with_capacity(tables.len());
    for (file, numbers) in tables.iter().zip(&united.numbers) {
        file.same_method()?;
        same_rules(file.parameters(), parameters)?;
        sides.push(Side::of(file, numbers, facets)?);
    }
    let mut sizes = Vec::new();
    for side in &sides {
        let table = side.file.table();
        let size =
            |(group, key): (usize, &u64)| ((key / facets as u64) as u32, table.counts(group).n as usize);
        sizes.extend(side.keys.iter().enumerate().map(size));
    }
    let mut rows = Parted::unlevelled(bounds, united, lists);
    rows.level(&sizes, threads);
    let joined = spread(
        rows.len(),
        threads,
        || Joiner::new(facts),
        |part, joiner| joiner.join(&sides, &rows.take(part), rows.codes(part), united, parameters),
    );
    let (mut outs, mut kept, mut counted) =
        (Vec::new(), Vec::new(), vec![Counted::default(); united.repeated.len()]);
    for part in joined {
        let part = part?;
        outs.push(part.out);
        kept.push(part.kept);
        for (sum, more) in counted.iter_mut().zip(part.counted) {
            (sum.all, sum.once) = (sum.all + more.all, sum.once + more.once);
        }
    }
    for (file, counted) in united.repeated.iter().zip(counted) {
        if counted.all != file.times * counted.once {
            return Err(StatisticsError::ReadOtherwise { name: file.name.clone() });
        }
    }
    // By table and footing.
    let stand: OnceLock<Vec<Vec<bool>>> = OnceLock::new();
    let footings = facts.footing_numbers();
    let footing_of = |(side, group): (usize, usize)| {
        let side: &Side<'_> = &sides[side];
        usize::from(
            footings[usize::from(side.numbers.facets[side.file.table().counts(group).facet as usize])],
        )
    };
    let stands = |calibrations: &Calibrations, part: usize, group: usize| {
        let stand = stand.get_or_init(|| {
            // Tables put together are of one day (`unite`): the day says no only where lists are put to a
            // table on another day than its own.
            let footings = facts.footings();
            let same = |side: &Side<'_>| match side.file.facts().as_of == facts.as_of {
                true => side.predicted_by(calibrations, &footings),
                false => vec![false; footings.len()],
            };
            sides.iter().map(same).collect()
        });
        let (side, group) = kept[part][group].filter(|&kept| stand[kept.0][footing_of(kept)])?;
        Some(sides[side].without(group))
    };
    let (columns, calibrations) = calibrated(outs, facts, parameters, threads, stands, beside);
    let all = kept.iter().flatten().flatten();
    let stand = stand.into_inner().unwrap_or_default();
    let predictions_kept =
        all.clone().filter(|&&kept| stand.get(kept.0).is_some_and(|of| of[footing_of(kept)])).count() as u64;
    Ok(Merged { columns, calibrations, kept: all.count() as u64, predictions_kept })
}

/// One part put together.
#[derive(Default)]
struct Joined {
    out: PartOut,
    kept: Vec<Kept>,
    counted: Vec<Counted>,
}

/// Puts one part after another together, with room lent.
struct Joiner {
    room: Room,
    /// New rows of the part.
    fresh: Sorted,
    rows: Vec<u128>,
    repeats: Vec<u32>,
    given: Vec<(usize, usize)>,
}

impl Joiner {
    fn new(facts: &TableFacts) -> Joiner {
        Joiner {
            room: Room::new(facts.sources.len()),
            fresh: Sorted::default(),
            rows: Vec::new(),
            repeats: Vec::new(),
            given: Vec::new(),
        }
    }

    /// The groups of some codes.
    fn join(
        &mut self,
        sides: &[Side<'_>],
        fresh: &[Piece],
        codes: Range<u32>,
        united: &United,
        parameters: &Parameters,
    ) -> Result<Joined, StatisticsError> {
        let repeated = &united.repeated;
        let facets = united.facts.facets.len() as u64;
        let [from, to] = [codes.start, codes.end].map(|code| u64::from(code) * facets);
        self.fresh.take(fresh, codes, facets as usize);
        self.fresh.sort();
        let ends = &self.fresh.ends;
        let mut places: Vec<std::ops::Range<usize>> = sides.iter().map(|s| s.groups(from, to)).collect();
        let mut out = Joined { counted: vec![Counted::default(); repeated.len()], ..Joined::default() };
        let (mut group, mut start) = (0, 0);
        loop {
            while ends.get(group) == Some(&start) {
                group += 1;
            }
            let new = (group < ends.len()).then_some(from + group as u64);
            let old = sides.iter().zip(&places).filter_map(|(s, at)| s.keys[at.clone()].first().copied());
            let Some(key) = old.chain(new).min() else { break };
            let fresh = if new == Some(key) {
                let range = start as usize..ends[group] as usize;
                (start, group) = (ends[group], group + 1);
                &self.fresh.keys[range]
            } else {
                &[]
            };
            self.given.clear();
            for (side, at) in places.iter_mut().enumerate() {
                if sides[side].keys[at.clone()].first() == Some(&key) {
                    self.given.push((side, at.start));
                    at.start += 1;
                }
            }
            if let (&[(side, group)], true) = (&self.given[..], fresh.is_empty())
                && sides[side].stands
            {
                let begin = out.out.rows.len();
                sides[side].take_over(group, &mut out.out)?;
                out.kept.push(Some((side, group)));
                for &row in &out.out.rows[begin..] {
                    count(row, repeated, &mut out.counted, |c| (c.all, c.once) = (c.all + 1, c.once + 1));
                }
                continue;
            }
            self.rows.clear();
            self.rows.extend_from_slice(fresh);
            for &(side, group) in &self.given {
                for row in sides[side].rows(group) {
                    self.rows.push(row?);
                }
            }
            // Runs in order, one a table: put together, not sorted anew.
            self.rows.sort();
            if !repeated.is_empty() {
                self.rows.iter().for_each(|r| count(*r as u64, repeated, &mut out.counted, |c| c.all += 1));
                // A row of a file that stands in several tables: the same price, source, day and number.
                self.rows.dedup();
                self.rows.iter().for_each(|r| count(*r as u64, repeated, &mut out.counted, |c| c.once += 1));
            }
            let begin = out.out.rows.len();
            let (prices, rows) = columns_of(&self.rows);
            out.out.prices.extend(prices);
            out.out.rows.extend(rows);
            let (range, of) = (begin..out.out.rows.len(), ((key / facets) as u32, (key % facets) as u32));
            out.out.describe(range, of, &mut self.room, &mut self.repeats, parameters);
            out.kept.push(None);
        }
        Ok(out)
    }
}

/// Counts a row where it is of a repeated file.
fn count(row: u64, repeated: &[Repeated], counted: &mut [Counted], how: impl Fn(&mut Counted)) {
    let (_, _, number) = unpacked(row);
    let at = repeated.partition_point(|file| file.first <= number);
    if let Some(at) = at.checked_sub(1).filter(|&at| number < repeated[at].end) {
        how(&mut counted[at]);
    }
}

/// The figures of a group that follow from its rows alone, whatever its siblings are.
pub(super) fn own(f: &GroupFigures) -> [f64; 6] {
    [f.n_eff, f.total, f.median, f.q1, f.q3, f.spread]
}
