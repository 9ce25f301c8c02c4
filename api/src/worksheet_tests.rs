//! Declared lines out of workbooks as spreadsheets write them: days, numbers, codes that lost their zeros,
//! cells that hold errors, and files that are none.

use super::*;
use crate::declared_file::{DeclaredLines, DeclaredMap, DeclaredRow, read_sheet};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use std::path::PathBuf;

/// A workbook of the sheets that are filled in, in a folder of its own.
fn workbook(fill: impl FnOnce(&mut Workbook)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.xlsx");
    let mut book = Workbook::new();
    fill(&mut book);
    book.save(&path).unwrap();
    (folder, path)
}

fn head(sheet: &mut Worksheet, names: &[&str]) {
    for (at, name) in names.iter().enumerate() {
        sheet.write_string(0, at as u16, *name).unwrap();
    }
}

type Lines = DeclaredLines<&'static [u8]>;

fn lines(path: &Path, sheet: Option<&str>, map: Option<&DeclaredMap>) -> Lines {
    read_sheet(SheetRows::open(path, sheet).unwrap(), "lines.xlsx", map).unwrap()
}

/// What is said of a row that cannot be read.
fn told(row: &DeclaredRow) -> String {
    let why = match &row.line {
        Ok(line) => match line.parse(chrono::NaiveDate::from_ymd_opt(2026, 9, 15)) {
            Ok(declaration) => format!("read: {} {}", declaration.hs, declaration.value),
            Err(errors) => row.places.told(row.number, &errors),
        },
        Err(unread) => unread.why.clone(),
    };
    format!("{} {why}", row.number)
}

#[test]
fn days_and_numbers_come_as_they_are_and_bad_cells_are_named() {
    let (_folder, path) = workbook(|book| {
        let sheet = book.add_worksheet();
        head(sheet, &["hs", "value", "currency", "quantity", "unit", "export_date", "note"]);
        let day = Format::new().set_num_format("dd/mm/yyyy");
        let date = |text: &str| ExcelDateTime::parse_from_str(text).unwrap();
        let mut row = |at: u32, hs: &str, value: f64, when: &str| {
            sheet.write_string(at, 0, hs).unwrap();
            sheet.write_number(at, 1, value).unwrap();
            sheet.write_string(at, 2, "EUR").unwrap();
            sheet.write_number(at, 3, 1000).unwrap();
            sheet.write_string(at, 4, "kg").unwrap();
            sheet.write_datetime_with_format(at, 5, date(when), &day).unwrap();
        };
        row(1, "0703.20", 1.1 + 2.2, "2026-09-15");
        row(3, "070320", 1250.5, "2026-09-15 14:30:00");
        row(4, "070320", -3.0, "2026-09-15");
        row(5, "garlic", 1.0, "2026-09-15");
        sheet.write_number(1, 6, 0.1).unwrap();
        sheet.write_boolean(3, 6, true).unwrap();
        sheet.write_formula(6, 1, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write_string(6, 0, "070320").unwrap();
        sheet.write_string(7, 9, "a total").unwrap();
        sheet.write_blank(8, 0, &day).unwrap();
    });
    let lines = lines(&path, None, None);
    assert_eq!(lines.extra_columns(), ["note"]);
    let rows: Vec<DeclaredRow> = lines.collect();
    // Empty rows are passed over; the others keep the sheet's own numbers.
    insta::assert_snapshot!(rows.iter().map(told).collect::<Vec<_>>().join("\n"), @r"
    2 read: 070320 3.3 EUR
    4 read: 070320 1250.5 EUR
    5 value (cell B5): '-3' is not above zero
    6 hs (cell A6): 'garlic' is not an HS code of 2, 4 or 6 to 12 digits
    7 value (cell B7): the cell holds #DIV/0!
    8 cell J8: 'a total' stands beyond the columns that the header names
    ");
    let first = rows[0].line.as_ref().unwrap();
    assert_eq!((first.value.as_deref(), first.export_date.as_deref()), (Some("3.3"), Some("2026-09-15")));
    assert_eq!(first.quantity.as_deref(), Some("1000"));
    let second = rows[1].line.as_ref().unwrap();
    assert_eq!(second.export_date.as_deref(), Some("2026-09-15"), "the day of a moment");
    assert_eq!((&rows[0].extra[..], &rows[1].extra[..]), (&["0.1".to_owned()][..], &["true".to_owned()][..]));
}

#[test]
fn a_code_that_may_have_lost_its_zeros_is_refused_not_guessed() {
    let (_folder, path) = workbook(|book| {
        let sheet = book.add_worksheet();
        head(sheet, &["HS", "value", "currency"]);
        let zeros = Format::new().set_num_format("000000");
        for (at, code) in [847130.0, 70320.0, 7032000.0, 8471.3, 8471300000.0].into_iter().enumerate() {
            sheet.write_number_with_format(at as u32 + 1, 0, code, &zeros).unwrap();
        }
        sheet.write_string(6, 0, "07032000").unwrap();
        for at in 1..7 {
            sheet.write_number(at, 1, 10).unwrap();
            sheet.write_string(at, 2, "EUR").unwrap();
        }
    });
    let rows: Vec<String> = lines(&path, None, None).map(|row| told(&row)).collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    2 read: 847130 10 EUR
    3 hs (cell A3): the code stands as the number 70320: a spreadsheet drops zeros before it and behind a point; format the column as text and enter the code anew
    4 hs (cell A4): the code stands as the number 7032000: a spreadsheet drops zeros before it and behind a point; format the column as text and enter the code anew
    5 hs (cell A5): the code stands as the number 8471.3: a spreadsheet drops zeros before it and behind a point; format the column as text and enter the code anew
    6 read: 8471300000 10 EUR
    7 read: 07032000 10 EUR
    ");
}

#[test]
fn a_map_reads_texts_and_leaves_numbers_and_days_alone() {
    let (_folder, path) = workbook(|book| {
        let sheet = book.add_worksheet();
        head(sheet, &["Tarif", "Valeur", "Date"]);
        sheet.write_string(1, 0, "HS 070320").unwrap();
        sheet.write_string(1, 1, "1.250,50").unwrap();
        sheet.write_string(1, 2, "15/09/2026").unwrap();
        sheet.write_string(2, 0, "070320").unwrap();
        sheet.write_number(2, 1, 1250.5).unwrap();
        let day = Format::new().set_num_format("dd/mm/yyyy");
        let date = ExcelDateTime::parse_from_str("2026-09-15").unwrap();
        sheet.write_datetime_with_format(2, 2, date, &day).unwrap();
        sheet.write_string(3, 0, "070320").unwrap();
        sheet.write_string(3, 1, "-").unwrap();
    });
    let map = DeclaredMap::parse(
        "decimal_separator = \",\"\ndate_format = \"%d/%m/%Y\"\nabsent = [\"-\"]\ndelimiter = \";\"\nencoding = \"utf-16\"\n\
         [columns]\nhs = { column = \"tarif\", drop_prefix = \"HS \" }\nvalue = \"Valeur\"\nexport_date = \"Date\"\n[defaults]\ncurrency = \"EUR\"\n",
        "m.toml",
    )
    .unwrap();
    let rows: Vec<DeclaredRow> = lines(&path, None, Some(&map)).collect();
    for (row, value) in rows.iter().zip(["1250.50", "1250.5"]) {
        let line = row.line.as_ref().unwrap();
        let all = (line.hs.as_deref(), line.value.as_deref(), line.export_date.as_deref());
        assert_eq!(all, (Some("070320"), Some(value), Some("2026-09-15")));
    }
    assert_eq!(rows[2].line.as_ref().unwrap().value, None);
}

#[test]
fn a_sheet_is_chosen_by_name_or_the_first_that_is_visible() {
    let (_folder, path) = workbook(|book| {
        head(book.add_worksheet().set_name("Notes").unwrap().set_hidden(true), &["a"]);
        head(
            book.add_worksheet().set_name("Lines 2026").unwrap().set_active(true),
            &["hs", "value", "currency"],
        );
        book.add_worksheet().set_name("Empty").unwrap();
        head(book.add_worksheet().set_name("Twice").unwrap(), &["hs", "HS", "value"]);
    });
    let told = |sheet: Option<&str>| match SheetRows::open(&path, sheet) {
        Ok(rows) => rows.headers().join(","),
        Err(failure) => failure.message.replace(&path.display().to_string(), "lines.xlsx"),
    };
    insta::assert_snapshot!([None, Some("Notes"), Some("lines"), Some("Empty")].map(told).join("\n"), @r"
    hs,value,currency
    a
    lines.xlsx: no sheet 'lines'; the workbook has 'Notes', 'Lines 2026', 'Empty', 'Twice'
    lines.xlsx: the sheet 'Empty' is empty; its first row must name the columns
    ");
    let twice = SheetRows::open(&path, Some("Twice")).unwrap();
    let twice = read_sheet::<&[u8]>(twice, "lines.xlsx", None).err().unwrap().to_string();
    assert!(twice.contains("'HS' stands twice"), "{twice}");
}

#[test]
fn limits_are_said_before_anything_is_read() {
    let (_folder, path) = workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.write_string(0, MOST_COLUMNS as u16, "x").unwrap();
    });
    let wide = SheetRows::open(&path, None).err().unwrap();
    assert!(wide.message.ends_with("2001 columns, at most 2000 are read"), "{wide}");
    // Parts that are read whole: one that is larger than allowed, one that announces too much.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let made = |content: &mut dyn Read| {
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default().compression_level(Some(1));
        zip.start_file("xl/sharedStrings.xml", options).unwrap();
        std::io::copy(content, &mut zip).unwrap();
        zip.finish().unwrap();
        guard(&File::open(&path).unwrap(), 4 << 20).unwrap_err()
    };
    let large = made(&mut std::io::repeat(b' ').take((4 << 20) + 1));
    assert!(large.ends_with("xl/sharedstrings.xml is larger than 4 MB unpacked"), "{large}");
    assert!(std::fs::metadata(&path).unwrap().len() < 64 << 10, "a small file can be a large one");
    let many =
        made(&mut &b"<?xml version=\"1.0\"?><sst count=\"1\" uniqueCount=\"4000000000000\"></sst>"[..]);
    assert!(many.ends_with("announces more texts than it can hold"), "{many}");
    std::fs::write(&path, b"PK\x03\x04 and no more").unwrap();
    let none = SheetRows::open(&path, None).err().unwrap();
    assert!(none.message.contains("neither CSV, Parquet nor an XLSX workbook"), "{none}");
    assert!(none.hint.unwrap().contains(".xlsx"));
}

#[test]
fn a_workbook_that_breaks_off_is_said_behind_the_rows_that_could_be_read() {
    let (_folder, path) = workbook(|book| {
        let sheet = book.add_worksheet();
        head(sheet, &["hs", "value", "currency"]);
        for at in 1..3000u32 {
            sheet.write_string(at, 0, "070320").unwrap();
            sheet.write_number(at, 1, at).unwrap();
            sheet.write_string(at, 2, "EUR").unwrap();
        }
    });
    // The sheet cut in the middle and packed again.
    let mut archive = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        parts.push((name, bytes));
    }
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    for (name, mut bytes) in parts {
        if name.ends_with("sheet1.xml") {
            bytes.truncate(bytes.len() / 2);
        }
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    zip.finish().unwrap();
    let rows: Vec<DeclaredRow> = lines(&path, None, None).collect();
    assert!(rows.len() > 1000, "{}", rows.len());
    let last = rows.last().unwrap();
    assert!(
        last.line.as_ref().unwrap_err().why.starts_with("the sheet cannot be read from here on: "),
        "{last:?}"
    );
    assert!(rows[..rows.len() - 1].iter().all(|row| row.line.is_ok()));
    // Whoever stops taking rows ends the reading too.
    let mut some = SheetRows::open(&path, None).unwrap();
    assert_eq!(some.next().unwrap().unwrap().number, 2);
}
