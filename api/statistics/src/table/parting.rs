//! Rows of price lists put into parts by subheading as they are read, before it is known which codes,
//! facets and sources there are. Not the reading, and not the order within a part (`sort`).
//!
//! A part is a range of subheadings. Where parts begin is guessed from the first rows that come (or known
//! from a table that lists are put to); a part that turned out large is parted once more in the end. What
//! comes out of a table does not depend on where its parts begin.

use super::renumbered::Renumbered;
use super::shape::{Row, RowNumbers, Shape, Within};
use super::sort::{Part, Piece};
use super::{DAYS_TO_1970, Lists, MOST_SOURCES, Rows, TableFile, United};
use crate::fast::wide;
use crate::spread::spread;
use model::HsCode;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Parts a table is worked on in: one fits a processor's near memory.
const PARTS: usize = 128;
/// Facets of a list: units, conditions, levels and origins that occur together. Of subheadings, six digits
/// each, there are fewer than the rest of 32 bits can count.
pub const MOST_FACETS: u32 = 1 << 12;

/// The first six digits of a code as a number: codes rise by it.
fn digits(code: &HsCode) -> u32 {
    let digits = code.as_str().bytes().chain(std::iter::repeat(b'0')).take(6);
    digits.fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
}

/// Starts of runs of about equally many rows, from how many each of some items has.
fn starts(sizes: impl Iterator<Item = (u32, usize)>, target: usize) -> Vec<u32> {
    let (mut starts, mut size) = (vec![0], 0);
    for (item, n) in sizes.filter(|(_, n)| *n > 0) {
        if size > 0 && size + n > target {
            starts.push(item);
            size = 0;
        }
        size += n;
    }
    starts
}

/// Where parts begin: the same for all lists of a table. As long as nothing is known, the first rows that
/// are taken tell.
#[derive(Debug, Default)]
pub struct Bounds(OnceLock<Vec<u32>>);

impl Bounds {
    /// Those of a table, which lists are put to.
    pub fn of_table(file: &TableFile) -> Bounds {
        let table = file.table();
        let mut sizes = BTreeMap::new();
        for group in 0..table.len() {
            let counts = table.counts(group);
            if let Some(code) = file.facts().codes.get(counts.hs as usize) {
                *sizes.entry(digits(code)).or_default() += counts.n as usize;
            }
        }
        Bounds(OnceLock::from(Bounds::of_sizes(&sizes)))
    }

    fn of_sizes(sizes: &BTreeMap<u32, usize>) -> Vec<u32> {
        let all: usize = sizes.values().sum();
        starts(sizes.iter().map(|(code, n)| (*code, *n)), all.div_ceil(PARTS))
    }

    fn of_rows(lists: &Lists, rows: &Rows<'_>) -> Vec<u32> {
        let mut sizes = BTreeMap::new();
        for range in rows.there() {
            for &hs in &rows.hs[range] {
                *sizes.entry(digits(&lists.codes[hs as usize])).or_default() += 1;
            }
        }
        Bounds::of_sizes(&sizes)
    }
}

impl Rows<'_> {
    /// Places of the rows that are there.
    fn there(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.missing.iter().map(|place| *place as usize).chain([self.price.len()]);
        let mut start = 0;
        ends.map(move |end| std::mem::replace(&mut start, end + 1)..end)
    }
}

/// Which numbers of a list rows have.
#[derive(Debug, Default)]
struct Used {
    is: Vec<bool>,
    left: usize,
}

impl Used {
    /// Notes the numbers of some rows, of so many there are. With rows in any order, some thousands tell.
    fn note(&mut self, all: usize, numbers: impl Iterator<Item = usize>) {
        if all > self.is.len() {
            self.left += all - self.is.len();
            self.is.resize(all, false);
        }
        if self.left > 0 {
            for number in numbers {
                let is = &mut self.is[number];
                self.left -= usize::from(!*is);
                *is = true;
            }
        }
    }
}

/// Takes in rows of a list on one thread and puts them into parts.
#[derive(Debug)]
pub struct Parter {
    bounds: Arc<Bounds>,
    /// Part of each subheading, by its number in the list.
    of_code: Vec<u16>,
    parts: Vec<Part>,
    used: [Used; 3],
    renumbered: Option<Renumbered>,
    /// What all rows so far stay within, and the shape that follows.
    within: Option<Within>,
    shape: Shape,
    /// Room for rows' second halves.
    bits: Vec<u64>,
}

impl Parter {
    /// One that has no rows yet. All those of a table have the same bounds.
    pub fn new(bounds: Arc<Bounds>) -> Parter {
        Parter {
            bounds,
            of_code: Vec::new(),
            parts: Vec::new(),
            used: Default::default(),
            renumbered: None,
            within: None,
            shape: Shape::default(),
            bits: Vec::new(),
        }
    }

    /// How many sources its rows are of.
    pub fn sources(&self) -> usize {
        self.used[2].is.len() - self.used[2].left
    }

    /// Takes in rows, whose numbers are places in lists; these are in any order, and may grow behind from
    /// call to call.
    pub fn take(&mut self, lists: &Lists, rows: &Rows<'_>) {
        if lists.sources.len() <= MOST_SOURCES {
            return self.put(lists, rows, rows.source);
        }
        let mut renumbered = self.renumbered.take().unwrap_or_else(|| Renumbered::of(&self.used[2].is));
        let mut numbers = vec![0; rows.source.len()];
        for at in rows.there().flatten() {
            numbers[at] = renumbered.number(rows.source[at] as usize);
        }
        self.put(lists, rows, &numbers);
        self.renumbered = Some(renumbered);
    }

    /// Finds a shape for rows to come, too.
    fn shape(&mut self, lists: &Lists, rows: &Rows<'_>) {
        let (mut first, mut last) = (i32::MAX, i32::MIN);
        for range in rows.there() {
            let days = &rows.day[range];
            (first, last) = wide(
                #[inline(always)]
                || days.iter().fold((first, last), |(first, last), &day| (first.min(day), last.max(day))),
            );
        }
        if first > last {
            return;
        }
        let now = Within {
            codes: lists.codes.len(),
            facets: lists.facets.len(),
            sources: lists.sources.len().min(MOST_SOURCES),
            days: (first + DAYS_TO_1970) as u32..=(last + DAYS_TO_1970) as u32,
            rows: rows.first + rows.price.len() as u32,
        };
        let within = self.within.as_ref().map_or(now.clone(), |before| before.and(&now));
        let shape = Shape::of(&within);
        self.within = Some(within);
        if shape != self.shape {
            self.shape = shape;
            self.parts.iter_mut().for_each(|part| part.another(shape));
        }
    }

    /// The same, with the sources' numbers that rows are to have.
    fn put(&mut self, lists: &Lists, rows: &Rows<'_>, numbers: &[u32]) {
        let bounds = Arc::clone(&self.bounds);
        let bounds = bounds.0.get_or_init(|| Bounds::of_rows(lists, rows));
        if self.parts.is_empty() {
            self.parts.resize_with(bounds.len(), Part::default);
        }
        self.shape(lists, rows);
        let Parter { of_code, parts, used, shape, bits, .. } = self;
        let shape = *shape;
        for code in lists.codes.iter().skip(of_code.len()) {
            let code = digits(code);
            of_code.push(bounds.partition_point(|start| *start <= code).saturating_sub(1) as u16);
        }
        let [codes, facets, sources] = used;
        for range in rows.there() {
            let (hs, facet) = (&rows.hs[range.clone()], &rows.facet[range.clone()]);
            let (day, source) = (&rows.day[range.clone()], &numbers[range.clone()]);
            let price = &rows.price[range.clone()];
            codes.note(lists.codes.len(), hs.iter().map(|n| *n as usize));
            facets.note(lists.facets.len(), facet.iter().map(|n| usize::from(*n)));
            let stated = &rows.source[range.clone()];
            sources.note(lists.sources.len(), stated.iter().map(|n| *n as usize));
            let first = rows.first + range.start as u32;
            if shape.is_two() {
                let columns = hs.iter().zip(facet).zip(source).zip(day).zip(price);
                for (number, ((((&hs, &facet), &source), &day), &price)) in (first..).zip(columns) {
                    let (facet, day) = (u32::from(facet), (day + DAYS_TO_1970) as u32);
                    let row = RowNumbers { hs, facet, source, day, number, price };
                    parts[usize::from(of_code[hs as usize])].push(shape.rows(row));
                }
                continue;
            }
            bits.resize(hs.len(), 0);
            wide(
                #[inline(always)]
                || {
                    let columns = hs.iter().zip(facet).zip(source).zip(day);
                    for ((bits, number), (((&hs, &facet), &source), &day)) in
                        bits.iter_mut().zip(first..).zip(columns)
                    {
                        let day = (day + DAYS_TO_1970) as u32;
                        *bits = shape.bits(hs, u32::from(facet), source, day, number);
                    }
                },
            );
            for ((&hs, &price), &bits) in hs.iter().zip(price).zip(&*bits) {
                parts[usize::from(of_code[hs as usize])].push((Row { price, bits }, None));
            }
        }
    }
}

/// The parted rows of a list, and the place of each of its numbers among the settled ones.
#[derive(Debug)]
pub struct ListRows {
    parters: Vec<Parter>,
    codes: Vec<u32>,
    facets: Vec<u32>,
    sources: Vec<u32>,
}

/// The entries that rows have, rising, each once, and the place of each among them.
fn settle<T: Ord + Clone>(list: Vec<T>, parters: &[Parter], kind: usize) -> (Vec<T>, Vec<u32>) {
    let is = |at: usize| parters.iter().any(|parter| parter.used[kind].is.get(at) == Some(&true));
    let mut used: Vec<(T, usize)> = list.iter().cloned().zip(0..).filter(|(_, at)| is(*at)).collect();
    used.sort_unstable();
    let mut places = vec![0; list.len()];
    let mut entries = Vec::with_capacity(used.len());
    for (entry, at) in used {
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
        places[at] = entries.len() as u32 - 1;
    }
    (entries, places)
}

impl ListRows {
    /// All rows of a list, and its lists settled: in order, and nothing in them that no row has.
    pub fn of(parters: Vec<Parter>, lists: Lists) -> (ListRows, Lists) {
        let (codes, of_codes) = settle(lists.codes, &parters, 0);
        let (facets, of_facets) = settle(lists.facets, &parters, 1);
        let (sources, of_sources) = settle(lists.sources, &parters, 2);
        let rows = ListRows { parters, codes: of_codes, facets: of_facets, sources: of_sources };
        (rows, Lists { codes, facets, sources })
    }
}

/// Rows parted by subheading. A part is given up when it is taken, so that its memory can serve again.
#[derive(Debug)]
pub struct Parted {
    /// First code of each part, and behind the last one how many codes there are.
    first: Vec<u32>,
    parts: Vec<Mutex<Vec<Piece>>>,
}

impl Parted {
    /// The rows of the last of what was united, as many lists as are given; their bounds are these.
    pub fn of(bounds: &Bounds, united: &United, lists: Vec<ListRows>, threads: usize) -> Parted {
        let mut parted = Parted::unlevelled(bounds, united, lists);
        parted.level(&[], threads);
        parted
    }

    pub(super) fn unlevelled(bounds: &Bounds, united: &United, lists: Vec<ListRows>) -> Parted {
        let bounds = bounds.0.get_or_init(|| vec![0]);
        let codes: Vec<u32> = united.facts.codes.iter().map(digits).collect();
        let mut first: Vec<u32> =
            bounds.iter().map(|start| codes.partition_point(|code| code < start) as u32).collect();
        first.push(codes.len() as u32);
        let mut parts: Vec<Vec<Piece>> = bounds.iter().map(|_| Vec::new()).collect();
        let tables = united.numbers.len().saturating_sub(lists.len());
        for (list, numbers) in lists.into_iter().zip(&united.numbers[tables..]) {
            let ListRows { parters, codes, facets, sources } = list;
            let settled = Arc::new(numbers.settled([codes, facets, sources]));
            for parter in parters {
                let settled = match &parter.renumbered {
                    None => Arc::clone(&settled),
                    Some(numbers) => Arc::new(settled.with_sources(numbers.stated())),
                };
                for (part, pieces) in parter.parts.into_iter().zip(&mut parts) {
                    pieces.push(Piece { part, settled: Arc::clone(&settled) });
                }
            }
        }
        Parted { first, parts: parts.into_iter().map(Mutex::new).collect() }
    }

    /// Parts those once more that have more than twice their share of all rows; others, by code, are put to
    /// them later.
    pub(super) fn level(&mut self, others: &[(u32, usize)], threads: usize) {
        let mut sizes: Vec<usize> = (0..self.len())
            .map(|part| self.locked(part).iter().map(|piece| piece.part.len()).sum())
            .collect();
        for (code, n) in others {
            sizes[self.part_of(*code)] += n;
        }
        let target = sizes.iter().sum::<usize>().div_ceil(PARTS).max(1);
        let is_large = |part: usize| sizes[part] > 2 * target && self.codes(part).len() > 1;
        let large: Vec<(usize, Piece)> = (0..self.len())
            .filter(|part| is_large(*part))
            .flat_map(|part| self.take(part).into_iter().map(move |piece| (part, piece)))
            .collect();
        let mut counts: BTreeMap<usize, Vec<usize>> = (0..self.len())
            .filter(|part| is_large(*part))
            .map(|part| (part, vec![0; self.codes(part).len()]))
            .collect();
        if counts.is_empty() {
            return;
        }
        let of_pieces = spread(
            large.len(),
            threads,
            || (),
            |at, ()| {
                let (part, piece) = &large[at];
                let mut counts = vec![0usize; self.codes(*part).len()];
                let first = self.first[*part];
                piece.part.each(|row| counts[(piece.settled.codes[row.hs as usize] - first) as usize] += 1);
                counts
            },
        );
        let mut add = |part: usize, code: usize, n: usize| {
            if let Some(counts) = counts.get_mut(&part) {
                counts[code] += n;
            }
        };
        for ((part, _), more) in large.iter().zip(of_pieces) {
            more.into_iter().enumerate().for_each(|(code, n)| add(*part, code, n));
        }
        for (code, n) in others {
            let part = self.part_of(*code);
            add(part, (code - self.first[part]) as usize, *n);
        }
        let new: BTreeMap<usize, Vec<u32>> = counts
            .iter()
            .map(|(part, sizes)| (*part, starts((0..).zip(sizes.iter().copied()), target)))
            .collect();
        let large: Vec<(usize, Mutex<Option<Piece>>)> =
            large.into_iter().map(|(part, piece)| (part, Mutex::new(Some(piece)))).collect();
        let split = spread(
            large.len(),
            threads,
            || (),
            |at, ()| {
                let (part, piece) = &large[at];
                let piece = piece.lock().unwrap_or_else(PoisonError::into_inner).take();
                piece.map(|piece| divided(piece, self.first[*part], &new[part]))
            },
        );
        let mut divided: BTreeMap<usize, Vec<Vec<Piece>>> =
            new.iter().map(|(part, starts)| (*part, starts.iter().map(|_| Vec::new()).collect())).collect();
        for ((part, _), pieces) in large.iter().zip(split) {
            if let Some(into) = divided.get_mut(part) {
                into.iter_mut().zip(pieces.into_iter().flatten()).for_each(|(into, piece)| into.push(piece));
            }
        }
        let (mut first, mut parts) = (Vec::new(), Vec::new());
        for part in 0..self.len() {
            match (new.get(&part), divided.remove(&part)) {
                (Some(starts), Some(pieces)) => {
                    first.extend(starts.iter().map(|start| self.first[part] + start));
                    parts.extend(pieces.into_iter().map(Mutex::new));
                }
                _ => {
                    first.push(self.first[part]);
                    parts.push(Mutex::new(self.take(part)));
                }
            }
        }
        first.extend(self.first.last());
        *self = Parted { first, parts };
    }

    fn part_of(&self, code: u32) -> usize {
        self.first[..self.len()].partition_point(|first| *first <= code).saturating_sub(1)
    }

    /// How many parts there are.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The subheadings of a part.
    pub(super) fn codes(&self, part: usize) -> Range<u32> {
        self.first[part]..self.first[part + 1]
    }

    fn locked(&self, part: usize) -> std::sync::MutexGuard<'_, Vec<Piece>> {
        self.parts[part].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of a part, once.
    pub(super) fn take(&self, part: usize) -> Vec<Piece> {
        std::mem::take(&mut *self.locked(part))
    }
}

/// A piece divided by code: at places behind the first code of its part.
fn divided(piece: Piece, first: u32, starts: &[u32]) -> Vec<Piece> {
    let Piece { part, settled } = piece;
    let of_code: Vec<u16> = (settled.codes.iter())
        .map(|code| starts.partition_point(|start| first + start <= *code).saturating_sub(1) as u16)
        .collect();
    let mut parts: Vec<Part> = starts.iter().map(|_| Part::default()).collect();
    part.into_each(|shape, row| parts[usize::from(of_code[row.hs as usize])].push_of(shape, &row));
    parts.into_iter().map(|part| Piece { part, settled: Arc::clone(&settled) }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Facet, Footing, PriceFile, TableFacts, unite};
    use super::*;
    use model::{CommercialLevel, Condition, ContentHash, Currency, Unit};

    /// Rows of some codes, each so many times in the order given, parted on two threads.
    fn parted(codes: &[u32], batch: usize) -> (Parted, Vec<u32>) {
        let mut all: Vec<u32> = codes.to_vec();
        all.sort_unstable();
        all.dedup();
        let code = |n: &u32| HsCode::parse(&format!("{n:06}")).unwrap();
        let footing =
            Footing { unit: Unit::Kilogram, condition: Condition::New, level: CommercialLevel::Wholesale };
        let lists = Lists {
            codes: all.iter().map(code).collect(),
            facets: vec![Facet { footing, origin: None }],
            sources: vec!["one".to_owned()],
        };
        let bounds = Arc::new(Bounds::default());
        let mut parters = [(); 2].map(|()| Parter::new(Arc::clone(&bounds)));
        for (at, codes) in codes.chunks(batch).enumerate() {
            let hs: Vec<u32> = codes.iter().map(|c| all.binary_search(c).unwrap() as u32).collect();
            let n = codes.len();
            let (facet, day, source, price) = (vec![0; n], vec![20_000; n], vec![0; n], vec![1.5; n]);
            let (first, missing) = ((at * batch) as u32, &[][..]);
            let rows =
                Rows { first, missing, hs: &hs, facet: &facet, day: &day, source: &source, price: &price };
            parters[at % 2].take(&lists, &rows);
        }
        let (rows, Lists { codes: settled, facets, sources }) = ListRows::of(parters.into(), lists);
        let name = "list".to_owned();
        let facts = TableFacts {
            currency: Currency::EUR,
            as_of: "2025-06-01".parse().unwrap(),
            codes_as_stated: true,
            codes: settled,
            facets,
            sources,
            files: vec![PriceFile { name, hash: ContentHash::of(b"l"), first: 0, rows: 0, left_out: 0 }],
        };
        (Parted::of(&bounds, &unite(&[&facts]).unwrap(), vec![rows], 2), all)
    }

    /// Rows of each part; every row stands in the part of its code, once.
    fn sizes(parted: &Parted, all: &[u32], rows: usize) -> Vec<usize> {
        let mut seen = vec![false; rows];
        let sizes: Vec<usize> = (0..parted.len())
            .map(|part| {
                let codes = parted.codes(part);
                let pieces = parted.take(part);
                for piece in &pieces {
                    piece.part.each(|row| {
                        let code = piece.settled.codes[row.hs as usize];
                        assert!(codes.contains(&code) && (code as usize) < all.len());
                        assert!(!std::mem::replace(&mut seen[row.number as usize], true));
                    });
                }
                pieces.iter().map(|piece| piece.part.len()).sum()
            })
            .collect();
        assert!(seen.iter().all(|seen| *seen));
        sizes
    }

    #[test]
    fn parts_are_level_though_the_first_rows_tell_nothing_of_the_others() {
        // In order by code: the first batch has but a few of them.
        let codes: Vec<u32> = (0..60_000).map(|i| 10_000 + i / 100 * 7).collect();
        let (parted, all) = parted(&codes, 500);
        let sizes = sizes(&parted, &all, codes.len());
        assert!(sizes.len() > 100, "{}", sizes.len());
        assert!(sizes.iter().all(|n| *n <= 2 * codes.len().div_ceil(PARTS)), "{sizes:?}");
    }

    #[test]
    fn a_code_of_most_rows_is_a_part_of_its_own() {
        let codes: Vec<u32> =
            (0..40_000).map(|i| if i % 10 == 0 { 20_000 + i % 900 } else { 70_320 }).collect();
        let (parted, all) = parted(&codes, 3);
        let at = all.binary_search(&70_320).unwrap() as u32;
        let own = parted.part_of(at);
        assert!(sizes(&parted, &all, codes.len())[own] >= 36_000 && parted.codes(own).contains(&at));
        assert!(parted.codes(own).len() <= 2, "{:?}", parted.codes(own));
    }

    #[test]
    fn codes_rise_by_their_digits() {
        let codes = ["01", "0101", "010121", "010129", "0101300000", "970110"];
        let codes: Vec<HsCode> = codes.iter().map(|code| HsCode::parse(code).unwrap()).collect();
        assert!(codes.is_sorted());
        assert!(codes.iter().map(digits).is_sorted());
        assert_eq!((digits(&codes[2]), digits(&codes[1])), (10_121, 10_100));
    }
}
