//! Crawls that are killed, interrupted, shared, starved of disk and turned away. A small site on
//! loopback holds single pages back, so that each thing happens at a known moment.

#![allow(clippy::unwrap_used)]

mod database;

use acceptance::site::{Reply, Site};
use acceptance::{App, Ran};
use database::Rows;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

/// Pages of the shop.
const PAGES: usize = 40;
/// Status, further header lines, body.
type Answer = (u16, Vec<String>, String);

fn answering(reply: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static) -> Site {
    Site::new(move |asked| {
        let (status, headers, body) = reply(&asked.path)?;
        let lines = headers.iter().filter_map(|line| line.split_once(": "));
        Some(lines.fold(Reply::saying(status, body), |reply, (name, value)| reply.with(name, value)))
    })
}

/// A shop of [`PAGES`] pages, each leading to three others.
fn shop_site() -> Site {
    answering(|path| {
        let n: usize = path.strip_prefix("/p/")?.parse().ok().filter(|n| *n < PAGES)?;
        let links = (3 * n + 1..3 * n + 4).filter(|n| *n < PAGES);
        let links: String = links.map(|n| format!("<a href=/p/{n}>next</a>")).collect();
        Some((200, vec![], product(n, "10.00") + &links))
    })
}

/// The source file of a site.
fn source(site: &Site, start: &str, more: &str) -> String {
    site.source(&format!("start = [\"{start}\"]"), more)
}

fn product(n: usize, price: &str) -> String {
    acceptance::site::product(&format!("Lamp {n}"), price, &[])
}

fn crawl(app: &App) -> Ran {
    app.run(&["crawl", "shop.toml", "--data", "d"])
}

fn start(app: &App) -> Child {
    app.command(&["crawl", "shop.toml", "--data", "d"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a crawl leaves behind, without the places in the archive.
fn state(app: &App) -> BTreeMap<&'static str, Vec<String>> {
    BTreeMap::from([
        ("urls", app.rows("SELECT url || ' ' || state FROM urls ORDER BY url")),
        (
            "offers",
            app.rows(
                "SELECT page_url || ' ' || name || ' ' || price_amount FROM observations ORDER BY page_url",
            ),
        ),
        (
            "pages",
            app.rows(
                "SELECT u.url || ' ' || payload_hash FROM pages p JOIN urls u ON u.id = p.url_id ORDER BY 1",
            ),
        ),
        ("leases", app.rows("SELECT name FROM hosts WHERE lease_worker IS NOT NULL")),
        ("open", app.rows("SELECT source_id FROM crawls WHERE finished_at IS NULL")),
        (
            "visited twice",
            app.rows("SELECT url_id || '' FROM visits GROUP BY crawl_id, url_id HAVING count(*) > 1"),
        ),
    ])
}

/// Every stored offer leads to a record that holds the page it was read from.
fn every_offer_has_its_record(app: &App) {
    let places =
        app.rows("SELECT page_hash || ' ' || archive_offset || ' ' || archive_file FROM observations");
    assert_eq!(places.len(), PAGES);
    for place in places {
        let parts: Vec<&str> = place.splitn(3, ' ').collect();
        let place = model::ArchiveRef { file: parts[2].to_owned(), offset: parts[1].parse().unwrap() };
        let (_, payload) = crawler::archive::read_payload(&app.path().join("d/archive"), &place).unwrap();
        assert_eq!(model::ContentHash::of(&payload).to_string(), parts[0]);
    }
}

fn shop(more: &str) -> (Site, App) {
    let (site, app) = (shop_site(), App::new());
    app.file("shop.toml", source(&site, "http://shop.example/p/0", more));
    (site, app)
}

/// A crawl nobody disturbed.
fn undisturbed() -> BTreeMap<&'static str, Vec<String>> {
    let (_site, app) = shop("");
    crawl(&app).ok();
    let state = state(&app);
    assert_eq!((state["offers"].len(), state["open"].len()), (PAGES, 0));
    state
}

#[test]
fn a_killed_crawl_is_taken_up_and_nothing_is_missing_or_double() {
    let expected = undisturbed();
    for at in ["/p/0", "/p/3", "/p/26"] {
        let (site, app) = shop("");
        site.hold(&format!("shop.example{at}"));
        let mut killed = start(&app);
        site.wait_for(at);
        killed.kill().unwrap();
        killed.wait().unwrap();
        site.let_go();
        // The machine stopped in the middle of a record.
        let archive = app.path().join("d/archive");
        let torn = archive.read_dir().unwrap().next().map(|entry| entry.unwrap().path());
        let torn = torn.map(|path| {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 0x4d]).unwrap();
            (std::fs::read(&path).unwrap(), path)
        });

        let out = crawl(&app).ok();
        assert!(out.contains(&format!("{PAGES}")), "{out}");
        assert_eq!(state(&app), expected, "killed at {at}");
        every_offer_has_its_record(&app);
        if let Some((before, path)) = torn {
            assert_eq!(std::fs::read(path).unwrap(), before, "a file is written by one process only");
        }
        assert_eq!(app.path().join("d/workers").read_dir().unwrap().count(), 0, "locks are tidied up");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_crawl_keeps_the_page_at_hand_and_goes_on_later() {
    // Ctrl-C, and what service managers send.
    for signal in ["-INT", "-TERM"] {
        interrupt_by(signal);
    }
}

#[cfg(unix)]
fn interrupt_by(signal: &str) {
    let (site, app) = shop("");
    site.hold("shop.example/p/10");
    let mut child = start(&app);
    site.wait_for("/p/10");
    let signal = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(signal.success());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("finishing the pages at hand") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "the program takes notice");
    }
    site.let_go();
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(out.contains("shop: interrupted; the next crawl goes on from here"), "{out}");
    assert!(app.rows("SELECT page_url FROM observations").contains(&"http://shop.example/p/10".to_owned()));
    crawl(&app).ok();
    assert_eq!(state(&app), undisturbed());
    let asked = site.asked();
    assert_eq!(asked.len(), PAGES, "no page is asked for twice: {asked:?}");
}

#[test]
fn two_crawls_at_once_share_the_work() {
    // One that begins when the other has ended finds nothing due.
    let (site, app) = shop("[revisit]\nlongest_hours = 24\n");
    let config = app.file("few.toml", "[crawl]\nbatch = 3\n");
    let args = ["crawl", "shop.toml", "--data", "d", "--config", config.to_str().unwrap()];
    site.hold("shop.example/p/4");
    let first = app.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    site.wait_for("/p/4");
    // The first crawl holds the lease of the only host; the second waits for it.
    let second = app.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    site.let_go();
    let second = second.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(second.status.success(), "{said}");
    let first = first.wait_with_output().unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(state(&app), undisturbed());
    let asked = site.asked();
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "asked twice: {asked:?}");
    assert!(!said.contains("locked"), "{said}");
    every_offer_has_its_record(&app);
}

#[test]
fn a_full_disk_stops_a_crawl_that_goes_on_when_there_is_room() {
    let (_site, app) = shop("");
    let database = app.path().join("d/touchstone.db");
    app.run(&["db", "migrate", "--data", "d"]).ok();
    let empty: usize = app.rows("SELECT page_count || '' FROM pragma_page_count")[0].parse().unwrap();
    let small = format!("database = \"sqlite:{}?max_pages={}\"\n", database.display(), empty + 5);
    let small = app.file("small.toml", small);
    let ran = app.run(&["crawl", "shop.toml", "--data", "d", "--config", small.to_str().unwrap()]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("touchstone.db") && ran.err.contains("hint: free some space"), "{}", ran.err);
    crawl(&app).ok();
    assert_eq!(state(&app), undisturbed());
}

#[test]
fn a_database_that_another_program_has_locked_is_named() {
    use sqlx::{ConnectOptions, Executor};
    let (_site, app) = shop("");
    crawl(&app).ok();
    let database = app.path().join("d/touchstone.db");
    let hasty = app.file("hasty.toml", format!("database = \"sqlite:{}?wait_ms=50\"\n", database.display()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
    let mut other = runtime.block_on(options.connect()).unwrap();
    runtime.block_on(other.execute("BEGIN IMMEDIATE")).unwrap();
    let ran = app.run(&["crawl", "shop.toml", "--data", "d", "--config", hasty.to_str().unwrap()]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("touchstone.db"), "{}", ran.err);
    drop(other);
}

#[test]
fn a_page_budget_goes_on_where_the_last_one_ended() {
    let (site, app) = shop("");
    let mut seen = BTreeSet::new();
    for _ in 0..12 {
        let out = app.run(&["crawl", "shop.toml", "--pages", "9", "--data", "d"]).ok();
        let asked = site.asked();
        assert!(asked.len() <= 9, "{asked:?}");
        seen.extend(asked);
        if seen.len() == PAGES {
            return;
        }
        assert!(out.contains("the page budget was reached"), "{out}");
    }
    panic!("{} of {PAGES} pages after 12 budgets of 9: {seen:?}", seen.len());
}

#[test]
fn what_turns_a_crawl_away_is_told_in_one_line() {
    let page = |path: &str| match path {
        "/robots.txt" => Some((200, vec![], "User-agent: *\nDisallow: /closed\nAllow: /\n".to_owned())),
        "/wall" => Some((403, vec![], "no".to_owned())),
        "/moved" => Some((301, vec!["Location: https://elsewhere.example/".to_owned()], String::new())),
        _ => None,
    };
    let site = answering(page);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let here = site.address();
    let mut told = String::new();
    for (start, address) in [
        ("http://shop.example/missing", &here),
        ("http://shop.example/closed", &here),
        ("http://shop.example/wall", &here),
        ("http://shop.example/moved", &here),
        ("http://shop.example/", &nobody),
        ("https://shop.example/", &here),
    ] {
        let app = App::new();
        app.file("shop.toml", source(&site, start, "").replace(&here, address));
        let ran = crawl(&app);
        assert_eq!(ran.code, 6, "{start}: {}{}", ran.out, ran.err);
        let lines: Vec<&str> = ran.out.lines().skip(3).collect();
        assert_eq!(lines.len(), 1, "{start}: {}", ran.out);
        // What the system and the TLS library say differs between machines.
        let said = match lines[0].split_once("cannot connect: ") {
            Some((before, said)) if said.contains("tls") => format!("{before}cannot connect: (tls)"),
            Some((before, said)) if said.contains("refused") => format!("{before}cannot connect: (refused)"),
            _ => lines[0].to_owned(),
        };
        told += &format!("{start}\n  {said}\n");
    }
    insta::assert_snapshot!(told, @"
    http://shop.example/missing
      shop: not one page could be fetched: http://shop.example/missing: the server answered 404
    http://shop.example/closed
      shop: not one page could be fetched: http://shop.example/closed: robots.txt does not allow 'touchstone' to fetch it
    http://shop.example/wall
      shop: stopped at a wall (the server answered 403 Forbidden at http://shop.example/wall); ask the site's operator for access
    http://shop.example/moved
      shop: not one page could be fetched: http://shop.example/moved: redirects to https://elsewhere.example/, outside the scope of the source
    http://shop.example/
      shop: not one page could be fetched: http://shop.example/: robots.txt could not be had, so nothing may be fetched: cannot connect: (refused)
    https://shop.example/
      shop: not one page could be fetched: https://shop.example/: robots.txt could not be had, so nothing may be fetched: cannot connect: (tls)
    ");
}

#[test]
fn what_pages_and_links_ask_for_is_honoured() {
    let link = |to: &str| format!("<a href=\"{to}\">more</a>");
    let site = answering(move |path| {
        let page = |n: usize, more: String| Some((200, vec![], product(n, "10.00") + &more));
        match path {
            "/" => page(
                0,
                [
                    "/quiet",
                    "/header",
                    "/dead-end",
                    "/i?a=1#top",
                    "/i?a=1&utm_source=x",
                    "/named",
                    "http://elsewhere.example/x",
                    "/hop",
                    "mailto:a@b",
                ]
                .map(link)
                .concat(),
            ),
            "/quiet" => page(1, "<meta name=robots content=noindex>".to_owned() + &link("/behind-quiet")),
            "/header" => Some((
                200,
                vec!["X-Robots-Tag: noindex".to_owned(), "X-Robots-Tag: nofollow".to_owned()],
                product(2, "10.00") + &link("/never"),
            )),
            "/named" => Some((200, vec!["X-Robots-Tag: otherbot: none".to_owned()], product(3, "10.00"))),
            "/dead-end" => page(4, "<meta name=robots content=nofollow>".to_owned() + &link("/never")),
            "/hop" => Some((302, vec!["Location: /closed/target".to_owned()], String::new())),
            "/i?a=1" => page(5, String::new()),
            "/behind-quiet" => page(6, link("/too-deep")),
            "/robots.txt" => Some((200, vec![], "User-agent: *\nDisallow: /closed/\n".to_owned())),
            _ => None,
        }
    });
    let app = App::new();
    app.file("shop.toml", source(&site, "http://shop.example/", "[budget]\ndepth = 2\n"));
    crawl(&app).ok();
    let asked: BTreeSet<String> = site.asked().into_iter().collect();
    let expected = ["/", "/behind-quiet", "/dead-end", "/header", "/hop", "/i?a=1", "/named", "/quiet"];
    assert_eq!(asked, expected.map(str::to_owned).into());
    let offers = app.rows("SELECT name FROM observations ORDER BY name");
    assert_eq!(offers, ["Lamp 0", "Lamp 3", "Lamp 4", "Lamp 5", "Lamp 6"]);
    let left_out = app.rows("SELECT place FROM rejections WHERE reason = 'not_indexed' ORDER BY place");
    assert_eq!(left_out, ["http://shop.example/header", "http://shop.example/quiet"]);
    let kept_out = app.rows("SELECT url FROM urls WHERE state = 'disallowed'");
    assert_eq!(kept_out, ["http://shop.example/closed/target"], "a redirect's target asks robots.txt again");
}

#[test]
fn a_later_day_adds_its_own_observations() {
    use api::pipeline::Pipeline;
    let day = Arc::new(Mutex::new(1));
    let of_site = Arc::clone(&day);
    let site = answering(move |path| {
        let n: usize = path.strip_prefix("/p/")?.parse().ok().filter(|n| *n < 3)?;
        let price = if n == 1 && *of_site.lock().unwrap() == 2 { "8.00" } else { "10.00" };
        Some((200, vec![], product(n, price) + &format!("<a href=/p/{}>next</a>", n + 1)))
    });
    let app = App::new();
    let text = source(&site, "http://shop.example/p/0", "");
    let source = crawler::source_file::parse(&text, "shop.toml").unwrap();
    let settings = api::settings::Settings { data: app.path().join("d"), ..Default::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut reports = Vec::new();
    for today in [1, 2, 2] {
        *day.lock().unwrap() = today;
        let date = format!("2026-09-{today:02}").parse().unwrap();
        let clock = Arc::new(model::FixedClock::noon(date));
        let report = runtime.block_on(async {
            let pipeline = Pipeline::open_at(settings.clone(), clock).await.unwrap();
            let report = pipeline.crawl(&source, &text, &Arc::new(false.into()), &|_| {}).await.unwrap();
            pipeline.store.close().await;
            report
        });
        let counts = report.counts;
        reports.push((counts.fetched, counts.unchanged, counts.observations_new, counts.observations_known));
    }
    // All new; one price changed and the two others seen again on a new day; nothing new that day.
    assert_eq!(reports, [(3, 0, 3, 0), (1, 2, 3, 0), (0, 3, 0, 3)]);
    let offers =
        app.rows("SELECT name || ' ' || captured_day || ' ' || price_amount FROM observations ORDER BY 1");
    let expected = [
        "Lamp 0 2026-09-01 10.00",
        "Lamp 0 2026-09-02 10.00",
        "Lamp 1 2026-09-01 10.00",
        "Lamp 1 2026-09-02 8.00",
        "Lamp 2 2026-09-01 10.00",
        "Lamp 2 2026-09-02 10.00",
    ];
    assert_eq!(offers, expected);
}

#[test]
fn saved_pages_imported_again_are_not_archived_again() {
    let app = App::new();
    for n in 0..3 {
        app.file(&format!("saved/{n}.html"), product(n, "10.00"));
    }
    let line = |n: usize| format!("{{\"file\":\"{n}.html\",\"url\":\"http://shop.example/p/{n}\"}}\n");
    // One page has no address, one stands there twice.
    app.file("saved/index.jsonl", line(0) + &line(1) + &line(1) + "{\"file\":\"2.html\",\"url\":null}\n");
    let import = || {
        let report = app.run(&[
            "import",
            "pages",
            "saved/index.jsonl",
            "--captured",
            "2026-09-15",
            "--data",
            "d",
            "--json",
        ]);
        let report = report.json();
        ["archived", "known", "observations_new", "observations_known"]
            .map(|key| report[key].as_u64().unwrap())
    };
    let places = || app.rows("SELECT archive_file || archive_offset FROM observations ORDER BY id");
    let archived = || app.path().join("d/archive").read_dir().unwrap().count();
    assert_eq!(import(), [3, 1, 3, 1]);
    let before = (places(), archived());
    assert_eq!(import(), [0, 4, 0, 4]);
    assert_eq!((places(), archived()), before, "the evidence is that of the first import");
    // A page that was saved anew is new evidence.
    app.file("saved/0.html", product(0, "9.00"));
    assert_eq!(import(), [1, 3, 1, 3]);
}

#[test]
fn a_lease_too_short_for_a_request_is_named() {
    let (site, app) = shop("");
    let config = app.file("short.toml", "[crawl]\nlease_seconds = 20\n");
    let ran = app.run(&["crawl", "shop.toml", "--data", "d", "--config", config.to_str().unwrap()]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    for part in
        ["crawl.lease_seconds = 20 is too short", "'shop'", "pace.timeout_seconds = 20", "at least 25"]
    {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(site.asked().is_empty());
}

#[test]
fn a_worker_that_died_elsewhere_does_not_keep_a_crawl_open() {
    use sqlx::{ConnectOptions, Executor};
    let (site, app) = shop("");
    let five = ["crawl", "shop.toml", "--data", "d", "--pages", "5"];
    app.run(&five).ok();
    assert_eq!(site.asked().len(), 5);
    // It died before it could end the crawl, on a machine whose locks are not seen here.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(app.path().join("d/touchstone.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = options.connect().await.unwrap();
        database.execute("UPDATE crawls SET finished_at = NULL").await.unwrap();
        let lease =
            "UPDATE hosts SET lease_worker = 'elsewhere', lease_until = '2026-01-01T00:00:00.000000Z'";
        database.execute(lease).await.unwrap();
    });
    let out = app.run(&five).ok();
    assert!(out.contains("the page budget was reached") && !out.contains("still at work"), "{out}");
    assert_eq!(state(&app)["open"], [""; 0]);
    assert!(site.asked().is_empty(), "its budget was used up");
}

#[test]
fn a_wall_that_one_process_meets_stops_the_others() {
    let site = answering(|path| match path {
        "/wall" => Some((200, vec![], "<title>Just a moment...</title><p>captcha</p>".to_owned())),
        path => {
            let n: usize = path.strip_prefix("/p/")?.parse().ok()?;
            Some((200, vec![], product(n, "10.00") + &format!("<a href=/p/{}>next</a>", n + 1)))
        }
    });
    let app = App::new();
    let two = "http://a.example/p/0\", \"http://b.example/wall";
    app.file("shop.toml", source(&site, two, "[budget]\npages = 20\n"));
    let config = app.file("one.toml", "[crawl]\nbatch = 1\nhosts = 1\n");
    let args = ["crawl", "shop.toml", "--data", "d", "--config", config.to_str().unwrap()];
    site.hold("a.example/p/0");
    let first = app.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    site.wait_for("/p/0");
    let second = app.run(&args);
    assert_eq!(second.code, 6, "{}{}", second.out, second.err);
    assert!(second.out.contains("stopped at a wall"), "{}", second.out);
    site.let_go();
    let first = first.wait_with_output().unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(site.asked(), ["/p/0", "/wall"], "nothing more than what was under way");
    assert_eq!(state(&app)["open"], [""; 0]);
    assert!(app.rows("SELECT coalesce(ended, '') FROM crawls")[0].contains("/wall"), "what ended it");
}
