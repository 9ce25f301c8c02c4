//! Layout drift: a site changes its pages, and the extraction reads fewer offers from them without any
//! error. Told from the offers per page of one crawl against the crawls before. Pure.
//!
//! A drop is an alarm only when it is large (below half of what is usual, or a quarter of the pages that
//! used to give offers giving none) and no accident of either kind:
//!
//! * not of what a crawl happened to see: the two counts are held against each other by the conditional
//!   test of Poisson rates (Przyborowski and Wilenski, Biometrika 31, 1940): given their sum, the smaller
//!   is binomial with the share of pages as probability. Offers do not come singly, a list page gives
//!   thirty at once, so counts are first divided by the offers of a page that has any;
//! * not of how this site's crawls differ anyway: the logarithm of the rate is held to those of the
//!   earlier crawls by Student's t for one further value. Three crawls say little of how much crawls
//!   differ, so their variance is moderated by what is expected of any site, worth a few crawls (Smyth,
//!   Statistical Applications in Genetics and Molecular Biology 3, 2004, section 4).
//!
//! The larger of the two p-values counts. Both are approximate: pages of a crawl are not drawn at
//! random. With the demand of a large drop beside them, the alarm errs towards silence.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::beta::checked_beta_reg;

/// Pages that must have been read in a crawl for it to say anything: below, one odd page is 5 %.
pub const MIN_PAGES: u64 = 20;
/// Earlier crawls that make a usual rate: a median of fewer is one crawl's word.
pub const MIN_CRAWLS: usize = 3;
/// Earlier crawls that count, the latest: a site's usual rate itself changes with its range of goods.
pub const BASELINE: usize = 10;
/// Share of the usual offers per page below which a drop is large. A season's clearance takes a fifth
/// or a third; a lost price or a lost template takes half and more.
pub const LARGE_DROP: f64 = 0.5;
/// Share of the pages that used to give offers and now give none from which their loss is large: a
/// site has rarely more than four templates of product pages.
pub const LARGE_LOSS: f64 = 0.25;
/// Largest p-value of an alarm. One source crawled daily has one false alarm in three years by it
/// alone, and hardly any together with the demand of a large drop.
pub const ALPHA: f64 = 0.001;
/// By how much crawls of one site differ (standard deviation of the logarithm of offers per page) as
/// long as nothing else is known: a fifth, as a clearance takes or a new range of goods brings.
pub const PRIOR_SPREAD: f64 = 0.2;
/// How many crawls that expectation is worth (its degrees of freedom): it yields to a site's own habit
/// within [`BASELINE`] crawls.
pub const PRIOR_CRAWLS: f64 = 4.0;
/// The same for the share of pages that give offers, where all do: a share near one has little room to
/// vary. Where fewer do, more of [`PRIOR_SPREAD`] is added.
pub const PRIOR_SHARE_SPREAD: f64 = 0.05;

/// What one crawl read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CrawlYield {
    /// Pages fetched and read for offers.
    pub pages: u64,
    /// Offers on them, usable or not.
    pub offers: u64,
    /// Pages of them without any offer, where that was counted.
    pub empty: Option<u64>,
}

impl CrawlYield {
    /// Offers per page; none without pages.
    pub fn rate(&self) -> Option<f64> {
        (self.pages > 0).then(|| self.offers as f64 / self.pages as f64)
    }
    fn empty_share(&self) -> Option<f64> {
        self.empty.map(|empty| empty as f64 / self.pages.max(1) as f64)
    }
    fn counts(&self) -> bool {
        self.pages >= MIN_PAGES
    }
}

/// What gave the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftSign {
    /// Far fewer offers per page.
    OffersPerPage,
    /// Far more pages without any offer.
    PagesWithoutOffer,
}

/// An alarm, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    /// What gave it.
    pub sign: DriftSign,
    /// The crawl's rate: offers per page, or the share of pages without offer.
    pub now: f64,
    /// The median of the earlier crawls.
    pub usual: f64,
    /// Pages read in the crawl.
    pub pages: u64,
    /// Earlier crawls it was held to.
    pub crawls: usize,
    /// Chance of such a drop without a change of the site, approximately.
    pub p: f64,
    /// Crawls in a row, with this one, that gave it.
    pub standing: usize,
}

/// How a source stands after its last crawl.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct DriftState {
    /// Offers per page of the last crawl that read enough of them.
    pub now: Option<f64>,
    /// What is usual: the median of the crawls before; none with fewer than [`MIN_CRAWLS`].
    pub usual: Option<f64>,
    /// The alarm, where it stands.
    pub alarm: Option<Drift>,
}

/// Goes through a source's crawls, oldest first, and holds each to those before it. A crawl that gave
/// an alarm does not become part of what is usual, so that the alarm stands until offers come again
/// or the crawls from before the change are no longer among `crawls`. Crawls that read fewer than
/// [`MIN_PAGES`] pages say nothing and are passed over.
pub fn judge(crawls: &[CrawlYield]) -> DriftState {
    let mut usual: Vec<CrawlYield> = Vec::new();
    let mut state = DriftState::default();
    for crawl in crawls.iter().filter(|crawl| crawl.counts()) {
        let earlier = &usual[usual.len().saturating_sub(BASELINE)..];
        let found = held(crawl, earlier);
        let standing = state.alarm.map_or(0, |drift| drift.standing) + 1;
        state = DriftState {
            now: crawl.rate(),
            usual: usual_rate(earlier),
            alarm: found.map(|drift| Drift { standing, ..drift }),
        };
        if found.is_none() {
            usual.push(*crawl);
        }
    }
    state
}

/// Holds one crawl to earlier ones; `None` where there is no alarm, or too little to tell.
pub fn held(now: &CrawlYield, earlier: &[CrawlYield]) -> Option<Drift> {
    let earlier: Vec<&CrawlYield> = earlier.iter().filter(|crawl| crawl.counts()).collect();
    if !now.counts() || earlier.len() < MIN_CRAWLS {
        return None;
    }
    fewer_offers(now, &earlier).or_else(|| more_empty_pages(now, &earlier))
}

fn usual_rate(earlier: &[CrawlYield]) -> Option<f64> {
    let rates: Vec<f64> = earlier.iter().filter_map(CrawlYield::rate).collect();
    (rates.len() >= MIN_CRAWLS).then(|| median(rates))
}

fn fewer_offers(now: &CrawlYield, earlier: &[&CrawlYield]) -> Option<Drift> {
    let usual = median(earlier.iter().filter_map(|crawl| crawl.rate()).collect());
    let rate = now.rate()?;
    if usual <= 0.0 || rate >= LARGE_DROP * usual {
        return None;
    }
    // Offers come a page at a time: those of one page are one event.
    let with_offers: Option<u64> = earlier.iter().map(|c| Some(c.pages - c.empty?.min(c.pages))).sum();
    let offers: u64 = earlier.iter().map(|c| c.offers).sum();
    let pages: u64 = earlier.iter().map(|c| c.pages).sum();
    let a_page = (offers as f64 / with_offers.unwrap_or(pages).max(1) as f64).max(1.0);
    let counts: Vec<Counted> = earlier.iter().map(|c| (c.offers as f64, c.pages as f64)).collect();
    let law = Law { usual, a_page, variance_of_one: a_page, spread: PRIOR_SPREAD };
    let p = law.accident((now.offers as f64, now.pages as f64), &counts)?;
    (p <= ALPHA).then_some(Drift {
        sign: DriftSign::OffersPerPage,
        now: rate,
        usual,
        pages: now.pages,
        crawls: earlier.len(),
        p,
        standing: 1,
    })
}

/// Pages that lost their offers, told by those that have some: the same test on their number, whose
/// true law (binomial) varies less than Poisson's.
fn more_empty_pages(now: &CrawlYield, earlier: &[&CrawlYield]) -> Option<Drift> {
    let shares: Vec<f64> = earlier.iter().map(|crawl| crawl.empty_share()).collect::<Option<_>>()?;
    let usual = median(shares);
    let share = now.empty_share()?;
    if usual >= 1.0 || (share - usual) / (1.0 - usual) < LARGE_LOSS {
        return None;
    }
    let counted = |c: &CrawlYield| (c.pages.saturating_sub(c.empty.unwrap_or(0)) as f64, c.pages as f64);
    let counts: Vec<Counted> = earlier.iter().map(|c| counted(c)).collect();
    let law = Law {
        usual: 1.0 - usual,
        a_page: 1.0,
        variance_of_one: usual,
        spread: PRIOR_SHARE_SPREAD + usual * PRIOR_SPREAD,
    };
    let p = law.accident(counted(now), &counts)?;
    (p <= ALPHA).then_some(Drift {
        sign: DriftSign::PagesWithoutOffer,
        now: share,
        usual,
        pages: now.pages,
        crawls: earlier.len(),
        p,
        standing: 1,
    })
}

/// A count and the pages it was counted on.
type Counted = (f64, f64);

/// How counts come about while a site does not change.
struct Law {
    /// Their rate: a page's.
    usual: f64,
    /// How many come at once.
    a_page: f64,
    /// Variance of a count over its mean: that of clusters, or a share's (binomial).
    variance_of_one: f64,
    /// What crawls of a site differ by as long as nothing else is known.
    spread: f64,
}

impl Law {
    /// The chance of so small a count without a change of the site: the larger of the two tests'.
    fn accident(&self, now: Counted, earlier: &[Counted]) -> Option<f64> {
        let before: f64 = earlier.iter().map(|(_, pages)| pages).sum();
        let sampled = as_few(now.0, now.1, self.usual, before, self.a_page)?;
        Some(sampled.max(self.as_unlike(now, earlier)?))
    }

    /// The chance of a rate as low as this among crawls that differ as the earlier ones do. Half a count
    /// is added to each, so that none has a logarithm; what this one's own counts vary by is added to
    /// the variance.
    fn as_unlike(&self, now: Counted, earlier: &[Counted]) -> Option<f64> {
        let log_rate = |(count, pages): Counted| ((count + 0.5) / pages).ln();
        let logs: Vec<f64> = earlier.iter().map(|counted| log_rate(*counted)).collect();
        let own = logs.len() as f64 - 1.0;
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let freedom = PRIOR_CRAWLS + own;
        let variance = (PRIOR_CRAWLS * self.spread * self.spread + squares) / freedom;
        let of_this = self.variance_of_one / (self.usual * now.1).max(f64::MIN_POSITIVE);
        let error = (variance * (1.0 + 1.0 / logs.len() as f64) + of_this).sqrt();
        let t = (log_rate(now) - self.usual.ln()) / error;
        StudentsT::new(0.0, 1.0, freedom).ok().map(|law| law.cdf(t))
    }
}

/// The chance of a count as small as `count` on `pages`, where `usual` a page came on `before` pages:
/// P(Binomial(n, pages/(pages+before)) ≤ count) with n the sum of both counts, all counts divided by
/// the offers of a page. The binomial sum is the regularized incomplete beta function, which also holds
/// between whole numbers: I(1−π; n−k, k+1).
fn as_few(count: f64, pages: f64, usual: f64, before: f64, a_page: f64) -> Option<f64> {
    let (few, many) = (count / a_page, usual * before / a_page);
    let share = pages / (pages + before);
    checked_beta_reg(many, few + 1.0, 1.0 - share).ok()
}

/// The middle of a list, the mean of the two middle ones where it is even; 0 of none.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        n if n % 2 == 1 => numbers[half],
        _ => (numbers[half - 1] + numbers[half]) / 2.0,
    }
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
