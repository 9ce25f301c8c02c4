//! The main commands on PostgreSQL, as the binary is used: `--database postgresql://…`.

#![allow(clippy::unwrap_used)]

mod database;

use acceptance::site::{Reply, Site, product};
use acceptance::{App, Ran};
use database::{Postgres, Rows};

const PAGES: usize = 6;
const OFFERS: usize = 40;

fn shop() -> Site {
    Site::new(|asked| {
        let n: usize = asked.path.strip_prefix("/p/")?.parse().ok().filter(|n| *n < PAGES)?;
        let page = product(&format!("Lamp {n}"), "10.00", &[&format!("/p/{}", n + 1)]);
        Some(Reply::page(page).with("ETag", "\"v1\""))
    })
}

fn list() -> String {
    let rows = (0..OFFERS).map(|n| {
        let price = format!("{}.{:02}", 1 + n % 3, 7 * (n % 14));
        format!("Garlic fresh 1 kg,{price},EUR,https://seller-{n}.example/garlic,070320\n")
    });
    "name,price,currency,url,hs6\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn the_main_commands_work_on_postgres() {
    let Some(database) = Postgres::new("commands") else { return };
    let url = database.url();
    let (site, app) = (shop(), App::new());
    app.file("config/sources/shop.toml", site.source("start = [\"http://shop.example/p/0\"]", ""));
    app.file("list.csv", list());
    let run = |args: &[&str]| -> Ran { app.run(&[args, &["--data", "d", "--database", &url]].concat()) };

    let before = run(&["db", "status"]);
    assert_ne!(before.code, 1, "{}{}", before.out, before.err);
    run(&["db", "migrate"]).ok();
    let crawl = ["crawl", "config/sources/shop.toml"];
    run(&crawl).ok();
    let offers = database.rows("SELECT name FROM observations ORDER BY name");
    assert_eq!(offers.len(), PAGES);
    site.requests();
    let again = run(&[&crawl[..], &["--json"]].concat()).json();
    assert_eq!(again[0]["counts"]["unchanged"], PAGES, "{again}");
    assert!(site.requests().iter().all(|asked| asked.header("if-none-match") == Some("\"v1\"")));
    assert_eq!(database.rows("SELECT name FROM observations ORDER BY name"), offers, "nothing twice");

    let imported = run(&[
        "import",
        "listings",
        "list.csv",
        "--captured",
        "2026-09-15",
        "--market",
        "DE",
        "--condition",
        "new",
        "--level",
        "wholesale",
        "--json",
    ])
    .json();
    assert_eq!(imported["observations_new"], OFFERS, "{imported}");
    let snapshot = run(&["snapshot", "build", "--currency", "EUR", "--json"]);
    assert_eq!(snapshot.code, 0, "{}{}", snapshot.out, snapshot.err);
    let listed = run(&["snapshot", "list"]).ok();
    assert!(listed.contains("EUR"), "{listed}");
    let check = run(&[
        "check",
        "--hs",
        "070320",
        "--description",
        "fresh garlic",
        "--price",
        "0.05",
        "--currency",
        "EUR",
        "--quantity",
        "20000",
        "--unit",
        "kg",
        "--condition",
        "new",
        "--level",
        "wholesale",
        "--export-date",
        "2026-09-20",
        "--json",
    ]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let verdict = check.out.clone();
    assert!(verdict.contains("strong_reason_to_ask"), "{verdict}");

    let status = run(&["source", "status", "--json"]).json();
    let of_shop = status.as_array().unwrap().iter().find(|source| source["source"] == "shop").unwrap();
    assert_eq!(of_shop["last_crawl"]["ended"], "finished", "{of_shop}");
    run(&["source", "status", "shop"]).ok();
    let proofs = run(&["evidence", "verify", "--all", "--json"]).ok();
    let report: serde_json::Value = serde_json::from_str(proofs.lines().last().unwrap()).unwrap();
    assert_eq!((&report["ok"], &report["unarchived"]), (&PAGES.into(), &OFFERS.into()), "{report}");
    let hash = database.rows("SELECT id FROM observations WHERE name = 'Lamp 3'").remove(0);
    let shown = run(&["evidence", "show", &hash[..12]]).ok();
    assert!(shown.contains("http://shop.example/p/3"), "{shown}");

    let db = run(&["db", "status", "--json"]).json();
    assert_eq!(db["counts"]["observations"], PAGES + OFFERS, "{db}");
    let doctor = run(&["doctor"]);
    let password = "touchstone:touchstone@";
    assert!(doctor.out.lines().any(|line| line.starts_with("ok    database")), "{}", doctor.out);
    for ran in [doctor, run(&["db", "status"]), run(&["db", "migrate"])] {
        assert!(!ran.out.contains(password) && !ran.err.contains(password), "{}{}", ran.out, ran.err);
    }
    assert!(!app.path().join("d/touchstone.db").exists(), "nothing is kept beside the server");
}

#[test]
fn a_page_that_names_what_leads_back_to_it_loses_no_offer_on_postgres() {
    let Some(database) = Postgres::new("leads_back") else { return };
    let site = Site::new(|asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("shop.example", "/") => {
            Some(Reply::page("<a href=/p/1>One</a> <a href=http://www.shop.example/p/1>Two</a>"))
        }
        ("shop.example", "/p/1") => {
            let page = product("One", "10.00", &[]);
            let canonical = "<link rel=canonical href=\"http://www.shop.example/p/1\"><title>";
            Some(Reply::page(page.replace("<title>", canonical)))
        }
        ("www.shop.example", "/p/1") => Some(Reply::to("http://shop.example/p/1")),
        _ => None,
    });
    let app = App::new();
    let scope = "[scope]\nhosts = [\"shop.example\", \"www.shop.example\"]\n";
    app.file("shop.toml", site.source("start = [\"http://shop.example/\"]", scope));
    for _ in 0..2 {
        app.run(&["crawl", "shop.toml", "--data", "d", "--database", &database.url()]).ok();
        assert_eq!(database.rows("SELECT page_url FROM observations"), ["http://shop.example/p/1"]);
        assert!(database.rows("SELECT url FROM urls WHERE state = 'due'").is_empty());
    }
}

#[test]
fn a_server_that_cannot_be_had_is_named_without_its_password() {
    let app = App::new();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgresql://clerk:s3cret-w0rd@{gone}/prices");
    for args in [&["db", "status"][..], &["evidence", "verify", "--all"], &["doctor"]] {
        let ran = app.run(&[args, &["--data", "d", "--database", &url]].concat());
        assert_eq!(ran.code, 4, "{args:?}: {}{}", ran.out, ran.err);
        let said = ran.out + &ran.err;
        assert!(said.contains(&gone.to_string()) && !said.contains("s3cret-w0rd"), "{said}");
    }
}
