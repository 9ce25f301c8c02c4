//! Text as comparisons see it: folded (case, accents, digit scripts, odd spaces) and cut into
//! words. No meaning is read here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use unicode_normalization::UnicodeNormalization;

/// The value of a decimal digit of any script used in prices, else `None`.
pub fn digit_value(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.is_ascii_digit().then(|| c as u8 - b'0');
    }
    // Zeros of the blocks of decimal digits (Unicode 16, general category Nd) beyond ASCII.
    #[rustfmt::skip]
    const ZEROS: [u32; 73] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
        0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
        0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
        0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0,
        0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50,
        0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950,
        0x1fbf0,
    ];
    let code = c as u32;
    let at = ZEROS.partition_point(|&zero| zero <= code);
    let zero = *ZEROS.get(at.checked_sub(1)?)?;
    (code - zero < 10).then(|| (code - zero) as u8)
}

/// Characters that only direct or join text and have no width of their own.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// Lower case, without accents and invisible marks, digits of other scripts as ASCII, every white
/// space as one space, compatibility forms (full width, ligatures) as the plain ones.
///
/// Accents of Latin, Greek and Cyrillic letters go; vowel and voicing marks of other scripts stay,
/// because they tell words apart there.
pub fn fold(text: &str) -> Cow<'_, str> {
    let plain = |b: &u8| b.is_ascii() && !b.is_ascii_uppercase() && !b.is_ascii_control();
    if text.bytes().all(|b| plain(&b)) && !text.contains("  ") && text.trim().len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !matches!(*c, '\u{300}'..='\u{36f}') && !is_invisible(*c)).nfc() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if let Some(digit) = digit_value(c) {
            out.push(char::from(b'0' + digit));
        } else {
            match c {
                'ß' | 'ẞ' => out.push_str("ss"),
                'æ' | 'Æ' => out.push_str("ae"),
                'œ' | 'Œ' => out.push_str("oe"),
                'ø' | 'Ø' => out.push('o'),
                'ł' | 'Ł' => out.push('l'),
                'đ' | 'Đ' => out.push('d'),
                'ı' => out.push('i'),
                '’' | '‘' | '`' | '´' => out.push('\''),
                _ => out.extend(c.to_lowercase().filter(|c| !matches!(*c, '\u{300}'..='\u{36f}'))),
            }
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    Cow::Owned(out)
}

/// The words of a text that was folded: runs of letters and digits.
pub fn words(folded: &str) -> impl Iterator<Item = &str> + Clone {
    folded.split(|c: char| !c.is_alphanumeric() && !is_joining_mark(c)).filter(|word| !word.is_empty())
}

/// Marks inside words of scripts whose vowels are written as marks (Devanagari, Thai, Arabic …).
fn is_joining_mark(c: char) -> bool {
    matches!(c, '\u{5b0}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{94f}'
        | '\u{981}'..='\u{9cd}' | '\u{e31}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{3099}' | '\u{309a}')
}

/// The words of a text, folded, in order.
pub fn tokens(text: &str) -> Vec<String> {
    words(&fold(text)).map(str::to_owned).collect()
}

/// Where `phrase` stands in `text` on word boundaries; both folded.
pub fn find_words(text: &str, phrase: &str) -> Option<usize> {
    if phrase.is_empty() {
        return None;
    }
    let mut from = 0;
    // Texts are short: a searcher of the standard library costs more to set up than this search.
    while let Some(at) = memchr::memmem::find(text.get(from..)?.as_bytes(), phrase.as_bytes()) {
        let start = from + at;
        let end = start + phrase.len();
        let open = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        if open(text[..start].chars().next_back()) && open(text[end..].chars().next()) {
            return Some(start);
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// FNV-1a (Fowler, Noll, Vo): quick on short words. Only for tables of the crate's own words, which
/// nobody can stuff with colliding keys.
#[derive(Debug, Clone)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Characters of a title that are looked at; what stands behind them is advertising.
pub(crate) const MOST_TITLE: usize = 1000;

/// The beginning of a title, of at most [`MOST_TITLE`] characters.
pub(crate) fn title(name: &str) -> &str {
    name.char_indices().nth(MOST_TITLE).map_or(name, |(end, _)| &name[..end])
}

/// A table of the crate's own words.
pub(crate) type WordMap<T> = HashMap<&'static str, T, BuildHasherDefault<Fnv>>;

/// The text cut to at most `count` characters, for quoting in messages.
pub(crate) fn quoted(text: &str, count: usize) -> String {
    let mut out: String = text.chars().take(count).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_accents_digits_and_spaces() {
        assert_eq!(fold("  Größe\u{a0}ÉTÉ  "), "grosse ete");
        assert_eq!(fold("١٢٣ ۴۵۶ ７８９ १२"), "123 456 789 12");
        assert_eq!(fold("Słuchawki ŻÓŁTE"), "sluchawki zolte");
        assert_eq!(fold("한국 が"), "한국 が");
        assert_eq!(fold("plain text"), "plain text");
    }
    #[test]
    fn finds_phrases_on_word_boundaries_only() {
        assert_eq!(find_words("usb cable for phones", "phone"), None);
        assert_eq!(find_words("usb cable for phones", "usb cable"), Some(0));
        assert_eq!(find_words("xusb usb", "usb"), Some(5));
    }
    proptest::proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,40}") {
            let once = fold(&text).into_owned();
            proptest::prop_assert_eq!(fold(&once).into_owned(), once.clone());
        }
    }
}
