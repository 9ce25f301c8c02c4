//! The HTTP message in a record: status, headers, and the payload freed from transfer and content
//! encodings. Archives differ in which of them they keep, and some keep the headers of encodings
//! they have undone, so what is undone is what the bytes are, not what the headers say alone.

use super::{Headers, header, record};
use std::borrow::Cow;
use std::io::Read;

/// An HTTP response as it stands in a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Headers.
    pub headers: Headers,
    /// Where in the block the body begins.
    pub body_at: usize,
}

impl HttpResponse {
    /// Reads the head of a response from the block of a record.
    ///
    /// # Errors
    /// A sentence, where the block holds no HTTP response.
    pub fn parse(block: &[u8]) -> Result<HttpResponse, String> {
        let mut rest = block;
        let (first, headers) =
            record::read_head(&mut rest).map_err(|_| "its HTTP head does not end".to_owned())?;
        let mut words = first.splitn(3, ' ');
        let status = words
            .next()
            .filter(|word| word.to_ascii_uppercase().starts_with("HTTP/"))
            .and_then(|_| words.next()?.trim().parse().ok())
            .ok_or_else(|| "it holds no HTTP response".to_owned())?;
        let reason = words.next().unwrap_or_default().trim().to_owned();
        Ok(HttpResponse { status, reason, headers, body_at: block.len() - rest.len() })
    }

    /// The media type without its parameters, in small letters.
    pub fn media_type(&self) -> String {
        media_type(header(&self.headers, "Content-Type").unwrap_or_default())
    }
}

/// A media type without its parameters, in small letters.
pub(super) fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The payload of a body, freed from `Transfer-Encoding: chunked` and from the content encodings
/// gzip, deflate and br; at most `limit` bytes of it.
///
/// # Errors
/// A sentence: broken encoding, one nobody here knows (zstd, a dictionary), too large.
pub fn free_of_encodings<'a>(
    headers: &[(String, String)],
    body: &'a [u8],
    limit: usize,
) -> Result<Cow<'a, [u8]>, String> {
    let mut payload = Cow::Borrowed(body);
    for coding in codings(headers, "Transfer-Encoding").chain(codings(headers, "Content-Encoding")) {
        if let Some(freed) = undo(&coding, &payload, limit)? {
            payload = Cow::Owned(freed);
        }
    }
    if payload.len() > limit {
        return Err(format!("its payload is longer than {limit} bytes"));
    }
    Ok(payload)
}

/// Codings of a header in the order in which they are undone: last applied, first undone.
fn codings<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = String> + 'a {
    let values = headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
    let mut all: Vec<String> =
        values.flat_map(|(_, value)| value.split(',')).map(|c| c.trim().to_ascii_lowercase()).collect();
    all.reverse();
    all.into_iter()
}

/// One coding undone; `None` where the bytes are not in it (any more).
fn undo(coding: &str, body: &[u8], limit: usize) -> Result<Option<Vec<u8>>, String> {
    match coding {
        "" | "identity" => Ok(None),
        "chunked" => dechunk(body),
        "gzip" | "x-gzip" if !body.starts_with(&[0x1f, 0x8b]) => Ok(None),
        "gzip" | "x-gzip" => inflate(flate2::read::MultiGzDecoder::new(body), coding, limit).map(Some),
        // RFC 9110 means zlib; some servers send bare deflate. What is neither is plain already.
        "deflate" => Ok(inflate(flate2::read::ZlibDecoder::new(body), coding, limit)
            .or_else(|_| inflate(flate2::read::DeflateDecoder::new(body), coding, limit))
            .ok()),
        // Brotli has no sign of its own: text that is none of it has been freed already.
        "br" => match inflate(brotli_decompressor::Decompressor::new(body, 4096), coding, limit) {
            Ok(freed) => Ok(Some(freed)),
            Err(_) if body.trim_ascii_start().starts_with(b"<") => Ok(None),
            Err(reason) => Err(reason),
        },
        other => Err(format!("its content encoding '{other}' is not known")),
    }
}

fn inflate(decoder: impl Read, coding: &str, limit: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    decoder
        .take(limit as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|error| format!("its content encoding '{coding}' is broken: {error}"))?;
    if out.len() > limit {
        return Err(format!("its payload is longer than {limit} bytes"));
    }
    Ok(out)
}

/// RFC 9112 section 7.1. `None` where the body does not begin with a chunk: it is plain already.
fn dechunk(body: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut rest = body;
    let mut out = Vec::new();
    loop {
        let line = memchr::memchr(b'\n', rest);
        let size = line.and_then(|end| chunk_size(&rest[..end]));
        let (Some(end), Some(size)) = (line, size) else {
            return match rest.len() == body.len() {
                true => Ok(None),
                false => Err("its chunked transfer encoding is broken".to_owned()),
            };
        };
        rest = &rest[end + 1..];
        if size == 0 {
            return Ok(Some(out));
        }
        let Some(chunk) = rest.get(..size) else {
            return Err("it ends within a chunk of its transfer encoding".to_owned());
        };
        out.extend_from_slice(chunk);
        rest = &rest[size..];
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
    }
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split(';').next()?.trim();
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    usize::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        lines.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }
    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }
    /// `printf '<p>price 10</p>' | brotli`, as one meta-block of literals.
    const BROTLI: &[u8] = b"\x0b\x07\x80<p>price 10</p>\x03";

    #[test]
    fn encodings_are_undone_whatever_their_order_and_headers() {
        let page = b"<p>price 10</p>";
        let chunked = |body: &[u8]| {
            let (a, b) = body.split_at(4);
            [
                format!("{:x};ext=1\r\n", a.len()).as_bytes(),
                a,
                b"\r\n",
                format!("{:X}\r\n", b.len()).as_bytes(),
                b,
                b"\r\n0\r\n\r\n",
            ]
            .concat()
        };
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(page).unwrap();
        for (lines, body) in [
            (headers(&[]), page.to_vec()),
            (headers(&[("Transfer-Encoding", "chunked")]), chunked(page)),
            (
                headers(&[("transfer-encoding", "chunked"), ("content-encoding", "gzip")]),
                chunked(&gzip(page)),
            ),
            (headers(&[("Content-Encoding", "GZIP")]), gzip(page)),
            (headers(&[("Content-Encoding", "gzip, x-gzip")]), gzip(&gzip(page))),
            (headers(&[("Content-Encoding", "deflate")]), zlib.finish().unwrap()),
            (headers(&[("Content-Encoding", "br")]), BROTLI.to_vec()),
            // Undone already, by whoever archived it, but still in the headers.
            (headers(&[("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]), page.to_vec()),
            (headers(&[("Content-Encoding", "br")]), page.to_vec()),
            (headers(&[("Content-Encoding", "deflate")]), page.to_vec()),
        ] {
            assert_eq!(free_of_encodings(&lines, &body, 100).unwrap()[..], page[..], "{lines:?}");
        }
    }

    #[test]
    fn broken_unknown_and_swollen_encodings_are_named() {
        let bomb = gzip(&vec![b'0'; 1_000_000]);
        for (lines, body, wanted) in [
            (headers(&[("Content-Encoding", "zstd")]), b"x".to_vec(), "'zstd' is not known"),
            (headers(&[("Content-Encoding", "gzip")]), gzip(b"price")[..12].to_vec(), "'gzip' is broken"),
            (headers(&[("Content-Encoding", "gzip")]), bomb, "longer than 1000 bytes"),
            (headers(&[("Transfer-Encoding", "chunked")]), b"5\r\nabc".to_vec(), "ends within a chunk"),
            (headers(&[("Transfer-Encoding", "chunked")]), b"1\r\na\r\nzz\r\n".to_vec(), "is broken"),
        ] {
            let error = free_of_encodings(&lines, &body, 1000).unwrap_err();
            assert!(error.contains(wanted), "{lines:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_block_is_survived(block in prop::collection::vec(any::<u8>(), 0..600), which in 0..5usize) {
            let _ = HttpResponse::parse(&block);
            let coding = ["gzip", "deflate", "br", "chunked", "gzip, br"][which];
            let lines = headers(&[("Content-Encoding", coding), ("Transfer-Encoding", "chunked")]);
            let _ = free_of_encodings(&lines, &block, 10_000);
        }
    }
}
