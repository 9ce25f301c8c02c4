//! Finds prices within a text: a number beside a currency sign, code or word. Only finds and
//! slices; what a price text means is the normalizer's to say. The rough value here serves to
//! compare two texts of one page, never to be stored.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Signs and words of money that stand beside a number, longest first where one contains another.
pub(super) const MARKS: &[&str] = &[
    "US$",
    "AU$",
    "CA$",
    "NZ$",
    "HK$",
    "NT$",
    "R$",
    "A$",
    "C$",
    "S$",
    "MX$",
    "$",
    "€",
    "£",
    "¥",
    "￥",
    "₹",
    "₩",
    "₽",
    "₺",
    "₴",
    "₸",
    "₫",
    "₪",
    "₱",
    "฿",
    "₦",
    "₵",
    "₡",
    "₲",
    "₮",
    "₾",
    "₼",
    "﷼",
    "円",
    "元",
    "圓",
    "원",
    "zł",
    "Kč",
    "kr.",
    "kr",
    "Ft",
    "лв.",
    "лв",
    "руб.",
    "руб",
    "р.",
    "грн",
    "тг.",
    "тг",
    "тенге",
    "сум",
    "lei",
    "Lei",
    "LEI",
    "Rs.",
    "Rs",
    "Rp",
    "RM",
    "KSh",
    "KSH",
    "Ksh",
    "TSh",
    "USh",
    "Fr.",
    "CHF",
    "Lek",
    "din.",
    "KM",
    "ден",
    "сом",
    "драм",
    "د.إ",
    "ر.س",
    "د.م.",
    "ج.م",
    "ש\"ח",
    "TL",
    "Bs.",
    "S/.",
    "S/",
    "Q",
    "L.",
    "₸.",
];

/// The marks by the character they start and end with, in their order: of the many, few can stand at
/// a place.
struct Marks {
    /// By first character, for ASCII.
    first: [Vec<&'static str>; 128],
    /// By first character, for others.
    wide: HashMap<char, Vec<&'static str>>,
    last: HashMap<char, Vec<&'static str>>,
    /// First bytes of marks.
    bytes: [bool; 256],
    /// By first byte, the bytes that may come second, one bit each; all after a mark of one byte.
    second: Box<[[u64; 4]; 256]>,
    /// The same, with the pairs of capitals that a code may begin with.
    pairs: Box<[[u64; 4]; 256]>,
}

impl Marks {
    fn starting(&self, text: &str) -> &[&'static str] {
        match text.as_bytes().first() {
            Some(&b) if b.is_ascii() => &self.first[usize::from(b)],
            Some(&b) if self.bytes[usize::from(b)] => {
                text.chars().next().and_then(|c| self.wide.get(&c)).map_or(&[], Vec::as_slice)
            }
            _ => &[],
        }
    }

    fn ending(&self, text: &str) -> &[&'static str] {
        let last = text.chars().next_back().filter(|c| !c.is_ascii_digit());
        last.and_then(|c| self.last.get(&c)).map_or(&[], Vec::as_slice)
    }
}

fn marks() -> &'static Marks {
    static TABLE: OnceLock<Marks> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut marks = Marks {
            first: [const { Vec::new() }; 128],
            wide: HashMap::new(),
            last: HashMap::new(),
            bytes: [false; 256],
            second: Box::new([[0; 4]; 256]),
            pairs: Box::new([[0; 4]; 256]),
        };
        for &mark in MARKS {
            if let (Some(first), Some(last)) = (mark.chars().next(), mark.chars().next_back()) {
                match marks.first.get_mut(first as usize) {
                    Some(list) => list.push(mark),
                    None => marks.wide.entry(first).or_default().push(mark),
                }
                marks.last.entry(last).or_default().push(mark);
            }
            let first = usize::from(mark.as_bytes()[0]);
            marks.bytes[first] = true;
            match mark.as_bytes().get(1) {
                Some(&b) => marks.second[first][usize::from(b >> 6)] |= 1 << (b & 63),
                None => marks.second[first] = [u64::MAX; 4],
            }
        }
        marks.pairs.clone_from(&marks.second);
        for first in b'A'..=b'Z' {
            for next in b'A'..=b'Z' {
                marks.pairs[usize::from(first)][usize::from(next >> 6)] |= 1 << (next & 63);
            }
        }
        marks
    })
}

/// Whether a sign, word or code of money stands anywhere in a text, beside a number or not.
pub(super) fn has_mark(text: &str) -> bool {
    let marks = marks();
    let bytes = text.as_bytes();
    let Some(&last) = bytes.last() else { return false };
    // Most texts hold no two bytes that begin a mark or a code: told for all of it, without a branch.
    let may = |b: u8, next: u8| marks.pairs[usize::from(b)][usize::from(next >> 6)] >> (next & 63) & 1;
    let any = bytes.windows(2).fold(may(last, 0), |any, pair| any | may(pair[0], pair[1]));
    any != 0 && holds_mark(marks, text)
}

fn holds_mark(marks: &Marks, text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, &b)| {
        // Of two bytes few begin a mark; the end of the text counts as a byte that none has second.
        let next = bytes.get(at + 1).copied().unwrap_or_default();
        let may = marks.second[usize::from(b)][usize::from(next >> 6)] >> (next & 63) & 1 != 0;
        let mark = || {
            let rest = text.get(at..).unwrap_or_default();
            marks.starting(rest).iter().any(|mark| rest.starts_with(mark))
        };
        let code = || {
            b.is_ascii_uppercase() && next.is_ascii_uppercase() && text.get(at..at + 3).is_some_and(is_code)
        };
        (may && mark()) || code()
    })
}

/// ISO codes that are read beside a number.
const CODES: &str = "USD EUR GBP CHF JPY CNY INR KRW AUD CAD NZD SEK NOK DKK ISK PLN CZK HUF RON BGN HRK RSD MKD ALL BAM TRY RUB UAH BYN BYR KZT \
UZS GEL AMD AZN KGS TJS MDL ILS AED SAR QAR KWD BHD OMR JOD EGP MAD TND DZD LBP ZAR NGN KES GHS TZS UGX ETB XOF XAF MUR NAD BWP ZMW \
BRL ARS CLP COP PEN MXN UYU PYG BOB VES CRC GTQ DOP HNL NIO PAB JMD TTD THB VND IDR MYR SGD PHP HKD TWD PKR BDT LKR NPR MMK KHR LAK MOP MNT GRD";

/// The codes, by first and second letter, one bit for each third: words in capitals are many.
static CODE_SET: [[u32; 26]; 26] = {
    let mut set = [[0; 26]; 26];
    let codes = CODES.as_bytes();
    let mut at = 0;
    while at + 3 <= codes.len() {
        set[(codes[at] - b'A') as usize][(codes[at + 1] - b'A') as usize] |= 1 << (codes[at + 2] - b'A');
        // One blank parts them.
        at += 4;
    }
    set
};

/// Zeros of the digits that shops write besides the western ones: Arabic, Persian, Devanagari,
/// Bengali, Thai, full-width.
const ZEROS: [char; 6] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}'];

/// A text with western digits; marks and words stay.
pub(super) fn western(text: String) -> String {
    if text.is_ascii() || !text.chars().any(|c| digit(c).is_some()) {
        return text;
    }
    text.chars()
        .map(|c| match (digit(c), c) {
            (Some(d), _) => d,
            (None, '，') => ',',
            (None, '．') => '.',
            (None, other) => other,
        })
        .collect()
}

fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let zero = ZEROS.iter().find(|&&z| (z..=char::from_u32(z as u32 + 9).unwrap_or(z)).contains(&c))?;
    char::from_digit(c as u32 - *zero as u32, 10)
}

/// Whether a text has a digit of any script.
pub(super) fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) || (!text.is_ascii() && text.chars().any(|c| digit(c).is_some()))
}

/// One number of a text with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes of the number with its currency.
    pub start: usize,
    /// One past.
    pub end: usize,
    /// Bytes of the number alone.
    pub number: (usize, usize),
    /// The currency as written.
    pub currency: Option<String>,
    /// Hundredths; see [`value`].
    pub value: u64,
}

/// The numbers of a text, at most `limit`, that may be prices: percentages, dates and words with
/// digits are left out.
pub(super) fn find(text: &str, limit: usize) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < bytes.len() && found.len() < limit {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        let end = number_end(text, start);
        at = end;
        let taken = found.last().map_or(0, |f| f.end);
        let before = mark_before(text, start).filter(|(from, _)| *from >= taken);
        let after = mark_after(text, end);
        // "12€99": the sign stands where the separator does.
        if let Some(rest) = text[end..].strip_prefix('€')
            && rest.bytes().take_while(u8::is_ascii_digit).count() == 2
            && text[start..end].bytes().all(|b| b.is_ascii_digit())
            && let Some(value) = value(&format!("{}.{}", &text[start..end], &rest[..2]))
        {
            at = end + '€'.len_utf8() + 2;
            found.push(Found { start, end: at, number: (start, at), currency: Some("€".into()), value });
            continue;
        }
        let glued_before =
            text[..start].chars().next_back().is_some_and(|c| c.is_alphabetic() || c == '#' || c == '/');
        let glued_after = text[end..].chars().next().is_some_and(|c| c.is_alphabetic() || c == '%');
        if before.is_none() && after.is_none() && (glued_before || glued_after) {
            continue;
        }
        if text[end..].trim_start().starts_with('%') {
            continue;
        }
        let Some(value) = value(&text[start..end]) else {
            continue;
        };
        // A sign before the number wins unless it closes the number before ("12 € 15 €").
        let (from, to, currency) = match (before, after) {
            (Some((from, mark)), _) if !closes_previous(&found, from) => (from, end, Some(mark)),
            (_, Some((to, mark))) => (start, to, Some(mark)),
            (Some((from, mark)), None) => (from, end, Some(mark)),
            (None, None) => (start, end, None),
        };
        at = at.max(to);
        found.push(Found {
            start: from,
            end: to,
            number: (start, end),
            currency: currency.map(str::to_owned),
            value,
        });
    }
    found
}

fn closes_previous(found: &[Found], from: usize) -> bool {
    found.last().is_some_and(|f| f.end > from)
}

/// Digits with groups: `1.299,00`, `1 299`, `44 890.50`, `1'299.–`.
fn number_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = start;
    while end < bytes.len() && bytes[end].is_ascii_digit() {
        end += 1;
    }
    loop {
        let mut rest = text[end..].chars();
        let Some(separator) = rest.next() else { return end };
        let width = separator.len_utf8();
        let digits = text[end + width..].bytes().take_while(u8::is_ascii_digit).count();
        let joins = match separator {
            '.' | ',' | '٫' | '٬' => digits > 0 && digits <= 3,
            '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => {
                digits == 3 && end - start <= 15 && grouped(&text[start..end])
            }
            _ => false,
        };
        if !joins {
            return end;
        }
        end += width + digits;
    }
}

/// Whether a further group of three may follow: one to three digits so far, or groups already.
fn grouped(text: &str) -> bool {
    let last = text.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
    let first = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
    first.len() <= 3 && (last.len() == 3 || last.len() == text.len()) && !text.contains(',')
}

/// The part a blank-trimmed neighbour occupies.
fn mark_before(text: &str, start: usize) -> Option<(usize, &str)> {
    let head = text[..start].trim_end_matches([' ', '\u{a0}', '\u{202f}', ':']);
    if start - head.len() > 5 {
        return None;
    }
    for mark in marks().ending(head) {
        if head.ends_with(mark) && boundary_before(head, mark) {
            let from = head.len() - mark.len();
            return Some((from, &text[from..from + mark.len()]));
        }
    }
    let from = head.len().checked_sub(3)?;
    let code = head.get(from..)?;
    (is_code(code) && boundary_before(head, code)).then_some((from, &text[from..from + 3]))
}

fn boundary_before(head: &str, mark: &str) -> bool {
    let letters = mark.starts_with(char::is_alphabetic);
    !letters || !head[..head.len() - mark.len()].chars().next_back().is_some_and(char::is_alphabetic)
}

fn mark_after(text: &str, end: usize) -> Option<(usize, &str)> {
    let tail = text[end..].trim_start_matches([' ', '\u{a0}', '\u{202f}', '-', '–', ',', '.', '*']);
    let from = text.len() - tail.len();
    if from - end > 8 {
        return None;
    }
    for mark in marks().starting(tail) {
        if let Some(rest) = tail.strip_prefix(mark) {
            let letters = mark.ends_with(char::is_alphabetic) && mark.is_ascii();
            if letters && rest.starts_with(char::is_alphabetic) {
                continue;
            }
            return Some((from + mark.len(), &text[from..from + mark.len()]));
        }
    }
    let code = tail.get(..3)?;
    let follows = tail[3..].starts_with(char::is_alphabetic);
    (is_code(code) && !follows).then_some((from + 3, &text[from..from + 3]))
}

/// Whether a text is an ISO 4217 code, in upper case.
pub(super) fn is_code(text: &str) -> bool {
    let [a @ b'A'..=b'Z', b @ b'A'..=b'Z', c @ b'A'..=b'Z'] = *text.as_bytes() else { return false };
    CODE_SET[usize::from(a - b'A')][usize::from(b - b'A')] >> (c - b'A') & 1 != 0
}

/// A rough value in hundredths, for comparing prices of one page: the last separator followed by
/// one or two digits is decimal, others group. `None` beyond 15 digits or without digits.
pub(super) fn value(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || digits > 15 {
        return None;
    }
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let text = &text[first..last];
    // "12€99": the sign stands where the separator does.
    let point = text.rfind(['.', ',', '٫', '€']);
    let (whole, fraction) = match point {
        Some(at) => {
            let separator = text[at..].chars().next()?;
            let tail = &text[at + separator.len_utf8()..];
            let others = text[..at].contains(['.', ',', ' ', '\'', '\u{a0}']);
            let zero = text[..at].bytes().all(|b| b == b'0');
            match tail.len() {
                1 | 2 => (&text[..at], tail),
                3 if !zero => (text, ""),
                // More decimals than money has: markup with a binary fraction, or a rate.
                _ if !others => (&text[..at], tail),
                _ => (text, ""),
            }
        }
        None => (text, ""),
    };
    let mut value: u64 = 0;
    for b in whole.bytes().filter(u8::is_ascii_digit) {
        value = value.checked_mul(10)?.checked_add(u64::from(b - b'0'))?;
    }
    let mut hundredths = value.checked_mul(100)?;
    for (b, weight) in fraction.bytes().filter(u8::is_ascii_digit).zip([10, 1]) {
        hundredths = hundredths.checked_add(u64::from(b - b'0') * weight)?;
    }
    Some(hundredths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first(text: &str) -> Option<(String, Option<String>, u64)> {
        find(text, 9)
            .into_iter()
            .max_by_key(|f| f.currency.is_some())
            .map(|f| (text[f.start..f.end].to_owned(), f.currency, f.value))
    }

    proptest! {
        #[test]
        fn a_mark_is_seen_wherever_it_stands(
            text in "(US|[$€£]|k|r|kr\\.|L|\\.|din|le|i|zł|Kč|R|s|[A-Z]{0,3}|EUR|Q|ש|\"|ח|н|л|в|円|[a-z ]|é){0,8}"
        ) {
            let mark = MARKS.iter().any(|mark| text.contains(mark));
            let code = CODES.split(' ').any(|code| text.contains(code));
            prop_assert_eq!(has_mark(&text), mark || code, "{}", text);
        }
    }

    #[test]
    fn prices_in_texts() {
        for (text, slice, currency, value) in [
            ("Jetzt nur 1.299,00 € inkl. MwSt", "1.299,00 €", "€", 129_900),
            ("US $12.50", "US $12.50", "$", 1_250),
            ("CHF 19.50", "CHF 19.50", "CHF", 1_950),
            ("2 pairs from $349", "$349", "$", 34_900),
            ("44 890 тг.", "44 890 тг.", "тг.", 4_489_000),
            ("R$ 1.759,99", "R$ 1.759,99", "R$", 175_999),
            ("Prix 12€99 TTC", "12€99", "€", 1_299),
            ("34€90", "34€90", "€", 3_490),
            ("30,000원", "30,000원", "원", 3_000_000),
            ("173.34 Lei", "173.34 Lei", "Lei", 17_334),
        ] {
            let got = first(text).unwrap();
            assert!(slice.ends_with(&got.0), "{text}: {}", got.0);
            assert_eq!((got.1.as_deref(), got.2), (Some(currency), value), "{text}");
        }
        assert_eq!(find("20% off SKU12", 9), []);
        assert_eq!(find("12 € 15 €", 9).len(), 2);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[0-9 .,'$€a-zé%\u{a0}-]{0,60}") {
            for f in find(&text, 50) {
                prop_assert!(text.get(f.start..f.end).is_some());
                prop_assert!(text.get(f.number.0..f.number.1).is_some());
            }
            let _ = value(&text);
        }
    }
}
