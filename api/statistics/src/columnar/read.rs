//! Opening a container: bounds and directory proved, sections and columns lent out where they lie.

use super::{ALIGNMENT, Aligned, Bytes, CONTAINER_VERSION, ENTRY, FIRST_VERSION, FOOTER, HEADER, Hashing};
use super::{MAGIC, MAX_NAME, ORDER, damaged, hashes_of, header};
use crate::StatisticsError;
use model::ContentHash;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

#[derive(Clone)]
struct Entry {
    name: String,
    range: Range<usize>,
    hash: ContentHash,
}

/// An opened container. Cheap to clone: the bytes are shared.
#[derive(Clone)]
pub struct Container {
    bytes: Bytes,
    id: ContentHash,
    hashing: Hashing,
    entries: Arc<[Entry]>,
}

/// A section known to hold whole numbers of this type, to be looked at again and again with
/// [`Container::get`] without searching for its name.
pub struct Column<T> {
    range: Range<usize>,
    of: PhantomData<fn() -> T>,
}

impl<T> Column<T> {
    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        self.range.len() / size_of::<T>().max(1)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        Column { range: self.range.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.range)
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.entries.iter().map(|entry| (&entry.name, entry.range.len()));
        out.debug_map().entries(names).finish()
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)).ok()
}

fn hash_at(bytes: &[u8], at: usize) -> Option<ContentHash> {
    Some(ContentHash::from_bytes(bytes.get(at..at + 32)?.try_into().ok()?))
}

impl Container {
    /// Opens a container: magic, version, byte order, the directory's hash, and that sections,
    /// directory and footer follow each other without anything between but zeros. The sections
    /// themselves are proved by [`Container::verify`].
    ///
    /// # Errors
    /// [`StatisticsError::NotASnapshot`] for other files, [`StatisticsError::NewerVersion`], and
    /// [`StatisticsError::Damaged`] for a file that was cut short or changed.
    pub fn open(bytes: Bytes) -> Result<Container, StatisticsError> {
        let all: &[u8] = (*bytes).as_ref();
        if cfg!(target_endian = "big") {
            let detail = "this machine is big-endian, and the file is made for little-endian ones";
            return Err(StatisticsError::NotASnapshot { detail: detail.to_owned() });
        }
        if !all.starts_with(MAGIC) {
            return Err(StatisticsError::NotASnapshot { detail: "it does not begin as one".to_owned() });
        }
        let cut = || damaged("it is cut short");
        let version = u32_at(all, 8).ok_or_else(cut)?;
        if version > CONTAINER_VERSION {
            return Err(StatisticsError::NewerVersion { found: version, known: CONTAINER_VERSION });
        }
        if version < FIRST_VERSION
            || u32_at(all, 12).ok_or_else(cut)? != ORDER
            || all.get(..HEADER) != Some(&header(version)[..])
        {
            return Err(damaged("its header was changed"));
        }
        let foot = all.len().checked_sub(FOOTER).filter(|at| *at >= HEADER).ok_or_else(cut)?;
        let footer = &all[foot..];
        if !footer.ends_with(MAGIC) {
            return Err(damaged("it does not end as one; it was cut short or something was added"));
        }
        let changed = || damaged("its footer was changed");
        let (at, length) = (u64_at(footer, 0).ok_or_else(changed)?, u64_at(footer, 8).ok_or_else(changed)?);
        let stated = hash_at(footer, 16).ok_or_else(changed)?;
        let count = u32_at(footer, 52).ok_or_else(changed)? as usize;
        if u32_at(footer, 48) != Some(version)
            || at.checked_add(length) != Some(foot)
            || count.checked_mul(ENTRY) != Some(length)
        {
            return Err(changed());
        }
        let directory = &all[at..foot];
        let id = ContentHash::of(directory);
        if id != stated {
            return Err(StatisticsError::WrongHash { stated, found: id });
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(count);
        let mut end = HEADER;
        for row in directory.chunks_exact(ENTRY) {
            let entry = entry(row).ok_or_else(|| damaged("its directory cannot be read"))?;
            let begins = end.checked_next_multiple_of(ALIGNMENT);
            if begins != Some(entry.range.start) || entry.range.end > at {
                return Err(damaged(format!("section '{}' lies outside its bounds", entry.name)));
            }
            if entries.iter().any(|other| other.name == entry.name) {
                return Err(damaged(format!("two sections are named '{}'", entry.name)));
            }
            end = entry.range.end;
            entries.push(entry);
        }
        if end.checked_next_multiple_of(ALIGNMENT) != Some(at) {
            return Err(damaged("its directory lies elsewhere than behind its last section"));
        }
        Ok(Container { bytes, id, hashing: Hashing::of(version), entries: entries.into() })
    }

    /// Sections in memory, under an identity of their own and without hashes: for columns that are made
    /// to be looked at here and stand in no file.
    pub(crate) fn of_sections(
        id: ContentHash,
        sections: &[(&str, &[u8])],
    ) -> Result<Container, StatisticsError> {
        let mut end = HEADER;
        let mut entries = Vec::with_capacity(sections.len());
        for (name, bytes) in sections {
            let from = end.checked_next_multiple_of(ALIGNMENT).ok_or_else(|| damaged("it is too large"))?;
            end = from + bytes.len();
            let hash = ContentHash::from_bytes([0; 32]);
            entries.push(Entry { name: (*name).to_owned(), range: from..end, hash });
        }
        let mut all = Aligned::zeros(end);
        for (entry, (_, bytes)) in entries.iter().zip(sections) {
            all.bytes_mut()[entry.range.clone()].copy_from_slice(bytes);
        }
        Ok(Container { bytes: Arc::new(all), id, hashing: Hashing::Blake3, entries: entries.into() })
    }

    /// The identity of the content: SHA-256 of the directory.
    pub fn id(&self) -> ContentHash {
        self.id
    }

    /// Version of the file.
    pub fn version(&self) -> u32 {
        match self.hashing {
            Hashing::Sha256 => FIRST_VERSION,
            Hashing::Blake3 => CONTAINER_VERSION,
        }
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.all().len()
    }

    /// Names and lengths of the sections, in their order.
    pub fn sections(&self) -> impl Iterator<Item = (&str, usize)> {
        self.entries.iter().map(|entry| (entry.name.as_str(), entry.range.len()))
    }

    /// The bytes of a section.
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        self.all().get(entry.range.clone())
    }

    /// A section as numbers of this type.
    ///
    /// # Errors
    /// [`StatisticsError::NoSection`]; [`StatisticsError::Damaged`] where its length is no multiple of
    /// the type's, or the memory is not aligned for it (then give [`super::aligned`] bytes).
    pub fn column<T: bytemuck::Pod>(&self, name: &str) -> Result<&[T], StatisticsError> {
        let bytes = self.section(name).ok_or_else(|| StatisticsError::NoSection { name: name.to_owned() })?;
        bytemuck::try_cast_slice(bytes).map_err(|error| {
            damaged(match error {
                bytemuck::PodCastError::TargetAlignmentGreaterAndInputNotAligned => {
                    format!("section '{name}' lies crooked in memory")
                }
                _ => format!("section '{name}' does not hold whole numbers of {} bytes", size_of::<T>()),
            })
        })
    }

    /// A column to be looked at many times.
    ///
    /// # Errors
    /// As [`Container::column`].
    pub fn find<T: bytemuck::Pod>(&self, name: &str) -> Result<Column<T>, StatisticsError> {
        self.column::<T>(name)?;
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let range = entry.map_or(0..0, |entry| entry.range.clone());
        Ok(Column { range, of: PhantomData })
    }

    /// The numbers of a column of this container; empty for one of another container that does not
    /// fit.
    pub fn get<T: bytemuck::Pod>(&self, column: &Column<T>) -> &[T] {
        let bytes = self.all().get(column.range.clone()).unwrap_or_default();
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }

    /// Hashes everything on so many threads.
    ///
    /// # Errors
    /// [`StatisticsError::Damaged`] names the first section that is not what it was.
    pub fn verify(&self, threads: usize) -> Result<(), StatisticsError> {
        let all = self.all();
        let mut end = HEADER;
        let sections: Vec<&[u8]> = self.entries.iter().map(|entry| &all[entry.range.clone()]).collect();
        for (entry, pieces) in self.entries.iter().zip(hashes_of(&sections, self.hashing, threads)) {
            if all[end..entry.range.start].iter().any(|&byte| byte != 0) {
                return Err(damaged(format!("there is something before section '{}'", entry.name)));
            }
            end = entry.range.end;
            if self.hashing.section(&pieces) != entry.hash {
                return Err(damaged(format!(
                    "section '{}' does not have the hash it was written with",
                    entry.name
                )));
            }
        }
        let directory = end.next_multiple_of(ALIGNMENT);
        if all[end..directory].iter().any(|&byte| byte != 0) {
            return Err(damaged("there is something behind its last section"));
        }
        Ok(())
    }

    fn all(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }
}

fn entry(row: &[u8]) -> Option<Entry> {
    let name = &row[..MAX_NAME];
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(MAX_NAME);
    let (name, rest) = name.split_at(length);
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) || rest.iter().any(|&byte| byte != 0) {
        return None;
    }
    let offset = u64_at(row, MAX_NAME)?;
    let end = offset.checked_add(u64_at(row, MAX_NAME + 8)?)?;
    Some(Entry {
        name: String::from_utf8(name.to_vec()).ok()?,
        range: offset..end,
        hash: hash_at(row, MAX_NAME + 16)?,
    })
}
