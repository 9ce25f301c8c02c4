//! Pages of a Parquet column chunk, already decompressed, become cells: dictionaries, indices, plain
//! values and missing ones, both versions of data pages. Whatever else a page may be is handed to the
//! format's own crate, value by value: slower, and the same. Which chunks there are is not known here.

use super::cells::{Cells, Value};
use super::packed::{look_up, presence};
use parquet::basic::{ConvertedType, Encoding, LogicalType, TimeUnit, Type as Physical};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescriptor;

/// Values that the slow way asks for at a time.
const BATCH: usize = 8_192;

/// Why a column chunk gave no cells.
#[derive(Debug)]
pub(super) enum PageError {
    /// The bytes are not what the format says.
    Broken(String),
    /// An encoding that only the format's own crate reads.
    Unhandled,
}
impl From<&'static str> for PageError {
    fn from(problem: &'static str) -> Self {
        PageError::Broken(problem.to_owned())
    }
}
impl From<ParquetError> for PageError {
    fn from(error: ParquetError) -> Self {
        PageError::Broken(error.to_string())
    }
}

/// What the stored values of a column mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Int {
        unsigned: bool,
    },
    Day,
    /// Moments, so many a day.
    Moment {
        a_day: i64,
    },
    Float,
    Decimal {
        scale: u32,
    },
}

/// How a column is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    physical: Physical,
    form: Form,
    size: usize,
    optional: bool,
}

impl Stored {
    /// What a column of the schema holds; an error names what cannot be read.
    pub fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        if column.max_rep_level() > 0 || column.max_def_level() > 1 || column.path().parts().len() > 1 {
            return Err("is a list or a structure; write its values into a column of their own".into());
        }
        let physical = column.physical_type();
        let kind = column.logical_type_ref();
        let other = || match kind {
            Some(kind) => format!("holds {kind:?}, which is none of text, number, date and moment"),
            None => format!("holds {physical}, which is none of text, number, date and moment"),
        };
        let a_second = 86_400;
        let decimal =
            |scale: i32| u32::try_from(scale).map(|scale| Form::Decimal { scale }).map_err(|_| other());
        let form = match (physical, kind, column.converted_type()) {
            (_, Some(LogicalType::Decimal(kind)), _) => decimal(kind.scale)?,
            (_, _, ConvertedType::DECIMAL) => decimal(column.type_scale())?,
            (Physical::BYTE_ARRAY, _, _) => Form::Text,
            (Physical::FIXED_LEN_BYTE_ARRAY, None, ConvertedType::NONE) => Form::Text,
            (Physical::INT32, Some(LogicalType::Date), _) | (Physical::INT32, _, ConvertedType::DATE) => {
                Form::Day
            }
            (Physical::INT64, Some(LogicalType::Timestamp(kind)), _) => Form::Moment {
                a_day: a_second
                    * match kind.unit {
                        TimeUnit::MILLIS => 1_000,
                        TimeUnit::MICROS => 1_000_000,
                        TimeUnit::NANOS => 1_000_000_000,
                    },
            },
            (Physical::INT64, _, ConvertedType::TIMESTAMP_MILLIS) => Form::Moment { a_day: a_second * 1_000 },
            (Physical::INT64, _, ConvertedType::TIMESTAMP_MICROS) => {
                Form::Moment { a_day: a_second * 1_000_000 }
            }
            (Physical::INT32 | Physical::INT64, Some(LogicalType::Integer(kind)), _) => {
                Form::Int { unsigned: !kind.is_signed }
            }
            (Physical::INT32 | Physical::INT64, None, converted) => match converted {
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64 => Form::Int { unsigned: true },
                ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64 => Form::Int { unsigned: false },
                _ => return Err(other()),
            },
            (Physical::INT96, None, _) => Form::Moment { a_day: a_second * 1_000 },
            (Physical::FLOAT | Physical::DOUBLE, None, _) => Form::Float,
            _ => return Err(other()),
        };
        let size = match physical {
            Physical::INT32 | Physical::FLOAT => 4,
            Physical::INT64 | Physical::DOUBLE => 8,
            _ => usize::try_from(column.type_length()).unwrap_or(0),
        };
        Ok(Stored { physical, form, size, optional: column.max_def_level() == 1 })
    }

    fn int(&self, number: i64, narrow: bool) -> Value<'static> {
        match self.form {
            Form::Day => Value::Day(number),
            Form::Moment { a_day } => Value::Day(number.div_euclid(a_day)),
            Form::Decimal { scale } => Value::Decimal { mantissa: i128::from(number), scale },
            Form::Int { unsigned: true } if number < 0 => {
                let wide = if narrow { u64::from(number as i32 as u32) } else { number as u64 };
                match i64::try_from(wide) {
                    Ok(number) => Value::Int(number),
                    Err(_) => Value::Decimal { mantissa: i128::from(wide), scale: 0 },
                }
            }
            _ => Value::Int(number),
        }
    }

    fn bytes<'a>(&self, bytes: &'a [u8]) -> Result<Value<'a>, PageError> {
        let Form::Decimal { scale } = self.form else { return Ok(Value::Text(bytes)) };
        if bytes.len() > 16 {
            return Err("decimals of more than 38 digits".into());
        }
        // Big-endian, two's complement.
        let sign = bytes.first().is_some_and(|byte| *byte >= 0x80);
        let mut all = [if sign { 0xff } else { 0 }; 16];
        all[16 - bytes.len()..].copy_from_slice(bytes);
        Ok(Value::Decimal { mantissa: i128::from_be_bytes(all), scale })
    }

    /// Reads plain values until `out` is full.
    fn plain<C: Cells>(&self, bytes: &[u8], cells: &mut C, out: &mut [C::Out]) -> Result<(), PageError> {
        const SHORT: &str = "fewer values than the page states";
        let wanted = out.len();
        let fixed = |size: usize| {
            let needed = wanted.checked_mul(size).filter(|_| size > 0).ok_or(SHORT)?;
            bytes.get(..needed).ok_or(SHORT)
        };
        match self.physical {
            Physical::DOUBLE => cells.doubles(fixed(8)?, out),
            Physical::FLOAT => {
                for (slot, four) in out.iter_mut().zip(fixed(4)?.as_chunks::<4>().0) {
                    *slot = cells.value(Value::Single(f32::from_le_bytes(*four)));
                }
            }
            Physical::INT32 => {
                for (slot, four) in out.iter_mut().zip(fixed(4)?.as_chunks::<4>().0) {
                    *slot = cells.value(self.int(i64::from(i32::from_le_bytes(*four)), true));
                }
            }
            Physical::INT64 => {
                for (slot, eight) in out.iter_mut().zip(fixed(8)?.as_chunks::<8>().0) {
                    *slot = cells.value(self.int(i64::from_le_bytes(*eight), false));
                }
            }
            Physical::FIXED_LEN_BYTE_ARRAY => {
                for (slot, value) in out.iter_mut().zip(fixed(self.size)?.chunks_exact(self.size)) {
                    *slot = cells.value(self.bytes(value)?);
                }
            }
            Physical::BYTE_ARRAY => {
                let mut left = bytes;
                for slot in out.iter_mut() {
                    let (length, rest) = left.split_first_chunk::<4>().ok_or(SHORT)?;
                    let length = u32::from_le_bytes(*length) as usize;
                    let (value, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
                    *slot = cells.value(self.bytes(value)?);
                    left = rest;
                }
            }
            _ => return Err(PageError::Unhandled),
        }
        Ok(())
    }
}

/// A data page cut into its parts.
struct Parts<'a> {
    /// Definition levels, where the column may miss values.
    levels: Option<&'a [u8]>,
    values: &'a [u8],
    count: usize,
    encoding: Encoding,
}

fn parts(page: &Page, optional: bool) -> Result<Parts<'_>, PageError> {
    const SHORT: &str = "levels longer than the page";
    match page {
        Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
            let (mut levels, mut values) = (None, &buf[..]);
            if optional {
                if *def_level_encoding != Encoding::RLE {
                    return Err(PageError::Unhandled);
                }
                let (length, rest) = values.split_first_chunk::<4>().ok_or(SHORT)?;
                let (first, rest) =
                    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(SHORT)?;
                (levels, values) = (Some(first), rest);
            }
            Ok(Parts { levels, values, count: *num_values as usize, encoding: *encoding })
        }
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let (_, rest) = buf.split_at_checked(*rep_levels_byte_len as usize).ok_or(SHORT)?;
            let (levels, values) = rest.split_at_checked(*def_levels_byte_len as usize).ok_or(SHORT)?;
            let levels = optional.then_some(levels);
            Ok(Parts { levels, values, count: *num_values as usize, encoding: *encoding })
        }
        Page::DictionaryPage { .. } => Err("a second dictionary".into()),
    }
}

/// The entries of a dictionary page as cells.
pub(super) fn dictionary<C: Cells>(
    stored: &Stored,
    page: &Page,
    cells: &mut C,
) -> Result<Vec<C::Out>, PageError> {
    let Page::DictionaryPage { buf, num_values, encoding, .. } = page else {
        return Err("a data page where the dictionary should be".into());
    };
    if !matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
        return Err(PageError::Unhandled);
    }
    // An entry takes a byte at least, whatever the header says.
    let count = *num_values as usize;
    if count > buf.len() {
        return Err("a dictionary of fewer entries than it states".into());
    }
    let mut entries = vec![C::Out::default(); count];
    stored.plain(buf, cells, &mut entries)?;
    Ok(entries)
}

/// All cells of a column chunk of `rows` rows, by pages that are read here.
pub(super) fn quick<C: Cells>(
    stored: &Stored,
    pages: &mut dyn PageReader,
    rows: usize,
    cells: &mut C,
) -> Result<Vec<C::Out>, PageError> {
    if stored.physical == Physical::INT96 {
        return Err(PageError::Unhandled);
    }
    let mut entries: Option<Vec<C::Out>> = None;
    let mut out = vec![C::Out::default(); rows];
    let mut left = &mut out[..];
    let mut scratch = Vec::new();
    while let Some(page) = pages.get_next_page()? {
        if page.is_dictionary_page() {
            if entries.is_some() {
                return Err("a second dictionary".into());
            }
            entries = Some(dictionary(stored, &page, cells)?);
            continue;
        }
        let parts = parts(&page, stored.optional)?;
        let (now, rest) =
            std::mem::take(&mut left).split_at_mut_checked(parts.count).ok_or("more values than rows")?;
        left = rest;
        let present = match parts.levels {
            Some(levels) => presence(levels, parts.count)?,
            None => None,
        };
        let mut read = |values: &mut [C::Out]| -> Result<(), PageError> {
            match parts.encoding {
                Encoding::PLAIN => stored.plain(parts.values, cells, values),
                Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                    let entries = entries.as_ref().ok_or("indices without a dictionary")?;
                    if values.is_empty() {
                        return Ok(());
                    }
                    let (width, indices) = parts.values.split_first().ok_or("a page without indices")?;
                    Ok(look_up(indices, u32::from(*width), entries, values)?)
                }
                _ => Err(PageError::Unhandled),
            }
        };
        match present {
            None => read(now)?,
            Some(present) => {
                scratch.clear();
                scratch.resize(present.iter().filter(|there| **there).count(), C::Out::default());
                read(&mut scratch)?;
                let missing = cells.null();
                let mut values = scratch.iter();
                for (slot, there) in now.iter_mut().zip(&present) {
                    *slot = if *there { *values.next().unwrap_or(&missing) } else { missing };
                }
            }
        }
    }
    if left.is_empty() { Ok(out) } else { Err("fewer values than rows".into()) }
}

/// All cells of a column chunk of `rows` rows, by the column reader of the format's own crate.
pub(super) fn slow<C: Cells>(
    stored: &Stored,
    reader: ColumnReader,
    rows: usize,
    cells: &mut C,
) -> Result<Vec<C::Out>, PageError> {
    let mut out = Vec::new();
    match reader {
        ColumnReader::Int32ColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| to.value(stored.int(i64::from(*v), true)))
        }
        ColumnReader::Int64ColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| to.value(stored.int(*v, false)))
        }
        ColumnReader::Int96ColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| to.value(stored.int(v.to_millis(), false)))
        }
        ColumnReader::FloatColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| to.value(Value::Single(*v)))
        }
        ColumnReader::DoubleColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| to.value(Value::Double(*v)))
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| of_bytes(stored, v.data(), to))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            each(reader, rows, stored, &mut out, cells, |v, to| of_bytes(stored, v.data(), to))
        }
        ColumnReader::BoolColumnReader(_) => Err("yes or no where a value is wanted".into()),
    }?;
    Ok(out)
}

/// A decimal that is too long becomes a bad value of its own text here.
fn of_bytes<C: Cells>(stored: &Stored, bytes: &[u8], cells: &mut C) -> C::Out {
    match stored.bytes(bytes) {
        Ok(value) => cells.value(value),
        Err(_) => cells.value(Value::Text(bytes)),
    }
}

fn each<T: DataType, C: Cells>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    stored: &Stored,
    out: &mut Vec<C::Out>,
    cells: &mut C,
    mut read: impl FnMut(&T::T, &mut C) -> C::Out,
) -> Result<(), PageError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    while out.len() < rows {
        levels.clear();
        values.clear();
        let wanted = BATCH.min(rows - out.len());
        let (records, _, _) =
            reader.read_records(wanted, stored.optional.then_some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err("fewer values than rows".into());
        }
        let mut next = values.iter();
        for at in 0..records {
            let there = !stored.optional || levels.get(at) == Some(&1);
            out.push(match there {
                true => read(next.next().ok_or("fewer values than the page states")?, cells),
                false => cells.null(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price_table::PriceMap;
    use crate::price_table::cells::{Prices, Rules};
    use bytes::Bytes;
    use parquet::column::page::PageMetadata;
    use parquet::column::reader::get_column_reader;
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::sync::Arc;

    struct Pages(VecDeque<Page>);
    impl Iterator for Pages {
        type Item = Result<Page, ParquetError>;
        fn next(&mut self) -> Option<Self::Item> {
            self.0.pop_front().map(Ok)
        }
    }
    impl PageReader for Pages {
        fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
            Ok(self.0.pop_front())
        }
        fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
            Ok(self.0.front().map(|page| PageMetadata {
                num_rows: None,
                num_levels: Some(page.num_values() as usize),
                is_dict: page.is_dictionary_page(),
            }))
        }
        fn skip_next_page(&mut self) -> Result<(), ParquetError> {
            self.0.pop_front();
            Ok(())
        }
    }

    fn column(word: &str) -> ColumnDescPtr {
        let schema = parse_message_type(&format!("message m {{ {word} price; }}")).unwrap();
        SchemaDescriptor::new(Arc::new(schema)).column(0)
    }
    fn rules() -> Rules {
        let text = "codes = 'as_stated'\n[columns]\nprice = 'p'\n[defaults]\nhs = '070320'\ndate = '2024-01-01'\n\
            source = 's'\ncurrency = 'USD'\nunit = 'kg'\n";
        Rules::new(&PriceMap::parse(text, "").unwrap())
    }
    fn doubles(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
    fn entries(values: &[f64]) -> Page {
        Page::DictionaryPage {
            buf: doubles(values).into(),
            num_values: values.len() as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        }
    }
    fn data(buf: Vec<u8>, num_values: u32, encoding: Encoding) -> Page {
        let (def_level_encoding, rep_level_encoding) = (Encoding::RLE, Encoding::RLE);
        let buf = Bytes::from(buf);
        Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics: None }
    }
    fn read(word: &str, pages: Vec<Page>, rows: usize) -> Result<Vec<f64>, PageError> {
        let rules = rules();
        let stored = Stored::of(&column(word)).unwrap();
        let mut cells = Prices::new(&rules);
        quick(&stored, &mut Pages(pages.into()), rows, &mut cells)
    }
    fn by_the_crate(word: &str, pages: Vec<Page>, rows: usize) -> Vec<f64> {
        let rules = rules();
        let column = column(word);
        let stored = Stored::of(&column).unwrap();
        let reader = get_column_reader(column, Box::new(Pages(pages.into())));
        slow(&stored, reader, rows, &mut Prices::new(&rules)).unwrap()
    }

    #[test]
    fn pages_made_by_hand_are_read() {
        let dictionary = entries(&[1.5, 2.5, 4.0]);
        // Two bits wide: three times entry 2, then eight packed ones.
        let indices = vec![2, 6, 2, 3, 0b10_01_00_10, 0b00_00_01_01];
        let plain = data(doubles(&[8.0, 9.0]), 2, Encoding::PLAIN);
        let pages = vec![dictionary.clone(), data(indices.clone(), 10, Encoding::RLE_DICTIONARY), plain];
        let wanted = [4.0, 4.0, 4.0, 4.0, 1.5, 2.5, 4.0, 2.5, 2.5, 1.5, 8.0, 9.0];
        assert_eq!(read("required double", pages.clone(), 12).unwrap(), wanted);
        assert_eq!(by_the_crate("required double", pages, 12), wanted);

        // Optional: present, missing, present, present.
        let mut levelled = vec![2, 0, 0, 0, 3, 0b1101];
        levelled.extend(doubles(&[1.0, 2.0, 3.0]));
        let page = data(levelled, 4, Encoding::PLAIN);
        let prices = read("optional double", vec![page.clone()], 4).unwrap();
        assert!(prices[1].is_nan());
        assert_eq!([prices[0], prices[2], prices[3]], [1.0, 2.0, 3.0]);
        assert_eq!(by_the_crate("optional double", vec![page], 4)[2..], prices[2..]);

        // A page of no value at all needs no dictionary and no indices.
        let nothing = data(vec![2, 0, 0, 0, 8, 0], 4, Encoding::RLE_DICTIONARY);
        assert!(read("optional double", vec![dictionary, nothing], 4).unwrap().iter().all(|p| p.is_nan()));
    }

    #[test]
    fn pages_that_contradict_themselves_are_refused() {
        let dictionary = || entries(&[1.5, 2.5, 4.0]);
        let indices = |bytes: &[u8], count| data(bytes.to_vec(), count, Encoding::RLE_DICTIONARY);
        let refused = |word: &str, pages: Vec<Page>, rows: usize| match read(word, pages, rows) {
            Err(PageError::Broken(problem)) => problem,
            other => panic!("{other:?}"),
        };
        assert!(refused("required double", vec![], 1).contains("fewer values than rows"));
        assert!(refused("required double", vec![data(vec![0; 7], 1, Encoding::PLAIN)], 1).contains("fewer"));
        assert!(refused("required double", vec![data(vec![0; 16], 2, Encoding::PLAIN)], 1).contains("more"));
        assert!(refused("required double", vec![indices(&[2, 2, 0], 1)], 1).contains("without a dictionary"));
        let two = vec![dictionary(), dictionary()];
        assert!(refused("required double", two, 1).contains("second dictionary"));
        for (bytes, what) in [
            (&[2, 2, 3][..], "beyond the dictionary"),
            (&[2, 3, 0b11], "cut short"),
            (&[2, 2], "cut short"),
            (&[2], "fewer values"),
            (&[], "without indices"),
            (&[33, 2, 0], "32 bits"),
            (&[2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "too large"),
        ] {
            let problem = refused("required double", vec![dictionary(), indices(bytes, 8)], 8);
            assert!(problem.contains(what), "{bytes:?}: {problem}");
        }
        let levels = data(vec![255, 0, 0, 0, 1], 1, Encoding::PLAIN);
        assert!(refused("optional double", vec![levels], 1).contains("levels longer"));
        let short = Page::DictionaryPage {
            buf: Bytes::from_static(&[0; 9]),
            num_values: 2,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        assert!(refused("required double", vec![short], 1).contains("fewer values"));
        let other = data(vec![0; 8], 1, Encoding::DELTA_BINARY_PACKED);
        assert!(matches!(read("required double", vec![other], 1), Err(PageError::Unhandled)));
    }

    #[test]
    fn columns_that_hold_no_values_of_a_list_are_refused() {
        for word in [
            "required boolean",
            "repeated double",
            "required fixed_len_byte_array(2) half (FLOAT16); required int32",
        ] {
            assert!(Stored::of(&column(word)).is_err(), "{word}");
        }
        let schema = parse_message_type("message m { required group g { required double price; } }").unwrap();
        assert!(Stored::of(&SchemaDescriptor::new(Arc::new(schema)).column(0)).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120), count in 0u32..300, rows in 0usize..300, optional: bool, kind in 0usize..3, plain: bool) {
            let word = ["double", "binary", "int64"][kind];
            let word = format!("{} {word}", if optional { "optional" } else { "required" });
            let encoding = if plain { Encoding::PLAIN } else { Encoding::RLE_DICTIONARY };
            let _ = read(&word, vec![entries(&[1.5, 2.5, 4.0]), data(bytes.clone(), count, encoding)], rows);
            let v2 = Page::DataPageV2 {
                buf: bytes.into(), num_values: count, encoding, num_nulls: 0, num_rows: count,
                def_levels_byte_len: count % 7, rep_levels_byte_len: count % 3, is_compressed: false, statistics: None,
            };
            let _ = read(&word, vec![v2], rows);
        }
    }
}
