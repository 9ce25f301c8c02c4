//! Sitemaps (sitemaps.org protocol 0.9): which addresses a site itself names. Only reads bytes;
//! the fetching is the engine's.

use chrono::{DateTime, Utc};

/// One address of a sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitemapEntry {
    /// The address, canonical.
    pub url: String,
    /// When the site says it changed last.
    pub lastmod: Option<DateTime<Utc>>,
}
