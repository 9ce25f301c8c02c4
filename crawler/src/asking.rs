//! What the crawler is asked for and what comes of it: targets, outcomes, options. Values only; the
//! visit itself is [`crate::Engine`]'s.

use crate::archive::Archive;
use crate::{Directives, Hosts, Secret};
use chrono::{DateTime, Utc};
use model::{ArchiveRef, Clock, ContentHash, Page, Validators};
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
    /// A visit waits at most this long (or the usual pace, where that is longer) for its host's
    /// turn; a host that asked for more quiet gives [`Outcome::Resting`].
    pub max_wait: Duration,
    /// Seed of the jitter, which only ever makes pauses longer: a different one for every worker,
    /// so that they do not all come back at the same moment.
    pub seed: u64,
    /// The key of the source's API, if it asks for one.
    pub secret: Option<Secret>,
}

impl EngineOptions {
    /// The usual options: `touchstone/` and the crate's version, own hosts, a minute of patience,
    /// seed 0, no key.
    pub fn new(archive: Arc<Mutex<Archive>>, clock: Arc<dyn Clock>) -> Self {
        EngineOptions {
            user_agent_product: format!("touchstone/{}", env!("CARGO_PKG_VERSION")),
            archive,
            clock,
            hosts: Hosts::default(),
            max_wait: Duration::from_secs(60),
            seed: 0,
            secret: None,
        }
    }
}

/// What is expected behind an address: it decides what may be asked for and how much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TargetKind {
    /// A page of the source: hosts, paths and depth of the source file hold; at most
    /// `budget.page_bytes`, larger ones are given up.
    #[default]
    Page,
    /// A sitemap or an index of them, named by robots.txt or another sitemap. Paths and depth do not
    /// hold for it, and its host need not be the source's: whoever puts one into a frontier asks
    /// [`crate::Engine::admits`] before. 50 MiB are read, the rest is cut off.
    Sitemap,
    /// A feed on one of the source's hosts; paths and depth do not hold for it. 50 MiB are read, the
    /// rest is cut off.
    Feed,
}

/// An address to visit, and what is known of it.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The address, canonical.
    pub url: String,
    /// What is expected there.
    pub kind: TargetKind,
    /// Links away from a start page.
    pub depth: u32,
    /// Where it was found, for the archive: the address of the page, sitemap or redirect.
    pub via: Option<String>,
    /// Validators of the last visit, for a conditional request.
    pub validators: Validators,
    /// Payload hash of the last visit.
    pub known_hash: Option<ContentHash>,
}

/// What a visit came to, and what it cost the site.
#[derive(Debug, Clone)]
pub struct Visit {
    /// How it ended.
    pub outcome: Outcome,
    /// Requests sent for it, 0 or 1; those for robots.txt are counted in
    /// [`crate::RobotsNews::requests`].
    pub requests: u32,
    /// Bytes of the decoded payload that was read, whatever became of it.
    pub bytes: u64,
}

/// How a visit ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A page, sitemap or feed, archived, and what its header asks of indexers.
    Page(Page, Directives),
    /// Not changed since the last visit: 304, or the same payload.
    Unchanged {
        /// The revisit record.
        archive: Option<ArchiveRef>,
        /// When this was seen.
        seen_at: DateTime<Utc>,
        /// Validators for the next visit.
        validators: Validators,
    },
    /// The server points elsewhere; not followed here: the target goes through the frontier, and the
    /// caller counts the hops.
    Redirect {
        /// Canonical absolute address.
        to: String,
        /// HTTP status.
        status: u16,
    },
    /// robots.txt does not allow it. Nothing was sent for the address.
    Disallowed {
        /// Why, in a sentence.
        reason: String,
        /// Set where robots.txt could not be had, which closes everything (RFC 9309 section 2.3.1.4):
        /// when it will be asked for again, at the soonest.
        retry_after: Option<Duration>,
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
    /// Asked for, and no usable answer.
    Failed {
        /// Why, in a sentence.
        reason: String,
        /// How long the host is left alone now.
        retry_after: Option<Duration>,
        /// Whether another try makes sense.
        retry: bool,
    },
    /// Nothing was sent: the host is being left alone after a failure or at its own wish
    /// (Retry-After). No attempt at this address.
    Resting {
        /// For how long still.
        wait: Duration,
    },
    /// Nothing was sent: by the host's pace its turn would come too late for the request to end
    /// within the lease, or the requests of the lease are used. No attempt at this address.
    LeaseOver,
    /// The site does not want to be read by machines: refusals in a row, a captcha, login pages
    /// where offers were asked for. The source stops, whatever it is asked for next; a wall is never
    /// worked around.
    Wall {
        /// What was seen.
        sign: String,
    },
}
