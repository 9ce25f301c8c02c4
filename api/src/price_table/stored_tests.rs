//! Lists for tests of reading: rows, the same in every form a file can store them in, and what comes of reading
//! them. The tests themselves stand elsewhere.

use super::*;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::*;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

pub(super) const MAP: &str = "codes = 'as_stated'\n[columns]\nhs = 'hs6'\norigin = 'origin'\ndate = 'date'\n\
    source = 'source'\nprice = 'unit_price'\n[defaults]\ncurrency = 'USD'\nunit = 'kg'\n";

pub(super) fn map(text: &str) -> PriceMap {
    PriceMap::parse(text, "map.toml").unwrap()
}

/// One row in words; `None` is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub hs: Option<String>,
    pub origin: Option<String>,
    pub day: Option<i32>,
    pub source: Option<i32>,
    pub price: Option<f64>,
}

pub(super) fn rows(count: usize, nulls: bool) -> Vec<Row> {
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

pub(super) fn date(day: i32) -> String {
    (chrono::NaiveDate::default() + chrono::TimeDelta::days(i64::from(day))).to_string()
}

pub(super) fn csv(rows: &[Row]) -> String {
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

pub(super) fn put<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: &[Option<T::T>],
    optional: bool,
) {
    let there: Vec<T::T> = values.iter().flatten().cloned().collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    column.typed::<T>().write_batch(&there, optional.then_some(&levels[..]), None).unwrap();
}

/// How the dates and prices of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Types {
    pub optional: bool,
    pub date: &'static str,
    pub source: &'static str,
    pub price: &'static str,
}
pub(super) const USUAL: Types = Types {
    optional: false,
    date: "int32 date (DATE)",
    source: "int32 source (INTEGER(16,true))",
    price: "double unit_price",
};

pub(super) fn parquet(
    rows: &[Row],
    types: Types,
    group: usize,
    properties: WriterPropertiesBuilder,
) -> Vec<u8> {
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

pub(super) fn zstd() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()))
}

pub(super) struct Folder(pub TempDir);
impl Folder {
    pub fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
    pub fn read(&self, name: &str, bytes: &[u8], map: &PriceMap, threads: usize) -> Table {
        table(&self.file(name, bytes), map, threads).unwrap()
    }
    pub fn problem(&self, name: &str, bytes: &[u8], map: &PriceMap) -> String {
        table(&self.file(name, bytes), map, 2).unwrap_err().to_string()
    }
}

/// A row that was read: subheading, origin, day, source, bits of the price.
pub(super) type Words = (String, String, i32, String, u64);

/// Rows as they come in, by their numbers from 0.
#[derive(Default)]
pub(super) struct Collected(Vec<(u64, Words)>);
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
pub(super) struct Table {
    pub rows: Vec<(u64, Words)>,
    pub lines: u64,
    pub left_out: LeftOut,
    pub rounded: u64,
    pub file_hash: ContentHash,
}

pub(super) fn table(path: &Path, map: &PriceMap, threads: usize) -> Result<Table, ImportError> {
    let ReadList { sinks, lines, left_out, rounded, file_hash, .. } =
        read(path, map, Extent::of_table(true), threads, Collected::default)?;
    let mut rows: Vec<_> = sinks.into_iter().flat_map(|sink| sink.0).collect();
    rows.sort_unstable();
    assert!(rows.iter().all(|(number, _)| *number < lines));
    Ok(Table { rows, lines, left_out, rounded, file_hash })
}

impl Table {
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Numbers of the rows as people count them.
    pub fn numbers(&self) -> Vec<u64> {
        self.rows.iter().map(|(number, _)| number + 1).collect()
    }
}

pub(super) fn words(table: &Table) -> Vec<Words> {
    table.rows.iter().map(|(_, words)| words.clone()).collect()
}

/// The same, from the rows that were written.
pub(super) fn expected(rows: &[Row]) -> Vec<Words> {
    rows.iter()
        .filter_map(|r| {
            let source = r.source?.to_string();
            Some((r.hs.clone()?, r.origin.clone().unwrap_or_default(), r.day?, source, r.price?.to_bits()))
        })
        .collect()
}

/// Makes a column of a row group, both counted from 0, nonsense.
pub(super) fn spoil(bytes: &mut [u8], group: usize, column: usize) {
    let about = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let (start, length) = about.row_group(group).column(column).byte_range();
    bytes[start as usize..(start + length) as usize].fill(0xff);
}
