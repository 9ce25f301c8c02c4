//! Payload bytes to text: byte order mark, HTTP charset, meta charset, then detection (the order
//! of the HTML standard). Broken bytes are replaced, never an error; a payload that is no text at
//! all is one. Not here: markup, entities, content encodings.

use crate::CrawlError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// How far into a page a meta charset is looked for. The HTML standard asks for 1,024 bytes; many
/// shops have a screenful of scripts first.
const META_WINDOW: usize = 8 * 1024;
/// How much of a page the detector reads; prices and umlauts come long before.
const DETECT_WINDOW: usize = 64 * 1024;
/// How much of a payload is looked at to tell text from other things.
const SNIFF_WINDOW: usize = 4 * 1024;

/// A payload as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without byte order mark; the payload itself where it is UTF-8.
    pub text: Cow<'a, str>,
    /// Name of the encoding it was read in (WHATWG).
    pub encoding: &'static str,
    /// Whether bytes had to be replaced by U+FFFD.
    pub replaced: bool,
}

/// Reads a payload as text. `content_type` is the header as sent, where there was one.
///
/// # Errors
/// [`CrawlError::NotText`] for images, archives, PDF and whatever else is full of NUL bytes.
pub fn to_text<'a>(body: &'a [u8], content_type: Option<&str>) -> Result<Decoded<'a>, CrawlError> {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return Ok(read(&body[mark..], encoding));
    }
    if let Some(encoding) = utf16_without_mark(body) {
        return Ok(read(body, encoding));
    }
    if let Some(reason) = not_text(body) {
        return Err(CrawlError::NotText { reason });
    }
    // Most pages are UTF-8 and say so or not: valid UTF-8 with a multi-byte character in it is
    // hardly ever anything else, whatever a header claims.
    if let Ok(text) = std::str::from_utf8(body) {
        let declared = declared(body, content_type);
        if declared.is_none_or(|encoding| encoding == UTF_8) || !text.is_ascii() {
            return Ok(Decoded { text: Cow::Borrowed(text), encoding: UTF_8.name(), replaced: false });
        }
    }
    let encoding = match declared(body, content_type) {
        Some(encoding) if encoding != UTF_8 => encoding,
        // It says UTF-8 and is not quite: a truncated or spliced page keeps its encoding, a
        // wrongly labelled one is detected.
        Some(_) if mostly_utf8(body) => UTF_8,
        _ => detect(body),
    };
    Ok(read(body, encoding))
}

fn read<'a>(body: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    let (text, replaced) = encoding.decode_without_bom_handling(body);
    Decoded { text, encoding: encoding.name(), replaced }
}

/// What the header says, then what the page says.
fn declared(body: &[u8], content_type: Option<&str>) -> Option<&'static Encoding> {
    content_type
        .and_then(|value| charset_in(value.as_bytes()))
        .or_else(|| meta_charset(&body[..body.len().min(META_WINDOW)]))
}

/// `<meta charset=x>`, `<meta http-equiv=content-type content="text/html; charset=x">` and
/// `<?xml encoding="x"?>`.
fn meta_charset(head: &[u8]) -> Option<&'static Encoding> {
    if head.starts_with(b"<?xml") {
        let end = memchr::memchr(b'>', head).unwrap_or(head.len());
        if let Some(encoding) = value_of(&head[..end], b"encoding") {
            return Some(encoding);
        }
    }
    for at in memchr::memchr_iter(b'<', head) {
        let tag = &head[at..];
        if tag.len() < 6 || !tag[1..5].eq_ignore_ascii_case(b"meta") {
            continue;
        }
        let end = memchr::memchr(b'>', tag).unwrap_or(tag.len());
        if let Some(encoding) = charset_in(&tag[..end]) {
            // The page was read as ASCII so far, so it cannot be UTF-16 (HTML standard).
            let wide = encoding == UTF_16LE || encoding == UTF_16BE;
            return Some(if wide { UTF_8 } else { encoding });
        }
    }
    None
}

fn charset_in(text: &[u8]) -> Option<&'static Encoding> {
    value_of(text, b"charset")
}

/// The label after `name=`, quoted or not.
fn value_of(text: &[u8], name: &[u8]) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    memchr::memmem::find_iter(&lower, name).find_map(|at| {
        let rest = lower[at + name.len()..].trim_ascii_start();
        let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let end = rest.iter().position(|b| b"\"';,/> \t\r\n".contains(b)).unwrap_or(rest.len());
        Encoding::for_label(&rest[..end])
    })
}

fn detect(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let window = &body[..body.len().min(DETECT_WINDOW)];
    detector.feed(window, window.len() == body.len());
    detector.guess(None, Utf8Detection::Allow)
}

/// Whether the multi-byte sequences that are right far outnumber the broken bytes.
fn mostly_utf8(body: &[u8]) -> bool {
    let (mut right, mut broken) = (0usize, 0usize);
    for chunk in body.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    right > 10 * broken || (right == 0 && broken <= 1)
}

/// UTF-16 markup without a mark: every other byte of its first characters is zero.
fn utf16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [b'<', 0, _, 0, ..] => Some(UTF_16LE),
        [0, b'<', 0, _, ..] => Some(UTF_16BE),
        _ => None,
    }
}

fn not_text(body: &[u8]) -> Option<String> {
    const SIGNATURES: &[(&[u8], &str)] = &[
        (b"\x89PNG", "a PNG image"),
        (b"\xFF\xD8\xFF", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"%PDF-", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive or office document"),
        (b"\x1f\x8b", "gzip data"),
        (b"\x28\xb5\x2f\xfd", "zstd data"),
        (b"RIFF", "a RIFF file (WebP, audio)"),
    ];
    if let Some((_, what)) = SIGNATURES.iter().find(|(mark, _)| body.starts_with(mark)) {
        return Some(format!("it is {what}"));
    }
    let head = &body[..body.len().min(SNIFF_WINDOW)];
    // Control characters other than white space and escape do not stand in text. A few stray
    // ones do occur in pages; one in fifty does not.
    let controls =
        head.iter().filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    (controls * 50 > head.len())
        .then(|| format!("{controls} of its first {} bytes are control characters", head.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(body: &[u8], content_type: Option<&str>) -> (String, &'static str, bool) {
        let decoded = to_text(body, content_type).unwrap();
        (decoded.text.into_owned(), decoded.encoding, decoded.replaced)
    }

    #[test]
    fn the_mark_prevails_over_header_and_meta() {
        let marked = b"\xEF\xBB\xBF<meta charset=windows-1252>\xC3\xA9";
        let (read, encoding, replaced) = text(marked, Some("text/html; charset=iso-8859-15"));
        assert_eq!((encoding, replaced), ("UTF-8", false));
        assert!(read.starts_with("<meta") && read.ends_with('é'));
        let (read, encoding, _) = text(b"\xFF\xFE<\0b\0>\0\xAC\x20", None);
        assert_eq!((read.as_str(), encoding), ("<b>€", "UTF-16LE"));
        let (read, encoding, _) = text(b"\0<\0b\0>\x20\xAC", None);
        assert_eq!((read.as_str(), encoding), ("<b>€", "UTF-16BE"));
    }

    #[test]
    fn header_then_meta_then_detection() {
        let price = b"<p>1.299,00 \x80</p>";
        let header = Some("text/html; Charset=\"windows-1252\"");
        assert_eq!(text(price, header).0, "<p>1.299,00 €</p>");
        let meta =
            b"<html><META http-equiv=content-type content='text/html; charset=koi8-r'>\xC3\xC5\xCE\xC1";
        assert_eq!(text(meta, None).1, "KOI8-R");
        assert!(text(meta, Some("text/html")).0.ends_with("цена"));
        let xml = b"<?xml version='1.0' encoding='iso-8859-2'?><a>\xB1</a>";
        assert_eq!(text(xml, None).1, "ISO-8859-2");
        let (detected, _, _) =
            encoding_rs::WINDOWS_1251.encode("Цена товара: пятьсот рублей за штуку, доставка бесплатно");
        assert_eq!(text(&detected, None).1, "windows-1251");
    }

    #[test]
    fn a_wrong_label_does_not_spoil_utf8() {
        let body = "<p>Prix : 12 €</p>".as_bytes();
        let (read, encoding, replaced) = text(body, Some("text/html; charset=iso-8859-1"));
        assert_eq!((read.as_str(), encoding, replaced), ("<p>Prix : 12 €</p>", "UTF-8", false));
    }

    #[test]
    fn broken_bytes_are_replaced() {
        let mut body = "<p>крупа гречневая 59,90 ₽</p>".as_bytes().to_vec();
        body.push(0xD0);
        let (read, encoding, replaced) = text(&body, Some("text/html; charset=utf-8"));
        assert_eq!((encoding, replaced), ("UTF-8", true));
        assert!(read.contains("59,90 ₽") && read.ends_with('\u{FFFD}'));
        // Says UTF-8, is something else throughout.
        let (latin, _, _) =
            encoding_rs::WINDOWS_1252.encode("Größe für Kühlschränke, Öl à 5 €, übergroß, Gehäuse");
        let (read, _, _) = text(&latin, Some("text/html; charset=utf-8"));
        assert!(read.contains("Größe für Kühlschränke"), "{read}");
    }

    #[test]
    fn what_is_no_text_is_said_so() {
        for body in [&b"\x89PNG\r\n\x1a\n"[..], b"PK\x03\x04aa", &[0u8; 64], &[1, 2, 3, 4, 65]] {
            let error = to_text(body, Some("text/html")).unwrap_err().to_string();
            assert!(error.starts_with("not text: "), "{error}");
        }
        assert_eq!(text(b"", None).0, "");
    }

    #[test]
    fn saved_pages_of_real_shops_are_all_text() {
        let shared = std::env::var_os("TOUCHSTONE_SHARED").map_or_else(
            || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into(),
            std::path::PathBuf::from,
        );
        let pages = shared.join("data/pages");
        let Ok(index) = std::fs::read_to_string(pages.join("index.jsonl")) else {
            let required = std::env::var("TOUCHSTONE_REQUIRE_SHARED").is_ok_and(|v| v == "1");
            assert!(!required, "{} is missing", pages.display());
            eprintln!("skipped: saved_pages_of_real_shops_are_all_text");
            return;
        };
        let (mut total, mut replaced) = (0, 0);
        for line in index.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let file = std::fs::read(pages.join(row["file"].as_str().unwrap())).unwrap();
            let mut body = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&file[..]), &mut body)
                .map_or_else(|_| body = file.clone(), drop);
            let decoded = to_text(&body, None).unwrap();
            total += 1;
            replaced += usize::from(decoded.replaced);
        }
        // A few of them are broken in themselves.
        assert!(total > 200 && replaced * 50 <= total, "{replaced} of {total}");
    }

    proptest! {
        #[test]
        fn any_bytes_give_text_or_a_reason(body in prop::collection::vec(any::<u8>(), 0..600), header in proptest::option::of("[ -~]{0,40}")) {
            let _ = to_text(&body, header.as_deref());
        }
        #[test]
        fn utf8_is_read_as_it_stands(text in "[^\\x00-\\x1f\u{feff}]{0,200}") {
            prop_assume!(not_text(text.as_bytes()).is_none() && utf16_without_mark(text.as_bytes()).is_none());
            let decoded = to_text(text.as_bytes(), Some("text/html; charset=utf-8")).unwrap();
            prop_assert_eq!(&*decoded.text, &*text);
        }
    }
}
