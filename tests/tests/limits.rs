//! What a crawl holds itself to, end to end: budgets, hours of the day, planned visits, walls, what a
//! server asks for, slow hosts, cookies.

#![allow(clippy::unwrap_used)]

mod database;
mod moment;

use acceptance::site::{PATIENCE, Reply, Site, product};
use acceptance::{App, Ran};
use chrono::{TimeDelta, Timelike, Utc};
use database::Rows;
use moment::crawl_at;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CRAWL: [&str; 4] = ["crawl", "shop.toml", "--data", "d"];
const START: &str = "start = [\"http://shop.example/\"]";

fn crawl(app: &App) -> Ran {
    app.run(&CRAWL)
}

fn start(app: &App, more: &[&str]) -> Child {
    let args = [&CRAWL[..], more].concat();
    app.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A list of links.
fn list(links: impl IntoIterator<Item = String>) -> Option<Reply> {
    let links: String = links.into_iter().map(|to| format!("<a href=\"{to}\">{to}</a> ")).collect();
    Some(Reply::page(format!("<!DOCTYPE html><html lang=en><title>List</title>{links}")))
}

/// A front page with links to products, and these.
fn shop_page(path: &str, pages: usize) -> Option<Reply> {
    if path == "/" {
        return list((0..pages).map(|n| format!("/p/{n}")));
    }
    let n: usize = path.strip_prefix("/p/")?.parse().ok().filter(|n| *n < pages)?;
    Some(Reply::page(product(&format!("Lamp {n}"), "10.00", &[])))
}

fn shop(pages: usize, tables: &str) -> (Site, App) {
    let site = Site::new(move |asked| shop_page(&asked.path, pages));
    let app = App::new();
    app.file("shop.toml", site.source(START, tables));
    (site, app)
}

#[test]
fn a_byte_budget_ends_a_crawl_and_says_so() {
    let (site, app) = shop(20, "[budget]\nbytes = 4000\n");
    let out = crawl(&app).ok();
    let bytes: u64 = app.rows("SELECT CAST(sum(bytes) AS text) FROM source_days").remove(0).parse().unwrap();
    let asked = site.asked().len();
    // A page is known by its size only once it is here: one may stand above the budget.
    assert!((3_000..5_000).contains(&bytes) && asked < 20, "{bytes} bytes, {asked} pages: {out}");
    assert!(out.contains("shop: the byte budget was reached; "), "{out}");
}

#[test]
fn the_requests_of_a_day_hold_for_all_processes_together() {
    // robots.txt counts, and each place it is redirected to.
    for (hops, budget) in [(0, 9), (2, 9), (2, 4), (0, 1), (2, 2), (0, 2)] {
        let day = Utc::now().date_naive();
        let site = Site::new(move |asked| match asked.path.as_str() {
            "/robots.txt" if hops > 0 => Some(Reply::to("/robots-1")),
            "/robots-1" => Some(Reply::to("/robots-2")),
            "/robots-2" => Some(Reply::of("text/plain", "User-agent: *\nAllow: /\n")),
            path => shop_page(path, 40),
        });
        let app = App::new();
        app.file("shop.toml", site.source(START, &format!("[budget]\nrequests_per_day = {budget}\n")));
        app.file("few.toml", "[crawl]\nbatch = 3\n");
        let both = [start(&app, &["--config", "few.toml"]), start(&app, &["--config", "few.toml"])];
        for process in both {
            let done = process.wait_with_output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        let requests: Vec<String> = site.requests().into_iter().map(|asked| asked.path).collect();
        let again = crawl(&app).ok();
        if Utc::now().date_naive() != day {
            return;
        }
        assert!(requests.len() <= budget, "{budget} allowed, asked {requests:?}");
        assert!(requests.len() + 1 >= budget, "{budget} allowed, asked only {requests:?}");
        assert!(again.contains("shop: the requests of the day are used up; "), "{again}");
        assert!(site.requests().is_empty(), "no more on the same day");
        assert_eq!(
            requests.contains(&"/".to_owned()),
            budget > hops + 1,
            "{budget} allowed, asked {requests:?}"
        );
    }
}

#[test]
fn outside_its_hours_a_source_is_not_asked() {
    let now = Utc::now();
    // Begins in one to two hours and lasts a minute.
    let begin = (now + TimeDelta::hours(2)).with_minute(0).unwrap().with_second(0).unwrap();
    let hours = format!("hours = [\"{}-{}\"]\n", begin.format("%H:%M"), begin.format("%H:01"));
    let (site, app) = shop(3, &hours);
    let ran = crawl(&app);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let until =
        begin.format("shop: its hours of the day are over until %Y-%m-%d %H:%M UTC; 1 addresses wait");
    assert!(ran.out.contains(&until.to_string()), "{}", ran.out);
    assert!(site.requests().is_empty());
    // The same hours in another zone contain this moment.
    let open =
        format!("hours = [\"{}-{}\"]\n", now.format("%H:00"), (now + TimeDelta::hours(2)).format("%H:30"));
    app.file("shop.toml", site.source(START, &open));
    crawl(&app).ok();
    assert_eq!(site.asked().len(), 4);
}

#[test]
fn with_planned_visits_only_what_is_due_is_asked_for() {
    let (site, app) = shop(3, "[revisit]\nshortest_hours = 12\nlongest_hours = 240\n");
    crawl(&app).ok();
    assert_eq!(site.asked().len(), 4);
    let again = crawl(&app).ok();
    assert!(again.contains("shop: no address is due yet"), "{again}");
    assert!(site.requests().is_empty(), "not even robots.txt");

    // What changes is seen more often: a page whose price changes each time, and one that stays.
    let price = Arc::new(AtomicUsize::new(10));
    let of_site = Arc::clone(&price);
    let site = Site::new(move |asked| match asked.path.as_str() {
        "/p/0" => Some(Reply::page(product(
            "Lamp",
            &format!("{}.00", of_site.fetch_add(1, Ordering::Relaxed)),
            &[],
        ))),
        path => shop_page(path, 2),
    });
    let app = App::new();
    let source = site
        .source("start = [\"http://shop.example/\"]", "[revisit]\nshortest_hours = 6\nlongest_hours = 240\n");
    app.file("shop.toml", source);
    let mut asked = Vec::new();
    for hour in (0..120).step_by(6) {
        let moment = chrono::DateTime::parse_from_rfc3339("2026-09-01T00:00:00Z").unwrap();
        crawl_at(&app, &(moment + TimeDelta::hours(hour)).to_rfc3339());
        asked.extend(site.asked());
    }
    let count = |path: &str| asked.iter().filter(|asked| *asked == path).count();
    // 0, 24, 36, 42, 48 and so on every six hours; 0, 24, 60, 114.
    assert_eq!((count("/p/0"), count("/p/1")), (16, 4), "{asked:?}");
}

type Answers = Box<dyn Fn(&str) -> Option<Reply> + Send + Sync>;

#[test]
fn a_wall_stops_the_source_and_nothing_more_is_asked() {
    let challenge = "<html><head><title>Just a moment...</title></head><body><form id=challenge-form></form>";
    let cases: [(&str, Answers, usize, &str); 4] = [
        ("three refusals", Box::new(|path| path.starts_with("/p/").then(|| Reply::status(403))), 4, "403"),
        (
            "a challenge",
            Box::new(move |path| (path == "/p/1").then(|| Reply::page(challenge))),
            3,
            "challenge page titled 'Just a moment...'",
        ),
        (
            "the start leads to a login",
            Box::new(|path| (path == "/").then(|| Reply::to("/login?to=/"))),
            1,
            "login page /login",
        ),
        (
            "every page leads to a login",
            Box::new(|path| path.starts_with("/p/").then(|| Reply::to("/account/login"))),
            4,
            "login page /account/login",
        ),
    ];
    for (what, reply, asked, sign) in cases {
        let site = Site::new(move |asked| reply(&asked.path).or_else(|| shop_page(&asked.path, 9)));
        let app = App::new();
        app.file("shop.toml", site.source(START, ""));
        let ran = crawl(&app);
        assert_eq!(ran.code, 6, "{what}: {}{}", ran.out, ran.err);
        let line = ran.out.lines().find(|line| line.starts_with("shop: stopped at a wall (")).unwrap();
        assert!(
            line.contains(sign) && line.ends_with("ask the site's operator for access"),
            "{what}: {line}"
        );
        assert_eq!(site.asked().len(), asked, "{what}");
        let status = app.run(&["source", "status", "--data", "d"]);
        assert_eq!(status.code, 6, "{what}: {}", status.out);
        assert!(status.out.contains("! shop: ") && status.out.contains("wall"), "{what}: {}", status.out);
    }
}

#[test]
fn one_refusal_is_one_pages_affair() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/p/1" | "/p/3" => Some(Reply::status(403)),
        path => shop_page(path, 5),
    });
    let app = App::new();
    app.file("shop.toml", site.source(START, ""));
    let ran = crawl(&app);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(site.asked().len(), 6);
    assert_eq!(app.rows("SELECT id FROM observations").len(), 3);
    assert!(!ran.out.contains("wall"), "{}", ran.out);
    let status = app.run(&["source", "status", "--data", "d"]);
    assert_eq!(status.code, 0, "{}", status.out);
}

#[test]
fn a_wall_shows_in_the_counts_while_another_source_goes_on() {
    let site = Site::new(|asked| match asked.host.as_str() {
        "shop.example" if asked.path != "/robots.txt" => Some(Reply::status(403)),
        "other.example" => shop_page(&asked.path, 2),
        _ => None,
    });
    let app = App::new();
    app.file("shop.toml", site.source(START, ""));
    let other = site.source("start = [\"http://other.example/\"]", "").replace("\"shop\"", "\"other\"");
    app.file("other.toml", other);
    site.hold("other.example/p/1");
    let mut child = start(&app, &["other.toml", "--metrics", "0"]);
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().trim().strip_suffix("/metrics").unwrap().to_owned();
    let deadline = Instant::now() + PATIENCE;
    let page = loop {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        if page.contains("touchstone_crawl_wall{source=\"shop\"} 1") {
            break page;
        }
        assert!(Instant::now() < deadline, "{page}");
        std::thread::yield_now();
    };
    assert!(page.contains("touchstone_crawl_wall{source=\"other\"} 0"), "{page}");
    site.let_go();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(6));
    assert_eq!(app.rows("SELECT name FROM observations ORDER BY name"), ["Lamp 0", "Lamp 1"]);
}

#[test]
fn a_server_that_asks_for_a_pause_gets_it_and_the_page_comes() {
    let asked_at: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let moments = Arc::clone(&asked_at);
    let site = Site::new(move |asked| {
        let mut moments = moments.lock().unwrap();
        moments.push(Instant::now());
        // robots.txt, the front page, then one page that is refused once.
        let busy = moments.len() == 3;
        drop(moments);
        if busy { Some(Reply::status(429).with("Retry-After", "1")) } else { shop_page(&asked.path, 3) }
    });
    let app = App::new();
    app.file("shop.toml", site.source(START, ""));
    let out = crawl(&app).ok();
    assert_eq!(app.rows("SELECT name FROM observations ORDER BY name"), ["Lamp 0", "Lamp 1", "Lamp 2"]);
    let moments = asked_at.lock().unwrap();
    assert_eq!(moments.len(), 6, "{out}");
    assert!(moments[3] - moments[2] >= Duration::from_secs(1), "the whole host is left alone");
}

/// What the program wrote, as soon as it has.
fn written(app: &App, query: &'static str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(row) = app.rows(query).pop() {
            return row;
        }
        assert!(Instant::now() < deadline, "nothing was written for {query}");
        std::thread::yield_now();
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_pause_asked_for_survives_the_process_that_was_asked() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/p/0" => Some(Reply::status(429).with("Retry-After", "3600")),
        path => shop_page(path, 4),
    });
    let app = App::new();
    app.file("shop.toml", site.source(START, "concurrency = 2\n"));
    // Another page of the same lease is still under way when the process is killed.
    site.hold("shop.example/p/1");
    let child = start(&app, &[]);
    site.wait_for("/p/1");
    let rests = written(&app, "SELECT next_at FROM hosts WHERE failures = 1 AND lease_worker IS NOT NULL");
    kill(child);
    assert!(rests.parse::<chrono::DateTime<Utc>>().unwrap() > Utc::now() + TimeDelta::minutes(59), "{rests}");
    site.let_go();
    // Two at once come in either order.
    let mut asked = site.asked();
    asked.sort();
    assert_eq!(asked, ["/", "/p/0", "/p/1"]);
    let out = crawl(&app).ok();
    assert!(site.requests().is_empty(), "the host asked to be left alone for an hour: {out}");
    assert!(out.contains("shop: 4 addresses failed for now and wait for the next crawl"), "{out}");
}

#[test]
fn a_crawl_delay_learned_survives_the_process_that_learned_it() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/robots.txt" => Some(Reply::of("text/plain", "User-agent: *\nCrawl-delay: 120\n")),
        path => shop_page(path, 4),
    });
    let app = App::new();
    app.file("shop.toml", site.source(START, ""));
    // It waits for the turn of its first page when it is killed.
    let child = start(&app, &[]);
    site.wait_for("/robots.txt");
    written(&app, "SELECT origin FROM robots");
    assert_eq!(
        app.rows("SELECT CAST(delay_ms AS text) FROM hosts WHERE lease_worker IS NOT NULL"),
        ["120000"]
    );
    kill(child);
    let killed = Utc::now();
    assert_eq!(site.requests().len(), 1);
    let next = start(&app, &[]);
    let rests = written(&app, "SELECT next_at FROM hosts WHERE lease_worker IS NULL");
    kill(next);
    assert!(rests.parse::<chrono::DateTime<Utc>>().unwrap() >= killed + TimeDelta::seconds(119), "{rests}");
    assert!(site.requests().is_empty(), "neither a page nor robots.txt once more");
}

#[test]
fn without_robots_nothing_is_asked_and_the_addresses_wait() {
    let well = Arc::new(AtomicBool::new(false));
    let of_site = Arc::clone(&well);
    let site = Site::new(move |asked| match asked.path.as_str() {
        "/robots.txt" if !of_site.load(Ordering::Relaxed) => Some(Reply::status(503)),
        "/robots.txt" => Some(Reply::of("text/plain", "User-agent: *\nDisallow: /p/1\n")),
        path => shop_page(path, 3),
    });
    let app = App::new();
    app.file("shop.toml", site.source(START, ""));
    let report = crawl_at(&app, "2026-09-01T00:00:00Z");
    assert_eq!((report.counts.waiting, report.counts.fetched), (1, 0), "{report:?}");
    assert!(report.got_nothing(), "{report:?}");
    assert!(report.first_miss.unwrap().contains("robots.txt could not be had, so nothing may be fetched"));
    assert_eq!(site.asked(), [""; 0]);
    well.store(true, Ordering::Relaxed);
    // Within ten minutes nobody asks again.
    let report = crawl_at(&app, "2026-09-01T00:05:00Z");
    assert_eq!((report.counts.waiting, site.requests().len()), (1, 0), "{report:?}");
    let report = crawl_at(&app, "2026-09-01T00:15:00Z");
    assert_eq!(
        (report.counts.waiting, report.counts.fetched, report.counts.disallowed),
        (0, 3, 1),
        "{report:?}"
    );
    assert_eq!(site.asked(), ["/", "/p/0", "/p/2"]);
}

#[test]
fn a_host_that_rests_is_told_with_its_time() {
    let site = Site::new(|asked| (asked.path == "/robots.txt").then(|| Reply::status(503)));
    let app = App::new();
    app.file("shop.toml", site.source(START, ""));
    let ran = crawl(&app);
    assert_eq!(ran.code, 6, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("robots.txt could not be had, so nothing may be fetched"), "{}", ran.out);
    assert_eq!(site.requests().len(), 1);
    let out = crawl(&app).ok();
    let line = "shop: its hosts rest after failures; 1 addresses wait; `touchstone source status shop` says until when";
    assert!(out.lines().any(|told| told == line) && !out.contains("due yet"), "{out}");
    assert!(site.requests().is_empty());
    let status = app.run(&["source", "status", "shop", "--data", "d"]).ok();
    assert!(status.contains("shop.example rests after a failure until "), "{status}");
    // Its operator says that it is back.
    assert_eq!(app.run(&["source", "resume", "nobody", "--data", "d"]).code, 3);
    let lifted = app.run(&["source", "resume", "shop", "--data", "d", "--json"]).json();
    assert_eq!(lifted, serde_json::json!({ "source": "shop", "hosts": ["shop.example"] }));
    assert_eq!(crawl(&app).code, 6, "it is not");
    assert_eq!(site.requests().len(), 1, "but it was asked");
    let lifted = app.run(&["source", "resume", "shop", "--data", "d"]).ok();
    assert_eq!(lifted, "shop: shop.example may be asked again after its usual pace\n");
    assert!(app.run(&["source", "resume", "shop", "--data", "d"]).ok().contains("none of its hosts rests"));
}

#[test]
fn a_slow_host_holds_up_no_other() {
    let site = Site::new(|asked| shop_page(&asked.path, if asked.host == "slow.example" { 2 } else { 30 }));
    let app = App::new();
    let starts = "start = [\"http://slow.example/\", \"http://shop.example/\"]";
    app.file("shop.toml", site.source(starts, ""));
    site.hold("slow.example/");
    let child = start(&app, &[]);
    site.wait_for("/p/29");
    site.let_go();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(app.rows("SELECT id FROM observations").len(), 32);
    let order: Vec<String> = site.requests().into_iter().map(|asked| asked.host + &asked.path).collect();
    let slow = order.iter().position(|asked| asked == "slow.example/").unwrap_or(order.len());
    let last = order.iter().position(|asked| asked == "shop.example/p/29").unwrap();
    assert!(last < slow, "the slow host's first page came after all of the other: {order:?}");
}

#[test]
fn cookies_are_sent_back_only_where_the_source_says_so() {
    for wanted in [true, false] {
        let site = Site::new(|asked| {
            let reply = shop_page(&asked.path, 3)?;
            Some(if asked.path == "/" {
                reply.with("Set-Cookie", "currency=chosen-EUR; Path=/")
            } else {
                reply
            })
        });
        let app = App::new();
        app.file("shop.toml", site.source(&format!("{START}\ncookies = {wanted}"), ""));
        crawl(&app).ok();
        let requests = site.requests();
        let with: Vec<&str> = requests
            .iter()
            .filter(|asked| asked.header("cookie") == Some("currency=chosen-EUR"))
            .map(|asked| &*asked.path)
            .collect();
        assert!(requests.iter().all(|asked| asked.path != "/robots.txt" || asked.header("cookie").is_none()));
        let expected: &[&str] = if wanted { &["/p/0", "/p/1", "/p/2"] } else { &[] };
        assert_eq!(with, expected);
        for entry in std::fs::read_dir(app.path().join("d/archive")).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let mut text = Vec::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
            let text = String::from_utf8_lossy(&text);
            assert!(text.contains("set-cookie") || text.contains("Set-Cookie"));
            // What is given back is not written down; what is not, is one line of an answer among others.
            assert_eq!(text.contains("chosen-EUR"), !wanted, "only the cookie's name");
        }
    }
}
