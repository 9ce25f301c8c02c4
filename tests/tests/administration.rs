//! What an administrator sees: a site that changes its pages raises the alarm in the crawl's report, in
//! `source status`, in `doctor` and for Prometheus; a crawl is watched while it runs.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::site::{PATIENCE, Reply, Site, product};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

/// Product pages of the shop.
const PAGES: usize = 40;
#[derive(Default)]
struct State {
    /// Stands on every page, so that each crawl finds all of them changed.
    edition: u32,
    /// Whether prices are where they used to be.
    changed_layout: bool,
}

/// A shop on loopback: a front page with links to products.
struct Shop {
    site: Site,
    state: Arc<Mutex<State>>,
}

impl Shop {
    fn new() -> Shop {
        let state: Arc<Mutex<State>> = Arc::default();
        let of_site = Arc::clone(&state);
        let site = Site::new(move |asked| {
            let state = of_site.lock().unwrap();
            answer(&asked.path, state.edition, state.changed_layout)
        });
        Shop { site, state }
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }
}

fn answer(path: &str, edition: u32, changed: bool) -> Option<Reply> {
    if path == "/" {
        return Some(Reply::page(
            (0..PAGES).map(|n| format!("<a href=/p/{n}>Lamp {n}</a>")).collect::<String>(),
        ));
    }
    let n: usize = path.strip_prefix("/p/")?.parse().ok()?;
    // A quarter of the pages kept the old layout: the drop is large, not total.
    Some(Reply::page(match n % 4 {
        1.. if changed => {
            format!("<html lang=en><title>Lamp {n}</title><h1>Lamp {n}</h1><p>Edition {edition}")
        }
        _ => product(&format!("Lamp {n}"), &format!("{}.00", 10 + edition), &[]),
    }))
}

/// A shop and a folder with its source file.
fn shop() -> (Shop, App) {
    let (shop, app) = (Shop::new(), App::new());
    let keys = "start = [\"http://shop.example/\"]\nsitemaps = false";
    let tables = "[rules]\nproduct_paths = [\"/p/\"]\n[budget]\nrequests_per_day = 5000\n";
    app.file("config/sources/shop.toml", shop.site.source(keys, tables));
    (shop, app)
}

const CRAWL: [&str; 4] = ["crawl", "config/sources/shop.toml", "--data", "d"];

#[test]
fn a_changed_layout_raises_the_alarm_wherever_an_administrator_looks() {
    let (shop, app) = shop();
    let first = app.run(&["source", "status", "--data", "d"]);
    assert_eq!(first.code, 3, "there is no database yet");
    for edition in 1..=4 {
        shop.set(|state| state.edition = edition);
        let ran = app.run(&CRAWL);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    }
    let well = app.run(&["source", "status", "--data", "d"]).ok();
    assert!(well.contains("1.00 (1.00)") && well.contains("No alarm."), "{well}");

    shop.set(|state| (state.edition, state.changed_layout) = (5, true));
    let ran = app.run(&CRAWL);
    assert_eq!(ran.code, 6, "{}{}", ran.out, ran.err);
    let sentence = "0.25 offers a page, usually 1.00 (40 pages read, held to 4 crawls";
    assert!(ran.out.contains(&format!("shop: ALARM: {sentence}")), "{}", ran.out);

    let status = app.run(&["source", "status", "--data", "d"]);
    assert_eq!(status.code, 6);
    assert!(
        status.out.contains("! shop: 0.25 offers a page") && status.out.contains("1 alarm."),
        "{}",
        status.out
    );
    assert!(status.out.lines().all(|line| line.chars().count() <= 80), "{}", status.out);
    let full = app.run(&["source", "status", "shop", "--data", "d"]);
    assert_eq!(full.code, 6);
    for part in [
        "shop  Shop",
        "finished",
        "40 fetched, 1 unchanged",
        " of 5,000 requests",
        "ALARM        0.25 offers",
    ] {
        assert!(full.out.contains(part), "{part}: {}", full.out);
    }
    let json = app.run(&["source", "status", "--json", "--data", "d"]).json();
    let shop_json = &json[0];
    assert_eq!(shop_json["alarms"][0]["code"], "layout_drift");
    assert_eq!(
        (&shop_json["offers_per_page"], &shop_json["usual_offers_per_page"]),
        (&0.25.into(), &1.0.into())
    );
    assert_eq!(shop_json["last_crawl"]["ended"], "finished");
    assert_eq!(shop_json["requests_per_day"], 5_000);

    as_documented(shop_json);

    let doctor = app.run(&["doctor", "--data", "d"]);
    assert_eq!(doctor.code, 4, "{}", doctor.out);
    assert!(doctor.out.contains("LOOK  alarms       shop: 0.25 offers a page"), "{}", doctor.out);

    let reports = app.run(&[&CRAWL[..], &["--json"]].concat());
    assert_eq!(reports.code, 6, "unchanged pages are no all-clear: {}", reports.out);
    assert_eq!(reports.json()[0]["drift"]["standing"], 1);

    // The rules are mended, offers come again.
    shop.set(|state| (state.edition, state.changed_layout) = (6, false));
    app.run(&CRAWL).ok();
    app.run(&["source", "status", "--data", "d"]).ok();
    assert_eq!(app.run(&["source", "status", "nobody", "--data", "d"]).code, 3);
}

/// The keys of a source's status are those of docs/CONTRACTS.md, in its order.
fn as_documented(status: &serde_json::Value) {
    let page = std::fs::read_to_string(acceptance::root().join("docs/CONTRACTS.md")).unwrap();
    let (_, section) = page.split_once("\n## Sources\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let first_cells = section.lines().filter(|l| l.starts_with("| `")).filter_map(|l| l.split('|').nth(1));
    let documented: Vec<&str> = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut found = keys(status);
    // On the page what belongs together stands on one line.
    let mut expected = documented.clone();
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for key in keys(&status["last_crawl"]) {
        assert!(section.contains(&key), "{key}");
    }
}

#[test]
fn a_crawl_is_watched_while_it_runs() {
    let (shop, app) = shop();
    shop.site.hold("shop.example/p/39");
    let mut child = app
        .command(&[&CRAWL[..], &["--metrics", "0"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().trim().strip_suffix("/metrics").unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{line}");
    shop.site.wait_for("/p/39");
    let deadline = std::time::Instant::now() + PATIENCE;
    // What came before the page that is held is written down within a moment. A page of counts may be
    // drawn while they grow: one that is the same twice was not.
    let mut before = String::new();
    let (page, fetched) = loop {
        let page = got(&address);
        let sample = "touchstone_crawl_requests_total{source=\"shop\",outcome=\"fetched\"} ";
        let fetched =
            page.split_once(sample).and_then(|(_, rest)| rest.lines().next()?.parse::<usize>().ok());
        let samples = page.split_once("\r\n\r\n").unwrap().1.to_owned();
        match fetched {
            Some(fetched) if fetched > 1 && samples == before => break (page, fetched),
            _ => assert!(std::time::Instant::now() < deadline, "{page}"),
        }
        before = samples;
    };
    shop.site.let_go();
    let parts = [
        "HTTP/1.1 200 OK".to_owned(),
        "text/plain; version=0.0.4".to_owned(),
        "# TYPE touchstone_crawl_fetch_seconds histogram".to_owned(),
        format!("touchstone_crawl_fetch_seconds_count{{source=\"shop\"}} {fetched}"),
        // The front page offers nothing.
        format!("touchstone_crawl_offers_total{{source=\"shop\",result=\"new\"}} {}", fetched - 1),
        format!("touchstone_crawl_waiting_urls{{source=\"shop\"}} {}", PAGES + 1 - fetched),
        "touchstone_crawl_wall{source=\"shop\"} 0".to_owned(),
        "touchstone_build_info{version=".to_owned(),
    ];
    for part in parts {
        assert!(page.contains(&part), "{part}: {page}");
    }
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    // No terminal, no display.
    assert_eq!(rest, "");
}

/// The page of counts, head and body.
fn got(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}
