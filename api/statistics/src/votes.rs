//! From raw listings to votes: an offer seen again counts once, a seller's listings of one
//! product count once, a seller has one vote, slips of the decimal point are taken out.

use crate::Parameters;
use crate::distribution::Vote;
use crate::quantile::{Middle, Weighted};
use std::collections::{BTreeSet, HashSet};

/// A listing that passed every facet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Raw {
    pub item: u32,
    pub seller: u32,
    pub goods: u32,
    pub offer: u32,
    /// Days between the capture and the date that matters.
    pub distance: u32,
    /// Days of the capture before (negative) or after that date: of two equally near the later
    /// counts.
    pub offset: i64,
    pub low: f64,
    pub high: f64,
    /// How like the goods are to those the group is of, in (0, 1]: identical goods weigh 1.
    pub similarity: f64,
}

/// Keeps of each offer the capture nearest to the date that matters; the second list are the
/// others. A superseded capture is no listing of its own: a site visited more often must not
/// look dominant.
pub(crate) fn listings(mut raws: Vec<Raw>) -> (Vec<Raw>, Vec<u32>) {
    raws.sort_by_key(|r| (r.seller, r.offer, r.distance, std::cmp::Reverse(r.offset), r.item));
    let mut superseded = Vec::new();
    raws.dedup_by(|later, kept| {
        let same = (later.seller, later.offer) == (kept.seller, kept.offer);
        if same {
            superseded.push(later.item);
        }
        same
    });
    (raws, superseded)
}

/// Of listings by more sellers than `most` those at least as like as that many sellers' are: the
/// narrower reference, with nothing cut among equals. The second list are the others.
pub(crate) fn most_alike(mut raws: Vec<Raw>, most: usize) -> (Vec<Raw>, Vec<Raw>) {
    if raws.len() <= most || most == 0 {
        return (raws, Vec::new());
    }
    let mut order: Vec<(f64, u32)> = raws.iter().map(|raw| (raw.similarity, raw.seller)).collect();
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut sellers: HashSet<u32> = HashSet::new();
    let last = order.iter().find(|(_, seller)| sellers.insert(*seller) && sellers.len() == most);
    let least = last.map_or(0.0, |last| last.0);
    let others = raws.extract_if(.., |raw| raw.similarity < least).collect();
    (raws, others)
}

/// Largest share of the listings one seller holds: the seller's number and the share.
pub(crate) fn dominance(listings: &[Raw]) -> Option<(u32, f64)> {
    let mut sellers: Vec<u32> = listings.iter().map(|r| r.seller).collect();
    sellers.sort_unstable();
    sellers
        .chunk_by(|a, b| a == b)
        .map(|run| (run[0], run.len()))
        .max_by_key(|&(seller, n)| (n, std::cmp::Reverse(seller)))
        .map(|(seller, n)| (seller, n as f64 / listings.len() as f64))
}

/// One vote a seller: each product once (the capture nearest in time, then the lowest price,
/// which favours the trader), of a seller of k products each with weight 1/k of its similarity. The
/// second list are the listings that do not count.
pub(crate) fn one_vote_each(mut listings: Vec<Raw>) -> (Vec<Vote>, Vec<u32>) {
    listings.sort_by(|a, b| {
        (a.seller, a.goods, a.distance, std::cmp::Reverse(a.offset))
            .cmp(&(b.seller, b.goods, b.distance, std::cmp::Reverse(b.offset)))
            .then(a.low.total_cmp(&b.low))
            .then(a.item.cmp(&b.item))
    });
    let mut again = Vec::new();
    listings.dedup_by(|later, kept| {
        let same = (later.seller, later.goods) == (kept.seller, kept.goods);
        if same {
            again.push(later.item);
        }
        same
    });
    let mut votes: Vec<Vote> = listings
        .iter()
        .map(|r| Vote { similarity: r.similarity, ..Vote::of(r.item, r.seller, r.low, r.high) })
        .collect();
    share(&mut votes);
    (votes, again)
}

/// Shares one vote among a seller's. `votes` stand together by seller.
fn share(votes: &mut [Vote]) {
    for run in votes.chunk_by_mut(|a, b| a.seller == b.seller) {
        let among = run.len() as u32;
        run.iter_mut().for_each(|vote| vote.share(among));
    }
}

/// A listing taken out as a slip, with the factor it is out by (10, 0.1, 100 …).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slip {
    pub item: u32,
    pub factor: f64,
}

/// What a slip is in one group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlipRule {
    median: f64,
    /// Nothing nearer to the median is a slip.
    pub nearest: f64,
    residual: f64,
}

impl SlipRule {
    /// By the group's median and scaled median absolute deviation.
    pub fn of(median: f64, spread: f64, parameters: &Parameters) -> SlipRule {
        let spread = spread.max(parameters.slip_least_spread);
        // Below half a factor of ten a price is nearer to the median than to any slip: no number to choose.
        let nearest = (parameters.slip_spreads * spread).max(0.5 * std::f64::consts::LN_10);
        SlipRule { median, nearest, residual: parameters.slip_residual_spreads * spread }
    }
}

/// The factor a log price is out by, where it is a slip.
pub(crate) fn slip_of(log: f64, rule: &SlipRule) -> Option<f64> {
    let off = log - rule.median;
    if off.abs() < rule.nearest {
        return None;
    }
    let power = (off / std::f64::consts::LN_10).round();
    let rest = off - power * std::f64::consts::LN_10;
    ((1.0..=3.0).contains(&power.abs()) && rest.abs() <= rule.residual).then(|| 10f64.powf(power))
}

/// Takes out slips of the decimal point before anything is calibrated on the group: prices far
/// off the median that lie close to it once a factor of 10, 100 or 1000 is taken out. In a small
/// or widely spread group slips cannot be told from prices and stay.
pub(crate) fn remove_slips(votes: &mut Vec<Vote>, parameters: &Parameters) -> Vec<Slip> {
    let sellers = votes.chunk_by(|a, b| a.seller == b.seller).count();
    if sellers < parameters.slip_min_n as usize {
        return Vec::new();
    }
    let mut lows: Vec<Weighted> = votes.iter().map(|v| (v.low, v.weight)).collect();
    // Equal prices by their weights, so that the order in which they were read decides nothing.
    lows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let middle = Middle::of_pairs(&lows);
    let rule = SlipRule::of(middle.quartiles[1], middle.spread, parameters);
    let slips: Vec<Slip> = votes
        .iter()
        .filter_map(|vote| Some(Slip { item: vote.item, factor: slip_of(vote.low, &rule)? }))
        .collect();
    if slips.len() as f64 > parameters.slip_max_share * votes.len() as f64 {
        return Vec::new();
    }
    let out: BTreeSet<u32> = slips.iter().map(|s| s.item).collect();
    votes.retain(|v| !out.contains(&v.item));
    if !out.is_empty() {
        // What is left of a seller's listings has its whole vote.
        share(votes);
    }
    slips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(item: u32, seller: u32, goods: u32, price: f64) -> Raw {
        Raw {
            item,
            seller,
            goods,
            offer: item,
            distance: 3,
            offset: -3,
            low: price.ln(),
            high: price.ln(),
            similarity: 1.0,
        }
    }

    #[test]
    fn a_seller_of_many_goods_has_one_vote() {
        let (votes, again) =
            one_vote_each(vec![raw(0, 1, 1, 5.0), raw(1, 1, 2, 6.0), raw(2, 1, 2, 5.5), raw(3, 2, 1, 7.0)]);
        assert_eq!(again, [1]);
        let weights: Vec<(u32, f64)> = votes.iter().map(|v| (v.item, v.weight)).collect();
        assert_eq!(weights, [(0, 0.5), (2, 0.5), (3, 1.0)]);
    }

    /// Equal prices of unequal weight, in any order: many groups, of which some stand at the edge of the rule.
    #[test]
    fn slips_do_not_hang_on_the_order_of_equal_prices() {
        let mut state = 7u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let found = |mut votes: Vec<Vote>| -> Vec<u32> {
            let slips = remove_slips(&mut votes, &Parameters::default());
            let mut items: Vec<u32> = slips.into_iter().map(|slip| slip.item).collect();
            items.sort_unstable();
            items
        };
        let mut some = 0;
        for _ in 0..4000 {
            let votes: Vec<Vote> = (0..14)
                .map(|i| {
                    let price = 1.0 + next(4) as f64 * 0.25;
                    let low = (price * if next(10) == 0 { 10.0 } else { 1.0 }).ln();
                    let weight = [1.0, 0.5, 0.2][next(3) as usize];
                    Vote { weight, ..Vote::of(i, i, low, low) }
                })
                .collect();
            let slips = found(votes.clone());
            some += usize::from(!slips.is_empty());
            assert_eq!(found(votes.into_iter().rev().collect()), slips);
        }
        assert!(some > 400, "{some}");
    }

    #[test]
    fn an_offer_seen_again_counts_at_its_nearest_capture() {
        let near = Raw { offer: 9, ..raw(0, 1, 1, 5.0) };
        let far = Raw { distance: 40, offset: 40, item: 1, ..near };
        let (kept, superseded) = listings(vec![far, near]);
        assert_eq!((kept.len(), kept[0].item, superseded), (1, 0, vec![1]));
    }

    #[test]
    fn of_many_sellers_the_most_alike_stay_and_equals_are_never_parted() {
        let of = |item, similarity| Raw { similarity, ..raw(item, item, item, 5.0) };
        let list = vec![of(0, 0.5), of(1, 0.9), of(2, 0.7), of(3, 0.7), of(4, 1.0)];
        let kept = |most| most_alike(list.clone(), most).0.iter().map(|r| r.item).collect::<Vec<_>>();
        assert_eq!(kept(2), [1, 4]);
        assert_eq!(kept(3), [1, 2, 3, 4]);
        assert_eq!(kept(0).len(), 5);
        // Fewer sellers than wanted: all of them count.
        let one = (0..5).map(|i| Raw { seller: 1, ..of(i, 0.5 + f64::from(i) / 10.0) }).collect();
        assert_eq!(most_alike(one, 2).0.len(), 5);
    }

    #[test]
    fn goods_less_alike_weigh_less_and_never_more_than_one_vote_a_seller() {
        let of = |item, seller, similarity| Raw { similarity, ..raw(item, seller, item, 5.0) };
        let (votes, _) = one_vote_each(vec![of(0, 1, 1.0), of(1, 2, 0.5), of(2, 3, 0.8), of(3, 3, 0.6)]);
        let weights: Vec<f64> = votes.iter().map(|v| v.weight).collect();
        assert_eq!(weights, [1.0, 0.5, 0.4, 0.3]);
    }

    #[test]
    fn slips_of_a_tight_group_are_taken_out_and_those_of_a_wide_one_stay() {
        let tight: Vec<Raw> = (0..12)
            .map(|i| {
                let slip = [(3, 10.0), (7, 0.01)].iter().find(|s| s.0 == i).map_or(1.0, |s| s.1);
                raw(i, i, i, slip * (4.0 + f64::from(i) * 0.1))
            })
            .collect();
        let (mut votes, _) = one_vote_each(tight);
        let slips = remove_slips(&mut votes, &Parameters::default());
        let mut found: Vec<(u32, f64)> = slips.iter().map(|s| (s.item, s.factor)).collect();
        found.sort_by_key(|f| f.0);
        assert_eq!(found.len(), 2);
        assert!(found[0].0 == 3 && (found[0].1 - 10.0).abs() < 1e-9);
        assert!(found[1].0 == 7 && (found[1].1 - 0.01).abs() < 1e-9);
        let wide: Vec<Raw> = (0..12).map(|i| raw(i, i, i, (f64::from(i) * 0.4).exp())).collect();
        let (mut votes, _) = one_vote_each(wide);
        assert!(remove_slips(&mut votes, &Parameters::default()).is_empty());
    }

    #[test]
    fn seven_sellers_are_too_few_to_see_a_slip() {
        let (mut votes, _) =
            one_vote_each((0..7).map(|i| raw(i, i, i, if i == 0 { 50.0 } else { 5.0 })).collect());
        assert!(remove_slips(&mut votes, &Parameters::default()).is_empty());
    }

    #[test]
    fn the_share_of_the_largest_seller() {
        let mut l: Vec<Raw> = (0..26).map(|i| raw(i, 1, 1, 2.1)).collect();
        l.extend((26..30).map(|i| raw(i, i, i, 4.0)));
        let (seller, share) = dominance(&l).unwrap();
        assert_eq!(seller, 1);
        assert!((share - 0.8667).abs() < 0.001);
    }
}
