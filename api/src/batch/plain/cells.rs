//! Cells of plain lines, read and written as bytes: numbers, codes, dates. Nothing that needs a
//! second reading: such a line goes the ordinary way.

use crate::digits::TENS;
use chrono::NaiveDate;

/// A number above zero written with digits and at most one point, its digits a number below 2^64;
/// `None` of anything else.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
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
    !formula
        && !cell.iter().any(|c| matches!(c, b'"' | b',' | b'\r' | b'\n' | b'\t'))
        && std::str::from_utf8(cell).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_plain_is_left() {
        for cell in
            ["", "0", "0.00", ".5", "5.", "-1", "1e3", "1,5", "1.2.3", "12345678901234567890123", " 1"]
        {
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
    }

    proptest! {
        #[test]
        fn numbers_read_as_the_library_reads_them(a in 1u64..999_999_999, places in 0u32..6) {
            let text = rust_decimal::Decimal::from_i128_with_scale(i128::from(a), places).to_string();
            let read = number(text.as_bytes()).unwrap();
            let exact: f64 = text.parse().unwrap();
            prop_assert!((read / exact - 1.0).abs() < 1e-15);
        }
    }
}
