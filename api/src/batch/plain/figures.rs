//! Numbers of lines judged together as text, a column after the other: no number waits for where the
//! one before ended. The same text as `digits` gives, which is there for every number that is not of a
//! common size. Not what the numbers mean.

use super::columns::PlainColumn;
use crate::digits::{POWERS_FROM, POWERS_OF_TEN, ROUND, TENS, push_first, write_significant};
use model::VerdictCode;
use statistics::table::{Asked, PriceFigures};

/// Significant digits of figures, and of declared prices.
pub(super) const OF_FIGURES: u32 = 6;
const OF_PRICES: u32 = 12;

/// A number and a comma in a place of fixed size, with their length in the last byte.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Text([u8; 32]);

/// Length of a text that has to be written by itself.
const BY_ITSELF: u8 = u8::MAX;

/// The smallest number written here: seven characters stand before its first digit.
const SMALLEST: f64 = 1e-6;

/// Three digits of a number below a thousand as values in bytes, the first lowest.
static TRIPLES: [u32; 1000] = {
    let mut triples = [0; 1000];
    let mut n = 0;
    while n < 1000 {
        triples[n as usize] = (n / 100) | ((n / 10 % 10) << 8) | ((n % 10) << 16);
        n += 1;
    }
    triples
};

/// How a number is set by the exponent of its first digit, from -8 on: what is known before its digits are.
#[derive(Clone, Copy)]
struct Setting {
    /// Bits of the digits before the point; where it stands before all of them, of more than there are.
    before: u8,
    /// Characters before the first digit: "0." and zeros.
    zeros: u8,
    /// Characters and comma by how many digits are left without the zeros at their end.
    lengths: [u8; 14],
}

/// The settings of numbers with so many digits.
const fn settings(digits: u8) -> [Setting; 32] {
    let mut all = [Setting { before: 0, zeros: 0, lengths: [0; 14] }; 32];
    let mut at = 0;
    while at < 32 {
        let exponent = at as i8 - 8;
        let zeros = if exponent < 0 { (1 - exponent) as u8 } else { 0 };
        // Behind the last digit a point meets none.
        let mut before = if exponent < 0 { 15 } else { exponent as u8 + 1 };
        if before > digits + 1 {
            before = digits + 1;
        }
        let mut used = 0;
        while used < 14 {
            let number = if used > before { used + 1 } else { used };
            let number = if exponent >= 0 && number < before { before } else { number };
            all[at].lengths[used as usize] = zeros + number + 1;
            used += 1;
        }
        (all[at].before, all[at].zeros) = (8 * before, zeros);
        at += 1;
    }
    all
}
static SIX: [Setting; 32] = settings(6);
static TWELVE: [Setting; 32] = settings(12);

impl Text {
    const NOTHING: Text = {
        let mut text = [0; 32];
        (text[0], text[31]) = (b',', 1);
        Text(text)
    };

    /// A number with 6 or 12 significant digits.
    #[inline(always)]
    fn write<const DIGITS: u32>(&mut self, number: f64) {
        let size = number.abs();
        // Larger ones would have digits before the point that are no significant ones.
        let mut common = (SMALLEST..TENS[DIGITS as usize - 1]).contains(&size);
        // From the exponent of the binary fraction: at most one too low.
        let binary = (size.to_bits() >> 52) as i32 - 1023;
        let low = (binary * 1233) >> 12;
        let exponent = low + i32::from(size >= POWERS_OF_TEN[(low + 1 + POWERS_FROM) as usize & 63]);
        let scaled = size * POWERS_OF_TEN[(DIGITS as i32 - 1 - exponent + POWERS_FROM) as usize & 63];
        let rounded = scaled + ROUND;
        let whole = rounded.to_bits() & ((1 << 52) - 1);
        let rest = (scaled - (rounded - ROUND)).abs();
        // Where the scaling itself decides which way a half goes, the digits of the binary fraction do.
        common &= rest < 0.5 - f64::max(1e-6, TENS[DIGITS as usize] * 4.0 * f64::EPSILON);
        common &= whole < 10u64.pow(DIGITS);
        if !common {
            self.0[31] = BY_ITSELF;
            return;
        }
        let minus = (number.to_bits() >> 63) as usize;
        let setting = &(if DIGITS == 6 { &SIX } else { &TWELVE })[(exponent + 8) as usize & 31];
        self.0[0] = b'-';
        self.0[minus..minus + 8].copy_from_slice(b"0.000000");
        let at = minus + usize::from(setting.zeros & 15);
        let used = if DIGITS == 6 {
            let whole = whole as u32;
            let triple = |n: u32| u64::from(TRIPLES.get(n as usize).copied().unwrap_or_default());
            let digits = triple(whole / 1000) | triple(whole % 1000) << 24;
            let text = digits | 0x3030_3030_3030_3030;
            let first = text & ((1 << (setting.before & 63)) - 1);
            let text = first | u64::from(b'.') << (setting.before & 63) | (text - first) << 8;
            self.0[at..at + 8].copy_from_slice(&text.to_le_bytes());
            8 - digits.leading_zeros() / 8
        } else {
            let (high, low) = ((whole / 1_000_000) as u32, (whole % 1_000_000) as u32);
            let triple = |n: u32| u64::from(TRIPLES.get(n as usize).copied().unwrap_or_default());
            let six = |n: u32| triple(n / 1000) | triple(n % 1000) << 24;
            let digits = u128::from(six(high)) | u128::from(six(low)) << 48;
            let text = digits | u128::from_le_bytes([b'0'; 16]);
            let first = text & ((1 << (setting.before & 127)) - 1);
            let text = first | u128::from(b'.') << (setting.before & 127) | (text - first) << 8;
            self.0[at..at + 16].copy_from_slice(&text.to_le_bytes());
            16 - digits.leading_zeros() / 8
        };
        let length = setting.lengths[used as usize % 14] + minus as u8;
        self.0[usize::from(length - 1) & 31] = b',';
        self.0[31] = length;
    }
}

/// Which number of a line, and with how many digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure(PlainColumn);

impl Figure {
    /// The number of a column; `None` of columns that hold words, whole numbers or a group's.
    pub fn of(column: PlainColumn) -> Option<Figure> {
        use PlainColumn::*;
        let number = matches!(
            column,
            UnitPrice
                | Ratio
                | RatioHigh
                | PLower
                | PUpper
                | SmallestP
                | Z
                | ZHigh
                | Percentile
                | CalibratedLower
                | CalibratedUpper
                | Ranks
        );
        number.then_some(Figure(column))
    }

    pub fn column(self) -> PlainColumn {
        self.0
    }

    /// Of a price judged; `None`: the cell is empty.
    #[inline(always)]
    fn number(self, p: &PriceFigures) -> Option<f64> {
        use PlainColumn::*;
        let c = p.calibrated.as_ref();
        match self.0 {
            Ratio | RatioHigh => Some(p.ratio),
            PLower => Some(p.p_lower),
            PUpper => Some(p.p_upper),
            SmallestP => Some(p.smallest_p),
            Z | ZHigh => Some(p.z),
            Percentile => Some(p.percentile),
            CalibratedLower => c.map(|c| c.p_lower),
            CalibratedUpper => c.map(|c| c.p_upper),
            Ranks => c.map(|c| c.ranks),
            _ => None,
        }
    }

    /// Writes the cell of a price judged by itself.
    pub fn write_of(self, p: &PriceFigures, out: &mut Vec<u8>) {
        if let Some(number) = self.number(p) {
            write_significant(out, number, OF_FIGURES);
        }
    }
}

/// Writes a number of a group as a figure.
pub(super) fn write_figure(number: f64, out: &mut Vec<u8>) {
    let mut text = Text::NOTHING;
    text.write::<OF_FIGURES>(number);
    match text.0[31] {
        BY_ITSELF => write_significant(out, number, OF_FIGURES),
        with_comma => push_first(out, text.0, usize::from(with_comma) - 1),
    }
}

/// Writes a declared price.
pub(super) fn write_price(price: f64, out: &mut Vec<u8>) {
    write_significant(out, price, OF_PRICES);
}

/// The numbers of lines judged together.
#[derive(Default)]
pub(super) struct FigureTexts {
    texts: Vec<Text>,
    lines: usize,
}

impl FigureTexts {
    /// Those of lines with their prices judged, for these columns.
    pub fn fill(&mut self, figures: &[Figure], asked: &[Asked], judged: &[(VerdictCode, PriceFigures)]) {
        statistics::wide(
            #[inline(always)]
            || self.fill_wide(figures, asked, judged),
        );
    }

    #[inline(always)]
    fn fill_wide(&mut self, figures: &[Figure], asked: &[Asked], judged: &[(VerdictCode, PriceFigures)]) {
        self.lines = judged.len();
        self.texts.resize(figures.len() * judged.len(), Text::NOTHING);
        for (figure, texts) in figures.iter().zip(self.texts.chunks_exact_mut(judged.len().max(1))) {
            macro_rules! each {
                ($($column:ident)+) => {
                    match figure.0 {
                        PlainColumn::UnitPrice => {
                            for (text, asked) in texts.iter_mut().zip(asked) {
                                text.write::<OF_PRICES>(asked.price);
                            }
                        }
                        // A loop of its own for each column: what is read is known before it begins.
                        $(PlainColumn::$column => {
                            for (text, (_, price)) in texts.iter_mut().zip(judged) {
                                match Figure(PlainColumn::$column).number(price) {
                                    Some(number) => text.write::<OF_FIGURES>(number),
                                    None => *text = Text::NOTHING,
                                }
                            }
                        })+
                        _ => texts.fill(Text::NOTHING),
                    }
                };
            }
            each!(Ratio RatioHigh PLower PUpper SmallestP Z ZHigh Percentile CalibratedLower CalibratedUpper Ranks);
        }
    }

    /// Writes a number of a line and a comma; false where it has to be written by itself.
    #[inline]
    pub fn push(&self, figure: usize, line: usize, out: &mut Vec<u8>) -> bool {
        match self.texts.get(figure * self.lines + line) {
            Some(Text(text)) if text[31] != BY_ITSELF => {
                push_first(out, *text, text[31].into());
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::significant;
    use proptest::prelude::*;

    fn text<const DIGITS: u32>(number: f64) -> Option<String> {
        let mut text = Text::NOTHING;
        text.write::<DIGITS>(number);
        let length = text.0[31];
        (length != BY_ITSELF).then(|| String::from_utf8(text.0[..usize::from(length)].to_vec()).unwrap())
    }

    fn agree(number: f64) -> bool {
        let mut written = 0;
        for (text, digits) in [(text::<6>(number), 6), (text::<12>(number), 12)] {
            if let Some(text) = text {
                assert_eq!(text, format!("{},", significant(number, digits)));
                written += 1;
            }
        }
        written > 0
    }

    #[test]
    fn numbers_at_the_edges_are_as_ever_or_left() {
        for (number, written) in [
            (0.0, false),
            (f64::NAN, false),
            (f64::INFINITY, false),
            (-1.0, true),
            (1.0, true),
            (0.1, true),
            (100.0, true),
            (99_999.9, true),
            (99_999.999, true),
            (0.999_999_6, true),
            (1e-6, true),
            (9.999e-7, false),
            (123_456.7, true),
            (1e11, false),
            (99_999_999_999.0, true),
            (2.5, true),
        ] {
            assert_eq!(agree(number), written, "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_written_as_by_itself(mantissa in 1u64..1 << 53, power in -75i32..-10, negative: bool) {
            agree(mantissa as f64 * 2f64.powi(power) * if negative { -1.0 } else { 1.0 });
        }

        #[test]
        fn decimals_are_written_as_by_themselves(n in 1u64..10_000_000, places in 0usize..9) {
            agree(n as f64 / 10f64.powi(places as i32));
        }
    }
}
