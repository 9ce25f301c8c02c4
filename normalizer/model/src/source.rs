//! A source: one marketplace, shop or list, as its TOML file states it.
//!
//! Unknown keys are errors, so that a misspelt rule is not silently no rule.

use crate::text_form::coded_enum;
use crate::{CommercialLevel, Condition, Country, Currency, HourSpan, HsCode, UtcOffset};
use serde::{Deserialize, Serialize};

coded_enum! {
    /// What kind of thing a source is.
    SourceKind, "a kind of source (pages, feed, api or warc)" {
        /// Pages fetched by the crawler.
        Pages = "pages",
        /// Product feeds: Google Merchant XML, or tables with its columns.
        Feed = "feed",
        /// JSON over HTTP, page by page of a list.
        Api = "api",
        /// Archives of others or one's own, imported from WARC files; never fetched.
        Warc = "warc",
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
    /// Start pages; the feeds of a feed, the first addresses of an API. Empty only for `warc`.
    #[serde(default)]
    pub start: Vec<String>,
    /// Whether sitemaps named in robots.txt are read for product pages.
    #[serde(default = "yes")]
    pub sitemaps: bool,
    /// Whether RSS and Atom feeds that start pages name are read for new pages.
    #[serde(default = "yes")]
    pub feeds: bool,
    /// Whether cookies the site sets are sent back to it, while the crawl runs.
    #[serde(default)]
    pub cookies: bool,
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
    /// How soon a page is visited again.
    #[serde(default)]
    pub revisit: Revisit,
    /// How the feeds of a source of kind `feed` are read.
    #[serde(default)]
    pub feed: FeedRules,
    /// How a source of kind `api` is asked and read.
    pub api: Option<ApiRules>,
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
    /// Requests to one host that may be under way at the same time; the delay stands between their
    /// beginnings all the same.
    pub concurrency: u32,
    /// Whether a host that answers slowly is asked less often: never more often than the delay says.
    pub adaptive: bool,
    /// What shares one pace: each host by itself, or all hosts of a registrable domain.
    pub group: PaceGroup,
    /// Hours of the day in which the site is visited (`22:00-06:00`); empty: all.
    pub hours: Vec<HourSpan>,
    /// Offset of those hours from UTC, like `+02:00`.
    pub utc_offset: UtcOffset,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            delay_seconds: 5.0,
            timeout_seconds: 30.0,
            concurrency: 1,
            adaptive: true,
            group: PaceGroup::Host,
            hours: Vec::new(),
            utc_offset: UtcOffset::default(),
        }
    }
}

coded_enum! {
    /// What shares one pace.
    PaceGroup, "what shares one pace (host or domain)" {
        /// Each host by itself.
        Host = "host",
        /// All hosts of a registrable domain: one server behind many names.
        Domain = "domain",
    }
}

/// How soon a page is visited again. With `longest_hours = 0` every crawl visits every page, those
/// that are likeliest to have changed first; otherwise each page has its own interval between the
/// two, halved when it was found changed and half as long again when it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Revisit {
    /// Hours between two visits of a page that always changes.
    pub shortest_hours: u32,
    /// Hours between two visits of a page that never changes; 0: no page waits.
    pub longest_hours: u32,
}

/// How feeds are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedRules {
    /// What the feed is written in.
    pub format: FeedFormat,
    /// Columns or elements by field (names as in `rules.fields`, and `url`), where they are not those
    /// of Google Merchant. A field given here is read from there and nowhere else.
    pub fields: std::collections::BTreeMap<String, String>,
    /// What separates the columns of a table, where it is neither comma nor tabulator.
    pub delimiter: Option<char>,
}

coded_enum! {
    /// What a feed is written in.
    FeedFormat, "a format of feeds (auto, xml, tsv or csv)" {
        /// Told from its first bytes.
        Auto = "auto",
        /// Google Merchant XML: RSS 2.0 or Atom with elements of the `g:` namespace.
        Xml = "xml",
        /// A table with tabulators.
        Tsv = "tsv",
        /// A table with commas, semicolons or the delimiter stated.
        Csv = "csv",
    }
}

#[allow(clippy::derivable_impls, reason = "the macro that declares it derives no default")]
impl Default for FeedFormat {
    fn default() -> Self {
        FeedFormat::Auto
    }
}

/// How a JSON API is asked and read. Pointers are JSON pointers (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiRules {
    /// Pointer to the list of items in an answer; empty: the answer is the list.
    #[serde(default)]
    pub items: String,
    /// Pointers into an item by field (names as in `rules.fields`, and `url`). Where a list stands
    /// on the way, its first element is taken unless the pointer says which.
    pub fields: std::collections::BTreeMap<String, String>,
    /// How one gets from one answer to the next.
    #[serde(default)]
    pub paging: ApiPaging,
    /// A key the API asks for.
    pub key: Option<ApiKey>,
}

/// Paging of an API: `next`, or `cursor` with `parameter`, or `parameter` alone; none: one answer is
/// all. An answer without items ends a list that is paged by cursor or number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApiPaging {
    /// Pointer to the address of the next answer.
    pub next: Option<String>,
    /// Pointer to a cursor; it is sent in `parameter`.
    pub cursor: Option<String>,
    /// Query parameter of the page number, the offset or the cursor.
    pub parameter: Option<String>,
    /// First value of the parameter, where it is a number. Defaults to 1.
    pub first: Option<u32>,
    /// What the number grows by: 1 for pages, the items of an answer for offsets. Defaults to 1.
    pub step: Option<u32>,
}

/// A key for an API, taken from the environment and never written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Variable of the environment that holds the key.
    pub environment: String,
    /// Header it is sent in.
    pub header: Option<String>,
    /// What stands before the key in the header: `Bearer `.
    #[serde(default)]
    pub prefix: String,
    /// Query parameter it is sent in, instead of a header.
    pub parameter: Option<String>,
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
    /// Paths of product pages; only these are read for listings. Empty: all pages are. A path is a
    /// prefix, with `*` for any characters and `$` for the end, as in robots.txt.
    pub product_paths: Vec<String>,
    /// Paths of list pages, in the same form. Where given, only list pages, product pages and next
    /// pages of a list are followed.
    pub category_paths: Vec<String>,
    /// CSS selector of the link to the next page of a list, where it is not found by itself.
    pub next: Option<String>,
    /// CSS selectors per field (`name`, `price`, `currency`, `list_price`, `brand`, `model`, `gtin`,
    /// `mpn`, `sku`, `condition`, `seller`, `category`, `quantity_text`, `price_unit`, `min_order`,
    /// `hs_code`, `origin`, `availability`, `variant`, `weight`, `shipping`, `shipping_to`, `unit_price`,
    /// `unit_price_unit`, `tax_included`, `valid_until`, `date`, `image`). `selector@attribute` reads an attribute. A rule prevails over
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
    /// Bytes of all decoded pages of one crawl; none: no limit.
    pub bytes: Option<u64>,
    /// Requests to the source on one day (UTC), whatever the number of crawls; none: no limit.
    pub requests_per_day: Option<u32>,
    /// Redirects followed from one address.
    pub redirects: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            pages: 10_000,
            depth: 20,
            page_bytes: 8 * 1024 * 1024,
            bytes: None,
            requests_per_day: None,
            redirects: 5,
        }
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
