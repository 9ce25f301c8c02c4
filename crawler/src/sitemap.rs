//! Sitemaps (sitemaps.org protocol 0.9): which addresses a site itself names. Only reads bytes;
//! the fetching is the engine's.

use chrono::{DateTime, NaiveDate, Utc};
use quick_xml::events::Event;
use std::io::Read;

/// The protocol allows 50,000 entries and 50 MB a file.
const MAX_ENTRIES: usize = 50_000;
/// Bytes of one file that are read.
pub const MAX_BYTES: u64 = 50 * 1024 * 1024;

/// One address of a sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitemapEntry {
    /// The address, canonical.
    pub url: String,
    /// When the site says it changed last.
    pub lastmod: Option<DateTime<Utc>>,
}

/// What one file names. Addresses as written.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// Further sitemaps (of an index).
    pub sitemaps: Vec<SitemapEntry>,
    /// Pages.
    pub pages: Vec<SitemapEntry>,
}

/// Reads a sitemap, an index or a plain list of addresses, gzipped or not. A broken file gives
/// what stands before the break.
pub fn read(bytes: &[u8]) -> Found {
    if bytes.starts_with(b"\x1f\x8b") {
        let mut plain = Vec::new();
        // A broken end keeps its beginning; a bomb is cut.
        let _ = flate2::bufread::MultiGzDecoder::new(bytes).take(MAX_BYTES).read_to_end(&mut plain);
        return read_plain(&plain);
    }
    read_plain(bytes)
}

fn read_plain(bytes: &[u8]) -> Found {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if text.trim_ascii_start().starts_with(b"<") {
        read_xml(&String::from_utf8_lossy(text))
    } else {
        Found {
            sitemaps: Vec::new(),
            pages: String::from_utf8_lossy(text)
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("http"))
                .take(MAX_ENTRIES)
                .map(|url| SitemapEntry { url: url.to_owned(), lastmod: None })
                .collect(),
        }
    }
}

#[derive(PartialEq)]
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
    while found.pages.len() + found.sitemaps.len() < MAX_ENTRIES {
        // Text comes in pieces, entities apart from it.
        match reader.read_event() {
            Err(_) | Ok(Event::Eof) => break,
            Ok(Event::Start(tag)) => match tag.local_name().as_ref() {
                "url" | "sitemap" => {
                    loc.clear();
                    lastmod.clear();
                }
                // Extensions have a loc of their own: <image:loc>.
                "loc" if tag.name().prefix().is_none() => field = Field::Loc,
                "lastmod" => field = Field::Lastmod,
                _ => field = Field::None,
            },
            Ok(Event::End(tag)) => {
                let list = tag.local_name();
                match list.as_ref() {
                    "url" if !loc.trim().is_empty() => found
                        .pages
                        .push(SitemapEntry { url: loc.trim().to_owned(), lastmod: moment(lastmod.trim()) }),
                    "sitemap" if !loc.trim().is_empty() => {
                        found.sitemaps.push(SitemapEntry {
                            url: loc.trim().to_owned(),
                            lastmod: moment(lastmod.trim()),
                        });
                    }
                    _ => {}
                }
                field = Field::None;
            }
            Ok(Event::Text(text)) => {
                let target = match field {
                    Field::Loc => &mut loc,
                    Field::Lastmod => &mut lastmod,
                    Field::None => continue,
                };
                target.push_str(&text);
            }
            Ok(Event::CData(text)) if field == Field::Loc => {
                loc.push_str(&text);
            }
            Ok(Event::GeneralRef(entity)) if field == Field::Loc => {
                let character = match entity.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    _ => match entity.as_ref() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => None,
                    },
                };
                loc.extend(character);
            }
            Ok(_) => {}
        }
    }
    found
}

/// A W3C date: a day, or a moment with zone.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let day: NaiveDate = text.get(..10)?.parse().ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
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
        let index =
            read(b"<sitemapindex><sitemap><loc>http://a.example/s1.xml.gz</loc></sitemap></sitemapindex>");
        assert_eq!(index.sitemaps[0].url, "http://a.example/s1.xml.gz");
    }

    #[test]
    fn gzipped_and_plain_lists_are_read() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, b"http://a.example/1\n\nnot an address\nhttp://a.example/2\n")
            .unwrap();
        let found = read(&gzip.finish().unwrap());
        assert_eq!(found.pages.len(), 2);
        assert_eq!(found.pages[1].url, "http://a.example/2");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(<url>|<loc>|</loc>|</url>|&amp;|&#x;|http://a|<!\\[CDATA\\[){0,12}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }
    }
}
