//! One look at the bytes of every text: which signs may stand in it. Decides what is worth reading
//! closely; a sign reported may be none, a sign not reported is not there.

use super::price_text;
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

/// The signs of a text that stands in an element of this name.
pub(super) fn signs(text: &str, within: &str) -> Signs {
    if unread(within) {
        return 0;
    }
    let mut found = 0;
    let mut chunks = text.as_bytes().chunks_exact(4);
    for chunk in &mut chunks {
        let of = |i: usize| BYTES[usize::from(chunk[i])];
        found |= (of(0) | of(1)) | (of(2) | of(3));
    }
    let found = chunks.remainder().iter().fold(found, |signs, &b| signs | BYTES[usize::from(b)]);
    if price_text::has_mark(text) { found | MONEY } else { found }
}
