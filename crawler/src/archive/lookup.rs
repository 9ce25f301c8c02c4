//! Single records of archives of our own, by the offset that the database names. Whatever is not
//! exactly as it was written is an error with file, offset and reason.

use super::http::HttpResponse;
use super::record::read_head;
use super::{Digest, Head, Headers, header};
use crate::CrawlError;
use chrono::{DateTime, Utc};
use flate2::bufread::GzDecoder;
use model::{ArchiveRef, ContentHash};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Longest block read back.
const MAX_BLOCK: u64 = 1 << 30;

/// A record read back, its digests verified.
#[derive(Debug, Clone)]
pub struct Archived {
    /// Head of the record.
    pub head: Head,
    /// Status of the HTTP response; `None` for a resource record.
    pub status: Option<u16>,
    /// Headers of the HTTP response; empty for a resource record.
    pub headers: Headers,
    /// Payload; empty for a revisit record.
    pub payload: Vec<u8>,
    /// SHA-256 of the payload: for a revisit, of the payload it repeats, where it says so.
    pub payload_hash: Option<ContentHash>,
}

impl Archived {
    /// Whether the record says that what was captured before is still there.
    pub fn is_revisit(&self) -> bool {
        self.head.kind() == "revisit"
    }
    /// When it was captured.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        self.head.date()
    }
    /// `Content-Type` of the page, as sent or as saved.
    pub fn content_type(&self) -> Option<&str> {
        match self.status {
            Some(_) => header(&self.headers, "Content-Type"),
            None => self.head.field("Content-Type"),
        }
    }
}

/// An archive file, open for reading records by their offsets; cheapest in rising order.
pub struct ArchiveFile {
    path: PathBuf,
    input: BufReader<File>,
}

impl ArchiveFile {
    /// Opens a file of an archive folder.
    ///
    /// # Errors
    /// [`CrawlError::ArchiveMissing`] where it is not there, [`CrawlError::ArchiveRead`] where it
    /// cannot be opened or the name is not that of a file of the folder.
    pub fn open(dir: &Path, file: &str) -> Result<ArchiveFile, CrawlError> {
        let path = dir.join(file);
        let fail = |reason: String| CrawlError::ArchiveRead { path: path.clone(), offset: 0, reason };
        // The name may come from a database or a snapshot: it names a file of this folder only.
        if Path::new(file).components().count() != 1 || file.contains(['/', '\\']) || file == ".." {
            return Err(fail("its name is not that of an archive file".to_owned()));
        }
        match File::open(&path) {
            Ok(input) => Ok(ArchiveFile { path, input: BufReader::with_capacity(1 << 14, input) }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(CrawlError::ArchiveMissing { path })
            }
            Err(error) => Err(fail(error.to_string())),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the response, resource or revisit record whose gzip member begins at an offset.
    ///
    /// # Errors
    /// [`CrawlError::ArchiveRead`] for what cannot be read, [`CrawlError::ArchiveDigest`] for a
    /// payload that is not the one that was archived.
    pub fn record(&mut self, offset: u64) -> Result<Archived, CrawlError> {
        let path = self.path.clone();
        let fail = |reason: String| CrawlError::ArchiveRead { path: path.clone(), offset, reason };
        let (head, block, block_holds) = self.block(offset)?;
        let changed = || fail("it has changed since it was archived: its digest is another".to_owned());
        let mut record =
            Archived { status: None, headers: Headers::new(), payload: Vec::new(), payload_hash: None, head };
        let kind = record.head.kind();
        match kind.as_str() {
            // Of a copied revisit the server's answer may not be known.
            "revisit" if block.is_empty() => {}
            "response" | "revisit" => {
                let http = HttpResponse::parse(&block).map_err(fail)?;
                record.status = Some(http.status);
                record.headers = http.headers;
                record.payload = block;
                record.payload.drain(..http.body_at);
            }
            "resource" => record.payload = block,
            other => return Err(fail(format!("it is a {other} record, which has no payload"))),
        }
        let stated = record.head.field("WARC-Payload-Digest").map(Digest::parse);
        if kind == "revisit" {
            if let Some(Digest::Sha256(sum)) = stated {
                record.payload_hash = Some(ContentHash::from_bytes(sum));
            }
            return if block_holds == Some(false) { Err(changed()) } else { Ok(record) };
        }
        let Some(Digest::Sha256(expected)) = stated else {
            return Err(fail("it has no sha256 payload digest".to_owned()));
        };
        let (expected, found) = (ContentHash::from_bytes(expected), ContentHash::of(&record.payload));
        if found != expected {
            return Err(CrawlError::ArchiveDigest { path: path.clone(), offset, expected, found });
        }
        if block_holds == Some(false) {
            return Err(changed());
        }
        record.payload_hash = Some(found);
        Ok(record)
    }

    /// Head and block of any record, and whether the block is that of the digest stated for it.
    fn block(&mut self, offset: u64) -> Result<(Head, Vec<u8>, Option<bool>), CrawlError> {
        let path = self.path.clone();
        let fail = |reason: String| CrawlError::ArchiveRead { path: path.clone(), offset, reason };
        let damaged = |error: std::io::Error| fail(format!("the file is damaged there: {error}"));
        self.input.seek(SeekFrom::Start(offset)).map_err(damaged)?;
        let mut member = BufReader::new(GzDecoder::new(&mut self.input));
        let (version, fields) = read_head(&mut member).map_err(damaged)?;
        if !version.starts_with("WARC/1.") {
            return Err(fail("no WARC record begins there".to_owned()));
        }
        let head = Head { version, fields };
        let length = head
            .length()
            .filter(|length| *length <= MAX_BLOCK)
            .ok_or_else(|| fail("its length is missing or out of range".to_owned()))?;
        let mut block = Vec::with_capacity(length.min(1 << 20) as usize);
        let mut rest = member.take(length);
        rest.read_to_end(&mut block).map_err(damaged)?;
        if rest.limit() > 0 {
            return Err(fail("the file ends before the record does".to_owned()));
        }
        // Reading on to the end of the member has its checksum verified.
        let mut end = Vec::new();
        rest.into_inner().take(64).read_to_end(&mut end).map_err(damaged)?;
        let stated = head.field("WARC-Block-Digest").map(Digest::parse);
        let holds = stated.and_then(|digest| digest.holds(&block));
        Ok((head, block, holds))
    }
}

/// Reads the payload of a record back, with its HTTP headers (none for a resource record), and
/// verifies its digest. A revisit record has no payload; asking for one is an error.
pub fn read_payload(dir: &Path, reference: &ArchiveRef) -> Result<(Headers, Vec<u8>), CrawlError> {
    let mut file = ArchiveFile::open(dir, &reference.file)?;
    let record = file.record(reference.offset)?;
    if record.is_revisit() {
        return Err(CrawlError::ArchiveRead {
            path: file.path,
            offset: reference.offset,
            reason: "it is a revisit record, which has no payload".to_owned(),
        });
    }
    Ok((record.headers, record.payload))
}

/// What the pages of an archive file were read with: media type and text, as
/// [`super::Archive::circumstances`] put it at the beginning. `None` where the file has none.
///
/// # Errors
/// As [`ArchiveFile::record`].
pub fn read_circumstances(file: &mut ArchiveFile) -> Result<Option<(String, String)>, CrawlError> {
    // Behind the first member, whose length only its end tells.
    let fail = |path: &Path, offset, error: std::io::Error| CrawlError::ArchiveRead {
        path: path.to_owned(),
        offset,
        reason: format!("the file is damaged there: {error}"),
    };
    file.input.seek(SeekFrom::Start(0)).map_err(|error| fail(&file.path, 0, error))?;
    let first = GzDecoder::new(&mut file.input);
    std::io::copy(&mut first.take(MAX_BLOCK), &mut std::io::sink())
        .map_err(|error| fail(&file.path, 0, error))?;
    let offset = file.input.stream_position().map_err(|error| fail(&file.path, 0, error))?;
    let (head, ..) = match file.block(offset) {
        Ok(record) => record,
        // A file with nothing behind its first record has no circumstances, and no pages either.
        Err(_) if file.input.get_ref().metadata().is_ok_and(|m| m.len() <= offset) => return Ok(None),
        Err(error) => return Err(error),
    };
    let ours = head.target().is_some_and(|target| target.starts_with("urn:touchstone:source:"));
    if head.kind() != "resource" || !ours {
        return Ok(None);
    }
    let record = file.record(offset)?;
    let content_type = record.head.field("Content-Type").unwrap_or_default().to_owned();
    Ok(Some((content_type, String::from_utf8_lossy(&record.payload).into_owned())))
}
