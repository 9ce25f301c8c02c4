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

/// White space up to this length is nothing else.
const BLANK: usize = 64;

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

/// A byte that is no ASCII.
const WIDE: Signs = 1 << 7;

/// What an ASCII byte and the one after it may stand for. Made of comparisons alone, so that a processor
/// looks at many bytes in one step.
fn of_ascii(b: u8, next: u8) -> Signs {
    let one = |holds: bool, sign: Signs| u8::from(holds) * sign;
    // Words and codes of money begin with two large letters, or with one of a few pairs.
    let money = (b == b'$')
        | (b == b'Q')
        | (b.is_ascii_uppercase() & next.is_ascii_uppercase())
        | ((b == b'F') & ((next == b't') | (next == b'r')))
        | ((b == b'L') & ((next == b'e') | (next == b'.')))
        | ((b == b'R') & ((next == b's') | (next == b'p')))
        | (((b == b'K') | (b == b'B')) & (next == b's'))
        | ((b == b'S') & (next == b'/'))
        | ((b == b'k') & (next == b'r'))
        | ((b == b'l') & (next == b'e'))
        | ((b == b'd') & (next == b'i'));
    (b & WIDE)
        | one(b.is_ascii_digit(), DIGIT)
        | one(b == b':', COLON)
        | one(b == b'|', BAR)
        | one(money, MONEY)
}

/// The signs of a text that stands in an element of this name.
pub(super) fn signs(text: &str, within: &str) -> Signs {
    let bytes = text.as_bytes();
    let Some((&last, before)) = bytes.split_last() else { return 0 };
    // What sets tags apart in the page's source.
    if bytes.iter().take(BLANK).all(|&b| matches!(b, b' ' | b'\n' | b'\t')) && bytes.len() <= BLANK {
        return 0;
    }
    if unread(within) {
        return 0;
    }
    let mut found = before.iter().zip(&bytes[1..]).fold(0, |all, (&b, &next)| all | of_ascii(b, next));
    found |= of_ascii(last, 0);
    if found & WIDE != 0 {
        found = bytes.iter().fold(found, |all, &b| all | BYTES[usize::from(b)]);
    }
    let money = found & (MONEY | WIDE) != 0 && price_text::has_mark(text);
    found & (DIGIT | COLON | BAR) | if money { MONEY } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_is_missed() {
        for mark in price_text::MARKS.iter().copied().chain(["USD", "EUR", "KES"]) {
            for text in [mark.to_owned(), format!("a {mark} b"), format!("12{mark}"), format!("{mark}12")] {
                assert!(signs(&text, "p") & MONEY != 0, "{text}");
            }
        }
        assert_eq!(signs("a | b: c", "p"), BAR | COLON);
        assert_eq!(signs("\n   \t", "p"), 0);
        assert_eq!(signs("7", "script"), 0);
        assert_eq!(signs("٧", "p"), DIGIT);
    }
}
