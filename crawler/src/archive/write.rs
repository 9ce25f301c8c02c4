//! Writing WARC/1.1 files. One gzip member per record, so that a record is found by its offset alone;
//! the records of one visit go to the file in one write, and a write that fails is taken back, so
//! a file never holds half a record unless the machine itself stopped. Then nothing is ever written
//! behind the half record: every process makes files of its own.
//!
//! Packing is most of what archiving costs. Measured on the first 15,000 bytes of 201 real product
//! pages (µs a page, packed size in parts of the plain one): zlib-rs level 1 34 µs .387, level 2 76
//! µs .314, level 3 98 µs .301, level 6 122 µs .295; libdeflate level 1 55 µs .305, level 3 73 µs
//! .300, level 6 91 µs .293. A request of 700 bytes: zlib-rs level 3 11 µs, libdeflate level 1 5 µs.
//! libdeflate level 1 it is: a fifth smaller than the fastest, in half the time of an equal size.
//!
//! Not here: deciding what to archive, reading.

use super::heads::{digest, moment, one_line, request_head, response_head, uri};
use super::record::MAX_HEAD;
use crate::CrawlError;
use chrono::{DateTime, Utc};
use libdeflater::{CompressionLvl, Compressor};
use model::{ArchiveRef, ContentHash};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// A file is closed and the next one begun above this size (the WARC guidelines' 1 GB).
const ROTATE_BYTES: u64 = 1_000_000_000;
/// Level of libdeflate; 0 would not pack at all.
const LEVEL: i32 = 1;
/// What a buffer may keep of its capacity between two visits: a page of 200 KB, not one of 8 MB.
const KEEP_CAPACITY: usize = 1 << 18;

/// One request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Address asked for.
    pub url: &'a str,
    /// When the answer arrived.
    pub fetched_at: DateTime<Utc>,
    /// Address of the server.
    pub remote: Option<IpAddr>,
    /// Request headers as sent, `Host` first. Empty: the request is not ours (a record copied from
    /// another archive), and no request record is invented.
    pub request: &'a [(String, String)],
    /// Status code; 0 where a copied revisit has no HTTP head.
    pub status: u16,
    /// Reason phrase.
    pub reason: &'a str,
    /// Response headers as received.
    pub response: &'a [(String, String)],
    /// Payload, freed from transfer and content encodings.
    pub payload: &'a [u8],
    /// SHA-256 of the payload.
    pub payload_hash: ContentHash,
    /// What else is known of the visit: with it, a metadata record is written.
    pub note: Option<&'a Note>,
    /// Of a revisit: when the content it repeats was captured.
    pub original: Option<DateTime<Utc>>,
}

/// What the crawler knew of a visit beside request and answer. What is `None` is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// The source the visit was for.
    pub source_id: Option<String>,
    /// The page that led there (`via` of the WARC standard).
    pub via: Option<String>,
    /// Links away from a start page.
    pub depth: Option<u32>,
    /// Kinds of the hops from a start page, a letter each (`hopsFromSeed`): `L` link, `R` redirect,
    /// `M` sitemap.
    pub hops: Option<String>,
    /// From sending the request to the last byte of the answer (`fetchTimeMs`).
    pub fetch_ms: Option<u64>,
    /// Why robots.txt was no obstacle: `allowed`, `none`.
    pub robots: Option<String>,
    /// Of a record copied from another archive: that file's name.
    pub copied_file: Option<String>,
    /// Where in that file the record, or the gzip member it lies in, begins.
    pub copied_offset: Option<u64>,
    /// The record's id there.
    pub copied_record: Option<String>,
}

impl Note {
    fn fields(&self) -> String {
        let mut text = String::with_capacity(256);
        let number = |n: u64| n.to_string();
        let fields = [
            ("source", self.source_id.clone()),
            ("via", self.via.as_deref().map(uri)),
            ("hopsFromSeed", self.hops.clone()),
            ("depth", self.depth.map(|n| number(n.into()))),
            ("fetchTimeMs", self.fetch_ms.map(number)),
            ("robots", self.robots.clone()),
            ("copied-from-file", self.copied_file.clone()),
            ("copied-from-offset", self.copied_offset.map(number)),
            ("copied-from-record", self.copied_record.clone()),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                let _ = write!(text, "{name}: {}\r\n", one_line(&value));
            }
        }
        text
    }
}

/// A set of WARC files being written. One process writes one set; several sets may share a
/// folder, since no file is ever written to twice.
pub struct Archive {
    dir: PathBuf,
    prefix: String,
    /// When the archive was opened; part of file names.
    day: String,
    opened_at: DateTime<Utc>,
    serial: u32,
    rotate_bytes: u64,
    /// Target, media type and text of the record every file has after its first.
    circumstances: Option<(String, String, String)>,
    current: Option<OpenFile>,
    packer: Packer,
}

struct OpenFile {
    name: String,
    path: PathBuf,
    file: File,
    /// Where the next record begins.
    length: u64,
    warcinfo: String,
    unsynced: bool,
}

/// Records packed and waiting for the one write of their visit.
struct Packer {
    compressor: Compressor,
    /// The record being packed.
    plain: Vec<u8>,
    /// Members not yet written.
    members: Vec<u8>,
}

/// What stands in the head of a record beside what every record has.
type Fields<'a> = &'a [(&'a str, &'a str)];

impl Archive {
    /// Opens an archive folder for writing; it is made if it is not there. `prefix` is usually
    /// the source's id. The first file is made with the first record.
    pub fn open(dir: &Path, prefix: &str, now: DateTime<Utc>) -> Result<Archive, CrawlError> {
        if !dir.is_dir() {
            std::fs::create_dir_all(dir).map_err(|error| write_error(dir, error))?;
            if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_folder(parent)?;
            }
        }
        Ok(Archive {
            dir: dir.to_owned(),
            prefix: prefix.to_owned(),
            day: now.format("%Y%m%d").to_string(),
            opened_at: now,
            serial: 0,
            rotate_bytes: ROTATE_BYTES,
            circumstances: None,
            current: None,
            packer: Packer {
                compressor: Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default()),
                plain: Vec::new(),
                members: Vec::new(),
            },
        })
    }

    /// Begins a new file above this size instead of 1 GB.
    pub fn rotate_at(mut self, bytes: u64) -> Self {
        self.rotate_bytes = bytes;
        self
    }

    /// Puts a text at the beginning of every file: what its pages are read with (the source's file),
    /// so that a page and how it was understood are proved from one file.
    /// [`super::read_circumstances`] gives it back.
    pub fn circumstances(mut self, content_type: &str, text: &str) -> Self {
        let target = format!("urn:touchstone:source:{}", self.prefix);
        self.circumstances = Some((target, content_type.to_owned(), text.to_owned()));
        self
    }

    /// Writes response, request and what is noted of the visit; the reference is that of the
    /// response record.
    pub fn write_exchange(&mut self, exchange: &Exchange<'_>) -> Result<ArchiveRef, CrawlError> {
        let block = response_head(exchange, true);
        let digest = digest(exchange.payload_hash);
        let fields = [
            ("WARC-Type", "response"),
            ("Content-Type", "application/http; msgtype=response"),
            ("WARC-Payload-Digest", digest.as_str()),
        ];
        self.write_visit(exchange, "response", &fields, &block, exchange.payload)
    }

    /// Writes request and revisit record: the server said 304, or (`known` given) sent the
    /// payload that is archived already. The payload is not written again.
    pub fn write_revisit(
        &mut self,
        exchange: &Exchange<'_>,
        known: Option<ContentHash>,
    ) -> Result<ArchiveRef, CrawlError> {
        let block = response_head(exchange, false);
        let profile = match known {
            Some(_) => "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            None => "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
        };
        let target = uri(exchange.url);
        let digest = known.map(digest);
        let original = exchange.original.map(moment);
        let mut fields = vec![
            ("WARC-Type", "revisit"),
            ("WARC-Profile", profile),
            ("Content-Type", "application/http; msgtype=response"),
            ("WARC-Refers-To-Target-URI", target.as_str()),
        ];
        fields.extend(original.as_deref().map(|date| ("WARC-Refers-To-Date", date)));
        fields.extend(digest.as_deref().map(|digest| ("WARC-Payload-Digest", digest)));
        self.write_visit(exchange, "revisit", &fields, &block, b"")
    }

    /// Writes a saved page (replayed from disk) as a resource record: there was no request of
    /// ours, so none is invented.
    pub fn write_resource(
        &mut self,
        url: &str,
        payload: &[u8],
        content_type: Option<&str>,
        captured_at: DateTime<Utc>,
    ) -> Result<ArchiveRef, CrawlError> {
        self.write_copied_resource(url, payload, content_type, captured_at, None)
    }

    /// The same with a note: a resource record copied from another archive.
    pub fn write_copied_resource(
        &mut self,
        url: &str,
        payload: &[u8],
        content_type: Option<&str>,
        captured_at: DateTime<Utc>,
        note: Option<&Note>,
    ) -> Result<ArchiveRef, CrawlError> {
        self.begin()?;
        let offset = self.end_of_file();
        let id = self.pack_resource(url, payload, content_type, captured_at)?;
        if let Some(note) = note {
            self.pack_note(&uri(url), captured_at, &id, note)?;
        }
        self.write_members(offset)
    }

    /// Makes everything written so far survive a power cut. Call it before a database refers to
    /// the records.
    pub fn sync(&mut self) -> Result<(), CrawlError> {
        if let Some(open) = &mut self.current
            && open.unsynced
        {
            open.file.sync_data().map_err(|error| write_error(&open.path, error))?;
            open.unsynced = false;
        }
        Ok(())
    }

    fn write_visit(
        &mut self,
        exchange: &Exchange<'_>,
        kind: &str,
        fields: Fields<'_>,
        block: &[u8],
        payload: &[u8],
    ) -> Result<ArchiveRef, CrawlError> {
        self.begin()?;
        let offset = self.end_of_file();
        let at = exchange.fetched_at;
        let target = uri(exchange.url);
        let remote = exchange.remote.map(|remote| remote.to_string());
        let id = self.record_id(exchange.url, kind, at);
        let mut full = vec![("WARC-Target-URI", target.as_str())];
        full.extend(remote.as_deref().map(|remote| ("WARC-IP-Address", remote)));
        full.extend_from_slice(fields);
        self.pack(&id, at, &full, &[block, payload], None)?;
        if !exchange.request.is_empty() {
            let request = [
                ("WARC-Type", "request"),
                ("WARC-Target-URI", target.as_str()),
                ("Content-Type", "application/http; msgtype=request"),
                ("WARC-Concurrent-To", id.as_str()),
            ];
            let request_id = self.record_id(exchange.url, "request", at);
            self.pack(&request_id, at, &request, &[&request_head(exchange)], None)?;
        }
        if let Some(note) = exchange.note {
            self.pack_note(&target, at, &id, note)?;
        }
        self.write_members(offset)
    }

    fn pack_resource(
        &mut self,
        url: &str,
        payload: &[u8],
        content_type: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<String, CrawlError> {
        let (target, hash) = (uri(url), ContentHash::of(payload));
        let content_type = content_type.map_or_else(|| "application/octet-stream".to_owned(), one_line);
        let payload_digest = digest(hash);
        let fields = [
            ("WARC-Type", "resource"),
            ("WARC-Target-URI", target.as_str()),
            ("Content-Type", content_type.as_str()),
            ("WARC-Payload-Digest", payload_digest.as_str()),
        ];
        let id = self.record_id(url, "resource", at);
        self.pack(&id, at, &fields, &[payload], Some(hash))?;
        Ok(id)
    }

    /// What is noted of a record, in a metadata record beside it: of one capture with it
    /// (`WARC-Concurrent-To`) and describing it (`WARC-Refers-To`).
    fn pack_note(
        &mut self,
        target: &str,
        at: DateTime<Utc>,
        of: &str,
        note: &Note,
    ) -> Result<(), CrawlError> {
        let fields = [
            ("WARC-Type", "metadata"),
            ("WARC-Target-URI", target),
            ("Content-Type", "application/warc-fields"),
            ("WARC-Concurrent-To", of),
            ("WARC-Refers-To", of),
        ];
        let id = self.record_id(target, "metadata", at);
        self.pack(&id, at, &fields, &[note.fields().as_bytes()], None)
    }

    /// Sees to an open file with room left, and to nothing waiting from a visit that failed.
    fn begin(&mut self) -> Result<(), CrawlError> {
        self.packer.forget();
        if let Some(open) = &self.current
            && open.length >= self.rotate_bytes
        {
            self.sync()?;
            self.current = None;
        }
        if self.current.is_some() {
            return Ok(());
        }
        let (name, path, file) = loop {
            let name = format!("{}-{}-{:05}.warc.gz", self.prefix, self.day, self.serial);
            let path = self.dir.join(&name);
            self.serial += 1;
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => break (name, path, file),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(write_error(&path, error)),
            }
        };
        sync_folder(&self.dir)?;
        self.current =
            Some(OpenFile { warcinfo: String::new(), name, path, file, length: 0, unsynced: true });
        let written = self.write_beginning();
        if written.is_err() {
            // A file without its first record would be no WARC file.
            self.current = None;
        }
        written
    }

    /// The records every file begins with.
    fn write_beginning(&mut self) -> Result<(), CrawlError> {
        let Some(name) = self.current.as_ref().map(|open| open.name.clone()) else { return Ok(()) };
        let id = self.record_id(&name, "warcinfo", self.opened_at);
        let head = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Filename", name.as_str()),
            ("Content-Type", "application/warc-fields"),
        ];
        let fields = concat!(
            "software: touchstone ",
            env!("CARGO_PKG_VERSION"),
            "\r\nformat: WARC File Format 1.1\r\nconformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
        );
        self.pack(&id, self.opened_at, &head, &[fields.as_bytes()], None)?;
        if let Some(open) = &mut self.current {
            open.warcinfo = id;
        }
        if let Some((target, content_type, text)) = self.circumstances.clone() {
            self.pack_resource(&target, text.as_bytes(), Some(&content_type), self.opened_at)?;
        }
        self.write_members(0).map(drop)
    }

    /// Where the next record will begin.
    fn end_of_file(&self) -> u64 {
        self.current.as_ref().map_or(0, |open| open.length) + self.packer.members.len() as u64
    }

    /// A name-based UUID (RFC 9562 version 8) of what makes a record unique: its file, its place
    /// there and what it is.
    fn record_id(&self, url: &str, kind: &str, at: DateTime<Utc>) -> String {
        let name = self.current.as_ref().map_or("", |open| open.name.as_str());
        let (length, at) = (self.end_of_file().to_string(), at.to_rfc3339());
        let opened = self.opened_at.to_rfc3339();
        let hash = ContentHash::of_fields([name, &length, kind, url, &at, &opened]);
        let mut b = [0u8; 16];
        b.copy_from_slice(&hash.as_bytes()[..16]);
        b[6] = (b[6] & 0x0f) | 0x80;
        b[8] = (b[8] & 0x3f) | 0x80;
        let n = u128::from_be_bytes(b);
        format!(
            "<urn:uuid:{:08x}-{:04x}-{:04x}-{:04x}-{:012x}>",
            n >> 96,
            (n >> 80) & 0xffff,
            (n >> 64) & 0xffff,
            (n >> 48) & 0xffff,
            n & 0xffff_ffff_ffff
        )
    }

    /// Packs a record behind those that wait. `hash` spares reading a block whose digest is known.
    fn pack(
        &mut self,
        id: &str,
        date: DateTime<Utc>,
        fields: Fields<'_>,
        block: &[&[u8]],
        hash: Option<ContentHash>,
    ) -> Result<(), CrawlError> {
        let warcinfo = self.current.as_ref().map_or("", |open| open.warcinfo.as_str());
        let mut text = String::with_capacity(768);
        text.push_str("WARC/1.1\r\n");
        let _ = write!(text, "WARC-Record-ID: {id}\r\nWARC-Date: {}\r\n", moment(date));
        if !warcinfo.is_empty() {
            let _ = write!(text, "WARC-Warcinfo-ID: {warcinfo}\r\n");
        }
        for (name, value) in fields {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let hash = hash.unwrap_or_else(|| {
            let mut sum = Sha256::new();
            block.iter().for_each(|part| sum.update(part));
            ContentHash::from_bytes(sum.finalize().into())
        });
        let length: usize = block.iter().map(|part| part.len()).sum();
        let _ = write!(text, "WARC-Block-Digest: {}\r\nContent-Length: {length}\r\n\r\n", digest(hash));
        if text.len() as u64 > MAX_HEAD {
            let error = std::io::Error::other("the head of a record would be longer than any reader takes");
            return Err(write_error(&self.dir, error));
        }
        let path = self.current.as_ref().map_or(&self.dir, |open| &open.path);
        self.packer.pack(text.as_bytes(), block).map_err(|error| write_error(path, error))
    }

    /// Writes what was packed; `offset` is where its first record lies.
    fn write_members(&mut self, offset: u64) -> Result<ArchiveRef, CrawlError> {
        let Some(open) = &mut self.current else {
            return Err(write_error(&self.dir, std::io::Error::other("no archive file is open")));
        };
        let written = open.file.write_all(&self.packer.members);
        let length = self.packer.members.len() as u64;
        self.packer.forget();
        if let Err(error) = written {
            // Half a record would spoil the file for other readers.
            let _ = open.file.set_len(open.length);
            let _ = open.file.seek(SeekFrom::Start(open.length));
            return Err(write_error(&open.path, error));
        }
        open.length += length;
        open.unsynced = true;
        Ok(ArchiveRef { file: open.name.clone(), offset })
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.sync();
    }
}

impl Packer {
    /// One gzip member (RFC 1952) of a record's head and block, behind those that wait.
    fn pack(&mut self, head: &[u8], block: &[&[u8]]) -> std::io::Result<()> {
        self.plain.clear();
        self.plain.extend_from_slice(head);
        block.iter().for_each(|part| self.plain.extend_from_slice(part));
        self.plain.extend_from_slice(b"\r\n\r\n");
        let before = self.members.len();
        let room = self.compressor.gzip_compress_bound(self.plain.len());
        self.members.resize(before + room, 0);
        let packed = self.compressor.gzip_compress(&self.plain, &mut self.members[before..]);
        // It is given all the room it can need, so this never fails.
        let packed = packed.map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        self.members.truncate(before + packed);
        Ok(())
    }

    fn forget(&mut self) {
        self.members.clear();
        self.members.shrink_to(KEEP_CAPACITY);
        self.plain.clear();
        self.plain.shrink_to(KEEP_CAPACITY);
    }
}

/// A folder's entries have to survive a power cut as well as the files.
fn sync_folder(dir: &Path) -> Result<(), CrawlError> {
    #[cfg(unix)]
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| write_error(dir, error))?;
    Ok(())
}

fn write_error(path: &Path, error: std::io::Error) -> CrawlError {
    CrawlError::ArchiveWrite { path: path.to_owned(), error }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
