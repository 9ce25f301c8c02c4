//! Parquet in and out, a row group at a time: declared lines become the CSV text that every file of
//! lines is read as, results become columns. Only the format's own crate, without Arrow.

use crate::assessed::{AssessedLine, COLUMNS, Cell};
use crate::failure::Failure;
use crate::results::column_names;
use crate::whole_file::{WholeFile, failed};
use chrono::{DateTime, NaiveDate, TimeDelta};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lines of a row group that is written: some 30 MB in memory.
const GROUP: usize = 20_000;
/// Columns that a file of declared lines may have.
const MOST_COLUMNS: usize = 2_000;

fn wrong(path: &Path, error: &ParquetError) -> Failure {
    Failure::input(format!("{}: {error}", path.display()))
}

/// What a column holds, as far as its values do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// Moments in nanoseconds since 1970, which come as numbers.
    Nanoseconds,
    Other,
}

impl Kind {
    fn of(field: &Type) -> Kind {
        if !field.is_primitive() {
            return Kind::Other;
        }
        let number = matches!(
            field.get_physical_type(),
            Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE
        );
        let about = field.get_basic_info();
        match (about.logical_type_ref(), about.converted_type()) {
            (Some(LogicalType::Timestamp(moment)), _) if moment.unit == TimeUnit::NANOS => Kind::Nanoseconds,
            (Some(LogicalType::Decimal { .. } | LogicalType::Integer { .. }), _)
            | (None, ConvertedType::DECIMAL) => Kind::Number,
            (None, ConvertedType::NONE) if number => Kind::Number,
            _ => Kind::Other,
        }
    }
}

/// A Parquet file read as CSV text: a header line, then a line a row, so that line numbers are row
/// numbers plus one. Line breaks within cells become spaces.
pub struct ParquetText {
    rows: RowIter<'static>,
    kinds: Vec<Kind>,
    text: Vec<u8>,
    given: usize,
    each: Option<Box<dyn FnMut(u64) + Send>>,
    number: u64,
}

impl ParquetText {
    /// Opens a file; gives the number of its rows too.
    pub fn open(path: &Path) -> Result<(ParquetText, u64), Failure> {
        let file = File::open(path).map_err(|e| Failure::from_io(&path.display().to_string(), &e))?;
        let reader = SerializedFileReader::new(file).map_err(|e| wrong(path, &e))?;
        let about = reader.metadata().file_metadata();
        let rows = u64::try_from(about.num_rows()).unwrap_or(0);
        let fields = about.schema().get_fields();
        if fields.len() > MOST_COLUMNS {
            return Err(Failure::input(format!(
                "{}: {} columns, at most {MOST_COLUMNS} are read",
                path.display(),
                fields.len()
            )));
        }
        let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        let kinds = fields.iter().map(|field| Kind::of(field)).collect();
        let mut text = Vec::new();
        push_line(&mut text, names.into_iter())
            .map_err(|e| Failure::from_io(&path.display().to_string(), &e))?;
        let rows_of = RowIter::from_file_into(Box::new(reader));
        Ok((ParquetText { rows: rows_of, kinds, text, given: 0, each: None, number: 0 }, rows))
    }

    /// Which of its columns hold numbers.
    pub fn numeric(&self) -> Vec<bool> {
        self.kinds.iter().map(|kind| *kind == Kind::Number).collect()
    }

    /// Calls this after every row.
    pub fn counting(mut self, each: impl FnMut(u64) + Send + 'static) -> ParquetText {
        self.each = Some(Box::new(each));
        self
    }
}

/// One CSV line; an empty record is not written as a blank line, which readers pass over.
fn push_line(text: &mut Vec<u8>, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let mut line = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(text);
    let flat =
        |cell: String| if cell.contains(['\n', '\r']) { cell.replace(['\n', '\r'], " ") } else { cell };
    line.write_record(cells.map(flat)).map_err(io::Error::from)?;
    line.flush()
}

impl Read for ParquetText {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            let Some(row) = self.rows.next() else { return Ok(0) };
            let row = row.map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
            self.text.clear();
            self.given = 0;
            let cells = row.get_column_iter().zip(&self.kinds).map(|((_, field), kind)| cell(field, *kind));
            push_line(&mut self.text, cells)?;
            self.number += 1;
            if let Some(each) = &mut self.each {
                each(self.number);
            }
        }
        let n = out.len().min(self.text.len() - self.given);
        out[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// A value in the words that a CSV would have: days as 2026-09-15, moments of midnight as their day,
/// bytes as the UTF-8 text they mostly are.
fn cell(field: &Field, kind: Kind) -> String {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default();
    let moment = |at: Option<DateTime<chrono::Utc>>| match at {
        Some(at) if at.time() == chrono::NaiveTime::MIN => at.date_naive().to_string(),
        Some(at) => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => String::new(),
    };
    match field {
        Field::Null => String::new(),
        Field::Long(ns) if kind == Kind::Nanoseconds => moment(Some(DateTime::from_timestamp_nanos(*ns))),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Date(days) => TimeDelta::try_days(i64::from(*days))
            .and_then(|days| epoch.checked_add_signed(days))
            .map_or_else(String::new, |day| day.to_string()),
        Field::TimestampMillis(ms) => moment(DateTime::from_timestamp_millis(*ms)),
        Field::TimestampMicros(us) => moment(DateTime::from_timestamp_micros(*us)),
        Field::Float(x) => x.to_string(),
        Field::Double(x) => x.to_string(),
        // Text and binary fields print with quotes; every other kind as its figure.
        other => other.to_string(),
    }
}

/// Columns of the results that hold statistics and counts; all others are text, amounts of money and
/// quantities as exact decimals.
const NUMBERS: &[&str] = &[
    "number",
    "ratio",
    "p_lower",
    "p_upper",
    "smallest_p",
    "p_calibrated_lower",
    "p_calibrated_upper",
    "calibration_ranks",
    "calibration_groups",
    "listings_found",
    "cleared_flag_rate",
    "z",
    "ratio_high",
    "z_high",
    "percentile",
    "percentile_from",
    "percentile_to",
    "rung",
    "lowest",
    "q1",
    "median",
    "q3",
    "n_listings",
    "n_sellers",
    "n_sites",
    "n_eff",
    "detectable_ratio",
];

/// An error of writing: the disk's, else the program's.
fn broken(path: &Path, error: ParquetError) -> Failure {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => failed(path, &error),
            Err(other) => Failure::bug(format!("{}: {other}", path.display())),
        },
        other => Failure::bug(format!("{}: {other}", path.display())),
    }
}

/// Results as Parquet.
pub struct ParquetResults {
    path: PathBuf,
    writer: SerializedFileWriter<WholeFile>,
    rows: Vec<Vec<Cell>>,
    columns: usize,
}

impl ParquetResults {
    /// Begins a file with the columns of the results and the echoed ones.
    ///
    /// `method` goes into the file's own key-value metadata: what holds for every row alike.
    pub fn create(
        path: &Path,
        extra_columns: &[String],
        method: &[(&str, &str)],
    ) -> Result<ParquetResults, Failure> {
        let names = column_names(extra_columns);
        let fields = names
            .iter()
            .map(|name| {
                let builder = match NUMBERS.contains(&name.as_str()) {
                    true => Type::primitive_type_builder(name, Physical::DOUBLE),
                    false => Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                        .with_logical_type(Some(LogicalType::String)),
                };
                builder.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| wrong(path, &e))?;
        let schema =
            Type::group_type_builder("results").with_fields(fields).build().map_err(|e| wrong(path, &e))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("touchstone {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(
                method.iter().map(|(k, v)| KeyValue::new((*k).to_owned(), (*v).to_owned())).collect(),
            ))
            .build();
        let file = WholeFile::create(path)?;
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
            .map_err(|e| wrong(path, &e))?;
        Ok(ParquetResults { path: path.to_owned(), writer, rows: Vec::new(), columns: names.len() })
    }

    /// Takes a line; `extra` are the cells of the echoed columns.
    pub fn write(&mut self, line: &AssessedLine, extra: &[String]) -> Result<(), Failure> {
        let mut row = line.cells();
        row.extend(extra.iter().map(|text| match text.is_empty() {
            true => Cell::Empty,
            false => Cell::Text(text.clone()),
        }));
        row.resize(self.columns, Cell::Empty);
        self.rows.push(row);
        if self.rows.len() == GROUP { self.put() } else { Ok(()) }
    }

    /// Writes the lines at hand as a row group.
    fn put(&mut self) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.rows);
        (|| {
            let mut group = self.writer.next_row_group()?;
            let mut at = 0;
            while let Some(mut column) = group.next_column()? {
                let cells = || rows.iter().map(|row| &row[at]);
                if COLUMNS.get(at).is_some_and(|column| NUMBERS.contains(&column.name)) {
                    let number = |cell: &Cell| match cell {
                        Cell::Number(number) if number.is_finite() => Some(*number),
                        _ => None,
                    };
                    let levels: Vec<i16> = cells().map(|c| i16::from(number(c).is_some())).collect();
                    let values: Vec<f64> = cells().filter_map(number).collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
                } else {
                    let text = |cell: &Cell| match cell {
                        Cell::Empty => None,
                        Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                        other => Some(ByteArray::from(other.csv().as_str())),
                    };
                    let levels: Vec<i16> = cells().map(|c| i16::from(!matches!(c, Cell::Empty))).collect();
                    let values: Vec<ByteArray> = cells().filter_map(text).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
                }
                column.close()?;
                at += 1;
            }
            group.close().map(drop)
        })()
        .map_err(|e: ParquetError| broken(&self.path, e))
    }

    /// Writes what is left and the footer; gives the file, which is then whole but not finished.
    pub fn whole(mut self) -> Result<WholeFile, Failure> {
        if !self.rows.is_empty() {
            self.put()?;
        }
        let path = self.path;
        self.writer.into_inner().map_err(|e| broken(&path, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::LineInput;
    use crate::pages::samples;

    fn lines() -> Vec<AssessedLine> {
        samples::all()
            .into_iter()
            .enumerate()
            .map(|(i, (_, verdict))| AssessedLine {
                number: i as u64 + 2,
                input: LineInput {
                    description: Some("=1+1, \"two\"\nlines".to_owned()),
                    ..LineInput::default()
                },
                result: if i == 3 { Err("hs: 'x' is not an HS code".to_owned()) } else { Ok(verdict) },
                cleared_flag_rate: (i % 2 == 0).then_some(0.042),
            })
            .collect()
    }

    #[test]
    fn a_column_is_a_number_where_its_cells_are() {
        for line in lines() {
            for (column, cell) in COLUMNS.iter().zip(line.cells()) {
                let number = matches!(cell, Cell::Number(_));
                let told = NUMBERS.contains(&column.name);
                assert!(cell == Cell::Empty || number == told, "{}: {cell:?}", column.name);
            }
        }
        assert!(NUMBERS.iter().all(|name| COLUMNS.iter().any(|column| column.name == *name)));
    }

    #[test]
    fn results_come_back_as_they_were_written_over_several_row_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.parquet");
        let mut writer =
            ParquetResults::create(&path, &["office".to_owned()], &[("calibration", "on offers")]).unwrap();
        let lines = lines();
        let rounds = GROUP / lines.len() + 2;
        for _ in 0..rounds {
            for line in &lines {
                writer.write(line, &["North".to_owned()]).unwrap();
            }
        }
        writer.whole().unwrap().finish().unwrap();
        let about = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let stated = about.metadata().file_metadata().key_value_metadata().unwrap().clone();
        assert_eq!(stated, [KeyValue::new("calibration".to_owned(), "on offers".to_owned())]);
        let (text, rows) = ParquetText::open(&path).unwrap();
        assert_eq!(rows as usize, rounds * lines.len());
        let mut reader = csv::Reader::from_reader(text);
        let header = reader.headers().unwrap().clone();
        assert_eq!(header.len(), COLUMNS.len() + 1);
        let at = |name: &str| header.iter().position(|h| h == name).unwrap();
        let back: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(back.len(), rows as usize);
        for (record, line) in back.iter().zip(lines.iter().cycle()) {
            assert_eq!(&record[at("number")], line.number.to_string());
            assert_eq!(&record[at("office")], "North");
            assert_eq!(&record[at("description")], "=1+1, \"two\" lines");
            match &line.result {
                Ok(v) => {
                    assert_eq!(&record[at("verdict")], v.verdict.code());
                    assert_eq!(record[at("ratio")].parse().ok(), v.ratio, "every digit");
                    assert_eq!(&record[at("value")], v.declaration.value.amount.normalize().to_string());
                }
                Err(why) => assert_eq!((&record[at("error")], &record[at("verdict")]), (why.as_str(), "")),
            }
        }
    }

    #[test]
    fn values_of_every_kind_read_as_a_csv_would_have_them() {
        let told: Vec<String> = [
            Field::Null,
            Field::Bool(true),
            Field::Int(-3),
            Field::Long(70_320_000),
            Field::Double(1234.5),
            Field::Double(1e-7),
            Field::Str("a, b".to_owned()),
            Field::Bytes(ByteArray::from("text")),
            Field::Date(20_711),
            Field::TimestampMillis(1_789_430_400_000),
            Field::TimestampMicros(1_789_430_461_000_000),
        ]
        .iter()
        .map(|field| cell(field, Kind::Other))
        .chain([cell(&Field::Long(1_789_862_400_000_000_000), Kind::Nanoseconds)])
        .collect();
        insta::assert_snapshot!(told.join(" | "), @" | true | -3 | 70320000 | 1234.5 | 0.0000001 | a, b | text | 2026-09-15 | 2026-09-15 | 2026-09-15T00:01:01Z | 2026-09-20");
    }

    /// A decimal comma is what texts have; numbers have none, moments are days, and a code that stood as a number gets
    /// back the zero it lost.
    #[test]
    fn a_map_s_decimal_mark_is_that_of_texts_alone() {
        use parquet::data_type::Int64Type;
        use parquet::schema::parser::parse_message_type;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.parquet");
        let schema = "message m { required int64 hs; required double value; required binary quantity (UTF8);
            required int64 export_date (TIMESTAMP(NANOS,false)); required int64 price (DECIMAL(9,2)); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = File::create(&path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let whole =
            [[9_011_100, 90_111_000], [1_789_862_400_000_000_000, 1_789_893_000_000_000_000], [450, 1]];
        let mut whole = whole.iter();
        let texts = ["4.000,50", "4.50"].map(ByteArray::from);
        let mut at = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            match at {
                1 => column.typed::<DoubleType>().write_batch(&[4.5, 4000.5], None, None).map(drop),
                2 => column.typed::<ByteArrayType>().write_batch(&texts, None, None).map(drop),
                _ => column.typed::<Int64Type>().write_batch(whole.next().unwrap(), None, None).map(drop),
            }
            .unwrap();
            column.close().unwrap();
            at += 1;
        }
        group.close().unwrap();
        writer.close().unwrap();
        let map = "decimal_separator = ','\n[defaults]\ncurrency = 'EUR'\n";
        let map = crate::declared_file::DeclaredMap::parse(map, "m.toml").unwrap();
        let lines = crate::batch::input::open(&path, Some(&map), None).unwrap().lines;
        let told: Vec<String> = lines
            .map(|row| match row.line {
                Ok(l) => [l.hs, l.value, l.price, l.quantity, l.export_date].map(Option::unwrap).join(" "),
                Err(unread) => unread.why,
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        09011100 4.5 4.50 4000.50 2026-09-20
        quantity: '4.50' is no number with the decimal mark ',', which the map names; write it like 1.250,50
        "#);
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        for bytes in [&b"PAR1"[..], b"PAR1PAR1", b"PAR1\x00\x00\x00\x00\xff\xff\xff\x7fPAR1"] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(ParquetText::open(&path).err().unwrap().exit, crate::failure::Exit::Input);
        }
    }
}
