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
    pub fn part(&self, chunks: &[Rows<'_>], origins: usize) -> Vec<Part> {
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
            let columns = chunk.hs.iter().zip(chunk.origin).zip(chunk.day).zip(chunk.source).zip(chunk.price);
            let mut missing = chunk.missing.iter().peekable();
            let mut number = chunk.first;
            for ((((&hs, &origin), &day), &source), &price) in columns {
                while missing.next_if(|place| **place == number - chunk.first).is_some() {
                    number += 1;
                }
                let day = (day + DAYS_TO_1970) as u32;
                let at = usize::from(self.of_code[hs as usize]);
                let group = (hs - self.first_code[at]) * origins as u32 + u32::from(origin);
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
}

impl Sorted {
    /// Takes up the rows of a part.
    pub fn take(&mut self, parts: &[Part]) {
        let Sorted { keys, ends } = self;
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
            keys[start..end as usize].sort_unstable();
            start = end as usize;
        }
    }
}

/// Prices and packed rows of keys.
pub(super) fn columns_of(keys: &[u128]) -> (impl Iterator<Item = f64>, impl Iterator<Item = u64>) {
    (keys.iter().map(|key| f64::from_bits((key >> 64) as u64)), keys.iter().map(|&key| key as u64))
}
