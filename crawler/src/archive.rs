//! WARC/1.1 archive files.

use crate::CrawlError;
use chrono::{DateTime, Utc};
use model::{ArchiveRef, ContentHash};
use std::path::Path;

/// Header lines: name and value.
pub type Headers = Vec<(String, String)>;

/// One request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Address asked for.
    pub url: &'a str,
    /// When the answer arrived.
    pub fetched_at: DateTime<Utc>,
    /// Address of the server.
    pub remote: Option<std::net::IpAddr>,
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

/// A set of WARC files being written.
pub struct Archive {}

impl Archive {
    /// Opens an archive folder for writing; it is made if it is not there.
    pub fn open(dir: &Path, prefix: &str, now: DateTime<Utc>) -> Result<Archive, CrawlError> {
        let _ = (dir, prefix, now);
        unimplemented!()
    }
    /// Writes request and response; the reference is that of the response record.
    pub fn write_exchange(&mut self, exchange: &Exchange<'_>) -> Result<ArchiveRef, CrawlError> {
        let _ = exchange;
        unimplemented!()
    }
    /// Writes request and revisit record (304, or a payload seen before).
    pub fn write_revisit(
        &mut self,
        exchange: &Exchange<'_>,
        known: Option<ContentHash>,
    ) -> Result<ArchiveRef, CrawlError> {
        let _ = (exchange, known);
        unimplemented!()
    }
    /// Writes a saved page (replayed from disk) as a resource record.
    pub fn write_resource(
        &mut self,
        url: &str,
        payload: &[u8],
        content_type: Option<&str>,
        captured_at: DateTime<Utc>,
    ) -> Result<ArchiveRef, CrawlError> {
        let _ = (url, payload, content_type, captured_at);
        unimplemented!()
    }
    /// Makes everything written so far survive a power cut.
    pub fn sync(&mut self) -> Result<(), CrawlError> {
        unimplemented!()
    }
}

/// Reads the payload of a record back, with its HTTP headers (none for a resource record), and
/// verifies its digest.
pub fn read_payload(
    dir: &Path,
    reference: &ArchiveRef,
) -> Result<(Headers, Vec<u8>), CrawlError> {
    let _ = (dir, reference);
    unimplemented!()
}
