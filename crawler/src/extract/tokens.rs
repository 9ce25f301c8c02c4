//! The pieces of a page's text: tags with their attributes, comments, the ends of scripts, character
//! references. Follows the tokenization of the HTML standard step by step; which element a tag opens
//! or closes is `quick_tree`'s.

use super::element_kinds::key;
use super::flat::Attribute;
use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::{memchr, memchr2, memchr3, memmem};
use std::borrow::Cow;

/// Attributes of one tag; more stand on no honest page.
const ATTRIBUTES: usize = 200;

/// A tag just read.
pub(super) struct Tag<'s> {
    /// Name in lower case.
    pub name: Cow<'s, str>,
    /// The same as a number; see `element_kinds::key`.
    pub key: u64,
    pub closing: bool,
    /// Whether it ends in `/>`.
    pub self_closing: bool,
    /// Position after its `>`.
    pub end: usize,
}

/// What stands at a `<`.
pub(super) enum Piece<'s> {
    Tag(Tag<'s>),
    /// A comment or something read like one; ends there.
    Comment(usize),
    /// A doctype: its text, and where it ends.
    Doctype(&'s str, usize),
    /// Nothing at all; ends there.
    Nothing(usize),
    /// A tag that the page breaks off in: it and the rest say nothing.
    Broken,
    /// The sign itself.
    Text,
}

/// White space.
const SPACE: u8 = 1;
/// `/`.
const SLASH: u8 = 2;
/// `>`.
const CLOSE: u8 = 4;
/// `=`.
const EQUALS: u8 = 8;
/// A letter that has a small one.
const UPPER: u8 = 16;
/// `&` and the carriage return: what is written otherwise than it is meant.
const WRITTEN: u8 = 32;
/// `<`.
const OPEN: u8 = 64;

/// What each byte may be to a tokenizer.
const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = b'A';
    while b <= b'Z' {
        table[b as usize] = UPPER;
        b += 1;
    }
    table[b' ' as usize] = SPACE;
    table[b'\t' as usize] = SPACE;
    table[b'\n' as usize] = SPACE;
    table[b'\r' as usize] = SPACE | WRITTEN;
    table[0x0c] = SPACE;
    table[b'/' as usize] = SLASH;
    table[b'>' as usize] = CLOSE;
    table[b'=' as usize] = EQUALS;
    table[b'&' as usize] = WRITTEN;
    table[b'<' as usize] = OPEN;
    table
};

fn class(b: u8) -> u8 {
    CLASSES[usize::from(b)]
}

fn is_space(b: u8) -> bool {
    class(b) & SPACE != 0
}

/// How many bytes of white space a text begins with.
pub(super) fn blank(text: &str) -> usize {
    text.bytes().take_while(|&b| is_space(b)).count()
}

/// Reads on until a byte of one of the classes in `stops`: where that is, or the end, and the classes
/// of all bytes before it.
fn until(bytes: &[u8], from: usize, stops: u8) -> (usize, u8) {
    let mut seen = 0;
    for (n, &b) in bytes[from..].iter().enumerate() {
        let class = class(b);
        if class & stops != 0 {
            return (from + n, seen);
        }
        seen |= class;
    }
    (bytes.len(), seen)
}

/// Where the next `<` stands, or the end, and whether what is before it may be written otherwise than it
/// is meant ([`decoded`]).
pub(super) fn text_end(bytes: &[u8], from: usize) -> (usize, bool) {
    let rest = &bytes[from..];
    match memchr3(b'<', b'&', b'\r', rest) {
        None => (bytes.len(), false),
        Some(n) if rest[n] == b'<' => (from + n, false),
        Some(n) => (memchr(b'<', &rest[n..]).map_or(bytes.len(), |m| from + n + m), true),
    }
}

/// Reads what starts at the `<` at `at`; attributes are added to `into`. `None` for a tag with more
/// attributes than are followed.
pub(super) fn piece<'s>(html: &'s str, at: usize, into: &mut Vec<Attribute<'s>>) -> Option<Piece<'s>> {
    let bytes = html.as_bytes();
    let Some(&next) = bytes.get(at + 1) else { return Some(Piece::Text) };
    match next {
        b'!' => Some(declaration(html, at)),
        b'?' => Some(Piece::Comment(after(bytes, at, b'>'))),
        b'/' => match bytes.get(at + 2) {
            None => Some(Piece::Text),
            Some(b) if b.is_ascii_alphabetic() => tag(html, at + 2, true, into),
            Some(b'>') => Some(Piece::Nothing(at + 3)),
            Some(_) => Some(Piece::Comment(after(bytes, at, b'>'))),
        },
        b if b.is_ascii_alphabetic() => tag(html, at + 1, false, into),
        _ => Some(Piece::Text),
    }
}

fn after(bytes: &[u8], from: usize, sign: u8) -> usize {
    memchr(sign, &bytes[from..]).map_or(bytes.len(), |n| from + n + 1)
}

fn declaration(html: &str, at: usize) -> Piece<'_> {
    let bytes = html.as_bytes();
    if bytes[at..].starts_with(b"<!--") {
        let inner = at + 4;
        if bytes[inner..].starts_with(b">") {
            return Piece::Comment(inner + 1);
        }
        if bytes[inner..].starts_with(b"->") {
            return Piece::Comment(inner + 2);
        }
        let plain = memmem::find(&bytes[inner..], b"-->").map(|n| inner + n + 3);
        let until = plain.unwrap_or(bytes.len());
        let odd = memmem::find(&bytes[inner..until], b"--!>").map(|n| inner + n + 4);
        return Piece::Comment(odd.unwrap_or(until));
    }
    let end = after(bytes, at, b'>');
    if bytes.len() >= at + 9 && bytes[at + 2..at + 9].eq_ignore_ascii_case(b"doctype") {
        return Piece::Doctype(&html[at + 9..end], end);
    }
    Piece::Comment(end)
}

/// A name in lower case, of which the classes of its bytes are known.
fn lower(text: &str, seen: u8) -> Cow<'_, str> {
    if seen & UPPER != 0 { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

/// The value up to a quote, decoded, and where the quote stands; `None` where there is none.
fn quoted(html: &str, from: usize, quote: u8) -> Option<(Cow<'_, str>, usize)> {
    let rest = &html.as_bytes()[from..];
    let first = memchr3(quote, b'&', b'\r', rest)?;
    if rest[first] == quote {
        return Some((Cow::Borrowed(&html[from..from + first]), from + first));
    }
    let end = from + first + memchr(quote, &rest[first..])?;
    Some((decoded(&html[from..end], true), end))
}

fn tag<'s>(html: &'s str, from: usize, closing: bool, into: &mut Vec<Attribute<'s>>) -> Option<Piece<'s>> {
    let bytes = html.as_bytes();
    let (mut at, seen) = until(bytes, from, SPACE | SLASH | CLOSE);
    let name = lower(&html[from..at], seen);
    let key = key(&name);
    let first = into.len();
    let tag = |self_closing, end| Some(Piece::Tag(Tag { name, key, closing, self_closing, end }));
    loop {
        while at < bytes.len() && is_space(bytes[at]) {
            at += 1;
        }
        match bytes.get(at) {
            None => return Some(Piece::Broken),
            Some(b'>') => return tag(false, at + 1),
            Some(b'/') => {
                at += 1;
                if bytes.get(at) == Some(&b'>') {
                    return tag(true, at + 1);
                }
                continue;
            }
            Some(_) => {}
        }
        let start = at;
        let seen;
        // A name may begin with any sign, also `=`.
        (at, seen) = until(bytes, start + 1, SPACE | SLASH | CLOSE | EQUALS);
        let name = lower(&html[start..at], seen | class(bytes[start]));
        while at < bytes.len() && is_space(bytes[at]) {
            at += 1;
        }
        let mut value = Cow::Borrowed("");
        if bytes.get(at) == Some(&b'=') {
            at += 1;
            while at < bytes.len() && is_space(bytes[at]) {
                at += 1;
            }
            match bytes.get(at) {
                None => return Some(Piece::Broken),
                Some(&quote @ (b'"' | b'\'')) => {
                    let Some((text, end)) = quoted(html, at + 1, quote) else { return Some(Piece::Broken) };
                    value = text;
                    at = end + 1;
                }
                Some(b'>') => {}
                Some(_) => {
                    let start = at;
                    (at, _) = until(bytes, start, SPACE | CLOSE);
                    value = decoded(&html[start..at], true);
                }
            }
        }
        if into.len() - first >= ATTRIBUTES {
            return None;
        }
        // The first of equal names counts; a closing tag has none.
        if !closing && !into[first..].iter().any(|(known, _)| *known == name) {
            into.push((name, value));
        }
    }
}

/// Where the text of a raw element ends: at the `<` of its closing tag, or at the end of the page.
pub(super) fn raw_end(html: &str, from: usize, name: &str) -> usize {
    let bytes = html.as_bytes();
    let mut at = from;
    while let Some(n) = memmem::find(&bytes[at..], b"</") {
        let start = at + n;
        let rest = &bytes[start + 2..];
        if rest.len() > name.len()
            && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes())
            && (is_space(rest[name.len()]) || matches!(rest[name.len()], b'/' | b'>'))
        {
            return start;
        }
        at = start + 2;
    }
    bytes.len()
}

/// Where the text of a script ends. A comment within it may hold a script of its own, whose closing tag
/// ends nothing (the standard's "double escaped" states).
pub(super) fn script_end(html: &str, from: usize) -> usize {
    let bytes = html.as_bytes();
    let named = |at: usize| {
        let rest = &bytes[at.min(bytes.len())..];
        rest.len() > 6
            && rest[..6].eq_ignore_ascii_case(b"script")
            && class(rest[6]) & (SPACE | SLASH | CLOSE) != 0
    };
    let (mut at, mut end) = (from, 0);
    loop {
        if end < at {
            end = raw_end(html, at, "script");
        }
        let Some(comment) = memmem::find(&bytes[at..end], b"<!--") else { return end };
        // Its own dashes may be those that end it.
        let dashes = at + comment + 2;
        let mut inner = false;
        at = dashes;
        loop {
            let Some(step) = memchr2(b'<', b'>', &bytes[at..]) else { return bytes.len() };
            let sign = at + step;
            at = sign + 1;
            if bytes[sign] == b'>' {
                if sign >= dashes + 2 && bytes[..sign].ends_with(b"--") {
                    break;
                }
            } else if bytes.get(at) == Some(&b'/') {
                match (inner, named(at + 1)) {
                    (false, true) => return sign,
                    (true, true) => inner = false,
                    _ => {}
                }
            } else if !inner {
                inner = named(at);
            }
        }
    }
}

/// A text with its character references decoded and its line ends made single.
pub(super) fn decoded(raw: &str, in_attribute: bool) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    let Some(first) = memchr2(b'&', b'\r', bytes) else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut at = first;
    while at < bytes.len() {
        let taken = match bytes[at] {
            b'&' => reference(&raw[at..], in_attribute, &mut out),
            _ => {
                out.push('\n');
                1 + usize::from(bytes.get(at + 1) == Some(&b'\n'))
            }
        };
        at += taken;
        let next = memchr2(b'&', b'\r', &bytes[at..]).map_or(bytes.len(), |n| at + n);
        out.push_str(&raw[at..next]);
        at = next;
    }
    Cow::Owned(out)
}

/// A raw text with single line ends.
pub(super) fn lines(raw: &str) -> Cow<'_, str> {
    if memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Decodes the reference at the start of a text; gives the bytes it took.
fn reference(text: &str, in_attribute: bool, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    if bytes.starts_with(b"&amp;") {
        out.push('&');
        return 5;
    }
    if bytes.get(1) == Some(&b'#') {
        return number(text, out);
    }
    // The longest name of the table that the text starts with.
    let mut best: Option<(usize, (u32, u32))> = None;
    let mut to = 1;
    while to < bytes.len() && (bytes[to].is_ascii_alphanumeric() || bytes[to] == b';') {
        to += 1;
        match NAMED_ENTITIES.get(&text[1..to]) {
            Some(&found) if found.0 != 0 => best = Some((to, found)),
            Some(_) => {}
            None => break,
        }
    }
    let Some((end, (one, two))) = best else {
        out.push('&');
        return 1;
    };
    let follows = bytes.get(end).is_some_and(|b| *b == b'=' || b.is_ascii_alphanumeric());
    if in_attribute && bytes[end - 1] != b';' && follows {
        out.push_str(&text[..end]);
        return end;
    }
    out.extend(char::from_u32(one));
    out.extend(char::from_u32(two).filter(|_| two != 0));
    end
}

fn number(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let from = if hex { 3 } else { 2 };
    let mut to = from;
    let mut code: u32 = 0;
    while let Some(digit) = bytes.get(to).and_then(|b| char::from(*b).to_digit(if hex { 16 } else { 10 })) {
        code = code.saturating_mul(if hex { 16 } else { 10 }).saturating_add(digit).min(0x11_0000);
        to += 1;
    }
    if to == from {
        out.push_str(&text[..from]);
        return from;
    }
    let c = match code {
        0 => '\u{fffd}',
        0x80..=0x9f => {
            C1_REPLACEMENTS[(code - 0x80) as usize].or_else(|| char::from_u32(code)).unwrap_or('\u{fffd}')
        }
        _ => char::from_u32(code).unwrap_or('\u{fffd}'),
    };
    out.push(c);
    to + usize::from(bytes.get(to) == Some(&b';'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Near and far from where they begin, texts and values are read alike.
        #[test]
        fn a_text_ends_at_the_next_tag(text in "[a-zé &\r=>;]{0,120}", tag in any::<bool>()) {
            let page = format!("{text}{}", if tag { "<b>" } else { "" });
            let (end, written) = text_end(page.as_bytes(), 0);
            prop_assert_eq!(end, text.len());
            prop_assert!(written || !text.contains(['&', '\r']));
        }

        #[test]
        fn a_quoted_value_is_decoded(value in "[a-zé &\r=></']{0,120}", name in "=?[a-zA-Z]{1,9}") {
            let page = format!("<a {name}=\"{value}\" b='1'>");
            let mut attributes = Vec::new();
            let end = match piece(&page, 0, &mut attributes) {
                Some(Piece::Tag(tag)) => tag.end,
                _ => 0,
            };
            prop_assert_eq!(end, page.len());
            prop_assert_eq!(&attributes[0].0, &name.to_ascii_lowercase());
            prop_assert_eq!(&attributes[0].1, &decoded(&value, true));
            prop_assert_eq!(attributes.len(), 2 - usize::from(name.eq_ignore_ascii_case("b")));
        }
    }
}
