//! Words, brands and models of a snapshot file as numbers, and back. Not what is made of them.
//!
//! `texts` holds them one behind the other, `texts_at` where each begins. `text_slots` finds the number
//! of a text: a table of 2^k slots, at least twice as many as texts, each the number + 1 or 0; a text
//! lies in the first free slot from its FNV-1a hash on.

use super::records::part;
use crate::StatisticsError;
use crate::columnar::{Column, Container, Writer};
use std::io::Write;

/// The texts of a file.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    container: Container,
    bytes: Column<u8>,
    at: Column<u64>,
    slots: Column<u32>,
}

/// 64-bit FNV-1a (Fowler, Noll, Vo).
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The columns of some texts.
pub(super) struct TextColumns {
    pub bytes: Vec<u8>,
    pub ends: Vec<u64>,
    pub slots: Vec<u32>,
}

/// Texts in the order of their numbers, each once, as columns.
pub(super) fn columns(texts: &[&str]) -> TextColumns {
    let mut ends = vec![0u64];
    ends.extend(texts.iter().scan(0u64, |end, text| {
        *end += text.len() as u64;
        Some(*end)
    }));
    let mut slots = vec![0u32; (texts.len() * 2).next_power_of_two()];
    let mask = slots.len() - 1;
    for (number, text) in texts.iter().enumerate() {
        let mut at = fnv(text) as usize & mask;
        while slots[at] != 0 {
            at = (at + 1) & mask;
        }
        slots[at] = number as u32 + 1;
    }
    TextColumns { bytes: texts.concat().into_bytes(), ends, slots }
}

/// Writes texts in the order of their numbers; each once.
pub(super) fn write<W: Write>(texts: &[&str], writer: &mut Writer<W>) -> Result<(), StatisticsError> {
    let columns = columns(texts);
    writer.section("texts", &[&columns.bytes])?;
    writer.column("texts_at", &columns.ends)?;
    writer.column("text_slots", &columns.slots)
}

impl Texts {
    pub fn open(container: &Container) -> Result<Texts, StatisticsError> {
        Ok(Texts {
            bytes: container.find("texts")?,
            at: container.find("texts_at")?,
            slots: container.find("text_slots")?,
            container: container.clone(),
        })
    }

    /// The text of a number; empty where the file has none.
    pub fn text(&self, number: u32) -> &str {
        part(self.container.get(&self.bytes), self.container.get(&self.at), number as usize)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// The number of a text, where an offer has it.
    pub fn known(&self, text: &str) -> Option<u32> {
        let slots = self.container.get(&self.slots);
        if !slots.len().is_power_of_two() {
            return None;
        }
        let mask = slots.len() - 1;
        let mut at = fnv(text) as usize & mask;
        // At most once around: a damaged table may have no free slot.
        for _ in 0..slots.len() {
            let number = slots[at].checked_sub(1)?;
            if self.text(number) == text {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::aligned;

    #[test]
    fn every_text_is_found_and_no_other() {
        for n in [0usize, 1, 2, 3, 500] {
            let owned: Vec<String> = (0..n).map(|i| format!("wörd {i}")).collect();
            let texts: Vec<&str> = owned.iter().map(String::as_str).collect();
            let mut writer = Writer::new(Vec::new(), 1).unwrap();
            write(&texts, &mut writer).unwrap();
            let bytes = writer.finish().unwrap().0;
            let found = Texts::open(&Container::open(aligned(&bytes)).unwrap()).unwrap();
            for (number, text) in texts.iter().enumerate() {
                assert_eq!((found.known(text), found.text(number as u32)), (Some(number as u32), *text));
            }
            assert_eq!((found.known("another"), found.known(""), found.text(n as u32)), (None, None, ""));
        }
    }
}
