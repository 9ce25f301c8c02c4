//! Keeps hostile pages away from the tree builder.
//!
//! The HTML standard's tree construction walks the stack of open elements at nearly every tag and
//! reopens unclosed formatting elements in every block, so crafted nesting makes it quadratic in
//! time or memory. One pass over the bytes follows the same stack approximately and adds up that
//! work; a page that would cost more than any honest page is cut where the budget ends. Nothing
//! here decides what a page means.

use memchr::{memchr, memchr2, memmem};
use std::borrow::Cow;

/// Steps over open elements that one page may cause. Honest pages of 1 MB stay below a million.
const WORK: u64 = 10_000_000;
/// Copies of unclosed formatting elements (`<b>`, `<font>` …) that one page may cause.
const COPIES: u64 = 400_000;
/// Open elements at one time; browsers keep 512.
const DEPTH: usize = 1_000;
/// Attributes of one tag; the tokenizer compares each with all before it.
const ATTRIBUTES: usize = 400;

const VOID: [&str; 15] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "keygen",
];
/// Elements whose end the next sibling or the parent's end implies: they do not pile up.
const IMPLIED: [&str; 14] = [
    "p", "li", "td", "th", "tr", "dd", "dt", "option", "tbody", "thead", "tfoot", "colgroup", "html", "body",
];
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
const RAW: [&str; 8] = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

/// The page, cut or without the offending tags where it would cost too much; borrowed as it is in
/// the common case.
pub(super) fn bounded(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let mut open: Vec<u64> = Vec::new();
    // Active formatting elements: (name, whole tag). The standard keeps three equal ones at most.
    let mut formatting: Vec<(u64, u64)> = Vec::new();
    let (mut work, mut copies) = (0_u64, 0_u64);
    let mut dropped: Vec<(usize, usize)> = Vec::new();
    let mut end = bytes.len();
    let mut at = 0;
    while let Some(step) = memchr(b'<', &bytes[at..]) {
        let start = at + step;
        let Some(&next) = bytes.get(start + 1) else {
            break;
        };
        if next == b'!' {
            at = skip_comment(bytes, start);
            continue;
        }
        let closing = next == b'/';
        let from = start + 1 + usize::from(closing);
        let mut to = from;
        while to < bytes.len() && to - from < 32 && is_name(bytes[to]) {
            to += 1;
        }
        if to == from || !bytes[from].is_ascii_alphabetic() {
            at = start + 1;
            continue;
        }
        let name = html[from..to].to_ascii_lowercase();
        let name = name.as_str();
        let (close, attributes, self_closing) = tag_end(bytes, to);
        if attributes > ATTRIBUTES {
            dropped.push((start, close));
            at = close;
            continue;
        }
        work += open.len() as u64 / 4 + 1;
        let key = hash(name);
        if closing {
            let is_formatting = FORMATTING.contains(&name);
            if let Some(back) = open.iter().rev().take(400).position(|&k| k == key) {
                let at = open.len() - 1 - back;
                if is_formatting {
                    // What stood inside is opened again by the next text.
                    open.remove(at);
                } else {
                    open.truncate(at);
                }
                work += back as u64;
            }
            if is_formatting && let Some(at) = formatting.iter().rposition(|f| f.0 == key) {
                work += (formatting.len() - at) as u64;
                formatting.remove(at);
            }
        } else if FORMATTING.contains(&name) {
            copies += formatting.len() as u64 / 4;
            let whole = hash(&html[start..floor(html, close)]);
            let equal = formatting.iter().rev().take(64).filter(|f| f.1 == whole).count();
            if open.len() >= DEPTH {
                dropped.push((start, close));
            } else {
                open.push(key);
                if equal < 3 {
                    formatting.push((key, whole));
                }
            }
        } else {
            copies += formatting.len() as u64;
            if !VOID.contains(&name) && !IMPLIED.contains(&name) && !self_closing {
                if open.len() >= DEPTH {
                    dropped.push((start, close));
                } else {
                    open.push(key);
                }
            }
        }
        if work > WORK || copies > COPIES {
            end = start;
            break;
        }
        at = close;
        if !closing && RAW.contains(&name) {
            at = raw_end(bytes, close, name);
            open.pop();
        }
    }
    if dropped.is_empty() {
        return Cow::Borrowed(&html[..floor(html, end)]);
    }
    let mut kept = String::with_capacity(end);
    let mut from = 0;
    for (start, close) in dropped {
        kept.push_str(&html[from..start]);
        from = floor(html, close);
    }
    if from < end {
        kept.push_str(&html[from..floor(html, end)]);
    }
    Cow::Owned(kept)
}

fn floor(html: &str, mut at: usize) -> usize {
    while !html.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn is_name(b: u8) -> bool {
    !matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'>' | b'<') && b.is_ascii()
}

fn hash(name: &str) -> u64 {
    // FNV-1a; collisions only blur the estimate.
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn skip_comment(bytes: &[u8], start: usize) -> usize {
    if bytes[start..].starts_with(b"<!--") {
        // `<!-->` and `<!--->` are whole comments.
        return memmem::find(&bytes[start + 2..], b"-->").map_or(bytes.len(), |n| start + 2 + n + 3);
    }
    memchr(b'>', &bytes[start..]).map_or(bytes.len(), |n| start + n + 1)
}

/// Position after the tag's `>`, the number of attributes (roughly) and whether it ends in `/>`.
fn tag_end(bytes: &[u8], mut at: usize) -> (usize, usize, bool) {
    let mut separators = 0;
    let mut previous = b' ';
    while at < bytes.len() {
        let b = bytes[at];
        match b {
            b'>' => return (at + 1, separators, previous == b'/'),
            b'"' | b'\'' if previous == b'=' => {
                separators += 1;
                match memchr(b, &bytes[at + 1..]) {
                    Some(n) => at += n + 1,
                    None => return (bytes.len(), separators, false),
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' | b'/' | 0x0c
                if !matches!(previous, b' ' | b'\t' | b'\n' | b'\r' | b'/' | 0x0c) =>
            {
                separators += 1;
            }
            _ => {}
        }
        if !(previous == b'=' && matches!(b, b' ' | b'\t' | b'\n' | b'\r')) {
            previous = b;
        }
        at += 1;
    }
    (bytes.len(), separators, false)
}

fn raw_end(bytes: &[u8], mut at: usize, name: &str) -> usize {
    while let Some(n) = memchr2(b'<', b'<', &bytes[at..]) {
        let start = at + n;
        let rest = &bytes[start + 1..];
        if rest.first() == Some(&b'/')
            && rest.len() > name.len()
            && rest[1..=name.len()].eq_ignore_ascii_case(name.as_bytes())
        {
            return start;
        }
        at = start + 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_pages_pass_untouched() {
        let page = "<!doctype html><html><body><!-- <div> --><p>é<b>x</b><script>if(a<b){'<div>'}</script>\
                    <div class=\"a > b\" data-x='1'>y</div></body></html>";
        assert!(matches!(bounded(page), Cow::Borrowed(p) if p == page));
    }

    #[test]
    fn nesting_and_attributes_are_bounded() {
        let deep = "<div>".repeat(100_000);
        assert!(bounded(&deep).len() <= DEPTH * 5);
        let wide = format!("<a {}>ok", "x=1 ".repeat(5_000));
        assert_eq!(bounded(&wide), "ok");
        let fonts = "<font size=1><p>x".repeat(100_000);
        assert!(bounded(&fonts).len() < 100_000);
    }
}
