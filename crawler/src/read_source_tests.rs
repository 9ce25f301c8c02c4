//! Tests of [`super`]: one way in for every kind of source.

use super::*;
use model::{ContentHash, Validators};

const HEAD: &str = r#"
id = "shop"
name = "Shop"
market = "DE"
start = ["https://shop.example/products"]
[permission]
basis = "a test"
contact = "test@shop.example"
"#;

fn source(kind: &str, more: &str) -> Source {
    crate::source_file::parse(&format!("kind = \"{kind}\"\n{HEAD}{more}"), "shop.toml").unwrap()
}

fn page(body: &[u8], content_type: &str) -> Page {
    Page {
        source_id: "shop".into(),
        url: "https://shop.example/products?page=1".into(),
        status: 200,
        content_type: Some(content_type.into()),
        validators: Validators::default(),
        body: body.to_vec(),
        payload_hash: ContentHash::of(body),
        fetched_at: "2026-03-10T12:00:00Z".parse().unwrap(),
        archive: None,
    }
}

#[test]
fn pages_feeds_and_answers_give_the_same_value() {
    let html =
        br#"<html><body><h1>Cup</h1><script type="application/ld+json">{"@type": "Product", "name": "Cup",
        "offers": {"@type": "Offer", "price": "3.50", "priceCurrency": "EUR"}}</script></body></html>"#;
    let feed = b"title,price,link\nCup,3.50 EUR,/cup\nPot\n";
    let answer = br#"[{"title": "Cup", "price": 3.50}, 7]"#;
    let api =
        "[api]\n[api.fields]\nname = \"/title\"\nprice = \"/price\"\n[api.paging]\nparameter = \"page\"\n";
    for (source, page, problems) in [
        (source("pages", ""), page(html, "text/html"), 0),
        (source("feed", ""), page(feed, "text/csv"), 1),
        (source("api", api), page(answer, "application/json"), 1),
    ] {
        let read = read_source(&source, &page).unwrap();
        assert_eq!(read.page.listings.len(), 1, "{}", source.kind);
        assert_eq!(read.page.listings[0].name.as_ref().unwrap().text, "Cup");
        assert!(read.page.listings[0].price.as_ref().unwrap().text.starts_with("3.50"));
        assert_eq!(read.problems.len(), problems, "{:?}", read.problems);
        let links: Vec<&str> = read.page.links.iter().map(|link| link.url.as_str()).collect();
        let wanted: &[&str] = match source.kind {
            SourceKind::Api => &["https://shop.example/products?page=2"],
            _ => &[],
        };
        assert_eq!(links, wanted);
    }
}

#[test]
fn what_is_no_text_is_an_error_for_every_kind() {
    let api = "[api]\n[api.fields]\nname = \"/title\"\nprice = \"/price\"\n";
    for source in [source("pages", ""), source("feed", ""), source("api", api)] {
        let error = read_source(&source, &page(b"\x89PNG\r\n\x1a\n", "image/png")).unwrap_err();
        assert!(matches!(error, CrawlError::NotText { .. }), "{error}");
    }
}

#[test]
fn text_is_read_in_place_where_it_is_utf8() {
    assert!(matches!(text_of("\u{feff}é".as_bytes(), None).unwrap(), Cow::Borrowed("é")));
    assert!(matches!(text_of(b"\xFF\xFEa\0b\0", None).unwrap(), Cow::Owned(text) if text == "ab"));
}
