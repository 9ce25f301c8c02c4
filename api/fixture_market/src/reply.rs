//! One prepared answer of a shop: what a path gives. Not the HTTP server that sends it.

use sha2::{Digest, Sha256};

/// A prepared answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// Payload.
    pub body: Vec<u8>,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// Whether `ETag` and `Last-Modified` are sent and conditional requests answered with 304.
    pub validators: bool,
    /// Seconds by which `Last-Modified` lies after the start of the market's day.
    pub modified_second: u32,
}

impl Reply {
    /// A page of status 200 with validators.
    pub fn page(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Reply {
            status: 200,
            content_type: content_type.to_owned(),
            body: body.into(),
            location: None,
            validators: true,
            modified_second: 0,
        }
    }
    /// An HTML page in UTF-8.
    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Reply::page("text/html; charset=utf-8", body)
    }
    /// Plain text, without validators.
    pub fn text(status: u16, body: &str) -> Self {
        Reply { status, validators: false, ..Reply::page("text/plain; charset=utf-8", body.as_bytes()) }
    }
    /// A permanent redirect.
    pub fn moved(location: &str) -> Self {
        Reply { location: Some(location.to_owned()), ..Reply::text(301, "Moved permanently\n") }
    }
    /// Strong entity tag: the first 16 hex digits of the payload's SHA-256, in quotes.
    pub fn etag(&self) -> String {
        let digest = Sha256::digest(&self.body);
        let mut tag = String::from("\"");
        for byte in &digest[..8] {
            tag.push_str(&format!("{byte:02x}"));
        }
        tag.push('"');
        tag
    }
}
