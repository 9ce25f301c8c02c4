//! A first draft of a source file, made from one page: what the page, its links and robots.txt say,
//! and a line to fill in for what they do not. Pure: fetching is `commands::source::new`'s.
//!
//! A draft never states a permission, and guesses a market only where something on the page names
//! one and nothing names another.

mod shape;
mod text;

use crate::failure::Failure;
use crate::reading;
use crate::sources::{self, Around};
use crawler::extract::Extraction;
use crawler::robots::RobotsFile;
use model::{Country, Currency, Network, Rules};
use normalizer::language;
use scraper::{Html, Selector};
use serde::Serialize;
use shape::ProductPaths;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// A page to draft from.
#[derive(Debug, Clone)]
pub struct PageSeen {
    /// Its address.
    pub url: String,
    /// Payload bytes.
    pub body: Vec<u8>,
    /// `Content-Type`, where a server sent one.
    pub content_type: Option<String>,
}

/// What is known beside the page.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Contact for the site's operator, for the user agent.
    pub contact: Option<String>,
    /// robots.txt: `None` was not asked for (saved pages), an empty text: there is none.
    pub robots: Option<Vec<u8>>,
    /// The token by which robots.txt may address the crawler.
    pub agent: String,
    /// For tests: loopback addresses.
    pub network: Network,
    /// Day of the draft, for its first comment.
    pub day: Option<chrono::NaiveDate>,
}

/// What a page was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageRole {
    /// One product, perhaps from several sellers.
    Product,
    /// A list of offers.
    List,
    /// No offer that can be read.
    Other,
}

/// A page as it was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its address.
    pub url: Url,
    /// What it is.
    pub role: PageRole,
    /// Listings, links, language.
    pub extraction: Extraction,
    /// The page as text; what is saved as the sample.
    pub text: String,
    /// Whether the bytes alone tell the text encoding, without the server's header.
    plain: bool,
    body: Vec<u8>,
    site: SiteWords,
}

/// What the head of a page says of its site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SiteWords {
    name: Option<(String, &'static str)>,
    /// Regions of `hreflang` links that lead to this very page.
    regions: BTreeSet<Country>,
}

/// A finished draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Id of the source.
    pub id: String,
    /// The source file.
    pub text: String,
    /// The sample: its file relative to the source file, and its bytes.
    pub sample: Option<(String, Vec<u8>)>,
    /// Keys that a person has to fill in before the file is well-formed.
    pub to_fill_in: Vec<&'static str>,
    /// What was read from the sample.
    pub expect: BTreeMap<String, String>,
    /// Product pages as guessed, where the guess is strong enough to stand in the file.
    pub product_paths: Vec<String>,
}

/// Everything the text of a draft is written from.
struct Facts<'a> {
    page: &'a Read,
    known: &'a Known,
    id: String,
    name: (String, &'static str),
    start: String,
    hosts: Vec<String>,
    market: Result<(Country, String), String>,
    currency: Option<Currency>,
    language: Option<String>,
    sitemaps: Vec<String>,
    crawl_delay: Option<f64>,
    paths: ProductPaths,
    sample: Option<Sampled>,
    ambiguous_price: Option<String>,
}

struct Sampled {
    file: String,
    url: String,
    expect: BTreeMap<String, String>,
}

/// Reads a page.
///
/// # Errors
/// An address that is none, a payload that is no text.
pub fn read(page: &PageSeen) -> Result<Read, Failure> {
    let url = Url::parse(&page.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .ok_or_else(|| {
            Failure::input(format!("'{}' is not the address of a page", page.url))
                .hint("give the full address: https://www.shop.example/item/17")
        })?;
    let text = crawler::decode::to_text(&page.body, page.content_type.as_deref())?.text;
    let plain = crawler::decode::to_text(&page.body, None).is_ok_and(|plain| plain.text == text);
    let extraction = crawler::extract::extract(&text, Some(url.as_str()), &Rules::default());
    let site = site_words(&text, &url);
    let role = role(&extraction, &url);
    Ok(Read { url, role, extraction, text: text.into_owned(), plain, body: page.body.clone(), site })
}

/// One product where all listings have one name and lie on this page (several sellers of it); a list
/// where names differ, or each leads to a page of its own.
fn role(extraction: &Extraction, url: &Url) -> PageRole {
    let listings = &extraction.listings;
    let names: BTreeSet<&str> =
        listings.iter().filter_map(|l| l.name.as_ref()).map(|n| n.text.as_str()).collect();
    let elsewhere: BTreeSet<String> = listings
        .iter()
        .filter_map(|l| Url::parse(l.url.as_deref()?).ok())
        .filter(|target| target.path() != url.path())
        .map(|target| target.path().to_owned())
        .collect();
    match (listings.len(), names.len()) {
        (0, _) => PageRole::Other,
        (1, _) => PageRole::Product,
        (_, 0 | 1) if elsewhere.len() < 2 => PageRole::Product,
        _ => PageRole::List,
    }
}

/// Where to look next for a product, from a page that is none: the first offer's own address, a link of
/// the shape of product pages, or else the first of the folder that most links lead to (likely lists).
/// Never one of `seen`.
pub fn next_look(page: &Read, seen: &[String]) -> Option<String> {
    let new = |url: &String| {
        let same_host = Url::parse(url).is_ok_and(|u| u.host_str() == page.url.host_str());
        same_host && *url != page.url.as_str() && !seen.contains(url)
    };
    let of_offer = page.extraction.listings.iter().filter_map(|l| l.url.clone());
    let paths = shape::guess(page);
    let links = || page.extraction.links.iter().filter(|l| !l.nofollow);
    let of_product = links().filter(|l| paths.holds(&l.url)).map(|l| l.url.clone());
    let of_folder = shape::busiest_first(links().map(|l| l.url.as_str()));
    of_offer.chain(of_product).chain(of_folder).find(new)
}

/// Writes the draft. `page` is the page that was asked for, `product` another one of the site that
/// was looked at for the sample, where the first is a list.
pub fn draft(page: &Read, product: Option<&Read>, known: &Known) -> Draft {
    let host = page.url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let id = id_of(&host);
    let seen = product.filter(|p| p.role == PageRole::Product).unwrap_or(page);
    let robots = known.robots.as_deref().map(RobotsFile::parse);
    let market = market(page, seen);
    let language = page.extraction.language.clone().filter(|tag| is_language(tag));
    let currency = stated_currency(seen);
    let around = Around {
        language: language.as_deref(),
        decimal_separator: None,
        market: market.as_ref().ok().map(|(country, _)| *country),
        currency,
    };
    let mut paths = shape::guess(page).or(product.map(shape::guess));
    let mut sample = sample_of(seen, &id, &Rules::default(), &around);
    if !paths.sure.is_empty() && sample.is_some() {
        // A rule under which the sample itself would not be read is no rule.
        let ruled = Rules { product_paths: paths.sure.clone(), ..Rules::default() };
        match sample_of(seen, &id, &ruled, &around) {
            Some(same) => sample = Some(same),
            None => paths = paths.unsure(),
        }
    }
    let ambiguous_price = sources::ambiguous_price(&seen.extraction, &around);
    let facts = Facts {
        page,
        known,
        name: page.site.name.clone().unwrap_or_else(|| (host.clone(), "the host; use the name people know")),
        start: start_of(page),
        hosts: hosts_of(page, seen, &host),
        market,
        currency,
        language,
        sitemaps: robots.as_ref().map(|r| r.sitemaps().to_vec()).unwrap_or_default(),
        crawl_delay: robots.as_ref().and_then(|r| r.rules_for(&known.agent).crawl_delay()),
        paths,
        sample,
        ambiguous_price,
        id,
    };
    let mut to_fill_in = vec!["permission.basis"];
    if known.contact.is_none() {
        to_fill_in.push("permission.contact");
    }
    if facts.market.is_err() {
        to_fill_in.push("market");
    }
    let text = text::write(&facts);
    let saved = facts.sample.as_ref().map(|sampled| (sampled.file.clone(), seen.saved()));
    Draft {
        id: facts.id,
        text,
        sample: saved,
        to_fill_in,
        expect: facts.sample.map(|s| s.expect).unwrap_or_default(),
        product_paths: facts.paths.sure,
    }
}

impl Read {
    /// The bytes a sample is saved as: as sent, or where only the server's header told the text
    /// encoding, as UTF-8 with its mark (which prevails over what the page says of itself).
    fn saved(&self) -> Vec<u8> {
        match self.plain {
            true => self.body.clone(),
            false => [b"\xEF\xBB\xBF", self.text.as_bytes()].concat(),
        }
    }
}

/// Lower-case letters, digits and single hyphens of the host, without `www`.
fn id_of(host: &str) -> String {
    let bare = host.strip_prefix("www.").unwrap_or(host);
    let mut id = String::new();
    for c in bare.chars() {
        match c.is_ascii_alphanumeric() {
            true => id.push(c.to_ascii_lowercase()),
            false if id.ends_with('-') || id.is_empty() => {}
            false => id.push('-'),
        }
    }
    id.truncate(60);
    match id.trim_end_matches('-') {
        "" => "source".to_owned(),
        id => id.to_owned(),
    }
}

/// The page itself, unless it is a product: a crawl begins at the site's front page then.
fn start_of(page: &Read) -> String {
    match page.role {
        PageRole::Product => page.url.join("/").map_or_else(|_| page.url.to_string(), String::from),
        _ => page.url.to_string(),
    }
}

/// The page's host, and its twin with or without `www.` where links or the canonical address use it.
fn hosts_of(page: &Read, seen: &Read, host: &str) -> Vec<String> {
    let twin = match host.strip_prefix("www.") {
        Some(bare) => bare.to_owned(),
        None => format!("www.{host}"),
    };
    let addresses = [page, seen].into_iter().flat_map(|p| {
        p.extraction.links.iter().map(|l| l.url.as_str()).chain(p.extraction.canonical.as_deref())
    });
    let used = addresses
        .filter_map(|a| Url::parse(a).ok())
        .any(|u| u.host_str().is_some_and(|h| h.eq_ignore_ascii_case(&twin)));
    let mut hosts = vec![host.to_owned()];
    if used {
        hosts.push(twin);
    }
    hosts
}

fn is_language(tag: &str) -> bool {
    language::primary(tag).is_some()
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The currency the page's main offer states in so many words.
fn stated_currency(page: &Read) -> Option<Currency> {
    let nothing = Around::default();
    let stated = sources::main_fields(&page.extraction, &nothing).remove("currency")?;
    stated.parse().ok()
}

/// The market, and by what sign; or why it is left open.
fn market(page: &Read, seen: &Read) -> Result<(Country, String), String> {
    let mut signs: Vec<(Country, String)> = Vec::new();
    for country in &page.site.regions {
        signs.push((*country, format!("the page's own hreflang says {country}")));
    }
    if let Some(country) = reading::market_of_url(page.url.as_str()) {
        signs.push((country, format!("the domain is that of {country}")));
    }
    // "en-US" stands on pages of every country because it is what many templates come with.
    if let Some(tag) = page.extraction.language.as_deref().filter(|t| !t.eq_ignore_ascii_case("en-us"))
        && let Some(country) = language::region(tag)
    {
        signs.push((country, format!("the page's language is {tag}")));
    }
    if let Some((currency, country)) = stated_currency(seen).and_then(|c| Some((c, country_of(c)?))) {
        signs.push((country, format!("prices are in {currency}")));
    }
    let named: BTreeSet<Country> = signs.iter().map(|(country, _)| *country).collect();
    let said: Vec<&str> = signs.iter().map(|(_, sign)| sign.as_str()).collect();
    match (signs.first(), named.len()) {
        (Some((country, _)), 1) => Ok((*country, said.join(", "))),
        (None, _) => Err("nothing on the page names it".to_owned()),
        _ => Err(format!("the signs disagree: {}", said.join(", "))),
    }
}

/// The one country of a national currency: the first two letters of its code (ISO 4217). Of those
/// that are used far beyond it, none.
fn country_of(currency: Currency) -> Option<Country> {
    const FAR: &[&str] = &["EUR", "USD", "AUD", "NZD", "CHF", "DKK", "NOK", "ZAR", "ILS", "MAD"];
    let code = currency.as_str();
    (!FAR.contains(&code) && !code.starts_with('X')).then(|| code[..2].parse().ok()).flatten()
}

/// What `source check` will read of this page; nothing where there is no name or price.
fn sample_of(page: &Read, id: &str, rules: &Rules, around: &Around<'_>) -> Option<Sampled> {
    if page.role == PageRole::Other {
        return None;
    }
    let extraction = crawler::extract::extract(&page.text, Some(page.url.as_str()), rules);
    let mut expect = sources::main_fields(&extraction, around);
    if sources::ambiguous_price(&extraction, around).is_some() {
        expect.remove("price");
    }
    if !expect.contains_key("name") && !expect.contains_key("price") {
        return None;
    }
    // Texts of a sample are single lines: what cannot stand there unchanged is not expected.
    expect.retain(|_, text| !text.trim().is_empty() && !text.chars().any(char::is_control));
    (!expect.is_empty()).then(|| Sampled {
        file: format!("samples/{id}.html"),
        url: page.url.to_string(),
        expect,
    })
}

/// What the head says of the site: its name, and for which regions this page is.
fn site_words(text: &str, url: &Url) -> SiteWords {
    let html = Html::parse_document(text);
    let mut words = SiteWords::default();
    let names = [
        (r#"meta[property="og:site_name"]"#, "og:site_name"),
        (r#"meta[name="application-name"]"#, "application-name"),
    ];
    for (selector, from) in names {
        let Ok(selector) = Selector::parse(selector) else { continue };
        let found = html.select(&selector).find_map(|e| e.value().attr("content")).and_then(one_line);
        if let Some(name) = found {
            words.name = Some((name, from));
            break;
        }
    }
    if let Ok(selector) = Selector::parse(r#"link[rel~="alternate"][hreflang][href]"#) {
        for link in html.select(&selector) {
            let (Some(tag), Some(href)) = (link.value().attr("hreflang"), link.value().attr("href")) else {
                continue;
            };
            if url.join(href).is_ok_and(|target| target == *url) {
                words.regions.extend(language::region(tag));
            }
        }
    }
    words
}

/// A text as it can stand on one line of the file: white space folded, at most 80 characters.
fn one_line(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let folded: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect::<String>();
    Some(folded.trim().to_owned()).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests;
