//! Tests of [`super`] against a server on loopback that behaves well and badly.

use super::*;
use crate::archive::read_payload;
use crate::robots_asking::ROBOTS_HOPS;
use crate::source_file;
use chrono::{DateTime, Utc};
use model::{ContentHash, FixedClock};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tempfile::TempDir;
use wiremock::matchers::{header, header_exists, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

struct Shop {
    server: MockServer,
    engine: Engine,
    archive: Arc<Mutex<Archive>>,
    dir: TempDir,
}

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A source on `shop.example`, led to the server; `more` goes to the end of its file.
fn source(server: &MockServer, more: &str) -> Source {
    let text = format!(
        "id = \"shop\"\nname = \"Shop\"\nmarket = \"DE\"\nstart = [\"http://shop.example/\"]\n\
         [permission]\nbasis = \"test\"\ncontact = \"mailto:a@customs.example\"\n\
         [pace]\ndelay_seconds = 0\ntimeout_seconds = 10\n\
         [network]\nallow_loopback = true\nconnect_to = \"{}\"\n{more}",
        server.address()
    );
    source_file::parse(&text, "shop.toml").unwrap()
}

async fn shop_with(robots: ResponseTemplate, more: &str) -> Shop {
    let server = MockServer::start().await;
    Mock::given(path("/robots.txt")).respond_with(robots).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open(dir.path(), "shop", noon()).unwrap();
    let archive = Arc::new(Mutex::new(archive));
    let mut options = EngineOptions::new(archive.clone(), Arc::new(FixedClock(noon())));
    options.max_wait = Duration::from_secs(5);
    let engine = Engine::new(source(&server, more), options).unwrap();
    Shop { server, engine, archive, dir }
}

async fn shop() -> Shop {
    shop_with(ResponseTemplate::new(404), "").await
}

impl Shop {
    async fn serve(&self, at: &str, response: ResponseTemplate) {
        Mock::given(method("GET")).and(path(at)).respond_with(response).mount(&self.server).await;
    }
    async fn visit(&self, at: &str) -> Outcome {
        self.ask(&target(at)).await
    }
    async fn ask(&self, target: &Target) -> Outcome {
        self.engine.visit(target, &LeaseClock::unlimited()).await.unwrap().outcome
    }
    async fn asked(&self) -> Vec<String> {
        let all = self.server.received_requests().await.unwrap();
        all.iter().map(|r| r.url.path().to_owned()).collect()
    }
    /// Types of the archived records, in order.
    fn records(&self) -> Vec<String> {
        let mut text = String::new();
        for entry in std::fs::read_dir(self.dir.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let mut all = flate2::read::MultiGzDecoder::new(&bytes[..]);
            std::io::Read::read_to_string(&mut all, &mut text).unwrap();
        }
        text.lines()
            .filter_map(|line| line.strip_prefix("WARC-Type: "))
            .map(|kind| kind.trim().to_owned())
            .collect()
    }
}

fn target(at: &str) -> Target {
    Target { url: format!("http://shop.example{at}"), ..Target::default() }
}

fn html(body: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/html")
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut out, plain).unwrap();
    out.finish().unwrap()
}

#[tokio::test]
async fn a_page_is_archived_with_what_was_sent() {
    let shop = shop().await;
    Mock::given(path("/p"))
        .and(header("host", "shop.example"))
        .and(header(
            "user-agent",
            concat!("touchstone/", env!("CARGO_PKG_VERSION"), " (+mailto:a@customs.example)"),
        ))
        .and(header("accept-encoding", "gzip"))
        .respond_with(
            html(gzip("<p>1,00 €</p>".as_bytes()))
                .insert_header("content-encoding", "gzip")
                .insert_header("etag", "\"v1\""),
        )
        .mount(&shop.server)
        .await;
    let Outcome::Page(page, _) = shop.visit("/p").await else { panic!("no page") };
    assert_eq!(page.body, "<p>1,00 €</p>".as_bytes());
    assert_eq!(page.payload_hash, ContentHash::of(&page.body));
    assert_eq!(page.validators.etag.as_deref(), Some("\"v1\""));
    assert_eq!(page.content_type.as_deref(), Some("text/html"));
    assert_eq!((page.fetched_at, page.status), (noon(), 200));
    let (headers, payload) = read_payload(shop.dir.path(), &page.archive.unwrap()).unwrap();
    assert_eq!(payload, page.body);
    assert!(headers.contains(&("X-Crawler-content-encoding".to_owned(), "gzip".to_owned())));
    assert_eq!(shop.records(), ["warcinfo", "response", "request", "metadata"]);
}

#[tokio::test]
async fn an_unchanged_page_is_a_revisit() {
    let shop = shop().await;
    Mock::given(path("/p"))
        .and(header_exists("if-none-match"))
        .and(header_exists("if-modified-since"))
        .respond_with(ResponseTemplate::new(304))
        .mount(&shop.server)
        .await;
    shop.serve("/p", html("same")).await;
    let mut again = target("/p");
    again.validators = Validators {
        etag: Some("\"v1\"".to_owned()),
        last_modified: Some("Sun, 01 Feb 2026 00:00:00 GMT".to_owned()),
    };
    let outcome = shop.ask(&again).await;
    let Outcome::Unchanged { archive: Some(_), validators, seen_at } = outcome else { panic!("{outcome:?}") };
    assert_eq!((validators, seen_at), (again.validators, noon()));

    // No validators, but the same bytes.
    let mut again = target("/p");
    again.known_hash = Some(ContentHash::of(b"same"));
    let outcome = shop.ask(&again).await;
    assert!(matches!(outcome, Outcome::Unchanged { .. }), "{outcome:?}");
    again.known_hash = Some(ContentHash::of(b"other"));
    let outcome = shop.ask(&again).await;
    assert!(matches!(outcome, Outcome::Page(..)), "{outcome:?}");
    assert_eq!(
        shop.records(),
        [
            "warcinfo", "revisit", "request", "metadata", "revisit", "request", "metadata", "response",
            "request", "metadata"
        ]
    );
}

#[tokio::test]
async fn a_redirect_is_handed_back() {
    let shop = shop().await;
    let to = ResponseTemplate::new(301).insert_header("location", "/new?utm_source=a#top");
    shop.serve("/old", to).await;
    shop.serve("/lost", ResponseTemplate::new(302)).await;
    let outcome = shop.visit("/old").await;
    let Outcome::Redirect { to, status } = outcome else { panic!("{outcome:?}") };
    assert_eq!((to.as_str(), status), ("http://shop.example/new", 301));
    let outcome = shop.visit("/lost").await;
    assert!(matches!(outcome, Outcome::Failed { retry: false, .. }), "{outcome:?}");
    assert_eq!(shop.asked().await, ["/robots.txt", "/old", "/lost"]);
}

#[tokio::test]
async fn robots_rules_are_obeyed_and_asked_for_once() {
    let robots = ResponseTemplate::new(200).set_body_string(
        "User-agent: *\nDisallow: /\n\nUser-agent: touchstone\nDisallow: /p/\nAllow: /p/ok\n",
    );
    let shop = shop_with(robots, "").await;
    shop.serve("/p/ok", html("ok")).await;
    let targets = ["/p/ok", "/p/no", "/p/ok", "/p/no2"].map(target);
    let lease = LeaseClock::unlimited();
    let visits = targets.iter().map(|target| shop.engine.visit(target, &lease));
    let outcomes: Vec<bool> = futures::future::try_join_all(visits)
        .await
        .unwrap()
        .iter()
        .map(|visit| matches!(visit.outcome, Outcome::Page(..)))
        .collect();
    assert_eq!(outcomes, [true, false, true, false]);
    let mut asked = shop.asked().await;
    asked.sort();
    assert_eq!(asked, ["/p/ok", "/p/ok", "/robots.txt"]);
}

#[tokio::test]
async fn unreachable_robots_close_a_site_and_missing_ones_open_it() {
    for (status, open) in [(404, true), (401, true), (410, true), (500, false), (503, false), (429, false)] {
        let shop = shop_with(ResponseTemplate::new(status), "").await;
        shop.serve("/p", html("ok")).await;
        let outcome = shop.visit("/p").await;
        match outcome {
            Outcome::Page(..) => assert!(open, "{status}"),
            Outcome::Disallowed { reason, .. } => {
                assert!(!open && reason.contains(&status.to_string()), "{status}: {reason}");
                assert_eq!(shop.asked().await, ["/robots.txt"]);
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn robots_may_be_redirected_but_not_for_ever_and_not_inwards() {
    let to = |location: &str| ResponseTemplate::new(301).insert_header("location", location);
    let shop = shop_with(to("/r1"), "").await;
    shop.serve("/r1", to("/r2")).await;
    shop.serve("/r2", ResponseTemplate::new(200).set_body_string("User-agent: *\nDisallow: /no\n")).await;
    shop.serve("/ok", html("ok")).await;
    assert!(matches!(shop.visit("/no").await, Outcome::Disallowed { .. }));
    assert!(matches!(shop.visit("/ok").await, Outcome::Page(..)));

    let shop = shop_with(to("/robots.txt"), "").await;
    let outcome = shop.visit("/ok").await;
    assert!(matches!(outcome, Outcome::Disallowed { .. }), "{outcome:?}");
    assert_eq!(shop.asked().await.len(), 1 + ROBOTS_HOPS);

    let shop = shop_with(to("http://10.0.0.1/robots.txt"), "").await;
    let outcome = shop.visit("/ok").await;
    let Outcome::Disallowed { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("10.0.0.1"), "{reason}");
}

#[tokio::test]
async fn a_crawl_delay_prevails_over_a_faster_pace() {
    let robots = ResponseTemplate::new(200).set_body_string("User-agent: *\nCrawl-delay: 0.15\n");
    let shop = shop_with(robots, "").await;
    shop.serve("/p", html("ok")).await;
    let start = Instant::now();
    for _ in 0..3 {
        assert!(matches!(shop.visit("/p").await, Outcome::Page(..)));
    }
    // robots.txt, then three pages: three gaps.
    assert!(start.elapsed() >= Duration::from_millis(450));
}

#[tokio::test]
async fn retry_after_keeps_the_whole_host_quiet() {
    let date = "Sun, 01 Mar 2026 13:00:00 GMT";
    for (value, server_date, seconds) in [
        ("120", None, 120),
        (date, None, 3600),
        // The server's clock is a year off: its own difference counts.
        ("Mon, 01 Mar 2027 13:00:00 GMT", Some("Mon, 01 Mar 2027 12:55:00 GMT"), 300),
    ] {
        let shop = shop().await;
        let mut slow = ResponseTemplate::new(429).insert_header("retry-after", value);
        if let Some(date) = server_date {
            slow = slow.insert_header("date", date);
        } else {
            // hyper would add the real date of the day.
            slow = slow.insert_header("date", "Sun, 01 Mar 2026 12:00:00 GMT");
        }
        shop.serve("/limited", slow).await;
        shop.serve("/p", html("ok")).await;
        let outcome = shop.visit("/limited").await;
        let Outcome::Failed { retry_after: Some(pause), retry: true, .. } = outcome else {
            panic!("{outcome:?}")
        };
        let asked = Duration::from_secs(seconds);
        assert!(pause >= asked && pause <= asked * 5 / 4, "{pause:?}");
        // Nothing is sent, and that is no failure of this page.
        let visit = shop.engine.visit(&target("/p"), &LeaseClock::unlimited()).await.unwrap();
        let Outcome::Resting { wait } = visit.outcome else { panic!("{visit:?}") };
        assert!(visit.requests == 0 && wait <= pause && wait > asked - Duration::from_secs(60), "{wait:?}");
        assert_eq!(shop.asked().await, ["/robots.txt", "/limited"]);
    }
}

#[tokio::test]
async fn large_answers_and_bombs_are_stopped() {
    let shop = shop_with(ResponseTemplate::new(404), "[budget]\npage_bytes = 100000\n").await;
    shop.serve("/fits", html(vec![b'a'; 100_000])).await;
    shop.serve("/large", html(vec![b'a'; 100_001])).await;
    let bomb = gzip(&vec![b'a'; 30_000_000]);
    assert!(bomb.len() < 100_000);
    let bomb = html(bomb).insert_header("content-encoding", "gzip");
    shop.serve("/bomb", bomb).await;
    assert!(matches!(shop.visit("/fits").await, Outcome::Page(..)));
    for at in ["/large", "/bomb"] {
        let outcome = shop.visit(at).await;
        let Outcome::Failed { reason, retry: false, .. } = outcome else { panic!("{at}: {outcome:?}") };
        assert!(reason.contains("larger than 100000 bytes"), "{reason}");
    }
}

#[tokio::test]
async fn broken_encodings_are_failures_of_the_page() {
    let shop = shop().await;
    let br = html("x").insert_header("content-encoding", "br");
    shop.serve("/br", br).await;
    let broken = html("not gzip at all").insert_header("content-encoding", "gzip");
    shop.serve("/broken", broken).await;
    let empty = html("").insert_header("content-encoding", "gzip");
    shop.serve("/empty", empty).await;
    for at in ["/br", "/broken"] {
        let outcome = shop.visit(at).await;
        assert!(matches!(outcome, Outcome::Failed { retry: false, .. }), "{outcome:?}");
    }
    assert!(matches!(shop.visit("/empty").await, Outcome::Page(..)));
}

#[tokio::test]
async fn error_statuses_are_told_apart() {
    let shop = shop().await;
    shop.serve("/gone", ResponseTemplate::new(410)).await;
    shop.serve("/down", ResponseTemplate::new(500)).await;
    shop.serve("/odd", ResponseTemplate::new(304)).await;
    assert!(matches!(shop.visit("/gone").await, Outcome::HttpError { status: 410 }));
    assert!(matches!(shop.visit("/nothing").await, Outcome::HttpError { status: 404 }));
    // 304 to a request that was not conditional.
    assert!(matches!(shop.visit("/odd").await, Outcome::HttpError { status: 304 }));
    let outcome = shop.visit("/down").await;
    assert!(matches!(outcome, Outcome::Failed { retry: true, retry_after: Some(_), .. }), "{outcome:?}");
}

#[tokio::test]
async fn addresses_inside_are_refused_without_asking() {
    let shop = shop().await;
    let port = shop.server.address().port();
    let mut strict = source(&shop.server, "");
    strict.network = model::Network::default();
    strict.scope.hosts =
        ["127.0.0.1", "localhost", "10.0.0.1", "[::1]", "shop.example"].map(str::to_owned).to_vec();
    let options = EngineOptions::new(shop.archive.clone(), Arc::new(FixedClock(noon())));
    let engine = Engine::new(strict, options).unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "10.0.0.1", "[::1]"] {
        let target = Target { url: format!("http://{host}:{port}/"), ..Target::default() };
        let outcome = engine.visit(&target, &LeaseClock::unlimited()).await.unwrap().outcome;
        assert!(matches!(outcome, Outcome::Refused { .. }), "{host}: {outcome:?}");
    }
    assert_eq!(shop.asked().await, Vec::<String>::new());
}

#[tokio::test]
async fn addresses_outside_the_source_are_refused() {
    let scope = "[scope]\npaths = [\"/p/\"]\nexclude = [\"/p/no\", \"/p/?q=\"]\n[budget]\ndepth = 2\n";
    let shop = shop_with(ResponseTemplate::new(404), scope).await;
    for (at, within) in
        [("/", true), ("/p/1", true), ("/p/nothing", false), ("/p/?q=1", false), ("/q", false)]
    {
        let url = format!("http://shop.example{at}");
        assert_eq!(shop.engine.in_scope(&url), within, "{at}");
        let refused = matches!(shop.visit(at).await, Outcome::Refused { .. });
        assert_eq!(refused, !within, "{at}");
    }
    for url in ["http://other.example/p/1", "ftp://shop.example/p/1", "http://u@shop.example/p/1", "nonsense"]
    {
        assert!(!shop.engine.in_scope(url));
        let target = Target { url: url.to_owned(), ..Target::default() };
        let outcome = shop.ask(&target).await;
        assert!(matches!(outcome, Outcome::Refused { .. }), "{url}: {outcome:?}");
    }
    let deep = Target { depth: 3, ..target("/p/1") };
    assert!(matches!(shop.ask(&deep).await, Outcome::Refused { .. }));
}

#[tokio::test]
async fn a_dead_or_lying_server_is_a_failure_to_try_again() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let shop = shop().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut liar = source(&shop.server, "");
    liar.network.connect_to = Some(listener.local_addr().unwrap().to_string());
    let answering = tokio::spawn(async move {
        for answer in [
            &b"HTTP/1.1 404 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"[..],
            // Promises a hundred bytes and hangs up after three.
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
        ] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await.unwrap();
            socket.write_all(answer).await.unwrap();
        }
    });
    let options = EngineOptions::new(shop.archive.clone(), Arc::new(FixedClock(noon())));
    let engine = Engine::new(liar, options).unwrap();
    for _ in 0..2 {
        // The second time nobody listens any more.
        let outcome = engine.visit(&target("/p"), &LeaseClock::unlimited()).await.unwrap().outcome;
        assert!(matches!(outcome, Outcome::Failed { retry: true, .. }), "{outcome:?}");
    }
    answering.await.unwrap();
    assert_eq!(shop.records(), Vec::<String>::new());
}

#[tokio::test]
async fn a_host_is_asked_one_thing_at_a_time() {
    use futures::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let shop = shop().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut source = source(&shop.server, "");
    source.network.connect_to = Some(listener.local_addr().unwrap().to_string());
    let options = EngineOptions::new(shop.archive.clone(), Arc::new(FixedClock(noon())));
    let engine = Engine::new(source, options).unwrap();
    let targets = ["/a", "/b", "/c"].map(target);
    let lease = LeaseClock::unlimited();
    let visits = futures::future::try_join_all(targets.iter().map(|t| engine.visit(t, &lease)));
    // Each answer closes its connection, so a second request at a time would be a second caller.
    let server = async {
        for _ in 0..4 {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await.unwrap();
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            assert!(listener.accept().now_or_never().is_none());
            let answer = b"HTTP/1.1 404 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            socket.write_all(answer).await.unwrap();
        }
    };
    let (outcomes, ()) = tokio::join!(visits, server);
    assert_eq!(outcomes.unwrap().len(), 3);
}

#[tokio::test]
async fn an_archive_that_cannot_be_written_stops_the_crawl() {
    let shop = shop().await;
    shop.serve("/p", html("ok")).await;
    std::fs::remove_dir_all(shop.dir.path()).unwrap();
    let error = shop.engine.visit(&target("/p"), &LeaseClock::unlimited()).await.unwrap_err();
    assert!(matches!(error, CrawlError::ArchiveWrite { .. }), "{error}");
}

#[path = "polite_tests.rs"]
mod polite;
