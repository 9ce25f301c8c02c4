//! How many rows the source of a row has in its group, by which the row's share of the source's vote follows: in
//! bytes where these hold every number, as they mostly do, else in words. Not how rows are counted.

use std::ops::Range;

/// The numbers of some rows, lent; 0: a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats<'a> {
    /// None above 255.
    Bytes(&'a [u8]),
    /// Any.
    Words(&'a [u32]),
}

impl<'a> Repeats<'a> {
    /// How many rows there are.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            Repeats::Bytes(all) => all.len(),
            Repeats::Words(all) => all.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The number of a row; `None` where there is none.
    #[inline]
    pub fn get(self, at: usize) -> Option<u32> {
        match self {
            Repeats::Bytes(all) => all.get(at).map(|n| u32::from(*n)),
            Repeats::Words(all) => all.get(at).copied(),
        }
    }

    /// Those of some of the rows.
    #[inline]
    pub fn slice(self, range: Range<usize>) -> Repeats<'a> {
        match self {
            Repeats::Bytes(all) => Repeats::Bytes(&all[range]),
            Repeats::Words(all) => Repeats::Words(&all[range]),
        }
    }

    /// One after the other.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = u32> + Clone + 'a {
        (0..self.len()).map_while(move |at| self.get(at))
    }

    /// Whether a row is a slip.
    pub(super) fn has_slips(self) -> bool {
        match self {
            Repeats::Bytes(all) => all.contains(&0),
            Repeats::Words(all) => all.contains(&0),
        }
    }
}

/// The numbers of rows to which more come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepeatsColumn {
    /// None above 255.
    Bytes(Vec<u8>),
    /// Any.
    Words(Vec<u32>),
}

impl Default for RepeatsColumn {
    fn default() -> Self {
        RepeatsColumn::Bytes(Vec::new())
    }
}

impl RepeatsColumn {
    /// Of so many rows to come.
    pub(super) fn with_capacity(rows: usize) -> Self {
        RepeatsColumn::Bytes(Vec::with_capacity(rows))
    }

    /// Puts numbers behind the others.
    pub(super) fn extend(&mut self, more: Repeats<'_>) {
        match (&mut *self, more) {
            (RepeatsColumn::Bytes(own), Repeats::Bytes(more)) => own.extend_from_slice(more),
            (RepeatsColumn::Bytes(own), Repeats::Words(more)) if more.iter().all(|n| *n <= 255) => {
                own.extend(more.iter().map(|n| *n as u8));
            }
            (RepeatsColumn::Bytes(own), _) => {
                let mut words: Vec<u32> = own.iter().map(|n| u32::from(*n)).collect();
                words.extend(more.iter());
                *self = RepeatsColumn::Words(words);
            }
            (RepeatsColumn::Words(own), more) => own.extend(more.iter()),
        }
    }

    /// All of them.
    pub fn lent(&self) -> Repeats<'_> {
        match self {
            RepeatsColumn::Bytes(all) => Repeats::Bytes(all),
            RepeatsColumn::Words(all) => Repeats::Words(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_what_they_are_in_whatever_width_they_come() {
        let (few, many) = ([3, 0, 255, 1], [7, 256, 0, 4_000_000_000]);
        let bytes: Vec<u8> = few.iter().map(|n| *n as u8).collect();
        let forms = [Repeats::Bytes(&bytes), Repeats::Words(&few), Repeats::Words(&many)];
        for a in forms {
            for b in forms {
                for c in forms {
                    let mut column = RepeatsColumn::with_capacity(12);
                    [a, b, c].into_iter().for_each(|more| column.extend(more));
                    let expected: Vec<u32> = a.iter().chain(b.iter()).chain(c.iter()).collect();
                    assert_eq!(column.lent().iter().collect::<Vec<_>>(), expected);
                    assert_eq!(matches!(column, RepeatsColumn::Bytes(_)), expected.iter().all(|n| *n < 256));
                    assert!(column.lent().slice(3..8).iter().eq(expected[3..8].iter().copied()));
                    assert_eq!((column.lent().get(11), column.lent().get(12)), (Some(expected[11]), None));
                    assert!(column.lent().has_slips() && !column.lent().slice(0..1).has_slips());
                }
            }
        }
    }
}
