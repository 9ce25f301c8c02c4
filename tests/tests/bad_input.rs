//! Bad input: one clear message (where, what, what to do) and the right exit code.

#![allow(clippy::unwrap_used)]

use acceptance::line::Line;
use acceptance::{App, Ran};
use std::net::TcpListener;
use std::sync::OnceLock;

/// Where, what, what to do: all in the message, and nothing of the program's inside.
fn refused(ran: Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, code, "stdout: {}\nstderr: {}", ran.out, ran.err);
    assert!(ran.err.starts_with("touchstone: "), "{}", ran.err);
    for word in words {
        assert!(ran.err.contains(word), "'{word}' in: {}", ran.err);
    }
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

/// One demo for the tests that only read it.
fn demo() -> &'static App {
    static DEMO: OnceLock<App> = OnceLock::new();
    DEMO.get_or_init(|| {
        let app = App::new();
        app.run(&["demo", "--no-serve", "--data", "d"]).ok();
        app
    })
}

const LIST: &str = "name,price,currency,url,seller,captured,hs6,quantity,unit,condition\n";

#[test]
fn a_source_file_with_an_unknown_key() {
    let app = App::new();
    let example =
        std::fs::read_to_string(acceptance::root().join("config/sources/example-market.toml")).unwrap();
    app.file("shop.toml", example.replacen("market =", "markett =", 1));
    refused(app.run(&["source", "check", "shop.toml"]), 3, &["shop.toml", "markett", "hint"]);
    refused(app.run(&["crawl", "shop.toml", "--data", "d"]), 3, &["shop.toml", "markett"]);
}

#[test]
fn a_list_with_a_missing_column() {
    let app = App::new();
    app.file("prices.csv", "name,prise,currency\ncup,1.20,EUR\n");
    refused(
        app.run(&["import", "listings", "prices.csv", "--captured", "2026-09-15", "--data", "d"]),
        3,
        &["prices.csv", "price", "prise"],
    );
}

#[test]
fn declared_lines_without_a_required_column() {
    let app = demo();
    app.file("lines.csv", "line,hs_code,value,currency\n1,070320,100,EUR\n");
    refused(app.run(&["assess", "lines.csv", "-o", "out.csv", "--data", "d"]), 3, &["lines.csv", "hs"]);
}

#[test]
fn a_bad_price_is_a_rejection_and_the_rest_goes_on() {
    let app = App::new();
    let rows = "Cup,1.20,EUR,https://a.example/1,A,2026-09-15,691110,1,u,new\n\
                Mug,about two,EUR,https://a.example/2,A,2026-09-15,691110,1,u,new\n\
                Jug,-3.00,EUR,https://a.example/3,A,2026-09-15,691110,1,u,new\n\
                Bowl,4.00,EUR,https://a.example/4,A,2026-09-15,691199,1,u,new\n\
                Dish,5.00,EUR,https://a.example/5,A,2026-13-45,691110,1,u,new\n\
                Tray,6.00,EUR,https://a.example/6,A,2026-09-15,691110,1,u,new\n";
    app.file("prices.csv", format!("{LIST}{rows}"));
    let ran = app.run(&["import", "listings", "prices.csv", "--data", "d", "--json"]);
    assert_eq!(ran.code, 6, "{}{}", ran.out, ran.err);
    let report = ran.json();
    assert_eq!(report["rows"], 6);
    assert_eq!(report["observations_new"], 2, "{report:#}");
    assert_eq!(report["rejections_new"], 4, "{report:#}");
    for reason in ["unknown_hs_code", "not_positive", "bad_field"] {
        assert_eq!(report["reasons"][reason], 1, "{report:#}");
    }
    // The same file again stores nothing twice.
    let again = app.run(&["import", "listings", "prices.csv", "--data", "d", "--json"]).json();
    assert_eq!(again["observations_new"], 0);
    assert_eq!(again["rejections_new"], 0);
    assert_eq!(again["observations_known"], 2);
}

/// Prices of 1.40 to 1.58 EUR a kilogram, which Spain would write with a comma: not a thousand times as much.
#[test]
fn a_list_whose_decimal_mark_nobody_tells() {
    let list = |first: &str| {
        let rows: String = (0..26)
            .map(|i| (i, ["1.402", "1.577"][i % 2]))
            .map(|(i, price)| format!("Red onions {i},{price},EUR,market ES,2026-03-15,070310,1 kg\n"))
            .collect();
        let head = "name,price,currency,seller,captured,hs6,quantity\n";
        format!("{head}Shallots,{first},EUR,market ES,2026-03-15,070310,1 kg\n{rows}")
    };
    let app = App::new();
    let import = |price: &str, data: &str, more: &[&str]| {
        app.file("prices.csv", list(price));
        let args = ["import", "listings", "prices.csv", "--market", "ES", "--data", data];
        app.run(&[&args[..], more].concat())
    };
    let open = import("2", "d", &[]);
    assert_eq!(open.code, 6, "{}", open.err);
    assert!(open.out.contains("26  price reads in two ways"), "{}", open.out);
    for word in ["'1.402' reads as 1402 or 1.402", "name decimal_separator"] {
        assert!(open.out.contains(word), "'{word}' in: {}", open.out);
    }
    app.file("map.toml", "[defaults]\ndecimal_separator = \".\"\n");
    for (first, data, more) in [("2.05", "e", &[][..]), ("2", "f", &["--map", "map.toml"][..])] {
        let report = import(first, data, &[&["--json"], more].concat());
        assert_eq!(report.code, 0, "{}{}", report.out, report.err);
        assert_eq!(report.json()["observations_new"], 27);
    }
}

#[test]
fn a_list_in_a_broken_encoding_loses_only_its_broken_lines() {
    let app = App::new();
    let mut bytes = LIST.as_bytes().to_vec();
    bytes.extend_from_slice(b"Cup,1.20,EUR,https://a.example/1,A,2026-09-15,691110,1,u,new\n");
    bytes.extend_from_slice(b"M\xff\xfeg,1.30,EUR,https://a.example/2,A,2026-09-15,691110,1,u,new\n");
    bytes.extend_from_slice(b"Jug,1.40,EUR,https://a.example/3,A,2026-09-15,691110,1,u,new\n");
    app.file("prices.csv", bytes);
    let ran = app.run(&["import", "listings", "prices.csv", "--data", "d", "--json"]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["observations_new"], 2, "{report:#}");
    assert_eq!(report["rejections_new"], 1, "{report:#}");
}

#[test]
fn a_page_in_a_broken_encoding_is_read_and_a_binary_one_named() {
    let app = App::new();
    let mut page =
        b"<html><head><meta charset=utf-8><title>Caf\xff</title></head><body><h1>Caf\xe9 \xff\xfe</h1>"
            .to_vec();
    page.extend_from_slice(b"<script type=\"application/ld+json\">{\"@type\":\"Product\",\"name\":\"Cup\",\"offers\":{\"price\":\"3.20\",\"priceCurrency\":\"EUR\"}}</script></body></html>");
    app.file("broken.html", page);
    app.file("binary.html", [0u8, 159, 146, 150, 0, 0, 1, 2, 3, 0, 255, 0, 0, 7].repeat(200));
    let asked = "{\"file\":\"broken.html\",\"url\":null}\n{\"file\":\"binary.html\"}\n{\"file\":\"none.html\"}\nnot json\n";
    let ran = app.run_with_input(&["inspect", "page"], asked);
    assert_eq!(ran.code, 6, "{}", ran.err);
    let answers: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(answers.len(), 4, "one answer a line, in order");
    assert_eq!(answers[0]["listings"][0]["price"], "3.2");
    assert_eq!(answers[0]["listings"][0]["currency"], "EUR");
    for answer in &answers[1..] {
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[test]
fn a_full_disk() {
    if !std::path::Path::new("/dev/full").exists() {
        println!("skipped: a_full_disk (no /dev/full here)");
        return;
    }
    let app = demo();
    refused(
        app.run(&["observatory", "-o", "/dev/full", "--data", "d"]),
        4,
        &["/dev/full", "no space left", "hint"],
    );
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = app.command(&["snapshot", "show", "--data", "d"]).stdout(full).output().unwrap();
    let err = String::from_utf8_lossy(&ended.stderr).into_owned();
    refused(
        Ran { code: ended.status.code().unwrap_or(-1), out: String::new(), err },
        4,
        &["standard output", "no space left"],
    );
}

#[test]
fn a_port_in_use() {
    let app = App::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused(app.run(&["demo", "--port", &port, "--data", "d"]), 4, &[port.as_str(), "in use", "--port"]);
    assert!(!app.path().join("d").exists(), "nothing is begun before the port is had");
    refused(app.run(&["serve", "--port", &port, "--data", "d"]), 4, &[port.as_str(), "in use"]);
}

#[test]
fn an_unknown_hs_code() {
    let app = demo();
    refused(
        app.check(&Line::of("070329", "garlic", "1", "EUR", "kg"), &[]),
        3,
        &["hs: ", "0703.29", "nearest", "0703.20"],
    );
    refused(
        app.check(&Line::of("07", "garlic", "x", "EURO", "stone"), &[]),
        3,
        &["hs: ", "price: ", "currency: ", "unit: "],
    );
}

#[test]
fn a_database_of_a_newer_version() {
    let app = App::new();
    app.run(&["db", "migrate", "--data", "d"]).ok();
    let location = app.path().join("d/touchstone.db");
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&location);
        let mut db = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(acceptance::NEWER_VERSION).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
    for command in [&["snapshot", "list", "--data", "d"][..], &["db", "migrate", "--data", "d"]] {
        refused(app.run(command), 5, &["newer"]);
    }
}

#[test]
fn a_file_that_is_no_database_and_a_missing_snapshot() {
    let app = App::new();
    app.file("d/touchstone.db", "this is a letter, not a database, and it goes on for a while: ".repeat(20));
    let ran = app.run(&["snapshot", "list", "--data", "d"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let empty = App::new();
    let check =
        ["check", "--hs", "070320", "--price", "1", "--currency", "EUR", "--unit", "kg", "--data", "d"];
    refused(empty.run(&check), 3, &["no database", "touchstone.db", "hint"]);
    assert!(!empty.path().join("d").exists(), "a check creates nothing");
    empty.run(&["db", "migrate", "--data", "d"]).ok();
    refused(empty.run(&check), 3, &["no snapshot", "hint"]);
}

#[test]
fn a_damaged_snapshot_is_named() {
    let app = App::new();
    app.file("prices.csv", format!("{LIST}Cup,1.20,EUR,https://a.example/1,A,2026-09-15,691110,1,u,new\n"));
    app.run(&["import", "listings", "prices.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    let folder = app.path().join("d/snapshots");
    let path = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(&path, bytes).unwrap();
    refused(app.run(&["snapshot", "show", "--data", "d"]), 3, &["snapshot file", "hint"]);
}

#[test]
fn settings_and_flags_are_checked() {
    let app = App::new();
    app.file("my.toml", "listen = \"here\"\n");
    refused(app.run(&["--config", "my.toml", "doctor"]), 3, &["listen", "here"]);
    refused(app.run(&["--config", "none.toml", "doctor"]), 3, &["none.toml"]);
    assert_eq!(app.run(&["check", "--hs"]).code, 2);
    assert_eq!(app.run(&["frobnicate"]).code, 2);
}

/// A download that broke off, and a file that is not UTF-16 to its end: what was read is kept, the
/// place is named, and it is bad input, not the machine's refusal.
#[test]
fn a_list_that_was_cut_off() {
    use std::io::Write;
    let app = App::new();
    let rows: String = (0..3000)
        .map(|i| format!("Cup {i},1.20,EUR,https://a.example/{i},A,2026-09-15,691110,1,u,new\n"))
        .collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(format!("{LIST}{rows}").as_bytes()).unwrap();
    let whole = packer.finish().unwrap();
    app.file("half.csv.gz", &whole[..whole.len() / 2]);
    let ran = app.run(&["import", "listings", "half.csv.gz", "--data", "d", "--json"]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["reasons"]["bad_line"], 1, "{report:#}");
    assert!(report["observations_new"].as_u64().unwrap() > 100, "{report:#}");
    for length in [5, 12, 30] {
        app.file("stub.csv.gz", &whole[..length]);
        refused(app.run(&["import", "listings", "stub.csv.gz", "--data", "d"]), 3, &["stub.csv.gz", "hint"]);
    }
    let mut wide = vec![0xff, 0xfe];
    wide.extend(LIST.encode_utf16().flat_map(u16::to_le_bytes));
    wide.push(b'C');
    app.file("odd.csv", &wide);
    let ran = app.run(&["import", "listings", "odd.csv", "--data", "d"]);
    assert_eq!(ran.code, 6, "half a character is a bad line: {}{}", ran.out, ran.err);
}
