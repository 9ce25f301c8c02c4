//! Which titles of many are worth comparing, and the groups that come of it. Near-linear: a title
//! is looked up by its rarest keys, and no key brings more than a bounded number of candidates.

use super::compare::{Answer, answer, score};
use super::title::{Role, Title, hash};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Keys a title is found by, the rarest first.
const KEYS: usize = 8;

/// Titles of one key that are compared; the others of a commoner key are found by rarer ones.
const CANDIDATES: usize = 48;

/// Two titles that may be the same goods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Position of the one, the smaller.
    pub first: usize,
    /// Position of the other.
    pub second: usize,
    /// The score of [`super::compare`].
    pub score: f64,
}

type Table<T> = HashMap<u64, T, BuildHasherDefault<crate::text::Fnv>>;

/// Keys of one title: its GTIN; letters with the digits beside them; single long numbers; and for
/// words, pairs of them, so that goods without a designation are found by what they are.
fn keys(title: &Title) -> Vec<u64> {
    let mut out = Vec::with_capacity(16);
    if let Some(gtin) = title.gtin {
        out.push(hash(gtin.as_str()));
    }
    let mix = |a: u64, b: u64| (a.rotate_left(23) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let telling = |role: Role| !matches!(role, Role::Measured | Role::Spec | Role::Catalogue);
    let atoms: Vec<_> = title.atoms.iter().filter(|atom| telling(atom.role)).collect();
    for pair in atoms.windows(2) {
        if pair[0].is_digits != pair[1].is_digits && pair[0].len + pair[1].len >= 3 {
            out.push(mix(pair[0].hash, pair[1].hash));
        }
    }
    for triple in atoms.windows(3) {
        if triple.iter().any(|atom| atom.is_digits) {
            out.push(mix(mix(triple[0].hash, triple[1].hash), triple[2].hash));
        }
    }
    out.extend(atoms.iter().filter(|a| a.is_digits && a.len >= 4).map(|a| a.hash));
    let brand = title.brand.as_deref().map_or(0, hash);
    for (i, one) in title.words.iter().enumerate().take(8) {
        out.push(mix(brand.wrapping_add(1), *one));
        for other in &title.words[i + 1..title.words.len().min(8)] {
            out.push(mix(*one, other.wrapping_add(7)));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Pairs of titles worth comparing, sorted: `(first, second)` with `first < second`.
pub fn candidates(titles: &[Title]) -> Vec<(usize, usize)> {
    let keys: Vec<Vec<u64>> = titles.iter().map(keys).collect();
    let mut counts: Table<u32> = Table::default();
    for key in keys.iter().flatten() {
        *counts.entry(*key).or_default() += 1;
    }
    let mut postings: Table<Vec<u32>> = Table::default();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (i, keys) in keys.iter().enumerate() {
        let mut rare: Vec<(u32, u64)> =
            keys.iter().map(|key| (counts[key], *key)).filter(|(n, _)| *n > 1).collect();
        rare.sort_unstable();
        for (_, key) in rare.iter().take(KEYS) {
            let known = postings.entry(*key).or_default();
            // The newest of a long list: the work of one title is bounded.
            pairs.extend(known.iter().rev().take(CANDIDATES).map(|j| (*j as usize, i)));
            known.push(i as u32);
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Pairs that are the same goods, the surest first.
pub fn matches(titles: &[Title]) -> Vec<Pair> {
    let mut found: Vec<Pair> = candidates(titles)
        .into_iter()
        .map(|(first, second)| Pair { first, second, score: score(&titles[first], &titles[second]) })
        .filter(|pair| answer(pair.score) == Answer::Same)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.first, a.second).cmp(&(b.first, b.second))));
    found
}

/// Comparisons made before two groups become one.
const CHECKS: usize = 64;

/// The number of the group of each title, groups numbered in order of their first title. Two groups
/// become one by a sure pair, unless any two of their titles are different goods.
pub fn groups(titles: &[Title]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..titles.len()).collect();
    let mut members: Vec<Vec<usize>> = (0..titles.len()).map(|i| vec![i]).collect();
    for pair in matches(titles) {
        let (a, b) = (group[pair.first], group[pair.second]);
        if a == b {
            continue;
        }
        let contradicted = members[a]
            .iter()
            .flat_map(|x| members[b].iter().map(move |y| (*x, *y)))
            .take(CHECKS)
            .any(|(x, y)| answer(score(&titles[x], &titles[y])) == Answer::Different);
        if contradicted {
            continue;
        }
        let (kept, gone) = if members[a].len() >= members[b].len() { (a, b) } else { (b, a) };
        let moved = std::mem::take(&mut members[gone]);
        for &i in &moved {
            group[i] = kept;
        }
        members[kept].extend(moved);
    }
    let mut numbers: HashMap<usize, usize> = HashMap::new();
    group
        .iter()
        .map(|g| {
            let next = numbers.len();
            *numbers.entry(*g).or_insert(next)
        })
        .collect()
}
