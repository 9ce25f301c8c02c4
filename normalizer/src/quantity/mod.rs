//! Sizes and packs in the words of titles: "6 x 330 ml", "pack of 12", "24er", "500 g".
//!
//! What is not a quantity: dimensions, lengths inside a longer title, clothing sizes, ranges
//! ("7-12 kg" on nappies), limits ("up to 5 kg"), ratios ("80 g/m2"), networks ("5G").
//!
//! How a count and a size go together: "6 x 330 ml", "6 bottles of 33 cl", "330 ml (pack of 6)"
//! repeat the size; "10 units, 170 g" and "2 buns (82 g)" state the size of all.

mod conclude;
mod nouns;
mod offers;
mod sold;
mod token;

#[cfg(test)]
mod tests;

use crate::text;
use crate::unit::{
    SizeUnit, is_dozen_word, is_pack_word, is_pair_word, is_piece_word, is_unit_word, size_unit,
};
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
    from: usize,
    to: usize,
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
    let (mut sizes, counts) = scan.find();
    scan.drop_what_is_not_sold(&mut sizes, &counts);
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
        // A number prevails over a word: "one dozen? 2 dozen eggs".
        // Units prevail over what a unit is made of: "5 blades, 1 unit".
        counts.sort_by_key(|count: &Count| {
            let word = count.to.checked_sub(1).map_or("", |at| self.word(at));
            (self.named_count(count.from).is_some(), count.of == Counted::Pieces && !is_unit_word(word))
        });
        (sizes, counts)
    }

    fn nouns(&self) -> nouns::Meanings {
        *self.nouns.get_or_init(|| nouns::read(self.text))
    }

    /// A unit of size at a token: the unit and how many tokens it takes.
    fn unit_at(&self, at: usize) -> Option<(SizeUnit, usize)> {
        let word = self.word(at);
        if word.is_empty() {
            return None;
        }
        let power = self.tokens.get(at + 1).filter(|token| token.glued).and_then(Token::number);
        if let Some(power) = power {
            let squared = format!("{word}{power}");
            if let Some(unit) = size_unit(&squared) {
                return Some((unit, 2));
            }
            // cm2 and mm3 measure a thing, and "840 G5" is a model.
            if word.is_ascii() {
                return None;
            }
        }
        if word == "fl" {
            let dot = usize::from(self.is(at + 1, '.'));
            if self.word(at + 1 + dot) == "oz" {
                return size_unit("floz").map(|unit| (unit, 2 + dot));
            }
        }
        // Tonnes only apart from their number: "5T" is a size of clothes.
        if word == "t" && !self.tokens[at].glued {
            return size_unit("tonne").map(|unit| (unit, 1));
        }
        // "5 l'oréal": an article before a name.
        let article = word.len() == 1
            && self.is(at + 1, '\'')
            && self.tokens.get(at + 2).is_some_and(|token| token.glued && token.piece == Piece::Word);
        if article {
            return None;
        }
        if let Some(unit) = size_unit(word) {
            return Some((unit, 1));
        }
        // Scripts without spaces: the unit is the beginning of the run ("500克装").
        if !word.is_ascii() {
            let ends: Vec<usize> = word.char_indices().skip(1).map(|(at, _)| at).take(6).collect();
            for &end in ends.iter().rev() {
                let cjk = word[..end].chars().all(|c| c as u32 >= 0x3040);
                if let Some(unit) = size_unit(&word[..end]).filter(|_| cjk) {
                    return Some((unit, 1));
                }
            }
        }
        None
    }

    fn counted_at(&self, at: usize) -> bool {
        let word = self.word(at);
        if is_piece_word(word) {
            return true;
        }
        !word.is_ascii()
            && word
                .chars()
                .next()
                .is_some_and(|c| c as u32 >= 0x3040 && is_piece_word(c.encode_utf8(&mut [0; 4])))
    }

    /// From a number: a chain "a x b x c", then what its last member is.
    fn at_number(&self, at: usize, sizes: &mut Vec<Size>, counts: &mut Vec<Count>) -> usize {
        let mut members = vec![at];
        let mut next = at + 1;
        while self.times(next) && self.number(next + 1).is_some() {
            members.push(next + 1);
            next += 2;
        }
        let last = members[members.len() - 1];
        // 1L5: a litre and a half.
        if members.len() == 1
            && self.word(next) == "l"
            && self.tokens[next].glued
            && let Some(half) = self.tokens.get(next + 1).filter(|token| token.glued).and_then(Token::count)
            && half < Decimal::ONE_HUNDRED
            && let (Some(whole), Some(unit)) = (self.number(at), size_unit("l"))
            && whole < Decimal::ONE_HUNDRED
        {
            let part = if half < Decimal::TEN { half / Decimal::TEN } else { half / Decimal::ONE_HUNDRED };
            let to = next + 2;
            let size = Size {
                count: None,
                size: whole + part,
                unit,
                doubtful: false,
                bracketed: false,
                beside_net: false,
                from: at,
                to,
            };
            sizes.push(size);
            return to;
        }
        if let Some((unit, len)) = self.unit_at(next) {
            let after = next + len;
            if let Some(size) = self.size(&members, unit, at, after) {
                let end = size.to;
                sizes.push(size);
                return end;
            }
            return after;
        }
        if members.len() > 1 {
            // 3 x 10 pcs counts, 30 x 40 is a dimension.
            let product = self.product(&members);
            if self.counted_at(next)
                && let Some(number) = product
            {
                counts.push(Count { number, of: Counted::Pieces, doubtful: false, from: at, to: next + 1 });
            }
            return next;
        }
        if let Some(offer) = self.more_for_less(at, next) {
            let to = offer.to;
            counts.push(offer);
            return to;
        }
        let Some(number) = self.tokens[last].count() else { return next };
        // Turkish "6'lı": of six.
        if self.is(next, '\'') && matches!(self.word(next + 1), "lu" | "li") {
            counts.push(Count { number, of: Counted::Packs, doubtful: false, from: at, to: next + 2 });
            return next + 2;
        }
        let dash = usize::from(self.is(next, '-') || self.is(next, '/'));
        let word = self.word(next + dash);
        let glued = self.tokens.get(next).is_some_and(|token| token.glued);
        // "13/18 pieces": between thirteen and eighteen.
        let span = at >= 2 && self.is(at - 1, '/') && self.number(at - 2).is_some_and(|low| low < number);
        let in_range =
            span || self.range_before(at) || (self.is(next, '-') && self.number(next + 1).is_some());
        if in_range || word.is_empty() {
            return next;
        }
        let found = |of, to| Count { number, of, doubtful: false, from: at, to };
        if word == "er" && glued {
            let jahre = self.word(next + 1).starts_with("jahr");
            if !jahre {
                counts.push(found(Counted::Packs, next + 1));
            }
        } else if is_pair_word(word) {
            counts.push(found(Counted::Pairs, next + 1));
        } else if is_dozen_word(word) {
            let number = number * Decimal::from(12);
            counts.push(Count { number, of: Counted::Pieces, doubtful: false, from: at, to: next + 1 });
        } else if at == 0 && nouns::is_vessel(word) && number <= Decimal::from(48) {
            counts.push(found(Counted::Pieces, next + 1));
        } else if matches!(word, "pack" | "packs" | "pk" | "pak" | "packung" | "paquetes")
            && self.number(next + dash + 1).is_none()
        {
            // "3 packs of 10".
            let inner = self.tokens.get(next + dash + 2).and_then(Token::count);
            let of = matches!(self.word(next + dash + 1), "of" | "de" | "mit" | "van" | "da");
            match inner.and_then(|inner| inner.checked_mul(number)).filter(|_| of) {
                Some(number) => {
                    let to = next + dash + 3;
                    counts.push(Count { number, of: Counted::Packs, doubtful: false, from: at, to });
                    return to;
                }
                None => counts.push(found(Counted::Packs, next + dash + 1)),
            }
        } else if self.counted_at(next + dash) && !self.is_puzzle() {
            // "12-piece set" is one set; "12 pieces" are twelve.
            let set = dash == 1 && word == "piece";
            if !set {
                counts.push(found(Counted::Pieces, next + dash + 1));
            }
        } else if self.times(next) && at == 0 && number <= Decimal::from(500) {
            let zoom = matches!(
                self.word(next + 1),
                "zoom" | "optical" | "optisch" | "speed" | "faster" | "digital" | "magnification"
            );
            if !zoom && self.tokens.len() > next + 1 {
                counts.push(found(Counted::Packs, next + 1));
            }
        }
        next
    }

    fn is_puzzle(&self) -> bool {
        self.text.contains("puzzle") || self.text.contains("lego") || self.text.contains("jigsaw")
    }

    /// "X2" with a capital is a model, "x2" a count.
    fn is_model(&self, at: usize) -> bool {
        let (Some(x), Some(number)) = (self.tokens.get(at), self.tokens.get(at + 1)) else {
            return false;
        };
        let digits = self.text.get(number.start..number.end).unwrap_or_default();
        let glued = self.tokens.get(at).is_some_and(|token| token.glued && token.piece == Piece::Word);
        glued || x.piece == Piece::Word && number.glued && self.original.contains(&format!("X{digits}"))
    }

    /// From a word: "pack of 12", "lot de 3", "x 12", "a pair of".
    fn at_word(&self, at: usize, counts: &mut Vec<Count>) -> usize {
        let word = self.word(at);
        if self.times(at) {
            let after_number = at > 0 && self.number(at - 1).is_some();
            if let Some(number) = self.tokens.get(at + 1).and_then(Token::count)
                && !after_number
                && self.unit_at(at + 2).is_none()
                && !self.times(at + 2)
                && !self.is_model(at)
            {
                counts.push(Count { number, of: Counted::Packs, doubtful: false, from: at, to: at + 2 });
                return at + 2;
            }
            return at + 1;
        }
        if is_pack_word(word) {
            let of = matches!(
                self.word(at + 1),
                "of" | "de"
                    | "da"
                    | "di"
                    | "mit"
                    | "a"
                    | "von"
                    | "van"
                    | "x"
                    | "con"
                    | "po"
                    | "com"
                    | "из"
                    | "من"
                    | "med"
            ) || self.is(at + 1, '×');
            let bracket = usize::from(of && self.is(at + 2, '('));
            let number_at = at + 1 + usize::from(of) + bracket;
            if let Some(number) = self.tokens.get(number_at).and_then(Token::count)
                && (of
                    || self.tokens.len() == number_at + 1
                    || self.is(number_at + 1, ')')
                    || self.lot_of(at, number_at + 1))
                && self.unit_at(number_at + 1).is_none()
                && !self.times(number_at + 1)
                && !is_pair_word(self.word(number_at + 1))
                && number > Decimal::ONE
            {
                counts.push(Count {
                    number,
                    of: Counted::Packs,
                    doubtful: false,
                    from: at,
                    to: number_at + 1,
                });
                return number_at + 1;
            }
        }
        if let Some((number, of, len)) = self.named_count(at) {
            counts.push(Count { number: Decimal::from(number), of, doubtful: false, from: at, to: at + len });
            return at + len;
        }
        at + 1
    }

    fn product(&self, members: &[usize]) -> Option<Decimal> {
        members
            .iter()
            .try_fold(Decimal::ONE, |product, &at| product.checked_mul(self.tokens[at].count()?))
            .filter(|product| *product <= Decimal::from(100_000))
    }

    /// A size, or `None` where the number and unit are no quantity.
    fn size(&self, members: &[usize], unit: SizeUnit, from: usize, after: usize) -> Option<Size> {
        let last = members[members.len() - 1];
        let value = self.number(last).filter(|value| *value > Decimal::ZERO)?;
        let Piece::Number { three, .. } = self.tokens[last].piece else { return None };
        let whole_text = from == 0 && after >= self.tokens.len();
        // Lengths and areas are dimensions, unless they are all the text says or its noun is sold so.
        let sold_so = || {
            let across = self.times(after) || self.is(after, '×') || self.is(after, '-');
            let nouns = self.nouns();
            members.len() == 1
                && !across
                && match unit.unit {
                    Unit::Metre => matches!(unit.symbol, "m" | "ft" | "yd") && (nouns.length || nouns.piece),
                    Unit::SquareMetre => nouns.area,
                    _ => false,
                }
        };
        if matches!(unit.unit, Unit::Metre | Unit::SquareMetre | Unit::CubicMetre | Unit::Carat)
            && !(whole_text && members.len() <= 2 && unit.symbol.starts_with('m') && unit.symbol != "mm")
            && !sold_so()
        {
            return None;
        }
        let ends_range =
            self.is(after, '-') && self.number(after + 1).is_some() && self.unit_at(after + 2).is_some();
        if self.range_before(from) || ends_range || self.limited(from) {
            return None;
        }
        let ratio =
            self.is(after, '/') && self.tokens.get(after + 1).is_some_and(|token| token.piece == Piece::Word);
        let shares = from > 0 && self.is(from - 1, '/') && from > 1 && self.unit_at(from - 2).is_none();
        if ratio || shares || self.is_network(last, value, unit) {
            return None;
        }
        if !whole_text && self.is_model_or_memory(last, value, unit) {
            return None;
        }
        let (mut size, doubtful) = self.settle_three(value, three, unit);
        let mut count = None;
        if members.len() > 1 {
            count = Some(self.product(&members[..members.len() - 1])?);
        } else if let Some(number) = self.count_before(from) {
            count = Some(number);
        }
        let mut to = after;
        if self.times(after)
            && let Some(times) = self.tokens.get(after + 1).and_then(Token::count)
            && self.unit_at(after + 2).is_none()
        {
            count = Some(count.unwrap_or(Decimal::ONE).checked_mul(times)?);
            to = after + 2;
        }
        // "200+50 ml": both parts are in the unit behind.
        if count.is_none()
            && from >= 2
            && self.is(from - 1, '+')
            && self.tokens[from - 1].glued
            && self.tokens[from].glued
            && let Some(first) = self.number(from - 2)
        {
            size = size.checked_add(first)?;
        }
        // "500 g + 100 g": a free part counts.
        if self.is(to, '+')
            && let Some(more) = self.number(to + 1)
            && let Some((other, len)) = self.unit_at(to + 2)
            && other == unit
            && count.is_none()
        {
            size = size.checked_add(more)?;
            to += 2 + len;
        }
        let bracketed =
            from > 0 && (self.is(from - 1, '(') || self.is(from - 1, '[') || self.is(from - 1, '='));
        let beside_net = self.says_gross(from, to);
        Some(Size { count, size, unit, doubtful, bracketed, beside_net, from, to })
    }

    /// One mark with three digits: thousands of small units, decimals of kg and litres; the latter
    /// stays doubtful, as "1.000 kg" is a tonne in a price list for trade.
    fn settle_three(&self, value: Decimal, three: bool, unit: SizeUnit) -> (Decimal, bool) {
        if !three {
            return (value, false);
        }
        if unit.factor < Decimal::ONE && matches!(unit.symbol, "g" | "ml" | "mg") {
            return (value * Decimal::from(1000), false);
        }
        (value, true)
    }

    /// "6 bouteilles de 33cl": the count before a size, over words that end in one like "of".
    fn count_before(&self, from: usize) -> Option<Decimal> {
        let joined = from.checked_sub(1)?;
        let word = self.word(joined);
        let at_sign = self.is(joined, '@');
        let of = matches!(
            word,
            "of" | "de"
                | "d"
                | "a"
                | "à"
                | "zu"
                | "von"
                | "da"
                | "di"
                | "je"
                | "van"
                | "po"
                | "por"
                | "per"
                | "of "
                | "by"
        ) || at_sign
            || self.times(joined);
        if !of {
            return None;
        }
        for back in 1..=5 {
            let at = joined.checked_sub(back)?;
            let token = self.tokens[at];
            if let Some(number) = token.count() {
                // "5 years … bottle of 1 l": what is counted stands right behind its number.
                let things = back == 2
                    || is_pack_word(self.word(at + 1))
                    || self.counted_at(at + 1)
                    || self.is(at + 1, '-');
                let age =
                    matches!(self.word(at + 1), "anos" | "years" | "year" | "ans" | "jahre" | "anni" | "yo");
                let counts_something =
                    back > 1 && things && !age && self.unit_at(at + 1).is_none() && !self.range_before(at);
                return counts_something.then_some(number);
            }
            if token.piece != Piece::Word && !token.is('-') && !token.is('\'') {
                return None;
            }
        }
        None
    }
}
