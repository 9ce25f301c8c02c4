//! Tests of [`super`]: a small site on this machine, as it was and as it has become.

use super::*;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use model::SystemClock;

/// A site with these paths; every other is not found.
async fn site(paths: &[(&'static str, &'static str, String)]) -> u16 {
    let mut router = Router::new();
    for (path, kind, body) in paths {
        let (kind, body) = (*kind, body.clone());
        router = router.route(path, get(move || async move { ([(CONTENT_TYPE, kind)], body) }));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn source(kind: &str, port: u16, more: &str) -> String {
    format!(
        r#"id = "shop"
name = "Shop"
kind = "{kind}"
market = "US"
start = ["http://shop.example/list"]
[permission]
basis = "a test"
contact = "test@shop.example"
[pace]
delay_seconds = 0
[network]
allow_loopback = true
connect_to = "127.0.0.1:{port}"
{more}
[sample]
file = "page.html"
url = "http://shop.example/item/1"
[sample.expect]
name = "Cup"
price = "3.35"
currency = "USD"
"#
    )
}

fn product(name: &str, price: &str) -> String {
    format!(
        r#"<html><body><h1>{name}</h1><a href="/list">all</a><script type="application/ld+json">
        {{"@type": "Product", "name": "{name}", "offers": {{"@type": "Offer", "price": "{price}", "priceCurrency": "USD"}}}}
        </script></body></html>"#
    )
}

async fn ask(text: &str) -> (OnlineReport, String, usize) {
    let folder = tempfile::tempdir().unwrap();
    let source = crawler::source_file::parse(text, "shop.toml").unwrap();
    let settings = Settings { data: folder.path().to_owned(), ..Settings::default() };
    let archive = settings.archive_dir();
    let report = check(&settings, &source, Path::new("shop.toml"), Arc::new(SystemClock)).await.unwrap();
    let said = super::text(&source.id, source.kind, &report);
    let archived = std::fs::read_dir(&archive).map_or(0, Iterator::count);
    (report, said, archived)
}

#[tokio::test]
async fn a_site_that_keeps_its_contract_at_another_price() {
    let port = site(&[
        ("/robots.txt", "text/plain", "User-agent: *\nCrawl-delay: 0.01\nDisallow: /cart\n".into()),
        ("/list", "text/html", "<html><body><a href=\"/item/1\">Cup</a></body></html>".into()),
        ("/item/1", "text/html", product("Cup", "3.50")),
    ])
    .await;
    let (report, said, archived) = ask(&source("pages", port, "")).await;
    assert!(report.well(), "{said}");
    assert_eq!(
        said,
        "shop: http://shop.example/robots.txt: read; it asks for 0.01 s between requests, 0.01 s hold\n\
         shop: start http://shop.example/list: robots.txt allows it; 0 offer(s), 1 link(s) read\n\
         shop: sample http://shop.example/item/1: robots.txt allows it; 1 offer(s), 1 link(s) read\n\
         shop: sample price: 3.35 when it was saved, 3.5 now\n"
    );
    assert!(archived > 0, "what was asked for is archived");
}

#[tokio::test]
async fn a_site_that_changed_or_closed_is_told() {
    let port = site(&[
        ("/robots.txt", "text/plain", "User-agent: *\nDisallow: /list\n".into()),
        ("/item/1", "text/html", product("Mug", "3.35")),
    ])
    .await;
    let (report, said, _) = ask(&source("pages", port, "")).await;
    assert!(!report.well());
    assert_eq!(report.addresses[0].allowed, Some(false));
    assert!(said.contains("start http://shop.example/list: no page: "), "{said}");
    assert!(said.contains("sample name: expected 'Cup', now 'Mug'"), "{said}");
    let gone = site(&[]).await;
    let (report, said, _) = ask(&source("pages", gone, "")).await;
    assert_eq!((report.robots[0].found.as_str(), report.addresses[0].allowed), ("none", Some(true)));
    assert!(said.contains("no page, though robots.txt allows it: the server answered 404"), "{said}");
}

#[tokio::test]
async fn a_feed_and_an_answer_are_asked_for_by_their_kind() {
    let feed = "title,price\nPot,1 USD\n7,\nCup,3.35 USD\nbroken\n";
    let answer = r#"[{"n": "Pot", "p": 1}, {"n": "Cup", "p": 3.35, "c": "USD"}]"#;
    let port =
        site(&[("/list", "text/csv", feed.to_owned()), ("/item/1", "text/csv", feed.to_owned())]).await;
    let (report, said, _) = ask(&source("feed", port, "")).await;
    assert!(report.well(), "{said}");
    assert_eq!(report.addresses[1].listings, 3);
    assert!(said.contains("sample: row 5: it has 1 cells, the header has 2; it is left out"), "{said}");
    let port = site(&[
        ("/list", "application/json", answer.to_owned()),
        ("/item/1", "application/json", answer.to_owned()),
    ])
    .await;
    let fields = "[api.fields]\nname = \"/n\"\nprice = \"/p\"\ncurrency = \"/c\"\n";
    let (report, said, _) = ask(&source("api", port, fields)).await;
    assert!(report.well(), "{said}");
    assert_eq!(report.addresses[0].listings, 2);
}
