//! What moved between two snapshots, group by group: offers that came, went or changed their price,
//! each with the reason, and what that did to the median. Pure; the order of everything is fixed by
//! keys and names. Not a judgement of the change.

use crate::offer::{Interner, Item, price_in};
use crate::snapshot::members;
use model::{
    Comparable, ContentHash, Currency, Exclusion, ExclusionReason, GroupKey, GroupSummary, Observation,
    Snapshot, UnitPrice,
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Why an offer is in one snapshot's group and not in the other's, or has another price there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The other snapshot has no capture of the offer at all.
    NotCaptured,
    /// It has one, left out of that snapshot.
    LeftOut(ExclusionReason),
    /// It has one in other groups: read with another code, unit, condition or level, or as a part.
    OtherGroup,
    /// The price on the page is another one.
    PagePrice,
    /// The page's price is the same; the exchange rate is another one.
    ExchangeRate,
    /// The page's price and the rate are the same; quantity, basis or recipe are read otherwise.
    Reading,
}

impl Why {
    /// The code of JSON and text.
    pub fn code(self) -> &'static str {
        match self {
            Why::NotCaptured => "not_captured",
            Why::LeftOut(reason) => reason.code(),
            Why::OtherGroup => "other_group",
            Why::PagePrice => "page_price",
            Why::ExchangeRate => "exchange_rate",
            Why::Reading => "reading",
        }
    }
}

/// One offer that moved. Prices per unit of the group, in each snapshot's own currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// Title, of the later snapshot where it is in both.
    pub name: String,
    /// Seller.
    pub seller: String,
    /// Address.
    pub url: Option<String>,
    /// Observation in the first snapshot's group.
    pub before: Option<ContentHash>,
    /// Observation in the second snapshot's group.
    pub after: Option<ContentHash>,
    /// Price there; the low end where it is a range.
    pub price_before: Option<rust_decimal::Decimal>,
    /// Price there.
    pub price_after: Option<rust_decimal::Decimal>,
    /// Why: a code.
    pub why: &'static str,
}

/// What moved in one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupDiff {
    /// The group.
    pub key: GroupKey,
    /// Its figures in the first snapshot; none where it had no such group.
    pub before: Option<Figures>,
    /// Its figures in the second snapshot.
    pub after: Option<Figures>,
    /// Offers only in the second.
    pub offers_in: Vec<Moved>,
    /// Offers only in the first.
    pub offers_out: Vec<Moved>,
    /// Offers in both at another price.
    pub changed: Vec<Moved>,
    /// Offers in both at the same price.
    pub unchanged: u64,
    /// How many moved, by reason.
    pub reasons: BTreeMap<&'static str, u64>,
}

/// Figures of a group that a diff compares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Listings.
    pub n_listings: u32,
    /// Sellers.
    pub n_sellers: u32,
    /// Lower quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile.
    pub q3: f64,
}

impl Figures {
    fn of(g: &GroupSummary) -> Figures {
        Figures { n_listings: g.n_listings, n_sellers: g.n_sellers, q1: g.q1, median: g.median, q3: g.q3 }
    }
}

/// What moved between two snapshots.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SnapshotDiff {
    /// The first.
    pub before: ContentHash,
    /// The second.
    pub after: ContentHash,
    /// Currency of the first's prices.
    pub currency_before: Currency,
    /// Currency of the second's prices.
    pub currency_after: Currency,
    /// Groups in which something moved, by key.
    pub groups: Vec<GroupDiff>,
    /// Groups in which nothing did.
    pub unchanged_groups: u64,
    /// Offers left out of the first, by reason.
    pub left_out_before: BTreeMap<&'static str, u64>,
    /// Offers left out of the second, by reason.
    pub left_out_after: BTreeMap<&'static str, u64>,
}

/// One snapshot as the comparison sees it: its offers by address, its groups' offers.
struct Side<'a> {
    snapshot: &'a Snapshot,
    groups: BTreeMap<GroupKey, BTreeMap<String, &'a Comparable>>,
    /// Every offer of the snapshot, in a group or not.
    known: HashMap<String, ()>,
    left_out: HashMap<ContentHash, &'a Exclusion>,
    /// Offers of which a capture was left out, as far as these are known.
    left_out_offers: HashMap<String, ExclusionReason>,
    figures: HashMap<&'a GroupKey, Figures>,
}

/// One offer of one seller, seen on whatever day: its address, else its seller and name.
fn offer_key(o: &Observation) -> String {
    match &o.url {
        Some(url) => format!("{url}\u{1f}{}", o.seller),
        None => format!("{}\u{1f}{}\u{1f}{}", o.capture.site, o.seller, o.name),
    }
}

impl<'a> Side<'a> {
    fn of(snapshot: &'a Snapshot, excluded: &HashMap<ContentHash, Observation>) -> Side<'a> {
        let mut interner = Interner::default();
        let items: Vec<Item> = snapshot.comparables.iter().map(|c| Item::of(c, &mut interner)).collect();
        let newest = |c: &Comparable| (c.observation.capture.captured_at, c.observation.id);
        let mut groups = BTreeMap::new();
        for (key, positions) in members(&snapshot.comparables, &items) {
            let mut offers: BTreeMap<String, &Comparable> = BTreeMap::new();
            for at in positions {
                let c = &snapshot.comparables[at as usize];
                // The newest capture of an offer is the one a group's figures rest on.
                let kept = offers.entry(offer_key(&c.observation)).or_insert(c);
                if newest(c) > newest(kept) {
                    *kept = c;
                }
            }
            groups.insert(key, offers);
        }
        Side {
            snapshot,
            groups,
            known: snapshot.comparables.iter().map(|c| (offer_key(&c.observation), ())).collect(),
            left_out: snapshot.exclusions.iter().map(|e| (e.observation, e)).collect(),
            left_out_offers: (snapshot.exclusions.iter())
                .filter_map(|e| Some((offer_key(excluded.get(&e.observation)?), e.reason)))
                .collect(),
            figures: snapshot.groups.iter().map(|g| (&g.key, Figures::of(g))).collect(),
        }
    }

    /// Why this side lacks an offer that the other one has in a group.
    fn lacks(&self, key: &str, other: &Comparable) -> Why {
        if self.known.contains_key(key) {
            return Why::OtherGroup;
        }
        match self.left_out.get(&other.observation.id) {
            Some(exclusion) => Why::LeftOut(exclusion.reason),
            // Another capture of the offer: in a currency without a rate, say.
            None => self.left_out_offers.get(key).map_or(Why::NotCaptured, |reason| Why::LeftOut(*reason)),
        }
    }
}

/// Compares two snapshots; the first is the earlier one in the words of the result.
pub fn diff(before: &Snapshot, after: &Snapshot) -> SnapshotDiff {
    diff_knowing(before, after, &HashMap::new())
}

/// [`diff`] with observations that either left out, as far as they are at hand: a snapshot names these by their
/// hashes alone, and without them an offer whose new capture was left out counts as not captured.
pub fn diff_knowing(
    before: &Snapshot,
    after: &Snapshot,
    excluded: &HashMap<ContentHash, Observation>,
) -> SnapshotDiff {
    let (a, b) = (Side::of(before, excluded), Side::of(after, excluded));
    let keys: std::collections::BTreeSet<&GroupKey> = a.groups.keys().chain(b.groups.keys()).collect();
    let nothing = BTreeMap::new();
    let mut groups = Vec::new();
    let mut unchanged_groups = 0;
    for key in keys {
        let (ours, theirs) = (a.groups.get(key).unwrap_or(&nothing), b.groups.get(key).unwrap_or(&nothing));
        let mut group = GroupDiff {
            key: key.clone(),
            before: a.figures.get(key).copied(),
            after: b.figures.get(key).copied(),
            offers_in: Vec::new(),
            offers_out: Vec::new(),
            changed: Vec::new(),
            unchanged: 0,
            reasons: BTreeMap::new(),
        };
        for (offer, &old) in ours {
            match theirs.get(offer) {
                None => group.offers_out.push(moved(key, Some(old), None, b.lacks(offer, old))),
                Some(&new) => match changed(key, old, new, before.currency == after.currency) {
                    Some(why) => group.changed.push(moved(key, Some(old), Some(new), why)),
                    None => group.unchanged += 1,
                },
            }
        }
        for (offer, &new) in theirs.iter().filter(|(offer, _)| !ours.contains_key(*offer)) {
            group.offers_in.push(moved(key, None, Some(new), a.lacks(offer, new)));
        }
        for m in group.offers_in.iter().chain(&group.offers_out).chain(&group.changed) {
            *group.reasons.entry(m.why).or_default() += 1;
        }
        if group.reasons.is_empty() && group.before == group.after {
            unchanged_groups += 1;
        } else {
            groups.push(group);
        }
    }
    SnapshotDiff {
        before: before.id,
        after: after.id,
        currency_before: before.currency,
        currency_after: after.currency,
        groups,
        unchanged_groups,
        left_out_before: left_out(a.snapshot),
        left_out_after: left_out(b.snapshot),
    }
}

fn left_out(snapshot: &Snapshot) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for exclusion in &snapshot.exclusions {
        *counts.entry(exclusion.reason.code()).or_default() += 1;
    }
    counts
}

fn price(key: &GroupKey, c: &Comparable) -> Option<UnitPrice> {
    price_in(c, key.unit)
}

fn changed(key: &GroupKey, old: &Comparable, new: &Comparable, one_currency: bool) -> Option<Why> {
    let (before, after) = (price(key, old), price(key, new));
    if before == after && one_currency {
        return None;
    }
    let (a, b) = (&old.observation, &new.observation);
    Some(if a.price != b.price || a.price_high != b.price_high {
        Why::PagePrice
    } else if old.rate != new.rate {
        Why::ExchangeRate
    } else {
        Why::Reading
    })
}

fn moved(key: &GroupKey, old: Option<&Comparable>, new: Option<&Comparable>, why: Why) -> Moved {
    let shown = new.or(old).map(|c| &c.observation);
    let low = |c: Option<&Comparable>| c.and_then(|c| price(key, c)).map(|p| p.low);
    Moved {
        name: shown.map_or_else(String::new, |o| o.name.clone()),
        seller: shown.map_or_else(String::new, |o| o.seller.clone()),
        url: shown.and_then(|o| o.url.clone()),
        before: old.map(|c| c.observation.id),
        after: new.map(|c| c.observation.id),
        price_before: low(old),
        price_after: low(new),
        why: why.code(),
    }
}
