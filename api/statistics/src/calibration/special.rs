//! Functions that the calibration needs and the library at hand lacks: trigamma and its inverse,
//! Student's t brought to the normal scale, the root of a rising function. Not the calibration.

use crate::fast::HALF_LN_2PI;

/// ψ′(x), x > 0: recurrence ψ′(x) = ψ′(x+1) + 1/x², then the asymptotic series (Abramowitz and
/// Stegun 6.4.6 and 6.4.12).
pub(super) fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 8.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    sum + 1.0 / x + r / 2.0 + r / x * (1.0 / 6.0 - r * (1.0 / 30.0 - r * (1.0 / 42.0 - r / 30.0)))
}

/// The x with ψ′(x) = y, y > 0: Newton's method on 1/ψ′, which is nearly linear (Smyth 2004,
/// appendix).
pub(super) fn trigamma_inverse(y: f64) -> f64 {
    if y > 1e7 {
        return 1.0 / y.sqrt();
    }
    if y < 1e-6 {
        return 1.0 / y;
    }
    let mut x = 0.5 + 1.0 / y;
    for _ in 0..50 {
        let t = trigamma(x);
        // ψ″ by a central difference; the step only has to point the right way.
        let h = x * 1e-4;
        let slope = (trigamma(x + h) - trigamma(x - h)) / (2.0 * h);
        let step = t * (1.0 - t / y) / slope;
        x += step;
        if -step / x < 1e-8 {
            break;
        }
    }
    x
}

/// The standard normal value as far out as `t` is in Student's t with `dof` degrees of freedom
/// (Wallace 1959): z = (8ν+1)/(8ν+3) · √(ν ln(1 + t²/ν)), with the sign of t. Rises strictly with
/// t; never overflows.
pub(super) fn normal_scale(t: f64, dof: f64) -> f64 {
    let z = (8.0 * dof + 1.0) / (8.0 * dof + 3.0) * (dof * (t * t / dof).ln_1p()).sqrt();
    z.copysign(t)
}

/// The t that [`normal_scale`] brings to `z`.
pub(super) fn student_scale(z: f64, dof: f64) -> f64 {
    let z0 = z * (8.0 * dof + 3.0) / (8.0 * dof + 1.0);
    (dof * (z0 * z0 / dof).exp_m1()).sqrt().copysign(z)
}

/// Logarithm of the density of Student's t with `dof` degrees of freedom at 0, correct to 2e-11: ln Γ(x+½) − ln Γ(x) −
/// ½ ln 2πx, x half of these, by the recurrence of Γ and then the asymptotic series that follows from Stirling's
/// (Abramowitz and Stegun 6.1.15 and 6.1.40).
pub(super) fn ln_student_at_0(dof: f64) -> f64 {
    let (half, mut x, mut ratio) = (dof / 2.0, dof / 2.0, 1.0);
    while x < 8.0 {
        ratio *= x / (x + 0.5);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = (-1.0 / 8.0 + r * (1.0 / 192.0 - r * (1.0 / 640.0 - r * (17.0 / 14_336.0)))) / x;
    // √(x/half) is 1 where the recurrence was not needed.
    let from_recurrence = if x > half { (ratio * (x / half).sqrt()).ln() } else { 0.0 };
    series + from_recurrence - HALF_LN_2PI
}

/// Where a function that rises is zero between two places, nearly: halved first, then by false
/// position with the weight of an end that stays halved (the Illinois rule of Dowell and Jarratt 1971).
pub(super) fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut at_low, mut at_high) = (f64::NAN, f64::NAN);
    let mut before = 0.0;
    for round in 0..100 {
        let step = at_low / (at_low - at_high);
        let step = if round < 8 || !step.is_finite() { 0.5 } else { step.clamp(0.0, 1.0) };
        let middle = low + step * (high - low);
        let value = f(middle);
        if value.abs() < 1e-13 || high - low < 1e-11 {
            return middle;
        }
        let stays = round > 8 && value * before > 0.0;
        if value < 0.0 {
            (low, at_low) = (middle, value);
            at_high *= if stays { 0.5 } else { 1.0 };
        } else {
            (high, at_high) = (middle, value);
            at_low *= if stays { 0.5 } else { 1.0 };
        }
        before = value;
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

    #[test]
    fn the_density_of_student_at_0_is_that_of_the_library() {
        use statrs::function::gamma::ln_gamma;
        for dof in (1..400).map(|i| 0.5 + 0.13 * f64::from(i)).chain([1.0, 16.0, 1e3, 1e5]) {
            let exact =
                ln_gamma((dof + 1.0) / 2.0) - ln_gamma(dof / 2.0) - 0.5 * (dof * std::f64::consts::PI).ln();
            assert!((ln_student_at_0(dof) - exact).abs() < 2e-11 + 1e-15 * dof * dof.ln(), "{dof}");
        }
    }

    #[test]
    fn trigamma_at_known_places() {
        let pi2 = std::f64::consts::PI.powi(2);
        assert!((trigamma(1.0) - pi2 / 6.0).abs() < 1e-10);
        assert!((trigamma(0.5) - pi2 / 2.0).abs() < 1e-9);
        for x in [0.1, 0.65, 1.0, 3.0, 50.0] {
            assert!((trigamma_inverse(trigamma(x)) / x - 1.0).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn the_normal_scale_keeps_probabilities() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        for dof in [2.0, 3.0, 10.0, 100.0] {
            let t = StudentsT::new(0.0, 1.0, dof).unwrap();
            for x in [-4.0, -1.7, -0.5, 0.3, 2.0] {
                let (p, q) = (t.cdf(x), normal.cdf(normal_scale(x, dof)));
                assert!((p - q).abs() < 0.012, "{dof} {x}: {p} {q}");
                assert!((student_scale(normal_scale(x, dof), dof) - x).abs() < 1e-9);
            }
        }
    }
}
