//! Offers in full, packed so that one can be read without the others: what is said again and again is
//! said once. Not what the records mean.
//!
//! A record is compact JSON. Taken apart, it is a skeleton (keys and punctuation, with a hole for
//! every string and number) and its leaves. Skeletons, and leaves that occur twice or more in the
//! file, stand in one dictionary, the most frequent first; a record is the number of its skeleton
//! and for each hole a code:
//!
//! ```text
//! 0 length bytes   a leaf that occurs once
//! 1 32 bytes       such a leaf that is a SHA-256 in quotation marks
//! 2                the record's own id, in quotation marks
//! k + 3            leaf k of the dictionary
//! ```
//!
//! All numbers are LEB128. There is no compression beyond that: any record is at hand by its offset, and
//! the bytes do not hang on the version of a packer.

use crate::StatisticsError;
use crate::columnar::{Column, Container, Writer};
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// Stands in a skeleton for a leaf; JSON never has this byte.
const HOLE: char = '\u{1}';

/// The texts of skeletons and leaves, numbered in order of first sight.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

/// A record taken apart: its skeleton, then its leaves.
pub(super) type Record = Box<[u32]>;

impl Tokens {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// Takes compact JSON apart.
    pub fn take(&mut self, json: &str) -> Record {
        let bytes = json.as_bytes();
        let mut out = vec![0];
        let mut skeleton = String::with_capacity(json.len() / 2);
        let mut at = 0;
        while at < bytes.len() {
            let begins = at;
            match bytes[at] {
                b'"' => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != b'"' {
                        at += 1 + usize::from(bytes[at] == b'\\');
                    }
                    at = (at + 1).min(bytes.len());
                    if bytes.get(at) == Some(&b':') {
                        skeleton.push_str(&json[begins..at]);
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => {
                    while at < bytes.len() && !matches!(bytes[at], b',' | b']' | b'}') {
                        at += 1;
                    }
                }
                _ => {
                    // Punctuation, true, false and null are ASCII.
                    skeleton.push(char::from(bytes[at]));
                    at += 1;
                    continue;
                }
            }
            skeleton.push(HOLE);
            out.push(self.number(&json[begins..at]));
        }
        out[0] = self.number(&skeleton);
        out.into()
    }

    /// The JSON again.
    pub fn json(&self, record: &[u32]) -> String {
        let text = |number: &u32| self.texts.get(*number as usize).map_or("", |text| text);
        let mut leaves = record.iter().skip(1);
        let mut out = String::new();
        for (at, part) in record.first().map_or("", text).split(HOLE).enumerate() {
            if at > 0 {
                out.push_str(leaves.next().map_or("null", text));
            }
            out.push_str(part);
        }
        out
    }

    /// Writes records with their ids as the sections `dictionary` and `records`.
    pub fn write<'a, W: Write>(
        &self,
        records: impl Iterator<Item = (&'a [u8; 32], &'a Record)> + Clone,
        writer: &mut Writer<W>,
    ) -> Result<(), StatisticsError> {
        let mut counts = vec![0u32; self.texts.len()];
        let mut is_skeleton = vec![false; self.texts.len()];
        for (id, record) in records.clone() {
            is_skeleton[record[0] as usize] = true;
            for &token in record.iter() {
                if hash_of(&self.texts[token as usize]).as_ref() != Some(id) {
                    counts[token as usize] = counts[token as usize].saturating_add(1);
                }
            }
        }
        let mut dictionary: Vec<u32> = (0..self.texts.len() as u32)
            .filter(|&token| counts[token as usize] > 1 || is_skeleton[token as usize])
            .collect();
        dictionary.sort_unstable_by(|&a, &b| {
            let key = |token: u32| std::cmp::Reverse(counts[token as usize]);
            key(a).cmp(&key(b)).then_with(|| self.texts[a as usize].cmp(&self.texts[b as usize]))
        });
        let mut codes = vec![u32::MAX; self.texts.len()];
        let mut ends = vec![0u64];
        let mut section = writer.begin("dictionary")?;
        for (code, &token) in dictionary.iter().enumerate() {
            codes[token as usize] = code as u32;
            section.write_all(self.texts[token as usize].as_bytes())?;
            ends.push(section.written());
        }
        section.end();
        writer.column("dictionary_at", &ends)?;
        let mut ends = vec![0u64];
        let mut bytes = Vec::new();
        let mut section = writer.begin("records")?;
        for (id, record) in records {
            bytes.clear();
            put(&mut bytes, codes[record[0] as usize].into());
            for &leaf in &record[1..] {
                let (text, code) = (&self.texts[leaf as usize], codes[leaf as usize]);
                let hash = hash_of(text);
                if hash.as_ref() == Some(id) {
                    put(&mut bytes, 2);
                } else if code != u32::MAX {
                    put(&mut bytes, u64::from(code) + 3);
                } else if let Some(hash) = hash {
                    put(&mut bytes, 1);
                    bytes.extend_from_slice(&hash);
                } else {
                    put(&mut bytes, 0);
                    put(&mut bytes, text.len() as u64);
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
            section.write_all(&bytes)?;
            ends.push(section.written());
        }
        section.end();
        writer.column("records_at", &ends)
    }
}

/// The bytes of a leaf that is 64 small hexadecimal digits in quotation marks.
fn hash_of(leaf: &str) -> Option<[u8; 32]> {
    let digits = leaf.strip_prefix('"')?.strip_suffix('"')?.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

fn put_hash(out: &mut String, hash: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    for byte in hash {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out.push('"');
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number and moves on behind it.
fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 127).checked_shl(shift)?;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

fn take_bytes<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

/// The records of a file.
#[derive(Debug, Clone)]
pub(super) struct Records {
    container: Container,
    dictionary: Column<u8>,
    dictionary_at: Column<u64>,
    records: Column<u8>,
    records_at: Column<u64>,
}

/// The bytes between two neighbouring offsets.
pub(super) fn part<'a, T>(all: &'a [T], ends: &[u64], at: usize) -> Option<&'a [T]> {
    let (from, to) = (*ends.get(at)?, *ends.get(at.checked_add(1)?)?);
    all.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
}

impl Records {
    pub fn open(container: &Container) -> Result<Records, StatisticsError> {
        Ok(Records {
            dictionary: container.find("dictionary")?,
            dictionary_at: container.find("dictionary_at")?,
            records: container.find("records")?,
            records_at: container.find("records_at")?,
            container: container.clone(),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records_at.len().saturating_sub(1)
    }

    /// The JSON of a record; `None` where the file is damaged.
    pub fn json(&self, at: usize, id: &[u8; 32]) -> Option<String> {
        let (all, ends) = (self.container.get(&self.dictionary), self.container.get(&self.dictionary_at));
        let text = |code: u64| std::str::from_utf8(part(all, ends, usize::try_from(code).ok()?)?).ok();
        let mut bytes = part(self.container.get(&self.records), self.container.get(&self.records_at), at)?;
        let skeleton = text(take_number(&mut bytes)?)?;
        let mut out = String::with_capacity(skeleton.len() + 4 * bytes.len());
        for (hole, piece) in skeleton.split(HOLE).enumerate() {
            if hole > 0 {
                match take_number(&mut bytes)? {
                    0 => {
                        let length = usize::try_from(take_number(&mut bytes)?).ok()?;
                        out.push_str(std::str::from_utf8(take_bytes(&mut bytes, length)?).ok()?);
                    }
                    1 => put_hash(&mut out, take_bytes(&mut bytes, 32)?),
                    2 => put_hash(&mut out, id),
                    code => out.push_str(text(code - 3)?),
                }
            }
            out.push_str(piece);
        }
        bytes.is_empty().then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::aligned;
    use proptest::prelude::*;
    use serde_json::Value;

    fn packed(values: &[Value]) -> (Vec<u8>, Vec<[u8; 32]>) {
        let mut tokens = Tokens::default();
        let records: Vec<Record> =
            values.iter().map(|v| tokens.take(&serde_json::to_string(v).unwrap())).collect();
        for (record, value) in records.iter().zip(values) {
            assert_eq!(tokens.json(record), serde_json::to_string(value).unwrap());
        }
        let ids: Vec<[u8; 32]> = (0..values.len()).map(|i| [i as u8; 32]).collect();
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        tokens.write(ids.iter().zip(&records), &mut writer).unwrap();
        (writer.finish().unwrap().0, ids)
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9f64).prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            "[\"\\\\\u{1}:,{}]{0,4}".prop_map(Value::from),
            Just(Value::from("02".repeat(32))),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".{0,4}", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_comes_back(values in prop::collection::vec(any_json(), 0..6)) {
            let (bytes, ids) = packed(&values);
            let records = Records::open(&Container::open(aligned(&bytes)).unwrap()).unwrap();
            prop_assert_eq!(records.len(), values.len());
            for (at, value) in values.iter().enumerate() {
                prop_assert_eq!(records.json(at, &ids[at]), Some(serde_json::to_string(value).unwrap()));
            }
            prop_assert_eq!(records.json(values.len(), &[0; 32]), None);
        }

        #[test]
        fn damage_is_no_panic(values in prop::collection::vec(any_json(), 1..4), at in any::<prop::sample::Index>(), put in any::<u64>()) {
            let (bytes, ids) = packed(&values);
            let container = Container::open(aligned(&bytes)).unwrap();
            // The same sections with eight bytes written over, under hashes of their own.
            let mut writer = Writer::new(Vec::new(), 1).unwrap();
            let total: usize = container.sections().map(|s| s.1).sum();
            let mut at = at.index(total.max(1));
            for (name, length) in container.sections() {
                let mut section = container.section(name).unwrap().to_vec();
                let end = (at + 8).min(length);
                if at < length {
                    section[at..end].copy_from_slice(&put.to_le_bytes()[..end - at]);
                    at = usize::MAX - 8;
                } else {
                    at -= length.min(at);
                }
                writer.section(name, &[&section]).unwrap();
            }
            let bytes = writer.finish().unwrap().0;
            if let Ok(records) = Records::open(&Container::open(aligned(&bytes)).unwrap()) {
                for (at, id) in ids.iter().enumerate() {
                    let _ = records.json(at, id);
                }
            }
        }
    }

    #[test]
    fn what_is_said_twice_is_written_once() {
        let url = "https://shop.example/very/long/address/of/the/same/page";
        let one = serde_json::json!({"url": url, "name": "a", "id": "01".repeat(32)});
        let values: Vec<Value> = (0..50)
            .map(|i| {
                let mut value = one.clone();
                value["name"] = format!("name {i}").into();
                value
            })
            .collect();
        let (bytes, _) = packed(&values);
        assert!(bytes.len() < 50 * 40, "{}", bytes.len());
    }
}
