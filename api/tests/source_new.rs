//! `source new` on the bundled market over loopback, and on a saved page: the draft is refused until
//! its permission is filled in, and keeps its own contract from then on.

#![allow(clippy::unwrap_used)]

use api::draft::{self, PageRole, PageSeen};
use fixture_market::{DEMO_DATE, DEMO_SEED, Market};
use model::Source;
use std::path::Path;
use std::process::Output;

async fn touchstone(folder: &Path, args: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_touchstone"));
    command.current_dir(folder).args(args).env_remove("TOUCHSTONE_DATA");
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn bundled() -> Vec<Source> {
    fixture_market::source_files()
        .iter()
        .map(|(name, text)| crawler::source_file::parse(text, name).unwrap())
        .collect()
}

/// Drafts from an address of the market; what is left open is filled in as a person would.
async fn drafted(folder: &Path, url: &str, market: &str, port: &str) -> Source {
    let args = ["--contact", "mailto:a@customs.example", "--allow-loopback", "--connect-to", port, "--json"];
    let ran = touchstone(folder, &[&["source", "new", url, "--out", "s.toml"], &args[..]].concat()).await;
    let error = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{url}: {error}");
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(report["fill_in"][0], "permission.basis");

    let early = touchstone(folder, &["source", "check", "s.toml"]).await;
    assert_eq!(early.status.code(), Some(3));
    let text = std::fs::read_to_string(folder.join("s.toml")).unwrap();
    let open = text.replace("# market = \"??\"", &format!("market = \"{market}\""));
    std::fs::write(folder.join("s.toml"), &open).unwrap();
    let early = touchstone(folder, &["source", "check", "s.toml"]).await;
    let refused = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(refused.contains("permission.basis: is empty: nobody has said why"), "{refused}");
    assert_eq!(early.status.code(), Some(3));

    let open = open.replace("basis = \"\"", "basis = \"Letter of 2026-01-15\"");
    std::fs::write(folder.join("s.toml"), open).unwrap();
    let checked = touchstone(folder, &["source", "check", "s.toml"]).await;
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(0), "{url}: {said}{}", String::from_utf8_lossy(&checked.stderr));
    let sampled = report["sample"].is_string();
    let expected = if sampled { "its sample is read as expected" } else { "it has no sample page" };
    assert!(said.contains(expected), "{url}: {said}");
    let text = std::fs::read_to_string(folder.join("s.toml")).unwrap();
    crawler::source_file::parse(&text, "s.toml").unwrap()
}

/// Its tables of offers are read by selectors, which no draft can write: from its front page no sample
/// is found, and the draft says so.
const NEEDS_SELECTORS: &str = "lumiere-bazar";

#[tokio::test]
async fn drafts_of_every_shop_of_the_market_keep_their_contract() {
    let market = Market::new(DEMO_SEED, DEMO_DATE, 1);
    let products: Vec<(Source, String)> = bundled()
        .into_iter()
        .map(|source| {
            let host = url::Url::parse(&source.start[0]).unwrap().host_str().unwrap().to_owned();
            // The first page whose offer is read without a rule: what a draft can begin from.
            let mut urls = market.offers().iter().filter(|offer| offer.host == host).map(|offer| {
                let url = format!("http://{host}{}", offer.path);
                let body = market.reply(&host, &offer.path).unwrap().body.clone();
                draft::read(&PageSeen { url, body: body.to_vec(), content_type: None }).unwrap()
            });
            let url = urls.find(|page| page.role == PageRole::Product).unwrap().url.to_string();
            (source, url)
        })
        .collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = fixture_market::serve(market, listener).await.unwrap();
    let port = running.addr().to_string();
    let drafts = products.iter().map(|(source, url)| {
        let port = port.as_str();
        async move {
            let of_product = tempfile::tempdir().unwrap();
            let of_start = tempfile::tempdir().unwrap();
            let market = source.market.to_string();
            let (product, start) = tokio::join!(
                drafted(of_product.path(), url, &market, port),
                drafted(of_start.path(), &source.start[0], &market, port),
            );
            for (draft, front) in [(product, false), (start, true)] {
                let said = (&source.id, front);
                assert_eq!(draft.start, source.start, "{said:?}");
                assert_eq!(draft.market, source.market, "{said:?}");
                assert!(draft.currency.is_none_or(|c| Some(c) == source.currency), "{said:?}");
                assert_eq!(draft.language, source.language, "{said:?}");
                assert_eq!(draft.sitemaps, source.sitemaps, "{said:?}");
                assert!(draft.pace.delay_seconds >= 5.0);
                match draft.sample {
                    Some(sample) => {
                        let read = sample.expect;
                        assert!(
                            read.contains_key("name") && read.contains_key("price"),
                            "{said:?}: {read:?}"
                        );
                        assert_eq!(draft.rules.product_paths, source.rules.product_paths, "{said:?}");
                    }
                    None => assert!(front && source.id == NEEDS_SELECTORS, "{said:?}"),
                }
            }
        }
    });
    futures::future::join_all(drafts).await;
    // robots.txt twice (the engine's and the draft's look), the page, and from a front page a few more.
    let requests = running.requests().len();
    assert!(requests <= 6 * (3 + 3 + 3), "{requests}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_saved_page_needs_no_network_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let page = r#"<html lang=pl><h1>Kubek</h1><script type="application/ld+json">{"@type":"Product","name":"Kubek",
        "offers":{"price":"12.50","priceCurrency":"PLN"}}</script>"#;
    std::fs::write(folder.path().join("saved.html"), page).unwrap();
    let args = ["source", "new", "https://www.sklep.example.pl/produkt/kubek", "--page", "saved.html"];
    let ran = touchstone(folder.path(), &args).await;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{said}");
    for line in ["written   sklep-example-pl.toml", "price = 12.5", "permission.basis, permission.contact"] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(std::fs::read(folder.path().join("samples/sklep-example-pl.html")).unwrap(), page.as_bytes());
    let again = touchstone(folder.path(), &args).await;
    assert_eq!(again.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&again.stderr).contains("sklep-example-pl.toml: is there already"));
}

#[tokio::test]
async fn what_may_not_be_asked_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let contact = ["--contact", "mailto:a@customs.example"];
    let refused = async |args: &[&str]| {
        let ran = touchstone(folder.path(), &[&["source", "new"], args].concat()).await;
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    let (code, why) = refused(&[&["http://127.0.0.1/p/1"], &contact[..]].concat()).await;
    assert!(code == Some(4) && why.contains("not an address of the public internet"), "{code:?} {why}");
    let (code, why) = refused(&[&["not an address"], &contact[..]].concat()).await;
    assert!(code == Some(3) && why.contains("not the address of a page"), "{code:?} {why}");
    let (code, why) = refused(&["https://shop.example/", "--contact", "me"]).await;
    assert!(code == Some(3) && why.contains("'me' cannot be sent to a site"), "{code:?} {why}");
    let (code, why) = refused(&["https://shop.example/"]).await;
    assert!(code == Some(2) && why.contains("--contact"), "{code:?} {why}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().flatten().filter(|e| e.path().is_file()).count(), 0);
}
