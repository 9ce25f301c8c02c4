//! WARC files: what was fetched, so that a price can be cited and looked up again.
//!
//! * [`Archive`] writes WARC/1.1: the payload stands in the record freed from transfer and content
//!   encodings (as Common Crawl does), the headers that described them are renamed `X-Crawler-…`,
//!   and the payload digest is SHA-256 over exactly the bytes the rest of the pipeline works on;
//! * [`ArchiveFile`] reads single records of such files back, by their offset;
//! * [`Reader`] walks through anybody's WARC file and names what is damaged.

mod heads;
mod http;
mod lookup;
mod read;
mod record;
mod write;

pub use http::{HttpResponse, free_of_encodings};
pub use lookup::{ArchiveFile, Archived, read_circumstances, read_payload};
pub use read::{Damage, Reader, Record};
pub use record::{Digest, Head};
pub use write::{Archive, Exchange, Note};

/// Header lines: name and value.
pub type Headers = Vec<(String, String)>;

/// The first header of a name, whatever its letters' case.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
