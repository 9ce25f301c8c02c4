//! Numbers as text: significant digits, whole numbers, short texts behind one another. A table of a
//! million lines has twenty million of them. Not what they mean.

/// Powers of ten that a double holds exactly.
pub(crate) const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Their inverses.
const TENTHS: [f64; 23] = {
    let mut tenths = [1.0; 23];
    let mut i = 0;
    while i < tenths.len() {
        tenths[i] = 1.0 / TENS[i];
        i += 1;
    }
    tenths
};

/// Powers of ten from 10 to the power of `-POWERS_FROM` to its inverse; ones behind, so that a place in
/// six bits is always one of these.
pub(crate) static POWERS_OF_TEN: [f64; 64] = {
    let mut powers = [1.0; 64];
    let mut i = 0;
    while i < TENS.len() {
        powers[22 - i] = TENTHS[i];
        powers[22 + i] = TENS[i];
        i += 1;
    }
    powers
};
/// 2⁵²: added to a number below it rounds it to a whole one, whose bits stand lowest.
pub(crate) const ROUND: f64 = 4_503_599_627_370_496.0;

/// See [`POWERS_OF_TEN`].
pub(crate) const POWERS_FROM: i32 = 22;

/// A number with this many significant digits (at most 15), without trailing zeros and without an
/// exponent; empty where it is not finite.
pub fn significant(number: f64, digits: u32) -> String {
    let mut out = Vec::new();
    write_significant(&mut out, number, digits);
    String::from_utf8(out).unwrap_or_default()
}

/// [`significant`], written behind what is there.
pub fn write_significant(out: &mut Vec<u8>, number: f64, digits: u32) {
    if !number.is_finite() {
        return;
    }
    let size = number.abs();
    if size < 1e-15 {
        // Beyond the places that are written.
        return out.push(b'0');
    }
    if number < 0.0 {
        out.push(b'-');
    }
    let exponent = exponent_of(size);
    let places = digits as i32 - 1 - exponent;
    let scaled = scaled(size, places);
    // Where the scaling itself decides which way a half goes, the digits of the binary fraction do.
    let below = scaled as u64;
    let rest = scaled - below as f64;
    if (rest - 0.5).abs() <= f64::max(1e-6, scaled * 4.0 * f64::EPSILON) {
        return write_half(out, size, places);
    }
    let whole = below + u64::from(rest > 0.5);
    match digits {
        1..=7 if exponent < 8 => write_short(out, whole, exponent, digits),
        8..=15 if exponent < 16 => write_long(out, whole, exponent, digits),
        _ => write_digit_by_digit(out, whole, places),
    }
}

/// What [`significant`] is read back as.
#[inline]
pub fn as_written(number: f64, digits: u32) -> f64 {
    let size = number.abs();
    if (1e-15..TENS[15]).contains(&size) {
        let places = digits as i32 - 1 - exponent_of(size);
        let scaled = scaled(size, places);
        let whole = (scaled + ROUND) - ROUND;
        if (scaled - whole).abs() < 0.5 - f64::max(1e-6, scaled * 4.0 * f64::EPSILON) {
            // Whole numbers of fifteen digits and powers of ten up to 10²² are numbers themselves: their
            // quotient is rounded once.
            let read = match usize::try_from(places) {
                Ok(places) if places <= 22 => Some(whole / TENS[places]),
                Ok(_) => None,
                Err(_) => Some(whole * TENS[places.unsigned_abs() as usize]),
            };
            if let Some(read) = read {
                return read.copysign(number);
            }
        }
    }
    as_read_back(number, digits)
}

#[cold]
fn as_read_back(number: f64, digits: u32) -> f64 {
    significant(number, digits).parse().unwrap_or(f64::NAN)
}

/// The exponent of the first digit of a number above zero.
#[inline]
pub(crate) fn exponent_of(size: f64) -> i32 {
    // From that of the binary fraction: at most one too low.
    let binary = ((size.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let exponent = (binary * 1233) >> 12;
    let above = exponent + 1;
    let power = if above < 0 { TENTHS[(-above).min(22) as usize] } else { TENS[above.min(22) as usize] };
    if exponent < 22 && size >= power { above } else { exponent }
}

/// A number times ten to the power of the places behind the point.
#[inline]
fn scaled(size: f64, places: i32) -> f64 {
    match places {
        0.. if places <= 22 => size * TENS[places as usize],
        0.. => size * TENS[22] * TENS[(places - 22).min(22) as usize],
        _ => size / TENS[(-places).min(22) as usize],
    }
}

/// A number that lies half way between two of so many places, or as good as that.
#[cold]
fn write_half(out: &mut Vec<u8>, size: f64, places: i32) {
    let text = if places >= 0 {
        format!("{size:.*}", places as usize)
    } else {
        let tens = TENS[(-places).min(22) as usize];
        format!("{:.0}", (size / tens).round() * tens)
    };
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    out.extend_from_slice(text.as_bytes());
}

/// Digits with so many of them behind the point, of numbers of any size.
#[cold]
fn write_digit_by_digit(out: &mut Vec<u8>, mut whole: u64, places: i32) {
    // Digits before the point beyond the significant ones are zeros.
    let zeros = places.min(0).unsigned_abs() as usize;
    let mut places = places.max(0) as usize;
    while places > 0 && whole.is_multiple_of(10) {
        whole /= 10;
        places -= 1;
    }
    let mut buffer = [b'0'; 64];
    let mut at = buffer.len();
    let mut left = whole;
    let mut written = 0;
    while left > 0 || written <= places {
        if written == places && places > 0 {
            at -= 1;
            buffer[at] = b'.';
        }
        at -= 1;
        buffer[at] = b'0' + (left % 10) as u8;
        left /= 10;
        written += 1;
    }
    out.extend_from_slice(&buffer[at..]);
    out.resize(out.len() + zeros, b'0');
}

/// The eight digits of a number below 10⁸ as values in bytes, the first one lowest.
#[inline]
fn eight_digits(n: u64) -> u64 {
    // Pairs of four, two and one digits are parted side by side: x / 100 = x · 10486 >> 20 below 10⁴, and
    // x / 10 = x · 103 >> 10 below 100.
    let fours = (n / 10_000) | ((n % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((twos - 10 * tens) << 8)
}

/// Writes digits, a byte each, the first lowest, by the exponent of the first: as a macro, since the numbers
/// they stand in are of two widths.
macro_rules! write_digits {
    ($out:expr, $digits:expr, $exponent:expr, $all:literal, $number:ty) => {{
        let (digits, exponent): ($number, i32) = ($digits, $exponent);
        let used = $all - digits.leading_zeros() as usize / 8;
        let text = digits | <$number>::from_le_bytes([b'0'; $all]);
        if exponent < 0 {
            write_zeros($out, exponent);
            push_first($out, text.to_le_bytes(), used);
        } else if used <= exponent as usize + 1 {
            // After rounding up the exponent may ask for one digit more than there are.
            push_first($out, text.to_le_bytes(), (exponent as usize + 1).min($all));
            if exponent == $all {
                $out.push(b'0');
            }
        } else {
            let before = 8 * (exponent as u32 + 1);
            let low = text & ((1 << before) - 1);
            let text = low | (<$number>::from(b'.') << before) | ((text - low) << 8);
            push_first($out, text.to_le_bytes(), used + 1);
        }
    }};
}

/// Up to seven significant digits whose first has an exponent below 8.
#[inline]
fn write_short(out: &mut Vec<u8>, mut whole: u64, mut exponent: i32, digits: u32) {
    const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
    // Rounded up to one digit more.
    if whole == TENS[digits as usize] {
        whole /= 10;
        exponent += 1;
    }
    let digits = eight_digits(whole * TENS[8 - digits as usize]);
    write_digits!(out, digits, exponent, 8, u64);
}

/// Up to fifteen significant digits whose first has an exponent below 16.
#[inline]
fn write_long(out: &mut Vec<u8>, mut whole: u64, mut exponent: i32, digits: u32) {
    if whole == 10u64.pow(digits) {
        whole /= 10;
        exponent += 1;
    }
    let whole = whole * 10u64.pow(16 - digits);
    let (high, low) = (eight_digits(whole / 100_000_000), eight_digits(whole % 100_000_000));
    let digits = u128::from(high) | (u128::from(low) << 64);
    write_digits!(out, digits, exponent, 16, u128);
}

/// What stands before the first digit of a number below 1.
#[inline]
fn write_zeros(out: &mut Vec<u8>, exponent: i32) {
    push_first(out, *b"0.00000000000000", 1 + exponent.unsigned_abs() as usize);
}

/// A whole number.
#[inline]
pub fn write_whole(out: &mut Vec<u8>, n: u64) {
    if n >= 100_000_000 {
        return out.extend_from_slice(n.to_string().as_bytes());
    }
    let digits = eight_digits(n);
    // Zero has one digit.
    let zeros = (digits | (1 << 56)).trailing_zeros() / 8;
    let text = (digits | 0x3030_3030_3030_3030) >> (8 * zeros);
    push_first(out, text.to_le_bytes(), 8 - zeros as usize);
}

/// The first bytes of a short text: all of it is written, whose length the compiler knows, and the end
/// taken off again.
#[inline]
pub fn push_first<const N: usize>(out: &mut Vec<u8>, text: [u8; N], length: usize) {
    let end = out.len() + length.min(N);
    out.extend_from_slice(&text);
    out.truncate(end);
}

/// Part of a text, mostly no longer than `N`: in one piece where so much of the text is left.
#[inline]
pub fn push_part<const N: usize>(out: &mut Vec<u8>, text: &[u8], from: usize, to: usize) {
    match text.get(from..).and_then(|rest| rest.first_chunk::<N>()) {
        Some(chunk) if to <= from + N => push_first(out, *chunk, to.saturating_sub(from)),
        _ => out.extend_from_slice(&text[from..to]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The digits one by one, for numbers of every size.
    fn one_by_one(number: f64, digits: u32) -> String {
        let mut out = Vec::new();
        if number < 0.0 {
            out.push(b'-');
        }
        let size = number.abs();
        let places = digits as i32 - 1 - exponent_of(size);
        let scaled = scaled(size, places);
        let below = scaled as u64;
        let rest = scaled - below as f64;
        match (rest - 0.5).abs() <= f64::max(1e-6, scaled * 4.0 * f64::EPSILON) {
            true => write_half(&mut out, size, places),
            false => write_digit_by_digit(&mut out, below + u64::from(rest > 0.5), places),
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn digits_at_the_edges() {
        for (number, digits, text) in [
            (0.0, 6, "0"),
            (-0.0, 6, "0"),
            (1e-16, 6, "0"),
            (f64::NAN, 6, ""),
            (1.0, 6, "1"),
            (0.999_999_6, 6, "1"),
            (-9.999_999_6, 6, "-10"),
            (99_999_999.6, 7, "100000000"),
            (12_345_678.0, 6, "12345700"),
            (99_999_999.0, 6, "100000000"),
            (123_456_789.0, 6, "123457000"),
            (0.000_012_345_678, 6, "0.0000123457"),
            (1.234_567e-15, 6, "0.00000000000000123457"),
            (9_999_999_999_999_999.0, 15, "10000000000000000"),
            (1e15, 12, "1000000000000000"),
            (46.134_982_203_218_8, 12, "46.1349822032"),
            (2.5, 1, "2"),
            (5e23 + 1e20, 6, "500100000000000000000000"),
            (7.0e19, 6, "70000000000000000000"),
            (0.1, 15, "0.1"),
        ] {
            assert_eq!(significant(number, digits), text, "{number} {digits}");
        }
        for (n, text) in
            [(0, "0"), (7, "7"), (10, "10"), (99_999_999, "99999999"), (100_000_000, "100000000")]
        {
            let mut out = Vec::new();
            write_whole(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn parts_of_texts_are_whole() {
        let text = b"0123456789";
        for from in 0..10 {
            for to in from..10 {
                let mut out = b"x".to_vec();
                push_part::<4>(&mut out, text, from, to);
                assert_eq!(&out[1..], &text[from..to]);
            }
        }
    }

    proptest! {
        #[test]
        fn a_number_as_written_is_what_its_text_is_read_as(mantissa in 1u64..1 << 53, power in -110i32..20, n in 1u64..10_000_000, places in 0i32..9) {
            // Halves, too.
            for number in [mantissa as f64 * 2f64.powi(power), -(n as f64) / 10f64.powi(places), n as f64 / 1024.0] {
                for digits in [6, 12] {
                    let text = significant(number, digits);
                    prop_assert_eq!(as_written(number, digits).to_bits(), (text.parse::<f64>().unwrap() + 0.0).to_bits(), "{}", text);
                }
            }
        }
        #[test]
        fn eight_digits_are_those_of_the_library(n in 0u64..100_000_000) {
            let text = (eight_digits(n) | 0x3030_3030_3030_3030).to_le_bytes();
            prop_assert_eq!(std::str::from_utf8(&text).unwrap(), format!("{n:08}"));
        }

        #[test]
        fn digits_together_are_the_digits_one_by_one(mantissa in 1u64..1 << 53, power in -75i32..20, digits in 1u32..16, negative: bool) {
            let number = mantissa as f64 * 2f64.powi(power) * if negative { -1.0 } else { 1.0 };
            prop_assume!(number.abs() >= 1e-15);
            prop_assert_eq!(significant(number, digits), one_by_one(number, digits));
        }

        #[test]
        fn decimals_come_back(n in 1u64..1_000_000, places in 0usize..12) {
            let text = format!("{:.*}", places, n as f64 / 10f64.powi(places as i32));
            let shown = if places > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
            prop_assert_eq!(significant(text.parse().unwrap(), 6), shown);
        }
    }
}
