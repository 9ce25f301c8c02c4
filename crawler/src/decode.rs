//! Payload bytes to text: byte order mark, HTTP charset, meta charset, then detection. Broken
//! bytes are replaced, never an error; a payload that is no text at all is one.

use crate::CrawlError;

/// A payload as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// Name of the encoding it was read in (WHATWG).
    pub encoding: &'static str,
    /// Whether bytes had to be replaced by U+FFFD.
    pub replaced: bool,
}

/// Reads a payload as text. `content_type` is the header as sent, where there was one.
pub fn to_text(body: &[u8], content_type: Option<&str>) -> Result<Decoded, CrawlError> {
    let _ = (body, content_type);
    unimplemented!()
}
