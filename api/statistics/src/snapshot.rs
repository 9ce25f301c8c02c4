//! A snapshot in memory and the figures of its groups. Not its file (`offers`, `format`).

use crate::Parameters;
use crate::distribution::Distribution;
use crate::offer::{Facts, Item, main_basis};
use crate::votes::{Raw, dominance, listings, one_vote_each, remove_slips};
use chrono::NaiveDate;
use model::{
    Comparable, ContentHash, Currency, Exclusion, GoodsKind, GroupKey, GroupSummary, Snapshot, Unit,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Builds the snapshot of these offers in memory: sorted, duplicates by observation id once, groups
/// computed, identity set. The same whatever the order of the input, and the same as a file of
/// [`crate::SnapshotBuilder`] holds.
///
/// Groups hold articles (no accessories or bundles) of known subheading and condition on the
/// snapshot's main basis with a price above zero, at the newest capture of each seller's product.
pub fn build_snapshot(
    mut comparables: Vec<Comparable>,
    mut exclusions: Vec<Exclusion>,
    currency: Currency,
    parameters: &Parameters,
) -> Snapshot {
    // Two rows of one id should be equal; where they are not, their text decides, so that the
    // order of arrival never does.
    comparables.sort_by(|a, b| (a.observation.id.cmp(&b.observation.id)).then_with(|| text(a).cmp(&text(b))));
    comparables.dedup_by(|later, kept| later.observation.id == kept.observation.id);
    exclusions
        .sort_by(|a, b| (a.observation, a.reason, &a.detail).cmp(&(b.observation, b.reason, &b.detail)));
    exclusions.dedup();
    let mut snapshot =
        Snapshot { id: ContentHash::of(b""), currency, comparables, exclusions, groups: Vec::new() };
    // The vocabulary always serializes, and memory takes every byte.
    if let Ok(file) = crate::offers::in_memory(&snapshot, Some(parameters)) {
        snapshot.id = file.container().id();
        snapshot.groups = file.groups().unwrap_or_default();
    }
    snapshot
}

fn text(comparable: &Comparable) -> String {
    serde_json::to_string(comparable).unwrap_or_default()
}

/// The members of each group, by position.
pub(crate) fn members(comparables: &[Comparable], items: &[Item]) -> BTreeMap<GroupKey, Vec<u32>> {
    let basis = main_basis(comparables.iter());
    let mut groups: BTreeMap<GroupKey, Vec<u32>> = BTreeMap::new();
    for (i, (comparable, item)) in comparables.iter().zip(items).enumerate() {
        let (Some(hs6), Some(condition), GoodsKind::Article) =
            (item.facts.hs6, item.facts.condition, item.facts.kind)
        else {
            continue;
        };
        if comparable.observation.basis.name != basis {
            continue;
        }
        for price in &comparable.unit_prices {
            let key = GroupKey { hs6, unit: price.unit, condition, level: item.facts.level };
            let group = groups.entry(key).or_default();
            // An offer with two prices in one unit is in the group once.
            if group.last() != Some(&(i as u32)) {
                group.push(i as u32);
            }
        }
    }
    groups
}

/// The distribution of some members of a group over all their dates.
pub(crate) struct Summary {
    pub n_listings: u32,
    pub n_sellers: u32,
    pub n_sites: u32,
    pub top_seller_share: f64,
    pub distribution: Distribution,
}

/// One seller one vote at the newest capture, slips taken out; `None` where no price remains.
///
/// Sellers, goods and listings are numbered within the group, so that its figures hang on nothing but
/// its members in their order.
pub(crate) fn summarize(
    key: &GroupKey,
    members: &[u32],
    facts: impl Fn(u32) -> Facts,
    logs_in: impl Fn(u32, Unit) -> Option<(f64, f64)>,
    parameters: &Parameters,
) -> Option<Summary> {
    let newest = members.iter().map(|&i| facts(i).day).max()?;
    let mut numbers: [HashMap<u32, u32>; 3] = Default::default();
    let mut number = |which: usize, old: u32| {
        let next = numbers[which].len() as u32;
        *numbers[which].entry(old).or_insert(next)
    };
    let raws = members
        .iter()
        .filter_map(|&i| {
            let (item, (low, high)) = (facts(i), logs_in(i, key.unit)?);
            let offset = i64::from(item.day - newest);
            Some(Raw {
                item: i,
                seller: number(0, item.seller),
                goods: number(1, item.goods),
                offer: number(2, item.offer),
                distance: u32::try_from(-offset).unwrap_or(u32::MAX),
                offset,
                low,
                high,
                similarity: 1.0,
            })
        })
        .collect();
    let (raws, _) = listings(raws);
    let n_listings = raws.len() as u32;
    let top_seller_share = dominance(&raws).map_or(0.0, |d| d.1);
    let (mut votes, _) = one_vote_each(raws);
    remove_slips(&mut votes, parameters);
    let distribution = Distribution::of(&votes, parameters)?;
    let sellers: BTreeSet<u32> = votes.iter().map(|v| v.seller).collect();
    let sites: BTreeSet<u32> = votes.iter().map(|v| facts(v.item).site).collect();
    Some(Summary {
        n_listings,
        n_sellers: sellers.len() as u32,
        n_sites: sites.len() as u32,
        top_seller_share,
        distribution,
    })
}

/// A summary as a snapshot carries it; the days are those of its members.
pub(crate) fn group_summary(
    key: GroupKey,
    summary: &Summary,
    days: impl Iterator<Item = NaiveDate> + Clone,
) -> Option<GroupSummary> {
    let d = &summary.distribution;
    Some(GroupSummary {
        key,
        n_listings: summary.n_listings,
        n_sellers: summary.n_sellers,
        n_sites: summary.n_sites,
        n_eff: steady(d.n_eff),
        top_seller_share: steady(summary.top_seller_share),
        first_day: days.clone().min()?,
        last_day: days.max()?,
        p10: steady(d.price_at(0.10)),
        q1: steady(d.price_at(0.25)),
        median: steady(d.price_at(0.50)),
        q3: steady(d.price_at(0.75)),
        p90: steady(d.price_at(0.90)),
        log_spread: steady(d.spread),
    })
}

/// Nine significant digits: the last bits of a logarithm differ between platforms, and the bytes
/// of a snapshot must not.
fn steady(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}
