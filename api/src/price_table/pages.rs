//! How a Parquet column is stored, and its values become cells: those of a dictionary and plain ones, and
//! all of them by the format's own crate, value by value: slower, and the same. Pages one after the other
//! stand elsewhere (`cursor`), and which chunks there are is not known here.

use super::cells::{Cells, Value};
use super::guarded::of_crate;
use parquet::basic::{ConvertedType, Encoding, LogicalType, TimeUnit, Type as Physical};
use parquet::column::page::Page;
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
    pub(super) physical: Physical,
    form: Form,
    size: usize,
    /// Whether values may miss.
    pub(super) optional: bool,
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

    /// Bytes of a plain value, where all have as many.
    fn width(&self) -> usize {
        match self.physical {
            Physical::INT32 | Physical::FLOAT => 4,
            Physical::INT64 | Physical::DOUBLE => 8,
            _ => self.size,
        }
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

    /// Reads plain values until `out` is full, and tells how many bytes they took.
    pub(super) fn plain<C: Cells>(
        &self,
        bytes: &[u8],
        cells: &mut C,
        out: &mut [C::Out],
    ) -> Result<usize, PageError> {
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
                return Ok(bytes.len() - left.len());
            }
            _ => return Err(PageError::Unhandled),
        }
        Ok(wanted * self.width())
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
        let (records, _, _) = of_crate(|| {
            reader.read_records(wanted, stored.optional.then_some(&mut levels), None, &mut values)
        })?;
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
