//! Sitemaps (sitemaps.org protocol 0.9): which addresses a site itself names. Only reads bytes;
//! fetching, robots.txt (which lists sitemaps:
//! [`RobotsFile::sitemaps`](crate::robots::RobotsFile::sitemaps)) and scope are the caller's.
//!
//! Read are indexes, sets of addresses, plain lists of addresses, and the RSS and Atom files that
//! the protocol also allows; gzipped or not; UTF-8, or UTF-16 with its mark. Elements of
//! extensions (images, videos, news, alternates in other languages) are passed over. What is
//! broken gives what stands before the break; what is no sitemap gives nothing.

use crate::address::host_of;
use crate::news_feed;
use crate::site_file::{character, moment, text};
use chrono::{DateTime, Utc};
use quick_xml::events::Event;

/// Entries of one file: the protocol allows 50,000. What follows is not read.
pub const MAX_ENTRIES: usize = 50_000;
/// Bytes of one file after decompression: the protocol allows 50 MB. What follows is not read.
pub const MAX_BYTES: u64 = 50 * 1024 * 1024;
/// Longest address.
const LONGEST: usize = 4_096;

/// One address of a sitemap: a page, or of an index a further sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitemapEntry {
    /// The address, as written.
    pub url: String,
    /// When the site says it changed last. Of a day, month or year its first moment, UTC.
    pub lastmod: Option<DateTime<Utc>>,
    /// When that day, month or year was over in every time zone; of a moment with its zone, that
    /// moment.
    pub lastmod_over: Option<DateTime<Utc>>,
}

impl SitemapEntry {
    /// Whether the site says that nothing has changed since a visit. Sites often leave `lastmod`
    /// as it is where only a price changes: good for the order and the interval of visits, not
    /// for never visiting a page again.
    pub fn unchanged_since(&self, visited: DateTime<Utc>) -> bool {
        self.lastmod_over.is_some_and(|over| over < visited)
    }
}

/// What one file names, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Further sitemaps (of an index).
    pub sitemaps: Vec<SitemapEntry>,
    /// Pages.
    pub pages: Vec<SitemapEntry>,
    /// Whether the file is larger than [`MAX_ENTRIES`] or [`MAX_BYTES`] allow, and was cut.
    pub cut: bool,
}

/// Reads the body of an answer.
pub fn read(bytes: &[u8]) -> Found {
    let (text, cut) = text(bytes, MAX_BYTES as usize);
    let start = text.trim_start();
    let mut found = if start.starts_with('<') { read_xml(start) } else { read_lines(start) };
    found.cut |= cut;
    found
}

/// Whether a sitemap may be fetched that another file names: it lies on the same host as that
/// file, or robots.txt of the site lists it. Otherwise one site could send the crawler through
/// another's.
pub fn may_follow(sitemap: &str, named_by: &str, listed_in_robots: &[String]) -> bool {
    let host = host_of(sitemap);
    (host.is_some() && host == host_of(named_by)) || listed_in_robots.iter().any(|listed| listed == sitemap)
}

fn read_lines(text: &str) -> Found {
    let mut found = Found::default();
    for line in text.lines().map(str::trim) {
        let address = line.starts_with("http://") || line.starts_with("https://");
        if !address || line.len() > LONGEST || line.contains(char::is_whitespace) {
            continue;
        }
        if found.pages.len() == MAX_ENTRIES {
            found.cut = true;
            break;
        }
        found.pages.push(SitemapEntry { url: line.to_owned(), lastmod: None, lastmod_over: None });
    }
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Field {
    None,
    Loc,
    Lastmod,
}

fn read_xml(text: &str) -> Found {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut found = Found::default();
    let (mut field, mut loc, mut lastmod) = (Field::None, String::new(), String::new());
    // The entry that is open: its name and prefix. Extensions have a loc of their own under
    // another prefix: <image:loc>.
    let mut entry: Option<(bool, String)> = None;
    let mut root = true;
    loop {
        // Text comes in pieces, entities apart from it.
        match reader.read_event() {
            Err(_) | Ok(Event::Eof) => break,
            Ok(Event::Start(tag)) => {
                let local = tag.local_name();
                if std::mem::take(&mut root) && ["rss", "feed", "RDF"].contains(&local.as_ref()) {
                    return of_feed(text);
                }
                let prefix = tag.name().prefix().map(|p| p.as_ref().to_owned()).unwrap_or_default();
                field = match local.as_ref() {
                    name @ ("url" | "sitemap") if entry.as_ref().is_none_or(|(_, own)| *own == prefix) => {
                        loc.clear();
                        lastmod.clear();
                        entry = Some((name == "url", prefix));
                        Field::None
                    }
                    name => match &entry {
                        Some((_, own)) if *own == prefix && name == "loc" => Field::Loc,
                        Some((_, own)) if *own == prefix && name == "lastmod" => Field::Lastmod,
                        _ => Field::None,
                    },
                };
            }
            Ok(Event::End(tag)) => {
                field = Field::None;
                let local = tag.local_name();
                let prefix = tag.name().prefix();
                let prefix = prefix.as_ref().map(|p| p.as_ref()).unwrap_or_default();
                let closes = |(page, own): &(bool, String)| {
                    *own == prefix && local.as_ref() == if *page { "url" } else { "sitemap" }
                };
                if let Some((page, _)) = entry.take_if(|open| closes(open)) {
                    let url = loc.trim();
                    if url.is_empty() || url.len() > LONGEST {
                        continue;
                    }
                    if found.pages.len() + found.sitemaps.len() == MAX_ENTRIES {
                        found.cut = true;
                        break;
                    }
                    let changed = moment(&lastmod);
                    let read = SitemapEntry {
                        url: url.to_owned(),
                        lastmod: changed.map(|m| m.begins),
                        lastmod_over: changed.map(|m| m.ends),
                    };
                    if page { found.pages.push(read) } else { found.sitemaps.push(read) }
                }
            }
            Ok(Event::Text(text)) => push(field, &mut loc, &mut lastmod, &text),
            Ok(Event::CData(text)) => push(field, &mut loc, &mut lastmod, &text),
            Ok(Event::GeneralRef(entity)) if field == Field::Loc => loc.extend(character(&entity)),
            Ok(_) => {}
        }
    }
    found
}

fn push(field: Field, loc: &mut String, lastmod: &mut String, text: &str) {
    let target = match field {
        Field::Loc => loc,
        Field::Lastmod => lastmod,
        Field::None => return,
    };
    if target.len() <= LONGEST {
        target.push_str(text);
    }
}

/// The entries of an RSS or Atom file, which the protocol takes for a sitemap too.
fn of_feed(text: &str) -> Found {
    let feed = news_feed::read_text(text, None);
    let page = |entry: news_feed::FeedEntry| SitemapEntry {
        url: entry.url,
        lastmod: entry.date,
        lastmod_over: entry.date,
    };
    Found { sitemaps: Vec::new(), pages: feed.entries.into_iter().map(page).collect(), cut: feed.cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_and_indexes_are_read() {
        let found = read(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
              <url><loc> http://a.example/i?a=1&amp;b=2 </loc><lastmod>2026-02-03</lastmod>
                <image:image><image:loc>http://a.example/x.png</image:loc></image:image></url>
              <url><loc><![CDATA[http://a.example/2]]></loc><lastmod>2026-02-03T10:00:00+02:00</lastmod></url>
              <url><lastmod>2026-02-03</lastmod></url>
              <url><loc>http://a.example/3</loc><lastmod>soon</lastmod></url>"#,
        );
        let seen: Vec<_> = found
            .pages
            .iter()
            .map(|e| format!("{} {:?}", e.url, e.lastmod.map(|at| at.to_rfc3339())))
            .collect();
        assert_eq!(
            seen,
            [
                "http://a.example/i?a=1&b=2 Some(\"2026-02-03T00:00:00+00:00\")",
                "http://a.example/2 Some(\"2026-02-03T08:00:00+00:00\")",
                "http://a.example/3 None",
            ]
        );
        let index = read(
            b"<sitemapindex><sitemap><loc>http://a.example/s1.xml.gz</loc><lastmod>2026-02</lastmod></sitemap></sitemapindex>",
        );
        assert_eq!(index.sitemaps[0].url, "http://a.example/s1.xml.gz");
        assert!(index.sitemaps[0].lastmod.is_some() && index.pages.is_empty() && !index.cut);
    }

    #[test]
    fn extensions_and_prefixes_are_told_apart() {
        let found = read(
            br#"<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:video="v" xmlns:xhtml="h" xmlns:news="n">
            <sm:url><sm:loc>http://a.example/1</sm:loc><video:video><video:loc>http://a.example/v</video:loc><video:url>http://a.example/w</video:url></video:video>
            <xhtml:link rel="alternate" hreflang="de" href="http://a.example/de/1"/><sm:lastmod><![CDATA[2026-02-03]]></sm:lastmod>
            <news:news><news:lastmod>1999</news:lastmod></news:news></sm:url></sm:urlset>"#,
        );
        assert_eq!(found.pages.len(), 1);
        assert_eq!(found.pages[0].url, "http://a.example/1");
        assert_eq!(found.pages[0].lastmod.unwrap().to_rfc3339(), "2026-02-03T00:00:00+00:00");
    }

    #[test]
    fn gzipped_and_plain_lists_are_read() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(
            &mut gzip,
            b"http://a.example/1\n\nnot an address\nhttp://a.example/2\r\nhttp://a b\n",
        )
        .unwrap();
        let gzip = gzip.finish().unwrap();
        let found = read(&gzip);
        assert_eq!(found.pages.len(), 2);
        assert_eq!(found.pages[1].url, "http://a.example/2");
        // Cut in the middle it gives what can be had.
        let _ = read(&gzip[..gzip.len() / 2]);
        let utf16: Vec<u8> = "\u{feff}<urlset><url><loc>http://a.example/ä</loc></url></urlset>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read(&utf16).pages[0].url, "http://a.example/ä");
    }

    #[test]
    fn feeds_are_sitemaps_and_other_files_are_none() {
        let feed = read(b"<?xml version='1.0'?><rss version='2.0'><channel><link>http://a.example/</link><item><link>http://a.example/1</link><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate></item></channel></rss>");
        assert_eq!(feed.pages.len(), 1);
        assert!(feed.pages[0].lastmod.is_some());
        for other in [
            "<!DOCTYPE html><html><body><a href='http://a.example/'>Not found</a></body></html>",
            "{\"url\":\"http://a.example/\"}",
            "",
            "\u{feff}",
            "<",
            "GIF89a",
        ] {
            assert_eq!(read(other.as_bytes()), Found::default(), "{other}");
        }
    }

    #[test]
    fn the_limits_of_the_protocol_hold() {
        let line = "<url><loc>http://a.example/1</loc></url>";
        let exactly = format!("<urlset>{}</urlset>", line.repeat(MAX_ENTRIES));
        let found = read(exactly.as_bytes());
        assert_eq!((found.pages.len(), found.cut), (MAX_ENTRIES, false));
        let more = format!("<urlset>{}</urlset>", line.repeat(MAX_ENTRIES + 1));
        let found = read(more.as_bytes());
        assert_eq!((found.pages.len(), found.cut), (MAX_ENTRIES, true));
        let lines = read("http://a.example/1\n".repeat(MAX_ENTRIES + 1).as_bytes());
        assert_eq!((lines.pages.len(), lines.cut), (MAX_ENTRIES, true));
        // A bomb: 60 MB of blanks in 60 kB.
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for _ in 0..60 {
            std::io::Write::write_all(&mut gzip, &vec![b' '; 1024 * 1024]).unwrap();
        }
        let found = read(&gzip.finish().unwrap());
        assert!(found.cut && found.pages.is_empty());
        // Entities of its own are never expanded.
        let bomb = read(b"<!DOCTYPE u [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><urlset><url><loc>http://a.example/&b;x</loc></url></urlset>");
        assert_eq!(bomb.pages[0].url, "http://a.example/x");
        let long = format!("<urlset><url><loc>http://a.example/{}</loc></url></urlset>", "x".repeat(LONGEST));
        assert!(read(long.as_bytes()).pages.is_empty());
    }

    #[test]
    fn a_page_is_unchanged_once_the_day_named_has_passed_everywhere() {
        let found = read(b"<urlset><url><loc>http://a.example/1</loc><lastmod>2026-02-03</lastmod></url><url><loc>http://a.example/2</loc></url></urlset>");
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert!(!found.pages[0].unchanged_since(at("2026-02-03T09:00:00Z")));
        assert!(!found.pages[0].unchanged_since(at("2026-02-04T11:00:00Z")));
        assert!(found.pages[0].unchanged_since(at("2026-02-04T12:00:01Z")));
        assert!(!found.pages[1].unchanged_since(at("2026-02-04T12:00:01Z")));
    }

    #[test]
    fn sitemaps_of_other_hosts_need_robots_txt() {
        let listed = ["https://cdn.example/a.xml".to_owned()];
        assert!(may_follow("https://a.example/2.xml", "https://a.example/1.xml", &[]));
        assert!(!may_follow("https://b.example/2.xml", "https://a.example/1.xml", &listed));
        assert!(may_follow("https://cdn.example/a.xml", "https://a.example/1.xml", &listed));
        assert!(!may_follow("nonsense", "nonsense", &[]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(<url>|<sitemap>|<a:url>|<loc>|<a:loc>|</loc>|</url>|&amp;|&#x;|http://a|<!\\[CDATA\\[|<rss>|<item>){0,12}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }

        #[test]
        fn every_address_written_is_read(paths in prop::collection::vec("/[a-zé0-9&<>'\"?=]{0,12}", 0..20)) {
            let escape = |p: &String| p.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&#62;").replace('\'', "&apos;").replace('"', "&#x22;");
            let all: String = paths.iter().map(|p| format!("<url><loc>http://a.example{}</loc></url>\n", escape(p))).collect();
            let found = read(format!("<urlset>{all}</urlset>").as_bytes());
            let wanted: Vec<String> = paths.iter().map(|p| format!("http://a.example{p}")).collect();
            prop_assert_eq!(found.pages.into_iter().map(|p| p.url).collect::<Vec<_>>(), wanted);
        }
    }
}
