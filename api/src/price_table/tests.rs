//! Price lists in every form against one another, and what becomes of bad rows and broken files.

use super::stored_tests::*;
use super::*;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use statistics::table::{Bounds, ListRows};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

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
        let read =
            read(&path, &map(MAP), Extent::of_table(true), 2, || Parter::new(Arc::clone(&bounds))).unwrap();
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
        match table(&path, &map(MAP), 1) {
            Ok(table) => {
                prop_assert_eq!(table.file_hash, ContentHash::of(&bytes));
                prop_assert!(words(&table).len() == table.len());
            }
            Err(error) => prop_assert!(!matches!(error, ImportError::Fault { .. }), "{}", error),
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
