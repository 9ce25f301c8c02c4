//! Numbers as prices write them: finding them in a text and listing how each can be read. Which
//! reading holds is decided with the currency and the hints, not here.

use crate::text::{digit_value, is_invisible};
use rust_decimal::Decimal;

/// One character of a text, plain: digits of any script as ASCII, every space as a space, every
/// apostrophe as one, with its place in the original.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ch {
    pub c: char,
    pub at: u32,
    /// Whether it is a letter: asked often, and slow to find out beyond ASCII.
    pub alpha: bool,
}

impl Ch {
    pub fn new(c: char, at: u32) -> Self {
        Ch { c, at, alpha: c.is_alphabetic() }
    }
}

/// Characters looked at in one text: a price stands at the beginning of what holds it.
const LONGEST: usize = 400;

/// The plain form of a text: tags gone, runs of white space as one space.
pub(super) fn plain(text: &str) -> Vec<Ch> {
    let mut out: Vec<Ch> = Vec::with_capacity(text.len().min(LONGEST));
    let mut next = 0;
    while let Some(c) = text[next..].chars().next() {
        let at = next;
        next += c.len_utf8();
        if out.len() >= LONGEST {
            break;
        }
        let at32 = at as u32;
        let mut put = |c: char| out.push(Ch::new(c, at32));
        if c.is_ascii() {
            match c {
                '<' => {
                    if let Some(len) = tag_length(&text[at..]) {
                        let raised =
                            text[at..].get(1..4).is_some_and(|name| name.eq_ignore_ascii_case("sup"));
                        next = at + len;
                        let behind = &text.as_bytes()[at + len..];
                        let cents = raised
                            && behind.len() >= 2
                            && behind[..2].iter().all(u8::is_ascii_digit)
                            && !behind.get(2).is_some_and(u8::is_ascii_digit);
                        if cents && ends_in_digit(&out) {
                            out.push(Ch::new('٫', at32));
                        } else if !raised && !text[at..].starts_with("</sup") {
                            space(&mut out, at32);
                        }
                    } else {
                        put(c);
                    }
                }
                '`' => put('\''),
                _ if c.is_ascii_whitespace() => space(&mut out, at32),
                _ => put(c),
            }
            continue;
        }
        if let Some(digit) = digit_value(c) {
            put(char::from(b'0' + digit));
            continue;
        }
        if is_invisible(c) || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{180e}') {
            continue;
        }
        if let Some(digit) = superscript(c) {
            // Two raised digits are cents ("12⁹⁹ €"); one is a footnote.
            let mut ahead = text[next..].chars().map(superscript);
            if let (Some(Some(second)), None) = (ahead.next(), ahead.next().flatten()) {
                next += text[next..].chars().next().map_or(0, char::len_utf8);
                if ends_in_digit(&out) {
                    out.push(Ch::new('٫', at32));
                }
                out.push(Ch::new(char::from(b'0' + digit), at32));
                out.push(Ch::new(char::from(b'0' + second), at32));
            }
            continue;
        }
        match c {
            '’' | '‘' | '‛' | 'ʼ' | 'ʻ' | 'ʹ' | '´' | '′' | 'ꞌ' | '՚' | 'ˈ' => put('\''),
            '،' | '、' | '﹐' => put(','),
            '﹒' | '․' => put('.'),
            // A raised point is the decimal point of old British prices, between digits only.
            '·' | '‧' | '∙' | '⋅' => {
                let digits = ends_in_digit(&out) && text[next..].starts_with(|c: char| c.is_ascii_digit());
                out.push(Ch::new(if digits { '.' } else { '·' }, at32));
            }
            '−' | '﹣' | '‐' | '‑' | '⁃' => put('-'),
            '‒' | '–' | '—' | '―' => put('–'),
            '￥' => put('¥'),
            '￡' => put('£'),
            '￦' => put('₩'),
            '￠' => put('¢'),
            '﹩' => put('$'),
            '٪' | '﹪' => put('%'),
            '⁄' | '∕' => put('/'),
            '٬' | '٫' => put(c),
            '\u{ff01}'..='\u{ff5e}' => put(char::from_u32(c as u32 - 0xfee0).unwrap_or(c)),
            _ if c.is_whitespace() => space(&mut out, at32),
            _ => put(c),
        }
    }
    out
}

fn space(out: &mut Vec<Ch>, at: u32) {
    if out.last().is_some_and(|last| last.c != ' ') {
        out.push(Ch::new(' ', at));
    }
}

fn ends_in_digit(out: &[Ch]) -> bool {
    out.last().is_some_and(|last| last.c.is_ascii_digit())
}

/// Bytes of the tag at the beginning of a text, where it is one.
fn tag_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let named = bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!'));
    let end = bytes.iter().take(LONGEST).position(|&b| b == b'>')?;
    named.then_some(end + 1)
}

/// The value of a raised digit.
fn superscript(c: char) -> Option<u8> {
    Some(match c {
        '²' => 2,
        '³' => 3,
        '¹' => 1,
        '⁰' => 0,
        '⁴'..='⁹' => (c as u32 - 0x2070) as u8,
        _ => return None,
    })
}

/// Whether a word goes on: letters, and in scripts of South and South-East Asia the marks that
/// stand within words.
pub(super) fn in_word(ch: &Ch) -> bool {
    ch.alpha && ch.c != '฿'
        || !ch.c.is_ascii()
            && matches!(ch.c, '\u{900}'..='\u{963}' | '\u{970}'..='\u{9f1}' | '\u{a00}'..='\u{e3e}' | '\u{e40}'..='\u{109f}' | '\u{1780}'..='\u{17d3}')
}

const MOST_RUNS: usize = 10;
/// Digits a `Decimal` always holds.
const MOST_DIGITS: usize = 28;

/// A number as written: runs of digits with marks between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    /// First character (the leading mark, where there is one).
    pub start: usize,
    /// Behind the last character.
    pub end: usize,
    mantissa: i128,
    lens: [u8; MOST_RUNS],
    marks: [char; MOST_RUNS],
    runs: usize,
    first_is_zero: bool,
    /// A mark before the first digit (".75").
    leading: Option<char>,
    /// The decimal mark the number itself shows behind its end ("1.299,-").
    pub shows: Option<char>,
    /// A minus before it.
    pub negative: bool,
    /// What a word behind it multiplies by ("1.5 lakh"); 1 for most.
    times: i128,
}

/// How a number reads by its form alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One reading: decimals.
    Sure(u32),
    /// One mark with three digits behind it: thousands, or three decimals.
    Three(char),
    /// Not a number of money (a date, a version).
    Not,
}

fn is_digit(text: &[Ch], at: usize) -> bool {
    text.get(at).is_some_and(|ch| ch.c.is_ascii_digit())
}
fn char_at(text: &[Ch], at: usize) -> Option<char> {
    text.get(at).map(|ch| ch.c)
}
fn run_length(text: &[Ch], from: usize) -> usize {
    text[from.min(text.len())..].iter().take_while(|ch| ch.c.is_ascii_digit()).count()
}

impl Number {
    /// The number whose first digit stands at `first`.
    pub fn scan(text: &[Ch], first: usize, symbol_mark: Option<char>) -> Number {
        let mut number = Number {
            start: first,
            end: first,
            mantissa: 0,
            lens: [0; MOST_RUNS],
            marks: ['\0'; MOST_RUNS],
            runs: 0,
            first_is_zero: char_at(text, first) == Some('0'),
            leading: None,
            shows: None,
            negative: false,
            times: 1,
        };
        let mut total = 0;
        let mut at = first;
        loop {
            let len = run_length(text, at);
            total += len;
            if total <= MOST_DIGITS {
                for ch in &text[at..at + len] {
                    number.mantissa = number.mantissa * 10 + i128::from(ch.c as u32 - '0' as u32);
                }
            }
            number.lens[number.runs] = len.min(255) as u8;
            number.runs += 1;
            at += len;
            number.end = at;
            if number.runs == MOST_RUNS {
                break;
            }
            let Some(mark) = char_at(text, at) else { break };
            let next = run_length(text, at + 1);
            let joins = match mark {
                '.' | ',' | '٫' | '٬' => next > 0,
                // Groups of three only, and never behind a decimal mark.
                ' ' | '\'' => {
                    next == 3
                        && number.lens[0] <= 3
                        && number.marks[..number.runs - 1].iter().all(|&m| m == mark)
                }
                other => Some(other) == symbol_mark && next > 0,
            };
            let marks = &number.marks[..number.runs - 1];
            if !joins {
                // "12'90 €" as Spain writes it, "12 ,90": two digits behind, and no feet and inches.
                let plain = marks.iter().all(|mark| *mark == '.');
                let raised = mark == '\''
                    && next == 2
                    && plain
                    && !matches!(char_at(text, at + 3), Some('"' | '\'' | '”'));
                // "1 299 . 00 €": pages set the mark in an element of its own.
                let gap = usize::from(char_at(text, at + 2) == Some(' '));
                let apart = mark == ' '
                    && matches!(char_at(text, at + 1), Some('.' | ','))
                    && marks.iter().all(|mark| *mark == ' ')
                    && run_length(text, at + 2 + gap) == 2
                    && !matches!(char_at(text, at + 4 + gap), Some('.' | ','));
                if !raised && !apart {
                    break;
                }
                number.marks[number.runs - 1] = '٫';
                at += if apart { 2 + gap } else { 1 };
                continue;
            }
            number.marks[number.runs - 1] = mark;
            at += 1;
        }
        if total > MOST_DIGITS {
            number.runs = 0;
        }
        // A mark before the digits belongs to the number unless it ends an abbreviation ("Rs.500").
        if let Some(before) = first.checked_sub(1) {
            let mark = text[before].c;
            let abbreviates = before.checked_sub(1).is_some_and(|b| text[b].c.is_alphanumeric());
            if matches!(mark, '.' | ',' | '٫') && !abbreviates {
                number.leading = Some(mark);
                number.start = before;
            }
        }
        // "1.299,-": the mark before the dash is the decimal one.
        if let (Some(mark @ ('.' | ',')), Some('-' | '–' | '=')) =
            (char_at(text, number.end), char_at(text, number.end + 1))
            && !is_digit(text, number.end + 2)
        {
            number.shows = Some(mark);
        }
        number
    }

    /// Adds two digits that stand apart as the decimals ("35€ 99", "$119. 95").
    pub fn with_cents(mut self, text: &[Ch], from: usize) -> Number {
        for ch in &text[from..from + 2] {
            self.mantissa = self.mantissa * 10 + i128::from(ch.c as u32 - '0' as u32);
        }
        self.marks[self.runs - 1] = '٫';
        self.lens[self.runs] = 2;
        self.runs += 1;
        self.end = from + 2;
        self
    }
    /// Adds hundredths named apart ("99 руб. 50 коп.").
    pub fn with_hundredths(mut self, hundredths: u32, end: usize) -> Number {
        self.mantissa = self.mantissa * 100 + i128::from(hundredths);
        self.marks[self.runs - 1] = '٫';
        self.lens[self.runs] = 2;
        self.runs += 1;
        self.end = end;
        self
    }
    /// Adds the next part of a number in the writing of East Asia ("1万2,900").
    pub fn plus(mut self, next: &Number) -> Option<Number> {
        let whole = next.rough().filter(Decimal::is_integer)?.mantissa();
        let all = self.rough()?.normalize();
        (next.times < self.times && all.is_integer() && whole < self.times).then_some(())?;
        self.mantissa = all.mantissa().checked_add(whole)?;
        self.lens = [0; MOST_RUNS];
        self.lens[0] = 9;
        self.runs = 1;
        self.times = 1;
        self.end = next.end;
        Some(self)
    }
    /// Whether a word behind multiplies it ("12만").
    pub fn is_multiple(&self) -> bool {
        self.times > 1
    }
    /// Whether decimals may still follow apart: no decimal mark yet.
    pub fn may_take_cents(&self) -> bool {
        self.runs > 0
            && self.runs < MOST_RUNS
            && self.leading.is_none()
            && self.lens[1..self.runs].iter().all(|&len| len == 3)
            && self.lens[..self.runs].iter().map(|&l| usize::from(l)).sum::<usize>() + 2 <= MOST_DIGITS
    }

    /// The value with this many decimals.
    pub fn value(&self, decimals: u32) -> Option<Decimal> {
        let mantissa = if self.negative { -self.mantissa } else { self.mantissa };
        Decimal::try_from_i128_with_scale(mantissa.checked_mul(self.times)?, decimals).ok()
    }

    /// A whole number without marks, at most two digits: what counts pieces in "2 for 5".
    pub fn small_count(&self) -> Option<u32> {
        let plain = self.runs == 1 && self.leading.is_none() && self.lens[0] <= 2;
        (plain && self.mantissa >= 2).then_some(self.mantissa as u32)
    }

    /// A whole number below a hundred: cents named apart.
    pub fn hundredths(&self) -> Option<u32> {
        (self.is_whole() && self.lens[0] <= 2 && self.times == 1).then_some(self.mantissa as u32)
    }

    /// Takes in a word behind it that multiplies.
    pub fn multiply(&mut self, times: u32, end: usize) {
        self.times = i128::from(times);
        self.end = end;
    }
    /// Whether a mark stands before its first digit (",49").
    pub fn leads_with_mark(&self) -> bool {
        self.leading.is_some()
    }
    /// The marks between its digits, and how many digits follow the last.
    pub fn marks_and_tail(&self) -> Option<(&[char], u8)> {
        let count = self.runs.checked_sub(1)?;
        Some((&self.marks[..count], self.lens[count]))
    }
    /// Digits only.
    pub fn is_whole(&self) -> bool {
        self.runs == 1 && self.leading.is_none()
    }
    /// Exactly this whole number, without marks.
    pub fn is_value(&self, value: i128) -> bool {
        self.is_whole() && self.mantissa == value
    }
    /// 1900 to 2099, without marks.
    pub fn is_year(&self) -> bool {
        self.is_whole() && (1900..2100).contains(&self.mantissa)
    }
    /// The best mark of a rating: 5, 10 or 100.
    pub fn is_scale(&self) -> bool {
        self.is_whole() && matches!(self.mantissa, 5 | 10 | 100)
    }
    /// The value of the likeliest reading, for comparing the numbers of one text.
    pub fn rough(&self) -> Option<Decimal> {
        match self.form(None) {
            Form::Sure(decimals) => self.value(decimals),
            Form::Three(_) => self.value(0),
            Form::Not => None,
        }
    }

    fn digits_behind(&self, mark: usize) -> u32 {
        self.lens[mark + 1..self.runs].iter().map(|&len| u32::from(len)).sum()
    }

    /// How it reads by its form, given a decimal mark stated elsewhere.
    pub fn form(&self, stated: Option<char>) -> Form {
        if self.runs == 0 {
            return Form::Not;
        }
        let marks = &self.marks[..self.runs - 1];
        let stated = self.shows.or(stated);
        if let Some(at) = marks.iter().rposition(|&mark| mark == '٫' || Some(mark) == stated) {
            // A stated mark that comes twice with groups of three can only group.
            let groups = marks.iter().filter(|&&mark| mark == marks[at]).count() > 1
                && at + 1 == marks.len()
                && self.groups_of_three();
            return Form::Sure(if groups { 0 } else { self.digits_behind(at) });
        }
        if let Some(mark) = self.leading
            && (marks.is_empty() || Some(mark) == stated)
        {
            return Form::Sure(self.lens[..self.runs].iter().map(|&len| u32::from(len)).sum());
        }
        let Some(&last) = marks.last() else { return Form::Sure(0) };
        if self.times > 1 && marks.len() == 1 && matches!(last, '.' | ',') {
            return Form::Sure(u32::from(self.lens[1]));
        }
        let tail = self.lens[self.runs - 1];
        let grouping_mark = matches!(last, ' ' | '\'' | '٬');
        let same = marks.iter().all(|&mark| mark == last);
        if same && marks.len() == 1 && !grouping_mark {
            let whole = self.lens[0];
            return match tail {
                3 if self.first_is_zero || whole > 3 => Form::Sure(3),
                3 if stated.is_some() || self.leading.is_some() => Form::Sure(0),
                3 => Form::Three(last),
                tail => Form::Sure(u32::from(tail)),
            };
        }
        if same {
            if self.groups_of_three() || (last == ',' && self.groups_as_in_india()) {
                return Form::Sure(0);
            }
            // "1.299.00": the last group is too short for thousands.
            let heads = self.lens[1..self.runs - 1].iter().all(|&len| len == 3);
            return if heads && tail <= 2 && (1..=3).contains(&self.lens[0]) {
                Form::Sure(u32::from(tail))
            } else {
                Form::Not
            };
        }
        // Two kinds of marks: the last kind is the decimal one, where it stands once and behind
        // groups; where it does not, everything groups or nothing is a price.
        let once = marks.iter().filter(|&&mark| mark == last).count() == 1;
        if once && !grouping_mark {
            let groups = &self.lens[1..self.runs - 1];
            let ok = groups.iter().all(|&len| len == 3)
                || groups.split_last().is_some_and(|(end, rest)| *end == 3 && rest.iter().all(|&l| l == 2));
            return if ok { Form::Sure(u32::from(tail)) } else { Form::Not };
        }
        if self.groups_of_three() { Form::Sure(0) } else { Form::Not }
    }

    fn groups_of_three(&self) -> bool {
        (1..=3).contains(&self.lens[0]) && self.lens[1..self.runs].iter().all(|&len| len == 3)
    }
    /// 12,34,567: thousands, then lakhs and crores in pairs.
    fn groups_as_in_india(&self) -> bool {
        (1..=2).contains(&self.lens[0])
            && self.lens[self.runs - 1] == 3
            && self.lens[1..self.runs - 1].iter().all(|&len| len == 2)
    }
}
