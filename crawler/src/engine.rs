//! A visit to one address: pace, robots.txt, guard, fetch, archive.

use crate::archive::Archive;
use crate::{CrawlError, Hosts, SitemapEntry};
use chrono::{DateTime, Utc};
use model::{ArchiveRef, Clock, ContentHash, Page, Source, Validators};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What an engine needs beside its source.
#[derive(Clone)]
pub struct EngineOptions {
    /// Product token and version of the user agent: `touchstone/0.1`. What stands before the
    /// slash is the token looked for in robots.txt.
    pub user_agent_product: String,
    /// Where pages are archived.
    pub archive: Arc<Mutex<Archive>>,
    /// The present moment, for records and for the age of robots.txt.
    pub clock: Arc<dyn Clock>,
    /// The hosts this process talks to; share one among all engines.
    pub hosts: Hosts,
    /// A visit waits at most this long for its host's turn; a host that asks for more is given
    /// back as [`Outcome::Failed`] with `retry_after`.
    pub max_wait: Duration,
}

impl EngineOptions {
    /// The usual options: `touchstone/` and the crate's version, own hosts, a minute of patience.
    pub fn new(archive: Arc<Mutex<Archive>>, clock: Arc<dyn Clock>) -> Self {
        EngineOptions {
            user_agent_product: format!("touchstone/{}", env!("CARGO_PKG_VERSION")),
            archive,
            clock,
            hosts: Hosts::default(),
            max_wait: Duration::from_secs(60),
        }
    }
}

/// An address to visit, and what is known of it.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The address.
    pub url: String,
    /// Links away from a start page.
    pub depth: u32,
    /// Validators of the last visit, for a conditional request.
    pub validators: Validators,
    /// Payload hash of the last visit.
    pub known_hash: Option<ContentHash>,
}

/// How a visit ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A page, archived.
    Page(Page),
    /// Not changed since the last visit: 304, or the same payload.
    Unchanged {
        /// The revisit record.
        archive: Option<ArchiveRef>,
        /// When this was seen.
        seen_at: DateTime<Utc>,
        /// Validators for the next visit.
        validators: Validators,
    },
    /// The server points elsewhere; not followed here: the target goes through the frontier.
    Redirect {
        /// Canonical absolute address.
        to: String,
        /// HTTP status.
        status: u16,
    },
    /// robots.txt does not allow it.
    Disallowed {
        /// Why, in a sentence.
        reason: String,
    },
    /// Never asked: scheme, scope, or an address that is not public.
    Refused {
        /// Why, in a sentence.
        reason: String,
    },
    /// The server answered with an error status.
    HttpError {
        /// HTTP status.
        status: u16,
    },
    /// No usable answer.
    Failed {
        /// Why, in a sentence.
        reason: String,
        /// How long to leave the host alone.
        retry_after: Option<Duration>,
        /// Whether another try makes sense.
        retry: bool,
    },
    /// The site does not want to be read by machines: 401, 403, a captcha. The source stops; it
    /// is never worked around.
    Wall {
        /// What was seen.
        sign: String,
    },
}

/// Visits the pages of one source.
pub struct Engine {}

impl Engine {
    /// An engine for one source.
    pub fn new(source: Source, options: EngineOptions) -> Result<Engine, CrawlError> {
        let _ = (source, options);
        unimplemented!()
    }
    /// Visits one address. Errors are fatal for the crawl (the archive cannot be written);
    /// whatever is wrong with one page is an [`Outcome`].
    pub async fn visit(&self, target: &Target) -> Result<Outcome, CrawlError> {
        let _ = target;
        unimplemented!()
    }
    /// The addresses in scope that the sitemaps named in robots.txt list. Empty when the source
    /// does not want sitemaps.
    pub async fn sitemap_urls(&self) -> Result<Vec<SitemapEntry>, CrawlError> {
        unimplemented!()
    }
    /// Whether an address belongs to the source.
    pub fn in_scope(&self, url: &str) -> bool {
        let _ = url;
        unimplemented!()
    }
    /// See [`crate::address::host_of`].
    pub fn host_of(url: &str) -> Option<String> {
        crate::address::host_of(url)
    }
    /// See [`crate::address::canonical_url`].
    pub fn canonical_url(base: &str, href: &str) -> Option<String> {
        crate::address::canonical_url(base, href)
    }
}
