//! Weighted quantiles, location and spread of sorted values. Not a distribution's rules.

use crate::fast::wide;
use std::hint::select_unpredictable;

/// A value with its weight, above zero.
pub(crate) type Weighted = (f64, f64);

/// Quantile R-7 (Hyndman and Fan 1996, type 7) with weights. Equal weights give exactly R-7;
/// otherwise the k-th value stands at the middle of its weight, scaled so that the first stands
/// at 0 and the last at 1. `values` are sorted and not empty.
pub(crate) fn quantile(values: &[Weighted], p: f64) -> f64 {
    let total = values.iter().map(|v| v.1).sum();
    of_total(values.len(), |i| values[i], total, p)
}

/// [`quantile`] of values and weights in two lists, the weights adding up to `total`.
pub(crate) fn quantile_of_total(values: &[f64], weights: &[f64], total: f64, p: f64) -> f64 {
    of_total(values.len(), |i| (values[i], weights[i]), total, p)
}

#[inline(always)]
fn of_total(n: usize, at: impl Fn(usize) -> Weighted, total: f64, p: f64) -> f64 {
    let (first, last) = (at(0).1, at(n - 1).1);
    let target = p * (total - (first + last) / 2.0) + first / 2.0;
    reached(target, (at(0).0, first / 2.0), 0.0, (0..n).map(at))
}

/// The value at a place among values that rise, of which so much weight stands before; `left`: the last value before
/// them with its place.
#[inline(always)]
fn reached(target: f64, mut left: Weighted, mut before: f64, values: impl Iterator<Item = Weighted>) -> f64 {
    for (x, w) in values {
        let place = before + w / 2.0;
        if place >= target {
            return between(left, (x, place), target);
        }
        left = (x, place);
        before += w;
    }
    left.0
}

/// The middle of a group's votes: the same sums in the same order, whoever asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Middle {
    /// Σw.
    pub total: f64,
    /// The median and the quartiles around it.
    pub quartiles: [f64; 3],
    /// 1.4826 × MAD.
    pub spread: f64,
}

impl Middle {
    /// Of sorted values with their weights, of equal values the lighter first, at least one. Room is lent for sums.
    pub fn of(values: &[f64], weights: &[f64], room: &mut Vec<f64>) -> Middle {
        let votes = Votes::of(values, weights, room);
        let quartiles = votes.quantiles([0.25, 0.5, 0.75]);
        Middle { total: votes.total(), quartiles, spread: 1.4826 * votes.median_deviation(quartiles) }
    }

    /// Of values and weights in pairs.
    pub fn of_pairs(values: &[Weighted]) -> Middle {
        let (values, weights): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
        Middle::of(&values, &weights, &mut Vec::new())
    }
}

/// Sorted values and their weights with the sums of these, by which no value is looked at but those in question.
struct Votes<'a> {
    values: &'a [f64],
    weights: &'a [f64],
    /// Σw before each value, and behind the last one of all.
    before: &'a [f64],
}

impl<'a> Votes<'a> {
    fn of(values: &'a [f64], weights: &'a [f64], room: &'a mut Vec<f64>) -> Votes<'a> {
        let weights = &weights[..values.len()];
        let mut sum = 0.0;
        room.clear();
        room.push(sum);
        room.extend(weights.iter().map(|w| {
            sum += w;
            sum
        }));
        Votes { values, weights, before: room }
    }

    fn total(&self) -> f64 {
        self.before[self.values.len()]
    }

    /// As [`quantile`].
    fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        let Votes { values, weights, before } = *self;
        let (first, last) = (weights[0], weights[values.len() - 1]);
        shares.map(|p| {
            let target = p * (self.total() - (first + last) / 2.0) + first / 2.0;
            let place = |i: usize| before[i] + weights[i] / 2.0;
            let behind = before.partition_point(|sum| *sum < target).min(values.len() - 1);
            let at = behind - usize::from(behind > 0 && place(behind - 1) >= target);
            let near = at.saturating_sub(1);
            between((values[near], place(near)), (values[at], place(at)), target)
        })
    }

    /// Weighted median of |x − median|. Half the weight lies within it: what lies within two fifths of the distance
    /// between the quartiles is taken together, as far as that is less than half.
    fn median_deviation(&self, [low, centre, high]: [f64; 3]) -> f64 {
        let Votes { values, weights, before } = *self;
        let last = values.len() - 1;
        // The weight of the largest deviation is all that counts of it; of equal ones on both sides, of the last that
        // [`Outwards`] comes to.
        let (below, above) = (centre - values[0], values[last] - centre);
        let lowest = values.partition_point(|x| *x <= values[0]) - 1;
        let from_below =
            if (below - above).abs() < EQUAL { weights[lowest] > weights[last] } else { below > above };
        let farthest = weights[if from_below { 0 } else { last }];
        let mut walk = Outwards::new(values, centre);
        let at = walk.above;
        let Some(first) = walk.next(values, weights) else { return 0.0 };
        let target = 0.5 * (self.total() - (first.1 + farthest) / 2.0) + first.1 / 2.0;
        let within = |reach: f64| {
            let start = values[..at].partition_point(|x| centre - x >= reach);
            (start, at + values[at..].partition_point(|x| x - centre < reach))
        };
        let sum = |(start, end): (usize, usize)| before[end] - before[start];
        let mut taken = [0.4, 0.1].into_iter().map(|share| within(share * (high - low) - EQUAL));
        let mut taken = taken.find(|taken| sum(*taken) < target).unwrap_or((at, at));
        // The order of equal deviations counts: the farthest of those taken are walked.
        let lower = (taken.0 < at).then(|| centre - values[taken.0]);
        let upper = (taken.1 > at).then(|| values[taken.1 - 1] - centre);
        if let Some(d) = lower.into_iter().chain(upper).reduce(f64::max) {
            taken = within(d - EQUAL);
        }
        let mut walk = Outwards::from(values, centre, taken);
        let rest = std::iter::from_fn(|| walk.next(values, weights));
        reached(target, (first.0, first.1 / 2.0), sum(taken), rest)
    }
}

/// The value at a place between two values with their places.
#[inline(always)]
fn between((left, place_of_left): (f64, f64), (right, place): (f64, f64), target: f64) -> f64 {
    let step = place - place_of_left;
    let share = if step > 0.0 { (target - place_of_left) / step } else { 1.0 };
    left + share.clamp(0.0, 1.0) * (right - left)
}

/// Scaled median absolute deviation: 1.4826 × weighted median of |x − centre| (the factor makes
/// it the standard deviation of a normal distribution). `values` are sorted.
pub(crate) fn scaled_mad(values: &[Weighted], centre: f64) -> f64 {
    let (values, weights): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
    let mut walk = Outwards::new(&values, centre);
    let deviations: Vec<Weighted> = std::iter::from_fn(|| walk.next(&values, &weights)).collect();
    1.4826 * quantile(&deviations, 0.5)
}

/// Deviations of logs that differ by less are equal: what remains is how they were rounded, which is
/// not to decide which of two comes first.
const EQUAL: f64 = 1e-12;

/// The deviations of sorted values from a centre, rising: from the centre to both sides, of equal
/// ones on both sides the lighter first.
struct Outwards {
    centre: f64,
    /// How many values lie on the lower side and are yet to come.
    below: usize,
    /// The next value on the upper side.
    above: usize,
    /// Bits of the next two deviations on the lower side, which rise as numbers above zero do; infinite
    /// where there is none.
    left: [u64; 2],
    /// Those on the upper side.
    right: [u64; 2],
}

impl Outwards {
    fn new(values: &[f64], centre: f64) -> Outwards {
        // Values at the centre are on its upper side, however either was rounded.
        let at = values.partition_point(|x| *x < centre - EQUAL);
        Outwards::from(values, centre, (at, at))
    }

    /// Where the values from a place to another one have come.
    fn from(values: &[f64], centre: f64, (below, above): (usize, usize)) -> Outwards {
        let off = |i: usize| off(values, i, centre);
        let left = [1, 2].map(|k| off(below.wrapping_sub(k)));
        Outwards { centre, below, above, left, right: [off(above), off(above + 1)] }
    }

    /// The next deviation with its weight. Which side it comes from is as good as chance, so that nothing
    /// is to hang on guessing it: the side is a number, not a branch; and what follows is read before
    /// it is known to be wanted.
    #[inline(always)]
    fn next(&mut self, values: &[f64], weights: &[f64]) -> Option<Weighted> {
        let Outwards { centre, below, above, left, right } = *self;
        let apart = f64::from_bits(left[0]) - f64::from_bits(right[0]);
        let from_below =
            if apart.abs() < EQUAL { weights[below - 1] <= weights[above] } else { left[0] < right[0] };
        let at = select_unpredictable(from_below, below.wrapping_sub(1), above);
        let weight = *weights.get(at)?;
        let deviation = select_unpredictable(from_below, left[0], right[0]);
        self.below = select_unpredictable(from_below, at, below);
        self.above = above + usize::from(!from_below);
        self.left[0] = select_unpredictable(from_below, left[1], left[0]);
        self.right[0] = select_unpredictable(from_below, right[0], right[1]);
        self.left[1] = off(values, self.below.wrapping_sub(2), centre);
        self.right[1] = off(values, self.above + 1, centre);
        Some((f64::from_bits(deviation), weight))
    }
}

/// Bits of a value's deviation from a centre; of infinity where there is no such value.
#[inline(always)]
fn off(values: &[f64], at: usize, centre: f64) -> u64 {
    values.get(at).map_or(f64::INFINITY, |x| (x - centre).abs()).to_bits()
}

/// Whether any of some sorted values are equal: most groups have none. All are looked at, several at a time, instead
/// of ending at the first.
pub(crate) fn has_ties(sorted: &[f64]) -> bool {
    wide(
        #[inline(always)]
        || sorted.iter().zip(sorted.get(1..).unwrap_or_default()).fold(false, |any, (a, b)| any | (a == b)),
    )
}

/// Effective number of independent votes, (Σw)²/Σw² (Kish 1965).
pub(crate) fn n_eff(weights: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) = weights.fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(values: &[f64]) -> Vec<Weighted> {
        values.iter().map(|&x| (x, 0.5)).collect()
    }

    #[test]
    fn equal_weights_give_r7() {
        let v = equal(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]);
        // h = (n−1)p: .25·5 = 1.25 → 2 + .25·2; .9·5 = 4.5 → 16 + .5·16.
        assert_eq!(quantile(&v, 0.25), 2.5);
        assert_eq!(quantile(&v, 0.5), 6.0);
        assert_eq!(quantile(&v, 0.9), 24.0);
        assert_eq!((quantile(&v, 0.0), quantile(&v, 1.0)), (1.0, 32.0));
    }

    #[test]
    fn a_heavier_value_draws_the_median() {
        let v = [(1.0, 1.0), (2.0, 1.0), (3.0, 4.0)];
        assert!(quantile(&v, 0.5) > 2.0);
    }

    #[test]
    fn rounding_does_not_decide_between_equal_deviations() {
        // Two prices lie equally far from the middle one, one of them with more weight.
        let spread = |off: f64| scaled_mad(&[(1.0 - off, 1.0), (2.0, 0.4), (3.0, 0.2)], 2.0);
        assert!((spread(1e-15) - spread(0.0)).abs() < 1e-12 && (spread(-1e-15) - spread(0.0)).abs() < 1e-12);
    }

    #[test]
    fn effective_votes() {
        assert!((n_eff([1.0; 7].into_iter()) - 7.0).abs() < 1e-12);
        assert!((n_eff([9.0, 1.0].into_iter()) - 100.0 / 82.0).abs() < 1e-12);
    }

    /// Round prices around their median, each by several sources of one or more rows.
    #[test]
    fn equal_deviations_count_in_one_order() {
        let (half, third) = (0.5, 1.0 / 3.0);
        let groups = [
            vec![(2.0, half), (10.0, third), (10.0, 1.0), (20.0, half), (50.0, third), (50.0, 1.0)],
            vec![(1.0, third), (1.0, 1.0), (10.0, half), (10.0, 1.0), (100.0, half)],
        ];
        for (group, expected) in groups.into_iter().zip([1.1931, 3.2238]) {
            let logs: Vec<Weighted> = group.into_iter().map(|(price, w)| (f64::ln(price), w)).collect();
            let middle = Middle::of_pairs(&logs);
            let spread = scaled_mad(&logs, middle.quartiles[1]);
            assert!((middle.spread - spread).abs() < 1e-12, "{middle:?} {spread}");
            assert!((spread - expected).abs() < 1e-3, "{spread}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_spread_is_the_same_from_lists_and_from_pairs(
            mut v in proptest::collection::vec((-5.0f64..5.0, 0.1f64..3.0), 1..40), centre in -6.0f64..6.0, apart in 0.0f64..9.0
        ) {
            // Ties, too.
            v.iter_mut().for_each(|v| v.0 = (v.0 * 4.0).round() / 4.0);
            v.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let middle = Middle::of_pairs(&v);
            let a = scaled_mad(&v, middle.quartiles[1]);
            proptest::prop_assert!((a - middle.spread).abs() < 1e-9, "{} {:?}", a, middle);
            let (values, weights): (Vec<f64>, Vec<f64>) = v.iter().copied().unzip();
            let (a, b) = (quantile(&v, 0.3), quantile_of_total(&values, &weights, middle.total, 0.3));
            proptest::prop_assert!((a - b).abs() < 1e-9);
            // Whatever is taken together first.
            let mut room = Vec::new();
            let votes = Votes::of(&values, &weights, &mut room);
            let quartiles = [centre - apart, middle.quartiles[1], centre + apart];
            let b = 1.4826 * votes.median_deviation(quartiles);
            proptest::prop_assert!((middle.spread - b).abs() < 1e-9, "{:?} {}", middle, b);
        }

        /// Prices at the median itself count alike, on whichever side of it rounding puts them.
        #[test]
        fn the_spread_does_not_hang_on_the_last_bit_of_its_centre(
            mut v in proptest::collection::vec((-2.0f64..2.0, 0.1f64..3.0), 2..30), at in 0usize..30, off in -4.0f64..4.0
        ) {
            v.iter_mut().for_each(|v| v.0 = (v.0 * 4.0).round() / 4.0);
            v.sort_by(|a, b| a.0.total_cmp(&b.0));
            let centre = v[at % v.len()].0;
            let (a, b) = (scaled_mad(&v, centre), scaled_mad(&v, centre + off * 1e-15));
            proptest::prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b);
        }

        #[test]
        fn several_quantiles_are_those_of_each_by_itself(
            mut v in proptest::collection::vec((-2.0f64..2.0, 0.1f64..3.0), 1..40)
        ) {
            v.iter_mut().for_each(|v| v.0 = (v.0 * 4.0).round() / 4.0);
            v.sort_by(|a, b| a.0.total_cmp(&b.0));
            let together = Middle::of_pairs(&v).quartiles;
            for (p, found) in [0.25, 0.5, 0.75].into_iter().zip(together) {
                let expected = quantile(&v, p);
                proptest::prop_assert!((found - expected).abs() < 1e-9, "{}: {} {}", p, found, expected);
            }
        }

        #[test]
        fn quantiles_rise_and_stay_inside(mut v in proptest::collection::vec((-5.0f64..5.0, 0.1f64..3.0), 1..30), p in 0.0f64..1.0, q in 0.0f64..1.0) {
            v.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (p, q) = (p.min(q), p.max(q));
            let (a, b) = (quantile(&v, p), quantile(&v, q));
            proptest::prop_assert!(a <= b + 1e-9);
            proptest::prop_assert!(a >= v[0].0 - 1e-9 && b <= v[v.len() - 1].0 + 1e-9);
        }
    }
}
