//! News feeds (RSS 2.0 and its forerunners, RSS 1.0 in RDF, Atom): the new pages a site names.
//! Not product feeds, whose entries are offers themselves. Only reads bytes: which feeds a page
//! names stands in [`Extraction::feeds`](crate::extract::Extraction::feeds), fetching is the
//! caller's.
//!
//! Feeds are often broken; what can be had is taken. Entities that a file declares are never
//! expanded.

use crate::site_file::{character, moment, text};
use chrono::{DateTime, Utc};
use quick_xml::events::{BytesStart, Event};
use url::Url;

/// Entries of one feed; what follows is not read.
pub const MAX_ENTRIES: usize = 5_000;
/// Bytes of one feed after decompression; what follows is not read.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Longest address or date.
const LONGEST: usize = 4_096;

/// A page a feed names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its address, absolute.
    pub url: String,
    /// When it was published or changed last, whichever is later.
    pub date: Option<DateTime<Utc>>,
}

/// What a feed names, in its order, each address once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewsFeed {
    /// Pages.
    pub entries: Vec<FeedEntry>,
    /// Whether the file is larger than [`MAX_ENTRIES`] or [`MAX_BYTES`] allow, and was cut.
    pub cut: bool,
}

/// Reads the body of an answer; `address` is the feed's own, against which its links are
/// resolved. What is no feed gives no entries.
pub fn read(bytes: &[u8], address: &str) -> NewsFeed {
    let (text, cut) = text(bytes, MAX_BYTES);
    let mut feed = read_text(text.trim_start(), Url::parse(address).ok().as_ref());
    feed.cut |= cut;
    feed
}

/// What is being read.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    None,
    Link,
    /// An identity that may be the address.
    Guid,
    Date,
}

/// An entry that is open.
#[derive(Default)]
struct Open {
    link: String,
    /// `feedburner:origLink`: the page itself where `link` leads through a counter.
    origin: String,
    guid: String,
    date: String,
    latest: Option<DateTime<Utc>>,
}

pub(crate) fn read_text(text: &str, base: Option<&Url>) -> NewsFeed {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut feed = NewsFeed::default();
    let mut known = std::collections::HashSet::new();
    let mut base = base.cloned();
    let mut entry: Option<Open> = None;
    let mut field = Field::None;
    let mut origin = false;
    // Only the roots of feeds open one: a page in HTML has items and links of its own.
    let mut is_feed = false;
    loop {
        let event = match reader.read_event() {
            Err(_) | Ok(Event::Eof) => break,
            Ok(event) => event,
        };
        match event {
            Event::Start(tag) | Event::Empty(tag) if !is_feed => {
                is_feed = ["rss", "feed", "RDF"].contains(&tag.local_name().as_ref());
                if !is_feed {
                    break;
                }
                base = xml_base(&tag, base.as_ref()).or(base);
            }
            Event::Start(tag) => {
                field = Field::None;
                let prefix = tag.name().prefix();
                let prefix = prefix.as_ref().map(|p| p.as_ref()).unwrap_or_default();
                match (tag.local_name().as_ref(), &mut entry) {
                    ("item" | "entry", _) => {
                        // An entry that was never closed ends where the next begins.
                        if let Some(open) = entry.take() {
                            keep(open, base.as_ref(), &mut known, &mut feed);
                        }
                        let about = attribute(&tag, "about").unwrap_or_default();
                        entry = Some(Open { guid: about, ..Open::default() });
                    }
                    (name, Some(open)) => {
                        field = begun(name, prefix, &tag, open);
                        origin = name == "origLink";
                    }
                    _ => {}
                }
            }
            Event::Empty(tag) => {
                let prefix = tag.name().prefix();
                let prefix = prefix.as_ref().map(|p| p.as_ref()).unwrap_or_default();
                if let Some(open) = &mut entry {
                    begun(tag.local_name().as_ref(), prefix, &tag, open);
                }
            }
            Event::End(tag) => {
                if let (Some(open), Field::Date) = (&mut entry, field) {
                    let read = moment(&open.date).map(|m| m.begins);
                    open.latest = open.latest.max(read);
                    open.date.clear();
                }
                field = Field::None;
                if ["item", "entry"].contains(&tag.local_name().as_ref())
                    && let Some(open) = entry.take()
                {
                    keep(open, base.as_ref(), &mut known, &mut feed);
                }
            }
            Event::Text(text) => push(&mut entry, field, origin, &text),
            Event::CData(text) => push(&mut entry, field, origin, &text),
            Event::GeneralRef(entity) => {
                if let Some(character) = character(&entity) {
                    push(&mut entry, field, origin, character.encode_utf8(&mut [0; 4]));
                }
            }
            _ => {}
        }
        if feed.cut {
            return feed;
        }
    }
    if let Some(open) = entry {
        keep(open, base.as_ref(), &mut known, &mut feed);
    }
    feed
}

/// What an element within an entry says, and what its text will.
fn begun(name: &str, prefix: &str, tag: &BytesStart<'_>, open: &mut Open) -> Field {
    match (name, prefix) {
        ("link", "" | "atom" | "a10" | "rss") => match attribute(tag, "href") {
            // Atom: the page itself; not its comments, enclosures or feeds.
            Some(href) => {
                let rel = attribute(tag, "rel");
                if rel.is_none_or(|rel| rel == "alternate") && open.link.trim().is_empty() {
                    open.link = href;
                }
                Field::None
            }
            None => Field::Link,
        },
        ("origLink", _) => Field::Link,
        ("guid", "") => match attribute(tag, "isPermaLink") {
            Some(no) if no.eq_ignore_ascii_case("false") => Field::None,
            _ => Field::Guid,
        },
        (
            "pubDate" | "updated" | "published" | "date" | "modified" | "issued",
            "" | "dc" | "atom" | "a10" | "dcterms",
        ) => {
            open.date.clear();
            Field::Date
        }
        _ => Field::None,
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found =
        tag.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
    (value.len() <= LONGEST).then(|| value.trim().to_owned())
}

fn xml_base(tag: &BytesStart<'_>, base: Option<&Url>) -> Option<Url> {
    let text = attribute(tag, "base")?;
    match base {
        Some(base) => base.join(&text).ok(),
        None => Url::parse(&text).ok(),
    }
}

fn push(entry: &mut Option<Open>, field: Field, origin: bool, text: &str) {
    let Some(open) = entry else { return };
    let target = match field {
        Field::Link if origin => &mut open.origin,
        Field::Link => &mut open.link,
        Field::Guid => &mut open.guid,
        Field::Date => &mut open.date,
        Field::None => return,
    };
    if target.len() <= LONGEST {
        target.push_str(text);
    }
}

fn keep(open: Open, base: Option<&Url>, known: &mut std::collections::HashSet<String>, feed: &mut NewsFeed) {
    let address = |text: &String| {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let mut url = match base {
            Some(base) => base.join(text).ok()?,
            None => Url::parse(text).ok()?,
        };
        url.set_fragment(None);
        matches!(url.scheme(), "http" | "https").then(|| String::from(url))
    };
    // An identity is only an address where it reads like one.
    let guid = Some(&open.guid).filter(|guid| guid.trim().starts_with("http"));
    let url = address(&open.origin).or_else(|| address(&open.link)).or_else(|| guid.and_then(address));
    let Some(url) = url.filter(|url| !known.contains(url)) else { return };
    if feed.entries.len() == MAX_ENTRIES {
        feed.cut = true;
        return;
    }
    known.insert(url.clone());
    feed.entries.push(FeedEntry { url, date: open.latest });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str) -> Vec<String> {
        let feed = read(text.as_bytes(), "https://a.example/feeds/new.xml");
        let date = |d: Option<DateTime<Utc>>| d.map_or("-".to_owned(), |d| d.format("%FT%TZ").to_string());
        feed.entries.iter().map(|e| format!("{} {}", e.url, date(e.date))).collect()
    }

    #[test]
    fn rss_is_read() {
        let seen = told(
            r#"<?xml version="1.0"?><rss version="2.0" xmlns:atom="a" xmlns:dc="d" xmlns:feedburner="f"><channel><title>New</title>
            <link>https://a.example/</link><atom:link href="https://a.example/feed" rel="self"/><pubDate>Mon, 02 Feb 2026 00:00:00 GMT</pubDate>
            <item><title>1</title><link> https://a.example/1?a=1&amp;b=2#x </link><pubDate>Tue, 03 Feb 2026 10:00:00 +0100</pubDate><comments>https://a.example/1/c</comments></item>
            <item><link><![CDATA[/2]]></link><dc:date>2026-02-04</dc:date></item>
            <item><guid>https://a.example/3</guid></item><item><guid isPermaLink="false">https://a.example/no</guid></item>
            <item><guid>tag:3</guid></item><item><link>https://count.example/9</link><feedburner:origLink>https://a.example/4</feedburner:origLink></item>
            <item><link>/2</link></item><item><link>/5</link>"#,
        );
        assert_eq!(
            seen,
            [
                "https://a.example/1?a=1&b=2 2026-02-03T09:00:00Z",
                "https://a.example/2 2026-02-04T00:00:00Z",
                "https://a.example/3 -",
                "https://a.example/4 -",
                "https://a.example/5 -",
            ]
        );
    }

    #[test]
    fn atom_and_rdf_are_read() {
        let atom = told(
            r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/shop/"><link href="/"/><updated>2026-02-01T00:00:00Z</updated>
            <entry><id>urn:1</id><link rel="replies" href="/1/c"/><link rel="alternate" href="tea-1"/><published>2026-02-03T10:00:00Z</published><updated>2026-02-05T10:00:00Z</updated>
            <content type="xhtml"><div><a href="/x">x</a></div></content></entry>
            <entry><link href="https://a.example/2"></link></entry><entry><id>https://a.example/3</id></entry></feed>"#,
        );
        assert_eq!(atom, ["https://a.example/shop/tea-1 2026-02-05T10:00:00Z", "https://a.example/2 -"]);
        let rdf = told(
            r#"<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/" xmlns:dc="d"><channel rdf:about="https://a.example/"><link>https://a.example/</link></channel>
            <item rdf:about="https://a.example/1"><link>https://a.example/1</link><dc:date>2026-02-03T10:00:00+01:00</dc:date></item><item rdf:about="https://a.example/2"/><item rdf:about="https://a.example/3"></item></rdf:RDF>"#,
        );
        assert_eq!(rdf[0], "https://a.example/1 2026-02-03T09:00:00Z");
        assert_eq!(rdf.last().unwrap(), "https://a.example/3 -");
    }

    #[test]
    fn what_is_no_feed_or_a_bomb_gives_nothing() {
        assert!(told("<html><body><item><link>https://a.example/</link></item></body></html>").is_empty());
        assert!(told("{}").is_empty() && told("").is_empty());
        let bomb = told(
            "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><item><link>https://a.example/&b;1</link></item></rss>",
        );
        assert_eq!(bomb, ["https://a.example/1 -"]);
        let many: String = (0..=MAX_ENTRIES).map(|i| format!("<item><link>/{i}</link></item>")).collect();
        let feed = read(format!("<rss>{many}</rss>").as_bytes(), "https://a.example/");
        assert_eq!((feed.entries.len(), feed.cut), (MAX_ENTRIES, true));
        let long =
            format!("<rss><item><link>/{}</link></item><item><link>/2</link></item></rss>", "x".repeat(5000));
        assert_eq!(told(&long), ["https://a.example/2 -"]);
        let large = format!(
            "<rss><item><link>/1</link></item>{}<item><link>/2</link></item></rss>",
            " ".repeat(MAX_BYTES)
        );
        let feed = read(large.as_bytes(), "https://a.example/");
        assert_eq!((feed.entries.len(), feed.cut), (1, true));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(<rss>|<feed xml:base='/a'>|<item>|<entry>|<link>|<link href='/x'/>|</link>|</item>|&amp;|&#x;|/a|<guid>|<!\\[CDATA\\[|<pubDate>|2026){0,14}") {
            let _ = read(&bytes, "https://a.example/");
            for entry in read(text.as_bytes(), "https://a.example/").entries {
                prop_assert!(entry.url.starts_with("http"));
            }
        }
    }
}
