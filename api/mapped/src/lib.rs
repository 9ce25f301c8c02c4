//! A finished file as bytes, without reading it: its pages are mapped into memory and come in when
//! they are looked at. The only room of the house with `unsafe`, in one line; not a file format, and
//! nothing here writes.
//!
//! # Which files may be opened
//!
//! Only files that nobody changes. A mapping shows what the file holds *now*, so a change in place
//! would change bytes behind a shared reference, which the language does not allow. Snapshots keep
//! to this by how they are made: written beside their place, synced, renamed into it, and never
//! opened for writing again. Replacing a file by renaming another over it, or removing its name, is
//! harmless: a mapping keeps the file it was made of.
//!
//! # What happens if somebody breaks the rule
//!
//! A file cut short under a running program makes the system end the program (`SIGBUS`) when it looks
//! behind the new end. That is accepted: nothing of ours cuts files, no state is lost (a mapped file is
//! only read; batches go on from their journal), and a program that ended is better than a figure read
//! out of a damaged file. Where files are not under one's own control (a share that others
//! write to), [`Way::Read`] reads the file into memory first and knows no such end.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

use memmap2::Mmap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How a file comes into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// Mapped; read where the system cannot map it (some network and user-space file systems, pipes,
    /// empty files).
    #[default]
    Map,
    /// Read at once, into memory of the program's own.
    Read,
}

/// A file's bytes, aligned to 16 bytes at least (a mapping to a page).
pub struct Mapped(Memory);

enum Memory {
    Map(Mmap),
    /// Blocks of 16 bytes, so that numbers in the file are aligned, and how many bytes count.
    Own(Vec<u128>, usize),
}

impl Mapped {
    /// Opens a finished file for reading.
    ///
    /// # Errors
    /// Those of opening and reading; a file that cannot be mapped is read instead.
    pub fn open(path: &Path, way: Way) -> io::Result<Mapped> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        // A length of 0 may also be what a pipe or an odd file system states.
        if way == Way::Map
            && metadata.is_file()
            && metadata.len() > 0
            && let Some(map) = map(&file)
        {
            return Ok(Mapped(Memory::Map(map)));
        }
        read(file).map(Mapped)
    }

    /// Whether the file is mapped; else it was read.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Memory::Map(_))
    }
}

#[expect(unsafe_code, reason = "a mapping is sound only if nobody changes the file, which no type can show")]
fn map(file: &File) -> Option<Mmap> {
    // SAFETY: the files opened here are finished: written beside, synced, renamed, and not changed
    // in place by any part of the product; the head of this file says what follows if others do.
    unsafe { Mmap::map(file) }.ok()
}

fn read(mut file: File) -> io::Result<Memory> {
    let expected = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut blocks: Vec<u128> = vec![0; expected.div_ceil(16)];
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut blocks);
    let mut length = 0;
    while length < bytes.len() {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(n) => length += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // What states no length (a pipe), or grew meanwhile.
    let mut rest = Vec::new();
    if length == bytes.len() && file.read_to_end(&mut rest)? > 0 {
        let mut all: Vec<u128> = vec![0; (length + rest.len()).div_ceil(16)];
        let target: &mut [u8] = bytemuck::cast_slice_mut(&mut all);
        target[..length].copy_from_slice(bytes);
        target[length..length + rest.len()].copy_from_slice(&rest);
        return Ok(Memory::Own(all, length + rest.len()));
    }
    Ok(Memory::Own(blocks, length))
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            Memory::Map(map) => map,
            Memory::Own(blocks, length) => &bytemuck::cast_slice(blocks)[..*length],
        }
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.is_mapped() { "mapped" } else { "read" };
        write!(out, "{} bytes, {way}", self.as_ref().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for length in [0usize, 1, 15, 16, 17, 100_003] {
            let bytes: Vec<u8> = (0..length).map(|i| i as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let mapped = Mapped::open(&path, Way::Map).unwrap();
            let read = Mapped::open(&path, Way::Read).unwrap();
            assert_eq!(mapped.is_mapped(), length > 0);
            assert!(!read.is_mapped());
            assert_eq!((mapped.as_ref(), read.as_ref()), (&bytes[..], &bytes[..]));
            for memory in [&mapped, &read] {
                assert_eq!(memory.as_ref().as_ptr().align_offset(16), 0);
            }
        }
    }

    #[test]
    fn what_cannot_be_mapped_is_read() {
        // A file whose length the system states as 0, as pipes and odd file systems do.
        let path = Path::new("/proc/self/status");
        if path.exists() {
            let memory = Mapped::open(path, Way::Map).unwrap();
            assert!(!memory.is_mapped() && memory.as_ref().starts_with(b"Name:"));
        }
        assert!(Mapped::open(Path::new("/no/such/file"), Way::Map).is_err());
    }

    #[test]
    fn a_mapping_outlives_the_files_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"first").unwrap();
        let memory = Mapped::open(&path, Way::Map).unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, b"second").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(memory.as_ref(), b"first");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(memory.as_ref(), b"first");
    }
}
