//! From an archived page to what a source of any kind says on it: pages, product feeds and answers
//! of a JSON interface give the same value, so that whoever collects treats all alike. Not here:
//! fetching, and what becomes of the listings.

use crate::extract::{self, Extraction, Link};
use crate::product_feed::{self, Feed, Seen};
use crate::{CrawlError, decode, json_api};
use model::{Page, Source, SourceKind};
use std::borrow::Cow;
use std::fmt;

/// How much of a payload is looked at to tell text from other things, before it is read in place.
const SNIFF: usize = 4 * 1024;

/// A part of a feed or answer that could not be read; the rest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProblem {
    /// Where: `row 13`, `/rss/channel/item[12]`, `/data/products/3`; `feed` or `answer` for the whole.
    pub place: String,
    /// What is wrong, in a sentence without the secrets of an address.
    pub what: String,
}

impl ReadProblem {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        ReadProblem { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What a page, feed or answer says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceRead {
    /// Listings and links. A feed has no links; an API's next answer is a link with `rel_next`.
    pub page: Extraction,
    /// Parts that could not be read, at most [`product_feed::PROBLEMS`].
    pub problems: Vec<ReadProblem>,
    /// Problems beyond that number.
    pub more_problems: u64,
}

/// Reads a page by the kind of its source: [`extract::extract`], [`product_feed::read`] or
/// [`json_api::read`]. `warc` is read as pages are: its records are pages.
///
/// # Errors
/// [`CrawlError::NotText`] where the payload is no text. Everything else that is wrong with a feed
/// or an answer is among the problems.
pub fn read_source(source: &Source, page: &Page) -> Result<SourceRead, CrawlError> {
    let content_type = page.content_type.as_deref();
    match source.kind {
        SourceKind::Pages | SourceKind::Warc => {
            let decoded = decode::to_text(&page.body, content_type)?;
            let url = Some(page.url.as_str()).filter(|url| !url.is_empty());
            Ok(SourceRead {
                page: extract::offers(&decoded.text, url, &source.rules),
                ..SourceRead::default()
            })
        }
        SourceKind::Feed => {
            let seen = Seen { url: &page.url, at: page.fetched_at, limit: source.budget.page_bytes };
            let feed = Feed::open(&page.body, content_type, &source.feed, seen)?;
            let read = product_feed::read(&feed);
            Ok(SourceRead {
                page: Extraction { listings: read.listings, ..Extraction::default() },
                problems: read.problems,
                more_problems: read.more_problems,
            })
        }
        SourceKind::Api => {
            // The check of source files holds that an API has its rules.
            let Some(rules) = &source.api else {
                let problem = ReadProblem::new("answer", "the source file has no table [api]");
                return Ok(SourceRead { problems: vec![problem], ..SourceRead::default() });
            };
            let text = text_of(&page.body, content_type)?;
            let read = json_api::read(text.as_bytes(), rules, &page.url);
            let links = read.next.into_iter().map(|url| Link { url, rel_next: true, ..Link::default() });
            Ok(SourceRead {
                page: Extraction { listings: read.listings, links: links.collect(), ..Extraction::default() },
                problems: read.problems,
                more_problems: read.more_problems,
            })
        }
    }
}

/// A payload as text, without a copy where it is UTF-8 as it stands.
pub(crate) fn text_of<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Result<Cow<'a, str>, CrawlError> {
    decode::to_text(&bytes[..bytes.len().min(SNIFF)], content_type)?;
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(plain) {
        // Pure ASCII may stand for something else (ISO-2022-JP), NUL bytes for UTF-16.
        Ok(text) if !plain.contains(&0) && !plain.contains(&0x1b) => Ok(Cow::Borrowed(text)),
        _ => Ok(decode::to_text(bytes, content_type)?.text),
    }
}

/// Keeps the first problems and counts the others.
#[derive(Default)]
pub(crate) struct Problems {
    pub(crate) kept: Vec<ReadProblem>,
    pub(crate) more: u64,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: ReadProblem) {
        if self.kept.len() < product_feed::PROBLEMS {
            self.kept.push(problem);
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
#[path = "read_source_tests.rs"]
mod tests;
