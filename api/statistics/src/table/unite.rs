//! What several price tables and lists have in common as that of one: their lists of codes, facets and
//! sources united, their files in the order of their hashes, and which numbers their rows then have. Not
//! the rows themselves (`merge`).

use super::sort::Settled;
use super::{MOST_CELLS, MOST_ROWS, MOST_SOURCES, PriceFile, TableFacts, packed, unpacked};
use crate::{Parameters, StatisticsError};
use std::collections::BTreeMap;

/// The united facts of some tables or lists.
#[derive(Debug, Clone)]
pub struct United {
    /// Of all of them: the same whatever their order.
    pub facts: TableFacts,
    /// Which numbers each of them gets, in the order they were given in.
    pub numbers: Vec<Numbers>,
    /// Files that stand in several of them, and are taken once.
    pub(super) repeated: Vec<Repeated>,
}

impl United {
    /// Names of the files that stand in several of them, and are taken once.
    pub fn repeated(&self) -> impl Iterator<Item = &str> {
        self.repeated.iter().map(|file| file.name.as_str())
    }
}

/// A file that stands in several tables.
#[derive(Debug, Clone)]
pub(super) struct Repeated {
    pub name: String,
    /// Its rows' numbers.
    pub first: u32,
    pub end: u32,
    /// In how many.
    pub times: u64,
}

/// The numbers that codes, facets, sources and rows of one table have among the united ones. Every list
/// rises before and after, so what was in order stays so.
#[derive(Debug, Clone)]
pub struct Numbers {
    pub(super) codes: Vec<u32>,
    pub(super) facets: Vec<u16>,
    sources: Vec<u32>,
    /// First row, rows and first row among the united, by first row.
    files: Vec<(u32, u32, u32)>,
    /// Whether rows rise by their new numbers as by the old ones.
    pub(super) in_order: bool,
}

impl Numbers {
    /// What the numbers of a list's rows stand for that stand for these of its own.
    pub(super) fn settled(&self, own: [Vec<u32>; 3]) -> Settled {
        let [codes, facets, sources] = own;
        let of = |numbers: &[u32], own: Vec<u32>| -> Vec<u32> {
            own.into_iter().map(|n| numbers.get(n as usize).copied().unwrap_or_default()).collect()
        };
        let united: Vec<u32> = self.facets.iter().map(|n| u32::from(*n)).collect();
        Settled {
            codes: of(&self.codes, codes),
            facets: of(&united, facets),
            sources: of(&self.sources, sources),
            first: self.files.first().map_or(0, |file| file.2),
        }
    }

    /// A row by its new numbers; `None` of a damaged one.
    pub(super) fn row(&self, row: u64) -> Option<u64> {
        let (source, day, number) = unpacked(row);
        let &source = self.sources.get(source as usize)?;
        let file = self.files.partition_point(|file| file.0 <= number).checked_sub(1)?;
        let (first, rows, new) = self.files[file];
        (number - first < rows).then(|| packed(source, day, number - first + new))
    }
}

/// An error that two tables cannot be put together.
fn differ(what: &'static str, one: impl ToString, other: impl ToString) -> StatisticsError {
    StatisticsError::OtherFacts { what, one: one.to_string(), other: other.to_string() }
}

/// Proves that rules are the same.
///
/// # Errors
/// [`StatisticsError::OtherFacts`] names the first that differs.
pub(super) fn same_rules(one: &Parameters, other: &Parameters) -> Result<(), StatisticsError> {
    match super::diff::rules_that_differ(one, other).into_iter().next() {
        None => Ok(()),
        Some(rule) => Err(StatisticsError::OtherRule {
            rule: rule.what,
            one: rule.before.to_string(),
            other: rule.after.to_string(),
        }),
    }
}

fn same_facts(one: &TableFacts, other: &TableFacts) -> Result<(), StatisticsError> {
    if one.currency != other.currency {
        return Err(differ("the currency", one.currency, other.currency));
    }
    if one.as_of != other.as_of {
        return Err(differ("the day of its predictions (as of)", one.as_of, other.as_of));
    }
    if one.codes_as_stated != other.codes_as_stated {
        let told = |stated| if stated { "as stated" } else { "HS 2022" };
        return Err(differ("what its codes are", told(one.codes_as_stated), told(other.codes_as_stated)));
    }
    Ok(())
}

/// The union of lists that rise, and the place of each one's entries in it.
fn union<T: Ord + Clone>(lists: &[&[T]], what: &str) -> Result<(Vec<T>, Vec<Vec<u32>>), StatisticsError> {
    if lists.iter().any(|list| !list.is_sorted_by(|a, b| a < b)) {
        let detail = format!("the list of {what} of a price table is not in order");
        return Err(StatisticsError::Damaged { detail });
    }
    let mut all: Vec<&T> = lists.iter().flat_map(|list| list.iter()).collect();
    all.sort_unstable();
    all.dedup();
    let places = lists
        .iter()
        .map(|list| {
            // Both rise: one walk.
            let mut at = 0;
            list.iter()
                .map(|entry| {
                    while all[at] < entry {
                        at += 1;
                    }
                    at as u32
                })
                .collect()
        })
        .collect();
    Ok((all.into_iter().cloned().collect(), places))
}

/// The facts of all of some tables or lists as those of one.
///
/// # Errors
/// [`StatisticsError::OtherFacts`] where they differ in what all rows have in common,
/// [`StatisticsError::TooLarge`], [`StatisticsError::Damaged`].
pub fn unite(parts: &[&TableFacts]) -> Result<United, StatisticsError> {
    let Some((first, rest)) = parts.split_first() else {
        return Err(StatisticsError::Damaged { detail: "no price table is given".to_owned() });
    };
    for other in rest {
        same_facts(first, other)?;
    }
    let (codes, of_codes) = union(&parts.iter().map(|p| &p.codes[..]).collect::<Vec<_>>(), "codes")?;
    let (facets, of_facets) = union(&parts.iter().map(|p| &p.facets[..]).collect::<Vec<_>>(), "facets")?;
    let (sources, of_sources) = union(&parts.iter().map(|p| &p.sources[..]).collect::<Vec<_>>(), "sources")?;
    let mut files: BTreeMap<model::ContentHash, (PriceFile, u64)> = BTreeMap::new();
    for file in parts.iter().flat_map(|part| &part.files) {
        let (known, times) = files.entry(file.hash).or_insert_with(|| (file.clone(), 0));
        *times += 1;
        if known.rows != file.rows {
            return Err(StatisticsError::ReadOtherwise { name: known.name.clone() });
        }
        // One file under several names, or counted by an older program: the same whatever the order.
        if file.name < known.name {
            known.name.clone_from(&file.name);
        }
        known.left_out = known.left_out.max(file.left_out);
    }
    let rows: u64 = files.values().map(|(file, _)| u64::from(file.rows)).sum();
    if rows > MOST_ROWS || sources.len() > MOST_SOURCES {
        return Err(StatisticsError::TooLarge { rows, sources: sources.len() as u64 });
    }
    let mut next = 0;
    for (file, _) in files.values_mut() {
        file.first = next;
        next += file.rows;
    }
    let numbers = parts
        .iter()
        .zip(of_codes.into_iter().zip(of_facets).zip(of_sources))
        .map(|(part, ((codes, facets), sources))| {
            let mut of_files: Vec<(u32, u32, u32)> = (part.files.iter())
                .filter_map(|file| Some((file.first, file.rows, files.get(&file.hash)?.0.first)))
                .collect();
            of_files.sort_unstable();
            let in_order = of_files.is_sorted_by(|a, b| a.2 < b.2);
            let facets = facets.into_iter().map(|n| n as u16).collect();
            Numbers { codes, facets, sources, files: of_files, in_order }
        })
        .collect();
    let repeated = (files.values().filter(|(_, times)| *times > 1))
        .map(|(file, times)| Repeated {
            name: file.name.clone(),
            first: file.first,
            end: file.first + file.rows,
            times: *times,
        })
        .collect();
    let files = files.into_values().map(|(file, _)| file).collect();
    let facts = TableFacts { codes, facets, sources, files, ..empty_of(first) };
    if !facts.fits() {
        let (codes, facets) = (facts.codes.len() as u64, facts.facets.len() as u64);
        return Err(StatisticsError::TooManyKinds { codes, facets, most: MOST_CELLS });
    }
    Ok(United { facts, numbers, repeated })
}

/// What all rows have in common, without the lists.
fn empty_of(facts: &TableFacts) -> TableFacts {
    let lists = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (codes, facets, sources, files) = lists;
    let TableFacts { currency, as_of, codes_as_stated, .. } = *facts;
    TableFacts { currency, as_of, codes_as_stated, codes, facets, sources, files }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Facet, Footing};
    use model::{CommercialLevel, Condition, ContentHash, Currency, Unit};

    const KILOGRAMS: Footing =
        Footing { unit: Unit::Kilogram, condition: Condition::New, level: CommercialLevel::Wholesale };

    fn facts(codes: &[&str], sources: &[&str], files: &[(&str, u32)]) -> TableFacts {
        let mut first = 0;
        TableFacts {
            currency: Currency::EUR,
            as_of: "2025-06-01".parse().unwrap(),
            codes_as_stated: true,
            codes: codes.iter().map(|c| c.parse().unwrap()).collect(),
            facets: vec![Facet { footing: KILOGRAMS, origin: None }],
            sources: sources.iter().map(|s| (*s).to_owned()).collect(),
            files: files
                .iter()
                .map(|(name, rows)| {
                    first += rows;
                    let hash = ContentHash::of(name.as_bytes());
                    PriceFile {
                        name: (*name).to_owned(),
                        hash,
                        first: first - rows,
                        rows: *rows,
                        left_out: 0,
                    }
                })
                .collect(),
        }
    }

    #[test]
    fn numbers_lead_to_what_they_led_to_before() {
        let a = facts(&["070310", "080810"], &["a", "c"], &[("x", 10)]);
        let b = facts(&["070190", "080810"], &["b", "c"], &[("y", 5), ("z", 7)]);
        let (one, other) = (unite(&[&a, &b]).unwrap(), unite(&[&b, &a]).unwrap());
        assert_eq!(one.facts, other.facts);
        let all = &one.facts;
        assert_eq!((all.codes.len(), all.sources.len(), all.files.len()), (3, 3, 3));
        assert!(all.files.is_sorted_by(|a, b| a.hash < b.hash && a.first + a.rows == b.first));
        for (part, numbers) in [&a, &b].into_iter().zip(&one.numbers) {
            for (at, code) in part.codes.iter().enumerate() {
                assert_eq!(all.codes[numbers.codes[at] as usize], *code);
            }
            for file in &part.files {
                for number in [file.first, file.first + file.rows - 1] {
                    let (source, day, new) = unpacked(numbers.row(packed(1, 77, number)).unwrap());
                    let of = all.files.iter().rfind(|f| f.first <= new).unwrap();
                    assert_eq!((of.hash, new - of.first), (file.hash, number - file.first));
                    assert_eq!((all.sources[source as usize].as_str(), day), ("c", 77));
                }
            }
            let end = part.files.iter().map(|f| f.first + f.rows).max().unwrap();
            assert_eq!((numbers.row(packed(0, 0, end)), numbers.row(packed(2, 0, 0))), (None, None));
        }
    }

    #[test]
    fn tables_that_differ_are_refused_with_both_values() {
        let a = facts(&["070310"], &["a"], &[("x", 10)]);
        let told = |change: &dyn Fn(&mut TableFacts)| {
            let mut b = facts(&["070310"], &["a"], &[("y", 10)]);
            change(&mut b);
            unite(&[&a, &b]).unwrap_err().to_string()
        };
        let currency = told(&|b| b.currency = Currency::USD);
        assert!(currency.contains("EUR") && currency.contains("USD"), "{currency}");
        let day = told(&|b| b.as_of = "2025-07-01".parse().unwrap());
        assert!(day.contains("2025-06-01") && day.contains("2025-07-01"), "{day}");
        assert!(told(&|b| b.codes_as_stated = false).contains("HS 2022"));
        // One file, in one table with more rows than in the other.
        let mut b = facts(&["070310"], &["a"], &[("x", 11)]);
        b.files[0].name = "w".to_owned();
        let otherwise = unite(&[&a, &b]).unwrap_err().to_string();
        assert!(otherwise.contains("map"), "{otherwise}");
        let large = facts(&["070310"], &["a"], &[("y", MOST_ROWS as u32)]);
        assert!(unite(&[&a, &large]).unwrap_err().to_string().contains("268435466"));
    }

    #[test]
    fn prices_of_several_footings_stand_in_one_table() {
        let a = facts(&["070310"], &["a"], &[("x", 10)]);
        let mut b = facts(&["070310"], &["a"], &[("y", 10)]);
        let used = Footing { condition: Condition::Used, unit: Unit::Piece, ..KILOGRAMS };
        b.facets.insert(
            0,
            Facet { footing: Footing { level: CommercialLevel::Retail, ..KILOGRAMS }, origin: None },
        );
        b.facets[1].footing = used;
        let united = unite(&[&a, &b]).unwrap();
        assert_eq!(united.facts.footings().len(), 3);
        assert_eq!((&united.numbers[0].facets[..], &united.numbers[1].facets[..]), (&[0][..], &[1, 2][..]));
        // More codes times facets than have a place.
        let mut many = facts(&[], &["a"], &[("z", 10)]);
        many.codes = (100_000..999_999).filter_map(|n| n.to_string().parse().ok()).collect();
        let letters = || ('A'..='Z').map(|c| c.to_string());
        let pairs = letters().flat_map(|a| letters().map(move |b| (a.clone() + &b).parse().ok()));
        let countries: Vec<_> = pairs.flatten().collect();
        let all = [KILOGRAMS, used].map(|footing| countries.iter().map(move |c| (footing, *c)));
        many.facets =
            all.into_iter().flatten().map(|(footing, c)| Facet { footing, origin: Some(c) }).collect();
        let error = unite(&[&many]).unwrap_err().to_string();
        assert!(error.contains("268435456") && error.contains("899999"), "{error}");
    }

    /// Names that somebody might take for one: by case, by diacritics, by how a letter is composed, by what
    /// stands between letters, by a vowel mark of Thai or Devanagari.
    #[test]
    fn sources_are_the_same_where_their_bytes_are() {
        let mut names = [
            "ACME Ltd.",
            "Acme, Ltd",
            "acme ltd",
            "Cafe",
            "Café",
            "Cafe\u{301}",
            "1-12",
            "1.12",
            "112",
            "กา",
            "กี",
            "กุ",
            "की",
            "कु",
            "क",
        ];
        names.sort_unstable();
        let all = facts(&["070310"], &names, &[("x", 10)]);
        let some = facts(&["070310"], &names[3..9], &[("y", 10)]);
        let united = unite(&[&some, &all]).unwrap();
        assert_eq!(united.facts.sources, names);
        let of = |part: usize| united.numbers[part].sources.clone();
        assert_eq!((of(0), of(1)), ((3..9).collect::<Vec<u32>>(), (0..names.len() as u32).collect()));
    }
}
