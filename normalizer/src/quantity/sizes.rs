//! Numbers with a unit of size: which unit stands there, what is a size and what only looks like one,
//! and the count that repeats it. Counts apart from a size are `counts`'s.

use super::token::{Piece, Token};
use super::{Scan, Size};
use crate::unit::{
    SizeUnit, is_of_word, is_pack_word, is_piece_word, is_single_word, is_vessel_word, size_unit,
};
use model::Unit;
use rust_decimal::Decimal;

impl Scan<'_> {
    /// A unit of size at a token: the unit and how many tokens it takes.
    pub(super) fn unit_at(&self, at: usize) -> Option<(SizeUnit, usize)> {
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
            let mark = usize::from(self.is(at + 1, '.') || self.is(at + 1, '-'));
            if self.word(at + 1 + mark) == "oz" {
                return size_unit("floz").map(|unit| (unit, 2 + mark));
            }
        }
        if word == "fluid" && matches!(self.word(at + 1), "ounce" | "ounces") {
            return size_unit("floz").map(|unit| (unit, 2));
        }
        // Tonnes only apart from their number, and small: "5T" is a size of clothes, "Y02 T" a model.
        if word == "t" && !self.tokens[at].glued {
            let digits = at.checked_sub(1).and_then(|number| self.tokens.get(number));
            let digits =
                digits.and_then(|number| self.text.get(number.start..number.end)).unwrap_or_default();
            let small = self.original.contains(&format!("{digits} t"));
            return size_unit("tonne").filter(|_| small).map(|unit| (unit, 1));
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

    /// The unit behind a number, also over a hyphen ("32-oz jar"): the unit and where it ends.
    pub(super) fn unit_behind(&self, at: usize) -> Option<(SizeUnit, usize)> {
        if let Some((unit, len)) = self.unit_at(at) {
            return Some((unit, at + len));
        }
        let glued = |at: usize| self.tokens.get(at).is_some_and(|token| token.glued);
        let (unit, len) = self.unit_at(at + 1).filter(|_| self.is(at, '-') && glued(at) && glued(at + 1))?;
        // "XR-250-G" is an article number.
        let number = at.checked_sub(1)?;
        let article = glued(number) && number.checked_sub(1).is_some_and(|before| self.is(before, '-'));
        (!article).then_some((unit, at + 1 + len))
    }

    /// Whether a number and the letters glued to it end an article number: "VP299CL", "DR-22G", "T24i-2L".
    /// A word of four letters and more is one of the title ("Shampoo-250ml", "bolsa500g").
    fn ends_article(&self, at: usize) -> bool {
        let glued = |at: usize| self.tokens.get(at).is_some_and(|token| token.glued);
        let Some(before) = at.checked_sub(1).filter(|_| glued(at) && glued(at + 1)) else { return false };
        let hyphen = usize::from(self.is(before, '-') && glued(before));
        let Some(part) = before.checked_sub(hyphen) else { return false };
        let word = self.word(part);
        word.is_ascii() && (1..=3).contains(&word.len()) && !is_of_word(word) && !matches!(word, "x" | "p")
    }

    /// "1L5": a litre and a half.
    pub(super) fn litre_and_part(&self, at: usize) -> Option<Size> {
        let next = at + 1;
        if self.word(next) != "l" || !self.tokens[next].glued {
            return None;
        }
        let part = self.tokens.get(next + 1).filter(|token| token.glued).and_then(Token::count)?;
        let whole = self.number(at)?;
        if part >= Decimal::ONE_HUNDRED || whole >= Decimal::ONE_HUNDRED {
            return None;
        }
        let part = if part < Decimal::TEN { part / Decimal::TEN } else { part / Decimal::ONE_HUNDRED };
        Some(Size {
            count: None,
            size: whole + part,
            unit: size_unit("l")?,
            doubtful: false,
            bracketed: false,
            beside_net: false,
            each: false,
            from: at,
            to: next + 2,
        })
    }

    /// A size, or `None` where the number and unit are no quantity.
    pub(super) fn size(&self, members: &[usize], unit: SizeUnit, from: usize, after: usize) -> Option<Size> {
        let last = members[members.len() - 1];
        let value = self.number(last).filter(|value| *value > Decimal::ZERO)?;
        let Piece::Number { three, .. } = self.tokens[last].piece else { return None };
        let whole_text = from == 0 && after >= self.tokens.len();
        if members.len() == 1 && self.ends_article(last) {
            return None;
        }
        // Lengths and areas are dimensions, unless they are all the text says or its noun is sold so.
        let sold_so = || {
            let across = self.times(after)
                || self.is(after, '-')
                || from.checked_sub(1).is_some_and(|before| self.times(before) && !self.is_thick(before))
                || matches!(
                    self.word(after),
                    "wide" | "width" | "breit" | "tall" | "high" | "hoch" | "large"
                );
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
        if self.range_before(from) || ends_range || self.limited(from, after, unit) {
            return None;
        }
        // "250 g/jar" is the size of each, "80 g/m2" a ratio.
        let slash = self.is(after, '/') && self.label(after + 1).is_none();
        let per = slash.then(|| self.word(after + 1)).filter(|word| !word.is_empty());
        let goods = |word: &str| {
            is_piece_word(word) || is_pack_word(word) || is_single_word(word) || is_vessel_word(word)
        };
        let each = per.is_some_and(goods) || self.each(from, after);
        let shares = from > 1 && self.is(from - 1, '/') && self.unit_at(from - 2).is_none();
        if per.is_some_and(|word| !goods(word)) || shares || self.is_network(last, value, unit) {
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
        // "500 g x 2 x 6" too.
        while self.times(to)
            && let Some(times) = self.tokens.get(to + 1).and_then(Token::count)
            && self.unit_at(to + 2).is_none()
        {
            count = Some(count.unwrap_or(Decimal::ONE).checked_mul(times)?);
            to += 2;
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
        // "1 kg + 100 g": a free part counts.
        if self.is(to, '+')
            && let Some(more) = self.number(to + 1)
            && let Some((other, len)) = self.unit_at(to + 2)
            && other.unit == unit.unit
            && count.is_none()
        {
            size = size.checked_add(more.checked_mul(other.factor)?.checked_div(unit.factor)?)?;
            to += 2 + len;
        }
        // "1 lb 8 oz", "1 kg 500 g": one size in two units of a system.
        if count.is_none()
            && let Some(more) = self.number(to)
            && let Some((part, len)) = self.unit_at(to + 1)
            && matches!((unit.symbol, part.symbol), ("lb", "oz") | ("kg", "g") | ("l", "ml" | "cl"))
            && let Some(of_it) = more.checked_mul(part.factor)
            && of_it < unit.factor
        {
            size = size.checked_add(of_it.checked_div(unit.factor)?)?;
            to += 1 + len;
        }
        let bracketed =
            from > 0 && (self.is(from - 1, '(') || self.is(from - 1, '[') || self.is(from - 1, '='));
        let beside_net = self.says_gross(from, to);
        Some(Size { count, size, unit, doubtful, bracketed, beside_net, each, from, to })
    }

    /// "10 mm x 50 m", "30 cm x 100 m": before the times stands how thick or wide it is.
    fn is_thick(&self, times: usize) -> bool {
        times >= 2 && matches!(self.word(times - 1), "mm" | "cm") && self.number(times - 2).is_some()
    }

    /// Whether words beside a size say that it is that of each ("je 250 ml", "250 ml each").
    fn each(&self, from: usize, to: usize) -> bool {
        let says = |word: &str| {
            matches!(
                word,
                "je" | "each"
                    | "ciascuno"
                    | "ciascuna"
                    | "chacun"
                    | "chacune"
                    | "elk"
                    | "jeweils"
                    | "каждыи"
                    | "每"
            )
        };
        from.checked_sub(1).is_some_and(|at| says(self.word(at)))
            || says(self.word(to))
            || (matches!(self.word(to), "cada" | "per")
                && matches!(self.word(to + 1), "uno" | "una" | "um" | "uma" | "piece" | "unit"))
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
        // Nobody states 1,125 litres to the litre in a title: what is not round is a decimal.
        let hundredths = value * Decimal::TEN;
        (value, unit.symbol != "l" || hundredths.fract().is_zero())
    }

    /// "6 bouteilles de 33cl": the count before a size, over words that end in one like "of".
    fn count_before(&self, from: usize) -> Option<Decimal> {
        let joined = from.checked_sub(1)?;
        if !(is_of_word(self.word(joined)) || self.is(joined, '@') || self.times(joined)) {
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
                let counts_something = back > 1
                    && things
                    && !is_age(self.word(at + 1))
                    && !(number > Decimal::ONE && is_single_word(self.word(at + 1)))
                    && self.unit_at(at + 1).is_none()
                    && !self.range_before(at);
                return counts_something.then_some(number);
            }
            if token.piece != Piece::Word && !token.is('-') && !token.is('\'') {
                return None;
            }
        }
        None
    }
}

/// Words that make a number an age.
fn is_age(word: &str) -> bool {
    matches!(
        word,
        "anos" | "years" | "year" | "ans" | "jahre" | "anni" | "yo" | "lat" | "jaar" | "лет" | "yil" | "let"
    )
}
