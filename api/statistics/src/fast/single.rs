//! The same in single precision, twice as many values at a time: for what a result in double precision, or a
//! wide margin, makes good afterwards.

/// Values that loops in single precision take at a time.
pub(crate) const LANES: usize = 16;

/// 1.5 · 2²³: added to a number below 2²² it rounds it to a whole one, whose bits stand lowest.
const ROUND: f32 = 12_582_912.0;
/// Beyond this an exponential is nothing, or all.
pub(crate) const MOST: f32 = 80.0;

/// ln 2 in two parts, the first of few bits, so that whole multiples of it are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// eˣ, correct to 3e-7; x is held to ±[`MOST`].
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-MOST, MOST);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let r = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    // The series of the exponential, |r| ≤ ½ ln 2.
    let mut p = 1.0 / 720.0;
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    // The exponent is added to the bits of the mantissa.
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// ln x of a normal number above zero, correct to 3e-7 or as much of itself: x = 2ᵏ·m with m from √½ to √2, and
/// ln m = 2 artanh((m − 1)/(m + 1)) by its series.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    /// Bits of √½, and 128 in the place of the exponent, so that the shift meets nothing negative.
    const ROOT: u32 = 0x3f35_04f3;
    const BIAS: u32 = 128 << 23;
    let bits = x.to_bits();
    let k = bits.wrapping_sub(ROOT).wrapping_add(BIAS) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(k << 23).wrapping_add(BIAS));
    // k from 0 to 255 in the lowest bits of 2²³, as a number again.
    let whole = f32::from_bits(k | 0x4b00_0000) - (8_388_608.0 + 128.0);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut p = 1.0 / 9.0;
    for c in [1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0] {
        p = p * z + c;
    }
    whole * LN_2_HIGH + (2.0 * s + (2.0 * s * z * p + whole * LN_2_LOW))
}

/// The sum of the places, by halves: nothing waits for fifteen others.
#[inline(always)]
pub(crate) fn total(lane: [f32; LANES]) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|k| lane[k] + lane[k + 8]);
    let four: [f32; 4] = std::array::from_fn(|k| eight[k] + eight[k + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_and_logarithm_are_those_of_the_library() {
        for i in -70_000..70_000 {
            let x = i as f32 * 0.00113;
            let off = f64::from(exp(x)) / f64::from(x).exp() - 1.0;
            assert!(off.abs() < 3e-7, "{x}: {off}");
        }
        assert!(exp(-1e30) < 1e-30 && exp(1e30) > 1e30 && exp(0.0) == 1.0);
        for i in 1..200_000 {
            for x in [i as f32 * 1e-4, i as f32 * 7919.3, (i as f32 * 4e-4 - 70.0).exp()] {
                let exact = f64::from(x).ln();
                assert!((f64::from(ln(x)) - exact).abs() <= 3e-7 * exact.abs().max(1.0), "{x}");
            }
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
