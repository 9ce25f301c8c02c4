//! The workbook read back: what every sheet says, what no sheet says, and how it prints.

use super::*;
use crate::assessed;
use crate::batch::facts::Facts;
use crate::batch::tally::Found;
use crate::declared::LineInput;
use crate::pages::samples;
use calamine::{Data, Reader};
use chrono::TimeZone;
use model::Verdict;
use std::io::{Cursor, Read};

fn lines() -> Vec<AssessedLine> {
    let input = LineInput {
        line: Some("=HYPERLINK(\"http://x\")".to_owned()),
        hs: Some("070320".to_owned()),
        importer: Some("Secret Ltd".to_owned()),
        ..LineInput::default()
    };
    let mut lines: Vec<AssessedLine> = samples::all()
        .into_iter()
        .rev()
        .enumerate()
        .map(|(i, (_, verdict))| AssessedLine {
            number: i as u64 + 2,
            input: input.clone(),
            result: Ok(verdict),
            cleared_flag_rate: None,
        })
        .collect();
    lines.push(AssessedLine {
        number: 40,
        input,
        result: Err("hs: 'garlic' is not an HS code".to_owned()),
        cleared_flag_rate: None,
    });
    lines
}

fn note() -> BatchNote {
    BatchNote {
        file: "lines & more.csv".to_owned(),
        input_hash: "cd".repeat(32),
        assessed_at: Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap(),
        again: "touchstone assess lines.csv -o again.xlsx --snapshot abab".to_owned(),
        as_of: NaiveDate::from_ymd_opt(2026, 9, 30).unwrap(),
        sources: samples::sources(),
        snapshot: ("ab".repeat(32), "1,234 offers in 56 groups, prices in EUR".to_owned()),
        currency: samples::strong().reference.unwrap().currency,
        parameters: Parameters::default(),
        hs_model: Some("ef".repeat(32)),
        discovery: "As a batch: none of 12 tests are discoveries.".to_owned(),
        calibration: crate::validation::UNVALIDATED.to_owned(),
        importers_hashed: false,
        rollups: Rollups::default(),
        patterns: Patterns::default(),
        schedules: vec![Schedule { number: 3, verdict: samples::strong() }],
    }
}

fn taken(lines: &[AssessedLine]) -> Lines {
    let mut out = Lines::default();
    lines.iter().for_each(|line| out.add(line.clone(), Some("North")));
    out.finish(&Found::default());
    out
}

fn written(lines: &Lines, note: &BatchNote) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    write(&mut bytes, lines, note).unwrap();
    bytes.into_inner()
}

fn book(lines: &[AssessedLine]) -> Vec<u8> {
    written(&taken(lines), &note())
}

/// The sheet's rows of texts, as an independent reader of the format sees them.
fn rows(bytes: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    let text = |cell: &Data| cell.to_string();
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// Numbers of an attribute, in their order.
fn numbers(xml: &str, attribute: &str) -> Vec<f64> {
    xml.split(&format!(" {attribute}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next().and_then(|text| text.parse().ok()))
        .collect()
}

/// A part of the workbook, unpacked by an independent reader of the ZIP format.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_sheets_hold_every_line_once() {
    let bytes = book(&lines());
    let sheets = part(&bytes, "xl/workbook.xml");
    for name in ["Summary", "Findings", "Schedules", "Charts", "Roll-ups", "Importers", "Method", "Bad lines"]
    {
        assert!(sheets.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let strings = part(&bytes, "xl/sharedStrings.xml");
    assert!(strings.contains("Strong reason to ask") && strings.contains("strong_reason_to_ask"));
    assert!(strings.contains("is not an HS code"));
    assert!(strings.contains("Risk indicator only, not a customs value."));
    // The importer stands beside each finding, and not among what was given of bad lines.
    let importers = rows(&bytes, "Findings").iter().filter(|row| row[2] == "Secret Ltd").count();
    assert_eq!(importers, samples::all().len());
    assert!(!rows(&bytes, "Bad lines").concat().concat().contains("Secret Ltd"));
    // Enough to do it again: the snapshot, every parameter by value, the formulas, the window,
    // the false discovery rate.
    let method = part(&bytes, "xl/worksheets/sheet7.xml");
    for words in [
        &"ab".repeat(32) as &str,
        &Parameters::default().hash().to_string(),
        "window_days",
        "90 days to each side",
        "(w₀ + Σ w·1{x ≤ d}) / (w₀ + Σ w)",
        "1.4826",
        "As a batch: none of 12 tests are discoveries.",
    ] {
        assert!(strings.contains(words), "{words}");
    }
    for (name, value) in serde_json::to_value(Parameters::default()).unwrap().as_object().unwrap() {
        assert!(strings.contains(name.as_str()), "{name}");
        let stated = match value.as_f64() {
            Some(number) => method.contains(&format!("<v>{number}</v>")),
            None => strings.contains(value.to_string().trim_matches('"')),
        };
        assert!(stated, "{name} = {value}");
    }
    let findings = part(&bytes, "xl/worksheets/sheet2.xml");
    assert_eq!(findings.matches("<row ").count(), 1 + samples::all().len());
    assert!(!findings.contains("<f>"), "no text runs as a formula");
    // A schedule: two rows above, four that say what it is of, the offers used and those left out.
    let verdict = samples::strong();
    let schedules = part(&bytes, "xl/worksheets/sheet3.xml");
    let offers = verdict.comparators.len() + verdict.excluded.len();
    assert_eq!(schedules.matches("<row ").count(), 2 + 4 + offers);
    assert!(!schedules.contains("<f>"));
    // Links lead to web pages alone, each beside its address in full.
    let links = part(&bytes, "xl/worksheets/_rels/sheet3.xml.rels");
    let pages = verdict.comparators.iter().filter(|c| c.url.is_some()).count()
        + verdict.excluded.iter().filter(|e| e.url.is_some()).count();
    assert_eq!(links.matches("relationships/hyperlink").count(), pages);
    assert_eq!(links.matches("Target=\"http").count(), pages);
    for words in [
        verdict.comparators[0].url.as_deref().unwrap(),
        &verdict.comparators[0].page_hash.unwrap().to_string(),
        "gruenmarkt-20260901.warc.gz at 0",
        "11.80 EUR ÷ 10 kg = 1.18 EUR per kg",
        "captured 2026-04-02, 166 days before the export date",
    ] {
        assert!(strings.contains(words), "{words}");
    }
    // One chart of the ratios; sums are drawn where there are any.
    let charts = part(&bytes, "xl/worksheets/sheet4.xml");
    assert!(strings.contains("0.5 to below 0.7") && charts.contains("<drawing "));
    assert_eq!(part(&bytes, "xl/worksheets/sheet8.xml").matches("<row ").count(), 3);
}

#[test]
fn equal_input_gives_equal_bytes() {
    assert_eq!(book(&lines()), book(&lines()));
}

#[test]
fn findings_stand_in_the_order_of_work() {
    let mut lines = lines();
    lines.sort_by(assessed::by_work_rank);
    let codes: Vec<String> = lines
        .iter()
        .map(|l| match &l.result {
            Ok(v) => v.verdict.to_string(),
            Err(_) => "bad".to_owned(),
        })
        .collect();
    insta::assert_snapshot!(codes.join(" "), @"strong_reason_to_ask reason_to_ask low_review high_review segment_first not_detectable insufficient_evidence consistent not_applicable bad");
}

#[test]
fn no_lines_make_a_workbook_too() {
    assert!(book(&[]).starts_with(b"PK"));
}

#[test]
fn a_row_of_the_csv_disarms_formulas_and_keeps_amounts_exact() {
    let mut csv = Vec::new();
    crate::results::write_csv(&mut csv, &lines()[8..9]).unwrap();
    let text = String::from_utf8(csv).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let record = reader.records().next().unwrap().unwrap();
    let get = |name: &str| record.get(header.iter().position(|h| h == name).unwrap()).unwrap().to_owned();
    assert_eq!(get("line"), "'=HYPERLINK(\"http://x\")");
    assert_eq!(get("verdict"), "strong_reason_to_ask");
    assert_eq!(get("declared_unit_price"), "0.55");
    assert_eq!(get("value"), "22000");
    assert_eq!(get("p_lower"), "0.027027");
    assert_eq!(get("signals"), "half_of_cleaned_offer_average backed_off");
    assert_eq!(get("error"), "");
}

#[test]
fn every_sheet_says_how_it_prints() {
    let bytes = book(&lines());
    let names = part(&bytes, "xl/workbook.xml");
    for sheet in ["Findings", "Schedules", "Roll-ups", "Importers", "Bad lines"] {
        let quoted = if sheet.contains([' ', '-']) { format!("'{sheet}'") } else { sheet.to_owned() };
        let titles = names.split("<definedName ").any(|name| {
            name.starts_with("name=\"_xlnm.Print_Titles\"") && name.contains(&format!(">{quoted}!$"))
        });
        assert!(titles, "{sheet}: its header stands on every page");
    }
    for number in 1..=8 {
        let xml = part(&bytes, &format!("xl/worksheets/sheet{number}.xml"));
        assert!(
            xml.contains("paperSize=\"9\"") && xml.contains("<pageSetUpPr fitToPage=\"1\"/>"),
            "{number}"
        );
        assert_eq!(xml.contains("fitToHeight=\"0\""), number != 1, "{number}: the summary alone is one page");
        let footer = xml.split("<oddFooter>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert!(footer.contains("&amp;P / &amp;N") && footer.contains("not a customs value"), "{footer}");
        let header = xml.split("<oddHeader>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        // The sign of a command is doubled where it is the file's own, and no size eats the date.
        assert!(
            header.contains("lines &amp;&amp; more.csv") && header.ends_with("&amp;8 2026-09-30"),
            "{header}"
        );
        let table = [2, 3, 5, 6, 8].contains(&number);
        assert_eq!(xml.contains("<autoFilter "), table, "{number}");
        assert_eq!(xml.contains("state=\"frozen\""), table, "{number}");
    }
    // A finding's schedule is a handout of its own; charts name their axes and count in whole lines.
    let charts: Vec<String> = (1..=2).map(|n| part(&bytes, &format!("xl/charts/chart{n}.xml"))).collect();
    for words in ["declared price ÷ median of the offers", "<a:t>lines</a:t>", "#,##0"] {
        assert!(charts.iter().any(|xml| xml.contains(words)), "{words}");
    }
}

/// Digits of the default font that fit a page's width at full size, across and upright.
const ACROSS: f64 = (11.69 - 1.0) * 96.0 / 7.0;
const UPRIGHT: f64 = (8.27 - 1.0) * 96.0 / 7.0;
/// The smallest scale a page may have: seven points where the sheet has eleven.
const LEGIBLE: f64 = 0.62;

#[test]
fn what_is_printed_stays_legible() {
    for (sheet, width, page) in [
        ("Findings", findings::printed_width(), ACROSS),
        ("Schedules", schedules::printed_width(), ACROSS),
        ("Method", method::printed_width(), UPRIGHT),
    ] {
        assert!(page / width >= LEGIBLE, "{sheet}: {width} digits make a scale of {}", page / width);
    }
    // The summary at its fullest: ten findings with long goods in many scripts, long importers and sentences.
    let mut lines = lines();
    let strong = samples::strong();
    let long = [
        "Teléfono inteligente nuevo de 128 GB de memoria, pantalla de 6,1 pulgadas, ",
        "全新智能手机存储显示屏三摄像头",
        "Смартфоны новые, объём памяти ",
    ];
    for number in 50..90 {
        let mut verdict = strong.clone();
        verdict.declaration.description = Some(long[number as usize % 3].repeat(20));
        let importer = Some("Importaciones y Exportaciones del Mediterráneo, Sociedad Limitada ".repeat(4));
        let input = LineInput { importer, ..LineInput::default() };
        lines.push(AssessedLine { number, input, result: Ok(verdict), cleared_flag_rate: None });
    }
    let taken = taken(&lines);
    let mut note = note();
    note.calibration = "Measured on 1,234,567 cleared lines, with other parameters. ".repeat(4);
    for kept in taken.findings() {
        let line = &kept.line;
        let declaration = line.result.as_ref().ok().map(|v| &v.declaration);
        note.rollups.add(&Facts::of(line.number, &line.input, declaration, &line.record(), None));
    }
    let xml = part(&written(&taken, &note), "xl/worksheets/sheet1.xml");
    let rows = xml.matches("<row ").count();
    let heights = numbers(&xml, "ht");
    let height: f64 = heights.iter().sum::<f64>() + 15.0 * (rows + 4 - heights.len()) as f64;
    let width: f64 = numbers(&xml.replace("<col ", "<col  "), "width").iter().sum();
    let scale = (UPRIGHT / width).min((11.69 - 1.45) * 72.0 / height);
    assert!(scale >= LEGIBLE, "{rows} rows, {height} points, {width} digits: a scale of {scale}");
    assert!(rows > 45 && width > 100.0, "{rows} {width}");
    // Every row that breaks its texts has the room for them.
    let findings = part(&written(&taken, &note), "xl/worksheets/sheet2.xml");
    assert!(numbers(&findings, "ht").iter().skip(1).filter(|ht| **ht >= 33.0).count() > 40);
}

#[test]
fn what_would_run_stays_a_text_and_what_is_too_long_is_cut() {
    let mut lines = lines();
    let texts = [
        "=HYPERLINK(\"http://evil.example\";\"click\")".to_owned(),
        "+49 170 phones".to_owned(),
        "-2+3".to_owned(),
        "@SUM(A1:A9)".to_owned(),
        "\t=1+1".to_owned(),
        "https://evil.example/x".to_owned(),
        "a\u{1}b\u{fffe}c <&> \u{202e}x".to_owned(),
        "😀".repeat(30_000),
        "hidden\nline\r\nbreaks".to_owned(),
    ];
    for (number, text) in (100..).zip(&texts) {
        let mut verdict = samples::strong();
        verdict.declaration.description = Some(text.clone());
        verdict.declaration.line = Some(text.clone());
        let importer = Some(text.chars().take(300).collect());
        let input = LineInput { line: Some(text.clone()), importer, ..LineInput::default() };
        let result = if number == 105 { Err(text.clone()) } else { Ok(verdict) };
        lines.push(AssessedLine { number, input, result, cleared_flag_rate: None });
    }
    let mut note = note();
    let mut verdict = samples::strong();
    verdict.declaration.description = Some(texts[0].clone());
    verdict.comparators[0].name = texts[0].clone();
    verdict.comparators[0].url = Some("javascript:alert(1)".to_owned());
    verdict.comparators[1].url = Some("file:///etc/passwd".to_owned());
    verdict.comparators[2].url = Some(format!("https://long.example/{}", "x".repeat(3_000)));
    note.schedules = vec![Schedule { number: 100, verdict }];
    let bytes = written(&taken(&lines), &note);
    for number in 1..=8 {
        let xml = part(&bytes, &format!("xl/worksheets/sheet{number}.xml"));
        assert!(!xml.contains("<f>") && !xml.contains("<f "), "{number}: a formula");
        assert!(xml.matches("<hyperlink ").count() <= layout::MOST_LINKS);
    }
    // Links into the workbook itself have no file of targets.
    let links = part(&bytes, "xl/worksheets/_rels/sheet3.xml.rels");
    for bad in ["javascript:", "file:", "evil.example", "long.example"] {
        assert!(links.contains("Target=\"http") && !links.contains(bad), "a link to {bad}");
    }
    for number in [2, 5, 6, 8] {
        let name = format!("xl/worksheets/_rels/sheet{number}.xml.rels");
        assert!(zip::ZipArchive::new(Cursor::new(&bytes)).unwrap().by_name(&name).is_err(), "{name}");
    }
    assert!(part(&bytes, "xl/styles.xml").contains("quotePrefix=\"1\""), "kept a text when it is edited");
    let found = rows(&bytes, "Findings");
    let goods: Vec<&String> = found.iter().map(|row| &row[4]).collect();
    for text in &texts[..4] {
        assert!(goods.iter().any(|cell| cell.starts_with(text)), "{text}");
    }
    assert!(found.iter().flatten().all(|cell| cell.encode_utf16().count() <= layout::LONGEST_TEXT));
    assert!(found.iter().flatten().any(|cell| cell.ends_with("😀…")), "cut, visibly");
    // A finding with a schedule leads to it.
    let linked = found.iter().find(|row| row[0] == "100").unwrap();
    assert_eq!(linked[19], "schedule");
}

#[test]
fn more_lines_than_a_sheet_takes_are_counted_and_said() {
    let mut lines = Lines::of_rows(5);
    for number in 0..400 {
        let (_, verdict) = samples::all().swap_remove(number as usize % 9);
        let line = AssessedLine {
            number,
            input: LineInput::default(),
            result: Ok(verdict),
            cleared_flag_rate: None,
        };
        lines.add(line, None);
    }
    lines.finish(&Found::default());
    let bytes = written(&lines, &note());
    assert_eq!(rows(&bytes, "Findings").len(), 1 + 5);
    let strings = part(&bytes, "xl/sharedStrings.xml");
    assert!(strings.contains("Findings holds the first 5 of 400 lines in the order of work"), "{strings}");
    let summary = rows(&bytes, "Summary");
    let all = summary.iter().find(|row| row[0] == "All lines").unwrap();
    assert_eq!(all[3], "400");
}

#[test]
fn nothing_to_ask_is_said_and_why() {
    let said = |lines: &[AssessedLine]| {
        let mut note = note();
        note.schedules = Vec::new();
        rows(&written(&taken(lines), &note), "Summary").concat().join("\n")
    };
    assert!(said(&[]).contains("The file holds no lines."));
    let of = |result: Result<Verdict, String>| {
        [AssessedLine { number: 2, input: LineInput::default(), result, cleared_flag_rate: None }]
    };
    assert!(said(&of(Err("bad".to_owned()))).contains("No line could be read"));
    let nothing = said(&of(Ok(samples::insufficient())));
    assert!(nothing.contains("That is no sign that the prices are right"), "{nothing}");
    assert!(said(&of(Ok(samples::high()))).contains("no finding that the values are right"));
    assert!(said(&of(Ok(samples::strong()))).contains("1 line has a reason to ask"));
}

#[test]
fn the_method_sheet_has_what_it_takes_to_do_it_again() {
    let method = rows(&book(&lines()), "Method");
    let said = |label: &str| method.iter().find(|row| row[0] == label).map(|row| row[1].clone()).unwrap();
    assert_eq!(said("File (SHA-256)"), "cd".repeat(32));
    assert_eq!(said("Model of HS codes (SHA-256)"), "ef".repeat(32));
    assert_eq!(said("Date of lines that state none"), "2026-09-30");
    assert!(said("To do it again").starts_with("touchstone assess lines.csv -o again.xlsx --snapshot abab"));
    for column in findings::FIRST {
        assert!(method.iter().any(|row| row[0] == column.name && !row[1].is_empty()), "{}", column.name);
    }
}
