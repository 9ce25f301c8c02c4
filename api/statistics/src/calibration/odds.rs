//! What a price is beside a clean one: odds of gross errors and slips, and the probabilities that follow for
//! prices of a fitted group. Not the fit.

use super::fit::Prior;
use crate::fast::single::{LANES, exp};
use crate::fast::{self, ln};

/// Factors of a slip, on logs: decimal points (10, 100) and packs read as pieces (6, 12, 24),
/// either way. What a slip is, and no number to choose: how often there is one is learned.
pub(super) const SLIPS: [f64; 10] = [
    std::f64::consts::LN_10,
    -std::f64::consts::LN_10,
    2.0 * std::f64::consts::LN_10,
    -2.0 * std::f64::consts::LN_10,
    1.791_759_469_228_055,
    -1.791_759_469_228_055,
    2.484_906_649_788_000_4,
    -2.484_906_649_788_000_4,
    3.178_053_830_347_945_6,
    -3.178_053_830_347_945_6,
];

/// What is left out of a share: a slip whose density is below e^-9.2 of the clean one's, a ten-thousandth.
const NEGLIGIBLE: f64 = 9.2;
/// Logarithm of what is left out of probabilities: less than a hundred-thousandth of what most probably is.
const LEAST: f32 = -11.5;
/// So many squared spreads out no density can be told from none.
pub(super) const FARTHEST: f64 = 1400.0;

/// Odds to a clean price.
#[derive(Debug, Clone)]
pub(super) struct Odds {
    /// Logarithms of those of a slip by each factor.
    pub slips: [f64; 10],
    /// A slip by each factor is within reach of what lies farther off the mean than half the factor and
    /// so many variances.
    pub from: [f64; 10],
    /// Those of a gross error at the centre, below it and above it.
    pub gross: [f64; 2],
    /// Logarithms of these.
    ln_gross: [f32; 2],
    /// How the logarithm of gross/clean rises with t².
    pub flat: f64,
    /// Squared spreads out at which no gross error can be told from none.
    gross_reach: f32,
    /// `gross` and `flat` in single precision.
    pub single: ([f32; 2], f32),
}

impl Odds {
    #[inline(always)]
    pub fn of(prior: &Prior) -> Odds {
        let sound = 1.0 - prior.all_gross();
        let clean = sound * (1.0 - prior.all_slips());
        let beyond = f64::NEG_INFINITY;
        let log = |odds: f64| if odds > 0.0 { ln(odds) } else { beyond };
        let spread = prior.gross_spread;
        let gross = prior.gross.map(|share| 2.0 * share / (sound * spread));
        let mut slips = [beyond; 10];
        for (odds, slip) in slips.iter_mut().zip(prior.slips) {
            *odds = log(slip / clean);
        }
        let mut from = [0.0; 10];
        for (from, (odds, factor)) in from.iter_mut().zip(slips.into_iter().zip(SLIPS)) {
            *from = (-NEGLIGIBLE - odds) / factor;
        }
        let flat = 0.5 * (1.0 - 1.0 / (spread * spread));
        let single = (gross.map(|odds| odds as f32), flat as f32);
        let ln_gross = gross.map(|odds| log(odds) as f32);
        let gross_reach = (FARTHEST * spread * spread) as f32;
        Odds { slips, from, gross, ln_gross, flat, gross_reach, single }
    }

    /// Probabilities of as many prices as stand `off` the mean: that each is clean, and that it is a slip by each
    /// factor. What is below [`LEAST`] of the most probable is none. Nothing is known of a price that lies beyond reach
    /// of all.
    #[inline(always)]
    pub fn parts(&self, off: &[f32; LANES], sd: f64) -> Parts {
        let per = (1.0 / sd) as f32;
        let (lowest, highest) = (least(*off), -least(off.map(|off| -off)));
        let farthest = lowest.abs().max(highest.abs()) * per;
        // Hardly any slip is near one of the prices that stand side by side: of most factors none is, as the price that
        // lies farthest their way tells. Where a clean price is beyond reach, any may be.
        let beyond_reach = farthest * farthest > FARTHEST as f32;
        let near: [bool; 10] = std::array::from_fn(|i| {
            let b = SLIPS[i] as f32 * per;
            let nearest = if b > 0.0 { highest } else { lowest } * per;
            beyond_reach || (nearest - 0.5 * b) * b + self.slips[i] as f32 >= LEAST
        });
        if near == [false; 10] { self.parts_of_two(off, per) } else { self.parts_of_all(off, per, near) }
    }

    /// As logarithm, what a gross error is to a clean price.
    #[inline(always)]
    fn gross_to_clean(&self, off: f32, square: f32) -> f32 {
        let side = if off > 0.0 { self.ln_gross[1] } else { self.ln_gross[0] };
        if square <= self.gross_reach { side + self.single.1 * square } else { f32::NEG_INFINITY }
    }

    /// Where none is a slip, and a clean price is within reach: what is less probable is the lesser's power of e.
    #[inline(always)]
    fn parts_of_two(&self, off: &[f32; LANES], per: f32) -> Parts {
        let mut out = Parts { clean: [1.0; LANES], slips: [[0.0; LANES]; 10], near: [false; 10] };
        if self.gross == [0.0; 2] {
            return out;
        }
        for (clean, &off) in out.clean.iter_mut().zip(off) {
            let t = off * per;
            let gross = self.gross_to_clean(off, t * t);
            let less = -gross.abs();
            let lesser = if less >= LEAST { exp(less) } else { 0.0 };
            *clean = if gross > 0.0 { lesser } else { 1.0 } / (1.0 + lesser);
        }
        out
    }

    /// With slips by the factors that are near.
    #[inline(always)]
    fn parts_of_all(&self, off: &[f32; LANES], per: f32, near: [bool; 10]) -> Parts {
        let beyond = f32::NEG_INFINITY;
        let farthest = FARTHEST as f32;
        let mut out = Parts { clean: [0.0; LANES], slips: [[0.0; LANES]; 10], near };
        // Logarithms of what each is to a clean price, and of the most probable.
        let (mut gross, mut most) = ([0.0; LANES], [0.0; LANES]);
        for k in 0..LANES {
            let t = off[k] * per;
            let square = t * t;
            out.clean[k] = if square > farthest { beyond } else { 0.0 };
            gross[k] = self.gross_to_clean(off[k], square);
            most[k] = if gross[k] > out.clean[k] { gross[k] } else { out.clean[k] };
        }
        let all = out.slips.iter_mut().zip(near).zip(SLIPS.into_iter().zip(self.slips));
        for ((slips, _), (factor, odds)) in all.filter(|((_, near), _)| *near) {
            // A slip may stand beside any price of the group; its own doubt is that of the group.
            let (b, odds) = (factor as f32 * per, odds as f32);
            for k in 0..LANES {
                let t = off[k] * per;
                let far = (t - b) * (t - b) > farthest;
                slips[k] = if far { beyond } else { (t - 0.5 * b) * b + odds };
                most[k] = if slips[k] > most[k] { slips[k] } else { most[k] };
            }
        }
        let share = |log: f32, most: f32| {
            // Where all are beyond reach, the difference is no number, and no share.
            let less = log - most;
            if less >= LEAST { exp(less) } else { 0.0 }
        };
        let mut total = [0.0; LANES];
        for k in 0..LANES {
            out.clean[k] = share(out.clean[k], most[k]);
            total[k] = out.clean[k] + share(gross[k], most[k]);
        }
        for (slips, _) in out.slips.iter_mut().zip(near).filter(|(_, near)| *near) {
            for k in 0..LANES {
                slips[k] = share(slips[k], most[k]);
                total[k] += slips[k];
            }
        }
        for total in &mut total {
            *total = if *total > 0.0 { 1.0 / *total } else { 0.0 };
        }
        for (clean, per) in out.clean.iter_mut().zip(total) {
            *clean *= per;
        }
        for (slips, _) in out.slips.iter_mut().zip(near).filter(|(_, near)| *near) {
            for k in 0..LANES {
                slips[k] *= total[k];
            }
        }
        out
    }
}

/// A group's sound prices and what may lie beside them, to hold single values to.
pub(super) struct Beside {
    sd: f64,
    /// As in [`Odds`].
    gross: [f64; 2],
    flat: f64,
    /// Distances of slips in spreads, half the squares of these, and logarithms of their odds.
    slips: [(f64, f64, f64); 10],
}

impl Beside {
    /// What lies beside clean prices of a spread.
    pub fn of(sd: f64, odds: &Odds) -> Beside {
        let slip = |i: usize| {
            let b = SLIPS[i] / sd;
            (b, 0.5 * b * b, odds.slips[i])
        };
        Beside { sd, gross: odds.gross, flat: odds.flat, slips: std::array::from_fn(slip) }
    }

    /// The probability that a value so far off the mean is clean.
    pub fn clean(&self, off: f64) -> f64 {
        let t = off / self.sd;
        if t * t > FARTHEST {
            return 0.0;
        }
        let mut beside = 1.0 + self.gross[usize::from(off > 0.0)] * fast::exp(self.flat * t * t);
        for (b, half_square, odds) in self.slips {
            let power = t * b - half_square + odds;
            if power > -NEGLIGIBLE {
                beside += fast::exp(power);
            }
        }
        1.0 / beside
    }
}

/// The least of some numbers, by halves.
#[inline(always)]
fn least(numbers: [f32; LANES]) -> f32 {
    let lesser = |a: f32, b: f32| if b < a { b } else { a };
    let eight: [f32; 8] = std::array::from_fn(|k| lesser(numbers[k], numbers[k + 8]));
    let four: [f32; 4] = std::array::from_fn(|k| lesser(eight[k], eight[k + 4]));
    lesser(lesser(four[0], four[2]), lesser(four[1], four[3]))
}

/// Probabilities of several prices, correct to a few hundred-thousandths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Parts {
    /// That each is clean.
    pub clean: [f32; LANES],
    /// That it is a slip, by the factors of [`SLIPS`].
    pub slips: [[f32; LANES]; 10],
    /// Whether any of the prices may be a slip by each factor.
    pub near: [bool; 10],
}

impl Parts {
    /// Probability that each is a slip by any factor.
    #[inline(always)]
    pub fn slip(&self) -> [f32; LANES] {
        let mut all = [0.0; LANES];
        for (slips, _) in self.slips.iter().zip(self.near).filter(|(_, near)| *near) {
            for k in 0..LANES {
                all[k] += slips[k];
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit::tests::prior;
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_densities() {
        for prior in [prior(), Prior { gross: [0.0; 2], ..prior() }, Prior { gross: [0.2, 0.01], ..prior() }]
        {
            let density = |x: f64, sd: f64| (-0.5 * (x / sd).powi(2)).exp() / sd;
            let (all, odds) = (prior.all_slips(), Odds::of(&prior));
            for (off, sd) in (-60..60).map(|i| (f64::from(i) * 0.1, 0.1 + f64::from(i + 60) * 0.01)) {
                let clean = (1.0 - prior.all_gross()) * (1.0 - all) * density(off, sd);
                let share = 2.0 * prior.gross[usize::from(off > 0.0)];
                let gross = share * (1.0 - all) * density(off, prior.gross_spread * sd);
                let slips = SLIPS.map(|factor| prior.slips[0] * density(off - factor, sd));
                let total = clean + gross + slips.iter().sum::<f64>();
                let found = odds.parts(&[off as f32; LANES], sd);
                assert!((f64::from(found.clean[5]) - clean / total).abs() < 5e-5, "{off} {sd}: {found:?}");
                for (found, slip) in found.slips.iter().zip(slips) {
                    assert!((f64::from(found[2]) - slip / total).abs() < 5e-5, "{off} {sd}");
                }
            }
        }
        let nothing = Parts { clean: [0.0; LANES], slips: [[0.0; LANES]; 10], near: [true; 10] };
        assert_eq!(Odds::of(&prior()).parts(&[1e3; LANES], 0.1), nothing);
    }
}
