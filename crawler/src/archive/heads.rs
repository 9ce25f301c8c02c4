//! What stands in the heads of the records that are written: digests, moments and addresses as WARC
//! spells them, and the HTTP head of a request and of a response. Packing and files are `write`'s.

use super::record::push_hex;
use super::write::Exchange;
use chrono::{DateTime, SecondsFormat, Utc};
use model::ContentHash;
use std::fmt::Write as _;

pub(super) fn digest(hash: ContentHash) -> String {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    push_hex(&mut text, hash.as_bytes());
    text
}

pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A header value cannot hold line ends.
pub(super) fn one_line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

/// A target address: whatever cannot stand in a header line is percent-encoded.
pub(super) fn uri(url: &str) -> String {
    if url.bytes().all(|b| b.is_ascii_graphic()) {
        return url.to_owned();
    }
    percent_encoding::utf8_percent_encode(url, percent_encoding::CONTROLS).to_string().replace(' ', "%20")
}

pub(super) fn request_head(exchange: &Exchange<'_>) -> Vec<u8> {
    let target = url::Url::parse(exchange.url).map_or_else(
        |_| "/".to_owned(),
        |url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    );
    let mut head = format!("GET {target} HTTP/1.1\r\n");
    push_headers(&mut head, exchange.request, |_| "");
    head.push_str("\r\n");
    head.into_bytes()
}

/// Status line and headers. The headers that described encodings the payload is freed from are
/// renamed; with a payload, its true length is given.
pub(super) fn response_head(exchange: &Exchange<'_>, with_payload: bool) -> Vec<u8> {
    if exchange.status == 0 {
        return Vec::new();
    }
    // Without a reason also without the space before it, which some programs would take away.
    let line = format!("HTTP/1.1 {} {}", exchange.status, one_line(exchange.reason));
    let mut head = format!("{}\r\n", line.trim_end());
    push_headers(&mut head, exchange.response, |name| {
        let renamed = ["content-encoding", "content-length", "transfer-encoding"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n));
        if renamed { "X-Crawler-" } else { "" }
    });
    if with_payload {
        let _ = write!(head, "Content-Length: {}\r\n", exchange.payload.len());
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn push_headers(head: &mut String, headers: &[(String, String)], prefix: impl Fn(&str) -> &'static str) {
    for (name, value) in headers {
        head.push_str(prefix(name));
        head.push_str(name);
        head.push_str(": ");
        if value.contains(['\r', '\n']) {
            head.push_str(&one_line(value));
        } else {
            head.push_str(value);
        }
        head.push_str("\r\n");
    }
}
