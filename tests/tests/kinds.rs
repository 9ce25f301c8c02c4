//! Sources that are no pages, end to end: product feeds, JSON interfaces with a key, archives of others.
//! The evidence of each is proved with the program as it is used.

#![allow(clippy::unwrap_used)]

mod database;

use acceptance::site::{Asked, Reply, Site, product};
use acceptance::{App, Ran};
use database::Rows;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

const KEY: &str = "k3y-0f-the-c0ntract";
const OFFERS: &str = "SELECT name || ' ' || price_amount || ' ' || currency FROM observations ORDER BY name";

fn crawl(app: &App) -> Ran {
    app.run(&["crawl", "shop.toml", "--data", "d"])
}

/// Everything stored comes out of the archive again.
fn proved(app: &App, observations: usize) {
    let out = app.run(&["evidence", "verify", "--all", "--data", "d", "--json"]).ok();
    let report: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(report["checked"], observations, "{out}");
    assert_eq!(report["ok"], observations, "{out}");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What stands in a file, packed or not.
fn content(path: &Path) -> Vec<u8> {
    use std::io::Read;
    let bytes = match std::fs::read(path) {
        // The database's log goes with its last reader.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        read => read.unwrap(),
    };
    let mut plain = Vec::new();
    match flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain) {
        Ok(_) if !plain.is_empty() => plain,
        _ => bytes,
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A feed that is sent once and answered with 304 from then on.
fn feed_site(media_type: &'static str, body: &'static str) -> Site {
    Site::new(move |asked| match asked.path.as_str() {
        "/export" if asked.header("if-none-match") == Some("\"v1\"") => {
            Some(Reply::status(304).with("ETag", "\"v1\""))
        }
        "/export" => Some(Reply::of(media_type, body).with("ETag", "\"v1\"")),
        _ => None,
    })
}

/// The first crawl brings the offers and the bad row, the second one request and nothing twice.
fn a_feed_is_crawled_twice(site: &Site, tables: &str, expected: &[&str], place: &str) {
    let app = App::new();
    let keys =
        "kind = \"feed\"\ncurrency = \"EUR\"\nlanguage = \"de\"\nstart = [\"http://shop.example/export\"]";
    app.file("shop.toml", site.source(keys, tables));
    let first = app.run(&["crawl", "shop.toml", "--data", "d", "--json"]);
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    let report = first.json();
    assert_eq!(report[0]["counts"]["fetched"], 1, "{report}");
    assert_eq!(app.rows(OFFERS), expected);
    let rejected = app.rows("SELECT place || ': ' || reason || ' ' || detail FROM rejections");
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert!(rejected[0].contains(place), "{rejected:?}");
    assert_eq!(site.asked(), ["/export"]);

    let again = app.run(&["crawl", "shop.toml", "--data", "d", "--json"]).json();
    assert_eq!((&again[0]["counts"]["fetched"], &again[0]["counts"]["unchanged"]), (&0.into(), &1.into()));
    assert_eq!(again[0]["counts"]["observations_new"], 0, "{again}");
    assert_eq!(app.rows(OFFERS), expected);
    assert_eq!(app.rows("SELECT id FROM rejections").len(), 1);
    assert_eq!(site.asked(), ["/export"]);
    proved(&app, expected.len());
}

#[test]
fn a_merchant_feed_gives_its_offers_once() {
    let item = |id: &str, name: &str, price: &str| {
        format!(
            "<item><g:id>{id}</g:id><title>{name}</title><link>http://shop.example/i/{id}</link>\
             <g:price>{price}</g:price><g:condition>new</g:condition></item>"
        )
    };
    let body = format!(
        "<?xml version=\"1.0\"?><rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\"><channel>\
         <title>Shop</title>{}{}{}</channel></rss>",
        item("L1", "Lamp one", "12.50 EUR"),
        item("L2", "Lamp two", "on request"),
        item("L3", "Lamp three", "7.00 CHF"),
    );
    let site = feed_site("application/xml", body.leak());
    a_feed_is_crawled_twice(
        &site,
        "",
        &["Lamp one 12.50 EUR", "Lamp three 7.00 CHF"],
        "http://shop.example/",
    );
}

#[test]
fn a_table_with_its_own_columns_gives_its_offers_once() {
    let site = feed_site(
        "text/csv",
        "Artikel;Preis brutto;Adresse\nLampe eins;1.012,50;http://shop.example/i/1\n\
         Lampe zwei;;http://shop.example/i/2\n\"Lampe; drei\";7,00;http://shop.example/i/3\n",
    );
    let tables = "[feed]\nformat = \"csv\"\ndelimiter = \";\"\n[feed.fields]\nname = \"Artikel\"\n\
                  price = \"Preis brutto\"\nurl = \"Adresse\"\n[facts]\ndecimal_separator = \",\"\n";
    let expected = ["Lampe eins 1012.50 EUR", "Lampe; drei 7.00 EUR"];
    a_feed_is_crawled_twice(&site, tables, &expected, "http://shop.example/");
}

fn items(of: std::ops::Range<u32>) -> String {
    let items: Vec<String> = of
        .map(|n| format!("{{\"title\":\"Lamp {n}\",\"cost\":{{\"amount\":\"{n}.00\",\"currency\":\"EUR\"}},\"link\":\"http://shop.example/i/{n}\"}}"))
        .collect();
    items.join(",")
}

const FIELDS: &str = "[api]\nitems = \"/items\"\n[api.fields]\nname = \"/title\"\nprice = \"/cost/amount\"\n\
                      currency = \"/cost/currency\"\nurl = \"/link\"\n";

#[test]
fn an_interface_is_followed_from_answer_to_answer_and_its_key_stays_unwritten() {
    let site = Site::new(|asked| {
        let authorized = asked.header("authorization") == Some("Bearer k3y-0f-the-c0ntract");
        if asked.path != "/robots.txt" && !authorized {
            return Some(Reply::status(401));
        }
        let (of, next) = match asked.path.as_str() {
            "/v1" => (1..4, "\"http://shop.example/v1?after=3\""),
            "/v1?after=3" => (4..7, "\"/v1?after=6\""),
            "/v1?after=6" => (7..9, "null"),
            _ => return None,
        };
        let body = format!("{{\"items\":[{}],\"next\":{next}}}", items(of));
        // A server that repeats what it was sent.
        Some(Reply::of("application/json", body).with("X-Your-Key", KEY))
    });
    let app = App::new();
    let tables = format!(
        "{FIELDS}[api.paging]\nnext = \"/next\"\n[api.key]\nenvironment = \"SHOP_TEST_KEY\"\nheader = \"Authorization\"\nprefix = \"Bearer \"\n"
    );
    app.file(
        "shop.toml",
        site.source("kind = \"api\"\nlanguage = \"en\"\nstart = [\"http://shop.example/v1\"]", &tables),
    );
    let args = ["crawl", "shop.toml", "--data", "d"];

    let without = app.command(&args).env_remove("SHOP_TEST_KEY").output().unwrap();
    let said = String::from_utf8_lossy(&without.stderr).into_owned();
    assert_eq!(without.status.code(), Some(3), "{said}");
    assert!(said.contains("the variable SHOP_TEST_KEY is not set"), "{said}");
    assert!(site.requests().is_empty(), "nothing is asked without the key");

    let ran = app.command(&args).env("SHOP_TEST_KEY", KEY).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{said}");
    assert_eq!(app.rows("SELECT name FROM observations ORDER BY name").len(), 8);
    let requests = site.requests();
    let sent = |asked: &Asked| asked.headers.iter().any(|(_, value)| value.contains(KEY));
    let paths: Vec<&str> = requests.iter().filter(|asked| sent(asked)).map(|asked| &*asked.path).collect();
    assert_eq!(paths, ["/v1", "/v1?after=3", "/v1?after=6"], "sent with each answer, not with robots.txt");
    assert!(!holds(said.as_bytes(), KEY), "{said}");
    for file in files(app.path()) {
        assert!(!holds(&content(&file), KEY), "the key stands in {}", file.display());
    }
    proved(&app, 8);
    let shown = app.run(&["source", "status", "shop", "--data", "d"]);
    assert!(!holds(shown.out.as_bytes(), KEY));
}

/// Settings under which the crawler has another name.
const NAMED: &str = "[crawl]\nuser_agent = \"customs-prices/2\"\n";

#[test]
fn whoever_looks_at_a_source_is_the_visitor_that_crawls_it() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/robots.txt" => {
            let closed = "User-agent: customs-prices\nDisallow: /closed\nCrawl-delay: 0.01\n";
            Some(Reply::of("text/plain", closed))
        }
        _ if asked.header("authorization") != Some("Bearer k3y-0f-the-c0ntract") => Some(Reply::status(401)),
        "/v1" => Some(
            Reply::of("application/json", format!("{{\"items\":[{}]}}", items(1..3))).with("X-Your-Key", KEY),
        ),
        _ => None,
    });
    let app = App::new();
    app.file("t.toml", NAMED);
    app.file("samples/list.json", format!("{{\"items\":[{}]}}", items(1..3)));
    let tables = format!(
        "{FIELDS}[api.key]\nenvironment = \"SHOP_TEST_KEY\"\nheader = \"Authorization\"\nprefix = \"Bearer \"\n\
         [sample]\nfile = \"samples/list.json\"\nurl = \"http://shop.example/v1\"\n\
         [sample.expect]\nname = \"Lamp 1\"\nprice = \"1.00\"\n"
    );
    let keys = "kind = \"api\"\nlanguage = \"en\"\nstart = [\"http://shop.example/v1\"]";
    app.file("shop.toml", site.source(keys, &tables));
    let look = |args: &[&str], key: Option<&str>| {
        let mut command = app.command(&[args, &["--data", "d", "--config", "t.toml"]].concat());
        match key {
            Some(key) => command.env("SHOP_TEST_KEY", key).env("RUST_LOG", "trace"),
            None => command.env_remove("SHOP_TEST_KEY"),
        };
        let ran = command.output().unwrap();
        let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        assert!(!said.contains(KEY), "{said}");
        (ran.status.code(), said)
    };
    let check = ["source", "check", "shop.toml", "--online"];
    let fetch = ["source", "fetch", "shop.toml", "http://shop.example/v1"];
    for args in [&check[..], &fetch] {
        let (code, said) = look(args, None);
        assert!(code == Some(3) && said.contains("the variable SHOP_TEST_KEY is not set"), "{said}");
    }
    assert!(site.requests().is_empty(), "nothing is asked without the key");
    let (code, said) = look(&check, Some(KEY));
    assert!(code == Some(0) && said.contains("robots.txt allows it; 2 offer(s)"), "{said}");
    assert!(said.contains("it asks for 0.01 s between requests"), "robots.txt is read for its name: {said}");
    let (code, said) = look(&fetch, Some(KEY));
    assert!(code == Some(0) && said.contains("Lamp 2"), "{said}");
    let (code, said) = look(&["source", "fetch", "shop.toml", "http://shop.example/closed"], Some(KEY));
    assert!(code == Some(4) && said.contains("does not allow 'customs-prices'"), "{said}");
    let address = site.address();
    let new = ["--contact", "mailto:a@b.example", "--allow-loopback", "--connect-to", &address];
    let (code, said) = look(&[&["source", "new", "http://shop.example/closed"], &new[..]].concat(), None);
    assert!(code == Some(4) && said.contains("does not allow 'customs-prices'"), "{said}");

    for asked in site.requests() {
        let name = asked.header("user-agent").unwrap_or_default().to_owned();
        assert!(name.starts_with("customs-prices/2 (+mailto:"), "{name} asks for {}", asked.path);
    }
    let written = files(app.path());
    assert!(written.iter().any(|file| file.to_string_lossy().contains(".warc")), "{written:?}");
    for file in written {
        assert!(!holds(&content(&file), KEY), "the key stands in {}", file.display());
    }
}

#[test]
fn an_archive_is_read_under_the_name_the_crawler_goes_by() {
    let site = Site::new(|asked| match asked.path.as_str() {
        "/p/1" => {
            Some(Reply::page(product("Lamp", "10.00", &[])).with("X-Robots-Tag", "customs-prices: noindex"))
        }
        _ => None,
    });
    let crawled = App::new();
    crawled.file("shop.toml", site.source("start = [\"http://shop.example/p/1\"]", ""));
    crawl(&crawled).ok();
    assert_eq!(crawled.rows(OFFERS), ["Lamp 10.00 EUR"], "meant for another robot");
    let archives = files(&crawled.path().join("d/archive"));
    let archive = archives[0].display().to_string();
    let app = App::new();
    app.file("t.toml", NAMED);
    app.file("shop.toml", site.source("kind = \"warc\"", "[scope]\nhosts = [\"shop.example\"]\n"));
    let import = ["import", "warc", "--source", "shop.toml", "--data", "d", "--config", "t.toml", &archive];
    app.run(&import).ok();
    assert!(app.rows(OFFERS).is_empty(), "the page asks this robot not to index it");
}

#[test]
fn a_key_that_the_server_writes_into_its_links_is_not_kept_with_them() {
    let site = Site::new(|asked| {
        let (of, next) = match asked.path.as_str() {
            "/v1?lang=en&key=k3y-0f-the-c0ntract" => {
                (1..4, "http://shop.example/v1?key=k3y-0f-the-c0ntract&lang=en&after=3")
            }
            "/v1?lang=en&after=3&key=k3y-0f-the-c0ntract" => (4..7, ""),
            "/robots.txt" => return None,
            _ => return Some(Reply::status(401)),
        };
        let next = if next.is_empty() { "null".to_owned() } else { format!("\"{next}\"") };
        Some(Reply::of("application/json", format!("{{\"items\":[{}],\"next\":{next}}}", items(of))))
    });
    let app = App::new();
    let tables = format!(
        "{FIELDS}[api.paging]\nnext = \"/next\"\n[api.key]\nenvironment = \"SHOP_TEST_KEY\"\nparameter = \"key\"\n"
    );
    app.file(
        "shop.toml",
        site.source(
            "kind = \"api\"\nlanguage = \"en\"\nstart = [\"http://shop.example/v1?lang=en\"]",
            &tables,
        ),
    );
    let ran = app.command(&["crawl", "shop.toml", "--data", "d"]).env("SHOP_TEST_KEY", KEY).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{said} {:?}", site.asked());
    assert_eq!(app.rows(OFFERS).len(), 6);
    assert!(!holds(said.as_bytes(), KEY), "{said}");
    assert_eq!(
        app.rows("SELECT url FROM urls ORDER BY url"),
        ["http://shop.example/v1?lang=en", "http://shop.example/v1?lang=en&after=3"]
    );
    for file in files(app.path()).iter().filter(|file| !file.starts_with(app.path().join("d/archive"))) {
        assert!(!holds(&content(file), KEY), "the key stands in {}", file.display());
    }
    proved(&app, 6);
}

#[test]
fn an_interface_with_page_numbers_ends_with_an_empty_answer() {
    let site = Site::new(|asked| {
        let of = match asked.path.as_str() {
            "/v1?page=1" => 1..4,
            "/v1?page=2" => 4..7,
            "/v1?page=3" => 7..9,
            "/v1?page=4" => 9..9,
            _ => return None,
        };
        Some(Reply::of("application/json", format!("{{\"items\":[{}]}}", items(of))))
    });
    let app = App::new();
    let tables = format!("{FIELDS}[api.paging]\nparameter = \"page\"\n");
    app.file(
        "shop.toml",
        site.source(
            "kind = \"api\"\nlanguage = \"en\"\nstart = [\"http://shop.example/v1?page=1\"]",
            &tables,
        ),
    );
    crawl(&app).ok();
    assert_eq!(site.asked(), ["/v1?page=1", "/v1?page=2", "/v1?page=3", "/v1?page=4"]);
    assert_eq!(app.rows(OFFERS).len(), 8);
    proved(&app, 8);
}

#[test]
fn an_archive_of_another_crawl_gives_the_same_offers() {
    let served = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&served);
    let site = Site::new(move |asked| {
        let n: usize = asked.path.strip_prefix("/p/")?.parse().ok().filter(|n| *n < 6)?;
        count.fetch_add(1, Ordering::Relaxed);
        Some(Reply::page(product(&format!("Lamp {n}"), "10.00", &[&format!("/p/{}", n + 1)])))
    });
    let crawled = App::new();
    crawled.file("shop.toml", site.source("start = [\"http://shop.example/p/0\"]", ""));
    crawl(&crawled).ok();
    assert_eq!(served.load(Ordering::Relaxed), 6);
    site.requests();

    let app = App::new();
    let source = site.source("kind = \"warc\"", "[scope]\nhosts = [\"shop.example\"]\n");
    app.file("shop.toml", source);
    let refused = crawl(&app);
    assert_eq!(refused.code, 3, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("is of kind 'warc'"), "{}", refused.err);
    assert!(refused.err.contains("touchstone import warc FILE.warc.gz"), "{}", refused.err);

    let archives: Vec<String> =
        files(&crawled.path().join("d/archive")).iter().map(|p| p.display().to_string()).collect();
    let mut args = vec!["import", "warc", "--source", "shop.toml", "--data", "d"];
    args.extend(archives.iter().map(String::as_str));
    app.run(&args).ok();
    let offers = "SELECT page_url || ' ' || name || ' ' || price_amount || ' ' || page_hash || ' ' || captured_at \
                  FROM observations ORDER BY 1";
    let expected = crawled.rows(offers);
    assert_eq!((app.rows(offers), expected.len()), (expected, 6));
    app.run(&args).ok();
    assert_eq!(app.rows(OFFERS).len(), 6, "nothing twice");
    assert!(site.requests().is_empty(), "nobody is asked");
    proved(&app, 6);
}
