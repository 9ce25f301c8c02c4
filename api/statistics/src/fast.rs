//! Exponential and logarithm for loops over millions of values: correct to about 1e-11, from
//! multiplications and additions alone, so that a compiler can take several at a time and every
//! platform gives the same bits. Elsewhere the standard library's functions serve.

/// 1.5 · 2⁵²: added to a number below 2³¹ it rounds it to a whole one, whose bits stand lowest.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// eˣ; x is held to ±700, where the result is 0 or beyond all use.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, the first with room for the product to be exact.
    let r = (x - whole * 0.693_147_180_369_123_8) - whole * 1.908_214_929_270_587_7e-10;
    // Taylor to the ninth power; |r| ≤ ½ ln 2.
    let mut p = 1.0 / 362_880.0;
    for c in [1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    // The exponent is added to the bits of the mantissa.
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for i in -60_000..60_000 {
            let x = f64::from(i) * 0.0113;
            let x = x.clamp(-690.0, 690.0);
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-11, "{x}");
        }
        assert!(exp(-1e300) < 1e-300 && exp(1e300) > 1e300 && exp(0.0) == 1.0);
        assert!(exp(f64::NEG_INFINITY) < 1e-300);
    }
}
