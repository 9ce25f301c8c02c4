//! JSON as its standard says, read into `json_value`s: most of a page's state is written so, and reading
//! it so is quick. What is written otherwise is refused as a whole and left to `lenient_json`.

use super::json_value::{Json, Object, Pair, number};
use std::borrow::Cow;

/// Lists and objects within each other.
const DEPTH: usize = 127;
/// Length from which a number may be out of all range.
const LONG: usize = 300;

/// All values of a text, one after another; `None` where it holds anything else, or none.
pub(super) fn all(text: &str) -> Option<Vec<Json<'_>>> {
    let mut reader = Reader::new(text);
    let mut values = Vec::new();
    loop {
        reader.skip();
        let Some(first) = reader.peek() else { break };
        values.push(reader.value(DEPTH)?);
        // Where a word or a number ends must be said.
        let ends = |b: u8| b" \n\t\r\"[]{},:".contains(&b);
        if !matches!(first, b'{' | b'[' | b'"') && !reader.peek().is_none_or(ends) {
            return None;
        }
    }
    (!values.is_empty()).then_some(values)
}

/// The value that a text begins with, and the bytes it took.
pub(super) fn prefix(text: &str) -> Option<(Json<'_>, usize)> {
    let mut reader = Reader::new(text);
    let value = reader.value(DEPTH)?;
    Some((value, reader.at))
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// What the objects and lists hold that are still open, so that each is made in its own size.
    pairs: Vec<Pair<'a>>,
    items: Vec<Json<'a>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader { text, bytes: text.as_bytes(), at: 0, pairs: Vec::new(), items: Vec::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// A value within which so many may stand in each other.
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        self.skip();
        match self.peek()? {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.list(depth.checked_sub(1)?),
            b'"' => self.string().map(Json::Text),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Option<Json<'a>> {
        let holds = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        holds.then_some(value)
    }

    fn object(&mut self, depth: usize) -> Option<Json<'a>> {
        let first = self.pairs.len();
        self.at += 1;
        self.skip();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(Json::Object(Object::default()));
        }
        loop {
            if self.peek()? != b'"' {
                return None;
            }
            let key = self.string()?;
            self.skip();
            if self.peek()? != b':' {
                return None;
            }
            self.at += 1;
            let value = self.value(depth)?;
            self.pairs.push((key, value));
            self.skip();
            let sign = self.peek()?;
            self.at += 1;
            match sign {
                b',' => self.skip(),
                b'}' => return Some(Json::Object(Object::of(self.pairs.drain(first..).collect()))),
                _ => return None,
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json<'a>> {
        let first = self.items.len();
        self.at += 1;
        self.skip();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(Json::List(Vec::new()));
        }
        loop {
            let value = self.value(depth)?;
            self.items.push(value);
            self.skip();
            let sign = self.peek()?;
            self.at += 1;
            match sign {
                b',' => {}
                b']' => return Some(Json::List(self.items.drain(first..).collect())),
                _ => return None,
            }
        }
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
        }
        let power = matches!(self.peek(), Some(b'e' | b'E'));
        if power {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        let written = &self.text[from..self.at];
        if (power || written.len() >= LONG) && number(written).is_none() {
            return None;
        }
        Some(Json::Number(Cow::Borrowed(written)))
    }

    /// The string that starts at the quote at the cursor.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.at += 1;
        let mut from = self.at;
        self.at = plain_end(self.bytes, from);
        if self.peek()? == b'"' {
            self.at += 1;
            return Some(Cow::Borrowed(&self.text[from..self.at - 1]));
        }
        let mut out = String::new();
        loop {
            out.push_str(&self.text[from..self.at]);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(Cow::Owned(out));
                }
                b'\\' => out.push(self.escaped()?),
                // A control sign has to be escaped.
                _ => return None,
            }
            from = self.at;
            self.at = plain_end(self.bytes, from);
        }
    }

    /// What the escape at the cursor stands for.
    fn escaped(&mut self) -> Option<char> {
        let sign = *self.bytes.get(self.at + 1)?;
        self.at += 2;
        Some(match sign {
            b'"' | b'\\' | b'/' => char::from(sign),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let code = self.hex()?;
                if !(0xD800..0xDC00).contains(&code) {
                    return char::from_u32(code);
                }
                if !self.bytes[self.at..].starts_with(b"\\u") {
                    return None;
                }
                self.at += 2;
                let low = self.hex().filter(|low| (0xDC00..0xE000).contains(low))?;
                return char::from_u32(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |code, &b| Some(code << 4 | char::from(b).to_digit(16)?))
    }
}

/// Where a string's plain text ends: at a quote, a backslash or a control sign, or at the end. Eight bytes
/// are looked at in one step.
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*chunk);
        let equal = |sign: u8| {
            let differ = eight ^ (ONES * sign as u64);
            differ.wrapping_sub(ONES) & !differ
        };
        let control = eight.wrapping_sub(ONES * 0x20) & !eight;
        // The lowest bit is sure; those above may be carried.
        let ends = (equal(b'"') | equal(b'\\') | control) & HIGH;
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes[at..].iter().position(|&b| matches!(b, b'"' | b'\\') || b < 0x20).map_or(bytes.len(), |n| at + n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Deserializer, Value};

    fn by_serde(text: &str) -> Option<Vec<Value>> {
        let values: Result<Vec<Value>, _> = Deserializer::from_str(text).into_iter().collect();
        values.ok().filter(|values| !values.is_empty())
    }

    fn ours(text: &str) -> Option<Vec<Value>> {
        Some(all(text)?.into_iter().map(Value::from).collect())
    }

    #[test]
    fn what_is_read_and_refused_is_serdes() {
        for text in [
            "",
            " ",
            "{}",
            "[]",
            "[ ]",
            "{ }",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"b\":2,\"a\":3}",
            "01",
            "-",
            "-0",
            "1.",
            "1.5e3",
            "1e",
            "1e+5",
            "1e999",
            "12 13",
            "12x",
            "true false",
            "truex",
            "nul",
            "\"a\"\"b\"",
            "{\"a\":1}{\"b\":2}",
            "[1] x",
            "\"\\ud83d\\ude00 \\u00e9\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\ud83d\\u0041\"",
            "\"\\x\"",
            "\"\\b\\f\\n\\r\\t\\/\"",
            "\"a\nb\"",
            "\"open",
            "{\"a\"",
            "{a:1}",
            "\u{a0}1",
            "[1 2]",
            "\"\u{7f}é€\"",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            assert_eq!(ours(text), by_serde(text), "{text}");
        }
        for depth in [126, 127, 128, 129] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                assert_eq!(ours(&text), by_serde(&text), "{depth}");
            }
        }
        let digits = format!("[{}]", "9".repeat(400));
        assert_eq!(ours(&digits), by_serde(&digits));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn any_text_is_read_as_serde_reads_it(text in "[\\[\\]{}\":,a\\\\uéd8c0-9.eE+\\- \n]{0,24}") {
            prop_assert_eq!(ours(&text), by_serde(&text));
        }
        #[test]
        fn pieces_are_read_as_serde_reads_them(pieces in prop::collection::vec(prop::sample::select(&[
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"bc\"", "\"\\u0041\"", "1", "-2.5", "true", "null", " ",
            "{\"a\":", "[1,", "\"long enough to be looked at in steps \\n\"",
        ][..]), 0..14)) {
            let text = pieces.concat();
            prop_assert_eq!(ours(&text), by_serde(&text));
            let whole = Deserializer::from_str(&text).into_iter::<Value>().next().and_then(Result::ok);
            let first = prefix(&text).filter(|_| text.starts_with(['{', '[', '"']));
            if let Some((value, taken)) = first {
                prop_assert!(taken <= text.len());
                prop_assert_eq!(Some(Value::from(value)), whole);
            }
        }
        #[test]
        fn many_keys_keep_their_order(keys in prop::collection::vec("[a-d]{1,2}", 0..40)) {
            let pairs: Vec<String> = keys.iter().enumerate().map(|(n, key)| format!("\"{key}\":{n}")).collect();
            let text = format!("{{{}}}", pairs.join(","));
            let (a, b) = (ours(&text).unwrap(), by_serde(&text).unwrap());
            prop_assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
        }
    }
}
