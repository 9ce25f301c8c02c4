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
//! * [`extract`]: pages to listings.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod address;
pub mod archive;
pub mod canonical;
pub mod decode;
mod directives;
mod engine;
mod error;
pub mod extract;
mod fetch;
pub mod guard;
pub mod host;
pub mod news_feed;
mod paging;
pub mod paths;
pub mod robots;
mod site_file;
pub mod sitemap;
pub mod source_file;
mod wall;

pub use directives::Directives;
pub use engine::{Engine, EngineOptions, Outcome, Target};
pub use error::{CrawlError, SourceError};
pub use host::Hosts;
pub use sitemap::SitemapEntry;
