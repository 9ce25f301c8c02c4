//! What each parser is fed and what must hold whatever it is fed: no panic, no hang, and the few
//! things its callers rely on. Used twice: by the fuzz targets beside it, and by the test that replays
//! their corpus. Not here: what a parser should make of good input; that is in its own tests.
#![allow(dead_code, reason = "a fuzz target uses one of these")]

use chrono::{DateTime, Utc};
use crawler::archive::Reader;
use crawler::extract::{Extraction, extract, extract_by_full_parser, offers};
use crawler::robots::RobotsFile;
use model::{ApiRules, FeedRules, Rules};
use normalizer::identity::{Title, score};
use normalizer::price::{PriceHints, PriceStatus};
use normalizer::quantity::QuantityStatus;
use std::io::Cursor;

const ADDRESS: &str = "https://shop.example/goods/list?page=2";

/// A parser's name and what feeds it bytes.
pub type Entry = (&'static str, fn(&[u8]));

/// The name of every entry, with its function.
pub const ENTRIES: &[Entry] = &[
    ("page", page),
    ("json", json),
    ("trees", trees),
    ("links", links),
    ("feed", feed),
    ("answer", answer),
    ("robots", robots),
    ("site_files", site_files),
    ("archive", archive),
    ("source_file", source_file),
    ("price", price),
    ("quantity", quantity),
    ("title", title),
    ("tables", tables),
];

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// A page, from its bytes to its listings, links and feeds.
pub fn page(data: &[u8]) {
    let Ok(decoded) = crawler::decode::to_text(data, None) else { return };
    let page = extract(&decoded.text, Some(ADDRESS), &Rules::default());
    hold(&page);
    let mut shorter = page;
    for listing in &mut shorter.listings {
        listing.attributes.clear();
    }
    let offered = offers(&decoded.text, Some(ADDRESS), &Rules::default());
    assert_eq!(shorter.listings.len(), offered.listings.len(), "the two ways of reading a page differ");
}

fn hold(page: &Extraction) {
    for address in page.links.iter().map(|link| &link.url).chain(&page.feeds) {
        assert!(address.starts_with("http://") || address.starts_with("https://"), "{address}");
        assert!(!address.contains(['\n', '\r', ' ']), "{address:?}");
    }
    for listing in &page.listings {
        for stated in [&listing.name, &listing.price, &listing.currency, &listing.brand, &listing.gtin] {
            assert!(stated.as_ref().is_none_or(|stated| !stated.text.trim().is_empty()), "{listing:?}");
        }
    }
}

/// A script of JSON as shops write it.
pub fn json(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let html = format!(
        "<html><head><script type=\"application/ld+json\">{text}</script>\
         <script>window.__STATE__ = {text};</script></head><body>x</body></html>"
    );
    hold(&extract(&html, Some(ADDRESS), &Rules::default()));
}

/// Either tree of a page: neither may panic.
pub fn trees(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    hold(&extract(&text, Some(ADDRESS), &Rules::default()));
    hold(&extract_by_full_parser(&text, Some(ADDRESS), &Rules::default()));
}

/// An address as a link writes it.
pub fn links(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (base, link) = text.split_once('\n').unwrap_or((ADDRESS, &text));
    if let Some(address) = crawler::address::canonical_url(base, link) {
        let again = crawler::address::canonical_url(ADDRESS, &address);
        assert_eq!(again.as_deref(), Some(address.as_str()), "a canonical address is its own canonical form");
        assert!(crawler::address::host_of(&address).is_some(), "{address}");
    }
}

/// A product feed in any of its forms.
pub fn feed(data: &[u8]) {
    let rules = FeedRules::default();
    let seen = crawler::product_feed::Seen { url: ADDRESS, at: now(), limit: 1 << 20 };
    if let Ok(feed) = crawler::product_feed::Feed::open(data, None, &rules, seen) {
        let read = crawler::product_feed::read(&feed);
        assert!(read.problems.len() <= crawler::product_feed::PROBLEMS);
    }
}

/// An answer of a JSON interface.
pub fn answer(data: &[u8]) {
    let rules: ApiRules = serde_json::from_value(serde_json::json!({
        "items": "/items",
        "fields": {"name": "/title", "price": "/price/amount", "currency": "/price/currency", "url": "/url",
                   "gtin": "/codes/0", "attributes": "/attributes"},
        "paging": {"next": "/next"},
    }))
    .unwrap_or_else(|error| panic!("{error}"));
    let read = crawler::json_api::read(data, &rules, ADDRESS);
    assert!(read.next.is_none_or(|next| next.starts_with("http")));
}

/// A robots.txt, asked for an address of its first line.
pub fn robots(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (address, _) = text.split_once('\n').unwrap_or((ADDRESS, ""));
    let file = RobotsFile::parse(data);
    for agent in ["touchstone", "", "*", address] {
        let rules = file.rules_for(agent);
        let _ = rules.allowed(address);
        assert!(rules.allowed("/robots.txt"), "robots.txt itself is always allowed");
        assert!(rules.crawl_delay().is_none_or(|delay| delay.is_finite() && delay >= 0.0));
    }
}

/// Sitemaps and news feeds.
pub fn site_files(data: &[u8]) {
    let _ = crawler::sitemap::read(data);
    for entry in crawler::news_feed::read(data, ADDRESS).entries {
        assert!(entry.url.starts_with("http"), "{}", entry.url);
    }
}

/// A WARC file, plain or packed.
pub fn archive(data: &[u8]) {
    let Ok(mut reader) = Reader::new(Cursor::new(data)) else { return };
    let mut records = 0;
    while let Some(record) = reader.next() {
        if record.is_ok() && records % 2 == 0 {
            let block = reader.block(1 << 16);
            assert!(block.is_ok_and(|block| block.len() <= 1 << 16) || records < usize::MAX);
        }
        records += 1;
        assert!(records <= 2 * data.len() + 2, "more records than bytes");
    }
}

/// A source file, a recipe, keywords: what administrators write.
pub fn source_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = crawler::source_file::parse(text, "fuzzed.toml");
    let _ = normalizer::basis::Recipe::parse_toml(text);
    let _ = normalizer::HsKeywords::parse_csv(text);
}

/// A price text, with hints told by its first byte.
pub fn price(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let hints = PriceHints {
        language: [None, Some("de"), Some("en"), Some("fr"), Some("ar"), Some("pt-BR")]
            [usize::from(first % 6)],
        decimal_separator: [None, Some(','), Some('.')][usize::from(first / 6 % 3)],
        machine: first & 0x80 != 0,
        ..PriceHints::default()
    };
    let reading = normalizer::price::parse(&text, &hints);
    match reading.status {
        PriceStatus::None => assert!(reading.amount.is_none(), "{reading:?}"),
        PriceStatus::Ok => assert!(reading.amount.is_some(), "{reading:?}"),
        // "Up to 12" has one reading, and is no price all the same.
        PriceStatus::Ambiguous => {
            let said = reading.readings.len() > 1 || reading.reason.is_some();
            assert!(reading.amount.is_some() && said, "{reading:?}");
        }
    }
    assert!(reading.amount.is_none() || !reading.readings.is_empty(), "{reading:?}");
}

/// A text that may state a quantity.
pub fn quantity(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let reading = normalizer::quantity::parse(&text);
    if reading.status == QuantityStatus::Ok {
        assert!(!reading.quantities.is_empty() || reading.count.is_some(), "{reading:?}");
    }
    assert!(reading.total.is_none_or(|total| !total.is_sign_negative()), "{reading:?}");
}

/// A title: what the goods are and what tells them apart.
pub fn title(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = normalizer::kind::of_name(&text);
    let _ = normalizer::condition::in_name(&text);
    let _ = normalizer::condition::parse(&text);
    let _ = normalizer::origin::country(&text);
    let _ = normalizer::identity::gtin(&text);
    let _ = normalizer::identity::labelled(&text);
    let (a, b) = text.split_once('\n').unwrap_or((&text, &text));
    let (one, two) = (Title::read(a, None), Title::read(b, Some("Acme")));
    let (there, back) = (score(&one, &two), score(&two, &one));
    assert!((there - back).abs() < 1e-9 && (0.0..=1.0).contains(&there), "{there} {back}");
    let _ = Title::of_address(&text);
    let one = normalizer::identity::near_duplicate_key("Shop", &text);
    assert_eq!(one, normalizer::identity::near_duplicate_key("shop", &format!(" {text} ")));
    let _ = normalizer::HsKeywords::builtin().classify(&text, Some("en"));
}

/// Tables of exchange rates.
pub fn tables(data: &[u8]) {
    let _ = normalizer::exchange::parse_ecb_zip(data);
    let text = String::from_utf8_lossy(data);
    let _ = normalizer::exchange::parse_ecb_csv(&text);
    let _ = normalizer::exchange::parse_plain_csv(&text, Some("fuzzed"));
}
