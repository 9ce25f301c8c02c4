//! The groups of a snapshot that is being made: figures of those that something moved in, kept figures
//! of the others. Not the figures themselves (`snapshot`).

use super::build::{Columns, Shard};
use super::{NONE, SUBHEADING, SlipRules, decode};
use crate::Parameters;
use crate::fast::ln;
use crate::offer::Facts;
use crate::snapshot::{group_summary, summarize};
use model::{GoodsKind, GroupKey, GroupSummary, Unit};
use std::collections::BTreeMap;

impl Columns {
    pub fn facts(&self, i: u32) -> Facts {
        decode(&self.rows[i as usize], |at| self.subheadings.get(at).copied(), |at| self.places.get(at))
    }

    fn prices(&self, i: u32) -> impl Iterator<Item = (Unit, f64, f64)> {
        let range = self.prices_at[i as usize] as usize..self.prices_at[i as usize + 1] as usize;
        range.filter_map(|at| {
            Some((*Unit::ALL.get(usize::from(self.units[at]))?, self.lows[at], self.highs[at]))
        })
    }

    fn logs_in(&self, i: u32, unit: Unit) -> Option<(f64, f64)> {
        self.prices(i).find(|price| price.0 == unit).map(|(_, low, high)| (ln(low), ln(high)))
    }
}

/// The groups an offer is in, by its facts and the units it has a price in: articles of known
/// subheading and condition on the main basis.
pub(super) fn keys(facts: Facts, units: impl Iterator<Item = Unit>) -> impl Iterator<Item = GroupKey> {
    let stands = facts.kind == GoodsKind::Article && facts.on_basis;
    let of = facts.hs6.zip(facts.condition).filter(|_| stands);
    units.filter_map(move |unit| {
        let (hs6, condition) = of?;
        Some(GroupKey { hs6, unit, condition, level: facts.level })
    })
}

/// The summaries of all groups, and how many of them were computed. A group is kept where all its
/// members come from one file, none of those it had there is gone, and the file's groups were made by
/// the same rules and method on the same basis.
pub(super) fn summaries(
    columns: &Columns,
    shards: &[Shard],
    basis: &str,
    parameters: &Parameters,
) -> (Vec<GroupSummary>, u64) {
    let rules = SlipRules::of(parameters);
    let usable: Vec<Option<&Shard>> = shards
        .iter()
        .map(|shard| Some(shard).filter(|s| s.basis == basis && s.slips.as_ref() == Some(&rules)))
        .collect();
    let mut members: BTreeMap<GroupKey, Vec<u32>> = BTreeMap::new();
    for i in 0..columns.rows.len() as u32 {
        if columns.rows[i as usize][SUBHEADING] == NONE {
            continue;
        }
        for key in keys(columns.facts(i), columns.prices(i).map(|price| price.0)) {
            members.entry(key).or_default().push(i);
        }
    }
    let mut computed = 0;
    let summaries = members
        .into_iter()
        .filter_map(|(key, members)| {
            let from = columns.from[members[0] as usize];
            let of_one = members.iter().all(|&i| columns.from[i as usize] == from);
            let shard = from.checked_sub(1).filter(|_| of_one).and_then(|at| usable[at as usize]);
            if let Some(shard) = shard
                && shard.members.get(&key) == Some(&(members.len() as u32))
                && let Some(summary) = shard.summaries.get(&key)
            {
                return Some(summary.clone());
            }
            computed += 1;
            let summary = summarize(
                &key,
                &members,
                |i| columns.facts(i),
                |i, unit| columns.logs_in(i, unit),
                parameters,
            )?;
            group_summary(key, &summary, members.iter().map(|&i| columns.facts(i).date()))
        })
        .collect();
    (summaries, computed)
}
