//! Sources of a list that names more of them than a row has room for, though its rows have fewer: numbered as
//! rows are taken. Lists with fewer names do without (`parting`).

use super::MOST_SOURCES;

/// No number yet.
const NONE: u32 = u32::MAX;

/// Numbers of one thread for the sources of its rows, where a list names more than a row has room for: most
/// of them may be those of rows that are left out.
#[derive(Debug)]
pub(super) struct Renumbered {
    /// By number in the list.
    to: Vec<u32>,
    /// Number in the list, by number here; [`NONE`] where it is free.
    of: Vec<u32>,
    /// No number below is free.
    free: usize,
}

impl Renumbered {
    /// Rows that came before keep the numbers they have.
    pub fn of(used: &[bool]) -> Renumbered {
        let number = |at: usize| if used.get(at) == Some(&true) { at as u32 } else { NONE };
        let to: Vec<u32> = (0..MOST_SOURCES).map(number).collect();
        Renumbered { of: to.clone(), to, free: 0 }
    }

    /// The number of a source here. Where there is none left the list has too many, which is found out when
    /// it is united: which number the row then has is of no meaning.
    pub fn number(&mut self, source: usize) -> u32 {
        if source >= self.to.len() {
            self.to.resize(source + 1, NONE);
        }
        if self.to[source] == NONE {
            while self.of.get(self.free).is_some_and(|taken| *taken != NONE) {
                self.free += 1;
            }
            let Some(free) = self.of.get_mut(self.free) else { return 0 };
            *free = source as u32;
            self.to[source] = self.free as u32;
        }
        self.to[source]
    }

    /// By number here, the number in the list.
    pub fn stated(&self) -> &[u32] {
        &self.of
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Bounds, Facet, Footing, ListRows, Lists, Parted, Parter, PriceFile, Rows, TableFacts, unite,
    };
    use super::*;
    use model::{CommercialLevel, Condition, ContentHash, Currency, Unit};
    use std::sync::Arc;

    /// Names beyond those a row has room for.
    const MORE: usize = 1_000;

    fn name(n: u32) -> String {
        format!("S{n:07}")
    }

    /// Whether rows of a source are left out.
    fn is_out(n: u32, left_out: usize) -> bool {
        (500..500 + left_out as u32).contains(&n)
    }

    /// Rows of all sources but those left out, on so many threads, united: their sources, and a row's source by its price.
    fn united(threads: usize, left_out: usize) -> Result<(TableFacts, Parted), (usize, String)> {
        let footing =
            Footing { unit: Unit::Kilogram, condition: Condition::New, level: CommercialLevel::Wholesale };
        let lists = |sources: usize| Lists {
            codes: ["070310", "070320"].map(|code| code.parse().unwrap()).into(),
            facets: vec![Facet { footing, origin: None }],
            sources: (0..sources as u32).map(name).collect(),
        };
        let (few, many) = (lists(MOST_SOURCES - 5), lists(MOST_SOURCES + MORE));
        let all = many.sources.len() as u32;
        // First some while few names are met, then the others and those again, rows left out among them.
        let before: Vec<u32> = (0..50_000).filter(|n| n % 3 == 0 && !is_out(*n, left_out)).collect();
        let after: Vec<u32> = (0..all).rev().chain(0..all).collect();
        let bounds = Arc::new(Bounds::default());
        let mut parters: Vec<Parter> = (0..threads).map(|_| Parter::new(Arc::clone(&bounds))).collect();
        let mut first = 0;
        for (lists, sources) in [(&few, before), (&many, after)] {
            for source in sources.chunks(7_001) {
                let n = source.len();
                let missing: Vec<u32> =
                    (0..n as u32).filter(|i| is_out(source[*i as usize], left_out)).collect();
                let hs: Vec<u32> = source.iter().map(|n| n % 2).collect();
                let price: Vec<f64> = source.iter().map(|n| f64::from(n + 1)).collect();
                let (facet, day, missing) = (&vec![0; n][..], &vec![20_000; n][..], &missing[..]);
                let rows = Rows { first, missing, hs: &hs, facet, day, source, price: &price };
                parters[first as usize % threads].take(lists, &rows);
                first += n as u32;
            }
        }
        let (rows, Lists { codes, facets, sources }) = ListRows::of(parters, many);
        let count = sources.len();
        let (name, hash) = ("list".to_owned(), ContentHash::of(b"l"));
        let facts = TableFacts {
            currency: Currency::EUR,
            as_of: "2025-06-01".parse().unwrap(),
            codes_as_stated: true,
            codes,
            facets,
            sources,
            files: vec![PriceFile { name, hash, first: 0, rows: first, left_out: 0 }],
        };
        let united = unite(&[&facts]).map_err(|e| (count, e.to_string()))?;
        let parted = Parted::of(&bounds, &united, vec![rows], threads);
        Ok((united.facts, parted))
    }

    #[test]
    fn only_sources_that_rows_have_count() {
        for (threads, left_out) in [(1, MORE), (3, MORE), (2, MORE + 70)] {
            let (facts, parted) = united(threads, left_out).unwrap();
            assert_eq!(facts.sources.len(), MOST_SOURCES + MORE - left_out);
            let mut rows = 0;
            for piece in (0..parted.len()).flat_map(|part| parted.take(part)) {
                piece.part.each(|row| {
                    let number = piece.settled.sources[row.source as usize];
                    assert_eq!(facts.sources[number as usize], name(row.price as u32 - 1));
                    rows += 1;
                });
            }
            assert!(rows > 2 * facts.sources.len(), "{rows}");
        }
    }

    #[test]
    fn one_source_more_is_refused() {
        for threads in [1, 2] {
            let (sources, error) = united(threads, MORE - 1).unwrap_err();
            assert_eq!(sources, MOST_SOURCES + 1);
            assert!(error.contains("131073 sources") && error.contains("131072 sources"), "{error}");
        }
    }
}
