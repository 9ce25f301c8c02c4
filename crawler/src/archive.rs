//! WARC/1.1 files: what was fetched, so that a price can be cited and looked up again.
//!
//! One gzip member per record, so that a record is found by its offset alone. The payload stands
//! in the record freed from transfer and content encodings (as Common Crawl does), and the
//! headers that described them are renamed `X-Crawler-…`; the payload digest is SHA-256 over
//! exactly the bytes the rest of the pipeline works on.
//!
//! A record goes to the file in one write, and a write that fails is taken back, so a file never
//! holds half a record unless the machine itself stopped. Not here: deciding what to archive.

use crate::CrawlError;
use chrono::{DateTime, SecondsFormat, Utc};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use model::{ArchiveRef, ContentHash};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Header lines: name and value.
pub type Headers = Vec<(String, String)>;

/// A file is closed and the next one begun above this size (the WARC guidelines' 1 GB).
const ROTATE_BYTES: u64 = 1_000_000_000;
/// Head of a record: WARC and HTTP headers together. More is no record of ours.
const MAX_HEAD: u64 = 512 * 1024;
/// Longest payload read back.
const MAX_PAYLOAD: u64 = 1 << 30;
/// Fast compression: the ratio on pages is a tenth worse, the time a third.
const LEVEL: u32 = 3;

/// One request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Address asked for.
    pub url: &'a str,
    /// When the answer arrived.
    pub fetched_at: DateTime<Utc>,
    /// Address of the server.
    pub remote: Option<IpAddr>,
    /// Request headers as sent, `Host` first.
    pub request: &'a [(String, String)],
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: &'a str,
    /// Response headers as received.
    pub response: &'a [(String, String)],
    /// Payload, freed from transfer and content encodings.
    pub payload: &'a [u8],
    /// SHA-256 of the payload.
    pub payload_hash: ContentHash,
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
    current: Option<OpenFile>,
    deflate: Compress,
    /// The record being compressed; kept for its capacity.
    member: Vec<u8>,
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

impl Archive {
    /// Opens an archive folder for writing; it is made if it is not there. `prefix` is usually
    /// the source's id. The first file is made with the first record.
    pub fn open(dir: &Path, prefix: &str, now: DateTime<Utc>) -> Result<Archive, CrawlError> {
        std::fs::create_dir_all(dir).map_err(|error| write_error(dir, error))?;
        Ok(Archive {
            dir: dir.to_owned(),
            prefix: prefix.to_owned(),
            day: now.format("%Y%m%d").to_string(),
            opened_at: now,
            serial: 0,
            rotate_bytes: ROTATE_BYTES,
            current: None,
            deflate: Compress::new(Compression::new(LEVEL), false),
            member: Vec::new(),
        })
    }

    /// Begins a new file above this size instead of 1 GB.
    pub fn rotate_at(mut self, bytes: u64) -> Self {
        self.rotate_bytes = bytes;
        self
    }

    /// Writes request and response; the reference is that of the response record.
    pub fn write_exchange(&mut self, exchange: &Exchange<'_>) -> Result<ArchiveRef, CrawlError> {
        let block = response_head(exchange, true);
        let head = [
            ("WARC-Type", "response".to_owned()),
            ("Content-Type", "application/http; msgtype=response".to_owned()),
            ("WARC-Payload-Digest", digest(exchange.payload_hash)),
        ];
        self.write_pair(exchange, &head, &block, exchange.payload)
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
            Some(_) => "identical-payload-digest",
            None => "server-not-modified",
        };
        let mut head = vec![
            ("WARC-Type", "revisit".to_owned()),
            ("WARC-Profile", format!("http://netpreserve.org/warc/1.1/revisit/{profile}")),
            ("Content-Type", "application/http; msgtype=response".to_owned()),
        ];
        if let Some(known) = known {
            head.push(("WARC-Payload-Digest", digest(known)));
        }
        self.write_pair(exchange, &head, &block, b"")
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
        self.begin_record()?;
        let head = [
            ("WARC-Type", "resource".to_owned()),
            ("WARC-Target-URI", uri(url)),
            ("Content-Type", content_type.map_or_else(|| "application/octet-stream".to_owned(), one_line)),
            ("WARC-Payload-Digest", digest(ContentHash::of(payload))),
        ];
        let id = self.record_id(url, "resource", captured_at);
        self.write_record(&id, captured_at, &head, b"", payload)
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

    fn write_pair(
        &mut self,
        exchange: &Exchange<'_>,
        head: &[(&str, String)],
        block: &[u8],
        payload: &[u8],
    ) -> Result<ArchiveRef, CrawlError> {
        self.begin_record()?;
        let response_id = self.record_id(exchange.url, "response", exchange.fetched_at);
        let request_id = self.record_id(exchange.url, "request", exchange.fetched_at);
        let mut full = vec![("WARC-Target-URI", uri(exchange.url))];
        if let Some(remote) = exchange.remote {
            full.push(("WARC-IP-Address", remote.to_string()));
        }
        full.extend_from_slice(head);
        let reference = self.write_record(&response_id, exchange.fetched_at, &full, block, payload)?;
        let head = [
            ("WARC-Type", "request".to_owned()),
            ("WARC-Target-URI", uri(exchange.url)),
            ("Content-Type", "application/http; msgtype=request".to_owned()),
            ("WARC-Concurrent-To", response_id),
        ];
        let block = request_head(exchange);
        self.write_record(&request_id, exchange.fetched_at, &head, &block, b"")?;
        Ok(reference)
    }

    /// Sees to an open file with room left.
    fn begin_record(&mut self) -> Result<(), CrawlError> {
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
        // The folder's entry has to survive a power cut as well.
        #[cfg(unix)]
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(|error| write_error(&self.dir, error))?;
        self.current = Some(OpenFile {
            warcinfo: String::new(),
            name: name.clone(),
            path,
            file,
            length: 0,
            unsynced: true,
        });
        let id = self.record_id(&name, "warcinfo", self.opened_at);
        let head = [
            ("WARC-Type", "warcinfo".to_owned()),
            ("WARC-Filename", name),
            ("Content-Type", "application/warc-fields".to_owned()),
        ];
        let fields = concat!(
            "software: touchstone ",
            env!("CARGO_PKG_VERSION"),
            "\r\nformat: WARC File Format 1.1\r\nconformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
        );
        let written = self.write_record(&id, self.opened_at, &head, b"", fields.as_bytes());
        match (&written, &mut self.current) {
            (Ok(_), Some(open)) => open.warcinfo = id,
            // A file without its first record would be no WARC file.
            _ => self.current = None,
        }
        written.map(drop)
    }

    /// A name-based UUID (RFC 9562 version 8) of what makes a record unique: its file, its place
    /// there and what it is.
    fn record_id(&self, url: &str, kind: &str, at: DateTime<Utc>) -> String {
        let (name, length) = match &self.current {
            Some(open) => (open.name.as_str(), open.length),
            None => ("", 0),
        };
        let (length, at) = (length.to_string(), at.to_rfc3339());
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

    fn write_record(
        &mut self,
        id: &str,
        date: DateTime<Utc>,
        head: &[(&str, String)],
        block: &[u8],
        payload: &[u8],
    ) -> Result<ArchiveRef, CrawlError> {
        let Some(open) = &mut self.current else {
            return Err(write_error(&self.dir, std::io::Error::other("no archive file is open")));
        };
        let mut text = String::with_capacity(512);
        text.push_str("WARC/1.1\r\n");
        let date = date.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let _ = write!(text, "WARC-Record-ID: {id}\r\nWARC-Date: {date}\r\n");
        if !open.warcinfo.is_empty() {
            let _ = write!(text, "WARC-Warcinfo-ID: {}\r\n", open.warcinfo);
        }
        for (name, value) in head {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let length = block.len() + payload.len();
        let _ = write!(text, "Content-Length: {length}\r\n\r\n");
        gzip_member(&mut self.deflate, &mut self.member, &[text.as_bytes(), block, payload, b"\r\n\r\n"]);
        if let Err(error) = open.file.write_all(&self.member) {
            // Half a record would spoil the file for other readers.
            let _ = open.file.set_len(open.length);
            let _ = open.file.seek(SeekFrom::Start(open.length));
            return Err(write_error(&open.path, error));
        }
        let reference = ArchiveRef { file: open.name.clone(), offset: open.length };
        open.length += self.member.len() as u64;
        open.unsynced = true;
        Ok(reference)
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.sync();
    }
}

fn write_error(path: &Path, error: std::io::Error) -> CrawlError {
    CrawlError::ArchiveWrite { path: path.to_owned(), error }
}

/// RFC 1952 around one deflate stream. The compressor is used again for each record: making one
/// costs more than compressing a small record.
fn gzip_member(deflate: &mut Compress, out: &mut Vec<u8>, parts: &[&[u8]]) {
    out.clear();
    out.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    deflate.reset();
    let mut crc = Crc::new();
    for (n, part) in parts.iter().enumerate() {
        crc.update(part);
        let flush = if n + 1 == parts.len() { FlushCompress::Finish } else { FlushCompress::None };
        let mut rest = *part;
        loop {
            out.reserve(rest.len() / 3 + 1024);
            let before = deflate.total_in();
            // Compressing into memory with valid arguments cannot fail.
            let status = deflate.compress_vec(rest, out, flush);
            rest = &rest[(deflate.total_in() - before) as usize..];
            match status {
                Ok(Status::StreamEnd) => break,
                _ if rest.is_empty() && matches!(flush, FlushCompress::None) => break,
                _ => {}
            }
        }
    }
    out.extend(crc.sum().to_le_bytes());
    out.extend(crc.amount().to_le_bytes());
}

fn digest(hash: ContentHash) -> String {
    format!("sha256:{hash}")
}

/// A header value cannot hold line ends.
fn one_line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

/// A target address: whatever cannot stand in a header line is percent-encoded.
fn uri(url: &str) -> String {
    if url.bytes().all(|b| b.is_ascii_graphic()) {
        return url.to_owned();
    }
    percent_encoding::utf8_percent_encode(url, percent_encoding::CONTROLS).to_string().replace(' ', "%20")
}

fn request_head(exchange: &Exchange<'_>) -> Vec<u8> {
    let target = url::Url::parse(exchange.url).map_or_else(
        |_| "/".to_owned(),
        |url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    );
    let mut head = format!("GET {target} HTTP/1.1\r\n");
    for (name, value) in exchange.request {
        let _ = write!(head, "{name}: {}\r\n", one_line(value));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Status line and headers. With a payload, the headers that described its encodings are renamed
/// and its true length is given.
fn response_head(exchange: &Exchange<'_>, with_payload: bool) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", exchange.status, exchange.reason);
    for (name, value) in exchange.response {
        let renamed = ["content-encoding", "content-length", "transfer-encoding"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n));
        let prefix = if renamed { "X-Crawler-" } else { "" };
        let _ = write!(head, "{prefix}{name}: {}\r\n", one_line(value));
    }
    if with_payload {
        let _ = write!(head, "Content-Length: {}\r\n", exchange.payload.len());
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Reads the payload of a record back, with its HTTP headers (none for a resource record), and
/// verifies its digest. A revisit record has no payload; asking for one is an error.
pub fn read_payload(dir: &Path, reference: &ArchiveRef) -> Result<(Headers, Vec<u8>), CrawlError> {
    let path = dir.join(&reference.file);
    let fail =
        |reason: String| CrawlError::ArchiveRead { path: path.clone(), offset: reference.offset, reason };
    // The name may come from a database or a snapshot: it names a file of this folder only.
    if Path::new(&reference.file).components().count() != 1
        || reference.file.contains(['/', '\\'])
        || reference.file == ".."
    {
        return Err(fail("its name is not that of an archive file".to_owned()));
    }
    let mut file = File::open(&path).map_err(|error| fail(error.to_string()))?;
    file.seek(SeekFrom::Start(reference.offset)).map_err(|error| fail(error.to_string()))?;
    let member = flate2::bufread::GzDecoder::new(BufReader::new(file));
    let mut member = BufReader::new(member);

    let damaged = |error: std::io::Error| fail(format!("the file is damaged there: {error}"));
    let (first, warc) = read_head(&mut member).map_err(damaged)?;
    if !first.starts_with("WARC/1.") {
        return Err(fail("no WARC record begins there".to_owned()));
    }
    let kind = header(&warc, "WARC-Type").unwrap_or_default();
    let length: u64 = header(&warc, "Content-Length")
        .and_then(|text| text.parse().ok())
        .filter(|length| *length <= MAX_PAYLOAD)
        .ok_or_else(|| fail("its length is missing or out of range".to_owned()))?;
    let mut block = member.take(length);
    let headers = match kind {
        "response" => read_head(&mut block).map_err(damaged)?.1,
        "resource" => Vec::new(),
        other => {
            return Err(fail(format!("it is a {other} record, which has no payload")));
        }
    };
    let mut payload = Vec::with_capacity(block.limit().min(1 << 20) as usize);
    block.read_to_end(&mut payload).map_err(damaged)?;
    if block.limit() > 0 {
        return Err(fail("the file ends before the record does".to_owned()));
    }
    // Reading on to the end of the member has its checksum verified.
    let mut end = Vec::new();
    block.into_inner().take(64).read_to_end(&mut end).map_err(damaged)?;
    let expected: ContentHash = header(&warc, "WARC-Payload-Digest")
        .and_then(|digest| digest.strip_prefix("sha256:"))
        .and_then(|digest| digest.parse().ok())
        .ok_or_else(|| fail("it has no sha256 payload digest".to_owned()))?;
    let found = ContentHash::of(&payload);
    if found != expected {
        return Err(CrawlError::ArchiveDigest {
            path: path.clone(),
            offset: reference.offset,
            expected,
            found,
        });
    }
    Ok((headers, payload))
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// First line and header lines up to the empty line.
fn read_head(input: &mut impl std::io::BufRead) -> std::io::Result<(String, Headers)> {
    let mut input = input.take(MAX_HEAD);
    let mut line = Vec::new();
    let mut next = || -> std::io::Result<String> {
        line.clear();
        std::io::BufRead::read_until(&mut input, b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
    };
    let first = next()?;
    let mut headers = Vec::new();
    loop {
        let line = next()?;
        if line.is_empty() {
            return Ok((first, headers));
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
