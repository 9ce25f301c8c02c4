//! Price lists in every form against one another, and what becomes of bad rows and broken files.

use super::*;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::*;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use statistics::table::{Bounds, ListRows};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const MAP: &str = "codes = 'as_stated'\n[columns]\nhs = 'hs6'\norigin = 'origin'\ndate = 'date'\n\
    source = 'source'\nprice = 'unit_price'\n[defaults]\ncurrency = 'USD'\nunit = 'kg'\n";

fn map(text: &str) -> PriceMap {
    PriceMap::parse(text, "map.toml").unwrap()
}

/// One row in words; `None` is a missing value.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    hs: Option<String>,
    origin: Option<String>,
    day: Option<i32>,
    source: Option<i32>,
    price: Option<f64>,
}

fn rows(count: usize, nulls: bool) -> Vec<Row> {
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|_| {
            let there = |n: u64| !nulls || n != 3;
            Row {
                hs: Some(format!("{:06}", 10_000 + random(700) * 1_231)).filter(|_| there(random(40))),
                origin: Some(["CN", "DE", "KE", "US"][random(4) as usize].to_owned())
                    .filter(|_| there(random(5))),
                day: Some(19_000 + random(730) as i32).filter(|_| there(random(50))),
                source: Some(random(40) as i32).filter(|_| there(random(50))),
                price: Some((random(9_000_000) + 1) as f64 / 1e4).filter(|_| there(random(50))),
            }
        })
        .collect()
}

fn date(day: i32) -> String {
    (chrono::NaiveDate::default() + chrono::TimeDelta::days(i64::from(day))).to_string()
}

fn csv(rows: &[Row]) -> String {
    let mut out = String::from("hs6,origin,date,source,unit_price\n");
    for row in rows {
        let text = |value: Option<String>| value.unwrap_or_default();
        writeln!(
            out,
            "\"{}\",{},{},{},{}",
            text(row.hs.clone()),
            text(row.origin.clone()),
            text(row.day.map(date)),
            text(row.source.map(|s| s.to_string())),
            text(row.price.map(|p| p.to_string())),
        )
        .unwrap();
    }
    out
}

fn put<T: DataType>(column: &mut SerializedColumnWriter<'_>, values: &[Option<T::T>], optional: bool) {
    let there: Vec<T::T> = values.iter().flatten().cloned().collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    column.typed::<T>().write_batch(&there, optional.then_some(&levels[..]), None).unwrap();
}

/// How the dates and prices of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Types {
    optional: bool,
    date: &'static str,
    source: &'static str,
    price: &'static str,
}
const USUAL: Types = Types {
    optional: false,
    date: "int32 date (DATE)",
    source: "int32 source (INTEGER(16,true))",
    price: "double unit_price",
};

fn parquet(rows: &[Row], types: Types, group: usize, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let word = if types.optional { "optional" } else { "required" };
    let schema = format!(
        "message list {{ {word} binary hs6 (UTF8); {word} binary origin (UTF8); {word} {}; {word} {}; {word} {}; }}",
        types.date, types.source, types.price
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    let text = |value: &Option<String>| value.as_deref().map(ByteArray::from);
    for rows in rows.chunks(group) {
        let mut out = writer.next_row_group().unwrap();
        let mut at = 0;
        while let Some(mut column) = out.next_column().unwrap() {
            let o = types.optional;
            let c = &mut column;
            let days = rows.iter().map(|r| r.day);
            let cents = |r: &Row| r.price.map(|p| (p * 1e4).round() as i64);
            match at {
                0 => put::<ByteArrayType>(c, &rows.iter().map(|r| text(&r.hs)).collect::<Vec<_>>(), o),
                1 => put::<ByteArrayType>(c, &rows.iter().map(|r| text(&r.origin)).collect::<Vec<_>>(), o),
                2 if types.date.starts_with("int32") => put::<Int32Type>(c, &days.collect::<Vec<_>>(), o),
                2 if types.date.starts_with("int64") => {
                    let part = if types.date.contains("MICROS") { 1_000_000 } else { 1_000 };
                    let moment = |d: i32| (i64::from(d) * 86_400 + 70_000) * part;
                    put::<Int64Type>(c, &days.map(|d| d.map(moment)).collect::<Vec<_>>(), o);
                }
                2 if types.date.starts_with("int96") => {
                    let moment = |d: i32| {
                        let mut at = Int96::new();
                        at.set_data(5_000, 0, (d + 2_440_588) as u32);
                        at
                    };
                    put::<Int96Type>(c, &days.map(|d| d.map(moment)).collect::<Vec<_>>(), o);
                }
                2 => {
                    let words = days.map(|d| text(&d.map(date))).collect::<Vec<_>>();
                    put::<ByteArrayType>(c, &words, o);
                }
                3 if types.source.starts_with("binary") => {
                    let words = rows.iter().map(|r| text(&r.source.map(|s| s.to_string())));
                    put::<ByteArrayType>(c, &words.collect::<Vec<_>>(), o);
                }
                3 => put::<Int32Type>(c, &rows.iter().map(|r| r.source).collect::<Vec<_>>(), o),
                _ if types.price.starts_with("double") => {
                    put::<DoubleType>(c, &rows.iter().map(|r| r.price).collect::<Vec<_>>(), o)
                }
                _ if types.price.starts_with("int64") => {
                    put::<Int64Type>(c, &rows.iter().map(cents).collect::<Vec<_>>(), o)
                }
                _ if types.price.starts_with("fixed") => {
                    let bytes = |n: i64| FixedLenByteArray::from(n.to_be_bytes()[3..].to_vec());
                    put::<FixedLenByteArrayType>(
                        c,
                        &rows.iter().map(|r| cents(r).map(bytes)).collect::<Vec<_>>(),
                        o,
                    )
                }
                _ => {
                    let words = rows.iter().map(|r| text(&r.price.map(|p| p.to_string())));
                    put::<ByteArrayType>(c, &words.collect::<Vec<_>>(), o)
                }
            }
            column.close().unwrap();
            at += 1;
        }
        out.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn zstd() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()))
}

struct Folder(TempDir);
impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
    fn read(&self, name: &str, bytes: &[u8], map: &PriceMap, threads: usize) -> Table {
        table(&self.file(name, bytes), map, threads).unwrap()
    }
    fn problem(&self, name: &str, bytes: &[u8], map: &PriceMap) -> String {
        table(&self.file(name, bytes), map, 2).unwrap_err().to_string()
    }
}

/// A row that was read: subheading, origin, day, source, bits of the price.
type Words = (String, String, i32, String, u64);

/// Rows as they come in, by their numbers from 0.
#[derive(Default)]
struct Collected(Vec<(u64, Words)>);
impl Sink for Collected {
    fn take(&mut self, lists: &Lists, rows: &Rows<'_>) {
        assert!(rows.missing.is_sorted_by(|a, b| a < b) && rows.hs.len() <= batch::BATCH);
        for i in (0..rows.price.len()).filter(|i| !rows.missing.contains(&(*i as u32))) {
            let words = (
                lists.codes[rows.hs[i] as usize].to_string(),
                lists.facets[usize::from(rows.facet[i])].origin.map(|o| o.to_string()).unwrap_or_default(),
                rows.day[i],
                lists.sources[rows.source[i] as usize].clone(),
                rows.price[i].to_bits(),
            );
            self.0.push((u64::from(rows.first) + i as u64, words));
        }
    }
}

/// A list that was read, its rows in the order of the file.
#[derive(Debug, PartialEq)]
struct Table {
    rows: Vec<(u64, Words)>,
    lines: u64,
    left_out: LeftOut,
    rounded: u64,
    file_hash: ContentHash,
}

fn table(path: &Path, map: &PriceMap, threads: usize) -> Result<Table, ImportError> {
    let ReadList { sinks, lines, left_out, rounded, file_hash, .. } =
        read(path, map, threads, Collected::default)?;
    let mut rows: Vec<_> = sinks.into_iter().flat_map(|sink| sink.0).collect();
    rows.sort_unstable();
    assert!(rows.iter().all(|(number, _)| *number < lines));
    Ok(Table { rows, lines, left_out, rounded, file_hash })
}

impl Table {
    fn len(&self) -> usize {
        self.rows.len()
    }
    /// Numbers of the rows as people count them.
    fn numbers(&self) -> Vec<u64> {
        self.rows.iter().map(|(number, _)| number + 1).collect()
    }
}

fn words(table: &Table) -> Vec<Words> {
    table.rows.iter().map(|(_, words)| words.clone()).collect()
}

/// The same, from the rows that were written.
fn expected(rows: &[Row]) -> Vec<Words> {
    rows.iter()
        .filter_map(|r| {
            let source = r.source?.to_string();
            Some((r.hs.clone()?, r.origin.clone().unwrap_or_default(), r.day?, source, r.price?.to_bits()))
        })
        .collect()
}

#[test]
fn every_way_of_storing_gives_the_same_table() {
    let folder = Folder::new();
    for nulls in [false, true] {
        let rows = rows(3_000, nulls);
        let from_csv = folder.read("list.csv", csv(&rows).as_bytes(), &map(MAP), 2);
        assert_eq!(words(&from_csv), expected(&rows));
        let usual = Types { optional: nulls, ..USUAL };
        let small =
            |p: WriterPropertiesBuilder| p.set_data_page_row_count_limit(700).set_write_batch_size(100);
        let mut ways = vec![
            ("usual", usual, zstd()),
            ("pages", usual, small(zstd())),
            ("optional", Types { optional: true, ..USUAL }, small(zstd())),
            (
                "snappy v2",
                usual,
                small(
                    zstd()
                        .set_writer_version(WriterVersion::PARQUET_2_0)
                        .set_compression(Compression::SNAPPY),
                ),
            ),
            ("plain", usual, zstd().set_dictionary_enabled(false)),
            ("no compression", usual, WriterProperties::builder()),
            ("fallback", usual, small(zstd().set_dictionary_page_size_limit(900))),
            ("millis", Types { date: "int64 date (TIMESTAMP(MILLIS,true))", ..usual }, zstd()),
            ("micros", Types { date: "int64 date (TIMESTAMP_MICROS)", ..usual }, zstd()),
            ("int96", Types { date: "int96 date", ..usual }, zstd()),
            (
                "text",
                Types {
                    date: "binary date (UTF8)",
                    source: "binary source (UTF8)",
                    price: "binary unit_price (UTF8)",
                    ..usual
                },
                zstd(),
            ),
            ("decimal", Types { price: "int64 unit_price (DECIMAL(12,4))", ..usual }, zstd()),
            (
                "decimal bytes",
                Types { price: "fixed_len_byte_array(5) unit_price (DECIMAL(11,4))", ..usual },
                small(zstd().set_dictionary_enabled(false)),
            ),
        ];
        for (encoding, column) in [
            (Encoding::DELTA_BINARY_PACKED, "date"),
            (Encoding::DELTA_BYTE_ARRAY, "hs6"),
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, "origin"),
            (Encoding::BYTE_STREAM_SPLIT, "unit_price"),
        ] {
            let column = ColumnPath::from(column);
            let how = zstd().set_column_dictionary_enabled(column.clone(), false);
            ways.push(("encoded", usual, how.set_column_encoding(column, encoding)));
        }
        for (name, types, properties) in ways {
            for group in [3_000, 800] {
                let bytes = parquet(&rows, types, group, properties.clone());
                let table = folder.read("list.parquet", &bytes, &map(MAP), 2);
                assert_eq!(words(&table), words(&from_csv), "{name}, {nulls}");
                let mut left_out = table.left_out.clone();
                left_out.first.iter_mut().for_each(|row| row.row += 1);
                assert_eq!(left_out, from_csv.left_out, "{name}");
                assert_eq!(table.file_hash, ContentHash::of(&bytes));
                assert_eq!(table.rounded, 0);
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_table() {
    let folder = Folder::new();
    let rows = rows(5_000, true);
    for properties in [zstd(), zstd().set_dictionary_page_size_limit(500)] {
        let bytes = parquet(&rows, Types { optional: true, ..USUAL }, 450, properties);
        let one = folder.read("list.parquet", &bytes, &map(MAP), 1);
        assert!(one.rows.iter().any(|(_, row)| row.1.is_empty()), "an origin not stated is no bad row");
        for threads in [0, 2, 3, 50] {
            assert_eq!(folder.read("list.parquet", &bytes, &map(MAP), threads), one);
        }
    }
}

/// More rows in a row group than a thread reads at a time, in columns whose encoding changes on the way.
#[test]
fn row_groups_larger_than_a_batch_are_read_on() {
    let folder = Folder::new();
    let rows = rows(20_000, true);
    let types = Types { optional: true, ..USUAL };
    let one = folder.read("list.parquet", &parquet(&rows, types, 450, zstd()), &map(MAP), 1);
    for properties in [zstd(), zstd().set_dictionary_page_size_limit(500).set_data_page_size_limit(3_000)] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let bytes = parquet(&rows, types, 20_000, properties.clone().set_writer_version(version));
            for threads in [1, 2] {
                let read = folder.read("list.parquet", &bytes, &map(MAP), threads);
                assert!(
                    (read.rows, read.left_out) == (one.rows.clone(), one.left_out.clone()),
                    "{version:?}"
                );
            }
        }
    }
}

#[test]
fn names_that_only_left_out_rows_have_are_not_there() {
    let folder = Folder::new();
    let mut rows = rows(50, false);
    rows[7] = Row { hs: Some("999999".into()), source: Some(77), price: Some(-1.0), ..rows[7].clone() };
    let bytes = parquet(&rows, USUAL, 20, zstd());
    let table = folder.read("list.parquet", &bytes, &map(MAP), 2);
    assert_eq!(table.left_out.rows, 1);
    assert_eq!(table.numbers(), (1..=50).filter(|n| *n != 8).collect::<Vec<_>>());
    for (name, bytes) in [("list.parquet", bytes), ("list.csv", csv(&rows).into_bytes())] {
        let bounds = Arc::new(Bounds::default());
        let path = folder.file(name, &bytes);
        let read = read(&path, &map(MAP), 2, || Parter::new(Arc::clone(&bounds))).unwrap();
        assert!(read.lists.sources.contains(&"77".to_owned()));
        let (_, Lists { codes, facets, sources }) = ListRows::of(read.sinks, read.lists);
        let of = |each: fn(&Words) -> &String| -> Vec<String> {
            table.rows.iter().map(|(_, row)| each(row).clone()).collect::<BTreeSet<_>>().into_iter().collect()
        };
        assert_eq!(codes.iter().map(ToString::to_string).collect::<Vec<_>>(), of(|row| &row.0));
        assert_eq!(
            facets.iter().filter_map(|f| Some(f.origin?.to_string())).collect::<Vec<_>>(),
            of(|row| &row.1)
        );
        assert_eq!(sources, of(|row| &row.3));
    }
}

#[test]
fn bad_rows_are_left_out_counted_and_named() {
    let list = "HS6;Origin;Date;Source;Unit price\n\
        0703.20;CN;2024-09-27;shop;3.15\n\
        07032000;cn;2024-09-27T10:00:00Z; shop ;3.150\n\
        0703;CN;2024-09-27;shop;3.15\n\
        99999x;CN;2024-09-27;shop;3.15\n\
        999999;CN;2024-09-27;shop;3.15\n\
        070320;XX;2024-09-27;shop;3.15\n\
        \n\
        070320;;27.9.2024;shop;3.15\n\
        070320;;1899-12-31;shop;3.15\n\
        070320;;2024-09-27;;3.15\n\
        070320;;2024-09-27;shop;0\n\
        070320;;2024-09-27;shop;inf\n\
        070320;;2024-09-27;shop;1e16\n\
        070320;;2024-09-27;shop;\"3.15\n\
        070320;;2024-09-27;\"my;shop\";3.15;4\n\
        070320;n/a;2024-09-27;\"my;shop\";1e-3\n\
        070320;;2024-02-30;shop;-1";
    let text = MAP.replace("'as_stated'", "'hs2022'\nabsent = ['N/A']").replace("unit_price", "unit price");
    let table = Folder::new().read("list.csv", format!("\u{feff}{list}\r\n").as_bytes(), &map(&text), 1);
    assert_eq!(
        words(&table),
        [
            ("070320".into(), "CN".into(), 19_993, "shop".into(), 3.15f64.to_bits()),
            ("070320".into(), "CN".into(), 19_993, "shop".into(), 3.15f64.to_bits()),
            ("070320".into(), String::new(), 19_993, "my;shop".into(), 0.001f64.to_bits()),
        ]
    );
    assert_eq!(table.numbers(), [2, 3, 17]);
    let counted: Vec<(Reason, u64)> = table.left_out.by_reason.clone().into_iter().collect();
    assert_eq!(
        counted,
        [
            (Reason::BadLine, 2),
            (Reason::Empty, 1),
            (Reason::ShortCode, 1),
            (Reason::BadCode, 1),
            (Reason::UnknownCode, 1),
            (Reason::UnknownCountry, 1),
            (Reason::BadDate, 2),
            (Reason::DateOutOfRange, 1),
            (Reason::BadPrice, 1),
            (Reason::PriceNotAboveZero, 1),
            (Reason::PriceOutOfRange, 1),
        ]
    );
    assert_eq!(table.left_out.rows, 13);
    assert_eq!(table.left_out.first.len(), NAMED);
    let named: Vec<String> = table.left_out.first.iter().map(ToString::to_string).collect();
    assert_eq!(
        named[0],
        "row 4, column 'hs6': '0703': an HS code of fewer than six digits; state the subheading"
    );
    assert!(named[3].starts_with("row 7, column 'origin': 'XX': not a country"), "{}", named[3]);
    assert!(named[4].starts_with("row 9, column 'date': '27.9.2024': not a date"), "{}", named[4]);
}

#[test]
fn bad_values_of_parquet_are_found_in_pages_of_every_kind() {
    let folder = Folder::new();
    for dictionary in [true, false] {
        let mut rows = rows(900, false);
        rows[3].price = Some(f64::NAN);
        rows[500].price = Some(f64::INFINITY);
        rows[501].price = Some(0.0);
        rows[502].day = Some(-800_000);
        rows[503].origin = Some("Mars".into());
        rows[504].hs = Some("12".into());
        let bytes = parquet(&rows, USUAL, 400, zstd().set_dictionary_enabled(dictionary));
        let table = folder.read("list.parquet", &bytes, &map(MAP), 2);
        let first: Vec<(u64, Reason, &str)> =
            table.left_out.first.iter().map(|bad| (bad.row, bad.reason, bad.value.as_str())).collect();
        assert_eq!(
            first,
            [
                (4, Reason::BadPrice, "NaN"),
                (501, Reason::PriceOutOfRange, "inf"),
                (502, Reason::PriceNotAboveZero, "0"),
                (503, Reason::DateOutOfRange, "day -800000 since 1970-01-01"),
                (504, Reason::UnknownCountry, "Mars"),
                (505, Reason::ShortCode, "12"),
            ]
        );
        assert_eq!(table.len(), 894);
    }
}

#[test]
fn a_list_of_nothing_but_bad_rows_is_counted_and_bounded() {
    let mut list = String::from("hs6,origin,date,source,unit_price\n");
    for i in 0..5_000 {
        writeln!(list, "070320,X{i},2024-01-0{},s,free {i}", i % 10).unwrap();
    }
    let table = Folder::new().read("list.csv", list.as_bytes(), &map(MAP), 1);
    assert_eq!((table.len(), table.lines), (0, 5_001));
    assert_eq!(table.left_out.by_reason, [(Reason::UnknownCountry, 5_000)].into());
}

#[test]
fn defaults_stand_for_missing_columns_and_empty_cells() {
    let folder = Folder::new();
    let text = "codes = 'as_stated'\n[columns]\nprice = 'unit_price'\nsource = 'source'\n[defaults]\nhs = '0703.20'\n\
        origin = 'KE'\ndate = '2024-12-31'\nsource = 'survey'\ncurrency = 'USD'\nunit = 'kg'\n";
    let rows = rows(300, true);
    let from_csv = folder.read("list.csv", csv(&rows).as_bytes(), &map(text), 2);
    let bytes = parquet(&rows, Types { optional: true, ..USUAL }, 100, zstd());
    let table = folder.read("list.parquet", &bytes, &map(text), 2);
    assert_eq!(words(&table), words(&from_csv));
    assert!(table.rows.iter().any(|(_, row)| row.3 == "survey"));
    assert!(table.rows.iter().all(|(_, row)| row.2 == 20_088 && row.0 == "070320"));
    assert_eq!(table.len(), rows.iter().filter(|row| row.price.is_some()).count());
}

#[test]
fn national_forms_of_dates_and_numbers_are_read() {
    let text = "codes = 'as_stated'\ndate_format = '%d.%m.%Y'\ndecimal_separator = ','\n".to_owned()
        + MAP.split_once('\n').unwrap().1;
    let list = "hs6\torigin\tdate\tsource\tunit_price\n070320\tDE\t27.09.2024\ts\t1.234,5\n";
    let folder = Folder::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(list.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let table = folder.read("list.csv.gz", &packed, &map(&text), 1);
    assert_eq!(words(&table)[0], ("070320".into(), "DE".into(), 19_993, "s".into(), 1_234.5f64.to_bits()));
    assert_eq!(table.file_hash, ContentHash::of(&packed), "the digest is of the file, not of the text");
    let cut = folder.problem("cut.csv.gz", &packed[..packed.len() / 2], &map(&text));
    assert!(cut.contains("cut.csv.gz"), "{cut}");
}

#[test]
fn prices_come_back_as_they_were_written() {
    let mut list = String::from("hs6,origin,date,source,unit_price\n");
    let written =
        ["3.15", "0.000000001", "123456789012.345", "999999999999999", "0.30000000000000004", "1e-4"];
    for price in written {
        writeln!(list, "070320,,2024-01-01,s,{price}").unwrap();
    }
    let folder = Folder::new();
    let table = folder.read("list.csv", list.as_bytes(), &map(MAP), 1);
    let back: Vec<String> =
        table.rows.iter().map(|row| decimal_of(f64::from_bits(row.1.4)).unwrap().to_string()).collect();
    assert_eq!(back[..5], written[..5]);
    assert_eq!((back[5].as_str(), table.rounded), ("0.0001", 0));
    writeln!(list, "070320,,2024-01-01,s,3.1415926535897932384").unwrap();
    assert_eq!(folder.read("list.csv", list.as_bytes(), &map(MAP), 1).rounded, 1);
}

#[test]
fn what_is_no_list_is_refused_in_words() {
    let folder = Folder::new();
    let at = map(MAP);
    assert!(folder.problem("a.csv", b"", &at).contains("the file is empty"));
    assert!(folder.problem("a.csv", b"PK\x03\x04....", &at).contains("save it as CSV or Parquet"));
    assert!(folder.problem("a.csv", b"\xff\xfea\0", &at).contains("UTF-8"));
    assert!(folder.problem("a.csv", b"\"hs6,origin", &at).contains("not closed"));
    let missing = folder.problem("a.csv", b"hs6,origin,dat,source,unit_price\n", &at);
    assert!(missing.contains("no column 'date'") && missing.contains("did you mean 'dat'"), "{missing}");
    assert!(table(&folder.0.path().join("none"), &at, 1).unwrap_err().to_string().contains("none"));

    let whole = parquet(&rows(30, false), USUAL, 10, zstd());
    let missing = folder.problem("a.parquet", &whole, &map(&MAP.replace("'origin'", "'orign'")));
    assert!(missing.contains("did you mean 'origin'"), "{missing}");
    for cut in (4..whole.len()).step_by(37) {
        let problem = folder.problem("a.parquet", &whole[..cut], &at);
        assert!(problem.contains("not a whole Parquet file"), "{cut}: {problem}");
    }
    let schema = Arc::new(parse_message_type("message m { required boolean unit_price; }").unwrap());
    let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let only = "[columns]\nprice = 'unit_price'\n[defaults]\nhs = '070320'\ndate = '2024-01-01'\nsource = 's'\n\
        currency = 'USD'\nunit = 'kg'\n";
    let problem = folder.problem("a.parquet", &writer.into_inner().unwrap(), &map(only));
    assert!(problem.contains("'unit_price' holds BOOLEAN"), "{problem}");
}

#[test]
fn a_line_that_is_too_long_is_one_bad_row() {
    let mut list = b"hs6,origin,date,source,unit_price\n070320,,2024-01-01,".to_vec();
    list.resize(list.len() + MOST_LINE * 3, b'x');
    list.extend_from_slice(b",3\n070320,,2024-01-01,s,3\n");
    let table = Folder::new().read("list.csv", &list, &map(MAP), 1);
    assert_eq!((table.len(), table.left_out.rows), (1, 1));
    assert_eq!(table.numbers(), [3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changed_bytes_never_break_the_program(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), optional: bool, v2: bool) {
        let version = if v2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
        let mut bytes = parquet(&rows(200, optional), Types { optional, ..USUAL }, 90, WriterProperties::builder().set_writer_version(version));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let folder = Folder::new();
        let path = folder.file("list.parquet", &bytes);
        if let Ok(table) = table(&path, &map(MAP), 1) {
            prop_assert_eq!(table.file_hash, ContentHash::of(&bytes));
            prop_assert!(words(&table).len() == table.len());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-z,;\"\n.é-]{0,300}") {
        let folder = Folder::new();
        let path = folder.file("list.csv", format!("hs6,origin,date,source,unit_price\n{text}").as_bytes());
        let table = table(&path, &map(MAP), 1).unwrap();
        let lines = text.split('\n').filter(|line| !line.trim_ascii().is_empty()).count();
        prop_assert_eq!(table.len() as u64 + table.left_out.rows, lines as u64);
    }
}
