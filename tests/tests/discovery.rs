//! How a crawl finds its pages, end to end: sitemaps and news feeds, link rules, canonical addresses,
//! redirects.

#![allow(clippy::unwrap_used)]

mod database;
mod moment;

use acceptance::App;
use acceptance::site::{Reply, Site, product};
use database::Rows;
use moment::crawl_at;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

const OFFERS: &str = "SELECT page_url || ' ' || name FROM observations ORDER BY page_url";

fn crawl(app: &App) -> String {
    app.run(&["crawl", "shop.toml", "--data", "d"]).ok()
}

fn page(name: &str, links: &[&str]) -> Option<Reply> {
    Some(Reply::page(product(name, "10.00", links)))
}

fn list(links: &[&str]) -> Option<Reply> {
    let links: String = links.iter().map(|to| format!("<a href=\"{to}\">{to}</a> ")).collect();
    Some(Reply::page(format!("<!DOCTYPE html><html lang=en><title>List</title>{links}")))
}

fn set<'a>(asked: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    asked.into_iter().map(str::to_owned).collect()
}

/// What was asked for since the last time; nothing twice.
fn asked(site: &Site) -> BTreeSet<String> {
    let asked = site.asked();
    let once: BTreeSet<String> = asked.iter().cloned().collect();
    assert_eq!(once.len(), asked.len(), "asked twice: {asked:?}");
    once
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn sitemaps_lead_to_pages_that_nothing_links_to() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/robots.txt" => {
            Some(Reply::of("text/plain", "User-agent: *\nAllow: /\nSitemap: http://shop.example/index.xml\n"))
        }
        "/index.xml" => Some(Reply::of(
            "application/xml",
            "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
             <sitemap><loc>http://shop.example/a.xml.gz</loc></sitemap>\
             <sitemap><loc>http://shop.example/b.txt</loc></sitemap></sitemapindex>",
        )),
        "/a.xml.gz" => Some(Reply::of(
            "application/gzip",
            packed(
                "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc>http://shop.example/p/1</loc></url>\
                 <url><loc>http://shop.example/p/2?a=1&amp;b=2</loc></url>\
                 <url><loc>http://elsewhere.example/p/9</loc></url></urlset>",
            ),
        )),
        "/b.txt" => Some(Reply::of("text/plain", "http://shop.example/p/3\nhttp://shop.example/p/1\n")),
        "/" => list(&[]),
        "/p/1" => page("One", &[]),
        "/p/2?a=1&b=2" => page("Two", &[]),
        "/p/3" => page("Three", &[]),
        _ => None,
    });
    let app = App::new();
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", ""));
    crawl(&app);
    let all = ["/", "/a.xml.gz", "/b.txt", "/index.xml", "/p/1", "/p/2?a=1&b=2", "/p/3"];
    assert_eq!(asked(&site), set(all));
    assert_eq!(app.rows(OFFERS).len(), 3);

    let app = App::new();
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]\nsitemaps = false", ""));
    crawl(&app);
    assert_eq!(asked(&site), set(["/"]));
}

#[test]
fn a_page_that_the_sitemap_calls_changed_is_due_before_its_time() {
    let edition = Arc::new(Mutex::new(0));
    let of_site = Arc::clone(&edition);
    let site = Site::new(move |asked| {
        let edition = *of_site.lock().unwrap();
        match asked.path.as_str() {
            "/robots.txt" => Some(Reply::of("text/plain", "Sitemap: http://shop.example/sitemap.xml\n")),
            "/sitemap.xml" => {
                let one = ["2026-08-30", "2026-09-01T12:00:00+00:00", "2026-09-02T13:00:00+01:00"][edition];
                Some(Reply::of(
                    "application/xml",
                    format!(
                        "<urlset><url><loc>http://shop.example/p/1</loc><lastmod>{one}</lastmod></url>\
                         <url><loc>http://shop.example/p/2</loc><lastmod>2026-08-30</lastmod></url>\
                         <url><loc>http://shop.example/p/3</loc></url></urlset>"
                    ),
                ))
            }
            "/" => list(&[]),
            "/p/1" => Some(Reply::page(product("One", &format!("1{edition}.00"), &[]))),
            "/p/2" => page("Two", &[]),
            "/p/3" => page("Three", &[]),
            _ => None,
        }
    });
    let app = App::new();
    let plan = "[revisit]\nshortest_hours = 12\nlongest_hours = 240\n";
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", plan));
    crawl_at(&app, "2026-09-01T06:00:00Z");
    assert_eq!(asked(&site), set(["/", "/p/1", "/p/2", "/p/3", "/sitemap.xml"]));
    // A day later all of it is due; of the sitemap alone there is news: it is due sooner from now on.
    *edition.lock().unwrap() = 1;
    crawl_at(&app, "2026-09-02T06:00:00Z");
    assert_eq!(asked(&site), set(["/", "/p/1", "/p/2", "/p/3", "/sitemap.xml"]));
    *edition.lock().unwrap() = 2;
    // Half a day later only the sitemap is due (and the page whose price changed a day ago): the page it
    // calls newer than its visit is visited, the others are not.
    let report = crawl_at(&app, "2026-09-02T19:00:00Z");
    assert_eq!(asked(&site), set(["/p/1", "/sitemap.xml"]), "{report:?}");
}

#[test]
fn news_feeds_that_a_start_page_names_lead_to_pages() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/" => Some(Reply::page(
            "<!DOCTYPE html><html lang=en><head><title>Shop</title>\
             <link rel=alternate type=\"application/rss+xml\" href=\"/new.rss\">\
             <link rel=alternate type=\"application/atom+xml\" href=\"/new.atom\"></head><p>Welcome",
        )),
        "/new.rss" => Some(Reply::of(
            "application/rss+xml",
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>New</title>\
             <item><title>One</title><link>http://shop.example/p/1</link></item></channel></rss>",
        )),
        "/new.atom" => Some(Reply::of(
            "application/atom+xml",
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>New</title>\
             <entry><title>Two</title><link href=\"/p/2\"/></entry></feed>",
        )),
        "/p/1" => page("One", &[]),
        "/p/2" => page("Two", &[]),
        _ => None,
    });
    let app = App::new();
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", ""));
    crawl(&app);
    assert_eq!(asked(&site), set(["/", "/new.atom", "/new.rss", "/p/1", "/p/2"]));
    let app = App::new();
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]\nfeeds = false", ""));
    crawl(&app);
    assert_eq!(asked(&site), set(["/"]));
}

#[test]
fn with_link_rules_only_lists_products_and_next_pages_are_asked_for() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/" => list(&["/de/lamps/", "/about", "/de/lamp/dp/1", "/de/help/lamps", "/blog/lamp"]),
        "/de/lamps/" => Some(Reply::page(
            "<!DOCTYPE html><html lang=de><title>Lampen</title><a href=/de/lamp/dp/2>Lampe 2</a>\
             <a href=/de/lamp/reviews/2>Urteile</a><a class=onward href=\"/browse?from=20\">x</a>\
             <a class=other href=\"/browse?from=40\">y</a>",
        )),
        "/browse?from=20" => list(&["/de/lamp/dp/3", "/imprint"]),
        "/de/lamp/dp/1" | "/de/lamp/dp/2" | "/de/lamp/dp/3" => page("Lamp", &["/account", "/de/lamp/dp/1"]),
        _ => page("Never", &[]),
    });
    let app = App::new();
    let rules =
        "[rules]\nproduct_paths = [\"/*/dp/\"]\ncategory_paths = [\"/de/*s/$\"]\nnext = \"a.onward\"\n";
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]\nsitemaps = false", rules));
    crawl(&app);
    let expected = ["/", "/browse?from=20", "/de/lamp/dp/1", "/de/lamp/dp/2", "/de/lamp/dp/3", "/de/lamps/"];
    assert_eq!(asked(&site), set(expected));
    assert_eq!(app.rows(OFFERS).len(), 3);
}

/// A page that names another address as its own.
fn named(name: &str, canonical: &str) -> Option<Reply> {
    let link = format!("<link rel=canonical href=\"{canonical}\">");
    Some(Reply::page(product(name, "10.00", &[]).replace("<title>", &format!("{link}<title>"))))
}

#[test]
fn a_page_under_two_spellings_gives_its_offers_once() {
    let site = Site::new(|asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("shop.example", "/") => list(&["/p/1", "/p/1/", "http://www.shop.example/p/2", "/p/2", "/p/3"]),
        (_, "/p/1" | "/p/1/") => named("One", "http://shop.example/p/1/"),
        (_, "/p/2") => named("Two", "http://www.shop.example/p/2"),
        // Only the other spelling is linked to.
        (_, "/p/3" | "/p/3/") => named("Three", "http://shop.example/p/3/"),
        _ => None,
    });
    let app = App::new();
    let scope = "[scope]\nhosts = [\"shop.example\", \"www.shop.example\"]\n";
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", scope));
    let offers =
        ["http://shop.example/p/1/ One", "http://shop.example/p/3/ Three", "http://www.shop.example/p/2 Two"];
    for _ in 0..2 {
        crawl(&app);
        assert_eq!(app.rows(OFFERS), offers);
    }
}

#[test]
fn pages_that_name_each_other_lose_no_offer() {
    for links in [&["/p/1"][..], &["/p/1", "/p/1/"], &["/p/1/", "/p/1"]] {
        let site = Site::new(|asked| match asked.path.as_str() {
            "/" => list(links),
            "/p/1" => named("One", "http://shop.example/p/1/"),
            "/p/1/" => named("One", "http://shop.example/p/1"),
            _ => None,
        });
        let app = App::new();
        app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", ""));
        for _ in 0..2 {
            crawl(&app);
            assert_eq!(
                app.rows("SELECT DISTINCT name FROM observations"),
                ["One"],
                "{links:?}: {:?}",
                app.rows("SELECT url || ' ' || state FROM urls")
            );
        }
    }
}

#[test]
fn a_page_that_names_what_leads_back_to_it_loses_no_offer() {
    // The site links to one spelling, names the other and redirects that one back.
    for back in ["http://shop.example/p/1", "http://www.shop.example/p/1/"] {
        for links in [vec!["/p/1/"], vec!["/p/1/", back], vec![back, "/p/1/"]] {
            let told = format!("{back} {links:?}");
            let site = Site::new(move |asked| match (asked.host.as_str(), asked.path.as_str()) {
                ("shop.example", "/") => list(&links),
                ("shop.example", "/p/1/") => named("One", back),
                (_, "/p/1" | "/p/1/") => Some(Reply::to("http://shop.example/p/1/")),
                _ => None,
            });
            let app = App::new();
            let scope = "[scope]\nhosts = [\"shop.example\", \"www.shop.example\"]\n";
            app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", scope));
            for _ in 0..2 {
                crawl(&app);
                assert_eq!(app.rows(OFFERS), ["http://shop.example/p/1/ One"], "{told}");
                assert_eq!(app.rows("SELECT url FROM urls WHERE state = 'due'"), Vec::<String>::new());
            }
        }
    }
}

#[test]
fn a_page_whose_other_spelling_leads_back_or_nowhere_survives_a_kill() {
    for gone in [false, true] {
        let site = Site::new(move |asked| match asked.path.as_str() {
            "/" => list(&["/p/1"]),
            "/p/1" => named("One", "http://shop.example/p/1/"),
            "/p/1/" if !gone => Some(Reply::to("http://shop.example/p/1")),
            _ => None,
        });
        let app = App::new();
        app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", ""));
        // The page has given way, and who asks for its other spelling is killed before the answer.
        site.hold("shop.example/p/1/");
        let mut child = app.command(&["crawl", "shop.toml", "--data", "d"]).spawn().unwrap();
        site.wait_for("/p/1/");
        assert_eq!(app.rows("SELECT state FROM urls WHERE url = 'http://shop.example/p/1'"), ["redirected"]);
        child.kill().unwrap();
        child.wait().unwrap();
        site.let_go();
        crawl(&app);
        assert_eq!(app.rows(OFFERS), ["http://shop.example/p/1 One"], "gone: {gone}");
        assert!(app.rows("SELECT url FROM urls WHERE state = 'due'").is_empty());
    }
}

#[test]
fn redirects_end_and_say_so() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/" => list(&["/hop/1", "/short/1", "/round/a"]),
        "/round/a" => Some(Reply::to("/round/b")),
        "/round/b" => Some(Reply::to("/round/a")),
        "/short/1" => Some(Reply::to("/short/2")),
        "/short/2" => Some(Reply::status(301).with("Location", "http://shop.example/p/1")),
        "/p/1" => page("One", &[]),
        path => {
            let hop: u32 = path.strip_prefix("/hop/")?.parse().ok()?;
            if hop > 7 { page("Too far", &[]) } else { Some(Reply::to(&format!("/hop/{}", hop + 1))) }
        }
    });
    let app = App::new();
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", ""));
    crawl(&app);
    let hops: Vec<String> = (1..=6).map(|n| format!("/hop/{n}")).collect();
    let rest = ["/", "/p/1", "/round/a", "/round/b", "/short/1", "/short/2"];
    assert_eq!(asked(&site), set(rest.into_iter().chain(hops.iter().map(String::as_str))));
    assert_eq!(app.rows(OFFERS), ["http://shop.example/p/1 One"]);
    let refused = app.rows("SELECT u.url || ': ' || v.detail FROM visits v JOIN urls u ON u.id = v.url_id WHERE v.outcome = 'refused'");
    assert_eq!(
        refused,
        ["http://shop.example/hop/6: redirected more than 5 times, at last to http://shop.example/hop/7"]
    );
    assert_eq!(app.rows("SELECT url FROM urls WHERE state = 'due'"), Vec::<String>::new());
}

#[test]
fn a_redirect_to_another_host_asks_its_robots_first() {
    let site = Site::new(|asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("shop.example", "/") => list(&["/moved", "/closed", "/away"]),
        ("shop.example", "/moved") => Some(Reply::to("http://new.example/p/1")),
        ("shop.example", "/closed") => Some(Reply::to("http://new.example/private/1")),
        ("shop.example", "/away") => Some(Reply::to("http://elsewhere.example/p/1")),
        ("new.example", "/robots.txt") => {
            Some(Reply::of("text/plain", "User-agent: *\nDisallow: /private/\n"))
        }
        ("new.example", "/p/1" | "/private/1") => page("New", &[]),
        _ => None,
    });
    let app = App::new();
    let scope = "[scope]\nhosts = [\"shop.example\", \"new.example\"]\n";
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", scope));
    crawl(&app);
    let requests = site.requests();
    let of_new: Vec<&str> =
        requests.iter().filter(|asked| asked.host == "new.example").map(|asked| &*asked.path).collect();
    assert_eq!(of_new, ["/robots.txt", "/p/1"]);
    assert!(requests.iter().all(|asked| asked.host != "elsewhere.example"));
    assert_eq!(app.rows("SELECT url FROM urls WHERE state = 'disallowed'"), ["http://new.example/private/1"]);
    assert_eq!(app.rows(OFFERS), ["http://new.example/p/1 New"]);
}
