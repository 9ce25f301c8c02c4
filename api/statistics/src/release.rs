//! Disclosure control: the cells of the observatory that may be published. Not their drawing, and
//! never a declared value.
//!
//! A cell is published only with at least five sellers on three sites, no seller holding more than
//! half of its listings; the median from five sellers, quartiles from twenty, the outer deciles
//! from fifty (five sellers' prices can be solved from five quantiles), never the smallest and
//! largest price; counts rounded down; three significant digits.

use crate::Parameters;
use crate::ReferenceIndex;
use crate::snapshot::{Summary, summarize};
use model::{CommercialLevel, Condition, Country, Currency, GroupKey, HsCode, Unit};
use serde::Serialize;
use std::collections::BTreeMap;

// Constants, and not among the rules of the verdicts: a setting must not publish what one seller could be read
// from, and two releases must not differ by a setting.
const MIN_SELLERS: u32 = 5;
const MIN_SITES: u32 = 3;
const LARGEST_SHARE: f64 = 0.5;
const QUARTILES_FROM: u32 = 20;
const DECILES_FROM: u32 = 50;

/// A cell of the observatory, safe to publish. Figures are in `currency` per `unit`, rounded to
/// three significant digits; counts are rounded down; the smallest and largest price never stand
/// here. Cells of one snapshot never overlap, so that none can be had by subtraction.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ReleasedCell {
    /// Subheading.
    pub hs6: HsCode,
    /// Unit.
    pub unit: Unit,
    /// Condition.
    pub condition: Condition,
    /// Commercial level.
    pub level: CommercialLevel,
    /// Market; `None` where all markets stand in one cell.
    pub market: Option<Country>,
    /// Currency.
    pub currency: Currency,
    /// Sellers, rounded down to a multiple of 5.
    pub n_sellers: Option<u32>,
    /// Sites: 3, or rounded down to a multiple of 5.
    pub n_sites: Option<u32>,
    /// Median, from 5 sellers.
    pub median: Option<f64>,
    /// Lower quartile, from 20 sellers.
    pub q1: Option<f64>,
    /// Upper quartile, from 20 sellers.
    pub q3: Option<f64>,
    /// First decile, from 50 sellers.
    pub p10: Option<f64>,
    /// Ninth decile, from 50 sellers.
    pub p90: Option<f64>,
    /// Why nothing of the cell is published; `None` for a published one.
    pub suppressed: Option<String>,
}

/// The cells of a snapshot, sorted by code, unit, condition, level and market.
///
/// A group is released market by market where every one of its markets may be published, and as
/// one cell over all markets otherwise; never both. A group that may not be published stands with
/// the reason and without any figure or count.
pub fn cells(index: &ReferenceIndex) -> Vec<ReleasedCell> {
    // Slips are taken out by the default rules: a release is not tuned.
    let parameters = Parameters::default();
    let currency = index.snapshot().currency;
    let summary = |key: &GroupKey, members: &[u32]| {
        summarize(key, members, |i| index.facts(i), |i, unit| index.logs_in(i, unit), &parameters)
    };
    let mut out = Vec::new();
    for (key, all) in index.members() {
        let mut markets: BTreeMap<Option<Country>, Vec<u32>> = BTreeMap::new();
        for &i in &all {
            markets.entry(index.facts(i).market).or_default().push(i);
        }
        let parts: Vec<(Option<Country>, Summary)> =
            markets.iter().filter_map(|(&market, members)| Some((market, summary(&key, members)?))).collect();
        let every_market = parts.iter().all(|(market, part)| market.is_some() && refusal(part).is_none());
        if every_market && !parts.is_empty() {
            out.extend(parts.into_iter().map(|(market, part)| cell(currency, &key, market, &part)));
        } else if let Some(whole) = summary(&key, &all) {
            out.push(cell(currency, &key, None, &whole));
        }
    }
    out
}

/// Why a group may not be published, without figures that would tell what is held back.
fn refusal(summary: &Summary) -> Option<String> {
    if summary.n_sellers < MIN_SELLERS {
        Some(format!("fewer than {MIN_SELLERS} sellers"))
    } else if summary.n_sites < MIN_SITES {
        Some(format!("fewer than {MIN_SITES} sites"))
    } else if summary.top_seller_share > LARGEST_SHARE {
        Some("one seller holds more than half of the listings".to_owned())
    } else {
        None
    }
}

fn cell(currency: Currency, key: &GroupKey, market: Option<Country>, summary: &Summary) -> ReleasedCell {
    let suppressed = refusal(summary);
    let published = suppressed.is_none();
    let n = summary.n_sellers;
    let at =
        |p: f64, from: u32| (published && n >= from).then(|| three_digits(summary.distribution.price_at(p)));
    ReleasedCell {
        hs6: key.hs6,
        unit: key.unit,
        condition: key.condition,
        level: key.level,
        market,
        currency,
        n_sellers: published.then(|| n / 5 * 5),
        n_sites: published.then(|| if summary.n_sites < 5 { MIN_SITES } else { summary.n_sites / 5 * 5 }),
        median: at(0.50, MIN_SELLERS),
        q1: at(0.25, QUARTILES_FROM),
        q3: at(0.75, QUARTILES_FROM),
        p10: at(0.10, DECILES_FROM),
        p90: at(0.90, DECILES_FROM),
        suppressed,
    }
}

/// Three significant digits.
fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}
