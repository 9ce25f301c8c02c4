//! The pages of a Parquet column chunk one after the other, already decompressed, become cells, some at a
//! time: dictionaries, indices, plain values and missing ones, both versions of data pages. What a value
//! means stands elsewhere (`pages`), and where pages lie in a file, too.

use super::cells::Cells;
use super::packed::{Indices, presence};
use super::pages::{PageError, Stored, dictionary};
use bytes::{Buf, Bytes};
use parquet::basic::{Encoding, Type as Physical};
use parquet::column::page::{Page, PageReader};

const MORE: &str = "more values than rows";

/// The values of a data page, of which some may be read already.
#[derive(Debug)]
enum Values {
    Plain(Bytes),
    Indices(Indices),
    /// Indices of a page without values, which has not even their width.
    None,
}

/// A data page being read.
#[derive(Debug)]
struct Open {
    values: Values,
    /// Which of its rows are there, if some are not.
    present: Option<Vec<bool>>,
    rows: usize,
    done: usize,
}

impl Open {
    fn of(page: &Page, optional: bool, most: usize) -> Result<Open, PageError> {
        const SHORT: &str = "levels longer than the page";
        let (levels, values, count, encoding) = match page {
            Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
                let (mut levels, mut values) = (None, buf.clone());
                if optional {
                    if *def_level_encoding != Encoding::RLE {
                        return Err(PageError::Unhandled);
                    }
                    let (length, rest) = buf.split_first_chunk::<4>().ok_or(SHORT)?;
                    let (first, rest) =
                        rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(SHORT)?;
                    (levels, values) = (Some(buf.slice_ref(first)), buf.slice_ref(rest));
                }
                (levels, values, *num_values, *encoding)
            }
            Page::DataPageV2 {
                buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, ..
            } => {
                let (_, rest) = buf.split_at_checked(*rep_levels_byte_len as usize).ok_or(SHORT)?;
                let (levels, values) = rest.split_at_checked(*def_levels_byte_len as usize).ok_or(SHORT)?;
                (optional.then(|| buf.slice_ref(levels)), buf.slice_ref(values), *num_values, *encoding)
            }
            Page::DictionaryPage { .. } => return Err("a second dictionary".into()),
        };
        let rows = count as usize;
        if rows > most {
            return Err(MORE.into());
        }
        let present = match levels {
            Some(levels) => presence(&levels, rows)?,
            None => None,
        };
        let values = match encoding {
            Encoding::PLAIN => Values::Plain(values),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => match values.first() {
                Some(width) => Values::Indices(Indices::new(values.slice(1..), u32::from(*width))),
                None => Values::None,
            },
            _ => return Err(PageError::Unhandled),
        };
        Ok(Open { values, present, rows, done: 0 })
    }
}

/// The cells of a column chunk, some at a time.
pub(super) struct Cursor<C: Cells> {
    way: Way<C>,
    /// Rows that were not given yet.
    left: usize,
}

/// Where cells come from.
enum Way<C: Cells> {
    /// A column that is not there: all the same.
    Same(C::Out),
    Pages(Box<Pages<C>>),
    /// Read all at once.
    Whole(std::vec::IntoIter<C::Out>),
}

/// Pages that are read here.
struct Pages<C: Cells> {
    stored: Stored,
    reader: Box<dyn PageReader>,
    entries: Option<Vec<C::Out>>,
    open: Option<Open>,
    /// What a missing value becomes, once one was met.
    missing: Option<C::Out>,
    scratch: Vec<C::Out>,
}

impl<C: Cells> Cursor<C> {
    /// A column that is not there.
    pub fn missing(cells: &mut C, rows: usize) -> Self {
        Cursor { way: Way::Same(cells.null()), left: rows }
    }
    /// A column by its pages.
    pub fn of(stored: Stored, reader: Box<dyn PageReader>, rows: usize) -> Self {
        let pages = Pages { stored, reader, entries: None, open: None, missing: None, scratch: Vec::new() };
        Cursor { way: Way::Pages(Box::new(pages)), left: rows }
    }
    /// Goes on where it is by all cells, which were read in another way.
    pub fn go_on(&mut self, all: Vec<C::Out>) {
        let given = all.len().saturating_sub(self.left);
        let mut all = all.into_iter();
        if given > 0 {
            all.nth(given - 1);
        }
        self.way = Way::Whole(all);
    }

    /// The next cells, until `out` is full. After [`PageError::Unhandled`] it is where it was.
    pub fn fill(&mut self, cells: &mut C, out: &mut [C::Out]) -> Result<(), PageError> {
        const FEWER: &str = "fewer values than rows";
        if out.len() > self.left {
            return Err("more rows than its row group has".into());
        }
        match &mut self.way {
            Way::Same(cell) => out.fill(*cell),
            Way::Whole(all) => {
                for slot in out.iter_mut() {
                    *slot = all.next().ok_or(FEWER)?;
                }
            }
            Way::Pages(pages) => {
                let mut done = 0;
                while done < out.len() {
                    let n = pages.fill(cells, &mut out[done..])?;
                    done += n;
                    if n == 0 && !pages.next(cells, self.left - done)? {
                        return Err(FEWER.into());
                    }
                }
            }
        }
        self.left -= out.len();
        if let (0, Way::Pages(pages)) = (self.left, &mut self.way) {
            pages.end(cells)?;
        }
        Ok(())
    }
}

impl<C: Cells> Pages<C> {
    /// Opens the next data page, of at most so many rows; false where there is none.
    fn next(&mut self, cells: &mut C, most: usize) -> Result<bool, PageError> {
        if self.stored.physical == Physical::INT96 {
            return Err(PageError::Unhandled);
        }
        while let Some(page) = self.reader.get_next_page()? {
            if !page.is_dictionary_page() {
                self.open = Some(Open::of(&page, self.stored.optional, most)?);
                return Ok(true);
            }
            if self.entries.is_some() {
                return Err("a second dictionary".into());
            }
            self.entries = Some(dictionary(&self.stored, &page, cells)?);
        }
        Ok(false)
    }

    /// Nothing may be left behind the last row.
    fn end(&mut self, cells: &mut C) -> Result<(), PageError> {
        if self.open.take().is_some_and(|open| open.rows > open.done) {
            return Err(MORE.into());
        }
        while self.next(cells, 0)? {}
        Ok(())
    }

    /// Cells of the open page, as many as there are and as fit.
    fn fill(&mut self, cells: &mut C, out: &mut [C::Out]) -> Result<usize, PageError> {
        let Pages { stored, entries, open, missing, scratch, .. } = self;
        let Some(open) = open else { return Ok(0) };
        let n = out.len().min(open.rows - open.done);
        let out = &mut out[..n];
        let mut read = |cells: &mut C, out: &mut [C::Out]| -> Result<(), PageError> {
            match &mut open.values {
                _ if out.is_empty() => {}
                Values::Plain(bytes) => {
                    let size = stored.plain(bytes, cells, out)?;
                    bytes.advance(size);
                }
                Values::Indices(indices) => {
                    indices.look_up(entries.as_ref().ok_or("indices without a dictionary")?, out)?;
                }
                Values::None => return Err("a page without indices".into()),
            }
            Ok(())
        };
        match &open.present {
            None => read(cells, out)?,
            Some(present) => {
                let present = &present[open.done..open.done + n];
                scratch.clear();
                scratch.resize(present.iter().filter(|there| **there).count(), C::Out::default());
                read(cells, scratch)?;
                let missing = match missing {
                    Some(missing) => *missing,
                    None if scratch.len() == n => C::Out::default(),
                    None => *missing.insert(cells.null()),
                };
                let mut values = scratch.iter();
                for (slot, there) in out.iter_mut().zip(present) {
                    *slot = if *there { *values.next().unwrap_or(&missing) } else { missing };
                }
            }
        }
        open.done += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price_table::PriceMap;
    use crate::price_table::cells::{Prices, Rules};
    use crate::price_table::pages::slow;
    use bytes::Bytes;
    use parquet::column::page::PageMetadata;
    use parquet::column::reader::get_column_reader;
    use parquet::errors::ParquetError;
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::sync::Arc;

    struct Given(VecDeque<Page>);
    impl Iterator for Given {
        type Item = Result<Page, ParquetError>;
        fn next(&mut self) -> Option<Self::Item> {
            self.0.pop_front().map(Ok)
        }
    }
    impl PageReader for Given {
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
        let read = |step: usize| {
            let reader = Box::new(Given(pages.clone().into()));
            let (mut cursor, mut out) = (Cursor::of(stored, reader, rows), vec![0.0; rows]);
            let cells = &mut Prices::new(&rules);
            match step {
                0 => cursor.fill(cells, &mut out)?,
                step => out.chunks_mut(step).try_for_each(|part| cursor.fill(cells, part))?,
            }
            Ok(out)
        };
        // All at once and some at a time are the same.
        let at_once = read(0);
        for step in [1, 3, 7] {
            let some: Result<Vec<f64>, PageError> = read(step);
            let bits =
                |out: &[f64]| out.iter().map(|p| (!p.is_nan()).then(|| p.to_bits())).collect::<Vec<_>>();
            match (&at_once, &some) {
                (Ok(a), Ok(b)) => assert_eq!(bits(a), bits(b)),
                (a, b) => assert_eq!(a.is_err() && rows > 0, b.is_err(), "{a:?} {b:?}"),
            }
        }
        at_once
    }
    fn by_the_crate(word: &str, pages: Vec<Page>, rows: usize) -> Vec<f64> {
        let rules = rules();
        let column = column(word);
        let stored = Stored::of(&column).unwrap();
        let reader = get_column_reader(column, Box::new(Given(pages.into())));
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
