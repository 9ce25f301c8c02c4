//! What the sizes and counts found in a text come to together.

use super::{Count, Counted, QuantityReading, QuantityStatus, Scan, Size};
use model::{Quantity, Unit};
use rust_decimal::Decimal;

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
        let mut doubt = counts
            .iter()
            .any(|count| count.doubtful)
            .then(|| "more is handed over than is paid for: the price may be for either".to_owned());
        let main = self.main_size(sizes, &mut doubt);
        if let Some(main) = main {
            let count = main.count.or(packs.map(|count| count.number));
            let whole = Size { count, ..*main };
            reading.count = count.or(pieces.map(|count| count.number));
            reading.size = Some(main.size);
            reading.unit = Some(main.unit.symbol.to_owned());
            reading.total = whole.total().map(|total| total.normalize());
            reading.total_unit = Some(main.unit.unit);
            reading.matched = self.quote(main.from, main.to);
            if main.doubtful {
                doubt = Some("thousands or three decimals: nothing settles which".to_owned());
            }
            // A second dimension (mass beside volume) is kept too.
            let other = sizes.iter().find(|size| size.unit.unit != main.unit.unit && size.count.is_none());
            let mut known = vec![(reading.total, main.unit.unit)];
            known.extend(
                other.map(|size| (Size { count: packs.map(|c| c.number), ..*size }.total(), size.unit.unit)),
            );
            for (total, unit) in known {
                let quantity = total.and_then(|total| Quantity::new(total.normalize(), unit).ok());
                reading.quantities.extend(quantity);
            }
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
        reading.status = if doubt.is_some() { QuantityStatus::Ambiguous } else { QuantityStatus::Ok };
        reading.reason = doubt;
        reading
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
    fn main_size<'s>(&self, sizes: &'s [Size], doubt: &mut Option<String>) -> Option<&'s Size> {
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
            }
        }
        Some(main)
    }
}
