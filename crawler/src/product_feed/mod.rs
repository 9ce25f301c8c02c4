//! Product feeds in the form of Google Merchant: XML (RSS 2.0 or Atom with elements of the `g:`
//! namespace) and tables with a header row of attribute names.
//!
//! A feed is read item by item: [`Feed::items`] holds no more than one, so that a feed of any size
//! can be written down in batches; [`read`] collects them. `xml` and `table` give an item's values
//! with their places, `attributes` says what they mean. A bad item is a problem with its place and
//! never sinks the others. Not here: fetching, prices as numbers.

mod attributes;
mod moments;
mod table;
mod xml;

#[cfg(test)]
mod tests;

use crate::CrawlError;
use crate::read_source::{Problems, ReadProblem, text_of};
use chrono::{DateTime, Utc};
use model::{FeedFormat, FeedRules, Listing};
use std::borrow::Cow;
use std::io::Read;
use url::Url;

/// Items read of one feed.
pub const ITEMS: u64 = 1_000_000;
/// Problems told of one feed; more are counted.
pub const PROBLEMS: usize = 1_000;
/// Values (elements, cells) read of one item.
const VALUES: usize = 500;
/// Bytes read of one value; a longer description is cut there, any other value left out.
const VALUE_BYTES: usize = 20_000;

/// Where and when a feed was seen.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Its address: relative links are resolved against it.
    pub url: &'a str,
    /// When: decides whether a sale price holds and whether an offer has expired.
    pub at: DateTime<Utc>,
    /// Bytes of a feed that is itself a gzip file, after decompression.
    pub limit: u64,
}

/// A feed, ready to be read.
pub struct Feed<'a> {
    text: Cow<'a, str>,
    xml: bool,
    rules: &'a FeedRules,
    base: Option<Url>,
    at: DateTime<Utc>,
    /// What was wrong with the file as a whole.
    problem: Option<ReadProblem>,
}

/// One item of a feed: an offer, or why there is none; with an offer, what of it was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedItem {
    /// The offer.
    pub listing: Option<Listing>,
    /// What could not be read.
    pub problems: Vec<ReadProblem>,
}

/// A whole feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedRead {
    /// The offers, in the feed's order.
    pub listings: Vec<Listing>,
    /// What could not be read, the first [`PROBLEMS`].
    pub problems: Vec<ReadProblem>,
    /// Problems beyond that number.
    pub more_problems: u64,
}

impl<'a> Feed<'a> {
    /// Opens a feed: finds its encoding and form. `content_type` is the header as sent. A gzip file
    /// is unpacked up to `seen.limit`.
    ///
    /// # Errors
    /// [`CrawlError::NotText`] for anything that is neither text nor gzipped text.
    pub fn open(
        bytes: &'a [u8],
        content_type: Option<&str>,
        rules: &'a FeedRules,
        seen: Seen<'_>,
    ) -> Result<Feed<'a>, CrawlError> {
        let mut problem = None;
        let text = if bytes.starts_with(b"\x1f\x8b") {
            let mut plain = Vec::new();
            let unpacked = flate2::bufread::MultiGzDecoder::new(bytes)
                .take(seen.limit.saturating_add(1))
                .read_to_end(&mut plain);
            if let Err(error) = unpacked {
                problem = Some(ReadProblem::new("feed", format!("the gzip file is broken: {error}")));
            } else if plain.len() as u64 > seen.limit {
                plain.truncate(seen.limit.try_into().unwrap_or(usize::MAX));
                problem = Some(ReadProblem::new(
                    "feed",
                    format!(
                        "it unpacks to more than {} bytes; what stands behind is not read: raise budget.page_bytes",
                        seen.limit
                    ),
                ));
            }
            Cow::Owned(text_of(&plain, None)?.into_owned())
        } else {
            text_of(bytes, content_type)?
        };
        let xml = match rules.format {
            FeedFormat::Xml => true,
            FeedFormat::Tsv | FeedFormat::Csv => false,
            FeedFormat::Auto => text.trim_start().starts_with('<'),
        };
        Ok(Feed { text, xml, rules, base: Url::parse(seen.url).ok(), at: seen.at, problem })
    }

    /// Its items, one at a time, in constant memory.
    pub fn items(&self) -> Items<'_> {
        let raw = match self.xml {
            true => Raw::Xml(Box::new(xml::Items::new(&self.text))),
            false => Raw::Table(Box::new(table::Items::new(&self.text, self.rules))),
        };
        Items { feed: self, raw, read: 0, told: false, ended: false, problem: self.problem.clone() }
    }
}

/// Reads a whole feed.
pub fn read(feed: &Feed<'_>) -> FeedRead {
    let mut read = FeedRead::default();
    let mut problems = Problems::default();
    for item in feed.items() {
        read.listings.extend(item.listing);
        item.problems.into_iter().for_each(|problem| problems.add(problem));
    }
    FeedRead { problems: problems.kept, more_problems: problems.more, ..read }
}

/// The items of a feed, as [`Feed::items`] gives them.
pub struct Items<'a> {
    feed: &'a Feed<'a>,
    raw: Raw<'a>,
    read: u64,
    /// Whether a problem was told.
    told: bool,
    ended: bool,
    problem: Option<ReadProblem>,
}

enum Raw<'a> {
    Xml(Box<xml::Items<'a>>),
    Table(Box<table::Items<'a>>),
}

impl Items<'_> {
    fn end(&mut self, problem: ReadProblem) -> Option<FeedItem> {
        self.ended = true;
        Some(FeedItem { listing: None, problems: vec![problem] })
    }
}

impl Iterator for Items<'_> {
    type Item = FeedItem;

    fn next(&mut self) -> Option<FeedItem> {
        if self.ended {
            return None;
        }
        let next = match &mut self.raw {
            Raw::Xml(items) => items.next(),
            Raw::Table(items) => items.next(),
        };
        match next {
            Some(_) if self.read >= ITEMS => {
                let what = format!("it has more than {ITEMS} items; the others are not read");
                self.end(ReadProblem::new("feed", what))
            }
            Some(Ok(item)) => {
                self.read += 1;
                Some(attributes::read(&item, self.feed))
            }
            Some(Err(problem)) => {
                self.told = true;
                Some(FeedItem { listing: None, problems: vec![problem] })
            }
            None => {
                // What is wrong with the end of a file is told at its end.
                let problem = self.problem.take();
                let empty = (self.read == 0 && !self.told && problem.is_none()).then(|| match &self.raw {
                    Raw::Xml(_) => ReadProblem::new("feed", "it has no <item> or <entry>"),
                    Raw::Table(_) => ReadProblem::new("feed", "it has no rows below its header"),
                });
                self.end(problem.or(empty)?)
            }
        }
    }
}

/// One item as the file has it.
#[derive(Debug, Default)]
struct RawItem {
    /// `/rss/channel/item[12]` or `row 13`.
    place: String,
    /// Whether it is an element: decides how the place of a value is written.
    element: bool,
    /// Whether it is an Atom entry, whose plain `id` is no article number.
    atom: bool,
    values: Vec<Value>,
    /// What of it could not be read.
    problems: Vec<ReadProblem>,
}

/// One value of an item.
#[derive(Debug, Default)]
struct Value {
    /// Attribute name: lower case, underscores, without prefix; nested ones as `shipping/country`.
    name: String,
    /// As written, with prefix.
    written: String,
    rank: Rank,
    text: String,
    /// Whether the text is longer than what was kept of it.
    cut: bool,
}

/// Whose word a value is; the first prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Rank {
    /// Of the Google namespace, or a column of a table.
    #[default]
    Attribute,
    /// Of RSS or Atom itself.
    Plain,
    /// Of another namespace: read only where the source's file names it.
    Foreign,
}

impl RawItem {
    fn place_of(&self, value: &Value) -> String {
        match self.element {
            true => format!("{}/{}", self.place, value.written),
            false => format!("{}, column {}", self.place, value.written),
        }
    }
}

/// An attribute's name in the one spelling under which it is looked for: `Sale Price`, `g:sale_price`
/// and `sale-price` are `sale_price`.
fn attribute_name(written: &str) -> String {
    let written = written.trim();
    let bare = written.strip_prefix("g:").or_else(|| written.strip_prefix("G:")).unwrap_or(written);
    bare.trim()
        .chars()
        .map(|c| if c == ' ' || c == '-' { '_' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Appends what there is room for; whether all of it found room.
fn append(into: &mut String, text: &str) -> bool {
    let room = VALUE_BYTES.saturating_sub(into.len());
    let mut end = room.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    into.push_str(&text[..end]);
    end == text.len()
}
