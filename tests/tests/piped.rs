//! Lines and lists that come through a pipe, whose bytes come once: they give what the file gives. What a pipe
//! cannot do (a workbook, Parquet, going on with a run) is refused before anything is begun.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use acceptance::{App, Ran, garlic, interrupted, prices};
use api::batch::run::{Job, run};
use api::checking::Checker;
use api::failure::Exit;
use api::pipeline::Pipeline;
use api::settings::{Overrides, Settings};
use chrono::{TimeZone, Utc};
use model::ContentHash;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

const AS_OF: [&str; 4] = ["--as-of", "2026-09-20", "--data", "d"];

/// A map of lines that state no more than their figures.
const LINES_MAP: &str = "[columns]\nhs = \"hs\"\norigin = \"origin\"\nquantity = \"quantity\"\nvalue = \"value\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\nlevel = \"wholesale\"\n";

fn lines(count: u32) -> String {
    let mut text =
        String::from("hs,description,price,currency,quantity,unit,condition,level,export_date,importer\n");
    for i in 0..count {
        text.push_str(&format!(
            "070320,fresh garlic,{:.3},EUR,100,kg,new,retail,2026-09-15,IMP {}\n",
            1.0 + 0.01 * f64::from(i % 150),
            i % 7
        ));
    }
    text
}

/// A reference of one good, and 300 lines of it.
fn app() -> App {
    let app = App::new();
    app.file("list.csv", garlic());
    app.file("lines.csv", lines(300));
    app.run(&["import", "listings", "list.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    std::fs::create_dir(app.path().join("out")).unwrap();
    app
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Runs the program with these bytes on its standard input. It may end before it has read them.
fn fed(app: &App, args: &[&str], bytes: &[u8]) -> Ran {
    let mut command = app.command(args);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), bytes.to_vec());
    let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
    let ended = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: ended.status.code().unwrap(),
        out: String::from_utf8(ended.stdout).unwrap(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// A pipe with a name, into which somebody writes these bytes once it is read.
fn pipe(path: &Path, bytes: impl Into<Vec<u8>>) -> JoinHandle<()> {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let (path, bytes) = (path.to_owned(), bytes.into());
    std::thread::spawn(move || {
        drop(std::fs::File::options().write(true).open(path).unwrap().write_all(&bytes))
    })
}

fn read(app: &App, name: &str) -> Vec<u8> {
    std::fs::read(app.path().join(name)).unwrap()
}

/// What is in the folder `out`.
fn there(app: &App) -> Vec<String> {
    let entries = std::fs::read_dir(app.path().join("out")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Every text of a workbook.
fn texts(app: &App, name: &str) -> String {
    let mut book = zip::ZipArchive::new(std::fs::File::open(app.path().join(name)).unwrap()).unwrap();
    let mut text = String::new();
    book.by_name("xl/sharedStrings.xml").unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn lines_from_a_pipe_give_what_the_file_gives() {
    let app = app();
    let assess = |file: &str, to: &str, bytes: &[u8]| {
        let outs = ["csv", "parquet", "xlsx"].map(|ending| format!("{to}.{ending}"));
        let [csv, parquet, xlsx] = outs.each_ref().map(String::as_str);
        let (sums, pairs) = (format!("{to}-sums.csv"), format!("{to}-pairs.csv"));
        let args = [
            &["assess", file, "-o", csv, "-o", parquet, "-o", xlsx, "--json"][..],
            &["--rollups", &sums, "--patterns", &pairs],
            &AS_OF,
        ];
        fed(&app, &args.concat(), bytes).ok()
    };
    let told = assess("lines.csv", "file", b"");
    let plain = read(&app, "lines.csv");
    // With the mark of UTF-8, too, which is no part of the header.
    for bytes in [plain.clone(), gzip(&plain), [b"\xef\xbb\xbf", &plain[..]].concat()] {
        assert_eq!(assess("/dev/stdin", "piped", &bytes), told);
        for end in [".csv", ".parquet", "-sums.csv", "-pairs.csv"] {
            assert_eq!(read(&app, &format!("piped{end}")), read(&app, &format!("file{end}")), "{end}");
        }
        // The workbook says what bytes these were, which nobody can read again.
        let book = texts(&app, "piped.xlsx");
        assert!(book.contains(&ContentHash::of(&bytes).to_string()));
        assert!(book.contains("lines from a pipe") && book.contains("saved as LINES.csv"), "{book}");
    }
    assert!(texts(&app, "file.xlsx").contains("touchstone assess lines.csv -o"));
    // A pipe with a name, as the shell's <( … ) gives one.
    let writer = pipe(&app.path().join("named"), plain);
    let columns = ["--columns", "number,verdict,ratio"];
    app.run(&[&["assess", "named", "-o", "named.csv"][..], &columns, &AS_OF].concat()).ok();
    writer.join().unwrap();
    app.run(&[&["assess", "lines.csv", "-o", "chosen.csv"][..], &columns, &AS_OF].concat()).ok();
    assert_eq!(read(&app, "named.csv"), read(&app, "chosen.csv"));
    // A file that the shell opens is one.
    let mut command = app.command(&[&["assess", "/dev/stdin", "-o", "shell.csv"][..], &AS_OF].concat());
    let ran = command.stdin(std::fs::File::open(app.path().join("lines.csv")).unwrap()).output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr), (Some(0), Vec::new()));
    assert_eq!(read(&app, "shell.csv"), read(&app, "file.csv"));
}

#[test]
fn what_a_pipe_cannot_do_is_refused_before_anything_is_begun() {
    let app = app();
    app.run(&[&["assess", "lines.csv", "-o", "lines.xlsx", "-o", "lines.parquet"][..], &AS_OF].concat()).ok();
    let plain = read(&app, "lines.csv");
    let refused = |more: &[&str], bytes: &[u8]| {
        let ran =
            fed(&app, &[&["assess", "/dev/stdin", "-o", "out/r.csv"][..], &AS_OF, more].concat(), bytes);
        assert_eq!((ran.code, there(&app)), (3, vec![]), "{}", ran.err);
        ran.err
    };
    for (name, what) in [("lines.xlsx", "a workbook"), ("lines.parquet", "Parquet")] {
        let err = refused(&[], &read(&app, name));
        assert!(err.contains(&format!("/dev/stdin: {what} cannot be read from a pipe")), "{err}");
        assert!(err.contains("hint: save it to a file first"), "{err}");
    }
    let err = refused(&["--resume"], &plain);
    assert!(err.contains("/dev/stdin: lines from a pipe cannot be gone on with"), "{err}");
    let err = refused(&[], b"");
    assert!(err.contains("/dev/stdin: the file is empty"), "{err}");
    // Nothing is kept to go on with, and that is said at the beginning.
    let ran = fed(&app, &[&["assess", "/dev/stdin", "-o", "out/r.csv"][..], &AS_OF].concat(), &plain);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("/dev/stdin: lines from a pipe: no journal is kept"), "{}", ran.err);
    assert_eq!(there(&app), ["r.csv"]);
    // Snapshots and archives of pages.
    let snapshot = std::fs::read_dir(app.path().join("d/snapshots")).unwrap().next().unwrap().unwrap().path();
    let snapshot = std::fs::read(snapshot).unwrap();
    let of = ["assess", "lines.csv", "-o", "x.csv", "--snapshot-file", "/dev/stdin"];
    let warc = ["import", "warc", "/dev/stdin", "--source-id", "s", "--data", "d"];
    for (args, bytes, what) in [(&of[..], &snapshot[..], "a snapshot"), (&warc, b"WARC/1.0\r\n", "it")] {
        let ran = fed(&app, args, bytes);
        let told = format!("/dev/stdin: {what} cannot be read from a pipe");
        assert!(ran.code == 3 && ran.err.contains(&told), "{}{}", ran.code, ran.err);
    }
}

#[test]
fn a_run_that_is_to_stop_does_not_take_the_end_of_a_pipe_for_that_of_the_lines() {
    let app = app();
    let overrides = Overrides { data: Some(app.path().join("d")), ..Overrides::default() };
    let settings = Settings::load(&overrides, &|_| None).unwrap();
    let checker = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let pipeline = Pipeline::existing(settings).await.unwrap();
        Checker::load(&pipeline, None, "2026-09-20".parse().ok()).await.unwrap()
    });
    let (named, outs) = (app.path().join("named"), [app.path().join("out/r.csv")]);
    // The signal has ended the writer, too; the next look at it would be behind more lines.
    let writer = pipe(&named, lines(100));
    let now = Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap();
    let stopped = |done: u64| done >= 100;
    let batch = run(&Job { interrupted: &stopped, ..Job::new(&checker, &named, &outs, 0.1, now) }).unwrap();
    writer.join().unwrap();
    assert!(batch.interrupted && batch.kept.is_none() && batch.lines == 100);
    assert!(there(&app).is_empty());
    let resumed = run(&Job { resume: true, ..Job::new(&checker, &named, &outs, 0.1, now) }).unwrap_err();
    assert_eq!(resumed.exit, Exit::Input);
}

#[test]
fn of_an_interrupted_run_from_a_pipe_it_is_said_that_it_begins_anew() {
    let app = app();
    let mut command = app.command(&[&["assess", "/dev/stdin", "-o", "out/r.csv"][..], &AS_OF].concat());
    let command = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines(300).as_bytes()).unwrap();
    // Then it waits for more lines.
    let (mut said, _) = interrupted(&mut child, &app.path().join("out/r.csv.partial"));
    drop(stdin);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("lines; nothing of them is written as out/r.csv\n"), "{rest}");
    assert!(rest.contains("only a run of lines in a file into one .csv that is a file"), "{rest}");
    assert!(there(&app).is_empty());
}

#[test]
fn cleared_lines_and_price_lists_come_through_pipes() {
    let app = app();
    let plain = read(&app, "lines.csv");
    let validate = |file, bytes: &[u8]| fed(&app, &["validate", file, "--data", "d", "--json"], bytes).json();
    let (file, piped) = (validate("lines.csv", b""), validate("/dev/stdin", &plain));
    assert_eq!(piped["input_hash"], ContentHash::of(&plain).to_string());
    assert_eq!((&file, file["lines"].as_u64()), (&piped, Some(300)));
    // Listings.
    let import = |file, bytes: &[u8], data| {
        fed(&app, &["import", "listings", file, "--data", data, "--json"], bytes).json()
    };
    assert_eq!(import("/dev/stdin", garlic().as_bytes(), "e"), import("list.csv", b"", "f"));
    // What the last price says of the mark of the first.
    let marks = "name,price,currency,url,market,captured\n\
                 Onions,1.402,EUR,https://a.example/1,ES,2026-09-01\n\
                 Onions,0.45,EUR,https://a.example/2,ES,2026-09-01\n";
    app.file("marks.csv", marks);
    let (piped, file) = (import("/dev/stdin", marks.as_bytes(), "m"), import("marks.csv", b"", "n"));
    assert_eq!((&piped, &piped["observations_new"]), (&file, &2.into()));
    // Lists of prices: a table does not tell whether they came through a pipe of the file's name.
    let mut text = "hs6,origin,date,source,unit_price\n".to_owned();
    for i in 0..400 {
        let price = 2.0 * (0.6 + 0.8 * prices::spread(i));
        text.push_str(&format!("070320,CN,2025-0{}-01,S{:02},{price:.2}\n", 1 + i % 6, i % 31));
    }
    let app = prices::app(&[("map.toml", prices::MAP), ("file/list.csv", &text)]);
    let of_file = prices::table(&app, &["file/list.csv"], &["--data", "f"]);
    std::fs::create_dir(app.path().join("piped")).unwrap();
    let writer = pipe(&app.path().join("piped/list.csv"), text);
    let piped = prices::table(&app, &["piped/list.csv"], &["--data", "p"]);
    writer.join().unwrap();
    assert_eq!((prices::id(&piped), &piped["rows"]), (prices::id(&of_file), &of_file["rows"]));
    // Against a table lines from a file go a shorter way, to the same figures: more than a reader takes at a time.
    let lines: String = (0..8000).map(|i| format!("070320,CN,40,{}\n", 20 + i % 90)).collect();
    let lines = format!("hs,origin,quantity,value\n{lines}");
    app.file("lines.csv", &lines);
    app.file("lines.toml", LINES_MAP);
    for (file, bytes, to) in [("lines.csv", "", "short.csv"), ("/dev/stdin", &lines, "piped.csv")] {
        let args = ["assess", file, "--map", "lines.toml", "--columns", "figures", "-o", to];
        let more = ["--config", "settings.toml", "--data", "f", "--as-of", "2025-06-30"];
        fed(&app, &[&args[..], &more].concat(), bytes.as_bytes()).ok();
    }
    assert_eq!(read(&app, "piped.csv"), read(&app, "short.csv"));
    let refused = ["snapshot", "table", "/dev/stdin", "--map", "map.toml"];
    let ran = fed(&app, &refused, b"PAR1 and more");
    assert!(ran.code == 3 && ran.err.contains("Parquet cannot be read from a pipe"), "{}", ran.err);
}
