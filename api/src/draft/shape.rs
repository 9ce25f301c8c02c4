//! Which addresses of a site are product pages, guessed from the shape of addresses: the folder that
//! offers lie in. A guess that rests on one page alone is only suggested, never put in force: a
//! wrong rule leaves goods out silently, no rule only costs time.

use super::{PageRole, Read};
use std::collections::BTreeMap;
use url::Url;

/// Names of folders that hold product pages on many sites, in the languages of the web's shops.
const PRODUCT_WORDS: &[&str] = &[
    "p",
    "dp",
    "pd",
    "i",
    "ip",
    "itm",
    "item",
    "items",
    "prod",
    "product",
    "products",
    "product-page",
    "produkt",
    "produkte",
    "produkty",
    "artikel",
    "artikl",
    "produit",
    "produits",
    "article",
    "producto",
    "productos",
    "articulo",
    "produto",
    "produtos",
    "prodotto",
    "prodotti",
    "offer",
    "offers",
    "oferta",
    "listing",
    "listings",
    "goods",
    "tovar",
    "urun",
    "termek",
    "vare",
    "tuote",
];
/// Scripts whose query names the product.
const SCRIPTS: &[&str] = &[".php", ".asp", ".aspx", ".jsp", ".cgi", ".html", ".htm"];
/// Addresses of one shape that make it more than a coincidence.
const MIN_LIKE: usize = 3;
/// Share of a list's offers that must lie in the folder.
const MIN_SHARE: f64 = 0.8;

/// What was guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ProductPaths {
    /// To be put in force.
    pub(super) sure: Vec<String>,
    /// To be suggested.
    pub(super) maybe: Vec<String>,
    /// Why, in words.
    pub(super) why: String,
}

impl ProductPaths {
    /// This guess, or the other where this one is none.
    pub(super) fn or(self, other: Option<ProductPaths>) -> ProductPaths {
        match other {
            Some(other) if self.sure.is_empty() && (!other.sure.is_empty() || self.maybe.is_empty()) => other,
            _ => self,
        }
    }

    /// The same as a mere suggestion.
    pub(super) fn unsure(self) -> ProductPaths {
        ProductPaths { sure: Vec::new(), maybe: self.sure, why: self.why }
    }

    /// Whether an address has a shape that is put in force.
    pub(super) fn holds(&self, url: &str) -> bool {
        of_text(url).is_some_and(|shape| self.sure.contains(&shape))
    }
}

/// Guesses from a page: the folder of its offers, of itself, or of its links.
pub(super) fn guess(page: &Read) -> ProductPaths {
    let own = |url: &Url| url.host_str() == page.url.host_str();
    let shape_of = |text: &str| Url::parse(text).ok().filter(&own).and_then(|u| shape(&u));
    let mut links: BTreeMap<String, usize> = BTreeMap::new();
    for link in &page.extraction.links {
        if let Some(shape) = shape_of(&link.url) {
            *links.entry(shape).or_default() += 1;
        }
    }
    match page.role {
        PageRole::Product => {
            let Some(shape) = shape(&page.url) else { return ProductPaths::default() };
            let like = links.get(&shape).copied().unwrap_or(0);
            let why = format!("this product page lies there, and {like} of its links");
            match is_product_word(&shape) {
                true => ProductPaths { sure: vec![shape], maybe: Vec::new(), why },
                false => ProductPaths { sure: Vec::new(), maybe: vec![shape], why },
            }
        }
        PageRole::List => {
            let offers: Vec<&String> =
                page.extraction.listings.iter().filter_map(|l| l.url.as_ref()).collect();
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for shape in offers.iter().filter_map(|url| shape_of(url)) {
                *counts.entry(shape).or_default() += 1;
            }
            let Some((shape, n)) = counts.into_iter().max_by_key(|(_, n)| *n) else {
                return ProductPaths::default();
            };
            let why = format!("{n} of the {} offers of this list lie there", offers.len());
            let most = n >= MIN_LIKE && n as f64 >= MIN_SHARE * offers.len() as f64;
            // A list that lies in the same folder as its offers would no longer be read for links only.
            match most && !page.url.path().starts_with(&shape) {
                true => ProductPaths { sure: vec![shape], maybe: Vec::new(), why },
                false => ProductPaths { sure: Vec::new(), maybe: vec![shape], why },
            }
        }
        PageRole::Other => {
            let found = links.into_iter().filter(|(s, n)| *n >= MIN_LIKE && is_product_word(s));
            match found.max_by_key(|(_, n)| *n) {
                Some((shape, n)) => ProductPaths {
                    sure: vec![shape],
                    maybe: Vec::new(),
                    why: format!("{n} links lead there"),
                },
                None => ProductPaths::default(),
            }
        }
    }
}

/// Addresses that lie in a folder, those of the folder with the most of them first, each folder's in
/// their order.
pub(super) fn busiest_first<'a>(urls: impl Iterator<Item = &'a str>) -> Vec<String> {
    let shaped: Vec<(String, &str)> = urls.filter_map(|url| Some((of_text(url)?, url))).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (shape, _) in &shaped {
        *counts.entry(shape).or_default() += 1;
    }
    let mut ordered: Vec<&(String, &str)> = shaped.iter().collect();
    ordered.sort_by_key(|(shape, _)| std::cmp::Reverse(counts.get(shape.as_str()).copied()));
    ordered.into_iter().map(|(_, url)| (*url).to_owned()).collect()
}

/// The shape of an address.
pub(super) fn of_text(url: &str) -> Option<String> {
    Url::parse(url).ok().and_then(|url| shape(&url))
}

/// Whether the last fixed part of a shape is a usual name for product pages.
fn is_product_word(shape: &str) -> bool {
    let last = shape.trim_end_matches('/').rsplit('/').find(|part| *part != "*").unwrap_or_default();
    let word = last.to_ascii_lowercase();
    let stem = SCRIPTS.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(&word);
    PRODUCT_WORDS.contains(&stem)
}

/// The folder an address lies in, as a rule states it: parts that differ from product to product (with
/// digits, of several words) are `*`. `/item/kettle-17` gives `/item/`, `/kettle-17/dp/B001` gives
/// `/*/dp/`, `/product.php?id=17` gives `/product.php`. `None` where nothing fixed is left.
pub(super) fn shape(url: &Url) -> Option<String> {
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let (leaf, folders) = parts.split_last()?;
    let script = SCRIPTS.iter().any(|end| leaf.to_ascii_lowercase().ends_with(end));
    if script && url.query().is_some_and(|q| !q.is_empty()) && folders.iter().all(|part| is_fixed(part)) {
        return Some(url.path().to_owned());
    }
    let mut shape: Vec<&str> = folders.iter().map(|part| if is_fixed(part) { *part } else { "*" }).collect();
    while shape.last() == Some(&"*") {
        shape.pop();
    }
    if shape.is_empty() {
        return None;
    }
    // Two wild parts in a row are one: `*` stands for any characters.
    shape.dedup_by(|a, b| a == b && *a == "*");
    Some(format!("/{}/", shape.join("/")))
}

/// Whether a part of a path is a name of the site's own making and not of one article.
fn is_fixed(part: &str) -> bool {
    let known = PRODUCT_WORDS.contains(&part.to_ascii_lowercase().as_str());
    known
        || (part.len() <= 24 && part.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.'))
        || is_locale(part)
}

/// `de`, `en-gb`, `pt_BR`.
fn is_locale(part: &str) -> bool {
    let mut halves = part.split(['-', '_']);
    let two =
        |half: Option<&str>| half.is_some_and(|h| h.len() == 2 && h.bytes().all(|b| b.is_ascii_alphabetic()));
    two(halves.next()) && two(halves.next()) && halves.next().is_none()
}
