//! The rows of one part sorted within each group. Not which part a row belongs to (`parting`), and not
//! what a group is.

use super::packed;
use super::shape::{Row, RowNumbers, Shape};
use crate::fast::sort::sort as sort_numbers;
use std::ops::Range;
use std::sync::Arc;

/// A price and its packed row in one number, which sorts by price and then by source, day and number.
pub(super) fn keyed(price: f64, row: u64) -> u128 {
    u128::from(price.to_bits()) << 64 | u128::from(row)
}

/// The numbers of a table that those of a list's rows stand for.
#[derive(Debug)]
pub(super) struct Settled {
    pub codes: Vec<u32>,
    pub facets: Vec<u32>,
    pub sources: Vec<u32>,
    /// Number of the list's first row.
    pub first: u32,
}

impl Settled {
    /// The same for rows with other numbers of sources: by them, those of the list.
    pub fn with_sources(&self, of: &[u32]) -> Settled {
        let sources = of.iter().map(|n| self.sources.get(*n as usize).copied().unwrap_or_default()).collect();
        Settled { codes: self.codes.clone(), facets: self.facets.clone(), sources, first: self.first }
    }
    /// Number of a row's group among those of a part that begins with a code.
    #[inline(always)]
    fn group(&self, row: &RowNumbers, first_code: u32, facets: u32) -> u32 {
        let code = self.codes[row.hs as usize] - first_code;
        code * facets + self.facets[row.facet as usize]
    }
    #[inline(always)]
    fn key(&self, row: &RowNumbers) -> u128 {
        let source = self.sources[row.source as usize];
        keyed(row.price, packed(source, row.day, row.number + self.first))
    }
}

/// Rows of one list that one thread put into one part: in blocks, so that none is moved when more come.
#[derive(Debug, Default)]
pub(super) struct Part {
    full: Vec<Block>,
    open: Block,
}

/// Rows of one shape.
#[derive(Debug, Default)]
pub(super) struct Block {
    shape: Shape,
    rows: Vec<Row>,
}

/// Words of a part's first block; each further one has twice as many, up to [`BLOCK`].
const FIRST_BLOCK: usize = 64;
pub(super) const BLOCK: usize = 4096;

impl Part {
    /// Puts a row of the shape that the last one had.
    #[inline(always)]
    pub fn push(&mut self, (row, second): (Row, Option<Row>)) {
        // What belongs together stands in one block.
        if self.open.rows.len() + usize::from(second.is_some()) >= self.open.rows.capacity() {
            self.another(self.open.shape);
        }
        self.open.rows.push(row);
        if let Some(second) = second {
            self.open.rows.push(second);
        }
    }
    /// Puts a row of whatever shape.
    pub fn push_of(&mut self, shape: Shape, row: &RowNumbers) {
        if shape != self.open.shape {
            self.another(shape);
        }
        self.push(shape.rows(*row));
    }
    /// Begins a block.
    #[cold]
    pub fn another(&mut self, shape: Shape) {
        let room = (2 * self.open.rows.len()).clamp(FIRST_BLOCK, BLOCK);
        let new = Block { shape, rows: Vec::with_capacity(room) };
        let full = std::mem::replace(&mut self.open, new);
        if !full.rows.is_empty() {
            self.full.push(full);
        }
    }
    pub fn len(&self) -> usize {
        self.blocks().map(|block| block.shape.count(block.rows.len())).sum()
    }
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.full.iter().chain([&self.open])
    }
    /// Calls with the numbers of each row.
    #[inline(always)]
    pub fn each(&self, mut with: impl FnMut(RowNumbers)) {
        for block in self.blocks() {
            block.shape.each(&block.rows, &mut with);
        }
    }
    /// The same with the row's shape; blocks are given up one by one.
    pub fn into_each(self, mut with: impl FnMut(Shape, RowNumbers)) {
        for block in self.full.into_iter().chain([self.open]) {
            block.shape.each(&block.rows, |row| with(block.shape, row));
        }
    }
}

/// Rows of a part with what their numbers stand for.
#[derive(Debug)]
pub(super) struct Piece {
    pub part: Part,
    pub settled: Arc<Settled>,
}

/// The rows of one part by group.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Of each group as they came, until they are sorted.
    pub keys: Vec<u128>,
    /// End of each group, in the order of their numbers.
    pub ends: Vec<u32>,
    /// Room for sorting.
    pub order: Order,
    copies: Vec<u128>,
    /// Group of each row, as they stand in their pieces.
    groups: Vec<u32>,
}

impl Sorted {
    /// Takes up the rows of a part of some codes.
    pub fn take(&mut self, pieces: &[Piece], codes: Range<u32>, facets: usize) {
        let Sorted { keys, ends, groups: of_rows, .. } = self;
        let (first, groups, facets) = (codes.start, codes.len() * facets, facets as u32);
        ends.clear();
        ends.resize(groups + 1, 0);
        of_rows.clear();
        of_rows.reserve(pieces.iter().map(|piece| piece.part.len()).sum());
        for piece in pieces {
            piece.part.each(|row| {
                let group = piece.settled.group(&row, first, facets);
                ends[group as usize + 1] += 1;
                of_rows.push(group);
            });
        }
        for i in 0..groups {
            ends[i + 1] += ends[i];
        }
        keys.resize(ends[groups] as usize, 0);
        // `ends` serves as the place of each group's next row, and holds the ends when all are placed.
        let mut groups_of_rows = of_rows.iter();
        for piece in pieces {
            piece.part.each(|row| {
                let Some(&group) = groups_of_rows.next() else { return };
                let place = &mut ends[group as usize];
                keys[*place as usize] = piece.settled.key(&row);
                *place += 1;
            });
        }
        ends.truncate(groups);
    }

    /// Sorts each group's by price and then by source, day and number.
    pub fn sort(&mut self) {
        let Sorted { keys, ends, order, copies, .. } = self;
        let mut start = 0;
        for &end in ends.iter() {
            sort(&mut keys[start..end as usize], order, copies);
            start = end as usize;
        }
    }
}

/// Bits of a place in a group that is sorted by halves of its keys.
const PLACE: u32 = 12;
const PLACES: u64 = (1 << PLACE) - 1;

/// The order of the keys of one group after another.
#[derive(Debug, Default)]
pub(super) struct Order {
    order: Vec<u64>,
    room: Vec<u64>,
}

impl Order {
    /// Of a group of no more than there are places, the places of its keys as these rise. Numbers of 64 bits are
    /// sorted much faster than keys: the first bits of a price (whose sign is none) and the key's place, and
    /// then what has its first bits in common.
    #[inline(always)]
    fn of(&mut self, keys: &[u128]) -> impl Iterator<Item = usize> + Clone {
        let Order { order, room } = self;
        order.clear();
        order.extend(keys.iter().zip(0u64..).map(|(key, at)| (key >> 63) as u64 & !PLACES | at));
        sort_numbers(order, room);
        // In most groups there are none such.
        let mut neighbours = order.iter().zip(order.iter().skip(1));
        if neighbours.any(|(a, b)| a >> PLACE == b >> PLACE) {
            for alike in order.chunk_by_mut(|a, b| a >> PLACE == b >> PLACE) {
                if alike.len() > 1 {
                    alike.sort_unstable_by_key(|at| keys[(at & PLACES) as usize]);
                }
            }
        }
        order.iter().map(|at| (at & PLACES) as usize)
    }
}

/// Sorts the keys of a group.
fn sort(keys: &mut [u128], order: &mut Order, copies: &mut Vec<u128>) {
    if keys.len() > 1 << PLACE {
        keys.sort_unstable();
        return;
    }
    copies.clear();
    copies.extend_from_slice(keys);
    for (key, at) in keys.iter_mut().zip(order.of(copies)) {
        *key = copies[at];
    }
}

/// Puts prices and packed rows of the keys of a group behind others, sorted.
pub(super) fn put_sorted(keys: &mut [u128], order: &mut Order, prices: &mut Vec<f64>, rows: &mut Vec<u64>) {
    if keys.len() > 1 << PLACE {
        keys.sort_unstable();
        let columns = columns_of(keys);
        prices.extend(columns.0);
        rows.extend(columns.1);
        return;
    }
    let sorted = order.of(keys).map(|at| keys[at]);
    prices.extend(sorted.clone().map(price_of));
    rows.extend(sorted.map(|key| key as u64));
}

fn price_of(key: u128) -> f64 {
    f64::from_bits((key >> 64) as u64)
}

/// Prices and packed rows of keys.
pub(super) fn columns_of(keys: &[u128]) -> (impl Iterator<Item = f64>, impl Iterator<Item = u64>) {
    (keys.iter().map(|&key| price_of(key)), keys.iter().map(|&key| key as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of one word and of two, in turns, over many blocks.
    #[test]
    fn a_part_gives_back_its_rows_whatever_their_shapes() {
        use super::super::shape::Within;
        let within = |sources: usize, last_day: u32| Within {
            codes: 70,
            facets: 3,
            sources,
            days: 40_000..=last_day,
            rows: 1 << 28,
        };
        let shapes = [within(40, 41_000), within(1 << 17, 500_000), within(400, 41_000)];
        let shapes = shapes.map(|within| Shape::of(&within));
        let row = |i: u32| RowNumbers {
            hs: i % 70,
            facet: i % 3,
            source: i % 40,
            day: 40_000 + i % 1000,
            number: (1 << 28) - 1 - i,
            price: f64::from(i),
        };
        let mut part = Part::default();
        let shape_of = |i: u32| shapes[(i / 9_001) as usize % 3];
        (0..60_000).for_each(|i| part.push_of(shape_of(i), &row(i)));
        assert_eq!(part.len(), 60_000);
        let mut next = 0;
        part.each(|found| {
            assert_eq!(found, row(next));
            next += 1;
        });
        assert_eq!(next, 60_000);
        let mut next = 0;
        part.into_each(|shape, found| {
            assert_eq!((shape, found), (shape_of(next), row(next)));
            next += 1;
        });
        assert_eq!(next, 60_000);
    }

    /// Prices that differ in their last bits alone, equal prices, and more rows than places.
    #[test]
    fn keys_are_sorted_by_all_of_their_bits() {
        let (mut state, mut order) = (5u64, Order::default());
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for n in [0, 1, 2, 19, 20, 21, 300, 4095, 4096, 4097, 9000] {
            for kinds in [3, 40, 1_000_000] {
                let mut keys: Vec<u128> = (0..n)
                    .map(|i| {
                        let price = (next() % kinds) as f64 / 7.0 + 1e-9;
                        keyed(f64::from_bits(price.to_bits() + next() % 3), (next() % 5) << 47 | i)
                    })
                    .collect();
                let mut expected = keys.clone();
                expected.sort_unstable();
                let (mut prices, mut rows) = (vec![0.5], vec![5]);
                put_sorted(&mut keys.clone(), &mut order, &mut prices, &mut rows);
                let put = prices.into_iter().zip(rows).map(|(price, row)| keyed(price, row));
                assert!(put.eq([keyed(0.5, 5)].into_iter().chain(expected.clone())), "{n} {kinds}");
                sort(&mut keys, &mut order, &mut vec![7; 3]);
                assert_eq!(keys, expected, "{n} {kinds}");
            }
        }
    }
}
