//! A fetched page and its place in the archive.

use crate::ContentHash;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a record lies: archive file (name below the archive folder) and byte offset of its gzip
/// member.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArchiveRef {
    /// Name of the WARC file.
    pub file: String,
    /// Offset of the record's gzip member in bytes.
    pub offset: u64,
}

/// What a server gave to recognise an unchanged page by (RFC 9110 section 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
}

/// A page as it was fetched and archived: the payload exactly as sent (decoded from its transfer
/// and content encodings), in memory.
#[derive(Debug, Clone)]
pub struct Page {
    /// The source it belongs to.
    pub source_id: String,
    /// The URL that was asked for.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// For conditional requests later.
    pub validators: Validators,
    /// Payload bytes; text encoding not yet resolved.
    pub body: Vec<u8>,
    /// SHA-256 of `body`.
    pub payload_hash: ContentHash,
    /// When the answer arrived.
    pub fetched_at: DateTime<Utc>,
    /// Where the response record lies, once archived.
    pub archive: Option<ArchiveRef>,
}
