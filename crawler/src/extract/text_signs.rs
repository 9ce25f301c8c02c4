//! One look at the bytes of every text: which signs may stand in it. Decides what is worth reading
//! closely; a sign reported may be none, a sign not reported is not there.

use super::price_text::{self, MARKS};
use super::tree::unread;

/// Signs that may stand in a text.
pub(super) type Signs = u8;

/// A digit of any script.
pub(super) const DIGIT: Signs = 1;
/// A colon, also the wide one.
pub(super) const COLON: Signs = 1 << 1;
/// A bar or dot between labels.
pub(super) const BAR: Signs = 1 << 2;
/// A sign, word or code of money.
pub(super) const MONEY: Signs = 1 << 3;

/// What the lead byte of a character may stand for.
const BYTES: [Signs; 256] = {
    let mut table = [0; 256];
    let mut b = b'0';
    while b <= b'9' {
        table[b as usize] = DIGIT;
        b += 1;
    }
    table[b':' as usize] = COLON;
    table[b'|' as usize] = BAR;
    // "·" and "•", "：" and wide digits, digits of Arabic, Persian, Devanagari, Bengali and Thai.
    table[0xc2] = BAR;
    table[0xe2] = BAR;
    table[0xef] = COLON | DIGIT;
    table[0xd9] = DIGIT;
    table[0xdb] = DIGIT;
    table[0xe0] = DIGIT;
    table
};

/// Classes of the bytes that begin a mark or code of money and of those that follow them: where two
/// neighbours share none, neither a mark nor a code begins.
const FIRST: [u8; 256] = PAIRS.0;
const SECOND: [u8; 256] = PAIRS.1;
/// The class of marks of one byte, which anything follows.
const ALONE: u8 = 1 << 6;
/// The class of codes.
const CAPITALS: u8 = 1 << 7;
const PAIRS: ([u8; 256], [u8; 256]) = {
    let mut first = [0; 256];
    let mut second = [ALONE; 256];
    let mut capital = b'A';
    while capital <= b'Z' {
        first[capital as usize] = CAPITALS;
        second[capital as usize] |= CAPITALS;
        capital += 1;
    }
    let mut i = 0;
    while i < MARKS.len() {
        let mark = MARKS[i].as_bytes();
        if mark.len() == 1 {
            first[mark[0] as usize] |= ALONE;
        } else {
            let class = 1 << (mark[0] % 6);
            first[mark[0] as usize] |= class;
            second[mark[1] as usize] |= class;
        }
        i += 1;
    }
    (first, second)
};

/// The signs of a text that stands in an element of this name.
pub(super) fn signs(text: &str, within: &str) -> Signs {
    if unread(within) {
        return 0;
    }
    let bytes = text.as_bytes();
    let (mut found, mut may) = (0, 0);
    for pair in bytes.windows(2) {
        found |= BYTES[usize::from(pair[0])];
        may |= FIRST[usize::from(pair[0])] & SECOND[usize::from(pair[1])];
    }
    if let Some(&last) = bytes.last() {
        found |= BYTES[usize::from(last)];
        may |= FIRST[usize::from(last)] & ALONE;
    }
    if may != 0 && price_text::has_mark(text) { found | MONEY } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_mark_is_overlooked(
            text in "(US|[$€£]|k|r|kr\\.|L|\\.|din|le|i|zł|Kč|R|s|[A-Z]{0,3}|EUR|Q|ש|\"|ח|н|л|в|円|[a-z ]|é){0,8}",
            mark in prop::sample::select(MARKS)
        ) {
            prop_assert_eq!(signs(&text, "p") & MONEY != 0, price_text::has_mark(&text));
            let longer = format!("{text}{mark}");
            prop_assert!(signs(mark, "p") & signs(&longer, "p") & MONEY != 0);
        }
    }
}
