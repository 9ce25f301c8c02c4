//! Parting rows by subheading and sorting them within each group. Not what a group is.

use super::{DAYS_TO_1970, Rows, packed};

/// Row numbers and prices on their way: the group's number within the part, and in one number the
/// bits of the price (which rise with it, as prices are above zero) and the packed row.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub groups: Vec<u32>,
    pub rows: Vec<u128>,
}

/// A price and its packed row in one number, which sorts by price and then by source, day and number.
pub(super) fn keyed(price: f64, row: u64) -> u128 {
    u128::from(price.to_bits()) << 64 | u128::from(row)
}

/// Which part each subheading belongs to, so that parts hold about equally many rows, and each
/// part's first subheading.
#[derive(Debug)]
pub(super) struct Parting {
    of_code: Vec<u16>,
    pub first_code: Vec<u32>,
    sizes: Vec<usize>,
}

/// Parts a table is worked on in: one fits a processor's near memory.
const PARTS: usize = 128;

impl Parting {
    pub fn of(chunks: &[Rows<'_>], codes: usize) -> Parting {
        Parting::of_sizes(vec![0; codes], chunks)
    }

    /// Of rows whose number by subheading is known, and of chunks.
    pub fn of_sizes(mut sizes_of_codes: Vec<usize>, chunks: &[Rows<'_>]) -> Parting {
        for chunk in chunks {
            for &hs in chunk.hs {
                sizes_of_codes[hs as usize] += 1;
            }
        }
        let codes = sizes_of_codes.len();
        let all: usize = sizes_of_codes.iter().sum();
        let target = all.div_ceil(PARTS).max(1);
        let (mut of_code, mut first_code, mut sizes) = (Vec::with_capacity(codes), vec![0], vec![0]);
        for (code, &n) in sizes_of_codes.iter().enumerate() {
            let last = sizes.len() - 1;
            if sizes[last] > 0 && sizes[last] + n > target {
                first_code.push(code as u32);
                sizes.push(0);
            }
            let last = sizes.len() - 1;
            sizes[last] += n;
            of_code.push(last as u16);
        }
        Parting { of_code, first_code, sizes }
    }

    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// The rows of some chunks, parted.
    pub fn part(&self, chunks: &[Rows<'_>], facets: usize) -> Vec<Part> {
        let mut room = vec![0usize; self.len()];
        for chunk in chunks {
            for &hs in chunk.hs {
                room[usize::from(self.of_code[hs as usize])] += 1;
            }
        }
        let mut parts: Vec<Part> = room
            .into_iter()
            .map(|n| Part { groups: Vec::with_capacity(n), rows: Vec::with_capacity(n) })
            .collect();
        for chunk in chunks {
            let columns = chunk.hs.iter().zip(chunk.facet).zip(chunk.day).zip(chunk.source).zip(chunk.price);
            let mut missing = chunk.missing.iter().peekable();
            let mut number = chunk.first;
            for ((((&hs, &facet), &day), &source), &price) in columns {
                while missing.next_if(|place| **place == number - chunk.first).is_some() {
                    number += 1;
                }
                let day = (day + DAYS_TO_1970) as u32;
                let at = usize::from(self.of_code[hs as usize]);
                let group = (hs - self.first_code[at]) * facets as u32 + u32::from(facet);
                let part = &mut parts[at];
                part.groups.push(group);
                part.rows.push(keyed(price, packed(source, day, number)));
                number += 1;
            }
        }
        parts
    }
}

/// The rows of one part by group, each group's sorted by price and then by source, day and number.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub keys: Vec<u128>,
    /// End of each group, in the order of their numbers.
    pub ends: Vec<u32>,
    /// Room for [`sort`].
    order: Vec<u64>,
    copies: Vec<u128>,
}

impl Sorted {
    /// Takes up the rows of a part.
    pub fn take(&mut self, parts: &[Part]) {
        let Sorted { keys, ends, order, copies } = self;
        let groups = parts.iter().flat_map(|p| p.groups.iter()).max().map_or(0, |&g| g as usize + 1);
        ends.clear();
        ends.resize(groups + 1, 0);
        for part in parts {
            for &group in &part.groups {
                ends[group as usize + 1] += 1;
            }
        }
        for i in 0..groups {
            ends[i + 1] += ends[i];
        }
        keys.resize(ends[groups] as usize, 0);
        // `ends` serves as the place of each group's next row, and holds the ends when all are placed.
        for part in parts {
            for (&group, &key) in part.groups.iter().zip(&part.rows) {
                let place = &mut ends[group as usize];
                keys[*place as usize] = key;
                *place += 1;
            }
        }
        ends.truncate(groups);
        let mut start = 0;
        for &end in ends.iter() {
            sort(&mut keys[start..end as usize], order, copies);
            start = end as usize;
        }
    }
}

/// Bits of a place in a group that is sorted by halves of its keys.
const PLACE: u32 = 12;

/// Sorts the keys of a group. Numbers of 64 bits are sorted much faster than keys: the first bits of a
/// price (whose sign is none) and the key's place, and then what has its first bits in common.
fn sort(keys: &mut [u128], order: &mut Vec<u64>, copies: &mut Vec<u128>) {
    const PLACES: u64 = (1 << PLACE) - 1;
    if keys.len() > 1 << PLACE {
        keys.sort_unstable();
        return;
    }
    order.clear();
    order.extend(keys.iter().zip(0u64..).map(|(key, at)| (key >> 63) as u64 & !PLACES | at));
    order.sort_unstable();
    copies.clear();
    copies.extend_from_slice(keys);
    for (key, at) in keys.iter_mut().zip(&*order) {
        *key = copies[(at & PLACES) as usize];
    }
    let mut start = 0;
    for alike in order.chunk_by(|a, b| a >> PLACE == b >> PLACE) {
        let end = start + alike.len();
        if alike.len() > 1 {
            keys[start..end].sort_unstable();
        }
        start = end;
    }
}

/// Prices and packed rows of keys.
pub(super) fn columns_of(keys: &[u128]) -> (impl Iterator<Item = f64>, impl Iterator<Item = u64>) {
    (keys.iter().map(|key| f64::from_bits((key >> 64) as u64)), keys.iter().map(|&key| key as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices that differ in their last bits alone, equal prices, and more rows than places.
    #[test]
    fn keys_are_sorted_by_all_of_their_bits() {
        let mut state = 5u64;
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
                sort(&mut keys, &mut Vec::new(), &mut vec![7; 3]);
                assert_eq!(keys, expected, "{n} {kinds}");
            }
        }
    }
}
