//! JSON as pages really write it: comments, trailing and missing commas, raw line breaks in
//! strings, single quotes, bare keys, HTML entities, CDATA. Strict JSON is read by `serde_json`
//! first; this reader takes what is left, and gives back what it understood so far where a text
//! breaks off. Depth and size are bounded. Not a JavaScript interpreter.

use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Nesting that is followed.
const DEPTH: usize = 64;
/// Values one after another in one text.
const SEVERAL: usize = 500;
/// Bytes of a string that a word stands for.
const WORD: usize = 500;

/// Reads a text as JSON, strictly if possible, else leniently. `None` where not even the start of
/// an object or array is found.
pub(super) fn read(text: &str) -> Option<Value> {
    let text = strip(text);
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    if let Some(value) = several(text) {
        return Some(value);
    }
    let value = loose(text)?;
    if is_empty(&value) && text.contains("&quot;") {
        return loose(&entities(text));
    }
    Some(value)
}

/// Reads leniently what a text holds: its first value, or a list of several one after another.
fn loose(text: &str) -> Option<Value> {
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
        _ => Some(Value::Array(values)),
    }
}

/// The value at the beginning of `text`, with words that stand for values (the parameters of a
/// function, say) put in. Strings put in are bounded in length, so that few words cannot grow to much.
pub(super) fn read_with(text: &str, words: &HashMap<String, Value>) -> Option<(Value, usize)> {
    let mut reader = Reader { words: Some(words), ..Reader::new(text) };
    let value = reader.value(0)?;
    Some((value, reader.at))
}

/// The value that starts at the beginning of `text` and the bytes it took.
pub(super) fn read_prefix(text: &str) -> Option<(Value, usize)> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = strict.next() {
        return Some((value, strict.byte_offset()));
    }
    let mut reader = Reader::new(text);
    let value = reader.value(0)?;
    Some((value, reader.at))
}

/// The string that starts at the quote at the beginning of `text`, without its escapes, and the bytes it
/// took with its quotes. It ends at the first such quote that is not escaped.
pub(super) fn read_string(text: &str) -> Option<(String, usize)> {
    let quote = text.bytes().next().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let mut reader = Reader { plain: true, ..Reader::new(text) };
    let string = reader.string(quote);
    Some((string, reader.at))
}

/// Several JSON texts one after another, as some pages put into one script.
fn several(text: &str) -> Option<Value> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        values.push(value.ok()?);
    }
    (!values.is_empty()).then_some(Value::Array(values))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
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

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    words: Option<&'a HashMap<String, Value>>,
    /// Whether quotes within a string are always escaped.
    plain: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader { text, bytes: text.as_bytes(), at: 0, words: None, plain: false }
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

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip();
        match self.peek()? {
            b'{' if depth < DEPTH => Some(self.object(depth)),
            b'[' if depth < DEPTH => Some(self.array(depth)),
            b'{' | b'[' => None,
            b'"' => Some(Value::String(self.string(b'"'))),
            b'\'' => Some(Value::String(self.string(b'\''))),
            b'`' => Some(Value::String(self.string(b'`'))),
            _ => self.bare(),
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        self.at += 1;
        let mut map = Map::new();
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
                _ => self.word(),
            };
            self.skip();
            if self.peek() == Some(b':') {
                self.at += 1;
                match self.value(depth + 1) {
                    Some(value) => {
                        map.insert(key, value);
                    }
                    None => self.resync(),
                }
            } else if self.at == before || key.is_empty() {
                self.resync();
                if self.at == before {
                    self.at += self.char_len();
                }
            }
        }
        Value::Object(map)
    }

    fn array(&mut self, depth: usize) -> Value {
        self.at += 1;
        let mut list = Vec::new();
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
                Some(value) => list.push(value),
                None => self.resync(),
            }
            if self.at == before {
                self.at += self.char_len();
            }
        }
        Value::Array(list)
    }

    /// On to the next comma or end of the enclosing value.
    fn resync(&mut self) {
        self.at = memchr::memchr3(b',', b'}', b']', &self.bytes[self.at..])
            .map_or(self.bytes.len(), |n| self.at + n);
    }

    fn char_len(&self) -> usize {
        self.text[self.at..].chars().next().map_or(1, char::len_utf8)
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while let Some(b) = self.peek() {
            if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'@' | b'-' | b'.') {
                self.at += 1;
            } else {
                break;
            }
        }
        self.text[start..self.at].to_owned()
    }

    /// A number, `true`, `false`, `null`; another word is an expression, which has no value.
    fn bare(&mut self) -> Option<Value> {
        let start = self.at;
        while let Some(b) = self.peek() {
            if matches!(b, b',' | b'}' | b']' | b'\n' | b':' | b'{' | b'[' | b'"' | b'\'' | b'(') {
                break;
            }
            self.at += 1;
        }
        let word = self.text.get(start..self.at)?.trim();
        match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" | "undefined" => Some(Value::Null),
            _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                match serde_json::from_str::<Number>(word) {
                    Ok(number) => Some(Value::Number(number)),
                    // `1.299,00` or `19.90 €` without quotes: a text.
                    Err(_) => Some(Value::String(word.to_owned())),
                }
            }
            // How scripts write true and false when they are made small.
            "!0" => Some(Value::Bool(true)),
            "!1" => Some(Value::Bool(false)),
            "void 0" | "NaN" => Some(Value::Null),
            _ => match self.words?.get(word)? {
                Value::String(text) if text.len() > WORD => None,
                Value::Array(_) | Value::Object(_) => None,
                scalar => Some(scalar.clone()),
            },
        }
    }

    fn string(&mut self, quote: u8) -> String {
        self.at += 1;
        let mut out = String::new();
        let mut from = self.at;
        while let Some(b) = self.peek() {
            if b == b'\\' {
                out.push_str(&self.text[from..self.at]);
                self.at += 1;
                self.escape(&mut out);
                from = self.at;
            } else if b == quote && (self.plain || self.ends_here()) {
                break;
            } else {
                self.at += 1;
            }
        }
        out.push_str(&self.text[from..self.at.min(self.text.len())]);
        self.at = (self.at + 1).min(self.bytes.len());
        out
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

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
