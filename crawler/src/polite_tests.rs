//! Tests of the engine's manners: leases, shared robots.txt, groups, walls, sitemaps as targets.

use super::*;
use crate::{HostPace, Hosts, KnownRobots};
use model::Clock;
use wiremock::{Request as Received, Respond};

/// A clock that tests set.
struct Wall(Mutex<DateTime<Utc>>);

impl Wall {
    fn noon() -> Arc<Wall> {
        Arc::new(Wall(Mutex::new(noon())))
    }
    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += chrono::TimeDelta::seconds(seconds);
    }
}

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// An answer during which time passes.
struct Slowly(Arc<Wall>, i64, ResponseTemplate);

impl Respond for Slowly {
    fn respond(&self, _: &Received) -> ResponseTemplate {
        self.0.advance(self.1);
        self.2.clone()
    }
}

fn sitemap(at: &str) -> Target {
    Target { kind: TargetKind::Sitemap, ..target(at) }
}

/// Another engine for the same server.
fn engine_with(shop: &Shop, more: &str, hosts: Hosts) -> Engine {
    let mut options = EngineOptions::new(shop.archive.clone(), Arc::new(FixedClock(noon())));
    options.hosts = hosts;
    options.max_wait = Duration::from_secs(5);
    Engine::new(source(&shop.server, more), options).unwrap()
}

#[tokio::test]
async fn the_lease_is_looked_at_again_before_every_request() {
    let server = MockServer::start().await;
    let wall = Wall::noon();
    let robots = Slowly(wall.clone(), 100, ResponseTemplate::new(404));
    Mock::given(path("/robots.txt")).respond_with(robots).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let archive = Arc::new(Mutex::new(Archive::open(dir.path(), "shop", noon()).unwrap()));
    let options = EngineOptions::new(archive, Arc::new(FixedClock(noon())));
    let engine = Engine::new(source(&server, ""), options).unwrap();
    assert_eq!(engine.request_timeout(), Duration::from_secs(10));

    // robots.txt is asked for; by then less than a request's time is left.
    let lease = LeaseClock::start_by(Duration::from_secs(109), wall.clone());
    let visit = engine.visit(&target("/p"), &lease).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::LeaseOver) && visit.requests == 0, "{visit:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    // Under the next lease robots.txt is known, and the page is asked for.
    let lease = LeaseClock::start_by(Duration::from_secs(15), wall.clone());
    let visit = engine.visit(&target("/p"), &lease).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::HttpError { status: 404 }) && visit.requests == 1);
    wall.advance(6);
    let visit = engine.visit(&target("/p"), &lease).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::LeaseOver), "{visit:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    let news = engine.robots_news("shop.example");
    assert_eq!((news.requests, news.files.len()), (1, 1));
}

#[tokio::test]
async fn the_redirects_of_robots_txt_are_requests_under_the_lease_too() {
    let server = MockServer::start().await;
    let wall = Wall::noon();
    let to = ResponseTemplate::new(301).insert_header("location", "/r1");
    Mock::given(path("/robots.txt")).respond_with(Slowly(wall.clone(), 60, to)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let archive = Arc::new(Mutex::new(Archive::open(dir.path(), "shop", noon()).unwrap()));
    let engine =
        Engine::new(source(&server, ""), EngineOptions::new(archive, Arc::new(FixedClock(noon())))).unwrap();
    let lease = LeaseClock::start_by(Duration::from_secs(60), wall);
    let visit = engine.visit(&target("/p"), &lease).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::LeaseOver), "{visit:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    // It cost a request, and nothing is known yet.
    let news = engine.robots_news("shop.example");
    assert_eq!((news.requests, news.files.len()), (1, 0));
}

#[tokio::test]
async fn one_robots_txt_serves_all_workers() {
    let robots = ResponseTemplate::new(200).set_body_string("User-agent: *\nDisallow: /no\n");
    let shop = shop_with(robots, "").await;
    shop.serve("/p", html("ok")).await;
    assert!(matches!(shop.visit("/p").await, Outcome::Page(..)));
    let news = shop.engine.robots_news("shop.example");
    let [known] = &news.files[..] else { panic!("{news:?}") };
    assert_eq!((news.requests, known.origin.as_str()), (1, "http://shop.example"));
    assert_eq!(known.body.as_deref(), Some(&b"User-agent: *\nDisallow: /no\n"[..]));
    // News are told once.
    assert_eq!(shop.engine.robots_news("shop.example"), crate::RobotsNews::default());

    let elsewhere = engine_with(&shop, "", Hosts::default());
    elsewhere.know_robots(known);
    let lease = LeaseClock::unlimited();
    let visit = elsewhere.visit(&target("/no"), &lease).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::Disallowed { retry_after: None, .. }), "{visit:?}");
    let visit = elsewhere.visit(&target("/p"), &lease).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::Page(..)) && visit.requests == 1 && visit.bytes == 2);
    assert_eq!(elsewhere.robots_news("shop.example").requests, 0);
    assert_eq!(shop.asked().await, ["/robots.txt", "/p", "/p"]);

    // One that is a day old is asked for again.
    let old = KnownRobots { fetched_at: noon() - chrono::TimeDelta::hours(24), ..known.clone() };
    let third = engine_with(&shop, "", Hosts::default());
    third.know_robots(&old);
    assert!(matches!(third.visit(&target("/p"), &lease).await.unwrap().outcome, Outcome::Page(..)));
    assert_eq!(shop.asked().await[3..], ["/robots.txt", "/p"]);
}

#[tokio::test]
async fn an_unreachable_robots_txt_is_asked_for_again_after_ten_minutes() {
    let server = MockServer::start().await;
    let down = ResponseTemplate::new(503);
    Mock::given(path("/robots.txt")).respond_with(down).up_to_n_times(1).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let archive = Arc::new(Mutex::new(Archive::open(dir.path(), "shop", noon()).unwrap()));
    let clock = Wall::noon();
    let mut options = EngineOptions::new(archive, clock.clone());
    options.max_wait = Duration::from_secs(5);
    let engine = Engine::new(source(&server, ""), options).unwrap();
    let visit = async || engine.visit(&target("/p"), &LeaseClock::unlimited()).await.unwrap().outcome;
    for passed in [0, 599] {
        clock.advance(passed);
        let outcome = visit().await;
        let Outcome::Disallowed { retry_after: Some(wait), reason } = outcome else { panic!("{outcome:?}") };
        assert!(reason.contains("503"), "{reason}");
        assert_eq!(wait.as_secs(), 600 - passed as u64);
    }
    clock.advance(1);
    assert!(matches!(visit().await, Outcome::HttpError { status: 404 }));
}

#[tokio::test]
async fn a_robots_txt_may_lie_on_another_host_whose_pace_holds() {
    let to = ResponseTemplate::new(301).insert_header("location", "http://www.shop.example/robots.txt");
    let shop =
        shop_with(ResponseTemplate::new(404), "[scope]\nhosts = [\"shop.example\", \"www.shop.example\"]\n")
            .await;
    shop.server.reset().await;
    Mock::given(path("/robots.txt"))
        .and(header("host", "shop.example"))
        .respond_with(to)
        .mount(&shop.server)
        .await;
    let robots = ResponseTemplate::new(200).set_body_string("User-agent: *\nDisallow: /no\n");
    Mock::given(path("/robots.txt"))
        .and(header("host", "www.shop.example"))
        .respond_with(robots)
        .mount(&shop.server)
        .await;
    // The other host wants to be left alone: then nothing is known, and everything is closed.
    let quiet = HostPace { rest: Duration::from_secs(900), ..HostPace::default() };
    let elsewhere =
        engine_with(&shop, "[scope]\nhosts = [\"shop.example\", \"www.shop.example\"]\n", Hosts::default());
    elsewhere.options.hosts.take_up("www.shop.example", quiet);
    let visit = elsewhere.visit(&target("/ok"), &LeaseClock::unlimited()).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::Disallowed { retry_after: Some(_), .. }), "{visit:?}");

    assert!(matches!(shop.visit("/no").await, Outcome::Disallowed { .. }));
    assert!(matches!(shop.visit("/ok").await, Outcome::HttpError { status: 404 }));
    assert_eq!(shop.engine.robots_news("shop.example").requests, 2);
}

#[tokio::test]
async fn hosts_of_a_domain_can_share_one_pace() {
    let shop = shop().await;
    let more = "[scope]\nhosts = [\"shop.example\", \"a.shop.co.uk\", \"b.shop.co.uk\", \"10.0.0.1\", \"intranet\"]\n";
    let mut by_domain = source(&shop.server, more);
    by_domain.pace.group = model::PaceGroup::Domain;
    let options = EngineOptions::new(shop.archive.clone(), Arc::new(FixedClock(noon())));
    let by_domain = Engine::new(by_domain, options).unwrap();
    for (url, host, domain) in [
        ("https://A.shop.co.uk./x?y", "a.shop.co.uk", "shop.co.uk"),
        ("http://b.shop.co.uk:8080/", "b.shop.co.uk", "shop.co.uk"),
        ("http://shop.example/", "shop.example", "shop.example"),
        ("http://www.shop.example/", "www.shop.example", "shop.example"),
        ("http://co.uk/", "co.uk", "co.uk"),
        ("http://10.0.0.1/", "10.0.0.1", "10.0.0.1"),
        ("http://[2001:db8::1]/", "[2001:db8::1]", "[2001:db8::1]"),
        ("http://intranet/", "intranet", "intranet"),
    ] {
        assert_eq!(shop.engine.group_of(url).as_deref(), Some(host));
        assert_eq!(by_domain.group_of(url).as_deref(), Some(domain));
    }
    let own = format!("{}/", shop.server.uri());
    for link in ["p/1#x", "p/../%7ea?utm_source=x", "/", ";jsessionid=1", " ", "\\a", "é", "?b&", ""]
        .map(|path| format!(" {own}{path} "))
        .into_iter()
        .chain(
            [
                "http://shop.example/p/1?gclid=1",
                "http://shop.example.:80/",
                "http://u@shop.example/",
                "x",
                "",
            ]
            .map(String::from),
        )
    {
        for engine in [&shop.engine, &by_domain] {
            let by_steps = Engine::canonical_url(&link, &link)
                .filter(|url| engine.in_scope(url))
                .and_then(|url| engine.group_of(&url).map(|group| (url, group)));
            assert_eq!(engine.page_address(&link), by_steps, "{link}");
        }
    }
    assert_eq!(by_domain.group_of("ftp://a.example/"), None);
    assert_eq!(by_domain.group_of("nonsense"), None);
    // One of the two hosts asked for quiet: the other is left alone, too, and only with the domain.
    let quiet = HostPace { rest: Duration::from_secs(900), ..HostPace::default() };
    by_domain.options.hosts.take_up("shop.co.uk", quiet);
    let at = Target { url: "http://b.shop.co.uk/".to_owned(), ..Target::default() };
    let visit = by_domain.visit(&at, &LeaseClock::unlimited()).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::Resting { .. }), "{visit:?}");
    let by_host = engine_with(&shop, more, by_domain.options.hosts.clone());
    let visit = by_host.visit(&at, &LeaseClock::unlimited()).await.unwrap();
    assert!(matches!(visit.outcome, Outcome::HttpError { status: 404 }), "{visit:?}");
}

#[tokio::test]
async fn two_engines_on_one_host_keep_one_pace() {
    let shop = shop().await;
    shop.serve("/limited", ResponseTemplate::new(503).insert_header("retry-after", "300")).await;
    let other = engine_with(&shop, "", shop.engine.options.hosts.clone());
    let outcome = shop.visit("/limited").await;
    assert!(matches!(outcome, Outcome::Failed { retry: true, .. }), "{outcome:?}");
    let visit = other.visit(&target("/p"), &LeaseClock::unlimited()).await.unwrap();
    let Outcome::Resting { wait } = visit.outcome else { panic!("{visit:?}") };
    assert!(wait > Duration::from_secs(290) && wait <= Duration::from_secs(375), "{wait:?}");
    // robots.txt was asked for once for both; what is left to the next worker is the pause.
    assert_eq!(shop.asked().await, ["/robots.txt", "/limited"]);
    let left = other.options.hosts.leave("shop.example");
    assert!(left.failures == 1 && left.rest > Duration::from_secs(290), "{left:?}");
}

#[tokio::test]
async fn jitter_is_drawn_from_the_seed() {
    let pause = async |seed: u64| {
        let shop = shop().await;
        shop.serve("/limited", ResponseTemplate::new(429).insert_header("retry-after", "100")).await;
        let mut options = EngineOptions::new(shop.archive.clone(), Arc::new(FixedClock(noon())));
        options.seed = seed;
        let engine = Engine::new(source(&shop.server, ""), options).unwrap();
        match engine.visit(&target("/limited"), &LeaseClock::unlimited()).await.unwrap().outcome {
            Outcome::Failed { retry_after: Some(pause), .. } => pause,
            other => panic!("{other:?}"),
        }
    };
    let (first, again, other) = (pause(7).await, pause(7).await, pause(8).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    for pause in [first, other] {
        assert!(pause >= Duration::from_secs(100) && pause <= Duration::from_secs(125), "{pause:?}");
    }
}

#[tokio::test]
async fn refusals_in_a_row_are_a_wall_and_single_ones_are_not() {
    let shop = shop().await;
    shop.serve("/ok", html("<title>Kettle</title>")).await;
    for (at, status) in [("/f1", 403), ("/f2", 401), ("/f3", 451), ("/basket/1", 403), ("/my-account", 401)] {
        shop.serve(at, ResponseTemplate::new(status)).await;
    }
    let status = async |at: &str| match shop.visit(at).await {
        Outcome::HttpError { status } => status,
        Outcome::Page(..) => 200,
        other => panic!("{at}: {other:?}"),
    };
    // A page read between begins the count anew; what lies behind a login everywhere is not counted.
    for (at, wanted) in [
        ("/f1", 403),
        ("/f2", 401),
        ("/ok", 200),
        ("/f3", 451),
        ("/basket/1", 403),
        ("/my-account", 401),
        ("/none", 404),
        ("/f1", 403),
        ("/basket/1", 403),
    ] {
        assert_eq!(status(at).await, wanted, "{at}");
    }
    let outcome = shop.visit("/f2").await;
    let Outcome::Wall { sign } = outcome else { panic!("{outcome:?}") };
    assert_eq!(sign, "the server answered 401 Unauthorized at http://shop.example/f2, 3 refusals in a row");
    // From now on nothing is sent.
    let asked = shop.asked().await.len();
    for at in ["/ok", "/sitemap.xml"] {
        assert!(matches!(shop.visit(at).await, Outcome::Wall { .. }));
    }
    assert_eq!(shop.asked().await.len(), asked);
}

#[tokio::test]
async fn a_start_page_that_refuses_is_a_wall_at_once() {
    let login = ResponseTemplate::new(302).insert_header("location", "/customer/login?next=%2F");
    let form = html(
        "<html><head><TITLE>Bitte anmelden | Shop</TITLE></head>\
         <form><INPUT name=p TYPE='password'></form>",
    );
    for (refusal, words) in [
        (ResponseTemplate::new(403), "403"),
        (ResponseTemplate::new(407), "407"),
        (login, "login page /customer/login"),
        (form, "login page 'Bitte anmelden | Shop'"),
    ] {
        let shop = shop().await;
        shop.serve("/", refusal).await;
        let outcome = shop.visit("/").await;
        let Outcome::Wall { sign } = outcome else { panic!("{outcome:?}") };
        assert!(sign.contains(words) && sign.ends_with(" at http://shop.example/"), "{sign}");
        assert!(matches!(shop.visit("/p").await, Outcome::Wall { .. }));
        assert_eq!(shop.asked().await, ["/robots.txt", "/"]);
    }
}

#[tokio::test]
async fn login_pages_in_the_place_of_offers_are_refusals() {
    let shop = shop().await;
    let form = "<title>Log in - Shop</title><form><input type=\"password\" name=p></form>";
    for at in ["/p/1", "/p/2", "/login"] {
        shop.serve(at, html(form)).await;
    }
    shop.serve("/p/3", ResponseTemplate::new(302).insert_header("location", "/sign-in")).await;
    shop.serve("/account/orders", ResponseTemplate::new(302).insert_header("location", "/login")).await;
    // Every page of this shop has a small form for logging in.
    shop.serve("/ok", html("<title>Login book | Shop</title><input type=password>")).await;
    assert!(matches!(shop.visit("/ok").await, Outcome::Page(..)));
    assert!(matches!(shop.visit("/p/1").await, Outcome::Page(..)));
    for _ in 0..5 {
        assert!(matches!(shop.visit("/account/orders").await, Outcome::Redirect { .. }));
        assert!(matches!(shop.visit("/login").await, Outcome::Page(..)));
    }
    assert!(matches!(shop.visit("/p/2").await, Outcome::Page(..)));
    let outcome = shop.visit("/p/3").await;
    let Outcome::Wall { sign } = outcome else { panic!("{outcome:?}") };
    assert!(
        sign.contains("the login page /sign-in at http://shop.example/p/3, 3 refusals in a row"),
        "{sign}"
    );
}

#[tokio::test]
async fn a_captcha_is_a_wall_at_once_whatever_its_status() {
    let challenge = "<title>Attention Required!</title><div class=\"captcha\"></div>";
    for wall in [
        html(challenge),
        html(challenge).insert_header("x", "y"),
        ResponseTemplate::new(403).set_body_raw(challenge, "text/html"),
        ResponseTemplate::new(503).set_body_raw(challenge, "text/html"),
        ResponseTemplate::new(429).insert_header("cf-mitigated", "challenge"),
    ] {
        let shop = shop().await;
        shop.serve("/p", html("ok")).await;
        shop.serve("/wall", wall).await;
        assert!(matches!(shop.visit("/p").await, Outcome::Page(..)));
        let outcome = shop.visit("/wall").await;
        let Outcome::Wall { sign } = outcome else { panic!("{outcome:?}") };
        assert!(sign.ends_with(" at http://shop.example/wall"), "{sign}");
        assert!(matches!(shop.visit("/p").await, Outcome::Wall { .. }));
        assert_eq!(shop.asked().await, ["/robots.txt", "/p", "/wall"]);
    }
}

#[tokio::test]
async fn sitemaps_and_feeds_are_targets_with_rules_of_their_own() {
    let robots = "User-agent: *\nDisallow: /private\n\
                  Sitemap: http://shop.example/index.xml?utm_source=r\nSitemap: /relative.xml\n\
                  Sitemap: http://cdn.example/s.xml\nSitemap: http://shop.example/index.xml\n";
    let more = "[scope]\npaths = [\"/p/\"]\n[budget]\npage_bytes = 1024\ndepth = 1\n";
    let shop = shop_with(ResponseTemplate::new(200).set_body_string(robots), more).await;
    Mock::given(path("/index.xml"))
        .and(header("accept", "*/*"))
        .respond_with(html(vec![b'x'; 5000]))
        .mount(&shop.server)
        .await;
    assert_eq!(shop.engine.robots_sitemaps(), Vec::<String>::new());
    assert!(!shop.engine.admits("http://cdn.example/t.xml", TargetKind::Sitemap));
    assert!(
        shop.engine.ask_robots("http://shop.example/", &LeaseClock::unlimited()).await.unwrap().is_none()
    );
    let named = shop.engine.robots_sitemaps();
    assert_eq!(named, ["http://shop.example/index.xml", "http://cdn.example/s.xml"]);
    // Beside the source's own hosts, those where robots.txt names sitemaps.
    for (url, page, feed, sitemap) in [
        ("http://shop.example/a.xml", false, true, true),
        ("http://shop.example/p/1", true, true, true),
        ("http://cdn.example/t.xml", false, false, true),
        ("http://other.example/t.xml", false, false, false),
    ] {
        let kinds = [TargetKind::Page, TargetKind::Feed, TargetKind::Sitemap];
        assert_eq!(kinds.map(|kind| shop.engine.admits(url, kind)), [page, feed, sitemap], "{url}");
    }
    // Larger than a page may be, deeper than a page may lie, outside the paths: a sitemap may.
    let outcome = shop.ask(&Target { depth: 9, ..sitemap("/index.xml") }).await;
    let Outcome::Page(page, _) = outcome else { panic!("{outcome:?}") };
    assert!(page.archive.is_some() && page.body.len() == 5000);
    let feed = Target { kind: TargetKind::Feed, ..target("/index.xml") };
    assert!(matches!(shop.ask(&feed).await, Outcome::Page(..)));
    let known = Target { known_hash: Some(page.payload_hash), ..sitemap("/index.xml") };
    assert!(matches!(shop.ask(&known).await, Outcome::Unchanged { .. }));
    assert!(matches!(shop.visit("/index.xml").await, Outcome::Refused { .. }));
    assert!(matches!(shop.ask(&sitemap("/private.xml")).await, Outcome::Disallowed { .. }));
    let foreign =
        Target { url: "http://other.example/f.xml".into(), kind: TargetKind::Feed, ..Target::default() };
    assert!(matches!(shop.ask(&foreign).await, Outcome::Refused { .. }));
    // That sitemaps are refused is no sign of a wall.
    for at in ["/s1.xml", "/s2.xml", "/s3.xml", "/s4.xml"] {
        shop.serve(at, ResponseTemplate::new(403)).await;
        assert!(matches!(shop.ask(&sitemap(at)).await, Outcome::HttpError { status: 403 }));
    }
    let none = engine_with(&shop, "", shop.engine.options.hosts.clone());
    assert_eq!(none.robots_sitemaps(), named, "another engine of the process knows them, too");
}

#[tokio::test]
async fn what_a_visit_costs_is_counted() {
    let shop = shop_with(ResponseTemplate::new(404), "[budget]\npage_bytes = 1000\n").await;
    shop.serve("/p", html("12345")).await;
    shop.serve("/error", ResponseTemplate::new(500)).await;
    let lease = LeaseClock::unlimited();
    let visit = async |url: &str| {
        let visit = shop.engine.visit(&Target { url: url.to_owned(), ..Target::default() }, &lease).await;
        let visit = visit.unwrap();
        (visit.requests, visit.bytes)
    };
    assert_eq!(visit("http://shop.example/p").await, (1, 5));
    assert_eq!(visit("http://other.example/p").await, (0, 0));
    assert_eq!(visit("http://shop.example/error").await, (1, 0));
    assert_eq!(shop.engine.robots_news("shop.example").requests, 1);
    assert_eq!(shop.engine.robots_news("unknown.example"), crate::RobotsNews::default());
}

/// An answer that takes long, of real time.
fn late(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_delay(Duration::from_secs(60))
}

/// Gives a visit up once the server has been asked for so many things.
async fn give_up_after(shop: &Shop, asked: usize) {
    let visit = target("/p");
    let lease = LeaseClock::unlimited();
    let mut visit = Box::pin(shop.engine.visit(&visit, &lease));
    while shop.asked().await.len() < asked {
        let turn = tokio::time::timeout(Duration::from_millis(1), &mut visit).await;
        assert!(turn.is_err(), "the answer takes long");
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_counts_and_leaves_nothing_locked() {
    // While robots.txt is asked for, and while the page is.
    for (robots, asked) in [(late(404), 1), (ResponseTemplate::new(404), 2)] {
        let shop = shop_with(robots, "").await;
        shop.serve("/p", late(200)).await;
        give_up_after(&shop, asked).await;
        let news = shop.engine.robots_news("shop.example");
        assert_eq!((news.requests as usize, news.files.len()), (asked, asked - 1));
        // Whoever comes next asks as if nothing had been.
        give_up_after(&shop, 2 * asked - (asked - 1)).await;
        assert_eq!(shop.engine.robots_news("shop.example").requests, 1);
    }
}

#[tokio::test]
async fn visits_that_wait_when_a_wall_is_met_send_nothing() {
    let shop = shop().await;
    let challenge =
        html("<title>Just a moment...</title><p>captcha</p>").set_delay(Duration::from_millis(20));
    shop.serve("/a", challenge).await;
    shop.serve("/b", html("ok")).await;
    let lease = LeaseClock::unlimited();
    // Known beforehand, so that both wait for the same turn.
    shop.engine.ask_robots("http://shop.example/", &lease).await.unwrap();
    let (first, second) = (target("/a"), target("/b"));
    let (first, second) = tokio::join!(shop.engine.visit(&first, &lease), shop.engine.visit(&second, &lease));
    assert!(matches!(first.unwrap().outcome, Outcome::Wall { .. }));
    let second = second.unwrap();
    assert!(matches!(second.outcome, Outcome::Wall { .. }) && second.requests == 0, "{second:?}");
    assert_eq!(shop.asked().await, ["/robots.txt", "/a"]);
}
