//! The bytes of a Parquet file: those of a row group are read together, and its pages and the digest of the file taken of
//! them; of a large row group each page is read when it is its turn, and the digest reads for itself what it cannot be
//! handed in order. Not what bytes mean.

use bytes::Bytes;
use model::ContentHash;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Most bytes of a row group that are read together; each thread holds as many.
const MOST_HELD: u64 = 32 << 20;
/// Bytes that the digest reads at a time.
const PIECE: usize = 1 << 17;
/// Bytes that are read at once for the header of a page; few headers are longer.
const HEADER: usize = 256;

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

/// Bytes of a file from a place on, in memory.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub start: u64,
    pub bytes: Bytes,
}

impl Held {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Those from a place to another one, which lie within.
    fn slice(&self, range: Range<u64>) -> Bytes {
        self.bytes.slice((range.start - self.start) as usize..(range.end - self.start) as usize)
    }
}

/// Memory that serves one row group after the other.
#[derive(Debug, Default)]
pub(super) struct Holding(Owner);

#[derive(Debug, Clone, Default)]
struct Owner(Arc<Vec<u8>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Holding {
    /// The bytes of all columns of a row group; `None` where they are many, or not where they should be: each page
    /// then says so itself.
    pub fn read(&mut self, file: &File, length: u64, about: &RowGroupMetaData) -> io::Result<Option<Held>> {
        let chunks = || about.columns().iter().map(chunk_range);
        let (Some(start), Some(end)) =
            (chunks().map(|chunk| chunk.start).min(), chunks().map(|chunk| chunk.end).max())
        else {
            return Ok(None);
        };
        if end > length || end.saturating_sub(start) > MOST_HELD {
            return Ok(None);
        }
        let size = (end - start) as usize;
        // Whoever kept a page keeps the memory.
        if Arc::get_mut(&mut self.0.0).is_none_or(|room| room.len() < size) {
            // The next one may be a little larger.
            self.0 = Owner(Arc::new(vec![0; size + size / 8]));
        }
        let Some(room) = Arc::get_mut(&mut self.0.0) else { return Ok(None) };
        read_at(file, &mut room[..size], start)?;
        Ok(Some(Held { start, bytes: Bytes::from_owner(self.0.clone()).slice(..size) }))
    }
}

/// Where a column chunk says that it stands; what the crate's own arithmetic takes for granted of it is not.
pub(super) fn chunk_range(chunk: &ColumnChunkMetaData) -> Range<u64> {
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    match (u64::try_from(start), u64::try_from(chunk.compressed_size())) {
        (Ok(start), Ok(length)) => start..start.saturating_add(length),
        _ => 0..u64::MAX,
    }
}

/// A stretch of a file, of which each page is taken when it is its turn.
pub(super) struct Stretch {
    from: From,
    range: Range<u64>,
}

#[derive(Clone)]
enum From {
    File(Arc<File>),
    Held(Held),
}

impl Stretch {
    /// One of a file, of which some bytes may be held.
    pub fn of(file: &Arc<File>, held: Option<&Held>, range: Range<u64>) -> Stretch {
        let held = held.filter(|held| held.start <= range.start && range.end <= held.end());
        let from = held.map_or_else(|| From::File(Arc::clone(file)), |held| From::Held(held.clone()));
        Stretch { from, range }
    }
}

impl Length for Stretch {
    fn len(&self) -> u64 {
        self.range.end
    }
}
impl ChunkReader for Stretch {
    type T = BufReader<Following>;
    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        if start < self.range.start || start > self.range.end {
            return Err(ParquetError::EOF("a page outside its column chunk".into()));
        }
        let following = Following { from: self.from.clone(), range: start..self.range.end };
        Ok(BufReader::with_capacity(HEADER, following))
    }
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        let Some(end) = end.filter(|end| start >= self.range.start && *end <= self.range.end) else {
            return Err(ParquetError::EOF("a page is cut short".into()));
        };
        match &self.from {
            From::Held(held) => Ok(held.slice(start..end)),
            From::File(file) => {
                let mut bytes = vec![0; length];
                read_at(file, &mut bytes, start)?;
                Ok(bytes.into())
            }
        }
    }
}

/// Bytes of a stretch from a place on.
pub(super) struct Following {
    from: From,
    range: Range<u64>,
}
impl io::Read for Following {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX).min(out.len());
        let (start, out) = (self.range.start, &mut out[..size]);
        match &self.from {
            From::Held(held) => out.copy_from_slice(&held.slice(start..start + size as u64)),
            From::File(file) => read_at(file, out, start)?,
        }
        self.range.start += size as u64;
        Ok(size)
    }
}

/// The digest of a file as far as threads got, taking turns.
pub(super) struct Digest(Mutex<SoFar>);

struct SoFar {
    digest: Sha256,
    at: u64,
    room: Vec<u8>,
}

impl SoFar {
    fn go_on(&mut self, file: &File, to: u64) -> io::Result<()> {
        while self.at < to {
            let size = usize::try_from(to - self.at).unwrap_or(PIECE).min(PIECE);
            self.room.resize(size, 0);
            read_at(file, &mut self.room, self.at)?;
            self.digest.update(&self.room);
            self.at += size as u64;
        }
        Ok(())
    }
}

impl Digest {
    pub fn new() -> Digest {
        Digest(Mutex::new(SoFar { digest: Sha256::new(), at: 0, room: Vec::new() }))
    }

    /// Takes the bytes up to a place, unless another thread is at it.
    pub fn go_on(&self, file: &File, to: u64) -> io::Result<()> {
        self.0.try_lock().map_or(Ok(()), |mut so_far| so_far.go_on(file, to))
    }

    /// Takes bytes that are held if it is their turn, and tells whether it was: nothing is missing before them but
    /// what takes no time to read, and no other thread is at it.
    pub fn next(&self, file: &File, held: &Held) -> io::Result<bool> {
        let Ok(mut so_far) = self.0.try_lock() else { return Ok(false) };
        if !(so_far.at..so_far.at + PIECE as u64).contains(&held.start) {
            return Ok(false);
        }
        so_far.go_on(file, held.start)?;
        so_far.digest.update(&held.bytes);
        so_far.at = held.end();
        Ok(true)
    }

    /// The digest of a file of such a length.
    pub fn end(self, file: &File, length: u64) -> io::Result<ContentHash> {
        let mut so_far = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        so_far.go_on(file, length)?;
        Ok(ContentHash::from_bytes(so_far.digest.finalize().into()))
    }
}
