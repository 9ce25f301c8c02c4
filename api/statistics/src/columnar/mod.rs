//! A container of columns: named sections of bytes, each with its hash, made to be mapped into memory
//! and used where they lie. Pure: bytes in, bytes out; not a file, and not what the sections mean.
//!
//! ```text
//! header      64 bytes   magic "\x89TOUCHCO", version (u32), byte order mark (u32), zeros
//! sections               each from a multiple of 64 on, in the order written, zeros between
//! directory   80 bytes a section: name (32, zeros behind), offset (u64), length (u64), hash (32)
//! footer      64 bytes   offset and length of the directory (u64 each), its SHA-256,
//!                        version (u32), number of sections (u32), magic
//! ```
//!
//! All numbers are little-endian, in the sections too, and only little-endian machines read it. A
//! section's hash is BLAKE3 of the BLAKE3s of its pieces of 1 MiB, so that several threads can take
//! it (version 2 has SHA-256 in place of BLAKE3, which takes four times as long); the container's
//! identity is the SHA-256 of its directory, which pins every byte: nothing lies outside sections,
//! directory, header and footer but zeros.
//!
//! [`Container::open`] proves the directory against the footer and every bound in it, which costs
//! nothing; [`Container::verify`] hashes every section. Between the two a damaged section gives wrong
//! figures or an error, never a panic, as long as its reader trusts no number in it.

mod read;
mod write;

pub use read::{Column, Container};
pub use write::{Section, Writer};

use crate::StatisticsError;
use model::ContentHash;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of a container, shared: a mapping, or memory (then [`aligned`]).
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Version of the container, which is that of the snapshot file; 1 is the text form of snapshots
/// (`write_snapshot`), and 2, which is read, differs in its [`Hashing`] alone.
pub const CONTAINER_VERSION: u32 = model::SNAPSHOT_VERSION;

/// The first version that is a container.
const FIRST_VERSION: u32 = 2;

/// Longest name of a section, in bytes of ASCII.
pub const MAX_NAME: usize = 32;

const MAGIC: &[u8; 8] = b"\x89TOUCHCO";
const ORDER: u32 = 0x0102_0304;
const HEADER: usize = 64;
const FOOTER: usize = 64;
const ENTRY: usize = 80;
const ALIGNMENT: usize = 64;
/// Bytes of a section that are hashed by themselves.
pub const PIECE: usize = 1 << 20;

/// Whether these bytes begin as a container does.
pub fn is_container(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Bytes in memory of their own, aligned as columns want them; a copy.
pub fn aligned(bytes: &[u8]) -> Bytes {
    let mut out = Aligned::zeros(bytes.len());
    out.bytes_mut().copy_from_slice(bytes);
    Arc::new(out)
}

struct Aligned {
    blocks: Vec<u128>,
    length: usize,
}

impl Aligned {
    fn zeros(length: usize) -> Aligned {
        Aligned { blocks: vec![0; length.div_ceil(16)], length }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.blocks)[..self.length]
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.blocks)[..self.length]
    }
}

/// How sections are hashed, by the version of their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hashing {
    /// Until version 2.
    Sha256,
    /// Since version 3.
    Blake3,
}

impl Hashing {
    fn of(version: u32) -> Hashing {
        if version < 3 { Hashing::Sha256 } else { Hashing::Blake3 }
    }

    fn hash(self, bytes: &[u8]) -> [u8; 32] {
        match self {
            Hashing::Sha256 => Sha256::digest(bytes).into(),
            Hashing::Blake3 => blake3::hash(bytes).into(),
        }
    }

    /// The hash of a section by the hashes of its pieces.
    fn section(self, pieces: &[[u8; 32]]) -> ContentHash {
        ContentHash::from_bytes(self.hash(pieces.as_flattened()))
    }
}

/// The first 64 bytes.
fn header(version: u32) -> [u8; HEADER] {
    let mut out = [0; HEADER];
    out[..8].copy_from_slice(MAGIC);
    out[8..12].copy_from_slice(&version.to_le_bytes());
    out[12..16].copy_from_slice(&ORDER.to_le_bytes());
    out
}

fn damaged(detail: impl Into<String>) -> StatisticsError {
    StatisticsError::Damaged { detail: detail.into() }
}

/// The hashes of all whole and begun pieces of bytes given in parts, on so many threads.
fn piece_hashes(parts: &[&[u8]], threads: usize) -> Vec<[u8; 32]> {
    let total: usize = parts.iter().map(|part| part.len()).sum();
    let pieces = total.div_ceil(PIECE);
    let mut hashes = vec![[0; 32]; pieces];
    let threads = threads.clamp(1, pieces.max(1));
    let share = pieces.div_ceil(threads).max(1);
    if threads == 1 {
        hash_run(parts, 0, &mut hashes);
        return hashes;
    }
    std::thread::scope(|scope| {
        for (at, run) in hashes.chunks_mut(share).enumerate() {
            scope.spawn(move || hash_run(parts, at * share * PIECE, run));
        }
    });
    hashes
}

/// Pieces that a thread takes at a time: two threads that first look at one large page at the same time would get
/// it in small ones.
const NEIGHBOURS: usize = 4;

/// The hashes of the pieces of each section, taken by so many threads as they come.
fn hashes_of(sections: &[&[u8]], hashing: Hashing, threads: usize) -> Vec<Vec<[u8; 32]>> {
    let pieces: Vec<(usize, &[u8])> = (sections.iter().enumerate())
        .flat_map(|(at, section)| section.chunks(PIECE).map(move |piece| (at, piece)))
        .collect();
    let next = AtomicUsize::new(0);
    let hashed = || {
        let mut done = Vec::new();
        loop {
            let from = next.fetch_add(NEIGHBOURS, Ordering::Relaxed);
            if from >= pieces.len() {
                return done;
            }
            let few = pieces.iter().enumerate().skip(from).take(NEIGHBOURS);
            done.extend(few.map(|(at, (_, piece))| (at, hashing.hash(piece))));
        }
    };
    let mut hashes = vec![[0; 32]; pieces.len()];
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(hashed)).collect();
        // A thread that ended early leaves zeros, which are no hash of anything.
        let done = hashed().into_iter().chain(others.into_iter().filter_map(|t| t.join().ok()).flatten());
        done.for_each(|(at, hash)| hashes[at] = hash);
    });
    let mut out = vec![Vec::new(); sections.len()];
    pieces.iter().zip(hashes).for_each(|(&(at, _), hash)| out[at].push(hash));
    out
}

/// Bytes that are put together from several parts before they are hashed: they stay in near memory.
const RUN: usize = 128 << 10;

/// Hashes the pieces from this offset on, as many as there is room for. What lies in several parts is put
/// together first, some at a time: BLAKE3 of even runs takes a third of the time of parts of odd length.
fn hash_run(parts: &[&[u8]], from: usize, hashes: &mut [[u8; 32]]) {
    let mut skip = from;
    let mut rest = parts.iter().filter_map(|part| {
        let gone = skip.min(part.len());
        skip -= gone;
        let left = &part[gone..];
        (!left.is_empty()).then_some(left)
    });
    let (mut part, mut run): (&[u8], Vec<u8>) = (&[], Vec::with_capacity(RUN));
    for hash in hashes {
        let (mut digest, mut left) = (blake3::Hasher::new(), PIECE);
        while left > 0 {
            if part.len() >= RUN {
                let (now, later) = part.split_at(RUN);
                digest.update(now);
                (part, left) = (later, left - RUN);
                continue;
            }
            run.clear();
            while run.len() < RUN {
                if part.is_empty() {
                    let Some(next) = rest.next() else { break };
                    part = next;
                }
                let (now, later) = part.split_at(part.len().min(RUN - run.len()));
                run.extend_from_slice(now);
                part = later;
            }
            if run.is_empty() {
                break;
            }
            digest.update(&run);
            left -= run.len();
        }
        *hash = digest.finalize().into();
    }
}
