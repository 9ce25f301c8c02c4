//! A Parquet file's row groups on several threads: a column chunk is one piece of work, the digest of
//! the file another. How pages are read and what cells mean stands elsewhere.

use super::Columns;
use super::cells::{Bad, Cells, Code, Days, KINDS, Kind, Names, Prices, Rules};
use super::chunk::{Chunk, Column, Gathered};
use super::map::PriceMap;
use super::pages::{PageError, Stored, dictionary, quick, slow};
use crate::import::{HeaderIndex, ImportError};
use bytes::{Buf, Bytes, buf};
use model::ContentHash;
use parquet::column::page::PageReader;
use parquet::column::reader::get_column_reader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length, SerializedPageReader};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most rows a row group may have; those of usual writers have one million.
pub const MOST_GROUP_ROWS: usize = 1 << 26;
/// Bytes that the digest takes at a time.
const PIECE: usize = 1 << 20;

/// Reads at a place of a file, whatever other threads read meanwhile.
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset);
    #[cfg(windows)]
    {
        let (mut bytes, mut offset) = (bytes, offset);
        while !bytes.is_empty() {
            let n = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes = &mut bytes[n..];
            offset += n as u64;
        }
        Ok(())
    }
}

/// The bytes of one column chunk, at their place in the file.
struct ChunkBytes {
    start: u64,
    bytes: Bytes,
}

impl ChunkBytes {
    fn read(file: &File, start: u64, length: u64) -> Result<Self, PageError> {
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| "a column chunk is too long")?];
        read_at(file, &mut bytes, start).map_err(|e| PageError::Broken(e.to_string()))?;
        Ok(ChunkBytes { start, bytes: bytes.into() })
    }
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let from = start.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        match from.filter(|from| *from <= self.bytes.len()) {
            Some(from) => Ok(self.bytes.slice(from..)),
            None => Err(ParquetError::EOF("a page outside its column chunk".into())),
        }
    }
}
impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}
impl ChunkReader for ChunkBytes {
    type T = buf::Reader<Bytes>;
    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(ParquetError::EOF("a page is cut short".into()));
        }
        Ok(bytes.slice(..length))
    }
}

/// Where a column stands and how it is stored.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    stored: Stored,
}

/// The columns of names, by their kinds.
const NAMES: [(Column, Kind); KINDS] = [
    (Column::Hs, Kind::Hs),
    (Column::Origin, Kind::Origin),
    (Column::Source, Kind::Source),
    (Column::Unit, Kind::Unit),
    (Column::Condition, Kind::Condition),
    (Column::Level, Kind::Level),
];

/// One piece of work.
#[derive(Debug, Clone, Copy)]
enum Work {
    Digest,
    Column(Column, usize),
}

/// What a piece of work gave.
enum Done {
    Digest(ContentHash),
    Hs(usize, Read<u32>),
    Origin(usize, Read<u16>),
    Footing(usize, Column, Kind, Read<u16>),
    Source(usize, Read<u32>),
    Day(usize, Read<i32>),
    Price(usize, Read<f64>, u64),
}

/// The cells of a column chunk.
struct Read<T> {
    values: Vec<T>,
    bad: Bad,
    extra: Vec<String>,
}

struct Input<'a> {
    file: &'a File,
    length: u64,
    about: &'a ParquetMetaData,
    places: [Option<Place>; Column::ALL.len()],
    rules: &'a Rules,
    /// Names of the dictionary pages, by column.
    shared: [(Vec<String>, HashMap<String, u32>); KINDS],
}

/// Reads a file.
pub(super) fn read(path: &Path, map: &PriceMap, threads: usize) -> Result<Gathered, ImportError> {
    let name = path.display().to_string();
    let broken = |problem: String| ImportError::Form {
        file: name.clone(),
        problem: format!("not a whole Parquet file: {problem}; write or fetch it anew"),
    };
    let unread = |source: io::Error| ImportError::Read { file: name.clone(), source };
    let file = File::open(path).map_err(unread)?;
    let before = file.metadata().map_err(unread)?;
    let about =
        guarded(|| Ok(ParquetMetaDataReader::new().parse_and_finish(&file)?)).map_err(|e| broken(said(e)))?;
    let rules = Rules::new(map);
    let mut input = Input {
        file: &file,
        length: before.len(),
        places: places(&about, map, &name)?,
        about: &about,
        rules: &rules,
        shared: Default::default(),
    };
    for group in 0..about.num_row_groups() {
        input.rows(group).map_err(|e| broken(said(e)))?;
    }
    guarded(|| input.gather_names()).map_err(|e| broken(said(e)))?;

    // The longest pieces first, so that the threads end together.
    let mut work = vec![Work::Digest];
    let there =
        |column: &Column| !Column::FOOTING.contains(column) || input.places[*column as usize].is_some();
    for column in Column::ALL.into_iter().filter(there).rev() {
        work.extend((0..about.num_row_groups()).map(|group| Work::Column(column, group)));
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        while let Some(piece) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = guarded(|| input.done(*piece));
            let failed = outcome.is_err();
            done.push(outcome.map_err(|e| (*piece, said(e))));
            if failed {
                next.store(work.len(), Ordering::Relaxed);
            }
        }
        done
    };
    let done: Vec<Result<Done, (Work, String)>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.clamp(1, work.len())).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(_) => done.push(Err((Work::Digest, "a thread broke off".to_owned()))),
            }
        }
        done
    });
    let after = file.metadata().map_err(unread)?;
    if after.len() != before.len() || after.modified().ok() != before.modified().ok() {
        return Err(ImportError::Form {
            file: name,
            problem: "the file was changed while it was read; start again when nobody writes it".into(),
        });
    }

    let mut chunks: Vec<Chunk> = Vec::new();
    let mut first = 1;
    for group in 0..about.num_row_groups() {
        let rows = input.rows(group).map_err(|e| broken(said(e)))?;
        let columns = Columns { first, ..Columns::default() };
        chunks.push(Chunk { columns, rows, ..Chunk::default() });
        first += rows as u64;
    }
    let mut digest = None;
    for outcome in done {
        match outcome {
            Err((Work::Digest, problem)) => return Err(broken(problem)),
            Err((Work::Column(column, group), problem)) => {
                let header = column.header(map).unwrap_or(column.name());
                return Err(broken(format!("row group {}, column '{header}': {problem}", group + 1)));
            }
            Ok(Done::Digest(hash)) => digest = Some(hash),
            Ok(Done::Hs(group, read)) => {
                let chunk = &mut chunks[group];
                chunk.names[0] = input.names(Kind::Hs, &read);
                chunk.take(Column::Hs, &read.values, read.bad, Names::<u32>::bad);
                chunk.columns.hs = read.values;
            }
            Ok(Done::Footing(group, column, kind, read)) => {
                let chunk = &mut chunks[group];
                chunk.names[kind as usize] = input.names(kind, &read);
                chunk.take(column, &read.values, read.bad, Names::<u16>::bad);
                chunk.footing[kind as usize - Kind::Unit as usize] = read.values;
            }
            Ok(Done::Origin(group, read)) => {
                let chunk = &mut chunks[group];
                chunk.names[1] = input.names(Kind::Origin, &read);
                chunk.take(Column::Origin, &read.values, read.bad, Names::<u16>::bad);
                chunk.columns.facet = read.values;
            }
            Ok(Done::Source(group, read)) => {
                let chunk = &mut chunks[group];
                chunk.names[2] = input.names(Kind::Source, &read);
                chunk.take(Column::Source, &read.values, read.bad, Names::<u32>::bad);
                chunk.columns.source = read.values;
            }
            Ok(Done::Day(group, read)) => {
                chunks[group].take(Column::Date, &read.values, read.bad, Days::bad);
                chunks[group].columns.day = read.values;
            }
            Ok(Done::Price(group, read, rounded)) => {
                chunks[group].take(Column::Price, &read.values, read.bad, Prices::bad);
                chunks[group].columns.price = read.values;
                chunks[group].rounded = rounded;
            }
        }
    }
    let digest = digest.ok_or_else(|| broken("it could not be read to its end".to_owned()))?;
    let shared = input.shared.map(|(names, _)| names);
    Ok(Gathered { chunks, shared, settled: true, file_hash: digest })
}

/// Runs a step in which a broken file might make the format's crate panic.
fn guarded<T>(step: impl FnOnce() -> Result<T, PageError>) -> Result<T, PageError> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err("its pages contradict each other".into()))
}

fn said(error: PageError) -> String {
    match error {
        PageError::Broken(problem) => problem,
        PageError::Unhandled => "an encoding that is not known".to_owned(),
    }
}

/// The columns of the map in the file's schema.
fn places(
    about: &ParquetMetaData,
    map: &PriceMap,
    file: &str,
) -> Result<[Option<Place>; Column::ALL.len()], ImportError> {
    let schema = about.file_metadata().schema_descr();
    let fields = schema.root_schema().get_fields();
    let index = HeaderIndex::new(fields.iter().map(|field| field.name().to_owned()).collect(), file)?;
    let mut places = [None; Column::ALL.len()];
    for (place, column) in places.iter_mut().zip(Column::ALL) {
        let Some(header) = column.header(map) else { continue };
        let why = format!(" for the field {}", column.name());
        let field = index.find(header).ok_or_else(|| index.missing(file, header, &why))?;
        let at = (0..schema.num_columns())
            .find(|at| schema.get_column_root_idx(*at) == field)
            .ok_or_else(|| index.missing(file, header, &why))?;
        let stored = Stored::of(&schema.column(at)).map_err(|problem| ImportError::Form {
            file: file.to_owned(),
            problem: format!("the column '{header}' {problem}"),
        })?;
        *place = Some(Place { at, stored });
    }
    Ok(places)
}

impl Input<'_> {
    /// Rows of a row group, held to its limit.
    fn rows(&self, group: usize) -> Result<usize, PageError> {
        let rows = self.about.row_group(group).num_rows();
        usize::try_from(rows).ok().filter(|rows| *rows <= MOST_GROUP_ROWS).ok_or_else(|| {
            PageError::Broken(format!(
                "row group {} has {rows} rows, at most {MOST_GROUP_ROWS} are read",
                group + 1
            ))
        })
    }

    fn bytes(
        &self,
        chunk: &ColumnChunkMetaData,
        rows: usize,
    ) -> Result<SerializedPageReader<ChunkBytes>, PageError> {
        // The crate's own arithmetic takes these for granted.
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let (start, length) = match (u64::try_from(start), u64::try_from(chunk.compressed_size())) {
            (Ok(start), Ok(length)) if start.checked_add(length).is_some_and(|end| end <= self.length) => {
                (start, length)
            }
            _ => return Err("a column chunk outside the file".into()),
        };
        let bytes = ChunkBytes::read(self.file, start, length)?;
        Ok(SerializedPageReader::new(Arc::new(bytes), chunk, rows, None)?)
    }

    /// The names in the dictionary pages of all row groups, sorted: for most files these are all there
    /// are, and every thread can give rows their final codes.
    fn gather_names(&mut self) -> Result<(), PageError> {
        for (slot, (column, kind)) in NAMES.into_iter().enumerate() {
            let none = HashMap::new();
            let mut names = Names::<u32>::new(kind, self.rules, &none);
            for group in 0..self.about.num_row_groups() {
                let Some(place) = self.places[column as usize] else {
                    names.null();
                    continue;
                };
                let chunk = self.about.row_group(group).column(place.at);
                let (Some(first), data) = (chunk.dictionary_page_offset(), chunk.data_page_offset()) else {
                    continue;
                };
                let (Ok(first), Ok(data)) = (u64::try_from(first), u64::try_from(data)) else { continue };
                if data <= first || data > self.length {
                    continue;
                }
                let bytes = ChunkBytes::read(self.file, first, data - first)?;
                let mut pages = SerializedPageReader::new(Arc::new(bytes), chunk, 0, None)?;
                // What is wrong with it is said when the column is read.
                if let Ok(Some(page)) = pages.get_next_page() {
                    let _ = dictionary(&place.stored, &page, &mut names);
                }
            }
            let sorted: BTreeSet<String> = names.finish().0.into_iter().collect();
            let sorted: Vec<String> = sorted.into_iter().collect();
            let places = (0u32..).zip(&sorted).map(|(at, name)| (name.clone(), at)).collect();
            self.shared[slot] = (sorted, places);
        }
        Ok(())
    }

    /// The names that the codes of a column chunk mean.
    fn names<T>(&self, kind: Kind, read: &Read<T>) -> Option<Vec<String>> {
        let shared = &self.shared[kind as usize].0;
        let all = || shared.iter().chain(&read.extra).cloned().collect();
        (!read.extra.is_empty()).then(all)
    }

    fn done(&self, work: Work) -> Result<Done, PageError> {
        let (column, group) = match work {
            Work::Digest => return self.digest().map(Done::Digest),
            Work::Column(column, group) => (column, group),
        };
        let shared = |kind: Kind| &self.shared[kind as usize].1;
        let rules = self.rules;
        Ok(match column {
            Column::Hs => Done::Hs(group, self.names_of(column, group, Kind::Hs, shared(Kind::Hs))?),
            Column::Origin => {
                Done::Origin(group, self.names_of(column, group, Kind::Origin, shared(Kind::Origin))?)
            }
            Column::Source => {
                Done::Source(group, self.names_of(column, group, Kind::Source, shared(Kind::Source))?)
            }
            Column::Unit | Column::Condition | Column::Level => {
                let kind = match column {
                    Column::Unit => Kind::Unit,
                    Column::Condition => Kind::Condition,
                    _ => Kind::Level,
                };
                Done::Footing(group, column, kind, self.names_of(column, group, kind, shared(kind))?)
            }
            Column::Date => {
                let (values, days) = self.column(column, group, || Days::new(rules))?;
                Done::Day(group, Read { values, bad: days.finish(), extra: Vec::new() })
            }
            Column::Price => {
                let (values, prices) = self.column(column, group, || Prices::new(rules))?;
                let (bad, rounded) = prices.finish();
                Done::Price(group, Read { values, bad, extra: Vec::new() }, rounded)
            }
        })
    }

    fn names_of<C: Code>(
        &self,
        column: Column,
        group: usize,
        kind: Kind,
        shared: &HashMap<String, u32>,
    ) -> Result<Read<C>, PageError> {
        let (values, names) = self.column(column, group, || Names::new(kind, self.rules, shared))?;
        let (extra, bad) = names.finish();
        Ok(Read { values, bad, extra })
    }

    /// The cells of a column chunk; of a column that the map does not name, its default everywhere.
    fn column<C: Cells>(
        &self,
        column: Column,
        group: usize,
        new: impl Fn() -> C,
    ) -> Result<(Vec<C::Out>, C), PageError> {
        let rows = self.rows(group)?;
        let mut cells = new();
        let Some(place) = self.places[column as usize] else {
            return Ok((vec![cells.null(); rows], cells));
        };
        let chunk = self.about.row_group(group).column(place.at);
        match quick(&place.stored, &mut self.bytes(chunk, rows)?, rows, &mut cells) {
            Err(PageError::Unhandled) => {
                let mut cells = new();
                let pages = Box::new(self.bytes(chunk, rows)?);
                let reader = get_column_reader(chunk.column_descr_ptr(), pages);
                Ok((slow(&place.stored, reader, rows, &mut cells)?, cells))
            }
            outcome => Ok((outcome?, cells)),
        }
    }

    fn digest(&self) -> Result<ContentHash, PageError> {
        let mut digest = Sha256::new();
        let mut piece = vec![0; PIECE];
        let mut at = 0;
        while at < self.length {
            let size = usize::try_from(self.length - at).unwrap_or(PIECE).min(PIECE);
            read_at(self.file, &mut piece[..size], at).map_err(|e| PageError::Broken(e.to_string()))?;
            digest.update(&piece[..size]);
            at += size as u64;
        }
        Ok(ContentHash::from_bytes(digest.finalize().into()))
    }
}
