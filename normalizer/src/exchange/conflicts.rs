//! A publisher has one rate a day for a pair: a file that gives two is refused with their lines, for
//! which of them was published cannot be told from the file, and the last one is no better than the first.

use super::{Rate, bad, stated};
use crate::NormalizeError;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// Pairs of lines that a message names.
const NAMED: usize = 5;

/// The rates of a file, each with its line. Those that only say again what was said are dropped.
pub(super) fn once(lined: Vec<(u64, Rate)>) -> Result<Vec<Rate>, NormalizeError> {
    let (repeated, conflicts) = looked_through(&lined);
    if !conflicts.is_empty() {
        let named = conflicts.len().min(NAMED);
        let more = match conflicts.len() - named {
            0 => String::new(),
            n => format!("; and {n} more"),
        };
        let (place, first) = &conflicts[0];
        let rest: String =
            conflicts[1..named].iter().map(|(place, what)| format!("; {place}: {what}")).collect();
        return Err(bad(
            place.clone(),
            format!(
                "{first}{rest}{more}; a publisher has one rate for a day: keep the one that was published, nothing of this file is imported"
            ),
        ));
    }
    let rates = lined.into_iter().enumerate().filter(|(at, _)| !repeated.contains(at));
    Ok(rates.map(|(_, (_, rate))| rate).collect())
}

/// Places of the rates that repeat another, and what contradicts another: its lines, and both values.
fn looked_through(lined: &[(u64, Rate)]) -> (HashSet<usize>, Vec<(String, String)>) {
    let mut said: HashMap<_, &(u64, Rate)> = HashMap::with_capacity(lined.len());
    let (mut repeated, mut conflicts) = (HashSet::new(), Vec::new());
    for (at, entry) in lined.iter().enumerate() {
        let (line, rate) = entry;
        match said.entry((rate.base, rate.quote, rate.date, rate.source.as_str())) {
            Entry::Vacant(free) => {
                free.insert(entry);
            }
            Entry::Occupied(held) => {
                let (first, other) = *held.get();
                if (other.rate, other.until) == (rate.rate, rate.until) {
                    repeated.insert(at);
                    continue;
                }
                let place = match first == line {
                    true => format!("line {line}"),
                    false => format!("lines {first} and {line}"),
                };
                let Rate { base, quote, date, source, .. } = rate;
                let (one, two) = (stated(other.rate, other.until), stated(rate.rate, rate.until));
                conflicts.push((place, format!("{base} to {quote} on {date} ({source}) is {one} and {two}")));
            }
        }
    }
    (repeated, conflicts)
}
