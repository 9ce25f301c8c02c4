//! Cells of plain lines, read and written as bytes: numbers, codes, dates. Nothing that needs a
//! second reading: such a line goes the ordinary way.

use crate::digits::{POWERS_FROM, POWERS_OF_TEN, ROUND, TENS, exponent_of};
use chrono::NaiveDate;
use normalizer::unit_price::{self, UNIT_PRICE_DIGITS};
use rust_decimal::Decimal;

/// A number above zero written with digits and at most one point, its digits a number below 2^64;
/// `None` of anything else.
#[inline]
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    quick_number(cell).or_else(|| number_by_digits(cell))
}

/// The value of eight digits, the first lowest; `None` where one of them is none.
#[inline]
fn value_of(digits: u64) -> Option<u64> {
    // Neither the digit nor six more reach ten: nothing stands in the upper half of its byte.
    let values = digits ^ 0x3030_3030_3030_3030;
    if (values | values.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    // Pairs, fours and all eight side by side.
    let pairs = (values * 10 + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// A number of the common lengths, its digits taken eight at a time: up to eight characters, or a point
/// among the first eight of sixteen to nineteen. `None`: it is another, or none.
#[inline]
fn quick_number(cell: &[u8]) -> Option<f64> {
    let length = cell.len();
    let (first, used) = match length {
        4..=8 => {
            let (low, high) = (cell.first_chunk::<4>()?, cell.last_chunk::<4>()?);
            let (low, high) = (u32::from_le_bytes(*low), u32::from_le_bytes(*high));
            (u64::from(low) | u64::from(high) << (8 * (length - 4)), length)
        }
        16..=19 => (u64::from_le_bytes(*cell.first_chunk()?), 8),
        _ => return None,
    };
    let points = first ^ 0x2e2e_2e2e_2e2e_2e2e;
    let points = points.wrapping_sub(0x0101_0101_0101_0101) & !points & 0x8080_8080_8080_8080;
    let point = points.trailing_zeros() as usize / 8;
    // Digits behind the point move up to it, and all to the end: zeros stand before them.
    let (digits, places) = if point < used {
        let before = first & ((1 << (8 * point)) - 1);
        (before | (first - before) >> 8 & !((1 << (8 * point)) - 1), length - point - 1)
    } else {
        (first, 0)
    };
    let free = 8 - used + usize::from(point < used);
    let filled = digits << (8 * free) | 0x3030_3030_3030_3030 & ((1 << (8 * free)) - 1);
    let mut mantissa = value_of(filled)?;
    // ".5" and "5." are for the ordinary reader to refuse.
    if point == 0 || (point < used && places == 0) || (length > 8 && point >= used) {
        return None;
    }
    if length > 8 {
        let (next, last) = cell.get(8..)?.split_first_chunk::<8>()?;
        mantissa = mantissa * 100_000_000 + value_of(u64::from_le_bytes(*next))?;
        for digit in last {
            mantissa = mantissa * 10 + u64::from(digit.is_ascii_digit().then_some(digit - b'0')?);
        }
    }
    if mantissa == 0 {
        return None;
    }
    Some(mantissa as f64 / TENS.get(places)?)
}

fn number_by_digits(cell: &[u8]) -> Option<f64> {
    let (mut digits, mut point, mut mantissa) = (0usize, None, 0u64);
    // Nineteen digits fit whatever they are.
    let short = cell.len() <= 19;
    for &c in cell {
        match c {
            b'0'..=b'9' => {
                digits += 1;
                let digit = u64::from(c - b'0');
                mantissa = match short {
                    true => mantissa.wrapping_mul(10).wrapping_add(digit),
                    false => mantissa.checked_mul(10)?.checked_add(digit)?,
                };
            }
            b'.' if point.is_none() && digits > 0 => point = Some(digits),
            _ => return None,
        }
    }
    let places = point.map_or(0, |at| digits - at);
    // "5." is for the ordinary reader to refuse.
    if digits == 0 || mantissa == 0 || point == Some(digits) {
        return None;
    }
    Some(mantissa as f64 / TENS.get(places)?)
}

/// What rounding may have moved a quotient of two cells by, in units of its twelfth digit: three roundings
/// of each cell and of the quotient, each of 10¹² · 2⁻⁵³, and those of the scale. Taken generously.
const OFF: f64 = 2e-3;

/// A price above 1e-9 and up to 1e15 to the significant digits of a unit price, as the number nearest to these.
/// `None` where they lie half way between two, or as good as that: then exact decimals have to say.
#[inline]
pub(super) fn rounded(price: f64) -> Option<f64> {
    const LAST: i32 = UNIT_PRICE_DIGITS as i32 - 1;
    let places = LAST - exponent_of(price);
    let scaled = price * POWERS_OF_TEN.get(usize::try_from(places + POWERS_FROM).ok()?)?;
    let whole = (scaled + ROUND) - ROUND;
    if (scaled - whole).abs() >= 0.5 - OFF {
        return None;
    }
    // Both are numbers without rounding: the result is rounded once.
    match usize::try_from(places) {
        Ok(places) => Some(whole / TENS.get(places)?),
        Err(_) => Some(whole * TENS.get(places.unsigned_abs() as usize)?),
    }
}

/// The exact price of one unit, as the line's own reading has it: of the value of the line, or of the price of
/// one unit, and a quantity, written with digits and at most one point.
pub(super) fn exact_price(amount: &[u8], quantity: &[u8], per_unit: bool) -> Option<f64> {
    let decimal = |cell| std::str::from_utf8(cell).ok()?.parse::<Decimal>().ok();
    let (amount, quantity) = (decimal(amount)?, decimal(quantity)?);
    let value = if per_unit { amount.checked_mul(quantity)? } else { amount };
    unit_price::per_unit(value, Decimal::ONE, quantity)?.to_string().parse().ok()
}

/// The first six digits of a code of six to ten digits.
pub(super) fn subheading(cell: &[u8]) -> Option<u32> {
    if !(6..=10).contains(&cell.len()) || !cell.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(cell[..6].iter().fold(0, |n, c| n * 10 + u32::from(c - b'0')))
}

/// A pair of capital letters as a number below 676.
pub(super) fn letters(cell: &[u8]) -> Option<usize> {
    match cell {
        [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Some(usize::from(a - b'A') * 26 + usize::from(b - b'A')),
        _ => None,
    }
}

/// A date written like 2026-09-15, of 1900 to 2999.
pub(super) fn date(cell: &[u8]) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = cell else { return None };
    let of = |digits: &[u8]| {
        digits.iter().try_fold(0u32, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
    };
    let year = of(&[*y1, *y2, *y3, *y4])?;
    (1900..=2999)
        .contains(&year)
        .then(|| NaiveDate::from_ymd_opt(year as i32, of(&[*m1, *m2])?, of(&[*d1, *d2])?))?
}

/// A cell without the blanks around it.
pub(super) fn trimmed(cell: &[u8]) -> &[u8] {
    cell.trim_ascii()
}

/// Whether a text has to be quoted or disarmed: for those the ordinary writer is there.
pub(super) fn plain_text(cell: &[u8]) -> bool {
    let formula = matches!(cell.first(), Some(b'=' | b'+' | b'-' | b'@'));
    // Letters and digits alone need no second look.
    if cell.iter().all(u8::is_ascii_alphanumeric) {
        return true;
    }
    // The ordinary way takes blanks of all kinds from the ends of a cell.
    let end = |c: Option<&u8>| c.is_some_and(|c| !c.is_ascii() || *c == b'\x0b');
    !formula
        && !end(cell.first())
        && !end(cell.last())
        && !cell.iter().any(|c| matches!(c, b'"' | b',' | b'\r' | b'\n' | b'\t'))
        && std::str::from_utf8(cell).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_lies_half_way_is_left_to_exact_decimals() {
        // Twelve digits, the even one of two.
        for (amount, quantity, price) in [
            (&b"1234567890125"[..], &b"10"[..], 123_456_789_012.0),
            (b"1234567890135", b"10", 123_456_789_014.0),
            (b"1234567890.1", b"8", 154_320_986.262),
            (b"1000000000005", b"1000000000000", 1.0),
        ] {
            let number = |cell: &[u8]| number(cell).unwrap();
            assert_eq!(rounded(number(amount) / number(quantity)), None);
            assert_eq!(exact_price(amount, quantity, false), Some(price));
        }
        assert_eq!(rounded(999_999_999_999.7), Some(1e12));
        assert_eq!(rounded(1e15), Some(1e15));
        assert_eq!(rounded(1e-9), Some(1e-9));
        // Beyond what exact decimals hold.
        assert_eq!(exact_price(b"1000000000000000", b"9999999999999999999", true), None);
    }

    #[test]
    fn what_is_not_plain_is_left() {
        for cell in [
            ".500",
            "5555.",
            "1.2.3.4",
            "12a4",
            "1234:",
            "1234.",
            "/234",
            "12345678.1234567a",
            "1234567.1234567.12",
        ] {
            assert_eq!(number(cell.as_bytes()), None, "{cell}");
        }
        for cell in [
            "",
            "0",
            "0.00",
            "0000.000",
            ".5",
            "5.",
            "-1",
            "1e3",
            "1,5",
            "1.2.3",
            "12345678901234567890123",
            " 1",
        ] {
            assert_eq!(number(cell.as_bytes()), None, "{cell}");
        }
        let long = number(b"106.82000000000001").unwrap();
        assert!((long / 106.82000000000001 - 1.0).abs() < 1e-15);
        assert_eq!(subheading(b"0703200010"), Some(70_320));
        for cell in ["07032", "0703.20", "07032000101", ""] {
            assert_eq!(subheading(cell.as_bytes()), None);
        }
        assert_eq!(
            (letters(b"AA"), letters(b"ZZ"), letters(b"de"), letters(b"")),
            (Some(0), Some(675), None, None)
        );
        assert_eq!(date(b"2024-02-29").map(|d| d.to_string()).as_deref(), Some("2024-02-29"));
        for cell in ["2023-02-29", "24-02-29", "2024/02/29", "0024-02-29", "2024-2-290"] {
            assert_eq!(date(cell.as_bytes()), None, "{cell}");
        }
        assert!(!plain_text(b"=1+1") && !plain_text(b"a,b") && plain_text(b"line 7") && plain_text(b""));
        // Blanks that are no ASCII ones, or might be.
        assert!(!plain_text("\u{a0}A".as_bytes()) && !plain_text("A\u{3000}".as_bytes()));
        assert!(!plain_text(b"A\x0b") && plain_text("größe 7".as_bytes()));
    }

    proptest! {
        #[test]
        fn a_price_is_rounded_as_the_line_s_own_reading_has_it(
            (a, places) in (1u64..1_000_000_000_000, 0u32..9), (q, parts) in (1u64..1_000_000, 0u32..4), half: bool
        ) {
            // Half of them with a quantity of twos and fives: these end, some at a half.
            let q = if half { [1, 2, 4, 8, 16, 32, 64, 128, 1250, 15_625][q as usize % 10] } else { q };
            let decimal = |n: u64, places| Decimal::from_i128_with_scale(i128::from(n), places).to_string();
            let (amount, quantity) = (decimal(a, places), decimal(q, parts));
            let exact = exact_price(amount.as_bytes(), quantity.as_bytes(), false);
            let price = number(amount.as_bytes()).unwrap() / number(quantity.as_bytes()).unwrap();
            if (1e-9..=1e15).contains(&price) && let Some(quick) = rounded(price) {
                prop_assert_eq!(Some(quick), exact);
            }
        }

        #[test]
        fn numbers_read_as_the_library_reads_them(a in 1u64..999_999_999, places in 0u32..6) {
            let text = rust_decimal::Decimal::from_i128_with_scale(i128::from(a), places).to_string();
            let read = number(text.as_bytes()).unwrap();
            let exact: f64 = text.parse().unwrap();
            prop_assert!((read / exact - 1.0).abs() < 1e-15);
        }

        #[test]
        fn numbers_of_any_characters_are_those_read_by_digits(cell in "[0-9]{0,9}[0-9./:]{0,2}[0-9]{0,12}") {
            prop_assert_eq!(number(cell.as_bytes()), number_by_digits(cell.as_bytes()));
        }

        #[test]
        fn decimals_of_all_lengths_are_those_read_by_digits(whole in "[0-9]{1,8}", part in "[0-9]{1,18}") {
            let cell = format!("{whole}.{part}");
            prop_assert_eq!(number(cell.as_bytes()), number_by_digits(cell.as_bytes()));
        }
    }
}
