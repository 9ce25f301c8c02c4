//! Which addresses a page leads to, and what comes first: products and next pages are what the budget
//! is for, sitemaps and feeds name the rest.

use crate::pipeline::offers::is_product;
use crawler::extract::Extraction;
use crawler::{Engine, TargetKind};
use model::{Page, Source, SourceKind};
use store::{NewUrl, UrlKind};

/// Priorities of the frontier. Sitemaps and feeds first: they say what there is.
const INDEX: i32 = 20;
/// Product pages and the next page of a list.
const WANTED: i32 = 10;

/// The addresses of one source.
pub(super) struct Links<'a> {
    pub source: &'a Source,
    pub engine: &'a Engine,
}

impl Links<'_> {
    /// The start pages; of a source with product rules they are lists, and still come first.
    pub fn start(&self) -> Vec<NewUrl> {
        self.source.start.iter().filter_map(|url| self.page(url, 0, WANTED)).collect()
    }

    /// A page of the source; `None` outside its scope.
    pub fn page(&self, url: &str, depth: u32, priority: i32) -> Option<NewUrl> {
        let url = Engine::canonical_url(url, url)?;
        if !self.engine.in_scope(&url) {
            return None;
        }
        let host = self.engine.group_of(&url)?;
        Some(NewUrl { url, host, kind: UrlKind::Page, depth, redirects: 0, priority, changed_at: None })
    }

    /// Where a redirect leads.
    pub fn redirect(&self, to: &str, kind: UrlKind, depth: u32, redirects: u32) -> Option<NewUrl> {
        let priority = if kind == UrlKind::Page { self.priority(to, false) } else { INDEX };
        let target = match kind {
            UrlKind::Page => self.page(to, depth, priority),
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
                let priority = self.priority(&link.url, link.rel_next);
                found.extend(self.page(&link.url, depth + 1, priority));
            }
        }
        found
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
            if is_product(&self.source.rules, &entry.url) {
                let url = self.page(&entry.url, 1, self.priority(&entry.url, false));
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

    fn priority(&self, url: &str, next: bool) -> i32 {
        if next || is_product(&self.source.rules, url) { WANTED } else { 0 }
    }
}
