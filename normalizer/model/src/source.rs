//! A source: one marketplace, shop or list, as its TOML file states it.
//!
//! Unknown keys are errors, so that a misspelt rule is not silently no rule.

use crate::text_form::coded_enum;
use crate::{CommercialLevel, Condition, Country, Currency, HsCode};
use serde::{Deserialize, Serialize};

coded_enum! {
    /// What kind of thing a source is. Feeds, APIs and archives come later.
    SourceKind, "a kind of source (pages)" {
        /// Pages fetched by the crawler.
        Pages = "pages",
    }
}

/// One source file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Short name: lower-case letters, digits, hyphens. Also the name of its archive files.
    pub id: String,
    /// Name as people know it.
    pub name: String,
    /// Kind of source.
    #[serde(default = "default_kind")]
    pub kind: SourceKind,
    /// Market the offers address.
    pub market: Country,
    /// What a bare number or an ambiguous symbol means on this site.
    pub currency: Option<Currency>,
    /// Language (BCP 47), where pages do not say.
    pub language: Option<String>,
    /// Start pages.
    pub start: Vec<String>,
    /// Whether sitemaps named in robots.txt are read for product pages.
    #[serde(default = "yes")]
    pub sitemaps: bool,
    /// Permission or legal basis.
    pub permission: Permission,
    /// Pace.
    #[serde(default)]
    pub pace: Pace,
    /// Which pages belong to it.
    #[serde(default)]
    pub scope: Scope,
    /// What is a product page, and selectors for sites without markup.
    #[serde(default)]
    pub rules: Rules,
    /// How much to fetch.
    #[serde(default)]
    pub budget: Budget,
    /// What holds for every offer of the site.
    #[serde(default)]
    pub facts: Facts,
    /// A saved page and what must be read from it.
    pub sample: Option<Sample>,
    /// Network settings for tests.
    #[serde(default)]
    pub network: Network,
}

fn default_kind() -> SourceKind {
    SourceKind::Pages
}
fn yes() -> bool {
    true
}

/// Why collecting is allowed, and whom to ask. Printed in reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// The permission or legal basis, in a sentence.
    pub basis: String,
    /// Contact for the site's operator, sent in the user agent.
    pub contact: String,
}

/// Pace towards one host. A longer Crawl-delay in robots.txt prevails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// Seconds between two requests to one host; fractions allowed.
    pub delay_seconds: f64,
    /// Seconds until a request is given up.
    pub timeout_seconds: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { delay_seconds: 5.0, timeout_seconds: 30.0 }
    }
}

/// Which addresses belong to the source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Hosts; empty means the hosts of the start pages.
    pub hosts: Vec<String>,
    /// Path prefixes that are followed; empty means all.
    pub paths: Vec<String>,
    /// Path prefixes that are not followed.
    pub exclude: Vec<String>,
}

/// How pages are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Path prefixes of product pages; only these are read for listings. Empty: all pages are.
    pub product_paths: Vec<String>,
    /// CSS selectors per field (`name`, `price`, `currency`, `list_price`, `brand`, `model`, `gtin`,
    /// `mpn`, `sku`, `condition`, `seller`, `category`, `quantity_text`, `min_order`, `hs_code`,
    /// `origin`, `availability`). `selector@attribute` reads an attribute. A rule prevails over
    /// what the page states otherwise.
    pub fields: std::collections::BTreeMap<String, String>,
    /// Selector of one row where a page lists several offers; fields are then read within it.
    pub item: Option<String>,
    /// Row selector of a quantity-break table; its first number is the quantity, the second the
    /// price.
    pub quantity_break: Option<String>,
}

/// Limits of one crawl.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Pages per crawl.
    pub pages: u32,
    /// Links away from a start page.
    pub depth: u32,
    /// Bytes of one decoded page.
    pub page_bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { pages: 10_000, depth: 20, page_bytes: 8 * 1024 * 1024 }
    }
}

/// What holds for every offer of the site unless the page says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// Condition of the goods.
    pub condition: Option<Condition>,
    /// Commercial level.
    pub level: Option<CommercialLevel>,
    /// Countries the site ships to.
    pub ships_to: Vec<Country>,
    /// HS codes by category of the site, first match wins.
    pub categories: Vec<ListedCategory>,
    /// Whether seller names may be private persons: they are hashed with the local key then.
    pub private_sellers: bool,
    /// The decimal mark of the prices, `,` or `.`, where the texts alone leave it open ("3.350").
    pub decimal_separator: Option<char>,
}

/// A category of the site whose goods fall under one subheading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedCategory {
    /// Text that the listing's category contains (case-insensitive).
    pub contains: String,
    /// The subheading.
    pub hs: HsCode,
}

/// A saved page with its expected listing: the contract that `source check` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Page file, relative to the source file.
    pub file: String,
    /// Its address.
    pub url: String,
    /// Expected fields of the main product: any of `name`, `price` (decimal), `currency`, `brand`,
    /// `gtin`, `sku`, `condition`, `seller`.
    pub expect: std::collections::BTreeMap<String, String>,
}

/// Network settings. All of it is for tests and the bundled market.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Allow loopback addresses. Never set it for a real marketplace.
    pub allow_loopback: bool,
    /// Connect to this address (`127.0.0.1:4000`) instead of resolving the host; loopback only,
    /// and only with `allow_loopback`.
    pub connect_to: Option<String>,
}
