//! Which groups of a snapshot are siblings on a rung, and what a rung's evidence is by the
//! calibration on them. Not the calibration itself (`calibration`), nor the rules that use it.
//!
//! On rung 1 the siblings are articles (GTIN, or brand and model), on rung 2 goods that a line of one
//! offer's name would retrieve, weighed as that line would weigh them, on rung 3 the brands of
//! subheadings where the line's brand is held to, else subheadings (and origins, where that is a
//! facet), on rung 4 subheadings; always of the same unit, condition, commercial level and kind as the
//! line. Each offer is in one group of a rung.

use crate::Parameters;
use crate::calibration::{Calibrated, Calibration, Group, Point, Prediction, Rules, recency};
use crate::distribution::Vote;
use crate::evidence::Facets;
use crate::index::ReferenceIndex;
use crate::retrieval::Room;
use crate::votes::{Raw, listings, most_alike, one_vote_each, remove_slips};
use chrono::Datelike;
use model::{CalibratedPrice, CommercialLevel, Condition, Country, GoodsKind, HsCode, Rung, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What siblings have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Kin {
    pub rung: Rung,
    pub of_brand: bool,
    pub unit: Unit,
    pub condition: Condition,
    pub level: CommercialLevel,
    pub kind: GoodsKind,
}

/// The calibration of the low ends, and of the high ends where these are others.
#[derive(Debug)]
pub(crate) struct Siblings {
    pub low: Calibration,
    pub high: Option<Calibration>,
}

/// A group of votes held to its siblings.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    siblings: Arc<Siblings>,
    heading: u64,
    low: Prediction,
    high: Prediction,
}

/// What a declared price is by the siblings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Borrowed {
    pub price: CalibratedPrice,
    pub z: f64,
    pub z_high: f64,
    pub predictive_sd: f64,
    pub detectable_ratio: f64,
}

impl Held {
    /// Holds votes to the siblings of their rung (and whether it is held to a brand) and facets; `None` where these give too few ranks.
    pub fn of(
        index: &ReferenceIndex,
        votes: &[Vote],
        (rung, of_brand): (Rung, bool),
        facets: &Facets,
        kind: GoodsKind,
        parameters: &Parameters,
    ) -> Option<Held> {
        let kin =
            Kin { rung, of_brand, unit: facets.unit, condition: facets.condition, level: facets.level, kind };
        let siblings = Siblings::of(index, kin, parameters)?;
        let heading = heading_of(index, votes.iter().map(|v| v.item).min()?);
        let on = facets.day.num_days_from_ce();
        let day = |v: &Vote| u64::from(index.facts(v.item).day.abs_diff(on));
        let seller = |v: &Vote| index.row(v.item).map_or(v.seller, |row| row.seller);
        let points = |end: fn(&Vote) -> f64| points(votes, end, day, seller, parameters);
        let low = siblings.low.prediction(heading, &points(|v| v.low))?;
        let high = if siblings.high.is_none() && votes.iter().all(|v| v.low == v.high) {
            low.clone()
        } else {
            siblings.high().prediction(heading, &points(|v| v.high))?
        };
        siblings.low.calibrated(heading, &low, 0.0)?;
        siblings.high().calibrated(heading, &high, 0.0)?;
        Some(Held { siblings, heading, low, high })
    }

    /// A declared log price by the siblings; `borrowed` tells that the group alone carries no claim.
    pub fn price(&self, log: f64, borrowed: bool, parameters: &Parameters) -> Option<Borrowed> {
        let low: Calibrated = self.siblings.low.calibrated(self.heading, &self.low, log)?;
        let high = self.siblings.high().calibrated(self.heading, &self.high, log)?;
        Some(Borrowed {
            price: CalibratedPrice {
                p_lower: low.p_lower,
                p_upper: high.p_upper,
                smallest_p: 1.0 / (1.0 + low.ranks),
                ranks: low.ranks,
                groups: low.groups,
                of_heading: low.of_heading,
                borrowed,
            },
            z: low.z,
            z_high: high.z,
            predictive_sd: self.low.whole.sd,
            detectable_ratio: self.siblings.low.detectable(self.heading, &self.low, parameters.reason_p)?,
        })
    }
}

impl Siblings {
    /// What the siblings of a kin say; learned once.
    pub fn of(index: &ReferenceIndex, kin: Kin, parameters: &Parameters) -> Option<Arc<Siblings>> {
        index.memo.siblings(kin, parameters, || learn(index, &kin, parameters))
    }

    fn high(&self) -> &Calibration {
        self.high.as_ref().unwrap_or(&self.low)
    }
}

fn heading_of(index: &ReferenceIndex, item: u32) -> u64 {
    let code = index.facts(item).hs6.and_then(|code| code.heading());
    code.and_then(|code| code.as_str().parse().ok()).unwrap_or(0)
}

fn points(
    votes: &[Vote],
    end: fn(&Vote) -> f64,
    days: impl Fn(&Vote) -> u64,
    seller: impl Fn(&Vote) -> u32,
    parameters: &Parameters,
) -> Vec<Point> {
    votes
        .iter()
        .map(|v| {
            let days = u32::try_from(days(v)).unwrap_or(u32::MAX);
            let weight = v.weight * recency(days, parameters.recency_half_life_days);
            Point { log: end(v), weight, seller: seller(v) }
        })
        .collect()
}

/// Learns from the siblings; `None` without any.
fn learn(index: &ReferenceIndex, kin: &Kin, parameters: &Parameters) -> Option<Siblings> {
    let mut groups: Vec<(u64, Vec<Vote>, i32)> = members(index, kin, parameters)
        .into_iter()
        .filter_map(|items| {
            let (votes, day) = votes(index, kin, &items, parameters)?;
            Some((heading_of(index, items[0].0), votes, day))
        })
        .collect();
    let most = parameters.calibration_max_groups as usize;
    if groups.len() > most {
        let all = groups.len();
        let mut at = 0;
        groups.retain(|_| {
            at += 1;
            at * most / all > (at - 1) * most / all
        });
    }
    let rules = Rules::of(parameters);
    let of_end = |end: fn(&Vote) -> f64| {
        let groups: Vec<Group> = groups
            .iter()
            .map(|(heading, votes, newest)| {
                let days = |v: &Vote| u64::from(index.facts(v.item).day.abs_diff(*newest));
                Group { heading: *heading, points: points(votes, end, days, |v| v.seller, parameters) }
            })
            .collect();
        Calibration::of(&groups, rules)
    };
    let intervals = groups.iter().flat_map(|g| &g.1).any(|v| v.low != v.high);
    let high = if intervals { Some(of_end(|v| v.high)?) } else { None };
    Some(Siblings { low: of_end(|v| v.low)?, high })
}

/// The offers of each sibling group with their similarity, in the order of the snapshot.
fn members(index: &ReferenceIndex, kin: &Kin, parameters: &Parameters) -> Vec<Vec<(u32, f64)>> {
    let comparable = |i: u32| {
        let item = index.facts(i);
        item.kind == kin.kind
            && item.condition == Some(kin.condition)
            && item.level == kin.level
            && item.on_basis
            && index.logs_in(i, kin.unit).is_some()
    };
    let offers = (0..index.len()).filter(|&i| comparable(i));
    let mut groups: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
    match kin.rung {
        Rung::Identical => {
            for i in offers {
                let item = index.facts(i);
                if index.has_gtin(i) || item.brand.is_some() && item.model.is_some() {
                    groups.entry(item.goods).or_default().push((i, 1.0));
                }
            }
        }
        Rung::Similar => {
            // Each offer not yet in a group gathers those like it, as a line of its name would.
            let mut taken = vec![false; index.len() as usize];
            let mut room = Room::default();
            for i in offers {
                if taken[i as usize] {
                    continue;
                }
                let found = index.like(i, parameters, &mut room);
                let like: Vec<(u32, f64)> = found
                    .items
                    .into_iter()
                    .zip(found.similarity)
                    .filter(|&(other, _)| !taken[other as usize] && comparable(other))
                    .collect();
                like.iter().for_each(|&(other, _)| taken[other as usize] = true);
                if !like.is_empty() {
                    groups.insert(i, like);
                }
            }
        }
        Rung::Hs6Facets | Rung::Hs6Unit => {
            let by_origin = parameters.origin_facet && kin.rung == Rung::Hs6Facets;
            type Key = (HsCode, Option<Country>, Option<u32>);
            let mut by_code: BTreeMap<Key, Vec<(u32, f64)>> = BTreeMap::new();
            for i in offers {
                let item = index.facts(i);
                let origin = item.origin.filter(|_| by_origin);
                let brand = item.brand.filter(|_| kin.of_brand);
                if let Some(code) = item.hs6.filter(|_| brand.is_some() || !kin.of_brand) {
                    by_code.entry((code, origin, brand)).or_default().push((i, 1.0));
                }
            }
            return by_code.into_values().collect();
        }
    }
    // Numbers of goods follow the order of the snapshot, and so do the groups.
    groups.into_values().collect()
}

/// A sibling's votes at its newest captures, cleaned as a line's are; `None` below the fewest
/// effective votes.
fn votes(
    index: &ReferenceIndex,
    kin: &Kin,
    items: &[(u32, f64)],
    parameters: &Parameters,
) -> Option<(Vec<Vote>, i32)> {
    let newest = items.iter().map(|&(i, _)| index.facts(i).day).max()?;
    let raws = items
        .iter()
        .filter_map(|&(i, similarity)| {
            let item = index.facts(i);
            let (low, high) = index.logs_in(i, kin.unit)?;
            let offset = i64::from(item.day - newest);
            let distance = u32::try_from(-offset).ok().filter(|days| *days <= parameters.window_days)?;
            Some(Raw {
                item: i,
                seller: item.seller,
                goods: item.goods,
                offer: item.offer,
                distance,
                offset,
                low,
                high,
                similarity,
            })
        })
        .collect();
    let (mut votes, _) = one_vote_each(most_alike(listings(raws).0, parameters.similarity_most as usize).0);
    remove_slips(&mut votes, parameters);
    let totals = crate::distribution::seller_totals(&votes);
    let n_eff = crate::quantile::n_eff(totals.iter().map(|t| t.1));
    (n_eff >= parameters.min_n_eff - 1e-6).then_some((votes, newest))
}
