//! What a crawl has stored is proved out of its archive, also on later days when nothing had changed;
//! one byte that is another is named.

#![allow(clippy::unwrap_used)]

mod database;

use acceptance::App;
use acceptance::site::{Reply, Site, product};
use api::pipeline::Pipeline;
use database::Rows;
use serde_json::Value;
use std::sync::Arc;

const FEED: &str = "id\ttitle\tlink\tprice\nL1\tLamp one\thttp://shop.example/i/1\t12.50 EUR\n\
                    L2\tLamp two\thttp://shop.example/i/2\t7.00 EUR\n";
const ANSWER: &str = "{\"items\":[{\"title\":\"Vase one\",\"cost\":\"3.00 EUR\"},{\"title\":\"Vase two\",\"cost\":\"4.00 EUR\"}]}";

fn site() -> Site {
    Site::new(|asked| match asked.path.as_str() {
        "/feed" => Some(Reply::of("text/tab-separated-values", FEED).with("ETag", "\"f\"")),
        // Sent again each time: found unchanged by its content.
        "/v1" => Some(Reply::of("application/json", ANSWER)),
        "/p/0" => Some(Reply::page(product("Chair", "20.00", &["/p/1"])).with("ETag", "\"p\"")),
        "/p/1" if asked.header("if-none-match") == Some("\"q\"") => Some(Reply::status(304)),
        "/p/1" => Some(Reply::page(product("Table", "80.00", &[])).with("ETag", "\"q\"")),
        _ => None,
    })
}

/// Crawls the three sources on a day.
fn crawl_on(app: &App, day: &str) {
    let settings = api::settings::Settings { data: app.path().join("d"), ..Default::default() };
    let clock = Arc::new(model::FixedClock::noon(day.parse().unwrap()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pipeline = Pipeline::open_at(settings, clock).await.unwrap();
        for name in ["shop", "feed", "interface"] {
            let text = std::fs::read_to_string(app.path().join(name)).unwrap();
            let source = crawler::source_file::parse(&text, name).unwrap();
            pipeline.crawl(&source, &text, &Arc::new(false.into()), &|_| {}).await.unwrap();
        }
        pipeline.store.close().await;
    });
}

/// Exit code, the proofs that failed, the counts.
fn verify(app: &App) -> (i32, Vec<Value>, Value) {
    let ran = app.run(&["evidence", "verify", "--all", "--json", "--data", "d"]);
    let mut lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = lines.pop().unwrap();
    (ran.code, lines, report)
}

#[test]
fn what_was_crawled_is_proved_and_a_changed_byte_is_named() {
    let (site, app) = (site(), App::new());
    app.file("shop", site.source("start = [\"http://shop.example/p/0\"]", ""));
    let named = |source: String, id: &str| source.replace("id = \"shop\"", &format!("id = \"{id}\""));
    let feed = site.source("kind = \"feed\"\nlanguage = \"en\"\nstart = [\"http://shop.example/feed\"]", "");
    app.file("feed", named(feed, "feed"));
    let fields = "[api]\nitems = \"/items\"\n[api.fields]\nname = \"/title\"\nprice = \"/cost\"\n";
    let api = site.source("kind = \"api\"\nlanguage = \"en\"\nstart = [\"http://shop.example/v1\"]", fields);
    app.file("interface", named(api, "interface"));
    for (n, day) in ["2026-09-01", "2026-09-02", "2026-09-05"].into_iter().enumerate() {
        crawl_on(&app, day);
        let (code, failed, report) = verify(&app);
        assert_eq!((code, failed), (0, vec![]), "{report}");
        assert_eq!((&report["checked"], &report["ok"]), (&(6 * (n + 1)).into(), &(6 * (n + 1)).into()));
        assert_eq!(report["ok_seen_again"], 6 * n, "{report}");
    }
    assert_eq!(app.rows("SELECT DISTINCT captured_day FROM observations").len(), 3);

    let places = app.rows(
        "SELECT archive_file || ' ' || archive_offset || ' ' || name FROM observations WHERE original_id IS NULL ORDER BY name",
    );
    assert_eq!(places.len(), 6);
    for place in places {
        let mut parts = place.splitn(3, ' ');
        let (file, offset, name) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let path = app.path().join("d/archive").join(file);
        let whole = std::fs::read(&path).unwrap();
        let mut changed = whole.clone();
        // Behind the member's head: in what is packed of this record.
        changed[offset.parse::<usize>().unwrap() + 60] ^= 0x10;
        std::fs::write(&path, changed).unwrap();
        let (code, failed, report) = verify(&app);
        assert_eq!(code, 6, "{name}: {report}");
        let of_it: Vec<&Value> = failed.iter().filter(|proof| proof["name"] == name).collect();
        assert!(!of_it.is_empty(), "{name}: {failed:?}");
        for proof in of_it {
            assert_eq!(proof["finding"], "damaged", "{proof}");
            assert_eq!(proof["place"]["file"], file, "{proof}");
        }
        assert!(report["damaged"].as_u64() < Some(18), "the others still stand: {report}");
        std::fs::write(&path, whole).unwrap();
    }
    assert_eq!(verify(&app).0, 0);
}
