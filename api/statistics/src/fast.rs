//! Exponential and logarithm for loops over millions of values, from multiplications, additions and
//! one division alone, so that a compiler can take several at a time and every platform gives the
//! same bits; and the widest registers of the processor at hand for such loops. Logs of prices are taken by
//! this logarithm everywhere, since a table's groups are described by it; elsewhere the standard library's
//! functions serve.

pub(crate) mod single;
pub(crate) mod sort;

use std::sync::LazyLock;

/// 1.5 · 2⁵²: added to a number below 2³¹ it rounds it to a whole one, whose bits stand lowest.
pub(crate) const ROUND: f64 = 6_755_399_441_055_744.0;

/// ½ ln 2π.
pub(crate) const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

/// Values that loops written for it take at a time: sums are kept for each place and added up last,
/// so that their order, and with it the result, is the same whatever a processor's width.
pub(crate) const LANES: usize = 8;

/// Runs a loop compiled for the processor at hand. What it calls must be inlined to gain by it. No
/// result depends on the processor: nothing is contracted or put in another order.
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    static ARCH: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);
    ARCH.dispatch(Work(work))
}

struct Work<F>(F);

impl<R, F: FnOnce() -> R> pulp::NullaryFnOnce for Work<F> {
    type Output = R;
    #[inline(always)]
    fn call(self) -> R {
        (self.0)()
    }
}

/// eˣ, correct to 2e-12; x is held to ±700, where the result is 0 or beyond all use.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    exp_within(x.clamp(-700.0, 700.0))
}

/// [`exp`] of what lies within ±700; of anything else no number to rely on.
#[inline(always)]
pub(crate) fn exp_within(x: f64) -> f64 {
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // One part of ln 2 is enough: of a result that is correct to 1e-12 its rounding takes 2e-14.
    let r = x - whole * std::f64::consts::LN_2;
    // 1 + r·q(r), |r| ≤ ½ ln 2, q of the seventh degree with the least largest error (Remez 1934).
    let mut p = 2.504_308_125_300_375_6e-5;
    for c in [
        1.992_123_785_617_150_3e-4,
        1.388_849_933_926_036_7e-3,
        8.333_255_844_193_57e-3,
        4.166_666_862_094_227e-2,
        1.666_666_694_515_018_5e-1,
        4.999_999_999_757_063e-1,
        9.999_999_999_730_053e-1,
        1.0,
    ] {
        p = p * r + c;
    }
    // The exponent is added to the bits of the mantissa.
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// ln x of a normal number above zero, to a few units in the last place: x = 2ᵏ·m with m from √½ to
/// √2, and ln m = 2 artanh((m − 1)/(m + 1)) by its series.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    /// Bits of √½, and 1024 in the place of the exponent, so that the shift meets nothing negative.
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    const BIAS: u64 = 1024 << 52;
    let bits = x.to_bits();
    let k = bits.wrapping_sub(ROOT).wrapping_add(BIAS) >> 52;
    let m = f64::from_bits(bits.wrapping_sub(k << 52).wrapping_add(BIAS));
    // k from 0 to 2047 in the lowest bits of 2⁵², as a number again.
    let whole = f64::from_bits(k | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1024.0);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut p = 1.0 / 21.0;
    for c in [
        1.0 / 19.0,
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
    ] {
        p = p * z + c;
    }
    whole * LN_2_HIGH + (2.0 * s + (2.0 * s * z * p + whole * LN_2_LOW))
}

/// The sum of the places, by halves: nothing waits for seven others.
#[inline(always)]
pub(crate) fn total(lane: [f64; LANES]) -> f64 {
    let four: [f64; 4] = std::array::from_fn(|k| lane[k] + lane[k + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// How many numbers are at most this one: of few that lie in order counting all of them waits for
/// none, where halving waits for each look.
#[inline(always)]
pub(crate) fn count_at_most<const N: usize>(numbers: &[f64; N], most: f64) -> usize {
    numbers.iter().map(|&n| u64::from(n <= most)).sum::<u64>() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for i in -60_000..60_000 {
            let x = f64::from(i) * 0.0113;
            let x = x.clamp(-690.0, 690.0);
            assert!((exp(x) / x.exp() - 1.0).abs() < 3e-12, "{x}");
        }
        assert!(exp(-1e300) < 1e-300 && exp(1e300) > 1e300 && exp(0.0) == 1.0);
        assert!(exp(f64::NEG_INFINITY) < 1e-300);
    }

    #[test]
    fn the_logarithm_is_that_of_the_library() {
        let near = |x: f64| assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(0.5), "{x}");
        for i in 1..200_000 {
            near(f64::from(i) * 0.0001);
            near(f64::from(i) * 7919.3);
            near((f64::from(i) * 0.007 - 700.0).exp());
        }
        for x in [f64::MIN_POSITIVE, f64::MAX, 1.0, 2.0, 0.5, std::f64::consts::SQRT_2, 0.999_999_999] {
            near(x);
        }
        assert_eq!(ln(1.0), 0.0);
    }

    /// A loop as those that are compiled for several widths.
    #[inline(always)]
    fn looped(values: &[f64]) -> Vec<u64> {
        let mut sums = [0.0; LANES];
        let mut out = Vec::with_capacity(values.len() + LANES);
        for eight in values.as_chunks::<LANES>().0 {
            for k in 0..LANES {
                let value = exp(eight[k]) * 0.1 + ln(eight[k].abs() + 0.01) / (1.0 + eight[k] * eight[k]);
                sums[k] += value * 1e-3;
                out.push(value.to_bits());
            }
        }
        out.extend(sums.map(f64::to_bits));
        out
    }

    #[test]
    fn the_width_changes_no_bit() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.37 - 150.0).collect();
        let wide = wide(
            #[inline(always)]
            || looped(&values),
        );
        assert_eq!(wide, looped(&values));
    }
}
