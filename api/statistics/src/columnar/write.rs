//! Writing a container, section by section, to anything that takes bytes. Not what is in them.

use super::{ALIGNMENT, CONTAINER_VERSION, ENTRY, HEADER, Hashing, MAGIC, MAX_NAME, PIECE};
use super::{damaged, header, piece_hashes};
use crate::StatisticsError;
use model::ContentHash;
use std::io::{self, ErrorKind, IoSlice, Write};

/// Bytes that are written at once, from a multiple of so many on: few calls, and the system keeps the file in large
/// pages, which who maps it finds with a few looks where he would need thousands. Still larger pages it may have to
/// fetch from its host, which takes longer than all the rest of writing.
const STRETCH: usize = 256 << 10;

struct Entry {
    name: [u8; MAX_NAME],
    offset: u64,
    length: u64,
    hash: ContentHash,
}

/// Writes a container from front to end. The same sections in the same order give the same bytes,
/// whatever the number of threads and the way they were handed over.
pub struct Writer<W: Write> {
    out: W,
    /// Bytes written so far.
    at: u64,
    entries: Vec<Entry>,
    threads: usize,
}

impl<W: Write> Writer<W> {
    /// Begins a container; sections handed over whole are hashed on so many threads.
    ///
    /// # Errors
    /// [`StatisticsError::Io`] when writing fails.
    pub fn new(mut out: W, threads: usize) -> Result<Self, StatisticsError> {
        out.write_all(&header(CONTAINER_VERSION))?;
        Ok(Writer { out, at: HEADER as u64, entries: Vec::new(), threads })
    }

    /// Writes a section given as parts, one behind the other, all in memory already.
    ///
    /// # Errors
    /// A name that is taken, empty, too long or not of printable ASCII; what writing says.
    pub fn section(&mut self, name: &str, parts: &[&[u8]]) -> Result<(), StatisticsError> {
        let name = self.name(name)?;
        self.pad()?;
        let offset = self.at;
        let length: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let out = &mut self.out;
        let mut write = || write_parts(out, offset, parts);
        // Hashed while it is written, where it is large.
        let (written, pieces) = if self.threads > 1 && length > PIECE as u64 {
            std::thread::scope(|scope| {
                let pieces = scope.spawn(|| piece_hashes(parts, self.threads));
                (write(), pieces.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        } else {
            (write(), piece_hashes(parts, self.threads))
        };
        written?;
        self.at += length;
        self.entries.push(Entry { name, offset, length, hash: Hashing::Blake3.section(&pieces) });
        Ok(())
    }

    /// Writes a column of numbers as they lie in memory; see [`super::Container::column`].
    ///
    /// # Errors
    /// As [`Writer::section`].
    pub fn column<T: bytemuck::Pod>(&mut self, name: &str, values: &[T]) -> Result<(), StatisticsError> {
        self.section(name, &[bytemuck::cast_slice(values)])
    }

    /// Begins a section that is written piece by piece; [`Section::end`] closes it.
    ///
    /// # Errors
    /// As [`Writer::section`].
    pub fn begin(&mut self, name: &str) -> Result<Section<'_, W>, StatisticsError> {
        let name = self.name(name)?;
        self.pad()?;
        let offset = self.at;
        Ok(Section {
            writer: self,
            name,
            offset,
            digest: blake3::Hasher::new(),
            room: PIECE,
            pieces: Vec::new(),
        })
    }

    /// Writes directory and footer; gives back the output and the container's identity.
    ///
    /// # Errors
    /// [`StatisticsError::Io`] when writing fails.
    pub fn finish(mut self) -> Result<(W, ContentHash), StatisticsError> {
        self.pad()?;
        let mut directory = Vec::with_capacity(self.entries.len() * ENTRY);
        for entry in &self.entries {
            directory.extend_from_slice(&entry.name);
            directory.extend_from_slice(&entry.offset.to_le_bytes());
            directory.extend_from_slice(&entry.length.to_le_bytes());
            directory.extend_from_slice(entry.hash.as_bytes());
        }
        let id = ContentHash::of(&directory);
        let mut footer = Vec::with_capacity(super::FOOTER);
        footer.extend_from_slice(&self.at.to_le_bytes());
        footer.extend_from_slice(&(directory.len() as u64).to_le_bytes());
        footer.extend_from_slice(id.as_bytes());
        footer.extend_from_slice(&CONTAINER_VERSION.to_le_bytes());
        footer.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        footer.extend_from_slice(MAGIC);
        self.out.write_all(&directory)?;
        self.out.write_all(&footer)?;
        self.out.flush()?;
        Ok((self.out, id))
    }

    /// Zeros up to where a section may begin.
    fn pad(&mut self) -> io::Result<()> {
        let gap = self.at.next_multiple_of(ALIGNMENT as u64) - self.at;
        self.out.write_all(&[0; ALIGNMENT][..gap as usize])?;
        self.at += gap;
        Ok(())
    }

    fn name(&self, name: &str) -> Result<[u8; MAX_NAME], StatisticsError> {
        let bytes = name.as_bytes();
        let mut out = [0; MAX_NAME];
        if bytes.is_empty() || bytes.len() > MAX_NAME || !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(damaged(format!(
                "'{name}' is no name of a section: 1 to {MAX_NAME} ASCII characters"
            )));
        }
        out[..bytes.len()].copy_from_slice(bytes);
        if self.entries.iter().any(|entry| entry.name == out) {
            return Err(damaged(format!("two sections are named '{name}'")));
        }
        Ok(out)
    }
}

/// Writes parts one behind the other, straight from where they lie. What is written at once ends at a
/// multiple of [`STRETCH`] of the output, of which so many bytes stand there.
fn write_parts(out: &mut impl Write, at: u64, parts: &[&[u8]]) -> io::Result<()> {
    let (mut stretch, mut room) = (Vec::new(), STRETCH - (at % STRETCH as u64) as usize);
    for mut part in parts.iter().copied() {
        while !part.is_empty() {
            let (now, later) = part.split_at(part.len().min(room));
            stretch.push(IoSlice::new(now));
            (part, room) = (later, room - now.len());
            if room == 0 {
                write_stretch(out, &mut stretch)?;
                stretch.clear();
                room = STRETCH;
            }
        }
    }
    write_stretch(out, &mut stretch)
}

/// Writes all of these, none of which is empty, however few bytes are taken at a time.
fn write_stretch(out: &mut impl Write, mut rest: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !rest.is_empty() {
        match out.write_vectored(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut rest, n),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// A section under way. Dropped without [`Section::end`] it leaves a container that does not open.
pub struct Section<'a, W: Write> {
    writer: &'a mut Writer<W>,
    name: [u8; MAX_NAME],
    offset: u64,
    digest: blake3::Hasher,
    room: usize,
    pieces: Vec<[u8; 32]>,
}

impl<W: Write> Section<'_, W> {
    /// Bytes of the section so far.
    pub fn written(&self) -> u64 {
        self.writer.at - self.offset
    }

    fn end_piece(&mut self) {
        self.pieces.push(self.digest.finalize().into());
        self.digest.reset();
        self.room = PIECE;
    }

    /// Closes the section.
    pub fn end(mut self) {
        if self.room < PIECE {
            self.end_piece();
        }
        let (offset, length) = (self.offset, self.written());
        self.writer.entries.push(Entry {
            name: self.name,
            offset,
            length,
            hash: Hashing::Blake3.section(&self.pieces),
        });
    }
}

impl<W: Write> Write for Section<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(self.room)];
        let n = self.writer.out.write(bytes)?;
        self.writer.at += n as u64;
        self.digest.update(&bytes[..n]);
        self.room -= n;
        if self.room == 0 {
            self.end_piece();
        }
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.writer.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes at most so many bytes at a time, of as many parts as they reach into, and is interrupted now and
    /// then.
    struct Slow {
        taken: Vec<u8>,
        most: usize,
        calls: usize,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.write_vectored(&[IoSlice::new(bytes)])
        }
        fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(5) {
                return Err(ErrorKind::Interrupted.into());
            }
            let before = self.taken.len();
            self.taken.extend(parts.iter().flat_map(|part| part.iter()).take(self.most));
            Ok(self.taken.len() - before)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_writer_gets_all_parts_in_order() {
        let lengths = [0, 7, 1, STRETCH, 0, 3, STRETCH - 1, 2 * STRETCH + 5, 40_000, 0];
        let parts: Vec<Vec<u8>> =
            (0..).zip(lengths).map(|(at, n)| (0..n).map(|i| (i * 31 + at * 7) as u8).collect()).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        for most in [5_003, STRETCH - 1, STRETCH, STRETCH + 9] {
            let mut out = Slow { taken: Vec::new(), most, calls: 0 };
            for at in [0, 64, STRETCH as u64 - 1, 7 * STRETCH as u64] {
                out.taken.clear();
                write_parts(&mut out, at, &parts).unwrap();
                assert!(out.taken == parts.concat(), "{most} {at}");
            }
        }
        let mut full = Slow { taken: Vec::new(), most: 0, calls: 0 };
        assert_eq!(write_parts(&mut full, 0, &parts).unwrap_err().kind(), ErrorKind::WriteZero);
        assert!(write_parts(&mut full, 0, &[]).is_ok());
    }
}
