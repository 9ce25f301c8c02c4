//! The crawler: due addresses in, archived pages and listings out.
//!
//! One [`Engine`] serves one [`model::Source`]. A visit goes through pace, robots.txt, address
//! guard, fetch and archive, in that order, and ends in one [`Outcome`]. Nothing here knows a
//! database, a queue or a web server: the caller decides what is due and keeps what comes out.
//!
//! * [`source_file`]: a source's TOML file, each mistake one message with its place;
//! * [`robots`]: robots.txt after RFC 9309;
//! * [`archive`]: WARC/1.1 files, written and read back with their digests verified;
//! * [`decode`]: payload bytes to text;
//! * [`address`]: one spelling per page address; [`canonical`]: which of several addresses is meant;
//! * [`paths`]: path patterns, and what a link is by them: product, list, next page;
//! * [`sitemap`], [`news_feed`]: which pages a site itself names;
//! * [`extract`]: pages to listings; [`product_feed`]: feeds; [`json_api`]: answers of JSON
//!   interfaces; [`read_source`]: whichever a source is.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod address;
pub mod archive;
mod asking;
pub mod canonical;
mod cookies;
pub mod decode;
mod directives;
mod engine;
mod error;
pub mod extract;
mod fetch;
pub mod guard;
pub mod host;
#[cfg(test)]
mod hostile_secrets_tests;
#[cfg(test)]
mod hostile_server_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod hostile_tls_tests;
pub mod json_api;
mod lease;
pub mod news_feed;
mod pace;
mod paging;
pub mod paths;
mod payload;
pub mod product_feed;
mod public_address;
mod read_source;
pub mod robots;
mod robots_asking;
mod robots_cache;
pub mod secret;
mod site_file;
pub mod sitemap;
pub mod source_file;
mod tls;
mod wall;

pub use asking::{EngineOptions, Outcome, Target, TargetKind, Visit};
pub use directives::Directives;
pub use engine::Engine;
pub use error::{CrawlError, SourceError};
pub use host::{HostPace, Hosts};
pub use lease::LeaseClock;
pub use read_source::{ReadProblem, SourceRead, read_source};
pub use robots_cache::{KnownRobots, RobotsNews};
pub use secret::{Secret, SecretError};
pub use sitemap::SitemapEntry;
