//! A batch as an auditor runs it: roll-ups, importers' price levels, hashed importers, Parquet in and out,
//! and an interrupted run that goes on to the same bytes.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::line::Line;
use api::batch::journal::Beside;
use api::batch::run::{Job, run};
use api::checking::Checker;
use api::pipeline::Pipeline;
use api::settings::{Overrides, Settings};
use chrono::{NaiveDate, TimeZone, Utc};
use std::path::PathBuf;

/// A reference of 24 sellers of honey and of garlic on three sites.
fn reference() -> App {
    let app = App::new();
    let mut list =
        String::from("name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n");
    for i in 0..24 {
        let site = ["a", "b", "c"][i % 3];
        for (name, hs, price) in [("Acacia honey", "040900", 10.0), ("Fresh garlic", "070320", 2.0)] {
            list.push_str(&format!(
                "{name} {i},{:.2},EUR,https://{site}.example/{hs}/{i},Seller {i},DE,2026-09-01,new,retail,{hs},1,kg\n",
                price * (0.8 + 0.02 * i as f64)
            ));
        }
    }
    app.file("list.csv", list);
    app.run(&["import", "listings", "list.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    app
}

/// 12 importers of 10 lines each of two goods; the last declares honey 40 % lower; two lines are bad.
fn declared() -> String {
    let mut lines = String::from(
        "line,hs,description,price,currency,quantity,unit,condition,level,export_date,origin,importer,office\n",
    );
    for line in 0..10 {
        for importer in 0..12 {
            for (name, hs, price) in [("acacia honey", "040900", 10.0), ("fresh garlic", "070320", 2.0)] {
                let low = if importer == 11 && hs == "040900" { 0.6 } else { 1.0 };
                // Spreads that are no multiples of one another, so that nothing is equal by chance.
                let wobble = 1.0
                    + 0.03 * f64::from((line * 7 + importer * 3) % 10) / 10.0
                    + 0.004 * f64::from(importer % 5);
                lines.push_str(&format!(
                    "{line}-{importer},{hs},{name},{:.4},EUR,100,kg,new,retail,2026-09-15,{},IMP {importer},{}\n",
                    price * low * wobble,
                    ["CN", "ES"][importer as usize % 2],
                    ["North", "South"][line as usize % 2]
                ));
            }
        }
    }
    lines.push_str("bad,garlic,x,1,EUR,1,kg,new,retail,2026-09-15,CN,IMP 0,North\nshort,070320\n");
    lines
}

fn rows(app: &App, name: &str) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(app.path().join(name)).unwrap();
    let header = reader.headers().unwrap().clone();
    (header, reader.records().map(Result::unwrap).collect())
}

/// A text whose lines were broken for the terminal, in one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_are_added_up_and_the_importer_below_the_others_is_found() {
    let app = reference();
    app.file("lines.csv", declared());
    let ran = app.run(&[
        "assess",
        "lines.csv",
        "-o",
        "out.csv",
        "-o",
        "out.xlsx",
        "--rollups",
        "sums.csv",
        "--patterns",
        "pairs.csv",
        "--data",
        "d",
        "--json",
    ]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert!(
        ran.err.contains("line 242: hs: 'garlic'") && ran.err.contains("line 243: 2 cells"),
        "{}",
        ran.err
    );
    let batch: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&batch["lines"], &batch["bad"]), (&242.into(), &2.into()));
    let patterns = &batch["patterns"];
    assert_eq!((&patterns["tested"], &patterns["discoveries"]), (&24.into(), &1.into()), "{patterns:#}");
    let first = &patterns["pairs"][0];
    assert_eq!((&first["importer"], &first["hs"]), (&"IMP 11".into(), &"040900".into()));
    assert!((first["relative"].as_f64().unwrap() - 0.6).abs() < 0.02, "{first}");
    let (header, pairs) = rows(&app, "pairs.csv");
    assert_eq!((&header[0], pairs.len(), &pairs[0][11], &pairs[1][11]), ("rank", 24, "yes", "no"));
    let (header, sums) = rows(&app, "sums.csv");
    let row = |by: &str, key: &str| {
        let found = sums.iter().find(|r| &r[0] == by && &r[1] == key);
        found
            .map(|r| {
                header
                    .iter()
                    .zip(r)
                    .map(|(h, c)| (h.to_owned(), c.to_owned()))
                    .collect::<std::collections::BTreeMap<_, _>>()
            })
            .unwrap()
    };
    assert_eq!(row("importer", "IMP 11")["lines"], "20");
    assert_eq!(row("importer", "IMP 0")["bad"], "1");
    assert_eq!(row("office", "North")["lines"], "121");
    assert_eq!(row("hs", "040900")["compared"], "120");
    assert_eq!(row("hs", "garlic")["bad"], "1");
    assert_eq!(row("origin", "ES")["lines"], "120");
    assert_eq!(row("importer", "IMP 11")["flagged"], "10", "honey at 60 % is a reason to ask");
    assert_eq!(row("importer", "IMP 10")["flagged"], "0");
    // Ten lines of 100 kg, each about 40 % below a median of about 10 EUR.
    let at_stake: f64 = row("importer", "IMP 11")["at_stake"].parse().unwrap();
    assert!((3_500.0..5_000.0).contains(&at_stake), "{at_stake}");
    assert_eq!(row("importer", "IMP 10")["at_stake"], "0");
    let offices: f64 =
        ["North", "South"].map(|key| row("office", key)["at_stake"].parse::<f64>().unwrap()).iter().sum();
    assert!((offices / at_stake - 1.0).abs() < 1e-4, "{offices} {at_stake}");
    // The workbook says the same, line by line: every discovery with its q, which is below the rate.
    let found = worksheet(&app, "out.xlsx", "Findings");
    let at = |name: &str| found[0].iter().position(|head| head == name).unwrap();
    let (importer, q, stake, verdict) = (at("Importer"), at("q, as a batch"), at("At stake"), at("verdict"));
    let goods = at("Goods");
    let discovered: std::collections::BTreeSet<(&String, &String)> = found[1..]
        .iter()
        .filter(|row| row[q].parse::<f64>().is_ok_and(|q| q > 0.0 && q <= 0.1))
        .map(|row| (&row[importer], &row[goods]))
        .collect();
    assert_eq!(batch["discovery"]["discoveries"], discovered.len(), "{discovered:?}");
    assert!(found[1..].iter().all(|row| row[q] == "no" || row[q] == "–" || row[q].parse::<f64>().is_ok()));
    let sum: f64 = found[1..]
        .iter()
        .filter(|row| row[verdict].contains("reason_to_ask"))
        .map(|row| row[stake].parse::<f64>().unwrap())
        .sum();
    assert!((sum / at_stake - 1.0).abs() < 1e-9, "{sum} {at_stake}");
    // What it takes to do it again stands on the method sheet, and does.
    let method = worksheet(&app, "out.xlsx", "Method");
    let said = |label: &str| method.iter().find(|row| row[0] == label).unwrap()[1].clone();
    assert_eq!(said("File (SHA-256)"), model::ContentHash::of(declared().as_bytes()).to_string());
    let again = said("To do it again");
    let command: Vec<&str> =
        again.lines().next().unwrap().split(' ').skip(1).chain(["--data", "d"]).collect();
    assert_eq!(app.run(&command).code, 6, "{again}");
    assert_eq!(worksheet(&app, "again.xlsx", "Findings"), found);
}

/// The rows of a worksheet as texts.
fn worksheet(app: &App, file: &str, sheet: &str) -> Vec<Vec<String>> {
    use calamine::Reader;
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(app.path().join(file)).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn hashed_importers_give_the_same_figures_and_no_identifier() {
    let app = reference();
    app.file("lines.csv", declared());
    let args = [
        "assess",
        "lines.csv",
        "-o",
        "out.csv",
        "-o",
        "out.xlsx",
        "--rollups",
        "s.csv",
        "--patterns",
        "p.csv",
        "--data",
        "d",
        "--json",
    ];
    let plain = app.run(&args);
    let (_, before) = rows(&app, "p.csv");
    let hashed = app.run(&[&args[..], &["--hash-importers"]].concat());
    assert_eq!(hashed.code, 6, "{}", hashed.err);
    let (_, after) = rows(&app, "p.csv");
    // Everything but the name.
    for (a, b) in before.iter().zip(&after) {
        assert_eq!(a.iter().skip(2).collect::<Vec<_>>(), b.iter().skip(2).collect::<Vec<_>>());
        assert!(b[1].starts_with("importer-") && b[1].len() == 25, "{}", &b[1]);
    }
    let count = |out: &str| serde_json::from_str::<serde_json::Value>(out).unwrap()["counts"].clone();
    assert_eq!(count(&plain.out), count(&hashed.out));
    for name in ["out.csv", "s.csv", "p.csv"] {
        assert!(!std::fs::read_to_string(app.path().join(name)).unwrap().contains("IMP "), "{name}");
    }
    assert!(!hashed.out.contains("IMP ") && app.path().join("d/importer.key").is_file());
    for sheet in
        ["Summary", "Findings", "Schedules", "Charts", "Roll-ups", "Importers", "Method", "Bad lines"]
    {
        let cells = worksheet(&app, "out.xlsx", sheet).concat();
        assert!(!cells.iter().any(|cell| cell.contains("IMP ")), "{sheet}");
    }
}

#[test]
fn of_a_bad_line_the_results_have_what_was_given() {
    let app = reference();
    app.file(
        "lines.csv",
        "hs,description,currency,value,price,quantity,unit,export_date,importer\n\
         070320,garlic,EUR,4.50,,2,kg,2026-09-01,IMP 7\n070320,garlic,EUR,,3,,kg,2026-09-01,IMP 8\n",
    );
    app.file("m.toml", "decimal_separator = \",\"\n");
    let files = ["-o", "out.csv", "-o", "out.xlsx", "--rollups", "s.csv", "--map", "m.toml"];
    let args = ["assess", "lines.csv", "--data", "d", "--hash-importers"];
    let ran = app.run(&[&args[..], &files].concat());
    assert_eq!(ran.code, 6, "{}", ran.err);
    let (header, lines) = rows(&app, "out.csv");
    let cell = |row: usize, name: &str| &lines[row][header.iter().position(|h| h == name).unwrap()];
    let names = ["hs", "value", "value_currency", "quantity", "quantity_unit", "export_date"];
    let told = |row: usize| names.map(|name| cell(row, name)).join("|");
    assert_eq!(told(0), "070320|4.50|EUR|2|kg|2026-09-01");
    assert!(cell(0, "error").contains("value: '4.50'"), "{}", cell(0, "error"));
    // Only a price was declared: no quantity.
    assert_eq!(told(1), "070320|3|EUR||KGM|2026-09-01");
    // The bad line counts for its importer, hashed as all others.
    let (header, sums) = rows(&app, "s.csv");
    let bad = header.iter().position(|h| h == "bad").unwrap();
    let importers: Vec<_> = sums.iter().filter(|row| &row[0] == "importer").collect();
    assert_eq!(importers.iter().filter(|row| &row[bad] == "1").count(), 1, "{sums:?}");
    assert!(importers.iter().all(|row| row[1].starts_with("importer-")), "{sums:?}");
    let cells = worksheet(&app, "out.xlsx", "Bad lines").concat();
    assert!(cells.iter().any(|cell| cell.contains("value=4.50")), "{cells:?}");
    assert!(!cells.iter().any(|cell| cell.contains("IMP")), "{cells:?}");
}

#[test]
fn no_message_on_a_broken_row_quotes_an_importer() {
    let app = reference();
    let header = "hs,description,currency,value,quantity,unit,importer\n";
    let latin = [header.as_bytes(), b"070320,garlic,EUR,4,2,kg,M\xfcller IMP 7\n"].concat();
    std::fs::write(app.path().join("latin.csv"), latin).unwrap();
    as_workbook(&format!("{header}070320,garlic,EUR,4,2,kg,,IMP 7\n"), &app.path().join("right.xlsx"));
    for (lines, said) in [("latin.csv", "column 'importer'"), ("right.xlsx", "stands beyond the columns")] {
        let args =
            ["assess", lines, "-o", "out.csv", "-o", "out.parquet", "-o", "out.xlsx", "--rollups", "s.csv"];
        let sheet = if lines.ends_with("xlsx") { &["--sheet", "Lines"][..] } else { &[] };
        let ran = app.run(&[&args[..], sheet, &["--data", "d", "--json", "--hash-importers"]].concat());
        assert_eq!(ran.code, 6, "{}", ran.err);
        assert!(ran.err.contains(said), "{}", ran.err);
        let files =
            ["out.csv", "out.parquet", "s.csv"].map(|file| std::fs::read(app.path().join(file)).unwrap());
        let cells = worksheet(&app, "out.xlsx", "Bad lines").concat().join(" ");
        for told in [ran.out.as_bytes(), ran.err.as_bytes(), cells.as_bytes(), &files.concat()] {
            assert!(!told.windows(3).any(|part| part == b"IMP"), "{}", String::from_utf8_lossy(told));
        }
        // Without the key the cell is quoted: it helps to find it.
        let plain = app.run(&[&args[..], sheet, &["--data", "d"]].concat());
        assert!(plain.err.contains("IMP 7"), "{}", plain.err);
    }
}

#[test]
fn importers_no_column_names_are_not_hashed_in_silence() {
    let app = reference();
    app.file("lines.csv", "hs,currency,value,importing firm\n070320,EUR,4,IMP 7\n");
    let args = ["assess", "lines.csv", "-o", "out.csv", "--data", "d"];
    assert!([0, 6].contains(&app.run(&args).code));
    std::fs::remove_file(app.path().join("out.csv")).unwrap();
    let ran = app.run(&[&args[..], &["--hash-importers"]].concat());
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("no column is that of the importer") && ran.err.contains("hint"), "{}", ran.err);
    // Nor by what a map says of all lines, nor where another field is read from the column.
    for (map, said) in [
        ("[defaults]\nimporter = \"unknown\"\n", "no column is that of the importer"),
        (
            "[columns]\nhs = \"hs\"\ncurrency = \"currency\"\nvalue = \"value\"\nline = \"importing firm\"\nimporter = \"importing firm\"\n",
            "that of the field line",
        ),
    ] {
        app.file("m.toml", map);
        let ran = app.run(&[&args[..], &["--hash-importers", "--map", "m.toml"]].concat());
        assert!(ran.code == 3 && ran.err.contains(said), "{}", ran.err);
    }
    assert!(!app.path().join("out.csv").exists());
}

#[test]
fn parquet_in_and_out_is_the_same_assessment() {
    let app = reference();
    app.file("lines.csv", declared());
    assert_eq!(app.run(&["assess", "lines.csv", "-o", "a.csv", "-o", "a.parquet", "--data", "d"]).code, 6);
    // The results of a batch are a table of lines again: hs, description, value and the rest are fields.
    app.file(
        "map.toml",
        "[columns]\nline = \"line\"\nhs = \"hs\"\ndescription = \"description\"\nvalue = \"value\"\ncurrency = \"value_currency\"\n\
         quantity = \"quantity\"\nunit = \"quantity_unit\"\nexport_date = \"export_date\"\n[defaults]\ncondition = \"new\"\nlevel = \"retail\"\n",
    );
    let again = app.run(&["assess", "a.parquet", "--map", "map.toml", "-o", "b.csv", "--data", "d"]);
    assert_eq!(again.code, 6, "{}", again.err);
    let ((header, a), (_, b)) = (rows(&app, "a.csv"), rows(&app, "b.csv"));
    assert_eq!(a.len(), b.len());
    let verdict = header.iter().position(|h| h == "verdict").unwrap();
    for (x, y) in a.iter().zip(&b) {
        // Number, verdict, sentence, figures.
        assert_eq!(x[0], y[0]);
        assert_eq!(
            x.iter().skip(verdict).take(12).collect::<Vec<_>>(),
            y.iter().skip(verdict).take(12).collect::<Vec<_>>()
        );
    }
    app.file("broken.parquet", b"PAR1 and no more");
    assert_eq!(app.run(&["assess", "broken.parquet", "-o", "c.csv", "--data", "d"]).code, 3);
}

/// The table as a worksheet: numbers as numbers, days as days, everything else as text.
fn as_workbook(table: &str, path: &std::path::Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Cover").unwrap().write_string(0, 0, "Lines of 2026").unwrap();
    let sheet = book.add_worksheet().set_name("Lines").unwrap();
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (row, line) in table.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            let (row, at) = (row as u32, column as u16);
            if cell.parse::<NaiveDate>().is_ok() {
                sheet
                    .write_datetime_with_format(
                        row,
                        at,
                        rust_xlsxwriter::ExcelDateTime::parse_from_str(cell).unwrap(),
                        &day,
                    )
                    .unwrap();
            } else if cell.contains('.') && cell.parse::<f64>().is_ok() {
                sheet.write_number(row, at, cell.parse::<f64>().unwrap()).unwrap();
            } else {
                sheet.write_string(row, at, cell).unwrap();
            }
        }
    }
    book.save(path).unwrap();
}

#[test]
fn a_worksheet_is_the_same_assessment_and_its_bad_cells_are_named() {
    let app = reference();
    app.file("lines.csv", declared());
    as_workbook(&declared(), &app.path().join("lines.xlsx"));
    assert_eq!(app.run(&["assess", "lines.csv", "-o", "a.csv", "--data", "d"]).code, 6);
    let sheet = ["--sheet", "Lines", "--data", "d"];
    let ran = app.run(&[&["assess", "lines.xlsx", "-o", "b.csv"][..], &sheet].concat());
    assert_eq!(ran.code, 6, "{}", ran.err);
    let ((header, a), (_, b)) = (rows(&app, "a.csv"), rows(&app, "b.csv"));
    let error = header.iter().position(|h| h == "error").unwrap();
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(&b) {
        // Figures, echoed columns, everything; what is wrong is told with its cell.
        if x[error].is_empty() {
            assert_eq!(x, y);
        } else {
            assert!(!y[error].is_empty(), "{y:?}");
        }
    }
    assert!(ran.err.contains("line 242: hs (cell ") && ran.err.contains("'garlic'"), "{}", ran.err);
    // The cover names no columns; other kinds of file have no sheets; cleared lines come in the same way.
    let cover = app.run(&["assess", "lines.xlsx", "-o", "c.csv", "--data", "d"]);
    assert!(cover.code == 3 && cover.err.contains("no column 'hs'"), "{}", cover.err);
    let none = app.run(&["assess", "lines.csv", "-o", "c.csv", "--sheet", "Lines", "--data", "d"]);
    assert!(none.code == 3 && none.err.contains("--sheet"), "{}", none.err);
    let cleared = app.run(&[&["validate", "lines.xlsx", "--json"][..], &sheet].concat());
    assert_eq!(cleared.code, 6, "{}", cleared.err);
    assert_eq!(cleared.json()["flagged"]["of"], 240);
    // What is no workbook of today is told so.
    app.file("old.xls", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    let old = app.run(&["assess", "old.xls", "-o", "c.csv", "--data", "d"]);
    assert!(old.code == 3 && old.err.contains("save it as .xlsx"), "{}", old.err);
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let app = reference();
    // In a national layout, with a line whose number is misplaced and would read as another without the map.
    let lines = declared().replace(',', ";").replace('.', ",");
    let (header, rest) = lines.split_once('\n').unwrap();
    let misplaced = "u;07032000;fresh garlic;4.50;EUR;100;kg;new;retail;2026-09-15;CN;IMP 3;North".to_owned();
    let lines = [header, &misplaced, rest].join("\n");
    let input = app.file("lines.csv", &lines);
    let map = api::declared_file::DeclaredMap::parse("decimal_separator = \",\"\n", "m.toml").unwrap();
    let outputs = |name: &str| -> Vec<PathBuf> { vec![app.path().join(name)] };
    let overrides = Overrides { data: Some(app.path().join("d")), ..Overrides::default() };
    let settings = Settings::load(&overrides, &|_| None).unwrap();
    let as_of: NaiveDate = "2026-09-20".parse().unwrap();
    let now = Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let checker = runtime.block_on(async {
        let pipeline = Pipeline::existing(settings).await.unwrap();
        Checker::load(&pipeline, None, Some(as_of)).await.unwrap()
    });
    let whole = outputs("whole.csv");
    let (sums, pairs) = (app.path().join("whole-s.csv"), app.path().join("whole-p.csv"));
    let at_once = run(&Job {
        rollups: Some(&sums),
        patterns: Some(&pairs),
        threads: 1,
        map: Some(&map),
        ..Job::new(&checker, &input, &whole, 0.1, now)
    })
    .unwrap();
    let parts = outputs("parts.csv");
    let (part_sums, part_pairs) = (app.path().join("parts-s.csv"), app.path().join("parts-p.csv"));
    let job = |resume, stop: &'static dyn Fn(u64) -> bool| Job {
        rollups: Some(&part_sums),
        patterns: Some(&part_pairs),
        resume,
        interrupted: stop,
        threads: 3,
        map: Some(&map),
        ..Job::new(&checker, &input, &parts, 0.1, now)
    };
    let first = run(&job(false, &|lines| lines >= 64)).unwrap();
    let beside = Beside::of(&parts[0]).unwrap().unwrap();
    assert!(first.interrupted && first.lines == 64 && beside.journal.is_file());
    // Half a row behind the safe part, as a kill leaves it.
    let partial = first.kept.unwrap();
    assert!(
        partial.ends_with("parts.csv.partial") && !parts[0].exists(),
        "half a file is not taken for a whole one"
    );
    let mut text = std::fs::read(&partial).unwrap();
    text.extend(b"66,half a ro");
    std::fs::write(&partial, text).unwrap();
    let second = run(&job(true, &|lines| lines >= 192)).unwrap();
    assert!(second.interrupted && (second.lines, second.resumed) == (192, 64));
    let last = run(&job(true, &|_| false)).unwrap();
    assert!(!last.interrupted && last.resumed == 192 && !beside.journal.exists());
    assert!(!partial.exists() && !part_sums.with_extension("csv.partial").exists());
    assert_eq!(std::fs::read(&whole[0]).unwrap(), std::fs::read(&parts[0]).unwrap());
    assert_eq!(std::fs::read(&sums).unwrap(), std::fs::read(&part_sums).unwrap());
    assert_eq!(std::fs::read(&pairs).unwrap(), std::fs::read(&part_pairs).unwrap());
    let (header, lines_of) = rows(&app, "parts.csv");
    let error = header.iter().position(|name| name == "error").unwrap();
    assert!(lines_of[0][error].contains("price: '4.50' is no number"), "{}", &lines_of[0][error]);
    // A bad line is one of its subheading and its importer.
    let (header, sums_of) = rows(&app, "parts-s.csv");
    let bad = header.iter().position(|name| name == "bad").unwrap();
    for key in ["0703.20", "IMP 3"] {
        let row = sums_of.iter().find(|row| row[1].replace('.', "") == key.replace('.', "")).unwrap();
        assert_eq!(&row[bad], "1", "{row:?}");
    }
    let figures = |b: &api::batch::tally::Batch| {
        serde_json::to_value((&b.counts, &b.discovery, &b.patterns, b.bad)).unwrap()
    };
    assert_eq!(figures(&at_once), figures(&last));
    // Another input is another run; a workbook cannot go on.
    run(&job(false, &|lines| lines >= 64)).unwrap();
    std::fs::write(&input, lines.replace("IMP 3", "IMP 4")).unwrap();
    assert!(
        run(&job(true, &|_| false))
            .unwrap_err()
            .message
            .contains("the input file (its beginning, length or time of change) differs")
    );
    let ran = app.run(&["assess", "lines.csv", "-o", "x.xlsx", "--resume", "--data", "d"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
}

#[test]
fn an_interrupted_run_goes_on_whatever_the_lines_come_from_and_whichever_columns_are_wanted() {
    let app = reference();
    app.file("lines.csv", declared());
    as_workbook(&declared(), &app.path().join("lines.xlsx"));
    assert_eq!(app.run(&["assess", "lines.csv", "-o", "lines.parquet", "--data", "d"]).code, 6);
    // Results are lines again: with the columns that are fields of a line under their own names.
    let map = api::declared_file::DeclaredMap::parse(
        "[columns]\nline = \"line\"\nhs = \"hs\"\ndescription = \"description\"\nvalue = \"value\"\n\
         currency = \"value_currency\"\nquantity = \"quantity\"\nunit = \"quantity_unit\"\n\
         export_date = \"export_date\"\n[defaults]\ncondition = \"new\"\nlevel = \"retail\"\n",
        "m.toml",
    )
    .unwrap();
    let overrides = Overrides { data: Some(app.path().join("d")), ..Overrides::default() };
    let settings = Settings::load(&overrides, &|_| None).unwrap();
    let now = Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let checker = runtime.block_on(async {
        let pipeline = Pipeline::existing(settings).await.unwrap();
        Checker::load(&pipeline, None, "2026-09-20".parse().ok()).await.unwrap()
    });
    let chosen = api::assessed::selected(&["figures".to_owned()]).unwrap();
    let few = api::assessed::selected(&["number".to_owned(), "verdict".to_owned()]).unwrap();
    let inputs =
        [("lines.csv", None, None), ("lines.xlsx", Some("Lines"), None), ("lines.parquet", None, Some(&map))];
    for (name, sheet, map) in inputs {
        for columns in [None, Some(chosen.as_slice()), Some(few.as_slice())] {
            let input = app.path().join(name);
            let what = format!("{name}, {columns:?}");
            let (whole, parts) = ([app.path().join("w.csv")], [app.path().join("p.csv")]);
            let (whole_s, parts_s) = (app.path().join("w-s.csv"), app.path().join("p-s.csv"));
            let job = |outputs, rollups, resume, stop: &'static dyn Fn(u64) -> bool| {
                let job = Job::new(&checker, &input, outputs, 0.1, now);
                run(&Job { map, sheet, columns, rollups: Some(rollups), resume, interrupted: stop, ..job })
            };
            let at_once = job(&whole, &whole_s, false, &|_| false).unwrap();
            let first = job(&parts, &parts_s, false, &|lines| lines >= 64).unwrap();
            let partial = first.kept.unwrap();
            let mut text = std::fs::read(&partial).unwrap();
            text.extend(b"66,half a ro");
            std::fs::write(&partial, text).unwrap();
            let second = job(&parts, &parts_s, true, &|lines| lines >= 192).unwrap();
            assert_eq!((second.interrupted, second.lines, second.resumed), (true, 192, 64), "{what}");
            let last = job(&parts, &parts_s, true, &|_| false).unwrap();
            assert_eq!((last.interrupted, last.resumed), (false, 192), "{what}");
            assert_eq!(std::fs::read(&whole[0]).unwrap(), std::fs::read(&parts[0]).unwrap(), "{what}");
            assert_eq!(std::fs::read(&whole_s).unwrap(), std::fs::read(&parts_s).unwrap(), "{what}");
            let figures = |b: &api::batch::tally::Batch| {
                serde_json::to_value((&b.counts, &b.discovery, &b.patterns, b.bad, b.lines)).unwrap()
            };
            assert_eq!(figures(&at_once), figures(&last), "{what}");
            let beside = Beside::of(&parts[0]).unwrap().unwrap();
            assert!(!beside.journal.exists() && !beside.facts.exists());
        }
    }
    // Other columns are other results; what cannot go on says why and what to do.
    let (input, parts) = (app.path().join("lines.csv"), [app.path().join("p.csv")]);
    let begun = Job::new(&checker, &input, &parts, 0.1, now);
    run(&Job { columns: Some(&few), interrupted: &|lines| lines > 0, ..begun }).unwrap();
    let other = run(&Job { resume: true, ..Job::new(&checker, &input, &parts, 0.1, now) }).unwrap_err();
    assert!(other.message.contains("(--columns) differs"), "{other}");
    for out in ["x.parquet", "x.xlsx"] {
        let ran = app.run(&["assess", "lines.csv", "-o", out, "--resume", "--data", "d"]);
        assert!(ran.code == 3 && ran.err.contains("their end") && ran.err.contains("hint"), "{}", ran.err);
    }
}

#[test]
fn the_flag_rate_on_cleared_lines_is_kept_and_stands_beside_every_verdict() {
    let app = reference();
    let check = |more: &[&str]| app.check(&Line::honey(), more);
    let column = |name: &str| -> Vec<String> {
        app.run(&["assess", "lines.csv", "-o", name, "--data", "d"]);
        let (header, rows) = rows(&app, name);
        let at = header.iter().position(|h| h == "cleared_flag_rate").unwrap();
        rows.iter().map(|row| row[at].to_owned()).collect()
    };
    let told = check(&[]).ok();
    assert!(flat(&told).contains("Calibration is on offers: how often honest declarations"), "{told}");
    let before = check(&["--json"]).ok();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&before).unwrap()["made"]["validation"]["measured"],
        serde_json::Value::Null
    );
    app.file("lines.csv", declared());
    let sheet = |name: &str| {
        let ran = app.run(&["assess", "lines.csv", "-o", name, "--data", "d"]);
        assert_eq!(ran.code, 6, "{}", ran.err);
        let mut reader = zip::ZipArchive::new(std::fs::File::open(app.path().join(name)).unwrap()).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut reader.by_name("xl/sharedStrings.xml").unwrap(), &mut text)
            .unwrap();
        text
    };
    let before_sheet = sheet("before.xlsx");
    assert!(before_sheet.contains("Calibration is on offers"));
    assert!(before_sheet.contains("The first 10 of 10 lines with a reason to ask"), "with their schedules");
    assert!(before_sheet.contains("https://a.example/040900/0"));
    assert!(column("before.csv").iter().all(String::is_empty));
    let ran = app.run(&["validate", "lines.csv", "--data", "d", "--json"]);
    assert_eq!(ran.code, 6, "two lines cannot be read: {}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["lines"], &report["bad"]), (&242.into(), &2.into()));
    // Ten lines of honey at 60 %.
    assert_eq!((&report["flagged"]["n"], &report["flagged"]["of"]), (&10.into(), &240.into()), "{report:#}");
    assert_eq!((&report["chapters"]["04"]["n"], &report["chapters"]["04"]["of"]), (&10.into(), &120.into()));
    assert_eq!(report["chapters"]["07"]["n"], 0);
    let (low, high) = (&report["flagged"]["interval"][0], &report["flagged"]["interval"][1]);
    assert!(
        (low.as_f64().unwrap() - 0.0228).abs() < 1e-4 && (high.as_f64().unwrap() - 0.0750).abs() < 1e-4,
        "{report:#}"
    );
    assert_eq!(report["could_be_flagged"], 240);
    let rungs = report["rungs"].as_object().unwrap();
    assert_eq!(rungs.values().map(|r| r["of"].as_u64().unwrap()).sum::<u64>(), 240);
    let text = app.run(&["validate", "lines.csv", "--data", "d"]);
    assert!(text.out.contains("flagged (reason to ask): 4.17 % (2.28 % to 7.5 %)"), "{}", text.out);
    assert!(sheet("after.xlsx").contains("Measured on 240 cleared lines"));
    let column = column("after.csv");
    assert!(column.iter().filter(|cell| *cell == "0.0416667").count() == 240, "{column:?}");
    let told = check(&[]).ok();
    let sentence = "4.17 % (2.28 % to 7.5 %) of those compared got a reason to ask";
    assert!(flat(&told).contains(sentence), "{told}");
    let after = check(&["--json"]).ok();
    let value: serde_json::Value = serde_json::from_str(&after).unwrap();
    let stated = &value["made"]["validation"];
    assert!(stated["sentence"].as_str().unwrap().contains(sentence), "{stated:#}");
    assert_eq!((&stated["measured"]["flagged"], &stated["measured"]["compared"]), (&10.into(), &240.into()));
    // What is measured later changes no verdict of before.
    for text in [before, after] {
        let replayed = app.run_with_input(&["replay", "-", "--json", "--data", "d"], &text).json();
        assert_eq!(replayed["outcome"], "identical", "{replayed:#}");
    }
    // Other parameters are another method.
    app.file("rules.toml", "window_days = 60\n");
    app.file("other.toml", "statistics_file = \"rules.toml\"\n");
    let ran = app.run(&["assess", "lines.csv", "-o", "x.csv", "--data", "d", "--config", "other.toml"]);
    assert!(ran.out.contains("with other parameters"), "{}", ran.out);
    app.file("none.csv", "hs,value,currency\n070320,1,EUR\n");
    assert_eq!(app.run(&["validate", "none.csv", "--data", "d"]).code, 3);
}
