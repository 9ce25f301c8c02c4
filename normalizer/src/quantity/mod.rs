//! Sizes and packs in the words of titles: "6 x 330 ml", "pack of 12", "24er", "500 g".
//!
//! What is not a quantity: dimensions, lengths inside a longer title, clothing sizes, ranges
//! ("7-12 kg" on nappies), limits and loads ("up to 5 kg"), capacities of vessels and machines, doses,
//! ratios ("80 g/m2"), networks ("5G"), article numbers ("VP299CL"), what a thing is made of (leaves of a
//! notebook, blades of a razor). Net stands before gross and drained weight.
//!
//! How a count and a size go together: "6 x 330 ml", "6 bottles of 33 cl", "330 ml (pack of 6)"
//! repeat the size, and so do full vessels ("3 cans 80 g"); "10 units, 170 g" and "2 buns (82 g)" state
//! the size of all. "400 ml 2 pcs" reads in both ways, as do offers of more than is paid for and a
//! set with a number of pieces: such a text is ambiguous, and `otherwise` says the second reading.

mod conclude;
mod counts;
mod nouns;
mod offers;
mod sizes;
mod sold;
mod token;

#[cfg(test)]
mod tests;

use crate::text;
use crate::unit::SizeUnit;
use model::{Quantity, Unit};
use rust_decimal::Decimal;
use std::cell::OnceCell;
use token::{Piece, Token, tokens};

/// Whether a quantity was found, and whether it reads in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityStatus {
    /// One reading.
    Ok,
    /// Two readings and nothing to settle which.
    Ambiguous,
    /// No quantity in the text.
    None,
}

/// A quantity as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityReading {
    /// Pieces or packs, where stated.
    pub count: Option<Decimal>,
    /// The size stated, in `unit`: of one piece where the text repeats it, else of all.
    pub size: Option<Decimal>,
    /// Unit of `size` as a canonical symbol: `g`, `kg`, `ml`, `l`, `m`, `u`, …
    pub unit: Option<String>,
    /// What the whole text comes to, in `total_unit`.
    pub total: Option<Decimal>,
    /// WCO unit of `total`.
    pub total_unit: Option<Unit>,
    /// Every quantity known: mass, volume or length first, pieces after.
    pub quantities: Vec<Quantity>,
    /// Whether it is sure.
    pub status: QuantityStatus,
    /// The words that were read.
    pub matched: Option<String>,
    /// Doubts, in words.
    pub reason: Option<String>,
    /// The second reading of an ambiguous text, where it can be said in quantities: as `quantities`.
    pub otherwise: Vec<Quantity>,
}

impl QuantityReading {
    fn none() -> Self {
        QuantityReading {
            count: None,
            size: None,
            unit: None,
            total: None,
            total_unit: None,
            quantities: Vec::new(),
            status: QuantityStatus::None,
            matched: None,
            reason: None,
            otherwise: Vec::new(),
        }
    }
}

/// A size found, with the count that repeats it.
#[derive(Debug, Clone, Copy)]
struct Size {
    count: Option<Decimal>,
    size: Decimal,
    unit: SizeUnit,
    doubtful: bool,
    bracketed: bool,
    /// Gross or drained: another size says what is sold.
    beside_net: bool,
    /// Said to be the size of each piece.
    each: bool,
    from: usize,
    to: usize,
}

impl Size {
    fn total(&self) -> Option<Decimal> {
        self.size.checked_mul(self.unit.factor)?.checked_mul(self.count.unwrap_or(Decimal::ONE))
    }
}

/// A count found apart from a size.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Count {
    number: Decimal,
    of: Counted,
    /// "2 + 1 free": paid for two, delivered three.
    doubtful: bool,
    /// A pack word and a number with no word between: any other count prevails.
    weak: bool,
    from: usize,
    to: usize,
}

impl Count {
    fn new(number: Decimal, of: Counted, from: usize, to: usize) -> Self {
        Count { number, of, doubtful: false, weak: false, from, to }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Packs,
    Pieces,
    Pairs,
}

/// Reads the size and pack a text states. Never panics.
pub fn parse(text: &str) -> QuantityReading {
    let short = text.char_indices().nth(300).map_or(text, |(at, _)| &text[..at]);
    let folded = text::fold(short);
    let scan = Scan { text: &folded, original: short, tokens: tokens(&folded), nouns: OnceCell::new() };
    let (mut sizes, mut counts) = scan.find();
    scan.drop_what_is_not_sold(&mut sizes, &mut counts);
    scan.conclude(&sizes, &counts)
}

struct Scan<'a> {
    text: &'a str,
    original: &'a str,
    tokens: Vec<Token>,
    nouns: OnceCell<nouns::Meanings>,
}

impl Scan<'_> {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.word(self.text))
    }
    fn number(&self, at: usize) -> Option<Decimal> {
        self.tokens.get(at).and_then(Token::number)
    }
    fn is(&self, at: usize, mark: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(mark))
    }
    fn times(&self, at: usize) -> bool {
        self.is(at, '×') || self.word(at) == "x" || self.word(at) == "х"
    }

    fn find(&self) -> (Vec<Size>, Vec<Count>) {
        let (mut sizes, mut counts) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < self.tokens.len() {
            at = match self.tokens[at].piece {
                Piece::Number { .. } => self.at_number(at, &mut sizes, &mut counts),
                Piece::Word => self.at_word(at, &mut counts),
                Piece::Mark('×') => self.at_word(at, &mut counts),
                Piece::Mark(_) => at + 1,
            };
        }
        if counts.iter().any(|count: &Count| !count.weak) {
            counts.retain(|count| !count.weak);
        }
        // A number prevails over a word: "one dozen? 2 dozen eggs".
        // Units prevail over what a unit is made of: "5 blades, 1 unit".
        counts.sort_by_key(|count: &Count| (self.named_count(count.from).is_some(), self.rank(count)));
        (sizes, counts)
    }

    fn nouns(&self) -> nouns::Meanings {
        *self.nouns.get_or_init(|| nouns::read(self.text))
    }
}
