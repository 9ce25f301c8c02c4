//! Declared lines cut into cells and read as bytes. What is not plain about a line (a quoted delimiter, a
//! code of other digits) is left to the ordinary way of that one line.

use super::block::Plan;
use super::cells;
use super::facets::{FootingNumber, NOT_PLAIN};
use chrono::{Datelike, NaiveDate};
use memchr::memchr;

/// A line that goes on in the next one (a quote is open at its end), or that is several (a lone carriage
/// return): blocks may have been cut in the middle of a cell, and line numbers are others.
pub(super) struct OpenQuote;

/// What a plain line states.
pub(super) struct PlainRead {
    /// The first six digits of its code.
    pub code: u32,
    /// Number of its facet in the table, or [`super::facets::NO_GROUP`].
    pub facet: u32,
    /// Its unit, condition and level.
    pub footing: FootingNumber,
    pub day: NaiveDate,
    pub price: f64,
}

/// A line cut into cells.
pub(super) struct Read {
    pub number: u64,
    pub from: usize,
    pub to: usize,
    /// Place of its first cell.
    pub cells: usize,
    /// `None`: it is not plain.
    pub read: Option<PlainRead>,
    /// The number of its code in the table, or [`super::facets::NO_GROUP`].
    pub hs: u32,
    /// Its group; `None`: the table has none of its code and origin.
    pub group: Option<u32>,
    /// Whether it is judged together with others.
    pub together: bool,
}

/// The lines of a block, one after another.
pub(super) struct Lines<'t> {
    text: &'t [u8],
    number: u64,
    at: usize,
    /// Whether there is a carriage return anywhere: before the ends of lines, or where none may be.
    returns: bool,
}

impl<'t> Lines<'t> {
    /// Of a block whose first line has this number.
    pub fn of(text: &'t [u8], first: u64) -> Lines<'t> {
        Lines { text, number: first, at: 0, returns: memchr(b'\r', text).is_some() }
    }

    /// The next line that is not blank, its cells put behind those that are there.
    pub fn next(&mut self, plan: &Plan<'_>, cells: &mut Vec<Cell>) -> Result<Option<Read>, OpenQuote> {
        while self.at < self.text.len() {
            let (from, number) = (self.at, self.number);
            self.number += 1;
            let first = cells.len();
            if self.returns || self.text[from] <= b' ' {
                // The end is looked for first: what lies before it may be nothing, or a carriage return.
                let end = memchr(b'\n', &self.text[from..]).map_or(self.text.len(), |n| from + n);
                let line = &self.text[..end];
                let line = line[from..].strip_suffix(b"\r").map_or(line, |_| &line[..end - 1]);
                self.at = end + 1;
                if line[from..].iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                // A lone carriage return ends a line, too: the ordinary reader knows.
                if memchr(b'\r', &line[from..]).is_some() {
                    return Err(OpenQuote);
                }
                let (plain, _) = cut(line, from, plan.layout.delimiter, cells)?;
                return Ok(Some(self.read(plan, number, (from, line.len()), plain, (first, cells))));
            }
            let (plain, end) = cut(self.text, from, plan.layout.delimiter, cells)?;
            self.at = end + 1;
            return Ok(Some(self.read(plan, number, (from, end), plain, (first, cells))));
        }
        Ok(None)
    }

    fn read(
        &self,
        plan: &Plan<'_>,
        number: u64,
        (from, to): (usize, usize),
        plain: bool,
        (first, cells): (usize, &[Cell]),
    ) -> Read {
        let read = if plain { plan.read(self.text, &cells[first..]) } else { None };
        Read { number, from, to, cells: first, read, hs: 0, group: None, together: false }
    }
}

/// Where a cell begins and ends in its block.
pub(super) type Cell = (u32, u32);

/// A byte eight times.
const fn eight_of(byte: u8) -> u64 {
    byte as u64 * 0x0101_0101_0101_0101
}

/// Marks, in the highest bit of its byte, the first of eight bytes that is zero; others behind it may be
/// marked, too.
fn zero_byte(eight: u64) -> u64 {
    eight.wrapping_sub(eight_of(1)) & !eight & eight_of(0x80)
}

/// The first place from `at` on of one of two bytes; the end where there is none. Cells are short: eight
/// bytes are looked at together.
#[inline]
fn first_of(text: &[u8], mut at: usize, (a, b): (u8, u8)) -> usize {
    while let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let eight = u64::from_le_bytes(*eight);
        let found = zero_byte(eight ^ eight_of(a)) | zero_byte(eight ^ eight_of(b));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + text[at..].iter().take_while(|c| **c != a && **c != b).count()
}

/// Cuts a line at its delimiters, quotes around whole cells taken off, behind the cells that are there;
/// false where a cell needs more than that. With the place of the line's end.
fn cut(text: &[u8], mut at: usize, delimiter: u8, cells: &mut Vec<Cell>) -> Result<(bool, usize), OpenQuote> {
    let from = at;
    loop {
        if text.get(at) == Some(&b'"') {
            let end = first_of(text, at + 1, (b'"', b'\n'));
            if text.get(end) != Some(&b'"') {
                return Err(OpenQuote);
            }
            cells.push((at as u32 + 1, end as u32));
            match text.get(end + 1) {
                None | Some(b'\n') => return Ok((true, end + 1)),
                Some(c) if *c == delimiter => at = end + 2,
                Some(_) => {
                    // A doubled quote or text behind it: the ordinary reader knows.
                    let length = memchr(b'\n', &text[end..]).unwrap_or(text.len() - end);
                    let line = &text[from..end + length];
                    if line.iter().filter(|c| **c == b'"').count() % 2 == 1 {
                        return Err(OpenQuote);
                    }
                    return Ok((false, end + length));
                }
            }
        } else {
            let end = first_of(text, at, (delimiter, b'\n'));
            cells.push((at as u32, end as u32));
            match text.get(end) {
                Some(c) if *c == delimiter => at = end + 1,
                _ => return Ok((true, end)),
            }
        }
    }
}

/// The first six digits of a code with dots or spaces between its digits.
fn dotted(cell: &[u8]) -> Option<u32> {
    let mut digits = [0; 10];
    let mut n = 0;
    for &c in cell.iter().filter(|c| !matches!(c, b'.' | b' ')) {
        *digits.get_mut(n)? = c;
        n += 1;
    }
    cells::subheading(&digits[..n])
}

/// A number with a point for its decimal comma; `None` with a point, a group mark there.
fn pointed<'r>(cell: &[u8], room: &'r mut [u8; 24]) -> Option<&'r [u8]> {
    let pointed = room.get_mut(..cell.len())?;
    for (to, &from) in pointed.iter_mut().zip(cell) {
        *to = match from {
            b',' => b'.',
            b'.' => return None,
            other => other,
        };
    }
    Some(pointed)
}

impl Plan<'_> {
    /// What a line states, where it is plain.
    fn read(&self, text: &[u8], cells: &[Cell]) -> Option<PlainRead> {
        if cells.len() != self.layout.width {
            return None;
        }
        let cell = |at: usize| cells::trimmed(&text[cells[at].0 as usize..cells[at].1 as usize]);
        let at = &self.at;
        let code = cells::subheading(cell(at.hs)).or_else(|| dotted(cell(at.hs)))?;
        let (value, quantity) = (self.number(cell(at.value))?, self.number(cell(at.quantity))?);
        let footing = self.facets.footing(&cell)?;
        let facet = match at.origin.map(cell) {
            None => self.facets.without_origin(footing),
            Some(origin) => match self.facets.of_letters(footing, cells::letters(origin)?) {
                NOT_PLAIN => return None,
                facet => facet,
            },
        };
        if at.origin.is_none()
            && let Some(origin) = at.stated_origin.map(cell).filter(|origin| !origin.is_empty())
            && self.facets.of_letters(footing, cells::letters(origin)?) == NOT_PLAIN
        {
            return None;
        }
        let day = match at.date.map(cell) {
            None => self.day,
            Some([]) => self.day,
            Some(date) => match &self.layout.date_format {
                None => cells::date(date)?,
                Some(form) => NaiveDate::parse_from_str(std::str::from_utf8(date).ok()?, form)
                    .ok()
                    .filter(|date| (1900..=2999).contains(&date.year()))?,
            },
        };
        if !self.beside.iter().all(|beside| {
            let of = (self.file.facts(), Some(footing.unit()));
            beside.fits(cell(beside.at), of, |cell| self.number(cell))
        }) {
            return None;
        }
        if !self.layout.absent.is_empty() {
            let absent = |cell: &[u8]| {
                self.layout.absent.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell))
            };
            let used = [Some(at.hs), Some(at.value), Some(at.quantity), at.stated_origin, at.date, at.line];
            let beside = self.beside.iter().map(|beside| beside.at).chain(self.facets.places());
            if used.into_iter().flatten().chain(beside).any(|place| absent(cell(place))) {
                return None;
            }
        }
        if at.line.map(cell).is_some_and(|name| !cells::plain_text(name) || (self.named && name.is_empty())) {
            return None;
        }
        let price = if at.per_unit { value } else { value / quantity };
        // Beyond these the exact division may have no result, or the exact product of price and quantity.
        let product = if at.per_unit { value * quantity } else { 1.0 };
        if !(1e-9..=1e15).contains(&price) || !(1e-9..=1e27).contains(&product) {
            return None;
        }
        let price = match cells::rounded(price) {
            Some(price) => price,
            None => self.exact_price(cell(at.value), cell(at.quantity))?,
        };
        Some(PlainRead { code, facet, footing, day, price })
    }

    /// A number as the map writes them; one with group marks is left to the ordinary way.
    fn number(&self, cell: &[u8]) -> Option<f64> {
        if !self.layout.decimal_comma {
            return cells::number(cell);
        }
        cells::number(pointed(cell, &mut [0; 24])?)
    }

    /// The price of one unit where only exact decimals tell its last digit.
    #[cold]
    fn exact_price(&self, amount: &[u8], quantity: &[u8]) -> Option<f64> {
        if !self.layout.decimal_comma {
            return cells::exact_price(amount, quantity, self.at.per_unit);
        }
        let (mut a, mut q) = ([0; 24], [0; 24]);
        cells::exact_price(pointed(amount, &mut a)?, pointed(quantity, &mut q)?, self.at.per_unit)
    }
}
