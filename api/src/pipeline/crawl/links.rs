//! Which addresses a page leads to, and what comes first: products and next pages are what the budget
//! is for, sitemaps and feeds name the rest.

use crawler::canonical::{self, CanonicalUse, Differs};
use crawler::extract::Extraction;
use crawler::paths::{LinkRole, LinkRules};
use crawler::{Engine, TargetKind};
use model::{Page, Source, SourceKind};
use store::{NewUrl, UrlKind};
use url::Url;

/// Priorities of the frontier. Sitemaps and feeds first: they say what there is.
const INDEX: i32 = 20;
/// Product pages and the next page of a list.
const WANTED: i32 = 10;

/// The addresses of one source.
pub(super) struct Links<'a> {
    pub source: &'a Source,
    pub engine: &'a Engine,
    pub rules: &'a LinkRules,
}

impl Links<'_> {
    /// The start pages; of a source with product rules they are lists, and still come first.
    pub fn start(&self) -> Vec<NewUrl> {
        self.source.start.iter().filter_map(|url| self.page(url, 0, WANTED)).collect()
    }

    /// A page of the source; `None` outside its scope.
    pub fn page(&self, url: &str, depth: u32, priority: i32) -> Option<NewUrl> {
        let (url, host) = self.engine.page_address(url)?;
        Some(NewUrl { url, host, kind: UrlKind::Page, depth, redirects: 0, priority, changed_at: None })
    }

    /// Where a redirect leads.
    pub fn redirect(&self, to: &str, kind: UrlKind, depth: u32, redirects: u32) -> Option<NewUrl> {
        let target = match kind {
            UrlKind::Page => self.page(to, depth, self.priority(to)),
            _ => self.index(to, kind, depth),
        };
        target.map(|url| NewUrl { redirects, ..url })
    }

    /// What a page links to.
    pub fn of_page(&self, extraction: &Extraction, depth: u32) -> Vec<NewUrl> {
        let mut found = Vec::with_capacity(extraction.links.len());
        if self.source.kind == SourceKind::Api {
            // The next answers of a list are no further away than its first.
            found.extend(extraction.links.iter().filter_map(|link| self.page(&link.url, depth, WANTED)));
        } else if depth < self.source.budget.depth {
            for link in extraction.links.iter().filter(|link| !link.nofollow) {
                let role = self.rules.role(link);
                if self.rules.follows(role) {
                    // Numbered pages of a list are next pages that are named early.
                    let wanted = link.list_page || matches!(role, LinkRole::Product | LinkRole::Next);
                    found.extend(self.page(&link.url, depth + 1, if wanted { WANTED } else { 0 }));
                }
            }
        }
        found
    }

    /// The news feeds a start page names.
    pub fn feeds(&self, extraction: &Extraction) -> Vec<NewUrl> {
        let wanted = self.source.feeds && self.source.kind == SourceKind::Pages;
        let feeds = extraction.feeds.iter().filter(|_| wanted);
        feeds.filter_map(|url| self.index(url, UrlKind::Feed, 0)).collect()
    }

    /// What a news feed leads to.
    pub fn of_feed(&self, page: &Page) -> Vec<NewUrl> {
        let entries = crawler::news_feed::read(&page.body, &page.url).entries;
        let urls = entries.iter().filter_map(|entry| {
            let url = self.page(&entry.url, 1, self.priority(&entry.url))?;
            Some(NewUrl { changed_at: entry.date, ..url })
        });
        urls.collect()
    }

    /// Whether offers are read from a page.
    pub fn is_product(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.rules.may_hold_products(&url))
    }

    /// The address a page is only another spelling of, by its own word.
    pub fn spelled(&self, page: &Page, extraction: &Extraction) -> Option<String> {
        let known = canonical::Known {
            rules: self.rules,
            in_scope: &|url| self.engine.in_scope(url),
            // Chains of spellings end with the frontier: each address is in it once.
            named_by: &|_| None,
        };
        match canonical::decide(&page.url, extraction.canonical.as_deref(), known) {
            // Another query or path may be a variant with a price of its own.
            CanonicalUse::ViewOf { address, differs: Differs::Spelling } => Some(address),
            _ => None,
        }
    }

    /// The sitemaps that the robots.txt files known so far name.
    pub fn sitemaps(&self) -> Vec<NewUrl> {
        if !self.source.sitemaps || self.source.kind != SourceKind::Pages {
            return Vec::new();
        }
        self.engine.robots_sitemaps().iter().filter_map(|url| self.index(url, UrlKind::Sitemap, 0)).collect()
    }

    /// What a sitemap names: its pages, and further sitemaps.
    pub fn of_sitemap(&self, page: &Page, depth: u32) -> Vec<NewUrl> {
        let found = crawler::sitemap::read(&page.body);
        let mut urls = Vec::with_capacity(found.pages.len());
        // An index names sitemaps, those name pages: more levels are no sitemap's.
        if depth < 3 {
            urls.extend(
                found.sitemaps.iter().filter_map(|entry| self.index(&entry.url, UrlKind::Sitemap, depth + 1)),
            );
        }
        for entry in found.pages {
            // A sitemap may name every page of a shop: with product rules, only those are wanted.
            if self.is_product(&entry.url) {
                let url = self.page(&entry.url, 1, self.priority(&entry.url));
                urls.extend(url.map(|url| NewUrl { changed_at: entry.lastmod, ..url }));
            }
        }
        urls
    }

    fn index(&self, url: &str, kind: UrlKind, depth: u32) -> Option<NewUrl> {
        let url = Engine::canonical_url(url, url)?;
        let target = if kind == UrlKind::Feed { TargetKind::Feed } else { TargetKind::Sitemap };
        if !self.engine.admits(&url, target) {
            return None;
        }
        let host = self.engine.group_of(&url)?;
        Some(NewUrl { url, host, kind, depth, redirects: 0, priority: INDEX, changed_at: None })
    }

    fn priority(&self, url: &str) -> i32 {
        let product = Url::parse(url).is_ok_and(|url| self.rules.is_product(&url));
        if product { WANTED } else { 0 }
    }
}
