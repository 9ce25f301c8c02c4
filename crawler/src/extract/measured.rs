//! What learning and measuring ask of a page beside its listings: the links that a pager may be, the
//! numbers that may be its price, the page without its markup. No reader of pages uses it.

use super::flat::Flat;
use super::labels::Keep;
use super::links::Links;
use super::tree::Tree;
use super::{Extraction, guard, links, merge, next_link, own_names, price_rank, read, visible};
use model::{Listing, Rules};
use scraper::Html;
use url::Url;

/// The links of a page that `next_link` judges, for learning and measuring.
#[doc(hidden)]
pub struct PagerLinks {
    /// Target of `<link rel="next">`.
    pub head: Option<Url>,
    /// Links of the page that can be followed.
    pub all: usize,
    /// Those that may be a pager's, each with the number of its element among `a` and `area`.
    pub links: Vec<(usize, next_link::Anchor)>,
    /// What it took to find them among all.
    pub gathering: std::time::Duration,
}

/// See [`PagerLinks`].
#[doc(hidden)]
pub fn pager_links(html: &str, url: &str) -> PagerLinks {
    let html = Html::parse_document(&guard::bounded(html));
    let flat = Flat::of(&html);
    links::pager_links(&Tree::new(&flat), url)
}

/// A number of the visible page that may be its price, for learning and measuring.
#[doc(hidden)]
pub struct SeenPrice {
    /// Rough hundredths.
    pub value: u64,
    /// What is known of it.
    pub features: price_rank::Features,
    /// Whether it stands in a zone of other products, which rules it out.
    pub outside: bool,
}

/// The price candidates of a page's visible part alone: what its markup says is not read.
#[doc(hidden)]
pub fn seen_prices(html: &str) -> Vec<SeenPrice> {
    let html = Html::parse_document(&guard::bounded(html));
    let flat = Flat::of(&html).without_markup();
    let tree = Tree::new(&flat);
    let mut about = Extraction::default();
    links::read(&tree, None, &mut about, Links::Left);
    let page = visible::Page::new(&tree, &own_names(&tree, None, &about));
    let seen =
        |c: &visible::Candidate| SeenPrice { value: c.value, features: c.features, outside: c.outside };
    page.candidates.iter().map(seen).collect()
}

/// The price of a listing in rough hundredths, for measuring.
#[doc(hidden)]
pub fn rough_price(listing: &Listing) -> Option<u64> {
    merge::value(listing.price.as_ref())
}

/// As [`extract`], of a page's visible part alone.
#[doc(hidden)]
pub fn extract_unmarked(html: &str, url: Option<&str>) -> Extraction {
    let html = Html::parse_document(&guard::bounded(html));
    let flat = Flat::of(&html).without_markup();
    read(&Tree::new(&flat), None, url, &Rules::default(), Keep::Attributes, Links::Followed)
}
