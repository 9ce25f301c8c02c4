//! The words, numbers and marks of a text, with what stood between them. Works on folded text.

use rust_decimal::Decimal;

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Piece {
    /// A number; `three` where one mark with three digits behind it makes it read in two ways.
    Number { value: Decimal, three: bool },
    /// Letters.
    Word,
    /// Any other character.
    Mark(char),
}

/// A piece with its place in the folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub piece: Piece,
    pub start: usize,
    pub end: usize,
    /// No space before it.
    pub glued: bool,
}

impl Token {
    pub fn number(&self) -> Option<Decimal> {
        match self.piece {
            Piece::Number { value, .. } => Some(value),
            _ => None,
        }
    }
    /// A whole number of a believable pack.
    pub fn count(&self) -> Option<Decimal> {
        // Pieces have no decimals: 1,000 is a thousand of them.
        let whole = match self.piece {
            Piece::Number { value, three: true } => Some(value * Decimal::ONE_THOUSAND),
            _ => self.number(),
        };
        whole.filter(|n| n.fract().is_zero() && *n >= Decimal::ONE && *n <= Decimal::from(10_000))
    }
    pub fn word<'a>(&self, text: &'a str) -> &'a str {
        if self.piece == Piece::Word { &text[self.start..self.end] } else { "" }
    }
    pub fn is(&self, mark: char) -> bool {
        self.piece == Piece::Mark(mark)
    }
}

/// Tokens looked at in one text.
const MOST: usize = 160;

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(24);
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut glued = false;
    while at < bytes.len() && out.len() < MOST {
        let Some(c) = text[at..].chars().next() else { break };
        let start = at;
        let piece = if c == ' ' {
            at += 1;
            glued = false;
            continue;
        } else if c.is_ascii_digit() {
            let (piece, end) = number(text, at);
            at = end;
            piece
        } else if c.is_alphabetic() {
            at += text[at..]
                .char_indices()
                .find(|(_, c)| !c.is_alphabetic())
                .map_or(text.len() - at, |(len, _)| len);
            Piece::Word
        } else {
            at += c.len_utf8();
            Piece::Mark(match c {
                '–' | '—' | '−' | '‐' | '‑' => '-',
                '×' | '✕' | '✖' | '*' => '×',
                c => c,
            })
        };
        out.push(Token { piece, start, end: at, glued: glued && start > 0 });
        glued = true;
    }
    out
}

/// Digits of a number; a longer one is no quantity, and products of what is left cannot overflow.
const DIGITS: usize = 15;

/// A number with at most one decimal mark, groups of three by spaces, or a plain fraction.
fn number(text: &str, from: usize) -> (Piece, usize) {
    let bytes = text.as_bytes();
    let run = |at: usize| bytes[at.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = run(from);
    let mut digits = text[from..from + whole].to_owned();
    let mut at = from + whole;
    let mut scale = 0;
    let mut three = false;
    // 1 000 g: a group of three behind one to three digits.
    // "t15 180g": digits that end a word begin no group.
    let ends_word = text[..from].chars().next_back().is_some_and(char::is_alphabetic);
    while whole <= 3
        && !ends_word
        && bytes.get(at) == Some(&b' ')
        && run(at + 1) == 3
        && digits.len() <= 9
        && !digits.starts_with('0')
        && groups_money_of_size(text, at + 4)
    {
        digits.push_str(&text[at + 1..at + 4]);
        at += 4;
    }
    if let Some(mark @ (b'.' | b',')) = bytes.get(at).copied()
        && run(at + 1) > 0
    {
        let tail = run(at + 1);
        let behind = at + 1 + tail;
        let again = bytes.get(behind) == Some(&mark) && run(behind + 1) > 0;
        if !again {
            digits.push_str(&text[at + 1..behind]);
            scale = tail as u32;
            three = tail == 3 && whole <= 3 && !text[from..].starts_with('0');
            at = behind;
        }
    }
    let value = Some(&digits)
        .filter(|digits| digits.len() <= DIGITS)
        .and_then(|digits| digits.parse::<i128>().ok())
        .and_then(|mantissa| Decimal::try_from_i128_with_scale(mantissa, scale).ok());
    // ½ folds to 1⁄2.
    if let Some(rest) = text[at..].strip_prefix('⁄').or_else(|| text[at..].strip_prefix('/'))
        && scale == 0
        && let Some(value) = value
    {
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        if let Ok(below) = rest[..len].parse::<u8>()
            && len == 1
            && (2..=8).contains(&below)
            && value < Decimal::from(below)
            && value > Decimal::ZERO
        {
            let end = text.len() - rest.len() + len;
            return (Piece::Number { value: value / Decimal::from(below), three: false }, end);
        }
    }
    (Piece::Number { value: value.unwrap_or_default(), three }, at)
}

/// A space groups digits only where a unit of size follows: "iphone 13 128 gb" is no 13128.
fn groups_money_of_size(text: &str, behind: usize) -> bool {
    let rest = text[behind.min(text.len())..].trim_start();
    let word = rest.char_indices().find(|(_, c)| !c.is_alphabetic()).map_or(rest, |(at, _)| &rest[..at]);
    crate::unit::size_unit(word).is_some()
}
