//! Cookies and keys: what is sent to whom, and that no copy of a secret is left in the archive, in
//! outcomes, in `Debug` or in the log, whatever a server does with it. And what an engine makes of
//! redirects that lead where nothing may be asked.

use crate::archive::Archive;
use crate::fetch::Fetcher;
use crate::guard::{Guard, Lookup};
use crate::hostile_server_tests::*;
use crate::hostile_tests::Log;
use crate::{Engine, EngineOptions, LeaseClock, Outcome, Secret, Target};
use model::{ApiKey, Clock};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const KEY: &str = "S3CR3T/key value";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

fn secret(header: Option<&str>, parameter: Option<&str>) -> Secret {
    let key = ApiKey {
        environment: "MARKET_KEY".to_owned(),
        header: header.map(str::to_owned),
        prefix: header.map_or(String::new(), |_| "Bearer ".to_owned()),
        parameter: parameter.map(str::to_owned),
    };
    Secret::from_environment(&key, &|_| Some(KEY.to_owned())).unwrap()
}

struct Crawl {
    engine: Engine,
    archive: Arc<Mutex<Archive>>,
    secret: Option<Secret>,
    dir: TempDir,
}

impl Crawl {
    fn of(server: &Hostile, top: &str, secret: Option<Secret>) -> Crawl {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open(dir.path(), "shop", clock().now()).unwrap();
        let archive = Arc::new(Mutex::new(archive));
        let mut options = EngineOptions::new(archive.clone(), clock());
        options.secret = secret.clone();
        let engine = Engine::new(source(server.address, top, ""), options).unwrap();
        Crawl { engine, archive, secret, dir }
    }

    async fn visit(&self, url: &str) -> Outcome {
        let target = Target { url: url.to_owned(), ..Target::default() };
        self.engine.visit(&target, &LeaseClock::unlimited()).await.unwrap().outcome
    }

    /// All that is in the archive, as text.
    fn archived(&self) -> String {
        self.archive.lock().unwrap().sync().unwrap();
        let mut text = String::new();
        for entry in std::fs::read_dir(self.dir.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let mut all = flate2::read::MultiGzDecoder::new(&bytes[..]);
            std::io::Read::read_to_string(&mut all, &mut text).unwrap();
        }
        text
    }
}

/// Whether any spelling of the key stands in a text.
fn leaks(text: &str) -> bool {
    ["S3CR3T", "s3cr3t"].iter().any(|key| text.contains(key))
}

#[tokio::test]
async fn cookies_go_back_to_the_site_and_into_no_record() {
    let set = "Set-Cookie: sid=S3CR3T; Path=/; HttpOnly\r\nSet-Cookie: evil=1; Domain=example\r\n";
    let server = Hostile::start(move |path| match path {
        "/robots.txt" => vec![send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
        "/login" => vec![send(format!("{OK}{set}\r\nhi"))],
        _ => vec![send(format!("{OK}\r\nho"))],
    })
    .await;
    let log = Log::default();
    let listening = log.listen();
    let crawl = Crawl::of(&server, "cookies = true", None);
    for path in ["/login", "/p"] {
        let outcome = crawl.visit(&format!("http://shop.example{path}")).await;
        assert!(matches!(outcome, Outcome::Page(..)), "{outcome:?}");
        assert!(!leaks(&format!("{outcome:?}")));
    }
    let heads = server.heads();
    assert!(!heads[1].contains("cookie:"), "{}", heads[1]);
    assert!(heads[2].contains("\r\ncookie: sid=S3CR3T\r\n"), "{}", heads[2]);
    let archived = crawl.archived();
    assert!(!leaks(&archived) && archived.contains("\r\nCookie: [withheld]\r\n"), "{archived}");
    assert!(archived.contains("set-cookie: sid=[withheld]; Path=/; HttpOnly"), "{archived}");
    // Another source, the same site: nothing is shared. And without the switch nothing is sent.
    for top in ["cookies = true", "cookies = false"] {
        let other = Crawl::of(&server, top, None);
        other.visit("http://shop.example/q").await;
        assert!(!server.heads().last().unwrap().contains("cookie:"));
    }
    let without = Crawl::of(&server, "", None);
    for path in ["/login", "/p"] {
        without.visit(&format!("http://shop.example{path}")).await;
        assert!(!server.heads().last().unwrap().contains("cookie:"));
    }
    // A cookie that nobody sends back is no credential: the archive keeps what was received.
    assert!(without.archived().contains("set-cookie: sid=S3CR3T; Path=/"));
    drop(listening);
    assert!(!leaks(&log.text()), "{}", log.text());
}

#[tokio::test]
async fn a_key_is_sent_and_never_shown() {
    for (place, sent) in [
        (secret(Some("Authorization"), None), "\r\nauthorization: Bearer S3CR3T/key value\r\n"),
        (secret(None, Some("key")), "GET /items?page=2&key=S3CR3T%2Fkey+value HTTP/1.1\r\n"),
    ] {
        // The server sends the key back wherever it can.
        let back = "X-Echo: S3CR3T/key value\r\nETag: \"S3CR3T%2Fkey+value\"\r\n";
        let server = Hostile::start(move |path| match path.split('?').next().unwrap() {
            "/robots.txt" => vec![send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
            "/moved" => vec![send(format!(
                "HTTP/1.1 302 Found\r\nLocation: /items?key=S3CR3T%2Fkey%20value&page=2\r\n{back}Content-Length: 0\r\n\r\n"
            ))],
            "/wall" => vec![send(format!("HTTP/1.1 403 S3CR3T\r\n{back}Content-Length: 0\r\n\r\n"))],
            "/torn" => vec![send(format!("{OK}{back}\r\n")), Act::Close],
            _ => vec![send(format!("{OK}{back}\r\nhi"))],
        })
        .await;
        let log = Log::default();
        let listening = log.listen();
        assert!(!leaks(&format!("{place:?} {place:#?}")));
        let crawl = Crawl::of(&server, "", Some(place));
        let Outcome::Page(page, _) = crawl.visit("http://shop.example/items?page=2").await else {
            panic!("no page")
        };
        assert!(!leaks(&format!("{page:?}")));
        let heads = server.heads();
        assert!(heads[0].starts_with("GET /robots.txt HTTP/1.1") && !leaks(&heads[0]), "{}", heads[0]);
        assert!(heads[1].contains(sent), "{}", heads[1]);
        // A redirect that quotes the key leads on without it, and is asked with it again.
        let Outcome::Redirect { to, .. } = crawl.visit("http://shop.example/moved").await else {
            panic!("no redirect")
        };
        assert!(!leaks(&to), "{to}");
        crawl.visit(&to).await;
        let last = server.heads().pop().unwrap();
        assert_eq!(last.matches("S3CR3T").count(), 1, "{last}");
        let mut ends = Vec::new();
        for path in ["/wall", "/wall", "/wall", "/torn"] {
            let fresh = Crawl::of(&server, "", crawl.secret.clone());
            let crawl = if path == "/torn" { &fresh } else { &crawl };
            let outcome =
                crawl.visit(&format!("http://shop.example{path}?token=S3CR3T-of-the-address")).await;
            let shown = format!("{outcome:?}");
            assert!(!leaks(&shown), "{shown}");
            ends.push(outcome);
        }
        assert!(matches!(&ends[2], Outcome::Wall { sign } if sign.contains("token=[withheld]")), "{ends:?}");
        assert!(matches!(&ends[3], Outcome::Failed { .. }), "{ends:?}");
        let archived = crawl.archived();
        assert!(!leaks(&archived), "{archived}");
        drop(listening);
        assert!(!leaks(&log.text()), "{}", log.text());
    }
}

#[tokio::test]
async fn a_key_goes_to_its_own_hosts_only_and_over_https_only() {
    let server = Hostile::start(|_| vec![send(format!("{OK}\r\nhi"))]).await;
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) }));
    let port = server.address.port();
    let hosts = HashSet::from(["shop.example".to_owned()]);
    let source = source(server.address, "", "");
    for place in [secret(Some("X-Key"), None), secret(None, Some("key"))] {
        let guard = Guard::new(hosts.clone(), true, None).with_lookup(lookup.clone());
        let fetcher = Fetcher::new(guard, clock(), "t/1".to_owned(), &source, Some(place.clone())).unwrap();
        for (host, expected) in [("shop.example", true), ("cdn.example", false), ("a.shop.example", false)] {
            get(&fetcher, &format!("http://{host}:{port}/x")).await.unwrap();
            assert_eq!(leaks(server.heads().last().unwrap()), expected, "{host}");
        }
        let asked = server.heads().len();
        // In earnest, a key is not sent where others can read it.
        let guard = Guard::new(hosts.clone(), false, None).with_lookup(lookup.clone());
        let fetcher = Fetcher::new(guard, clock(), "t/1".to_owned(), &source, Some(place)).unwrap();
        let said = said(get(&fetcher, &format!("http://shop.example:{port}/x")).await);
        assert!(said.starts_with("refused: the key of the API is only sent over https"), "{said}");
        assert_eq!(server.heads().len(), asked);
    }
}

#[tokio::test]
async fn redirects_lead_to_nothing_that_may_not_be_asked() {
    let places = [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("http://10.0.0.1/", "10.0.0.1"),
        ("http://0xa9fea9fe/", "169.254.169.254"),
        ("http://[::ffff:10.0.0.1]/", "::ffff"),
        ("//192.168.1.1/", "192.168.1.1"),
        ("http://router.local/", "router.local"),
        ("http://shop.example:6379/", "port 6379"),
        ("http://other.example/", "outside the scope"),
        ("https://shop.example@10.0.0.1/", ""),
        ("http://user:pass@shop.example/", ""),
        ("file:///etc/passwd", ""),
        ("gopher://shop.example/_x", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://shop.example/", ""),
        ("http://", ""),
        ("http://[::1%25lo]/", ""),
    ];
    let server = Hostile::start(move |path| {
        let at = path.trim_start_matches('/').parse::<usize>().ok().and_then(|at| places.get(at));
        match at {
            Some((to, _)) => {
                vec![send(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))]
            }
            None => vec![send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
        }
    })
    .await;
    let crawl = Crawl::of(&server, "", None);
    for (at, (place, why)) in places.iter().enumerate() {
        match crawl.visit(&format!("http://shop.example/{at}")).await {
            Outcome::Redirect { to, .. } => {
                assert!(!why.is_empty(), "{place} became {to}");
                let asked = server.heads().len();
                let outcome = crawl.visit(&to).await;
                let Outcome::Refused { reason } = outcome else { panic!("{place}: {outcome:?}") };
                assert!(reason.contains(why), "{place}: {reason}");
                assert_eq!(server.heads().len(), asked, "{place}");
            }
            Outcome::Failed { reason, retry: false, .. } => {
                assert!(why.is_empty() && reason.contains("names no page address"), "{place}: {reason}");
            }
            other => panic!("{place}: {other:?}"),
        }
    }
    // A line end within an address is no new header line, neither here nor on the way out.
    let injected = Hostile::start(|path| match path {
        "/in" => vec![send(
            "HTTP/1.1 302 Found\r\nLocation: /a%0d%0aX-Evil:%201?b=\tc d\r\nContent-Length: 0\r\n\r\n",
        )],
        "/robots.txt" => vec![send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
        _ => vec![send(format!("{OK}\r\nhi"))],
    })
    .await;
    let crawl = Crawl::of(&injected, "", None);
    let Outcome::Redirect { to, .. } = crawl.visit("http://shop.example/in").await else {
        panic!("no redirect")
    };
    let outcome = crawl.visit(&to).await;
    assert!(matches!(outcome, Outcome::Page(..)), "{outcome:?}");
    let heads = injected.heads();
    assert!(
        heads[2].starts_with("GET /a%0D%0AX-Evil:%201?b=") && !heads[2].contains("\r\nX-Evil"),
        "{}",
        heads[2]
    );
}

#[tokio::test]
async fn robots_of_a_network_within_are_not_asked_for() {
    let server = Hostile::start(|_| {
        vec![send(
            "HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/robots.txt\r\nContent-Length: 0\r\n\r\n",
        )]
    })
    .await;
    let crawl = Crawl::of(&server, "", None);
    let outcome = crawl.visit("http://shop.example/").await;
    let Outcome::Disallowed { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("169.254.169.254"), "{reason}");
    assert_eq!(server.heads().len(), 1);
}
