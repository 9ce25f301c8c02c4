//! A row on its way to its group in two words: its price, and its other numbers in no more bits than those of the
//! rows that came so far need. Not which part a row belongs to.

use super::MOST_ROWS;
use std::ops::RangeInclusive;

/// Bits that numbers share in one word.
const BITS: u32 = u64::BITS;
/// Bits of the largest number of a row in its list.
const OF_NUMBER: u32 = MOST_ROWS.trailing_zeros();
/// Bits of the largest number of a facet.
const OF_FACET: u32 = super::MOST_FACETS.trailing_zeros();

/// A row's two words; what the second one holds its [`Shape`] tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub price: f64,
    pub bits: u64,
}

/// The numbers of a row, those of its list: subheading, facet, source; the day since [`super::FIRST_DAY`], the
/// row's number, and its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RowNumbers {
    pub hs: u32,
    pub facet: u32,
    pub source: u32,
    pub day: u32,
    pub number: u32,
    pub price: f64,
}

/// What the numbers of some rows stay within.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Within {
    pub codes: usize,
    pub facets: usize,
    pub sources: usize,
    pub days: RangeInclusive<u32>,
    /// Behind the last one's number.
    pub rows: u32,
}

impl Within {
    /// What these and others stay within.
    pub fn and(&self, other: &Within) -> Within {
        Within {
            codes: self.codes.max(other.codes),
            facets: self.facets.max(other.facets),
            sources: self.sources.max(other.sources),
            days: *self.days.start().min(other.days.start())..=*self.days.end().max(other.days.end()),
            rows: self.rows.max(other.rows),
        }
    }
}

/// Where each number stands in a row's bits, from the highest: subheading, facet, source, day, number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    /// Lowest bits of them, from the day's on; the row's number stands at the lowest.
    day: u32,
    source: u32,
    facet: u32,
    hs: u32,
    /// The day that counts as 0.
    first_day: u32,
    /// Where one word is too little a second row follows with subheading and facet, and days count from the first.
    two: bool,
}

/// Bits of the numbers below this one, one at least.
fn bits_below(n: usize) -> u32 {
    (usize::BITS - n.saturating_sub(1).leading_zeros()).max(1)
}

/// The first day of a window of so many days that holds these, whose number is a power of two, and its bits. Windows
/// begin at multiples of half their length: days that come one by one seldom need another one.
fn window(days: &RangeInclusive<u32>) -> (u32, u32) {
    let mut bits = 1;
    loop {
        let first = days.start() >> (bits - 1) << (bits - 1);
        if days.end() - first < 1 << bits {
            return (first, bits);
        }
        bits += 1;
    }
}

impl Shape {
    /// One for rows within these.
    pub fn of(within: &Within) -> Shape {
        let (first_day, of_day) = window(&within.days);
        let [of_code, of_facet, of_source] = [within.codes, within.facets, within.sources].map(bits_below);
        let used = of_code + of_facet + of_source + of_day;
        let of_rows = bits_below(within.rows as usize);
        if used + of_rows > BITS {
            return Shape {
                two: true,
                source: OF_NUMBER + super::MOST_DAYS.trailing_zeros(),
                day: OF_NUMBER,
                ..Shape::default()
            };
        }
        // What is left serves rows to come.
        let day = (BITS - used).min(OF_NUMBER);
        let (source, facet) = (day + of_day, day + of_day + of_source);
        Shape { day, source, facet, hs: facet + of_facet, first_day, two: false }
    }

    /// Whether rows take two words.
    pub fn is_two(self) -> bool {
        self.two
    }

    /// Words of a row, of which there are two where this says so.
    #[inline(always)]
    pub fn rows(self, of: RowNumbers) -> (Row, Option<Row>) {
        let RowNumbers { hs, facet, source, day, number, price } = of;
        if self.two {
            let low = self.low(source, day, number);
            let group = u64::from(hs) << OF_FACET | u64::from(facet);
            return (Row { price, bits: low }, Some(Row { price, bits: group }));
        }
        (Row { price, bits: self.bits(hs, facet, source, day, number) }, None)
    }

    #[inline(always)]
    fn low(self, source: u32, day: u32, number: u32) -> u64 {
        let day = u64::from(day - self.first_day);
        u64::from(number) | day << self.day | u64::from(source) << self.source
    }

    /// What stands beside the price of a row that takes one word.
    #[inline(always)]
    pub fn bits(self, hs: u32, facet: u32, source: u32, day: u32, number: u32) -> u64 {
        let high = u64::from(facet) << self.facet | u64::from(hs) << self.hs;
        self.low(source, day, number) | high
    }

    /// Calls with the numbers of rows, one after the other.
    #[inline(always)]
    pub fn each(self, rows: &[Row], mut with: impl FnMut(RowNumbers)) {
        let field = |bits: u64, from: u32, to: u32| (bits >> from & !(u64::MAX << (to - from))) as u32;
        if self.two {
            for [Row { price, bits }, Row { bits: group, .. }] in rows.as_chunks().0 {
                with(RowNumbers {
                    hs: (group >> OF_FACET) as u32,
                    facet: field(*group, 0, OF_FACET),
                    source: (bits >> self.source) as u32,
                    day: self.first_day + field(*bits, self.day, self.source),
                    number: field(*bits, 0, self.day),
                    price: *price,
                });
            }
            return;
        }
        for &Row { price, bits } in rows {
            with(RowNumbers {
                hs: (bits >> self.hs) as u32,
                facet: field(bits, self.facet, self.hs),
                source: field(bits, self.source, self.facet),
                day: self.first_day + field(bits, self.day, self.source),
                number: field(bits, 0, self.day),
                price,
            });
        }
    }

    /// How many rows stand in so many words.
    pub fn count(self, words: usize) -> usize {
        words >> u32::from(self.two)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(shape: Shape, of: RowNumbers) -> Vec<RowNumbers> {
        let (row, second) = shape.rows(of);
        let words: Vec<Row> =
            [row, row].into_iter().zip([Some(row), second]).filter_map(|(_, row)| row).collect();
        assert_eq!(shape.count(words.len()), 1);
        let mut found = Vec::new();
        shape.each(&words, |row| found.push(row));
        found
    }

    #[test]
    fn numbers_are_what_they_were_in_one_word_and_in_two() {
        let sizes = [
            (1, 1, 1, 45_000..=45_000, 1),
            (5000, 48, 400, 45_000..=45_730, 10_000_000),
            (5000, 48, 400, 0..=0, 1 << 28),
            (2, 2, 2, 44_999..=45_001, 2),
            (4097, 4096, 3, 10..=400_000, 70),
            (1 << 20, 1 << 12, 1 << 17, 0..=super::super::MOST_DAYS - 1, 1 << 28),
            (1 << 20, 1 << 12, 2, 0..=1, 1 << 28),
            (1 << 20, 1 << 12, 8, 0..=1, 1 << 28),
        ];
        for (codes, facets, sources, days, rows) in sizes {
            let within = Within { codes, facets, sources, days: days.clone(), rows };
            let shape = Shape::of(&within);
            let ends = |n: usize| [0, n as u32 / 2, n as u32 - 1];
            for i in 0..243 {
                let at = |place: u32| (i / 3usize.pow(place)) % 3;
                let of = RowNumbers {
                    hs: ends(codes)[at(0)],
                    facet: ends(facets)[at(1)],
                    source: ends(sources)[at(2)],
                    day: [*days.start(), (days.start() + days.end()) / 2, *days.end()][at(3)],
                    number: ends(rows as usize)[at(4)],
                    price: 1.5 + i as f64,
                };
                assert_eq!(there_and_back(shape, of), [of], "{within:?} {shape:?}");
            }
        }
        let usual = Within { codes: 5000, facets: 48, sources: 400, days: 45_000..=45_730, rows: 8192 };
        assert!(!Shape::of(&usual).two);
        assert!(Shape::of(&Within { codes: 1 << 20, facets: 1 << 12, rows: 1 << 28, ..usual }).two);
    }

    #[test]
    fn days_that_come_one_by_one_seldom_need_another_window() {
        for days in [(0..20_000).collect::<Vec<u32>>(), (0..20_000).rev().collect()] {
            let (mut within, mut shapes) = (days[0]..=days[0], 1);
            let mut last = window(&within);
            for day in days {
                within = *within.start().min(&day)..=*within.end().max(&day);
                let now = window(&within);
                assert!(now.0 <= *within.start() && within.end() - now.0 < 1 << now.1);
                assert!(1 << now.1 <= 4 * (within.end() - within.start()).max(1), "{within:?} {now:?}");
                shapes += u32::from(now != last);
                last = now;
            }
            assert!(shapes < 40, "{shapes}");
        }
    }
}
