//! Whether a group has two price levels: Sarle's coefficient, and a mixture of two normals held
//! against one by BIC. Not what the levels are called.

mod screen;

pub(crate) use screen::Cells;

use crate::Parameters;
use crate::distribution::Distribution;
use crate::fast::{HALF_LN_2PI, LANES, exp, ln, total, wide};
use crate::quantile::{Weighted, quantile};

/// Rounds after which a fit is taken as it is. Like the starts no rule: what is looked for is the likeliest
/// mixture.
const ROUNDS: usize = 100;
/// Quantiles a fit starts from.
const STARTS: [f64; 3] = [0.2, 0.5, 0.8];
/// A mixture of two normals on logs, `mean[0] < mean[1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mixture {
    share: [f64; 2],
    mean: [f64; 2],
    sd: [f64; 2],
    log_likelihood: f64,
}

/// The log price that parts two levels of a group, or `None` where it has one. Looked for on the
/// low ends, where a group has enough effective votes; the levels count when Sarle's coefficient
/// or the gain in BIC says so, both hold enough votes, and they lie apart (Ashman's D).
pub(crate) fn two_levels(group: &Distribution, parameters: &Parameters) -> Option<f64> {
    let (n, total) = (group.n_eff, group.total);
    let (values, weights): (Vec<f64>, Vec<f64>) = group.lows.iter().copied().unzip();
    levels_of(&values, &weights, n, total, parameters, &mut Cells::default())
}

/// [`two_levels`] of sorted values with weights that add up to `total`.
pub(crate) fn levels_of(
    values: &[f64],
    weights: &[f64],
    n_eff: f64,
    total: f64,
    parameters: &Parameters,
    room: &mut Cells,
) -> Option<f64> {
    if n_eff < parameters.levels_min_n_eff {
        return None;
    }
    let scale = n_eff / total;
    let may = wide(
        #[inline(always)]
        || room.may_have_levels(values, weights, scale, n_eff, parameters),
    );
    if !may {
        return None;
    }
    let values: Vec<Weighted> = values.iter().zip(weights).map(|(x, w)| (*x, w * scale)).collect();
    let n = n_eff;
    let least_sd = parameters.level_least_sd;
    let mixture = fit(&values, n, least_sd)?;
    let gain = || gain_of(&mixture, &values, n, least_sd);
    if sarle(&values, n) <= parameters.sarle && gain() <= parameters.bic_gain {
        return None;
    }
    mixture.parts(&values, n, parameters)
}

/// Gain in BIC of a mixture over one normal: two parameters against five.
fn gain_of(mixture: &Mixture, values: &[Weighted], n: f64, least_sd: f64) -> f64 {
    let (mean, sd) = moments(values, n);
    let one = log_likelihood_of_one(values, mean, sd.max(least_sd));
    2.0 * (mixture.log_likelihood - one) - 3.0 * n.ln()
}

impl Mixture {
    /// The cut between the components, where these lie apart (Ashman, Bird and Zepf 1994) and each
    /// side holds enough votes.
    fn parts(&self, values: &[Weighted], n: f64, parameters: &Parameters) -> Option<f64> {
        let [a, b] = self.sd;
        let separation = std::f64::consts::SQRT_2 * (self.mean[1] - self.mean[0]) / a.hypot(b);
        let cut = self.cut();
        let below: f64 = values.iter().filter(|v| v.0 <= cut).map(|v| v.1).sum();
        let least = parameters.level_min_n_eff;
        (separation > parameters.separation && below >= least && n - below >= least).then_some(cut)
    }
    fn log_density(&self, k: usize, x: f64) -> f64 {
        self.share[k].ln() + log_normal_density(x, self.mean[k], self.sd[k])
    }
    /// Between the means, where both components are equally likely.
    fn cut(&self) -> f64 {
        let (mut low, mut high) = (self.mean[0], self.mean[1]);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if self.log_density(0, middle) > self.log_density(1, middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low + high) / 2.0
    }
}

fn log_normal_density(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    -0.5 * z * z - sd.ln() - HALF_LN_2PI
}

fn moments(values: &[Weighted], n: f64) -> (f64, f64) {
    let mean = values.iter().map(|v| v.0 * v.1).sum::<f64>() / n;
    let variance = values.iter().map(|v| v.1 * (v.0 - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn log_likelihood_of_one(values: &[Weighted], mean: f64, sd: f64) -> f64 {
    values.iter().map(|v| v.1 * log_normal_density(v.0, mean, sd)).sum()
}

/// Sarle's bimodality coefficient with the corrections for small samples:
/// (G₁² + 1) / (G₂ + 3(n−1)²/((n−2)(n−3))), G₁ and G₂ the sample skewness and excess kurtosis.
fn sarle(values: &[Weighted], n: f64) -> f64 {
    let (mean, sd) = moments(values, n);
    let central = |k: i32| values.iter().map(|v| v.1 * (v.0 - mean).powi(k)).sum::<f64>() / n;
    sarle_of(central(3), central(4), sd, n)
}

/// [`sarle`] of the third and fourth central moment and the standard deviation.
fn sarle_of(third: f64, fourth: f64, sd: f64, n: f64) -> f64 {
    if n <= 3.0 || sd <= 0.0 {
        return 0.0;
    }
    let g1 = third / sd.powi(3);
    let g2 = fourth / sd.powi(4) - 3.0;
    let skewness = g1 * (n * (n - 1.0)).sqrt() / (n - 2.0);
    let kurtosis = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * g2 + 6.0);
    (skewness * skewness + 1.0) / (kurtosis + 3.0 * (n - 1.0).powi(2) / ((n - 2.0) * (n - 3.0)))
}

/// Expectation-maximization from fixed starts: splits at quantiles and at the widest gap. The
/// same values give the same fit. No component is narrower than `least_sd`: else one would collapse upon
/// offers at one price.
fn fit(values: &[Weighted], n: f64, least_sd: f64) -> Option<Mixture> {
    let gap = values
        .windows(2)
        .max_by(|a, b| (a[1].0 - a[0].0).total_cmp(&(b[1].0 - b[0].0)))
        .map(|w| (w[0].0 + w[1].0) / 2.0)?;
    let distinct = Distinct::of(values);
    STARTS
        .iter()
        .map(|&p| quantile(values, p))
        .chain([gap])
        .filter_map(|cut| {
            let start = start(values, cut, n, least_sd)?;
            wide(
                #[inline(always)]
                || distinct.improve(start, n, least_sd),
            )
        })
        .max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood))
}

fn start(values: &[Weighted], cut: f64, n: f64, least_sd: f64) -> Option<Mixture> {
    let at = values.partition_point(|v| v.0 <= cut);
    let part = |part: &[Weighted]| {
        let weight: f64 = part.iter().map(|v| v.1).sum();
        (weight > 0.0).then(|| (weight / n, moments(part, weight)))
    };
    let ((share0, (mean0, sd0)), (share1, (mean1, sd1))) = (part(&values[..at])?, part(&values[at..])?);
    Some(Mixture {
        share: [share0, share1],
        mean: [mean0, mean1],
        sd: [sd0.max(least_sd), sd1.max(least_sd)],
        log_likelihood: f64::NEG_INFINITY,
    })
}

/// Values without their repetitions, from the first to keep the squares small, and their weights: prices
/// are round, and many values are equal. Filled up with places without weight to whole [`LANES`].
struct Distinct {
    origin: f64,
    values: Vec<f64>,
    weights: Vec<f64>,
    /// Σw, Σwx, Σwx² of all.
    all: [f64; 3],
}

impl Distinct {
    fn of(sorted: &[Weighted]) -> Distinct {
        let origin = sorted[0].0;
        let (mut values, mut weights): (Vec<f64>, Vec<f64>) = sorted
            .chunk_by(|a, b| a.0 == b.0)
            .map(|equal| (equal[0].0 - origin, equal.iter().map(|v| v.1).sum::<f64>()))
            .unzip();
        let all = [0, 1, 2].map(|k| values.iter().zip(&weights).map(|(x, w)| w * x.powi(k)).sum::<f64>());
        let whole = values.len().next_multiple_of(LANES);
        values.resize(whole, 0.0);
        weights.resize(whole, 0.0);
        Distinct { origin, values, weights, all }
    }

    /// Rounds until the likelihood stands still.
    #[inline(always)]
    fn improve(&self, mut m: Mixture, n: f64, least_sd: f64) -> Option<Mixture> {
        for mean in &mut m.mean {
            *mean -= self.origin;
        }
        for _ in 0..ROUNDS {
            // The likelihood, and Σw, Σwx, Σwx² of the first component.
            let mut lanes = [[0.0; LANES]; 4];
            let [a, b] = [0, 1].map(|k| {
                let constant = ln(m.share[k]) - ln(m.sd[k]) - HALF_LN_2PI;
                (constant, m.mean[k], 0.5 / (m.sd[k] * m.sd[k]))
            });
            let chunks = self.values.as_chunks::<LANES>().0.iter().zip(self.weights.as_chunks::<LANES>().0);
            for (x, w) in chunks {
                for k in 0..LANES {
                    let (u, v) = (x[k] - a.1, x[k] - b.1);
                    let first = a.0 - u * u * a.2;
                    let off = b.0 - v * v * b.2 - first;
                    let both = 1.0 + exp(off);
                    let share = w[k] / both;
                    // Beyond what an exponential holds, the second density is all.
                    lanes[0][k] += w[k] * (first + ln(both) + (off - 700.0).max(0.0));
                    lanes[1][k] += share;
                    lanes[2][k] += share * x[k];
                    lanes[3][k] += share * x[k] * x[k];
                }
            }
            let [likelihood, of_first @ ..] = lanes.map(total);
            let of_second = [0, 1, 2].map(|k| self.all[k] - of_first[k]);
            let gained = likelihood - m.log_likelihood;
            m.log_likelihood = likelihood;
            // BIC is held against whole numbers.
            if gained.abs() < 1e-5 * n {
                break;
            }
            for (k, [weight, first, second]) in [of_first, of_second].into_iter().enumerate() {
                // A component of less than half a vote has died.
                if weight < 0.5 {
                    return None;
                }
                let mean = first / weight;
                m.share[k] = weight / n;
                m.mean[k] = mean;
                m.sd[k] = (second / weight - mean * mean).max(0.0).sqrt().max(least_sd);
            }
        }
        for mean in &mut m.mean {
            *mean += self.origin;
        }
        if m.mean[0] > m.mean[1] {
            m.mean.swap(0, 1);
            m.sd.swap(0, 1);
            m.share.swap(0, 1);
        }
        Some(m)
    }
}

#[cfg(test)]
fn bic_gain(values: &[Weighted], n: f64) -> f64 {
    let least_sd = Parameters::default().level_least_sd;
    fit(values, n, least_sd).map_or(f64::NEG_INFINITY, |m| gain_of(&m, values, n, least_sd))
}

#[cfg(test)]
fn apart_of(values: &[Weighted], n: f64, parameters: &Parameters) -> bool {
    fit(values, n, parameters.level_least_sd).is_some_and(|m| m.parts(values, n, parameters).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Vote;
    use statrs::distribution::{ContinuousCDF, Normal};

    fn group(logs: impl Iterator<Item = f64>) -> Distribution {
        let votes: Vec<Vote> = logs.enumerate().map(|(i, x)| Vote::of(i as u32, i as u32, x, x)).collect();
        Distribution::of(&votes, &Parameters::default()).unwrap()
    }
    pub(super) fn normal(n: usize, mean: f64, sd: f64) -> impl Iterator<Item = f64> {
        let d = Normal::new(mean, sd).unwrap();
        (0..n).map(move |i| d.inverse_cdf((i as f64 + 0.5) / n as f64))
    }

    #[test]
    fn one_hump_is_one_level_at_any_size() {
        for n in [20, 40, 200, 1000] {
            assert_eq!(two_levels(&group(normal(n, 0.0, 0.3)), &Parameters::default()), None, "{n}");
        }
    }

    #[test]
    fn heavy_tails_are_no_second_level() {
        let g = group(normal(150, 0.0, 0.1).chain(normal(50, 0.0, 0.6)));
        assert_eq!(two_levels(&g, &Parameters::default()), None);
    }

    #[test]
    fn two_humps_are_parted_between() {
        let g = group(normal(15, 0.0, 0.15).chain(normal(10, 1.5, 0.15)));
        let cut = two_levels(&g, &Parameters::default()).unwrap();
        assert!((0.4..1.1).contains(&cut), "{cut}");
    }

    #[test]
    fn nineteen_votes_are_not_looked_at() {
        let g = group(normal(10, 0.0, 0.1).chain(normal(9, 2.0, 0.1)));
        assert_eq!(two_levels(&g, &Parameters::default()), None);
    }
}
