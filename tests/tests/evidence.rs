//! Archives taken in, and observations proved out of them: whole, damaged, changed, lost.

#![allow(clippy::unwrap_used)]

use acceptance::{App, Ran};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::{Read, Write};
use std::path::PathBuf;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A WARC record as a crawler of somebody else's writes it.
fn record(kind: &str, url: &str, date: &str, extra: &str, block: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n\
         WARC-Record-ID: <urn:uuid:{kind}-{date}>\r\nContent-Type: application/http; msgtype={kind}\r\n\
         {extra}Content-Length: {}\r\n\r\n",
        block.len()
    );
    [head.as_bytes(), block, b"\r\n\r\n"].concat()
}

fn page(n: u32, price: &str) -> String {
    format!(
        "<!DOCTYPE html><title>Kettle {n}</title><script type=\"application/ld+json\">{{\"@type\":\"Product\",\
         \"name\":\"Kettle {n} copper\",\"offers\":{{\"price\":\"{price}\",\"priceCurrency\":\"EUR\",\
         \"itemCondition\":\"NewCondition\"}}}}</script>"
    )
}

fn url(n: u32) -> String {
    format!("https://shop.example/p/{n}")
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {status}\r\nServer: x\r\n{headers}\r\n").as_bytes(), body].concat()
}

fn response(n: u32, date: &str, price: &str) -> Vec<u8> {
    let block = answer("200 OK", "Content-Type: text/html; charset=utf-8\r\n", page(n, price).as_bytes());
    record("response", &url(n), date, "WARC-IP-Address: 192.0.2.1\r\n", &block)
}

const DAY: [&str; 3] = ["2023-10-01T10:20:30Z", "2023-10-02T10:20:30Z", "2023-10-03T10:20:30Z"];

/// Records as they come in a file of Common Crawl, and more.
fn foreign() -> Vec<Vec<u8>> {
    let html = "Content-Type: text/html\r\n";
    let body = gzip(page(3, "30.00").as_bytes());
    let chunked = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let encoded = format!("{html}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n");
    let same = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest\r\n";
    let refers =
        format!("{same}WARC-Refers-To-Date: {}\r\nWARC-Refers-To-Target-URI: {}\r\n", DAY[0], url(1));
    vec![
        record("warcinfo", "", DAY[0], "", b"software: other\r\n"),
        record("request", &url(1), DAY[0], "", b"GET /p/1 HTTP/1.1\r\n\r\n"),
        response(1, DAY[0], "10.00"),
        record("metadata", &url(1), DAY[0], "", b"fetchTimeMs: 12\r\n"),
        response(2, DAY[0], "20.00"),
        record("response", &url(3), DAY[0], "", &answer("200 OK", &encoded, &chunked)),
        // The second page changes, the first does not: once sent again, once not.
        response(2, DAY[1], "21.50"),
        record("revisit", &url(1), DAY[1], &refers, &answer("200 OK", html, b"")),
        response(1, DAY[2], "10.00"),
        record("response", &url(4), DAY[0], "", &answer("404 Not Found", html, b"gone")),
        record("response", &url(5), DAY[0], "", &answer("200 OK", "Content-Type: image/png\r\n", b"\x89PNG")),
        record("response", &url(6), DAY[0], "", &answer("200 OK", html, b"<p>nothing for sale</p>")),
        record("conversion", &url(1), DAY[0], "", b"Kettle 1"),
        response(9, DAY[0], "1.00").iter().map(|b| if *b == b'9' { b'7' } else { *b }).collect(),
    ]
}

const SHOP: &str = "id = \"shop\"\nname = \"Shop\"\nstart = [\"https://shop.example/\"]\nmarket = \"DE\"\nlanguage = \"en\"\n\
    [permission]\nbasis = \"a test\"\ncontact = \"test@shop.example\"\n\
    [scope]\nhosts = [\"shop.example\"]\nexclude = [\"/p/7\"]\n[facts]\nlevel = \"retail\"\n";

/// An installation that has taken in [`foreign`].
fn imported() -> (App, Value) {
    let app = App::new();
    app.file("shop.toml", SHOP);
    app.file("cc.warc.gz", foreign().iter().flat_map(|r| gzip(r)).collect::<Vec<u8>>());
    let ran = import(&app, &["cc.warc.gz"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    let report = ran.json();
    (app, report)
}

fn import(app: &App, files: &[&str]) -> Ran {
    let args = ["import", "warc", "--source", "shop.toml", "--json", "--data", "d"];
    app.run(&[args.as_slice(), files].concat())
}

fn verify(app: &App, extra: &[&str]) -> (i32, Vec<Value>) {
    let ran = app.run(&[["evidence", "verify", "--json", "--data", "d"].as_slice(), extra].concat());
    assert!(!ran.out.is_empty(), "{}", ran.err);
    (ran.code, ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The one file of an installation's archive.
fn archive(app: &App) -> PathBuf {
    let mut files = std::fs::read_dir(app.path().join("d/archive")).unwrap().map(|e| e.unwrap().path());
    let file = files.next().unwrap();
    assert!(files.next().is_none());
    file
}

fn query(app: &App, sql: &'static str) -> Vec<String> {
    let location = app.path().join("d/touchstone.db");
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        use sqlx::{Connection, Row};
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&location);
        let mut db = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
        db.close().await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    })
}

#[test]
fn an_archive_of_others_becomes_observations_of_its_own_days() {
    let (app, report) = imported();
    for (key, value) in [
        ("files", 1),
        ("records", 14),
        ("pages", 5),
        ("copied", 4),
        ("unchanged", 2),
        ("known", 0),
        ("observations_new", 6),
        ("rejections_new", 1),
        ("damaged", 0),
        ("unusable", 0),
    ] {
        assert_eq!(report[key], value, "{key}: {report:#}");
    }
    let passed = &report["passed_over"];
    assert_eq!(passed["answers other than 200"], 1, "{passed:#}");
    assert_eq!(passed["not HTML"], 1);
    assert_eq!(passed["out of the source's scope"], 1);
    assert_eq!(
        (&passed["requests"], &passed["metadata"], &passed["conversions"]),
        (&1.into(), &2.into(), &1.into())
    );
    let rows = query(
        &app,
        "SELECT name || ' ' || price_amount || ' ' || captured_day || ' ' || (original_id IS NULL) FROM observations ORDER BY 1",
    );
    assert_eq!(
        rows,
        [
            "Kettle 1 copper 10.00 2023-10-01 1",
            "Kettle 1 copper 10.00 2023-10-02 0",
            "Kettle 1 copper 10.00 2023-10-03 0",
            "Kettle 2 copper 20.00 2023-10-01 1",
            "Kettle 2 copper 21.50 2023-10-02 1",
            "Kettle 3 copper 30.00 2023-10-01 1",
        ]
    );
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!((code, lines.len()), (0, 1), "{lines:#?}");
    assert_eq!((&lines[0]["ok"], &lines[0]["ok_seen_again"]), (&6.into(), &2.into()));

    // Once more, and once more in other wrappings: nothing comes twice.
    let whole = foreign().concat();
    app.file("plain.warc", &whole);
    app.file("one-member.warc.gz", gzip(&whole));
    let before = std::fs::metadata(archive(&app)).unwrap().len();
    for file in ["cc.warc.gz", "plain.warc", "one-member.warc.gz"] {
        let report = import(&app, &[file]).json();
        assert_eq!(report["known"], 7, "{file}: {report:#}");
        assert_eq!(
            (&report["pages"], &report["copied"], &report["observations_new"]),
            (&0.into(), &0.into(), &0.into())
        );
    }
    assert_eq!(std::fs::metadata(archive(&app)).unwrap().len(), before);
    assert_eq!(query(&app, "SELECT count(*) || '' FROM visits"), ["7"]);
}

#[test]
fn an_older_archive_that_comes_in_later_does_not_become_what_a_page_says_now() {
    let app = App::new();
    app.file("shop.toml", SHOP);
    app.file("new.warc", response(1, DAY[1], "12.00"));
    app.file("old.warc", response(1, DAY[0], "10.00"));
    app.file("again.warc", response(1, DAY[2], "12.00"));
    for file in ["new.warc", "old.warc", "again.warc"] {
        assert_eq!(import(&app, &[file]).code, 0);
    }
    let rows = query(
        &app,
        "SELECT price_amount || ' ' || captured_day || ' ' || (original_id IS NULL) FROM observations ORDER BY captured_day",
    );
    assert_eq!(rows, ["10.00 2023-10-01 1", "12.00 2023-10-02 1", "12.00 2023-10-03 0"]);
}

#[test]
fn without_a_source_file_the_command_line_says_how_pages_are_read() {
    let app = App::new();
    let page = "<div itemscope itemtype=\"https://schema.org/Product\"><b itemprop=\"name\">Copper kettle</b>\
                <span itemprop=\"offers\" itemscope><i itemprop=\"price\">12.50</i></span></div>";
    let block = answer("200 OK", "Content-Type: text/html\r\n", page.as_bytes());
    app.file("a.warc", record("response", "https://shop.fr/p/1", DAY[0], "", &block));
    let args = [
        "import",
        "warc",
        "a.warc",
        "--source-id",
        "old",
        "--currency",
        "EUR",
        "--condition",
        "used",
        "--json",
        "--data",
        "d",
    ];
    let report = app.run(&args).json();
    assert_eq!(report["observations_new"], 1, "{report:#}");
    let rows = query(
        &app,
        "SELECT source_id || ' ' || currency || ' ' || condition || ' ' || market FROM observations",
    );
    assert_eq!(rows, ["old EUR used FR"]);
    assert_eq!(verify(&app, &["--source", "old"]).0, 0);
    // Neither of the two, of a file that says nothing itself.
    let ran = app.run(&["import", "warc", "a.warc", "--data", "d"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("--source-id"), "{}", ran.err);
    assert_eq!(app.run(&["import", "warc", "a.warc", "--source-id", "../x", "--data", "d"]).code, 3);
    assert_eq!(app.run(&["import", "warc", "a.warc", "--market", "DE", "--data", "d"]).code, 2);
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_is_taken() {
    let app = App::new();
    app.file("shop.toml", SHOP);
    let lie = "WARC-Payload-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    let html = answer("200 OK", "Content-Type: text/html\r\n", page(2, "20.00").as_bytes());
    let members: Vec<Vec<u8>> = [
        response(1, DAY[0], "10.00"),
        response(8, DAY[0], "80.00"),
        record("response", &url(2), DAY[0], lie, &html),
        record("response", &url(3), DAY[0], "WARC-Truncated: length\r\n", &html),
        record("response", &url(4), "yesterday", "", &html),
        record(
            "response",
            &url(5),
            DAY[0],
            "",
            &answer("200 OK", "Content-Type: text/html\r\nContent-Encoding: zstd\r\n", b"x"),
        ),
        response(6, DAY[0], "60.00"),
    ]
    .iter()
    .map(|r| gzip(r))
    .collect();
    let mut file = members.concat();
    // One byte of the second record, and the end of the file.
    let second = members[0].len();
    file[second + members[1].len() / 2] ^= 0x20;
    file.truncate(file.len() - 7);
    app.file("cc.warc.gz", &file);
    let ran = import(&app, &["cc.warc.gz"]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert!(ran.err.contains(&format!("cc.warc.gz: byte {second}: ")), "{}", ran.err);
    let report = ran.json();
    assert_eq!(
        (&report["damaged"], &report["unusable"], &report["observations_new"]),
        (&2.into(), &4.into(), &1.into()),
        "{report:#}"
    );
    let rejections = query(&app, "SELECT place || ' ' || detail FROM rejections ORDER BY detail");
    for (wanted, at) in [
        ("damaged record: ", second),
        ("damaged record: the file ends within the record", members[..6].iter().map(Vec::len).sum()),
        ("p/2: its payload is not what its digest says", members[..2].iter().map(Vec::len).sum()),
        ("p/3: whoever archived it cut it short (length)", members[..3].iter().map(Vec::len).sum()),
        ("p/4: it does not say when it was captured", members[..4].iter().map(Vec::len).sum()),
        ("p/5: its content encoding 'zstd' is not known", members[..5].iter().map(Vec::len).sum()),
    ] {
        let place = format!("cc.warc.gz:{at} ");
        assert!(
            rejections.iter().any(|r| r.starts_with(&place) && r.contains(wanted)),
            "{wanted}: {rejections:#?}"
        );
    }
    // The same again adds nothing.
    let report = import(&app, &["cc.warc.gz"]).json();
    assert_eq!(
        (&report["rejections_new"], &report["rejections_known"]),
        (&0.into(), &6.into()),
        "{report:#}"
    );
    assert_eq!(app.run(&["import", "warc", "none.warc.gz", "--source", "shop.toml", "--data", "d"]).code, 3);
}

#[test]
fn a_database_is_brought_back_from_its_archive() {
    let (app, _) = imported();
    let all = "SELECT id || ' ' || price_amount || ' ' || captured_at || ' ' || coalesce(original_id, '') FROM observations ORDER BY id";
    let before = query(&app, all);
    for name in ["touchstone.db", "touchstone.db-wal", "touchstone.db-shm"] {
        let _ = std::fs::remove_file(app.path().join("d").join(name));
    }
    let file = archive(&app);
    let length = std::fs::metadata(&file).unwrap().len();
    let report = app.run(&["import", "warc", file.to_str().unwrap(), "--json", "--data", "d"]).json();
    assert_eq!(
        (&report["copied"], &report["pages"], &report["unchanged"]),
        (&0.into(), &4.into(), &2.into()),
        "{report:#}"
    );
    assert_eq!(query(&app, all), before);
    assert_eq!(std::fs::metadata(archive(&app)).unwrap().len(), length, "referred to in place");
    assert_eq!(verify(&app, &["--all"]).0, 0);
    // On another machine its records are copied.
    std::fs::copy(&file, app.path().join("theirs.warc.gz")).unwrap();
    let report = app.run(&["import", "warc", "theirs.warc.gz", "--json", "--data", "e"]).json();
    assert_eq!((&report["copied"], &report["observations_new"]), (&4.into(), &6.into()), "{report:#}");
    assert_eq!(app.run(&["evidence", "verify", "--all", "--data", "e"]).code, 0);
}

#[test]
fn a_flipped_byte_a_missing_file_and_a_cut_one_are_named() {
    let (app, _) = imported();
    let file = archive(&app);
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let whole = std::fs::read(&file).unwrap();
    let of = |lines: &[Value], finding: &str| -> Vec<Value> {
        let count = lines.last().unwrap()[finding].as_u64().unwrap() as usize;
        let found: Vec<Value> = lines.iter().filter(|l| l["finding"] == finding).cloned().collect();
        assert_eq!(found.len(), count, "{lines:#?}");
        found
    };
    let places = query(
        &app,
        "SELECT archive_offset || '' FROM observations WHERE original_id IS NULL ORDER BY archive_offset",
    );
    let second: usize = places[1].parse().unwrap();

    let mut flipped = whole.clone();
    flipped[second + 200] ^= 1;
    std::fs::write(&file, &flipped).unwrap();
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!(code, 6);
    let damaged = of(&lines, "damaged");
    assert_eq!(damaged.len(), 1, "{lines:#?}");
    assert_eq!(
        (&damaged[0]["place"]["file"], &damaged[0]["place"]["offset"]),
        (&name.as_str().into(), &second.into())
    );
    let detail = damaged[0]["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("byte {second}")) && detail.contains(&name), "{detail}");
    assert_eq!(lines.last().unwrap()["ok"], 5);
    let text = app.run(&["evidence", "verify", "--all", "--data", "d"]);
    assert!(text.code == 6 && text.out.contains(&format!("at byte {second} of {name}")), "{}", text.out);

    // Packed anew with another price: every checksum of gzip is right, the digest is not.
    let forged: Vec<u8> = {
        let mut text = Vec::new();
        let mut member = flate2::bufread::GzDecoder::new(&whole[second..]);
        member.read_to_end(&mut text).unwrap();
        let rest = member.into_inner();
        let text = String::from_utf8(text).unwrap().replace("20.00", "90.00");
        [&whole[..second], &gzip(text.as_bytes()), rest].concat()
    };
    std::fs::write(&file, &forged).unwrap();
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!(code, 6);
    let damaged = of(&lines, "damaged");
    assert!(
        damaged[0]["detail"].as_str().unwrap().contains("has changed since it was archived"),
        "{damaged:#?}"
    );

    // Cut off within the last record that is referred to.
    let last: usize = query(&app, "SELECT max(archive_offset) || '' FROM observations")[0].parse().unwrap();
    std::fs::write(&file, &whole[..last + 40]).unwrap();
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!((code, of(&lines, "damaged").len()), (6, 1));

    std::fs::remove_file(&file).unwrap();
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!((code, of(&lines, "missing").len()), (6, 6));
    assert!(lines[0]["detail"].as_str().unwrap().contains(&name));
}

#[test]
fn a_changed_row_and_a_changed_reading_are_told_field_by_field() {
    let (app, _) = imported();
    query(
        &app,
        "UPDATE observations SET price_amount = '9.99', seller = 'Another' WHERE name LIKE 'Kettle 2%' AND price_amount = '20.00' RETURNING id",
    );
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!((code, lines.len(), &lines[1]["differs"]), (6, 2, &1.into()), "{lines:#?}");
    let fields = lines[0]["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|f| f["field"] == name).unwrap_or(&Value::Null);
    assert_eq!(
        (&field("seller")["stored"], &field("seller")["now"]),
        (&"Another".into(), &"shop.example".into())
    );
    assert_ne!(field("price"), &Value::Null, "{fields:#?}");
    // A moment that the record does not bear out; a sighting that does not follow from its first.
    query(
        &app,
        "UPDATE observations SET captured_at = '2023-10-01T10:20:31.000000Z' WHERE name LIKE 'Kettle 3%' RETURNING id",
    );
    query(
        &app,
        "UPDATE observations SET price_amount = '1.00' WHERE captured_day = '2023-10-03' RETURNING id",
    );
    let (_, lines) = verify(&app, &["--all"]);
    assert_eq!(lines.last().unwrap()["differs"], 3, "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|l| l["fields"].as_array().is_some_and(|f| f.iter().any(|f| f["field"] == "captured_at")))
    );

    // Rules that read the page otherwise, given by file: what comes out is no longer what is stored.
    let (app, _) = imported();
    app.file("other.toml", SHOP.replace("level = \"retail\"", "level = \"wholesale\"\ncondition = \"used\""));
    let (code, lines) = verify(&app, &["--all", "--source-file", "other.toml"]);
    assert_eq!((code, &lines.last().unwrap()["differs"]), (6, &4.into()), "{lines:#?}");
    let fields = lines[0]["fields"].as_array().unwrap();
    assert!(fields.iter().any(|f| f["field"] == "level" && f["now"] == "wholesale"), "{fields:#?}");
    assert_eq!(verify(&app, &["--all", "--source-file", "shop.toml"]).0, 0);
}

#[test]
fn evidence_is_shown_with_its_record_and_the_place_of_each_field() {
    let (app, _) = imported();
    let id = query(&app, "SELECT id FROM observations WHERE name LIKE 'Kettle 1%' AND original_id IS NULL")
        [0]
    .clone();
    let shown = app.run(&["evidence", "show", &id[..10], "--json", "--data", "d"]).json();
    assert_eq!((&shown["hash"], &shown["what"]), (&id.as_str().into(), &"observation".into()));
    let page_of = &shown["pages"][0];
    let record = &page_of["record"];
    assert_eq!((&record["kind"], &record["status"]), (&"response".into(), &200.into()));
    assert_eq!((&record["target"], &record["date"]), (&url(1).into(), &DAY[0].into()));
    let observation = &page_of["observations"][0];
    assert_eq!(observation["observation"]["id"], id);
    let price = observation["fields"].as_array().unwrap().iter().find(|f| f["field"] == "price").unwrap();
    assert_eq!((&price["text"], &price["syntax"]), (&"10.00".into(), &"json_ld".into()));
    assert!(price["place"].as_str().unwrap().contains("price"), "{price}");
    let text = app.run(&["evidence", "show", &id, "--data", "d"]).ok();
    assert!(text.contains("Server: x") && text.contains("json_ld"), "{text}");

    // The page itself, by the observation, by a later sighting of it, and by the page's own hash.
    let page_hash = record["payload_hash"].as_str().unwrap();
    let sighting = query(
        &app,
        "SELECT id FROM observations WHERE captured_day = '2023-10-02' AND original_id IS NOT NULL",
    );
    for hash in [id.as_str(), sighting[0].as_str(), page_hash] {
        let payload = app.run(&["evidence", "show", hash, "--payload", "--data", "d"]).ok();
        assert_eq!(payload, page(1, "10.00"), "{hash}");
    }
    let shown = app.run(&["evidence", "show", page_hash, "--json", "--data", "d"]).json();
    assert_eq!((&shown["what"], shown["pages"].as_array().unwrap().len()), (&"page".into(), 3), "{shown:#}");
    let (code, lines) = verify(&app, &[&sighting[0]]);
    assert_eq!(
        (code, &lines[0]["checked"], &lines[0]["ok"]),
        (0, &2.into(), &2.into()),
        "with its first reading"
    );
}

#[test]
fn a_hash_that_names_nothing_or_too_much_is_an_error() {
    let (app, _) = imported();
    for (hash, wanted) in [
        ("0000000", "is not a hash"),
        ("kettle-number-1", "is not a hash"),
        ("00000000", "no observation and no page"),
    ] {
        let ran = app.run(&["evidence", "show", hash, "--data", "d"]);
        assert_eq!(ran.code, 3, "{hash}");
        assert!(ran.err.contains(wanted), "{hash}: {}", ran.err);
    }
    query(
        &app,
        "UPDATE observations SET page_hash = 'aaaaaaaabb' || substr(page_hash, 11) WHERE name LIKE 'Kettle 2%' RETURNING id",
    );
    let ran = app.run(&["evidence", "verify", "aaaaaaaa", "--data", "d"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.err.contains("beginning of several hashes") && ran.err.contains("more digits"),
        "{}",
        ran.err
    );
    assert_eq!(app.run(&["evidence", "verify", "--data", "d"]).code, 2, "nothing asked for");
    assert_eq!(app.run(&["evidence", "verify", "--all", "--data", "nowhere"]).code, 3);
}

#[test]
fn offers_of_price_lists_have_no_page_and_that_is_said() {
    let app = App::new();
    app.file(
        "list.csv",
        "name,price,currency,url,market,captured\nKettle,10.00,EUR,https://a.example/1,DE,2026-09-01\n",
    );
    app.run(&["import", "listings", "list.csv", "--data", "d"]).ok();
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!((code, &lines[0]["checked"], &lines[0]["unarchived"]), (0, &0.into(), &1.into()));
    let id = query(&app, "SELECT id FROM observations")[0].clone();
    let (code, lines) = verify(&app, &[&id]);
    assert_eq!((code, &lines[0]["finding"]), (6, &"unarchived".into()));
    let text = app.run(&["evidence", "show", &id, "--data", "d"]).ok();
    assert!(text.contains("no archived page"), "{text}");
    assert_eq!(app.run(&["evidence", "show", &id, "--payload", "--data", "d"]).code, 3);
}

#[test]
fn saved_pages_are_proved_with_what_their_import_was_told() {
    let app = App::new();
    app.file("a.html", page(1, "10.00"));
    app.file("index.jsonl", "{\"file\": \"a.html\", \"url\": null}\n");
    app.run(&[
        "import",
        "pages",
        "index.jsonl",
        "--captured",
        "2026-09-15",
        "--market",
        "DE",
        "--level",
        "wholesale",
        "--data",
        "d",
    ])
    .ok();
    let (code, lines) = verify(&app, &["--all"]);
    assert_eq!(
        (code, &lines[0]["ok"], &lines[0]["by_stored_facts"]),
        (0, &1.into(), &0.into()),
        "{lines:#?}"
    );
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(archive(&app)).unwrap()).read_to_string(&mut text).unwrap();
    assert!(
        text.contains("urn:touchstone:source:saved-pages") && text.contains("\"level\": \"wholesale\""),
        "{text}"
    );
}
