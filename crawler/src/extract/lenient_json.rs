//! JSON as pages really write it: comments, trailing and missing commas, raw line breaks in
//! strings, single quotes, bare keys, HTML entities, CDATA. Strict JSON is read by `strict_json`
//! first; this reader takes what is left, and gives back what it understood so far where a text
//! breaks off. Depth and size are bounded. Not a JavaScript interpreter.

use super::json_value::{Json, Object, Pair, number};
use super::strict_json;
use std::borrow::Cow;
use std::collections::HashMap;

/// Nesting that is followed.
const DEPTH: usize = 64;
/// Values one after another in one text.
const SEVERAL: usize = 500;
/// Bytes of a string that a word stands for.
const WORD: usize = 500;

/// Reads a text as JSON, strictly if possible, else leniently. `None` where not even the start of
/// an object or array is found.
pub(super) fn read(text: &str) -> Option<Json<'_>> {
    let text = strip(text);
    // Some pages put several JSON texts one after another into one script.
    if let Some(mut values) = strict_json::all(text) {
        return if values.len() == 1 { values.pop() } else { Some(Json::List(values)) };
    }
    let value = loose(text)?;
    if is_empty(&value) && text.contains("&quot;") {
        return loose(&entities(text)).map(Json::into_owned);
    }
    Some(value)
}

/// Reads leniently what a text holds: its first value, or a list of several one after another.
fn loose(text: &str) -> Option<Json<'_>> {
    let mut rest = &text[text.find(['{', '['])?..];
    let mut values = Vec::new();
    while values.len() < SEVERAL {
        let mut reader = Reader::new(rest);
        let Some(value) = reader.value(0) else { break };
        values.push(value);
        rest = &rest[reader.at..];
        // Only what follows directly: behind other text stands no further value.
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '}' | ']'));
        if !rest.starts_with(['{', '[']) {
            break;
        }
    }
    match values.len() {
        0 | 1 => values.pop(),
        _ => Some(Json::List(values)),
    }
}

/// The value at the beginning of `text`, with words that stand for values (the parameters of a
/// function, say) put in. Strings put in are bounded in length, so that few words cannot grow to much.
pub(super) fn read_with<'a>(
    text: &'a str,
    words: &HashMap<String, Json<'static>>,
) -> Option<(Json<'a>, usize)> {
    let mut reader = Reader { words: Some(words), ..Reader::new(text) };
    let value = reader.value(0)?;
    Some((value, reader.at))
}

/// The value that starts at the beginning of `text` and the bytes it took.
pub(super) fn read_prefix(text: &str) -> Option<(Json<'_>, usize)> {
    if let Some(read) = strict_json::prefix(text) {
        return Some(read);
    }
    let mut reader = Reader::new(text);
    let value = reader.value(0)?;
    Some((value, reader.at))
}

/// The string that starts at the quote at the beginning of `text`, without its escapes, and the bytes it
/// took with its quotes. It ends at the first such quote that is not escaped.
pub(super) fn read_string(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let quote = text.bytes().next().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let mut reader = Reader { plain: true, ..Reader::new(text) };
    let string = reader.string(quote);
    Some((string, reader.at))
}

fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Object(object) => object.is_empty(),
        Json::List(list) => list.is_empty(),
        _ => true,
    }
}

fn strip(text: &str) -> &str {
    let mut text = text.trim().trim_start_matches('\u{feff}');
    for (open, close) in
        [("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<![CDATA[", "]]>")]
    {
        if let Some(inner) = text.strip_prefix(open) {
            let inner = inner.trim();
            text = inner.strip_suffix(close).unwrap_or(inner).trim();
        }
    }
    text.trim_end_matches(';')
}

/// The five entities of XML and numeric ones; what else is unknown stays.
pub(super) fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        let decoded = end.and_then(|end| {
            let name = &rest[1..end];
            let c = match name {
                "quot" => '"',
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                "euro" => '€',
                "pound" => '£',
                "yen" => '¥',
                _ => {
                    let digits = name.strip_prefix('#')?;
                    let code = match digits.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => digits.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((c, end + 1))
        });
        match decoded {
            Some((c, taken)) => {
                out.push(c);
                rest = &rest[taken..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

struct Reader<'a, 'w> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    words: Option<&'w HashMap<String, Json<'static>>>,
    /// Whether quotes within a string are always escaped.
    plain: bool,
    /// What the objects and lists hold that are still open, so that each is made in its own size.
    pairs: Vec<Pair<'a>>,
    items: Vec<Json<'a>>,
}

impl<'a> Reader<'a, '_> {
    fn new(text: &'a str) -> Self {
        let (pairs, items) = (Vec::new(), Vec::new());
        Reader { text, bytes: text.as_bytes(), at: 0, words: None, plain: false, pairs, items }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over white space and comments.
    fn skip(&mut self) {
        loop {
            match self.peek() {
                Some(b) if b.is_ascii_whitespace() => self.at += 1,
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'/') => {
                    self.at = memchr::memchr(b'\n', &self.bytes[self.at..])
                        .map_or(self.bytes.len(), |n| self.at + n);
                }
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'*') => {
                    self.at = memchr::memmem::find(&self.bytes[self.at..], b"*/")
                        .map_or(self.bytes.len(), |n| self.at + n + 2);
                }
                Some(0xC2) if self.bytes.get(self.at + 1) == Some(&0xA0) => self.at += 2,
                _ => return,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        self.skip();
        match self.peek()? {
            b'{' if depth < DEPTH => Some(self.object(depth)),
            b'[' if depth < DEPTH => Some(self.array(depth)),
            b'{' | b'[' => None,
            b'"' => Some(Json::Text(self.string(b'"'))),
            b'\'' => Some(Json::Text(self.string(b'\''))),
            b'`' => Some(Json::Text(self.string(b'`'))),
            _ => self.bare(),
        }
    }

    fn object(&mut self, depth: usize) -> Json<'a> {
        self.at += 1;
        let first = self.pairs.len();
        loop {
            self.skip();
            match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b';') => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let before = self.at;
            let key = match self.peek() {
                Some(q @ (b'"' | b'\'')) => self.string(q),
                _ => Cow::Borrowed(self.word()),
            };
            self.skip();
            if self.peek() == Some(b':') {
                self.at += 1;
                match self.value(depth + 1) {
                    Some(value) => self.pairs.push((key, value)),
                    None => self.resync(),
                }
            } else if self.at == before || key.is_empty() {
                self.resync();
                if self.at == before {
                    self.at += self.char_len();
                }
            }
        }
        Json::Object(Object::of(self.pairs.drain(first..).collect()))
    }

    fn array(&mut self, depth: usize) -> Json<'a> {
        self.at += 1;
        let first = self.items.len();
        loop {
            self.skip();
            match self.peek() {
                None => break,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                // An object that ends here was opened outside: the array lacks its end.
                Some(b'}') => break,
                Some(b',' | b';') => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let before = self.at;
            match self.value(depth + 1) {
                Some(value) => self.items.push(value),
                None => self.resync(),
            }
            if self.at == before {
                self.at += self.char_len();
            }
        }
        Json::List(self.items.drain(first..).collect())
    }

    /// On to the next comma or end of the enclosing value.
    fn resync(&mut self) {
        self.at = memchr::memchr3(b',', b'}', b']', &self.bytes[self.at..])
            .map_or(self.bytes.len(), |n| self.at + n);
    }

    fn char_len(&self) -> usize {
        self.text[self.at..].chars().next().map_or(1, char::len_utf8)
    }

    fn word(&mut self) -> &'a str {
        let start = self.at;
        while let Some(b) = self.peek() {
            if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'@' | b'-' | b'.') {
                self.at += 1;
            } else {
                break;
            }
        }
        &self.text[start..self.at]
    }

    /// A number, `true`, `false`, `null`; another word is an expression, which has no value.
    fn bare(&mut self) -> Option<Json<'a>> {
        const ENDS: [bool; 256] = signs(b",}]\n:{[\"'(");
        let start = self.at;
        let rest = &self.bytes[start..];
        self.at += rest.iter().position(|&b| ENDS[usize::from(b)]).unwrap_or(rest.len());
        let word = self.text.get(start..self.at)?.trim();
        match word {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            "null" | "undefined" => Some(Json::Null),
            _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                let written = Cow::Borrowed(word);
                // `1.299,00` or `19.90 €` without quotes: a text.
                Some(if number(word).is_some() { Json::Number(written) } else { Json::Text(written) })
            }
            // How scripts write true and false when they are made small.
            "!0" => Some(Json::Bool(true)),
            "!1" => Some(Json::Bool(false)),
            "void 0" | "NaN" => Some(Json::Null),
            _ => match self.words?.get(word)? {
                Json::Text(text) if text.len() > WORD => None,
                Json::List(_) | Json::Object(_) => None,
                scalar => Some(scalar.clone()),
            },
        }
    }

    fn string(&mut self, quote: u8) -> Cow<'a, str> {
        self.at += 1;
        let mut out = None;
        let mut from = self.at;
        while let Some(n) = memchr::memchr2(b'\\', quote, &self.bytes[self.at..]) {
            self.at += n;
            if self.bytes[self.at] == b'\\' {
                let out: &mut String = out.get_or_insert_default();
                out.push_str(&self.text[from..self.at]);
                self.at += 1;
                self.escape(out);
                from = self.at;
            } else if self.plain || self.ends_here() {
                let rest = &self.text[from..self.at];
                self.at += 1;
                return joined(out, rest);
            } else {
                self.at += 1;
            }
        }
        self.at = self.bytes.len();
        joined(out, &self.text[from..])
    }

    /// Whether the quote at the cursor ends the string: an unescaped quote within a text (`19" TV`)
    /// is not followed by a comma, a colon or an end.
    fn ends_here(&self) -> bool {
        let mut after = self.bytes[self.at + 1..].iter().take(400).skip_while(|b| b.is_ascii_whitespace());
        match after.next() {
            None | Some(b',' | b'}' | b']' | b':' | b')' | b';' | b'+' | b'/') => true,
            // A missing comma: the next line starts with a key.
            Some(b'"' | b'\'') => {
                let rest = &self.bytes[self.at + 1..(self.at + 400).min(self.bytes.len())];
                memchr::memchr(b'\n', rest).is_some_and(|n| rest[..n].iter().all(u8::is_ascii_whitespace))
            }
            Some(_) => false,
        }
    }

    fn escape(&mut self, out: &mut String) {
        let Some(b) = self.peek() else { return };
        let simple = match b {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' | b'f' => ' ',
            b'u' | b'x' => {
                let digits = if b == b'u' { 4 } else { 2 };
                let code = self.hex(self.at + 1, digits);
                self.at += 1;
                if let Some(mut code) = code {
                    self.at += digits;
                    if (0xD800..0xDC00).contains(&code)
                        && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
                        && let Some(low) = self.hex(self.at + 2, 4)
                        && (0xDC00..0xE000).contains(&low)
                    {
                        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                        self.at += 6;
                    }
                    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                return;
            }
            _ => {
                let len = self.char_len();
                out.push_str(&self.text[self.at..self.at + len]);
                self.at += len;
                return;
            }
        };
        out.push(simple);
        self.at += 1;
    }

    fn hex(&self, from: usize, digits: usize) -> Option<u32> {
        u32::from_str_radix(self.text.get(from..from + digits)?, 16).ok()
    }
}

/// What stands before the last escape of a string, with what stands after it.
fn joined(before: Option<String>, rest: &str) -> Cow<'_, str> {
    match before {
        None => Cow::Borrowed(rest),
        Some(before) => Cow::Owned(before + rest),
    }
}

const fn signs(of: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut n = 0;
    while n < of.len() {
        table[of[n] as usize] = true;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Option<Value> {
        super::read(text).map(Value::from)
    }

    #[test]
    fn broken_json_of_the_wild() {
        for (text, wanted) in [
            ("/* c */ {\"a\": 1, // x\n \"b\": [1,2,],}", json!({"a":1,"b":[1,2]})),
            ("{\"a\": \"two\nlines\"}", json!({"a":"two\nlines"})),
            ("<!--{\"a\":1}-->", json!({"a":1})),
            ("//<![CDATA[\n{\"a\":1}\n//]]>", json!({"a":1})),
            ("{\"a\":\"19\" TV\",\"b\":2}", json!({"a":"19\" TV","b":2})),
            ("{'a':'it\\'s', b: 2.5, c: f(x), d: 3}", json!({"a":"it's","b":2.5,"d":3})),
            ("{\"a\":1\n\"b\":\"x\"\n\"c\":3}", json!({"a":1,"b":"x","c":3})),
            ("{\"a\":{\"price\":\"12\"", json!({"a":{"price":"12"}})),
            ("{\"a\":1}{\"b\":2}", json!([{"a":1},{"b":2}])),
            ("{&quot;a&quot;:1}", json!({"a":1})),
            ("{\"a\":\"\\u20ac\"};", json!({"a":"€"})),
            ("\u{feff}{\"a\":NaN,\"b\":[1,,2],}", json!({"a":null,"b":[1,2]})),
            ("{\"a\":1,}{'b':2}\n[3]", json!([{"a":1},{"b":2},[3]])),
            ("{\"a\":!0,\"b\":void 0}", json!({"a":true,"b":null})),
        ] {
            assert_eq!(read(text), Some(wanted), "{text}");
        }
        assert_eq!(read("nothing"), None);
        assert_eq!(entities("a&amp;b &#8364;&#x20AC; &x; &"), "a&b €€ &x; &");
    }

    #[test]
    fn deep_nesting_is_not_followed() {
        assert!(read(&"[".repeat(1_000_000)).is_some());
        assert!(read(&"{\"a\":".repeat(200_000)).is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[\\[\\]{}\"':,/*a\\\\ué1\n ]{0,80}") {
            let _ = read(&text);
            let _ = read_prefix(&text);
        }
        #[test]
        fn what_is_taken_lies_within_the_text(text in "[\\[{(][\\[\\]{}\"':,/*a\\\\ué1\n ]{0,60}") {
            if let Some((_, taken)) = read_prefix(&text) {
                prop_assert!(taken <= text.len() && taken > 0);
            }
            if let Some((_, taken)) = read_string(&format!("\"{text}")) {
                prop_assert!(taken <= text.len() + 1);
            }
        }
        #[test]
        fn a_text_that_breaks_off_keeps_what_stood_before(values in proptest::collection::vec(0u32..1000, 1..20), cut in 0usize..200) {
            let whole = json!({"a": values}).to_string();
            let broken = &whole[..cut.min(whole.len())];
            let read = read(broken).and_then(|v| v["a"].as_array().cloned()).unwrap_or_default();
            // The last number may be cut itself.
            for (got, wanted) in read.iter().zip(&values).take(read.len().saturating_sub(1)) {
                prop_assert_eq!(got, &json!(wanted));
            }
        }
        #[test]
        fn trailing_commas_and_single_quotes_change_nothing(texts in proptest::collection::vec("[a-zé ]{0,8}", 0..6)) {
            let wanted = json!({"k": texts});
            let written = format!("{{'k':[{}],}}", texts.iter().map(|t| format!("'{t}',")).collect::<String>());
            prop_assert_eq!(read(&written), Some(wanted));
        }
        #[test]
        fn strict_json_is_read_the_same(text in "[a-zé\"\\\\/\n]{0,20}", n in any::<i64>()) {
            let value = json!({"k": [text, n, null, true]});
            let mut reader = value.to_string();
            prop_assert_eq!(read(&reader), Some(value.clone()));
            reader.insert_str(1, "/**/");
            prop_assert_eq!(read(&reader), Some(value));
        }
    }
}
