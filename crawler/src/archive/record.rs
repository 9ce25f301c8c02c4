//! The head of a WARC record and the digests it states, as any program writes them. Not here: where
//! records begin and end, and what their blocks hold.

use super::{Headers, header};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use std::io::{BufRead, Read};

/// Head of a record, or of the HTTP message in it. More is no head.
pub(super) const MAX_HEAD: u64 = 512 * 1024;

/// The head of a WARC record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// `WARC/1.0` or `WARC/1.1`.
    pub version: String,
    /// Its fields, in their order.
    pub fields: Headers,
}

impl Head {
    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&str> {
        header(&self.fields, name).map(str::trim).filter(|value| !value.is_empty())
    }
    /// `WARC-Type` in small letters; empty where it is missing.
    pub fn kind(&self) -> String {
        self.field("WARC-Type").unwrap_or_default().to_ascii_lowercase()
    }
    /// `Content-Length`.
    pub fn length(&self) -> Option<u64> {
        self.field("Content-Length")?.parse().ok()
    }
    /// `WARC-Date`: seconds or fractions (1.1); days, months and years count from their first
    /// moment.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        moment(self.field("WARC-Date")?)
    }
    /// `WARC-Refers-To-Date`.
    pub fn refers_to_date(&self) -> Option<DateTime<Utc>> {
        moment(self.field("WARC-Refers-To-Date")?)
    }
    /// `WARC-Target-URI`; some programs write it in angle brackets.
    pub fn target(&self) -> Option<&str> {
        self.uri("WARC-Target-URI")
    }
    /// Any field that holds an address.
    pub fn uri(&self, name: &str) -> Option<&str> {
        let value = self.field(name)?;
        Some(value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value))
    }
    /// `WARC-Record-ID`.
    pub fn id(&self) -> Option<&str> {
        self.field("WARC-Record-ID")
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    // Of WARC/1.0 some are without zone, of archives before it without signs.
    for form in ["%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%MZ"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some(at.and_utc());
        }
    }
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// First line and header lines up to the empty line. Lines end with CRLF or LF alone; a line that
/// begins with white space goes on with the one before (folding).
///
/// # Errors
/// `UnexpectedEof` where the input ends or the head is longer than 512 KiB.
pub(super) fn read_head(input: &mut impl BufRead) -> std::io::Result<(String, Headers)> {
    let mut input = input.take(MAX_HEAD);
    let mut line = Vec::new();
    let mut next = || -> std::io::Result<String> {
        line.clear();
        input.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    };
    let first = next()?.trim_end().to_owned();
    let mut headers: Headers = Vec::new();
    loop {
        let line = next()?;
        if line.is_empty() {
            return Ok((first, headers));
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim_end().to_owned(), value.trim().to_owned()));
        }
    }
}

/// A digest as records state it: `sha1:` or `sha256:` and hexadecimal digits or Base32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, as Common Crawl and most others write it.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256([u8; 32]),
    /// Another algorithm, or a text that is none of it: nothing that could be held to the bytes.
    Other(String),
}

impl Digest {
    /// Reads a digest field.
    pub fn parse(text: &str) -> Digest {
        let other = || Digest::Other(text.to_owned());
        let Some((name, value)) = text.split_once(':') else { return other() };
        match name.trim().to_ascii_lowercase().as_str() {
            "sha1" | "sha-1" => bytes(value.trim()).map_or_else(other, Digest::Sha1),
            "sha256" | "sha-256" => bytes(value.trim()).map_or_else(other, Digest::Sha256),
            _ => other(),
        }
    }

    /// Whether these are the bytes it was computed of; `None` where that cannot be told.
    pub fn holds(&self, content: &[u8]) -> Option<bool> {
        match self {
            Digest::Sha1(sum) => Some(<sha1::Sha1 as sha1::Digest>::digest(content)[..] == sum[..]),
            Digest::Sha256(sum) => Some(<sha2::Sha256 as sha2::Digest>::digest(content)[..] == sum[..]),
            Digest::Other(_) => None,
        }
    }
}

/// Hexadecimal digits or Base32 (RFC 4648 section 6) of exactly N bytes.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim_end_matches('=');
    let mut out = [0u8; N];
    if text.len() == 2 * N {
        for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digit = |b: u8| (b as char).to_digit(16);
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        return Some(out);
    }
    if text.len() != (N * 8).div_ceil(5) {
        return None;
    }
    let (mut bits, mut held, mut at) = (0u32, 0u32, 0);
    for b in text.bytes() {
        let value = match b.to_ascii_uppercase() {
            b @ b'A'..=b'Z' => b - b'A',
            b @ b'2'..=b'7' => b - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        held += 5;
        if held >= 8 && at < N {
            held -= 8;
            out[at] = (bits >> held) as u8;
            at += 1;
        }
    }
    Some(out)
}

/// Appends bytes as hexadecimal digits.
pub(super) fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_in_every_form_they_come_in() {
        // `printf abc | sha1sum`, its Base32, and the same of SHA-256.
        for (text, good) in [
            ("sha1:a9993e364706816aba3e25717850c26c9cd0d89d", Some(true)),
            ("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", Some(true)),
            ("SHA1:vgmt4nsha2awvor6evyxqugcnsonbwe5", Some(true)),
            ("sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Some(false)),
            ("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Some(true)),
            ("sha-256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====", Some(true)),
            ("md5:900150983cd24fb0d6963f7d28e17f72", None),
            ("sha1:short", None),
            ("no digest at all", None),
        ] {
            assert_eq!(Digest::parse(text).holds(b"abc"), good, "{text}");
        }
    }

    #[test]
    fn heads_come_folded_and_with_bare_line_feeds() {
        let text = b"WARC/1.0\r\nWARC-Type: response\nWARC-Target-URI: <http://a.example/>\r\n\
                     X-Long: one\r\n two\r\n\tthree\r\nno colon here\r\nContent-Length: 5\r\n\r\nblock";
        let mut input = &text[..];
        let (version, fields) = read_head(&mut input).unwrap();
        let head = Head { version, fields };
        assert_eq!(input, b"block");
        assert_eq!((head.kind().as_str(), head.length()), ("response", Some(5)));
        assert_eq!(head.target(), Some("http://a.example/"));
        assert_eq!(head.field("x-long"), Some("one two three"));
    }

    #[test]
    fn dates_of_both_versions_are_read() {
        let at = |text: &str| moment(text).map(|at| at.to_rfc3339());
        assert_eq!(at("2023-10-01T10:20:30Z").as_deref(), Some("2023-10-01T10:20:30+00:00"));
        assert_eq!(
            at("2023-10-01T10:20:30.123456789Z").as_deref(),
            Some("2023-10-01T10:20:30.123456789+00:00")
        );
        assert_eq!(at("20231001102030").as_deref(), Some("2023-10-01T10:20:30+00:00"));
        assert_eq!(at("2023-10").as_deref(), Some("2023-10-01T00:00:00+00:00"));
        assert_eq!(at("yesterday"), None);
    }
}
