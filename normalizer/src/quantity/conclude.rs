//! What the sizes and counts found in a text come to together.

use super::{Count, Counted, QuantityReading, QuantityStatus, Scan, Size};
use crate::unit::{is_set_word, is_unit_word, is_vessel_word};
use model::{Quantity, Unit};
use rust_decimal::Decimal;

/// What a size comes to.
fn amount_of(size: &Size) -> Option<Quantity> {
    size.total().and_then(|total| Quantity::new(total.normalize(), size.unit.unit).ok())
}

impl Scan<'_> {
    fn quote(&self, from: usize, to: usize) -> Option<String> {
        let start = self.tokens.get(from)?.start;
        let end = self.tokens.get(to.checked_sub(1)?)?.end;
        self.text.get(start..end).map(str::to_owned)
    }

    pub(super) fn conclude(&self, sizes: &[Size], counts: &[Count]) -> QuantityReading {
        let mut reading = QuantityReading::none();
        let packs = counts.iter().find(|count| count.of == Counted::Packs);
        let pieces = counts.iter().find(|count| count.of == Counted::Pieces);
        let pairs = counts.iter().find(|count| count.of == Counted::Pairs);
        let mut doubt = None;
        let main = self.main_size(sizes, &mut doubt, &mut reading.otherwise);
        if counts.iter().any(|count| count.doubtful) {
            doubt = Some("more is handed over than is paid for: the price may be for either".to_owned());
            reading.otherwise = main.and_then(amount_of).into_iter().chain([Quantity::one_piece()]).collect();
        }
        if let Some(main) = main {
            let linked = pieces.filter(|pieces| self.sizes_each(main, pieces)).map(|pieces| pieces.number);
            let count = main.count.or(packs.map(|count| count.number)).or(linked);
            let whole = Size { count, ..*main };
            if let Some(pieces) = pieces.filter(|pieces| count.is_none() && self.each_or_all(main, pieces)) {
                doubt = Some("the size stated may be that of each piece or of all".to_owned());
                let all = Size { count: Some(pieces.number), ..*main };
                let piece = Quantity::new(pieces.number, Unit::Piece).ok();
                reading.otherwise = amount_of(&all).into_iter().chain(piece).collect();
            }
            reading.count = count.or(pieces.map(|count| count.number));
            reading.size = Some(main.size);
            reading.unit = Some(main.unit.symbol.to_owned());
            reading.total = whole.total().map(|total| total.normalize());
            reading.total_unit = Some(main.unit.unit);
            reading.matched = self.quote(main.from, main.to);
            if let Some(share) = self.share_on_top() {
                doubt =
                    Some("a free share is promised: the size stated may be with or without it".to_owned());
                let more = Decimal::ONE + share / Decimal::ONE_HUNDRED;
                let more = whole.size.checked_mul(more).map(|size| Size { size, ..whole });
                reading.otherwise = more.as_ref().and_then(amount_of).into_iter().collect();
            }
            if main.doubtful {
                doubt = Some("thousands or three decimals: nothing settles which".to_owned());
                let more = whole.size.checked_mul(Decimal::ONE_THOUSAND).map(|size| Size { size, ..whole });
                reading.otherwise = more.as_ref().and_then(amount_of).into_iter().collect();
            }
            // A second dimension (mass beside volume) is kept too.
            let other = sizes.iter().find(|size| size.unit.unit != main.unit.unit && size.count.is_none());
            let other = other.map(|size| Size { count: packs.map(|c| c.number), ..*size });
            reading
                .quantities
                .extend(amount_of(&whole).into_iter().chain(other.as_ref().and_then(amount_of)));
        }
        if let Some(pairs) = pairs {
            let number = packs.map_or(Some(pairs.number), |packs| packs.number.checked_mul(pairs.number));
            self.counted(&mut reading, number, Unit::Pair, pairs);
        } else if let Some(found) = packs.or(pieces) {
            if let (Some(packs), Some(pieces)) = (packs, pieces)
                && packs.number != pieces.number
                && main.is_none()
            {
                doubt = Some(format!("{} and {} pieces are both stated", packs.number, pieces.number));
                reading.otherwise = Quantity::new(pieces.number, Unit::Piece).ok().into_iter().collect();
            }
            if packs.is_none() && main.is_none() && self.is_set_of(found) {
                doubt = Some(format!("one set of {0} pieces, or {0} pieces", found.number));
                reading.otherwise = vec![Quantity::one_piece()];
            }
            let number = reading.count.unwrap_or(found.number);
            self.counted(&mut reading, Some(number), Unit::Piece, found);
        } else if main.is_some_and(|main| main.unit.unit == Unit::Metre) && self.nouns().piece {
            // A cable of two metres is a piece as well.
            reading.quantities.push(Quantity::one_piece());
        } else if let Some(count) = reading.count {
            reading.quantities.extend(Quantity::new(count, Unit::Piece).ok());
        }
        if reading.quantities.is_empty() {
            return QuantityReading::none();
        }
        if doubt.is_none() {
            reading.otherwise.clear();
        }
        reading.status = if doubt.is_some() { QuantityStatus::Ambiguous } else { QuantityStatus::Ok };
        reading.reason = doubt;
        reading
    }

    /// The word that ends a count.
    fn counted_word(&self, count: &Count) -> &str {
        count.to.checked_sub(1).map_or("", |at| self.word(at))
    }

    /// Whether a size beside a count, with no word between, is that of each: of full vessels ("3 cans
    /// 80 g"), where the text says so ("100 ml each"), and in Korean behind the size ("2L 6개").
    fn sizes_each(&self, main: &Size, pieces: &Count) -> bool {
        let word = self.counted_word(pieces);
        let korean = matches!(word, "개" | "개입") && pieces.from >= main.to;
        !main.bracketed && (main.each || is_vessel_word(word) || korean)
    }

    /// Whether nothing says if a size is that of each piece or of all: "Shampoo 400 ml 2 pcs". A size
    /// behind the pieces is that of all ("8 pcs 140 g"), and so is that of more than a dozen.
    fn each_or_all(&self, main: &Size, pieces: &Count) -> bool {
        let each = matches!(main.unit.unit, Unit::Litre | Unit::Metre | Unit::SquareMetre);
        let behind = pieces.from >= main.to && pieces.number <= Decimal::from(12);
        pieces.number > Decimal::ONE
            && !main.bracketed
            && is_unit_word(self.counted_word(pieces))
            && (each || main.unit.unit == Unit::Kilogram && behind)
    }

    /// Whether units are counted in a text that speaks of a set, and no word says which is sold.
    fn is_set_of(&self, count: &Count) -> bool {
        count.of == Counted::Pieces
            && count.number > Decimal::ONE
            && is_unit_word(self.counted_word(count))
            && (0..self.tokens.len()).any(|at| is_set_word(self.word(at)))
    }

    fn counted(&self, reading: &mut QuantityReading, number: Option<Decimal>, unit: Unit, found: &Count) {
        let Some(number) = number else { return };
        reading.quantities.extend(Quantity::new(number, unit).ok());
        if reading.total.is_none() {
            reading.count = Some(number);
            reading.unit = Some("u".to_owned());
            reading.total = Some(number);
            reading.total_unit = Some(unit);
        }
        if reading.matched.is_none() {
            reading.matched = self.quote(found.from, found.to);
        }
    }

    /// The size that counts among several: one that a count repeats, else the first; a size in
    /// brackets restates. Sizes of one unit that contradict each other are a doubt.
    fn main_size<'s>(
        &self,
        sizes: &'s [Size],
        doubt: &mut Option<String>,
        otherwise: &mut Vec<Quantity>,
    ) -> Option<&'s Size> {
        let main = sizes
            .iter()
            .find(|size| size.count.is_some_and(|count| count > Decimal::ONE))
            .or(sizes.first())?;
        let total = main.total()?;
        for other in sizes.iter().filter(|other| other.unit.unit == main.unit.unit && !other.bracketed) {
            let (Some(all), one) = (other.total(), main.size * main.unit.factor) else { continue };
            // Two per cent: rounding between ounces and grams.
            let close = |a: Decimal, b: Decimal| (a - b).abs() * Decimal::from(50) <= a.max(b);
            if !close(all, total) && !close(all, one) {
                *doubt = Some("two sizes are stated that contradict each other".to_owned());
                *otherwise = amount_of(other).into_iter().collect();
            }
        }
        Some(main)
    }
}
