//! Systematic slight underdeclaration: an importer whose declared prices of a product lie, line after
//! line, below what other importers of the same product declare. A test of its own family, beside the
//! verdicts of single lines; a discovery is a lead to an audit, never a value.
//!
//! The unit is importer × product (subheading and the goods as described, at one unit of quantity):
//! all its lines are one test. y = ln(declared price ÷ median of the reference), so goods, dates and
//! currencies compare. With ȳᵢ the mean of importer i over nᵢ lines and s²ᵢ their variance:
//!
//! * the centre c is the median of the ȳⱼ of the k other importers of the product, each one vote;
//! * honest importers differ among themselves by their terms and qualities: v = var(ȳⱼ) is what another
//!   honest importer's mean is expected to vary by, noise of its lines included;
//! * where the importer has noisier or fewer lines than they, the excess e = max(0, s²ᵢ/nᵢ − mean(s²ⱼ/nⱼ))
//!   is added;
//! * t = (ȳᵢ − c) / √(v·(1 + (π/2)/k) + e), π/2·v/k being the variance of a median, held to Student's t
//!   with k − 1 degrees of freedom, lower side. (Taking the lines' noise out of v, with Welch's degrees of
//!   freedom, flags honest importers of few lines too often: the difference of two estimates has a heavy tail.)
//!
//! Against others, because levels that all share (taxes, margins and freight of offers; an error of the
//! reference's median, the same for all lines of a product) fall out; and with v, because without it
//! enough lines make any difference between two honest importers significant. Lines of other
//! importers that underdeclare too only make the test weaker.

use super::facts::Facts;
use crate::assessed::Cell;
use model::Declaration;
use serde::Serialize;
use statistics::{Parameters, fdr};
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;

/// What is enough to test: the parameters `patterns_…`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enough {
    /// Fewest lines of an importer × product.
    pub lines: u32,
    /// Fewest other importers of the product, with a line each at least.
    pub others: u32,
}

impl Enough {
    /// As the rules say.
    pub fn of(rules: &Parameters) -> Enough {
        Enough { lines: rules.patterns_min_lines, others: rules.patterns_min_others }
    }
}

/// An importer's lines of one product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pattern {
    /// The importer, as declared or hashed.
    pub importer: String,
    /// Declared subheading.
    pub hs: String,
    /// The goods, in the declarants' words.
    pub product: String,
    /// Its lines.
    pub lines: u64,
    /// Other importers of the product.
    pub others: u64,
    /// Geometric mean of declared price over median of the reference.
    pub mean_ratio: f64,
    /// The same of the others: the median of their means.
    pub others_ratio: f64,
    /// Mean over centre: 0.85 is 15 % below the others.
    pub relative: f64,
    /// t.
    pub t: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// One-sided p.
    pub p: f64,
    /// Whether it is a discovery at the family's rate.
    pub discovery: bool,
}

/// What the test of a batch came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Patterns {
    /// False discovery rate of this family.
    pub q: f64,
    /// What was enough to test.
    #[serde(skip)]
    pub enough: Enough,
    /// Importer × product pairs tested: the family.
    pub tested: u64,
    /// Pairs with too few lines.
    pub few_lines: u64,
    /// Pairs with enough lines, of products with too few other importers.
    pub few_others: u64,
    /// Discoveries.
    pub discoveries: u64,
    /// Largest p that could be the single discovery of this family: q over its size.
    pub single_discovery_p: Option<f64>,
    /// Pairs that would be discoveries were their mean price half of what the others declare: what this
    /// batch could have found.
    pub attainable: u64,
    /// Tested pairs, lowest p first; as JSON the first 20.
    #[serde(serialize_with = "first")]
    pub pairs: Vec<Pattern>,
}

fn first<S: serde::Serializer>(pairs: &[Pattern], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(pairs.iter().take(20))
}

/// Sums of one importer × product.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: u32,
    mean: f64,
    /// Sum of squared deviations from the mean (Welford).
    squares: f64,
}

impl Sums {
    fn add(&mut self, y: f64) {
        self.n += 1;
        let off = y - self.mean;
        self.mean += off / f64::from(self.n);
        self.squares += off * (y - self.mean);
    }
    /// Variance of the mean, where there are two lines at least.
    fn of_mean(&self) -> Option<f64> {
        (self.n > 1).then(|| self.squares / f64::from(self.n - 1) / f64::from(self.n))
    }
}

/// Collects lines; memory grows with the number of pairs, not of lines.
#[derive(Debug, Clone, Default)]
pub struct Collector {
    products: BTreeMap<(String, String), BTreeMap<String, Sums>>,
}

impl Collector {
    /// Takes a line that states its importer and was compared.
    pub fn add(&mut self, line: &Facts<'_>) {
        let (Some(d), Some(ratio)) = (line.declaration, line.ratio) else { return };
        let (Some(importer), Some(hs)) = (&d.importer, d.hs.subheading()) else { return };
        self.products
            .entry((hs.to_string(), product(d, &line.unit)))
            .or_default()
            .entry(importer.clone())
            .or_default()
            .add(ratio.ln());
    }

    /// Tests every pair at a false discovery rate.
    pub fn test(&self, q: f64, enough: Enough) -> Patterns {
        let mut out = Patterns { q, enough, ..Patterns::default() };
        let mut at_half = Vec::new();
        for ((hs, product), importers) in &self.products {
            for (importer, own) in importers {
                if own.n < enough.lines {
                    out.few_lines += 1;
                    continue;
                }
                let others: Vec<Sums> =
                    importers.iter().filter(|(name, _)| *name != importer).map(|(_, sums)| *sums).collect();
                if others.len() < enough.others as usize {
                    out.few_others += 1;
                    continue;
                }
                let Some(null) = Null::of(own, &others) else {
                    out.few_others += 1;
                    continue;
                };
                let (t, p) = null.test(own.mean);
                at_half.push(null.test(null.centre + 0.5f64.ln()).1);
                out.pairs.push(Pattern {
                    importer: importer.clone(),
                    hs: hs.clone(),
                    product: product.clone(),
                    lines: u64::from(own.n),
                    others: others.len() as u64,
                    mean_ratio: own.mean.exp(),
                    others_ratio: null.centre.exp(),
                    relative: (own.mean - null.centre).exp(),
                    t,
                    df: null.df,
                    p,
                    discovery: false,
                });
            }
        }
        let p: Vec<f64> = out.pairs.iter().map(|pair| pair.p).collect();
        let found = fdr::benjamini_hochberg_with_floors(&p, &at_half, q);
        for (pair, &rejected) in out.pairs.iter_mut().zip(&found.rejected) {
            pair.discovery = rejected;
        }
        out.tested = p.len() as u64;
        out.discoveries = found.count as u64;
        out.single_discovery_p = (!p.is_empty()).then(|| q / p.len() as f64);
        out.attainable = fdr::benjamini_hochberg(&at_half, q).count as u64;
        out.pairs.sort_by(|a, b| {
            a.p.total_cmp(&b.p)
                .then(a.relative.total_cmp(&b.relative))
                .then_with(|| (&a.importer, &a.hs, &a.product).cmp(&(&b.importer, &b.hs, &b.product)))
        });
        out
    }
}

/// The goods as described, without case and spaces, the unit they are priced in and their facets.
fn product(d: &Declaration, unit: &str) -> String {
    let words: Vec<String> = [&d.brand, &d.model, &d.description]
        .into_iter()
        .flatten()
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
        .collect();
    let goods = match (&d.gtin, words.is_empty()) {
        (Some(gtin), _) => format!("GTIN {gtin}"),
        (None, false) => words.join(", "),
        (None, true) => "not described".to_owned(),
    };
    let facets = [Some(unit), d.condition.map(|c| c.code()), d.level.map(|l| l.code())];
    let facets: Vec<&str> = facets.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    format!("{goods} ({})", facets.join(", "))
}

/// What an honest importer's mean is expected to be.
struct Null {
    centre: f64,
    se: f64,
    df: f64,
}

impl Null {
    /// `None` where nothing varies: then there is no error to hold a difference to.
    fn of(own: &Sums, others: &[Sums]) -> Option<Null> {
        let k = others.len() as f64;
        let mut means: Vec<f64> = others.iter().map(|s| s.mean).collect();
        means.sort_by(f64::total_cmp);
        let middle = means.len() / 2;
        let centre =
            if means.len() % 2 == 1 { means[middle] } else { (means[middle - 1] + means[middle]) / 2.0 };
        let mean = means.iter().sum::<f64>() / k;
        let between = means.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (k - 1.0);
        // Rounding of equal prices is no variance.
        if between <= 1e-12 {
            return None;
        }
        let within: Vec<f64> = others.iter().filter_map(Sums::of_mean).collect();
        let noise = if within.is_empty() { 0.0 } else { within.iter().sum::<f64>() / within.len() as f64 };
        let excess = (own.of_mean()? - noise).max(0.0);
        let variance = between * (1.0 + FRAC_PI_2 / k) + excess;
        Some(Null { centre, se: variance.sqrt(), df: k - 1.0 })
    }

    fn test(&self, mean: f64) -> (f64, f64) {
        let t = (mean - self.centre) / self.se;
        let p = StudentsT::new(0.0, 1.0, self.df).map_or(1.0, |law| law.cdf(t));
        (t, p)
    }
}

/// The test in words, for summary and terminal.
pub fn told(p: &Patterns) -> String {
    let untested = format!(
        "{} pairs have fewer than {} lines,\n{} fewer than {} other importers of the same goods",
        p.few_lines, p.enough.lines, p.few_others, p.enough.others
    );
    let q = crate::assessed::significant(p.q * 100.0, 3);
    if p.tested == 0 {
        return format!(
            "Importers' price levels: no importer and product could be tested;\n{untested}.\nA product is a subheading with its description, word for word: goods that each\nimporter describes in words of its own have no others.\n"
        );
    }
    format!(
        "Importers' price levels: {} of {} importers × products {} at a false\ndiscovery rate of {q} % in a family of its own; at half of the others' price {}\ncould have been. {untested}.\n",
        if p.discoveries == 0 { "none".to_owned() } else { p.discoveries.to_string() },
        p.tested,
        if p.discoveries == 1 { "is a discovery" } else { "are discoveries" },
        p.attainable,
    )
}

/// Columns of the pairs.
pub const COLUMNS: [&str; 12] = [
    "rank",
    "importer",
    "hs",
    "product",
    "lines",
    "others",
    "relative",
    "mean_ratio",
    "others_ratio",
    "t",
    "p",
    "discovery",
];

/// The cells of a pair, in the order of [`COLUMNS`].
pub fn cells(rank: usize, pair: &Pattern) -> [Cell; 12] {
    [
        Cell::Number(rank as f64),
        Cell::Text(pair.importer.clone()),
        Cell::Text(pair.hs.clone()),
        Cell::Text(pair.product.clone()),
        Cell::Number(pair.lines as f64),
        Cell::Number(pair.others as f64),
        Cell::Number(pair.relative),
        Cell::Number(pair.mean_ratio),
        Cell::Number(pair.others_ratio),
        Cell::Number(pair.t),
        Cell::Number(pair.p),
        Cell::Text(if pair.discovery { "yes" } else { "no" }.to_owned()),
    ]
}

/// The tested pairs as CSV, lowest p first.
pub fn write_csv<W: std::io::Write>(writer: W, patterns: &Patterns) -> csv::Result<W> {
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(COLUMNS)?;
    for (at, pair) in patterns.pairs.iter().enumerate() {
        out.write_record(cells(at + 1, pair).map(|cell| cell.csv()))?;
    }
    out.flush()?;
    out.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Standard normal quantiles at pseudo-random places: SplitMix64.
    struct Noise(u64);
    impl Noise {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }
        fn normal(&mut self) -> f64 {
            let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
            radius * (std::f64::consts::TAU * self.uniform()).cos()
        }
    }

    /// Importers of one product: `levels` of each, with noise of the lines.
    fn product_of(noise: &mut Noise, levels: &[f64], lines: usize, sd: f64) -> BTreeMap<String, Sums> {
        levels
            .iter()
            .enumerate()
            .map(|(i, level)| {
                let mut sums = Sums::default();
                for _ in 0..lines {
                    sums.add(level + sd * noise.normal());
                }
                (format!("importer {i:03}"), sums)
            })
            .collect()
    }

    fn collector(products: Vec<BTreeMap<String, Sums>>) -> Collector {
        Collector {
            products: products
                .into_iter()
                .enumerate()
                .map(|(i, importers)| (("070320".to_owned(), format!("goods {i}")), importers))
                .collect(),
        }
    }

    #[test]
    fn sums_are_mean_and_variance() {
        let mut sums = Sums::default();
        for y in [1.0, 2.0, 4.0, 9.0] {
            sums.add(y);
        }
        assert_eq!((sums.n, sums.mean), (4, 4.0));
        // Variance 38/3, of the mean a quarter of that.
        assert!((sums.of_mean().unwrap() - 38.0 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_pair_worked_by_hand() {
        // Own lines −0.3, −0.1, −0.3, −0.1: mean −0.2, s² = .04/3, s²/n = 1/300.
        let mut own = Sums::default();
        for y in [-0.3, -0.1, -0.3, -0.1] {
            own.add(y);
        }
        // Others −0.1, 0, 0.1, 0.2, one line each: centre .05, v = 1/60, no noise known.
        let others: Vec<Sums> = [-0.1, 0.0, 0.1, 0.2]
            .iter()
            .map(|y| {
                let mut s = Sums::default();
                s.add(*y);
                s
            })
            .collect();
        let null = Null::of(&own, &others).unwrap();
        assert!((null.centre - 0.05).abs() < 1e-12);
        let variance: f64 = 1.0 / 60.0 + FRAC_PI_2 / 60.0 / 4.0 + 1.0 / 300.0;
        assert!((null.se - variance.sqrt()).abs() < 1e-12);
        assert_eq!(null.df, 3.0);
        let (t, p) = null.test(own.mean);
        assert!((t + 0.25 / variance.sqrt()).abs() < 1e-12);
        assert!(p > 0.05 && p < 0.2, "{p}");
    }

    #[test]
    fn honest_importers_that_differ_among_themselves_are_flagged_at_the_nominal_rate() {
        let mut noise = Noise(7);
        for (between, lines) in [(0.0, 10), (0.05, 10), (0.2, 10), (0.2, 200), (0.1, 4)] {
            let products: Vec<_> = (0..150)
                .map(|_| {
                    let level = noise.normal();
                    let levels: Vec<f64> = (0..8).map(|_| level + between * noise.normal()).collect();
                    product_of(&mut noise, &levels, lines, 0.15)
                })
                .collect();
            let found = collector(products).test(0.1, Enough::of(&Parameters::default()));
            assert_eq!(found.tested, 150 * 8);
            let share = found.pairs.iter().filter(|p| p.p <= 0.05).count() as f64 / found.tested as f64;
            // Binomial error .6 points; pairs of one product share their others.
            assert!(share < 0.07, "between {between}, {lines} lines: {share}");
            assert!(found.discoveries <= 3, "{found:?}");
        }
    }

    #[test]
    fn one_importer_slightly_below_the_others_is_found() {
        let mut noise = Noise(11);
        let products: Vec<_> = (0..20)
            .map(|i| {
                let mut levels: Vec<f64> = (0..15).map(|_| 0.02 * noise.normal()).collect();
                if i == 3 {
                    levels[4] = 0.85f64.ln();
                }
                product_of(&mut noise, &levels, 40, 0.1)
            })
            .collect();
        let found = collector(products).test(0.1, Enough::of(&Parameters::default()));
        assert_eq!(found.discoveries, 1, "{:?}", &found.pairs[..3]);
        let first = &found.pairs[0];
        assert_eq!((first.importer.as_str(), first.product.as_str()), ("importer 004", "goods 3"));
        assert!((first.relative - 0.85).abs() < 0.04, "{}", first.relative);
        assert_eq!(found.attainable, found.tested);
    }

    #[test]
    fn what_is_not_tested_is_counted_with_its_reason() {
        let mut noise = Noise(3);
        let few_lines = product_of(&mut noise, &[0.0; 8], 3, 0.1);
        let few_others = product_of(&mut noise, &[0.0; 4], 10, 0.1);
        let found = collector(vec![few_lines, few_others]).test(0.1, Enough::of(&Parameters::default()));
        assert_eq!((found.tested, found.few_lines, found.few_others), (0, 8, 4));
        assert!(told(&found).contains("no importer and product could be tested"));
        let equal = collector(vec![product_of(&mut noise, &[0.0; 6], 10, 0.0)])
            .test(0.1, Enough::of(&Parameters::default()));
        assert_eq!((equal.tested, equal.few_others), (0, 6), "nothing varies");
    }

    proptest! {
        #[test]
        fn p_is_a_probability_and_lower_prices_give_lower_p(
            levels in proptest::collection::vec(-2.0f64..2.0, 5..9), sd in 0.001f64..1.0, seed in any::<u64>(),
        ) {
            let mut noise = Noise(seed);
            let importers = product_of(&mut noise, &levels, 5, sd);
            let own = importers["importer 000"];
            let others: Vec<Sums> = importers.iter().skip(1).map(|(_, s)| *s).collect();
            if let Some(null) = Null::of(&own, &others) {
                let (_, p) = null.test(own.mean);
                let (_, lower) = null.test(own.mean - 0.1);
                prop_assert!((0.0..=1.0).contains(&p) && lower <= p);
                prop_assert!(null.df.is_finite() && null.df >= 1.0);
            }
        }
    }
}
