//! The usual outlier rules as practice states them, on the logs of one group's references: each gives
//! a score (lower is more suspicious) and whether it flags at its usual or nominal 5 % level.

/// Share, mean and standard deviation of a mixture's component.
type Part = (f64, f64, f64);
/// Score and flag.
pub type Answer = (f64, bool);

/// A group made ready for every rule.
pub struct Ready {
    sorted: Vec<f64>,
    mean: f64,
    sd: f64,
    median: f64,
    mad: f64,
    mean_price: f64,
    mixture: Option<[Part; 2]>,
}

pub const NAMES: [&str; 8] = [
    "own rank p (n ≥ 19)",
    "own Student t",
    "IQR fence",
    "quartile filter",
    "MAD z ≤ −1.645",
    "half of mean",
    "kernel (Silverman)",
    "two-component mixture",
];

/// Φ by the complementary error function of Numerical Recipes (relative error below 1.2e-7).
pub fn phi(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let poly = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let tail = t * (-x * x + poly.iter().rev().fold(0.0, |sum, c| sum * t + c)).exp() / 2.0;
    if z < 0.0 { tail } else { 1.0 - tail }
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    let h = (sorted.len() - 1) as f64 * p;
    let i = h.floor() as usize;
    let next = sorted[(i + 1).min(sorted.len() - 1)];
    sorted[i] + (h - i as f64) * (next - sorted[i])
}

impl Ready {
    pub fn of(references: &[f64]) -> Ready {
        let mut sorted = references.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / n;
        let sd = (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt().max(0.01);
        let median = quantile(&sorted, 0.5);
        let mut off: Vec<f64> = sorted.iter().map(|x| (x - median).abs()).collect();
        off.sort_by(f64::total_cmp);
        Ready {
            mad: (1.4826 * quantile(&off, 0.5)).max(0.01),
            mean_price: sorted.iter().map(|x| x.exp()).sum::<f64>() / n,
            mixture: mixture(&sorted, mean, sd),
            sorted,
            mean,
            sd,
            median,
        }
    }

    /// In the order of [`NAMES`].
    pub fn answers(&self, x: f64) -> [Answer; 8] {
        let s = &self.sorted;
        let n = s.len() as f64;
        let (q1, q3) = (quantile(s, 0.25), quantile(s, 0.75));
        let iqr = (q3 - q1).max(0.01);
        let rank = (1.0 + s.iter().filter(|r| **r <= x).count() as f64) / (n + 1.0);
        let z = (x - self.median) / self.mad;
        let t = (x - self.mean) / (self.sd * (1.0 + 1.0 / n).sqrt());
        // Wallace's normal scale of Student's t.
        let v = n - 1.0;
        let scaled = ((8.0 * v + 1.0) / (8.0 * v + 3.0) * (v * (t * t / v).ln_1p()).sqrt()).copysign(t);
        let half = x.exp() / self.mean_price;
        let width = 0.9 * self.sd.min(iqr / 1.34).max(0.01) * n.powf(-0.2);
        let kernel = s.iter().map(|r| phi((x - r) / width)).sum::<f64>() / n;
        let mixed = match self.mixture {
            Some(parts) => parts.iter().map(|(share, mean, sd)| share * phi((x - mean) / sd)).sum(),
            None => phi((x - self.mean) / self.sd),
        };
        // Below all support a probability underflows or ties: the standard score goes on telling.
        let tie = 1e-9 * z.clamp(-1e6, 1e6);
        [
            (rank + tie, s.len() >= 19 && rank <= 0.05 + 1e-9),
            (scaled, scaled <= -1.6449),
            ((x - q1) / iqr, x < q1 - 1.5 * iqr),
            (x - q1, x < q1),
            (z, z <= -1.6449),
            (half, half <= 0.5),
            (kernel + tie, kernel <= 0.05),
            (mixed + tie, mixed <= 0.05),
        ]
    }
}

/// Two normal components by expectation-maximization from the halves, where BIC prefers them.
fn mixture(s: &[f64], mean: f64, sd: f64) -> Option<[Part; 2]> {
    let n = s.len();
    if n < 4 {
        return None;
    }
    let part = |p: &[f64]| {
        let m = p.iter().sum::<f64>() / p.len() as f64;
        let v = p.iter().map(|x| (x - m).powi(2)).sum::<f64>() / p.len() as f64;
        (p.len() as f64 / n as f64, m, v.sqrt().max(0.02))
    };
    let cut = (1..n).max_by(|&a, &b| (s[a] - s[a - 1]).total_cmp(&(s[b] - s[b - 1])))?;
    let density = |x: f64, m: f64, sd: f64| (-0.5 * ((x - m) / sd).powi(2)).exp() / sd;
    let one: f64 = s.iter().map(|&x| density(x, mean, sd).max(1e-300).ln()).sum();
    let mut best: Option<(f64, [Part; 2])> = None;
    for cut in [cut, n / 2] {
        let mut parts = [part(&s[..cut]), part(&s[cut..])];
        let mut likelihood = f64::NEG_INFINITY;
        for _ in 0..60 {
            let mut sums = [[0.0; 3]; 2];
            let mut now = 0.0;
            for &x in s {
                let d = parts.map(|(share, m, sd)| share * density(x, m, sd));
                let all = (d[0] + d[1]).max(1e-300);
                now += all.ln();
                for k in 0..2 {
                    let r = d[k] / all;
                    sums[k][0] += r;
                    sums[k][1] += r * x;
                    sums[k][2] += r * x * x;
                }
            }
            if (now - likelihood).abs() < 1e-6 {
                break;
            }
            likelihood = now;
            for k in 0..2 {
                let w = sums[k][0].max(1e-9);
                let m = sums[k][1] / w;
                parts[k] = (w / n as f64, m, (sums[k][2] / w - m * m).max(0.0).sqrt().max(0.02));
            }
        }
        if best.is_none_or(|b| likelihood > b.0) {
            best = Some((likelihood, parts));
        }
    }
    best.filter(|b| 2.0 * (b.0 - one) > 3.0 * (n as f64).ln()).map(|b| b.1)
}
